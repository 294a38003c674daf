/* SPDX-License-Identifier: ISC */
/* The pool of message bodies keeps the promises of its header. */
#include "support/test.h"

#include "support/test_allocator.h"
#include "support/test_random.h"

#include "memory/valid.h"

enum { DATA = IKL_POOL_BLOCK - 8, CHUNK_DATA = DATA * IKL_SLAB_CHUNK };

/* Octets that are different at every place. */
static uint8_t pattern[3 * CHUNK_DATA];

static int make_pattern(void **state)
{
    struct test_random random = {77};

    (void)state;
    for (size_t i = 0; i < sizeof(pattern); i++) {
        pattern[i] = (uint8_t)test_random(&random);
    }
    return 0;
}

static void set_up(struct ikl_pool *pool, struct test_allocator *memory)
{
    test_allocator_init(memory);
    ikl_pool_init(pool, &memory->allocator);
}

static void tear_down(struct ikl_pool *pool, const struct test_allocator *memory)
{
    ikl_pool_clear(pool);
    assert_int_equal(memory->outstanding, 0);
}

/* The body is these octets, and reading it writes nothing else. */
static void assert_body(const struct ikl_pool *pool, uint32_t body, const uint8_t *data, size_t len)
{
    static uint8_t out[sizeof(pattern) + 1];

    memset(out, 0xa5, len + 1);
    assert_int_equal(ikl_pool_len(pool, body), len);
    ikl_pool_read(pool, body, 0, out, len);
    assert_memory_equal(out, data, len);
    assert_int_equal(out[len], 0xa5);
}

static uint32_t store(struct ikl_pool *pool, const uint8_t *data, size_t len)
{
    uint32_t body = ikl_pool_take(pool, len);

    if (body != IKL_NONE) {
        ikl_pool_write(pool, body, 0, data, len);
    }
    return body;
}

static void a_body_of_any_length_is_kept(void **state)
{
    struct test_allocator memory;
    struct ikl_pool pool;

    (void)state;
    set_up(&pool, &memory);
    assert_int_equal(ikl_pool_reserve(&pool, 600, 1), IKL_OK);
    for (size_t len = 0; len <= 600; len++) {
        uint32_t body = store(&pool, pattern + len, len);

        assert_int_not_equal(body, IKL_NONE);
        assert_body(&pool, body, pattern + len, len);
        ikl_pool_drop(&pool, body);
        assert_int_equal(pool.blocks.n_free, IKL_SLAB_CHUNK);
    }
    tear_down(&pool, &memory);
}

static void an_empty_body_has_a_handle_and_needs_no_data(void **state)
{
    struct test_allocator memory;
    struct ikl_pool pool;
    uint32_t body;

    (void)state;
    set_up(&pool, &memory);
    assert_int_equal(ikl_pool_reserve(&pool, 0, 1), IKL_OK);
    body = store(&pool, NULL, 0);
    assert_int_not_equal(body, IKL_NONE);
    assert_body(&pool, body, pattern, 0);
    assert_int_equal(pool.blocks.n_free, IKL_SLAB_CHUNK - 1);
    tear_down(&pool, &memory);
}

static void there_is_room_for_what_was_reserved_however_it_is_divided(void **state)
{
    struct test_random random = {3};

    (void)state;
    for (int run = 0; run < 300; run++) {
        struct test_allocator memory;
        struct ikl_pool pool;
        size_t lens[20], total = 0, allocations;
        uint32_t n = (uint32_t)(1 + test_random_below(&random, COUNT_OF(lens)));

        set_up(&pool, &memory);
        for (uint32_t i = 0; i < n; i++) {
            lens[i] = test_random_below(&random, run % 2 == 0 ? 3 : 5 * DATA);
            total += lens[i];
        }
        assert_int_equal(ikl_pool_reserve(&pool, total, n), IKL_OK);
        allocations = memory.allocations;
        for (uint32_t i = 0; i < n; i++) {
            assert_int_not_equal(store(&pool, pattern, lens[i]), IKL_NONE);
        }
        assert_int_equal(memory.allocations, allocations);
        tear_down(&pool, &memory);
    }
}

static void a_reservation_is_not_wasteful(void **state)
{
    struct test_allocator memory;
    struct ikl_pool pool;

    (void)state;
    set_up(&pool, &memory);
    assert_int_equal(ikl_pool_reserve(&pool, 10, 1), IKL_OK);
    assert_int_equal(pool.blocks.n_free, IKL_SLAB_CHUNK);
    assert_int_equal(pool.blocks.item_size, IKL_POOL_BLOCK);
    assert_int_equal(ikl_pool_reserve(&pool, CHUNK_DATA - 1, 1), IKL_OK);
    assert_int_equal(pool.blocks.n_free, IKL_SLAB_CHUNK);
    tear_down(&pool, &memory);
}

