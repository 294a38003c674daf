/* SPDX-License-Identifier: ISC */
/* ikelive sa: the monitors of an IKE SA's Child SAs, while it is ESTABLISHED: what is due for them, and the answers to
 * their probes. <ikelive/monitor.h> states the policy of one monitor.
 *
 * The IKE SA has its monitors in order (dues.c) and wakes when the first is due. A limit on the rate of probes gives an
 * IKE SA whose probe came too early a turn; until then none of its monitors is looked at. */
#include "alarm.h"
#include "event.h"
#include "evidence.h"
#include "monitored.h"

#include "out_of_line.h"
#include "policy/turn.h"

/* A monitor as it is looked at. */
struct look {
    struct ikl_child *child;
    struct ikl_monitor *monitor;
    const struct ikl_monitor_config *config;
};

static void note_verdict(struct ikl_sa *sa, const struct ikl_monitor *monitor, ikl_time now)
{
    enum ikl_monitor_state state = (enum ikl_monitor_state)monitor->state;
    enum ikl_monitor_finding finding = ikl_monitor_find(state, sa->reachability != IKL_REACHABILITY_UP);

    sa->endpoint->counters.data_paths_dead += finding == IKL_FINDING_DATA_PATH_DEAD;
    ikl_history_add(sa, IKL_EVENT_MONITOR, IKL_MESSAGE_ID_NONE, ikl_history_of_monitor(state, finding), now);
}

/* Counts what a monitor decided beside a probe, and has it told. `before` was its state. */
static void note(struct ikl_sa *sa, const struct look *look, enum ikl_monitor_state before, unsigned todo, ikl_time now)
{
    struct ikl_endpoint_counters *counters = &sa->endpoint->counters;
    bool is_down = look->monitor->state == IKL_MONITOR_DOWN, was_down = before == IKL_MONITOR_DOWN;

    if (todo == 0) {
        return;
    }
    counters->monitor_renewals += (todo & IKL_MONITOR_RENEW) != 0;
    counters->monitor_downs += is_down && !was_down;
    counters->monitor_recoveries += was_down && !is_down;
    if (is_down != was_down || (todo & IKL_MONITOR_UNANSWERED) != 0) {
        note_verdict(sa, look->monitor, now);
    }
    ikl_monitoring_note(sa, look->child, todo);
}

/* Tells the monitor, and the path group, what traffic its Child SA has had. */
IKL_OUT_OF_LINE static void take_notice(struct ikl_sa *sa, const struct look *look, ikl_time now)
{
    struct ikl_child *child = look->child;

    if (child->heard != IKL_NEVER) {
        ikl_endpoint_keep_past(sa->endpoint, &child->heard, now);
        ikl_monitor_heard(look->monitor, child->heard, now);
        if (ikl_group_heard_at(sa->endpoint, sa->group, child->heard)) {
            ikl_sa_mark(sa, IKL_FACT_OUTAGE);
        }
    }
    if (look->monitor->sent != IKL_NEVER) {
        ikl_endpoint_keep_past(sa->endpoint, &look->monitor->sent, now);
    }
}

/* Has the host send the probe that the monitor has decided upon. */
static void ask(struct ikl_sa *sa, const struct look *look)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    endpoint->counters.monitor_probes++;
    if (endpoint->callbacks.monitor_probe != NULL) {
        endpoint->callbacks.monitor_probe(endpoint->user, sa, look->child, look->monitor->probe);
    }
}

static bool may_send(const struct ikl_sa *sa, ikl_time now)
{
    return sa->monitors_turn || ikl_pace_is_free(&sa->endpoint->monitor_probes, now);
}

/* The first probe of a look uses the turn that the IKE SA waited for; each further one takes a turn of its own. */
static void take_turn(struct ikl_sa *sa, ikl_time now)
{
    if (!sa->monitors_turn) {
        (void)ikl_pace_turn(&sa->endpoint->monitor_probes, now);
    }
    sa->monitors_turn = false;
}

/* Has one monitor decide what there is to do now that it is due. Returns as `tick`. */
IKL_OUT_OF_LINE static ikl_time decide(struct ikl_sa *sa, const struct look *look, ikl_time now)
{
    enum ikl_monitor_state before = (enum ikl_monitor_state)look->monitor->state;
    unsigned todo = ikl_monitor_tick(look->monitor, look->config, now, sa->endpoint->tick_slack, may_send(sa, now));

    note(sa, look, before, todo & ~(unsigned)IKL_MONITOR_PROBE, now);
    if ((todo & IKL_MONITOR_PROBE) != 0) {
        take_turn(sa, now);
        ask(sa, look);
    }
    return ikl_monitor_due(look->monitor, look->config);
}

