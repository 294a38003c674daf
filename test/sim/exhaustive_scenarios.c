/* SPDX-License-Identifier: ISC */
/* The stories, and their ends. See exhaustive_scenarios.h.
 *
 * A schedule of twenty waits of a second outlasts the loss of the first messages, so no IKE SA may die of that. What is
 * held back, for 1.5 s, comes after it was sent again. */
#include "exhaustive_scenarios.h"

#define TWO_HOSTS "host a\nhost b\nlink a b delay 0.01 hold 1.5 fates %s\n"
/* The fate b breaks the connection. */
#define OVER_STREAM "host a\nhost b\nlink a b delay 0.01 hold 1.5 stream fates %s\n"
#define ONE_SA(idle) "sa a b children 2 schedule 1x20 idle " #idle "\n"
/* The first check of both ends is measured; the fates are those of what follows. */
#define MEASURED(options) "host a\nhost b\nlink a b delay 0.01 hold 1.5 fates ....%s\nsa a b children 2 idle 5 " options
#define ONE_SYNCED "sa a b children 2 schedule 1x20 idle 25 syncs\n"
#define STORY(acts, seconds) TWO_HOSTS ONE_SA(25) acts "run " #seconds "\n"

enum { CHILDREN = 2, IDLE = 5000, TRIES = 20, TOTAL = 20000, HELD = 1510, DELETED = 1000, FATES = 16 };

static size_t count_children(const struct ikl_sa *sa)
{
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n++;
    }
    return n;
}

/* Each host has so many IKE SAs, with all of its Child SAs on the one that is left. */
static const char *check_left(const struct world *world, size_t n_sas, size_t n_children)
{
    for (size_t i = 0; i < world->n_stacks; i++) {
        const struct stack *stack = &world->stacks[i];
        size_t children = 0;

        for (size_t j = 0; j < stack->n_sas; j++) {
            children += count_children(stack->sas[j]);
        }
        if (stack->n_sas != n_sas) {
            return stack->n_sas > n_sas ? "an IKE SA too many is left" : "an IKE SA is gone that should be there";
        }
        if (children != n_children) {
            return children > n_children ? "a Child SA too many is left" : "a Child SA is gone that should be there";
        }
    }
    return NULL;
}

static const char *check_timeouts(const struct world *world, uint32_t n)
{
    return world->n_timeouts == n  ? NULL
           : world->n_timeouts < n ? "an IKE SA should have timed out"
                                   : "an IKE SA timed out that should not";
}

static const char *first(const char *a, const char *b)
{
    return a != NULL ? a : b;
}

static const char *nothing_goes_down(struct world *world)
{
    return first(check_left(world, 1, CHILDREN), world->n_downs != 0 ? "something went down" : NULL);
}

static const char *every_request_is_answered(struct world *world)
{
    return first(nothing_goes_down(world),
                 laws_requests_answered(&world->laws) != world->laws.n_requests ? "a request was not answered" : NULL);
}

static const char *nothing_is_left(struct world *world)
{
    return first(check_left(world, 0, 0), check_timeouts(world, 0));
}

/* Each message that is lost costs a second: no end waits for its whole schedule because an answer was lost. */
static const char *nothing_is_left_soon(struct world *world)
{
    return first(nothing_is_left(world), world->last_down > DELETED + FATES * 1000 + HELD
                                             ? "an IKE SA went down later than the lost messages explain"
                                             : NULL);
}

static const char *the_child_sas_move(struct world *world)
{
    return first(check_left(world, 1, CHILDREN),
                 first(check_timeouts(world, 0), world->n_child_downs != 0 ? "a Child SA went down" : NULL));
}

static const char *as_many_child_sas_are_left(struct world *world)
{
    return first(check_left(world, 1, CHILDREN), check_timeouts(world, 0));
}

static const char *one_child_sa_less_is_left(struct world *world)
{
    return first(check_left(world, 1, CHILDREN - 1), check_timeouts(world, 0));
}

/* After its whole schedule and not before; and no later than can be after `cut`, when the last message may arrive. */
static const char *check_timeout(const struct ikl_down *down, ikl_time cut)
{
    if (down->sends != TRIES || down->at - down->first_sent != TOTAL) {
        return "an IKE SA went down before or after its schedule had run out";
    }
    return down->at > cut + IDLE + TOTAL ? "an IKE SA went down later than it may" : NULL;
}

static const char *both_time_out(struct world *world)
{
    return first(first(check_left(world, 0, 0), check_timeouts(world, 2)),
                 first(check_timeout(&world->timeouts[0], 15000), check_timeout(&world->timeouts[1], 15000)));
}

