/* SPDX-License-Identifier: ISC */
/* What must hold in every world of the monitors of Child SAs. See laws.h. */
#include "laws.h"

#include "sa/monitored.h"

#include <string.h>

/* What is known of the monitor of this Child SA; null when there are too many. */
static struct laws_monitor *find(struct laws_end *end, const struct ikl_child *child)
{
    for (size_t n = 0; n < LAWS_MONITORS; n++) {
        struct laws_monitor *known = &end->monitors[n];

        if (known->spi_in == 0) {
            known->spi_in = child->spi_in;
            known->protocol = child->protocol;
        }
        if (known->spi_in == child->spi_in && known->protocol == child->protocol) {
            return known;
        }
    }
    return NULL;
}

/* The monitor has lost probes: when it has to say so follows from when the first of them was sent. One that was sent
 * just now is not lost yet. */
static void check_loss(struct laws *laws, const struct laws_end *end, struct laws_monitor *known,
                       const struct ikl_monitor_config *config, const struct ikl_monitor_change *change, ikl_time now)
{
    bool exact = end->host->ticks_exactly && !end->host->late && config != NULL;

    if (!exact || change->state == IKL_MONITOR_UP) {
        known->first_lost = 0;
        return;
    }
    if (change->state == IKL_MONITOR_SUSPECT || config->threshold == 1) {
        known->first_lost = known->probes[0] < now ? known->probes[0] : known->probes[1];
    }
    if (known->first_lost == 0) {
        return;
    }
    laws_hold(laws, change->state != IKL_MONITOR_SUSPECT || now == known->first_lost + config->timeout,
              "a probe was given up at another time than it should be");
    laws_hold(laws,
              change->state != IKL_MONITOR_DOWN ||
                  now + config->interval == known->first_lost + ikl_monitor_worst_detect(config),
              "a monitor gave its verdict at another time than it promised");
}

void laws_monitor(struct laws *laws, struct laws_end *end, const struct ikl_sa *sa, const struct ikl_child *child,
                  const struct ikl_monitor_change *change, ikl_time now)
{
    const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);
    struct laws_monitor *known = end != NULL ? find(end, child) : NULL;
    bool is_new = known != NULL && change->generation < known->generation;

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
    if (change->generation != known->generation) {
        check_loss(laws, end, known, monitoring != NULL ? monitoring->config : NULL, change, now);
    }
    known->renewed = change->state == IKL_MONITOR_DOWN && (change->renew || (!is_new && known->renewed));
    known->generation = change->generation;
}

void laws_monitor_probe(struct laws *laws, struct laws_end *end, const struct ikl_child *child, uint16_t probe,
                        ikl_time now)
{
    struct laws_monitor *known = end != NULL ? find(end, child) : NULL;

    if (known != NULL) {
        laws_hold(laws, !known->is_whole || probe == (uint16_t)(known->probe + 1),
                  "a probe of a monitor that was handed on has the wrong number");
        known->probe = probe;
        known->probes[1] = known->probes[0];
        known->probes[0] = now;
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
    if (rests) {
        known->first_lost = known->probes[0] = 0;
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
    struct laws_monitor *known = find(end, child);
    bool is_alive = monitor->state == IKL_MONITOR_UP || monitor->state == IKL_MONITOR_SUSPECT;
    ikl_time latest = laws_latest(sa->endpoint, now);

    if (!ikl_child_is_ending(child)) {
        laws_hold(laws,
                  ikl_endpoint_next_deadline(sa->endpoint) <=
                      ikl_time_later(ikl_monitor_deadline(monitor, monitoring->config), latest + 1 + end->host->turn),
                  "the next deadline is later than that of a monitor");
    }
    if (known == NULL || !end->host->ticks_exactly || end->host->late) {
        return;
    }
    note_answer(known, child, monitor, now);
    laws_hold(laws, !is_alive || now <= known->answered + ikl_monitor_worst_detect(monitoring->config),
              "a monitor gave its verdict too late");
}

/* A Child SA that is new has a new monitor, or none. */
static void begin_anew(struct laws *laws, struct laws_end *end, const struct ikl_child *child,
                       const struct ikl_monitor *monitor, ikl_time now)
{
    struct laws_monitor *known = find(end, child);

    laws_hold(laws, monitor == NULL || (monitor->generation == 0 && monitor->probe == 0),
              "a monitor that is new knows something");
    if (known != NULL) {
        *known = (struct laws_monitor){
            .spi_in = child->spi_in, .protocol = child->protocol, .is_whole = true, .answered = now};
    }
}

/* The Child SA that had the monitor before another took over, and what there was to tell of it. */
struct before {
    struct ikl_child *child; /* the one that is replaced, or another that replaced it before; null: there is none */
    struct ikl_monitoring monitoring;
    unsigned untold;
    ikl_time heard;    /* 0: never */
    bool other_config; /* is wanted */
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
                                 .probe = monitor->probe,
                                 .is_whole = true,
                                 .renewed = monitor->state == IKL_MONITOR_DOWN && monitor->renewed &&
                                            (untold & IKL_MONITOR_RENEW) == 0};
}

/* `is_first`: and no other has the monitor now. */
static void go_on(struct laws *laws, struct laws_end *end, const struct ikl_sa *sa, const struct ikl_child *child,
                  const struct before *before, bool is_first, ikl_time now)
{
    const struct ikl_monitor *monitor = ikl_child_monitor(sa, child);
    const struct laws_monitor *from = find(end, before->child);
    unsigned untold = is_first ? before->untold : before->untold & (unsigned)IKL_MONITOR_CHANGED;
    struct laws_monitor known = known_of(&before->monitoring.monitor, untold), *to = find(end, child);

    laws_hold(laws,
              is_same(monitor, &before->monitoring.monitor) && (child->monitor_untold & untold) == untold &&
                  monitor->out == (is_first && before->monitoring.monitor.out),
              "a Child SA does not go on with the monitor of the one that it replaces");
    laws_hold(laws, !is_first || (ikl_child_monitor(sa, before->child) == NULL && before->child->monitor_untold == 0),
              "a Child SA has a monitor that it handed on");
    if (to == NULL) {
        return;
    }
    known.spi_in = child->spi_in;
    known.protocol = child->protocol;
    known.answered = ikl_time_later(before->heard, from != NULL ? from->answered : 0);
    if (!is_first && before->monitoring.monitor.out) {
        known.answered = now; /* it cannot lose that probe, which is of the other */
    }
    if (is_first && !before->other_config && from != NULL) {
        memcpy(known.probes, from->probes, sizeof(known.probes));
        known.first_lost = from->first_lost;
    }
    *to = known;
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
    before.other_config = config->monitor != NULL && config->monitor != before.monitoring.config;
    if (before.other_config) {
        before.heard = now; /* its time begins again */
    }
    if (inherits && before.child != NULL) {
        go_on(laws, end, sa, child, &before, before.child == replaced, now);
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