static inline bool has_traffic(const struct look *look)
{
    return look->child->heard != IKL_NEVER || look->monitor->sent != IKL_NEVER;
}

/* Asks about those whose monitor a Child SA took over, and that are there still. */
static void pull_old(struct ikl_sa *sa, struct ikl_child *child, ikl_time now)
{
    child->took_over = false;
    for (struct ikl_child *old = ikl_sa_first_child(sa); old != NULL; old = ikl_sa_next_child(sa, old)) {
        if (old == child || ikl_monitoring_heir(sa, old) != child) {
            continue;
        }
        child->took_over = true;
        if (sa->endpoint->callbacks.last_esp != NULL) {
            ikl_sa_pull_evidence_of(sa, old);
        }
        if (old->heard != IKL_NEVER) {
            ikl_endpoint_keep_past(sa->endpoint, &old->heard, now);
        }
        ikl_monitoring_pass_on(sa, old, now);
    }
}

/* Whether there may be traffic that is known elsewhere only. */
static inline bool has_to_pull(const struct ikl_sa *sa, const struct ikl_child *child)
{
    return sa->endpoint->callbacks.last_esp != NULL || child->took_over;
}

/* Asks for it. Returns when the monitor is due, if not now. */
IKL_OUT_OF_LINE static ikl_time pull(struct ikl_sa *sa, const struct look *look, ikl_time now)
{
    if (look->child->took_over) {
        pull_old(sa, look->child, now);
    }
    if (sa->endpoint->callbacks.last_esp != NULL) {
        ikl_sa_pull_evidence_of(sa, look->child);
    }
    take_notice(sa, look, now);
    return ikl_monitor_due(look->monitor, look->config);
}

/* When a monitor is due, by all that is known of its Child SA's traffic. */
static inline ikl_time due_of(struct ikl_sa *sa, const struct look *look, ikl_time now)
{
    ikl_time due;

    if (has_traffic(look)) {
        take_notice(sa, look, now);
    }
    due = ikl_monitor_due(look->monitor, look->config);
    return due <= now && has_to_pull(sa, look->child) ? pull(sa, look, now) : due;
}

/* Does what is due for one monitor. Returns when it is due next; `now` or before when its probe came too early for the
 * rate. */
static inline ikl_time tick(struct ikl_sa *sa, const struct look *look, ikl_time now)
{
    const struct ikl_endpoint *endpoint = sa->endpoint;
    ikl_time due = due_of(sa, look, now);

    if (due > now) {
        return due;
    }
    if (ikl_pace_is_off(&endpoint->monitor_probes) &&
        ikl_monitor_goes_on(look->monitor, look->config, due, now, endpoint->tick_slack)) {
        ask(sa, look);
        return ikl_time_after(due, look->config->timeout);
    }
    return decide(sa, look, now);
}

/* Puts all in order. */
static void gather(struct ikl_sa *sa, ikl_time now)
{
    ikl_dues_begin(sa);
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);

        if (monitoring != NULL && monitoring->config != NULL && !ikl_child_is_ending(child)) {
            ikl_time due = ikl_monitor_due(&monitoring->monitor, monitoring->config);

            ikl_dues_add(sa, child, ikl_time_later(due, now));
        }
    }
}

/* The same for all that are due, until one has to wait for its turn. Returns when the first is due next. */
static ikl_time tick_due(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_child *child;

    while ((child = ikl_dues_first(sa)) != NULL && ikl_due_time(child, now) == now) {
        struct ikl_monitoring *monitoring = ikl_monitoring_beside(sa, child);
        struct look look = {child, &monitoring->monitor, monitoring->config};
        ikl_time due = tick(sa, &look, now);

        if (due <= now) {
            return now;
        }
        ikl_dues_put_off(sa, child, due);
    }
    return child != NULL ? ikl_due_time(child, now) : IKL_NEVER;
}

void ikl_sa_tick_monitors(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    if (sa->state != IKL_SA_ESTABLISHED) {
        sa->monitors_due = IKL_NEVER;
        return;
    }
    if (sa->monitors_stale || ikl_dues_are_old(sa, now)) {
        gather(sa, now);
    }
    sa->monitors_due = tick_due(sa, now);
    sa->monitors_turn = sa->monitors_due <= now;
    if (sa->monitors_turn) {
        sa->monitors_due = ikl_pace_turn(&endpoint->monitor_probes, now);
        sa->monitors_stale = sa->monitors_due - now > IKL_DUE_AWAY;
        endpoint->counters.monitor_probes_paced++;
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
    note(sa, &(struct look){child, monitor, monitoring->config}, before, todo, now);
    return IKL_OK;
}
