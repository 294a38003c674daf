/* SPDX-License-Identifier: ISC */
/* When Message IDs are synchronised (RFC 6311), from any state of an IKE SA: our request has Message ID 0, and until it
 * is answered our window stays shut; each request that was sent before gets its outcome, IKL_OUTCOME_SKIPPED, once, and
 * waits no more. An answer is taken only if it has the nonce of our request and is not below what that said; the window
 * is open then, and nothing outstanding. A request of the peer's is answered, once, only if it goes on with a Message
 * ID that is new; the same one once more gets the same octets, and changes nothing.
 *
 * No Message ID goes down, neither our next one nor that which we expect, so none is used twice. What the peer asked
 * before is forgotten. What is refused, or fails, changes nothing but that an IV may be used up: each seals once, and
 * is kept with what it sealed. The IKE SA stays valid.
 *
 * bounds: two requests besides the probe, no Child SA; a schedule of one wait. By contract: what is read and sealed of
 *     such a message, the pool, what follows. -DASK: we ask; -DASKED: the peer does
 * each: -DASKED
 * long: -DASK -DANSWERED
 * with: base.c policy/window.c sa/heirs.c sa/request.c sa/requests.c sa/state.c sa/sync_skip.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3 --unwindset is_same.0:100
 * fault: -DASKED lib/sa/sync.c s/send >= sync->least && //
 * fault: -DANSWERED lib/sa/sync.c s/content->ids.nonce != sync->ours.ids.nonce/false/
 * fault: -DASK lib/sa/sync.c s/^    ikl_window_shut(&sa->send_window, content->ids.send);//
 * fault: -DASK lib/sa/sync_skip.c s/^        ikl_request_end(sa, &own->request, IKL_OUTCOME_SKIPPED);//
 * fault: -DANSWERED lib/sa/sync.c s/highest(sa->send_window.next, content->ids.receive)/content->ids.receive/
 * fault: -DASKED lib/sa/sync.c s/^    sync->stored = sealed->stored;// */
#include "slabs.h"

#define ikl_sa_next_iv ikl_sa_next_iv_of_source
#include "sa/protect.h"
#undef ikl_sa_next_iv
int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv);

#define ikl_is_same_path ikl_is_same_path_by_octets
#include "sa/address.h"
#undef ikl_is_same_path
bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b);

#include "ike_sa.h"

#define is_same is_same_request
#include "sa/sync.c"
#undef is_same

#include "sa/evidence.h"
#include "sa/fragments.h"
#include "sa/move.h"
#include "sa/reachability.h"
#include "sa/request.h"

enum { OLD_ANSWER = 5, NEW_BODY = 6, NONCE_LEN = 4 };

static struct ikl_keying keying;
static struct ikl_cipher cipher;
static struct ikl_group group;
static struct ikl_schedule schedule;
static struct ikl_response responses[2];
static struct ikl_sync sync, sync_before;
static struct ikl_sync_content content; /* what the message says that came */
static struct ikl_message message;
static struct ikl_path path;
static ikl_time now;
static uint8_t iv; /* the last one that was used up; of each the first octet */
static bool is_iv_free, is_responses_empty[2], has_new_body, is_old_dropped, is_forgotten[2];
static unsigned n_sealed, n_sent, n_outcomes, n_settled, n_told;
static int read_result;

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.responses && index <= 1);
    return &responses[index];
}

void *ikl_beside_find(const struct ikl_beside *beside, uint64_t spi)
{
    prove(beside == &endpoint.syncs && spi == ikl_sa_own_spi(&ike_sa));
    return ikl_sa_has_rare(&ike_sa, IKL_RARE_SYNC) ? &sync : NULL;
}

int ikl_endpoint_random(const struct ikl_endpoint *of, uint8_t *out, size_t len)
{
    prove(of == &endpoint && len == NONCE_LEN);
    return nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;
}

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *of)
{
    prove(of == &endpoint);
    return nondet_u32();
}

