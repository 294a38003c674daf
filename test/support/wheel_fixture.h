/* SPDX-License-Identifier: ISC */
/* What the tests of the wheel share: a wheel whose memory is counted, and calls that must succeed. */
#ifndef TEST_WHEEL_FIXTURE_H
#define TEST_WHEEL_FIXTURE_H

#include "test_allocator.h"

#include <ikelive/wheel.h>

enum { HOUR = 3600000 };

struct fixture {
    struct test_allocator memory;
    struct ikl_wheel *wheel;
};

void make(struct fixture *fixture, uint32_t capacity, ikl_time now);
void make_wide(struct fixture *fixture, uint32_t capacity, uint32_t width, ikl_time now);

/* Frees the wheel; nothing is left allocated. */
void end(struct fixture *fixture);

void start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline);
void push(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline);

/* These timers, in this order, and no others expire in a run. */
void assert_expires(struct ikl_wheel *wheel, ikl_time now, const uint32_t *timers, size_t n);
void assert_none_expires(struct ikl_wheel *wheel, ikl_time now);

#define ASSERT_EXPIRES(wheel, now, ...)                                                                                \
    assert_expires(wheel, now, (const uint32_t[]){__VA_ARGS__},                                                        \
                   sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

#endif
