/* SPDX-License-Identifier: ISC */
/* A world that octets drive: two hosts, the wire between them, time. See octets.h. */
#include "octets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t stream_u8(struct stream *stream)
{
    if (stream->left == 0) {
        return 0;
    }
    stream->left--;
    return *stream->at++;
}

uint32_t stream_number(struct stream *stream, uint32_t most)
{
    uint32_t number = stream_u8(stream);

    if (most > UINT8_MAX) {
        number = number << 8 | stream_u8(stream);
    }
    return number % (most + 1);
}

struct world_sa *world_pick(struct world_host *host)
{
    uint32_t n = stream_number(&host->world->stream, WORLD_SAS - 1);

    return n < host->n_sas && host->sas[n].sa != NULL ? &host->sas[n] : NULL;
}

/* Counted IVs are others under other keys, so that nobody who watches need know the keys. */
struct ikl_protection world_protection(const struct world *world, uint32_t number, uint32_t changes,
                                       struct ikl_keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    keys->prf_len = 32;
    keys->encr_key_len = 36;
    memset(keys->sk_ei, (int)(number + 1), 35);
    memset(keys->sk_er, (int)(number + 101), 35);
    keys->sk_ei[35] = keys->sk_er[35] = (uint8_t)changes;
    return (struct ikl_protection){.suite = {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256},
                                   .keys = keys,
                                   .iv_source = changes != 0 ? IKL_IV_FIRST : IKL_IV_FRESH_KEYS,
                                   .iv_first = (uint64_t)changes << 32,
                                   .fragmentation = world->fragments};
}

static bool make_end(struct world_host *host, uint32_t number, bool original_initiator)
{
    struct world *world = host->world;
    struct world_sa *of = &host->sas[host->n_sas];
    struct ikl_address here = {.ip = {192, 0, 2, original_initiator ? 1 : 2}, .port = 500, .family = 4};
    struct ikl_address there = {.ip = {192, 0, 2, original_initiator ? 2 : 1}, .port = 500, .family = 4};
    struct ikl_keys keys;
    struct ikl_sa_config config = {.size = sizeof(config),
                                   .spi_i = WORLD_SPI_I + number,
                                   .spi_r = WORLD_SPI_R + number,
                                   .original_initiator = original_initiator,
                                   .path = {.local = here, .remote = there},
                                   .connecting = world->connects,
                                   .early_requests = true,
                                   .protection = world_protection(world, number, 0, &keys),
                                   .ids = {.stated = true, .own_window = world->window, .peer_window = world->window},
                                   .follow_peer = number % 2 != 0,
                                   .trim = number % 3 != 0,
                                   .round_trip_sends = number % 3 != 1};

    host->touched = true;
    *of = (struct world_sa){
        .number = number,
        .law = {.host = &host->law, .trim = config.trim, .round_trip_sends = config.round_trip_sends}};
    if (ikl_sa_new(&of->sa, host->endpoint, &config, world->now) != IKL_OK) {
        of->sa = NULL;
        return false;
    }
    host->n_sas++;
    if (world->syncs) { /* where there is no memory for it, one end alone may have agreed */
        (void)!ikl_sa_agree_sync(of->sa, IKL_SYNC_MESSAGE_IDS | IKL_SYNC_REPLAY_COUNTERS, world->now);
    }
    return true;
}

bool world_add_sa(struct world *world)
{
    struct world_host *a = &world->hosts[0], *b = &world->hosts[1];
    bool a_initiates = world->next_number % 3 != 2, made[2];

    if (a->n_sas == WORLD_SAS || b->n_sas == WORLD_SAS) {
        return false;
    }
    made[0] = make_end(a, world->next_number, a_initiates);
    made[1] = make_end(b, world->next_number, !a_initiates);
    if (world->tokens && made[0] && made[1]) {
        world_give_token(a, &b->sas[b->n_sas - 1], a_initiates);
        world_give_token(b, &a->sas[a->n_sas - 1], !a_initiates);
    }
    world->next_number++;
    return true;
}

static _Noreturn void broken(void *user, const char *law)
{
    (void)user;
    fprintf(stderr, "This does not hold: %s\n", law);
    abort();
}

void world_begin(struct world *world, const uint8_t *data, size_t size)
{
    static struct laws laws; /* large */
    uint8_t how;

    memset(world, 0, offsetof(struct world, asked));
    laws_begin(&laws, broken, NULL);
    world->laws = &laws;
    world->stream = (struct stream){data, size};
    world->window = (uint8_t)(1 + stream_u8(&world->stream) % 5);
    how = stream_u8(&world->stream);
    world->fragments = how % 2 != 0;
    world->tokens = how / 2 % 2 != 0;
    world->syncs = laws.has_takeovers = how / 4 % 2 != 0;
    world->connects = how / 8 % 2 != 0;
    laws.hosts_say_invalid_spi = world->tokens; /* unprotected too, and so are tokens */
    for (size_t i = 0; i < 2; i++) {
        world_host_begin(&world->hosts[i], world, (uint8_t)i);
    }
    WORLD_HOLDS(world, world_add_sa(world));
}