int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *out)
{
    prove(sa == &ike_sa);
    if (nondet_bool()) {
        return IKL_ERR_EXHAUSTED;
    }
    out[0] = ++iv;
    is_iv_free = true;
    return IKL_OK;
}

static bool is_same_content(const struct ikl_sync_content *a, const struct ikl_sync_content *b)
{
    return a->ids.nonce == b->ids.nonce && a->ids.send == b->ids.send && a->ids.receive == b->ids.receive &&
           a->replay.delta == b->replay.delta && a->replay.extended == b->replay.extended;
}

/* With an IV that is new; or the same as before with the IV of then, which gives the same octets. */
int ikl_sa_seal_sync(struct ikl_sa *sa, const struct ikl_sync_content *what, bool response, const uint8_t *with,
                     size_t *len)
{
    const struct ikl_sync_content before_that = {.ids = sync_before.answer};

    prove(sa == &ike_sa && n_sealed == 0 && n_sent == 0);
    n_sealed++;
    if (with[0] == iv && is_iv_free) {
        is_iv_free = false;
    } else {
        prove(response && cipher.deterministic && sync_before.answered && sync_before.stored == IKL_NONE);
        prove(with == sync.iv && is_same_content(what, &before_that));
    }
    *len = nondet_u8();
    return nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;
}

uint32_t ikl_sa_store_body(struct ikl_sa *sa, const uint8_t *data, size_t len, enum ikl_body_use use)
{
    (void)len;
    prove(sa == &ike_sa && data == ikl_endpoint_message(&endpoint) && n_sealed == 1 && !cipher.deterministic);
    prove(use == IKL_BODY_SMALL && n_sent == 0);
    has_new_body = nondet_bool();
    return has_new_body ? NEW_BODY : IKL_NONE;
}

static bool is_of_request(uint32_t body)
{
    return body != OLD_ANSWER && body != NEW_BODY;
}

/* Of requests that end, and of the answer before. */
void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && body != NEW_BODY);
    if (body == OLD_ANSWER) {
        prove(!is_old_dropped && sync_before.stored == OLD_ANSWER && n_sealed == 1);
        is_old_dropped = true;
    }
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    prove(pool == &endpoint.pool && body == OLD_ANSWER && sync.stored == OLD_ANSWER);
    return 1;
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    prove(pool == &endpoint.pool && body == OLD_ANSWER && sync.stored == OLD_ANSWER && offset == 0 && len == 1);
    prove(out == ikl_endpoint_message(&endpoint));
    n_sealed++;
}

int ikl_endpoint_transmit(struct ikl_endpoint *of, struct ikl_sa *sa, const struct ikl_path *along, size_t len)
{
    (void)len;
    prove(of == &endpoint && sa == &ike_sa && n_sealed == 1 && n_sent == 0);
    prove(along == (message.path != NULL ? &path : &ike_sa.path));
    n_sent++;
    return nondet_int();
}

/* What requests hold, and what is told of them. */
bool ikl_sa_delete_again(struct ikl_sa *from, struct ikl_own_request *own, struct ikl_sa *to, struct ikl_sa *holder)
{
    (void)from;
    (void)own;
    (void)to;
    (void)holder;
    prove(false);
    return false;
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    (void)own;
    prove(sa == &ike_sa);
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own)
{
    prove(sa == &ike_sa && own->request.state == IKL_REQUEST_ENDED);
}

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests && index <= 1 && !is_forgotten[index]);
    is_forgotten[index] = true;
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    prove(sa == &ike_sa);
    prove(fact == IKL_FACT_OUTCOME || fact == IKL_FACT_ATTEMPT || (fact == IKL_FACT_OUTAGE && group.told));
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
    (void)sa;
    prove(false);
}

void ikl_share_enter(struct ikl_sa *sa)
{
    (void)sa;
    prove(false);
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.at == now);
}

void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.at == now);
}

void ikl_request_note_otherwise(struct ikl_sa *sa, struct ikl_request *request, bool told, ikl_time at)
{
    prove(sa == &ike_sa && request == &ike_sa.probe && !told && at == now);
    request->run.blocked = nondet_bool();
}

