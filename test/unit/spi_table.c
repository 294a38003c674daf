/* SPDX-License-Identifier: ISC */
/* The SPI table keeps the promises of its header, and finds what a plain list finds. */
#include "support/test.h"

#include "support/test_allocator.h"
#include "support/test_random.h"

#include "endpoint/valid.h"

enum { MAX_SAS = 2000 };

/* With this seed the hash of an SPI is its upper half, so that a test chooses what collides. */
enum { PLAIN_SEED = 1 };

/* The IKE SAs: the SPI of each index; 0: there is none. */
static uint64_t spis[MAX_SAS];

static uint64_t spi_of(const void *context, uint32_t index)
{
    assert_ptr_equal(context, spis);
    assert_true(index < MAX_SAS);
    assert_true(spis[index] != 0);
    return spis[index];
}

static void set_up(struct ikl_spi_table *table, struct test_allocator *memory, uint64_t seed)
{
    memset(spis, 0, sizeof(spis));
    test_allocator_init(memory);
    ikl_spi_table_init(table, &memory->allocator, seed);
}

static void tear_down(struct ikl_spi_table *table, const struct test_allocator *memory)
{
    ikl_spi_table_clear(table);
    assert_int_equal(memory->outstanding, 0);
}

static void add(struct ikl_spi_table *table, uint32_t index, uint64_t spi)
{
    spis[index] = spi;
    ikl_spi_table_add(table, spi, index);
}

static void drop(struct ikl_spi_table *table, uint32_t index)
{
    ikl_spi_table_remove(table, spis[index], index);
    spis[index] = 0;
}

static uint32_t find(const struct ikl_spi_table *table, uint64_t spi)
{
    return ikl_spi_table_find(table, spi, spi_of, spis);
}

/* Every IKE SA is found by its SPI. */
static void assert_all_found(const struct ikl_spi_table *table)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < MAX_SAS; i++) {
        if (spis[i] != 0) {
            assert_int_equal(find(table, spis[i]), i);
            n++;
        }
    }
    assert_int_equal(table->n_used, n);
}

static void an_empty_table_holds_nothing_and_has_allocated_nothing(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table;

    (void)state;
    set_up(&table, &memory, 99);
    assert_int_equal(find(&table, 1), UINT32_MAX);
    assert_int_equal(find(&table, 0), UINT32_MAX);
    assert_int_equal(memory.allocations, 0);
    assert_int_equal(ikl_spi_table_reserve(&table, 0), IKL_OK);
    assert_int_equal(find(&table, 1), UINT32_MAX);
    tear_down(&table, &memory);
}

static void an_spi_that_was_added_is_found_until_it_is_removed(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table;

    (void)state;
    set_up(&table, &memory, 99);
    assert_int_equal(ikl_spi_table_reserve(&table, 2), IKL_OK);
    add(&table, 7, 0x1234);
    add(&table, 3, UINT64_MAX);
    assert_all_found(&table);
    assert_int_equal(find(&table, 0x1235), UINT32_MAX);
    drop(&table, 7);
    assert_int_equal(find(&table, 0x1234), UINT32_MAX);
    assert_all_found(&table);
    add(&table, 7, 0x9999);
    assert_int_equal(find(&table, 0x1234), UINT32_MAX);
    assert_all_found(&table);
    tear_down(&table, &memory);
}

static void the_multiplier_is_odd_and_comes_from_the_seed(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table;

    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        set_up(&table, &memory, seed << 40 | seed);
        assert_true(table.multiplier == (seed << 40 | seed | 1));
        tear_down(&table, &memory);
    }
}

static void spis_of_one_hash_are_told_apart_as_wholes(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table;

    (void)state;
    set_up(&table, &memory, PLAIN_SEED);
    assert_int_equal(ikl_spi_table_reserve(&table, 14), IKL_OK);
    for (uint32_t i = 0; i < 14; i++) {
        add(&table, i, UINT64_C(0xabcdef0100000000) + i);
    }
    assert_all_found(&table);
    assert_int_equal(find(&table, UINT64_C(0xabcdef0100000000) + 14), UINT32_MAX);
    for (uint32_t i = 0; i < 14; i++) {
        drop(&table, i);
        assert_all_found(&table);
    }
    tear_down(&table, &memory);
}

