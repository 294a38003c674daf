/* SPDX-License-Identifier: ISC */
/* Whatever comes as a response for an IKE SA that has no keys yet, no octet of it and its request changes: it is
 * offered to the host, or refused. It is offered just while the request that makes the IKE SA is out, when it is a
 * response of that exchange, with Message ID 0, a chain that is whole, and one that may answer what was sent.
 *
 * When the host installs keys, that request ends, with its outcome once; the window opens by its Message ID; the IKE SA
 * has the keys, once, and IVs that begin as the host says. When it restarts, the request goes out once, with Message
 * ID 0 and a body that takes the place of the one before, which is remembered. What fails leaves all as it was: no
 * body, no key, no octet of the IKE SA and its request.
 *
 * bounds: by contract: which request a response answers, and how earlier ones are remembered; the pool, its shares, and
 *     the table of ciphers; the schedule, as watch proves; what is noted of a send
 * each: -DOFFER -DKEYS
 * long: -DRESTART
 * with: policy/window.c sa/heirs.c sa/initiate.c sa/keying.c sa/request.c sa/requests.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 5 --unwindset is_same.0:100
 * fault: -DOFFER lib/sa/initiate.c s/ || header->message_id != 0//
 * fault: -DKEYS lib/sa/initiate.c s/^    ikl_send_window_answered(.*$//
 * fault: -DKEYS lib/sa/keying.c s/^        cipher->clear(state);//
 * fault: -DKEYS lib/sa/keying.c s/^        ikl_slab_give(&entry->states, keys);//
 * fault: -DRESTART lib/sa/initiate.c s/^        ikl_sa_drop_body(sa, stored);//
 * fault: -DRESTART lib/sa/initiate.c s/request.run.schedule, 0, now/request.run.schedule, 1, now/ */
#include "ike_sa.h"

#include "sa/event.h"
#include "sa/hand.h"
#include "sa/request.h"

enum { EARLIER = 3, STORED = 4, NEW_STORED = 5 };

static const uint64_t COUNTED_IVS = UINT64_C(1) << 48;

static struct ikl_keying keying;
static struct ikl_cipher cipher;
static struct ikl_schedule schedule;
static uint8_t key_states[2], octets[IKL_HEADER_LEN];
static ikl_time now;
static bool is_init_out;                 /* the request that makes the IKE SA */
static bool is_forgotten, is_dropped[6]; /* that; a body */
static bool has_new_body;
static bool has_shares = true; /* what it takes of the pool is counted */
static bool has_room_for_keys, has_room_for_extra;
static bool is_init[2]; /* a key state */
static unsigned n_states, n_holders, n_offered, n_outcomes, n_sent;

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &keying.states && index == 0 && n_states == 1);
    return key_states;
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.at == now && event.message_id == 0);
    prove(event.kind == IKL_EVENT_ANSWERED || event.kind == IKL_EVENT_REQUESTED);
}

void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    (void)sa;
    (void)event;
    prove(false);
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    prove(sa == &ike_sa && (fact == IKL_FACT_OUTCOME || fact == IKL_FACT_ATTEMPT));
    n_outcomes += fact == IKL_FACT_OUTCOME ? 1 : 0;
}

void ikl_sa_mark_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    (void)sa;
    (void)state;
    prove(false);
}

void ikl_share_leave(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && has_shares);
    has_shares = false;
}

void ikl_share_enter(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && !has_shares);
    has_shares = true;
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && has_shares);
    if (body != IKL_NONE) {
        prove((body == STORED || (body == NEW_STORED && has_new_body)) && !is_dropped[body]);
        is_dropped[body] = true;
    }
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    prove(sa == &ike_sa && own == &first_request);
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own)
{
    prove(sa == &ike_sa && own == &first_request && own->request.state == IKL_REQUEST_ENDED);
    own->earlier = IKL_NONE;
}

uint32_t ikl_slab_take(struct ikl_slab *slab)
{
    prove(slab == &keying.states && has_room_for_keys && n_states == 0);
    n_states++;
    return 0;
}

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(index == 0);
    if (slab == &keying.states) {
        prove(n_states == 1);
        n_states--;
    } else {
        prove(slab == &endpoint.requests && !is_forgotten && !ikl_request_is_untold(&first_request.request));
        is_forgotten = true;
    }
}

