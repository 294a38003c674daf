/* SPDX-License-Identifier: ISC */
/* ikelive sa: the monitors of an IKE SA's Child SAs, while it is ESTABLISHED: what is due for them, and the answers to
 * their probes. <ikelive/monitor.h> states the policy of one monitor.
 *
 * The endpoint has all that are due in order (dues.c). A limit on the rate of probes gives a monitor whose probe came
 * too early a turn; until then it is not looked at. */
#include "dues.h"
#include "event.h"
#include "evidence.h"
#include "monitored.h"

#include "out_of_line.h"
#include "policy/turn.h"

static void note_verdict(struct ikl_sa *sa, const struct ikl_monitor *monitor, ikl_time now)
{
    enum ikl_monitor_state state = (enum ikl_monitor_state)monitor->state;
    enum ikl_monitor_finding finding = ikl_monitor_find(state, sa->reachability != IKL_REACHABILITY_UP);

    sa->endpoint->counters.data_paths_dead += finding == IKL_FINDING_DATA_PATH_DEAD;
    ikl_history_add(sa, IKL_EVENT_MONITOR, IKL_MESSAGE_ID_NONE, ikl_history_of_monitor(state, finding), now);
}

/* Counts what a monitor decided beside a probe, and has it told. `before` was its state. */
static void note(struct ikl_sa *sa, struct ikl_child *child, enum ikl_monitor_state before, unsigned todo, ikl_time now)
{
    const struct ikl_monitor *monitor = &ikl_monitoring_beside(child)->monitor;
    struct ikl_endpoint_counters *counters = &sa->endpoint->counters;
    bool is_down = monitor->state == IKL_MONITOR_DOWN, was_down = before == IKL_MONITOR_DOWN;

    if (todo == 0) {
        return;
    }
    counters->monitor_renewals += (todo & IKL_MONITOR_RENEW) != 0;
    counters->monitor_downs += is_down && !was_down;
    counters->monitor_recoveries += was_down && !is_down;
    if (is_down != was_down || (todo & IKL_MONITOR_UNANSWERED) != 0) {
        note_verdict(sa, monitor, now);
    }
    ikl_monitoring_note(sa, child, todo);
}

/* Tells the monitor, and the path group, what traffic its Child SA has had. */
IKL_OUT_OF_LINE static void take_notice(struct ikl_sa *sa, struct ikl_child *child, ikl_time now)
{
    struct ikl_monitor *monitor = &ikl_monitoring_beside(child)->monitor;

    if (child->heard != IKL_NEVER) {
        ikl_endpoint_keep_past(sa->endpoint, &child->heard, now);
        ikl_monitor_heard(monitor, child->heard, now);
        if (ikl_group_heard_at(sa->endpoint, sa->group, child->heard)) {
            ikl_sa_mark(sa, IKL_FACT_OUTAGE);
        }
    }
    if (monitor->sent != IKL_NEVER) {
        ikl_endpoint_keep_past(sa->endpoint, &monitor->sent, now);
    }
}

/* Has the host send the probe that the monitor has decided upon. */
static void ask(struct ikl_endpoint *endpoint, struct ikl_sa *sa, struct ikl_child *child)
{
    endpoint->counters.monitor_probes++;
    if (endpoint->callbacks.monitor_probe != NULL) {
        endpoint->callbacks.monitor_probe(endpoint->user, sa, child, ikl_monitoring_beside(child)->monitor.probe);
    }
}

static bool may_send(const struct ikl_endpoint *endpoint, const struct ikl_child *child, ikl_time now)
{
    return child->has_turn || ikl_pace_is_free(&endpoint->monitor_probes, now);
}

/* A probe that has waited for its turn uses that. */
static void take_turn(struct ikl_endpoint *endpoint, const struct ikl_child *child, ikl_time now)
{
    if (!child->has_turn) {
        (void)ikl_pace_turn(&endpoint->monitor_probes, now);
    }
}

/* Has one monitor decide what there is to do now that it is due. Returns as `tick`. */
IKL_OUT_OF_LINE static ikl_time decide(struct ikl_sa *sa, struct ikl_child *child, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_monitoring *monitoring = ikl_monitoring_beside(child);
    struct ikl_monitor *monitor = &monitoring->monitor;
    enum ikl_monitor_state before = (enum ikl_monitor_state)monitor->state;
    unsigned todo =
        ikl_monitor_tick(monitor, monitoring->config, now, endpoint->tick_slack, may_send(endpoint, child, now));

    note(sa, child, before, todo & ~(unsigned)IKL_MONITOR_PROBE, now);
    if ((todo & IKL_MONITOR_PROBE) != 0) {
        take_turn(endpoint, child, now);
        ask(endpoint, sa, child);
    }
    return ikl_monitor_due(monitor, monitoring->config);
}

/* What those that it took over from say counts for each monitor that is due, and they are asked about all at once: many
 * may be due, and to find them takes a look at each Child SA. */
static void begin_to_ask(struct ikl_sa *sa, const struct ikl_child *child, ikl_time now)
{
    for (struct ikl_child *each = ikl_sa_first_child(sa); each != NULL; each = ikl_sa_next_child(sa, each)) {
        if (each == child || ikl_is_due(sa->endpoint, each, now)) {
            each->asked = true;
            each->took_over = false;
        }
    }
}

/* Asks about one that has handed its monitor on. */
static void ask_old(struct ikl_sa *sa, struct ikl_child *old, ikl_time now)
{
    if (sa->endpoint->callbacks.last_esp != NULL) {
        ikl_sa_pull_evidence_of(sa, old);
    }
    if (old->heard != IKL_NEVER) {
        ikl_endpoint_keep_past(sa->endpoint, &old->heard, now);
    }
    ikl_monitoring_pass_on(sa, old, now);
}