static void a_run_that_goes_over_the_end_of_the_table_is_searched_and_closed_all_the_same(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 6; first++) {
        struct test_allocator memory;
        struct ikl_spi_table table;

        set_up(&table, &memory, PLAIN_SEED);
        assert_int_equal(ikl_spi_table_reserve(&table, 6), IKL_OK);
        /* of 16 places, four want the last and two the first */
        for (uint32_t i = 0; i < 4; i++) {
            add(&table, i, UINT64_C(0xf000000000000000) + i + 1);
        }
        add(&table, 4, 5);
        add(&table, 5, 6);
        assert_int_equal(table.bits, 4);
        assert_all_found(&table);
        for (uint32_t i = 0; i < 6; i++) {
            drop(&table, (first + i) % 6);
            assert_all_found(&table);
        }
        tear_down(&table, &memory);
    }
}

static void the_table_is_at_most_seven_eighths_full(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table;

    (void)state;
    set_up(&table, &memory, 99);
    for (uint32_t n = 1; n <= MAX_SAS; n++) {
        uint64_t places;

        assert_int_equal(ikl_spi_table_reserve(&table, n), IKL_OK);
        places = UINT64_C(1) << table.bits;
        assert_true(8 * (uint64_t)n <= 7 * places);
        assert_true(n <= 14 || 16 * (uint64_t)n > 7 * places);
        assert_int_equal(memory.outstanding, 8 * places);
    }
    tear_down(&table, &memory);
}

static void room_for_fewer_changes_nothing(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table;
    size_t allocations;

    (void)state;
    set_up(&table, &memory, 99);
    assert_int_equal(ikl_spi_table_reserve(&table, 1000), IKL_OK);
    allocations = memory.allocations;
    assert_int_equal(ikl_spi_table_reserve(&table, 0), IKL_OK);
    assert_int_equal(ikl_spi_table_reserve(&table, 14), IKL_OK);
    assert_int_equal(ikl_spi_table_reserve(&table, 1000), IKL_OK);
    assert_int_equal(memory.allocations, allocations);
    tear_down(&table, &memory);
}

static void without_memory_the_table_is_as_it_was(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table, before;

    (void)state;
    set_up(&table, &memory, 99);
    test_allocator_fail(&memory, 1);
    assert_int_equal(ikl_spi_table_reserve(&table, 1), IKL_ERR_NO_MEMORY);
    assert_int_equal(find(&table, 1), UINT32_MAX);
    assert_int_equal(ikl_spi_table_reserve(&table, 14), IKL_OK);
    for (uint32_t i = 0; i < 14; i++) {
        add(&table, i, 1000 + i);
    }
    memcpy(&before, &table, sizeof(before));
    test_allocator_fail(&memory, 1);
    assert_int_equal(ikl_spi_table_reserve(&table, 15), IKL_ERR_NO_MEMORY);
    assert_memory_equal(&table, &before, sizeof(table));
    assert_all_found(&table);
    tear_down(&table, &memory);
}

static void more_than_there_can_be_is_refused_before_anything_is_allocated(void **state)
{
    const uint32_t most = SIZE_MAX > UINT32_MAX ? 0x70000000 : 0x0e000000;
    struct test_allocator memory;
    struct ikl_spi_table table;

    (void)state;
    set_up(&table, &memory, 99);
    assert_int_equal(ikl_spi_table_reserve(&table, UINT32_MAX), IKL_ERR_NO_MEMORY);
    assert_int_equal(ikl_spi_table_reserve(&table, most + 1), IKL_ERR_NO_MEMORY);
    assert_int_equal(memory.allocations, 0);
    /* this many there can be, memory permitting */
    test_allocator_fail(&memory, 1);
    assert_int_equal(ikl_spi_table_reserve(&table, most), IKL_ERR_NO_MEMORY);
    assert_int_equal(memory.allocations, 1);
    tear_down(&table, &memory);
}

/* How far, summed up over all of them, entries lie behind the place that their hash names. */
static uint64_t sum_of_distances(const struct ikl_spi_table *table)
{
    uint32_t n = 1u << table->bits;
    uint64_t sum = 0;

    for (uint32_t at = 0; at < n; at++) {
        uint32_t entry[2];

        memcpy(entry, (const uint8_t *)table->entries + (size_t)at * sizeof(entry), sizeof(entry));
        if (entry[1] != UINT32_MAX) {
            sum += (at - (entry[0] >> (32 - table->bits))) & (n - 1);
        }
    }
    return sum;
}

