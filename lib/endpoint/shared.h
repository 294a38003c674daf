/* SPDX-License-Identifier: ISC */
/* ikelive endpoint, inside: what the IKE SAs of an endpoint share. */
#ifndef IKL_ENDPOINT_INTERNAL_H
#define IKL_ENDPOINT_INTERNAL_H

#include "batch.h"
#include "crypto/check.h"
#include "kept.h"
#include "maker.h"
#include "memory/pool.h"
#include "pace.h"
#include "spi_table.h"
#include "syncs.h"
#include "tokens.h"
#include "tombstones.h"

#include <ikelive/endpoint.h>
#include <ikelive/wheel.h>

enum {
    IKL_NO_KEYING = UINT16_MAX, /* an IKE SA that never had keys */
    IKL_DEFAULT_MAX_MESSAGE = 4096,
    IKL_PADDING_ROOM = 256 /* octets of padding and Pad Length at most */
};

/* The first field of a host's struct that cannot be taken, and the error that says so. */
struct ikl_fault {
    const char *field; /* null: none */
    int error;
};

#define IKL_NO_FAULT ((struct ikl_fault){NULL, IKL_OK})

static inline struct ikl_fault ikl_wrong(const char *field)
{
    return (struct ikl_fault){field, IKL_ERR_INVALID};
}

/* Of Child SAs, the first with an SPI of ours, and with one of the peer's, that belongs here; or IKL_NONE. */
struct ikl_child_bucket {
    uint32_t in, out;
};

/* From IKE SA, protocol and SPI to a Child SA, in both directions. See sa/child_table.c. */
struct ikl_child_table {
    struct ikl_child_bucket *buckets;
    uint64_t key[2];
    uint32_t n_used;
    uint8_t bits; /* there are 2^bits buckets */
};

/* What all IKE SAs of a cipher share. */
struct ikl_keying {
    struct ikl_suite suite;          /* all but its PRF */
    const struct ikl_cipher *cipher; /* null: this entry was never used */
    struct ikl_slab states;          /* key state, both directions one after the other */
    uint32_t holders;                /* IKE SAs, and 1 when it was reserved */
};

/* IKE SAs that share an uplink. */
struct ikl_group {
    ikl_time heard;     /* the last fresh authenticated message of any of them */
    ikl_time out_since; /* when the outage was noticed */
    uint32_t n_sas;     /* not DEAD */
    bool out;
    bool told; /* the outage, as `out` was when the host was told last */
};

/* What a call has received for an IKE SA and is yet to tell. Views are valid as long as it is in hand; the plaintext is
 * then wiped. There is one: a call that receives does not nest. */
struct ikl_hand {
    struct ikl_sa *sa; /* null: there is nothing */
    bool has_address, has_alive, has_init_response, has_peer_request;
    struct ikl_path address, path;
    struct ikl_alive alive;
    struct ikl_init_response init_response;
    struct ikl_peer_request peer_request;
    struct ikl_int_auth int_auth;       /* of IKE_INTERMEDIATE: what one of these points at */
    const struct ikl_request *answered; /* the request of ours that `alive` is about, or null */
    size_t secret_len;                  /* octets to wipe in the endpoint's plaintext buffer */
};

/* The peer's Delete of an IKE SA that this call ends. */
struct ikl_last_delete {
    uint32_t sa; /* in the slab; IKL_NONE: there is none */
    uint32_t message_id;
    uint64_t hash; /* of struct ikl_message */
};

/* A datagram that this call has received for no IKE SA here. */
struct ikl_unmatched {
    const struct ikl_path *path; /* null: there is none */
    struct ikl_header header;
    struct ikl_octets datagram;
};

/* Requests whose send is blocked belong to some of these `n` IKE SAs, which follow each other in the slab; UINT32_MAX:
 * any may be among them, those from `from` to the end of the slab first, then those from its beginning. */
struct ikl_blocked {
    uint32_t from;
    uint32_t n; /* 0: no request waits, but for what its own time says */
};

/* How the pool is shared out: see sa/share.h. In blocks. */
struct ikl_shares {
    uint32_t common;                      /* what IKE SAs may borrow */
    uint32_t own;                         /* what each of them owns */
    uint32_t largest;                     /* for one message of max_message octets */
    uint32_t owned;                       /* what all of them own */
    uint32_t set_aside;                   /* of that, what is not in use */
    uint32_t borrowed;                    /* what all of them borrow */
    uint32_t connecting;                  /* what those that are CONNECTING have borrowed */
    uint32_t first_old, last_old;         /* borrowed responses, in the slab of answers; in order of time */
    uint32_t first_partial, last_partial; /* fragmented messages of those that are CONNECTING, in order of time */
};

