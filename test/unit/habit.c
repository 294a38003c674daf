/* SPDX-License-Identifier: ISC */
/* How often schedules give up peers that are alive, on paths that have outages. */
#include "support/habits.h"
#include "support/test.h"
#include "support/test_random.h"

#include <ikelive/schedule.h>

#include <math.h>
#include <stdio.h>

#define MS_PER_YEAR 31557600000.0L

static double a_year(const struct ikl_schedule *schedule, uint32_t idle, const struct ikl_habit *habit)
{
    double result = -1;

    assert_int_equal(ikl_schedule_false_down_outages(&result, schedule, idle, habit), IKL_OK);
    return result;
}

static void assert_close(double value, long double expected)
{
    long double most = expected * 1e-12L;

    assert_true(value - expected <= most && expected - value <= most);
}

static const char *printed(char text[16], double value)
{
    (void)snprintf(text, 16, "%.*f", decimals(value), value);
    return text;
}

static void the_table_of_the_header_is_what_it_says(void **state)
{
    static const struct {
        const char *schedule;
        const char *listed[N_HABITS], *parting[N_HABITS];
    } rows[] = {
        {"panos-7.0", {"3.1", "24", "0.73", "20"}, {"2.6", "17", "0.61", "15"}},
        {"panos-11", {"2.3", "12", "0.54", "12"}, {"2.1", "8.9", "0.49", "8.8"}},
        {"strongswan", {"13", "77", "2.2", "49"}, {"5.4", "41", "1.1", "31"}},
        {"libreswan", {"35", "350", "4.3", "248"}, {"20", "129", "2.9", "76"}},
        {"openiked", {"20", "133", "2.9", "78"}, {"8.1", "53", "1.5", "38"}},
        {"fortios", {"27", "220", "3.6", "138"}, {"13", "75", "2.1", "48"}},
        {"android", {"107", "1005", "6.1", "1735"}, {"61", "723", "5.5", "694"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows) * N_HABITS; i++) {
        const struct ikl_schedule *listed = ikl_schedule_by_name(rows[i / N_HABITS].schedule);
        const struct ikl_habit *habit = &named_habits[i % N_HABITS].habit;
        struct ikl_schedule parting;
        char text[16];

        assert_int_equal(ikl_schedule_with_parting_send(&parting, listed), IKL_OK);
        assert_string_equal(printed(text, a_year(listed, HABITS_IDLE, habit)), rows[i / N_HABITS].listed[i % N_HABITS]);
        assert_string_equal(printed(text, a_year(&parting, HABITS_IDLE, habit)),
                            rows[i / N_HABITS].parting[i % N_HABITS]);
    }
}

static void a_schedule_that_was_proposed_for_single_losses_is_often_wrong_where_there_are_outages(void **state)
{
    struct ikl_schedule schedule;
    char text[16];

    (void)state;
    assert_int_equal(ikl_schedule_propose(&schedule, 120000, HABITS_IDLE, 0.01, 1), IKL_OK);
    assert_string_equal(printed(text, a_year(&schedule, HABITS_IDLE, &named_habits[1].habit)), "171");
}

/* What a parting send saves, in hundredths, over all habits. */
static void a_parting_send_saves_a_part_of_the_false_verdicts_that_is_known(void **state)
{
    static const int least_and_most[][2] = {{16, 30}, {9, 28}, {37, 59}, {33, 69}, {48, 60}, {42, 66}, {9, 60}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(least_and_most); i++) {
        const struct ikl_schedule *listed = ikl_schedule_by_name(ikl_schedule_name(i));
        long least = 100, most = 0;

        for (size_t n = 0; n < N_HABITS; n++) {
            struct ikl_schedule parting;
            long saved;

            assert_int_equal(ikl_schedule_with_parting_send(&parting, listed), IKL_OK);
            saved = lround(100 - 100 * a_year(&parting, HABITS_IDLE, &named_habits[n].habit) /
                                     a_year(listed, HABITS_IDLE, &named_habits[n].habit));
            least = saved < least ? saved : least;
            most = saved > most ? saved : most;
        }
        assert_int_equal(least, least_and_most[i][0]);
        assert_int_equal(most, least_and_most[i][1]);
    }
}

static void where_there_are_outages_single_losses_of_one_in_a_hundred_add_six_percent_at_most(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_HABITS * 7; i++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(i / N_HABITS));
        struct ikl_habit habit = named_habits[i % N_HABITS].habit;
        double without, more;

        habit.loss = 0;
        without = a_year(schedule, HABITS_IDLE, &habit);
        habit.loss = 0.01;
        more = a_year(schedule, HABITS_IDLE, &habit) / without;
        assert_true(more > 1 && more < 1.06);
    }
}

