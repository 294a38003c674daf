/* SPDX-License-Identifier: ISC */
/* ikelive sim: establishes IKE SAs between two hosts, without any exchange. */
#include "inside.h"
#include "sized.h"

#include <string.h>

enum { NONCE_LEN = 32, SECRET_LEN = 32 };

static const uint32_t FIRST_SPI_A = 0xa0000001u, FIRST_SPI_B = 0xb0000001u;

/* The first provider of the host's that has the suite. */
static int find_provider(const struct ikl_sim_host *host, const struct ikl_suite *suite,
                         const struct ikl_provider **out, const struct ikl_prf **prf)
{
    static const struct ikl_provider *const sodium[] = {&ikl_provider_sodium};
    const struct ikl_endpoint_config *config = &host->config.endpoint;
    const struct ikl_provider *const *providers = config->providers != NULL ? config->providers : sodium;
    size_t n = config->providers != NULL ? config->n_providers : 1;
    int result = IKL_ERR_UNSUPPORTED;

    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher;
        int answer = providers[i]->cipher(suite, &cipher);

        if (answer == IKL_OK && providers[i]->prf(suite->prf, prf) == IKL_OK) {
            *out = providers[i];
            return IKL_OK;
        }
        result = answer == IKL_ERR_NO_AES ? answer : result;
    }
    return result;
}

static int agree_on_keys(struct ikl_sim_agreement *agreement)
{
    struct ikl_sim *sim = agreement->link->sim;
    uint8_t nonces[2 * NONCE_LEN], secret[SECRET_LEN], skeyseed[IKL_MAX_PRF];
    const struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {nonces, NONCE_LEN},
        .nr = {nonces + NONCE_LEN, NONCE_LEN},
        .shared_secret = {secret, sizeof(secret)},
        .spi_i = agreement->spi_i,
        .spi_r = agreement->spi_r,
    };
    const struct ikl_provider *provider;
    const struct ikl_prf *prf;
    int result = find_provider(agreement->link->ends[0].host, &agreement->suite, &provider, &prf);

    if (result != IKL_OK) {
        return result;
    }
    ikl_sim_draw_octets(&sim->keys, nonces, sizeof(nonces));
    ikl_sim_draw_octets(&sim->keys, secret, sizeof(secret));
    result = ikl_skeyseed(prf, &input, skeyseed);
    if (result != IKL_OK) {
        return result;
    }
    return ikl_keys_derive(&agreement->keys, provider, &agreement->suite, (struct ikl_octets){skeyseed, prf->len},
                           &input);
}

static int new_spi(const struct ikl_sim_host *host, uint64_t *spi)
{
    if (host->endpoint != NULL) {
        return ikl_endpoint_new_spi(host->endpoint, spi);
    }
    do {
        *spi = ikl_sim_draw(&host->sim->keys);
    } while (*spi == 0);
    return IKL_OK;
}

/* A host whose endpoint the world did not make makes its IKE SA itself, from the config that it is shown. */
static bool can_be_made(const struct ikl_sim_agreement *agreement, int end)
{
    const struct ikl_sim_host *host = agreement->link->ends[end].host;

    return host->endpoint != NULL || (host->config.no_endpoint && agreement->config.prepare != NULL);
}

static int agree(struct ikl_sim_agreement *agreement)
{
    const char *suite = agreement->config.suite;
    struct ikl_sim_end *ends = agreement->link->ends;
    int result = ikl_suite_parse(&agreement->suite, suite != NULL ? suite : "chacha20poly1305-prfsha256");

    if (result == IKL_OK && (!can_be_made(agreement, 0) || !can_be_made(agreement, 1))) {
        result = IKL_ERR_INVALID;
    }
    if (result == IKL_OK) {
        result = new_spi(ends[0].host, &agreement->spi_i);
    }
    if (result == IKL_OK) {
        result = new_spi(ends[1].host, &agreement->spi_r);
    }
    return result == IKL_OK ? agree_on_keys(agreement) : result;
}

static int add_children(const struct ikl_sim_agreement *agreement, struct ikl_sa *sa, int end)
{
    int result = IKL_OK;

    for (uint32_t i = 0; i < agreement->config.n_children && result == IKL_OK; i++) {
        uint32_t a = FIRST_SPI_A + agreement->first_child + i, b = FIRST_SPI_B + agreement->first_child + i;
        struct ikl_child_config child = {.size = sizeof(child),
                                         .protocol = IKL_PROTOCOL_ESP,
                                         .spi_in = end == 0 ? a : b,
                                         .spi_out = end == 0 ? b : a,
                                         .monitor = agreement->config.monitor};

        result = ikl_sa_add_child(sa, &child, NULL);
    }
    return result;
}

