/* What must hold in a campaign's world. See campaign.h.
 * SPDX-License-Identifier: ISC
 *
 *  1. No request is executed twice, and those of an IKE SA are delivered in the order of their Message IDs (host.c).
 *  2. Every request has exactly one outcome; one that was answered by the peer's host was executed (host.c, check_end).
 *  3. No teardown by timeout before its schedule ran out: all tries were sent, and the waits have passed (check_down).
 *  4. None later than worst_detect under the periodic policy, plus what late ticks, absences and clocks set back add:
 * an IKE SA that has heard nothing for longer is down (check_in_time).
 *  5. No teardown by timeout when an answer to the request arrived: one round trip per schedule is enough (check_down).
 *  6. Nothing unauthenticated changes any state (attack).
 *  7. Nothing is allocated by packets and timers; at the end all is returned (check_memory, check_end).
 *  8. No key is in memory that is released (check_end).
 *  9. No IV is used twice under a key, but for the same octets again (check_iv).
 * 10. The next deadline is not later than that of any IKE SA, or than the next millisecond where a late tick has let
 * that pass, and not in the past (check_deadline). The on-demand policy looks once an idle interval, so its checks may
 * be later than they could be.
 * 11. The windows of both sides are consistent: what one has had answered, the other has received; what one has
 * received, the other has sent; no more is outstanding than the window allows (check_windows).
 * 12. An IKE SA goes down once, its Child SAs before it (host.c, check_down).
 * 13. No teardown by timeout of a peer that was heard since the last send, unless the schedule ran twice; and however
 *     much a peer talks, no more sends than ikl_schedule_most_sends, plus two for late ticks (check_verdict).
 * 14. What happens does not depend on how the world is let run, nor, while ticks are on time, on their granularity
 *     (main.c).
 * 15. Whatever hostile peers do, an honest one's request, rekey and Delete succeed (hostile.c). */
#include "campaign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail_world(const struct world *world, const char *what, const char *file, int line)
{
    printf("This does not hold at %" PRIu64 " ms: %s (%s:%d)\nAgain: build/test/sim/campaign --seed %" PRIu64
           " --worlds 1 --trace\n",
           ikl_sim_now(world->sim), what, file, line, world->seed);
    exit(1);
}

static struct end *find_end(struct world *world, const struct ikl_sim_host *host, uint64_t spi_i, uint64_t spi_r)
{
    for (size_t i = 0; i < world->n_ends; i++) {
        struct end *end = &world->ends[i];

        if (end->host->sim_host == host && end->spi_i == spi_i && end->spi_r == spi_r) {
            return end;
        }
    }
    return NULL;
}

static uint64_t hash(uint64_t value, const uint8_t *octets, size_t len)
{
    value ^= 14695981039346656037u;
    for (size_t i = 0; i < len; i++) {
        value = (value ^ octets[i]) * 1099511628211u;
    }
    return value != 0 ? value : 1;
}

/* A datagram without the non-ESP marker. */
static struct ikl_octets message_in(struct ikl_octets datagram)
{
    static const uint8_t marker[4] = {0};

    if (datagram.len > 4 && memcmp(datagram.data, marker, 4) == 0) {
        datagram.data += 4;
        datagram.len -= 4;
    }
    return datagram;
}

static void check_iv(struct world *world, struct ikl_octets message, const struct ikl_header *header)
{
    size_t at = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + (header->next_payload == IKL_PAYLOAD_SKF ? 4u : 0u);
    uint64_t sender = (header->flags & IKL_FLAG_INITIATOR) != 0;
    uint64_t iv = hash(hash(sender, message.data, 16), message.data + at, 8);
    uint64_t datagram = hash(2, message.data, message.len);
    size_t slot = (size_t)(iv % IVS);

    for (; world->ivs[slot].iv != 0; slot = (slot + 1) % IVS) {
        if (world->ivs[slot].iv == iv) {
            CHECK(world, world->ivs[slot].datagram == datagram);
            return;
        }
    }
    if (world->n_ivs < IVS / 2) {
        world->ivs[slot].iv = iv;
        world->ivs[slot].datagram = datagram;
        world->n_ivs++;
    }
}

