/* SPDX-License-Identifier: ISC */
/* The windows keep the promises of their header, and do what obvious sets do. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

static struct ikl_receive_window receive_window(uint32_t next, uint32_t size)
{
    struct ikl_receive_window window;

    assert_int_equal(ikl_receive_window_init(&window, next, size), IKL_OK);
    return window;
}

static struct ikl_send_window send_window(uint32_t next, uint32_t unanswered, uint32_t size)
{
    struct ikl_send_window window;

    assert_int_equal(ikl_send_window_init(&window, next, unanswered, size), IKL_OK);
    return window;
}

static uint32_t take(struct ikl_send_window *window)
{
    uint32_t message_id;

    assert_int_equal(ikl_send_window_take(window, &message_id), IKL_OK);
    return message_id;
}

static void a_receive_window_refuses_what_is_out_of_range_and_writes_nothing(void **state)
{
    struct ikl_receive_window before;
    struct ikl_receive_window window;

    (void)state;
    memset(&before, 0xa5, sizeof(before));
    window = before;
    assert_int_equal(ikl_receive_window_init(&window, 0, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_receive_window_init(&window, 0, IKL_WINDOW_MAX + 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_receive_window_init(&window, 0, 257), IKL_ERR_INVALID);
    assert_int_equal(ikl_receive_window_init(&window, IKL_MESSAGE_ID_NONE, 1), IKL_ERR_INVALID);
    assert_memory_equal(&window, &before, sizeof(window));
    assert_int_equal(ikl_receive_window_init(&window, IKL_MESSAGE_ID_LAST, IKL_WINDOW_MAX), IKL_OK);
}

static void rfc_03_a_request_whose_response_was_forgotten_is_below_the_window(void **state)
{
    struct ikl_receive_window window = receive_window(0, 1);

    (void)state;
    ikl_receive_window_accept(&window, 0);
    assert_int_equal(ikl_receive_window_judge(&window, 0), IKL_ARRIVAL_REPEATED);
    ikl_receive_window_accept(&window, 1);
    assert_int_equal(ikl_receive_window_judge(&window, 0), IKL_ARRIVAL_FORGOTTEN);
    assert_int_equal(ikl_receive_window_judge(&window, 1), IKL_ARRIVAL_REPEATED);
}

static void rfc_04_requests_from_l_to_l_plus_w_minus_1_are_new(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= IKL_WINDOW_MAX; size++) {
        struct ikl_receive_window window = receive_window(7, size);

        assert_int_equal(ikl_receive_window_judge(&window, 6), IKL_ARRIVAL_REPEATED);
        assert_int_equal(ikl_receive_window_judge(&window, 7), IKL_ARRIVAL_NEW);
        assert_int_equal(ikl_receive_window_judge(&window, 7 + size - 1), IKL_ARRIVAL_NEW);
        assert_int_equal(ikl_receive_window_judge(&window, 7 + size), IKL_ARRIVAL_TOO_FAR);
        assert_int_equal(ikl_receive_window_judge(&window, 7 + 2 * IKL_WINDOW_MAX), IKL_ARRIVAL_TOO_FAR);
        assert_int_equal(ikl_receive_window_judge(&window, IKL_MESSAGE_ID_LAST), IKL_ARRIVAL_TOO_FAR);
    }
}

static void rfc_04_a_gap_holds_the_window_until_it_is_filled(void **state)
{
    struct ikl_receive_window window = receive_window(0, 4);

    (void)state;
    ikl_receive_window_accept(&window, 1);
    ikl_receive_window_accept(&window, 3);
    assert_int_equal(window.lowest, 0);
    assert_int_equal(window.beyond, 4);
    assert_int_equal(ikl_receive_window_judge(&window, 2), IKL_ARRIVAL_NEW);
    assert_int_equal(ikl_receive_window_judge(&window, 3), IKL_ARRIVAL_REPEATED);
    assert_int_equal(ikl_receive_window_judge(&window, 4), IKL_ARRIVAL_TOO_FAR);
    ikl_receive_window_accept(&window, 0);
    assert_int_equal(window.lowest, 2);
    assert_int_equal(ikl_receive_window_judge(&window, 5), IKL_ARRIVAL_NEW);
    assert_int_equal(ikl_receive_window_judge(&window, 6), IKL_ARRIVAL_TOO_FAR);
    ikl_receive_window_accept(&window, 2);
    assert_int_equal(window.lowest, 4);
    assert_int_equal(window.beyond, 4);
}

static void rfc_04_a_response_is_remembered_until_a_request_w_ahead_arrives(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= IKL_WINDOW_MAX; size++) {
        struct ikl_receive_window window = receive_window(0, size);

        ikl_receive_window_accept(&window, 0);
        for (uint32_t message_id = 1; message_id < size; message_id++) {
            ikl_receive_window_accept(&window, message_id);
            assert_true(ikl_receive_window_remembers(&window, 0));
        }
        ikl_receive_window_accept(&window, size);
        assert_false(ikl_receive_window_remembers(&window, 0));
        assert_true(ikl_receive_window_remembers(&window, size));
        assert_false(ikl_receive_window_remembers(&window, size + 1));
    }
}

static void judging_changes_nothing(void **state)
{
    struct ikl_receive_window window = receive_window(3, 4);
    struct ikl_receive_window before;

    (void)state;
    ikl_receive_window_accept(&window, 4);
    before = window;
    for (uint32_t message_id = 0; message_id < 100; message_id++) {
        (void)ikl_receive_window_judge(&window, message_id);
    }
    assert_memory_equal(&window, &before, sizeof(window));
}

static void accepting_a_request_that_is_not_new_changes_nothing(void **state)
{
    static const uint32_t not_new[] = {0, 2, 4, 7, 36, 35 + IKL_WINDOW_MAX, IKL_MESSAGE_ID_LAST, IKL_MESSAGE_ID_NONE};
    struct ikl_receive_window window = receive_window(3, 4);
    struct ikl_receive_window before;

    (void)state;
    ikl_receive_window_accept(&window, 4);
    before = window;
    for (size_t i = 0; i < COUNT_OF(not_new); i++) {
        ikl_receive_window_accept(&window, not_new[i]);
        assert_memory_equal(&window, &before, sizeof(window));
    }
}

static void rfc_06_the_peers_message_ids_do_not_wrap(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= IKL_WINDOW_MAX; size++) {
        struct ikl_receive_window window = receive_window(IKL_MESSAGE_ID_LAST, size);

        assert_int_equal(ikl_receive_window_judge(&window, IKL_MESSAGE_ID_NONE), IKL_ARRIVAL_TOO_FAR);
        ikl_receive_window_accept(&window, IKL_MESSAGE_ID_LAST);
        ikl_receive_window_accept(&window, IKL_MESSAGE_ID_NONE);
        ikl_receive_window_accept(&window, 0);
        assert_int_equal(window.lowest, IKL_MESSAGE_ID_NONE);
        assert_int_equal(ikl_receive_window_judge(&window, IKL_MESSAGE_ID_LAST), IKL_ARRIVAL_REPEATED);
        assert_int_equal(ikl_receive_window_judge(&window, IKL_MESSAGE_ID_NONE), IKL_ARRIVAL_TOO_FAR);
        assert_int_equal(ikl_receive_window_judge(&window, 0), IKL_ARRIVAL_FORGOTTEN);
    }
}

enum { IDS = 400 };

/* The requests of one direction as sets: IDs from `base` on, those before it are past. */
struct sets {
    uint32_t base;
    bool seen[IDS]; /* received, or sent */
    bool answered[IDS];
};