/* Its keys have sealed something at this end: it goes on behind that. */
static void go_on(struct ikl_sa_config *config, const struct ikl_sim_going_on *from)
{
    config->ids.next_request = config->ids.unanswered = from->next_request;
    config->ids.next_expected = from->next_expected;
    config->protection.iv_source = IKL_IV_FIRST;
    config->protection.iv_first = from->iv_first;
}

/* IKE_SA_INIT is over. */
static void connect(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->ids.next_request = config->ids.unanswered = config->original_initiator ? 1 : 0;
    config->ids.next_expected = config->original_initiator ? 0 : 1;
}

int ikl_sim_make_end(const struct ikl_sim_agreement *agreement, int end, const struct ikl_sim_going_on *from,
                     struct ikl_sa **out)
{
    const struct ikl_sim_sa_config *wanted = &agreement->config;
    struct ikl_sim_host *host = agreement->link->ends[end].host;
    struct ikl_sa_config config = {.size = sizeof(config),
                                   .user = host->config.endpoint.user,
                                   .spi_i = agreement->spi_i,
                                   .spi_r = agreement->spi_r,
                                   .original_initiator = end == 0,
                                   .path = ikl_sim_path(agreement->link, host),
                                   .protection = {.suite = agreement->suite,
                                                  .keys = &agreement->keys,
                                                  .iv_source = IKL_IV_FRESH_KEYS,
                                                  .fragmentation = wanted->fragmentation},
                                   .ids = {.stated = true, .peer_window = wanted->window, .own_window = wanted->window},
                                   .liveness = wanted->liveness,
                                   .idle = wanted->idle,
                                   .schedule = wanted->schedule,
                                   .round_trip_sends = wanted->round_trip_sends,
                                   .trim = wanted->trim,
                                   .follow_peer = agreement->link->connection != NULL && end != 0};
    int result;

    if (wanted->connecting) {
        connect(&config);
    }
    if (wanted->prepare != NULL) {
        wanted->prepare(wanted->user, host, &config);
    }
    if (from != NULL) {
        go_on(&config, from);
    } else if (agreement->link->connection != NULL && end == 0) {
        ikl_sim_join(agreement->link, agreement->spi_i);
    }
    *out = NULL;
    if (host->endpoint == NULL) {
        return IKL_OK;
    }
    result = ikl_sa_new(out, host->endpoint, &config, ikl_sim_host_now(host));
    if (result != IKL_OK) {
        return result;
    }
    result = add_children(agreement, *out, end);
    if (result == IKL_OK && wanted->syncs) {
        result = ikl_sa_agree_sync(*out, IKL_SYNC_MESSAGE_IDS | IKL_SYNC_REPLAY_COUNTERS, ikl_sim_host_now(host));
    }
    if (result != IKL_OK) {
        ikl_sa_free(*out);
    }
    return result;
}

/* An end gives the other its token, if it makes any and the other has an endpoint to keep it. */
static int give_token(const struct ikl_sim_agreement *agreement, int end, struct ikl_sa *taker)
{
    enum { BEFORE_TOKEN = IKL_PAYLOAD_HEADER_LEN + 4 };
    const struct ikl_sim_end *ends = agreement->link->ends;
    const struct ikl_endpoint *maker = ends[end].host->endpoint;
    uint8_t payload[BEFORE_TOKEN + IKL_TOKEN_LEN] = {IKL_PAYLOAD_NONE,
                                                     0,
                                                     0,
                                                     sizeof(payload),
                                                     IKL_PROTOCOL_IKE,
                                                     0,
                                                     IKL_NOTIFY_QUICK_CRASH_DETECTION >> 8,
                                                     IKL_NOTIFY_QUICK_CRASH_DETECTION & 0xff};

    if (taker == NULL || maker == NULL ||
        ikl_endpoint_token(maker, agreement->spi_i, agreement->spi_r, end == 0, payload + BEFORE_TOKEN) != IKL_OK) {
        return IKL_OK;
    }
    return ikl_sa_take_token(taker, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){payload, sizeof(payload)},
                             ikl_sim_host_now(ends[1 - end].host));
}

static int give_tokens(const struct ikl_sim_agreement *agreement, struct ikl_sa **sas)
{
    int result = give_token(agreement, 0, sas[1]);

    return result == IKL_OK ? give_token(agreement, 1, sas[0]) : result;
}

