/* SPDX-License-Identifier: ISC */
/* A liveness check goes out, in its turn by the endpoint's pace, when the peer was silent for too long, by all that is
 * known then; or at once when the host asks for one; only while the IKE SA is ESTABLISHED and nothing else is
 * outstanding. Like our Delete of the IKE SA it takes the next Message ID, and is sealed with it once, with an IV that
 * was never used. When that fails no Message ID is taken and nothing is kept; a liveness check is put off then, and
 * also when its turn has not come. The IKE SA ends when Message IDs or IVs have run out, and for nothing else; else it
 * is as valid as before.
 *
 * Put in by contract: when a peer was silent for too long, as watch proves; the pace; messages are sealed, and kept, as
 * sk_seal and the pool's proof say; what `send` said is noted as resent says; waits of any length.
 *
 * bounds: two requests besides the probe, no Child SA, times below 2^62. -DLOOK: an IKE SA is looked at, when all was
 *     told that there was to tell; -DCALL: the host calls; -DDELETE: a Delete
 * each: -DLOOK
 * long: -DCALL -DDELETE
 * with: base.c policy/window.c sa/heirs.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3 --unwindset is_same.0:30
 * fault: -DLOOK lib/sa/probe.c s/ && !ikl_sa_is_waiting(sa) && is_idle/ \&\& is_idle/
 * fault: -DLOOK lib/sa/probe.c s/return is_idle_by_all_there_is(sa, now);/return idle;/
 * fault: -DLOOK lib/sa/probe.c s/^    ikl_run_put_off(&sa->probe.run, turn);//
 * fault: -DLOOK lib/sa/probe.c s/if (error == IKL_ERR_EXHAUSTED) {/if (error != IKL_OK) {/
 * fault: -DCALL lib/sa/probe.c s/^        result = ikl_sa_next_iv(sa, sa->probe_iv);/        result = IKL_OK;/
 * fault: -DDELETE lib/sa/probe.c s/^    sa->probe.kind = (unsigned)kind & 7u;// */
#define IKL_ONCE
#define ikl_pace_turn ikl_pace_turn_by_interval
#define ikl_idle_asks ikl_idle_asks_by_policy
#include "endpoint/pace.h"
#include "policy/idle.h"
#undef ikl_pace_turn
#undef ikl_idle_asks
ikl_time ikl_pace_turn(struct ikl_pace *pace, ikl_time now);
static bool ikl_idle_asks(const struct ikl_idle *idle, ikl_time sent, ikl_time now);

#define ikl_wait_jittered ikl_wait_jittered_by_list
#include "policy/wait.h"
#undef ikl_wait_jittered
static inline uint32_t ikl_wait_jittered(const struct ikl_schedule *schedule, uint32_t attempt, uint32_t random);

#include "ike_sa.h"

#define ikl_sa_evidence ikl_sa_evidence_of_children
#include "sa/evidence.h"
#undef ikl_sa_evidence
ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now);

#define ikl_sa_next_iv ikl_sa_next_iv_in_line
#define ikl_sa_seal_probe ikl_sa_seal_probe_in_line
#include "sa/protect.h"
#undef ikl_sa_next_iv
#undef ikl_sa_seal_probe
int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv);
int ikl_sa_seal_probe(struct ikl_sa *sa, uint32_t message_id, size_t *len);

#define ikl_request_transmit_made ikl_request_transmit_made_in_line
#include "sa/request.h"
#undef ikl_request_transmit_made
void ikl_request_transmit_made(struct ikl_sa *sa, struct ikl_request *request, size_t len, ikl_time now);

#include "sa/probe.c"

enum { BODY = 1 };

static struct ikl_keying keying;
static struct ikl_cipher cipher;
static struct ikl_schedule schedule;
static struct ikl_extra extra;
static uint8_t message[IKL_NON_ESP_MARKER_LEN + 1];
static bool iv_is_new, is_sealed, is_exhausted, has_body, has_failed, has_left, is_ended;
static bool is_idle_now, is_known; /* what idle said last; by all that is known */
static unsigned n_turns;
static ikl_time turn, now;
static size_t made_len;

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.extras && index == ike_sa.extra);
    return &extra;
}