static int any_result(void)
{
    return nondet_bool() ? IKL_OK : IKL_ERR_NO_MEMORY;
}

int ikl_slab_reserve(struct ikl_slab *slab, uint32_t n)
{
    int result = any_result();

    prove((slab == &keying.states || slab == &endpoint.extras) && n == 1 && n_states == 0);
    *(slab == &keying.states ? &has_room_for_keys : &has_room_for_extra) = result == IKL_OK;
    return result;
}

uint32_t ikl_share_of(const struct ikl_endpoint *of, const struct ikl_cipher *with)
{
    prove(of == &endpoint && (with == NULL || with == &cipher));
    return with != NULL ? 7 : 4;
}

int ikl_share_reserve(struct ikl_endpoint *of, uint64_t blocks)
{
    prove(of == &endpoint && blocks == 3);
    return any_result();
}

int ikl_sa_allocate_extra(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && sa->extra == IKL_NONE && has_room_for_extra);
    sa->extra = 0;
    return IKL_OK;
}

/* Before keys there may be no entry for the cipher; what is made of one is nobody's yet. */
int ikl_endpoint_cipher(const struct ikl_endpoint *of, const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    (void)suite;
    prove(of == &endpoint);
    *out = &cipher;
    return any_result();
}

int ikl_endpoint_keying(struct ikl_endpoint *of, const struct ikl_suite *suite, const struct ikl_cipher *with,
                        uint16_t *index)
{
    (void)suite;
    prove(of == &endpoint && with == &cipher);
    *index = 0;
    return any_result();
}

void ikl_endpoint_hold_keying(struct ikl_endpoint *of, uint16_t index)
{
    prove(of == &endpoint && index == 0);
    n_holders++;
}

/* The cipher's own functions. */
static int init(void *state, const struct ikl_cipher_init *from)
{
    size_t at = (size_t)((uint8_t *)state - key_states);
    int result = nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;

    prove(at < 2 && !is_init[at] && n_states == 1 && from->cipher == &cipher);
    is_init[at] = result == IKL_OK;
    return result;
}

static void clear(void *state)
{
    size_t at = (size_t)((uint8_t *)state - key_states);

    prove(at < 2 && is_init[at] && n_states == 1);
    is_init[at] = false;
}

ikl_cipher_clear ikl_cipher_clear_of(const struct ikl_cipher *of)
{
    prove(of == &cipher);
    return of->clear;
}

/* Whether it may answer what was sent. */
static bool matches;

bool ikl_sa_match_init_response(const struct ikl_sa *sa, const struct ikl_own_request *own,
                                struct ikl_init_response *response)
{
    prove(sa == &ike_sa && own == &first_request);
    response->n_requests = nondet_u8();
    response->outstanding = nondet_bool();
    return matches;
}

static int chain_result;

int ikl_chain_check(uint8_t first, struct ikl_octets payloads, bool strict, uint8_t *critical)
{
    (void)first;
    (void)strict;
    (void)critical;
    prove(payloads.data == octets + IKL_HEADER_LEN);
    return chain_result;
}

void ikl_hand_init_response(struct ikl_sa *sa, const struct ikl_init_response *response)
{
    prove(sa == &ike_sa && response->datagram.data == octets && chain_result == IKL_OK);
    prove(is_init_out && response->header.message_id == 0);
    prove(response->header.exchange_type == first_request.request.exchange_type);
    prove((response->header.flags & IKL_FLAG_RESPONSE) != 0 && (response->header.flags & IKL_FLAG_INITIATOR) == 0);
    n_offered++;
}

/* What is sent. */
uint8_t ikl_chain_first(const struct ikl_payload *payloads, size_t n)
{
    (void)payloads;
    (void)n;
    return nondet_u8();
}

int ikl_sa_compose(struct ikl_sa *sa, const struct ikl_content *content, struct ikl_octets *out)
{
    (void)content;
    prove(sa == &ike_sa);
    *out = (struct ikl_octets){octets, any_up_to(DATAGRAM)};
    return any_result();
}

int ikl_sa_pack(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len, struct ikl_packing *out)
{
    (void)plaintext_len;
    (void)out;
    prove(sa == &ike_sa && path == &ike_sa.path);
    return any_result();
}

