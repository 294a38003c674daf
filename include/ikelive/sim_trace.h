/* SPDX-License-Identifier: ISC */
/* ikelive sim: the trace of a simulated world, a record of all that crossed a link, was called back, or was done to the
 * world. What <ikelive/sim.h> says of its functions holds here too. */
#ifndef IKELIVE_SIM_TRACE_H
#define IKELIVE_SIM_TRACE_H

#include <ikelive/endpoint.h>
#include <ikelive/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_sim;
struct ikl_sim_host;
struct ikl_sim_link;

/* What a record is about. */
enum ikl_sim_event {
    IKL_SIM_SENT,        /* `host` sent a datagram */
    IKL_SIM_SEND_FAILED, /* its send failed: `result` */
    IKL_SIM_LOST,        /* a datagram of `host`'s was lost: about.loss */
    IKL_SIM_DUPLICATED,  /* it will arrive twice */
    IKL_SIM_HELD,        /* it is held back, by the weather or an outage */
    IKL_SIM_CORRUPTED,   /* it was changed: `octets` is what is left of it */
    IKL_SIM_DELIVERED,   /* a datagram reached `host` along about.path */
    IKL_SIM_REFUSED,     /* and was refused: `result` is what ikl_endpoint_receive returned; not for IKL_OK */
    /* what was called back, of `sa` */
    IKL_SIM_ATTEMPT,
    IKL_SIM_ALIVE,
    IKL_SIM_OUTCOME,
    IKL_SIM_INIT_RESPONSE,
    IKL_SIM_PEER_REQUEST,
    IKL_SIM_STATE,
    IKL_SIM_REACHABILITY,
    IKL_SIM_ADDRESS,
    IKL_SIM_EXHAUSTION,
    IKL_SIM_OUTAGE,
    IKL_SIM_PEER_DELETES,
    IKL_SIM_CHILD_DOWN,
    IKL_SIM_DOWN,
    IKL_SIM_UNMATCHED,
    /* what the script of the world did */
    IKL_SIM_CUT, /* of `link`; what is sent by `host`, or by both when that is null */
    IKL_SIM_RESTORED,
    IKL_SIM_WEATHER,
    IKL_SIM_REBOUND, /* the NAT before `host`: about.path.local is its address as the other host now sees it */
    IKL_SIM_MOVED,   /* `host`: about.path.local is its address now */
    IKL_SIM_MANNERS,
    IKL_SIM_STALLED,
    IKL_SIM_SLEPT,
    IKL_SIM_REBOOTED,
    IKL_SIM_CLOCK_SET,
    IKL_SIM_SENDS_FAIL,
    IKL_SIM_SENDS_BLOCK,
    IKL_SIM_WRITABLE, /* `host` can send again */
    IKL_SIM_AWAKE,    /* back from a stall, sleep, reboot or restart */
    IKL_SIM_NOTE,     /* ikl_sim_note */
    /* what was called back, too */
    IKL_SIM_MONITOR_PROBE,
    IKL_SIM_MONITOR,
    /* and what the script did */
    IKL_SIM_TUNNELS_DEAD, /* of `link`; for what `host` sends, or both when that is null */
    IKL_SIM_TUNNELS_ALIVE,
    /* what `link` did by its habit of outages */
    IKL_SIM_LINK_OUT,  /* an outage has begun, and will last about.number ms */
    IKL_SIM_LINK_BACK, /* it is over */
    /* of takeovers: what was called back, and what the script did */
    IKL_SIM_SYNCED,
    IKL_SIM_TAKEN_OVER,
    /* of a stream link */
    IKL_SIM_BROKEN,
    IKL_SIM_RECONNECTED,
    /* and what the script did */
    IKL_SIM_RESTARTED
};

/* "sent", "lost", ... A static string. */
IKL_API const char *ikl_sim_event_name(enum ikl_sim_event event);

/* Why a datagram was lost. */
enum ikl_sim_loss {
    IKL_SIM_LOSS_CHANCE,     /* by the weather or the stated fate */
    IKL_SIM_LOSS_CUT,        /* the link is cut */
    IKL_SIM_LOSS_TOO_BIG,    /* for the MTU of the link */
    IKL_SIM_LOSS_NO_ROUTE,   /* no link of the host's leads between these addresses */
    IKL_SIM_LOSS_NO_ADDRESS, /* nobody has the destination address any more */
    IKL_SIM_LOSS_ABSENT,     /* the host it was for sleeps or is off */
    IKL_SIM_LOSS_OUTAGE,     /* the link has an outage that loses datagrams */
    IKL_SIM_LOSS_BROKEN      /* the connection of the stream link broke */
};