/* When its schedule has run out that is trimmed by what was measured, and not before; a check takes as many sends as
 * are listed, or some more that are early. */
static const char *check_measured(const struct stack *stack, const struct ikl_down *down, ikl_time cut)
{
    const struct laws_end *end = &stack->ends[0].law;
    uint32_t early = end->round_trip_sends ? IKL_RUN_MAX_EARLY : 0;
    struct ikl_schedule used = *end->schedule;

    if (end->trim) {
        ikl_round_trip_trim(&used, &used, &end->round_trip);
    }
    if (down->at - down->first_sent != ikl_schedule_total(&used)) {
        return "an IKE SA went down before or after its schedule had run out";
    }
    if (down->sends < used.tries || down->sends > used.tries + early) {
        return "an IKE SA went down after more or fewer sends than it has";
    }
    return down->at > cut + ikl_schedule_worst_detect(end->schedule, end->idle)
               ? "an IKE SA went down later than it may"
               : NULL;
}

/* In the order of the hosts, or in the other. */
static const char *both_time_out_as_measured(struct world *world)
{
    const struct stack *a = &world->stacks[0], *b = &world->stacks[1];
    const struct ikl_down *downs = world->timeouts;
    const char *wrong = first(check_left(world, 0, 0), check_timeouts(world, 2));
    const char *as_they_are = first(check_measured(a, &downs[0], 15500), check_measured(b, &downs[1], 15500));
    const char *exchanged = first(check_measured(a, &downs[1], 15500), check_measured(b, &downs[0], 15500));

    return first(wrong, as_they_are != NULL ? exchanged : NULL);
}

/* At the next send that arrives and is answered: each message that is lost costs a second. */
static const char *who_is_left_notices(struct world *world)
{
    return first(nothing_is_left(world), world->last_down > 8000 + IDLE + FATES * 1000 + 2 * HELD
                                             ? "a crash was noticed later than the lost messages explain"
                                             : NULL);
}

static const char *who_is_left_times_out(struct world *world)
{
    return first(first(check_left(world, 0, 0), check_timeouts(world, 1)),
                 check_timeout(&world->timeouts[0], 8000 + HELD));
}

