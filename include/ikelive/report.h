/* SPDX-License-Identifier: ISC */
/* ikelive report: what the library tells about requests and IKE SAs, in callbacks, on query and as text; and the
 * counters of endpoints, for a monitoring system to scrape. */
#ifndef IKELIVE_REPORT_H
#define IKELIVE_REPORT_H

#include <ikelive/monitor.h>
#include <ikelive/sa.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Requests. */

/* How a request of ours ended. */
enum ikl_outcome_kind {
    IKL_OUTCOME_ANSWERED,
    IKL_OUTCOME_TIMED_OUT, /* its schedule ran out; the IKE SA goes down */
    IKL_OUTCOME_CANCELLED, /* by ikl_sa_cancel */
    IKL_OUTCOME_SA_GONE,   /* the IKE SA went down or is being deleted */
    IKL_OUTCOME_SKIPPED    /* its Message ID was skipped after another member took over: see <ikelive/sync.h> */
};

/* "answered", "timed out", "cancelled", "IKE SA gone" or "skipped". A static string. */
IKL_API const char *ikl_outcome_name(enum ikl_outcome_kind kind);

/* Told once for every request of the host. Views live until the callback returns. */
struct ikl_outcome {
    enum ikl_outcome_kind kind;
    const struct ikl_request *request; /* only to be compared: no longer valid after the callback */
    void *context;
    uint8_t exchange_type;
    uint32_t message_id; /* IKL_MESSAGE_ID_NONE when it was never sent */
    uint32_t sends;      /* how often it was sent */
    ikl_time first_sent; /* IKL_NEVER when it never was */
    /* with IKL_OUTCOME_ANSWERED, the response: */
    int status;                          /* of its payloads: see struct ikl_alive */
    uint16_t error;                      /* type of its first error notification, or 0: see struct ikl_alive */
    uint8_t first_payload;               /* for ikl_chain */
    struct ikl_octets plaintext;         /* for ikl_chain */
    const struct ikl_int_auth *int_auth; /* of IKE_INTERMEDIATE; else null: see struct ikl_peer_request */
};

/* A response to our IKE_SA_INIT request. It is not protected: anybody may have made it. The request is retransmitted
 * until the host calls ikl_sa_install_keys or ikl_sa_restart. Views live until the callback returns.
 *
 * After ikl_sa_restart a late response may still answer an earlier request. All of these have the same SPI and Message
 * ID, so the library tells the four latest that differ apart by their content: a responder accepts the key exchange
 * method that it was sent, and asks neither for that method nor for the cookie that it was sent. A response that can
 * answer none of them is dropped (IKL_ERR_UNSOLICITED). When it can answer several (`n_requests` > 1), `request` is the
 * likeliest. For a refusal that is the latest one; for an acceptance the first one with a cookie that was asked for
 * with its key exchange method, else the first with any cookie, else the first. That is a guess: if the responder then
 * refuses our AUTH payload, begin anew with another SPI. A COOKIE or INVALID_KE_PAYLOAD without `outstanding` is late
 * and was heeded already: do nothing (§2.6, §2.21.1). */
struct ikl_init_response {
    struct ikl_header header;
    struct ikl_octets payloads; /* for ikl_chain, with header.next_payload; well-formed as a chain */
    struct ikl_octets datagram; /* the whole message, which the responder's AUTH payload signs (§2.15) */
    struct ikl_octets request;  /* the request that it answers, as it was sent, which ours signs; no non-ESP marker */
    uint32_t n_requests;        /* how many requests it may answer; 1: `request` is certain */
    bool outstanding;           /* the request that is outstanding now is one of them */
    const struct ikl_path *path;
};

/* A request of the peer's, authenticated, new, and in the order of Message IDs. Views live until the callback returns
 * and may be passed to ikl_sa_respond and ikl_sa_request. */
