/* SPDX-License-Identifier: ISC */
/* PROGRAM FILE [TEST]: runs the tests of one file, FILE.c, or those whose names TEST matches, with * and ? in it. A
 * program has the tests of several files, which share no state: each file runs in a process of its own.
 *
 * CMake says in TEST_FILES what the program is made of, as X(FILE) X(FILE)... */
#include "support/test.h"

#include <stdio.h>

/* clang-format off */
#define X(file) int tests_of_##file(void);
TEST_FILES
#undef X

static const struct {
    const char *name;
    int (*run)(void);
} files[] = {
#define X(file) {#file, tests_of_##file},
    TEST_FILES
#undef X
};
/* clang-format on */

static int usage(const char *program)
{
    size_t i;

    fprintf(stderr, "usage: %s FILE [TEST]\nFILE is one of:\n", program);
    for (i = 0; i < COUNT_OF(files); i++) {
        fprintf(stderr, "    %s\n", files[i].name);
    }
    return 2;
}

int main(int argc, char **argv)
{
    size_t i;

    if (argc < 2 || argc > 3) {
        return usage(argv[0]);
    }
    if (argc == 3) {
        cmocka_set_test_filter(argv[2]);
    }
    for (i = 0; i < COUNT_OF(files); i++) {
        if (strcmp(files[i].name, argv[1]) == 0) {
            return files[i].run() == 0 ? 0 : 1;
        }
    }
    return usage(argv[0]);
}
