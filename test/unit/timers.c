/* SPDX-License-Identifier: ISC */
/* <ikelive/timers.h>: a timer for each object of a host's. */
#include <ikelive/timers.h>

#include "support/test.h"
#include "support/test_allocator.h"
#include "support/test_random.h"

struct fixture {
    struct test_allocator memory;
    struct ikl_timers *timers;
};

/* Objects of a host's. */
static int red, green, blue;

static void begin(struct fixture *f, ikl_time now)
{
    test_allocator_init(&f->memory);
    assert_int_equal(ikl_timers_new(&f->timers, &f->memory.allocator, now), IKL_OK);
}

static void end(struct fixture *f)
{
    ikl_timers_free(f->timers);
    assert_int_equal(f->memory.outstanding, 0);
}

static uint32_t add(struct fixture *f, void *object)
{
    uint32_t timer;

    assert_int_equal(ikl_timers_add(f->timers, object, &timer), IKL_OK);
    assert_int_equal(ikl_timers_deadline(f->timers, timer), IKL_NEVER);
    return timer;
}

static void objects_come_back_in_order_of_their_deadlines(void **state)
{
    struct fixture f;
    uint32_t r, g, b;

    (void)state;
    begin(&f, 0);
    r = add(&f, &red);
    g = add(&f, &green);
    b = add(&f, &blue);
    assert_int_equal(ikl_timers_next_deadline(f.timers), IKL_NEVER);
    ikl_timers_set(f.timers, b, 10);
    ikl_timers_set(f.timers, r, 30);
    ikl_timers_set(f.timers, g, 20);
    assert_int_equal(ikl_timers_next_deadline(f.timers), 10);
    assert_null(ikl_timers_expire(f.timers, 9));
    assert_ptr_equal(ikl_timers_expire(f.timers, 10), &blue);
    assert_null(ikl_timers_expire(f.timers, 10));
    assert_int_equal(ikl_timers_deadline(f.timers, b), IKL_NEVER);
    assert_ptr_equal(ikl_timers_expire(f.timers, 30), &green);
    assert_ptr_equal(ikl_timers_expire(f.timers, 30), &red);
    assert_null(ikl_timers_expire(f.timers, IKL_NEVER - 1));
    assert_int_equal(ikl_timers_count(f.timers), 3);
    end(&f);
}

static void a_deadline_takes_the_place_of_the_one_before(void **state)
{
    struct fixture f;
    uint32_t r;

    (void)state;
    begin(&f, 0);
    r = add(&f, &red);
    ikl_timers_set(f.timers, r, 100);
    ikl_timers_set(f.timers, r, 200);
    assert_int_equal(ikl_timers_deadline(f.timers, r), 200);
    assert_null(ikl_timers_expire(f.timers, 199));
    ikl_timers_set(f.timers, r, 250);
    ikl_timers_set(f.timers, r, 220);
    ikl_timers_set(f.timers, r, 220);
    assert_int_equal(ikl_timers_next_deadline(f.timers), 220);
    assert_null(ikl_timers_expire(f.timers, 219));
    assert_ptr_equal(ikl_timers_expire(f.timers, 220), &red);
    ikl_timers_set(f.timers, r, 300);
    ikl_timers_set(f.timers, r, IKL_NEVER);
    ikl_timers_set(f.timers, r, IKL_NEVER);
    assert_int_equal(ikl_timers_deadline(f.timers, r), IKL_NEVER);
    assert_null(ikl_timers_expire(f.timers, 400));
    ikl_timers_set(f.timers, r, IKL_NEVER - 1);
    assert_int_equal(ikl_timers_deadline(f.timers, r), IKL_NEVER - 1);
    end(&f);
}

static void what_is_set_while_timers_expire_expires_too(void **state)
{
    struct fixture f;
    uint32_t r, g, b;

    (void)state;
    begin(&f, 0);
    r = add(&f, &red);
    g = add(&f, &green);
    ikl_timers_set(f.timers, r, 10);
    ikl_timers_set(f.timers, g, 20);
    assert_ptr_equal(ikl_timers_expire(f.timers, 50), &red);
    b = add(&f, &blue);
    ikl_timers_set(f.timers, b, 30);
    ikl_timers_set(f.timers, r, 40);
    ikl_timers_remove(f.timers, g);
    assert_ptr_equal(ikl_timers_expire(f.timers, 50), &blue);
    ikl_timers_remove(f.timers, b);
    assert_ptr_equal(ikl_timers_expire(f.timers, 50), &red);
    assert_null(ikl_timers_expire(f.timers, 50));
    assert_int_equal(ikl_timers_count(f.timers), 1);
    end(&f);
}

