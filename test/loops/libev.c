/* SPDX-License-Identifier: ISC */
/* <ikelive/libev.h>: endpoints in a loop of libev. */
#define _POSIX_C_SOURCE 200809L
#include <ikelive/libev.h>

#define ATTACHED struct ikl_libev

struct loop {
    struct ev_loop *ev;
};

static void loop_open(struct loop *loop)
{
    loop->ev = ev_loop_new(EVFLAG_AUTO);
}

static void loop_close(struct loop *loop)
{
    ev_loop_destroy(loop->ev);
}

static int loop_attach(ATTACHED *attached, struct loop *loop)
{
    ikl_libev_attach(attached, loop->ev);
    return IKL_OK;
}

static void loop_detach(ATTACHED *attached)
{
    ikl_libev_detach(attached);
}

static void loop_changed(ATTACHED *attached)
{
    (void)attached;
}

static void loop_jump(ATTACHED *attached)
{
    attached->armed = IKL_NEVER;
}

static void loop_wait(struct loop *loop)
{
    (void)ev_run(loop->ev, EVRUN_ONCE);
}

static void loop_look(struct loop *loop)
{
    (void)ev_run(loop->ev, EVRUN_NOWAIT);
}

#include "support/loop_cases.h"

static void outside_its_callbacks_it_is_detached_at_once(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    attach(&cases, cases.a);
    attach(&cases, cases.b);
    loop_look(&cases.loop);
    loop_detach(&cases.a->attached);
    assert_int_equal(n_detached, 1);
    loop_detach(&cases.b->attached);
    assert_int_equal(n_detached, 2);
    assert_int_equal(ev_run(cases.loop.ev, 0), 0); /* nothing is left to wait for */
    end(&cases, 2);
}

TESTS_OF(libev)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASES,
        cmocka_unit_test(outside_its_callbacks_it_is_detached_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
