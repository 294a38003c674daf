/* SPDX-License-Identifier: ISC */
/* A tick of a request of ours that was sent: before it is due nothing goes out and nothing changes; then it goes out
 * once at most, and only when its schedule says so: the octets that were stored, or the same message sealed with the
 * same IV, so that no IV is used up. The IKE SA ends just when the schedule has run out and no outage of its path group
 * holds the verdict, and nothing goes out then. What is blocked goes out again with its Message ID.
 *
 * Put in by contract: the schedule as watch proves, sealing as sk_seal does, what is noted of a send, and the smaller
 * fragments, with IVs of their own, that a narrower path wants. Left out: other requests that are blocked too.
 *
 * bounds: one request and the probe, IVs of 8 octets, a schedule of one wait without jitter, a turn each ms
 * each: -DPROBE
 * long: -DOWN
 * cbmc: --unwind 4 --unwindset memcmp.0:9
 * fault: lib/sa/retransmission.c s/if (now >= ikl_run_due(&request->run))/if (true)/
 * fault: lib/sa/retransmission.c s/if (reason == IKL_DOWN_TIMEOUT \&\& ikl_group_holds/if (ikl_group_holds/
 * fault: lib/sa/protect.h s/sa, &probe, sa->probe_iv, len/sa, \&probe, sa->probe_iv + 1, len/
 * fault: -DOWN lib/sa/retransmission.c s/if (sa->narrowed && /if (/ */
#include "proof.h"

#define ikl_slab_at ikl_slab_at_in_chunks
#include "memory/slab.h"
#undef ikl_slab_at
static void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index);

#include "sa/requests.c"
#include "sa/retransmission.c"

enum { BODY = 5, BODY_REFITTED = 6, AAD_LEN = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN, IV_LEN = 8, FRONT = 60 };

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_own_request own_request;
static struct ikl_request *request; /* that the tick is of */
static struct ikl_keying keying;
static struct ikl_cipher cipher;
static struct ikl_schedule schedule;
static uint8_t key_states[2], message[IKL_NON_ESP_MARKER_LEN + FRONT];
static ikl_time now;
static uint64_t next_iv;
static struct ikl_run before;
static unsigned n_sent, n_made, n_steps, n_ends;
static enum ikl_run_step step;
static bool is_held, is_noted;

static void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests ? index == 0 : slab == &keying.states && index == 0);
    return slab == &endpoint.requests ? (void *)&own_request : key_states;
}

/* What the schedule says; it goes on, unless it has run out. */
static void advance(struct ikl_run *run, enum ikl_run_step says)
{
    prove(run == &request->run && n_steps == 0);
    n_steps++;
    step = says;
    if (says != IKL_RUN_GIVE_UP) {
        run->deadline = nondet_u64();
        run->again = run->again || nondet_bool();
        suppose(run->deadline > now);
    }
}

/* Off a reliable path, what is due is sent, unless the last wait is over. */
enum ikl_run_step ikl_run_tick(struct ikl_run *run, ikl_time evidence, ikl_time at, uint32_t slack, uint32_t random)
{
    enum ikl_run_step says = (enum ikl_run_step)(nondet_u8() % 3);
    bool is_verdict = now >= run->deadline && !run->blocked && ikl_run_is_last(run);

    (void)evidence;
    (void)random;
    prove(at == now && now >= ikl_run_due(run) && slack == endpoint.tick_slack);
    suppose(run->reliable && !run->blocked && now >= run->deadline
                ? says != IKL_RUN_SEND
                : says == IKL_RUN_SEND || (is_verdict && says == IKL_RUN_GIVE_UP));
    advance(run, says);
    return says;
}

enum ikl_run_step ikl_run_tick_trimmed(struct ikl_run *run, const struct ikl_round_trip *round_trip, ikl_time evidence,
                                       ikl_time at, uint32_t slack, uint32_t random)
{
    prove(round_trip == &sa.round_trip && run == &sa.probe.run);
    return ikl_run_tick(run, evidence, at, slack, random);
}

void ikl_run_hold(struct ikl_run *run, ikl_time at)
{
    prove(run == &request->run && at == now && step == IKL_RUN_GIVE_UP);
    is_held = true;
    run->deadline = nondet_u64();
    suppose(run->deadline > now);
}

