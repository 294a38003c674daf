/* SPDX-License-Identifier: ISC */
/* Schedules keep the promises of their header. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/schedule.h>

enum { MAX_ROW = 12, MAX_WAIT = IKL_SCHEDULE_MAX_WAIT };

static void assert_waits(const struct ikl_schedule *schedule, const uint32_t *waits, uint32_t n)
{
    assert_int_equal(ikl_schedule_check(schedule), IKL_OK);
    for (uint32_t attempt = 0; attempt < n; attempt++) {
        assert_int_equal(ikl_schedule_wait(schedule, attempt), waits[attempt]);
    }
    assert_int_equal(ikl_schedule_wait(schedule, n), 0);
    assert_int_equal(ikl_schedule_wait(schedule, UINT32_MAX), 0);
}

static void every_named_schedule_has_the_waits_of_its_header(void **state)
{
    static const struct {
        const char *name;
        uint32_t waits[MAX_ROW];
        uint32_t n;
        uint64_t total;
    } rows[] = {
        {"panos-7.0", {1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000, 64000}, 10, 319000},
        {"panos-11", {5000, 10000, 20000, 40000, 60000, 60000, 60000, 60000, 60000, 60000}, 10, 435000},
        {"strongswan", {4000, 7200, 12960, 23328, 41991, 75583}, 6, 165062},
        {"libreswan", {500, 500, 1000, 2000, 4000, 8000, 16000, 32000}, 8, 64000},
        {"openiked", {2000, 4000, 8000, 16000, 32000, 64000}, 6, 126000},
        {"fortios", {3000, 6000, 12000, 24000, 48000}, 5, 93000},
        {"android", {500, 1000, 2000, 4000, 8000}, 5, 15500},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(rows[i].name);

        assert_non_null(schedule);
        assert_waits(schedule, rows[i].waits, rows[i].n);
        assert_int_equal(ikl_schedule_total(schedule), rows[i].total);
        assert_string_equal(ikl_schedule_name(i), rows[i].name);
    }
    assert_null(ikl_schedule_name(COUNT_OF(rows)));
    assert_null(ikl_schedule_name(SIZE_MAX));
    assert_null(ikl_schedule_by_name("panos"));
    assert_null(ikl_schedule_by_name("panos-7.00"));
    assert_null(ikl_schedule_by_name("PANOS-7.0"));
    assert_null(ikl_schedule_by_name(""));
}

static void the_default_is_panos_7_0(void **state)
{
    (void)state;
    assert_ptr_equal(ikl_schedule_default(), ikl_schedule_by_name("panos-7.0"));
    assert_string_equal(ikl_schedule_name(0), "panos-7.0");
}

static void the_reference_outage_retransmits_at_these_times(void **state)
{
    static const uint64_t retransmissions[] = {1, 3, 7, 15, 31, 63, 127, 191, 255};
    uint64_t time = 0;

    (void)state;
    for (uint32_t attempt = 0; attempt < COUNT_OF(retransmissions); attempt++) {
        time += ikl_schedule_wait(ikl_schedule_default(), attempt);
        assert_int_equal(time, retransmissions[attempt] * 1000);
    }
    assert_int_equal(time + ikl_schedule_wait(ikl_schedule_default(), 9), 319000);
    assert_int_equal(ikl_schedule_wait(ikl_schedule_default(), 10), 0);
}

static void strongswan_is_4_s_times_1_8_to_the_n_rounded_up(void **state)
{
    struct ikl_schedule schedule;

    (void)state;
    assert_int_equal(ikl_schedule_from_factor(&schedule, 4000, 1800, 0, 6), IKL_OK);
    assert_memory_equal(&schedule, ikl_schedule_by_name("strongswan"), sizeof(schedule));
}

static void a_factor_schedule_is_exact_and_rounded_up(void **state)
{
    /* worked out with exact fractions */
    static const struct {
        uint32_t first, factor, cap, tries;
        uint32_t waits[MAX_ROW];
    } rows[] = {
        {1000, 2000, 64000, 10, {1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000, 64000}},
        {1, 1001, 0, 4, {1, 2, 2, 2}},
        {1000, 1001, 0, 5, {1000, 1001, 1003, 1004, 1005}},
        {1, 1500, 0, 8, {1, 2, 3, 4, 6, 8, 12, 18}},
        {3, 1333, 0, 6, {3, 4, 6, 8, 10, 13}},
        {1, 1000, 0, 3, {1, 1, 1}},
        {500, 1800, 5000, 7, {500, 900, 1620, 2916, 5000, 5000, 5000}},
        {7, 3000, 62, 4, {7, 21, 62, 62}},
        {1, UINT32_MAX, 0, 4, {1, 4294968, MAX_WAIT, MAX_WAIT}},
        {MAX_WAIT - 1, UINT32_MAX, 0, 3, {MAX_WAIT - 1, MAX_WAIT, MAX_WAIT}},
        {MAX_WAIT, 2000, 0, 2, {MAX_WAIT, MAX_WAIT}},
        {100, 1999, 100, 3, {100, 100, 100}},
        {4000, 1800, 0, 1, {4000}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_schedule schedule;

        assert_int_equal(ikl_schedule_from_factor(&schedule, rows[i].first, rows[i].factor, rows[i].cap, rows[i].tries),
                         IKL_OK);
        assert_waits(&schedule, rows[i].waits, rows[i].tries);
    }
}