static int make_both(const struct ikl_sim_agreement *agreement, struct ikl_sa **sas)
{
    int result = ikl_sim_make_end(agreement, 0, NULL, &sas[0]);

    if (result != IKL_OK) {
        return result;
    }
    result = ikl_sim_make_end(agreement, 1, NULL, &sas[1]);
    if (result == IKL_OK) {
        result = give_tokens(agreement, sas);
        if (result != IKL_OK) {
            ikl_sa_free(sas[1]);
        }
    }
    if (result != IKL_OK) {
        ikl_sa_free(sas[0]);
    }
    return result;
}

static void forget(struct ikl_sim *sim, struct ikl_sim_agreement *agreement)
{
    ikl_wipe(&agreement->keys, sizeof(agreement->keys));
    ikl_sim_release(sim, agreement, sizeof(*agreement));
}

struct ikl_sa *ikl_sim_agreed_sa(const struct ikl_sim_agreement *agreement, const struct ikl_sim_host *host)
{
    int end = ikl_sim_end_of(agreement->link, host);

    if (end < 0 || host->endpoint == NULL) {
        return NULL;
    }
    return ikl_endpoint_find(host->endpoint, end == 0 ? agreement->spi_i : agreement->spi_r);
}

void ikl_sim_clear_agreements(struct ikl_sim *sim)
{
    while (sim->first_agreement != NULL) {
        struct ikl_sim_agreement *agreement = sim->first_agreement;

        sim->first_agreement = agreement->next;
        forget(sim, agreement);
    }
}

/* Both IKE SAs were made. The agreement is kept, in the order in which they are, since they may go on elsewhere: not
 * where their keys may change before they are established. */
static void keep(struct ikl_sim *sim, struct ikl_sim_agreement *agreement)
{
    sim->n_children += agreement->config.n_children;
    if (agreement->config.connecting) {
        forget(sim, agreement);
        return;
    }
    agreement->config.suite = NULL; /* it was parsed */
    if (sim->last_agreement != NULL) {
        sim->last_agreement->next = agreement;
    } else {
        sim->first_agreement = agreement;
    }
    sim->last_agreement = agreement;
}

static int add_sa(struct ikl_sim_agreement *agreement, struct ikl_sa **sas)
{
    int result = agree(agreement);

    if (result == IKL_OK) {
        agreement->first_child = agreement->link->sim->n_children;
        result = make_both(agreement, sas);
    }
    return result;
}

int ikl_sim_add_sa(struct ikl_sim_link *link, const struct ikl_sim_sa_config *config, struct ikl_sa **sa_a,
                   struct ikl_sa **sa_b)
{
    static const struct ikl_sim_sa_config defaults = {.size = sizeof(defaults)};
    struct ikl_sim_sa_config taken;
    struct ikl_sim_agreement *agreement;
    struct ikl_sa *sas[2];
    int result;

    if (!ikl_sized_take(&taken, sizeof(taken), config != NULL ? config : &defaults,
                        IKL_END_OF(struct ikl_sim_sa_config, suite))) {
        return IKL_ERR_INVALID;
    }
    agreement = ikl_sim_allocate(link->sim, sizeof(*agreement));
    if (agreement == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    agreement->link = link;
    agreement->config = taken;
    result = add_sa(agreement, sas);
    if (result != IKL_OK) {
        forget(link->sim, agreement);
        return result;
    }
    keep(link->sim, agreement);
    if (sa_a != NULL) {
        *sa_a = sas[0];
    }
    if (sa_b != NULL) {
        *sa_b = sas[1];
    }
    return IKL_OK;
}

int ikl_sim_add_pair(struct ikl_sim *sim, const struct ikl_sim_pair_config *config, struct ikl_sim_pair *out)
{
    static const struct ikl_sim_pair_config defaults = {.size = sizeof(defaults)};
    struct ikl_sim_pair_config taken;
    struct ikl_sim_pair pair;
    int result;

    if (!ikl_sized_take(&taken, sizeof(taken), config != NULL ? config : &defaults,
                        IKL_END_OF(struct ikl_sim_pair_config, a))) {
        return IKL_ERR_INVALID;
    }
    config = &taken;
    result = ikl_sim_add_host(sim, config->a, &pair.a);
    if (result == IKL_OK) {
        result = ikl_sim_add_host(sim, config->b, &pair.b);
    }
    if (result == IKL_OK) {
        result = ikl_sim_add_link(pair.a, pair.b, config->link, &pair.link);
    }
    if (result == IKL_OK) {
        result = ikl_sim_add_sa(pair.link, config->sa, &pair.sa_a, &pair.sa_b);
    }
    if (result == IKL_OK) {
        *out = pair;
    }
    return result;
}
