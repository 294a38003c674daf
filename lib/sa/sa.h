/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: an IKE SA, made of what the headers below define. It is kept small: everything that only some IKE
 * SAs need is in the endpoint's slabs and pool. */
#ifndef IKL_SA_INTERNAL_H
#define IKL_SA_INTERNAL_H

#include "children.h"
#include "decisions.h"
#include "endpoint/shared.h"
#include "fragments.h"
#include "history.h"
#include "key_change.h"
#include "keys.h"
#include "life.h"
#include "marks.h"
#include "monitoring.h"
#include "paths.h"
#include "policy/measured.h"
#include "policy/reliable.h"
#include "requests.h"
#include "responses.h"
#include "share.h"
#include "state.h"

#include "out_of_line.h"

#include <ikelive/watch.h>

/* In the order of use, so that few cache lines are touched: first what each look at it asks, then what each message of
 * ours and of the peer's does, then what is seldom used. */
struct ikl_sa {
    struct ikl_endpoint *endpoint;
    struct ikl_idle idle;
    struct ikl_send_window send_window;
    struct ikl_receive_window receive_window;
    uint32_t self;          /* index in the slab, and the timer */
    uint32_t first_child;   /* its Child SAs */
    uint32_t first_request; /* but the probe: those sent, in order of Message ID, then those queued, in order */
    uint32_t extra;         /* or IKL_NONE */
    uint8_t state : 3;      /* enum ikl_sa_state */
    uint8_t reachability : 2;
    uint8_t sealed : 2;   /* blocks taken of the three that it owns when its cipher is not deterministic */
    bool owns_sealed : 1; /* it is not */
    bool original_initiator : 1;
    bool fragmentation : 1;
    bool follow_peer : 1;
    bool early_requests : 1;
    bool freed : 1;
    bool resend : 1;   /* what is outstanding goes out with the next tick, by the host's word */
    bool narrowed : 1; /* the path has taken larger datagrams than it takes now */
    bool round_trip_sends : 1;
    bool trim : 1;
    bool told_ids : 1, told_peer_ids : 1, told_ivs : 1; /* `exhaustion` was called */
    bool due : 1;                                       /* something may be due earlier than the timer says */
    uint8_t rare : 2;                                   /* enum ikl_rare: see rare.h */
    uint8_t suspect_after;
    uint16_t group;      /* index in the endpoint */
    uint16_t keying;     /* index in the endpoint; also once the keys are wiped; IKL_NO_KEYING before there are any */
    uint32_t keys;       /* index of both key states, or IKL_NONE: none yet, or wiped */
    uint32_t generation; /* of the reachability */
    /* here, so that neither a mass outage nor our Delete needs memory; has the schedule of the IKE SA */
    struct ikl_request probe;
    uint8_t probe_iv[IKL_MAX_IV];
    union ikl_iv_source_state iv;
    uint64_t iv_end; /* one past the last counted IV; 0: not counted */
    uint64_t spi_i, spi_r;
    ikl_time last_message; /* the latest fresh authenticated message */
    struct ikl_path path;
    uint16_t prf; /* of the suite, which is known by its name only */
    uint32_t first_response;
    struct ikl_sa_counters counters;
    struct ikl_marks marks;
    uint16_t last_round_trip;         /* ms */
    uint32_t held;                    /* blocks of the pool, but those counted in `sealed` */
    struct ikl_round_trip round_trip; /* of liveness checks; no samples unless there is a use for them */
    void *user;
    const struct ikl_sa_labels *labels;
    ikl_time established;
    union {
        ikl_time until; /* when our Delete is no longer waited for; while it is HELD: when it is sent even if the peer's
                           own did not come */
        ikl_time ended; /* when the end of the IKE SA was decided */
    };
    union {
        uint32_t repeats_own; /* limits on repeated responses, see repeats.c */
        uint32_t next_freed;  /* once freed, when nothing is repeated any more: the next freed IKE SA */
    };
    uint32_t repeats_other;
    uint32_t heir; /* of a REKEYED one: what took its place, in the slab; IKL_NONE when that is gone */
    union {
        uint32_t first_forebear; /* REKEYED IKE SAs whose place this one took, in the slab */
        uint32_t next_forebear;  /* of a REKEYED one: the next that has the same heir */
    };
};

/* Our SPI: the one that the peer's messages are found by. */
IKL_SHARED uint64_t ikl_sa_own_spi(const struct ikl_sa *sa);

/* A request of ours was sent and is not answered. */
static inline bool ikl_sa_is_waiting(const struct ikl_sa *sa)
{
    return sa->send_window.next != sa->send_window.unanswered;
}

/* Something may be due earlier than the timer says; the timer is started anew. */
static inline void ikl_sa_set_due(struct ikl_sa *sa)
{
    sa->due = true;
}

static inline void ikl_sa_clear_due(struct ikl_sa *sa)
{
    sa->due = false;
}

static inline bool ikl_sa_is_due(const struct ikl_sa *sa)
{
    return sa->due;
}

static inline bool ikl_sa_has_keys(const struct ikl_sa *sa)
{
    return sa->keys != IKL_NONE;
}

/* What it has of what only some have; null: nothing. Once it has ended another may have its SPI, and that may have
 * some: so one without keys has none. */
static inline void *ikl_sa_beside(const struct ikl_sa *sa, const struct ikl_beside *beside)
{
    return ikl_sa_has_keys(sa) ? ikl_beside_find(beside, ikl_sa_own_spi(sa)) : NULL;
}

#if IKL_DEFINES
IKL_SHARED uint64_t ikl_sa_own_spi(const struct ikl_sa *sa)
{
    return sa->original_initiator ? sa->spi_i : sa->spi_r;
}
#endif

#endif
