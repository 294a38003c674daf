/* SPDX-License-Identifier: ISC */
/* Two ikepings in virtual time. */
#include "world.h"

#include "support/test.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static const uint64_t NS = 1000000; /* in a ms */

static int on_send(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct end *end = user;
    struct world *world = end->owner;
    struct sent *sent = &world->sent[world->n_sent];

    if (world->full[end - world->ends]) {
        return IKL_ERR_BLOCKED;
    }
    world->n_sent++;
    assert_true(world->n_sent <= WORLD_MAX_SENT && len <= sizeof(sent->octets));
    sent->from = end == &world->ends[INITIATOR] ? INITIATOR : RESPONDER;
    sent->path = *path;
    sent->len = len;
    memcpy(sent->octets, datagram, len);
    return IKL_OK;
}

static void open_end(struct world *world, int which, const char *options)
{
    struct end *end = &world->ends[which];

    end_init(end, options, "secret", world->now, on_send);
    end->owner = world;
    end->credentials.token_secret[0] = (uint8_t)which;
    assert_true(ikeping_open(&end->ikeping, world->now));
}

void world_init(struct world *world, const char *initiator_options, const char *responder_options)
{
    char options[512];

    (void)snprintf(options, sizeof(options), "--psk-file - --id a.example %s", initiator_options);
    world_init_without_credentials(world, options, responder_options);
}

void world_init_without_credentials(struct world *world, const char *initiator_options, const char *responder_options)
{
    char options[512];

    (void)snprintf(options, sizeof(options), "--psk-file - --id b.example %s", responder_options);
    world_init_with(world, initiator_options, options);
}

void world_init_with(struct world *world, const char *initiator_options, const char *responder_options)
{
    char options[768];

    *world = (struct world){.now = 1000 * NS};
    world->sent = calloc(WORLD_MAX_SENT, sizeof(*world->sent));
    (void)snprintf(options, sizeof(options), "gateway %s", initiator_options);
    open_end(world, INITIATOR, options);
    (void)snprintf(options, sizeof(options), "--responder %s", responder_options);
    open_end(world, RESPONDER, options);
}

void world_use_ed25519(struct world *world)
{
    for (int i = 0; i < 2; i++) {
        struct credentials *own = &world->ends[i].credentials, *other = &world->ends[1 - i].credentials;

        own->own = own->peers = CREDENTIALS_ED25519;
        assert_int_equal(crypto_sign_keypair(other->peer_public, own->secret), 0);
    }
}

struct ikl_path world_path(bool encapsulated)
{
    return (struct ikl_path){
        .local = {.ip = {192, 0, 2, 1}, .family = 4, .port = encapsulated ? 4500 : 500},
        .remote = {.ip = {192, 0, 2, 2}, .family = 4, .port = encapsulated ? 4500 : 500},
        .tag = encapsulated ? 1 : 0,
        .encapsulated = encapsulated,
    };
}

struct gateway_config world_gateway(struct world *world)
{
    return (struct gateway_config){.plain = world_path(false),
                                   .encapsulated = world_path(true),
                                   .remote_id = &world->ends[INITIATOR].settings.remote_id,
                                   .credentials = &world->ends[INITIATOR].credentials};
}

void world_connect_along(struct world *world, const struct ikl_path *plain, const struct ikl_path *encapsulated)
{
    struct gateway_config gateway = world_gateway(world);

    gateway.plain = *plain;
    gateway.encapsulated = *encapsulated;
    assert_true(ikeping_connect(&world->ends[INITIATOR].ikeping, &gateway, world->now));
}

void world_connect(struct world *world)
{
    struct ikl_path plain = world_path(false), encapsulated = world_path(true);

    plain.reliable = encapsulated.reliable = world->ends[INITIATOR].settings.tcp;
    world_connect_along(world, &plain, &encapsulated);
}

/* What a NAT in front of the initiator makes of its address, or of the address that leads there. */
static void translate(const struct world *world, struct ikl_path *path, int to)
{
    struct ikl_address *address = to == RESPONDER ? &path->remote : &path->local;

    if (world->behind_nat) {
        address->ip[3] = to == RESPONDER ? 99 : 1;
        address->port = (uint16_t)(to == RESPONDER ? address->port + 10000 : address->port - 10000);
    }
}

