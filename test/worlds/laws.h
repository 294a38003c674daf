/* SPDX-License-Identifier: ISC */
/* What must hold in every world, whatever happens in it. A world tells what happens: what is sent, what is called back,
 * what its hosts do. The first law that does not hold is kept, and said.
 *
 *  1. A request is executed at most once, and an IKE SA's requests are delivered in the order of their Message IDs.
 *  2. A request ends once for who made it; when the peer's host answered it, it was executed.
 *  3. No initialisation vector is used twice under a key, but for the same octets again; and what is sent again under
 *     the same Message ID is the same, whoever has taken over meanwhile, but for Message ID 0 then.
 *  4. All that is sent is sealed, but for NAT keepalives, IKE_SA_INIT and IKE_SESSION_RESUME.
 *  5. An IKE SA goes down once, each of its Child SAs once and before it; afterwards nothing is said of it.
 *  6. No teardown by timeout before its schedule ran out: all tries were sent, and the waits have passed; none when an
 *     answer to the request arrived; none of a peer that was heard since the last send, unless the schedule ran twice
 *     or it was still connecting.
 *     However much a peer talks, there are no more sends than ikl_schedule_most_sends, plus two for late ticks, three
 *     for what is overdue and those that the host asked for. Of an IKE SA that trims, the last wait of a liveness check
 *     is no shorter than eight of the largest round trips, 1 s, and as listed when none could be measured, on it or on
 *     the IKE SA that it replaced.
 *     On a reliable path one try is enough, and the waits are as listed; each reconnection and each move adds a send.
 *  7. No teardown later than worst_detect under the periodic policy, plus what late ticks, absences, clocks set back
 *     and sends that the host asked for add.
 *  8. The next deadline is not later than that of any IKE SA, or than the next millisecond where a late tick has let
 *     that pass, or than its turn where an endpoint spreads what is due, and not in the past. The on-demand policy
 *     looks once an idle interval, so its checks may be later.
 *  9. The windows of both sides agree: what one has had answered, the other has received; what one has received, the
 *     other has sent; no more is outstanding than the window allows.
 * 10. Nothing unauthenticated changes anything, and what is no fresh message is no evidence.
 * 11. Packets and timers allocate nothing; at the end all is given back, and no key is in memory that is.
 * 12. No peer makes an endpoint hold more than its share, and what is held is what was counted.
 * 13. A monitor that never heard an answer gives no verdict, asks for new keys once in each DOWN at most, and gives its
 *     verdict ikl_monitor_worst_detect after it sent the last probe that was answered: exactly where ticks are exact,
 *     the Child SA is not being deleted meanwhile, and its config stays; in any case no later than so long after the
 *     last answer. Its deadline is not lost. A Child SA that replaces another goes on with its monitor, where that was.
 * 14. The token of an IKE SA that lives is never sent unprotected; when the peer's token arrives, the IKE SA ends at
 *     once; and a peer that is said to have crashed has lost it.
 * 15. A host that goes on elsewhere breaks none of these: a takeover is never taken for an older one, a request has one
 *     outcome in both lives of its host, and what a snapshot has is there again. Its requests are judged anew once it
 *     has synchronised, and so are the windows.
 */
#ifndef WORLDS_LAWS_H
#define WORLDS_LAWS_H

#include "support/test_allocator.h"

#include <ikelive/ikelive.h>

enum {
    LAWS_REQUESTS = 1024,
    LAWS_SEEN = 1 << 17,
    LAWS_SENT = IKL_WINDOW_MAX, /* requests that can be outstanding */
    LAWS_SAS = 32,
    LAWS_MONITORS = 40,     /* of an IKE SA; others are looked at less closely */
    LAWS_TABLES_EVERY = 16, /* looks at an endpoint; what is wrong with a table stays so */
    LAWS_TICK_SLACK = 100   /* the endpoint's default */
};

/* A host, as far as the laws are concerned. */
struct laws_host {
    uint32_t children_up;
    bool ticks_exactly; /* it gets the time when it is due */
    bool late;          /* it may have had a tick later than tick_slack, or its clock was set */
    ikl_time lateness;  /* how late a tick may come */
    ikl_time turn;      /* how long what is due may have to wait for its turn */
    ikl_time allowance; /* ms that its absences, its clock and its word may have added to a verdict */
    size_t allocations; /* when it was last looked at */
};

/* A request as its sender's `attempt` tells of it. */
struct laws_sent {
    uint32_t message_id;
    uint32_t sends, for_evidence, moves, resent, reconnected;
    bool liveness;
    ikl_time first_sent, last_sent; /* by its host's clock */
    bool blocked;                   /* it was due again, and that send was blocked */
    bool answer_arrived;            /* the peer's, whole and unchanged */
};

