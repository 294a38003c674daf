/* SPDX-License-Identifier: ISC */
/* Slabs keep the promises of their header. */
#include "support/test.h"

#include "support/test_allocator.h"
#include "support/test_random.h"

#include "memory/valid.h"

enum { ITEM = 20, ROUNDED = 24 };

/* A slab of items of ITEM octets. */
static void set_up(struct ikl_slab *slab, struct test_allocator *memory)
{
    test_allocator_init(memory);
    ikl_slab_init(slab, &memory->allocator, ITEM);
}

static void tear_down(struct ikl_slab *slab, const struct test_allocator *memory)
{
    ikl_slab_clear(slab);
    assert_int_equal(memory->outstanding, 0);
}

static void assert_item(const struct ikl_slab *slab, uint32_t index, uint8_t value)
{
    const uint8_t *item = ikl_slab_at(slab, index);

    for (size_t i = 0; i < slab->item_size; i++) {
        assert_int_equal(item[i], value);
    }
}

static void nothing_is_allocated_before_it_is_asked_for(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;

    (void)state;
    set_up(&slab, &memory);
    assert_int_equal(ikl_slab_take(&slab), IKL_NONE);
    assert_int_equal(ikl_slab_reserve(&slab, 0), IKL_OK);
    assert_int_equal(ikl_slab_take(&slab), IKL_NONE);
    assert_int_equal(memory.allocations, 0);
    tear_down(&slab, &memory);
}

static void the_size_of_an_item_is_rounded_up_and_every_item_is_aligned_to_8(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 33; size++) {
        struct test_allocator memory;
        struct ikl_slab slab;

        test_allocator_init(&memory);
        ikl_slab_init(&slab, &memory.allocator, size);
        assert_int_equal(slab.item_size, size != 0 ? (size + 7) / 8 * 8 : 8);
        assert_int_equal(ikl_slab_reserve(&slab, IKL_SLAB_CHUNK), IKL_OK);
        for (uint32_t i = 0; i < IKL_SLAB_CHUNK; i++) {
            assert_int_equal((uintptr_t)ikl_slab_at(&slab, ikl_slab_take(&slab)) % 8, 0);
        }
        tear_down(&slab, &memory);
    }
}

static void as_many_items_as_were_reserved_can_be_taken_without_allocating(void **state)
{
    static const uint32_t numbers[] = {1, 2, 63, 64, 65, 128, 129, 1000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct test_allocator memory;
        struct ikl_slab slab;
        size_t allocations;
        uint32_t rounded = (numbers[i] + IKL_SLAB_CHUNK - 1) / IKL_SLAB_CHUNK * IKL_SLAB_CHUNK;
        bool taken[1024] = {false};

        set_up(&slab, &memory);
        assert_int_equal(ikl_slab_reserve(&slab, numbers[i]), IKL_OK);
        allocations = memory.allocations;
        for (uint32_t n = 0; n < rounded; n++) {
            uint32_t index = ikl_slab_take(&slab);

            assert_true(index < rounded);
            assert_false(taken[index]);
            taken[index] = true;
            assert_int_equal(slab.n_free, rounded - n - 1);
        }
        assert_int_equal(ikl_slab_take(&slab), IKL_NONE);
        assert_int_equal(memory.allocations, allocations);
        tear_down(&slab, &memory);
    }
}

static void reserving_counts_only_what_is_free(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;
    size_t allocations;

    (void)state;
    set_up(&slab, &memory);
    assert_int_equal(ikl_slab_reserve(&slab, IKL_SLAB_CHUNK), IKL_OK);
    allocations = memory.allocations;
    assert_int_equal(ikl_slab_reserve(&slab, IKL_SLAB_CHUNK), IKL_OK);
    assert_int_equal(memory.allocations, allocations);
    (void)ikl_slab_take(&slab);
    assert_int_equal(ikl_slab_reserve(&slab, IKL_SLAB_CHUNK), IKL_OK);
    assert_int_equal(slab.n_free, 2 * IKL_SLAB_CHUNK - 1);
    tear_down(&slab, &memory);
}

