/* SPDX-License-Identifier: ISC */
/* When the keys of an IKE SA change (RFC 9242, RFC 9370), its new ones are made once, and their IVs begin as the host
 * says. The keys before stay just while responses that they sealed are remembered, with no IV left, until an exchange
 * is complete with the new ones: then they are wiped, once, and those responses are forgotten, none of the others. So
 * there are never more than two, and none is lost. They change only between messages, of an IKE SA that is CONNECTING
 * and has gone on since the last time; what fails leaves all as it was, and no key.
 *
 * bounds: two responses; any cipher, whose own functions may fail. By contract: the slab of keys, the table of changes
 * each: -DCHANGE -DGOES_ON -DEND
 * with: sa/keying.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 5 --unwindset is_same.0:60
 * fault: -DCHANGE lib/sa/key_change.c s/^    change->former = none;//
 * fault: -DGOES_ON lib/sa/key_change.c s/^        ikl_sa_clear_rare(sa, IKL_RARE_FORMER_KEYS);//
 * fault: -DGOES_ON lib/sa/key_change.c s/ && response->message_id < before) {/) {/
 * fault: -DEND lib/sa/key_change.c s/^        wipe_former(sa, change);//
 * fault: -DCHANGE lib/sa/key_change.c s/^    if (!is_between_messages(sa)) {/    if (false) {/
 * fault: -DCHANGE lib/sa/keying.c s/^        cipher->clear(state + cipher->state_size);// */
#include "slabs.h"

#include "sa/valid.h"

#include "sa/key_change.c"

enum { KEYS = 3, PRESENT = 0, FORMER = 1, NEW = 2 };

static const uint64_t COUNTED_IVS = UINT64_C(1) << 48;

static struct ikl_endpoint endpoint;
static struct ikl_sa ike_sa, before;
static struct ikl_key_change change, change_before;
static struct ikl_response responses[2], responses_before[2];
static struct ikl_keying keying;
static struct ikl_cipher cipher;
static uint8_t key_states[KEYS][2];
static bool is_taken[KEYS], is_wiped[KEYS][2], is_init[2]; /* init: of the new keys */
static bool has_change, had_change, has_room_for_keys, has_room_for_change, is_emptied[2], is_removed, has_lost;
static unsigned n_told;
static ikl_time now;

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    if (slab == &endpoint.responses) {
        prove(index <= 1);
        return &responses[index];
    }
    prove(slab == &keying.states && index < KEYS && is_taken[index]);
    return key_states[index];
}

uint32_t ikl_slab_take(struct ikl_slab *slab)
{
    prove(slab == &keying.states && has_room_for_keys && !is_taken[NEW]);
    is_taken[NEW] = true;
    return NEW;
}

/* Wiped: as slab proves, all of it; but first the cipher clears what it has of its own. */
void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    bool is_whole = index != NEW;

    prove(slab == &keying.states && index < KEYS && is_taken[index]);
    prove(!is_whole || cipher.clear == NULL || (is_wiped[index][0] && is_wiped[index][1]));
    is_taken[index] = false;
}

int ikl_slab_reserve(struct ikl_slab *slab, uint32_t n)
{
    prove(slab == &keying.states && n == 1);
    has_room_for_keys = nondet_bool();
    return has_room_for_keys ? IKL_OK : IKL_ERR_NO_MEMORY;
}

void *ikl_beside_find(const struct ikl_beside *beside, uint64_t spi)
{
    prove(beside == &endpoint.key_changes && spi == ikl_sa_own_spi(&ike_sa));
    return has_change ? &change : NULL;
}

int ikl_beside_reserve(struct ikl_beside *beside, uint32_t n)
{
    prove(beside == &endpoint.key_changes && n == 1 && !has_change);
    has_room_for_change = nondet_bool();
    return has_room_for_change ? IKL_OK : IKL_ERR_NO_MEMORY;
}

void *ikl_beside_add(struct ikl_beside *beside, uint64_t spi)
{
    prove(beside == &endpoint.key_changes && spi == ikl_sa_own_spi(&ike_sa) && !has_change && has_room_for_change);
    has_change = true;
    change = (struct ikl_key_change){.spi = spi};
    return &change;
}

void ikl_beside_remove(struct ikl_beside *beside, uint64_t spi)
{
    prove(beside == &endpoint.key_changes && spi == ikl_sa_own_spi(&ike_sa) && has_change);
    prove(!ikl_sa_has_rare(&ike_sa, IKL_RARE_FORMER_KEYS));
    has_change = false;
}

/* The cipher's own functions. */
static int init(void *state, const struct ikl_cipher_init *from)
{
    size_t at = state == key_states[NEW] ? 0 : 1;
    int result = nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;

    prove((state == key_states[NEW] || state == &key_states[NEW][1]) && is_taken[NEW] && !is_init[at]);
    prove(from->cipher == &cipher);
    is_init[at] = result == IKL_OK;
    return result;
}