static void without_room_nothing_is_stored_and_nothing_changes(void **state)
{
    struct test_allocator memory;
    struct ikl_pool pool;
    uint32_t body;

    (void)state;
    set_up(&pool, &memory);
    assert_int_equal(store(&pool, pattern, 0), IKL_NONE);
    assert_int_equal(memory.allocations, 0);
    assert_int_equal(ikl_pool_reserve(&pool, 1, 1), IKL_OK);
    body = store(&pool, pattern, DATA + 1);
    assert_int_equal(store(&pool, pattern, CHUNK_DATA - 2 * DATA + 1), IKL_NONE);
    assert_int_equal(pool.blocks.n_free, IKL_SLAB_CHUNK - 2);
    assert_int_not_equal(store(&pool, pattern + 5, CHUNK_DATA - 2 * DATA), IKL_NONE);
    assert_int_equal(pool.blocks.n_free, 0);
    assert_int_equal(store(&pool, pattern, 1), IKL_NONE);
    assert_body(&pool, body, pattern, DATA + 1);
    tear_down(&pool, &memory);
}

static void a_body_that_was_taken_is_all_zero_whatever_was_there_before(void **state)
{
    static const uint8_t zeros[5 * DATA];

    (void)state;
    for (size_t len = 0; len <= sizeof(zeros); len += DATA / 4) {
        struct test_allocator memory;
        struct ikl_pool pool;
        uint32_t body;

        set_up(&pool, &memory);
        assert_int_equal(ikl_pool_take(&pool, len), IKL_NONE);
        assert_int_equal(ikl_pool_reserve(&pool, CHUNK_DATA, 0), IKL_OK);
        ikl_pool_drop(&pool, store(&pool, pattern, CHUNK_DATA));
        body = ikl_pool_take(&pool, len);
        assert_body(&pool, body, zeros, len);
        assert_int_equal(ikl_pool_take(&pool, CHUNK_DATA), IKL_NONE);
        assert_body(&pool, body, zeros, len);
        tear_down(&pool, &memory);
    }
}

static void octets_are_written_to_and_read_from_any_place_in_a_body(void **state)
{
    struct test_random random = {9};
    uint8_t expected[4 * DATA], out[4 * DATA + 1];
    struct test_allocator memory;
    struct ikl_pool pool;
    uint32_t body;

    (void)state;
    set_up(&pool, &memory);
    assert_int_equal(ikl_pool_reserve(&pool, sizeof(expected), 1), IKL_OK);
    body = ikl_pool_take(&pool, sizeof(expected));
    memset(expected, 0, sizeof(expected));
    for (int step = 0; step < 3000; step++) {
        size_t offset = test_random_below(&random, sizeof(expected) + 1);
        size_t len = test_random_below(&random, sizeof(expected) - offset + 1);

        ikl_pool_write(&pool, body, offset, pattern + step, len);
        memcpy(expected + offset, pattern + step, len);
        assert_body(&pool, body, expected, sizeof(expected));
        offset = test_random_below(&random, sizeof(expected) + 1);
        len = test_random_below(&random, sizeof(expected) - offset + 1);
        memset(out, 0xa5, sizeof(out));
        ikl_pool_read(&pool, body, offset, out, len);
        assert_memory_equal(out, expected + offset, len);
        assert_int_equal(out[len], 0xa5);
    }
    tear_down(&pool, &memory);
}

static void a_body_takes_as_many_blocks_as_are_said_and_is_taken_exactly_when_they_are_free(void **state)
{
    (void)state;
    for (size_t used = 0; used <= CHUNK_DATA; used += DATA * 7 + 1) {
        struct test_allocator memory;
        struct ikl_pool pool;

        set_up(&pool, &memory);
        assert_int_equal(ikl_pool_reserve(&pool, CHUNK_DATA, 0), IKL_OK);
        (void)ikl_pool_take(&pool, used);
        for (size_t len = 0; len <= CHUNK_DATA + 1; len += DATA / 2) {
            uint32_t n_free = pool.blocks.n_free;
            uint32_t body = ikl_pool_take(&pool, len);

            assert_int_equal(ikl_pool_blocks(len) <= n_free, body != IKL_NONE);
            if (body != IKL_NONE) {
                assert_int_equal(pool.blocks.n_free, n_free - ikl_pool_blocks(len));
            }
            ikl_pool_drop(&pool, body);
        }
        tear_down(&pool, &memory);
    }
}

static void a_dropped_body_is_wiped_and_its_room_is_free_again(void **state)
{
    struct test_allocator memory;
    struct ikl_pool pool;
    uint32_t body;

    (void)state;
    set_up(&pool, &memory);
    assert_int_equal(ikl_pool_reserve(&pool, 3 * DATA, 1), IKL_OK);
    body = store(&pool, pattern, 3 * DATA);
    assert_int_equal(pool.blocks.n_free, IKL_SLAB_CHUNK - 3);
    ikl_pool_drop(&pool, body);
    assert_int_equal(pool.blocks.n_free, IKL_SLAB_CHUNK);
    for (uint32_t i = 0; i < IKL_SLAB_CHUNK; i++) {
        const uint8_t *block = ikl_slab_at(&pool.blocks, i);

        for (size_t at = sizeof(uint32_t); at < IKL_POOL_BLOCK; at++) {
            assert_int_equal(block[at], 0);
        }
    }
    tear_down(&pool, &memory);
}