struct ikl_endpoint {
    struct ikl_callbacks callbacks;
    void *user;
    struct ikl_allocator allocator;
    const struct ikl_provider *const *providers;
    size_t n_providers;
    const struct ikl_schedule *schedule;
    uint32_t idle;
    uint32_t tick_slack;
    uint32_t max_message;
    uint32_t history_events;
    uint32_t hint_interval; /* ms for one hint's probe to be earned */
    uint32_t keepalive;
    uint32_t reassembly_time;
    uint32_t exhaustion_margin;
    uint64_t spi_prefix; /* in place: the highest bits */
    uint8_t spi_prefix_bits;
    uint16_t idle_spread;
    struct ikl_wheel_work work; /* of one call */
    uint32_t outage_after, outage_least, outage_hold;
    struct ikl_pace probes, retransmissions, monitor_probes;
    const struct ikl_monitor_config *monitor; /* of Child SAs that have none of their own; null: none */

    ikl_time now;                   /* the latest time the host told */
    ikl_time behind;                /* what it told last, while that is earlier; else IKL_NEVER */
    ikl_time hints_full_at;         /* see limit.h */
    uint32_t depth;                 /* calls into the library that are under way */
    uint32_t first_freed;           /* freed by the host; given back when the outermost call ends */
    uint32_t n_sas;                 /* not DEAD */
    uint32_t first_told, last_told; /* IKE SAs with marks, in the slab */
    bool marks_attempts;            /* at once: the host has `attempt`, or is being told */
    bool deciding;                  /* whoever calls now does so from a leaf: `send`, `random`, a provider ... */
    uint16_t call;                  /* the number of the outermost call, round and round */
    bool advancing;                 /* inside ikl_endpoint_advance */
    bool closing;                   /* inside ikl_endpoint_free */
    bool has_blocked;               /* a request was blocked once */
    bool tells_one;                 /* of the IKE SA that is told, the monitor of one Child SA alone */
    uint32_t max_requests;          /* in the table at once */
    uint32_t n_requests;            /* all of ours, but those that have their place in an IKE SA */
    struct ikl_blocked blocked;
    struct ikl_hand hand;
    struct ikl_unmatched unmatched;
    struct ikl_last_delete last_delete;
    struct ikl_wheel *wheel;   /* timer n belongs to the IKE SA with index n */
    struct ikl_slab sas;       /* struct ikl_sa */
    struct ikl_slab histories; /* struct ikl_history of the IKE SA with the same index */
    struct ikl_slab children;  /* struct ikl_child */
    struct ikl_child_table child_table;
    struct ikl_dues *dues;     /* those with monitors in order; null: there were none yet */
    uint32_t next_told;        /* the Child SA whose monitor is told next; IKL_NONE: no more */
    uint32_t only_untold;      /* the Child SA whose monitor alone is to be told, of those of its IKE SA; or IKL_NONE */
    uint32_t first_marked;     /* Child SAs that what is being handled ends, in order */
    uint32_t first_gone;       /* those that have ended and are yet to be told, in order */
    struct ikl_slab requests;  /* struct ikl_own_request */
    struct ikl_slab responses; /* struct ikl_response */
    struct ikl_slab extras;    /* struct ikl_extra */
    struct ikl_keying *keyings;
    uint32_t n_keyings;
    struct ikl_group *groups;
    uint32_t n_groups;
    struct ikl_batch batch;
    struct ikl_pool pool;
    struct ikl_shares shares;
    struct ikl_spi_table spis;
    struct ikl_tombstones *tombstones;

    uint8_t *plaintext; /* what was opened; max_message octets */
    uint8_t *draft;     /* what is to be sealed; max_message octets, and room for padding */
    uint8_t *message;   /* what is being sent: marker and max_message octets */
    struct ikl_endpoint_counters counters;
    uint8_t *aside;           /* a message of which another takes the room */
    struct ikl_request *lone; /* its attempt is all there is to tell, and not marked yet; or null */
    struct ikl_beside tokens; /* struct ikl_token */
    struct ikl_beside syncs;  /* struct ikl_sync */
    struct ikl_beside kept;   /* struct ikl_kept */
    struct ikl_maker maker;
    struct ikl_beside key_changes;
    uint32_t max_key_changes;
};

/* Zero means the default. */
static inline uint32_t ikl_or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

/* The longest message that can be put aside: with all its fragments one may be longer than max_message. */
static inline size_t ikl_endpoint_aside_size(uint32_t max_message)
{
    return 3 * (size_t)max_message;
}

/* The octets of the buffer for a message that is being sent; of that for what is to be sealed. */
static inline size_t ikl_endpoint_message_size(uint32_t max_message)
{
    return IKL_NON_ESP_MARKER_LEN + (size_t)max_message;
}

static inline size_t ikl_endpoint_draft_size(uint32_t max_message)
{
    return (size_t)max_message + IKL_PADDING_ROOM;
}

/* config.c */

/* The config as large as it is known here, checked, and with its defaults: those of providers, and of numbers but for
 * own_blocks. */
