/* SPDX-License-Identifier: ISC */
/* What every cmocka test includes. */
#ifndef TEST_TEST_H
#define TEST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Begins the function that runs the tests of NAME.c and returns how many of them failed. test/main.c calls it. */
#define TESTS_OF(name)                                                                                                 \
    int tests_of_##name(void);                                                                                         \
    int tests_of_##name(void)

#endif
