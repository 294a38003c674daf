/* SPDX-License-Identifier: ISC */
/* The records of a simulated world's trace, told to the laws. See watch.h. */
#include "watch.h"

void watch_host(struct laws_host *law, const struct ikl_sim_manners *manners)
{
    *law = (struct laws_host){.ticks_exactly = manners->tick == 0 && manners->late == 0,
                              .lateness = (ikl_time)manners->tick + manners->late};
}

void watch_note_corrupted(struct watch *watch, uint64_t datagram)
{
    watch->corrupted[watch->n_corrupted++ % WATCH_CORRUPTED] = datagram;
}

static bool was_corrupted(const struct watch *watch, uint64_t datagram)
{
    for (size_t i = 0; i < WATCH_CORRUPTED; i++) {
        if (watch->corrupted[i] == datagram) {
            return true;
        }
    }
    return false;
}

/* Whole answers are looked at: one in fragments can lack some. */
static void watch_delivered(struct watch *watch, const struct ikl_sim_record *record)
{
    struct ikl_octets message = laws_without_marker(record->octets, record->about.path.encapsulated);
    struct ikl_header header;
    struct laws_end *end;

    if (record->link == NULL /* an attacker's */ || was_corrupted(watch, record->datagram) ||
        ikl_header_read(&header, message.data, message.len) != IKL_OK || (header.flags & IKL_FLAG_RESPONSE) == 0 ||
        header.next_payload != IKL_PAYLOAD_SK) {
        return;
    }
    end = watch->find_end(watch->user, record->host, header.spi_i, header.spi_r);
    if (end != NULL) {
        laws_answer_arrived(end, header.message_id);
    }
}

static void watch_blocked(struct watch *watch, const struct ikl_sim_record *record)
{
    struct ikl_octets message = laws_without_marker(record->octets, record->about.path.encapsulated);
    struct ikl_header header;
    struct laws_end *end;

    if (record->result != IKL_ERR_BLOCKED || ikl_header_read(&header, message.data, message.len) != IKL_OK ||
        (header.flags & IKL_FLAG_RESPONSE) != 0) {
        return;
    }
    end = watch->find_end(watch->user, record->host, header.spi_i, header.spi_r);
    if (end != NULL) {
        laws_blocked(end, header.message_id);
    }
}

static void watch_absence(struct watch *watch, const struct ikl_sim_record *record)
{
    struct laws_host *host = watch->find_host(watch->user, record->host);
    int64_t ms = record->about.number;

    if (host != NULL) {
        host->allowance += (uint64_t)(ms < 0 ? -ms : ms);
        host->late = true;
    }
}

/* The Child SA whose monitor a record is about, which is being called back. */
static const struct ikl_child *monitored(const struct ikl_sim_record *record)
{
    return ikl_sa_find_child(record->sa, record->about.monitor.protocol, record->about.monitor.spi_in);
}

static void watch_called_back(struct watch *watch, const struct ikl_sim_record *record)
{
    struct laws_end *end = watch->find_end(watch->user, record->host, record->spi_i, record->spi_r);
    ikl_time now = end != NULL ? ikl_sim_host_now(record->host) : 0;

    switch (record->event) {
    case IKL_SIM_ATTEMPT:
        laws_attempt(watch->laws, end, &record->about.attempt, now);
        break;
    case IKL_SIM_ALIVE:
        laws_alive(watch->laws, end, &record->about.alive, now);
        break;
    case IKL_SIM_PEER_REQUEST:
        laws_peer_request(watch->laws, end, &record->about.peer_request);
        break;
    case IKL_SIM_STATE:
        laws_state(watch->laws, end, record->about.state);
        break;
    case IKL_SIM_SYNCED:
        laws_synced(end, record->about.synced.by_peer);
        break;
    case IKL_SIM_MONITOR_PROBE:
        laws_monitor_probe(watch->laws, end, monitored(record), record->about.monitor.probe, now);
        break;
    case IKL_SIM_MONITOR:
        laws_monitor(watch->laws, end, record->sa, monitored(record), &record->about.monitor.change, now);
        break;
    default:
        break;
    }
}

void watch_record(struct watch *watch, const struct ikl_sim_record *record)
{
    switch (record->event) {
    case IKL_SIM_SEND_FAILED:
        watch_blocked(watch, record);
        laws_sent(watch->laws, record->octets, record->about.path.encapsulated);
        break;
    case IKL_SIM_SENT:
        laws_sent(watch->laws, record->octets, record->about.path.encapsulated);
        break;
    case IKL_SIM_CORRUPTED:
        watch_note_corrupted(watch, record->datagram);
        break;
    case IKL_SIM_DELIVERED:
        watch_delivered(watch, record);
        break;
    case IKL_SIM_TAKEN_OVER:
        watch->laws->has_takeovers = true;
        break;
    case IKL_SIM_STALLED:
    case IKL_SIM_SLEPT:
    case IKL_SIM_RESTARTED:   /* what it restores is as late */
    case IKL_SIM_SENDS_BLOCK: /* requests wait for so long */
    case IKL_SIM_CLOCK_SET:
        watch_absence(watch, record);
        break;
    default:
        if (record->sa != NULL) {
            watch_called_back(watch, record);
        }
        break;
    }
}