/* What is known of a Child SA's monitor. */
struct laws_monitor {
    uint32_t spi_in; /* 0: this one is free */
    uint32_t generation;
    uint16_t probe; /* the number of the latest */
    uint8_t protocol;
    bool is_whole;       /* what is known is all there was: its Child SA was told by laws_replace_child */
    bool renewed;        /* new keys were asked for in this DOWN */
    ikl_time answered;   /* when the path was last known to work; 0: not known yet */
    ikl_time probes[2];  /* when the latest was sent, and the one before; 0: not known */
    ikl_time first_lost; /* when the first that is lost was sent; 0: none is, or it is not known */
};

/* One host's end of an IKE SA. */
struct laws_end {
    struct laws_host *host;
    bool making; /* its Child SAs do not count yet: it may have to be given up, for want of memory */
    const struct ikl_schedule *schedule; /* null: its verdicts are not judged */
    uint32_t idle;
    enum ikl_liveness_policy liveness;
    bool trim, round_trip_sends;      /* as in its config */
    bool reliable;                    /* its path */
    bool connecting;                  /* signs of life do not keep it yet */
    struct ikl_round_trip round_trip; /* of its liveness checks */
    bool down;
    bool syncing; /* it goes on with Message IDs that are old, and the peer has not said yet which are right */
    uint32_t requests_taken; /* one more than the highest Message ID that `peer_request` delivered */
    struct laws_sent sent[LAWS_SENT];
    struct laws_monitor monitors[LAWS_MONITORS];
};

/* A request that a host made of another. */
struct laws_peer_request {
    const void *owner;
    uint8_t executions, outcomes;
    bool answered;
};

/* Something that was sent, and must be the same when it is sent again. In use when it is of the present generation. */
struct laws_seen {
    uint32_t generation;
    uint64_t key, value;
};

struct laws {
    const char *wrong; /* the first law that did not hold; null: all do */
    void (*broken)(void *user, const char *law);
    void *user;
    bool hosts_say_invalid_spi; /* without protection, to what they know nothing of */
    bool has_takeovers;         /* each uses Message ID 0 again */
    uint32_t n_looks;           /* at what endpoints hold */
    bool is_full;               /* more was sent than can be kept: the rest is not looked at */
    uint32_t generation;
    size_t n_seen;
    uint32_t n_requests;
    struct laws_peer_request requests[LAWS_REQUESTS];
    struct laws_seen seen[LAWS_SEEN];
};

/* A new world. `laws` is large, and zero before it is used for the first time. */
void laws_begin(struct laws *laws, void (*broken)(void *user, const char *law), void *user);

/* For laws of a world's own. */
void laws_hold(struct laws *laws, bool holds, const char *law);

/* Hosts make requests. A number goes into each, at the beginning of a Vendor ID payload, and into its answer;
 * UINT32_MAX when there are too many. */
enum { LAWS_TAG_LEN = 4 };
void laws_tag_write(uint8_t *tag, uint32_t number);
/* False when the first payload has none, or UINT32_MAX. */
bool laws_tag_read(uint8_t first_payload, struct ikl_octets plaintext, uint32_t *number);
uint32_t laws_request_made(struct laws *laws, const void *owner);
/* It could not be made after all; of the one made last the number is free again. */
void laws_request_refused(struct laws *laws, uint32_t number);
void laws_request_executed(struct laws *laws, uint32_t number);
/* It was not answered, and what executed it is taken back: it comes anew. */
void laws_request_forgotten(struct laws *laws, uint32_t number);
/* `answered`: by the peer's host, not by its library, which answers for hosts that are going. */
void laws_request_ended(struct laws *laws, uint32_t number, bool answered);
/* The owner has lost all it had, or this one: it has ended without an outcome. */
void laws_requests_lost(struct laws *laws, const void *owner);
void laws_request_lost(struct laws *laws, uint32_t number);
uint32_t laws_requests_answered(const struct laws *laws);
/* At the end each has ended. */
void laws_requests_over(struct laws *laws);

/* Child SAs that a host has added, or removed without a report. */
void laws_children_up(struct laws_host *host, uint32_t n);
void laws_child_removed(struct laws *laws, struct laws_host *host);

/* Adds a Child SA, in place of config->replaces unless that is null. Returns what ikl_sa_add_child returns. */
int laws_replace_child(struct laws *laws, struct laws_end *end, struct ikl_sa *sa,
                       const struct ikl_child_config *config, ikl_time now);

