/* What a timer costs in the wheel and in a binary heap.
 * SPDX-License-Identifier: ISC
 *
 *     wheel [TIMERS...]
 *
 * Each timer is started with a random delay of 1 ms to 320 s; it is started afresh, and stopped, in random order; it
 * expires while time jumps from one next deadline to the next. The numbers are medians over repetitions. */
#include "support/heap.h"
#include "support/measure.h"
#include "support/test_random.h"

#include <ikelive/wheel.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_DELAY = 320000, MAX_REPETITIONS = 301, MAX_TIMERS = 10000000 };

enum operation { START, RESTART, STOP, EXPIRE, N_OPERATIONS };

static const char *const operation_names[N_OPERATIONS] = {"start", "start afresh", "stop", "expire"};

struct workload {
    uint32_t n;
    uint32_t *delays; /* two a timer */
    uint32_t *order;  /* the timers in random order */
};

/* ns a timer */
struct times {
    double ns[N_OPERATIONS][MAX_REPETITIONS];
};

static void free_workload(struct workload *load)
{
    free(load->delays);
    free(load->order);
}

static bool make_workload(struct workload *load, uint32_t n)
{
    struct test_random random = {n};

    *load = (struct workload){n, malloc(2 * (size_t)n * sizeof(*load->delays)), malloc(n * sizeof(*load->order))};
    if (load->delays == NULL || load->order == NULL) {
        free_workload(load);
        return false;
    }
    for (size_t i = 0; i < 2 * (size_t)n; i++) {
        load->delays[i] = 1 + (uint32_t)test_random_below(&random, LONGEST_DELAY);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = (uint32_t)test_random_below(&random, (uint64_t)i + 1);

        load->order[i] = load->order[j];
        load->order[j] = i;
    }
    return true;
}

/* Notes the time since `begin` and returns the time now. */
static uint64_t note(struct times *times, enum operation operation, size_t repetition, uint64_t begin, uint32_t n)
{
    times->ns[operation][repetition] = (double)(bench_clock() - begin) / n;
    return bench_clock();
}

/* One repetition on each structure. Returns a digest of the order of expiry. */
static uint64_t run_wheel(struct ikl_wheel *wheel, const struct workload *load, struct times *times, size_t repetition)
{
    ikl_time now = ikl_wheel_position(wheel);
    uint64_t digest = 0;
    uint32_t timer;
    uint64_t begin = bench_clock();

    for (uint32_t i = 0; i < load->n; i++) {
        ikl_wheel_start(wheel, i, now + load->delays[i]);
    }
    begin = note(times, START, repetition, begin, load->n);
    for (uint32_t i = 0; i < load->n; i++) {
        ikl_wheel_start(wheel, load->order[i], now + load->delays[load->n + i]);
    }
    begin = note(times, RESTART, repetition, begin, load->n);
    for (uint32_t i = 0; i < load->n; i++) {
        ikl_wheel_stop(wheel, load->order[i]);
    }
    note(times, STOP, repetition, begin, load->n);
    for (uint32_t i = 0; i < load->n; i++) {
        ikl_wheel_start(wheel, load->order[i], now + load->delays[i]);
    }
    begin = bench_clock();
    while ((now = ikl_wheel_next_deadline(wheel)) != IKL_NEVER) {
        while ((timer = ikl_wheel_expire(wheel, now)) != IKL_NO_TIMER) {
            digest = digest * 31 + timer;
        }
    }
    note(times, EXPIRE, repetition, begin, load->n);
    return digest;
}

static uint64_t run_heap(struct heap *heap, const struct workload *load, struct times *times, size_t repetition)
{
    ikl_time now = 0;
    uint64_t digest = 0;
    uint32_t timer;
    uint64_t begin = bench_clock();

    for (uint32_t i = 0; i < load->n; i++) {
        heap_start(heap, i, now + load->delays[i]);
    }
    begin = note(times, START, repetition, begin, load->n);
    for (uint32_t i = 0; i < load->n; i++) {
        heap_start(heap, load->order[i], now + load->delays[load->n + i]);
    }
    begin = note(times, RESTART, repetition, begin, load->n);
    for (uint32_t i = 0; i < load->n; i++) {
        heap_stop(heap, load->order[i]);
    }
    note(times, STOP, repetition, begin, load->n);
    for (uint32_t i = 0; i < load->n; i++) {
        heap_start(heap, load->order[i], now + load->delays[i]);
    }
    begin = bench_clock();
    while ((now = heap_next_deadline(heap)) != IKL_NEVER) {
        while ((timer = heap_expire(heap, now)) != HEAP_NO_TIMER) {
            digest = digest * 31 + timer;
        }
    }
    note(times, EXPIRE, repetition, begin, load->n);
    return digest;
}

/* Enough repetitions for a steady median, few enough to be done in seconds. */
static size_t repetitions_for(uint32_t n)
{
    size_t repetitions = 3000000 / n;

    return repetitions < 7 ? 7 : repetitions > MAX_REPETITIONS ? MAX_REPETITIONS : repetitions;
}

static bool compare(struct ikl_wheel *wheel, struct heap *heap, const struct workload *load)
{
    static struct times in_wheel;
    static struct times in_heap;
    size_t repetitions = repetitions_for(load->n);

    for (size_t i = 0; i < repetitions; i++) {
        if (run_wheel(wheel, load, &in_wheel, i) != run_heap(heap, load, &in_heap, i)) {
            fprintf(stderr, "the wheel and the heap expire in different orders\n");
            return false;
        }
    }
    for (size_t operation = 0; operation < N_OPERATIONS; operation++) {
        double wheel_ns = bench_median(in_wheel.ns[operation], repetitions);
        double heap_ns = bench_median(in_heap.ns[operation], repetitions);

        printf("%9u  %-12s  %9.1f  %9.1f  %10.2f\n", (unsigned)load->n, operation_names[operation], wheel_ns, heap_ns,
               wheel_ns / heap_ns);
    }
    return true;
}

static bool measure(uint32_t n)
{
    struct workload load = {0};
    struct ikl_wheel *wheel = NULL;
    struct heap heap = {0};
    bool done = false;

    if (ikl_wheel_new(&wheel, NULL, n, 1000000) == IKL_OK && heap_init(&heap, n) && make_workload(&load, n)) {
        done = compare(wheel, &heap, &load);
        free_workload(&load);
    }
    heap_clear(&heap);
    ikl_wheel_free(wheel);
    return done;
}

static bool read_timers(const char *text, uint32_t *n)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    *n = (uint32_t)value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value >= 1 && value <= MAX_TIMERS;
}

int main(int argc, char **argv)
{
    static const uint32_t usual[] = {1000, 100000, 1000000};
    int rows = argc > 1 ? argc - 1 : (int)(sizeof(usual) / sizeof(usual[0]));
    uint32_t n;

    for (int i = 1; i < argc; i++) {
        if (!read_timers(argv[i], &n)) {
            fprintf(stderr, "usage: %s [TIMERS...], each 1 to %d\n", argv[0], MAX_TIMERS);
            return 2;
        }
    }
    printf("%9s  %-12s  %9s  %9s  %10s\n", "timers", "operation", "wheel ns", "heap ns", "wheel/heap");
    for (int i = 0; i < rows; i++) {
        n = usual[argc > 1 ? 0 : i];
        if ((argc > 1 && !read_timers(argv[i + 1], &n)) || !measure(n)) {
            return 1;
        }
    }
    return 0;
}
