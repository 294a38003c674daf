/* SPDX-License-Identifier: ISC */
/* Notes which blocks of the library a test reaches: the compiler has put a call to the first function into each block.
 * At the end, the offsets of these calls within the library go to the file that MUTATION_REACHED names. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_OCTETS = 1 << 23 }; /* of the library's file */

extern const char __ehdr_start[] __attribute__((visibility("hidden"))); /* where it begins in memory; the linker's */

static uint8_t reached[MOST_OCTETS];

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
    uintptr_t offset = (uintptr_t)__builtin_return_address(0) - (uintptr_t)__ehdr_start;

    if (offset < MOST_OCTETS) {
        reached[offset] = 1;
    }
}

__attribute__((destructor)) static void write_reached(void)
{
    const char *path = getenv("MUTATION_REACHED");
    FILE *file = path == NULL ? NULL : fopen(path, "w");

    if (file == NULL) {
        return;
    }
    for (uintptr_t offset = 0; offset < MOST_OCTETS; offset++) {
        if (reached[offset] != 0) {
            fprintf(file, "%#jx\n", (uintmax_t)offset);
        }
    }
    fclose(file);
}
