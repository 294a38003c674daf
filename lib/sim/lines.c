/* SPDX-License-Identifier: ISC */
/* ikelive sim: records as lines: when, who, what, and the rest. */
#include "text.h"

#include "inside.h"

#include <ikelive/registry.h>
#include <inttypes.h>

enum { TIME_WIDTH = 10, EVENT_WIDTH = 13, MARKER_LEN = IKL_NON_ESP_MARKER_LEN };

static void add_time(struct ikl_text *text, ikl_time at)
{
    char seconds[32];
    struct ikl_text number = ikl_text(seconds, sizeof(seconds));

    ikl_text_add_seconds(&number, at);
    ikl_text_add(text, "%*s  ", TIME_WIDTH, seconds);
}

static bool arrives(const struct ikl_sim_record *record)
{
    return record->event == IKL_SIM_DELIVERED || record->event == IKL_SIM_REFUSED;
}

static const struct ikl_sim_host *other_host(const struct ikl_sim_link *link, const struct ikl_sim_host *host)
{
    return link->ends[1 - ikl_sim_end_of(link, host)].host;
}

/* "a > b" for what crosses or should cross a link, "a - b" for what happens to it, "a" for what happens to a host. */
static void add_who(struct ikl_text *text, const struct ikl_sim_record *record)
{
    const struct ikl_sim_host *host = record->host;
    const struct ikl_sim_link *link = record->link;

    if (link != NULL && host == NULL) {
        ikl_text_add(text, "%s - %s", link->ends[0].host->name, link->ends[1].host->name);
    } else if (link != NULL) {
        const struct ikl_sim_host *other = other_host(link, host);

        ikl_text_add(text, "%s > %s", arrives(record) ? other->name : host->name,
                     arrives(record) ? host->name : other->name);
    } else if (arrives(record)) {
        ikl_text_add(text, "? > %s", host->name);
    } else if (host != NULL) {
        ikl_text_add(text, "%s    ", host->name);
    } else {
        ikl_text_add(text, "     ");
    }
}

static void add_exchange(struct ikl_text *text, uint8_t exchange_type, uint32_t message_id)
{
    const char *name = ikl_exchange_name(exchange_type);

    if (name != NULL) {
        ikl_text_add(text, "%s", name);
    } else {
        ikl_text_add(text, "exchange %u", (unsigned)exchange_type);
    }
    if (message_id != IKL_MESSAGE_ID_NONE) {
        ikl_text_add(text, " %" PRIu32, message_id);
    }
}

/* Reads the header of the IKE message in a datagram, with or without non-ESP marker: its length matches only where it
 * really is. */
static bool read_header(const struct ikl_sim_record *record, struct ikl_header *out)
{
    struct ikl_octets octets = record->octets;

    return record->datagram != 0 && (ikl_header_read(out, octets.data, octets.len) == IKL_OK ||
                                     (octets.len > MARKER_LEN && ikl_header_read(out, octets.data + MARKER_LEN,
                                                                                 octets.len - MARKER_LEN) == IKL_OK));
}

/* What its header says, which is not protected. */
static void add_datagram(struct ikl_text *text, const struct ikl_sim_record *record)
{
    struct ikl_header header;

    ikl_text_add(text, "#%" PRIu64 " ", record->datagram);
    if (read_header(record, &header)) {
        add_exchange(text, header.exchange_type, header.message_id);
        ikl_text_add(text, " %s", (header.flags & IKL_FLAG_RESPONSE) != 0 ? "response" : "request");
    } else if (record->octets.len == 1 && record->octets.data[0] == 0xff) {
        ikl_text_add(text, "NAT keepalive");
    } else {
        ikl_text_add(text, "not IKE");
    }
    ikl_text_add(text, ", %zu octets", record->octets.len);
}

/* The IKE SA, by the end of its initiator's SPI. */
static void add_sa(struct ikl_text *text, const struct ikl_sim_record *record)
{
    struct ikl_header header = {.spi_i = record->spi_i};

    if (header.spi_i != 0 || read_header(record, &header)) {
        ikl_text_add(text, "  %04x", (unsigned)(header.spi_i & 0xffff));
    } else {
        ikl_text_add(text, "      ");
    }
}

static void add_address(struct ikl_text *text, const struct ikl_address *address)
{
    char name[64];

    (void)ikl_address_text(address, name, sizeof(name));
    ikl_text_add(text, "%s", name);
}

static void add_ms(struct ikl_text *text, uint64_t ms)
{
    ikl_text_add_seconds(text, ms);
    ikl_text_add(text, " s");
}

