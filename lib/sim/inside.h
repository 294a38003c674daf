/* SPDX-License-Identifier: ISC */
/* ikelive sim, inside: the structs of a world, and the functions that its files share.
 *
 *   world.c      the world, and running it
 *   jobs.c       what is to happen, in order
 *   random.c     streams of numbers
 *   lengths.c    how long an outage lasts, and how long it is until the next
 *   datagram.c   datagrams, which the trace and those on their way share
 *   memory.c     memory, and what fails
 *   host.c       hosts: found, given the time, datagrams and randomness
 *   boot.c       hosts: made with their endpoints, and ended
 *   takeover.c   hosts: IKE SAs taken over by another member of a cluster
 *   restart.c    hosts: snapshots of their IKE SAs, restored in a new endpoint
 *   send.c       what a host sends
 *   absence.c    hosts that hang, sleep or reboot, and what else may befall them
 *   callbacks.c  between an endpoint and its host: records and passes on
 *   link.c       links: made, found, what they change about a datagram
 *   outages.c    links: their habit of outages
 *   carry.c      the way of a datagram from one host to another
 *   stream.c     its way over a connection, which breaks
 *   tunnel.c     the way of a probe through a tunnel, and back
 *   address.c    who is seen where: NAT, moving, routes
 *   trace.c      records, kept and counted
 *   hash.c       records as numbers
 *   lines.c      records as lines
 *   pair.c       established IKE SAs
 *   script.c     scripts: playing them
 *   script_make.c  those lines of a script that make something
 *   script_monitor.c  the line that makes a monitor
 *   words.c      the words and numbers of a line */
#ifndef IKL_SIM_INSIDE_H
#define IKL_SIM_INSIDE_H

#include <ikelive/crash.h>
#include <ikelive/sim.h>
#include <ikelive/stream.h>

enum { IKL_SIM_NAME_SIZE = 16 };

/* memory.c */

/* Memory set to zero; null, and noted, when there is none. */
void *ikl_sim_allocate(struct ikl_sim *sim, size_t size);
void ikl_sim_release(struct ikl_sim *sim, void *memory, size_t size);
/* Notes a failure, unless there was one. */
void ikl_sim_fail(struct ikl_sim *sim, int error);

/* random.c */

struct ikl_sim_stream {
    uint64_t state;
};

/* Who draws from a stream. Streams of different purposes or numbers are independent, so adding a host or link does not
 * change what another does. */
enum ikl_sim_purpose {
    IKL_SIM_FOR_TEST,
    IKL_SIM_FOR_HOST,
    IKL_SIM_FOR_MANNERS,
    IKL_SIM_FOR_LINK,
    IKL_SIM_FOR_KEYS,
    IKL_SIM_FOR_OUTAGES,
    IKL_SIM_FOR_SECRETS
};

struct ikl_sim_stream ikl_sim_stream(uint64_t seed, enum ikl_sim_purpose purpose, uint64_t number);
uint64_t ikl_sim_draw(struct ikl_sim_stream *stream);
/* From 0 to `most`. */
uint64_t ikl_sim_draw_to(struct ikl_sim_stream *stream, uint64_t most);
/* True with this chance, in millionths. */
bool ikl_sim_draw_chance(struct ikl_sim_stream *stream, uint32_t chance);
void ikl_sim_draw_octets(struct ikl_sim_stream *stream, uint8_t *out, size_t len);

/* lengths.c */

/* How long it is until the next of `n` outages that begin within `ms`, in ms. */
uint64_t ikl_sim_draw_pause(struct ikl_sim_stream *stream, uint64_t ms, uint64_t n);
/* How long an outage of this kind lasts, in ms. */
uint64_t ikl_sim_draw_outage(struct ikl_sim_stream *stream, const struct ikl_sim_outage_kind *kind);

/* datagram.c */

struct ikl_sim_datagram {
    uint64_t number;
    uint32_t holders;
    size_t len;
    uint8_t octets[];
};

/* A copy, with one holder; null, and noted, when there is no memory. */
struct ikl_sim_datagram *ikl_sim_datagram(struct ikl_sim *sim, uint64_t number, const uint8_t *octets, size_t len);
void ikl_sim_hold_datagram(struct ikl_sim_datagram *datagram);
void ikl_sim_drop_datagram(struct ikl_sim *sim, struct ikl_sim_datagram *datagram);

/* jobs.c */

