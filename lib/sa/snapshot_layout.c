/* SPDX-License-Identifier: ISC */
/* ikelive sa: what each record of a snapshot looks like. */
#include "snapshot_layout.h"

/* Flags are bits in the order in which they stand, the first the lowest. */
struct flags {
    struct ikl_tape *tape;
    uint16_t bits;
    unsigned n;
};

static struct flags begin_flags(struct ikl_tape *tape)
{
    return (struct flags){.tape = tape, .bits = tape->from != NULL ? ikl_tape_u16(tape, 0) : (uint16_t)0};
}

static bool flag(struct flags *flags, bool value)
{
    unsigned bit = flags->n++;

    if (flags->tape->from != NULL) {
        return (flags->bits >> bit & 1) != 0;
    }
    flags->bits = (uint16_t)(flags->bits | (value ? 1u << bit : 0u));
    return value;
}

static void end_flags(const struct flags *flags)
{
    if (flags->tape->from == NULL) {
        (void)ikl_tape_u16(flags->tape, flags->bits);
    }
}

static void lay_flags(struct ikl_tape *tape, struct ikl_laid_sa *laid)
{
    struct flags flags = begin_flags(tape);
    struct ikl_sa *sa = &laid->sa;

    sa->original_initiator = flag(&flags, sa->original_initiator);
    sa->fragmentation = flag(&flags, sa->fragmentation);
    sa->follow_peer = flag(&flags, sa->follow_peer);
    sa->narrowed = flag(&flags, sa->narrowed);
    sa->round_trip_sends = flag(&flags, sa->round_trip_sends);
    sa->trim = flag(&flags, sa->trim);
    sa->path.encapsulated = flag(&flags, sa->path.encapsulated);
    sa->path.behind_nat = flag(&flags, sa->path.behind_nat);
    laid->has_extra = flag(&flags, laid->has_extra);
    sa->path.reliable = flag(&flags, sa->path.reliable);
    end_flags(&flags);
}

static void lay_suite(struct ikl_tape *tape, struct ikl_suite *suite)
{
    suite->encr = ikl_tape_u16(tape, suite->encr);
    suite->key_bits = ikl_tape_u16(tape, suite->key_bits);
    suite->integ = ikl_tape_u16(tape, suite->integ);
    suite->prf = ikl_tape_u16(tape, suite->prf);
}

static void lay_windows(struct ikl_tape *tape, struct ikl_send_window *send, struct ikl_receive_window *receive)
{
    send->next = ikl_tape_u32(tape, send->next);
    send->unanswered = ikl_tape_u32(tape, send->unanswered);
    send->answered = ikl_tape_u32(tape, send->answered);
    send->size = ikl_tape_u8(tape, send->size);
    receive->lowest = ikl_tape_u32(tape, receive->lowest);
    receive->beyond = ikl_tape_u32(tape, receive->beyond);
    receive->above = ikl_tape_u32(tape, receive->above);
    receive->size = ikl_tape_u8(tape, receive->size);
}

static void lay_idle(struct ikl_tape *tape, struct ikl_idle *idle)
{
    idle->heard = ikl_tape_past(tape, idle->heard);
    idle->interval = ikl_tape_u32(tape, idle->interval);
    idle->at_least = ikl_tape_u16(tape, idle->at_least);
    idle->policy = ikl_tape_u8(tape, idle->policy);
}

static size_t octets_of(uint8_t family)
{
    return family == 4 ? 4 : family == 6 ? 16 : 0;
}

static void lay_address(struct ikl_tape *tape, struct ikl_address *address)
{
    address->family = ikl_tape_u8(tape, address->family);
    address->port = ikl_tape_u16(tape, address->port);
    ikl_tape_octets(tape, address->ip, octets_of(address->family));
}

static void lay_path(struct ikl_tape *tape, struct ikl_path *path)
{
    lay_address(tape, &path->local);
    lay_address(tape, &path->remote);
    path->tag = ikl_tape_u16(tape, path->tag);
    path->mtu = ikl_tape_u16(tape, path->mtu);
}

