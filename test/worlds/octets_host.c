/* SPDX-License-Identifier: ISC */
/* A host in a world that octets drive: its callbacks, and what it does when it likes. See octets.h. */
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
static void act(struct world_host *host, struct ikl_endpoint *called)
{
    uint8_t what = host->act;

    host->act = 0;
    if (what != 0) {
        WORLD_HOLDS(host->world, ikl_endpoint_advance(called, host->world->now) == IKL_ERR_REENTRANT);
        WORLD_HOLDS(host->world, ikl_endpoint_free(called) == IKL_ERR_REENTRANT);
        host->in_callback = true;
        world_act(host, what);
        host->in_callback = false;
    }
}

static bool is_single_store(uint8_t what)
{
    return what % 16 == 12 || what % 16 == 13; /* of world_act: ESP that was heard, or sent */
}

/* The same in a leaf, where nothing changes. */
static void act_in_leaf(struct world_host *host, struct ikl_endpoint *called)
{
    static struct laws_view before, after;
    struct laws_sas of = world_sas(host, called);
    uint8_t what = host->act;

    host->act = 0;
    if (what == 0) {
        return;
    }
    host->in_callback = host->in_leaf = true;
    host->called = called;
    WORLD_HOLDS(host->world, ikl_endpoint_advance(called, host->world->now) == IKL_ERR_REENTRANT);
    WORLD_HOLDS(host->world, ikl_endpoint_free(called) == IKL_ERR_REENTRANT);
    laws_look(host->world->laws, &before, &of);
    world_act(host, what);
    laws_look(host->world->laws, &after, &of);
    WORLD_HOLDS(host->world, is_single_store(what) || memcmp(&before, &after, sizeof(before)) == 0);
    host->in_callback = host->in_leaf = false;
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

    laws_sent(host->world->laws, (struct ikl_octets){datagram, len}, path->encapsulated);
    if (sa == NULL) {
        world_check_shown(host, (struct ikl_octets){datagram, len}, path->encapsulated);
    }
    act_in_leaf(host, sa != NULL ? ikl_sa_endpoint(sa) : host->called);
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
    act(host, ikl_sa_endpoint(sa));
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct world_host *host = user;

    laws_alive(host->world->laws, end_of(host, sa), alive, host->world->now);
    act(host, ikl_sa_endpoint(sa));
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct world_host *host = user;

    act_ended(host->world->laws, host->world->asked, outcome);
    act(host, ikl_sa_endpoint(sa));
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct world_host *host = user;
    struct world_sa *of = find(host, sa);

    laws_peer_request(host->world->laws, of != NULL ? &of->law : NULL, request);
    if (of != NULL) {
        host->pending = request->message_id;
        host->pending_sa = of;
        host->pending_number = act_executed(host->world->laws, request);
    }
    act(host, ikl_sa_endpoint(sa));
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    struct world_host *host = user;

    laws_state(host->world->laws, end_of(host, sa), state);
    act(host, ikl_sa_endpoint(sa));
}

static void on_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    (void)change;
    act(user, ikl_sa_endpoint(sa));
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    (void)path;
    act(user, ikl_sa_endpoint(sa));
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
    act(host, ikl_sa_endpoint(sa));
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct world_host *host = user;
    const struct world_sa *of = find(host, sa);
    struct laws_end *end = end_of(host, sa);

    laws_down(host->world->laws, end, down, host->world->now);
    if (of != NULL && down->reason == IKL_DOWN_CRASHED) {
        world_check_crashed(world_other(host), of);
    }
    WORLD_HOLDS(host->world, end == NULL || ikl_sa_first_child(sa) == NULL);
    act(host, ikl_sa_endpoint(sa));
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    struct world_host *host = user;

    (void)path;
    (void)header;
    (void)datagram;
    (void)len;
    act(host, host->called);
}

static int make_endpoint(struct world_host *host, struct ikl_endpoint **out)
{
    struct ikl_endpoint_config config = {.size = sizeof(config),
                                         .callbacks = {.size = sizeof(config.callbacks),
                                                       .random = on_random,
                                                       .send = on_send,
                                                       .attempt = on_attempt,
                                                       .alive = on_alive,
                                                       .outcome = on_outcome,
                                                       .peer_request = on_peer_request,
                                                       .state = on_state,
                                                       .reachability = on_reachability,
                                                       .address = on_address,
                                                       .child_down = on_child_down,
                                                       .down = on_down,
                                                       .unmatched = on_unmatched},
                                         .user = host,
                                         .allocator = &host->memory.allocator,
                                         .pool_blocks = host->pool_blocks,
                                         .max_requests = 64,
                                         .history_events = 7};

    int result = ikl_endpoint_new(out, &config, host->world->now);

    if (result == IKL_OK && host->world->tokens) {
        world_make_tokens(host, *out);
    }
    return result;
}

void world_host_begin(struct world_host *host, struct world *world, uint8_t seed)
{
    host->world = world;
    host->random = seed;
    host->hostiles = (struct hostiles){
        .n = WORLD_HOSTILES, .kind = HOSTILE_BOTH, .random.state = seed, .last_spi = (uint64_t)seed << 32};
    memset(host->secret, seed, sizeof(host->secret));
    test_allocator_init(&host->memory);
    host->pool_blocks = stream_number(&world->stream, 200);
    WORLD_HOLDS(world, make_endpoint(host, &host->endpoint) == IKL_OK);
}