static bool was_received(const struct sets *sets, uint32_t message_id)
{
    return message_id < sets->base || (message_id - sets->base < IDS && sets->seen[message_id - sets->base]);
}

static enum ikl_arrival expected_arrival(const struct sets *sets, uint32_t message_id, uint32_t size)
{
    uint64_t lowest = sets->base;

    while (was_received(sets, (uint32_t)lowest)) {
        lowest++;
    }
    if (message_id == IKL_MESSAGE_ID_NONE) {
        return IKL_ARRIVAL_TOO_FAR;
    }
    if (!was_received(sets, message_id)) {
        return message_id < lowest + size ? IKL_ARRIVAL_NEW : IKL_ARRIVAL_TOO_FAR;
    }
    for (uint64_t later = (uint64_t)message_id + size; later <= IKL_MESSAGE_ID_LAST; later++) {
        if (later >= (uint64_t)sets->base + IDS) {
            break;
        }
        if (was_received(sets, (uint32_t)later)) {
            return IKL_ARRIVAL_FORGOTTEN;
        }
    }
    return IKL_ARRIVAL_REPEATED;
}

static void whatever_arrives_the_receive_window_says_what_the_sets_say(void **state)
{
    struct test_random random = {11};

    (void)state;
    print_message("seed 11\n");
    for (uint32_t round = 0; round < 400; round++) {
        static const uint32_t bases[] = {0, 1, 40, UINT32_C(0x7fffff80), IKL_MESSAGE_ID_LAST - 90};
        struct sets sets = {.base = bases[round % COUNT_OF(bases)]};
        uint32_t size = 1 + (uint32_t)test_random_below(&random, IKL_WINDOW_MAX);
        struct ikl_receive_window window = receive_window(sets.base, size);

        for (uint32_t step = 0; step < 150; step++) {
            uint64_t any = (uint64_t)window.lowest + test_random_below(&random, 80);
            uint32_t message_id = any < 35 ? 0 : any - 35 < IKL_MESSAGE_ID_NONE ? (uint32_t)(any - 35) : UINT32_MAX;
            enum ikl_arrival arrival = expected_arrival(&sets, message_id, size);

            assert_int_equal(ikl_receive_window_judge(&window, message_id), arrival);
            assert_int_equal(ikl_receive_window_remembers(&window, message_id), arrival == IKL_ARRIVAL_REPEATED);
            ikl_receive_window_accept(&window, message_id);
            if (arrival == IKL_ARRIVAL_NEW && message_id - sets.base < IDS) {
                sets.seen[message_id - sets.base] = true;
            }
        }
    }
}