static void a_slab_has_as_many_chunks_as_it_is_to_match(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;
    size_t allocations;

    (void)state;
    set_up(&slab, &memory);
    assert_int_equal(ikl_slab_match(&slab, 3), IKL_OK);
    assert_int_equal(slab.n_chunks, 3);
    allocations = memory.allocations;
    assert_int_equal(ikl_slab_match(&slab, 2), IKL_OK);
    assert_int_equal(ikl_slab_match(&slab, 3), IKL_OK);
    assert_int_equal(memory.allocations, allocations);
    memset(ikl_slab_at(&slab, 3 * IKL_SLAB_CHUNK - 1), 0x11, ROUNDED);
    test_allocator_fail(&memory, 1);
    assert_int_equal(ikl_slab_match(&slab, 4), IKL_ERR_NO_MEMORY);
    assert_int_equal(slab.n_chunks, 3);
    assert_item(&slab, 3 * IKL_SLAB_CHUNK - 1, 0x11);
    assert_int_equal(ikl_slab_match(&slab, 4), IKL_OK);
    tear_down(&slab, &memory);
}

static void a_pair_is_two_items_side_by_side_and_stays_one(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;
    uint32_t single, pair, other;

    (void)state;
    set_up(&slab, &memory);
    assert_int_equal(ikl_slab_take_pair(&slab), IKL_NONE);
    test_allocator_fail(&memory, 2); /* the table of chunks is there, no chunk */
    assert_int_equal(ikl_slab_reserve_pairs(&slab, 1), IKL_ERR_NO_MEMORY);
    assert_int_equal(ikl_slab_reserve_pairs(&slab, 1), IKL_OK);
    assert_int_equal(ikl_slab_n_free_pairs(&slab), IKL_SLAB_CHUNK / 2);
    assert_int_equal(ikl_slab_take(&slab), IKL_NONE);
    assert_int_equal(ikl_slab_reserve(&slab, 1), IKL_OK);
    pair = ikl_slab_take_pair(&slab);
    other = ikl_slab_take_pair(&slab);
    single = ikl_slab_take(&slab);
    assert_int_equal(pair % 2 + other % 2, 0);
    assert_true(pair != other && single / IKL_SLAB_CHUNK != pair / IKL_SLAB_CHUNK);
    memset(ikl_slab_at(&slab, pair), 0x11, 2 * ROUNDED);
    memset(ikl_slab_at(&slab, other), 0x22, 2 * ROUNDED);
    assert_item(&slab, pair + 1, 0x11);
    ikl_slab_give_pair(&slab, pair);
    assert_item(&slab, pair + 1, 0); /* wiped */
    assert_item(&slab, other, 0x22);
    memset(ikl_slab_at(&slab, pair + 1), 0x33, ROUNDED);
    assert_int_equal(ikl_slab_take_pair(&slab), pair);
    assert_item(&slab, pair, 0);
    assert_item(&slab, pair + 1, 0);
    assert_int_equal(ikl_slab_n_free_pairs(&slab), IKL_SLAB_CHUNK / 2 - 2);
    assert_int_equal(ikl_slab_n_free(&slab), IKL_SLAB_CHUNK - 1);
    tear_down(&slab, &memory);
}

static void as_many_pairs_as_were_reserved_can_be_taken_beside_items(void **state)
{
    bool taken[4 * IKL_SLAB_CHUNK] = {false};
    struct test_allocator memory;
    struct ikl_slab slab;

    (void)state;
    set_up(&slab, &memory);
    assert_int_equal(ikl_slab_reserve(&slab, 1), IKL_OK);
    assert_int_equal(ikl_slab_reserve_pairs(&slab, IKL_SLAB_CHUNK + 1), IKL_OK);
    assert_true(ikl_slab_is_valid(&slab));
    for (uint32_t n = 3 * IKL_SLAB_CHUNK / 2; n-- > 0;) {
        uint32_t pair = ikl_slab_take_pair(&slab);

        assert_true(pair >= IKL_SLAB_CHUNK && pair < COUNT_OF(taken) && pair % 2 == 0);
        assert_false(taken[pair]);
        taken[pair] = true;
        assert_int_equal(ikl_slab_n_free_pairs(&slab), n);
    }
    assert_int_equal(ikl_slab_take_pair(&slab), IKL_NONE);
    assert_int_equal(ikl_slab_n_free(&slab), IKL_SLAB_CHUNK);
    tear_down(&slab, &memory);
}