static void add_sends(struct ikl_text *text, uint32_t sends)
{
    ikl_text_add(text, " after %" PRIu32 " send%s", sends, sends != 1 ? "s" : "");
}

/* Why a request was sent again, other than by its schedule. */
static const char *const causes[] = {
    [IKL_ATTEMPT_SCHEDULE] = "",
    [IKL_ATTEMPT_EVIDENCE] = " as the peer was heard",
    [IKL_ATTEMPT_MOVED] = " as the path moved",
    [IKL_ATTEMPT_RESENT] = " by the host's word",
    [IKL_ATTEMPT_RECONNECTED] = " as the path is there again",
    [IKL_ATTEMPT_OVERDUE] = " as the answer is overdue",
};

static void add_attempt(struct ikl_text *text, const struct ikl_attempt *attempt)
{
    add_exchange(text, attempt->exchange_type, attempt->message_id);
    ikl_text_add(text, attempt->liveness ? ", liveness check" : ", request");
    if (attempt->retransmission != 0) {
        ikl_text_add(text, ", retransmission %" PRIu32, attempt->retransmission);
    }
    ikl_text_add(text, "%s", causes[attempt->cause]);
    ikl_text_add(text, ", then a wait of ");
    add_ms(text, attempt->wait);
}

/* What makes an answer more than a plain sign of life. */
static void add_flaw(struct ikl_text *text, const struct ikl_alive *alive)
{
    const char *name = ikl_notify_name(alive->error);

    if (alive->status != IKL_OK) {
        ikl_text_add(text, ", %s", ikl_error_name(alive->status));
    }
    if (alive->error != 0) {
        ikl_text_add(text, ", error %u %s", (unsigned)alive->error, name != NULL ? name : "?");
    }
}

static void add_down(struct ikl_text *text, const struct ikl_down *down)
{
    ikl_text_add(text, "%s", ikl_down_reason_name(down->reason));
    if (down->reason == IKL_DOWN_TIMEOUT) {
        ikl_text_add(text, " of ");
        add_exchange(text, down->exchange_type, down->message_id);
        add_sends(text, down->sends);
        ikl_text_add(text, down->heard_since_last_send ? ", heard since the last" : "");
    }
}

static void add_exhaustion(struct ikl_text *text, enum ikl_exhaustion exhaustion)
{
    static const char *const names[] = {"Message IDs", "the peer's Message IDs", "IVs"};

    ikl_text_add(text, "%s", names[exhaustion]);
}

static void add_outage(struct ikl_text *text, const struct ikl_outage *outage)
{
    ikl_text_add(text, "of path group %u, %" PRIu32 " IKE SAs%s", (unsigned)outage->group, outage->n_sas,
                 outage->over ? ", is over" : "");
}

static void add_child_down(struct ikl_text *text, const struct ikl_sim_record *record)
{
    const char *protocol = ikl_protocol_name(record->about.child_down.protocol);

    ikl_text_add(text, "%s %08" PRIx32 ": ", protocol != NULL ? protocol : "?", record->about.child_down.spi_in);
    add_down(text, &record->about.child_down.down);
}

static void add_monitor(struct ikl_text *text, uint32_t spi_in, const struct ikl_monitor_change *change)
{
    ikl_text_add(text, "%08" PRIx32 ": %s%s%s%s", spi_in, ikl_monitor_state_name(change->state),
                 change->unanswered ? ", nobody answers" : "", change->renew ? ", rekey it" : "",
                 change->damped ? ", it flaps" : "");
    if (change->finding != IKL_FINDING_NONE) {
        ikl_text_add(text, ", %s", ikl_monitor_finding_name(change->finding));
    }
}

static void add_synced(struct ikl_text *text, const struct ikl_synced *synced)
{
    ikl_text_add(text, "%s, goes on with %" PRIu32 " and expects %" PRIu32, synced->by_peer ? "by the peer" : "by us",
                 synced->next_request, synced->next_expected);
    if (synced->replay.delta != 0) {
        ikl_text_add(text, ", delta %" PRIu64, synced->replay.delta);
    }
}

