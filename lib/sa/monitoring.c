/* SPDX-License-Identifier: ISC */
/* ikelive sa: the monitors of Child SAs: which Child SA has one, and what there is to tell about it. A monitor is in
 * the slab, beside its Child SA; a Child SA without one takes no memory for it. */
#include "alarm.h"
#include "dues.h"
#include "monitored.h"

#include "policy/turn.h"

static struct ikl_child *child_at(const struct ikl_sa *sa, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&sa->endpoint->children, index) : NULL;
}

static struct ikl_monitoring *at(const struct ikl_sa *sa, const struct ikl_child *child)
{
    return ikl_slab_at(&sa->endpoint->children, child->self + 1);
}

/* The monitor for which answers and traffic of a Child SA count; null: none. */
static struct ikl_monitor *monitor_for(const struct ikl_sa *sa, struct ikl_child *child)
{
    const struct ikl_child *heir = ikl_monitoring_heir(sa, child);

    return heir != NULL ? &at(sa, heir)->monitor : NULL;
}

void ikl_monitoring_pass_on(const struct ikl_sa *sa, struct ikl_child *old, ikl_time now)
{
    struct ikl_monitor *monitor;

    if (old->heard == IKL_NEVER || at(sa, old)->config != NULL) {
        return;
    }
    monitor = monitor_for(sa, old);
    if (monitor != NULL) {
        ikl_monitor_heard(monitor, old->heard, now);
    }
}

void ikl_monitoring_rest(struct ikl_sa *sa, struct ikl_child *child)
{
    ikl_monitoring_pass_on(sa, child, sa->endpoint->now);
    ikl_dues_remove(sa->endpoint, child);
    child->asked = false;
    sa->endpoint->only_untold = IKL_NONE; /* it may be the one */
}

void ikl_monitoring_wake(struct ikl_sa *sa, struct ikl_child *child)
{
    const struct ikl_monitoring *monitoring = at(sa, child);
    ikl_time now = sa->endpoint->now, due;

    if (sa->state != IKL_SA_ESTABLISHED || monitoring->config == NULL || ikl_child_is_ending(child)) {
        return;
    }
    due = ikl_time_later(ikl_monitor_due(&monitoring->monitor, monitoring->config), now);
    due = ikl_sa_wake_for(sa, due, now);
    if (due != IKL_NEVER) {
        ikl_dues_add(sa->endpoint, child, due);
    }
}

void ikl_monitoring_start(struct ikl_sa *sa)
{
    for (struct ikl_child *child = child_at(sa, sa->first_child); child != NULL;
         child = child_at(sa, child->in_sa.next)) {
        if (child->monitored) {
            ikl_monitoring_wake(sa, child);
        }
    }
}

void ikl_monitoring_begin(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_config *config,
                          uint32_t random)
{
    struct ikl_monitoring *monitoring = at(sa, child);

    monitoring->config = config;
    ikl_monitor_begin(&monitoring->monitor, config, sa->endpoint->now, random);
    child->monitored = true;
    ikl_monitoring_wake(sa, child);
}

/* Those that have handed their monitor on to `old` have handed it on to `child` now: so none of them has to be there
 * for another's traffic to count. */
static void repoint(const struct ikl_sa *sa, const struct ikl_child *old, const struct ikl_child *child)
{
    for (struct ikl_child *older = child_at(sa, sa->first_child); older != NULL;
         older = child_at(sa, older->in_sa.next)) {
        if (ikl_monitoring_heir(sa, older) == old && older != old) {
            at(sa, older)->heir = child->spi_in;
        }
    }
}

/* Two replace `old`, and one of them has its monitor. Which of the two stays is not known: each has one from now on. A
 * probe that is outstanding is of the first. */
static void inherit_second(struct ikl_sa *sa, struct ikl_child *old, struct ikl_child *child,
                           const struct ikl_monitor_config *config)
{
    const struct ikl_monitor_config *had = ikl_monitoring_of(sa, old)->had;
    const struct ikl_child *first = ikl_monitoring_heir(sa, old);

    if (first == NULL) {
        ikl_monitoring_begin(sa, child, config != NULL ? config : had, 0);
        return;
    }
    *at(sa, child) = *at(sa, first);
    at(sa, child)->monitor.out = false;
    at(sa, child)->config = config != NULL ? config : at(sa, first)->config;
    child->monitored = true;
    ikl_monitoring_note(sa, child, first->monitor_untold & (unsigned)IKL_MONITOR_CHANGED);
    ikl_monitoring_wake(sa, child);
}