static void trimmed_schedules_give_up_a_thousandth_more_at_most(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_HABITS * 7; i++) {
        const struct ikl_schedule *listed = ikl_schedule_by_name(ikl_schedule_name(i / N_HABITS));
        const struct ikl_habit *habit = &named_habits[i % N_HABITS].habit;
        struct ikl_schedule trimmed;
        double more;

        assert_int_equal(ikl_schedule_trim(&trimmed, listed, 0), IKL_OK);
        more = a_year(&trimmed, HABITS_IDLE, habit) / a_year(listed, HABITS_IDLE, habit);
        assert_true(more >= 1 && more < 1.001);
    }
}

/* Computed with 60 digits. */
static void the_numbers_are_exact_to_twelve_digits_however_small_they_are(void **state)
{
    static const struct {
        const char *schedule;
        uint32_t idle;
        struct ikl_habit habit;
        double a_year;
    } rows[] = {
        {"1,2,4", 5000, {.loss = 0.01}, 49.53325728899192},
        {"1x42", 5000, {.kinds = {{100, 1000}}, .n_kinds = 1}, 2.7610500043021472e-176},
        {"1x42", 1, {.kinds = {{100, 1000}, {50, 4000}, {10, 1}}, .n_kinds = 3}, 3.0001686762011731e-174},
        {"0.5x64",
         5000,
         {.loss = 0.001, .kinds = {{100, 1000}, {50, 4000}, {10, 1}}, .n_kinds = 3},
         6.6167216258204435e-136},
        {"60x5", 60000, {.kinds = {{1000, 1e-9}, {1200, 1e-9}}, .n_kinds = 2}, 8.6606184737890336e-76},
        {"1,2,4,8",
         5000,
         {.loss = 0.02,
          .kinds = {{1000, 10000},
                    {2000, 5000},
                    {4000, 2500},
                    {8000, 1000},
                    {16000, 500},
                    {32000, 200},
                    {64000, 100},
                    {128000, 50}},
          .n_kinds = 8},
         1245.1086141068993},
        {"86400x5",
         UINT32_MAX,
         {.loss = 0.5,
          .kinds = {{1, 1e9}, {1e12, 1e9}, {1000, 1}, {2000, 1}, {4000, 1}, {8000, 1}, {16000, 1}, {32000, 1}},
          .n_kinds = 8},
         6.6760774994580131},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_schedule schedule;

        assert_int_equal(ikl_schedule_parse(&schedule, rows[i].schedule), IKL_OK);
        assert_close(a_year(&schedule, rows[i].idle, &rows[i].habit), rows[i].a_year);
    }
}

static void without_outages_only_single_losses_count(void **state)
{
    (void)state;
    for (size_t i = 0; ikl_schedule_name(i) != NULL; i++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(i));
        const struct ikl_habit none = {.loss = 0.1}, never = {.loss = 0.1, .kinds = {{1000, 0}}, .n_kinds = 1};
        long double takes = HABITS_IDLE, unanswered = 1;

        for (uint32_t n = 0; n < schedule->tries; n++) {
            unanswered *= 0.19L;
            takes += ikl_schedule_wait(schedule, n) * unanswered;
        }
        assert_close(a_year(schedule, HABITS_IDLE, &none), unanswered * MS_PER_YEAR / takes);
        assert_close(a_year(schedule, HABITS_IDLE, &never), unanswered * MS_PER_YEAR / takes);
    }
}

static void where_all_is_lost_every_check_ends_in_a_verdict(void **state)
{
    const struct ikl_habit all = {.loss = 1};

    (void)state;
    assert_close(a_year(ikl_schedule_default(), HABITS_IDLE, &all), MS_PER_YEAR / 324000);
}

static void without_loss_and_outages_there_is_no_verdict(void **state)
{
    const struct ikl_habit none = {.loss = 0};

    (void)state;
    assert_true(a_year(ikl_schedule_default(), HABITS_IDLE, &none) == 0);
}

/* The closed form for one kind, by the exponential function. */
static void step(long double *up, long double *down, long double begins, long double ends, long double ms)
{
    long double k = begins + ends, stays = expl(-k * ms), moves = -expm1l(-k * ms), was_up = *up, was_down = *down;

    *up = (was_up * (ends + begins * stays) + was_down * ends * moves) / k;
    *down = (was_up * begins * moves + was_down * (begins + ends * stays)) / k;
}

static long double closed_form(const struct ikl_schedule *schedule, uint32_t idle, double loss,
                               const struct ikl_outage_kind *kind)
{
    long double begins = kind->a_year / MS_PER_YEAR, ends = 1 / (long double)kind->mean;
    long double up = 1, down = 0, takes = idle;

    step(&up, &down, begins, ends, idle);
    for (uint32_t n = 0; n < schedule->tries; n++) {
        if (n > 0) {
            step(&up, &down, begins, ends, ikl_schedule_wait(schedule, n - 1));
        }
        up *= loss * (2 - (long double)loss);
        takes += ikl_schedule_wait(schedule, n) * (up + down);
    }
    return (up + down) * MS_PER_YEAR / takes;
}