/* The wait is the least whole number w with w * 1000^n >= first * factor^n; for small n both sides fit in 64 bits. */
static void a_factor_schedule_satisfies_the_definition_of_rounding_up(void **state)
{
    (void)state;
    for (uint32_t first = 1; first < 2000; first += 37) {
        for (uint32_t factor = 1000; factor < 9000; factor += 61) {
            struct ikl_schedule schedule;
            uint64_t power = first;
            uint64_t scale = 1;

            assert_int_equal(ikl_schedule_from_factor(&schedule, first, factor, 0, 4), IKL_OK);
            for (uint32_t attempt = 0; attempt < 4; attempt++) {
                uint64_t wait = ikl_schedule_wait(&schedule, attempt);

                assert_true(wait * scale >= power && (wait - 1) * scale < power);
                power *= factor;
                scale *= 1000;
            }
        }
    }
}

static void the_sixty_fourth_wait_of_a_slow_factor_is_still_exact(void **state)
{
    struct ikl_schedule schedule;

    (void)state;
    /* worked out with exact fractions */
    assert_int_equal(ikl_schedule_from_factor(&schedule, 1000, 1190, 0, 64), IKL_OK);
    assert_int_equal(ikl_schedule_wait(&schedule, 63), 57472299);
    assert_int_equal(ikl_schedule_from_factor(&schedule, 1000, 1200, 0, 64), IKL_OK);
    assert_int_equal(ikl_schedule_wait(&schedule, 62), 81140421);
    assert_int_equal(ikl_schedule_wait(&schedule, 63), MAX_WAIT);
}

static void more_tries_than_waits_need_a_constant_last_wait(void **state)
{
    struct ikl_schedule schedule;

    (void)state;
    assert_int_equal(ikl_schedule_from_factor(&schedule, 1000, 1190, 0, 65), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_from_factor(&schedule, 1, 1001, 0, 65), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_from_factor(&schedule, 1000, 1190, 57472299, 65), IKL_OK);
    assert_int_equal(ikl_schedule_wait(&schedule, 64), 57472299);
    assert_int_equal(ikl_schedule_from_factor(&schedule, 1000, 1190, 57472300, 65), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_from_factor(&schedule, 1000, 1200, 0, 65), IKL_OK);
    assert_int_equal(ikl_schedule_wait(&schedule, 64), MAX_WAIT);
    assert_int_equal(ikl_schedule_from_factor(&schedule, 10, 1000, 0, IKL_SCHEDULE_MAX_TRIES), IKL_OK);
    assert_int_equal(ikl_schedule_wait(&schedule, IKL_SCHEDULE_MAX_TRIES - 1), 10);
    assert_int_equal(ikl_schedule_wait(&schedule, IKL_SCHEDULE_MAX_TRIES), 0);
    assert_int_equal(ikl_schedule_total(&schedule), 10 * IKL_SCHEDULE_MAX_TRIES);
}

