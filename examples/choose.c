/* SPDX-License-Identifier: ISC */
/* ikelive example, 250 lines: which schedule for my link?
 *
 * You say what the link does (what it loses, how long its outages are, how many there are a year: count them in a log)
 * and how soon you must know that a peer is gone. The program says which schedule gives up the fewest peers that are
 * alive in that time, what to write into the configuration of other stacks to come close, and how many false verdicts a
 * year to expect of each. */
#include "support/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SENDS = 12, MS = 1000 };

struct wish {
    struct ikl_habit habit;
    double loss;                       /* below 0: that of the link */
    struct ikl_habit outages;          /* none: those of the link */
    struct options_count detect, idle; /* s */
    struct options_count round_trip;   /* ms */
};

/* The links of <ikelive/schedule.h>. */
static const struct {
    const char *name;
    struct ikl_habit habit;
} links[] = {
    {"dsl", {0.001, {{5000, 365}, {45000, 60}, {150000, 6}, {3600000, 2}}, 4}},
    {"lte", {0.01, {{1500, 7305}, {20000, 1461}, {180000, 100}}, 3}},
    {"data-centre", {0.00001, {{1000, 50}, {60000, 6}, {600000, 1}}, 3}},
    {"satellite", {0.01, {{2000, 73050}, {15000, 1826}, {240000, 40}, {180000, 26}}, 4}},
};

static const char *parse_link(const char *text, void *into)
{
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (strcmp(text, links[i].name) == 0) {
            *(struct ikl_habit *)into = links[i].habit;
            return NULL;
        }
    }
    return "one of dsl, lte, data-centre, satellite";
}

static const char *parse_loss(const char *text, void *into)
{
    double percent = 0;
    const char *wrong = options_number(text, "a percentage", 0, 99, &percent);

    if (wrong == NULL) {
        *(double *)into = percent / 100;
    }
    return wrong;
}

static const char *parse_outages(const char *text, void *into)
{
    struct ikl_habit read = {.loss = 0};
    double mean, a_year;
    int len;

    while (read.n_kinds < IKL_HABIT_MAX_KINDS && sscanf(text, "%lfx%lf%n", &mean, &a_year, &len) == 2) {
        read.kinds[read.n_kinds++] = (struct ikl_outage_kind){mean * MS, a_year};
        text += text[len] == ',' && text[len + 1] != '\0' ? len + 1 : len;
    }
    if (*text != '\0' || read.n_kinds == 0 || ikl_habit_error(&read) != NULL) {
        return "up to 8 kinds of outages: how long on average in seconds, x, how many a year, as in 5x365,3600x2";
    }
    *(struct ikl_habit *)into = read;
    return NULL;
}

/* What was said of the link counts, whatever came first. */
static void settle_habit(struct wish *wish)
{
    if (wish->loss >= 0) {
        wish->habit.loss = wish->loss;
    }
    if (wish->outages.n_kinds != 0) {
        wish->outages.loss = wish->habit.loss;
        wish->habit = wish->outages;
    }
}

static uint32_t time_of(const struct wish *wish)
{
    return (wish->detect.value - wish->idle.value) * MS;
}

static double verdicts(const struct wish *wish, const struct ikl_schedule *schedule)
{
    double a_year = 0;

    return ikl_schedule_false_down_outages(&a_year, schedule, wish->idle.value * MS, &wish->habit) == IKL_OK ? a_year
                                                                                                             : -1;
}

/* A schedule of another stack counts if it waits at least as long as one of ours would: for a first answer, and for the
 * last one. */
static bool is_fair(const struct wish *wish, const struct ikl_schedule *schedule)
{
    uint32_t last = wish->round_trip.value * 8;

    return ikl_schedule_wait(schedule, 0) >= IKL_PROPOSED_MIN_WAIT &&
           ikl_schedule_wait(schedule, schedule->tries - 1u) >=
               (last > IKL_SCHEDULE_MIN_LAST_WAIT ? last : IKL_SCHEDULE_MIN_LAST_WAIT);
}

static bool is_better(const struct wish *wish, const struct ikl_schedule *schedule, const struct ikl_schedule *best)
{
    return is_fair(wish, schedule) && (best->tries == 0 || verdicts(wish, schedule) < verdicts(wish, best));
}

static void expect(const struct wish *wish, const struct ikl_schedule *schedule)
{
    double detects = (double)ikl_schedule_worst_detect(schedule, wish->idle.value * MS) / MS;

    printf("    %.3g false verdicts a year, a dead peer detected within %.10g s%s\n\n", verdicts(wish, schedule),
           detects, detects > wish->detect.value ? ", which is too late" : "");
}

static int propose(const struct wish *wish, double years, struct ikl_schedule *out, struct ikl_nearest *nearest)
{
    return ikl_schedule_propose_outages(out, nearest, wish->detect.value * (uint64_t)MS, wish->idle.value * MS,
                                        wish->round_trip.value, years, &wish->habit);
}