static void clear(void *state)
{
    for (size_t n = 0; n < KEYS; n++) {
        for (size_t at = 0; at < 2; at++) {
            if (state == &key_states[n][at]) {
                prove(is_taken[n] && !is_wiped[n][at]);
                is_wiped[n][at] = true;
                return;
            }
        }
    }
    prove(false);
}

ikl_cipher_clear ikl_cipher_clear_of(const struct ikl_cipher *of)
{
    prove(of == &cipher);
    return of->clear;
}

bool ikl_same_cipher(const struct ikl_suite *a, const struct ikl_suite *b)
{
    return a->encr == b->encr && a->key_bits == b->key_bits && a->integ == b->integ;
}

int ikl_endpoint_cipher(const struct ikl_endpoint *of, const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    prove(of == &endpoint && ikl_same_cipher(suite, &keying.suite));
    *out = &cipher;
    return IKL_OK; /* it is in use */
}

int ikl_endpoint_keying(struct ikl_endpoint *of, const struct ikl_suite *suite, const struct ikl_cipher *with,
                        uint16_t *index)
{
    (void)of;
    (void)suite;
    (void)with;
    (void)index;
    prove(false);
    return IKL_ERR_NO_MEMORY;
}

void ikl_endpoint_hold_keying(struct ikl_endpoint *of, uint16_t index)
{
    (void)of;
    (void)index;
    prove(false);
}

void ikl_sa_empty_response(struct ikl_sa *sa, struct ikl_response *response)
{
    size_t at = response == &responses[0] ? 0 : 1;

    prove(sa == &ike_sa && !is_emptied[at] && response->state == IKL_RESPONSE_GIVEN);
    *response = (struct ikl_response){.next = response->next, .stored = IKL_NONE, .path = IKL_NONE};
    is_emptied[at] = true;
}

void ikl_sa_lose_fragments(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && !has_lost);
    has_lost = true;
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.kind == IKL_EVENT_KEYS_CHANGED && event.at == now &&
          event.count == ikl_event_count(change.n));
    n_told++;
}

void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    (void)sa;
    (void)event;
    prove(false);
}

void ikl_sa_mark_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    (void)sa;
    (void)state;
    prove(false);
}

void ikl_share_leave(struct ikl_sa *sa)
{
    (void)sa;
    prove(false);
}

void ikl_share_enter(struct ikl_sa *sa)
{
    (void)sa;
    prove(false);
}

static bool is_same(const void *a, const void *b, size_t len)
{
    bool same = true;

    for (size_t i = 0; i < len / sizeof(uint64_t); i++) {
        same = same && ((const uint64_t *)a)[i] == ((const uint64_t *)b)[i];
    }
    return same;
}

static void have_any_keys(void)
{
    struct ikl_cipher any_cipher;
    struct ikl_keying any_keying;
    struct ikl_key_change any_change;

    cipher = any_cipher;
    cipher.state_size = 1;
    cipher.deterministic = nondet_bool();
    cipher.init = init;
    cipher.clear = nondet_bool() ? clear : NULL;
    keying = any_keying;
    keying.cipher = &cipher;
    endpoint.keyings = &keying;
    endpoint.max_key_changes = nondet_u32();
    ike_sa.keying = 0;
    ike_sa.keys = PRESENT;
    is_taken[PRESENT] = true;
    change = any_change;
    has_change = had_change = nondet_bool();
    change.former.keys = has_change && nondet_bool() ? FORMER : IKL_NONE;
    is_taken[FORMER] = change.former.keys == FORMER;
}

static void have_any_ike_sa(void)
{
    struct ikl_sa any;
    struct ikl_response any_response, other_response;

    responses[0] = any_response;
    responses[0].next = nondet_bool() ? 1 : IKL_NONE;
    responses[1] = other_response;
    responses[1].next = IKL_NONE;
    ike_sa = any;
    ike_sa.endpoint = &endpoint;
    ike_sa.first_response = 0;
    ike_sa.fragmentation = nondet_bool();
    have_any_keys();
    suppose(ike_sa.state < IKL_SA_DYING && ikl_sa_windows_are_valid(&ike_sa) && ikl_sa_responses_are_valid(&ike_sa));
    suppose(ikl_sa_key_change_is_valid(&ike_sa));
    before = ike_sa;
    change_before = change;
    responses_before[0] = responses[0];
    responses_before[1] = responses[1];
    now = nondet_u64();
}

/* But for its keys. */
static void prove_others_as_before(void)
{
    before.keys = ike_sa.keys;
    before.iv = ike_sa.iv;
    before.iv_end = ike_sa.iv_end;
    before.rare = ike_sa.rare;
    prove(is_same(&ike_sa, &before, sizeof(before)));
}

static void prove_keys_as_before(void)
{
    prove(ike_sa.keys == before.keys && ike_sa.iv.next == before.iv.next && ike_sa.iv_end == before.iv_end);
    prove(is_taken[PRESENT] && !is_wiped[PRESENT][0] && !is_wiped[PRESENT][1] && !is_taken[NEW]);
}

