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
_Static_assert(sizeof(struct ikl_child) % 8 == 0, "the next place begins where a Child SA ends");

/* monitoring.c */

/* Gives a Child SA a monitor; the room was reserved. `random` spreads its first probe. */
void ikl_monitoring_begin(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_config *config,
                          uint32_t random);
/* Gives a Child SA the monitor of the one that it replaces, with another config unless that is null; one like it, when
 * another Child SA has that already. False when the replaced one has none. */
bool ikl_monitoring_inherit(struct ikl_sa *sa, struct ikl_child *old, struct ikl_child *child,
                            const struct ikl_monitor_config *config);
/* Gives a Child SA a monitor like this one; the room was reserved. */
void ikl_monitoring_copy(const struct ikl_monitoring *like, const struct ikl_sa *sa, const struct ikl_child *child);
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
/* It begins or goes on, while the IKE SA is ESTABLISHED, unless the Child SA has none of its own or is ending. */
void ikl_monitoring_wake(struct ikl_sa *sa, struct ikl_child *child);
/* The IKE SA is ESTABLISHED: the same for all that it has. */
void ikl_monitoring_start(struct ikl_sa *sa);
/* Whether there is a Child SA whose path is UP. */
bool ikl_monitoring_is_any_up(const struct ikl_sa *sa);

/* monitors.c */

/* Does what is due for the endpoint's monitors, as far as the work goes that may be done. */
void ikl_monitors_tick(struct ikl_endpoint *endpoint, ikl_time now, struct ikl_wheel_work *left);

#endif