static void replace(struct world_host *host, struct world_sa *of)
{
    struct world_sa *by = world_pick(host);

    if (by != NULL) {
        (void)!ikl_sa_replace(of->sa, by->sa, stream_u8(&host->world->stream) % 2 != 0,
                              stream_number(&host->world->stream, 20000), host->world->now);
    }
}

/* To the host's other endpoint. */
static void migrate(struct world_host *host, struct world_sa *of)
{
    struct world *world = host->world;
    bool may_lack = host->memory.fail_at != 0;
    struct ikl_sa *sa;
    int result;

    if (host->second == NULL && make_endpoint(host, &host->second) != IKL_OK) {
        WORLD_HOLDS(world, may_lack);
        host->second = NULL;
        return;
    }
    result = ikl_sa_migrate(of->sa, ikl_sa_endpoint(of->sa) == host->second ? host->endpoint : host->second, world->now,
                            &sa);
    WORLD_HOLDS(world, (result == IKL_ERR_REENTRANT) == host->in_callback);
    WORLD_HOLDS(world, result != IKL_ERR_INVALID && (result != IKL_ERR_NO_MEMORY || may_lack));
    if (result == IKL_OK) {
        of->sa = sa;
        act_migrated(world->laws, world->asked, &of->sa);
    }
}

static void free_sa(struct world_host *host, struct world_sa *of)
{
    ikl_sa_free(of->sa);
    of->sa = host->in_leaf ? of->sa : NULL;
}

static uint64_t draw(void *user, uint64_t n)
{
    return stream_number(user, (uint32_t)n - 1);
}

static void respond(struct world_host *host)
{
    size_t len = stream_number(&host->world->stream, 3000);

    if (host->pending_sa != NULL && host->pending_sa->sa != NULL) {
        (void)act_answer(host->pending_sa->sa, host->pending, host->pending_number, len, host->world->now);
    }
}

/* The host goes on as if another member of its cluster had taken over, whatever became of its numbers. */
static void synchronise(struct world_host *host, const struct world_sa *of)
{
    struct stream *stream = &host->world->stream;
    struct ikl_sync_options options = {.size = sizeof(options), .unknown_requests = stream_number(stream, 5)};

    options.replay.delta = stream_number(stream, 1);
    (void)!ikl_sa_sync(of->sa, &options, host->world->now);
}

/* An IKE SA that is CONNECTING gets other keys; or it is ESTABLISHED. */
static void connect(struct world_host *host, struct world_sa *of, bool change)
{
    struct ikl_keys keys;
    struct ikl_protection protection = world_protection(host->world, of->number, of->changes + 1, &keys);

    if (!change) {
        (void)!ikl_sa_established(of->sa, host->world->now);
    } else if (ikl_sa_change_keys(of->sa, &protection, host->world->now) == IKL_OK) {
        of->changes++;
    }
}

void world_act(struct world_host *host, uint8_t what)
{
    enum { REQUEST = ACT_PEER_WINDOW + 1, CANCEL, RESPOND, FREE, REPLACE };
    static const uint8_t acts[] = {
        REQUEST,    REQUEST,        CANCEL, RESPOND, ACT_PROBE,     ACT_ADD_CHILD,     ACT_DELETE_CHILDREN,
        ACT_DELETE, ACT_CLOSE,      FREE,   REPLACE, ACT_HINT_ICMP, ACT_HEAR_CHILDREN, ACT_SENT_ESP,
        ACT_MOVE,   ACT_PEER_WINDOW};
    struct world *world = host->world;
    struct actor actor = {.laws = world->laws,
                          .law = &host->law,
                          .asked = world->asked,
                          .draw = draw,
                          .user = &world->stream,
                          .now = world->now,
                          .in_leaf = host->in_leaf};
    struct world_sa *of = world_pick(host);

    if (of == NULL || (host->in_leaf && ikl_sa_endpoint(of->sa) != host->called)) {
        return; /* only the endpoint that is deciding refuses all */
    }
    host->touched = true;
    if (ikl_sa_state(of->sa) == IKL_SA_CONNECTING && acts[what % sizeof(acts)] == ACT_PEER_WINDOW) {
        connect(host, of, what >= 64);
        return;
    }
    switch (acts[what % sizeof(acts)]) {
    case REQUEST:
        (void)act_ask(&actor, &of->sa, what % 32 < 16 ? IKL_INFORMATIONAL : IKL_CREATE_CHILD_SA,
                      stream_number(&world->stream, 3000));
        break;
    case CANCEL:
        act_cancel(&actor, stream_number(&world->stream, 255));
        break;
    case RESPOND:
        respond(host);
        break;
    case FREE:
        free_sa(host, of);
        break;
    case REPLACE:
        if (what < 128) {
            replace(host, of);
        } else {
            migrate(host, of);
        }
        break;
    case ACT_SENT_ESP:
        if (world->syncs) {
            synchronise(host, of);
        } else {
            act_on(&actor, &of->sa, ACT_SENT_ESP);
        }
        break;
    default:
        act_on(&actor, &of->sa, (enum act)acts[what % sizeof(acts)]);
        break;
    }
}
