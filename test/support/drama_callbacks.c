/* SPDX-License-Identifier: ISC */
/* What the library calls in the drama: the leaves and what is told, each with the call that is made inside it. See
 * drama.h. */
#include "drama_ledger.h"

#include "providers.h"

#include "test.h"

enum { MAX_ACTS = 12, MAX_REFUSED = 40 };

static struct {
    bool in_leaf, telling;
    size_t skipped;
    uint64_t iv;
    uint8_t random;
    struct ikl_schedule schedule;
    uint32_t waiting[2];
} behind;

uint32_t drama_waiting_id(const struct ikl_sa *sa)
{
    return behind.waiting[sa == drama.roles[OTHER]];
}

/* Nothing changes but the count. */
static void check_refused(bool leaf, const struct call *call)
{
    struct image before, after;
    int result;

    image_take(&before, drama.endpoint);
    result = call->make(drama.plot.role);
    image_take(&after, drama.endpoint);
    if (result == CALL_NOT_MADE) {
        return;
    }
    assert_true(result != IKL_OK);
    drama.refused += result == IKL_ERR_REENTRANT || after.reentrant != before.reentrant ? 1 : 0;
    if (!image_same(&before, &after)) {
        fail_msg("%s changes something at place %d", call->name, (int)drama.plot.place);
    }
    if (result == IKL_ERR_REENTRANT && after.reentrant != before.reentrant + (leaf ? 1 : 0)) {
        fail_msg("%s is not counted as it should be at place %d", call->name, (int)drama.plot.place);
    }
}

/* What is told may call what it likes, but for the calls that are outermost. */
static void check_call(bool leaf, const struct call *call)
{
    if (drama.roles[drama.plot.role] == NULL && !call->outermost) {
        return;
    }
    if (call->store || !(leaf || call->outermost)) {
        assert_true(call->make(drama.plot.role) != IKL_ERR_REENTRANT);
    } else {
        check_refused(leaf, call);
    }
}

static void act(enum place place)
{
    const struct plot *plot = &drama.plot;
    size_t most = plot->skip != EACH_TIME ? 1 : place < FIRST_TOLD ? MAX_REFUSED : MAX_ACTS;

    drama.visited[place]++;
    if (plot->call == NULL || place != plot->place || !drama.open || drama.acts == most ||
        (plot->skip != EACH_TIME && behind.skipped++ < plot->skip)) {
        return;
    }
    drama.acts++;
    check_call(place < FIRST_TOLD, plot->call);
}

static void leaf(enum place place)
{
    assert_false(behind.in_leaf);
    behind.in_leaf = true;
    act(place);
    behind.in_leaf = false;
}

static void told(enum place place)
{
    act(place);
    behind.telling = false;
}

static void tell(enum place place, struct ikl_sa *sa)
{
    assert_false(behind.in_leaf);
    assert_false(behind.telling);
    behind.telling = true;
    ledger_tell(place, sa);
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++) {
        out[i] = behind.random++;
    }
    leaf(IN_RANDOM);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user;
    (void)path;
    if (sa != NULL) {
        assert_true(ikl_sa_state(sa) < IKL_SA_DYING); /* nothing is sent after the end */
    }
    ledger_send(sa, datagram, len);
    leaf(IN_SEND);
    return IKL_OK;
}

static void on_send_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        ledger_send(datagrams[i].sa, datagrams[i].datagram, datagrams[i].len);
    }
    leaf(IN_SEND_BATCH);
}

int drama_next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user;
    (void)sa;
    memset(iv, 0, len);
    behind.iv++;
    memcpy(iv, &behind.iv, len < sizeof(behind.iv) ? len : sizeof(behind.iv));
    leaf(IN_NEXT_IV);
    return IKL_OK;
}

static void on_last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)heard;
    (void)sent;
    assert_true(ikl_sa_find_child(sa, ikl_child_protocol(child), ikl_child_spi_in(child)) == child);
    leaf(IN_LAST_ESP);
}

bool drama_lives_elsewhere(void *user, uint64_t spi_i, uint64_t spi_r)
{
    (void)user;
    (void)spi_i;
    (void)spi_r;
    leaf(IN_LIVES_ELSEWHERE);
    return false;
}

void drama_restored_child(void *context, struct ikl_restored_child *child)
{
    (void)context;
    (void)child;
    leaf(IN_RESTORED_CHILD);
}

static void *on_allocate(void *user, size_t size)
{
    (void)user;
    leaf(IN_ALLOCATE);
    return malloc(size);
}

static void on_release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

static const struct ikl_cipher *honest;
static struct ikl_cipher cipher;

static int cipher_init(void *state, const struct ikl_cipher_init *keys)
{
    leaf(IN_CIPHER_INIT);
    return honest->init(state, keys);
}

static int cipher_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    leaf(IN_CIPHER_SEAL);
    return honest->seal(state, message, aad_len, text_len);
}

static int cipher_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    leaf(IN_CIPHER_OPEN);
    return honest->open(state, message, aad_len, text_len, plaintext);
}

static void cipher_clear(void *state)
{
    (void)state;
    leaf(IN_CIPHER_CLEAR);
}

static int cipher_for(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    static const struct ikl_suite chacha = {.encr = IKL_ENCR_CHACHA20_POLY1305};
    int result = test_provider->cipher(&chacha, &honest); /* under whatever name */

    (void)wanted;
    leaf(IN_CIPHER_FOR);
    if (result != IKL_OK) {
        return result;
    }
    cipher = *honest;
    cipher.init = cipher_init;
    cipher.seal = cipher_seal;
    cipher.open = cipher_open;
    cipher.clear = cipher_clear;
    *out = &cipher;
    return IKL_OK;
}

