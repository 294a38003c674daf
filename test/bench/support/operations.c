/* SPDX-License-Identifier: ISC */
/* The operations whose cost is counted under a profiler. */
#include "operations.h"

#include "tunnels.h"

#include "support/test_random.h"

#include <stdio.h>

enum { STRIDE = 37, TIMERS = 1024, LONGEST_DELAY = 320000, HEARD_LATER = 2000 };

struct input {
    struct facing facing;
    struct ikl_wheel *wheel;
    ikl_time deadlines[TIMERS];
    struct tunnels one, many; /* each IKE SA has one Child SA, or very many */
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

/* In the order in which they follow each other. */
static const struct operation {
    const char *name;
    void (*count)(struct input *input);
    bool is_of_timers;
} operations[] = {
    {"push_later", count_push_later, false},
    {"look", count_look, false},
    {"probe", count_probe, false},
    {"retransmit", count_retransmit, false},
    {"answer", count_answer, false},
    {"accept", count_accept, false},
    {"start_stop", count_start_stop, true},
    {"monitor_probe", count_monitor_probe, false},
    {"monitor_answer", count_monitor_answer, false},
    {"monitor_probe_of_many", count_monitor_probe_of_many, false},
    {"monitor_answer_of_many", count_monitor_answer_of_many, false},
};

enum { N_OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static uint64_t monitor_probes(const struct tunnels *tunnels)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    return ikl_endpoint_query(tunnels->endpoint, &counters) == IKL_OK ? counters.monitor_probes - tunnels->n : 0;
}

static bool run(struct input *input, uint32_t rounds)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};
    uint64_t probes = (uint64_t)input->facing.config.n * rounds;

    for (uint32_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < N_OPERATIONS; i++) {
            operations[i].count(input);
        }
    }
    return ikl_endpoint_query(input->facing.prober.endpoint, &counters) == IKL_OK && counters.probes == probes &&
           counters.retransmissions == probes && counters.answered == probes && monitor_probes(&input->one) == probes &&
           monitor_probes(&input->many) == probes;
}

static void print(uint32_t sas, uint32_t rounds)
{
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        printf("%s %u\n", operations[i].name, (operations[i].is_of_timers ? TIMERS : sas) * rounds);
    }
}

bool operations_run(const struct facing_config *config, uint32_t rounds)
{
    static struct input input;
    struct test_random random = {1};
    bool done;

    for (size_t i = 0; i < TIMERS; i++) {
        input.deadlines[i] = 1 + test_random_below(&random, LONGEST_DELAY);
    }
    done = facing_init(&input.facing, config) &&
           tunnels_init(&input.one, config->suite, config->prober_allocator, config->n, 1) &&
           tunnels_init(&input.many, config->suite, config->prober_allocator, config->n, config->n) &&
           ikl_wheel_new(&input.wheel, NULL, TIMERS, 0) == IKL_OK && run(&input, rounds);
    facing_clear(&input.facing);
    tunnels_clear(&input.one);
    tunnels_clear(&input.many);
    ikl_wheel_free(input.wheel);
    if (done) {
        print(config->n, rounds);
    } else {
        fprintf(stderr, "the operations did not do what they are named after\n");
    }
    return done;
}
