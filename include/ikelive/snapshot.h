/* SPDX-License-Identifier: ISC */
/* ikelive snapshot: an IKE SA as octets, to go on with it in another process, on another machine, after a crash.
 *
 * THE OCTETS CONTAIN THE KEYS OF THE IKE SA, IN THE CLEAR. Whoever reads them reads and forges all its messages;
 * whoever writes them makes this endpoint do what they say. Encrypt and authenticate them before they leave the
 * process, and wipe the buffer (ikl_wipe). The library keeps no copy of the buffer. The check that the octets carry
 * finds damage, not malice.
 *
 * How a host uses it:
 *   - it keeps a number that only grows in a store that all its machines share: the epoch. Before a machine restores
 *     anything, it takes a new epoch by compare-and-swap; one whose answer it did not get is burnt, never used;
 *   - ikl_sa_keep_keys, once the IKE SA is ESTABLISHED: from now on the endpoint keeps the keys themselves;
 *   - ikl_sa_snapshot, whenever something has changed that it could not do without. It writes the octets to the store,
 *     on condition that the epoch is still its own;
 *   - ikl_sa_restore elsewhere, with the new epoch.
 *
 * Initialisation vectors. One that repeats under one key gives away the authentication key, and two machines may both
 * believe to be the one that is active. So each epoch has its own: counted ones begin at (epoch - the epoch of
 * ikl_sa_keep_keys) * 2^48 and end before the next epoch's. Whatever each of the machines sends, and however old the
 * snapshot is, no two epochs have one in common. That makes 65,534 epochs a key; with the last one `exhaustion` is
 * told, so that the host rekeys. Ciphers with random initialisation vectors (AES-CBC) have no use for epochs. What
 * nobody can notice here is a store that was rolled back together with its snapshots, for it gives the same epoch
 * again: a host must never restore its store from a backup without new keys for every IKE SA in it.
 *
 * Epochs do not protect Message IDs. A restored IKE SA has those of its snapshot, and the peer may be further; ask for
 * the peer's by RFC 6311, or take a snapshot of every change. A request that was queued in an older snapshot may have
 * been sent since: it goes out once more unless the host cancels it (ikl_sa_cancel) before. What the peer must find
 * here once it has the answer, as after a rekey, must be in the store before the answer goes out: let `send` keep
 * datagrams until it is.
 *
 * What a snapshot has: state and reachability; keys; Message IDs and windows; our requests, sent with attempt and
 * deadline, and queued, with their datagrams; the responses that the peer may ask for again; Child SAs with their
 * evidence, those that are being deleted too, and with the state of their monitors; path, policies, counters, measured
 * round trips, the digest of the peer's token (RFC 6290), and what was agreed on for RFC 6311. What it does not have:
 * pointers of the host's, which come from struct ikl_restore_options; the history; fragments of incomplete messages,
 * which the peer sends again; what was decided and is not told yet, which is told here alone. A request of the peer's
 * that is not answered yet is left out as if it had not come: the peer sends it again, and the host gets it anew.
 *
 * Times are written as distances from `now`, so that any clock will do; a time before the new clock's origin becomes
 * its origin. The octets mean the same on every machine.
 *
 * A library that was built with IKELIVE_SNAPSHOTS=OFF has none of these functions.
 *
 * The format. Numbers are big-endian, with as many octets as stand behind the name; a time is a signed number of ms
 * from `now`, 8 octets, 0x7fffffffffffffff for IKL_NEVER; flags are bits of 2 octets, the first one the lowest.
 *
 *   header     "ikls", version 2, zero 2, length of all 4, CRC-32 (IEEE 802.3) of all but itself 4; then records
 *   record     type 1, length of what follows 4, then its fields. A reader skips octets of a record behind the fields
 *              that it knows, and records with a type of 128 or more that it does not know; it refuses others
 *   1 IKE SA   SPIi 8, SPIr 8, epoch 8, epoch of the keys 8, initialisation vectors 1 (random, counted, by callback);
 *              encr 2, key bits 2, integ 2, prf 2; flags original initiator, fragmentation, follow_peer, narrowed path,
 *              round_trip_sends, trim, encapsulated, behind_nat, has keepalives, reliable; state 1, reachability 1,
 *              suspect_after 1, generation 4; send window: next 4, unanswered 4, answered 4, size 1; receive window:
 *              lowest 4, beyond 4, above 4, size 1 (as in <ikelive/watch.h>); last sign of life (time), idle 4,
 *              at_least in intervals 2, liveness policy 1; last message (time), established (time); twice an address:
 *              family 1, port 2, IP 0, 4 or 16; tag 2, mtu 2; the counters of struct ikl_sa_counters, 4 each; last
 *              round trip 2; struct ikl_round_trip: smoothed 4, samples 2, stale 1, deviation 4, largest 2; unless
 *              ESTABLISHED: end of the wait for a Delete (time), ms to wait for its answer 4, our SPI of the heir 8;
 *              with keepalives: the next one is due (time), path since (time), ESP sent (time)
 *   2 keys     octets of SK_ei 1, octets of SK_ai 1, SK_ei, SK_er, SK_ai, SK_ar
 *   3 Child SA protocol 1, spi_in 4, spi_out 4, heard (time), tag 8; flags replaced, monitored, has its monitor itself,
 *              took one over; if monitored and another has its monitor: spi_in 4 of that; else struct ikl_monitor, its
 *              fields in order: 5 times, generation 4, 4 numbers of 2, row 1, downs 1, state 1, renewals 1, flags
 *   4 request  kind 1 (liveness check, Delete of the IKE SA, host's, Delete of Child SAs), cause 1, exchange type 1,
 *              first payload 1; flags sent, told, own schedule, counted; struct ikl_run: first_sent, deadline (times),
 *              message_id 4, lead 4, sends 4, attempt 2, followed 1, timeout 1, early 1, blocked_waits 1, flags
 *              extended, again, resent, put_off, blocked, reliable; tag 8; octets of plaintext while queued 4; IV 16;
 *              octets 1 and plaintext of one that is made again; Child SAs that it deletes 4, each: protocol 1, spi_in
 *              4; octets 4 and datagrams, or plaintext while queued
 *   5 response made again 1, Message ID 4, exchange type 1, first payload 1, octets of plaintext 1; made again: IV 16,
 *              plaintext; else sent (time); octets 4 and datagrams
 *   6 token    digest of the peer's token 32
 *   7 sync     agreed 1, least Message ID 4, answered 1; the peer's request: nonce 4, send 4, receive 4, delta 8,
 *              extended 1; our answer: nonce 4, send 4, receive 4; IV 16
 *
 * Records 1 and 2 come first, then Child SAs in order, the liveness check or Delete of the IKE SA, other requests in
 * order, responses, and the rest. */
