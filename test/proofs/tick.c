/* SPDX-License-Identifier: ISC */
/* Whatever is due when an IKE SA's timer comes up, its tick leaves nothing behind: what was due is no longer, and the
 * timer is set for later than `now`, and for no later than the next deadline of any kind, so that none is lost; an IKE
 * SA that has ended has no timer. Nothing is done before it is due: no liveness check, no keepalive, no Delete of ours,
 * no end of waiting for that.
 *
 * Put in by contract: what goes out, once or again, is due after `now`, as watch proves of schedules; what expires is
 * due after `now` or never; the timer wheel.
 *
 * bounds: one request besides the probe, no Child SA, an idle interval of 4096 ms, times below 2^32; all was told that
 *     there was to tell. -DLIVENESS: nothing but liveness can be due, as nearly always; -DMORE: all else
 * each: -DLIVENESS
 * long: -DMORE
 * cbmc: --unwind 4
 * fault: lib/sa/alarm.h s/? now + 1/? now/
 * fault: -DMORE lib/sa/timer.c s/ && sa->until <= now)/)/
 * fault: lib/sa/timer.c s/now >= ikl_time_after(sa->idle.heard, sa->idle.interval) &&/true \&\&/
 * fault: -DLIVENESS lib/sa/timer.c s/due <= now || sa->idle.policy/sa->idle.policy/
 * fault: -DMORE lib/sa/timer.c s/^ *ikl_sa_expire_waiting(sa, now);//
 * fault: -DMORE lib/sa/timer.c s/ikl_time_earlier(deadline, request_deadline/(request_deadline/ */
#include "proof.h"

#define ikl_slab_at ikl_slab_at_in_chunks
#include "memory/slab.h"
#undef ikl_slab_at
static void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index);

#include "policy/window.c"
#include "sa/own_delete.c"
#include "sa/requests.c"
#include "sa/timer.c"

static const ikl_time LATEST = UINT64_C(1) << 32; /* an event is no later */

enum { INTERVAL = 4096 }; /* ms, where times are divided by it */

static struct ikl_endpoint endpoint;
static struct ikl_group group;
static struct ikl_sa sa;
static struct ikl_own_request own_request;
static struct ikl_keying keying;
static struct ikl_cipher cipher;
static struct ikl_schedule schedule;
static ikl_time now, alarm;
static ikl_time waiting, fragments, keepalive; /* deadlines */
static bool is_exhausted;

static void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests && index == 0);
    return &own_request;
}

static bool is_gone(void)
{
    return sa.state >= IKL_SA_DYING;
}

int ikl_wheel_start(struct ikl_wheel *wheel, uint32_t timer, ikl_time at)
{
    (void)wheel;
    prove(timer == sa.self && at != IKL_NEVER && !is_gone());
    alarm = at;
    return IKL_OK;
}

bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer)
{
    bool was_started = alarm != IKL_NEVER;

    (void)wheel;
    prove(timer == sa.self);
    alarm = IKL_NEVER;
    return was_started;
}

/* As teardown.c does. */
static void end(void)
{
    prove(!is_gone());
    sa.state = IKL_SA_DYING;
    sa.keys = IKL_NONE;
    sa.first_request = IKL_NONE;
    sa.probe.state = IKL_REQUEST_IDLE;
    sa.probe.run = (struct ikl_run){.schedule = &schedule};
    alarm = IKL_NEVER;
}

/* Our Delete was waited for, or held, for long enough; or nothing can be sent any more. */
void ikl_sa_end(struct ikl_sa *which, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time at)
{
    (void)reason;
    prove(which == &sa && given_up == NULL && at == now);
    prove(is_exhausted || (ikl_sa_is_ours_to_end(&sa) && sa.until <= now));
    end();
}

static struct ikl_run any_run(uint32_t message_id)
{
    struct ikl_run run;