static void add_number(struct ikl_text *text, const struct ikl_sim_record *record)
{
    int64_t number = record->about.number;

    if (record->event == IKL_SIM_SENDS_FAIL) {
        ikl_text_add(text, "the next %" PRId64, number);
    } else if (record->event == IKL_SIM_TAKEN_OVER) {
        ikl_text_add(text, "%" PRId64 " requests behind", number);
    } else {
        ikl_text_add(text, record->event == IKL_SIM_CLOCK_SET ? (number < 0 ? "back by " : "forward by ") : "for ");
        add_ms(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    }
}

static void add_about_sa(struct ikl_text *text, const struct ikl_sim_record *record)
{
    switch (record->event) {
    case IKL_SIM_ATTEMPT:
        add_attempt(text, &record->about.attempt);
        break;
    case IKL_SIM_ALIVE:
        add_exchange(text, record->about.alive.exchange_type, record->about.alive.message_id);
        ikl_text_add(text, " answered");
        add_sends(text, record->about.alive.sends);
        add_flaw(text, &record->about.alive);
        break;
    case IKL_SIM_OUTCOME:
        add_exchange(text, record->about.outcome.exchange_type, record->about.outcome.message_id);
        ikl_text_add(text, " %s", ikl_outcome_name(record->about.outcome.kind));
        break;
    case IKL_SIM_PEER_REQUEST:
        add_exchange(text, record->about.peer_request.exchange_type, record->about.peer_request.message_id);
        ikl_text_add(text, ", %zu octets of payloads", record->octets.len);
        break;
    case IKL_SIM_STATE:
        ikl_text_add(text, "%s", ikl_sa_state_name(record->about.state));
        break;
    case IKL_SIM_REACHABILITY:
        ikl_text_add(text, "%s", ikl_reachability_name(record->about.reachability.reachability));
        break;
    case IKL_SIM_EXHAUSTION:
        add_exhaustion(text, record->about.exhaustion);
        break;
    case IKL_SIM_CHILD_DOWN:
        add_child_down(text, record);
        break;
    case IKL_SIM_DOWN:
        add_down(text, &record->about.down);
        break;
    case IKL_SIM_SYNCED:
        add_synced(text, &record->about.synced);
        break;
    case IKL_SIM_MONITOR_PROBE:
        ikl_text_add(text, "%08" PRIx32 ": probe %u", record->about.monitor.spi_in,
                     (unsigned)record->about.monitor.probe);
        break;
    case IKL_SIM_MONITOR:
        add_monitor(text, record->about.monitor.spi_in, &record->about.monitor.change);
        break;
    default:
        break;
    }
}

static void add_about(struct ikl_text *text, const struct ikl_sim_record *record)
{
    switch (record->event) {
    case IKL_SIM_SENT:
    case IKL_SIM_DUPLICATED:
    case IKL_SIM_HELD:
    case IKL_SIM_CORRUPTED:
    case IKL_SIM_DELIVERED:
        add_datagram(text, record);
        break;
    case IKL_SIM_SEND_FAILED:
    case IKL_SIM_REFUSED:
        add_datagram(text, record);
        ikl_text_add(text, ": %s", ikl_error_name(record->result));
        break;
    case IKL_SIM_LOST:
        add_datagram(text, record);
        ikl_text_add(text, ": %s", ikl_sim_loss_name(record->about.loss));
        break;
    case IKL_SIM_ADDRESS:
    case IKL_SIM_UNMATCHED:
    case IKL_SIM_INIT_RESPONSE:
        ikl_text_add(text, "from ");
        add_address(text, &record->about.path.remote);
        break;
    case IKL_SIM_REBOUND:
    case IKL_SIM_MOVED:
        ikl_text_add(text, "to ");
        add_address(text, &record->about.path.local);
        break;
    case IKL_SIM_TAKEN_OVER:
    case IKL_SIM_STALLED:
    case IKL_SIM_SLEPT:
    case IKL_SIM_REBOOTED:
    case IKL_SIM_RESTARTED:
    case IKL_SIM_CLOCK_SET:
    case IKL_SIM_SENDS_FAIL:
    case IKL_SIM_SENDS_BLOCK:
    case IKL_SIM_LINK_OUT:
        add_number(text, record);
        break;
    case IKL_SIM_OUTAGE:
        add_outage(text, &record->about.outage);
        break;
    case IKL_SIM_NOTE:
        ikl_text_add_escaped(text, record->octets.data, record->octets.len);
        break;
    default:
        add_about_sa(text, record);
        break;
    }
}

int ikl_sim_record_text(const struct ikl_sim_record *record, char *text, size_t size)
{
    const char *event = ikl_sim_event_name(record->event);
    struct ikl_text line = ikl_text(text, size), nothing = ikl_text(NULL, 0);

    add_time(&line, record->at);
    add_who(&line, record);
    add_sa(&line, record);
    add_about(&nothing, record);
    ikl_text_add(&line, "  %-*s", nothing.len != 0 ? EVENT_WIDTH + 1 : 0, event);
    add_about(&line, record);
    return ikl_text_len(&line);
}
