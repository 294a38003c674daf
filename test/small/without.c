/* SPDX-License-Identifier: ISC */
/* A host of a library that was built without everything that can be left out: liveness works, and what is asked of the
 * rest is refused. */
#include <ikelive/ikelive.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(max_align_t) uint8_t memory[1 << 20]; /* all that there is */

static const struct ikl_suite chacha = {.encr = IKL_ENCR_CHACHA20_POLY1305, .prf = IKL_PRF_HMAC_SHA2_256};

struct host {
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    const struct ikl_allocator *allocator;
    uint8_t random;
    unsigned n_sent;
    unsigned n_down;
};

static void must(bool right, const char *what)
{
    if (!right) {
        fprintf(stderr, "Not so: %s.\n", what);
        exit(1);
    }
}

/* Something is wrong; without names it is not said what. */
static void must_be_refused(const char *field, const char *what)
{
    must(field != NULL && strcmp(field, "field") == 0, what);
}

/* Not random: nothing here is secret. */
static int count(void *user, uint8_t *out, size_t len)
{
    struct host *host = user;

    for (size_t i = 0; i < len; i++) {
        out[i] = ++host->random;
    }
    return IKL_OK;
}

static int send_nowhere(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct host *host = user;

    (void)sa;
    (void)path;
    (void)datagram;
    (void)len;
    host->n_sent++;
    return IKL_OK;
}

static void down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct host *host = user;

    (void)sa;
    must(down->reason == IKL_DOWN_TIMEOUT, "the peer is found dead");
    must(down->n_events == 0, "nothing was remembered");
    host->n_down++;
}

static struct ikl_endpoint_config config_of(struct host *host)
{
    return (struct ikl_endpoint_config){
        .size = sizeof(struct ikl_endpoint_config),
        .callbacks = {.size = sizeof(struct ikl_callbacks), .random = count, .send = send_nowhere, .down = down},
        .user = host,
        .allocator = host->allocator,
        .history_events = 32};
}

static void without_an_allocator_there_is_no_memory(struct host *host)
{
    struct ikl_endpoint_config config = config_of(host);
    struct ikl_endpoint *endpoint;

    config.allocator = NULL;
    must(ikl_endpoint_new(&endpoint, &config, 0) == IKL_ERR_NO_MEMORY, "no endpoint has malloc");
}

static void configs_that_want_it_are_refused(struct host *host)
{
    static const uint8_t secret[IKL_MIN_SECRET] = {1};
    static const struct ikl_octets secrets[] = {{secret, sizeof(secret)}};
    static const struct ikl_monitor_config monitor = {.interval = 1000, .timeout = 400, .threshold = 3, .recover = 2};
    static const struct ikl_token_maker maker = {.size = sizeof(maker), .secrets = secrets, .n_secrets = 1};
    struct ikl_endpoint_config config = config_of(host);
    struct ikl_endpoint *endpoint;

    config.monitor = &monitor;
    must(ikl_endpoint_new(&endpoint, &config, 0) == IKL_ERR_INVALID, "no endpoint has a monitor");
    must_be_refused(ikl_endpoint_config_error(&config), "the monitor is to blame");
    config.monitor = NULL;
    config.send_batch = 1;
    must(ikl_endpoint_new(&endpoint, &config, 0) == IKL_ERR_INVALID, "no endpoint has batches");
    must_be_refused(ikl_endpoint_config_error(&config), "batches are to blame");
    config.send_batch = 0;
    config.outage_after = 1000;
    must(ikl_endpoint_new(&endpoint, &config, 0) == IKL_ERR_INVALID, "no endpoint has outages");
    must_be_refused(ikl_endpoint_config_error(&config), "outages are to blame");
    config.outage_after = 0;
    config.token_maker = &maker;
    must(ikl_endpoint_new(&endpoint, &config, 0) == IKL_ERR_UNSUPPORTED, "no endpoint makes tokens");
    must_be_refused(ikl_endpoint_config_error(&config), "the maker of tokens is to blame");
}

static void derive(struct ikl_keys *keys, const struct ikl_suite *suite, const struct ikl_sa_config *config)
{
    static const uint8_t octets[32] = "not a secret";
    const struct ikl_kdf_input input = {.size = sizeof(input),
                                        .ni = {octets, 32},
                                        .nr = {octets, 16},
                                        .shared_secret = {octets, 32},
                                        .spi_i = config->spi_i,
                                        .spi_r = config->spi_r};

    must(ikl_keys_derive(keys, &ikl_provider_sodium, suite, (struct ikl_octets){octets, 32}, &input) == IKL_OK, "keys");
}

