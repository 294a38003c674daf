/* SPDX-License-Identifier: ISC */
/* ikelive sim: a hash of the trace: each record is written out octet by octet and hashed, with the hash so far as the
 * key. */
#include "crypto/keyed_hash.h"
#include "inside.h"

#include <string.h>

enum { MAX_WRITTEN = 256 };

static uint64_t swapped(uint64_t number)
{
    uint64_t out = 0;

    for (unsigned i = 0; i < 8; i++) {
        out = out << 8 | (number >> (8 * i) & 0xff);
    }
    return out;
}

static uint64_t hash_octets(uint64_t hash, const uint8_t *octets, size_t len)
{
    const uint64_t key[2] = {swapped(hash), UINT64_C(0x6563617274)}; /* "trace", from the lowest octet */

    return swapped(ikl_keyed_hash(key, octets, len));
}

static void write_address(struct ikl_writer *writer, const struct ikl_address *address)
{
    ikl_write_octets(writer, address->ip, sizeof(address->ip));
    ikl_write_u16(writer, address->port);
    ikl_write_u8(writer, address->family);
}

static void write_path(struct ikl_writer *writer, const struct ikl_path *path)
{
    write_address(writer, &path->local);
    write_address(writer, &path->remote);
    ikl_write_u16(writer, path->tag);
    ikl_write_u16(writer, path->mtu);
    ikl_write_u8(writer, path->encapsulated);
    ikl_write_u8(writer, (uint8_t)(path->behind_nat | path->reliable << 1));
}

static void write_attempt(struct ikl_writer *writer, const struct ikl_attempt *attempt)
{
    ikl_write_u8(writer, attempt->exchange_type);
    ikl_write_u32(writer, attempt->message_id);
    ikl_write_u32(writer, attempt->retransmission);
    ikl_write_u32(writer, attempt->wait);
    ikl_write_u8(writer, (uint8_t)((attempt->liveness ? 1u : 0u) | (unsigned)attempt->cause << 1));
    ikl_write_u32(writer, (uint32_t)attempt->send_result);
}

static void write_alive(struct ikl_writer *writer, const struct ikl_alive *alive)
{
    ikl_write_u8(writer, alive->exchange_type);
    ikl_write_u32(writer, alive->message_id);
    ikl_write_u32(writer, alive->sends);
    ikl_write_u64(writer, alive->first_sent);
    ikl_write_u8(writer, alive->liveness);
}

static void write_outcome(struct ikl_writer *writer, const struct ikl_outcome *outcome)
{
    ikl_write_u8(writer, (uint8_t)outcome->kind);
    ikl_write_u8(writer, outcome->exchange_type);
    ikl_write_u32(writer, outcome->message_id);
    ikl_write_u32(writer, outcome->sends);
    ikl_write_u64(writer, outcome->first_sent);
    ikl_write_u32(writer, (uint32_t)outcome->status);
    ikl_write_u8(writer, outcome->first_payload);
}

static void write_request(struct ikl_writer *writer, const struct ikl_peer_request *request)
{
    ikl_write_u8(writer, request->exchange_type);
    ikl_write_u32(writer, request->message_id);
    ikl_write_u8(writer, request->first_payload);
}

static void write_reachability(struct ikl_writer *writer, const struct ikl_reachability_change *change)
{
    ikl_write_u8(writer, (uint8_t)change->reachability);
    ikl_write_u32(writer, change->generation);
    ikl_write_u64(writer, change->at);
}

static void write_outage(struct ikl_writer *writer, const struct ikl_outage *outage)
{
    ikl_write_u16(writer, outage->group);
    ikl_write_u8(writer, outage->over);
    ikl_write_u64(writer, outage->heard);
    ikl_write_u32(writer, outage->n_sas);
}

static void write_down(struct ikl_writer *writer, const struct ikl_down *down)
{
    ikl_write_u8(writer, (uint8_t)((unsigned)down->reason | (down->heard_since_last_send ? 0x80u : 0)));
    ikl_write_u64(writer, down->at);
    ikl_write_u64(writer, down->last_evidence);
    ikl_write_u8(writer, down->exchange_type);
    ikl_write_u32(writer, down->message_id);
    ikl_write_u32(writer, down->sends);
    ikl_write_u64(writer, down->first_sent);
}

static void write_monitor(struct ikl_writer *writer, const struct ikl_monitor_change *change)
{
    ikl_write_u8(writer, (uint8_t)change->state);
    ikl_write_u32(writer, change->generation);
    ikl_write_u8(writer, (uint8_t)((unsigned)change->finding | (change->unanswered ? 0x10u : 0) |
                                   (change->renew ? 0x20u : 0) | (change->damped ? 0x40u : 0)));
    ikl_write_u32(writer, change->recover);
    ikl_write_u64(writer, change->at);
}

