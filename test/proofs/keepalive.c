/* SPDX-License-Identifier: ISC */
/* A keepalive is due just where a NAT between us and the peer wants some, an interval after the last datagram along the
 * path, or after the ESP that the host sent along it, which counts as sent now when the host says later. After a move
 * one is due at once, since nothing went along the new path yet. What goes along another path, or could not be sent,
 * puts none off for longer than until the next try, for which the IKE SA wakes.
 *
 * bounds: times below 2^62. By contract: the timer wheel
 * each: -DSENT -DESP -DMOVED -DFAILED
 * with: sa/path.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4 --unwindset memcmp.0:50
 * fault: -DSENT lib/sa/path.c s/path == &sa->path || ikl_path_same(path, &sa->path)/true/
 * fault: -DMOVED lib/sa/path.c s/^ *ikl_sa_look_at_sent(sa, now);//
 * fault: -DESP lib/sa/path.c s/^ *esp = ikl_time_earlier(esp, sa->endpoint->now);//
 * fault: -DESP lib/sa/path.c s/ || esp <= extra->path_since)/)/
 * fault: -DFAILED lib/sa/path.c s/ikl_time_earlier(extra->keep/ikl_time_later(extra->keep/ */
#include "slabs.h"

#include "sa/address.h"
#include "sa/sa.h"

#include "paths.h"

static const ikl_time LATEST = UINT64_C(1) << 62; /* an event is no later */

enum { RETRY = 1000 };

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_extra extra, before;
static ikl_time now, wake;

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.extras && index == 0);
    return &extra;
}

ikl_time ikl_after(ikl_time time, uint64_t delay)
{
    return time + delay < time ? IKL_NEVER - 1 : time + delay;
}

void ikl_sa_wake_by(struct ikl_sa *of, ikl_time deadline, ikl_time at)
{
    prove(of == &sa && at == now);
    wake = deadline;
}

static bool wants_some(void)
{
    return sa.path.behind_nat && sa.path.encapsulated && !sa.path.reliable;
}

/* A datagram has left, or a keepalive was sent. */
static void send(ikl_time due)
{
    struct ikl_path path = any_path();

    if (nondet_bool()) {
        ikl_sa_look_at_sent(&sa, now);
        ikl_sa_keepalive_sent(&sa, now);
        prove(ikl_sa_keepalive_deadline(&sa) == (wants_some() ? now + endpoint.keepalive : IKL_NEVER));
        return;
    }
    ikl_sa_note_sent(&sa, &path);
    prove(ikl_sa_keepalive_deadline(&sa) == (!wants_some()                    ? IKL_NEVER
                                             : ikl_path_same(&path, &sa.path) ? now + endpoint.keepalive
                                                                              : due));
}

/* The host says that it sent ESP, as late as it likes. */
static void say_esp(ikl_time due)
{
    ikl_time at = nondet_u64(), counts = ikl_time_earlier(at, now), deadline;

    ikl_sa_sent_esp(&sa, at);
    deadline = ikl_sa_keepalive_deadline(&sa);
    prove(deadline >= due &&
          (wants_some() ? deadline <= ikl_time_later(due, now + endpoint.keepalive) : deadline == IKL_NEVER));
    prove(!wants_some() || at <= extra.path_since || deadline >= counts + endpoint.keepalive);
    prove(at > extra.path_since || deadline == due);
}

static void happen(ikl_time due)
{
#if defined(SENT)
    send(due);
#elif defined(ESP)
    say_esp(due);
#elif defined(MOVED)
    (void)due;
    ikl_sa_path_since(&sa, now);
    prove(ikl_sa_keepalive_deadline(&sa) == (wants_some() ? now : IKL_NEVER));
#else
    ikl_sa_keepalive_failed(&sa);
    prove(extra.keepalive_due <= now + RETRY && extra.keepalive_due <= now + endpoint.keepalive);
    prove(wake == extra.keepalive_due && ikl_sa_keepalive_deadline(&sa) <= due);
#endif
}

int main(void)
{
    struct ikl_extra any;
    ikl_time due;

    endpoint.now = now = nondet_u64();
    endpoint.keepalive = nondet_u32();
    sa.endpoint = &endpoint;
    sa.extra = 0;
    sa.path = any_path();
    extra = before = any;
    suppose(now < LATEST && extra.path_since <= now && extra.keepalive_due <= now + endpoint.keepalive);
    due = ikl_sa_keepalive_deadline(&sa);
    prove(wants_some() ? due <= now + endpoint.keepalive : due == IKL_NEVER);
    happen(due);
    prove(extra.keepalive_due <= now + endpoint.keepalive && extra.path_since <= now);
    return 0;
}
