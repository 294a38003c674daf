/* SPDX-License-Identifier: ISC */
/* ikelive revive: a tunnel is down; when to try to bring it up again. Facts in, decisions out. Knows no packets.
 *
 * The host keeps a struct ikl_revival for each tunnel, and
 *
 *   - tells it what happened: the tunnel went down, an attempt succeeded or failed, traffic waits for the tunnel;
 *   - keeps a timer for ikl_revival_deadline() and calls ikl_revival_tick() when it expires;
 *   - begins an attempt, for instance IKE_SA_INIT, when one of these says so.
 *
 * Rules:
 *   - Never two attempts at a time: while one runs, nothing begins another.
 *   - The first attempt is due at once, and the next `quick` ones `first` ms after the one before failed, so that a
 *     short outage does not become a longer one. Then each wait is longer by `factor`, up to `cap`.
 *   - Traffic for the tunnel, or a sign that the peer is back, makes an attempt due at once, whatever the wait; but not
 *     before `first` ms have passed since the latest attempt began, if the tunnel was not steady since, so that a flood
 *     of packets makes no flood of attempts.
 *   - A tunnel that was up for `steady` ms begins anew with quick attempts when it goes down. A tunnel that was up for
 *     less goes on as if the attempt that brought it up had failed, so a peer that takes it down again and again is not
 *     asked faster and faster.
 *   - After `tries` failed attempts the tunnel is given up, until the host says that traffic waits or the peer is back.
 *     Those that did not last count too, but the last one must have failed: a peer that answers is not given up.
 *
 * Every function takes constant time. */
#ifndef IKELIVE_REVIVE_H
#define IKELIVE_REVIVE_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_REVIVE_MAX_TIME 86400000 /* any time of a config in ms: one day */
#define IKL_REVIVE_MAX_JITTER 900    /* thousandths of a wait */

/* When to try a tunnel again that went down. */
enum ikl_revive_policy {
    IKL_REVIVE_AT_ONCE,    /* at once, and again after each attempt that fails */
    IKL_REVIVE_ON_TRAFFIC, /* when traffic waits for it */
    IKL_REVIVE_NEVER
};

/* How to revive. A plain value: make it const and share it. The struct does not grow within a SOVERSION. */
struct ikl_revive_config {
    enum ikl_revive_policy policy;
    uint32_t first;  /* ms, 1 to `cap` */
    uint32_t cap;    /* ms, at most IKL_REVIVE_MAX_TIME */
    uint32_t steady; /* ms, at most IKL_REVIVE_MAX_TIME */
    uint16_t factor; /* thousandths, at least 1000 */
    uint16_t jitter; /* thousandths by which each wait may be shortened at random, at most IKL_REVIVE_MAX_JITTER */
    uint16_t quick;
    uint16_t tries; /* 0: no end */
};

/* The first attempt at once; 20 quick ones, each a second after the one before failed; then waits that grow by a tenth
 * up to 10 minutes, without end; steady after a minute. Waits are shortened by up to a tenth. */
IKL_API const struct ikl_revive_config *ikl_revive_default(void);

/* The first field that breaks the rules above, as "factor"; null when none does. */
IKL_API const char *ikl_revive_config_error(const struct ikl_revive_config *config);

enum ikl_revival_state {
    IKL_REVIVAL_UP,      /* the tunnel is up, or was never begun */
    IKL_REVIVAL_WAITING, /* an attempt is due at the deadline, or when traffic waits */
    IKL_REVIVAL_TRYING,  /* an attempt runs */
    IKL_REVIVAL_GIVEN_UP
};

/* "UP", "WAITING", "TRYING" or "GIVEN UP". A static string. */
IKL_API const char *ikl_revival_state_name(enum ikl_revival_state state);

enum ikl_revival_decision {
    IKL_REVIVAL_NOTHING,
    IKL_REVIVAL_TRY,    /* begin an attempt, and tell how it ends */
    IKL_REVIVAL_GIVE_UP /* no attempt is made any more: told once */
};

/* A plain value for the caller to embed; fields are for reading only; does not grow within a SOVERSION. All zero is a
 * tunnel that is up. */
struct ikl_revival {
    ikl_time deadline; /* while WAITING; IKL_NEVER: only traffic makes an attempt */
    ikl_time since;    /* when it came up, went down, or the latest attempt began, whatever was last */
    uint32_t wait;     /* the latest wait, jitter left out; 0: none yet */
    uint16_t failed;   /* attempts that failed, or did not last, since it was steady; stays at 65535 */
    uint8_t state;     /* enum ikl_revival_state */
    bool tried;        /* an attempt began since it was steady */
};

/* Fact: the tunnel went down at `now`. Nothing while it is not UP. `config`, here and below, must be one that
 * ikl_revive_config_error finds no fault with; each call may pass another, which counts from then on. `random` is for
 * the jitter; 0 gives whole waits.
 *
 * Wherever `now` is IKL_NEVER, the last time before it is meant; one before `since` counts as that. */
IKL_API void ikl_revival_down(struct ikl_revival *revival, const struct ikl_revive_config *config, ikl_time now,
                              uint32_t random);

/* Fact: the tunnel is up at `now`, by our attempt or the peer's. */
IKL_API void ikl_revival_up(struct ikl_revival *revival, ikl_time now);

/* Fact: the attempt that runs failed at `now`. IKL_REVIVAL_GIVE_UP when it was the last, else IKL_REVIVAL_NOTHING; also
 * when no attempt runs. */
IKL_MUST_USE IKL_API enum ikl_revival_decision ikl_revival_failed(struct ikl_revival *revival,
                                                                  const struct ikl_revive_config *config, ikl_time now,
                                                                  uint32_t random);

/* When to call ikl_revival_tick; IKL_NEVER while an attempt runs and when none is due. Ask again after every call. */
IKL_API ikl_time ikl_revival_deadline(const struct ikl_revival *revival);

/* Time has passed: IKL_REVIVAL_TRY when an attempt is due, and it runs from then on. Before the deadline nothing. */
IKL_MUST_USE IKL_API enum ikl_revival_decision ikl_revival_tick(struct ikl_revival *revival, ikl_time now);

/* Fact: at `now` traffic waits for the tunnel; or something says that the peer can be reached again: another tunnel to
 * it came up, or the network is back. IKL_REVIVAL_TRY when an attempt begins with this; if it is too early, one is due
 * `first` ms after the latest one began. With IKL_REVIVE_NEVER, and while the tunnel is UP, IKL_REVIVAL_NOTHING. */
IKL_MUST_USE IKL_API enum ikl_revival_decision ikl_revival_wanted(struct ikl_revival *revival,
                                                                  const struct ikl_revive_config *config, ikl_time now);

/* Delays the attempt that is due until `until`, for the caller's own reasons (a rate limit). Call it instead of
 * ikl_revival_tick, or when you cannot follow IKL_REVIVAL_TRY: then the attempt has not failed, and is due again.
 * Changes nothing when `until` is before the deadline or no attempt is due. */
IKL_API void ikl_revival_put_off(struct ikl_revival *revival, ikl_time until);

#ifdef __cplusplus
}
#endif
#endif
