/* SPDX-License-Identifier: ISC */
/* An allocator that counts, checks and fails on demand. */
#include "test_allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before the memory of each piece, which it leaves aligned for anything. */
struct test_piece {
    _Alignas(max_align_t) size_t size;
    struct test_piece *next, **link;
};

static void link_piece(struct test_allocator *test, struct test_piece *piece)
{
    piece->next = test->pieces;
    piece->link = &test->pieces;
    if (piece->next != NULL) {
        piece->next->link = &piece->next;
    }
    test->pieces = piece;
}

static void unlink_piece(const struct test_piece *piece)
{
    *piece->link = piece->next;
    if (piece->next != NULL) {
        piece->next->link = piece->link;
    }
}

static bool contains(const struct test_piece *piece, const void *octets, size_t len)
{
    const uint8_t *at = (const uint8_t *)(piece + 1), *end = at + piece->size;

    while (at != NULL && (size_t)(end - at) >= len && memcmp(at, octets, len) != 0) {
        at = memchr(at + 1, *(const uint8_t *)octets, (size_t)(end - at) - 1);
    }
    return at != NULL && (size_t)(end - at) >= len;
}

static void *allocate(void *user, size_t size)
{
    struct test_allocator *test = user;
    struct test_piece *piece;

    if (size == 0) {
        fprintf(stderr, "allocated 0 octets\n");
        abort();
    }
    test->allocations++;
    if (test->allocations == test->fail_at) {
        return NULL;
    }
    piece = malloc(sizeof(*piece) + size);
    if (piece == NULL) {
        return NULL;
    }
    piece->size = size;
    link_piece(test, piece);
    test->outstanding += size;
    return memset(piece + 1, 0xa5, size);
}

static void release(void *user, void *memory, size_t size)
{
    struct test_allocator *test = user;
    struct test_piece *piece = (struct test_piece *)memory - 1;

    if (piece->size != size) {
        fprintf(stderr, "released %zu octets of %zu\n", size, piece->size);
        abort();
    }
    for (size_t i = 0; i < test->n_secrets; i++) {
        test->betrayed += contains(piece, test->secrets[i].data, test->secrets[i].len) ? 1 : 0;
    }
    test->outstanding -= size;
    unlink_piece(piece);
    free(piece);
}

void test_allocator_init(struct test_allocator *test)
{
    *test = (struct test_allocator){.allocator = {allocate, release, test}};
}

void test_allocator_fail(struct test_allocator *test, size_t n)
{
    test->fail_at = test->allocations + n;
}

void test_allocator_guard(struct test_allocator *test, const void *secret, size_t len)
{
    if (test->n_secrets == TEST_MAX_SECRETS) {
        fprintf(stderr, "too many secrets\n");
        abort();
    }
    test->secrets[test->n_secrets++] = (struct ikl_octets){secret, len};
}

size_t test_allocator_find(const struct test_allocator *test, const void *octets, size_t len)
{
    size_t n = 0;

    for (const struct test_piece *piece = test->pieces; piece != NULL; piece = piece->next) {
        n += contains(piece, octets, len) ? 1 : 0;
    }
    return n;
}