static void a_removed_timer_does_not_expire_and_its_number_is_for_another(void **state)
{
    struct fixture f;
    uint32_t r;

    (void)state;
    begin(&f, 0);
    r = add(&f, &red);
    ikl_timers_set(f.timers, r, 10);
    ikl_timers_remove(f.timers, r);
    assert_int_equal(ikl_timers_count(f.timers), 0);
    assert_int_equal(add(&f, &green), r);
    assert_null(ikl_timers_expire(f.timers, 10));
    ikl_timers_set(f.timers, r, 20);
    assert_ptr_equal(ikl_timers_expire(f.timers, 20), &green);
    end(&f);
}

static void what_is_no_timer_is_left_alone(void **state)
{
    const uint32_t none[] = {0, 1, 15, 16, IKL_WHEEL_MAX_TIMERS, IKL_NO_TIMER};
    struct fixture f;

    (void)state;
    begin(&f, 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(none); i++) {
            ikl_timers_set(f.timers, none[i], 10);
            assert_int_equal(ikl_timers_deadline(f.timers, none[i]), IKL_NEVER);
            ikl_timers_set(f.timers, none[i], IKL_NEVER);
            ikl_timers_remove(f.timers, none[i]);
            assert_int_equal(ikl_timers_deadline(f.timers, none[i]), IKL_NEVER);
        }
        assert_int_equal(ikl_timers_count(f.timers), 0);
        assert_null(ikl_timers_expire(f.timers, 10));
        ikl_timers_remove(f.timers, add(&f, &red)); /* now there is room */
    }
    end(&f);
}

static void no_object_has_no_timer(void **state)
{
    struct fixture f;
    uint32_t timer = 77;

    (void)state;
    begin(&f, 0);
    assert_int_equal(ikl_timers_add(f.timers, NULL, &timer), IKL_ERR_INVALID);
    assert_int_equal(timer, 77);
    assert_int_equal(ikl_timers_count(f.timers), 0);
    end(&f);
}

static void new_refuses_a_time_that_is_none_and_leaves_nothing(void **state)
{
    struct ikl_timers *timers = NULL;
    struct test_allocator memory;

    (void)state;
    test_allocator_init(&memory);
    assert_int_equal(ikl_timers_new(&timers, &memory.allocator, IKL_NEVER), IKL_ERR_INVALID);
    assert_null(timers);
    assert_int_equal(memory.outstanding, 0);
}

/* Fails at each allocation that it makes. */
static void assert_leaves_nothing_without_memory(uint32_t room, size_t allocations)
{
    struct ikl_timers *timers = NULL;
    struct test_allocator memory;
    size_t n = 0;
    int result;

    test_allocator_init(&memory);
    do {
        test_allocator_fail(&memory, ++n);
        result = ikl_timers_new_with_room(&timers, &memory.allocator, room, 0);
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_null(timers);
            assert_int_equal(memory.outstanding, 0);
        }
    } while (result != IKL_OK);
    assert_int_equal(n, allocations + 1);
    ikl_timers_free(timers);
    assert_int_equal(memory.outstanding, 0);
}

static void without_memory_new_leaves_nothing(void **state)
{
    (void)state;
    assert_leaves_nothing_without_memory(0, 3);
    assert_leaves_nothing_without_memory(1, 4);
}

static void with_room_adding_allocates_nothing_until_there_are_more(void **state)
{
    static int objects[40];
    struct fixture f;
    size_t before;

    (void)state;
    test_allocator_init(&f.memory);
    assert_int_equal(ikl_timers_new_with_room(&f.timers, &f.memory.allocator, 39, 0), IKL_OK);
    before = f.memory.allocations;
    for (uint32_t i = 0; i < 39; i++) {
        assert_int_equal(add(&f, &objects[i]), i);
        ikl_timers_set(f.timers, i, 1000 - i);
    }
    assert_int_equal(f.memory.allocations, before);
    assert_int_equal(add(&f, &objects[39]), 39);
    assert_int_equal(f.memory.allocations, before + 2);
    for (uint32_t i = 39; i-- > 0;) {
        assert_ptr_equal(ikl_timers_expire(f.timers, 1000), &objects[i]);
    }
    end(&f);
}

