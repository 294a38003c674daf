/* SPDX-License-Identifier: ISC */
/* A simulated world that is watched. See scripted.h. */
#include "scripted.h"

#include <string.h>

static void say(struct world *world, const char *wrong)
{
    if (world->wrong == NULL && wrong != NULL) {
        world->wrong = wrong;
        if (world->sim != NULL) {
            ikl_sim_note(world->sim, NULL, wrong);
        }
    }
}

static void broken(void *user, const char *law)
{
    say(user, law);
}

static struct laws_host *find_host(void *user, const struct ikl_sim_host *host)
{
    struct stack *stack = host != NULL ? ikl_sim_host_user(host) : NULL;

    (void)user;
    return stack != NULL ? &stack->law : NULL;
}

static struct laws_end *find_end(void *user, const struct ikl_sim_host *host, uint64_t spi_i, uint64_t spi_r)
{
    struct stack *stack = ikl_sim_host_user(host);

    (void)user;
    return stack->host != NULL && !hostile_has(spi_r) ? stack_end(stack, spi_i, spi_r) : NULL;
}

static void count_down(struct world *world, const struct ikl_sim_record *record)
{
    bool is_child = record->event == IKL_SIM_CHILD_DOWN;

    world->n_downs++;
    world->last_down = record->about.down.at;
    world->n_child_downs += is_child ? 1 : 0;
    if (!is_child && record->about.down.reason == IKL_DOWN_TIMEOUT) {
        world->timeouts[world->n_timeouts++ % WORLD_MAX_TIMEOUTS] = record->about.down;
    }
}

static void observe(void *user, const struct ikl_sim_record *record)
{
    struct world *world = user;

    watch_record(&world->watch, record);
    if (record->event == IKL_SIM_CHILD_DOWN || record->event == IKL_SIM_DOWN) {
        if (!hostile_has(record->spi_r)) {
            count_down(world, record);
        }
    } else if (record->event == IKL_SIM_REBOOTED || record->event == IKL_SIM_TAKEN_OVER) {
        stack_lose(ikl_sim_host_user(record->host));
    } else if (record->event == IKL_SIM_RESTARTED) {
        stack_end_process(ikl_sim_host_user(record->host));
    }
}

static void make_host(void *user, struct ikl_sim_host_config *config)
{
    struct world *world = user;

    if (world->n_stacks == WORLD_MAX_HOSTS) {
        say(world, "more hosts than can be watched");
        return;
    }
    stack_init(&world->stacks[world->n_stacks++], &world->laws, config);
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

    laws_begin(&world->laws, broken, world);
    world->laws.hosts_say_invalid_spi = true;
    world->watch = (struct watch){.laws = &world->laws, .user = world, .find_end = find_end, .find_host = find_host};
    world->sim = NULL;
    world->wrong = NULL;
    world->n_stacks = 0;
    world->n_downs = world->n_child_downs = world->n_timeouts = 0;
    world->last_down = 0;
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
    laws_requests_over(&world->laws);
    say(world, world->laws.is_full ? "more was sent than can be watched" : NULL);
    for (size_t i = 0; i < world->n_stacks; i++) {
        stack_hostile_end(&world->stacks[i]);
        say(world, check_stack(world, &world->stacks[i]));
    }
    return world->wrong;
}

const char *world_clear(struct world *world)
{
    const char *before = world->wrong;

    ikl_sim_free(world->sim);
    world->sim = NULL;
    for (size_t i = 0; i < world->n_stacks; i++) {
        laws_check_children(&world->laws, &world->stacks[i].law);
    }
    laws_check_memory(&world->laws, &world->allocator);
    return before == NULL ? world->wrong : NULL;
}