struct ikl_peer_request {
    uint8_t exchange_type;
    uint32_t message_id;
    uint8_t first_payload;       /* for ikl_chain: type of the first payload inside SK */
    struct ikl_octets plaintext; /* for ikl_chain: the payloads; well-formed as a chain */
    const struct ikl_path *path; /* where it came from, and where the response goes (§2.11) */
    /* Of IKE_INTERMEDIATE, what ikl_int_auth takes but for `previous`, as the peer authenticated it; else null. Of a
     * message in fragments it has the header fields of the first, and `unprotected` is empty; of one that waited for
     * its turn, `unprotected` is empty too, `minor` and `reserved` are 0, and no flag is set but Initiator. */
    const struct ikl_int_auth *int_auth;
};

/* IKE SAs. */

/* Why an IKE SA or a Child SA went down. */
enum ikl_down_reason {
    IKL_DOWN_TIMEOUT,      /* a request of ours ran out of tries: the peer is dead (§2.4) */
    IKL_DOWN_PEER_DELETED, /* the peer deleted it (§1.4.1) */
    IKL_DOWN_CLOSED,       /* the host closed, deleted or freed it */
    IKL_DOWN_EXHAUSTED,    /* Message IDs or IVs are used up: closed rather than reused (§2.2) */
    IKL_DOWN_REKEYED,      /* another one has taken its place */
    /* INVALID_SYNTAX was sent or received inside SK, which ends the IKE SA at both ends without a Delete (§2.21.3) */
    IKL_DOWN_PROTOCOL,
    IKL_DOWN_CRASHED /* the peer proved by its token that it has lost its state (RFC 6290): see <ikelive/crash.h> */
};

/* "timeout", "deleted by peer", ... A static string. */
IKL_API const char *ikl_down_reason_name(enum ikl_down_reason reason);

/* What happens in the life of an IKE SA, as its history remembers it. "In a row" means that nothing came between them
 * but other kinds that are counted in a row; so nobody can push the rest out of the history by causing such events. */
enum ikl_event_kind {
    IKL_EVENT_HEARD,           /* fresh authenticated message; `count` of them in a row, `at` is the latest */
    IKL_EVENT_REQUESTED,       /* a request of the host's or a Delete was sent for the first time */
    IKL_EVENT_PROBED,          /* a liveness check was sent for the first time */
    IKL_EVENT_RETRANSMITTED,   /* `count`: which retransmission; `detail`: enum ikl_attempt_cause */
    IKL_EVENT_SEND_FAILED,     /* a message could not be sent; `count` of them in a row */
    IKL_EVENT_BLOCKED,         /* a message could not be sent yet: IKL_ERR_BLOCKED; `count` of them in a row */
    IKL_EVENT_ANSWERED,        /* a request of ours was answered; `count`: how often it had been sent */
    IKL_EVENT_REPEATED,        /* the peer repeated a request; `count` times in a row */
    IKL_EVENT_REFUSED,         /* datagrams that changed nothing; `count` in a row; `detail`: the error of the latest */
    IKL_EVENT_HINTED,          /* `detail`: enum ikl_hint; `count` in a row */
    IKL_EVENT_ADDRESS_CHANGED, /* a fresh authenticated message came from elsewhere, or the host moved the path */
    IKL_EVENT_WINDOW_FULL,     /* a request of ours was queued */
    IKL_EVENT_REACHABILITY,    /* `detail`: enum ikl_reachability */
    IKL_EVENT_STATE,           /* `detail`: enum ikl_sa_state */
    /* Of the path of a Child SA: DOWN, UP after that, or UNPROVEN as nobody answers; and when the peer becomes suspect
     * while such a path is UP. See ikl_event_monitor. */
    IKL_EVENT_MONITOR,
    /* The last wait of a liveness check began, and is shorter than listed: see config.trim. `count`: the largest round
     * trip in ms, by which it is trimmed. */
    IKL_EVENT_TRIMMED,
    IKL_EVENT_TOKEN_KEPT,   /* the peer's token was taken: see ikl_sa_take_token */
    IKL_EVENT_CRASHED,      /* the peer proved by it that it has lost its state */
    IKL_EVENT_RECONNECTED,  /* the reliable path is there again: see ikl_sa_reconnected */
    IKL_EVENT_SYNCED,       /* we took over, and the peer has agreed to our Message IDs */
    IKL_EVENT_TAKEN_OVER,   /* the peer's side was taken over, and we have agreed to its Message IDs */
    IKL_EVENT_KEYS_CHANGED, /* ikl_sa_change_keys; `count`: which change it is */
    IKL_EVENT_RESTORED      /* it was made of a snapshot: see ikl_sa_restore */
};

