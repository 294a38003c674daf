/* SPDX-License-Identifier: ISC */
/* What only the wheel does. */
#include "own.h"

#include "support/measure.h"

#include <stdlib.h>

enum { SA_SIZE = 512, NEXT_DEADLINES = 1000000 };

struct sas {
    uint64_t heard;
    char rest[SA_SIZE - sizeof(uint64_t)];
};

struct sas *own_sas(uint32_t n)
{
    struct sas *sas = malloc(n * sizeof(*sas));

    for (uint32_t i = 0; sas != NULL && i < n; i++) {
        sas[i].heard = i;
    }
    return sas;
}

/* Called through a pointer that may change, so that it is a call as that of the wheel is. */
static void hear(struct sas *sa, uint64_t at)
{
    sa->heard = at;
}

static void (*volatile heard)(struct sas *, uint64_t) = hear;

static void store_all(const struct load *load, struct sas *sas, uint64_t at)
{
    void (*note)(struct sas *, uint64_t) = heard;

    for (uint32_t i = 0; i < load->ops; i++) {
        note(&sas[load->timers[i]], at + i);
    }
}

double own_store(const struct load *load, struct sas *sas, uint64_t at)
{
    uint64_t begin;

    store_all(load, sas, at); /* so that what fits into the caches is there */
    begin = bench_cpu_clock();
    store_all(load, sas, at + load->ops);
    return (double)(bench_cpu_clock() - begin) / load->ops;
}

static void push_all(const struct load *load, struct ikl_wheel *wheel, uint64_t at)
{
    for (uint32_t i = 0; i < load->ops; i++) {
        ikl_wheel_push(wheel, load->timers[i], at + i);
    }
}

double own_push(const struct load *load, struct ikl_wheel *wheel, uint64_t at)
{
    uint64_t begin;

    push_all(load, wheel, at);
    begin = bench_cpu_clock();
    push_all(load, wheel, at + load->ops);
    return (double)(bench_cpu_clock() - begin) / load->ops;
}

double own_next_deadline(const struct ikl_wheel *wheel)
{
    uint64_t begin = bench_cpu_clock();

    for (uint32_t i = 0; i < NEXT_DEADLINES; i++) {
        (void)ikl_wheel_next_deadline(wheel);
    }
    return (double)(bench_cpu_clock() - begin) / NEXT_DEADLINES;
}

double own_sleep(const struct load *load, struct ikl_wheel *wheel, uint32_t ahead, uint32_t limit, double *longest)
{
    ikl_time start = ikl_wheel_position(wheel) + ahead + 1;
    uint64_t all = 0;

    *longest = 0;
    for (uint32_t i = 0; i < load->n; i++) {
        (void)ikl_wheel_start(wheel, load->timers[i], start + load->delays[i] % LOADS_SECOND);
    }
    while (ikl_wheel_running(wheel) != 0) {
        ikl_time now = ikl_wheel_next_deadline(wheel);
        uint64_t begin = bench_cpu_clock();
        struct ikl_wheel_work left = {limit, 4 * limit};
        uint64_t took;

        while (ikl_wheel_expire_within(wheel, now, &left) != IKL_NO_TIMER) {
        }
        took = bench_cpu_clock() - begin;
        all += took;
        *longest = (double)took > *longest ? (double)took : *longest;
    }
    return (double)all / load->n;
}