/* Something that will happen at a time; the first member of a struct that says what. */
struct ikl_sim_job {
    ikl_time at;
    uint64_t order;                                             /* within that millisecond */
    void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job);  /* may set `at` to later: then it will run again */
    void (*drop)(struct ikl_sim *sim, struct ikl_sim_job *job); /* releases what it holds; null: it holds nothing */
    size_t size;
};

struct ikl_sim_jobs {
    struct ikl_sim_job **heap; /* the earliest first */
    size_t n, room;
    uint64_t n_ever;
    uint32_t n_at_once; /* done in the current millisecond */
};

/* Room for a job of this size; null, and noted, when there is no memory. */
void *ikl_sim_new_job(struct ikl_sim *sim, size_t size, void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job));
/* Datagrams arrive after everything else that happens in a millisecond. */
void ikl_sim_queue_arrival(struct ikl_sim *sim, struct ikl_sim_job *job, ikl_time at);
/* Everything else: done now if its time has come and nothing else is being done. */
void ikl_sim_queue_job(struct ikl_sim *sim, struct ikl_sim_job *job, ikl_time at);
ikl_time ikl_sim_next_job(const struct ikl_sim *sim);
/* Does what is due; notes IKL_ERR_BUSY when that does not come to an end. */
void ikl_sim_run_jobs(struct ikl_sim *sim);
void ikl_sim_clear_jobs(struct ikl_sim *sim);

/* trace.c */

/* A record of this host's, or of nobody's when that is null; otherwise empty. */
struct ikl_sim_record ikl_sim_host_record(const struct ikl_sim_host *host, enum ikl_sim_event event);

enum { IKL_SIM_CHUNK = 128 };

struct ikl_sim_trace {
    struct ikl_sim_kept **chunks; /* of IKL_SIM_CHUNK records each */
    size_t n_chunks, room;
    size_t n;
    uint64_t hash;
};

/* Adds a record. `datagram` holds its octets; null when no datagram does. */
void ikl_sim_note_record(struct ikl_sim *sim, struct ikl_sim_record *record, struct ikl_sim_datagram *datagram);
void ikl_sim_clear_trace(struct ikl_sim *sim);

/* hash.c */

uint64_t ikl_sim_hash_on(uint64_t hash, const struct ikl_sim_record *record);

/* world.c */

struct ikl_sim {
    struct ikl_allocator allocator;
    void (*observe)(void *user, const struct ikl_sim_record *record);
    void *user;
    bool forget;
    uint64_t seed;
    uint64_t epoch; /* of initialisation vectors: takeovers and restarts so far */
    ikl_time now;
    int failure;    /* the first one, or IKL_OK */
    uint32_t depth; /* calls under way: of a run, or of a host's callbacks */
    bool ending;
    struct ikl_sim_stream own, keys;
    struct ikl_sim_jobs jobs;
    struct ikl_sim_trace trace;
    struct ikl_sim_host *first_host;
    struct ikl_sim_link *first_link;
    uint32_t n_hosts, n_links;
    uint32_t n_children; /* Child SAs so far: their SPIs */
    uint64_t n_datagrams;
    uint32_t n_addresses; /* that hosts moved to */
    struct ikl_sim_play_config play;
    struct ikl_sim_schedule *first_schedule; /* that scripts have made */
    struct ikl_sim_monitor *first_monitor;   /* likewise */
    struct ikl_sim_agreement *first_agreement, *last_agreement;
};

/* host.c */

enum ikl_sim_absence { IKL_SIM_PRESENT, IKL_SIM_STALLING, IKL_SIM_ASLEEP, IKL_SIM_OFF };

struct ikl_sim_host {
    struct ikl_sim *sim;
    struct ikl_sim_host *next;
    struct ikl_sim_host_config config; /* as the host gave it; what its pointers point to is borrowed */
    struct ikl_endpoint *endpoint;
    char name[IKL_SIM_NAME_SIZE];
    uint32_t number;
    struct ikl_address address; /* port 0: not stated */
    struct ikl_sim_manners manners;
    struct ikl_sim_stream random, chance;
    int64_t clock;
    ikl_time ticked;   /* when it last got the time */
    uint32_t lateness; /* of the next tick */
    uint32_t failing;  /* how many sends will fail */
    bool blocked;      /* its sends would block, or do not any more, which it has not said */
    ikl_time blocked_until;
    uint8_t absence; /* enum ikl_sim_absence */
    bool dying;      /* its callbacks are not called any more */
    ikl_time back_at;
    uint8_t secret[IKL_MIN_SECRET];          /* of its tokens */
    struct ikl_sim_snapshot *first_snapshot; /* with which it will go on */
};