static int may_fail(int result)
{
    has_failed = result != IKL_OK;
    is_exhausted = result == IKL_ERR_EXHAUSTED;
    return result;
}

static inline uint32_t ikl_wait_jittered(const struct ikl_schedule *waits, uint32_t attempt, uint32_t random)
{
    (void)random;
    prove(waits == &schedule && attempt == 0);
    return nondet_u32();
}

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *of)
{
    prove(of == &endpoint);
    return nondet_u32();
}

/* How the peer was heard. */
static bool ikl_idle_asks(const struct ikl_idle *idle, ikl_time sent, ikl_time at)
{
    prove(idle == &ike_sa.idle && at == now && sent == (ike_sa.extra != IKL_NONE ? extra.sent_esp : IKL_NEVER));
    is_idle_now = nondet_bool();
    return is_idle_now;
}

void ikl_sa_pull_evidence(struct ikl_sa *sa)
{
    prove(sa == &ike_sa);
    is_known = true;
}

void ikl_sa_look_at_sent(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &ike_sa && at == now && sa->extra != IKL_NONE);
    extra.sent_esp = nondet_u64();
}

ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &ike_sa && at == now);
    sa->idle.heard = ikl_time_later(sa->idle.heard, nondet_u32());
    return sa->idle.heard;
}

ikl_time ikl_pace_turn(struct ikl_pace *pace, ikl_time at)
{
    prove(pace == &endpoint.probes && at == now && n_turns == 0);
    n_turns++;
    turn = nondet_u64();
    suppose(turn >= now && turn != IKL_NEVER);
    return turn;
}

/* As watch proves. */
void ikl_run_put_off(struct ikl_run *run, ikl_time until)
{
    prove(run == &ike_sa.probe.run && ike_sa.probe.state == IKL_REQUEST_IDLE && until > now && until != IKL_NEVER);
    run->deadline = ikl_time_later(run->deadline, until);
    run->put_off = true;
}

void ikl_run_end(struct ikl_run *run)
{
    prove(run == &ike_sa.probe.run && ike_sa.probe.state == IKL_REQUEST_IDLE);
    ikl_run_set_idle(run);
}

void ikl_run_add_sends(struct ikl_run *run, const struct ikl_round_trip *round_trip)
{
    prove(run == &ike_sa.probe.run && round_trip == &ike_sa.round_trip && ike_sa.probe.state == IKL_REQUEST_SENT);
}

/* What is sealed. */
int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv)
{
    prove(sa == &ike_sa && iv == sa->probe_iv);
    ike_sa.probe_iv[0] = nondet_u8();
    iv_is_new = true;
    return may_fail(nondet_int());
}

static int seal(uint32_t message_id, size_t *len)
{
    prove(iv_is_new && !is_sealed && !has_failed && message_id == ike_sa.send_window.next);
    prove(ikl_send_window_open(&ike_sa.send_window) && ike_sa.probe.state != IKL_REQUEST_SENT);
    iv_is_new = false;
    is_sealed = true;
    *len = made_len = nondet_size();
    return may_fail(nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO);
}

int ikl_sa_seal_probe(struct ikl_sa *sa, uint32_t message_id, size_t *len)
{
    prove(sa == &ike_sa);
    return seal(message_id, len);
}

int ikl_sa_seal_text(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len)
{
    prove(sa == &ike_sa && iv == sa->probe_iv && draft->exchange_type == IKL_INFORMATIONAL && !draft->response);
    prove(draft->first_payload == IKL_PAYLOAD_DELETE && draft->plaintext.len == 8);
    return seal(draft->message_id, len);
}

uint32_t ikl_sa_store_body(struct ikl_sa *sa, const uint8_t *data, size_t len, enum ikl_body_use use)
{
    prove(sa == &ike_sa && data == message + IKL_NON_ESP_MARKER_LEN && len == made_len && use == IKL_BODY_SMALL);
    prove(is_sealed && !has_body && !has_failed && !cipher.deterministic);
    has_failed = nondet_bool();
    has_body = !has_failed;
    return has_body ? BODY : IKL_NONE;
}