#ifndef IKELIVE_SNAPSHOT_H
#define IKELIVE_SNAPSHOT_H

#include <ikelive/monitor.h>
#include <ikelive/sa.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_SNAPSHOT_VERSION 1

/* By how much an epoch may be later than that of the keys, where initialisation vectors are counted. */
#define IKL_MAX_EPOCHS 65534

/* Keeps a copy of the keys beside the IKE SA, until it ends, for its snapshots; it goes along when the IKE SA moves to
 * another endpoint. `epoch` is the epoch that the host has now, and becomes that of the keys. They must be the keys
 * that the IKE SA has. Counted initialisation vectors must have begun below 2^48; from now on they end at 2^48.
 * Allocates; an IKE SA without kept keys takes no octet more. Errors, and nothing changed: IKL_ERR_INVALID when they
 * are other keys or the initialisation vectors began elsewhere; IKL_ERR_STATE unless it is ESTABLISHED, REKEYED or
 * DELETING; IKL_ERR_BUSY when it has kept keys; IKL_ERR_NO_MEMORY; IKL_ERR_REENTRANT inside a leaf; what the cipher
 * reports. */
IKL_MUST_USE IKL_API int ikl_sa_keep_keys(struct ikl_sa *sa, const struct ikl_keys *keys, uint64_t epoch);

/* The epoch that the IKE SA lives in: of ikl_sa_keep_keys or ikl_sa_restore. IKL_ERR_NOT_FOUND when it has no kept
 * keys. */
IKL_API int ikl_sa_epoch(const struct ikl_sa *sa, uint64_t *epoch);

/* How many octets a snapshot of the IKE SA takes now; 0 when ikl_sa_snapshot would say an error. With one Child SA that
 * is not monitored, nothing outstanding, and an AEAD, it is 400 at most. */
IKL_API size_t ikl_snapshot_size(const struct ikl_sa *sa);