static void note_sent(struct world *world, const struct ikl_sim_record *record)
{
    struct ikl_octets message = message_in(record->octets);
    struct ikl_header header;

    if (message.len == 1) {
        CHECK(world, message.data[0] == 0xff); /* a NAT keepalive */
        return;
    }
    CHECK(world, ikl_header_read(&header, message.data, message.len) == IKL_OK);
    CHECK(world, header.next_payload == IKL_PAYLOAD_SK || header.next_payload == IKL_PAYLOAD_SKF);
    check_iv(world, message, &header);
}

static bool was_corrupted(const struct world *world, uint64_t datagram)
{
    for (size_t i = 0; i < CORRUPTED; i++) {
        if (world->corrupted[i] == datagram) {
            return true;
        }
    }
    return false;
}

static struct host *host_with(struct world *world, const struct ikl_sim_host *sim_host)
{
    for (size_t i = 0; i < world->n_hosts; i++) {
        if (world->hosts[i].sim_host == sim_host) {
            return &world->hosts[i];
        }
    }
    return NULL;
}

static void capture(struct world *world, const struct ikl_sim_record *record)
{
    size_t n = world->n_captured++ % CAPTURED;

    if (record->octets.len <= CAPTURE_LEN) {
        world->captured[n].path = record->about.path;
        world->captured[n].to = host_with(world, record->host);
        world->captured[n].len = record->octets.len;
        memcpy(world->captured[n].octets, record->octets.data, record->octets.len);
    }
}

static void note_delivered(struct world *world, const struct ikl_sim_record *record)
{
    struct ikl_octets message = message_in(record->octets);
    struct ikl_header header;
    struct end *end;
    struct sent *sent;

    if (record->link == NULL) {
        return; /* an attacker's */
    }
    capture(world, record);
    if (was_corrupted(world, record->datagram) || ikl_header_read(&header, message.data, message.len) != IKL_OK ||
        (header.flags & IKL_FLAG_RESPONSE) == 0 || header.next_payload != IKL_PAYLOAD_SK) {
        return;
    }
    end = find_end(world, record->host, header.spi_i, header.spi_r);
    if (end != NULL) {
        sent = &end->sent[header.message_id % SENT];
        sent->answer_arrived |= sent->message_id == header.message_id && sent->sends != 0;
    }
}

/* The host's IKE SAs are gone without a word, and so are its requests. */
static void lose(struct world *world, struct host *host)
{
    for (size_t i = 0; i < world->n_ends; i++) {
        if (world->ends[i].host == host) {
            world->ends[i].sa = NULL;
        }
    }
    for (size_t i = 0; i < HOSTILES; i++) {
        if (world->hostiles[i].end.host == host) {
            world->hostiles[i].end.sa = NULL;
        }
    }
    for (size_t i = 0; i < world->n_requests; i++) {
        world->requests[i].lost |= world->requests[i].host == host && world->requests[i].outcomes == 0;
        if (world->requests[i].host == host) {
            world->requests[i].handle = NULL;
        }
    }
    host->children_up = 0;
}

void observe(void *user, const struct ikl_sim_record *record)
{
    struct world *world = user;
    struct host *host = host_with(world, record->host);
    char line[256];

    if (world->trace) {
        (void)ikl_sim_record_text(record, line, sizeof(line));
        puts(line);
    }
    switch (record->event) {
    case IKL_SIM_SENT:
    case IKL_SIM_SEND_FAILED:
        note_sent(world, record);
        break;
    case IKL_SIM_CORRUPTED:
        world->corrupted[world->n_corrupted++ % CORRUPTED] = record->datagram;
        break;
    case IKL_SIM_DELIVERED:
        note_delivered(world, record);
        break;
    case IKL_SIM_REBOOTED:
        lose(world, host);
        world->reboots++;
        world->acting = true;
        break;
    case IKL_SIM_AWAKE:
        world->acting = true;
        break;
    case IKL_SIM_STALLED:
    case IKL_SIM_SLEPT:
    case IKL_SIM_CLOCK_SET:
        host->allowance += (uint64_t)(record->about.number < 0 ? -record->about.number : record->about.number);
        host->late = true;
        break;
    default:
        break;
    }
}