static void a_send_window_refuses_what_is_out_of_range_and_writes_nothing(void **state)
{
    struct ikl_send_window before;
    struct ikl_send_window window;

    (void)state;
    memset(&before, 0xa5, sizeof(before));
    window = before;
    assert_int_equal(ikl_send_window_init(&window, 0, 0, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, 0, 0, IKL_WINDOW_MAX + 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, 0, 0, 257), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, IKL_MESSAGE_ID_NONE, IKL_MESSAGE_ID_NONE, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, IKL_MESSAGE_ID_NONE, IKL_MESSAGE_ID_LAST, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, 5, 6, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, 5, IKL_MESSAGE_ID_LAST, 32), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, 5, 3, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_send_window_init(&window, IKL_MESSAGE_ID_LAST, 0, 32), IKL_ERR_INVALID);
    assert_memory_equal(&window, &before, sizeof(window));
    assert_int_equal(ikl_send_window_init(&window, 5, 3, 2), IKL_OK);
}

static void outstanding_requests_of_a_handed_over_window_are_awaited(void **state)
{
    struct ikl_send_window window = send_window(5, 3, 2);

    (void)state;
    assert_int_equal(ikl_send_window_outstanding(&window), 2);
    assert_false(ikl_send_window_awaits(&window, 2));
    assert_true(ikl_send_window_awaits(&window, 3));
    assert_true(ikl_send_window_awaits(&window, 4));
    assert_false(ikl_send_window_awaits(&window, 5));
    assert_false(ikl_send_window_open(&window));
}

static void rfc_06_our_message_ids_count_up_from_next(void **state)
{
    struct ikl_send_window window = send_window(0, 0, 1);

    (void)state;
    for (uint32_t message_id = 0; message_id < 100; message_id++) {
        assert_int_equal(take(&window), message_id);
        ikl_send_window_answered(&window, message_id);
    }
}