static void a_factor_schedule_that_is_out_of_range_is_refused_and_nothing_is_written(void **state)
{
    static const struct {
        uint32_t first, factor, cap, tries;
    } rows[] = {
        {0, 2000, 0, 5},      {MAX_WAIT + 1, 2000, 0, 5},
        {1000, 999, 0, 5},    {1000, 0, 0, 5},
        {1000, 2000, 999, 5}, {1000, 2000, MAX_WAIT + 1, 5},
        {1000, 2000, 0, 0},   {1000, 2000, 0, IKL_SCHEDULE_MAX_TRIES + 1},
        {1, 1001, 0, 65},
    };
    struct ikl_schedule schedule;
    struct ikl_schedule before;

    (void)state;
    memset(&before, 0xa5, sizeof(before));
    schedule = before;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(ikl_schedule_from_factor(&schedule, rows[i].first, rows[i].factor, rows[i].cap, rows[i].tries),
                         IKL_ERR_INVALID);
        assert_memory_equal(&schedule, &before, sizeof(schedule));
    }
}

static void a_list_repeats_its_last_wait(void **state)
{
    static const uint32_t list[] = {5, 3, 9};
    static const uint32_t waits[] = {5, 3, 9, 9, 9};
    struct ikl_schedule schedule;

    (void)state;
    assert_int_equal(ikl_schedule_from_list(&schedule, list, 3, 5), IKL_OK);
    assert_waits(&schedule, waits, 5);
    assert_int_equal(ikl_schedule_total(&schedule), 35);
    assert_int_equal(ikl_schedule_from_list(&schedule, list, 3, 0), IKL_OK);
    assert_waits(&schedule, waits, 3);
    assert_int_equal(ikl_schedule_from_list(&schedule, list, 3, 3), IKL_OK);
    assert_waits(&schedule, waits, 3);
}

static void the_largest_schedule_adds_up(void **state)
{
    uint32_t list[IKL_SCHEDULE_MAX_WAITS];
    struct ikl_schedule schedule;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        list[i] = MAX_WAIT;
    }
    assert_int_equal(ikl_schedule_from_list(&schedule, list, COUNT_OF(list), IKL_SCHEDULE_MAX_TRIES), IKL_OK);
    assert_int_equal(ikl_schedule_total(&schedule), (uint64_t)MAX_WAIT * IKL_SCHEDULE_MAX_TRIES);
    assert_int_equal(ikl_schedule_wait(&schedule, IKL_SCHEDULE_MAX_TRIES - 1), MAX_WAIT);
}

static void a_list_that_is_out_of_range_is_refused_and_nothing_is_written(void **state)
{
    static const uint32_t good[IKL_SCHEDULE_MAX_WAITS + 1] = {1, 2, 3};
    static const uint32_t zero[] = {1, 0, 3};
    static const uint32_t long_wait[] = {1, 2, MAX_WAIT + 1};
    static const struct {
        const uint32_t *waits;
        size_t n;
        uint32_t tries;
    } rows[] = {
        {good, 0, 0},
        {good, 0, 3},
        {good, IKL_SCHEDULE_MAX_WAITS + 1, 0},
        {good, SIZE_MAX, 0},
        {good, 65536 + 3, 0},
        {good, 3, 2},
        {good, 3, IKL_SCHEDULE_MAX_TRIES + 1},
        {good, 3, UINT32_MAX},
        {good, 3, 65536 + 5},
        {zero, 3, 0},
        {long_wait, 3, 0},
        {NULL, 0, 0},
    };
    struct ikl_schedule schedule;
    struct ikl_schedule before;

    (void)state;
    memset(&before, 0xa5, sizeof(before));
    schedule = before;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(ikl_schedule_from_list(&schedule, rows[i].waits, rows[i].n, rows[i].tries), IKL_ERR_INVALID);
        assert_memory_equal(&schedule, &before, sizeof(schedule));
    }
}