/* One of them. */
struct ikl_event {
    ikl_time at;
    uint32_t message_id; /* of the message it is about, or IKL_MESSAGE_ID_NONE */
    uint16_t count;      /* stays at 65535 */
    uint8_t kind;        /* enum ikl_event_kind */
    int8_t detail;
};

/* Of an IKL_EVENT_MONITOR: the state, and what was dead. */
static inline enum ikl_monitor_state ikl_event_monitor(const struct ikl_event *event)
{
    return (enum ikl_monitor_state)(event->detail & 15);
}
static inline enum ikl_monitor_finding ikl_event_finding(const struct ikl_event *event)
{
    return (enum ikl_monitor_finding)(event->detail >> 4 & 7);
}

/* "heard", "probed", ... A static string. */
IKL_API const char *ikl_event_name(enum ikl_event_kind kind);

/* Copies the last events of an IKE SA, the oldest first, and returns how many: at most `max`, the latest ones when
 * there are more. config.history_events of the endpoint says how many are remembered. */
IKL_API size_t ikl_sa_history(const struct ikl_sa *sa, struct ikl_event *out, size_t max);

/* Writes the events as text, a line each, with times relative to `now`; always terminated when size > 0. Returns the
 * length of the text, as snprintf does. */
IKL_API int ikl_sa_history_text(const struct ikl_sa *sa, ikl_time now, char *text, size_t size);

/* What is told with `down` and `child_down`. */
struct ikl_down {
    enum ikl_down_reason reason;
    ikl_time at;            /* when it was decided */
    ikl_time last_evidence; /* the last fresh proof of life, from the IKE SA or any of its Child SAs, known by then */
    /* with IKL_DOWN_TIMEOUT, the request that was given up; else 0 */
    uint8_t exchange_type;
    uint32_t message_id;
    uint32_t sends;
    ikl_time first_sent;
    /* The peer was heard after the request was last sent, yet did not answer it: it talks, but its answers or our
     * requests get lost, or it answers none. Its schedule then ran twice, unless the IKE SA was CONNECTING, which signs
     * of life do not keep. False: nothing was heard since the last send. */
    bool heard_since_last_send;
    /* the history of the IKE SA up to here, the oldest first; valid until the callback returns */
    const struct ikl_event *events;
    size_t n_events;
};

/* Why a request of ours was sent. */
enum ikl_attempt_cause {
    IKL_ATTEMPT_SCHEDULE,   /* the first send, and whenever a wait has ended */
    IKL_ATTEMPT_EVIDENCE,   /* the peer was heard, but did not answer this: see ikl_run_heard */
    IKL_ATTEMPT_MOVED,      /* the path moved, by ikl_sa_set_path or with config.follow_peer */
    IKL_ATTEMPT_RESENT,     /* the host said so, by ikl_sa_resend or ikl_endpoint_resend */
    IKL_ATTEMPT_OVERDUE,    /* an answer is overdue: see config.round_trip_sends */
    IKL_ATTEMPT_RECONNECTED /* the host said so, by ikl_sa_reconnected */
};

