/* SPDX-License-Identifier: ISC */
/* Outages that a link of the simulated world has by itself: how long, how often, and what becomes of datagrams. */
#include "support/listener.h"
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

enum { MANY = 20000, N_QUANTILES = 10, MEAN = 10000 };

static void begin_with(struct ends *ends, const struct ikl_sim_outages *outages, uint32_t delay)
{
    ends_begin(ends, &(struct ikl_sim_weather){.delay = delay});
    assert_int_equal(ikl_sim_set_outages_at(ends->link, 0, outages), IKL_OK);
}

static struct ikl_sim_outages of_kind(enum ikl_sim_spread spread, uint32_t mean, uint32_t shape, uint32_t a_year)
{
    return (struct ikl_sim_outages){
        .size = sizeof(struct ikl_sim_outages), .n = 1, .kinds = {{spread, mean, shape, a_year}}};
}

/* Outages of one length. */
static struct ikl_sim_outages of_length(uint32_t mean, uint32_t a_year)
{
    return of_kind(IKL_SIM_LOG_NORMAL, mean, 0, a_year);
}

/* How long the outages were, or the pauses between them. */
struct lengths {
    uint64_t ms[MANY];
    size_t n;
};

static void collect(const struct ikl_sim_outages *outages, struct lengths *lengths, struct lengths *pauses)
{
    const struct ikl_sim_record *record;
    struct ends ends;
    ikl_time back = 0;

    begin_with(&ends, outages, 0);
    lengths->n = pauses->n = 0;
    while (ikl_sim_n_records(ends.sim) < 2 * (size_t)MANY) {
        assert_int_equal(ikl_sim_step(ends.sim), IKL_OK);
    }
    for (size_t i = 0; i < 2 * (size_t)MANY; i++) {
        record = ikl_sim_record_at(ends.sim, i);
        assert_ptr_equal(record->link, ends.link);
        assert_int_equal(record->event, i % 2 == 0 ? IKL_SIM_LINK_OUT : IKL_SIM_LINK_BACK);
        if (record->event == IKL_SIM_LINK_OUT) {
            pauses->ms[pauses->n++] = record->at - back;
            lengths->ms[lengths->n++] = (uint64_t)record->about.number;
        }
        back = record->event == IKL_SIM_LINK_BACK ? record->at : record->at + (uint64_t)record->about.number;
        assert_true(record->event == IKL_SIM_LINK_OUT ||
                    lengths->ms[i / 2] == back - ikl_sim_record_at(ends.sim, i - 1)->at);
    }
    sim_free(ends.sim);
}

static size_t count_below(const struct lengths *lengths, uint64_t bound)
{
    size_t n = 0;

    for (size_t i = 0; i < lengths->n; i++) {
        n += lengths->ms[i] < bound;
    }
    return n;
}

/* The deciles, and what one in a thousand is above, within four sigma. */
static void assert_quantiles(const struct lengths *lengths, const uint64_t *quantiles)
{
    static const unsigned thousandths[N_QUANTILES] = {100, 200, 300, 400, 500, 600, 700, 800, 900, 999};

    for (size_t i = 0; i < N_QUANTILES; i++) {
        uint64_t expected = MANY / 1000 * thousandths[i];
        uint64_t below = count_below(lengths, quantiles[i]);
        uint64_t off = below > expected ? below - expected : expected - below;

        assert_true(off * off * 1000 <= 16 * expected * (1000 - thousandths[i]));
    }
}

static void assert_spread(enum ikl_sim_spread spread, uint32_t shape, const uint64_t *quantiles)
{
    static struct lengths lengths, pauses;
    struct ikl_sim_outages outages = of_kind(spread, MEAN, shape, 1000);

    collect(&outages, &lengths, &pauses);
    assert_quantiles(&lengths, quantiles);
}

static const uint64_t exponential[N_QUANTILES] = {1054, 2231, 3567, 5108, 6931, 9163, 12040, 16094, 23026, 69078};

static void exponential_outages_have_the_quantiles_of_that_distribution(void **state)
{
    (void)state;
    assert_spread(IKL_SIM_EXPONENTIAL, 0, exponential);
}

static void log_normal_outages_have_the_quantiles_of_that_distribution(void **state)
{
    static const uint64_t sigma_1_3[N_QUANTILES] = {812, 1438, 2172, 3090, 4296, 5971, 8494, 12829, 22728, 238624};

    (void)state;
    assert_spread(IKL_SIM_LOG_NORMAL, 1300, sigma_1_3);
}