void ikl_sa_warn_of_exhaustion(struct ikl_sa *sa)
{
    prove(sa == &ike_sa);
}

void ikl_sa_change_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time at)
{
    prove(sa == &ike_sa && reachability == IKL_REACHABILITY_UP && at == now);
    sa->reachability = IKL_REACHABILITY_UP;
}

bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    prove(a == &path && b == &ike_sa.path);
    return nondet_bool();
}

void ikl_sa_heard_from_elsewhere(struct ikl_sa *sa, const struct ikl_path *along, ikl_time at)
{
    prove(sa == &ike_sa && along == &path && at == now);
}

/* What came of the peer's requests before. */
void ikl_sa_empty_response(struct ikl_sa *sa, struct ikl_response *response)
{
    size_t at = (size_t)(response - responses);

    prove(sa == &ike_sa && at <= 1 && !is_responses_empty[at]);
    is_responses_empty[at] = true;
}

static bool is_fragments_dropped;

void ikl_sa_drop_fragments(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && !is_fragments_dropped);
    is_fragments_dropped = true;
}

void ikl_sa_tell_synced(struct ikl_sa *sa, bool by_peer, const struct ikl_replay_sync *replay, ikl_time at)
{
    prove(sa == &ike_sa && at == now && replay->delta == content.replay.delta && n_told == 0);
    prove(by_peer == ((message.opened.header.flags & IKL_FLAG_RESPONSE) == 0));
    n_told++;
}

int ikl_sync_read(struct ikl_sync_content *out, const struct ikl_opened *opened)
{
    prove(opened == &message.opened);
    *out = content;
    return read_result;
}

/* All that may change of what ikl_sa_is_valid says, and more. */
static bool is_valid(void)
{
    return ikl_sa_goes_on(&ike_sa) && ikl_sa_windows_are_valid(&ike_sa) && ikl_idle_is_valid(&ike_sa.idle) &&
           ikl_sa_requests_are_valid(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa) && ikl_sa_can_send(&ike_sa) &&
           ikl_sa_sync_is_valid(&ike_sa);
}

/* Neither of our numbers goes down. */
static void prove_upwards(void)
{
    prove(ike_sa.send_window.next >= before.send_window.next);
    prove(ike_sa.receive_window.lowest >= before.receive_window.lowest);
    prove(ike_sa.receive_window.beyond >= before.receive_window.beyond);
}

/* What follows: what waited may go out. */
void ikl_sa_go_on(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &ike_sa && at == now && n_settled == 0 && n_told == 1 && ikl_sa_is_due(sa));
    prove(is_valid());
    prove_upwards();
    prove(sa->receive_window.lowest == sa->receive_window.beyond);
    prove(is_responses_empty[0] && (responses[0].next == IKL_NONE || is_responses_empty[1]) && is_fragments_dropped);
    prove(sa->last_message == now && sa->idle.heard >= before.idle.heard);
    n_settled++;
}

/* It agreed on this, or on nothing. */
static void have_any_sync(void)
{
    struct ikl_sync any;

    sync = any;
    sync.answered = nondet_bool();
    sync.stored = sync.answered && !cipher.deterministic ? OLD_ANSWER : IKL_NONE;
    sync_before = sync;
}

static struct ikl_sync_content any_content(void)
{
    struct ikl_sync_content any;

    any.replay.extended = nondet_bool();
    suppose(any.ids.send <= IKL_MESSAGE_ID_LAST && any.ids.receive <= IKL_MESSAGE_ID_LAST);
    return any;
}