static void text_is_parsed_as_seconds(void **state)
{
    static const struct {
        const char *text;
        uint32_t waits[MAX_ROW];
        uint32_t n;
    } rows[] = {
        {"1", {1000}, 1},
        {"1,2,4.5", {1000, 2000, 4500}, 3},
        {"0.001", {1}, 1},
        {"0.5,0.25,0.125", {500, 250, 125}, 3},
        {"12.05,12.050", {12050, 12050}, 2},
        {"5,10,60x6", {5000, 10000, 60000, 60000, 60000, 60000, 60000, 60000}, 8},
        {"1x1", {1000}, 1},
        {"0.5x2,1,2x3,1", {500, 500, 1000, 2000, 2000, 2000, 1000}, 7},
        {"86400", {MAX_WAIT}, 1},
        {"007", {7000}, 1},
        {"9,19.9,0.999,90x2", {9000, 19900, 999, 90000, 90000}, 5},
        {"8,3.456,7", {8000, 3456, 7000}, 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_schedule schedule;

        assert_int_equal(ikl_schedule_parse(&schedule, rows[i].text), IKL_OK);
        assert_waits(&schedule, rows[i].waits, rows[i].n);
    }
}

static void text_that_is_no_schedule_is_refused_and_nothing_is_written(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        ",",
        "1,",
        ",1",
        "1,,2",
        "1 ",
        " 1",
        "1, 2",
        "+1",
        "-1",
        "1.",
        ".5",
        "1..5",
        "1.5.5",
        "1.0005",
        "1.0000",
        "1,5s",
        "1e3",
        "0x10",
        "1x",
        "x6",
        "1x0",
        "1x-1",
        "1x2x3",
        "1x2.5",
        "1X2",
        "0",
        "0.0",
        "0.000",
        "86400.1",
        "86401",
        "4294968", /* 704 ms more than 2^32 */
        "4294967.297",
        "4294967297",
        "18446744073709551617",
        "1;2",
        "/",
        "1/",
        ":",
        "1:",
        "1.:",
        "1./",
        "1,2,nan",
        "1x65536",
        "1,2x4294967295",
        "1x4294967297",
        "1x64,2",
        "1x65,2",
        "1\n",
        "\xd9\xa1",
        "inf",
    };
    struct ikl_schedule schedule;
    struct ikl_schedule before;

    (void)state;
    memset(&before, 0xa5, sizeof(before));
    schedule = before;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (ikl_schedule_parse(&schedule, texts[i]) != IKL_ERR_INVALID) {
            fail_msg("\"%s\" was taken for a schedule", texts[i]);
        }
        assert_memory_equal(&schedule, &before, sizeof(schedule));
    }
}

static void text_may_hold_as_many_waits_and_tries_as_a_schedule(void **state)
{
    struct ikl_schedule schedule;

    (void)state;
    assert_int_equal(ikl_schedule_parse(&schedule, "1x63,2x65472"), IKL_OK);
    assert_int_equal(ikl_schedule_wait(&schedule, 62), 1000);
    assert_int_equal(ikl_schedule_wait(&schedule, 63), 2000);
    assert_int_equal(ikl_schedule_wait(&schedule, IKL_SCHEDULE_MAX_TRIES - 1), 2000);
    assert_int_equal(ikl_schedule_wait(&schedule, IKL_SCHEDULE_MAX_TRIES), 0);
    assert_int_equal(ikl_schedule_parse(&schedule, "1x63,2x65473"), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_parse(&schedule, "1x63,2,3"), IKL_ERR_INVALID);
}

