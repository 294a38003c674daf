/* SPDX-License-Identifier: ISC */
/* What must hold in every world of the monitors of Child SAs. See laws.h. */
#include "laws.h"

#include "sa/monitored.h"

/* What is known of the monitor of the Child SA with this SPI; null when there are too many. */
static struct laws_monitor *find(struct laws_end *end, uint32_t spi_in)
{
    size_t n = 0;

    while (n < LAWS_MONITORS && end->monitors[n].spi_in != spi_in && end->monitors[n].spi_in != 0) {
        n++;
    }
    return n < LAWS_MONITORS ? &end->monitors[n] : NULL;
}

void laws_monitor(struct laws *laws, struct laws_end *end, uint32_t spi_in, const struct ikl_monitor_change *change)
{
    struct laws_monitor *known = end != NULL ? find(end, spi_in) : NULL;
    bool is_new = known != NULL && (known->spi_in == 0 || change->generation < known->generation);

    laws_hold(laws, !is_new || !known->is_whole, "a monitor that was handed on began anew");
    laws_hold(laws, (change->generation == 0) == (change->state == IKL_MONITOR_UNPROVEN),
              "a monitor is not UNPROVEN until it changes");
    laws_hold(laws, change->generation != 1 || change->state == IKL_MONITOR_UP,
              "a monitor that never heard an answer gave a verdict");
    laws_hold(laws, !change->renew || change->state == IKL_MONITOR_DOWN, "new keys were asked for without a DOWN");
    if (known == NULL) {
        return;
    }
    laws_hold(laws, is_new || !change->renew || !known->renewed, "new keys were asked for twice in one DOWN");
    known->renewed = change->state == IKL_MONITOR_DOWN && (change->renew || (!is_new && known->renewed));
    known->spi_in = spi_in;
    known->generation = change->generation;
}

void laws_monitor_probe(struct laws *laws, struct laws_end *end, uint32_t spi_in, uint16_t probe)
{
    struct laws_monitor *known = end != NULL ? find(end, spi_in) : NULL;

    if (known != NULL) {
        laws_hold(laws, !known->is_whole || probe == (uint16_t)(known->probe + 1),
                  "a probe of a monitor that was handed on has the wrong number");
        known->spi_in = spi_in;
        known->probe = probe;
    }
}

/* When the path was last known to work, or there is nothing to know. */
static void note_answer(struct laws_monitor *known, const struct ikl_child *child, const struct ikl_monitor *monitor,
                        ikl_time now)
{
    bool rests = ikl_child_is_ending(child);

    if (known->answered == 0 || rests || monitor->credited || !monitor->counts) {
        known->answered = now;
    }
    if (child->heard != IKL_NEVER && child->heard > known->answered) {
        known->answered = child->heard;
    }
}

static void check(struct laws *laws, struct laws_end *end, const struct ikl_sa *sa, const struct ikl_child *child,
                  ikl_time now)
{
    const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);
    const struct ikl_monitor *monitor = &monitoring->monitor;
    struct laws_monitor *known = find(end, child->spi_in);
    bool is_alive = monitor->state == IKL_MONITOR_UP || monitor->state == IKL_MONITOR_SUSPECT;

    if (!ikl_child_is_ending(child)) {
        laws_hold(laws,
                  ikl_endpoint_next_deadline(sa->endpoint) <=
                      ikl_time_later(ikl_monitor_deadline(monitor, monitoring->config), now + 1),
                  "the next deadline is later than that of a monitor");
    }
    if (known == NULL || !end->host->ticks_exactly || end->host->late) {
        return;
    }
    known->spi_in = child->spi_in;
    note_answer(known, child, monitor, now);
    laws_hold(laws, !is_alive || now <= known->answered + ikl_monitor_worst_detect(monitoring->config),
              "a monitor gave its verdict too late");
}

/* A Child SA that is new has a new monitor, or none. */
static void begin_anew(struct laws *laws, struct laws_end *end, const struct ikl_child *child,
                       const struct ikl_monitor *monitor, ikl_time now)
{
    struct laws_monitor *known = find(end, child->spi_in);

    laws_hold(laws, monitor == NULL || (monitor->generation == 0 && monitor->probe == 0),
              "a monitor that is new knows something");
    if (known != NULL) {
        *known = (struct laws_monitor){.spi_in = child->spi_in, .is_whole = true, .answered = now};
    }
}

