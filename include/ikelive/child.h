/* SPDX-License-Identifier: ISC */
/* ikelive child: the Child SAs of an IKE SA, from the exchange that made them to the end (RFC 7296 §1.3, §1.4.1, §2.8),
 * and what the host tells of their ESP and AH.
 *
 * What <ikelive/sa.h> says of its functions, of allocation, callbacks, `now` and threads, holds here too. */
#ifndef IKELIVE_CHILD_H
#define IKELIVE_CHILD_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_sa;
struct ikl_child;
struct ikl_monitor;
struct ikl_monitor_config;

/* A Child SA as the library needs to know it. */
struct ikl_child_config {
    size_t size;      /* sizeof(struct ikl_child_config) */
    void *user;       /* the host's, given back by ikl_child_user */
    uint8_t protocol; /* IKL_PROTOCOL_ESP or IKL_PROTOCOL_AH */
    uint32_t spi_in;  /* our SPI: in ESP that we receive; not 0 */
    uint32_t spi_out; /* the peer's SPI: in ESP that we send; not 0 */
    /* The Child SA of the same IKE SA that this one replaces after a rekey (§1.3.3), or null. The old one stays until
     * it is deleted or goes with its IKE SA, and is then reported down with IKL_DOWN_REKEYED, whatever the reason. */
    struct ikl_child *replaces;
    /* How the path through the Child SA is monitored, see ikl_child_monitor_answered; borrowed while the Child SA
     * lives, and any that replaces it. Null: as with the Child SA that it replaces, or else as the endpoint's config
     * says. */
    const struct ikl_monitor_config *monitor;
    bool unmonitored; /* not at all */
};

/* Adds a Child SA. The handle belongs to the IKE SA and is valid until ikl_sa_remove_child or until the callback
 * `child_down` for it returns. Allocates: a Child SA takes 68 to 72 octets, and another 64 if it is given a monitor, or
 * replaces one that was; the first of those in an endpoint takes 6.3 KB for all. With config.idle_spread it calls
 * `random` for that. Adding, finding and removing one, and handling a Delete that names it, cost the same at any number
 * of Child SAs, except that adding one now and then doubles the room for them, and that it looks at each if it takes
 * over from one that has taken over the monitor of another. `out` may be null. Errors:
 * IKL_ERR_INVALID; IKL_ERR_BUSY when the IKE SA has a Child SA with this protocol and spi_in or spi_out;
 * IKL_ERR_NOT_FOUND when `replaces` is none of its Child SAs; IKL_ERR_NO_MEMORY; IKL_ERR_STATE unless it is CONNECTING
 * or ESTABLISHED. */
IKL_MUST_USE IKL_API int ikl_sa_add_child(struct ikl_sa *sa, const struct ikl_child_config *config,
                                          struct ikl_child **out);

/* The first field that makes ikl_sa_add_child say IKL_ERR_INVALID: "spi_in", ...; null when none does. A static string.
 */
IKL_API const char *ikl_child_config_error(const struct ikl_child_config *config);

/* Removes a Child SA that the host has ended itself; nothing is reported or sent, and what it heard stays evidence.
 * Errors: IKL_ERR_STATE when the IKE SA is DYING or DEAD; IKL_ERR_NOT_FOUND for one that has ended, until
 * `child_down` for it returns. */
IKL_API int ikl_sa_remove_child(struct ikl_sa *sa, struct ikl_child *child);

/* Deletes Child SAs: sends one INFORMATIONAL request with their SPIs, as ikl_sa_request would, and reports each down
 * (IKL_DOWN_CLOSED, or IKL_DOWN_REKEYED when it was replaced) when that is answered, or when the peer's own Delete
 * crosses it. If ikl_sa_replace moves them before, they move with their Delete: its answer on the old IKE SA counts,
 * and if the old one ends without an answer, the Delete is sent again on the replacement, unless that is DELETING: then
 * they go down with it. Costs the same for each Child SA at any number of them. Errors: IKL_ERR_NOT_FOUND when one does
 * not belong to this IKE SA; IKL_ERR_BUSY when one is being deleted already or named twice; IKL_ERR_INVALID when `n` is
 * 0, or the SPIs of 4 octets each do not fit a message of config.max_message octets (more than 16,300 never fit):
 * delete them in several calls; those of ikl_sa_request. Nothing has changed then. */
IKL_MUST_USE IKL_API int ikl_sa_delete_children(struct ikl_sa *sa, struct ikl_child *const *children, size_t n,
                                                ikl_time now);

/* config.user of the Child SA, or what ikl_child_set_user put in its place, as ikl_sa_set_user does; also inside
 * `child_down` for this very Child SA. One store. */