/* Writes a snapshot as of `now` into a buffer of the host's of `size` octets, and how many these are to `*len`. Changes
 * nothing; calls nothing back. Errors: IKL_ERR_STATE when it is CONNECTING, since its keys may still change and half of
 * its handshake is the host's, so that the peer has to begin again; or DYING or DEAD; IKL_ERR_NOT_FOUND when it has no
 * kept keys; IKL_ERR_NO_BUFFER when `size` is too small: `*len` says what it takes; IKL_ERR_INVALID when `now` is
 * IKL_NEVER; IKL_ERR_REENTRANT inside a leaf. */
IKL_MUST_USE IKL_API int ikl_sa_snapshot(struct ikl_sa *sa, uint8_t *buf, size_t size, size_t *len, ikl_time now);

/* A request of ours that is restored, for the host to complete. */
struct ikl_restored_request {
    uint32_t message_id;                 /* IKL_MESSAGE_ID_NONE while it is queued */
    uint8_t exchange_type;               /* of <ikelive/message.h> */
    uint64_t tag;                        /* what its context was, as a number */
    void *context;                       /* to be set: given back with the outcome; null at first */
    const struct ikl_schedule *schedule; /* may be set when it had a schedule of its own; null at first, which is the
                                            IKE SA's. One that ikl_schedule_check refuses counts as null */
};

/* A Child SA that is restored, for the host to complete. */
struct ikl_restored_child {
    uint8_t protocol;
    uint32_t spi_in, spi_out;
    uint64_t tag; /* what its `user` was, as a number */
    void *user;   /* to be set; null at first */
    /* To be set when it was monitored, at first the endpoint's: with null, or one that ikl_monitor_config_error finds
     * fault with, it is monitored no more. */
    const struct ikl_monitor_config *monitor;
};

/* What an IKE SA needs that is not in its snapshot. Zero means the default wherever there is one. */
struct ikl_restore_options {
    size_t size;    /* sizeof(struct ikl_restore_options) */
    uint64_t epoch; /* taken from the store for this, and later than that of the snapshot */
    uint64_t age;   /* ms since the snapshot was taken, if the host knows; its times lie so much further back */
    void *user;     /* given back by ikl_sa_user */
    const struct ikl_schedule *schedule; /* borrowed while the IKE SA lives; null: the endpoint's */
    const struct ikl_sa_labels *labels;  /* borrowed while the IKE SA lives; may be null */
    uint16_t path_group;
    /* As in struct ikl_protection. Needed for an IKE SA whose initialisation vectors came from such a callback. */
    int (*next_iv)(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);
    /* Called once for each request of the host's and for each Child SA, in order, when nothing can fail any more, with
     * `context`. Leaves: see struct ikl_callbacks. May be null. */
    void (*request)(void *context, struct ikl_restored_request *request);
    void (*child)(void *context, struct ikl_restored_child *child);
    void *context;
};

/* Makes an IKE SA of a snapshot in an endpoint that has none with its SPI. The host owns the handle and ends it with
 * ikl_sa_free. What became due since the snapshot was taken fires with the next ikl_endpoint_advance, as after a late
 * tick. A REKEYED IKE SA gets its heir back if that is in the endpoint, and not CONNECTING: restore the heir first;
 * otherwise it goes on as one whose heir has ended. An IKE SA that was rekeyed is restored like any other. Allocates.
 * Has `exhaustion` told when the epoch is the last one for the keys.
 *
 * After an error nothing has changed. Errors: IKL_ERR_VERSION when another version of this format wrote the octets;
 * IKL_ERR_TRUNCATED when there are fewer or more than they say; IKL_ERR_MALFORMED when they are damaged or contradict
 * themselves; IKL_ERR_STALE when the epoch is not later than that of the snapshot, and the cipher needs it;
 * IKL_ERR_EXHAUSTED when initialisation vectors are counted and it is more than IKL_MAX_EPOCHS later than that of the
 * keys; IKL_ERR_BUSY when the endpoint has an IKE SA with our SPI; IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES when no provider
 * of the endpoint has the suite, or has it with another kind of cipher that cannot make again what was sent;
 * IKL_ERR_INVALID when an option is wrong, `next_iv` missing, the path group none of the endpoint's, a message larger
 * than config.max_message, or `now` IKL_NEVER; IKL_ERR_STATE while the endpoint is being freed; IKL_ERR_NO_MEMORY;
 * IKL_ERR_REENTRANT inside a leaf; what the cipher's `init` reports. */
IKL_MUST_USE IKL_API int ikl_sa_restore(struct ikl_endpoint *endpoint, struct ikl_octets octets,
                                        const struct ikl_restore_options *options, ikl_time now, struct ikl_sa **out);

#ifdef __cplusplus
}
#endif
#endif