/* Some request was sent in all tries, its waits have passed, and no answer came. Waits count from when the first send
 * was due, which on a host whose ticks are not exact is up to the tick_slack before it. */
static bool ran_out(const struct end *end, ikl_time now)
{
    const struct host *host = end->host;
    bool exact = host->manners.tick == 0 && host->manners.late == 0 && !host->late;
    ikl_time slack = exact ? 0 : TICK_SLACK;

    for (size_t i = 0; i < SENT; i++) {
        const struct sent *sent = &end->sent[i];

        if (sent->sends >= end->schedule->tries && !sent->answer_arrived &&
            sent->first_sent + ikl_schedule_total(end->schedule) <= now + slack) {
            return true;
        }
    }
    return false;
}

static void check_verdict(const struct end *end, const struct ikl_down *down)
{
    const struct world *world = end->host->world;
    const struct sent *sent = &end->sent[down->message_id % SENT];

    CHECK(world, sent->message_id == down->message_id && sent->sends == down->sends);
    /* a clock that was set back is not the endpoint's */
    CHECK(world, end->host->late || down->heard_since_last_send == (down->last_evidence > sent->last_sent));
    CHECK(world, !down->heard_since_last_send || sent->for_evidence != 0);
    CHECK(world, sent->sends <= ikl_schedule_most_sends(end->schedule, sent->moves) + 2);
}

void check_down(struct end *end, const struct ikl_down *down)
{
    struct world *world = end->host->world;

    CHECK(world, !end->down);
    CHECK(world, down->n_events == 0 || down->events != NULL);
    if (down->reason == IKL_DOWN_TIMEOUT) {
        CHECK(world, ran_out(end, ikl_sim_host_now(end->host->sim_host)));
        check_verdict(end, down);
        world->timeouts++;
    }
}

static struct ikl_sa_info info_of(const struct world *world, const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    CHECK(world, ikl_sa_query(sa, &info) == IKL_OK);
    return info;
}

static void check_in_time(const struct world *world, const struct end *end, const struct ikl_sa_info *info)
{
    const struct host *host = end->host;
    ikl_time late = host->manners.tick + host->manners.late;
    ikl_time most =
        ikl_schedule_worst_detect(end->schedule, end->idle) + host->allowance + late * (end->schedule->tries + 2u);

    if (late > TICK_SLACK || host->late) {
        /* a verdict that would be late runs the last wait again, and a second run counts from the late tick */
        most += 2 * (uint64_t)ikl_schedule_wait(end->schedule, end->schedule->tries - 1u);
    }
    if (info->state == IKL_SA_ESTABLISHED && end->liveness == IKL_LIVENESS_PERIODIC) {
        CHECK(world, ikl_sim_host_now(host->sim_host) <= info->last_evidence + most);
    }
}

static void check_deadline(const struct world *world, const struct end *end, const struct ikl_sa_info *info)
{
    ikl_time next = ikl_endpoint_next_deadline(ikl_sim_host_endpoint(end->host->sim_host));

    ikl_time soon = ikl_sim_host_now(end->host->sim_host) + 1;

    CHECK(world, next <= ikl_time_later(info->outstanding_deadline, soon));
    CHECK(world, next <= ikl_time_later(info->idle_deadline, soon) || end->liveness != IKL_LIVENESS_PERIODIC);
    if (end->host->manners.tick == 0 && end->host->manners.late == 0 && !end->host->late) {
        CHECK(world, next >= ikl_sim_host_now(end->host->sim_host));
    }
}

static void check_windows(const struct world *world, const struct ikl_sa_info *info, const struct ikl_sa_info *peer)
{
    uint32_t unanswered = info->outstanding != 0 ? info->outstanding_id : info->next_request;

    CHECK(world, unanswered <= peer->next_expected);
    CHECK(world, peer->next_expected <= info->next_request);
    CHECK(world, info->next_request - unanswered <= MAX_WINDOW);
}

static void check_memory(struct host *host)
{
    CHECK(host->world, host->world->acting || host->memory.allocations == host->allocations);
    host->allocations = host->memory.allocations;
}