static void have_any(void)
{
    struct ikl_message any_message;
    struct ikl_cipher any_cipher;
    static uint8_t octets[IKL_NON_ESP_MARKER_LEN];

    have_any_ike_sa();
    suppose(first_request.self == 0 && second_request.self == 1);
    suppose(is_of_request(first_request.request.stored) && is_of_request(second_request.request.stored));
    suppose(is_of_request(ike_sa.probe.stored));
    first_request.first_child = second_request.first_child = IKL_NONE;
    cipher = any_cipher;
    cipher.deterministic = nondet_bool();
    keying.cipher = &cipher;
    schedule = (struct ikl_schedule){.n_waits = 1, .tries = nondet_u8(), .waits = {nondet_u32()}};
    suppose(ikl_is_wait(schedule.waits[0]) && schedule.tries != 0);
    ike_sa.probe.run.schedule = &schedule;
    ike_sa.group = ike_sa.keying = 0;
    suppose(ike_sa.keys == 0 && ike_sa.first_response == 0);
    responses[0].next = nondet_bool() ? 1 : IKL_NONE;
    responses[1].next = IKL_NONE;
    endpoint.keyings = &keying;
    endpoint.groups = &group;
    endpoint.message = octets;
    endpoint.tick_slack = nondet_u32();
    endpoint.exhaustion_margin = nondet_u32();
    endpoint.marks_attempts = nondet_bool();
    group.told = group.out = nondet_bool();
    have_any_sync();
    path = any_path();
    message = any_message;
    message.path = NULL;
    content = any_content();
    now = nondet_u64();
    suppose(now != IKL_NEVER && is_valid());
    before = ike_sa;
    first_before = first_request;
    second_before = second_request;
}

/* A request of the list: when it was sent, it has its outcome; else it is as it was. */
static void prove_skipped(const struct ikl_own_request *own, const struct ikl_own_request *was, bool skips)
{
    const struct ikl_request *request = &own->request;

    if (!skips || was->request.state != IKL_REQUEST_SENT) {
        prove(request->state == was->request.state && request->outcome_untold == was->request.outcome_untold);
        prove(request->ended == was->request.ended && request->stored == was->request.stored);
        prove(!is_forgotten[own->self]);
        return;
    }
    prove(request->state == IKL_REQUEST_ENDED && request->stored == IKL_NONE);
    prove(is_forgotten[own->self] == !ikl_request_is_untold(request));
    if (request->kind == IKL_REQUEST_HOST && !was->request.silenced) {
        prove(request->ended == IKL_OUTCOME_SKIPPED && request->outcome_untold && request->silenced);
    } else {
        prove(request->ended == was->request.ended && request->outcome_untold == was->request.outcome_untold);
    }
}

static bool is_to_be_told(const struct ikl_own_request *was)
{
    return was->request.state == IKL_REQUEST_SENT && was->request.kind == IKL_REQUEST_HOST && !was->request.silenced;
}

static void prove_all_skipped(bool skips)
{
    prove_skipped(&first_request, &first_before, skips);
    prove_skipped(&second_request, &second_before, skips);
    prove(n_outcomes == (skips ? is_to_be_told(&first_before) + is_to_be_told(&second_before) : 0));
}

/* But that an IV may be used up, and counters. */
static void prove_as_before(void)
{
    before.counters = ike_sa.counters;
    sync_before.full_at = sync.full_at;
    prove(is_same(&ike_sa, &before, sizeof(before)) && is_same(&sync, &sync_before, sizeof(sync)));
    prove_all_skipped(false);
    prove(n_settled == 0 && n_told == 0 && !has_new_body && !is_old_dropped);
}

