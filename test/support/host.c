/* SPDX-License-Identifier: ISC */
/* A host for tests. See host.h. */
#include "host.h"

#include "providers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void host_must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "test host: %s\n", what);
        abort();
    }
}

static struct event *record(struct host *host, enum event_kind kind, struct ikl_sa *sa)
{
    struct event *event = &host->events[host->n_events];

    host_must(host->n_events < HOST_MAX_EVENTS, "too many events");
    host->kinds[host->n_events++] = (uint8_t)kind;
    memset(event, 0, sizeof(*event));
    event->kind = kind;
    event->at = host->now;
    event->sa = sa;
    return event;
}

static int finish(struct host *host, struct event *event)
{
    return host->on_event != NULL ? host->on_event(host, event) : IKL_OK;
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    struct host *host = user;

    for (size_t i = 0; i < len; i++) {
        out[i] = host->random++;
    }
    return host->random_result;
}

static void keep_octets(struct event *event, const uint8_t *data, size_t len)
{
    host_must(len <= sizeof(event->datagram), "datagram too long");
    event->len = len;
    if (len != 0) {
        memcpy(event->datagram, data, len);
    }
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct host *host = user;
    struct event *event = record(host, EVENT_SENT, sa);
    int result;

    event->path = *path;
    keep_octets(event, datagram, len);
    event->delivered = host->send_result != IKL_OK;
    result = finish(host, event);
    return host->send_result != IKL_OK ? host->send_result : result;
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct event *event = record(user, EVENT_ATTEMPT, sa);

    event->attempt = *attempt;
    (void)finish(user, event);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct event *event = record(user, EVENT_ALIVE, sa);

    event->alive = *alive;
    (void)finish(user, event);
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct event *event = record(user, EVENT_PEER_REQUEST, sa);

    event->path = *request->path;
    event->exchange_type = request->exchange_type;
    event->message_id = request->message_id;
    event->first_payload = request->first_payload;
    event->int_auth = request->int_auth;
    keep_octets(event, request->plaintext.data, request->plaintext.len);
    (void)finish(user, event);
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct event *event = record(user, EVENT_OUTCOME, sa);

    event->outcome = *outcome;
    event->outcome.plaintext = (struct ikl_octets){NULL, 0};
    keep_octets(event, outcome->plaintext.data, outcome->plaintext.len);
    (void)finish(user, event);
}

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct event *event = record(user, EVENT_INIT_RESPONSE, sa);

    event->path = *response->path;
    event->exchange_type = response->header.exchange_type;
    event->message_id = response->header.message_id;
    event->first_payload = response->header.next_payload;
    keep_octets(event, response->datagram.data, response->datagram.len);
    (void)finish(user, event);
}

static void on_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    struct event *event = record(user, EVENT_REACHABILITY, sa);

    event->reachability = *change;
    (void)finish(user, event);
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    struct event *event = record(user, EVENT_ADDRESS, sa);

    event->path = *path;
    (void)finish(user, event);
}

static void on_exhaustion(void *user, struct ikl_sa *sa, enum ikl_exhaustion what)
{
    struct event *event = record(user, EVENT_EXHAUSTION, sa);

    event->exhaustion = what;
    (void)finish(user, event);
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    struct event *event = record(user, EVENT_STATE, sa);

    event->state = state;
    (void)finish(user, event);
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct event *event = record(user, EVENT_CHILD_DOWN, sa);

    event->down = *down;
    event->spi_in = ikl_child_spi_in(child);
    event->child = child;
    (void)finish(user, event);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct event *event = record(user, EVENT_DOWN, sa);

    event->down = *down;
    (void)finish(user, event);
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    struct event *event = record(user, EVENT_UNMATCHED, NULL);

    event->path = *path;
    event->exchange_type = header->exchange_type;
    event->message_id = header->message_id;
    keep_octets(event, datagram, len);
    (void)finish(user, event);
}

static void on_monitor_probe(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    struct event *event = record(user, EVENT_MONITOR_PROBE, sa);

    event->spi_in = ikl_child_spi_in(child);
    event->child = child;
    event->probe = probe;
    (void)finish(user, event);
}

static void on_monitor(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    struct event *event = record(user, EVENT_MONITOR, sa);

    event->spi_in = ikl_child_spi_in(child);
    event->child = child;
    event->monitor = *change;
    (void)finish(user, event);
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct event *event = record(user, EVENT_SYNCED, sa);

    event->synced = *synced;
    (void)finish(user, event);
}