/* When it gets the time next, not before the present. */
ikl_time ikl_sim_host_due(const struct ikl_sim_host *host);
void ikl_sim_tick_host(struct ikl_sim_host *host);
/* A datagram has reached the host. */
void ikl_sim_give(struct ikl_sim_host *host, const struct ikl_sim_link *link, const struct ikl_path *path,
                  struct ikl_sim_datagram *datagram);
/* send.c */

/* The host has sent a datagram of this IKE SA, or of an unknown one when that is null; `result` is what the host's own
 * code returned. Returns the result that the endpoint gets. */
int ikl_sim_host_send(struct ikl_sim_host *host, struct ikl_sa *sa, const struct ikl_path *path,
                      struct ikl_octets octets, int result);

/* restart.c */

/* Of the IKE SAs on the host's endpoint, if it has one. */
void ikl_sim_take_snapshots(struct ikl_sim_host *host);
/* Makes IKE SAs of them in the host's new endpoint, and drops them. */
void ikl_sim_restore_snapshots(struct ikl_sim_host *host);
void ikl_sim_drop_snapshots(struct ikl_sim_host *host);
void ikl_sim_clear_snapshots(struct ikl_sim *sim);

/* callbacks.c */

/* The callbacks that record, then call the host's. */
struct ikl_callbacks ikl_sim_callbacks(const struct ikl_callbacks *own);

/* boot.c */

int ikl_sim_make_endpoint(struct ikl_sim_host *host);
void ikl_sim_clear_hosts(struct ikl_sim *sim);

/* link.c */

/* Letters that state fates. */
struct ikl_sim_fates {
    char *letters; /* or null */
    size_t n, used;
};

/* One of the two hosts at a link, and what it sends. */
struct ikl_sim_end {
    struct ikl_sim_host *host;
    struct ikl_address address;
    bool natted;
    struct ikl_address outside; /* with NAT */
    uint64_t lifetime;
    ikl_time last_sent;
    bool cut;
    bool tunnels_dead; /* for what is sent from here through them */
    struct ikl_sim_weather weather;
    struct ikl_sim_fates fates;
    struct ikl_sim_stream chance;
};

/* The outages of a link. */
struct ikl_sim_habit {
    struct ikl_sim_outages outages;
    struct ikl_sim_stream chance;
    uint64_t generation; /* which habit this is: the next outage of an earlier one does not begin */
    bool out;            /* there is an outage */
    bool holding;        /* it holds datagrams */
    ikl_time over;       /* when it ends */
};

struct ikl_sim_link {
    struct ikl_sim *sim;
    struct ikl_sim_link *next;
    uint32_t number;
    struct ikl_sim_end ends[2];
    struct ikl_sim_fates fates; /* for both */
    struct ikl_sim_habit habit;
    bool encapsulated;
    uint16_t path_mtu;
    struct ikl_sim_connection *connection; /* of a stream link, else null */
};

void ikl_sim_clear_links(struct ikl_sim *sim);

/* address.c */

/* Which end a host is at: 0 or 1, or -1. */
int ikl_sim_end_of(const struct ikl_sim_link *link, const struct ikl_sim_host *host);
/* The link that this path of the host's leads over, and the host's end of it; null when there is none. */
struct ikl_sim_link *ikl_sim_route(const struct ikl_sim_host *host, const struct ikl_path *path, int *end);
/* The host has sent something: the NAT keeps its mapping, or makes a new one when that is too old. */
void ikl_sim_use_nat(struct ikl_sim_link *link, struct ikl_sim_end *end);
/* True when datagrams to `address` still arrive at this end. */
bool ikl_sim_answers_to(const struct ikl_sim_end *end, const struct ikl_address *address);

/* This end is seen at the next port from now on. */
void ikl_sim_take_next_port(struct ikl_sim_link *link, struct ikl_sim_end *end);

/* stream.c */