static void an_item_is_zeroed_when_taken_and_wiped_when_given_back(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;
    uint32_t index;

    (void)state;
    set_up(&slab, &memory);
    assert_int_equal(ikl_slab_reserve(&slab, 2), IKL_OK);
    index = ikl_slab_take(&slab);
    assert_item(&slab, index, 0);
    memset(ikl_slab_at(&slab, index), 0xee, ROUNDED);
    ikl_slab_give(&slab, index);
    for (size_t i = sizeof(uint32_t); i < ROUNDED; i++) {
        assert_int_equal(((uint8_t *)ikl_slab_at(&slab, index))[i], 0);
    }
    assert_int_equal(ikl_slab_take(&slab), index);
    assert_item(&slab, index, 0);
    tear_down(&slab, &memory);
}

static void items_do_not_overlap_and_never_move(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;
    void *addresses[500];

    (void)state;
    set_up(&slab, &memory);
    for (uint32_t i = 0; i < COUNT_OF(addresses); i++) {
        assert_int_equal(ikl_slab_reserve(&slab, 1), IKL_OK);
        assert_int_equal(ikl_slab_take(&slab), i);
        addresses[i] = ikl_slab_at(&slab, i);
        memset(addresses[i], (int)(i % 251), ROUNDED);
    }
    for (uint32_t i = 0; i < COUNT_OF(addresses); i++) {
        assert_ptr_equal(ikl_slab_at(&slab, i), addresses[i]);
        assert_item(&slab, i, (uint8_t)(i % 251));
    }
    tear_down(&slab, &memory);
}

static void clearing_wipes_and_frees_items_in_use_too_and_the_slab_can_be_used_again(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;

    (void)state;
    set_up(&slab, &memory);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(ikl_slab_reserve(&slab, 3 * IKL_SLAB_CHUNK), IKL_OK);
        assert_int_not_equal(ikl_slab_take(&slab), IKL_NONE);
        assert_int_equal(slab.item_size, ROUNDED);
        ikl_slab_clear(&slab);
        assert_int_equal(memory.outstanding, 0);
        assert_int_equal(ikl_slab_take(&slab), IKL_NONE);
    }
}

/* Looks at memory before it is given back. */
static void release_zeros(void *user, void *memory, size_t size)
{
    struct test_allocator *test = user;

    if (size == ROUNDED * (size_t)IKL_SLAB_CHUNK) {
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(((uint8_t *)memory)[i], 0);
        }
    }
    test->allocator.release(user, memory, size);
}

static void memory_is_wiped_before_it_is_given_back(void **state)
{
    struct test_allocator memory;
    struct ikl_allocator looking;
    struct ikl_slab slab;

    (void)state;
    test_allocator_init(&memory);
    looking = memory.allocator;
    looking.release = release_zeros;
    ikl_slab_init(&slab, &looking, ITEM);
    assert_int_equal(ikl_slab_reserve(&slab, 1), IKL_OK);
    memset(ikl_slab_at(&slab, ikl_slab_take(&slab)), 0xee, ROUNDED);
    tear_down(&slab, &memory);
}