    run.schedule = &schedule;
    run.message_id = message_id;
    run.extended = nondet_bool();
    run.again = nondet_bool();
    run.resent = nondet_bool();
    run.put_off = nondet_bool();
    run.blocked = nondet_bool();
    run.reliable = nondet_bool();
    suppose(run.deadline < LATEST + LATEST && ikl_run_is_out(&run));
    return run;
}

/* It goes out, or on: what comes next is due later. */
static void go_on(struct ikl_request *request, uint32_t message_id)
{
    request->state = IKL_REQUEST_SENT;
    request->run = any_run(message_id);
    suppose(ikl_run_due(&request->run) > now && (request == &sa.probe || request->run.timeout == 0));
}

static bool tick(struct ikl_request *request)
{
    if (request->state == IKL_REQUEST_SENT && now >= ikl_run_due(&request->run)) {
        if (nondet_bool()) {
            end(); /* a verdict */
            return false;
        }
        go_on(request, request->run.message_id);
    }
    return true;
}

bool ikl_request_tick(struct ikl_sa *which, struct ikl_request *request, ikl_time at)
{
    prove(which == &sa && at == now && request == &sa.probe && request->state == IKL_REQUEST_SENT);
    return tick(request);
}

bool ikl_sa_tick_sent(struct ikl_sa *which, ikl_time at)
{
    prove(which == &sa && at == now && ikl_sa_is_waiting(&sa));
    return tick(&sa.probe) && tick(&own_request.request);
}

/* What the host wants sent again: all but what waits on a reliable path. */
void ikl_request_resend(struct ikl_sa *which, ikl_time at)
{
    prove(which == &sa && at == now && sa.resend);
    sa.resend = false;
}

/* A request takes the next Message ID, if it can be sealed. */
static int begin(struct ikl_request *request)
{
    int result = nondet_bool() ? ikl_window_has_room(&sa.send_window) : IKL_ERR_CRYPTO;

    if (nondet_bool()) {
        result = IKL_ERR_EXHAUSTED; /* of IVs */
    }
    is_exhausted = result == IKL_ERR_EXHAUSTED;
    if (result == IKL_OK) {
        go_on(request, ikl_window_take(&sa.send_window));
    }
    return result;
}

int ikl_sa_start_delete(struct ikl_sa *which, ikl_time at)
{
    int result;

    prove(which == &sa && at == now && sa.probe.state == IKL_REQUEST_IDLE);
    prove(sa.state != IKL_SA_REKEYED || sa.until <= now);
    result = begin(&sa.probe);
    if (result == IKL_OK) {
        sa.probe.kind = IKL_REQUEST_DELETE_SA;
    }
    return result;
}

void ikl_sa_pump_requests(struct ikl_sa *which, ikl_time at)
{
    struct ikl_own_request *own;

    prove(which == &sa && at == now);
    if (is_gone()) {
        return; /* it has no requests any more */
    }
    own = ikl_sa_first_queued(&sa);
    if (own != NULL) {
        (void)begin(&own->request);
    }
    if (is_exhausted) {
        end();
    }
}

/* The check that is due goes out, or has its turn later, or there are none any more. */
static void check(void)
{
    prove(sa.state == IKL_SA_ESTABLISHED && !ikl_sa_is_waiting(&sa) && sa.probe.state != IKL_REQUEST_SENT);
    prove(now >= ikl_time_after(sa.idle.heard, sa.idle.interval) && !ikl_idle_is_off(&sa.idle));
    if (ikl_request_turn(&sa.probe) > now) {
        return;
    }
    if (begin(&sa.probe) == IKL_OK) {
        sa.probe.kind = IKL_REQUEST_PROBE;
    } else if (is_exhausted) {
        end();
    } else if (sa.probe.state == IKL_REQUEST_IDLE) {
        sa.probe.run = (struct ikl_run){.schedule = &schedule, .deadline = nondet_u64()};
        suppose(sa.probe.run.deadline > now && sa.probe.run.deadline < LATEST + LATEST);
    }
}

