/* SPDX-License-Identifier: ISC */
/* <ikelive/libuv.h>: endpoints in a loop of libuv. */
#define _POSIX_C_SOURCE 200809L
#include <ikelive/libuv.h>

#include <stdlib.h>

#define ATTACHED struct ikl_libuv

struct loop {
    uv_loop_t uv;
};

static void loop_open(struct loop *loop)
{
    (void)uv_loop_init(&loop->uv);
}

static void loop_close(struct loop *loop)
{
    if (uv_loop_close(&loop->uv) != 0) {
        uv_print_all_handles(&loop->uv, stderr);
        abort();
    }
}

static int loop_attach(ATTACHED *attached, struct loop *loop)
{
    return ikl_libuv_attach(attached, &loop->uv);
}

static void loop_detach(ATTACHED *attached)
{
    ikl_libuv_detach(attached);
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
    (void)uv_run(&loop->uv, UV_RUN_ONCE);
}

static void loop_look(struct loop *loop)
{
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
}

#include "support/loop_cases.h"

static void what_libuv_does_not_take_is_refused_and_detached(void **state)
{
    struct cases cases;
    FILE *file = tmpfile();

    (void)state;
    begin(&cases);
    cases.a->wired.sockets.at[cases.a->wired.sockets.n++] = (struct ikl_posix_socket){.fd = dup(fileno(file))};
    assert_int_equal(loop_attach(&cases.a->attached, &cases.loop), IKL_ERR_INVALID);
    assert_int_equal(n_detached, 0);
    attach(&cases, cases.b);
    loop_detach(&cases.b->attached);
    end(&cases, 2);
    assert_int_equal(fclose(file), 0);
}

TESTS_OF(libuv)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASES,
        cmocka_unit_test(what_libuv_does_not_take_is_refused_and_detached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