static void lay_counters(struct ikl_tape *tape, struct ikl_sa_counters *counters)
{
    counters->probes = ikl_tape_u32(tape, counters->probes);
    counters->retransmissions = ikl_tape_u32(tape, counters->retransmissions);
    counters->answered = ikl_tape_u32(tape, counters->answered);
    counters->requests = ikl_tape_u32(tape, counters->requests);
    counters->repeats = ikl_tape_u32(tape, counters->repeats);
    counters->dropped = ikl_tape_u32(tape, counters->dropped);
    counters->send_failures = ikl_tape_u32(tape, counters->send_failures);
}

static void lay_round_trip(struct ikl_tape *tape, struct ikl_round_trip *round_trip)
{
    round_trip->smoothed = ikl_tape_u32(tape, round_trip->smoothed) & 0x3ffffu;
    round_trip->samples = ikl_tape_u16(tape, (uint16_t)round_trip->samples) & 0x1fffu;
    round_trip->stale = ikl_tape_u8(tape, (uint8_t)round_trip->stale) & 1u;
    round_trip->deviation = ikl_tape_u32(tape, round_trip->deviation) & 0x1ffffu;
    round_trip->largest = ikl_tape_u16(tape, (uint16_t)round_trip->largest) & 0x7fffu;
}

static void lay_extra(struct ikl_tape *tape, struct ikl_extra *extra)
{
    extra->keepalive_due = ikl_tape_time(tape, extra->keepalive_due);
    extra->path_since = ikl_tape_past(tape, extra->path_since);
    extra->sent_esp = ikl_tape_time(tape, extra->sent_esp);
}

void ikl_lay_sa(struct ikl_tape *tape, struct ikl_laid_sa *laid)
{
    struct ikl_sa *sa = &laid->sa;

    sa->spi_i = ikl_tape_u64(tape, sa->spi_i);
    sa->spi_r = ikl_tape_u64(tape, sa->spi_r);
    laid->kept.epoch = ikl_tape_u64(tape, laid->kept.epoch);
    laid->kept.made = ikl_tape_u64(tape, laid->kept.made);
    laid->ivs = ikl_tape_u8(tape, laid->ivs);
    lay_suite(tape, &laid->suite);
    lay_flags(tape, laid);
    sa->state = ikl_tape_u8(tape, sa->state) & 7u;
    sa->reachability = ikl_tape_u8(tape, sa->reachability) & 3u;
    sa->suspect_after = ikl_tape_u8(tape, sa->suspect_after);
    sa->generation = ikl_tape_u32(tape, sa->generation);
    lay_windows(tape, &sa->send_window, &sa->receive_window);
    lay_idle(tape, &sa->idle);
    sa->last_message = ikl_tape_past(tape, sa->last_message);
    sa->established = ikl_tape_past(tape, sa->established);
    lay_path(tape, &sa->path);
    lay_counters(tape, &sa->counters);
    sa->last_round_trip = ikl_tape_u16(tape, sa->last_round_trip);
    lay_round_trip(tape, &sa->round_trip);
    if (sa->state != IKL_SA_ESTABLISHED) {
        sa->until = ikl_tape_time(tape, sa->until);
        sa->probe.wait = ikl_tape_u32(tape, sa->probe.wait);
        laid->heir = ikl_tape_u64(tape, laid->heir);
    }
    if (laid->has_extra) {
        lay_extra(tape, &laid->extra);
    }
}

void ikl_lay_keys(struct ikl_tape *tape, struct ikl_kept *kept)
{
    kept->encr_key_len = ikl_tape_u8(tape, kept->encr_key_len);
    kept->integ_key_len = ikl_tape_u8(tape, kept->integ_key_len);
    if (kept->encr_key_len <= IKL_MAX_ENCR_KEY && kept->integ_key_len <= IKL_MAX_INTEG_KEY) {
        ikl_tape_octets(tape, kept->keys, 2 * ((size_t)kept->encr_key_len + kept->integ_key_len));
    }
}

