/* SPDX-License-Identifier: ISC */
/* Numbers that look random and are the same in every run (splitmix64). */
#ifndef TEST_TEST_RANDOM_H
#define TEST_TEST_RANDOM_H

#include <stdint.h>

struct test_random {
    uint64_t state; /* the seed, at first */
};

static inline uint64_t test_random(struct test_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* From 0 to n - 1. */
static inline uint64_t test_random_below(struct test_random *random, uint64_t n)
{
    return test_random(random) % n;
}

/* Of any magnitude: as many low bits as chance has it, 0 to 63 of them. */
static inline uint64_t test_random_magnitude(struct test_random *random)
{
    return test_random(random) >> (1 + test_random_below(random, 63));
}

#endif