/* A send of one of our requests. */
struct ikl_attempt {
    uint8_t exchange_type;
    uint32_t message_id;
    uint32_t retransmission; /* 0: the first send */
    enum ikl_attempt_cause cause;
    uint32_t wait;   /* ms from when it was due to the next retransmission or, after the last and on a reliable path, to
                        giving up; at most UINT32_MAX */
    bool liveness;   /* it is an empty liveness check that the library made */
    int send_result; /* what `send` returned, for the first fragment that failed; IKL_OK with `send_batch` */
};

/* A request of ours was answered: one of the host, or a liveness check or Delete of the library. Whatever the answer
 * says, the peer made it; but with `status` or `error` set it is no plain sign of life. INVALID_SYNTAX has ended the
 * IKE SA (IKL_DOWN_PROTOCOL): it is DYING when this is told, its end is told after `outcome`, and the peer does not
 * become UP. The host decides about everything else. A malformed answer shows that the two ends do not understand each
 * other: consider ikl_sa_delete (§2.21). */
struct ikl_alive {
    uint8_t exchange_type;
    uint32_t message_id;
    uint32_t sends; /* how often the request had been sent */
    ikl_time first_sent;
    bool liveness;
    /* About its payloads: IKL_OK, or what ikl_chain_check says; IKL_ERR_CRITICAL also for an unknown critical payload
     * before SK. If the request was the library's, also what ikl_payload_check says about the first wrong payload. */
    int status;
    uint16_t error; /* type of its first error notification, but INVALID_SYNTAX wherever that is; 0: none */
    /* what the answer holds, for ikl_chain, whoever made the request; views, until the callback returns */
    uint8_t first_payload;
    struct ikl_octets plaintext;
};

/* For routing daemons: is it wise to send traffic to this peer? It changes before liveness gives its verdict. A peer is
 * SUSPECT as soon as retransmission number `suspect_after` of any request's schedule is due, blocked or not, or would
 * be due if the path were not reliable (sends caused by evidence or a move do not count); it is UP again with an
 * answer, and with nothing else. */
enum ikl_reachability { IKL_REACHABILITY_UP, IKL_REACHABILITY_SUSPECT, IKL_REACHABILITY_DOWN };

/* "UP", "SUSPECT" or "DOWN". A static string. */
IKL_API const char *ikl_reachability_name(enum ikl_reachability reachability);

/* A change of it. */
struct ikl_reachability_change {
    enum ikl_reachability reachability;
    uint32_t generation; /* 0 at first, then one more with each change of this IKE SA, told or not: puts queued changes
                            in order */
    ikl_time at;
};

/* The path of a monitored Child SA, see <ikelive/monitor.h>: its state, and what else the monitor decided with it. */
struct ikl_monitor_change {
    enum ikl_monitor_state state;
    uint32_t generation; /* one more with each change of this Child SA's monitor: as of the reachability */
    enum ikl_monitor_finding finding;
    bool unanswered;  /* IKL_MONITOR_UNANSWERED: nobody has answered yet; only once */
    bool renew;       /* IKL_MONITOR_RENEW: rekey this Child SA */
    bool damped;      /* IKL_MONITOR_DAMPED: it flaps, and takes longer to be UP again */
    uint32_t recover; /* answers in a row that it takes */
    ikl_time at;
};

/* What is running out. */
enum ikl_exhaustion { IKL_EXHAUSTION_MESSAGE_IDS, IKL_EXHAUSTION_PEER_MESSAGE_IDS, IKL_EXHAUSTION_IVS };

/* What one IKE SA counts. Counters wrap. */
struct ikl_sa_counters {
    uint32_t probes;          /* liveness checks sent, first sends only */
    uint32_t retransmissions; /* of any request of ours */
    uint32_t answered;        /* requests of ours that were answered */
    uint32_t requests;        /* fresh requests of the peer's */
    uint32_t repeats;         /* repeated requests of the peer's that got the remembered response */
    uint32_t dropped;         /* datagrams for this IKE SA that changed nothing */
    uint32_t send_failures;   /* sends that the host reported as failed */
};