void ikl_run_put_off(struct ikl_run *run, ikl_time until)
{
    prove(run == &request->run && until > now && n_steps == 0);
    run->timeout = 0;
    run->deadline = ikl_time_later(run->deadline, until);
}

/* The octets that are kept. */
int ikl_sa_transmit_stored(struct ikl_sa *which, const struct ikl_path *path, uint32_t body)
{
    prove(which == &sa && path == &sa.path && body == request->stored && (body == BODY || sa.narrowed));
    n_sent++;
    return nondet_int();
}

/* Smaller fragments of the same message. */
void ikl_sa_refit(struct ikl_sa *which, const struct ikl_path *path, uint32_t *stored)
{
    prove(which == &sa && path == &sa.path && stored == &request->stored && sa.narrowed);
    *stored = nondet_bool() ? BODY_REFITTED : BODY;
}

/* A liveness check: the same message, with its IV. */
static int seal(const void *state, uint8_t *out, size_t aad_len, size_t text_len)
{
    prove(state == key_states && out == message + IKL_NON_ESP_MARKER_LEN && aad_len == AAD_LEN && text_len == 1);
    prove(request == &sa.probe && sa.probe.kind == IKL_REQUEST_PROBE && sa.probe.stored == IKL_NONE);
    prove(memcmp(out + AAD_LEN, sa.probe_iv, IV_LEN) == 0 && out[AAD_LEN + IV_LEN] == 0);
    prove(ikl_load_u32(out + IKL_HEADER_MESSAGE_ID) == before.message_id);
    n_made++;
    return nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;
}

void ikl_wipe(void *memory, size_t len)
{
    prove(memory == message + IKL_NON_ESP_MARKER_LEN && len == FRONT);
}

static int make(void)
{
    n_made++;
    return nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;
}

int ikl_sa_make_request_again(struct ikl_sa *which, const struct ikl_own_request *own, size_t *len)
{
    prove(which == &sa && own == &own_request && request == &own_request.request);
    *len = FRONT;
    return make();
}

int ikl_sa_make_delete_again(struct ikl_sa *which, size_t *len)
{
    prove(which == &sa && request == &sa.probe && sa.probe.kind == IKL_REQUEST_DELETE_SA);
    *len = FRONT;
    return make();
}

int ikl_sa_make_sync_again(struct ikl_sa *which, size_t *len)
{
    prove(which == &sa && request == &sa.probe && sa.probe.kind == IKL_REQUEST_SYNC);
    *len = FRONT;
    return make();
}

int ikl_endpoint_transmit(struct ikl_endpoint *of, struct ikl_sa *which, const struct ikl_path *path, size_t len)
{
    (void)len;
    prove(of == &endpoint && which == &sa && path == &sa.path && n_made == 1);
    n_sent++;
    return nondet_int();
}

/* What `send` said is noted, once for each send. */
void ikl_request_note_otherwise(struct ikl_sa *which, struct ikl_request *noted, bool told, ikl_time at)
{
    (void)told;
    prove(which == &sa && noted == request && at == now && !is_noted);
    is_noted = true;
    noted->run.blocked = noted->run.blocked || nondet_bool(); /* others that wait are left out */
}

void ikl_sa_end(struct ikl_sa *which, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time at)
{
    bool lives = sa.state == IKL_SA_CONNECTING || sa.state == IKL_SA_ESTABLISHED;

    prove(which == &sa && given_up == request && at == now && !is_held);
    prove(step == IKL_RUN_GIVE_UP && n_steps == 1 && n_ends == 0 && (reason == IKL_DOWN_TIMEOUT) == lives);
    n_ends++;
}

bool ikl_group_unanswered(struct ikl_endpoint *of, uint16_t index, ikl_time at)
{
    prove(of == &endpoint && index == sa.group && at == now);
    return nondet_bool();
}

bool ikl_group_holds(const struct ikl_endpoint *of, uint16_t index, ikl_time at)
{
    prove(of == &endpoint && index == sa.group && at == now && ikl_sa_has_keys(&sa));
    prove(sa.state == IKL_SA_CONNECTING || sa.state == IKL_SA_ESTABLISHED);
    return nondet_bool();
}

