/* SPDX-License-Identifier: ISC */
/* ikelive monitor: does the tunnel carry traffic? The policy of probes that go through a Child SA and are answered
 * behind it, for instance ICMP echos. IKE may be alive while the data path is dead, and the other way round. Facts in,
 * decisions out. Knows no packets.
 *
 * The host keeps a struct ikl_monitor for each Child SA, and
 *
 *   - tells it what happened: answers, and traffic of the Child SA in both directions;
 *   - keeps a timer for ikl_monitor_deadline() and calls ikl_monitor_tick() when it expires;
 *   - does what these return, bits of enum ikl_monitor_decision:
 *
 *     unsigned todo = ikl_monitor_tick(&monitor, &config, now, SLACK, true);
 *
 *     if ((todo & IKL_MONITOR_PROBE) != 0)    send a probe with the number monitor.probe, to each target
 *     if ((todo & IKL_MONITOR_CHANGED) != 0)  monitor.state is another: move the route
 *     if ((todo & IKL_MONITOR_RENEW) != 0)    rekey this Child SA
 *
 * States:
 *
 *     UNPROVEN --answer--> UP --lost--> SUSPECT --`threshold` lost in a row--> DOWN --`recover` answers in a row--> UP
 *                             <--answer--
 *
 *   - UNPROVEN is no verdict. A target that has never answered may not answer pings at all: its silence takes nothing
 *     down, however long it lasts. A host that wants the path verified keeps the route out until the first UP.
 *   - DOWN and UP are facts. The host decides what to do: wait for recovery, or use another tunnel meanwhile.
 *   - When the Child SA is rekeyed keep the monitor: the path is the same. Answers that come through the old one count,
 *     and so does its traffic.
 *   - One probe is outstanding at a time. It is answered once `need` of its targets have answered within `timeout`.
 *   - Traffic received through the Child SA counts as an answer, unless config.probes_only says otherwise. While UP, no
 *     probe goes out within an interval in which traffic moved in both directions.
 *   - A probe sent before `grace` has passed is not counted as lost. Nor is a probe whose end is looked at more than
 *     `slack` late, once in a row of lost ones: the host slept, and the answer may have been lost meanwhile.
 *
 * Every function takes constant time. */
#ifndef IKELIVE_MONITOR_H
#define IKELIVE_MONITOR_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_MONITOR_MAX_TIME 86400000 /* any time of a config in ms: one day */
#define IKL_MONITOR_MAX_TARGETS 16

/* How to monitor. A plain value: make it const and share it. The struct does not grow within a SOVERSION. */
struct ikl_monitor_config {
    uint32_t interval;    /* ms from one probe to the next, 1 to IKL_MONITOR_MAX_TIME */
    uint32_t timeout;     /* ms in which a probe must be answered, 1 to `interval` */
    uint32_t grace;       /* ms from the beginning in which no probe that is sent counts as lost */
    uint32_t renew_after; /* ms from one IKL_MONITOR_RENEW to the next at the least; doubles with each one, 15 times at
                             the most and up to IKL_MONITOR_MAX_TIME, until none was asked for twice as long; 0: never
                             ask */
    uint32_t damp_period; /* ms of being up that end a series of `damp_changes` */
    uint8_t threshold;    /* probes lost in a row: DOWN; at least 1 */
    uint8_t recover;      /* answered in a row: UP again; at least 1 */
    uint8_t damp_changes; /* how often it may go DOWN, each time before it was up for `damp_period`, until `recover`
                             doubles, and doubles again each further time; 0: it never does */
    uint8_t damp_recover; /* what `recover` doubles up to; at least `recover` when damp_changes is not 0 */
    uint8_t need;         /* targets that must answer a probe, at most IKL_MONITOR_MAX_TARGETS; 0 means 1 */
    bool probes_only;     /* traffic is no answer and saves no probe. This finds a path that is dead only in our
                             direction while the peer goes on sending */
    uint8_t reserved[10]; /* 0 */
};

/* Monitors as PAN-OS does: a probe every 3 s; DOWN when five in a row are lost, 15 s after the first of them was sent;
 * keys renewed; UP again with the first answer. */
IKL_API const struct ikl_monitor_config *ikl_monitor_panos(void);

/* The first field that breaks the rules above, as "interval"; null when none does. */
IKL_API const char *ikl_monitor_config_error(const struct ikl_monitor_config *config);

/* The most ms from the last answer, or the end of `grace` if that is later, to DOWN, ticks on time and no probe held
 * back: threshold * interval + timeout. It takes that long when the last answer came at once. */
IKL_API uint64_t ikl_monitor_worst_detect(const struct ikl_monitor_config *config);

enum ikl_monitor_state { IKL_MONITOR_UNPROVEN, IKL_MONITOR_UP, IKL_MONITOR_SUSPECT, IKL_MONITOR_DOWN };

/* "UNPROVEN", "UP", "SUSPECT" or "DOWN". A static string. */
IKL_API const char *ikl_monitor_state_name(enum ikl_monitor_state state);

/* Bits: several things may be due at once. */
enum ikl_monitor_decision {
    IKL_MONITOR_PROBE = 1 << 0,      /* send a probe with the number in `probe` */
    IKL_MONITOR_CHANGED = 1 << 1,    /* `state` and `generation` have changed */
    IKL_MONITOR_RENEW = 1 << 2,      /* rekey this Child SA: new keys may help; at most once for each DOWN */
    IKL_MONITOR_UNANSWERED = 1 << 3, /* `threshold` probes are lost and none was ever answered; once for each monitor */
    IKL_MONITOR_DAMPED = 1 << 4      /* it flaps: ikl_monitor_recover is different from now on */
};