IKL_API void *ikl_child_user(const struct ikl_child *child);
IKL_API void ikl_child_set_user(struct ikl_child *child, void *user);
IKL_API uint8_t ikl_child_protocol(const struct ikl_child *child);
IKL_API uint32_t ikl_child_spi_in(const struct ikl_child *child);
IKL_API uint32_t ikl_child_spi_out(const struct ikl_child *child);

/* The Child SAs of an IKE SA in the order they were added; null after the last. A Child SA that ended by itself is no
 * longer among them, even while `child_down` is still to be told; those that end with their IKE SA stay among them
 * until theirs is told. */
IKL_API struct ikl_child *ikl_sa_first_child(const struct ikl_sa *sa);
IKL_API struct ikl_child *ikl_sa_next_child(const struct ikl_sa *sa, const struct ikl_child *child);

/* The Child SA with this protocol and inbound SPI, or null; the one with this outbound SPI, which is how the peer names
 * it in REKEY_SA and in a Delete. Costs the same at any number of Child SAs. */
IKL_API struct ikl_child *ikl_sa_find_child(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_in);
IKL_API struct ikl_child *ikl_sa_find_child_out(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_out);

/* Authenticated ESP or AH of the Child SA came in at `at`: evidence of life. One store; no timer is touched. A time
 * older than the known one is ignored. If `at` is in the future (from another clock, say), the library replaces it with
 * the endpoint's present when it looks at it, and counts it in `future_times`: so it is evidence once, and later true
 * times count again. Once the end of the IKE SA is decided, it changes nothing that is told of that end. */
IKL_API void ikl_child_heard(struct ikl_child *child, ikl_time at);

/* The latest `at` given to ikl_child_heard or `last_esp`, or what became of it; IKL_NEVER when there was none. */
IKL_API ikl_time ikl_child_last_heard(const struct ikl_child *child);

/* Any Child SA sent ESP or AH to the peer at `at`. One store. IKL_LIVENESS_ON_DEMAND needs it, and it saves NAT
 * keepalives if `at` is after the IKE SA's last move. Ignored for an IKE SA that uses neither. A time in the future is
 * treated as by ikl_child_heard. */
IKL_API void ikl_sa_sent_esp(struct ikl_sa *sa, ikl_time at);

/* Monitors of Child SAs: see <ikelive/monitor.h> for what they decide.
 *
 * While the IKE SA is ESTABLISHED `monitor_probe` asks the host for probes through each Child SA that has a monitor,
 * and `monitor` tells what became of the path. A Child SA that is replaced hands its monitor on; until it is gone, its
 * traffic and answers through it count for the one that has the monitor. When another replaces it too, as simultaneous
 * rekeys have it, that one goes on with a monitor like the first one's, or begins anew with the old config when the
 * first one is gone. A probe that is outstanding then is no loss of it, and its longest time to DOWN begins there. The
 * monitor goes along when Child SAs move. It ends with its Child SA and says nothing then. It rests while a Delete of
 * ours names the Child SA, since the peer may have none any more that would answer.
 *
 * ESP counts as an answer and saves probes when the host reports it with ikl_child_heard and ikl_child_sent, or in
 * `last_esp`. With config.idle_spread the first probe goes out within that share of an interval. With
 * monitor_probes_per_second probes may go out later than they are due, each in its turn. What a probe takes does
 * not depend on how many monitors there are; as long as a Child SA that was replaced is there, the probes of the one
 * that has its monitor take two looks at each Child SA of the IKE SA, all that are due at a time the same two. */

/* Fact: a target of the probe with this number, 0 where there is only one, answered through the Child SA: see
 * ikl_monitor_answered. It is no evidence of life of the IKE SA unless ikl_child_heard says so too. Calls `monitor`
 * back. Errors: IKL_ERR_NOT_FOUND when `child` does not belong to `sa` or has no monitor; IKL_ERR_STATE unless the IKE
 * SA is ESTABLISHED. */
IKL_API int ikl_child_monitor_answered(struct ikl_sa *sa, struct ikl_child *child, uint16_t probe, uint32_t target,
                                       ikl_time now);

/* ESP or AH was sent on this Child SA of `sa` at `at`. One store; ignored when there is no monitor for which it counts.
 * A time in the future is treated as by ikl_child_heard. */
IKL_API void ikl_child_sent(struct ikl_sa *sa, struct ikl_child *child, ikl_time at);

/* The monitor of a Child SA of `sa`, to look at; null when it has none, or another has taken over from it. It stays
 * where it is as long as the Child SA. */
IKL_API const struct ikl_monitor *ikl_child_monitor(const struct ikl_sa *sa, const struct ikl_child *child);

#ifdef __cplusplus
}
#endif
#endif