static void rfc_06_our_message_ids_do_not_wrap(void **state)
{
    struct ikl_send_window window = send_window(IKL_MESSAGE_ID_LAST, IKL_MESSAGE_ID_LAST, 32);
    uint32_t message_id = 42;

    (void)state;
    assert_true(ikl_send_window_open(&window));
    assert_int_equal(take(&window), IKL_MESSAGE_ID_LAST);
    assert_false(ikl_send_window_open(&window));
    assert_int_equal(ikl_send_window_take(&window, &message_id), IKL_ERR_EXHAUSTED);
    assert_true(ikl_send_window_awaits(&window, IKL_MESSAGE_ID_LAST));
    assert_false(ikl_send_window_awaits(&window, IKL_MESSAGE_ID_NONE));
    assert_false(ikl_send_window_awaits(&window, 0));
    ikl_send_window_answered(&window, IKL_MESSAGE_ID_LAST);
    assert_int_equal(ikl_send_window_outstanding(&window), 0);
    assert_false(ikl_send_window_open(&window));
    assert_int_equal(ikl_send_window_take(&window, &message_id), IKL_ERR_EXHAUSTED);
    assert_int_equal(message_id, 42);
    window = send_window(IKL_MESSAGE_ID_LAST, IKL_MESSAGE_ID_LAST, 1);
    assert_int_equal(take(&window), IKL_MESSAGE_ID_LAST);
    assert_int_equal(ikl_send_window_take(&window, &message_id), IKL_ERR_EXHAUSTED);
}

static void rfc_07_one_outstanding_request_until_set_window_size(void **state)
{
    struct ikl_send_window window = send_window(2, 2, 1);
    struct ikl_send_window before;
    uint32_t message_id = 42;

    (void)state;
    assert_true(ikl_send_window_open(&window));
    assert_int_equal(take(&window), 2);
    assert_false(ikl_send_window_open(&window));
    before = window;
    assert_int_equal(ikl_send_window_take(&window, &message_id), IKL_ERR_BUSY);
    assert_int_equal(message_id, 42);
    assert_memory_equal(&window, &before, sizeof(window));
    ikl_send_window_resize(&window, 3);
    assert_int_equal(take(&window), 3);
    assert_int_equal(take(&window), 4);
    assert_int_equal(ikl_send_window_take(&window, &message_id), IKL_ERR_BUSY);
    assert_int_equal(ikl_send_window_outstanding(&window), 3);
}

static void rfc_07_a_request_waits_for_every_request_a_window_before_it(void **state)
{
    struct ikl_send_window window = send_window(0, 0, 3);

    (void)state;
    (void)take(&window);
    (void)take(&window);
    (void)take(&window);
    ikl_send_window_answered(&window, 1);
    ikl_send_window_answered(&window, 2);
    assert_int_equal(ikl_send_window_outstanding(&window), 1);
    assert_false(ikl_send_window_open(&window));
    ikl_send_window_answered(&window, 0);
    assert_true(ikl_send_window_open(&window));
    assert_int_equal(window.unanswered, 3);
}

static void an_answer_to_no_outstanding_request_changes_nothing(void **state)
{
    static const uint32_t other[] = {0, 2, 4, 6, 7, 3 + 32, 3 + 64, IKL_MESSAGE_ID_LAST, IKL_MESSAGE_ID_NONE};
    struct ikl_send_window window = send_window(6, 3, 5);
    struct ikl_send_window before;

    (void)state;
    ikl_send_window_answered(&window, 4);
    before = window;
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        assert_false(ikl_send_window_awaits(&window, other[i]));
        ikl_send_window_answered(&window, other[i]);
        assert_memory_equal(&window, &before, sizeof(window));
    }
}

static void a_window_never_shrinks_and_never_exceeds_the_largest(void **state)
{
    static const struct {
        uint32_t announced;
        uint32_t size;
    } steps[] = {{4, 4}, {3, 4}, {0, 4}, {1, 4}, {5, 5}, {256, 32}, {4, 32}, {33, 32}, {UINT32_MAX, 32}};
    struct ikl_send_window window = send_window(0, 0, 1);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        ikl_send_window_resize(&window, steps[i].announced);
        assert_int_equal(window.size, steps[i].size);
    }
}