void ikl_sa_check(struct ikl_sa *which, ikl_time at)
{
    prove(which == &sa && at == now);
    check();
}

/* There may be newer evidence. */
void ikl_sa_look(struct ikl_sa *which, ikl_time at)
{
    ikl_time heard = nondet_u64();

    prove(which == &sa && at == now);
    if (heard > sa.idle.heard && heard <= now) {
        sa.idle.heard = heard;
    }
    if (sa.state == IKL_SA_ESTABLISHED && !ikl_sa_is_waiting(&sa) && !ikl_idle_is_off(&sa.idle) &&
        now >= ikl_time_after(sa.idle.heard, sa.idle.interval) &&
        (sa.idle.policy == IKL_LIVENESS_PERIODIC || nondet_bool())) {
        check();
    } else if (sa.probe.state == IKL_REQUEST_IDLE) {
        sa.probe.run = (struct ikl_run){.schedule = &schedule};
    }
}

static ikl_time after_now(void)
{
    ikl_time later = nondet_u64();

    suppose(later > now);
    return later;
}

ikl_time ikl_sa_waiting_deadline(const struct ikl_sa *which)
{
    prove(which == &sa && sa.receive_window.size > 1);
    return waiting;
}

void ikl_sa_expire_waiting(struct ikl_sa *which, ikl_time at)
{
    prove(which == &sa && at == now);
    waiting = waiting <= now ? after_now() : waiting;
}

ikl_time ikl_sa_reassembly_deadline(const struct ikl_sa *which)
{
    prove(which == &sa && sa.extra != IKL_NONE);
    return fragments;
}

void ikl_sa_expire_fragments(struct ikl_sa *which, ikl_time at)
{
    prove(which == &sa && at == now);
    fragments = fragments <= now ? after_now() : fragments;
}

ikl_time ikl_sa_keepalive_deadline(const struct ikl_sa *which)
{
    prove(which == &sa && sa.extra != IKL_NONE);
    return keepalive;
}

void ikl_sa_look_at_sent(struct ikl_sa *which, ikl_time at)
{
    prove(which == &sa && at == now);
}

void ikl_sa_keepalive_sent(struct ikl_sa *which, ikl_time at)
{
    prove(which == &sa && at == now && keepalive <= now);
    keepalive = after_now();
}

void ikl_sa_keepalive_failed(struct ikl_sa *which)
{
    prove(which == &sa);
    keepalive = after_now();
}

int ikl_endpoint_keepalive(struct ikl_endpoint *of, struct ikl_sa *which)
{
    prove(of == &endpoint && which == &sa);
    return nondet_int();
}

void ikl_history_add_chatter(struct ikl_sa *which, struct ikl_event event)
{
    (void)event;
    prove(which == &sa);
}

void ikl_history_add_event(struct ikl_sa *which, struct ikl_event event)
{
    (void)event;
    prove(which == &sa);
}

void ikl_sa_mark(struct ikl_sa *which, enum ikl_fact fact)
{
    prove(which == &sa && fact == IKL_FACT_OUTAGE);
}

/* Nobody asks it here. */
static void last_esp(void *user, struct ikl_sa *which, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)which;
    (void)child;
    *heard = *sent = IKL_NEVER;
    prove(false);
}

/* A request of the list, or the probe. */
static struct ikl_request any_request(void)
{
    struct ikl_request request;

    request.stored = IKL_NONE;
    if (request.state == IKL_REQUEST_SENT || request.state == IKL_REQUEST_ENDED) {
        request.run = any_run(nondet_u32());
    } else {
        request.run = (struct ikl_run){.schedule = &schedule, .deadline = nondet_u32()}; /* the probe: its turn */
    }
    return request;
}

/* As ikl_sa_all_is_awaited says, and for a window that is shut ikl_sa_can_send. */
static bool are_all_awaited(void)
{
    bool is_list_sent = sa.first_request != IKL_NONE && own_request.request.state == IKL_REQUEST_SENT;

    return ikl_sa_is_waiting(&sa) == (sa.probe.state == IKL_REQUEST_SENT || is_list_sent);
}