static void hand_over(struct host *host)
{
    struct ikl_keys keys;
    struct ikl_sa_config config = {.size = sizeof(config),
                                   .spi_i = 1,
                                   .spi_r = 2,
                                   .original_initiator = true,
                                   .path = {.local = {.ip = {192, 0, 2, 1}, .port = 500, .family = 4},
                                            .remote = {.ip = {192, 0, 2, 2}, .port = 500, .family = 4}},
                                   .ids.stated = true,
                                   .protection.suite = chacha};

    config.connecting = true;
    must(ikl_sa_new(&host->sa, host->endpoint, &config, 0) == IKL_ERR_INVALID, "no IKE SA begins without keys");
    must_be_refused(ikl_sa_config_error(host->endpoint, &config), "the keys are missing");
    config.connecting = false;
    derive(&keys, &config.protection.suite, &config);
    config.protection.keys = &keys;
    config.protection.iv_source = IKL_IV_FRESH_KEYS;
    config.trim = true;
    must(ikl_sa_new(&host->sa, host->endpoint, &config, 0) == IKL_ERR_INVALID, "no wait is trimmed");
    must_be_refused(ikl_sa_config_error(host->endpoint, &config), "trimming is to blame");
    config.trim = false;
    config.protection.fragmentation = true;
    must(ikl_sa_new(&host->sa, host->endpoint, &config, 0) == IKL_ERR_UNSUPPORTED, "no IKE SA has fragments");
    must_be_refused(ikl_sa_config_error(host->endpoint, &config), "fragments are to blame");
    config.protection.fragmentation = false;
    must(ikl_sa_new(&host->sa, host->endpoint, &config, 0) == IKL_OK, "an IKE SA");
}

static void calls_for_it_are_refused(struct host *host)
{
    /* a Notify payload with IKEV2_MESSAGE_ID_SYNC_SUPPORTED */
    static const uint8_t offer[] = {0,
                                    0,
                                    0,
                                    8,
                                    0,
                                    0,
                                    IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED >> 8,
                                    IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED & 0xff};
    static const struct ikl_monitor_config monitor = {.interval = 1000, .timeout = 400, .threshold = 3, .recover = 2};
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_request *request;
    struct ikl_child *child;

    must(ikl_sa_add_child(host->sa, &config, &child) == IKL_OK, "a Child SA");
    must(ikl_child_monitor_answered(host->sa, child, 1, 0, 0) == IKL_ERR_UNSUPPORTED, "no probe was sent");
    config.monitor = &monitor;
    config.spi_in = 3;
    must(ikl_sa_add_child(host->sa, &config, &child) == IKL_ERR_INVALID, "no Child SA has a monitor");
    must(ikl_sa_take_token(host->sa, 0, (struct ikl_octets){NULL, 0}, 0) == IKL_ERR_UNSUPPORTED, "no token is taken");
    must(ikl_sa_send_token(host->sa, NULL, 0, &request) == IKL_ERR_UNSUPPORTED, "no token is sent");
    must(ikl_sync_offered(IKL_PAYLOAD_NOTIFY, (struct ikl_octets){offer, sizeof(offer)}) == 0, "no offer is taken");
    must(ikl_sa_agree_sync(host->sa, IKL_SYNC_MESSAGE_IDS, 0) == IKL_ERR_UNSUPPORTED, "none is agreed on");
    must(ikl_sa_sync(host->sa, NULL, 0) == IKL_ERR_UNSUPPORTED, "no Message IDs are synchronised");
}

static void what_would_change_it_is_refused(struct host *host)
{
    static const struct ikl_path stream = {.encapsulated = true, .reliable = true};
    static const struct ikl_protection protection = {.fragmentation = false};
    struct ikl_endpoint_config config = config_of(host);
    struct ikl_endpoint *other;
    struct ikl_sa *moved;

    must(ikl_endpoint_new(&other, &config, 0) == IKL_OK, "another endpoint");
    must(ikl_sa_hint(host->sa, IKL_HINT_ICMP, 0) == IKL_ERR_UNSUPPORTED, "no hint is taken");
    must(ikl_sa_hint_mtu(host->sa, 1280, 0) == IKL_ERR_UNSUPPORTED, "no MTU is taken");
    must(ikl_sa_install_keys(host->sa, 2, &protection, 0) == IKL_ERR_UNSUPPORTED, "no keys come later");
    must(ikl_sa_restart(host->sa, NULL, 0, 0) == IKL_ERR_UNSUPPORTED, "no IKE_SA_INIT is sent again");
    must(ikl_sa_migrate(host->sa, other, 0, &moved) == IKL_ERR_UNSUPPORTED, "no IKE SA migrates");
    must(ikl_sa_set_path(host->sa, &stream, 0) == IKL_ERR_INVALID, "no path is reliable");
    must(ikl_sa_change_keys(host->sa, &protection, 0) == IKL_ERR_UNSUPPORTED, "no keys change");
    ikl_endpoint_free(other);
}

int main(void)
{
    struct host host = {.allocator = ikl_arena_allocator(memory, sizeof(memory))};
    struct ikl_endpoint_config config = config_of(&host);

    must(ikl_init() == IKL_OK, "the library begins");
    without_an_allocator_there_is_no_memory(&host);
    configs_that_want_it_are_refused(&host);
    must(ikl_endpoint_new(&host.endpoint, &config, 0) == IKL_OK, "an endpoint");
    hand_over(&host);
    calls_for_it_are_refused(&host);
    what_would_change_it_is_refused(&host);
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        must(ikl_endpoint_advance(host.endpoint, ikl_endpoint_next_deadline(host.endpoint)) == IKL_OK, "time passes");
    }
    must(host.n_down == 1, "the IKE SA has ended");
    must(host.n_sent == ikl_schedule_default()->tries, "the liveness check was sent as the schedule says");
    ikl_endpoint_free(host.endpoint);
    return 0;
}