static void a_slab_is_usable_as_before_when_there_is_no_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 12; n++) {
        struct test_allocator memory;
        struct ikl_slab slab;

        set_up(&slab, &memory);
        assert_int_equal(ikl_slab_reserve(&slab, 2), IKL_OK);
        assert_int_equal(ikl_slab_take(&slab), 0);
        memset(ikl_slab_at(&slab, 0), 0x11, ROUNDED);
        test_allocator_fail(&memory, n);
        if (ikl_slab_reserve(&slab, 9 * IKL_SLAB_CHUNK) == IKL_OK) {
            assert_true(n > 9);
        } else {
            assert_true(slab.n_free < 9 * IKL_SLAB_CHUNK);
        }
        assert_int_equal(memory.allocations >= memory.fail_at, n <= 11);
        assert_item(&slab, 0, 0x11);
        assert_int_not_equal(ikl_slab_take(&slab), IKL_NONE);
        assert_int_equal(ikl_slab_reserve(&slab, 9 * IKL_SLAB_CHUNK), IKL_OK);
        assert_item(&slab, 0, 0x11);
        tear_down(&slab, &memory);
    }
}

static void more_items_than_an_index_can_count_are_refused(void **state)
{
    struct test_allocator memory;
    struct ikl_slab slab;

    (void)state;
    set_up(&slab, &memory);
    /* as if half of all indices were in use */
    slab.n_chunks = slab.max_chunks = 1u << 25;
    assert_int_equal(ikl_slab_reserve(&slab, 1), IKL_ERR_NO_MEMORY);
    assert_int_equal(memory.allocations, 0);
    slab.n_chunks = slab.max_chunks = 0;
    tear_down(&slab, &memory);
}

static void whatever_is_taken_and_given_back_no_item_is_lost_or_given_twice(void **state)
{
    struct test_random random = {5};
    struct test_allocator memory;
    struct ikl_slab slab;
    bool taken[4 * IKL_SLAB_CHUNK] = {false};
    uint32_t n_taken = 0;

    (void)state;
    set_up(&slab, &memory);
    assert_int_equal(ikl_slab_reserve(&slab, COUNT_OF(taken)), IKL_OK);
    for (int step = 0; step < 20000; step++) {
        uint32_t index = (uint32_t)test_random_below(&random, COUNT_OF(taken));

        if (taken[index]) {
            assert_item(&slab, index, (uint8_t)index);
            ikl_slab_give(&slab, index);
            taken[index] = false;
            n_taken--;
        } else {
            index = ikl_slab_take(&slab);
            assert_true(index < COUNT_OF(taken));
            assert_false(taken[index]);
            assert_item(&slab, index, 0);
            memset(ikl_slab_at(&slab, index), (int)(index & 0xff), ROUNDED);
            taken[index] = true;
            n_taken++;
        }
        assert_int_equal(slab.n_free, COUNT_OF(taken) - n_taken);
        assert_true(ikl_slab_is_valid(&slab));
    }
    tear_down(&slab, &memory);
}

TESTS_OF(slab)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_allocated_before_it_is_asked_for),
        cmocka_unit_test(the_size_of_an_item_is_rounded_up_and_every_item_is_aligned_to_8),
        cmocka_unit_test(as_many_items_as_were_reserved_can_be_taken_without_allocating),
        cmocka_unit_test(reserving_counts_only_what_is_free),
        cmocka_unit_test(a_slab_has_as_many_chunks_as_it_is_to_match),
        cmocka_unit_test(a_pair_is_two_items_side_by_side_and_stays_one),
        cmocka_unit_test(as_many_pairs_as_were_reserved_can_be_taken_beside_items),
        cmocka_unit_test(an_item_is_zeroed_when_taken_and_wiped_when_given_back),
        cmocka_unit_test(items_do_not_overlap_and_never_move),
        cmocka_unit_test(clearing_wipes_and_frees_items_in_use_too_and_the_slab_can_be_used_again),
        cmocka_unit_test(memory_is_wiped_before_it_is_given_back),
        cmocka_unit_test(a_slab_is_usable_as_before_when_there_is_no_memory),
        cmocka_unit_test(more_items_than_an_index_can_count_are_refused),
        cmocka_unit_test(whatever_is_taken_and_given_back_no_item_is_lost_or_given_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