/* False when there is no time for a schedule. */
static bool suggest_own(const struct wish *wish)
{
    struct ikl_nearest nearest = {.years = 0};
    struct ikl_schedule schedule;

    /* as many years as can be; the last tenth would take many sends */
    if (propose(wish, 1e9, &schedule, &nearest) != IKL_OK &&
        (nearest.years == 0 || propose(wish, nearest.years * 0.9, &schedule, NULL) != IKL_OK)) {
        printf("There is no time for a schedule.\n");
        return false;
    }
    printf("ikelive, by ikl_schedule_propose_outages; waits in seconds:\n   ");
    for (uint32_t n = 0; n < schedule.tries; n++) {
        printf("%s%.10g", n == 0 ? " " : ",", (double)ikl_schedule_wait(&schedule, n) / MS);
    }
    printf("\n");
    expect(wish, &schedule);
    return true;
}

/* Waits that grow by a factor, nothing else. */
static void suggest_strongswan(const struct wish *wish)
{
    struct ikl_schedule best = {.tries = 0}, schedule;
    uint32_t best_factor = 0;

    for (uint32_t factor = 1200; factor <= 2000; factor += 100) {
        double growth = 1, sum = 1;

        for (uint32_t sends = 2; sends <= MOST_SENDS; sends++) {
            growth *= factor / 1000.0;
            sum += growth;
            /* a ms less, for each wait is rounded up */
            if (ikl_schedule_from_factor(&schedule, (uint32_t)((time_of(wish) - sends) / sum), factor, 0, sends) ==
                    IKL_OK &&
                is_better(wish, &schedule, &best)) {
                best = schedule;
                best_factor = factor;
            }
        }
    }
    if (best.tries == 0) {
        printf("strongSwan has no schedule for this.\n\n");
        return;
    }
    printf("strongSwan, in the section charon of strongswan.conf; and dpd_delay = %" PRIu32 "s for the connection:\n"
           "    retransmit_timeout = %.10g\n    retransmit_base = %.10g\n    retransmit_tries = %u\n",
           wish->idle.value, (double)best.waits[0] / MS, best_factor / 1000.0, best.tries - 1u);
    expect(wish, &best);
}

/* The first wait comes twice, then each is twice as long as the one before. */
static void suggest_libreswan(const struct wish *wish)
{
    struct ikl_schedule best = {.tries = 0}, schedule;

    for (uint32_t sends = 2; sends <= MOST_SENDS; sends++) {
        uint32_t waits[MOST_SENDS] = {time_of(wish) >> (sends - 1)};

        for (uint32_t n = 1; n < sends; n++) {
            waits[n] = waits[0] << (n - 1);
        }
        if (ikl_schedule_from_list(&schedule, waits, sends, 0) == IKL_OK && is_better(wish, &schedule, &best)) {
            best = schedule;
        }
    }
    if (best.tries == 0) {
        printf("libreswan has no schedule for this.\n\n");
        return;
    }
    printf("libreswan, for the connection in ipsec.conf:\n    dpddelay=%" PRIu32 "\n    retransmit-interval=%" PRIu32
           "ms\n    retransmit-timeout=%" PRIu64 "s\n",
           wish->idle.value, best.waits[0], ikl_schedule_total(&best) / MS);
    expect(wish, &best);
}

/* Checks after 2 to 100 s of silence. */
static void suggest_panos(const struct wish *wish)
{
    struct wish nearest = *wish;

    nearest.idle.value = wish->idle.value < 2 ? 2 : wish->idle.value > 100 ? 100 : wish->idle.value;
    printf("PAN-OS cannot say it: its waits are fixed, only the time between checks is not:\n"
           "    set network ike gateway NAME protocol ikev2 dpd enable yes interval %" PRIu32 "\n",
           nearest.idle.value);
    expect(&nearest, ikl_schedule_by_name("panos-7.0"));
}

int main(int argc, char **argv)
{
    struct wish wish = {.habit = links[1].habit,
                        .loss = -1,
                        .detect = {60, 2, 86400},
                        .idle = {5, 1, 3600},
                        .round_trip = {100, 1, 60000}};
    const struct command_option options[] = {
        {"--link", "NAME", "dsl, lte (default), data-centre or satellite", parse_link, &wish.habit},
        {"--loss", "PERCENT", "of datagrams, each way, outages apart", parse_loss, &wish.loss},
        {"--outages", "LIST", "length x number a year: 5x365,3600x2", parse_outages, &wish.outages},
        {"--detect", "S", "how soon you must know (default 60)", options_parse_count, &wish.detect},
        {"--idle", "S", "silence before a check (default 5)", options_parse_count, &wish.idle},
        {"--round-trip", "MS", "the longest usual one (default 100)", options_parse_count, &wish.round_trip}};
    const struct command_line line = {"choose", "Which schedule for my link?", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome == OPTIONS_RUN && wish.detect.value <= wish.idle.value) {
        outcome = options_refuse(&line, "--detect must be longer than --idle");
    }
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    settle_habit(&wish);
    if (!suggest_own(&wish)) {
        return 1;
    }
    suggest_strongswan(&wish);
    suggest_libreswan(&wish);
    suggest_panos(&wish);
    return 0;
}