static const struct ikl_prf *honest_prf;
static struct ikl_prf prf;

static int prf_compute(const struct ikl_prf_input *input, uint8_t *out)
{
    leaf(IN_PRF);
    return honest_prf->compute(input, out);
}

static int prf_for(uint16_t id, const struct ikl_prf **out)
{
    int result = test_provider->prf(id, &honest_prf);

    if (result == IKL_OK) {
        prf = *honest_prf;
        prf.compute = prf_compute;
        *out = &prf;
    }
    return result;
}

static const struct ikl_provider provider = {
    .size = sizeof(struct ikl_provider), .name = "one that calls back", .cipher = cipher_for, .prf = prf_for};

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    (void)user;
    (void)attempt;
    tell(IN_ATTEMPT, sa);
    told(IN_ATTEMPT);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    (void)user;
    (void)alive;
    tell(IN_ALIVE, sa);
    told(IN_ALIVE);
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    (void)user;
    tell(IN_OUTCOME, sa);
    ledger_outcome(outcome);
    told(IN_OUTCOME);
}

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    (void)user;
    (void)response;
    tell(IN_INIT_RESPONSE, sa);
    told(IN_INIT_RESPONSE);
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    (void)user;
    behind.waiting[sa == drama.roles[OTHER]] = request->message_id;
    tell(IN_REQUEST, sa);
    told(IN_REQUEST);
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    (void)user;
    (void)synced;
    tell(IN_SYNCED, sa);
    told(IN_SYNCED);
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    (void)user;
    tell(IN_STATE, sa);
    ledger_state(sa, state);
    told(IN_STATE);
}

static void on_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    (void)user;
    (void)change;
    tell(IN_REACHABILITY, sa);
    told(IN_REACHABILITY);
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    (void)user;
    (void)path;
    tell(IN_ADDRESS, sa);
    told(IN_ADDRESS);
}

static void on_exhaustion(void *user, struct ikl_sa *sa, enum ikl_exhaustion what)
{
    (void)user;
    (void)what;
    tell(IN_EXHAUSTION, sa);
    told(IN_EXHAUSTION);
}

static void on_outage(void *user, const struct ikl_outage *outage)
{
    (void)user;
    (void)outage;
    tell(IN_OUTAGE, NULL);
    told(IN_OUTAGE);
}

static void on_peer_deletes(void *user, struct ikl_sa *sa)
{
    (void)user;
    tell(IN_PEER_DELETES, sa);
    told(IN_PEER_DELETES);
}

static void on_monitor(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    (void)user;
    tell(IN_MONITOR, sa);
    assert_int_equal(change->state, ikl_child_monitor(sa, child)->state);
    told(IN_MONITOR);
}

static void on_monitor_probe(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    (void)user;
    assert_int_equal(ikl_sa_state(sa), IKL_SA_ESTABLISHED);
    assert_int_equal(probe, ikl_child_monitor(sa, child)->probe);
    leaf(IN_MONITOR_PROBE);
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    (void)user;
    (void)down;
    tell(IN_CHILD_DOWN, sa);
    ledger_child_down(sa, child);
    told(IN_CHILD_DOWN);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    (void)user;
    (void)down;
    tell(IN_DOWN, sa);
    ledger_down(sa);
    told(IN_DOWN);
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    (void)user;
    (void)path;
    (void)header;
    (void)datagram;
    (void)len;
    tell(IN_UNMATCHED, NULL);
    told(IN_UNMATCHED);
}

void drama_open(void)
{
    static const struct ikl_provider *const providers[] = {&provider};
    static const struct ikl_allocator allocator = {.allocate = on_allocate, .release = on_release};
    static const struct ikl_monitor_config monitor = {
        .interval = 10000, .timeout = 5000, .renew_after = 60000, .threshold = 2, .recover = 1};
    struct ikl_endpoint_config config = {.size = sizeof(config),
                                         .callbacks = {.size = sizeof(struct ikl_callbacks),
                                                       .random = on_random,
                                                       .send = on_send,
                                                       .attempt = on_attempt,
                                                       .alive = on_alive,
                                                       .outcome = on_outcome,
                                                       .init_response = on_init_response,
                                                       .peer_request = on_peer_request,
                                                       .synced = on_synced,
                                                       .state = on_state,
                                                       .reachability = on_reachability,
                                                       .address = on_address,
                                                       .last_esp = on_last_esp,
                                                       .exhaustion = on_exhaustion,
                                                       .outage = on_outage,
                                                       .peer_deletes = on_peer_deletes,
                                                       .child_down = on_child_down,
                                                       .down = on_down,
                                                       .unmatched = on_unmatched,
                                                       .monitor_probe = on_monitor_probe,
                                                       .monitor = on_monitor},
                                         .allocator = &allocator,
                                         .providers = providers,
                                         .n_providers = 1,
                                         .exhaustion_margin = UINT32_MAX,
                                         .outage_after = 20000,
                                         .outage_least = 1,
                                         .monitor = &monitor};

    memset(&behind, 0, sizeof(behind));
    if (drama.plot.batches) {
        config.callbacks.send = NULL;
        config.callbacks.send_batch = on_send_batch;
        config.send_batch = 2;
    }
    behind.schedule = *ikl_schedule_default();
    behind.schedule.jitter = 500;
    config.schedule = &behind.schedule;
    assert_int_equal(ikl_init(), IKL_OK);
    assert_int_equal(ikl_endpoint_new(&drama.endpoint, &config, 0), IKL_OK);
}