static double any_of(struct test_random *random, double least, double most)
{
    return least * pow(most / least, (double)test_random_below(random, 1000001) / 1000000);
}

/* Kinds of the same mean are one kind, so the closed form holds for several of them too. */
static void kinds_of_the_same_mean_count_as_one_kind_which_has_a_closed_form(void **state)
{
    struct test_random random = {71};

    (void)state;
    for (int n = 0; n < 2000; n++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(test_random_below(&random, 7)));
        uint32_t idle = (uint32_t)any_of(&random, 1, 1e9);
        struct ikl_habit habit = {.loss = any_of(&random, 1e-9, 1), .n_kinds = 1 + test_random_below(&random, 8)};
        struct ikl_outage_kind whole = {.mean = any_of(&random, 100, 1e8)};

        for (size_t i = 0; i < habit.n_kinds; i++) {
            habit.kinds[i] = (struct ikl_outage_kind){.mean = whole.mean, .a_year = any_of(&random, 1e-6, 1e6)};
            whole.a_year += habit.kinds[i].a_year;
        }
        assert_close(a_year(schedule, idle, &habit), closed_form(schedule, idle, habit.loss, &whole));
    }
}

static void the_order_of_the_kinds_does_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_HABITS; i++) {
        const struct ikl_habit *habit = &named_habits[i].habit;
        struct ikl_habit turned = *habit;

        for (size_t n = 0; n < habit->n_kinds; n++) {
            turned.kinds[n] = habit->kinds[habit->n_kinds - 1 - n];
        }
        assert_close(a_year(ikl_schedule_default(), HABITS_IDLE, &turned),
                     a_year(ikl_schedule_default(), HABITS_IDLE, habit));
    }
}

/* Outages a year that are longer than this. */
static double longer_than(const struct ikl_habit *habit, uint64_t ms)
{
    double sum = 0;

    for (size_t i = 0; i < habit->n_kinds; i++) {
        sum += habit->kinds[i].a_year * exp(-(double)ms / habit->kinds[i].mean);
    }
    return sum;
}

static void without_loss_the_verdicts_are_the_outages_longer_than_the_span_and_up_to_the_idle_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_HABITS * 7; i++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(i / N_HABITS));
        struct ikl_habit habit = named_habits[i % N_HABITS].habit;
        double verdicts;

        habit.loss = 0;
        verdicts = a_year(schedule, HABITS_IDLE, &habit);
        assert_true(verdicts < longer_than(&habit, ikl_schedule_span(schedule)));
        assert_true(verdicts > longer_than(&habit, ikl_schedule_span(schedule) + HABITS_IDLE));
    }
}

static void one_kind_with_the_mean_of_all_outages_is_far_from_the_truth(void **state)
{
    const struct ikl_habit *habit = &named_habits[1].habit;
    struct ikl_habit mean = {.loss = habit->loss, .n_kinds = 1};

    (void)state;
    for (size_t i = 0; i < habit->n_kinds; i++) {
        mean.kinds[0].a_year += habit->kinds[i].a_year;
        mean.kinds[0].mean += habit->kinds[i].a_year * habit->kinds[i].mean;
    }
    mean.kinds[0].mean /= mean.kinds[0].a_year;
    assert_true(a_year(ikl_schedule_default(), HABITS_IDLE, habit) >
                1e6 * a_year(ikl_schedule_default(), HABITS_IDLE, &mean));
}

/* Of a thousand outages a year those that are longer than this, where lengths are log-normal, median 2 s, sigma 1.3;
 * and where they are as Pareto has it, the exponent 1.5, 5 s on average. */
static double log_normal(double ms)
{
    return 500 * erfc(log(ms / 2000) / (1.3 * sqrt(2)));
}

static double pareto(double ms)
{
    return 1000 * pow(5000.0 / 3 / ms, 1.5);
}

/* Without single losses the false verdicts are the outages that are longer than the span and a part of the idle time,
 * each part as likely as any other. */
static double longer_on_average(double (*longer)(double ms), double span)
{
    enum { PARTS = 1000 };
    double sum = 0;

    for (int i = 0; i < PARTS; i++) {
        sum += longer(span + (i + 0.5) * HABITS_IDLE / PARTS);
    }
    return sum / PARTS;
}

