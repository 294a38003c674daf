/* SPDX-License-Identifier: ISC */
/* <ikelive/libevent.h>: endpoints in a loop of libevent. */
#define _POSIX_C_SOURCE 200809L
#include <ikelive/libevent.h>

#include <stdio.h>
#include <stdlib.h>

#define ATTACHED struct ikl_libevent

struct loop {
    struct event_base *base;
};

static size_t n_allocated;             /* and not freed */
static int allocations_left = INT_MAX; /* before they fail */

static void *allocate(size_t size)
{
    void *memory = allocations_left > 0 ? malloc(size) : NULL;

    allocations_left -= allocations_left != INT_MAX && allocations_left > 0;
    n_allocated += memory != NULL;
    return memory;
}

static void *reallocate(void *memory, size_t size)
{
    return memory == NULL ? allocate(size) : realloc(memory, size);
}

static void release(void *memory)
{
    n_allocated -= memory != NULL;
    free(memory);
}

static void loop_open(struct loop *loop)
{
    event_set_mem_functions(allocate, reallocate, release);
    loop->base = event_base_new();
}

static void loop_close(struct loop *loop)
{
    event_base_free(loop->base);
    if (n_allocated != 0) {
        (void)fprintf(stderr, "%zu blocks of libevent's are left\n", n_allocated);
        abort();
    }
}

static int loop_attach(ATTACHED *attached, struct loop *loop)
{
    return ikl_libevent_attach(attached, loop->base);
}

static void loop_detach(ATTACHED *attached)
{
    ikl_libevent_detach(attached);
}

static void loop_changed(ATTACHED *attached)
{
    ikl_libevent_changed(attached);
}

static void loop_jump(ATTACHED *attached)
{
    ikl_libevent_changed(attached);
}

static void loop_wait(struct loop *loop)
{
    (void)event_base_loop(loop->base, EVLOOP_ONCE);
}

static void loop_look(struct loop *loop)
{
    (void)event_base_loop(loop->base, EVLOOP_NONBLOCK);
}

#include "support/loop_cases.h"

static void outside_its_callbacks_it_is_detached_at_once(void **state)
{
    struct cases cases;
    size_t before;

    (void)state;
    begin(&cases);
    cases.a->attached.detached = NULL;
    attach(&cases, cases.a);
    loop_look(&cases.loop);
    loop_detach(&cases.a->attached);
    before = n_allocated; /* with what the base keeps for a socket */
    attach(&cases, cases.a);
    loop_look(&cases.loop);
    loop_detach(&cases.a->attached);
    assert_int_equal(n_allocated, before);
    attach(&cases, cases.b);
    loop_changed(&cases.a->attached); /* does nothing */
    loop_detach(&cases.b->attached);
    assert_int_equal(n_detached, 1);
    assert_true(n_allocated <= before + 2);                    /* what the base keeps of each socket */
    assert_int_equal(event_base_dispatch(cases.loop.base), 1); /* nothing is left to wait for */
    end(&cases, 1);
    wired_clear(&cases.a->wired);
    free(cases.a);
}

static void what_libevent_does_not_take_is_refused_and_detached(void **state)
{
    struct cases cases;
    FILE *file = tmpfile();

    (void)state;
    begin(&cases);
    cases.a->wired.sockets.at[cases.a->wired.sockets.n++] = (struct ikl_posix_socket){.fd = dup(fileno(file))};
    assert_int_equal(loop_attach(&cases.a->attached, &cases.loop), IKL_ERR_NO_MEMORY);
    assert_int_equal(n_detached, 1);
    attach(&cases, cases.b);
    loop_detach(&cases.b->attached);
    end(&cases, 2);
    assert_int_equal(fclose(file), 0);
}

static void without_memory_it_is_refused_and_nothing_is_left(void **state)
{
    int result = IKL_ERR_NO_MEMORY, refused = 0;

    (void)state;
    for (int n = 0; result != IKL_OK; n++) {
        struct cases cases;

        begin(&cases);
        attach(&cases, cases.b);
        allocations_left = n;
        result = loop_attach(&cases.a->attached, &cases.loop);
        allocations_left = INT_MAX;
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_int_equal(n_detached, 1);
            refused++;
        } else {
            loop_detach(&cases.a->attached);
        }
        loop_detach(&cases.b->attached);
        end(&cases, 2);
    }
    assert_true(refused >= 3);
}

TESTS_OF(libevent)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASES,
        cmocka_unit_test(outside_its_callbacks_it_is_detached_at_once),
        cmocka_unit_test(what_libevent_does_not_take_is_refused_and_detached),
        cmocka_unit_test(without_memory_it_is_refused_and_nothing_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
