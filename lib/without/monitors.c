/* SPDX-License-Identifier: ISC */
/* ikelive without monitors of Child SAs: no config with one is taken, so the rest here is never asked for anything. */
#include "sa/decisions.h"
#include "sa/dues.h"
#include "sa/monitoring.h"
#include "sa/sa.h"

#include "field.h"

const char *ikl_monitor_config_error(const struct ikl_monitor_config *config)
{
    (void)config;
    return IKL_FIELD("interval");
}

/* Stands for any config where a record of an IKE SA has a monitor, which is not taken up. */
const struct ikl_monitor_config *ikl_monitor_panos(void)
{
    static const struct ikl_monitor_config none = {.interval = 0};

    return &none;
}

const char *ikl_monitor_state_name(enum ikl_monitor_state state)
{
    (void)state;
    return "unknown";
}

const char *ikl_monitor_finding_name(enum ikl_monitor_finding finding)
{
    (void)finding;
    return "unknown";
}

enum ikl_monitor_finding ikl_monitor_find(enum ikl_monitor_state state, bool peer_is_suspect)
{
    (void)state;
    (void)peer_is_suspect;
    return IKL_FINDING_NONE;
}

uint32_t ikl_monitor_recover(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config)
{
    (void)monitor;
    (void)config;
    return 0;
}

const struct ikl_monitor *ikl_child_monitor(const struct ikl_sa *sa, const struct ikl_child *child)
{
    (void)sa;
    (void)child;
    return NULL;
}

void ikl_child_sent(struct ikl_sa *sa, struct ikl_child *child, ikl_time at)
{
    (void)sa;
    (void)child;
    (void)at;
}

int ikl_decide_monitor_answered(struct ikl_sa *sa, struct ikl_child *child, uint16_t probe, uint32_t target,
                                ikl_time now)
{
    (void)sa;
    (void)child;
    (void)probe;
    (void)target;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}

void ikl_monitoring_begin(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_config *config,
                          uint32_t random)
{
    (void)sa;
    (void)child;
    (void)config;
    (void)random;
}

bool ikl_monitoring_inherit(struct ikl_sa *sa, struct ikl_child *old, struct ikl_child *child,
                            const struct ikl_monitor_config *config)
{
    (void)sa;
    (void)old;
    (void)child;
    (void)config;
    return false;
}

void ikl_monitoring_copy(const struct ikl_monitoring *like, const struct ikl_sa *sa, const struct ikl_child *child)
{
    (void)like;
    (void)sa;
    (void)child;
}

void ikl_monitoring_note(struct ikl_sa *sa, struct ikl_child *child, unsigned todo)
{
    (void)sa;
    (void)child;
    (void)todo;
}

void ikl_monitoring_begin_to_tell(const struct ikl_sa *sa)
{
    (void)sa;
}

struct ikl_child *ikl_monitoring_untold(struct ikl_sa *sa, unsigned *todo)
{
    (void)sa;
    *todo = 0;
    return NULL;
}

void ikl_monitoring_rest(struct ikl_sa *sa, struct ikl_child *child)
{
    (void)sa;
    (void)child;
}

void ikl_monitoring_wake(struct ikl_sa *sa, struct ikl_child *child)
{
    (void)sa;
    (void)child;
}

void ikl_monitoring_start(struct ikl_sa *sa)
{
    (void)sa;
}

bool ikl_monitoring_is_any_up(const struct ikl_sa *sa)
{
    (void)sa;
    return false;
}

void ikl_monitors_tick(struct ikl_endpoint *endpoint, ikl_time now, struct ikl_wheel_work *left)
{
    (void)endpoint;
    (void)now;
    (void)left;
}

int ikl_dues_reserve(struct ikl_endpoint *endpoint)
{
    (void)endpoint;
    return IKL_OK;
}

uint64_t ikl_dues_octets(void)
{
    return 0;
}

void ikl_dues_free(struct ikl_endpoint *endpoint)
{
    (void)endpoint;
}

void ikl_dues_remove(struct ikl_endpoint *endpoint, struct ikl_child *child)
{
    (void)endpoint;
    (void)child;
}
