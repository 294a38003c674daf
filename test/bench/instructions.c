/* The operations whose instructions the script of the same name counts. Prints the name of each and how often it was
 * done.
 * SPDX-License-Identifier: ISC
 *
 * Every operation is done inside a function of its own, count_NAME, and called through a table, so that a profiler can
 * be told where to count. Nothing differs from run to run: no clock, no randomness, no input. */
#include "support/facing.h"
#include "support/test_random.h"

#include <stdio.h>

enum { SAS = 64, ROUNDS = 8, TIMERS = 1024, LONGEST_DELAY = 320000, HEARD_LATER = 2000 };

struct input {
    struct facing facing;
    struct ikl_wheel *wheel;
    ikl_time deadlines[TIMERS];
};

/* ESP arrives on every IKE SA. */
static void count_push_later(struct input *input)
{
    for (uint32_t i = 0; i < SAS; i++) {
        ikl_child_heard(input->facing.children[i], input->facing.now + HEARD_LATER + i);
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

/* In the order in which they follow each other. */
static const struct operation {
    const char *name;
    void (*count)(struct input *input);
    uint32_t times;
} operations[] = {
    {"push_later", count_push_later, SAS},    {"look", count_look, SAS},     {"probe", count_probe, SAS},
    {"retransmit", count_retransmit, SAS},    {"answer", count_answer, SAS}, {"accept", count_accept, SAS},
    {"start_stop", count_start_stop, TIMERS},
};

enum { N_OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static bool run(struct input *input)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N_OPERATIONS; i++) {
            operations[i].count(input);
        }
    }
    return ikl_endpoint_query(input->facing.prober.endpoint, &counters) == IKL_OK && counters.probes == SAS * ROUNDS &&
           counters.retransmissions == counters.probes && counters.answered == counters.probes;
}

int main(void)
{
    static struct input input;
    struct facing_config config = {.suite = "chacha20poly1305-prfsha256", .n = SAS, .spacing = 1};
    struct test_random random = {1};
    bool done;

    for (size_t i = 0; i < TIMERS; i++) {
        input.deadlines[i] = 1 + test_random_below(&random, LONGEST_DELAY);
    }
    done = facing_init(&input.facing, &config) && ikl_wheel_new(&input.wheel, NULL, TIMERS, 0) == IKL_OK && run(&input);
    facing_clear(&input.facing);
    ikl_wheel_free(input.wheel);
    if (!done) {
        fprintf(stderr, "the operations did not do what they are named after\n");
        return 1;
    }
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        printf("%s %u\n", operations[i].name, operations[i].times * ROUNDS);
    }
    return 0;
}