int ikl_sa_seal_stored(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing,
                       uint32_t *stored)
{
    (void)packing;
    prove(sa == &ike_sa && !ikl_sa_has_keys(sa) && draft->message_id == 0 && !draft->response);
    prove(draft->exchange_type == first_request.request.exchange_type && !has_new_body);
    has_new_body = nondet_bool();
    if (has_new_body) {
        *stored = NEW_STORED;
    }
    return has_new_body ? IKL_OK : IKL_ERR_NO_BUFFER;
}

int ikl_sa_replace_init(struct ikl_sa *sa, struct ikl_own_request *own, uint32_t stored)
{
    prove(sa == &ike_sa && own == &first_request && stored == NEW_STORED && has_new_body);
    if (nondet_bool()) {
        return IKL_ERR_NO_BUFFER;
    }
    own->earlier = EARLIER;
    own->request.stored = stored;
    return IKL_OK;
}

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *of)
{
    prove(of == &endpoint);
    return nondet_u32();
}

/* As watch proves. */
void ikl_run_begin(struct ikl_run *run, const struct ikl_schedule *schedule, uint32_t message_id, ikl_time due,
                   ikl_time at, uint32_t slack, uint32_t random)
{
    struct ikl_run any;

    (void)random;
    prove(run == &first_request.request.run && schedule == run->schedule && due == now && at == now);
    prove(slack == endpoint.tick_slack && n_sent == 0);
    *run = any;
    run->schedule = schedule;
    run->message_id = message_id;
    run->blocked = false;
    run->timeout = 0;
    suppose(ikl_run_is_out(run) && ikl_run_is_valid(run) && run->sends == 1 && run->first_sent == now);
}

void ikl_run_set_reliable(struct ikl_run *run, bool reliable)
{
    prove(run == &first_request.request.run && reliable == ike_sa.path.reliable);
    run->reliable = reliable;
}

int ikl_sa_transmit_stored(struct ikl_sa *sa, const struct ikl_path *path, uint32_t body)
{
    prove(sa == &ike_sa && path == &ike_sa.path && body == NEW_STORED && body == first_request.request.stored);
    n_sent++;
    return nondet_int();
}

void ikl_request_note_otherwise(struct ikl_sa *sa, struct ikl_request *request, bool told, ikl_time at)
{
    prove(sa == &ike_sa && request == &first_request.request && !told && at == now);
    request->run.blocked = nondet_bool();
}

void ikl_sa_warn_of_exhaustion(struct ikl_sa *sa)
{
    prove(sa == &ike_sa);
}