struct world_host *world_other(const struct world_host *host)
{
    return &host->world->hosts[host == &host->world->hosts[0] ? 1 : 0];
}

static struct ikl_path turned_round(const struct ikl_path *path)
{
    struct ikl_path turned = *path;

    turned.local = path->remote;
    turned.remote = path->local;
    return turned;
}

static void take_off_wire(struct world_host *host, size_t n)
{
    memmove(&host->wire[n], &host->wire[n + 1], (host->n_wire - n - 1) * sizeof(host->wire[0]));
    host->n_wire--;
}

enum fate { FATE_DELIVER, FATE_DROP, FATE_DUPLICATE, FATE_CORRUPT, FATE_CUT, FATES };

struct laws_sas world_sas(const struct world_host *host, struct ikl_endpoint *endpoint)
{
    struct laws_sas sas = {.endpoint = endpoint, .n = host->n_sas};

    for (size_t i = 0; i < host->n_sas; i++) {
        sas.sas[i] = &host->sas[i].sa;
    }
    return sas;
}

/* A datagram that nobody sealed reaches a host. */
static void receive_forged(struct world_host *host, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    struct ikl_octets message = laws_without_marker((struct ikl_octets){octets, len}, path->encapsulated);
    struct laws_sas sas = world_sas(host, act_endpoint_for(host->endpoint, host->second, message));

    host->act = 0;
    host->called = sas.endpoint;
    host->touched = true;
    laws_receive_forged(host->world->laws, &sas, path, (struct ikl_octets){octets, len}, host->world->now);
}

/* What neither endpoint knows may be the Delete of an IKE SA that was on the second one. */
static void receive(struct world_host *host, const struct ikl_path *path, const struct wire_datagram *datagram)
{
    struct ikl_octets octets = {datagram->octets, datagram->len};

    host->touched = true;
    host->called = act_endpoint_for(host->endpoint, host->second, laws_without_marker(octets, path->encapsulated));
    if (ikl_endpoint_receive(host->called, path, octets.data, octets.len, host->world->now) == IKL_ERR_UNKNOWN_SPI &&
        host->second != NULL && host->called != host->second) {
        host->called = host->second;
        (void)ikl_endpoint_receive(host->called, path, octets.data, octets.len, host->world->now);
    }
}

/* One of the datagrams under way arrives, is lost, comes twice, or was changed. */
static void let_arrive(struct world_host *from, enum fate fate)
{
    struct stream *stream = &from->world->stream;
    size_t n = from->n_wire != 0 ? stream_number(stream, (uint32_t)from->n_wire - 1) : 0;
    struct wire_datagram datagram;
    struct ikl_path path;

    if (from->n_wire == 0) {
        return;
    }
    datagram = from->wire[n];
    path = turned_round(&datagram.path);
    if (fate != FATE_DUPLICATE) {
        take_off_wire(from, n);
    }
    if (fate == FATE_CORRUPT && datagram.len > 1) {
        uint8_t bits = stream_u8(stream);
        bool shown = world_is_shown(&datagram);

        datagram.octets[stream_number(stream, (uint32_t)datagram.len - 1)] ^= (uint8_t)(bits != 0 ? bits : 1);
        if (shown) { /* the token may be whole */
            receive(world_other(from), &path, &datagram);
            return;
        }
        receive_forged(world_other(from), &path, datagram.octets, datagram.len);
    } else if (fate == FATE_CUT) {
        receive_forged(world_other(from), &path, datagram.octets, stream_number(stream, (uint32_t)datagram.len - 1));
    } else if (fate != FATE_DROP) {
        receive(world_other(from), &path, &datagram);
    }
}

/* Octets of the stream's as a datagram, with a header for an IKE SA of the host's. */
static void inject(struct world_host *host)
{
    struct stream *stream = &host->world->stream;
    uint8_t datagram[256] = {0};
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram));
    struct world_sa *of = world_pick(host);
    size_t len = IKL_HEADER_LEN + stream_number(stream, 200);
    struct ikl_path path = {.local.family = 4, .remote.family = 4};
    struct ikl_header header = {.spi_i = WORLD_SPI_I + (of != NULL ? of->number : 77),
                                .spi_r = WORLD_SPI_R + (of != NULL ? of->number : 77),
                                .next_payload = stream_u8(stream),
                                .exchange_type = (uint8_t)(IKL_IKE_SA_INIT + stream_u8(stream) % 5),
                                .flags = stream_u8(stream),
                                .message_id = stream_number(stream, 10),
                                .length = (uint32_t)len};

    ikl_header_write(&writer, &header);
    for (size_t i = IKL_HEADER_LEN; i < len; i++) {
        datagram[i] = stream_u8(stream);
    }
    receive_forged(host, &path, datagram, len);
}

