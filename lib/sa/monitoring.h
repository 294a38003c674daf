/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: monitors of Child SAs. */
#ifndef IKL_SA_MONITORING_H
#define IKL_SA_MONITORING_H

#include "children.h"

#include <ikelive/monitor.h>

/* The monitor of a Child SA, in the next place of its pair in the slab. */
struct ikl_monitoring {
    const struct ikl_monitor_config *config; /* null: another Child SA has the monitor now */
    union {
        struct ikl_monitor monitor;
        struct {
            const struct ikl_monitor_config *had; /* the config that it had */
            uint32_t heir;                        /* the spi_in of that Child SA */
        };
    };
};

_Static_assert(sizeof(struct ikl_monitoring) <= sizeof(struct ikl_child), "a place is as large as a Child SA");

/* monitoring.c */

/* Gives a Child SA a monitor; the room was reserved. `random` spreads its first probe. */
void ikl_monitoring_begin(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_config *config,
                          uint32_t random);
/* Gives a Child SA the monitor of the one that it replaces, with another config unless that is null; one like it, when
 * another Child SA has that already. False when the replaced one has none. */
bool ikl_monitoring_inherit(struct ikl_sa *sa, struct ikl_child *old, struct ikl_child *child,
                            const struct ikl_monitor_config *config);
/* Copies the monitor to the Child SA's likeness in another endpoint; the room was reserved. */
void ikl_monitoring_copy(const struct ikl_sa *from, const struct ikl_child *old, const struct ikl_sa *to,
                         const struct ikl_child *child);
/* The Child SA for which answers to its probes count: itself, or the one that replaced it; null when that is gone. */
struct ikl_child *ikl_monitoring_heir(const struct ikl_sa *sa, struct ikl_child *child);
/* What a Child SA has heard counts for the one that has its monitor now, if it has handed that on. */
void ikl_monitoring_pass_on(const struct ikl_sa *sa, struct ikl_child *old, ikl_time now);
/* Makes what there is to do about a monitored Child SA, beside a probe, a fact to tell. */
void ikl_monitoring_note(struct ikl_sa *sa, struct ikl_child *child, unsigned todo);
/* Begins to tell what there is of the Child SAs' monitors. Then the next Child SA with something to tell of it, and
 * what. Null: none. */
void ikl_monitoring_begin_to_tell(const struct ikl_sa *sa);
struct ikl_child *ikl_monitoring_untold(struct ikl_sa *sa, unsigned *todo);
/* The monitor of a Child SA of the IKE SA rests or is gone. */
void ikl_monitoring_rest(struct ikl_sa *sa, struct ikl_child *child);
/* It begins or goes on, unless the Child SA has none of its own or is ending. */
void ikl_monitoring_wake(struct ikl_sa *sa, struct ikl_child *child);
/* The IKE SA is ESTABLISHED: the same, if any Child SA has a monitor. */
void ikl_monitoring_start(struct ikl_sa *sa);
/* It comes from another endpoint, where its turn and its order were. */
void ikl_monitoring_arrive(struct ikl_sa *sa);
/* Whether there is a Child SA whose path is UP. */
bool ikl_monitoring_is_any_up(const struct ikl_sa *sa);

/* dues.c */

/* The monitored Child SAs of an IKE SA in the order in which they are due. While `monitors_stale` is set there is no
 * order, and these change nothing else: begins again, with none; one more; one fewer, of the order or not. */
void ikl_dues_begin(struct ikl_sa *sa);
void ikl_dues_add(struct ikl_sa *sa, struct ikl_child *child, ikl_time at);
void ikl_dues_remove(struct ikl_sa *sa, struct ikl_child *child);
/* This one, the first, is due again at this time. */
void ikl_dues_put_off(struct ikl_sa *sa, struct ikl_child *child, ikl_time at);

/* monitors.c */

/* Does what is due for the monitors of the IKE SA, at `monitors_due`. */
void ikl_sa_tick_monitors(struct ikl_sa *sa, ikl_time now);

#endif