static void three_kinds_are_within_a_tenth_of_other_distributions(void **state)
{
    static const struct {
        double (*longer)(double ms);
        struct ikl_habit habit;
    } fitted[] = {
        {log_normal, {.kinds = {{6730, 318}, {24500, 44.3}, {90300, 1.7}}, .n_kinds = 3}},
        {pareto, {.kinds = {{3940, 580}, {23400, 37.7}, {164000, 2.72}}, .n_kinds = 3}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(fitted) * 7; i++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(i % 7));
        double expected = longer_on_average(fitted[i / 7].longer, (double)ikl_schedule_span(schedule));

        assert_true(fabs(a_year(schedule, HABITS_IDLE, &fitted[i / 7].habit) / expected - 1) < 0.1);
    }
}

static void jitter_plays_no_part(void **state)
{
    struct ikl_schedule jittered = *ikl_schedule_default();

    (void)state;
    jittered.jitter = 500;
    assert_true(a_year(&jittered, HABITS_IDLE, &named_habits[0].habit) ==
                a_year(ikl_schedule_default(), HABITS_IDLE, &named_habits[0].habit));
}

static void assert_wrong(struct ikl_habit habit, const char *field)
{
    double result = 7;

    assert_string_equal(ikl_habit_error(&habit), field);
    assert_int_equal(ikl_schedule_false_down_outages(&result, ikl_schedule_default(), 5000, &habit), IKL_ERR_INVALID);
    assert_true(result == 7);
}

static void what_makes_no_sense_is_refused_and_nothing_is_written(void **state)
{
    struct ikl_habit habit = named_habits[0].habit;
    static const double no_loss[] = {-1e-300, 1.0000000000000002, INFINITY, -INFINITY, NAN};
    static const double no_mean[] = {0, 0.999, -1, 1.001e12, INFINITY, NAN};
    static const double no_number[] = {-1e-300, 1.001e9, INFINITY, NAN};
    double result = 7;

    (void)state;
    assert_null(ikl_habit_error(&habit));
    assert_int_equal(ikl_schedule_false_down_outages(&result, ikl_schedule_default(), 0, &habit), IKL_ERR_INVALID);
    assert_true(result == 7);
    for (size_t i = 0; i < COUNT_OF(no_loss); i++) {
        habit.loss = no_loss[i];
        assert_wrong(habit, "loss");
    }
    habit.loss = 0.5;
    for (size_t n = 0; n < habit.n_kinds; n++) {
        const struct ikl_outage_kind kind = habit.kinds[n];

        for (size_t i = 0; i < COUNT_OF(no_mean); i++) {
            habit.kinds[n].mean = no_mean[i];
            assert_wrong(habit, "kinds.mean");
        }
        habit.kinds[n] = kind;
        for (size_t i = 0; i < COUNT_OF(no_number); i++) {
            habit.kinds[n].a_year = no_number[i];
            assert_wrong(habit, "kinds.a_year");
        }
        habit.kinds[n] = kind;
    }
    habit.n_kinds = 3;
    habit.kinds[3].mean = 0; /* the fourth is not used */
    assert_null(ikl_habit_error(&habit));
    habit.n_kinds = IKL_HABIT_MAX_KINDS + 1;
    assert_wrong(habit, "n_kinds");
    habit.n_kinds = SIZE_MAX;
    assert_wrong(habit, "n_kinds");
}

TESTS_OF(habit)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_the_header_is_what_it_says),
        cmocka_unit_test(a_schedule_that_was_proposed_for_single_losses_is_often_wrong_where_there_are_outages),
        cmocka_unit_test(a_parting_send_saves_a_part_of_the_false_verdicts_that_is_known),
        cmocka_unit_test(where_there_are_outages_single_losses_of_one_in_a_hundred_add_six_percent_at_most),
        cmocka_unit_test(trimmed_schedules_give_up_a_thousandth_more_at_most),
        cmocka_unit_test(the_numbers_are_exact_to_twelve_digits_however_small_they_are),
        cmocka_unit_test(without_outages_only_single_losses_count),
        cmocka_unit_test(where_all_is_lost_every_check_ends_in_a_verdict),
        cmocka_unit_test(without_loss_and_outages_there_is_no_verdict),
        cmocka_unit_test(kinds_of_the_same_mean_count_as_one_kind_which_has_a_closed_form),
        cmocka_unit_test(the_order_of_the_kinds_does_not_matter),
        cmocka_unit_test(without_loss_the_verdicts_are_the_outages_longer_than_the_span_and_up_to_the_idle_time),
        cmocka_unit_test(one_kind_with_the_mean_of_all_outages_is_far_from_the_truth),
        cmocka_unit_test(three_kinds_are_within_a_tenth_of_other_distributions),
        cmocka_unit_test(jitter_plays_no_part),
        cmocka_unit_test(what_makes_no_sense_is_refused_and_nothing_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