static void dropping_no_body_is_allowed(void **state)
{
    struct test_allocator memory;
    struct ikl_pool pool;

    (void)state;
    set_up(&pool, &memory);
    ikl_pool_drop(&pool, IKL_NONE);
    assert_int_equal(pool.blocks.n_free, 0);
    tear_down(&pool, &memory);
}

static void a_pool_is_usable_as_before_when_there_is_no_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 3; n++) {
        struct test_allocator memory;
        struct ikl_pool pool;
        uint32_t body;

        set_up(&pool, &memory);
        assert_int_equal(ikl_pool_reserve(&pool, 500, 1), IKL_OK);
        body = store(&pool, pattern, 500);
        test_allocator_fail(&memory, n);
        assert_int_equal(ikl_pool_reserve(&pool, sizeof(pattern) + CHUNK_DATA, 1), IKL_ERR_NO_MEMORY);
        assert_body(&pool, body, pattern, 500);
        assert_int_not_equal(store(&pool, pattern, 500), IKL_NONE);
        assert_int_equal(ikl_pool_reserve(&pool, sizeof(pattern), 1), IKL_OK);
        tear_down(&pool, &memory);
    }
}

static void more_than_an_index_can_count_is_not_reserved(void **state)
{
    struct test_allocator memory;
    struct ikl_pool pool;

    (void)state;
    set_up(&pool, &memory);
    if (SIZE_MAX > UINT32_MAX) { /* fewer octets than there are blocks, otherwise */
        assert_int_equal(ikl_pool_reserve(&pool, SIZE_MAX, 1), IKL_ERR_NO_MEMORY);
    }
    assert_int_equal(ikl_pool_reserve(&pool, 0, UINT32_MAX), IKL_ERR_NO_MEMORY);
    assert_int_equal(memory.allocations, 0);
    tear_down(&pool, &memory);
}

static void whatever_is_stored_and_dropped_every_body_stays_what_it_was(void **state)
{
    struct test_random random = {8};
    struct test_allocator memory;
    struct ikl_pool pool;
    struct {
        uint32_t body;
        size_t at, len;
    } kept[16];

    (void)state;
    set_up(&pool, &memory);
    assert_int_equal(ikl_pool_reserve(&pool, COUNT_OF(kept) * 3 * (size_t)DATA, COUNT_OF(kept)), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        kept[i].body = IKL_NONE;
    }
    for (int step = 0; step < 5000; step++) {
        size_t i = test_random_below(&random, COUNT_OF(kept));

        ikl_pool_drop(&pool, kept[i].body);
        kept[i].at = test_random_below(&random, CHUNK_DATA);
        kept[i].len = test_random_below(&random, 3 * DATA + 1);
        kept[i].body = store(&pool, pattern + kept[i].at, kept[i].len);
        assert_int_not_equal(kept[i].body, IKL_NONE);
        assert_true(ikl_pool_is_valid(&pool));
        for (size_t j = 0; j < COUNT_OF(kept); j++) {
            if (kept[j].body != IKL_NONE) {
                assert_body(&pool, kept[j].body, pattern + kept[j].at, kept[j].len);
            }
        }
    }
    tear_down(&pool, &memory);
}

TESTS_OF(pool)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_of_any_length_is_kept),
        cmocka_unit_test(an_empty_body_has_a_handle_and_needs_no_data),
        cmocka_unit_test(there_is_room_for_what_was_reserved_however_it_is_divided),
        cmocka_unit_test(a_reservation_is_not_wasteful),
        cmocka_unit_test(without_room_nothing_is_stored_and_nothing_changes),
        cmocka_unit_test(a_body_that_was_taken_is_all_zero_whatever_was_there_before),
        cmocka_unit_test(octets_are_written_to_and_read_from_any_place_in_a_body),
        cmocka_unit_test(a_body_takes_as_many_blocks_as_are_said_and_is_taken_exactly_when_they_are_free),
        cmocka_unit_test(a_dropped_body_is_wiped_and_its_room_is_free_again),
        cmocka_unit_test(dropping_no_body_is_allowed),
        cmocka_unit_test(a_pool_is_usable_as_before_when_there_is_no_memory),
        cmocka_unit_test(more_than_an_index_can_count_is_not_reserved),
        cmocka_unit_test(whatever_is_stored_and_dropped_every_body_stays_what_it_was),
    };

    return cmocka_run_group_tests(tests, make_pattern, NULL);
}