static void check_refuses_fields_that_break_the_rules(void **state)
{
    struct ikl_schedule schedule = {{1, MAX_WAIT, 3}, 3, 3, 0, 0};

    (void)state;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_OK);
    schedule.n_waits = 4;
    schedule.tries = 4;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
    schedule.n_waits = 3;
    schedule.tries = 2;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
    schedule.tries = UINT16_MAX;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_OK);
    schedule.n_waits = 0;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
    schedule.n_waits = 3;
    schedule.waits[1] = MAX_WAIT + 1;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
    for (size_t i = 0; i < IKL_SCHEDULE_MAX_WAITS; i++) {
        schedule.waits[i] = 1;
    }
    schedule.tries = IKL_SCHEDULE_MAX_WAITS + 1;
    schedule.n_waits = IKL_SCHEDULE_MAX_WAITS;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_OK);
    schedule.n_waits = IKL_SCHEDULE_MAX_WAITS + 1;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
}

static void the_worst_time_to_detection_is_the_idle_interval_and_all_waits(void **state)
{
    (void)state;
    assert_int_equal(ikl_schedule_worst_detect(ikl_schedule_default(), 5000), 324000);
    assert_int_equal(ikl_schedule_worst_detect(ikl_schedule_default(), 0), 319000);
    assert_int_equal(ikl_schedule_worst_detect(ikl_schedule_default(), IKL_NEVER - 319001), IKL_NEVER - 1);
    assert_int_equal(ikl_schedule_worst_detect(ikl_schedule_default(), IKL_NEVER - 1), IKL_NEVER - 1);
    assert_int_equal(ikl_schedule_worst_detect(ikl_schedule_default(), IKL_NEVER), IKL_NEVER);
}

static void jitter_shortens_a_wait_evenly_and_0_gives_the_full_one(void **state)
{
    static const struct {
        uint16_t jitter;
        uint32_t random;
        uint32_t wait;
    } rows[] = {
        {0, UINT32_MAX, 1000},  {500, 0, 1000},        {500, 1, 1000},
        {500, 1u << 31, 750},   {500, 3u << 30, 625},  {500, UINT32_MAX, 501},
        {900, UINT32_MAX, 101}, {1, UINT32_MAX, 1000}, {100, 1u << 30, 975},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ikl_schedule schedule = {{1000}, 1, 2, rows[i].jitter, 0};

        assert_int_equal(ikl_schedule_check(&schedule), IKL_OK);
        assert_int_equal(ikl_schedule_jittered_wait(&schedule, 0, rows[i].random), rows[i].wait);
        assert_int_equal(ikl_schedule_jittered_wait(&schedule, 1, rows[i].random), rows[i].wait);
        assert_int_equal(ikl_schedule_jittered_wait(&schedule, 2, rows[i].random), 0);
    }
}

static void a_jittered_wait_lies_between_its_bounds_whatever_the_random_number(void **state)
{
    struct test_random random = {31};

    (void)state;
    for (int run = 0; run < 20000; run++) {
        uint32_t wait = (uint32_t)(1 + test_random_magnitude(&random) % MAX_WAIT);
        uint16_t jitter = (uint16_t)test_random_below(&random, IKL_SCHEDULE_MAX_JITTER + 1);
        const struct ikl_schedule schedule = {{wait}, 1, 1, jitter, 0};
        uint32_t a = (uint32_t)test_random(&random), b = (uint32_t)test_random(&random);
        uint32_t jittered = ikl_schedule_jittered_wait(&schedule, 0, a);

        assert_true(jittered >= 1 && jittered <= wait);
        assert_true((uint64_t)jittered * 1000 >= (uint64_t)wait * (1000u - jitter));
        assert_true((a <= b) == (jittered >= ikl_schedule_jittered_wait(&schedule, 0, b)) ||
                    jittered == ikl_schedule_jittered_wait(&schedule, 0, b));
        assert_int_equal(ikl_schedule_jittered_wait(&schedule, 0, 0), wait);
    }
}

static void jitter_counts_neither_in_the_total_nor_in_the_plain_waits(void **state)
{
    const struct ikl_schedule schedule = {{1000, 2000}, 2, 3, 900, 0};

    (void)state;
    assert_int_equal(ikl_schedule_wait(&schedule, 1), 2000);
    assert_int_equal(ikl_schedule_total(&schedule), 5000);
    assert_int_equal(ikl_schedule_worst_detect(&schedule, 7), 5007);
}