static void write_synced(struct ikl_writer *writer, const struct ikl_synced *synced)
{
    ikl_write_u8(writer, (uint8_t)((synced->by_peer ? 1u : 0) | (synced->replay.extended ? 2u : 0)));
    ikl_write_u64(writer, synced->at);
    ikl_write_u32(writer, synced->next_request);
    ikl_write_u32(writer, synced->next_expected);
    ikl_write_u64(writer, synced->replay.delta);
}

static void write_about(struct ikl_writer *writer, const struct ikl_sim_record *record)
{
    switch (record->event) {
    case IKL_SIM_SENT:
    case IKL_SIM_SEND_FAILED:
    case IKL_SIM_DELIVERED:
    case IKL_SIM_REFUSED:
    case IKL_SIM_INIT_RESPONSE:
    case IKL_SIM_ADDRESS:
    case IKL_SIM_UNMATCHED:
    case IKL_SIM_REBOUND:
    case IKL_SIM_MOVED:
        write_path(writer, &record->about.path);
        break;
    case IKL_SIM_LOST:
        ikl_write_u8(writer, (uint8_t)record->about.loss);
        break;
    case IKL_SIM_ATTEMPT:
        write_attempt(writer, &record->about.attempt);
        break;
    case IKL_SIM_ALIVE:
        write_alive(writer, &record->about.alive);
        break;
    case IKL_SIM_OUTCOME:
        write_outcome(writer, &record->about.outcome);
        break;
    case IKL_SIM_PEER_REQUEST:
        write_request(writer, &record->about.peer_request);
        break;
    case IKL_SIM_STATE:
        ikl_write_u8(writer, (uint8_t)record->about.state);
        break;
    case IKL_SIM_REACHABILITY:
        write_reachability(writer, &record->about.reachability);
        break;
    case IKL_SIM_EXHAUSTION:
        ikl_write_u8(writer, (uint8_t)record->about.exhaustion);
        break;
    case IKL_SIM_OUTAGE:
        write_outage(writer, &record->about.outage);
        break;
    case IKL_SIM_CHILD_DOWN:
        ikl_write_u8(writer, record->about.child_down.protocol);
        ikl_write_u32(writer, record->about.child_down.spi_in);
        ikl_write_u32(writer, record->about.child_down.spi_out);
        write_down(writer, &record->about.child_down.down);
        break;
    case IKL_SIM_DOWN:
        write_down(writer, &record->about.down);
        break;
    case IKL_SIM_MONITOR_PROBE:
        ikl_write_u32(writer, record->about.monitor.spi_in);
        ikl_write_u16(writer, record->about.monitor.probe);
        break;
    case IKL_SIM_MONITOR:
        ikl_write_u32(writer, record->about.monitor.spi_in);
        write_monitor(writer, &record->about.monitor.change);
        break;
    case IKL_SIM_SYNCED:
        write_synced(writer, &record->about.synced);
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
        ikl_write_u64(writer, (uint64_t)record->about.number);
        break;
    case IKL_SIM_DUPLICATED:
    case IKL_SIM_HELD:
    case IKL_SIM_CORRUPTED:
    case IKL_SIM_CUT:
    case IKL_SIM_RESTORED:
    case IKL_SIM_WEATHER:
    case IKL_SIM_MANNERS:
    case IKL_SIM_WRITABLE:
    case IKL_SIM_AWAKE:
    case IKL_SIM_PEER_DELETES:
    case IKL_SIM_TUNNELS_DEAD:
    case IKL_SIM_TUNNELS_ALIVE:
    case IKL_SIM_NOTE:
    case IKL_SIM_LINK_BACK:
    case IKL_SIM_BROKEN:
    case IKL_SIM_RECONNECTED:
        break;
    }
}

uint64_t ikl_sim_hash_on(uint64_t hash, const struct ikl_sim_record *record)
{
    uint8_t written[MAX_WRITTEN];
    struct ikl_writer writer = ikl_writer(written, sizeof(written));

    ikl_write_u64(&writer, record->at);
    ikl_write_u8(&writer, (uint8_t)record->event);
    ikl_write_u32(&writer, (uint32_t)record->result);
    ikl_write_u32(&writer, record->host != NULL ? record->host->number : UINT32_MAX);
    ikl_write_u32(&writer, record->link != NULL ? record->link->number : UINT32_MAX);
    ikl_write_u64(&writer, record->spi_i);
    ikl_write_u64(&writer, record->spi_r);
    ikl_write_u64(&writer, record->datagram);
    write_about(&writer, record);
    return hash_octets(hash_octets(hash, written, writer.len), record->octets.data, record->octets.len);
}
