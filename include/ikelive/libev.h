/* SPDX-License-Identifier: ISC */
/* ikelive libev: an endpoint and its sockets in a loop of libev. Functions in line; the libraries need no libev.
 *
 *     host->attached.endpoint = endpoint;
 *     host->attached.sockets = &host->sockets;
 *     host->attached.detached = on_detached;
 *     ikl_libev_attach(&host->attached, loop);
 *
 * From then on the loop takes datagrams, sends what waited for a full socket, and lets time pass. Just before it sleeps
 * it asks the endpoint for its next deadline: so the host calls the library where and when it likes, also from outside
 * the endpoint's callbacks, and has nothing to do for the timer. Its `send` is ikl_posix_send.
 *
 * All is for the loop's thread. No callback of the endpoint's may run the loop. */
#ifndef IKELIVE_LIBEV_H
#define IKELIVE_LIBEV_H

#include <ikelive/posix.h>

#include <ev.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An endpoint in a loop. The host's memory, which stays where it is until `detached`. The host sets the first fields,
 * and leaves the rest alone, as 0. */
struct ikl_libev {
    struct ikl_endpoint *endpoint;
    struct ikl_posix_sockets *sockets; /* while it is attached, none comes and none goes */
    ikl_time (*now)(void);             /* null: ikl_posix_now. The endpoint's clock, of real milliseconds */
    /* Called once, when the loop has let go of all: this and the endpoint may be freed in it. May be null. */
    void (*detached)(struct ikl_libev *attached);
    void *user; /* the host's */

    struct ev_loop *loop; /* null: detached */
    ikl_time armed;       /* for when the timer is set; IKL_NEVER: it is not */
    ev_timer timer;
    ev_prepare prepare;
    ev_io ios[IKL_POSIX_SOCKETS];
    int events[IKL_POSIX_SOCKETS]; /* that each waits for */
    size_t n_ios;
    bool in_turn;
};

static inline void ikl_libev_turn(struct ikl_libev *attached)
{
    attached->in_turn = true;
    ikl_posix_turn(attached->sockets, attached->endpoint, attached->now);
    attached->in_turn = false;
    if (attached->loop == NULL && attached->detached != NULL) {
        attached->detached(attached);
    }
}

static inline void ikl_libev_on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct ikl_libev *attached = (struct ikl_libev *)timer->data;

    (void)loop;
    (void)events;
    attached->armed = IKL_NEVER;
    ikl_libev_turn(attached);
}

static inline void ikl_libev_on_io(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    (void)events;
    ikl_libev_turn((struct ikl_libev *)io->data);
}

static inline void ikl_libev_set_timer(struct ikl_libev *attached)
{
    ikl_time deadline = ikl_endpoint_next_deadline(attached->endpoint);

    if (deadline == attached->armed) {
        return;
    }
    attached->armed = deadline;
    ev_timer_stop(attached->loop, &attached->timer);
    if (deadline != IKL_NEVER) {
        ev_now_update(attached->loop);
        ev_timer_set(&attached->timer, ikl_posix_timeout(deadline, attached->now()) / 1000.0, 0.0);
        ev_timer_start(attached->loop, &attached->timer);
    }
}

/* The loop is about to sleep. */
static inline void ikl_libev_on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
    struct ikl_libev *attached = (struct ikl_libev *)prepare->data;

    (void)revents;
    ikl_libev_set_timer(attached);
    for (size_t i = 0; i < attached->n_ios; i++) {
        int events = EV_READ | (attached->sockets->at[i].blocked ? EV_WRITE : 0);

        if (events != attached->events[i]) {
            attached->events[i] = events;
            ev_io_stop(loop, &attached->ios[i]);
            ev_io_set(&attached->ios[i], attached->sockets->at[i].fd, events);
            ev_io_start(loop, &attached->ios[i]);
        }
    }
}

/* Takes the endpoint out of the loop: no callback comes of it any more, but those of the turn that is under way, which
 * still lets time pass. In every callback of the endpoint's and of the loop's; once more, before `detached`, does
 * nothing. The sockets may be closed when this returns, the rest when `detached` is called: before this returns, or,
 * inside a callback of the endpoint's, when that turn is over. */
static inline void ikl_libev_detach(struct ikl_libev *attached)
{
    if (attached->loop == NULL) {
        return;
    }
    ev_timer_stop(attached->loop, &attached->timer);
    ev_prepare_stop(attached->loop, &attached->prepare);
    for (size_t i = 0; i < attached->n_ios; i++) {
        ev_io_stop(attached->loop, &attached->ios[i]);
    }
    attached->loop = NULL;
    if (!attached->in_turn && attached->detached != NULL) {
        attached->detached(attached);
    }
}

/* Attaches the endpoint to the loop, which is then busy until it is detached. Calls no callback. */
static inline void ikl_libev_attach(struct ikl_libev *attached, struct ev_loop *loop)
{
    if (attached->now == NULL) {
        attached->now = ikl_posix_now;
    }
    attached->loop = loop;
    attached->armed = IKL_NEVER;
    attached->in_turn = false;
    attached->n_ios = attached->sockets->n;
    ev_timer_init(&attached->timer, ikl_libev_on_timer, 0.0, 0.0);
    attached->timer.data = attached;
    for (size_t i = 0; i < attached->n_ios; i++) {
        ev_io_init(&attached->ios[i], ikl_libev_on_io, attached->sockets->at[i].fd, EV_READ);
        attached->ios[i].data = attached;
        attached->events[i] = 0;
    }
    ev_prepare_init(&attached->prepare, ikl_libev_on_prepare);
    ev_set_priority(&attached->prepare, EV_MINPRI); /* after those of the host, which may call the library */
    attached->prepare.data = attached;
    ev_prepare_start(loop, &attached->prepare);
}

#ifdef __cplusplus
}
#endif
#endif