static void lay_monitor_flags(struct ikl_tape *tape, struct ikl_monitor *monitor)
{
    struct flags flags = begin_flags(tape);

    monitor->begun = flag(&flags, monitor->begun);
    monitor->out = flag(&flags, monitor->out);
    monitor->counts = flag(&flags, monitor->counts);
    monitor->credited = flag(&flags, monitor->credited);
    monitor->forgiven = flag(&flags, monitor->forgiven);
    monitor->told = flag(&flags, monitor->told);
    monitor->renewed = flag(&flags, monitor->renewed);
    monitor->wrapped = flag(&flags, monitor->wrapped);
    end_flags(&flags);
}

static void lay_monitor(struct ikl_tape *tape, struct ikl_monitor *monitor)
{
    monitor->heard = ikl_tape_time(tape, monitor->heard);
    monitor->sent = ikl_tape_time(tape, monitor->sent);
    monitor->at = ikl_tape_time(tape, monitor->at);
    monitor->since = ikl_tape_past(tape, monitor->since);
    monitor->not_before = ikl_tape_time(tape, monitor->not_before);
    monitor->generation = ikl_tape_u32(tape, monitor->generation);
    monitor->probe = ikl_tape_u16(tape, monitor->probe);
    monitor->targets = ikl_tape_u16(tape, monitor->targets);
    monitor->late = ikl_tape_u16(tape, monitor->late);
    monitor->foreign = ikl_tape_u16(tape, monitor->foreign);
    monitor->row = ikl_tape_u8(tape, monitor->row);
    monitor->downs = ikl_tape_u8(tape, monitor->downs);
    monitor->state = ikl_tape_u8(tape, monitor->state) & 3u;
    monitor->renewals = ikl_tape_u8(tape, monitor->renewals) & 15u;
    lay_monitor_flags(tape, monitor);
}

void ikl_lay_child(struct ikl_tape *tape, struct ikl_laid_child *laid)
{
    struct ikl_child *child = &laid->child;
    struct flags flags;
    bool has_own;

    child->protocol = ikl_tape_u8(tape, child->protocol);
    child->spi_in = ikl_tape_u32(tape, child->spi_in);
    child->spi_out = ikl_tape_u32(tape, child->spi_out);
    child->heard = ikl_tape_time(tape, child->heard);
    laid->tag = ikl_tape_u64(tape, laid->tag);
    flags = begin_flags(tape);
    child->replaced = flag(&flags, child->replaced);
    child->monitored = flag(&flags, child->monitored);
    has_own = flag(&flags, laid->monitoring.config != NULL);
    child->took_over = flag(&flags, child->took_over);
    end_flags(&flags);
    if (!child->monitored) {
        return;
    }
    if (has_own) {
        laid->monitoring.config = ikl_monitor_panos(); /* any, until the host says which */
        lay_monitor(tape, &laid->monitoring.monitor);
    } else {
        laid->monitoring.heir = ikl_tape_u32(tape, laid->monitoring.heir);
    }
}

static void lay_run_flags(struct ikl_tape *tape, struct ikl_run *run)
{
    struct flags flags = begin_flags(tape);

    run->extended = flag(&flags, run->extended);
    run->again = flag(&flags, run->again);
    run->resent = flag(&flags, run->resent);
    run->put_off = flag(&flags, run->put_off);
    run->blocked = flag(&flags, run->blocked);
    run->reliable = flag(&flags, run->reliable);
    end_flags(&flags);
}

static void lay_run(struct ikl_tape *tape, struct ikl_run *run)
{
    run->first_sent = ikl_tape_time(tape, run->first_sent);
    run->deadline = ikl_tape_time(tape, run->deadline);
    run->message_id = ikl_tape_u32(tape, run->message_id);
    run->lead = ikl_tape_u32(tape, run->lead);
    run->sends = ikl_tape_u32(tape, run->sends) & 0x3fffffu;
    run->attempt = ikl_tape_u16(tape, run->attempt);
    run->followed = ikl_tape_u8(tape, (uint8_t)run->followed) & 3u;
    run->timeout = ikl_tape_u8(tape, (uint8_t)run->timeout);
    run->early = ikl_tape_u8(tape, (uint8_t)run->early) & 3u;
    run->blocked_waits = ikl_tape_u8(tape, run->blocked_waits);
    lay_run_flags(tape, run);
}