/* Asks about those whose monitor a Child SA took over, or another that is due, and that are there still. */
static void ask_olds(struct ikl_sa *sa, const struct ikl_child *child, ikl_time now)
{
    begin_to_ask(sa, child, now);
    for (struct ikl_child *old = ikl_sa_first_child(sa); old != NULL; old = ikl_sa_next_child(sa, old)) {
        struct ikl_child *heir = ikl_monitoring_heir(sa, old);

        if (heir != NULL && heir != old && heir->asked) {
            heir->took_over = true;
            ask_old(sa, old, now);
        }
    }
}

/* Asks for traffic that is known elsewhere only. Returns when the monitor is due, if not now. */
IKL_OUT_OF_LINE static ikl_time pull(struct ikl_sa *sa, struct ikl_child *child, ikl_time now)
{
    const struct ikl_monitoring *monitoring = ikl_monitoring_beside(child);

    if (child->took_over && !child->asked) {
        ask_olds(sa, child, now);
    }
    if (sa->endpoint->callbacks.last_esp != NULL) {
        ikl_sa_pull_evidence_of(sa, child);
    }
    take_notice(sa, child, now);
    return ikl_monitor_due(&monitoring->monitor, monitoring->config);
}

/* When a monitor is due, by all that is known of its Child SA's traffic. */
static inline ikl_time due_of(const struct ikl_endpoint *endpoint, struct ikl_sa *sa, struct ikl_child *child,
                              ikl_time now)
{
    const struct ikl_monitoring *monitoring = ikl_monitoring_beside(child);
    ikl_time due;

    if (child->heard != IKL_NEVER || monitoring->monitor.sent != IKL_NEVER) {
        take_notice(sa, child, now);
    }
    due = ikl_monitor_due(&monitoring->monitor, monitoring->config);
    return due <= now && (endpoint->callbacks.last_esp != NULL || child->took_over) ? pull(sa, child, now) : due;
}

/* Does what is due for one monitor. Returns when it is due next; `now` or before when its probe came too early for the
 * rate. */
static inline ikl_time tick(struct ikl_endpoint *endpoint, struct ikl_sa *sa, struct ikl_child *child, ikl_time now)
{
    struct ikl_monitoring *monitoring = ikl_monitoring_beside(child);
    ikl_time due = due_of(endpoint, sa, child, now);

    if (due > now) {
        return due;
    }
    if (ikl_pace_is_off(&endpoint->monitor_probes) &&
        ikl_monitor_goes_on(&monitoring->monitor, monitoring->config, due, now, endpoint->tick_slack)) {
        ask(endpoint, sa, child);
        return ikl_time_after(due, monitoring->config->timeout);
    }
    return decide(sa, child, now);
}

/* The probe of a Child SA comes too early: it waits for its turn, or for the time when that can be told. At the last
 * time there is nothing is too early, but there is no later time either: it is not looked at any more. */
IKL_OUT_OF_LINE static void wait_for_turn(struct ikl_endpoint *endpoint, struct ikl_child *child, ikl_time now)
{
    struct ikl_pace *pace = &endpoint->monitor_probes;
    ikl_time soonest = ikl_pace_soonest(pace, now);

    if (soonest <= now) {
        return;
    }
    endpoint->counters.monitor_probes_paced++;
    child->has_turn = soonest - now <= IKL_MONITOR_MAX_TIME;
    ikl_dues_put(endpoint, child, child->has_turn ? ikl_pace_turn(pace, now) : soonest);
}

/* Does what is due for the monitor of a Child SA, and puts that into order again. */
static inline void tick_child(struct ikl_endpoint *endpoint, struct ikl_child *child, ikl_time now)
{
    struct ikl_sa *sa = ikl_slab_at(&endpoint->sas, child->owner - 1);
    ikl_time due;

    if (sa->state != IKL_SA_ESTABLISHED) {
        return;
    }
    due = tick(endpoint, sa, child, now);
    child->has_turn = child->asked = false;
    if (due > now) {
        ikl_dues_put(endpoint, child, due);
    } else {
        wait_for_turn(endpoint, child, now);
    }
}

void ikl_monitors_tick(struct ikl_endpoint *endpoint, ikl_time now, struct ikl_wheel_work *left)
{
    struct ikl_child *child;

    ikl_dues_begin(endpoint, now);
    for (; left->expire != 0 && (child = ikl_dues_take(endpoint, now, left)) != NULL; left->expire--) {
        tick_child(endpoint, child, now);
    }
}

int ikl_decide_monitor_answered(struct ikl_sa *sa, struct ikl_child *child, uint16_t probe, uint32_t target,
                                ikl_time now)
{
    struct ikl_endpoint_counters *counters = &sa->endpoint->counters;
    struct ikl_monitoring *monitoring;
    enum ikl_monitor_state before;
    struct ikl_monitor *monitor;
    uint16_t late, foreign;
    unsigned todo;

    child = ikl_sa_has_child(sa, child) ? ikl_monitoring_heir(sa, child) : NULL;
    if (child == NULL) {
        return IKL_ERR_NOT_FOUND;
    }
    if (sa->state != IKL_SA_ESTABLISHED) {
        return IKL_ERR_STATE;
    }
    monitoring = ikl_monitoring_of(sa, child);
    monitor = &monitoring->monitor;
    before = (enum ikl_monitor_state)monitor->state;
    late = monitor->late;
    foreign = monitor->foreign;
    todo = ikl_monitor_answered(monitor, monitoring->config, probe, target, now);
    counters->monitor_late += monitor->late != late;
    counters->monitor_foreign += monitor->foreign != foreign;
    note(sa, child, before, todo, now);
    return IKL_OK;
}