const struct scenario scenarios[] = {
    {"idle", TWO_HOSTS ONE_SA(5) "run 40\n", nothing_goes_down},
    {"outage", TWO_HOSTS ONE_SA(5) "at 15 cut a b\nrun 60\n", both_time_out},
    {"round-trip-sends", MEASURED("schedule 1x20 round-trip-sends\nrun 40\n"), nothing_goes_down},
    {"round-trip-sends-outage", MEASURED("schedule 1x20 round-trip-sends\nat 15.5 cut a b\nrun 60\n"),
     both_time_out_as_measured},
    {"trimmed-outage", MEASURED("schedule 1x17,4 trim\nat 15.5 cut a b\nrun 60\n"), both_time_out_as_measured},
    {"trimmed-sends-outage", MEASURED("schedule 1x17,4 trim round-trip-sends\nat 15.5 cut a b\nrun 60\n"),
     both_time_out_as_measured},
    {"requests", STORY("at 1 a request\nat 1 b request\nat 1 a request\nat 1 b request\n", 24),
     every_request_is_answered},
    {"wide-requests",
     TWO_HOSTS "sa a b children 2 schedule 1x20 idle 25 window 2\n"
               "at 1 a request\nat 1 a request\nat 1 b request\nat 1 a request\nrun 24\n",
     every_request_is_answered},
    {"hostile-peers", STORY("at 1 a hostile 2\nat 1 a request\nat 1.015 b hostile 2\nat 1.015 b request\n", 24),
     every_request_is_answered},
    {"delete", STORY("at 1 a delete\n", 50), nothing_is_left_soon},
    {"crossing-deletes", STORY("at 1 a delete\nat 1 b delete\n", 50), nothing_is_left_soon},
    {"rekeys", STORY("at 1 a rekey\nat 1 b rekey\n", 60), the_child_sas_move},
    {"child-rekeys", STORY("at 1 a rekey-child\nat 1 b rekey-child\n", 24), as_many_child_sas_are_left},
    {"rekey-and-delete", STORY("at 1 a rekey\nat 1.005 b delete\n", 60), nothing_is_left},
    {"rekey-then-delete", STORY("at 1 a rekey\nat 1.015 b delete\n", 60), nothing_is_left},
    {"rekey-and-delete-child", STORY("at 1 a rekey\nat 1 b delete-child\n", 60), one_child_sa_less_is_left},
    {"rekey-then-delete-child", STORY("at 1 a rekey\nat 1.015 b delete-child\n", 60), one_child_sa_less_is_left},
    {"delete-child-then-rekey", STORY("at 1 b delete-child\nat 1.005 a rekey\n", 60), one_child_sa_less_is_left},
    {"delete-child-before-rekey", STORY("at 1 a delete-child\nat 1 a rekey\n", 60), one_child_sa_less_is_left},
    {"delete-child-behind-rekey", STORY("at 1 a rekey\nat 1 a delete-child\n", 60), one_child_sa_less_is_left},
    {"rekeys-and-delete-child", STORY("at 1 a rekey\nat 1 b rekey\nat 1 b delete-child\n", 60),
     one_child_sa_less_is_left},
    {"rekey-and-child-rekey", STORY("at 1 a rekey\nat 1 b rekey-child\n", 60), as_many_child_sas_are_left},
    {"child-rekey-then-rekey", STORY("at 1 b rekey-child\nat 1.015 a rekey\n", 60), as_many_child_sas_are_left},
    {"child-rekey-before-rekey", STORY("at 1 a rekey-child\nat 1.025 a rekey\n", 60), as_many_child_sas_are_left},
    {"child-rekey-behind-delete", STORY("at 1 a rekey-child\nat 1 a delete-child\n", 24), as_many_child_sas_are_left},
    {"child-rekey-and-delete", STORY("at 1 a rekey-child\nat 1 b delete-child\n", 24), one_child_sa_less_is_left},
    {"fragments-and-delete",
     "host a\nhost b\nlink a b delay 0.01 hold 1.5 path-mtu 500 fates %s\n"
     "sa a b children 2 schedule 1x20 idle 25 fragmentation\n"
     "at 1 a request 1000\nat 1.005 b delete\nrun 50\n",
     nothing_is_left},
    {"stream", OVER_STREAM ONE_SA(5) "run 40\n", nothing_goes_down},
    {"stream-requests", OVER_STREAM ONE_SA(25) "at 1 a request\nat 1 b request\nat 1 a request\nrun 24\n",
     every_request_is_answered},
    {"reboot", TWO_HOSTS ONE_SA(5) "at 1 a request\nat 1 b request\nat 8 reboot b 0\nrun 60\n", who_is_left_times_out},
    {"reboot-with-token",
     "host a\nhost b tokens\nlink a b delay 0.01 hold 1.5 fates %s\n" ONE_SA(
         5) "at 1 a request\nat 1 b request\nat 8 reboot b 0\nrun 60\n",
     who_is_left_notices},
    {"connect",
     TWO_HOSTS "sa a b children 2 schedule 1x20 idle 25 connecting\nat 30 a request\nat 30 b request\nrun 60\n",
     every_request_is_answered},
    {"connect-in-fragments",
     "host a\nhost b\nlink a b delay 0.01 hold 1.5 path-mtu 800 fates %s\n"
     "sa a b children 2 schedule 1x20 idle 25 connecting fragmentation\nat 30 a request\nat 30 b request\nrun 60\n",
     every_request_is_answered},
    {"takeover",
     TWO_HOSTS ONE_SYNCED "at 1 a request\nat 1 b request\nat 1.03 takeover b 2\nat 1.04 a request\nat 1.05 b "
                          "request\nrun 50\n",
     nothing_goes_down},
    {"takeover-twice",
     TWO_HOSTS ONE_SYNCED
     "at 1 b request\nat 1 b request\nat 1 b request\nat 2 takeover b 2\nat 3 takeover b 2\nrun 50\n",
     nothing_goes_down},
    {"takeover-of-both",
     TWO_HOSTS ONE_SYNCED "at 1 a request\nat 1.03 takeover b 1\nat 1.035 takeover a 2\nat 1.04 a request\nrun 50\n",
     nothing_goes_down},
    {"restart",
     STORY("at 1 a request\nat 1 b request\nat 1.005 restart b 0\nat 1.015 restart a 0\nat 1.02 a request\n"
           "at 1.025 restart b 0.5\nat 1.03 a request\nat 1.6 b request\n",
           50),
     every_request_is_answered},
    {"restart-and-delete", STORY("at 1 a delete\nat 1.005 restart a 0\nat 2.005 restart a 0.5\n", 50),
     nothing_is_left_soon},
    {"stream-restart",
     OVER_STREAM ONE_SA(25) "at 1 a request\nat 1 b request\nat 1.015 restart b 0.3\nat 4 a request\nrun 24\n",
     every_request_is_answered},
};

const size_t n_scenarios = sizeof(scenarios) / sizeof(scenarios[0]);