static void more_room_than_a_wheel_has_is_refused(void **state)
{
    struct ikl_timers *timers = NULL;
    struct test_allocator memory;

    (void)state;
    test_allocator_init(&memory);
    assert_int_equal(ikl_timers_new_with_room(&timers, &memory.allocator, IKL_WHEEL_MAX_TIMERS + 1, 0),
                     IKL_ERR_INVALID);
    assert_null(timers);
    assert_int_equal(memory.outstanding, 0);
    assert_true(ikl_timers_arena_size(IKL_WHEEL_MAX_TIMERS + 1) == SIZE_MAX);
    assert_true(SIZE_MAX == UINT32_MAX || ikl_timers_arena_size(IKL_WHEEL_MAX_TIMERS) < SIZE_MAX);
    assert_true(SIZE_MAX == UINT32_MAX || ikl_wheel_arena_size(IKL_WHEEL_MAX_TIMERS) < SIZE_MAX);
}

static void an_arena_of_the_size_that_is_said_is_just_enough(void **state)
{
    static const uint32_t rooms[] = {0, 1, 16, 100};
    static _Alignas(max_align_t) uint8_t memory[32768];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rooms); i++) {
        size_t size = ikl_timers_arena_size(rooms[i]);
        struct ikl_timers *timers;
        uint32_t timer;

        assert_true(size <= sizeof(memory));
        assert_int_equal(ikl_timers_new_with_room(&timers, ikl_arena_allocator(memory, size - 1), rooms[i], 0),
                         IKL_ERR_NO_MEMORY);
        assert_int_equal(ikl_timers_new_with_room(&timers, ikl_arena_allocator(memory, size), rooms[i], 0), IKL_OK);
        for (uint32_t n = 0; n < rooms[i]; n++) {
            assert_int_equal(ikl_timers_add(timers, &red, &timer), IKL_OK);
        }
        assert_int_equal(ikl_timers_add(timers, &red, &timer), IKL_ERR_NO_MEMORY);
        ikl_timers_free(timers);
    }
}

static void the_allocator_may_be_the_default_and_null_be_freed(void **state)
{
    struct ikl_timers *timers;

    (void)state;
    assert_int_equal(ikl_timers_new(&timers, NULL, 5), IKL_OK);
    assert_null(ikl_timers_expire(timers, 5));
    ikl_timers_free(timers);
    ikl_timers_free(NULL);
}

static void there_is_memory_for_sixteen_then_for_an_eighth_more(void **state)
{
    static int objects[40];
    struct fixture f;
    size_t grown = 0;

    (void)state;
    begin(&f, 0);
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        size_t before = f.memory.allocations;

        assert_int_equal(add(&f, &objects[i]), i);
        if (f.memory.allocations != before) {
            assert_true(i == 0 || i == 16 || i == 18 || i == 20 || i == 22 || i == 24 || i == 27 || i == 30 ||
                        i == 33 || i == 37);
            grown++;
        }
    }
    assert_int_equal(grown, 10);
    end(&f);
}

/* Adding fails at each allocation that it makes; nothing has changed then, and it succeeds when it is tried again. */
static void without_memory_adding_changes_nothing(void **state)
{
    static int objects[17];
    struct fixture f;
    uint32_t timer = 77;
    int failures = 0;

    (void)state;
    begin(&f, 0);
    for (uint32_t i = 0; i < COUNT_OF(objects); i++) {
        for (size_t n = 1; n <= 2; n++) {
            size_t before = f.memory.allocations;

            test_allocator_fail(&f.memory, n);
            timer = 77;
            if (ikl_timers_add(f.timers, &objects[i], &timer) == IKL_OK) {
                ikl_timers_remove(f.timers, timer);
                assert_int_equal(f.memory.allocations, before);
            } else {
                assert_int_equal(timer, 77);
                failures++;
            }
            assert_int_equal(ikl_timers_count(f.timers), i);
        }
        test_allocator_fail(&f.memory, 100);
        ikl_timers_set(f.timers, add(&f, &objects[i]), 1000 + i);
    }
    assert_int_equal(failures, 4);
    for (uint32_t i = 0; i < COUNT_OF(objects); i++) {
        assert_ptr_equal(ikl_timers_expire(f.timers, 5000), &objects[i]);
    }
    end(&f);
}

