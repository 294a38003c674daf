/* SPDX-License-Identifier: ISC */
/* IKE SAs of a random world that begin with their first packet: IKE_SA_INIT or IKE_SESSION_RESUME, with a cookie or
 * without, lost, repeated, changed and made up by attackers; then they connect as others do. See random.h. */
#include "random.h"

#include <string.h>

enum {
    COOKIE_LEN = 16,
    KE_LEN = 36,
    ABOUT_LEN =
        LAWS_TAG_LEN + 16, /* the number of the request, and both SPIs, by which a host knows what was changed */
    ROOM = 256,
    MOST_WAIT = 20000
};

static uint32_t draw_init(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->inits, n);
}

void draw_inits(struct world *world)
{
    world->has_inits = draw_kind(world, KIND_INITS, &world->inits);
}

static ikl_time now_of(const struct end *end)
{
    return ikl_sim_host_now(end->host->sim_host);
}

/* The payloads of a request or an acceptance: what it is about, a cookie perhaps, and a key exchange or, to resume a
 * session, a nonce. */
struct init {
    uint8_t about[ABOUT_LEN], cookie[8 + COOKIE_LEN], ke[KE_LEN];
    struct ikl_payload list[3];
    size_t n;
};

static void write_about(uint8_t *about, uint32_t number, uint64_t spi_i, uint64_t spi_r)
{
    struct ikl_writer writer = ikl_writer(about, ABOUT_LEN);

    ikl_write_u32(&writer, number);
    ikl_write_u64(&writer, spi_i);
    ikl_write_u64(&writer, spi_r);
}

static struct ikl_payload cookie_in(struct init *init)
{
    struct ikl_writer writer = ikl_writer(init->cookie, sizeof(init->cookie));
    static const uint8_t data[COOKIE_LEN] = "a cookie";

    (void)!ikl_notify_write(&writer, &(struct ikl_notify){.type = IKL_NOTIFY_COOKIE, .data = {data, sizeof(data)}});
    return (struct ikl_payload){.type = IKL_PAYLOAD_NOTIFY, .body = {init->cookie, writer.len}};
}

static void write_init(struct init *init, const struct end *end, uint64_t spi_r, bool with_cookie)
{
    memset(init, 0, sizeof(*init));
    write_about(init->about, end->init.number, end->spi_i, spi_r);
    init->list[init->n++] = (struct ikl_payload){.type = IKL_PAYLOAD_VENDOR_ID, .body = {init->about, ABOUT_LEN}};
    if (with_cookie) {
        init->list[init->n++] = cookie_in(init);
    }
    init->ke[1] = IKL_KE_CURVE25519;
    init->list[init->n++] =
        (struct ikl_payload){.type = end->init.exchange_type == IKL_IKE_SA_INIT ? IKL_PAYLOAD_KE : IKL_PAYLOAD_NONCE,
                             .body = {init->ke, KE_LEN}};
}

static bool has_cookie(uint8_t first_payload, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first_payload, payloads);
    struct ikl_payload payload;
    struct ikl_notify notify;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_NOTIFY && ikl_notify_read(&notify, payload.body) == IKL_OK &&
            notify.type == IKL_NOTIFY_COOKIE) {
            return true;
        }
    }
    return false;
}

/* Whether the first payload is about this request, and nothing of that was changed. */
static bool is_about(const struct end *end, uint64_t spi_r, uint8_t first_payload, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first_payload, payloads);
    uint8_t about[ABOUT_LEN];
    struct ikl_payload payload;

    write_about(about, end->init.number, end->spi_i, spi_r);
    return ikl_chain_next(&chain, &payload) == IKL_OK && payload.type == IKL_PAYLOAD_VENDOR_ID &&
           payload.body.len == ABOUT_LEN && memcmp(payload.body.data, about, ABOUT_LEN) == 0;
}

static struct ikl_protection protection_of(struct end *end)
{
    make_keys(&end->keys, end->spi_i, 0);
    return (struct ikl_protection){.suite = end->changes.suite,
                                   .keys = &end->keys,
                                   .iv_source = IKL_IV_FRESH_KEYS,
                                   .fragmentation = end->changes.fragmentation};
}