static void whatever_makes_a_schedule_sets_no_jitter(void **state)
{
    static const uint32_t wait = 5;
    struct ikl_schedule schedules[3];

    (void)state;
    memset(schedules, 0xa5, sizeof(schedules));
    assert_int_equal(ikl_schedule_from_list(&schedules[0], &wait, 1, 0), IKL_OK);
    assert_int_equal(ikl_schedule_from_factor(&schedules[1], 1, 2000, 0, 3), IKL_OK);
    assert_int_equal(ikl_schedule_parse(&schedules[2], "1,2"), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(schedules); i++) {
        assert_int_equal(schedules[i].jitter, 0);
    }
    for (size_t i = 0; ikl_schedule_name(i) != NULL; i++) {
        assert_int_equal(ikl_schedule_by_name(ikl_schedule_name(i))->jitter, 0);
    }
}

static void more_jitter_than_900_thousandths_breaks_the_rules(void **state)
{
    struct ikl_schedule schedule = {{1000}, 1, 1, IKL_SCHEDULE_MAX_JITTER, 0};

    (void)state;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_OK);
    schedule.jitter++;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
    schedule.jitter = UINT16_MAX;
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
}

static void rfc_12_the_waits_of_every_named_schedule_grow_until_a_cap(void **state)
{
    (void)state;
    for (size_t i = 0; ikl_schedule_name(i) != NULL; i++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(i));

        for (uint32_t n = 1; n < schedule->tries; n++) {
            assert_true(ikl_schedule_wait(schedule, n) >= ikl_schedule_wait(schedule, n - 1));
        }
        assert_true(ikl_schedule_wait(schedule, schedule->tries - 1u) > ikl_schedule_wait(schedule, 0));
    }
}

TESTS_OF(schedule)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_named_schedule_has_the_waits_of_its_header),
        cmocka_unit_test(rfc_12_the_waits_of_every_named_schedule_grow_until_a_cap),
        cmocka_unit_test(the_default_is_panos_7_0),
        cmocka_unit_test(the_reference_outage_retransmits_at_these_times),
        cmocka_unit_test(strongswan_is_4_s_times_1_8_to_the_n_rounded_up),
        cmocka_unit_test(a_factor_schedule_is_exact_and_rounded_up),
        cmocka_unit_test(a_factor_schedule_satisfies_the_definition_of_rounding_up),
        cmocka_unit_test(the_sixty_fourth_wait_of_a_slow_factor_is_still_exact),
        cmocka_unit_test(more_tries_than_waits_need_a_constant_last_wait),
        cmocka_unit_test(a_factor_schedule_that_is_out_of_range_is_refused_and_nothing_is_written),
        cmocka_unit_test(a_list_repeats_its_last_wait),
        cmocka_unit_test(the_largest_schedule_adds_up),
        cmocka_unit_test(a_list_that_is_out_of_range_is_refused_and_nothing_is_written),
        cmocka_unit_test(text_is_parsed_as_seconds),
        cmocka_unit_test(text_that_is_no_schedule_is_refused_and_nothing_is_written),
        cmocka_unit_test(text_may_hold_as_many_waits_and_tries_as_a_schedule),
        cmocka_unit_test(check_refuses_fields_that_break_the_rules),
        cmocka_unit_test(the_worst_time_to_detection_is_the_idle_interval_and_all_waits),
        cmocka_unit_test(jitter_shortens_a_wait_evenly_and_0_gives_the_full_one),
        cmocka_unit_test(a_jittered_wait_lies_between_its_bounds_whatever_the_random_number),
        cmocka_unit_test(jitter_counts_neither_in_the_total_nor_in_the_plain_waits),
        cmocka_unit_test(whatever_makes_a_schedule_sets_no_jitter),
        cmocka_unit_test(more_jitter_than_900_thousandths_breaks_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