static void check_against_sets(const struct ikl_send_window *window, const struct sets *sets, uint32_t size)
{
    uint32_t sent = 0;
    uint32_t outstanding = 0;
    uint32_t first = IDS;

    for (uint32_t i = 0; i < IDS; i++) {
        sent += sets->seen[i];
        outstanding += sets->seen[i] && !sets->answered[i];
        first = sets->answered[i] || first < i ? first : i;
        if ((uint64_t)sets->base + i <= IKL_MESSAGE_ID_NONE) {
            assert_int_equal(ikl_send_window_awaits(window, sets->base + i), sets->seen[i] && !sets->answered[i]);
        }
    }
    assert_int_equal(ikl_send_window_outstanding(window), outstanding);
    assert_int_equal(ikl_send_window_open(window),
                     sent < first + size && (uint64_t)sets->base + sent <= IKL_MESSAGE_ID_LAST);
}

static void whatever_is_sent_and_answered_the_send_window_says_what_the_sets_say(void **state)
{
    struct test_random random = {12};

    (void)state;
    print_message("seed 12\n");
    for (uint32_t round = 0; round < 200; round++) {
        static const uint32_t bases[] = {0, 1, 40, UINT32_C(0x7fffff80), IKL_MESSAGE_ID_LAST - 50};
        struct sets sets = {.base = bases[round % COUNT_OF(bases)]};
        uint32_t size = 1 + (uint32_t)test_random_below(&random, 5);
        uint32_t sent = 0;
        struct ikl_send_window window = send_window(sets.base, sets.base, size);

        for (uint32_t step = 0; step < 200; step++) {
            uint32_t i = (uint32_t)test_random_below(&random, (uint64_t)sent + 2);
            uint32_t message_id;

            if (test_random_below(&random, 40) == 0) {
                uint32_t announced = (uint32_t)test_random_below(&random, 40);

                ikl_send_window_resize(&window, announced);
                size = announced < size ? size : announced > IKL_WINDOW_MAX ? IKL_WINDOW_MAX : announced;
            }
            if (ikl_send_window_take(&window, &message_id) == IKL_OK) {
                assert_int_equal(message_id, sets.base + sent);
                sets.seen[sent++] = true;
            }
            check_against_sets(&window, &sets, size);
            ikl_send_window_answered(&window, sets.base + i);
            sets.answered[i] = sets.seen[i];
            check_against_sets(&window, &sets, size);
        }
    }
}

TESTS_OF(window)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receive_window_refuses_what_is_out_of_range_and_writes_nothing),
        cmocka_unit_test(rfc_03_a_request_whose_response_was_forgotten_is_below_the_window),
        cmocka_unit_test(rfc_04_requests_from_l_to_l_plus_w_minus_1_are_new),
        cmocka_unit_test(rfc_04_a_gap_holds_the_window_until_it_is_filled),
        cmocka_unit_test(rfc_04_a_response_is_remembered_until_a_request_w_ahead_arrives),
        cmocka_unit_test(judging_changes_nothing),
        cmocka_unit_test(accepting_a_request_that_is_not_new_changes_nothing),
        cmocka_unit_test(rfc_06_the_peers_message_ids_do_not_wrap),
        cmocka_unit_test(whatever_arrives_the_receive_window_says_what_the_sets_say),
        cmocka_unit_test(a_send_window_refuses_what_is_out_of_range_and_writes_nothing),
        cmocka_unit_test(outstanding_requests_of_a_handed_over_window_are_awaited),
        cmocka_unit_test(rfc_06_our_message_ids_count_up_from_next),
        cmocka_unit_test(rfc_06_our_message_ids_do_not_wrap),
        cmocka_unit_test(rfc_07_one_outstanding_request_until_set_window_size),
        cmocka_unit_test(rfc_07_a_request_waits_for_every_request_a_window_before_it),
        cmocka_unit_test(an_answer_to_no_outstanding_request_changes_nothing),
        cmocka_unit_test(a_window_never_shrinks_and_never_exceeds_the_largest),
        cmocka_unit_test(whatever_is_sent_and_answered_the_send_window_says_what_the_sets_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