/* Has `replacement` take the place of `sa`. Returns what ikl_sa_replace returns. `end`, `to`: of each. */
int laws_replace(struct laws *laws, const struct laws_end *end, struct ikl_sa *sa, struct laws_end *to,
                 struct ikl_sa *replacement, bool we_delete, uint32_t wait, ikl_time now);

struct ikl_octets laws_without_marker(struct ikl_octets datagram, bool encapsulated);

/* Whether an exchange is the first of an IKE SA, which nobody protects. */
static inline bool laws_is_first(uint8_t exchange_type)
{
    return exchange_type == IKL_IKE_SA_INIT || exchange_type == IKL_IKE_SESSION_RESUME;
}

/* A datagram was given to `send`. */
void laws_sent(struct laws *laws, struct ikl_octets datagram, bool encapsulated);

/* Another member of the host's cluster goes on with this end, with Message IDs that are old: it synchronises. */
void laws_syncs(struct laws *laws, struct laws_end *end);

/* What is called back. `end` is null for an IKE SA that its host has freed. */
void laws_attempt(struct laws *laws, struct laws_end *end, const struct ikl_attempt *attempt, ikl_time now);
void laws_blocked(struct laws_end *end, uint32_t message_id);
void laws_alive(struct laws *laws, struct laws_end *end, const struct ikl_alive *alive, ikl_time now);
void laws_peer_request(struct laws *laws, struct laws_end *end, const struct ikl_peer_request *request);
void laws_state(struct laws *laws, struct laws_end *end, enum ikl_sa_state state);
void laws_child_down(struct laws *laws, const struct laws_end *end);
void laws_synced(struct laws_end *end, bool by_peer);
/* `monitor` and `monitor_probe`; `child` of `sa`. */
void laws_monitor(struct laws *laws, struct laws_end *end, const struct ikl_sa *sa, const struct ikl_child *child,
                  const struct ikl_monitor_change *change, ikl_time now);
void laws_monitor_probe(struct laws *laws, struct laws_end *end, const struct ikl_child *child, uint16_t probe,
                        ikl_time now);
void laws_down(struct laws *laws, struct laws_end *end, const struct ikl_down *down, ikl_time now);

/* An answer to one of its requests reached it whole and unchanged. */
void laws_answer_arrived(struct laws_end *end, uint32_t message_id);

/* What time it is for an endpoint: of a clock that was set back, the latest that it was told. */
ikl_time laws_latest(const struct ikl_endpoint *endpoint, ikl_time now);

/* Between steps: of an end that is not down. */
void laws_check_end(struct laws *laws, const struct laws_end *end, const struct ikl_sa *sa, ikl_time now);
void laws_check_monitors(struct laws *laws, struct laws_end *end, const struct ikl_sa *sa, ikl_time now);
void laws_check_windows(struct laws *laws, const struct ikl_sa *sa, const struct ikl_sa *peer, uint32_t window);
/* After ikl_endpoint_advance to `now`. */
void laws_check_progress(struct laws *laws, const struct ikl_endpoint *endpoint, ikl_time now);
/* `may_allocate`: something that may was done since the last time. */
void laws_check_allocations(struct laws *laws, struct laws_host *host, const struct test_allocator *memory,
                            bool may_allocate);
/* Null for `endpoint`: the host is off. */
void laws_check_shares(struct laws *laws, const struct ikl_endpoint *endpoint);
/* When a host has freed all it had. */
void laws_check_children(struct laws *laws, const struct laws_host *host);
void laws_check_memory(struct laws *laws, const struct test_allocator *memory);

/* The IKE SAs of a host that a datagram may concern: where its pointers to them are, null when it has none any more. */
struct laws_sas {
    struct ikl_endpoint *endpoint;
    size_t n;
    struct ikl_sa *const *sas[LAWS_SAS];
};

/* What of a host a datagram may change, and a call that is allowed. */
struct laws_view {
    struct ikl_sa_info infos[LAWS_SAS];
    ikl_time next_deadline;
    uint64_t sent, accepted, hints;
};

void laws_look(struct laws *laws, struct laws_view *view, const struct laws_sas *of);

/* Gives a host a datagram that nobody sealed. It changes nothing; but a hint may cause a liveness check. */
void laws_receive_forged(struct laws *laws, const struct laws_sas *of, const struct ikl_path *path,
                         struct ikl_octets datagram, ikl_time now);

/* Gives a host a datagram that may have arrived before. Unless it is accepted, it is no evidence. */
void laws_receive_again(struct laws *laws, const struct laws_sas *of, const struct ikl_path *path,
                        struct ikl_octets datagram, ikl_time now);

#endif