struct ikl_endpoint_config host_config(struct host *host)
{
    struct ikl_endpoint_config config = {.size = sizeof(struct ikl_endpoint_config),
                                         .callbacks = {.size = sizeof(struct ikl_callbacks),
                                                       .random = on_random,
                                                       .send = on_send,
                                                       .attempt = on_attempt,
                                                       .alive = on_alive,
                                                       .outcome = on_outcome,
                                                       .init_response = on_init_response,
                                                       .peer_request = on_peer_request,
                                                       .state = on_state,
                                                       .reachability = on_reachability,
                                                       .address = on_address,
                                                       .exhaustion = on_exhaustion,
                                                       .child_down = on_child_down,
                                                       .down = on_down,
                                                       .unmatched = on_unmatched,
                                                       .monitor_probe = on_monitor_probe,
                                                       .monitor = on_monitor,
                                                       .synced = on_synced},
                                         .user = host};

#if !defined(TEST_SODIUM)
    config.providers = &test_provider; /* there is no default */
    config.n_providers = 1;
#endif
    return config;
}

void host_init(struct host *host, const char *name, ikl_time now, endpoint_change change)
{
    struct ikl_endpoint_config config = host_config(host);

    memset(host, 0, sizeof(*host));
    host->name = name;
    host->now = now;
    host->random = 1;
    host->events = malloc(HOST_MAX_EVENTS * sizeof(*host->events));
    host_must(host->events != NULL, "no memory");
    if (change != NULL) {
        change(&config);
    }
    host_must(ikl_init() == IKL_OK, "ikl_init");
    host_must(ikl_endpoint_new(&host->endpoint, &config, now) == IKL_OK, "ikl_endpoint_new");
}

/* The first provider that has the suite, with its PRF. */
static const struct ikl_provider *find_provider(const struct ikl_suite *suite, const struct ikl_prf **prf)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher;

        if (providers[i]->cipher(suite, &cipher) == IKL_OK && providers[i]->prf(suite->prf, prf) == IKL_OK) {
            return providers[i];
        }
    }
    host_must(false, "no provider has the suite");
    return NULL;
}

static const uint64_t FIRST_SPI_I = 0x1111111111110000u, FIRST_SPI_R = 0x2222222222220000u;

static void derive_keys(struct ikl_keys *keys, const char *name)
{
    static const uint8_t nonce[32] = "nonces need not be random here", secret[32] = "a shared secret";
    const struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {nonce, 32},
        .nr = {nonce, 16},
        .shared_secret = {secret, 32},
        .spi_i = FIRST_SPI_I,
        .spi_r = FIRST_SPI_R,
    };
    const struct ikl_provider *provider;
    const struct ikl_prf *prf;
    struct ikl_suite suite;
    uint8_t skeyseed[IKL_MAX_PRF];

    host_must(ikl_suite_parse(&suite, name) == IKL_OK, "suite");
    provider = find_provider(&suite, &prf);
    host_must(ikl_skeyseed(prf, &input, skeyseed) == IKL_OK, "SKEYSEED");
    host_must(ikl_keys_derive(keys, provider, &suite, (struct ikl_octets){skeyseed, prf->len}, &input) == IKL_OK,
              "keys");
}

/* Deriving takes longer than all else that most tests do, and they ask for the same keys again and again. */
void test_keys(struct ikl_keys *keys, const char *name)
{
    static char latest[64];
    static struct ikl_keys of_latest;

    if (strcmp(latest, name) != 0) {
        host_must(strlen(name) < sizeof(latest), "a suite of so long a name");
        derive_keys(&of_latest, name);
        memcpy(latest, name, strlen(name) + 1);
    }
    *keys = of_latest;
}

static struct ikl_address address(uint8_t last)
{
    return (struct ikl_address){.ip = {192, 0, 2, last}, .port = 500, .family = 4};
}

void test_sa_config(struct ikl_sa_config *config, struct ikl_keys *keys, const char *suite, bool original_initiator,
                    uint32_t n)
{
    struct ikl_address a = address(1), b = address(2);

    memset(config, 0, sizeof(*config));
    test_keys(keys, suite);
    config->size = sizeof(*config);
    config->spi_i = FIRST_SPI_I + n;
    config->spi_r = FIRST_SPI_R + n;
    config->original_initiator = original_initiator;
    config->path.local = original_initiator ? a : b;
    config->path.remote = original_initiator ? b : a;
    host_must(ikl_suite_parse(&config->protection.suite, suite) == IKL_OK, "suite");
    config->protection.keys = keys;
    config->protection.iv_source = IKL_IV_FRESH_KEYS;
    config->ids.stated = true;
}

void with_fragmentation(struct ikl_sa_config *config)
{
    config->protection.fragmentation = true;
    config->path.mtu = 1280;
}

