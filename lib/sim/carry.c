/* SPDX-License-Identifier: ISC */
/* ikelive sim: carries datagrams from one host to another, with all that happens to them on the way. */
#include "inside.h"

enum { IPV4_UDP_LEN = 28, IPV6_UDP_LEN = 48, DEFAULT_HOLD = 100, BITS = 8 };

/* A datagram under way. */
struct flight {
    struct ikl_sim_job job;
    struct ikl_sim_host *from, *to; /* `from` is null when it was injected */
    struct ikl_sim_link *link;      /* null then too */
    struct ikl_address address;     /* it was sent to this one */
    struct ikl_path path;           /* as the receiver sees it */
    struct ikl_sim_datagram *datagram;
};

/* What the link does to a datagram. */
struct lot {
    bool lost, doubled, held, copy_held, corrupted, breaks;
    uint64_t delay, copy_delay;
    uint64_t draw; /* which bit is changed */
};

static void record(const struct flight *flight, enum ikl_sim_event event, enum ikl_sim_loss loss)
{
    struct ikl_sim_record record = ikl_sim_host_record(flight->from, event);

    record.link = flight->link;
    record.datagram = flight->datagram->number;
    if (event == IKL_SIM_LOST) {
        record.about.loss = loss;
    }
    ikl_sim_note_record(flight->to->sim, &record, flight->datagram);
}

static void lose(const struct flight *flight, enum ikl_sim_loss loss)
{
    record(flight, IKL_SIM_LOST, loss);
}

static bool is_cut(const struct flight *flight)
{
    return flight->link != NULL && flight->link->ends[ikl_sim_end_of(flight->link, flight->from)].cut;
}

static bool is_out(const struct flight *flight, bool holding)
{
    return flight->link != NULL && flight->link->habit.out && flight->link->habit.holding == holding;
}

static bool has_address(const struct flight *flight)
{
    return flight->link == NULL ||
           ikl_sim_answers_to(&flight->link->ends[ikl_sim_end_of(flight->link, flight->to)], &flight->address);
}

static void run_arrival(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct flight *flight = (struct flight *)job;
    struct ikl_sim_host *to = flight->to;

    if (is_cut(flight)) {
        lose(flight, IKL_SIM_LOSS_CUT);
    } else if (is_out(flight, false)) {
        lose(flight, IKL_SIM_LOSS_OUTAGE);
    } else if (is_out(flight, true)) {
        record(flight, IKL_SIM_HELD, IKL_SIM_LOSS_CHANCE);
        job->at = flight->link->habit.over;
    } else if (!has_address(flight)) {
        lose(flight, IKL_SIM_LOSS_NO_ADDRESS);
    } else if (to->absence == IKL_SIM_STALLING) {
        job->at = ikl_time_later(to->back_at, ikl_time_after(sim->now, 1));
    } else if (to->absence != IKL_SIM_PRESENT) {
        lose(flight, IKL_SIM_LOSS_ABSENT);
    } else {
        ikl_sim_give(to, flight->link, &flight->path, flight->datagram);
    }
}

static void drop_flight(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    ikl_sim_drop_datagram(sim, ((struct flight *)job)->datagram);
}

/* Another datagram, on the way that `flight` describes. Takes it over from the caller. */
static struct flight *take_off(struct ikl_sim *sim, const struct flight *flight, struct ikl_sim_datagram *datagram)
{
    struct flight *copy = datagram != NULL ? ikl_sim_new_job(sim, sizeof(*copy), run_arrival) : NULL;
    struct ikl_sim_job job;

    if (copy == NULL) {
        ikl_sim_drop_datagram(sim, datagram);
        return NULL;
    }
    job = copy->job;
    *copy = *flight;
    copy->job = job;
    copy->job.drop = drop_flight;
    copy->datagram = datagram;
    return copy;
}

static void fly(struct ikl_sim *sim, const struct flight *flight, uint64_t delay)
{
    struct flight *copy;

    ikl_sim_hold_datagram(flight->datagram);
    copy = take_off(sim, flight, flight->datagram);
    if (copy != NULL) {
        ikl_sim_queue_arrival(sim, &copy->job, ikl_time_after(sim->now, delay));
    }
}

/* Draws the same number of numbers for each datagram, whatever becomes of it, so that a change of the weather does not
 * change the luck of later datagrams. */
static struct lot draw(struct ikl_sim_end *end)
{
    const struct ikl_sim_weather *weather = &end->weather;
    struct ikl_sim_stream *chance = &end->chance;
    struct lot lot = {
        .lost = ikl_sim_draw_chance(chance, weather->loss), .delay = weather->delay, .copy_delay = weather->delay};

    lot.doubled = ikl_sim_draw_chance(chance, weather->duplication);
    lot.held = ikl_sim_draw_chance(chance, weather->reordering);
    lot.corrupted = ikl_sim_draw_chance(chance, weather->corruption);
    lot.delay += ikl_sim_draw_to(chance, weather->jitter);
    lot.copy_delay += ikl_sim_draw_to(chance, weather->jitter);
    lot.draw = ikl_sim_draw(chance);
    return lot;
}