/* A kind by its place in this list. */
static unsigned lay_kind(struct ikl_tape *tape, unsigned kind)
{
    static const uint8_t kinds[] = {IKL_REQUEST_PROBE, IKL_REQUEST_DELETE_SA, IKL_REQUEST_HOST,
                                    IKL_REQUEST_DELETE_CHILDREN};
    uint8_t place = sizeof(kinds) - 1;

    while (place != 0 && kinds[place] != kind) {
        place--;
    }
    place = ikl_tape_u8(tape, place);
    if (place >= sizeof(kinds)) {
        tape->failed = true;
        place = 0;
    }
    return kinds[place];
}

static void lay_request_flags(struct ikl_tape *tape, struct ikl_request *request)
{
    struct flags flags = begin_flags(tape);
    bool sent = flag(&flags, request->state == IKL_REQUEST_SENT);

    request->state = sent ? IKL_REQUEST_SENT : IKL_REQUEST_QUEUED;
    request->silenced = flag(&flags, request->silenced);
    request->own_schedule = flag(&flags, request->own_schedule);
    request->counted = flag(&flags, request->counted);
    end_flags(&flags);
}

void ikl_lay_request(struct ikl_tape *tape, struct ikl_laid_request *laid)
{
    struct ikl_own_request *own = &laid->own;
    struct ikl_request *request = &own->request;

    request->kind = lay_kind(tape, request->kind) & 7u;
    request->cause = ikl_tape_u8(tape, (uint8_t)request->cause) & 7u;
    request->exchange_type = ikl_tape_u8(tape, (uint8_t)request->exchange_type);
    own->first_payload = ikl_tape_u8(tape, own->first_payload);
    lay_request_flags(tape, request);
    lay_run(tape, &request->run);
    laid->tag = ikl_tape_u64(tape, laid->tag);
    own->plaintext_len = ikl_tape_u32(tape, own->plaintext_len);
    ikl_tape_octets(tape, own->iv, sizeof(own->iv));
    own->small_len = ikl_tape_u8(tape, own->small_len);
    if (own->small_len <= IKL_SMALL_BODY) {
        ikl_tape_octets(tape, own->small, own->small_len);
    }
}

/* Either it is made again, or it has a body and a time when it was sent. */
void ikl_lay_response(struct ikl_tape *tape, struct ikl_laid_response *laid)
{
    struct ikl_response *response = &laid->response;
    bool made_again = ikl_tape_u8(tape, response->stored == IKL_NONE) != 0;

    response->stored = made_again ? IKL_NONE : 0;
    response->message_id = ikl_tape_u32(tape, response->message_id);
    response->exchange_type = ikl_tape_u8(tape, response->exchange_type);
    response->first_payload = ikl_tape_u8(tape, response->first_payload);
    response->body_len = ikl_tape_u8(tape, response->body_len);
    if (!made_again) {
        laid->at = ikl_tape_past(tape, laid->at);
    } else if (response->body_len <= IKL_SMALL_BODY) {
        ikl_tape_octets(tape, response->iv, sizeof(response->iv));
        ikl_tape_octets(tape, response->body, response->body_len);
    }
}

static void lay_ids(struct ikl_tape *tape, struct ikl_message_id_sync *ids)
{
    ids->nonce = ikl_tape_u32(tape, ids->nonce);
    ids->send = ikl_tape_u32(tape, ids->send);
    ids->receive = ikl_tape_u32(tape, ids->receive);
}

void ikl_lay_sync(struct ikl_tape *tape, struct ikl_sync *sync)
{
    sync->agreed = ikl_tape_u8(tape, sync->agreed);
    sync->least = ikl_tape_u32(tape, sync->least);
    sync->answered = ikl_tape_u8(tape, sync->answered) != 0;
    lay_ids(tape, &sync->peers.ids);
    sync->peers.replay.delta = ikl_tape_u64(tape, sync->peers.replay.delta);
    sync->peers.replay.extended = ikl_tape_u8(tape, sync->peers.replay.extended) != 0;
    lay_ids(tape, &sync->answer);
    ikl_tape_octets(tape, sync->iv, sizeof(sync->iv));
}