static ikl_time next_deadline(const struct world_host *host)
{
    ikl_time first = ikl_endpoint_next_deadline(host->endpoint);

    return host->second != NULL ? ikl_time_earlier(first, ikl_endpoint_next_deadline(host->second)) : first;
}

static void advance(struct world *world, struct ikl_endpoint *endpoint)
{
    if (endpoint != NULL) {
        WORLD_HOLDS(world, ikl_endpoint_advance(endpoint, world->now) == IKL_OK);
        laws_check_progress(world->laws, endpoint, world->now);
    }
}

static void pass_time(struct world *world)
{
    static const ikl_time steps[] = {0, 1, 10, 100, 500, 1000, 5000, 64000, 3600000};
    uint8_t which = stream_u8(&world->stream);

    if (which >= 128) { /* to the next deadline of either */
        ikl_time next = ikl_time_earlier(next_deadline(&world->hosts[0]), next_deadline(&world->hosts[1]));

        world->now = next != IKL_NEVER ? ikl_time_later(next, world->now) : world->now;
    } else {
        world->now += steps[which % (sizeof(steps) / sizeof(steps[0]))];
    }
    for (size_t i = 0; i < 2; i++) {
        world->hosts[i].touched = true;
        advance(world, world->hosts[i].endpoint);
        advance(world, world->hosts[i].second);
    }
}

static struct hostiles *hostiles_of(struct world_host *host)
{
    bool first = host == &host->world->hosts[0];

    host->act = 0;
    host->touched = true;
    host->hostiles.endpoint = host->endpoint;
    host->hostiles.now = host->world->now;
    host->hostiles.path = (struct ikl_path){.local = {.ip = {192, 0, 2, first ? 1 : 2}, .port = 500, .family = 4},
                                            .remote = {.ip = {192, 0, 2, 66}, .port = 500, .family = 4}};
    return &host->hostiles;
}

/* Where hostile peers are, an honest one succeeds, unless the host lacks what it takes. */
static void check_honest(struct world_host *host)
{
    uint32_t fail_sends = host->fail_sends;
    size_t fail_at = host->memory.fail_at, allocations = host->memory.allocations;

    host->fail_sends = 0;
    host->memory.fail_at = 0;
    laws_hold(host->world->laws, honest_peer_lives(hostiles_of(host)) == NULL,
              "an honest peer's rekey, request or Delete fails");
    host->fail_sends = fail_sends;
    host->memory.fail_at = fail_at > allocations ? fail_at + host->memory.allocations - allocations : 0;
}

static void act_hostile(struct world_host *host)
{
    if (host->n_hostile_acts < WORLD_HOSTILE_ACTS) {
        host->n_hostile_acts++;
        hostiles_act(hostiles_of(host));
        check_honest(host);
    }
}

static void step(struct world *world)
{
    uint8_t what = stream_u8(&world->stream);
    struct world_host *host = &world->hosts[what & 1];

    what >>= 1;
    if (what < 60) {
        let_arrive(host, what < 40 ? FATE_DELIVER : (enum fate)(what % FATES));
    } else if (what < 80) {
        pass_time(world);
    } else if (what < 110) {
        world_act(host, stream_u8(&world->stream));
    } else if (what < 116) {
        inject(host);
    } else if (what < 119) {
        host->act = stream_u8(&world->stream);
    } else if (what < 122) {
        host->fail_sends = stream_number(&world->stream, 5);
    } else if (what < 125) {
        test_allocator_fail(&host->memory, 1u + stream_number(&world->stream, 5));
    } else if (what < 127) {
        (void)world_add_sa(world);
    } else {
        act_hostile(host);
    }
}

/* What an endpoint holds changes only when its host acts, or is reached by a datagram or the time. */
static void judge_shares(struct world_host *host)
{
    if (host->touched) {
        laws_check_shares(host->world->laws, host->endpoint);
        laws_check_shares(host->world->laws, host->second);
        host->touched = false;
    }
}

void world_step(struct world *world)
{
    step(world);
    for (size_t i = 0; i < 2; i++) {
        judge_shares(&world->hosts[i]);
    }
}

static void end_host(struct world_host *host)
{
    struct world *world = host->world;

    if (host->n_hostile_acts != 0) { /* not elsewhere: it takes its time */
        check_honest(host);
    }
    WORLD_HOLDS(world, ikl_endpoint_free(host->endpoint) == IKL_OK);
    host->act = 0; /* half of its IKE SAs are no more */
    WORLD_HOLDS(world, ikl_endpoint_free(host->second) == IKL_OK);
    for (size_t i = 0; i < host->n_sas; i++) {
        WORLD_HOLDS(world, host->sas[i].sa == NULL || host->sas[i].law.down);
    }
    laws_check_children(world->laws, &host->law);
    laws_check_memory(world->laws, &host->memory);
}

void world_end(struct world *world)
{
    for (size_t i = 0; i < 2; i++) {
        end_host(&world->hosts[i]);
    }
    laws_requests_over(world->laws);
}