/* The next stated fate, or 0. */
static char next_letter(struct ikl_sim_link *link, struct ikl_sim_end *end)
{
    struct ikl_sim_fates *fates = link->fates.used < link->fates.n ? &link->fates : &end->fates;

    if (fates->used == fates->n) {
        return '\0';
    }
    return fates->letters[fates->used++];
}

static void state_fate(struct lot *lot, char letter)
{
    if (letter != '\0') {
        lot->lost = letter == 'x';
        lot->doubled = letter == '2' || letter == '+';
        lot->copy_held = letter == '+';
        lot->held = letter == 'h';
        lot->corrupted = letter == 'c';
        lot->breaks = letter == 'b';
    }
}

static bool is_too_big(const struct ikl_sim_end *end, const struct ikl_sim_datagram *datagram)
{
    size_t headers = end->address.family == 4 ? IPV4_UDP_LEN : IPV6_UDP_LEN;

    return end->weather.mtu != 0 && headers + datagram->len > end->weather.mtu;
}

/* Changes one bit of it. */
static void corrupt(struct ikl_sim *sim, struct flight *flight, uint64_t draw)
{
    const struct ikl_sim_datagram *old = flight->datagram;
    struct ikl_sim_datagram *changed = ikl_sim_datagram(sim, old->number, old->octets, old->len);

    if (changed == NULL || changed->len == 0) {
        ikl_sim_drop_datagram(sim, changed);
        return;
    }
    changed->octets[draw / BITS % changed->len] ^= (uint8_t)(1u << draw % BITS);
    ikl_sim_drop_datagram(sim, flight->datagram);
    flight->datagram = changed;
    record(flight, IKL_SIM_CORRUPTED, IKL_SIM_LOSS_CHANCE);
}

static uint64_t hold_of(const struct ikl_sim_end *end)
{
    return end->weather.hold != 0 ? end->weather.hold : DEFAULT_HOLD;
}

static void send_off(struct ikl_sim *sim, struct flight *flight, const struct ikl_sim_end *end, const struct lot *lot)
{
    uint64_t hold = hold_of(end);

    if (lot->corrupted) {
        corrupt(sim, flight, lot->draw);
    }
    if (lot->held) {
        record(flight, IKL_SIM_HELD, IKL_SIM_LOSS_CHANCE);
    }
    if (lot->doubled) {
        record(flight, IKL_SIM_DUPLICATED, IKL_SIM_LOSS_CHANCE);
    }
    fly(sim, flight, lot->delay + (lot->held ? hold : 0));
    if (lot->doubled) {
        fly(sim, flight, lot->copy_delay + (lot->copy_held ? hold : 0));
    }
}

/* Over a connection, what would be lost comes later. */
static void stream_off(const struct flight *flight, const struct ikl_sim_end *end, const struct lot *lot)
{
    bool later = lot->lost || lot->held;

    if (later) {
        record(flight, IKL_SIM_HELD, IKL_SIM_LOSS_CHANCE);
    }
    ikl_sim_stream_on(flight->link, ikl_sim_end_of(flight->link, flight->from), flight->datagram,
                      lot->delay + (later ? hold_of(end) : 0), lot->breaks);
}

static void cross(struct ikl_sim *sim, struct flight *flight, struct ikl_sim_end *end)
{
    struct lot lot = draw(end);

    state_fate(&lot, next_letter(flight->link, end));
    if (flight->link->connection != NULL) {
        stream_off(flight, end, &lot);
    } else if (end->cut) {
        lose(flight, IKL_SIM_LOSS_CUT);
    } else if (is_out(flight, false)) {
        lose(flight, IKL_SIM_LOSS_OUTAGE);
    } else if (is_too_big(end, flight->datagram)) {
        lose(flight, IKL_SIM_LOSS_TOO_BIG);
    } else if (lot.lost) {
        lose(flight, IKL_SIM_LOSS_CHANCE);
    } else {
        send_off(sim, flight, end, &lot);
    }
}

void ikl_sim_carry(struct ikl_sim_host *host, const struct ikl_path *path, struct ikl_sim_datagram *datagram)
{
    struct ikl_sim *sim = host->sim;
    struct flight flight = {.from = host, .to = host, .address = path->remote, .datagram = datagram};
    struct ikl_sim_end *end;
    int at = 0;

    flight.link = ikl_sim_route(host, path, &at);
    if (flight.link == NULL) {
        lose(&flight, IKL_SIM_LOSS_NO_ROUTE);
        return;
    }
    end = &flight.link->ends[at];
    ikl_sim_use_nat(flight.link, end);
    flight.to = flight.link->ends[1 - at].host;
    flight.path = ikl_sim_path(flight.link, flight.to);
    ikl_sim_hold_datagram(datagram);
    cross(sim, &flight, end);
    ikl_sim_drop_datagram(sim, flight.datagram);
}

void ikl_sim_inject_at(struct ikl_sim_host *to, ikl_time at, const struct ikl_path *path, const uint8_t *datagram,
                       size_t len)
{
    struct ikl_sim *sim = to->sim;
    struct flight flight = {.to = to, .path = *path};
    struct flight *copy = take_off(sim, &flight, ikl_sim_datagram(sim, ++sim->n_datagrams, datagram, len));

    if (copy != NULL) {
        ikl_sim_queue_job(sim, &copy->job, at);
    }
}