/* What both ends have drawn. */
static void begin_ends(struct world *world, size_t link, struct end *ends)
{
    uint32_t idle = 1000 + draw_init(world, 20000);

    for (size_t i = 0; i < 2; i++) {
        struct end *end = &ends[i];

        end->host = &world->hosts[link + i];
        end->peer = &ends[1 - i];
        end->law = (struct laws_end){.host = &end->host->law,
                                     .connecting = true,
                                     .schedule = ikl_schedule_default(),
                                     .idle = stretch_idle(world, idle),
                                     .liveness = IKL_LIVENESS_PERIODIC,
                                     .reliable = ikl_sim_path(world->links[link], end->host->sim_host).reliable};
        end->keys = (struct ikl_keys){.prf_len = 32, .encr_key_len = 36};
        end->changes.fragmentation = (idle & 1) != 0;
        CHECK(world, ikl_suite_parse(&end->changes.suite, "chacha20poly1305-prfsha256") == IKL_OK);
        end->init.is_one = true;
        end->init.exchange_type = (idle & 2) != 0 ? IKL_IKE_SESSION_RESUME : IKL_IKE_SA_INIT;
    }
    ends[1].init.asks_cookie = draw_init(world, 2) != 0;
    draw_targets(ends);
}

static struct ikl_sa_config config_of(struct end *end, const struct ikl_path *path)
{
    return (struct ikl_sa_config){.size = sizeof(struct ikl_sa_config),
                                  .user = end,
                                  .spi_i = end->spi_i,
                                  .spi_r = end->spi_r,
                                  .connecting = true,
                                  .path = *path,
                                  .schedule = end->law.schedule,
                                  .idle = end->law.idle,
                                  .liveness = end->law.liveness,
                                  .roaming = true};
}

/* The laws know of the request by its number, which is in all that belongs to it. */
static void ask_init(struct end *end)
{
    struct world *world = end->host->world;
    uint32_t number = laws_request_made(world->laws, &end->host->law);
    struct ikl_request_options options = {.size = sizeof(options)};
    struct init init;

    if (number == UINT32_MAX) {
        return;
    }
    end->init.number = end->peer->init.number = number;
    world->asked[number] = (struct asked){.by = &end->host->law, .sa = &end->sa};
    options.context = &world->asked[number];
    write_init(&init, end, 0, false);
    if (ikl_sa_request(end->sa, end->init.exchange_type, init.list, init.n, &options, now_of(end),
                       &world->asked[number].handle) != IKL_OK) {
        laws_request_refused(world->laws, number);
    }
}

static void begin_init(struct world *world)
{
    size_t link = draw_init(world, (uint32_t)world->n_links);
    struct end *ends = &world->ends[world->n_ends];
    struct ikl_endpoint *endpoint = ikl_sim_host_endpoint(world->hosts[link].sim_host);
    struct ikl_sa_config config;
    struct ikl_path path;

    if (world->n_ends + 2 > MAX_ENDS || endpoint == NULL) {
        return;
    }
    begin_ends(world, link, ends);
    CHECK(world, ikl_endpoint_new_spi(endpoint, &ends[0].spi_i) == IKL_OK);
    world->n_ends += 2;
    path = ikl_sim_path(world->links[link], ends[0].host->sim_host);
    config = config_of(&ends[0], &path);
    config.original_initiator = true;
    CHECK(world, ikl_sa_new(&ends[0].sa, endpoint, &config, now_of(&ends[0])) == IKL_OK);
    ask_init(&ends[0]);
}

void begin_inits(struct world *world)
{
    if (draw_init(world, 20) == 0) {
        begin_init(world);
    }
}

static void restart(struct end *end)
{
    struct init init;

    write_init(&init, end, 0, true);
    if (ikl_sa_restart(end->sa, init.list, init.n, now_of(end)) == IKL_OK) {
        end->init.has_cookie = true;
    }
}

