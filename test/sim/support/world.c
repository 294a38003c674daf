/* A made-up world that is watched. See world.h.
 * SPDX-License-Identifier: ISC */
#include "world.h"

#include <string.h>

enum { SK_IV_AT = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN, SKF_IV_AT = SK_IV_AT + 4, IV_LEN = 8 };

static void say(struct world *world, const char *wrong)
{
    if (world->wrong == NULL && wrong != NULL) {
        world->wrong = wrong;
        ikl_sim_note(world->sim, NULL, wrong);
    }
}

static bool is_same(const struct world_down *a, const struct world_down *b)
{
    return a->host == b->host && a->spi_i == b->spi_i && a->spi_r == b->spi_r && a->child == b->child;
}

static bool is_down(const struct world *world, const struct world_down *down)
{
    for (size_t i = 0; i < world->n_downs; i++) {
        if (is_same(&world->downs[i], down)) {
            return true;
        }
    }
    return false;
}

static void watch_down(struct world *world, const struct ikl_sim_record *record)
{
    struct world_down whole = {.host = record->host, .spi_i = record->spi_i, .spi_r = record->spi_r}, down = whole;

    if (record->event == IKL_SIM_CHILD_DOWN) {
        down.child = record->about.child_down.spi_in;
        world->n_child_downs++;
    } else if (record->about.down.reason == IKL_DOWN_TIMEOUT) {
        world->timeouts[world->n_timeouts % WORLD_MAX_TIMEOUTS] = record->about.down;
        world->n_timeouts++;
    }
    if (is_down(world, &whole)) {
        say(world, down.child != 0 ? "a Child SA went down after its IKE SA" : "an IKE SA went down twice");
    } else if (is_down(world, &down)) {
        say(world, "a Child SA went down twice");
    } else if (world->n_downs == WORLD_MAX_WATCHED) {
        say(world, "more went down than can be watched");
    } else {
        world->downs[world->n_downs++] = down;
    }
}