void ikl_sa_pull_evidence(struct ikl_sa *which)
{
    prove(which == &sa);
}

void ikl_sa_change_reachability(struct ikl_sa *which, enum ikl_reachability reachability, ikl_time at)
{
    prove(which == &sa && reachability == IKL_REACHABILITY_SUSPECT && at == now && before.deadline != IKL_NEVER);
}

void ikl_sa_mark(struct ikl_sa *which, enum ikl_fact fact)
{
    prove(which == &sa && (fact == IKL_FACT_OUTAGE || fact == IKL_FACT_ATTEMPT));
}

void ikl_sa_warn_of_exhaustion(struct ikl_sa *which)
{
    prove(which == &sa);
}

void ikl_history_add_event(struct ikl_sa *which, struct ikl_event event)
{
    (void)event;
    prove(which == &sa);
}

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *of)
{
    prove(of == &endpoint);
    return nondet_u32();
}

void ikl_round_trip_trim(struct ikl_schedule *trimmed, const struct ikl_schedule *listed,
                         const struct ikl_round_trip *round_trip)
{
    (void)round_trip;
    *trimmed = *listed;
}

uint64_t ikl_schedule_total(const struct ikl_schedule *which)
{
    (void)which;
    return nondet_u32();
}

uint32_t ikl_schedule_wait_again(const struct ikl_schedule *which, uint32_t random)
{
    (void)which;
    (void)random;
    return nondet_u32();
}

static void have_any_ike_sa(void)
{
    struct ikl_sa any;
    struct ikl_own_request any_own;

    endpoint.keyings = &keying;
    endpoint.message = message;
    endpoint.max_message = FRONT;
    endpoint.first_told = IKL_NONE;
    endpoint.exhaustion_margin = nondet_u32();
    endpoint.retransmissions = (struct ikl_pace){nondet_bool() ? 1000 : 0, 0, nondet_u64()};
    endpoint.tick_slack = nondet_u32();
    cipher.iv_len = IV_LEN;
    cipher.icv_len = 16;
    cipher.block_len = 1;
    cipher.seal = seal;
    keying.cipher = &cipher;
    schedule.n_waits = 1;
    schedule.waits[0] = nondet_u32();
    schedule.tries = nondet_u8();
    sa = any;
    sa.endpoint = &endpoint;
    sa.self = sa.group = sa.keying = 0;
    sa.keys = 0;
    sa.first_child = IKL_NONE;
    sa.first_request = 0;
    own_request = any_own;
    own_request.next = IKL_NONE;
}

int main(void)
{
    bool goes_on;

    have_any_ike_sa();
    now = nondet_u64();
#if defined(PROBE)
    request = &sa.probe;
    suppose(request->kind <= IKL_REQUEST_SYNC);
    own_request.request.state = IKL_REQUEST_QUEUED;
#else
    request = &own_request.request;
    suppose(request->kind > IKL_REQUEST_SYNC && request->kind <= IKL_REQUEST_DELETE_CHILDREN);
    sa.probe.state = IKL_REQUEST_IDLE;
#endif
    suppose(request->cause <= IKL_ATTEMPT_RECONNECTED);
    request->state = IKL_REQUEST_SENT;
    request->stored = nondet_bool() ? BODY : IKL_NONE;
    request->run.schedule = &schedule;
    request->run.first_sent = nondet_u64();
    suppose(sa.state < IKL_SA_DYING && ikl_run_is_out(&request->run) && schedule.tries >= 1);
    suppose(now < UINT64_C(1) << 62 && request->run.deadline < UINT64_C(1) << 62);
    before = request->run;
    next_iv = sa.iv.next;
    goes_on = ikl_request_tick(&sa, request, now);
    prove(goes_on == (n_ends == 0) && n_sent + n_ends <= 1 && sa.iv.next == next_iv);
    prove(now >= ikl_run_due(&before) ||
          (n_sent + n_made + n_ends + n_steps == 0 && request->run.deadline == before.deadline));
    prove(n_sent == 0 || request->run.message_id == before.message_id);
    prove(n_ends == (n_steps == 1 && step == IKL_RUN_GIVE_UP && !is_held));
    return 0;
}