static void install_keys(struct end *end, uint64_t spi_r)
{
    struct world *world = end->host->world;
    struct ikl_protection protection = protection_of(end);

    end->spi_r = spi_r;
    world->acting = true;
    CHECK(world, ikl_sa_install_keys(end->sa, spi_r, &protection, now_of(end)) == IKL_OK);
    guard_keys(end);
    world->counts[COUNT_INITS]++;
    world->counts[COUNT_RESUMPTIONS] += end->init.exchange_type == IKL_IKE_SESSION_RESUME ? 1 : 0;
}

void init_answered(struct end *end, const struct ikl_init_response *response)
{
    const struct ikl_header *header = &response->header;

    if (end->sa == NULL || !end->init.is_one) {
        return;
    }
    if (has_cookie(header->next_payload, response->payloads)) {
        if (response->outstanding && !end->init.has_cookie) {
            restart(end);
        }
    } else if (is_about(end, header->spi_r, header->next_payload, response->payloads)) {
        install_keys(end, header->spi_r);
    }
}

static void respond(const struct end *end, const struct ikl_path *path, bool cookie)
{
    uint8_t octets[IKL_NON_ESP_MARKER_LEN + ROOM] = {0};
    size_t marker = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    struct ikl_writer writer = ikl_writer(octets + marker, ROOM);
    const struct ikl_header header = {.spi_i = end->peer->spi_i,
                                      .spi_r = end->spi_r,
                                      .exchange_type = end->init.exchange_type,
                                      .flags = IKL_FLAG_RESPONSE};
    struct init init;

    write_init(&init, end, end->spi_r, false);
    ikl_header_write(&writer, &header);
    if (cookie) {
        init.list[0] = cookie_in(&init);
        init.n = 1;
    }
    (void)!ikl_chain_write(&writer, init.list, init.n);
    ikl_header_patch(&writer, 0, init.list[0].type);
    (void)ikl_sim_send(end->host->sim_host, path, octets, marker + writer.len);
}

/* The responder's end of it. */
static void accept(struct end *end, const struct ikl_path *path)
{
    struct world *world = end->host->world;
    struct ikl_endpoint *endpoint = ikl_sim_host_endpoint(end->host->sim_host);
    struct ikl_sa_config config;

    end->spi_i = end->peer->spi_i;
    CHECK(world, ikl_endpoint_new_spi(endpoint, &end->spi_r) == IKL_OK);
    config = config_of(end, path);
    config.follow_peer = true;
    config.protection = protection_of(end);
    config.ids = (struct ikl_message_ids){.stated = true, .next_expected = 1};
    world->acting = true;
    CHECK(world, ikl_sa_new(&end->sa, endpoint, &config, now_of(end)) == IKL_OK);
    guard_keys(end);
    laws_request_executed(world->laws, end->init.number);
}

void init_asked(struct host *host, const struct ikl_path *path, const struct ikl_header *header,
                struct ikl_octets message)
{
    struct ikl_octets payloads = {message.data + IKL_HEADER_LEN, message.len - IKL_HEADER_LEN};
    const struct end *initiator = NULL;
    struct end *end;

    if (!laws_is_first(header->exchange_type) || (header->flags & IKL_FLAG_RESPONSE) != 0) {
        return;
    }
    for (size_t i = 0; i < host->world->n_ends && initiator == NULL; i++) {
        end = &host->world->ends[i];
        initiator = end->init.is_one && end->spi_i == header->spi_i && end->peer->host == host ? end : NULL;
    }
    if (initiator == NULL || header->exchange_type != initiator->init.exchange_type ||
        !is_about(initiator, 0, header->next_payload, payloads)) {
        return; /* it was changed, or made up */
    }
    end = initiator->peer;
    if (end->init.asks_cookie && !has_cookie(header->next_payload, payloads)) {
        respond(end, path, true);
        return;
    }
    if (end->spi_r == 0) {
        accept(end, path);
    }
    respond(end, path, false);
}
