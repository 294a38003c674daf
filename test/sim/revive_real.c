/* SPDX-License-Identifier: ISC */
/* One tunnel, revived through real exchanges. See revive_real.h. */
#include "revive_real.h"

#include "policy/valid.h"
#include "revive_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAY = REVIVE_HANDSHAKE / 4, MAX_WIRE = 4, MAX_DATAGRAM = 512, GATEWAY = 0, PEER = 1 };

#define SPI_I UINT64_C(0x1000)
#define SPI_R UINT64_C(0x2000)

static const struct ikl_schedule twice = {.waits = {REVIVE_WAIT}, .n_waits = 1, .tries = 2};

/* Who authenticates how is nothing that a revival depends on. */
static const uint8_t identity[8] = {IKL_ID_KEY_ID, 0, 0, 0, 't', 'e', 's', 't'};
static const struct ikl_payload identities = {.type = IKL_PAYLOAD_IDI, .body = {identity, sizeof(identity)}};

struct datagram {
    int to;
    ikl_time arrives;
    size_t len;
    uint8_t octets[MAX_DATAGRAM];
};

struct end {
    struct world *world;
    struct ikl_endpoint *endpoint;
};

struct world {
    struct end ends[2];
    struct datagram wire[MAX_WIRE]; /* what is under way, the first to arrive first */
    size_t n_wire;
    ikl_time now, back;
    uint64_t seed, octets; /* of the jitter, and of `random` */
    struct ikl_revival revival;
    struct revive_offer offer; /* the gateway's, in the attempt that is under way */
    bool failed;               /* the attempt, in the call that is running */
    struct revive_life *life;
};

void revive_must(bool holds, const char *what)
{
    if (!holds) {
        printf("WRONG: not so: %s\n", what);
        exit(1);
    }
}

uint32_t revive_draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 32);
}

static struct ikl_path path_of(int end)
{
    struct ikl_path path = {.local = {.ip = {192, 0, 2, 1}, .port = 500, .family = 4},
                            .remote = {.ip = {192, 0, 2, 1}, .port = 500, .family = 4}};

    path.local.ip[3] = end == GATEWAY ? 1 : 2;
    path.remote.ip[3] = end == GATEWAY ? 2 : 1;
    return path;
}

/* Nothing is heard while the peer is away. */
static void carry(struct world *world, int to, const uint8_t *octets, size_t len)
{
    struct datagram *datagram = &world->wire[world->n_wire];

    if (world->now < world->back) {
        return;
    }
    revive_must(world->n_wire < MAX_WIRE && len <= MAX_DATAGRAM, "the wire has room");
    world->n_wire++;
    datagram->to = to;
    datagram->arrives = world->now + WAY;
    datagram->len = len;
    memcpy(datagram->octets, octets, len);
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    struct end *end = user;

    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)revive_draw(&end->world->octets);
    }
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct end *end = user;

    (void)sa;
    (void)path;
    carry(end->world, end == &end->world->ends[GATEWAY] ? PEER : GATEWAY, datagram, len);
    return IKL_OK;
}

/* The peer answers an IKE_SA_INIT request, and has an IKE SA from then on. */
static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    struct end *end = user;
    struct ikl_header answer = {.spi_i = header->spi_i,
                                .spi_r = header->spi_i + SPI_R - SPI_I,
                                .next_payload = IKL_PAYLOAD_KE,
                                .exchange_type = IKL_IKE_SA_INIT,
                                .flags = IKL_FLAG_RESPONSE};
    uint8_t octets[MAX_DATAGRAM];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct revive_offer offer;
    struct ikl_keys keys;
    struct ikl_sa_config config = {.size = sizeof(config),
                                   .spi_i = answer.spi_i,
                                   .spi_r = answer.spi_r,
                                   .connecting = true,
                                   .path = *path,
                                   .ids = {.stated = true, .next_expected = 1}};
    struct ikl_chain request =
        ikl_chain(header->next_payload, (struct ikl_octets){datagram + IKL_HEADER_LEN, len - IKL_HEADER_LEN});
    struct ikl_sa *sa;

    revive_must(end == &end->world->ends[PEER] && header->exchange_type == IKL_IKE_SA_INIT, "the peer is asked");
    revive_offer(&offer, &end->world->octets);
    config.protection = revive_protection(&keys, &offer, false, request, answer.spi_i, answer.spi_r);
    ikl_header_write(&writer, &answer);
    revive_must(ikl_chain_write(&writer, offer.payloads, 2) == IKL_OK, "an answer is written");
    ikl_header_patch(&writer, 0, answer.next_payload);
    revive_must(ikl_sa_new(&sa, end->endpoint, &config, end->world->now) == IKL_OK, "the peer has an IKE SA");
    carry(end->world, GATEWAY, octets, writer.len);
}

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct end *end = user;
    struct ikl_keys keys;
    struct ikl_protection protection =
        revive_protection(&keys, &end->world->offer, true, ikl_chain(response->header.next_payload, response->payloads),
                          response->header.spi_i, response->header.spi_r);

    revive_must(ikl_sa_install_keys(sa, response->header.spi_r, &protection, end->world->now) == IKL_OK &&
                    ikl_sa_request(sa, IKL_IKE_AUTH, &identities, 1, NULL, end->world->now, NULL) == IKL_OK,
                "IKE_AUTH begins");
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct end *end = user;

    revive_must(request->exchange_type == IKL_IKE_AUTH &&
                    ikl_sa_respond(sa, request->message_id, &identities, 1, end->world->now) == IKL_OK &&
                    ikl_sa_established(sa, end->world->now) == IKL_OK,
                "the peer answers IKE_AUTH");
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct end *end = user;
    struct world *world = end->world;

    if (outcome->exchange_type == IKL_IKE_AUTH && outcome->kind == IKL_OUTCOME_ANSWERED) {
        revive_must(ikl_sa_established(sa, world->now) == IKL_OK, "the tunnel is up");
        ikl_revival_up(&world->revival, world->now);
        world->life->up = world->now;
    }
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct end *end = user;

    end->world->failed |= down->reason == IKL_DOWN_TIMEOUT;
    ikl_sa_free(sa);
}

