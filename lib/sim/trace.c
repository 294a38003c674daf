/* SPDX-License-Identifier: ISC */
/* ikelive sim: the trace: records, kept, found and counted. */
#include "inside.h"

#include <string.h>

enum { FIRST_ROOM = 16 };

/* A record with the datagram that holds its octets. */
struct ikl_sim_kept {
    struct ikl_sim_record record;
    struct ikl_sim_datagram *datagram;
};

struct ikl_sim_record ikl_sim_host_record(const struct ikl_sim_host *host, enum ikl_sim_event event)
{
    struct ikl_sim_record record;

    /* all of the union */
    memset(&record, 0, sizeof(record));
    record.event = event;
    record.host = host;
    return record;
}

static size_t chunk_size(void)
{
    return IKL_SIM_CHUNK * sizeof(struct ikl_sim_kept);
}

static bool make_room_for_chunk(struct ikl_sim *sim)
{
    struct ikl_sim_trace *trace = &sim->trace;
    size_t room = trace->room != 0 ? 2 * trace->room : FIRST_ROOM;
    struct ikl_sim_kept **chunks;

    if (trace->n_chunks < trace->room) {
        return true;
    }
    chunks = ikl_sim_allocate(sim, room * sizeof(struct ikl_sim_kept *));
    if (chunks == NULL) {
        return false;
    }
    if (trace->chunks != NULL) {
        memcpy(chunks, trace->chunks, trace->n_chunks * sizeof(struct ikl_sim_kept *));
        ikl_sim_release(sim, trace->chunks, trace->room * sizeof(struct ikl_sim_kept *));
    }
    trace->chunks = chunks;
    trace->room = room;
    return true;
}

static struct ikl_sim_kept *kept_at(const struct ikl_sim_trace *trace, size_t n)
{
    return &trace->chunks[n / IKL_SIM_CHUNK][n % IKL_SIM_CHUNK];
}

static void keep(struct ikl_sim *sim, const struct ikl_sim_record *record, struct ikl_sim_datagram *datagram)
{
    struct ikl_sim_trace *trace = &sim->trace;

    if (trace->n == trace->n_chunks * IKL_SIM_CHUNK) {
        struct ikl_sim_kept *chunk = make_room_for_chunk(sim) ? ikl_sim_allocate(sim, chunk_size()) : NULL;

        if (chunk == NULL) {
            return;
        }
        trace->chunks[trace->n_chunks++] = chunk;
    }
    if (datagram != NULL) {
        ikl_sim_hold_datagram(datagram);
    }
    *kept_at(trace, trace->n++) = (struct ikl_sim_kept){*record, datagram};
}

void ikl_sim_note_record(struct ikl_sim *sim, struct ikl_sim_record *record, struct ikl_sim_datagram *datagram)
{
    if (sim->ending) {
        return;
    }
    record->at = sim->now;
    if (datagram != NULL) {
        record->octets = (struct ikl_octets){datagram->octets, datagram->len};
    }
    sim->trace.hash = ikl_sim_hash_on(sim->trace.hash, record);
    if (!sim->forget) {
        keep(sim, record, datagram);
    }
    if (sim->observe != NULL) {
        sim->observe(sim->user, record);
    }
}

void ikl_sim_clear_trace(struct ikl_sim *sim)
{
    struct ikl_sim_trace *trace = &sim->trace;

    for (size_t i = 0; i < trace->n; i++) {
        ikl_sim_drop_datagram(sim, kept_at(trace, i)->datagram);
    }
    for (size_t i = 0; i < trace->n_chunks; i++) {
        ikl_sim_release(sim, trace->chunks[i], chunk_size());
    }
    ikl_sim_release(sim, trace->chunks, trace->room * sizeof(struct ikl_sim_kept *));
}

size_t ikl_sim_n_records(const struct ikl_sim *sim)
{
    return sim->trace.n;
}

const struct ikl_sim_record *ikl_sim_record_at(const struct ikl_sim *sim, size_t n)
{
    return n < sim->trace.n ? &kept_at(&sim->trace, n)->record : NULL;
}

static bool matches(const struct ikl_sim_record *record, enum ikl_sim_event event, const struct ikl_sa *sa)
{
    return record->event == event && (sa == NULL || record->sa == sa);
}

const struct ikl_sim_record *ikl_sim_find(const struct ikl_sim *sim, enum ikl_sim_event event, const struct ikl_sa *sa,
                                          size_t n)
{
    const struct ikl_sim_record *record;

    for (size_t i = 0; (record = ikl_sim_record_at(sim, i)) != NULL; i++) {
        if (matches(record, event, sa) && n-- == 0) {
            return record;
        }
    }
    return NULL;
}

size_t ikl_sim_count(const struct ikl_sim *sim, enum ikl_sim_event event, const struct ikl_sa *sa, ikl_time since)
{
    const struct ikl_sim_record *record;
    size_t n = 0;

    for (size_t i = 0; (record = ikl_sim_record_at(sim, i)) != NULL; i++) {
        n += matches(record, event, sa) && record->at >= since ? 1 : 0;
    }
    return n;
}

void ikl_sim_note(struct ikl_sim *sim, const struct ikl_sim_host *host, const char *text)
{
    struct ikl_sim_record record = ikl_sim_host_record(host, IKL_SIM_NOTE);
    struct ikl_sim_datagram *copy = ikl_sim_datagram(sim, 0, (const uint8_t *)text, strlen(text));

    if (copy != NULL) {
        ikl_sim_note_record(sim, &record, copy);
        ikl_sim_drop_datagram(sim, copy);
    }
}

uint64_t ikl_sim_hash(const struct ikl_sim *sim)
{
    return sim->trace.hash;
}

const char *ikl_sim_event_name(enum ikl_sim_event event)
{
    static const char *const names[] = {
        "sent",         "send failed", "lost",          "duplicated", "held",          "corrupted",     "delivered",
        "refused",      "attempt",     "alive",         "outcome",    "init response", "request",       "state",
        "reachability", "address",     "exhaustion",    "outage",     "peer deletes",  "child down",    "down",
        "unmatched",    "cut",         "restored",      "weather",    "rebound",       "moved",         "manners",
        "stalled",      "slept",       "rebooted",      "clock set",  "sends fail",    "sends block",   "writable",
        "awake",        "note",        "monitor probe", "monitor",    "tunnels dead",  "tunnels alive", "link out",
        "link back",    "synced",      "taken over",    "broken",     "reconnected",   "restarted"};

    return (size_t)event < sizeof(names) / sizeof(names[0]) ? names[event] : "?";
}

const char *ikl_sim_loss_name(enum ikl_sim_loss loss)
{
    static const char *const names[] = {"chance",          "cut",    "too big", "no route",
                                        "no such address", "absent", "outage",  "broken"};

    return (size_t)loss < sizeof(names) / sizeof(names[0]) ? names[loss] : "?";
}