/* A plain value for the caller to embed; fields are for reading only; does not grow within a SOVERSION. */
struct ikl_monitor {
    ikl_time heard; /* the latest traffic received; IKL_NEVER: none */
    ikl_time sent;  /* the latest traffic sent; IKL_NEVER: none */
    ikl_time at; /* when the latest probe was due or, if that was too late, sent; before the first: when that is due */
    ikl_time since; /* the latest change to DOWN, or to UP from another state than SUSPECT; at first the beginning */
    ikl_time not_before; /* when the grace is over; later, when IKL_MONITOR_RENEW may be asked for */
    uint32_t generation; /* one more with each change of `state`, 0 at first: orders changes that are queued */
    uint16_t probe;      /* the number of the latest probe: 1, 2, ... 65535, 0, 1; 0 before the first */
    uint16_t targets;    /* bit n: target n has answered it */
    uint16_t late;       /* answers to probes of ours that came too late or twice; stays at 65535 */
    uint16_t foreign;    /* answers to no probe of ours; stays at 65535 */
    uint8_t row;         /* probes lost in a row; while DOWN: answered in a row */
    uint8_t downs;       /* how often it went DOWN in the current series */
    uint8_t state : 2;   /* enum ikl_monitor_state */
    uint8_t renewals : 4;
    bool begun : 1;    /* a probe was sent */
    bool out : 1;      /* the latest probe is outstanding */
    bool counts : 1;   /* the latest probe was sent after the grace */
    bool credited : 1; /* since the latest probe was sent there was an answer or traffic that counts as one */
    bool forgiven : 1; /* a probe was not counted as lost since the last answer, because the tick was late */
    bool told : 1;     /* IKL_MONITOR_UNANSWERED */
    bool renewed : 1;  /* IKL_MONITOR_RENEW, in this DOWN */
    bool wrapped : 1;  /* numbers of probes were used again */
};

/* Starts at `now`, UNPROVEN. `config`, here and below, must be one that ikl_monitor_config_error finds no fault with;
 * each call may pass another, which counts from then on. `random` spreads the first probes of many monitors over an
 * interval from `now` on; 0: the first is due at once.
 *
 * Wherever `now` is IKL_NEVER, the last time before it is meant; one before the latest probe counts as its time. */
IKL_API void ikl_monitor_begin(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now,
                               uint32_t random);

/* When to call ikl_monitor_tick; never IKL_NEVER. Ask again after every other call. Traffic makes the answer later, so
 * you may also leave a timer to expire early. */
IKL_API ikl_time ikl_monitor_deadline(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config);

/* Time has passed. Before the deadline it changes nothing and returns 0. Otherwise it returns what to do, perhaps
 * nothing. The next deadline is then after `now`, unless a probe was held back: with `may_send` false, for the caller's
 * own reasons (a rate limit), a probe that is due stays due. `slack`: how many ms late a tick may be and still count as
 * on time; then the next probe counts from when this one was due, else from `now`. */
IKL_MUST_USE IKL_API unsigned ikl_monitor_tick(struct ikl_monitor *monitor, const struct ikl_monitor_config *config,
                                               ikl_time now, uint32_t slack, bool may_send);

/* Fact: an answer to the probe with this number came at `now` through the Child SA, from this target, a number below
 * IKL_MONITOR_MAX_TARGETS; 0 if there is one target. Returns what to do. An answer to a probe that is not outstanding,
 * a second one from the same target, and one that comes more than `timeout` after the probe was due, change only
 * `late`; or `foreign`, if no such probe was sent or there can be no such target. */
IKL_MUST_USE IKL_API unsigned ikl_monitor_answered(struct ikl_monitor *monitor, const struct ikl_monitor_config *config,
                                                   uint16_t probe, uint32_t target, ikl_time now);

/* Fact, told at `now`: authenticated traffic of the Child SA came, or was sent, at `at`; a time after `now` counts as
 * `now`. A store; it is looked at by the next tick. */
IKL_API void ikl_monitor_heard(struct ikl_monitor *monitor, ikl_time at, ikl_time now);
IKL_API void ikl_monitor_sent(struct ikl_monitor *monitor, ikl_time at, ikl_time now);

/* How many answers in a row lead from DOWN to UP: config->recover, or more when it flaps. */
IKL_API uint32_t ikl_monitor_recover(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config);

/* What the monitor of a Child SA and the liveness of its IKE SA say together. */
enum ikl_monitor_finding {
    IKL_FINDING_NONE,
    IKL_FINDING_DATA_PATH_DEAD, /* the monitor is DOWN and the peer is not suspect */
    IKL_FINDING_IKE_PATH_DEAD   /* the monitor is UP and the peer is suspect */
};
IKL_API enum ikl_monitor_finding ikl_monitor_find(enum ikl_monitor_state state, bool peer_is_suspect);

/* "none", "data path dead" or "IKE path dead". A static string. */
IKL_API const char *ikl_monitor_finding_name(enum ikl_monitor_finding finding);

#ifdef __cplusplus
}
#endif
#endif