/* Makes the connection of a new stream link; IKL_ERR_NO_MEMORY. */
int ikl_sim_connect(struct ikl_sim_link *link, uint32_t reconnect);
void ikl_sim_clear_connection(struct ikl_sim_link *link);
/* The host's path leads over a connection that is broken. */
bool ikl_sim_is_broken(const struct ikl_sim_host *host, const struct ikl_path *path);
/* The connections of the host break. */
void ikl_sim_break_all(const struct ikl_sim_host *host);
/* Takes a datagram that an end has sent, and that arrives after so long, if nothing is before it; `breaks`: the
 * connection does in the middle of it. */
void ikl_sim_stream_on(struct ikl_sim_link *link, int end, struct ikl_sim_datagram *datagram, uint64_t delay,
                       bool breaks);
/* The first host of the link has an IKE SA with this SPI of its own; notes a failure without memory. */
void ikl_sim_join(struct ikl_sim_link *link, uint64_t spi);

/* tunnel.c */

/* A host without a callback for it is asked for a probe. */
void ikl_sim_echo(const struct ikl_sim_host *host, const struct ikl_sa *sa, const struct ikl_child *child,
                  uint16_t probe);

/* carry.c */

/* Takes a datagram that a host has sent. */
void ikl_sim_carry(struct ikl_sim_host *host, const struct ikl_path *path, struct ikl_sim_datagram *datagram);

/* words.c */

enum { IKL_SIM_LINE_SIZE = 501, IKL_SIM_WORDS = 40 };

/* A line of a script, split into words. */
struct ikl_sim_line {
    char text[IKL_SIM_LINE_SIZE];
    const char *words[IKL_SIM_WORDS];
    size_t n;
};

/* Takes the next line off the script; false when it is too long or has too many words. */
bool ikl_sim_take_line(const char **script, struct ikl_sim_line *out);

/* Seconds as ms, "1.5"; a whole number. False when it is anything else, or above `most`. */
bool ikl_sim_read_seconds(const char *word, uint64_t most, uint64_t *out);
bool ikl_sim_read_number(const char *word, uint64_t most, uint64_t *out);

enum ikl_sim_word_kind {
    IKL_SIM_WORD_SECONDS, /* uint32_t, ms */
    IKL_SIM_WORD_CHANCE,  /* uint32_t, millionths */
    IKL_SIM_WORD_NUMBER,  /* uint32_t */
    IKL_SIM_WORD_SHORT,   /* uint16_t */
    IKL_SIM_WORD_OCTET,   /* uint8_t */
    IKL_SIM_WORD_FLAG,    /* bool, without a value */
    IKL_SIM_WORD_TEXT     /* const char * */
};

/* A word that sets a member of a struct to the word after it. */
struct ikl_sim_option {
    const char *name;
    enum ikl_sim_word_kind kind;
    size_t offset;
};

/* Reads options up to the end of the line into the struct `out`; null, or what is wrong. */
const char *ikl_sim_read_options(const struct ikl_sim_option *options, size_t n_options, const char *const *words,
                                 size_t n, void *out);

/* pair.c */

/* All that an IKE SA needs at both ends. Kept when it did not begin CONNECTING. */
struct ikl_sim_agreement {
    struct ikl_sim_agreement *next;
    struct ikl_sim_link *link;
    struct ikl_sim_sa_config config;
    struct ikl_suite suite;
    struct ikl_keys keys;
    uint64_t spi_i, spi_r;
    uint32_t first_child;
};

/* Where one end goes on. */
struct ikl_sim_going_on {
    uint32_t next_request, next_expected;
    uint64_t iv_first;
};

/* Makes the IKE SA at one end; null for `from`: from its beginning. Null when the world has made no endpoint there. */
int ikl_sim_make_end(const struct ikl_sim_agreement *agreement, int end, const struct ikl_sim_going_on *from,
                     struct ikl_sa **out);
/* The IKE SA of the host's end, if it is on the endpoint that the world has made for the host; else null. */
struct ikl_sa *ikl_sim_agreed_sa(const struct ikl_sim_agreement *agreement, const struct ikl_sim_host *host);
void ikl_sim_clear_agreements(struct ikl_sim *sim);

/* script_make.c */

void ikl_sim_clear_schedules(struct ikl_sim *sim);

/* script_monitor.c */

/* The monitor that a script has given this name, or "panos"; null when there is none. */
const struct ikl_monitor_config *ikl_sim_find_monitor(const struct ikl_sim *sim, const char *name);
void ikl_sim_clear_monitors(struct ikl_sim *sim);

#endif