void host_add_children(struct host *host, bool original_initiator, uint32_t n_children)
{
    for (uint32_t i = 0; i < n_children; i++) {
        struct ikl_child_config config = {.size = sizeof(config),
                                          .protocol = IKL_PROTOCOL_ESP,
                                          .spi_in = (original_initiator ? 0xa0000001u : 0xb0000001u) + i,
                                          .spi_out = (original_initiator ? 0xb0000001u : 0xa0000001u) + i};

        host_must(ikl_sa_add_child(host->sa, &config, &host->children[i]) == IKL_OK, "ikl_sa_add_child");
    }
}

void test_sealed_before(struct ikl_sa_config *config)
{
    if (config->protection.iv_source == IKL_IV_FRESH_KEYS && !config->connecting &&
        (config->ids.next_request != 0 || config->ids.next_expected != 0)) {
        config->protection.iv_source = IKL_IV_FIRST;
        config->protection.iv_first = 0;
    }
}

void host_sa(struct host *host, const char *suite, bool original_initiator, uint32_t n_children, sa_change change)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, original_initiator, 0);
    config.user = host;
    if (change != NULL) {
        change(&config);
    }
    test_sealed_before(&config);
    host_must(ikl_sa_new(&host->sa, host->endpoint, &config, host->now) == IKL_OK, "ikl_sa_new");
    host_add_children(host, original_initiator, n_children);
}

void host_advance(struct host *host, ikl_time now)
{
    host->now = now;
    host_must(ikl_endpoint_advance(host->endpoint, now) == IKL_OK, "ikl_endpoint_advance");
    host_must(ikl_endpoint_next_deadline(host->endpoint) > now, "no progress after ikl_endpoint_advance");
}

void host_run_until(struct host *host, ikl_time until)
{
    while (ikl_endpoint_next_deadline(host->endpoint) <= until) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    host->now = until;
}

void host_run_to_the_end(struct host *host)
{
    while (ikl_endpoint_next_deadline(host->endpoint) != IKL_NEVER) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
}

int host_receive(struct host *host, const struct event *sent)
{
    struct ikl_path path = sent->path;

    path.local = sent->path.remote;
    path.remote = sent->path.local;
    return ikl_endpoint_receive(host->endpoint, &path, sent->datagram, sent->len, host->now);
}

struct event *host_event(struct host *host, enum event_kind kind, size_t n)
{
    for (size_t i = 0; i < host->n_events; i++) {
        if (host->kinds[i] == kind && n-- == 0) {
            return &host->events[i];
        }
    }
    return NULL;
}

struct event *host_last(struct host *host, enum event_kind kind)
{
    return host_event(host, kind, host_count(host, kind) - 1);
}

size_t host_count(const struct host *host, enum event_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < host->n_events; i++) {
        n += host->kinds[i] == kind ? 1 : 0;
    }
    return n;
}

void host_forget(struct host *host)
{
    host->n_events = 0;
}

struct ikl_endpoint_counters host_counters(const struct host *host)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    host_must(ikl_endpoint_query(host->endpoint, &counters) == IKL_OK, "ikl_endpoint_query");
    return counters;
}

struct ikl_sa_info host_info(const struct host *host)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    host_must(ikl_sa_query(host->sa, &info) == IKL_OK, "ikl_sa_query");
    return info;
}

void pair_init(struct pair *pair, const char *suite, uint32_t n_children, endpoint_change on_endpoints,
               sa_change on_sas)
{
    pair->cut = false;
    host_init(&pair->a, "a", 0, on_endpoints);
    host_init(&pair->b, "b", 0, on_endpoints);
    host_sa(&pair->a, suite, true, n_children, on_sas);
    host_sa(&pair->b, suite, false, n_children, on_sas);
}

/* True when something was delivered. */
static bool deliver(struct host *from, struct host *to, bool cut)
{
    bool any = false;

    for (size_t i = 0; i < from->n_events; i++) {
        struct event *event = &from->events[i];

        if (event->kind == EVENT_SENT && !event->delivered) {
            event->delivered = true;
            any = true;
            if (!cut) {
                (void)host_receive(to, event);
            }
        }
    }
    return any;
}

void pair_deliver(struct pair *pair)
{
    bool any;

    do {
        any = deliver(&pair->a, &pair->b, pair->cut);
        any = deliver(&pair->b, &pair->a, pair->cut) || any;
    } while (any);
}

static ikl_time next_step(const struct pair *pair, ikl_time until, ikl_time tick)
{
    ikl_time next =
        ikl_time_earlier(ikl_endpoint_next_deadline(pair->a.endpoint), ikl_endpoint_next_deadline(pair->b.endpoint));

    return ikl_time_earlier(tick != 0 ? ikl_time_after(pair->a.now, tick) : next, until);
}

void pair_run(struct pair *pair, ikl_time until, ikl_time tick)
{
    while (pair->a.now < until) {
        ikl_time now = next_step(pair, until, tick);

        host_advance(&pair->a, now);
        host_advance(&pair->b, now);
        pair_deliver(pair);
    }
}