/* FNV-1a: to tell messages apart, not to protect them. */
static uint64_t hash_of(struct ikl_octets octets)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < octets.len; i++) {
        hash = (hash ^ octets.data[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* False for what is not protected. */
static bool read_sealed(const struct ikl_sim_record *record, struct world_sealed *out)
{
    struct ikl_octets octets = record->octets;
    struct ikl_header header;
    struct ikl_reader reader;

    if (record->about.path.encapsulated && octets.len > IKL_NON_ESP_MARKER_LEN) {
        octets.data += IKL_NON_ESP_MARKER_LEN;
        octets.len -= IKL_NON_ESP_MARKER_LEN;
    }
    if (ikl_header_read(&header, octets.data, octets.len) != IKL_OK ||
        (header.next_payload != IKL_PAYLOAD_SK && header.next_payload != IKL_PAYLOAD_SKF)) {
        return false;
    }
    reader = ikl_reader(octets.data, octets.len);
    (void)ikl_read_octets(&reader, header.next_payload == IKL_PAYLOAD_SK ? SK_IV_AT : SKF_IV_AT);
    *out = (struct world_sealed){
        .host = record->host, .spi_i = header.spi_i, .iv = ikl_read_u64(&reader), .hash = hash_of(octets)};
    return true;
}

static bool has_same_iv(const struct world_sealed *a, const struct world_sealed *b)
{
    return a->host == b->host && a->spi_i == b->spi_i && a->iv == b->iv;
}

/* Where it is, or where it would be. */
static struct world_sealed *find_sealed(struct world *world, const struct world_sealed *sealed)
{
    uint64_t at = (sealed->spi_i ^ sealed->iv * UINT64_C(0x9e3779b97f4a7c15)) >> 8;
    struct world_sealed *slot = &world->sealed[at++ % WORLD_SEALED_SLOTS];

    while (slot->generation == world->generation && !has_same_iv(slot, sealed)) {
        slot = &world->sealed[at++ % WORLD_SEALED_SLOTS];
    }
    return slot;
}

static void watch_sent(struct world *world, const struct ikl_sim_record *record)
{
    struct world_sealed sealed, *slot;

    if (!read_sealed(record, &sealed)) {
        return;
    }
    sealed.generation = world->generation;
    slot = find_sealed(world, &sealed);
    if (slot->generation == world->generation) {
        say(world, slot->hash == sealed.hash ? NULL : "two messages have one initialisation vector");
        return;
    }
    if (++world->n_sealed > WORLD_SEALED_SLOTS / 4 * 3) {
        say(world, "more messages were sealed than can be watched");
        return;
    }
    *slot = sealed;
}

void world_watch(struct world *world, const struct ikl_sim_record *record)
{
    if (record->event == IKL_SIM_CHILD_DOWN || record->event == IKL_SIM_DOWN) {
        watch_down(world, record);
    } else if (record->event == IKL_SIM_SENT || record->event == IKL_SIM_SEND_FAILED) {
        watch_sent(world, record);
    }
}

static void observe(void *user, const struct ikl_sim_record *record)
{
    world_watch(user, record);
}

static void make_host(void *user, struct ikl_sim_host_config *config)
{
    struct world *world = user;

    if (world->n_stacks == WORLD_MAX_HOSTS) {
        say(world, "more hosts than can be watched");
        return;
    }
    stack_init(&world->stacks[world->n_stacks++], &world->book, config);
}

static void established(void *user, struct ikl_sim_host *host, struct ikl_sa *sa,
                        const struct ikl_sim_sa_config *config)
{
    (void)user;
    stack_established(ikl_sim_host_user(host), sa, config);
}

static int act(void *user, struct ikl_sim_host *host, const char *const *words, size_t n)
{
    (void)user;
    return stack_act(ikl_sim_host_user(host), words, n);
}

int world_play(struct world *world, uint64_t seed, const char *script, bool keep, struct ikl_sim_script_error *error)
{
    struct ikl_sim_config config = {
        .size = sizeof(config), .seed = seed, .observe = observe, .user = world, .forget = !keep};
    const struct ikl_sim_play_config play = {
        .size = sizeof(play), .user = world, .host = make_host, .established = established, .act = act};
    int result;

    world->sim = NULL;
    world->book.n = 0;
    world->wrong = NULL;
    world->generation++;
    world->n_stacks = world->n_downs = world->n_sealed = 0;
    world->n_child_downs = world->n_timeouts = 0;
    test_allocator_init(&world->allocator);
    config.allocator = &world->allocator.allocator;
    result = ikl_sim_new(&world->sim, &config);
    return result == IKL_OK ? ikl_sim_play(world->sim, script, &play, error) : result;
}

struct stack *world_stack(struct world *world, const char *host)
{
    struct ikl_sim_host *found = ikl_sim_find_host(world->sim, host);

    return found != NULL ? ikl_sim_host_user(found) : NULL;
}

/* The other end of an IKE SA, or null. */
static const struct ikl_sa *other_end(const struct world *world, const struct stack *stack, const struct ikl_sa *sa)
{
    for (size_t i = 0; i < world->n_stacks; i++) {
        const struct stack *other = &world->stacks[i];

        for (size_t j = 0; other != stack && j < other->n_sas; j++) {
            if (ikl_sa_spi_i(other->sas[j]) == ikl_sa_spi_i(sa) && ikl_sa_spi_r(other->sas[j]) == ikl_sa_spi_r(sa)) {
                return other->sas[j];
            }
        }
    }
    return NULL;
}

/* Each Child SA of `sa` is one of `other` with its SPIs exchanged. */
static bool has_children_of(const struct ikl_sa *other, const struct ikl_sa *sa)
{
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        const struct ikl_child *pair = ikl_sa_find_child(other, ikl_child_protocol(child), ikl_child_spi_out(child));

        if (pair == NULL || ikl_child_spi_out(pair) != ikl_child_spi_in(child)) {
            return false;
        }
    }
    return true;
}

static const char *check_sa(const struct world *world, const struct stack *stack, const struct ikl_sa *sa)
{
    const struct ikl_sa *other = other_end(world, stack, sa);

    if (ikl_sa_state(sa) != IKL_SA_ESTABLISHED) {
        return "an IKE SA is left that is not ESTABLISHED";
    }
    if (other == NULL) {
        return "an IKE SA is left at one end only";
    }
    return has_children_of(other, sa) ? NULL : "the ends of an IKE SA have different Child SAs";
}

static const char *check_stack(const struct world *world, const struct stack *stack)
{
    const struct ikl_endpoint *endpoint = stack->host != NULL ? ikl_sim_host_endpoint(stack->host) : NULL;

    if (endpoint != NULL && ikl_endpoint_n_sas(endpoint) != stack->n_sas) {
        return "an endpoint has other IKE SAs than its host was told of";
    }
    for (size_t i = 0; i < stack->n_sas; i++) {
        const char *wrong = check_sa(world, stack, stack->sas[i]);

        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

const char *world_check(struct world *world)
{
    say(world, book_check(&world->book, true));
    for (size_t i = 0; i < world->n_stacks; i++) {
        say(world, check_stack(world, &world->stacks[i]));
    }
    return world->wrong;
}

const char *world_clear(struct world *world)
{
    ikl_sim_free(world->sim);
    world->sim = NULL;
    return world->allocator.outstanding != 0 ? "not everything that was allocated was given back" : NULL;
}