/* A model: every object with its deadline, IKL_NEVER when it is not set, and its number, IKL_NO_TIMER when it has no
 * timer. */
enum { OBJECTS = 300, STEPS = 60000 };

struct object {
    uint32_t timer;
    ikl_time deadline;
};

static void change(struct fixture *f, struct object *object, uint32_t *count, ikl_time now, struct test_random *random)
{
    uint64_t what = test_random_below(random, 8);

    if (object->timer == IKL_NO_TIMER) {
        object->timer = add(f, object);
        ++*count;
    } else if (what == 0) {
        ikl_timers_remove(f->timers, object->timer);
        *object = (struct object){IKL_NO_TIMER, IKL_NEVER};
        --*count;
    } else {
        ikl_time deadline = now + test_random_below(random, 1u << test_random_below(random, 20));

        object->deadline = what == 1 ? IKL_NEVER : deadline;
        ikl_timers_set(f->timers, object->timer, object->deadline);
    }
}

static void expire(struct fixture *f, struct object *objects, ikl_time now)
{
    ikl_time latest = 0, next = IKL_NEVER;
    struct object *due;

    while ((due = ikl_timers_expire(f->timers, now)) != NULL) {
        assert_true(due >= objects && due < objects + OBJECTS);
        assert_true(due->deadline <= now && due->deadline >= latest);
        latest = due->deadline;
        due->deadline = IKL_NEVER;
    }
    for (size_t i = 0; i < OBJECTS; i++) {
        assert_true(objects[i].deadline > now);
        next = ikl_time_earlier(next, objects[i].deadline);
    }
    assert_true(ikl_timers_next_deadline(f->timers) <= next);
}

static void any_use_agrees_with_a_list_of_deadlines(void **state)
{
    static struct object objects[OBJECTS];
    struct test_random random = {1};
    struct fixture f;
    uint32_t count = 0;
    ikl_time now = 1000;

    (void)state;
    begin(&f, now);
    for (size_t i = 0; i < OBJECTS; i++) {
        objects[i] = (struct object){IKL_NO_TIMER, IKL_NEVER};
    }
    for (int step = 0; step < STEPS; step++) {
        struct object *object = &objects[test_random_below(&random, OBJECTS)];

        change(&f, object, &count, now, &random);
        assert_int_equal(ikl_timers_count(f.timers), count);
        assert_int_equal(ikl_timers_deadline(f.timers, object->timer), object->deadline);
        if (test_random_below(&random, 16) == 0) {
            now += test_random_below(&random, 1u << test_random_below(&random, 16));
            expire(&f, objects, now);
        }
    }
    end(&f);
}

TESTS_OF(timers)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_back_in_order_of_their_deadlines),
        cmocka_unit_test(a_deadline_takes_the_place_of_the_one_before),
        cmocka_unit_test(what_is_set_while_timers_expire_expires_too),
        cmocka_unit_test(a_removed_timer_does_not_expire_and_its_number_is_for_another),
        cmocka_unit_test(what_is_no_timer_is_left_alone),
        cmocka_unit_test(no_object_has_no_timer),
        cmocka_unit_test(new_refuses_a_time_that_is_none_and_leaves_nothing),
        cmocka_unit_test(without_memory_new_leaves_nothing),
        cmocka_unit_test(with_room_adding_allocates_nothing_until_there_are_more),
        cmocka_unit_test(more_room_than_a_wheel_has_is_refused),
        cmocka_unit_test(an_arena_of_the_size_that_is_said_is_just_enough),
        cmocka_unit_test(the_allocator_may_be_the_default_and_null_be_freed),
        cmocka_unit_test(there_is_memory_for_sixteen_then_for_an_eighth_more),
        cmocka_unit_test(without_memory_adding_changes_nothing),
        cmocka_unit_test(any_use_agrees_with_a_list_of_deadlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
