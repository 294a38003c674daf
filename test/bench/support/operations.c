/* SPDX-License-Identifier: ISC */
/* The operations whose cost is counted under a profiler. */
#include "operations.h"

#include "tunnels.h"

#include "support/test_random.h"

#include <stdio.h>

enum { STRIDE = 37, TIMERS = 1024, LONGEST_DELAY = 320000, HEARD_LATER = 2000, CROWDS = 4 };

struct input {
    struct facing facing;
    struct ikl_wheel *wheel;
    ikl_time deadlines[TIMERS];
    struct tunnels one, many;      /* each IKE SA has one Child SA, or very many */
    uint32_t crowd;                /* Child SAs in each of: */
    struct tunnels crowds[CROWDS]; /* the same with a tick of 10 or of 100 ms; none when `crowd` is 0 */
};

/* ESP arrives on every IKE SA, so that from now on they have their turns in another order than they were made in:
 * what is side by side in memory is not used one after the other. */
static void count_push_later(struct input *input)
{
    uint32_t n = input->facing.config.n;

    for (uint32_t i = 0; i < n; i++) {
        ikl_child_heard(input->facing.children[i * STRIDE % n], input->facing.now + HEARD_LATER + i);
    }
}

/* The idle time since the last answer is over: each IKE SA sees that it heard ESP since, and waits on. */
static void count_look(struct input *input)
{
    facing_advance(&input->facing, IKL_LIVENESS_DEFAULT_IDLE);
}

/* The idle time since the ESP is over. */
static void count_probe(struct input *input)
{
    facing_advance(&input->facing, HEARD_LATER);
}

static void count_retransmit(struct input *input)
{
    facing_lose(&input->facing.prober);
    facing_advance(&input->facing, ikl_schedule_wait(ikl_schedule_default(), 0));
}

static void count_answer(struct input *input)
{
    facing_answer(&input->facing);
}

static void count_accept(struct input *input)
{
    facing_accept(&input->facing);
}

static void count_start_stop(struct input *input)
{
    for (uint32_t i = 0; i < TIMERS; i++) {
        (void)ikl_wheel_start(input->wheel, i, input->deadlines[i]);
    }
    for (uint32_t i = 0; i < TIMERS; i++) {
        (void)ikl_wheel_stop(input->wheel, i);
    }
}

static void count_monitor_probe(struct input *input)
{
    tunnels_probe(&input->one);
}

static void count_monitor_answer(struct input *input)
{
    tunnels_answer(&input->one);
}

/* Of an IKE SA that has a monitor for each of its many Child SAs. */
static void count_monitor_probe_of_many(struct input *input)
{
    tunnels_probe(&input->many);
}

static void count_monitor_answer_of_many(struct input *input)
{
    tunnels_answer(&input->many);
}

static void count_monitor_probe_10ms(struct input *input)
{
    tunnels_probe(&input->crowds[0]);
}

static void count_monitor_probe_100ms(struct input *input)
{
    tunnels_probe(&input->crowds[1]);
}

static void count_monitor_probe_of_many_10ms(struct input *input)
{
    tunnels_probe(&input->crowds[2]);
}

static void count_monitor_probe_of_many_100ms(struct input *input)
{
    tunnels_probe(&input->crowds[3]);
}

static void answer_crowds(struct input *input)
{
    for (size_t i = 0; i < CROWDS; i++) {
        tunnels_answer(&input->crowds[i]);
    }
}

/* In the order in which they follow each other. */
static const struct operation {
    const char *name;
    void (*count)(struct input *input);
    enum { OF_SAS, OF_TIMERS, OF_CROWD, OF_NOTHING } of; /* how often it is done; OF_NOTHING: it is not counted */
} operations[] = {
    {"push_later", count_push_later, OF_SAS},
    {"look", count_look, OF_SAS},
    {"probe", count_probe, OF_SAS},
    {"retransmit", count_retransmit, OF_SAS},
    {"answer", count_answer, OF_SAS},
    {"accept", count_accept, OF_SAS},
    {"start_stop", count_start_stop, OF_TIMERS},
    {"monitor_probe", count_monitor_probe, OF_SAS},
    {"monitor_answer", count_monitor_answer, OF_SAS},
    {"monitor_probe_of_many", count_monitor_probe_of_many, OF_SAS},
    {"monitor_answer_of_many", count_monitor_answer_of_many, OF_SAS},
    {"monitor_probe_10ms", count_monitor_probe_10ms, OF_CROWD},
    {"monitor_probe_100ms", count_monitor_probe_100ms, OF_CROWD},
    {"monitor_probe_of_many_10ms", count_monitor_probe_of_many_10ms, OF_CROWD},
    {"monitor_probe_of_many_100ms", count_monitor_probe_of_many_100ms, OF_CROWD},
    {"answer_crowds", answer_crowds, OF_NOTHING},
};

