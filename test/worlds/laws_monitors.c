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