static void pareto_outages_have_the_quantiles_of_that_distribution(void **state)
{
    static const uint64_t tail_1_5[N_QUANTILES] = {3576, 3868, 4228, 4686, 5291, 6140, 7438, 9747, 15472, 333333};

    (void)state;
    assert_spread(IKL_SIM_PARETO, 1500, tail_1_5);
}

static void a_log_normal_outage_without_deviation_lasts_as_long_as_the_mean(void **state)
{
    static struct lengths lengths, pauses;
    struct ikl_sim_outages outages = of_kind(IKL_SIM_LOG_NORMAL, MEAN, 0, 1000);

    (void)state;
    collect(&outages, &lengths, &pauses);
    assert_int_equal(count_below(&lengths, MEAN), 0);
    assert_int_equal(count_below(&lengths, MEAN + 1), MANY);
}

static void outages_come_as_often_as_stated_and_at_random(void **state)
{
    static struct lengths lengths, pauses;
    /* 10 s of 1000 a year leave 31547.6 s between them; quantiles as above */
    struct ikl_sim_outages outages = of_kind(IKL_SIM_EXPONENTIAL, MEAN, 0, 1000);
    uint64_t quantiles[N_QUANTILES], sum = 0;

    (void)state;
    collect(&outages, &lengths, &pauses);
    for (size_t i = 0; i < N_QUANTILES; i++) {
        quantiles[i] = exponential[i] * 315476 / 1000 * 10;
    }
    assert_quantiles(&pauses, quantiles);
    for (size_t i = 0; i < MANY; i++) {
        sum += lengths.ms[i] + pauses.ms[i];
    }
    /* 20 years, within four sigma */
    assert_in_range(sum, 20 * IKL_SIM_YEAR / 1000 * 972, 20 * IKL_SIM_YEAR / 1000 * 1028);
}

static void each_kind_comes_as_often_as_stated(void **state)
{
    static struct lengths lengths, pauses;
    struct ikl_sim_outages outages = of_length(1000, 700);
    size_t short_ones, middle_ones;

    (void)state;
    outages.n = 3;
    outages.kinds[1] = (struct ikl_sim_outage_kind){IKL_SIM_LOG_NORMAL, 100000, 0, 200};
    outages.kinds[2] = (struct ikl_sim_outage_kind){IKL_SIM_LOG_NORMAL, 10000000, 0, 100};
    collect(&outages, &lengths, &pauses);
    short_ones = count_below(&lengths, 50000);
    middle_ones = count_below(&lengths, 5000000) - short_ones;
    /* within four sigma */
    assert_in_range(short_ones, 14000 - 259, 14000 + 259);
    assert_in_range(middle_ones, 4000 - 226, 4000 + 226);
    assert_int_equal(count_below(&lengths, 1000), 0);
}

static void no_outage_and_no_pause_is_shorter_than_a_millisecond(void **state)
{
    static struct lengths lengths, pauses;
    struct ikl_sim_outages outages = of_kind(IKL_SIM_EXPONENTIAL, 1, 0, UINT32_MAX);

    (void)state;
    outages.n = 4; /* so many that half the year is left for the pauses between them: less than 1 ms each */
    outages.kinds[1] = outages.kinds[2] = outages.kinds[3] = outages.kinds[0];
    collect(&outages, &lengths, &pauses);
    assert_int_equal(count_below(&lengths, 1), 0);
    assert_int_equal(count_below(&pauses, 1), 0);
    assert_true(count_below(&lengths, 2) > MANY / 2);
    assert_true(count_below(&pauses, 2) > MANY / 2);
}

static void no_outage_is_longer_than_a_year(void **state)
{
    static struct lengths lengths, pauses;
    struct ikl_sim_outages outages = of_kind(IKL_SIM_LOG_NORMAL, UINT32_MAX, 4000, 1);
    size_t shorter;

    (void)state;
    collect(&outages, &lengths, &pauses);
    shorter = count_below(&lengths, IKL_SIM_LONGEST_OUTAGE);
    assert_int_equal(count_below(&lengths, IKL_SIM_LONGEST_OUTAGE + 1), MANY);
    assert_int_equal(count_below(&lengths, 1), 0);
    /* P(z > 2.4996) = 0.62 %; within four sigma */
    assert_in_range(MANY - shorter, 125 - 45, 125 + 45);
}

/* The times of the first outage. */
struct times {
    ikl_time out, back;
};

