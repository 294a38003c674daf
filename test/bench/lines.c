/* SPDX-License-Identifier: ISC */
/* The operations whose cache lines the script of the same name counts.
 *
 * All memory of the library is in `arena`, so that a line is known by its address. */
#include "support/operations.h"

enum { SAS = 32, ROUNDS = 2, RESERVE = 4096, LINE = 64, HEADER = 16 };

static struct {
    _Alignas(LINE) uint8_t octets[1u << 24];
} arena;
static size_t used;

/* Every piece begins 16 octets after a multiple of 64, as large ones of malloc do. Nothing is used again. */
static void *allocate(void *user, size_t size)
{
    size_t at = (used + LINE - 1) / LINE * LINE + HEADER;

    (void)user;
    if (at > sizeof(arena.octets) || size > sizeof(arena.octets) - at) {
        return NULL;
    }
    used = at + size;
    return arena.octets + at;
}

static void release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)memory;
    (void)size;
}

int main(void)
{
    static const struct ikl_allocator allocator = {allocate, release, NULL};
    struct facing_config config = {.suite = "chacha20poly1305-prfsha256",
                                   .n = SAS,
                                   .spacing = 1,
                                   .reserve = RESERVE,
                                   .prober_allocator = &allocator,
                                   .peer_allocator = &allocator};

    return operations_run(&config, 0, ROUNDS) ? 0 : 1;
}
