/* SPDX-License-Identifier: ISC */
/* ikelive libuv: an endpoint and its sockets in a loop of libuv. Functions in line; the libraries need no libuv.
 *
 *     host->attached.endpoint = endpoint;
 *     host->attached.sockets = &host->sockets;
 *     host->attached.detached = on_detached;
 *     error = ikl_libuv_attach(&host->attached, loop);
 *
 * From then on the loop takes datagrams, sends what waited for a full socket, and lets time pass. Just before it sleeps
 * it asks the endpoint for its next deadline: so the host calls the library where and when it likes, also from outside
 * the endpoint's callbacks, and has nothing to do for the timer. Its `send` is ikl_posix_send.
 *
 * A prepare handle of the host's that calls the library must be started after attaching: libuv calls the latest first.
 *
 * All is for the loop's thread. In C, <uv.h> wants a definition of _POSIX_C_SOURCE (200809L) or more. */
#ifndef IKELIVE_LIBUV_H
#define IKELIVE_LIBUV_H

#include <ikelive/posix.h>

#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An endpoint in a loop. The host's memory, which stays where it is until `detached`. The host sets the first fields,
 * and leaves the rest alone, as 0. */
struct ikl_libuv {
    struct ikl_endpoint *endpoint;
    struct ikl_posix_sockets *sockets; /* while it is attached, none comes and none goes */
    ikl_time (*now)(void);             /* null: ikl_posix_now. The endpoint's clock, of real milliseconds */
    /* Called once, by the loop, when it has let go of all: this and the endpoint may be freed in it. May be null. */
    void (*detached)(struct ikl_libuv *attached);
    void *user; /* the host's */

    ikl_time armed; /* for when the timer is set; IKL_NEVER: it is not */
    uv_timer_t timer;
    uv_prepare_t prepare;
    uv_poll_t polls[IKL_POSIX_SOCKETS];
    int events[IKL_POSIX_SOCKETS]; /* that each poll waits for; 0: it does not wait */
    size_t n_polls, n_open;        /* handles that are not closed yet, all together */
};

static inline void ikl_libuv_on_timer(uv_timer_t *timer)
{
    struct ikl_libuv *attached = (struct ikl_libuv *)timer->data;

    attached->armed = IKL_NEVER;
    ikl_posix_turn(attached->sockets, attached->endpoint, attached->now);
}

static inline void ikl_libuv_on_poll(uv_poll_t *poll, int status, int events)
{
    struct ikl_libuv *attached = (struct ikl_libuv *)poll->data;

    (void)events;
    if (status < 0) { /* libuv has stopped it; reading takes the error away */
        attached->events[poll - attached->polls] = 0;
    }
    ikl_posix_turn(attached->sockets, attached->endpoint, attached->now);
}

static inline void ikl_libuv_set_timer(struct ikl_libuv *attached)
{
    ikl_time deadline = ikl_endpoint_next_deadline(attached->endpoint);

    if (deadline == attached->armed) {
        return;
    }
    attached->armed = deadline;
    (void)uv_timer_stop(&attached->timer);
    if (deadline != IKL_NEVER) {
        uv_update_time(attached->timer.loop);
        (void)uv_timer_start(&attached->timer, ikl_libuv_on_timer,
                             (uint64_t)ikl_posix_timeout(deadline, attached->now()), 0);
    }
}

/* The loop is about to sleep. */
static inline void ikl_libuv_on_prepare(uv_prepare_t *prepare)
{
    struct ikl_libuv *attached = (struct ikl_libuv *)prepare->data;

    ikl_libuv_set_timer(attached);
    for (size_t i = 0; i < attached->n_polls; i++) {
        int events = UV_READABLE | (attached->sockets->at[i].blocked ? UV_WRITABLE : 0);

        if (events != attached->events[i]) {
            attached->events[i] = events;
            (void)uv_poll_start(&attached->polls[i], events, ikl_libuv_on_poll);
        }
    }
}

static inline void ikl_libuv_on_closed(uv_handle_t *handle)
{
    struct ikl_libuv *attached = (struct ikl_libuv *)handle->data;

    if (--attached->n_open == 0 && attached->detached != NULL) {
        attached->detached(attached);
    }
}

/* Takes the endpoint out of the loop: no callback comes of it any more, but those of the turn that is under way, which
 * still lets time pass. In every callback of the endpoint's and of the loop's; once more, before `detached`, does
 * nothing. The sockets may be closed when this returns, the rest when `detached` is called, by a later turn of the
 * loop. */
static inline void ikl_libuv_detach(struct ikl_libuv *attached)
{
    if (uv_is_closing((uv_handle_t *)&attached->timer)) {
        return;
    }
    uv_close((uv_handle_t *)&attached->timer, ikl_libuv_on_closed);
    uv_close((uv_handle_t *)&attached->prepare, ikl_libuv_on_closed);
    for (size_t i = 0; i < attached->n_polls; i++) {
        uv_close((uv_handle_t *)&attached->polls[i], ikl_libuv_on_closed);
    }
}

static inline int ikl_libuv_add_polls(struct ikl_libuv *attached, uv_loop_t *loop)
{
    for (size_t i = 0; i < attached->sockets->n; i++) {
        if (uv_poll_init(loop, &attached->polls[i], attached->sockets->at[i].fd) != 0) {
            return IKL_ERR_INVALID;
        }
        attached->polls[i].data = attached;
        attached->events[i] = 0;
        attached->n_polls++;
        attached->n_open++;
    }
    return IKL_OK;
}

/* Attaches the endpoint to the loop, which is then busy until it is detached. Calls no callback. Errors:
 * IKL_ERR_INVALID when libuv does not take a socket; all the same it is being detached then, and `detached` is
 * called. */
IKL_MUST_USE static inline int ikl_libuv_attach(struct ikl_libuv *attached, uv_loop_t *loop)
{
    int result;

    if (attached->now == NULL) {
        attached->now = ikl_posix_now;
    }
    attached->armed = IKL_NEVER;
    attached->n_polls = 0;
    attached->n_open = 2;
    (void)uv_timer_init(loop, &attached->timer);
    (void)uv_prepare_init(loop, &attached->prepare);
    attached->timer.data = attached->prepare.data = attached;
    (void)uv_prepare_start(&attached->prepare, ikl_libuv_on_prepare);
    result = ikl_libuv_add_polls(attached, loop);
    if (result != IKL_OK) {
        ikl_libuv_detach(attached);
    }
    return result;
}

#ifdef __cplusplus
}
#endif
#endif