enum { N_OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static uint64_t monitor_probes(const struct tunnels *tunnels)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    return ikl_endpoint_query(tunnels->endpoint, &counters) == IKL_OK ? counters.monitor_probes - tunnels->config.n : 0;
}

static bool are_probed(const struct tunnels *tunnels, uint32_t rounds)
{
    return monitor_probes(tunnels) == (uint64_t)tunnels->config.n * rounds;
}

static bool are_crowds_probed(const struct input *input, uint32_t rounds)
{
    bool all = true;

    for (size_t i = 0; i < CROWDS && input->crowd != 0; i++) {
        all = are_probed(&input->crowds[i], rounds) && all;
    }
    return all;
}

/* Whether there is anything to do it with. */
static bool is_done(const struct input *input, const struct operation *operation)
{
    return operation->of == OF_SAS || operation->of == OF_TIMERS || input->crowd != 0;
}

static bool run(struct input *input, uint32_t rounds)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};
    uint64_t probes = (uint64_t)input->facing.config.n * rounds;

    for (uint32_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < N_OPERATIONS; i++) {
            if (is_done(input, &operations[i])) {
                operations[i].count(input);
            }
        }
    }
    return ikl_endpoint_query(input->facing.prober.endpoint, &counters) == IKL_OK && counters.probes == probes &&
           counters.retransmissions == probes && counters.answered == probes && are_probed(&input->one, rounds) &&
           are_probed(&input->many, rounds) && are_crowds_probed(input, rounds);
}

static void print(const struct input *input, uint32_t rounds)
{
    const uint32_t times[] = {
        [OF_SAS] = input->facing.config.n, [OF_TIMERS] = TIMERS, [OF_CROWD] = input->crowd, [OF_NOTHING] = 0};

    for (size_t i = 0; i < N_OPERATIONS; i++) {
        if (times[operations[i].of] != 0) {
            printf("%s %u\n", operations[i].name, times[operations[i].of] * rounds);
        }
    }
}

static bool init_tunnels(struct input *input, const struct facing_config *facing)
{
    struct tunnels_config config = {
        .suite = facing->suite, .allocator = facing->prober_allocator, .n = facing->n, .of_one = 1};
    bool done = tunnels_init(&input->one, &config);

    config.of_one = facing->n;
    done = tunnels_init(&input->many, &config) && done;
    for (size_t i = 0; i < CROWDS && input->crowd != 0; i++) {
        config.n = input->crowd;
        config.of_one = i < 2 ? 1 : facing->n;
        config.tick = i % 2 == 0 ? 10 : 100;
        done = tunnels_init(&input->crowds[i], &config) && done;
    }
    return done;
}

static void clear(struct input *input)
{
    facing_clear(&input->facing);
    tunnels_clear(&input->one);
    tunnels_clear(&input->many);
    for (size_t i = 0; i < CROWDS; i++) {
        tunnels_clear(&input->crowds[i]);
    }
    ikl_wheel_free(input->wheel);
}

bool operations_run(const struct facing_config *config, uint32_t crowd, uint32_t rounds)
{
    static struct input input;
    struct test_random random = {1};
    bool done;

    for (size_t i = 0; i < TIMERS; i++) {
        input.deadlines[i] = 1 + test_random_below(&random, LONGEST_DELAY);
    }
    input.crowd = crowd;
    done = facing_init(&input.facing, config) && init_tunnels(&input, config) &&
           ikl_wheel_new(&input.wheel, NULL, TIMERS, 0) == IKL_OK && run(&input, rounds);
    clear(&input);
    if (done) {
        print(&input, rounds);
    } else {
        fprintf(stderr, "the operations did not do what they are named after\n");
    }
    return done;
}
