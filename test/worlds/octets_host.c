/* A host in a world that octets drive: its callbacks, and what it does when it likes. See octets.h.
 * SPDX-License-Identifier: ISC */
#include "octets.h"

#include <string.h>

static struct world_sa *find(struct world_host *host, const struct ikl_sa *sa)
{
    for (size_t i = 0; i < host->n_sas; i++) {
        if (host->sas[i].sa == sa) {
            return &host->sas[i];
        }
    }
    return NULL;
}

/* What a callback does beside noting what it is told. */
static void act(struct world_host *host)
{
    uint8_t what = host->act;

    host->act = 0;
    if (what != 0) {
        WORLD_HOLDS(host->world, ikl_endpoint_advance(host->endpoint, host->world->now) == IKL_ERR_REENTRANT);
        WORLD_HOLDS(host->world, ikl_endpoint_free(host->endpoint) == IKL_ERR_REENTRANT);
        world_act(host, what);
    }
}

static bool is_single_store(uint8_t what)
{
    return what % 16 == 12 || what % 16 == 13; /* of world_act: ESP that was heard, or sent */
}

/* The same in a leaf, where nothing changes. */
static void act_in_leaf(struct world_host *host)
{
    static struct laws_view before, after;
    struct laws_sas of = world_sas(host);
    uint8_t what = host->act;

    host->act = 0;
    if (what == 0) {
        return;
    }
    host->in_leaf = true;
    WORLD_HOLDS(host->world, ikl_endpoint_advance(host->endpoint, host->world->now) == IKL_ERR_REENTRANT);
    WORLD_HOLDS(host->world, ikl_endpoint_free(host->endpoint) == IKL_ERR_REENTRANT);
    laws_look(host->world->laws, &before, &of);
    world_act(host, what);
    laws_look(host->world->laws, &after, &of);
    WORLD_HOLDS(host->world, is_single_store(what) || memcmp(&before, &after, sizeof(before)) == 0);
    host->in_leaf = false;
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    struct world_host *host = user;

    for (size_t i = 0; i < len; i++) {
        host->random = host->random * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(host->random >> 56);
    }
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct world_host *host = user;

    (void)sa;
    laws_sent(host->world->laws, (struct ikl_octets){datagram, len}, path->encapsulated);
    act_in_leaf(host);
    if (host->fail_sends != 0) {
        host->fail_sends--;
        return IKL_ERR_NO_BUFFER;
    }
    if (host->n_wire < WORLD_WIRE && len <= WORLD_DATAGRAM) {
        struct wire_datagram *sent = &host->wire[host->n_wire++];

        sent->path = *path;
        sent->len = len;
        memcpy(sent->octets, datagram, len);
    }
    return IKL_OK;
}

static struct laws_end *end_of(struct world_host *host, const struct ikl_sa *sa)
{
    struct world_sa *of = find(host, sa);

    return of != NULL ? &of->law : NULL;
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct world_host *host = user;

    laws_attempt(host->world->laws, end_of(host, sa), attempt, host->world->now);
    act(host);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct world_host *host = user;

    laws_alive(host->world->laws, end_of(host, sa), alive);
    act(host);
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct world_host *host = user;
    struct world *world = host->world;
    struct world_request *request = outcome->context;
    uint32_t number = (uint32_t)(request - world->requests), named;
    bool answered = outcome->kind == IKL_OUTCOME_ANSWERED && outcome->status == IKL_OK;

    (void)sa;
    if (answered) {
        WORLD_HOLDS(world, ikl_chain_check(outcome->first_payload, outcome->plaintext, true, NULL) == IKL_OK);
        answered = laws_tag_read(outcome->first_payload, outcome->plaintext, &named);
        WORLD_HOLDS(world, !answered || named == number);
    }
    laws_request_ended(world->laws, number, answered);
    request->handle = NULL;
    act(host);
}