/* What there is to know about an IKE SA, for the host's own programs. Set `size` before the call. */
struct ikl_sa_info {
    size_t size; /* sizeof(struct ikl_sa_info) */
    enum ikl_sa_state state;
    enum ikl_reachability reachability;
    uint32_t generation;    /* of the reachability */
    ikl_time established;   /* `now` of ikl_sa_new or ikl_sa_established */
    ikl_time last_evidence; /* IKE SA and Child SAs; `established` when there was none since */
    ikl_time last_message;  /* the last fresh authenticated message of the IKE SA itself; ESP does not count */
    uint32_t next_request;  /* Message ID of our next request */
    uint32_t next_expected; /* lowest Message ID of the peer's not yet received */
    uint32_t queued;        /* requests of ours not yet sent */
    uint32_t outstanding;   /* requests of ours outstanding; the oldest of them: */
    uint8_t outstanding_exchange_type;
    uint32_t outstanding_id;
    uint32_t outstanding_retransmissions;
    ikl_time outstanding_deadline; /* IKL_NEVER when none is outstanding */
    ikl_time idle_deadline;        /* when the next probe is due; IKL_NEVER while none can be */
    uint32_t n_children;
    union {
        struct ikl_sa_counters counters;
        uint32_t counters_room[16]; /* for counters to come */
    };
    uint32_t round_trip_samples; /* liveness checks that were measured; stays at IKL_ROUND_TRIP_MAX_SAMPLES */
    uint32_t round_trip; /* ms the peer takes to answer, averaged; of these four 0 before anything is measured */
    uint32_t round_trip_deviation; /* ms, averaged */
    uint32_t round_trip_largest;   /* ms, lately: what ikl_schedule_trim asks for */
    uint32_t round_trip_last;      /* ms of the latest one that was measured; stays at IKL_ROUND_TRIP_MAX */
    bool round_trip_is_known;      /* something was measured and is not stale: see ikl_round_trip_missed */
    uint64_t worst_detect;         /* of liveness checks as things are now: see ikl_watch_worst_detect */
    bool has_token;                /* the peer's token is kept: see <ikelive/crash.h> */
    bool may_sync;                 /* its Message IDs can be synchronised: see <ikelive/sync.h> */
    bool syncing;                  /* that is under way */
};

/* Fills as many octets of `out` as its size says. It counts the Child SAs, so the more there are, the longer it takes.
 * Errors: IKL_ERR_INVALID when the size is wrong. IKELIVE_QUERY OFF leaves it out. */
IKL_MUST_USE IKL_API int ikl_sa_query(const struct ikl_sa *sa, struct ikl_sa_info *out);

/* Writes what a "show IKE SA" command shows, never keys: several lines, a newline after each; always terminated when
 * size > 0. The epoch of kept keys and the synchronisation of Message IDs are shown where there are any. Octets of the
 * labels outside printable ASCII are escaped. Returns the length of the text, as snprintf does.
 */
IKL_API int ikl_sa_describe(const struct ikl_sa *sa, ikl_time now, char *text, size_t size);

/* Endpoints: their counters as OpenMetrics text. */

/* One endpoint among those of a process. */
struct ikl_metrics_source {
    const struct ikl_endpoint *endpoint;
    const char *name; /* becomes the label `endpoint`; escaped; null with a single endpoint: no label */
};

/* Writes all counters of `n` endpoints, and how many IKE SAs each has, as one OpenMetrics exposition, "# EOF" included;
 * always terminated when size > 0. Every counter of struct ikl_endpoint_counters appears once for each endpoint; the
 * causes of dropped datagrams are one metric, `ikelive_dropped`, with the label `cause`, and the round trips are the
 * histogram `ikelive_round_trip_seconds`. Returns the length of the text, as snprintf does. The caller must lock
 * endpoints that another thread uses. */
IKL_API int ikl_metrics_text(const struct ikl_metrics_source *sources, size_t n, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