void world_give(struct world *world, int to, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    struct ikl_path turned = *path;

    turned.local = path->remote;
    turned.remote = path->local;
    turned.behind_nat = false;
    translate(world, &turned, to);
    ikeping_receive(&world->ends[to].ikeping, &turned, octets, len, world->now);
}

void world_deliver(struct world *world)
{
    while (world->n_delivered < world->n_sent) {
        struct sent *sent = &world->sent[world->n_delivered++];

        if (world->passes == NULL || world->passes(world, sent)) {
            world_give(world, 1 - sent->from, &sent->path, sent->octets, sent->len);
        }
    }
}

static ikl_time next_deadline(const struct world *world)
{
    return ikl_time_earlier(ikeping_deadline(&world->ends[INITIATOR].ikeping),
                            ikeping_deadline(&world->ends[RESPONDER].ikeping));
}

static void turn(struct world *world)
{
    do {
        world_deliver(world);
        for (int i = 0; i < 2; i++) {
            ikeping_turn(&world->ends[i].ikeping, world->now);
        }
    } while (world->n_delivered < world->n_sent);
}

void world_run(struct world *world, uint64_t ms)
{
    uint64_t until = world->now + ms * NS;

    turn(world);
    while (next_deadline(world) != IKL_NEVER && next_deadline(world) * NS <= until) {
        world->now = next_deadline(world) * NS > world->now ? next_deadline(world) * NS : world->now;
        turn(world);
    }
    world->now = until;
    turn(world);
}

struct session *world_session(struct world *world, int end)
{
    return world->ends[end].ikeping.sessions;
}

const struct tally *world_tally(const struct world *world, int end)
{
    const struct ikeping *ikeping = &world->ends[end].ikeping;

    return ikeping->gateways != NULL ? &ikeping->gateways->tally : &ikeping->tally;
}

size_t world_count(const struct world *world, int end, const char *text)
{
    const struct end *of = &world->ends[end];
    const char *at;
    size_t n = 0;

    fflush(of->report.out);
    for (at = of->text; (at = strstr(at, text)) != NULL; at += strlen(text)) {
        n++;
    }
    return n;
}

size_t world_count_sent(const struct world *world, int from, uint8_t exchange_type)
{
    size_t n = 0;

    for (size_t i = 0; i < world->n_sent; i++) {
        const struct sent *sent = &world->sent[i];
        size_t marker = sent->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
        struct ikl_header header;

        n += sent->from == from && ikl_header_read(&header, sent->octets + marker, sent->len - marker) == IKL_OK &&
                     header.exchange_type == exchange_type
                 ? 1
                 : 0;
    }
    return n;
}

void world_notify(struct world *world, int from, uint16_t type, struct ikl_octets data)
{
    struct payload_list list;

    payload_list_init(&list);
    payload_list_notify(&list, type, data);
    assert_int_equal(ikl_sa_request(world_session(world, from)->sa, IKL_INFORMATIONAL, list.payloads, list.n, NULL,
                                    ikeping_now(&world->ends[from].ikeping), NULL),
                     IKL_OK);
}

void world_forge(struct world *world, const struct ikl_path *path, uint16_t type, struct ikl_octets data)
{
    uint8_t octets[256];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct payload_list list;

    payload_list_init(&list);
    payload_list_notify(&list, type, data);
    ikl_header_write(&writer, &(struct ikl_header){.spi_i = ikl_sa_spi_i(world_session(world, INITIATOR)->sa),
                                                   .exchange_type = IKL_IKE_SA_INIT,
                                                   .flags = IKL_FLAG_RESPONSE});
    assert_int_equal(ikl_chain_write(&writer, list.payloads, list.n), IKL_OK);
    ikl_header_patch(&writer, 0, IKL_PAYLOAD_NOTIFY);
    world_give(world, INITIATOR, path, octets, writer.len);
}

struct ikl_path world_path_back(void)
{
    struct ikl_path path = world_path(false), back = path;

    back.local = path.remote;
    back.remote = path.local;
    return back;
}

enum exit_status world_clear(struct world *world)
{
    enum exit_status status = end_close(&world->ends[INITIATOR], "gateway");

    (void)end_close(&world->ends[RESPONDER], "*");
    free(world->sent);
    return status;
}