struct ikl_fault ikl_endpoint_take_config(struct ikl_endpoint_config *to, const struct ikl_endpoint_config *from);

/* memory.c */

void ikl_endpoint_init_memory(struct ikl_endpoint *endpoint, uint64_t seed);
/* Takes all that `config` asks for; what a failure leaves is for ikl_endpoint_release_memory. */
int ikl_endpoint_reserve(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config, ikl_time now);
void ikl_endpoint_release_memory(struct ikl_endpoint *endpoint);

/* Key states of one suite: an IKE SA that changes its keys has others besides. */
static inline uint32_t ikl_states_to_reserve(const struct ikl_endpoint_config *config)
{
    uint64_t n = (uint64_t)config->reserve_sas + config->reserve_key_changes;

    return n < IKL_NONE ? (uint32_t)n : IKL_NONE - 1;
}

/* round_trips.c */

/* A liveness check of any IKE SA was answered after so many ms. */
void ikl_endpoint_count_round_trip(struct ikl_endpoint *endpoint, uint64_t ms);

/* The most ms that count in this class of round trips, which is not the last one. */
uint32_t ikl_endpoint_round_trip_bound(size_t class);

/* ../sa/call.c */

/* Begins a call that decides: makes `now` run forward. Errors, and nothing has begun: IKL_ERR_REENTRANT inside a
 * callback that is called while deciding, whatever it is; IKL_ERR_INVALID when `now` is no time: IKL_NEVER, "no
 * deadline" handed on by mistake, which would let the clock stand still for ever. Both are counted. */
int ikl_endpoint_begin(struct ikl_endpoint *endpoint, ikl_time *now);
/* Whether nothing may change now, as a leaf calls; counted. */
static inline bool ikl_endpoint_in_leaf(struct ikl_endpoint *endpoint)
{
    if (!endpoint->deciding) {
        return false;
    }
    endpoint->counters.reentrant++;
    return true;
}
/* Ends it: the outermost call tells what was decided, and frees what was freed. */
void ikl_endpoint_leave(struct ikl_endpoint *endpoint, ikl_time now);

/* A time that the host gave for something that has happened: one that is still to come becomes `now`, and is counted.
 */
static inline void ikl_endpoint_keep_past(struct ikl_endpoint *endpoint, ikl_time *given, ikl_time now)
{
    if (*given > now) {
        *given = now;
        endpoint->counters.future_times++;
    }
}

/* The buffer for the next message to send, with room for the non-ESP marker before it. */
static inline uint8_t *ikl_endpoint_message(const struct ikl_endpoint *endpoint)
{
    return endpoint->message + IKL_NON_ESP_MARKER_LEN;
}

/* send.c */

/* Sends the `len` octets in the buffer of ikl_endpoint_message; `sa` is null for an IKE SA that is gone. Returns what
 * `send` returned. */
int ikl_endpoint_transmit(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path, size_t len);

/* Sends a NAT keepalive (RFC 3948 §2.3) along the IKE SA's path. Returns what `send` returned. */
int ikl_endpoint_keepalive(struct ikl_endpoint *endpoint, struct ikl_sa *sa);

/* random.c */

/* `len` octets from the host's `random`. IKL_OK or IKL_ERR_CRYPTO. */
int ikl_endpoint_random(const struct ikl_endpoint *endpoint, uint8_t *out, size_t len);

/* 32 random bits, the same number for the same octets on every architecture; 0 when `random` fails. */
uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *endpoint);

/* keying.c */

/* The cipher for a suite, of the first provider that has it. IKL_ERR_UNSUPPORTED or IKL_ERR_NO_AES when none has;
 * IKL_ERR_INVALID when the one that has it says of it what cannot be. */
int ikl_find_cipher(const struct ikl_provider *const *providers, size_t n, const struct ikl_suite *suite,
                    const struct ikl_cipher **out);
/* The same; for a suite in use no provider is asked. */
int ikl_endpoint_cipher(const struct ikl_endpoint *endpoint, const struct ikl_suite *suite,
                        const struct ikl_cipher **out);
/* The entry for a suite's cipher, made when there is none; it stays until the next call, and as long as it is held.
 * IKL_ERR_NO_MEMORY. */
int ikl_endpoint_keying(struct ikl_endpoint *endpoint, const struct ikl_suite *suite, const struct ikl_cipher *cipher,
                        uint16_t *index);
void ikl_endpoint_hold_keying(struct ikl_endpoint *endpoint, uint16_t index);
void ikl_endpoint_drop_keying(struct ikl_endpoint *endpoint, uint16_t index);
/* Whether both suites have the same cipher. */
bool ikl_same_cipher(const struct ikl_suite *a, const struct ikl_suite *b);
/* What the table takes of an arena with so many entries in use, and no key state. */
uint64_t ikl_keyings_octets(uint64_t n);
void ikl_endpoint_clear_keyings(struct ikl_endpoint *endpoint);

#endif