void ikl_request_transmit_made(struct ikl_sa *sa, struct ikl_request *request, size_t len, ikl_time at)
{
    prove(sa == &ike_sa && request == &sa->probe && len == made_len && at == now && is_sealed && !has_failed);
    prove(request->state == IKL_REQUEST_SENT && request->run.message_id + 1 == sa->send_window.next && !has_left);
    request->attempt_untold = 1;
    has_left = true;
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time at)
{
    prove(sa == &ike_sa && reason == IKL_DOWN_EXHAUSTED && given_up == NULL && at == now && !is_ended && !has_left);
    prove(is_exhausted || sa->send_window.next > IKL_MESSAGE_ID_LAST);
    is_ended = true;
}

static void have_any_keys(void)
{
    endpoint.keyings = &keying;
    endpoint.message = message;
    endpoint.tick_slack = nondet_u32();
    endpoint.callbacks.last_esp = nondet_bool() ? (ikl_time(*)(void *, const struct ikl_child *))1 : NULL;
    keying.cipher = &cipher;
    cipher.deterministic = nondet_bool();
    ike_sa.keying = 0;
    ike_sa.probe.run.schedule = &schedule;
    extra.sent_esp = nondet_u64();
    now = nondet_u64();
    suppose(now < UINT64_C(1) << 62);
    suppose(ikl_sa_is_valid(&ike_sa) && ikl_sa_can_send(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
    suppose(ikl_sa_has_keys(&ike_sa));
    before = ike_sa;
}

/* It went out, or has no Message ID and holds nothing. */
static void check_probe(enum ikl_request_kind kind)
{
    const struct ikl_request *probe = &ike_sa.probe;

    prove(ike_sa.send_window.next == before.send_window.next + (has_left ? 1 : 0));
    prove(ike_sa.send_window.unanswered == before.send_window.unanswered);
    if (has_left) {
        prove(probe->kind == kind && probe->stored == (cipher.deterministic ? IKL_NONE : BODY));
        prove(before.probe.state != IKL_REQUEST_SENT);
    } else {
        prove(!has_body && probe->state == before.probe.state && probe->stored == before.probe.stored);
    }
    prove(is_same(&first_request, &first_before, sizeof(first_before)));
    prove(is_same(&second_request, &second_before, sizeof(second_before)));
    prove(ikl_sa_is_valid(&ike_sa));
    prove(ikl_sa_can_send(&ike_sa));
    prove(ikl_sa_all_is_awaited(&ike_sa));
}

#if defined(LOOK)
static void step(void)
{
    ikl_time was_put_off = ikl_request_turn(&before.probe);

    suppose(!ikl_request_is_untold(&ike_sa.probe));
    ikl_sa_look(&ike_sa, now);
    prove(!has_left || (before.state == IKL_SA_ESTABLISHED && !ikl_sa_is_waiting(&before) && is_idle_now));
    prove(!has_left || (was_put_off != 0 ? was_put_off <= now : n_turns == 1 && turn == now));
    prove(!has_left || is_known || before.idle.policy == IKL_LIVENESS_PERIODIC ||
          (endpoint.callbacks.last_esp == NULL && ike_sa.extra == IKL_NONE));
    prove(has_left || is_ended || ikl_request_turn(&ike_sa.probe) > now ||
          (ikl_request_turn(&ike_sa.probe) == 0 &&
           (before.state != IKL_SA_ESTABLISHED || ikl_sa_is_waiting(&before) || !is_idle_now)));
}
#elif defined(CALL)
static void step(void)
{
    int result = ikl_decide_probe(&ike_sa, now);

    prove(has_left == (result == IKL_OK));
    prove(!has_left || (before.state == IKL_SA_ESTABLISHED && !ikl_sa_is_waiting(&before)));
}
#else
static void step(void)
{
    int result;

    suppose(ike_sa.probe.state == IKL_REQUEST_IDLE); /* as own_delete.c sees to */
    result = ikl_sa_start_delete(&ike_sa, now);
    prove(has_left == (result == IKL_OK));
}
#endif

int main(void)
{
    have_any_ike_sa();
    have_any_keys();
    step();
    if (!is_ended) {
#if defined(DELETE)
        check_probe(IKL_REQUEST_DELETE_SA);
#else
        check_probe(IKL_REQUEST_PROBE);
#endif
    }
    return 0;
}