static void begin(struct world *world)
{
    for (int i = GATEWAY; i <= PEER; i++) {
        struct end *end = &world->ends[i];
        struct ikl_endpoint_config config = {.size = sizeof(config),
                                             .callbacks = {.size = sizeof(config.callbacks),
                                                           .random = on_random,
                                                           .send = on_send,
                                                           .unmatched = on_unmatched,
                                                           .init_response = on_init_response,
                                                           .peer_request = on_peer_request,
                                                           .outcome = on_outcome,
                                                           .down = on_down},
                                             .user = end,
                                             .pool_blocks = 64};

        end->world = world;
        revive_must(ikl_endpoint_new(&end->endpoint, &config, 0) == IKL_OK, "there is an endpoint");
    }
}

static void try(struct world *world)
{
    struct revive_life *life = world->life;
    struct ikl_sa_config config = {.size = sizeof(config),
                                   .spi_i = SPI_I + life->n_begun,
                                   .original_initiator = true,
                                   .connecting = true,
                                   .path = path_of(GATEWAY),
                                   .liveness = IKL_LIVENESS_OFF,
                                   .schedule = &twice};
    struct ikl_request *request;
    struct ikl_sa *sa;

    revive_must(life->n_begun < REVIVE_MOST_ATTEMPTS, "there are not too many attempts");
    life->begun[life->n_begun++] = world->now;
    revive_offer(&world->offer, &world->octets);
    revive_must(ikl_sa_new(&sa, world->ends[GATEWAY].endpoint, &config, world->now) == IKL_OK &&
                    ikl_sa_request(sa, IKL_IKE_SA_INIT, world->offer.payloads, 2, NULL, world->now, &request) == IKL_OK,
                "an attempt begins");
}

static void deliver(struct world *world)
{
    while (world->n_wire != 0 && world->wire[0].arrives <= world->now) {
        struct datagram datagram = world->wire[0];
        struct ikl_path path = path_of(datagram.to);

        world->n_wire--;
        memmove(&world->wire[0], &world->wire[1], world->n_wire * sizeof(world->wire[0]));
        (void)ikl_endpoint_receive(world->ends[datagram.to].endpoint, &path, datagram.octets, datagram.len, world->now);
    }
}

static ikl_time next_time(const struct world *world)
{
    ikl_time next = ikl_revival_deadline(&world->revival);

    for (int i = GATEWAY; i <= PEER; i++) {
        next = ikl_time_earlier(next, ikl_endpoint_next_deadline(world->ends[i].endpoint));
    }
    return world->n_wire != 0 ? ikl_time_earlier(next, world->wire[0].arrives) : next;
}

static void step(struct world *world)
{
    world->now = ikl_time_later(world->now, next_time(world));
    deliver(world);
    for (int i = GATEWAY; i <= PEER; i++) {
        revive_must(ikl_endpoint_advance(world->ends[i].endpoint, world->now) == IKL_OK, "time passes");
    }
    if (world->failed) {
        world->failed = false;
        revive_must(ikl_revival_failed(&world->revival, ikl_revive_default(), world->now, revive_draw(&world->seed)) ==
                        IKL_REVIVAL_NOTHING,
                    "no tunnel is given up");
    } else if (ikl_revival_tick(&world->revival, world->now) == IKL_REVIVAL_TRY) {
        try(world);
    }
    revive_must(ikl_revival_is_valid(&world->revival), "what is known of the tunnel is valid");
}

void revive_live(struct revive_life *life, ikl_time back, uint64_t seed)
{
    struct world world = {.back = back, .seed = seed, .octets = seed, .life = life};

    *life = (struct revive_life){.up = IKL_NEVER};
    begin(&world);
    ikl_revival_down(&world.revival, ikl_revive_default(), 0, revive_draw(&world.seed));
    while (life->up == IKL_NEVER) {
        revive_must(next_time(&world) != IKL_NEVER, "something is due until the tunnel is up");
        step(&world);
    }
    for (int i = GATEWAY; i <= PEER; i++) {
        revive_must(ikl_endpoint_free(world.ends[i].endpoint) == IKL_OK, "an endpoint ends");
    }
}
