/* SPDX-License-Identifier: ISC */
/* ikelive libevent: an endpoint and its sockets in a loop of libevent (2.0 or later). Functions in line; the libraries
 * need no libevent.
 *
 *     host->attached.endpoint = endpoint;
 *     host->attached.sockets = &host->sockets;
 *     host->attached.detached = on_detached;
 *     error = ikl_libevent_attach(&host->attached, base);
 *
 * From then on the loop takes datagrams, sends what waited for a full socket, and lets time pass. Its `send` is
 * ikl_posix_send. Calls into the library from the endpoint's own callbacks need nothing more. After any other call,
 * such as ikl_sa_new or ikl_sa_request in an event of the host's, say ikl_libevent_changed: something may now be due
 * earlier than the timer is set for, and libevent does not ask before it sleeps.
 *
 * All is for the loop's thread. */
#ifndef IKELIVE_LIBEVENT_H
#define IKELIVE_LIBEVENT_H

#include <ikelive/posix.h>

#include <event2/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An endpoint in a loop. The host's memory, which stays where it is until `detached`. The host sets the first fields,
 * and leaves the rest alone, as 0. */
struct ikl_libevent {
    struct ikl_endpoint *endpoint;
    struct ikl_posix_sockets *sockets; /* while it is attached, none comes and none goes */
    ikl_time (*now)(void);             /* null: ikl_posix_now. The endpoint's clock, of real milliseconds */
    /* Called once, when the loop has let go of all: this and the endpoint may be freed in it. May be null. */
    void (*detached)(struct ikl_libevent *attached);
    void *user; /* the host's */

    struct event *timer; /* null: detached */
    struct event *readable[IKL_POSIX_SOCKETS], *writable[IKL_POSIX_SOCKETS];
    size_t n_events; /* of each kind */
    bool in_turn;
};

/* Sets the timer for the endpoint's next deadline, and waits for full sockets. Call it when the host has called the
 * library from outside the endpoint's callbacks; elsewhere it does no harm. Nothing happens when it is detached. */
static inline void ikl_libevent_changed(struct ikl_libevent *attached)
{
    struct timeval when;
    int wait;

    if (attached->timer == NULL) {
        return;
    }
    wait = ikl_posix_timeout(ikl_endpoint_next_deadline(attached->endpoint), attached->now());
    if (wait < 0) {
        (void)event_del(attached->timer);
    } else {
        when.tv_sec = wait / 1000;
        when.tv_usec = wait % 1000 * 1000;
        (void)event_add(attached->timer, &when);
    }
    for (size_t i = 0; i < attached->n_events; i++) {
        if (attached->sockets->at[i].blocked) {
            (void)event_add(attached->writable[i], NULL);
        }
    }
}

static inline void ikl_libevent_on_event(evutil_socket_t fd, short what, void *user)
{
    struct ikl_libevent *attached = (struct ikl_libevent *)user;

    (void)fd;
    (void)what;
    attached->in_turn = true;
    ikl_posix_turn(attached->sockets, attached->endpoint, attached->now);
    attached->in_turn = false;
    if (attached->timer != NULL) {
        ikl_libevent_changed(attached);
    } else if (attached->detached != NULL) {
        attached->detached(attached);
    }
}

static inline void ikl_libevent_release(struct event *event)
{
    if (event != NULL) {
        event_free(event);
    }
}

static inline void ikl_libevent_let_go(struct ikl_libevent *attached)
{
    ikl_libevent_release(attached->timer);
    attached->timer = NULL;
    for (size_t i = 0; i < attached->n_events; i++) {
        ikl_libevent_release(attached->readable[i]);
        ikl_libevent_release(attached->writable[i]);
    }
    if (!attached->in_turn && attached->detached != NULL) {
        attached->detached(attached);
    }
}

/* Takes the endpoint out of the loop: no callback comes of it any more, but those of the turn that is under way, which
 * still lets time pass. In every callback of the endpoint's and of the loop's; once more, before `detached`, does
 * nothing. The sockets may be closed when this returns, the rest when `detached` is called: before this returns, or,
 * inside a callback of the endpoint's, when that turn is over. */
static inline void ikl_libevent_detach(struct ikl_libevent *attached)
{
    if (attached->timer != NULL) {
        ikl_libevent_let_go(attached);
    }
}

static inline bool ikl_libevent_add_events(struct ikl_libevent *attached, struct event_base *base)
{
    attached->timer = event_new(base, -1, 0, ikl_libevent_on_event, attached);
    for (size_t i = 0; i < attached->sockets->n; i++) {
        evutil_socket_t fd = attached->sockets->at[i].fd;

        attached->readable[i] = event_new(base, fd, EV_READ | EV_PERSIST, ikl_libevent_on_event, attached);
        attached->writable[i] = event_new(base, fd, EV_WRITE, ikl_libevent_on_event, attached);
        attached->n_events++;
        if (attached->readable[i] == NULL || attached->writable[i] == NULL ||
            event_add(attached->readable[i], NULL) != 0) {
            return false;
        }
    }
    return attached->timer != NULL;
}

/* Attaches the endpoint to the loop, which is then busy until it is detached. Calls no callback but `detached`. Errors:
 * IKL_ERR_NO_MEMORY when libevent has none or does not take a socket; `detached` has then been called. */
IKL_MUST_USE static inline int ikl_libevent_attach(struct ikl_libevent *attached, struct event_base *base)
{
    if (attached->now == NULL) {
        attached->now = ikl_posix_now;
    }
    attached->n_events = 0;
    attached->in_turn = false;
    if (!ikl_libevent_add_events(attached, base)) {
        ikl_libevent_let_go(attached);
        return IKL_ERR_NO_MEMORY;
    }
    ikl_libevent_changed(attached);
    return IKL_OK;
}

#ifdef __cplusplus
}
#endif
#endif