static struct times first_outage(const struct ikl_sim_outages *outages)
{
    const struct ikl_sim_record *record;
    struct times times;
    struct ends ends;

    begin_with(&ends, outages, 0);
    assert_int_equal(ikl_sim_step(ends.sim), IKL_OK);
    record = ikl_sim_find(ends.sim, IKL_SIM_LINK_OUT, NULL, 0);
    assert_non_null(record);
    times = (struct times){record->at, record->at + (uint64_t)record->about.number};
    sim_free(ends.sim);
    return times;
}

/* Both hosts send at these times; the datagram's number says which. */
static void send_at(struct ends *ends, const ikl_time *times, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sim_run_until(ends->sim, times[i]);
        ends_send(ends, &ends->a, (uint8_t)i);
        ends_send(ends, &ends->b, (uint8_t)i);
    }
    sim_run_for(ends->sim, 1000);
}

enum { DELAY = 10, N_SENDS = 7 };

static void sends_around(const struct times *times, ikl_time *out)
{
    const ikl_time sends[N_SENDS] = {times->out - DELAY - 1, times->out - DELAY, times->out - 1, times->out,
                                     times->out + 500,       times->back - 1,    times->back};

    memcpy(out, sends, sizeof(sends));
}

static void an_outage_loses_what_is_sent_and_what_would_arrive_both_ways(void **state)
{
    struct ikl_sim_outages outages = of_length(60000, 100);
    struct times times = first_outage(&outages);
    ikl_time sends[N_SENDS];
    struct ends ends;

    (void)state;
    sends_around(&times, sends);
    begin_with(&ends, &outages, DELAY);
    send_at(&ends, sends, N_SENDS);
    assert_int_equal(ends.a.n, 2);
    assert_int_equal(ends.b.n, 2);
    assert_int_equal(ends.a.heard[0].first, 0);
    assert_int_equal(ends.b.heard[1].first, N_SENDS - 1);
    assert_int_equal(ends.b.heard[1].at, times.back + DELAY);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_LOST, NULL, 0), 2 * (N_SENDS - 2));
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_OUTAGE);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->at, times.out);
    sim_free(ends.sim);
}

static void an_outage_that_holds_delivers_when_it_is_over_in_the_order_of_sending(void **state)
{
    static const ikl_time late[] = {DELAY - 1, DELAY};
    struct ikl_sim_outages outages = of_length(60000, 100);
    struct times times = first_outage(&outages);
    ikl_time sends[N_SENDS];
    struct ends ends;

    (void)state;
    sends_around(&times, sends);
    outages.holding = true;
    begin_with(&ends, &outages, DELAY);
    send_at(&ends, sends, N_SENDS);
    assert_int_equal(ends.a.n, N_SENDS);
    assert_int_equal(ends.b.n, N_SENDS);
    for (uint8_t i = 0; i < N_SENDS; i++) {
        assert_int_equal(ends.a.heard[i].first, i);
        assert_int_equal(ends.b.heard[i].first, i);
    }
    assert_int_equal(ends.a.heard[0].at, times.out - 1);
    for (size_t i = 1; i < N_SENDS - 2; i++) {
        assert_int_equal(ends.a.heard[i].at, times.back);
        assert_int_equal(ends.b.heard[i].at, times.back);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ends.a.heard[N_SENDS - 2 + i].at, times.back + late[i]);
    }
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_LOST, NULL, 0), 0);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_HELD, NULL, 0), 2 * (N_SENDS - 3));
    sim_free(ends.sim);
}

/* The times of the outages of the first year. */
static size_t outage_times(struct ikl_sim *sim, ikl_time *out, size_t most)
{
    size_t n = 0;

    sim_run_until(sim, IKL_SIM_YEAR);
    for (const struct ikl_sim_record *record; (record = ikl_sim_find(sim, IKL_SIM_LINK_OUT, NULL, n)) != NULL; n++) {
        assert_true(n < most);
        out[n] = record->at;
    }
    return n;
}