#if defined(ASK)
static void happen(void)
{
    struct ikl_sync_options options;
    bool has_options = nondet_bool();
    uint32_t unknown = has_options ? options.unknown_requests : 0;
    int result;

    options.size = sizeof(options);
    options.replay.extended = nondet_bool();
    result = ikl_decide_sync(&ike_sa, has_options ? &options : NULL, now);
    if (result != IKL_OK) {
        prove(n_sent == 0);
        prove_as_before();
        return;
    }
    prove(before.state == IKL_SA_ESTABLISHED && !ikl_sa_is_syncing(&before) && is_valid());
    prove(n_sent == 1 && ikl_sa_is_syncing(&ike_sa) && ike_sa.probe.state == IKL_REQUEST_SENT);
    prove(ike_sa.probe.run.message_id == 0 && ike_sa.probe_iv[0] == iv && !is_iv_free);
    prove(ike_sa.probe.stored == (cipher.deterministic ? IKL_NONE : NEW_BODY));
    prove(!ikl_send_window_open(&ike_sa.send_window) && ike_sa.send_window.next == sync.ours.ids.send);
    prove(sync.ours.ids.send - before.send_window.next > unknown);
    prove(sync.ours.ids.send - before.send_window.next >= ike_sa.send_window.size);
    prove(sync.ours.ids.receive == before.receive_window.beyond);
    prove_upwards();
    prove_all_skipped(true);
}
#elif defined(ANSWERED)
static void happen(void)
{
    int result;

    message.path = &path;
    message.opened.header.flags |= IKL_FLAG_RESPONSE;
    suppose(ikl_sa_may_be_sync(&ike_sa, &message.opened.header) && ikl_sa_judge_sync(&ike_sa, &message) == IKL_OK);
    prove(ikl_sa_is_syncing(&before) && before.probe.run.first_sent != IKL_NEVER);
    result = ikl_sa_take_sync(&ike_sa, &message, now);
    prove(n_sent == 0 && n_sealed == 0);
    if (result != IKL_OK) {
        prove_as_before();
        return;
    }
    prove(read_result == IKL_OK && content.ids.nonce == sync.ours.ids.nonce && content.replay.delta == 0);
    prove(content.ids.send >= sync.ours.ids.receive && content.ids.receive >= sync.ours.ids.send);
    prove(n_settled == 1 && !ikl_sa_is_syncing(&ike_sa) && ike_sa.probe.state != IKL_REQUEST_SENT);
    prove(!ikl_sa_is_waiting(&ike_sa) && ike_sa.send_window.next >= content.ids.receive);
    prove(ike_sa.receive_window.lowest >= content.ids.send && ike_sa.reachability == IKL_REACHABILITY_UP);
    prove(ike_sa.counters.answered == before.counters.answered + 1);
    prove_all_skipped(false);
}
#else
static void happen(void)
{
    bool was_syncing = ikl_sa_is_syncing(&ike_sa);
    int result;

    message.path = &path;
    message.opened.header.flags &= (uint8_t)~IKL_FLAG_RESPONSE;
    suppose(ikl_sa_may_be_sync(&ike_sa, &message.opened.header) && ikl_sa_judge_sync(&ike_sa, &message) == IKL_OK);
    result = ikl_sa_take_sync(&ike_sa, &message, now);
    prove(n_sent == (result == IKL_OK));
    if (n_settled == 0) {
        prove(result != IKL_OK || (sync.answered && is_same_content(&content, &sync.peers)));
        prove_as_before();
        return;
    }
    prove(result == IKL_OK && read_result == IKL_OK && n_sealed == 1);
    prove(content.ids.send >= sync_before.least && sync.least > content.ids.send);
    prove(was_syncing || content.ids.send >= before.receive_window.beyond);
    prove(sync.answered && is_same_content(&sync.peers, &content) && sync.answer.nonce == content.ids.nonce);
    prove(sync.answer.send == ike_sa.send_window.next && sync.answer.send >= content.ids.receive);
    prove(sync.answer.receive == ike_sa.receive_window.lowest && sync.answer.receive >= content.ids.send);
    prove(sync.iv[0] == iv && sync.stored == (cipher.deterministic ? IKL_NONE : NEW_BODY));
    prove(is_old_dropped == (sync_before.stored != IKL_NONE));
    prove(was_syncing ? !ikl_send_window_open(&ike_sa.send_window) : !ikl_sa_is_waiting(&ike_sa));
    prove(ike_sa.counters.requests == before.counters.requests + 1);
    prove_all_skipped(!was_syncing);
}
#endif

int main(void)
{
    have_any();
    read_result = nondet_int();
    happen();
    return 0;
}