bool ikl_monitoring_inherit(struct ikl_sa *sa, struct ikl_child *old, struct ikl_child *child,
                            const struct ikl_monitor_config *config)
{
    struct ikl_monitoring *from = ikl_monitoring_of(sa, old);

    if (from == NULL) {
        return false;
    }
    if (from->config == NULL) {
        inherit_second(sa, old, child, config);
        return true;
    }
    if (old->heard != IKL_NEVER) {
        ikl_monitor_heard(&from->monitor, old->heard, sa->endpoint->now);
    }
    if (old->took_over) {
        repoint(sa, old, child);
    }
    *at(sa, child) = *from;
    child->monitored = child->took_over = true;
    if (config != NULL) {
        at(sa, child)->config = config;
    }
    ikl_monitoring_note(sa, child, old->monitor_untold);
    old->monitor_untold = 0;
    *from = (struct ikl_monitoring){.config = NULL, .had = from->config, .heir = child->spi_in};
    ikl_dues_remove(sa->endpoint, old);
    ikl_monitoring_wake(sa, child);
    return true;
}

void ikl_monitoring_copy(const struct ikl_monitoring *like, const struct ikl_sa *sa, const struct ikl_child *child)
{
    *at(sa, child) = *like;
}

struct ikl_child *ikl_monitoring_heir(const struct ikl_sa *sa, struct ikl_child *child)
{
    const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);

    if (monitoring != NULL && monitoring->config == NULL) {
        child = ikl_sa_find_child(sa, child->protocol, monitoring->heir);
        monitoring = child != NULL ? ikl_monitoring_of(sa, child) : NULL;
    }
    return monitoring != NULL && monitoring->config != NULL ? child : NULL;
}

void ikl_monitoring_note(struct ikl_sa *sa, struct ikl_child *child, unsigned todo)
{
    if (todo != 0) {
        sa->endpoint->only_untold = ikl_marks_has(&sa->marks, IKL_FACT_MONITOR) ? IKL_NONE : child->self;
        child->monitor_untold |= (uint8_t)todo;
        ikl_sa_mark(sa, IKL_FACT_MONITOR);
    }
}

/* Nearly always there is something to tell of one Child SA, and the others need not be looked at. */
void ikl_monitoring_begin_to_tell(const struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    const struct ikl_child *only = child_at(sa, endpoint->only_untold);

    endpoint->tells_one = only != NULL && only->owner == sa->self + 1;
    endpoint->next_told = endpoint->tells_one ? endpoint->only_untold : sa->first_child;
}

/* The endpoint keeps the cursor, and moves it on when the Child SA under it goes. */
struct ikl_child *ikl_monitoring_untold(struct ikl_sa *sa, unsigned *todo)
{
    struct ikl_child *child = child_at(sa, sa->endpoint->next_told);

    while (child != NULL && child->monitor_untold == 0) {
        child = child_at(sa, child->in_sa.next);
    }
    if (child == NULL) {
        return NULL;
    }
    *todo = child->monitor_untold;
    child->monitor_untold = 0;
    sa->endpoint->next_told = sa->endpoint->tells_one ? IKL_NONE : child->in_sa.next;
    return child;
}

bool ikl_monitoring_is_any_up(const struct ikl_sa *sa)
{
    for (const struct ikl_child *child = child_at(sa, sa->first_child); child != NULL;
         child = child_at(sa, child->in_sa.next)) {
        const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);

        if (monitoring != NULL && monitoring->config != NULL && monitoring->monitor.state == IKL_MONITOR_UP) {
            return true;
        }
    }
    return false;
}

const struct ikl_monitor *ikl_child_monitor(const struct ikl_sa *sa, const struct ikl_child *child)
{
    const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);

    return monitoring != NULL && monitoring->config != NULL ? &monitoring->monitor : NULL;
}

void ikl_child_sent(struct ikl_sa *sa, struct ikl_child *child, ikl_time at)
{
    struct ikl_monitor *monitor = monitor_for(sa, child);

    if (monitor != NULL) {
        ikl_monitor_sent(monitor, at, at);
    }
}
