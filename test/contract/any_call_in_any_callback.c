/* SPDX-License-Identifier: ISC */
/* Every call that changes something, in every callback. What the library calls while it decides may change nothing:
 * the call returns IKL_ERR_REENTRANT. In what is told everything works, but for the calls that are outermost; each
 * thing is told once, one after the other, and nothing is sent after an end. What must hold is in
 * support/drama_ledger.c. */
#include "support/drama.h"
#include "support/test.h"

static struct plot world(size_t i)
{
    return (struct plot){.ending = (enum ending)(i % N_ENDINGS), .batches = i >= N_ENDINGS};
}

enum { N_WORLDS = N_ENDINGS + 1 }; /* the last one sends in batches */

/* How often each place is visited where nothing is called. */
static size_t visits[N_WORLDS][N_PLACES];

static int count_visits(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_WORLDS; i++) {
        struct plot plot = world(i);

        drama_run(&plot);
        memcpy(visits[i], drama.visited, sizeof(visits[i]));
    }
    return 0;
}

static void every_callback_is_called(void **state)
{
    (void)state;
    for (int place = 0; place < N_PLACES; place++) {
        size_t n = 0;

        for (size_t i = 0; i < N_WORLDS; i++) {
            n += visits[i][place];
        }
        if (n == 0) {
            fail_msg("place %d is not visited", place);
        }
    }
}

/* Up to the first call all is as without it, so there is none at a place that is visited no more often than it waits.
 */
static bool comes_to_a_call(size_t i, const struct plot *plot)
{
    return visits[i][plot->place] > (plot->skip == EACH_TIME ? 0 : plot->skip);
}

/* Plays it in the world with this number. How often the call was refused. */
static size_t run_in_world(size_t i, const struct plot *with)
{
    struct plot plot = world(i);

    plot.place = with->place;
    plot.call = with->call;
    plot.role = with->role;
    plot.skip = with->skip;
    if (!comes_to_a_call(i, &plot)) {
        return 0;
    }
    drama_run(&plot);
    return drama.refused;
}

/* How often a call was refused at a place, each time, over all worlds and IKE SAs. */
static size_t refusals(const struct call *call, enum place place)
{
    size_t n = 0;

    for (size_t i = 0; i < N_WORLDS * N_ROLES; i++) {
        struct plot plot = {.place = place, .call = call, .role = (enum role)(i / N_WORLDS), .skip = EACH_TIME};

        n += run_in_world(i % N_WORLDS, &plot);
    }
    return n;
}

static void inside_what_is_called_while_deciding_every_call_that_changes_something_is_refused(void **state)
{
    (void)state;
    for (int place = 0; place < FIRST_TOLD; place++) {
        for (size_t i = 0; i < drama_n_calls; i++) {
            size_t n = refusals(&drama_calls[i], (enum place)place);

            if ((n != 0) == drama_calls[i].store) {
                fail_msg("%s: refused %zu times at place %d", drama_calls[i].name, n, place);
            }
        }
    }
}

static void inside_what_is_told_the_outermost_calls_alone_are_refused(void **state)
{
    (void)state;
    for (int place = FIRST_TOLD; place < N_PLACES; place++) {
        for (size_t i = 0; i < drama_n_calls; i++) {
            if (drama_calls[i].outermost) {
                assert_true(refusals(&drama_calls[i], (enum place)place) > 0);
            }
        }
    }
}

static void run_told(const struct call *call, enum place place, size_t skip, size_t n_roles)
{
    for (size_t i = 0; i < N_WORLDS * n_roles; i++) {
        struct plot plot = {.place = place, .call = call, .role = (enum role)(i / N_WORLDS), .skip = skip};

        assert_int_equal(run_in_world(i % N_WORLDS, &plot), 0);
    }
}

static void run_all_told(const struct call *call)
{
    for (int place = FIRST_TOLD; place < N_PLACES && !call->outermost; place++) {
        run_told(call, (enum place)place, 0, N_ROLES);
        run_told(call, (enum place)place, 1, YOUNG);
        run_told(call, (enum place)place, 3, YOUNG);
        run_told(call, (enum place)place, EACH_TIME, YOUNG);
    }
}

static void whatever_is_called_inside_what_is_told_each_thing_is_told_once_and_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < drama_n_calls; i++) {
        run_all_told(&drama_calls[i]);
    }
    for (size_t i = 0; i < drama_n_told_calls; i++) {
        run_all_told(&drama_told_calls[i]);
    }
}

static void run_inside_at(struct plot plot, enum place place)
{
    for (size_t i = 0; i < drama_n_calls; i++) {
        plot.place = place;
        plot.call = &drama_calls[i];
        plot.role = plot.op_role;
        drama_run(&plot);
        plot.role = OTHER;
        drama_run(&plot);
    }
}

/* `op` is called from outside, and inside a callback of it each of the others; then life goes on. */
static void run_inside(const struct call *op, enum role role, bool busy)
{
    struct plot plot = {.op = op, .op_role = role, .busy = busy, .place = FIRST_TOLD, .call = &drama_nothing};
    bool visited[N_PLACES];

    drama_run(&plot);
    for (int place = FIRST_TOLD; place < N_PLACES; place++) {
        visited[place] = drama.visited_by_op[place] != 0;
    }
    for (int place = FIRST_TOLD; place < N_PLACES; place++) {
        if (visited[place]) {
            run_inside_at(plot, (enum place)place);
        }
    }
}

static void whatever_is_called_inside_whatever_each_thing_is_told_once_and_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < drama_n_calls; i++) {
        run_inside(&drama_calls[i], MAIN, false);
        run_inside(&drama_calls[i], MAIN, true);
        run_inside(&drama_calls[i], YOUNG, false);
        run_inside(&drama_calls[i], COMING, false);
    }
}

TESTS_OF(any_call_in_any_callback)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_callback_is_called),
        cmocka_unit_test(inside_what_is_called_while_deciding_every_call_that_changes_something_is_refused),
        cmocka_unit_test(inside_what_is_told_the_outermost_calls_alone_are_refused),
        cmocka_unit_test(whatever_is_called_inside_what_is_told_each_thing_is_told_once_and_in_order),
        cmocka_unit_test(whatever_is_called_inside_whatever_each_thing_is_told_once_and_in_order),
    };

    return cmocka_run_group_tests(tests, count_visits, NULL);
}