static void outages_are_the_same_whatever_crosses_the_link_and_whether_it_holds(void **state)
{
    struct ikl_sim_outages outages = of_kind(IKL_SIM_LOG_NORMAL, 60000, 1300, 50);
    static ikl_time of_idle[200], of_busy[200];
    struct ends idle, busy;
    size_t n;

    (void)state;
    begin_with(&idle, &outages, 0);
    outages.holding = true;
    begin_with(&busy, &outages, 100);
    ikl_sim_set_weather_at(busy.link, NULL, 0, &(struct ikl_sim_weather){.loss = IKL_SIM_PERCENT(50), .jitter = 50});
    for (int i = 0; i < 100; i++) {
        sim_run_for(busy.sim, IKL_SIM_YEAR / 200);
        ends_send(&busy, &busy.a, 1);
    }
    n = outage_times(idle.sim, of_idle, COUNT_OF(of_idle));
    assert_in_range(n, 50 - 28, 50 + 28);
    assert_int_equal(outage_times(busy.sim, of_busy, COUNT_OF(of_busy)), n);
    assert_memory_equal(of_idle, of_busy, n * sizeof(of_idle[0]));
    sim_free(idle.sim);
    sim_free(busy.sim);
}

static void links_of_one_habit_have_outages_of_their_own(void **state)
{
    struct ikl_sim_outages outages = of_length(60000, 100);
    struct ikl_sim_link *other;
    struct listener c;
    struct ends ends;

    (void)state;
    begin_with(&ends, &outages, 0);
    listener_add(ends.sim, &c);
    assert_int_equal(ikl_sim_add_link(ends.a.host, c.host, NULL, &other), IKL_OK);
    assert_int_equal(ikl_sim_set_outages_at(other, 0, &outages), IKL_OK);
    sim_run_until(ends.sim, IKL_SIM_YEAR / 10);
    assert_true(ikl_sim_find(ends.sim, IKL_SIM_LINK_OUT, NULL, 0)->link !=
                    ikl_sim_find(ends.sim, IKL_SIM_LINK_OUT, NULL, 1)->link ||
                ikl_sim_find(ends.sim, IKL_SIM_LINK_OUT, NULL, 1)->link !=
                    ikl_sim_find(ends.sim, IKL_SIM_LINK_OUT, NULL, 2)->link);
    sim_free(ends.sim);
}

static void assert_only_the_second_arrived(const struct ends *ends)
{
    assert_int_equal(ends->b.n, 1);
    assert_int_equal(ends->b.heard[0].first, 2);
}

static void an_outage_takes_its_course_when_the_habit_ends(void **state)
{
    struct ikl_sim_outages outages = of_length(60000, 1000);
    struct times times = first_outage(&outages);
    struct ends ends;

    (void)state;
    begin_with(&ends, &outages, 0);
    assert_int_equal(ikl_sim_set_outages_at(ends.link, times.out + 1, NULL), IKL_OK);
    sim_run_until(ends.sim, times.back - 1);
    ends_send(&ends, &ends.a, 1);
    sim_run_until(ends.sim, times.back);
    ends_send(&ends, &ends.a, 2);
    sim_run_until(ends.sim, IKL_SIM_YEAR);
    assert_only_the_second_arrived(&ends);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_LINK_OUT, NULL, 0), 1);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LINK_BACK, NULL, 0)->at, times.back);
    sim_free(ends.sim);
}

static void an_outage_takes_its_course_when_the_habit_changes_and_the_new_one_follows(void **state)
{
    struct ikl_sim_outages outages = of_length(60000, 1000), holding = of_length(5000, 10000);
    struct times times = first_outage(&outages);
    struct ends ends;

    (void)state;
    holding.holding = true;
    begin_with(&ends, &outages, 0);
    assert_int_equal(ikl_sim_set_outages_at(ends.link, times.out + 1, &holding), IKL_OK);
    sim_run_until(ends.sim, times.back - 1);
    ends_send(&ends, &ends.a, 1);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_LOST, NULL, 0), 1);
    while (ikl_sim_count(ends.sim, IKL_SIM_LINK_OUT, NULL, 0) < 2) {
        assert_int_equal(ikl_sim_step(ends.sim), IKL_OK);
    }
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LINK_OUT, NULL, 1)->about.number, 5000);
    ends_send(&ends, &ends.a, 2);
    sim_run_for(ends.sim, 5000);
    assert_only_the_second_arrived(&ends);
    sim_free(ends.sim);
}

static void a_habit_that_changes_before_its_first_outage_has_none(void **state)
{
    struct ikl_sim_outages outages = of_length(60000, 100), other = of_length(1000, 100);
    struct times times = first_outage(&outages);
    struct ends ends;

    (void)state;
    begin_with(&ends, &outages, 0);
    assert_int_equal(ikl_sim_set_outages_at(ends.link, times.out - 1, &other), IKL_OK);
    sim_run_until(ends.sim, IKL_SIM_YEAR);
    for (size_t i = 0; i < ikl_sim_n_records(ends.sim); i++) {
        assert_in_range(ikl_sim_record_at(ends.sim, i)->about.number, 0, 1000);
    }
    assert_in_range(ikl_sim_count(ends.sim, IKL_SIM_LINK_OUT, NULL, 0), 100 - 40, 100 + 40);
    sim_free(ends.sim);
}