/* The keys before the present ones are there, or they were wiped. */
static void prove_kept(uint32_t keys, bool is_kept)
{
    bool has_former = ikl_sa_has_rare(&ike_sa, IKL_RARE_FORMER_KEYS);

    prove(is_taken[keys] == is_kept && has_former == is_kept);
    prove(!is_kept || (!is_wiped[keys][0] && !is_wiped[keys][1] && change.former.keys == keys));
    prove(!has_change || has_former == (change.former.keys != IKL_NONE));
}

/* A response that the former keys have sealed is forgotten with them; no other changes. */
static void prove_response(unsigned at, bool has_wiped)
{
    const struct ikl_response *was = &responses_before[at];
    bool is_there = at == 0 || responses[0].next == 1;
    bool is_old = was->state == IKL_RESPONSE_GIVEN && was->message_id < change_before.peer_id;

    prove(is_emptied[at] == (is_there && has_wiped && is_old));
}

static bool is_given(unsigned at)
{
    return responses_before[at].state == IKL_RESPONSE_GIVEN && (at == 0 || responses[0].next == 1);
}

static bool is_under_way(unsigned at)
{
    return (responses_before[at].state == IKL_RESPONSE_WAITING || responses_before[at].state == IKL_RESPONSE_PENDING) &&
           (at == 0 || responses[0].next == 1);
}

#if defined(CHANGE)
static void prove_changed(const struct ikl_protection *protection)
{
    prove(before.state == IKL_SA_CONNECTING && !ikl_sa_is_waiting(&ike_sa) && !is_under_way(0) && !is_under_way(1));
    prove(ike_sa.original_initiator ? before.send_window.unanswered > (had_change ? change_before.own_id : 1)
                                    : before.receive_window.lowest > (had_change ? change_before.peer_id : 1));
    prove(protection->suite.prf == ike_sa.prf && protection->fragmentation == ike_sa.fragmentation);
    prove(ike_sa.keys == NEW && is_taken[NEW] && is_init[0] && is_init[1] && !is_wiped[NEW][0] && !is_wiped[NEW][1]);
    if (protection->iv_source == IKL_IV_CALLBACK) {
        prove(ike_sa.iv.callback == protection->next_iv && ike_sa.iv_end == 0);
    } else {
        prove(ike_sa.iv.next == (protection->iv_source == IKL_IV_FIRST ? protection->iv_first : 0));
        prove(ike_sa.iv_end == ike_sa.iv.next + COUNTED_IVS);
    }
    prove(!is_taken[FORMER]);
    prove_kept(PRESENT, is_given(0) || is_given(1));
    prove(change.former.iv.next == change.former.iv_end && change.former.iv_end != 0);
    prove(change.n == (had_change ? change_before.n : 0) + 1 && change.n <= endpoint.max_key_changes);
    prove(change.own_id == ike_sa.send_window.next && change.peer_id == ike_sa.receive_window.lowest);
    prove(has_change && has_lost && n_told == 1 && ikl_sa_key_change_is_valid(&ike_sa));
}

static void happen(void)
{
    struct ikl_protection protection;
    struct ikl_keys keys;
    int result;

    protection.keys = nondet_bool() ? &keys : NULL;
    protection.iv_source = (enum ikl_iv_source)(nondet_u8() % (IKL_IV_CALLBACK + 1));
    protection.fragmentation = nondet_bool();
    result = ikl_decide_change_keys(&ike_sa, &protection, now);
    if (result == IKL_OK) {
        prove_changed(&protection);
    } else {
        prove_keys_as_before();
        prove(ike_sa.rare == before.rare && has_change == had_change && n_told == 0 && !has_lost);
        prove(is_same(&change, &change_before, sizeof(change)));
        prove(cipher.clear == NULL || is_wiped[NEW][0] == (is_init[0] && !is_init[1]));
    }
    prove(!is_emptied[0] && !is_emptied[1]);
}
#elif defined(GOES_ON)
static void happen(void)
{
    bool had_former = is_taken[FORMER], has_wiped;

    /* the windows have gone on, by a message under the present keys */
    ike_sa.send_window.unanswered = ike_sa.send_window.next = nondet_u32();
    ike_sa.receive_window.lowest = ike_sa.receive_window.beyond = nondet_u32();
    before.send_window = ike_sa.send_window;
    before.receive_window = ike_sa.receive_window;
    has_wiped = had_former && has_gone_on(&ike_sa);
    ikl_key_change_went_on(&ike_sa);
    prove_keys_as_before();
    prove_kept(FORMER, had_former && !has_wiped);
    prove_response(0, has_wiped);
    prove_response(1, has_wiped);
    prove(has_change == had_change && ikl_sa_key_change_is_valid(&ike_sa));
}
#else
static void happen(void)
{
    bool had_former = is_taken[FORMER];

    ikl_key_change_end(&ike_sa);
    prove_keys_as_before();
    prove_kept(FORMER, false);
    prove_response(0, had_former);
    prove_response(1, had_former);
    prove(!has_change);
}
#endif

int main(void)
{
    have_any_ike_sa();
    happen();
    prove_others_as_before();
    return 0;
}