static void on_request(void *user, struct ikl_sa *sa, const struct ikl_request *request)
{
    struct world_host *host = user;
    struct world_sa *of = find(host, sa);

    laws_request(host->world->laws, of != NULL ? &of->law : NULL, request);
    if (of != NULL) {
        host->pending = request->message_id;
        host->pending_sa = of;
        if (laws_tag_read(request->first_payload, request->plaintext, &host->pending_number)) {
            laws_request_executed(host->world->laws, host->pending_number);
        } else {
            host->pending_number = UINT32_MAX;
        }
    }
    act(host);
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    struct world_host *host = user;

    laws_state(host->world->laws, end_of(host, sa), state);
    act(host);
}

static void on_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    (void)sa;
    (void)change;
    act(user);
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    (void)sa;
    (void)path;
    act(user);
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct world_host *host = user;
    const struct laws_end *end = end_of(host, sa);

    (void)down;
    WORLD_HOLDS(host->world, ikl_child_spi_in(child) != 0);
    if (end != NULL) {
        laws_child_down(host->world->laws, end);
    } else {
        laws_child_removed(host->world->laws, &host->law);
    }
    act(host);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct world_host *host = user;
    struct laws_end *end = end_of(host, sa);

    laws_down(host->world->laws, end, down, host->world->now);
    WORLD_HOLDS(host->world, end == NULL || ikl_sa_first_child(sa) == NULL);
    act(host);
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    (void)path;
    (void)header;
    (void)datagram;
    (void)len;
    act(user);
}

void world_host_begin(struct world_host *host, struct world *world, uint8_t seed)
{
    struct ikl_endpoint_config config = {.size = sizeof(config),
                                         .callbacks = {.size = sizeof(config.callbacks),
                                                       .random = on_random,
                                                       .send = on_send,
                                                       .attempt = on_attempt,
                                                       .alive = on_alive,
                                                       .outcome = on_outcome,
                                                       .request = on_request,
                                                       .state = on_state,
                                                       .reachability = on_reachability,
                                                       .address = on_address,
                                                       .child_down = on_child_down,
                                                       .down = on_down,
                                                       .unmatched = on_unmatched},
                                         .user = host,
                                         .max_requests = 64,
                                         .history_events = 7};

    host->world = world;
    host->random = seed;
    test_allocator_init(&host->memory);
    config.allocator = &host->memory.allocator;
    config.pool_blocks = stream_number(&world->stream, 200);
    WORLD_HOLDS(world, ikl_endpoint_new(&host->endpoint, &config, world->now) == IKL_OK);
}

/* A payload of so many octets with the number in it, where there is room. */
static struct ikl_payload numbered(uint32_t number, size_t len)
{
    static uint8_t octets[4096];

    laws_tag_write(octets, number);
    return (struct ikl_payload){.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, len}};
}

void world_host_request(struct world_host *host, struct world_sa *of, uint8_t exchange, size_t len)
{
    struct world *world = host->world;
    uint32_t number = laws_request_made(world->laws, host); /* its outcome may come before the call returns */
    struct ikl_payload payload = numbered(number, len);
    struct ikl_request_options options = {.size = sizeof(options)};
    struct world_request *request;
    int result;

    if (number == UINT32_MAX) {
        return;
    }
    request = &world->requests[number];
    *request = (struct world_request){.host = host, .of = of};
    options.context = request;
    result = ikl_sa_request(of->sa, exchange, &payload, 1, &options, world->now, &request->handle);
    if (result != IKL_OK) {
        laws_request_refused(world->laws, number);
    } else if (world->laws->requests[number].outcomes != 0) {
        request->handle = NULL;
    }
}

static void cancel(struct world_host *host)
{
    struct world *world = host->world;
    uint32_t n = stream_number(&world->stream, 255);
    struct world_request *request = n < world->laws->n_requests ? &world->requests[n] : NULL;

    if (request != NULL && request->host == host && request->handle != NULL && request->of->sa != NULL) {
        /* one that moved to another IKE SA that took the place of this one goes on */
        ikl_sa_cancel(request->of->sa, request->handle, world->now);
    }
}

static void respond(struct world_host *host)
{
    struct ikl_payload payload = numbered(host->pending_number, stream_number(&host->world->stream, 3000));

    if (host->pending_sa != NULL && host->pending_sa->sa != NULL) {
        (void)!ikl_sa_respond(host->pending_sa->sa, host->pending, &payload, 1, host->world->now);
    }
}