static void a_cut_stands_beside_an_outage(void **state)
{
    struct ikl_sim_outages outages = of_length(60000, 100);
    struct times times = first_outage(&outages);
    struct ends ends;

    (void)state;
    begin_with(&ends, &outages, 0);
    sim_cut_at(ends.link, times.out + 1);
    sim_run_until(ends.sim, times.back);
    ends_send(&ends, &ends.a, 1);
    sim_restore_at(ends.link, times.back + 1);
    sim_run_until(ends.sim, times.back + 1);
    ends_send(&ends, &ends.a, 2);
    sim_run_for(ends.sim, 1);
    assert_only_the_second_arrived(&ends);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_CUT);
    sim_free(ends.sim);
}

/* A pair that checks by the schedule `android` (15.5 s, the last send after 7.5 s) over a link with one outage. */
static struct ikl_sim *check_over(const struct ikl_sim_outages *outages, struct ikl_sim_pair *pair)
{
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .schedule = ikl_schedule_by_name("android")};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = &sa};
    struct ikl_sim *sim = sim_new(5);
    struct times times = first_outage(outages);

    *pair = sim_pair(sim, &config);
    assert_int_equal(ikl_sim_set_outages_at(pair->link, 0, outages), IKL_OK);
    sim_run_until(sim, times.back + 1);
    assert_int_equal(ikl_sim_set_outages_at(pair->link, ikl_sim_now(sim), NULL), IKL_OK);
    sim_run_for(sim, seconds(30));
    return sim;
}

static void an_outage_over_several_packets_is_survived_when_it_is_shorter_than_the_sends(void **state)
{
    struct ikl_sim_outages outages = of_length(7000, 100000);
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = check_over(&outages, &pair);

    (void)state;
    assert_true(ikl_sim_count(sim, IKL_SIM_LOST, NULL, 0) >= 2);
    assert_up(pair.sa_a);
    assert_up(pair.sa_b);
    sim_free(sim);
}

static void an_outage_longer_than_the_schedule_takes_the_ike_sa_down(void **state)
{
    struct ikl_sim_outages outages = of_length(21500, 100000);
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = check_over(&outages, &pair);

    (void)state;
    assert_int_equal(ikl_sa_state(pair.sa_a), IKL_SA_DEAD);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_DOWN, NULL, 0)->about.down.reason, IKL_DOWN_TIMEOUT);
    sim_free(sim);
}

/* The last send is at most 7.5 + 5 s after the outage began, the verdict no sooner than 15.5 s after that. */
static void an_outage_that_holds_is_survived_when_it_ends_before_the_verdict(void **state)
{
    struct ikl_sim_outages outages = of_length(13500, 100000);
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = check_over(&outages, &pair);

    (void)state;
    assert_int_equal(ikl_sa_state(pair.sa_a), IKL_SA_DEAD);
    sim_free(sim);
    outages.holding = true;
    sim = check_over(&outages, &pair);
    assert_up(pair.sa_a);
    assert_up(pair.sa_b);
    assert_true(ikl_sim_count(sim, IKL_SIM_HELD, NULL, 0) >= 5);
    sim_free(sim);
}

static void outages_that_cannot_be_are_refused(void **state)
{
    static const struct ikl_sim_outage_kind wrong[] = {
        {IKL_SIM_EXPONENTIAL, 0, 0, 1},
        {IKL_SIM_EXPONENTIAL, 1, 0, 0},
        {IKL_SIM_EXPONENTIAL, 31557600, 0, 1000}, /* the whole year */
        {IKL_SIM_EXPONENTIAL, UINT32_MAX, 0, UINT32_MAX},
        {IKL_SIM_LOG_NORMAL, 1, 4001, 1},
        {IKL_SIM_PARETO, 1, 1000, 1},
        {IKL_SIM_PARETO, 1, 100001, 1},
        {(enum ikl_sim_spread)3, 1, 1500, 1},
    };
    struct ikl_sim_outages outages = of_length(1000, 100);
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    outages.n = 2;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        outages.kinds[1] = wrong[i];
        assert_int_equal(ikl_sim_set_outages_at(ends.link, 0, &outages), IKL_ERR_INVALID);
    }
    outages.n = IKL_SIM_OUTAGE_KINDS + 1;
    assert_int_equal(ikl_sim_set_outages_at(ends.link, 0, &outages), IKL_ERR_INVALID);
    outages.n = 1;
    outages.size--;
    assert_int_equal(ikl_sim_set_outages_at(ends.link, 0, &outages), IKL_ERR_INVALID);
    assert_int_equal(ikl_sim_step(ends.sim), IKL_ERR_END);
    sim_free(ends.sim);
}