void check_step(struct world *world)
{
    for (size_t i = 0; i < world->n_ends; i++) {
        const struct end *end = &world->ends[i];
        struct ikl_sa_info info, peer;

        if (end->sa == NULL || end->down) {
            continue;
        }
        info = info_of(world, end->sa);
        check_in_time(world, end, &info);
        check_deadline(world, end, &info);
        if (end->peer->sa != NULL && !end->peer->down) {
            peer = info_of(world, end->peer->sa);
            check_windows(world, &info, &peer);
        }
    }
    for (size_t i = 0; i < world->n_hosts; i++) {
        check_memory(&world->hosts[i]);
    }
    world->acting = false;
}

void check_end(struct world *world)
{
    for (size_t i = 0; i < world->n_requests; i++) {
        CHECK(world, world->requests[i].outcomes == (world->requests[i].lost ? 0 : 1));
    }
    for (size_t i = 0; i < world->n_hosts; i++) {
        CHECK(world, world->hosts[i].children_up == 0);
        CHECK(world, world->hosts[i].memory.outstanding == 0);
        CHECK(world, world->hosts[i].memory.betrayed == 0);
    }
}

/* What nothing unauthenticated may change. */
struct state {
    struct ikl_sa_info infos[MAX_ENDS];
    ikl_time next_deadline;
    uint64_t hints;
};

static void take_state(struct state *state, const struct host *host)
{
    const struct world *world = host->world;
    struct ikl_endpoint *endpoint = ikl_sim_host_endpoint(host->sim_host);
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    memset(state, 0, sizeof(*state));
    for (size_t i = 0; i < world->n_ends; i++) {
        state->infos[i].size = sizeof(state->infos[i]);
        if (world->ends[i].sa != NULL && world->ends[i].host == host) {
            CHECK(world, ikl_sa_query(world->ends[i].sa, &state->infos[i]) == IKL_OK);
            state->infos[i].counters.dropped = 0;
        }
    }
    CHECK(world, ikl_endpoint_query(endpoint, &counters) == IKL_OK);
    state->hints = counters.hints;
    state->next_deadline = ikl_endpoint_next_deadline(endpoint);
}

/* A datagram that nobody sealed changes nothing; but a hint may have caused a liveness check. */
static void inject_forged(struct world *world, struct host *host, const struct ikl_path *path, const uint8_t *octets,
                          size_t len)
{
    static struct state before, after;
    struct ikl_endpoint *endpoint = ikl_sim_host_endpoint(host->sim_host);
    ikl_time now = ikl_sim_host_now(host->sim_host);
    bool interferes = world->interferes;

    world->interferes = false;
    /* any call tells the endpoint the time, up to which evidence counts: not the forged one alone */
    CHECK(world, ikl_endpoint_receive(endpoint, path, octets, 0, now) != IKL_OK);
    take_state(&before, host);
    CHECK(world, ikl_endpoint_receive(endpoint, path, octets, len, now) != IKL_OK);
    take_state(&after, host);
    CHECK(world, before.hints != after.hints || memcmp(&before, &after, sizeof(before)) == 0);
    world->interferes = interferes;
}

void attack(struct world *world)
{
    size_t n = draw(world, CAPTURED);
    struct host *host = world->captured[n].to;
    struct ikl_path path = world->captured[n].path;
    size_t len = world->captured[n].len;
    uint8_t octets[CAPTURE_LEN];

    if (host == NULL || ikl_sim_host_endpoint(host->sim_host) == NULL || len <= IKL_HEADER_LEN + 4) {
        return;
    }
    world->attacks++;
    memcpy(octets, world->captured[n].octets, len);
    path.remote.port = chance(world, 50) ? path.remote.port : (uint16_t)(1 + draw(world, 60000));
    switch (draw(world, 4)) {
    case 0: /* replayed */
        ikl_sim_inject_at(host->sim_host, ikl_sim_now(world->sim), &path, octets, len);
        return;
    case 1: /* made up, but for a header */
        for (size_t i = IKL_HEADER_LEN + 4; i < len; i++) {
            octets[i] = (uint8_t)draw(world, 256);
        }
        break;
    case 2: /* cut off */
        len = draw(world, len);
        break;
    default: /* changed */
        octets[draw(world, len)] ^= (uint8_t)(1 + draw(world, 255));
        break;
    }
    inject_forged(world, host, &path, octets, len);
}