static void add_child(struct world_host *host, struct world_sa *of)
{
    uint32_t spi = 1 + stream_number(&host->world->stream, 7);
    struct ikl_child_config config = {.size = sizeof(config),
                                      .protocol =
                                          stream_u8(&host->world->stream) % 2 != 0 ? IKL_PROTOCOL_AH : IKL_PROTOCOL_ESP,
                                      .spi_in = spi,
                                      .spi_out = spi};

    if (ikl_sa_add_child(of->sa, &config, NULL) == IKL_OK) {
        laws_children_up(&host->law, 1);
    }
}

static void delete_children(struct world_host *host, struct world_sa *of)
{
    struct ikl_child *children[4];
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(of->sa); child != NULL && n < 4;
         child = ikl_sa_next_child(of->sa, child)) {
        children[n++] = child;
    }
    (void)!ikl_sa_delete_children(of->sa, children, n, host->world->now);
}

static void replace(struct world_host *host, struct world_sa *of)
{
    struct world_sa *by = world_pick(host);

    if (by != NULL) {
        (void)!ikl_sa_replace(of->sa, by->sa, stream_u8(&host->world->stream) % 2 != 0,
                              stream_number(&host->world->stream, 20000), host->world->now);
    }
}

static void hear_children(struct world_host *host, struct world_sa *of)
{
    for (struct ikl_child *child = ikl_sa_first_child(of->sa); child != NULL;
         child = ikl_sa_next_child(of->sa, child)) {
        ikl_child_heard(child, host->world->now + stream_number(&host->world->stream, 3));
    }
}

static void move_path(struct world_host *host, struct world_sa *of)
{
    struct ikl_path path = *ikl_sa_path(of->sa);
    uint8_t what = stream_u8(&host->world->stream);

    path.mtu = (uint16_t)(what % 4 * 400);
    path.behind_nat = (what & 4) != 0;
    path.tag = what & 8;
    (void)!ikl_sa_set_path(of->sa, &path, host->world->now);
    if ((what & 16) != 0) {
        (void)ikl_sa_hint_mtu(of->sa, (uint16_t)(what * 8), host->world->now);
    }
}

static void free_sa(struct world_host *host, struct world_sa *of)
{
    ikl_sa_free(of->sa);
    of->sa = host->in_leaf ? of->sa : NULL;
}

void world_act(struct world_host *host, uint8_t what)
{
    struct stream *stream = &host->world->stream;
    ikl_time now = host->world->now;
    struct world_sa *of = world_pick(host);

    if (of == NULL) {
        return;
    }
    switch (what % 16) {
    case 0:
    case 1:
        world_host_request(host, of, (uint8_t)(what % 32 < 16 ? IKL_INFORMATIONAL : IKL_CREATE_CHILD_SA),
                           stream_number(stream, 3000));
        break;
    case 2:
        cancel(host);
        break;
    case 3:
        respond(host);
        break;
    case 4:
        (void)!ikl_sa_probe(of->sa, now);
        break;
    case 5:
        add_child(host, of);
        break;
    case 6:
        delete_children(host, of);
        break;
    case 7:
        (void)!ikl_sa_delete(of->sa, stream_number(stream, 20000), now);
        break;
    case 8:
        ikl_sa_close(of->sa, now);
        WORLD_HOLDS(host->world, host->in_leaf || of->sa == NULL || ikl_sa_state(of->sa) >= IKL_SA_DYING);
        break;
    case 9:
        free_sa(host, of);
        break;
    case 10:
        replace(host, of);
        break;
    case 11:
        (void)ikl_sa_hint(of->sa, IKL_HINT_ICMP, now);
        break;
    case 12:
        hear_children(host, of);
        break;
    case 13:
        ikl_sa_sent_esp(of->sa, now);
        break;
    case 14:
        move_path(host, of);
        break;
    default:
        ikl_sa_peer_window(of->sa, stream_u8(stream), now);
        break;
    }
}