static void a_year_that_is_full_but_for_a_millisecond_is_not(void **state)
{
    struct ikl_sim_outages outages = of_length(31557599, 1000);
    struct ends ends;

    (void)state;
    begin_with(&ends, &outages, 0);
    outages.n = 2;
    outages.kinds[1] = (struct ikl_sim_outage_kind){IKL_SIM_EXPONENTIAL, 999, 0, 1};
    assert_int_equal(ikl_sim_set_outages_at(ends.link, 0, &outages), IKL_OK);
    outages.kinds[1].mean++;
    assert_int_equal(ikl_sim_set_outages_at(ends.link, 0, &outages), IKL_ERR_INVALID);
    sim_free(ends.sim);
}

static void the_outages_of_a_fixed_story_are_the_same_on_every_architecture(void **state)
{
    struct ikl_sim_outages outages = of_kind(IKL_SIM_EXPONENTIAL, 5000, 0, 365);
    struct ends ends;
    uint64_t sum = 0;

    (void)state;
    outages.n = 3;
    outages.kinds[1] = (struct ikl_sim_outage_kind){IKL_SIM_LOG_NORMAL, 2000, 1300, 500};
    outages.kinds[2] = (struct ikl_sim_outage_kind){IKL_SIM_PARETO, 3000, 1500, 500};
    begin_with(&ends, &outages, 0);
    sim_run_until(ends.sim, 10 * IKL_SIM_YEAR);
    for (size_t i = 0; i < ikl_sim_n_records(ends.sim); i++) {
        sum = sum * 31 + ikl_sim_record_at(ends.sim, i)->at;
        sum = sum * 31 + (uint64_t)ikl_sim_record_at(ends.sim, i)->about.number;
    }
    assert_true(sum == UINT64_C(0x3a020d2da59adf10));
    sim_free(ends.sim);
}

TESTS_OF(sim_outages)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_outages_have_the_quantiles_of_that_distribution),
        cmocka_unit_test(log_normal_outages_have_the_quantiles_of_that_distribution),
        cmocka_unit_test(pareto_outages_have_the_quantiles_of_that_distribution),
        cmocka_unit_test(a_log_normal_outage_without_deviation_lasts_as_long_as_the_mean),
        cmocka_unit_test(outages_come_as_often_as_stated_and_at_random),
        cmocka_unit_test(each_kind_comes_as_often_as_stated),
        cmocka_unit_test(no_outage_and_no_pause_is_shorter_than_a_millisecond),
        cmocka_unit_test(no_outage_is_longer_than_a_year),
        cmocka_unit_test(an_outage_loses_what_is_sent_and_what_would_arrive_both_ways),
        cmocka_unit_test(an_outage_that_holds_delivers_when_it_is_over_in_the_order_of_sending),
        cmocka_unit_test(outages_are_the_same_whatever_crosses_the_link_and_whether_it_holds),
        cmocka_unit_test(links_of_one_habit_have_outages_of_their_own),
        cmocka_unit_test(an_outage_takes_its_course_when_the_habit_ends),
        cmocka_unit_test(an_outage_takes_its_course_when_the_habit_changes_and_the_new_one_follows),
        cmocka_unit_test(a_habit_that_changes_before_its_first_outage_has_none),
        cmocka_unit_test(a_cut_stands_beside_an_outage),
        cmocka_unit_test(an_outage_over_several_packets_is_survived_when_it_is_shorter_than_the_sends),
        cmocka_unit_test(an_outage_longer_than_the_schedule_takes_the_ike_sa_down),
        cmocka_unit_test(an_outage_that_holds_is_survived_when_it_ends_before_the_verdict),
        cmocka_unit_test(outages_that_cannot_be_are_refused),
        cmocka_unit_test(a_year_that_is_full_but_for_a_millisecond_is_not),
        cmocka_unit_test(the_outages_of_a_fixed_story_are_the_same_on_every_architecture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