/* It has no more than one request, and neither Child SAs nor an heir. */
static void have_any_that_begins(void)
{
    struct ikl_cipher any;

    have_any_ike_sa();
    first_request.next = IKL_NONE;
    first_request.self = 0;
    schedule.jitter = nondet_u8();
    first_request.request.run.schedule = &schedule;
    first_request.request.stored = STORED;
    first_request.earlier = nondet_bool() ? EARLIER : IKL_NONE;
    ike_sa.first_request = nondet_bool() ? 0 : IKL_NONE;
    ike_sa.keys = IKL_NONE;
    ike_sa.keying = IKL_NO_KEYING;
    suppose(ike_sa.extra == IKL_NONE || ike_sa.extra == 0);
    suppose(ikl_sa_beginning_is_valid(&ike_sa) && ikl_sa_is_valid(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
    is_init_out = ike_sa.first_request == 0;
    cipher = any;
    cipher.state_size = 1;
    cipher.deterministic = nondet_bool();
    cipher.init = init;
    cipher.clear = nondet_bool() ? clear : NULL;
    keying.cipher = &cipher;
    endpoint.keyings = &keying;
    endpoint.marks_attempts = nondet_bool();
    endpoint.exhaustion_margin = nondet_u32();
    before = ike_sa;
    first_before = first_request;
    now = nondet_u64();
    suppose(now != IKL_NEVER);
}

static bool is_as_before(void)
{
    return is_same(&ike_sa, &before, sizeof(before)) && is_same(&first_request, &first_before, sizeof(first_before)) &&
           n_outcomes == 0 && n_sent == 0 && !is_dropped[STORED];
}

#if defined(OFFER)
static void happen(void)
{
    struct ikl_message message;
    const struct ikl_header *header = &message.opened.header;
    bool may_answer;
    int result;

    message.datagram = (struct ikl_octets){octets, IKL_HEADER_LEN + any_up_to(DATAGRAM - IKL_HEADER_LEN)};
    chain_result = nondet_int();
    matches = nondet_bool();
    may_answer = is_init_out && header->message_id == 0 && (header->flags & IKL_FLAG_RESPONSE) != 0 &&
                 (header->flags & IKL_FLAG_INITIATOR) == 0 &&
                 header->exchange_type == first_request.request.exchange_type && chain_result == IKL_OK && matches;
    result = ikl_sa_offer_init_response(&ike_sa, &message);
    prove(is_as_before() && n_offered == may_answer && (result == IKL_OK) == may_answer);
    prove(endpoint.counters.offered == n_offered);
}
#elif defined(KEYS)
static void prove_keys(const struct ikl_protection *protection)
{
    prove(ike_sa.keys == 0 && ike_sa.keying == 0 && n_states == 1 && n_holders == 1 && is_init[0] && is_init[1]);
    prove(ike_sa.extra == 0 || !protection->fragmentation);
    prove(ike_sa.owns_sealed == !cipher.deterministic && ike_sa.fragmentation == protection->fragmentation);
    if (protection->iv_source == IKL_IV_CALLBACK) {
        prove(ike_sa.iv.callback == protection->next_iv && ike_sa.iv_end == 0);
    } else {
        prove(ike_sa.iv.next == (protection->iv_source == IKL_IV_FIRST ? protection->iv_first : 0));
        prove(ike_sa.iv_end == ike_sa.iv.next + COUNTED_IVS && ikl_sa_ivs_are_valid(&ike_sa));
    }
}

static void prove_ended(void)
{
    const struct ikl_request *request = &first_request.request;
    bool is_host_told = !first_before.request.silenced;

    prove(request->state == IKL_REQUEST_ENDED && request->stored == IKL_NONE && is_dropped[STORED]);
    prove(first_request.earlier == IKL_NONE && n_outcomes == is_host_told && request->silenced);
    prove(!is_host_told || (request->outcome_untold && request->ended == IKL_OUTCOME_ANSWERED));
    prove(is_forgotten == (ike_sa.first_request == IKL_NONE));
    prove(ike_sa.send_window.next == 1 && ike_sa.send_window.unanswered == 1 && !ikl_sa_is_waiting(&ike_sa));
}

static void happen(void)
{
    struct ikl_protection protection;
    struct ikl_keys keys;
    uint64_t spi_r = nondet_u64();
    int result;

    protection.keys = nondet_bool() ? &keys : NULL;
    protection.iv_source = (enum ikl_iv_source)(nondet_u8() % (IKL_IV_CALLBACK + 1));
    protection.fragmentation = nondet_bool();
    result = ikl_decide_install_keys(&ike_sa, spi_r, &protection, now);
    prove(has_shares && n_sent == 0);
    if (result == IKL_OK) {
        prove(is_init_out && spi_r != 0 && ike_sa.spi_r == spi_r && ike_sa.state == IKL_SA_CONNECTING);
        prove_keys(&protection);
        prove_ended();
        prove(ikl_sa_is_valid(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
    } else {
        prove(is_as_before() && n_states == 0 && n_holders == 0);
        prove(cipher.clear == NULL || (!is_init[0] && !is_init[1]));
    }
}
#else
static void happen(void)
{
    struct ikl_payload payloads[1];
    int result = ikl_decide_restart(&ike_sa, payloads, 1, now);

    if (result == IKL_OK) {
        prove(is_init_out && n_sent == 1 && has_new_body && !is_dropped[NEW_STORED] && !is_dropped[STORED]);
        prove(first_request.request.stored == NEW_STORED && first_request.earlier == EARLIER);
        prove(ikl_sa_beginning_is_valid(&ike_sa) && ikl_sa_is_valid(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
        prove(n_outcomes == 0 && ike_sa.send_window.next == before.send_window.next);
    } else {
        prove(is_as_before() && (!has_new_body || is_dropped[NEW_STORED]));
    }
}
#endif

int main(void)
{
    have_any_that_begins();
    happen();
    return 0;
}
