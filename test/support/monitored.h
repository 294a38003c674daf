/* SPDX-License-Identifier: ISC */
/* A test host with Child SAs that have monitors. Time begins at MONITORED_START; times of these functions count from
 * there. */
#ifndef MONITORED_H
#define MONITORED_H

#include "host.h"

enum { MONITORED_START = 10000, MONITORED_WORST = 3 * 1000 + 400 };

/* What the tunnel does with probes from now on. */
enum tunnel { TUNNEL_DEAD, TUNNEL_ANSWERS };
extern enum tunnel monitored_tunnel;

/* A probe each second, answered within 400 ms; DOWN after three, UP again after two. */
extern const struct ikl_monitor_config monitored_usual;

/* Changes for hosts: the IKE SA is never checked; all Child SAs have that monitor. */
void monitored_quiet(struct ikl_sa_config *config);
void monitored_endpoint(struct ikl_endpoint_config *config);

/* Has probes answered by the next function below, when the tunnel answers. */
int monitored_on_event(struct host *host, struct event *event);

/* An established IKE SA that is never idle, with monitored Child SAs; with other changes. */
void monitored_begin(struct host *host, uint32_t n_children);
void monitored_begin_with(struct host *host, endpoint_change change, uint32_t n_children, sa_change on_sa);

/* Another Child SA, in place of one or of none. */
int monitored_add_child(struct host *host, struct ikl_child *replaces, uint32_t spi, struct ikl_child **child);

/* Everything that is due at `now`, by the host's clock. */
void monitored_advance(struct host *host, ikl_time now);

/* Everything that is due until `until`, in time. */
void monitored_run(struct host *host, ikl_time until);

/* How many changes to this state were told. */
size_t monitored_count(struct host *host, enum ikl_monitor_state state);
enum ikl_monitor_state monitored_state(struct host *host, struct ikl_child *child);

/* Adds a Child SA with these SPIs and a monitor of its own, in place of another or of none; `monitor` as in a
 * config. */
struct ikl_child *monitored_add_own(const struct host *host, struct ikl_child *replaces, uint32_t spi,
                                    const struct ikl_monitor_config *monitor);

#endif