/* "chance", "cut", ... A static string. */
IKL_API const char *ikl_sim_loss_name(enum ikl_sim_loss loss);

/* One line of the trace. It lives as long as the world, or, when records are not kept, until `observe` returns; but
 * inside `about` a pointer to what a callback was given is null. */
struct ikl_sim_record {
    ikl_time at; /* the world's time */
    enum ikl_sim_event event;
    int result;
    const struct ikl_sim_host *host; /* whose it is; null: the world's */
    const struct ikl_sim_link *link; /* that the datagram crossed or was to cross; null: none */
    const struct ikl_sa *sa;         /* only to be compared: it may be freed; null: none */
    uint64_t spi_i, spi_r;           /* its SPIs then */
    uint64_t datagram;               /* number of the datagram, from 1; what became of it has the same; 0: none */
    struct ikl_octets octets;        /* the datagram; the plaintext of a request or an outcome; the text of a note */
    union {
        struct ikl_path path; /* IKL_SIM_SENT, _SEND_FAILED, _DELIVERED, _ADDRESS, _UNMATCHED, _REBOUND, _MOVED */
        enum ikl_sim_loss loss;
        struct ikl_attempt attempt;
        struct ikl_alive alive;
        struct ikl_outcome outcome;
        struct ikl_peer_request peer_request;
        enum ikl_sa_state state;
        struct ikl_reachability_change reachability;
        enum ikl_exhaustion exhaustion;
        struct ikl_outage outage;
        struct {
            uint8_t protocol;
            uint32_t spi_in, spi_out;
            struct ikl_down down;
        } child_down;
        struct {
            uint32_t spi_in;
            uint16_t probe;                   /* IKL_SIM_MONITOR_PROBE */
            struct ikl_monitor_change change; /* IKL_SIM_MONITOR */
            uint8_t protocol;                 /* of the Child SA */
        } monitor;
        struct ikl_down down;
        struct ikl_synced synced;
        int64_t number; /* IKL_SIM_STALLED, _SLEPT, _REBOOTED, _RESTARTED, _SENDS_BLOCK, _LINK_OUT, _CLOCK_SET: ms;
                           _SENDS_FAIL: sends; _TAKEN_OVER: requests */
    } about;
};

/* How many records there are. */
IKL_API size_t ikl_sim_n_records(const struct ikl_sim *sim);

/* Record `n`, from 0; null when there are fewer, or records are not kept. */
IKL_API const struct ikl_sim_record *ikl_sim_record_at(const struct ikl_sim *sim, size_t n);

/* Record `n`, from 0, among those of this event and, unless `sa` is null, of this IKE SA; null when there are fewer. */
IKL_API const struct ikl_sim_record *ikl_sim_find(const struct ikl_sim *sim, enum ikl_sim_event event,
                                                  const struct ikl_sa *sa, size_t n);

/* How many records there are of this event and, unless `sa` is null, of this IKE SA, from the time `since` on. */
IKL_API size_t ikl_sim_count(const struct ikl_sim *sim, enum ikl_sim_event event, const struct ikl_sa *sa,
                             ikl_time since);

/* Writes a record as one line without newline, always terminated when size > 0. Returns the length of the text, as
 * snprintf does. Shows an IKE SA as the last four digits of its initiator's SPI, and no contents of messages. */
IKL_API int ikl_sim_record_text(const struct ikl_sim_record *record, char *text, size_t size);

/* Puts a line of the test's own into the trace; `host` may be null. Copied. */
IKL_API void ikl_sim_note(struct ikl_sim *sim, const struct ikl_sim_host *host, const char *text);

/* A hash of the whole trace so far, kept or not: two worlds with the same hash did the same. It depends on what the
 * records say, not on memory, so it is the same on every architecture. How often hosts got the time does not matter,
 * only what came of it. It may change with a new version of the library. */
IKL_API uint64_t ikl_sim_hash(const struct ikl_sim *sim);

#ifdef __cplusplus
}
#endif
#endif