static void entries_lie_close_to_the_place_that_their_hash_names(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct test_random random = {seed};
        struct test_allocator memory;
        struct ikl_spi_table table;

        set_up(&table, &memory, test_random(&random));
        assert_int_equal(ikl_spi_table_reserve(&table, 1792), IKL_OK);
        for (uint32_t i = 0; i < 1792; i++) {
            add(&table, i, test_random(&random));
        }
        /* linear probing at seven eighths: 3.5 places on average */
        assert_true(sum_of_distances(&table) < 1792 * 7);
        tear_down(&table, &memory);
    }
}

static void clearing_frees_everything_and_the_table_can_be_used_again(void **state)
{
    struct test_allocator memory;
    struct ikl_spi_table table;

    (void)state;
    set_up(&table, &memory, 98);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(ikl_spi_table_reserve(&table, 5), IKL_OK);
        add(&table, 1, 77);
        assert_int_equal(find(&table, 77), 1);
        ikl_spi_table_clear(&table);
        assert_int_equal(memory.outstanding, 0);
        assert_int_equal(table.n_used, 0);
        assert_true(table.multiplier == 99);
        assert_int_equal(find(&table, 77), UINT32_MAX);
    }
}

/* SPIs anywhere, or crowded into a few hashes. */
static uint64_t some_spi(struct test_random *random, bool crowded)
{
    uint64_t spi = test_random(random);

    return crowded ? (spi & UINT64_C(0xe000000300000fff)) + 1 : spi | 1;
}

static bool is_taken(uint64_t spi)
{
    for (uint32_t i = 0; i < MAX_SAS; i++) {
        if (spis[i] == spi) {
            return true;
        }
    }
    return false;
}

static void whatever_is_added_and_removed_the_table_finds_what_a_list_finds(void **state)
{
    (void)state;
    for (uint64_t seed = PLAIN_SEED; seed <= 4; seed++) {
        bool crowded = seed == PLAIN_SEED;
        struct test_random random = {seed};
        struct test_allocator memory;
        struct ikl_spi_table table;

        set_up(&table, &memory, crowded ? PLAIN_SEED : test_random(&random));
        for (int step = 0; step < 6000; step++) {
            uint32_t index = (uint32_t)test_random_below(&random, step < 3000 ? MAX_SAS : 40);
            uint64_t spi = some_spi(&random, crowded);

            if (spis[index] != 0) {
                drop(&table, index);
            } else if (!is_taken(spi)) {
                assert_int_equal(find(&table, spi), UINT32_MAX);
                assert_int_equal(ikl_spi_table_reserve(&table, table.n_used + 1), IKL_OK);
                add(&table, index, spi);
            }
            if (step % 50 == 0) {
                assert_true(ikl_spi_table_is_valid(&table, spi_of, spis));
                assert_all_found(&table);
            }
        }
        assert_all_found(&table);
        tear_down(&table, &memory);
    }
}

TESTS_OF(spi_table)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_holds_nothing_and_has_allocated_nothing),
        cmocka_unit_test(an_spi_that_was_added_is_found_until_it_is_removed),
        cmocka_unit_test(the_multiplier_is_odd_and_comes_from_the_seed),
        cmocka_unit_test(spis_of_one_hash_are_told_apart_as_wholes),
        cmocka_unit_test(a_run_that_goes_over_the_end_of_the_table_is_searched_and_closed_all_the_same),
        cmocka_unit_test(the_table_is_at_most_seven_eighths_full),
        cmocka_unit_test(room_for_fewer_changes_nothing),
        cmocka_unit_test(without_memory_the_table_is_as_it_was),
        cmocka_unit_test(more_than_there_can_be_is_refused_before_anything_is_allocated),
        cmocka_unit_test(entries_lie_close_to_the_place_that_their_hash_names),
        cmocka_unit_test(clearing_frees_everything_and_the_table_can_be_used_again),
        cmocka_unit_test(whatever_is_added_and_removed_the_table_finds_what_a_list_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