static void have_any_ike_sa(void)
{
    struct ikl_sa any;
    struct ikl_own_request any_own;

    endpoint.keyings = &keying;
    endpoint.groups = &group;
    endpoint.advancing = true;
    endpoint.callbacks.last_esp = nondet_bool() ? last_esp : NULL;
    group.heard = nondet_u64();
    group.out = nondet_bool();
    cipher.deterministic = true;
    keying.cipher = &cipher;
    sa = any;
    sa.endpoint = &endpoint;
    sa.resend = nondet_bool();
    sa.group = sa.keying = 0;
    sa.keys = 0;
    sa.first_child = IKL_NONE;
    sa.probe = any_request();
    own_request = any_own;
    own_request.request = any_request();
#if defined(LIVENESS)
    sa.first_request = sa.extra = IKL_NONE;
#else
    sa.first_request = 0;
#endif
    own_request.next = IKL_NONE;
    suppose(sa.probe.state == IKL_REQUEST_IDLE || sa.probe.state == IKL_REQUEST_SENT);
    suppose(own_request.request.state != IKL_REQUEST_IDLE && own_request.request.kind > IKL_REQUEST_SYNC);
    suppose(own_request.request.run.timeout == 0); /* as it is but for liveness checks */
    sa.idle.interval = INTERVAL;
    suppose(!is_gone() && are_all_awaited());
    suppose(sa.idle.heard < LATEST && sa.until < LATEST);
}

/* The timer comes up for it, and it is not lost. */
static void prove_awaited(ikl_time deadline)
{
    prove(alarm <= ikl_time_later(deadline, now + 1));
}

static void prove_request_awaited(const struct ikl_request *request)
{
    if (request->state == IKL_REQUEST_SENT) {
        prove(ikl_run_due(&request->run) > now && alarm <= ikl_run_due(&request->run));
    } else if (request->state == IKL_REQUEST_QUEUED && !ikl_sa_is_waiting(&sa)) {
        prove_awaited(now + QUEUE_RETRY);
    }
}

static void prove_all_awaited(void)
{
    enum ikl_delete_state delete_state = ikl_sa_delete_state(&sa);

    prove(alarm > now && !sa.resend);
    prove_request_awaited(&sa.probe);
    if (sa.first_request != IKL_NONE) {
        prove_request_awaited(&own_request.request);
    }
    if (sa.state == IKL_SA_ESTABLISHED && !ikl_sa_is_waiting(&sa) && ikl_idle_is_periodic(&sa.idle)) {
        prove_awaited(ikl_time_later(ikl_time_after(sa.idle.heard, sa.idle.interval), ikl_request_turn(&sa.probe)));
    }
    if (delete_state >= IKL_DELETE_QUEUED || (delete_state == IKL_DELETE_HELD && !has_requests_before(&sa))) {
        prove_awaited(sa.until);
    }
#if defined(MORE)
    if (sa.receive_window.size > 1) {
        prove(waiting > now && alarm <= waiting);
    }
    if (sa.extra != IKL_NONE) {
        prove(fragments > now && keepalive > now && alarm <= fragments && alarm <= keepalive);
    }
#endif
}

int main(void)
{
    now = nondet_u64();
    suppose(now < LATEST);
    alarm = now; /* it came up */
    waiting = nondet_u64();
    fragments = nondet_u64();
    keepalive = nondet_u64();
    have_any_ike_sa();
#if defined(LIVENESS)
    suppose(has_only_liveness(&sa));
#else
    suppose(!has_only_liveness(&sa));
#endif
    ikl_sa_tick(&sa, now);
    if (is_gone()) {
        prove(alarm == IKL_NEVER);
    } else {
        prove_all_awaited();
    }
    return 0;
}
