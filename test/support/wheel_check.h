/* SPDX-License-Identifier: ISC */
/* Whether a wheel is as its source says it always is. */
#ifndef TEST_WHEEL_CHECK_H
#define TEST_WHEEL_CHECK_H

#include <ikelive/wheel.h>

/* Fails the test when a level is not one, or ikl_wheel_is_valid says no.
 * Takes time in proportion to the slots and timers. */
void wheel_check(const struct ikl_wheel *wheel);

/* When a running timer is looked at next: its deadline, or a time before that when it was pushed. */
ikl_time wheel_comes_up(const struct ikl_wheel *wheel, uint32_t timer);

#endif