/* The Child SA that had the monitor before another took over, and what there was to tell of it. */
struct before {
    struct ikl_child *child; /* the one that is replaced, or another that replaced it before; null: there is none */
    struct ikl_monitoring monitoring;
    unsigned untold;
    ikl_time heard; /* 0: never */
};

static struct before look_at(const struct ikl_sa *sa, struct ikl_child *replaced, ikl_time now)
{
    struct before before = {.child = replaced != NULL ? ikl_monitoring_heir(sa, replaced) : NULL};

    if (before.child != NULL) {
        before.monitoring = *ikl_monitoring_of(sa, before.child);
        before.untold = before.child->monitor_untold;
        before.heard = before.child->heard != IKL_NEVER ? ikl_time_earlier(before.child->heard, now) : 0;
    }
    return before;
}

/* But for traffic, which the one that is replaced may have heard and not looked at, and an outstanding probe, which has
 * one monitor alone. */
static bool is_same(const struct ikl_monitor *monitor, const struct ikl_monitor *before)
{
    return monitor != NULL && monitor->state == before->state && monitor->generation == before->generation &&
           monitor->probe == before->probe && monitor->at == before->at && monitor->row == before->row &&
           monitor->since == before->since && monitor->credited == before->credited;
}

/* What was told of the monitor up to now. */
static struct laws_monitor known_of(const struct ikl_monitor *monitor, unsigned untold)
{
    return (struct laws_monitor){.generation = monitor->generation - ((untold & IKL_MONITOR_CHANGED) != 0 ? 1 : 0),
                                 .probe = (uint16_t)(monitor->probe - ((untold & IKL_MONITOR_PROBE) != 0 ? 1 : 0)),
                                 .is_whole = true,
                                 .renewed = monitor->state == IKL_MONITOR_DOWN && monitor->renewed &&
                                            (untold & IKL_MONITOR_RENEW) == 0};
}

static void go_on(struct laws *laws, struct laws_end *end, const struct ikl_sa *sa, const struct ikl_child *child,
                  const struct before *before, bool is_first)
{
    const struct ikl_monitor *monitor = ikl_child_monitor(sa, child);
    const struct laws_monitor *from = find(end, before->child->spi_in);
    unsigned untold = is_first ? before->untold : before->untold & (unsigned)IKL_MONITOR_CHANGED;
    struct laws_monitor known = known_of(&before->monitoring.monitor, untold), *to;

    laws_hold(laws,
              is_same(monitor, &before->monitoring.monitor) && (child->monitor_untold & untold) == untold &&
                  monitor->out == (is_first && before->monitoring.monitor.out),
              "a Child SA does not go on with the monitor of the one that it replaces");
    laws_hold(laws, !is_first || (ikl_child_monitor(sa, before->child) == NULL && before->child->monitor_untold == 0),
              "a Child SA has a monitor that it handed on");
    known.answered = ikl_time_later(before->heard, from != NULL ? from->answered : 0);
    to = find(end, child->spi_in);
    if (to != NULL) {
        *to = known;
        to->spi_in = child->spi_in;
    }
}

int laws_replace_child(struct laws *laws, struct laws_end *end, struct ikl_sa *sa,
                       const struct ikl_child_config *config, ikl_time now)
{
    struct ikl_child *replaced = config->replaces, *child;
    struct before before = look_at(sa, replaced, now);
    int result = ikl_sa_add_child(sa, config, &child);
    bool inherits = replaced != NULL && replaced->monitored && !config->unmonitored;

    if (result != IKL_OK) {
        return result;
    }
    laws_children_up(end->host, 1);
    laws_hold(laws, !inherits || ikl_child_monitor(sa, child) != NULL, "a path is not monitored any more");
    if (config->monitor != NULL && config->monitor != before.monitoring.config) {
        before.heard = now; /* its time begins again */
    }
    if (inherits && before.child != NULL) {
        go_on(laws, end, sa, child, &before, before.child == replaced);
    } else {
        begin_anew(laws, end, child, ikl_child_monitor(sa, child), now);
    }
    return IKL_OK;
}

void laws_check_monitors(struct laws *laws, struct laws_end *end, const struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_state(sa) != IKL_SA_ESTABLISHED) {
        return;
    }
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);

        if (monitoring != NULL && monitoring->config != NULL) {
            check(laws, end, sa, child, now);
        }
    }
}
