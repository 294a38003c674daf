/* SPDX-License-Identifier: ISC */
/* ikelive sim: connections: messages cross as octets, in order and in pieces, until the connection breaks. */
#include "inside.h"

#include <string.h>

enum { ROOM = 65536, DEFAULT_RECONNECT = 1000, LOOK_AGAIN = 1000 };

/* An IKE SA that the first host has along the link. */
struct joined {
    struct joined *next;
    uint64_t spi;
};

struct ikl_sim_connection {
    uint32_t number; /* how many there were before */
    uint32_t reconnect;
    bool up;
    struct joined *first;
    /* of each end */
    struct ikl_stream streams[2];
    ikl_time ready[2]; /* what it sent arrives no earlier, since something before it has not */
    uint64_t left[2];  /* of its octets may arrive before the connection breaks */
    uint8_t buffers[2][ROOM];
};

static void open_connection(struct ikl_sim_connection *connection)
{
    for (int end = 0; end < 2; end++) {
        ikl_stream_init(&connection->streams[end], end == 0 ? IKL_STREAM_ORIGINATOR : IKL_STREAM_RESPONDER,
                        connection->buffers[end], ROOM);
        connection->ready[end] = 0;
        connection->left[end] = UINT64_MAX;
    }
    connection->up = true;
}

int ikl_sim_connect(struct ikl_sim_link *link, uint32_t reconnect)
{
    link->connection = ikl_sim_allocate(link->sim, sizeof(*link->connection));
    if (link->connection == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    link->connection->reconnect = reconnect != 0 ? reconnect : DEFAULT_RECONNECT;
    open_connection(link->connection);
    return IKL_OK;
}

void ikl_sim_clear_connection(struct ikl_sim_link *link)
{
    struct ikl_sim_connection *connection = link->connection;

    while (connection != NULL && connection->first != NULL) {
        struct joined *joined = connection->first;

        connection->first = joined->next;
        ikl_sim_release(link->sim, joined, sizeof(*joined));
    }
    ikl_sim_release(link->sim, connection, sizeof(*connection));
}

void ikl_sim_join(struct ikl_sim_link *link, uint64_t spi)
{
    struct joined *joined = ikl_sim_allocate(link->sim, sizeof(*joined));

    if (joined != NULL) {
        joined->spi = spi;
        joined->next = link->connection->first;
        link->connection->first = joined;
    }
}

bool ikl_sim_is_broken(const struct ikl_sim_host *host, const struct ikl_path *path)
{
    int end;
    const struct ikl_sim_link *link = ikl_sim_route(host, path, &end);

    return link != NULL && link->connection != NULL && !link->connection->up;
}

static void record(struct ikl_sim_link *link, enum ikl_sim_event event)
{
    struct ikl_sim_record record = ikl_sim_host_record(NULL, event);

    record.link = link;
    ikl_sim_note_record(link->sim, &record, NULL);
}

/* Something that will happen to a connection. */
struct change {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    int end;
    uint64_t octets;
};

static struct change *change_of(struct ikl_sim_link *link, void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job))
{
    struct change *change = link->connection != NULL ? ikl_sim_new_job(link->sim, sizeof(*change), run) : NULL;

    if (change != NULL) {
        change->link = link;
    }
    return change;
}

static void queue(struct change *change, ikl_time at)
{
    if (change != NULL) {
        ikl_sim_queue_job(change->link->sim, &change->job, at);
    }
}

/* The host goes on with the IKE SAs that it has along the link. */
static void take_up(struct ikl_sim_link *link, struct ikl_sim_host *host)
{
    struct ikl_path path = ikl_sim_path(link, host);
    ikl_time now = ikl_sim_host_now(host);

    if (host->config.reconnected != NULL) {
        host->config.reconnected(host->config.endpoint.user, host, &path, now);
        return;
    }
    for (const struct joined *joined = link->connection->first; joined != NULL && host->endpoint != NULL;
         joined = joined->next) {
        struct ikl_sa *sa = ikl_endpoint_find(host->endpoint, joined->spi);

        if (sa != NULL) {
            (void)!ikl_sa_reconnected(sa, &path, now);
        }
    }
}

static bool can_connect(const struct ikl_sim_link *link)
{
    const struct ikl_sim_end *ends = link->ends;

    return !ends[0].cut && !ends[1].cut && !link->habit.out && ends[0].host->absence == IKL_SIM_PRESENT &&
           ends[1].host->absence == IKL_SIM_PRESENT;
}

static void run_reconnect(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct ikl_sim_link *link = ((struct change *)job)->link;

    if (!can_connect(link)) {
        job->at = ikl_time_after(sim->now, link->connection->reconnect);
        return;
    }
    ikl_sim_take_next_port(link, &link->ends[0]);
    record(link, IKL_SIM_RECONNECTED);
    link->connection->number++;
    open_connection(link->connection);
    take_up(link, link->ends[0].host);
}

static void break_now(struct ikl_sim_link *link)
{
    if (link->connection->up) {
        link->connection->up = false;
        record(link, IKL_SIM_BROKEN);
        queue(change_of(link, run_reconnect), ikl_time_after(link->sim->now, link->connection->reconnect));
    }
}

void ikl_sim_break_all(const struct ikl_sim_host *host)
{
    for (struct ikl_sim_link *link = host->sim->first_link; link != NULL; link = link->next) {
        if (link->connection != NULL && ikl_sim_end_of(link, host) >= 0) {
            break_now(link);
        }
    }
}

static void run_break(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    (void)sim;
    break_now(((struct change *)job)->link);
}

void ikl_sim_break_at(struct ikl_sim_link *link, ikl_time at)
{
    queue(change_of(link, run_break), at);
}

static void run_limit(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct change *change = (struct change *)job;

    (void)sim;
    change->link->connection->left[change->end] = change->octets;
    if (change->octets == 0) {
        break_now(change->link);
    }
}

void ikl_sim_break_after_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at, uint64_t octets)
{
    int end = ikl_sim_end_of(link, from);
    struct change *change = end >= 0 ? change_of(link, run_limit) : NULL;

    if (change != NULL) {
        change->end = end;
        change->octets = octets;
        queue(change, at);
    }
}

/* A message under way, with its head. */
struct flight {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    int end;         /* it comes from there */
    uint32_t number; /* of the connection */
    bool breaks;
    struct ikl_path path; /* as the receiver sees it */
    struct ikl_sim_datagram *datagram;
    size_t len; /* of `octets` */
    uint8_t octets[];
};

static void drop_flight(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    ikl_sim_drop_datagram(sim, ((struct flight *)job)->datagram);
}

static void lose(const struct flight *flight)
{
    struct ikl_sim_record record = ikl_sim_host_record(flight->link->ends[flight->end].host, IKL_SIM_LOST);

    record.link = flight->link;
    record.datagram = flight->datagram->number;
    record.about.loss = IKL_SIM_LOSS_BROKEN;
    ikl_sim_note_record(flight->link->sim, &record, flight->datagram);
}

/* Until when nothing arrives that this end has sent; 0 when something does. */
static ikl_time waits_until(const struct flight *flight)
{
    const struct ikl_sim_link *link = flight->link;
    const struct ikl_sim_host *to = link->ends[1 - flight->end].host;
    ikl_time now = link->sim->now;

    if (link->ends[flight->end].cut) {
        return ikl_time_after(now, LOOK_AGAIN);
    }
    if (link->habit.out) {
        return ikl_time_later(link->habit.over, ikl_time_after(now, 1));
    }
    if (to->absence != IKL_SIM_PRESENT) {
        return ikl_time_later(to->back_at, ikl_time_after(now, 1));
    }
    return link->connection->ready[flight->end] > now ? link->connection->ready[flight->end] : 0;
}

/* What the receiver's framer makes of a piece goes to the host. */
static void give(const struct flight *flight, const uint8_t *octets, size_t len)
{
    struct ikl_sim_link *link = flight->link;
    struct ikl_sim *sim = link->sim;
    struct ikl_octets in = {octets, len};
    struct ikl_stream_message message;
    struct ikl_sim_datagram *datagram;
    int result = ikl_stream_next(&link->connection->streams[1 - flight->end], &in, &message);

    if (result != IKL_OK) {
        if (result != IKL_ERR_END) {
            ikl_sim_fail(sim, result);
        }
        return;
    }
    datagram = ikl_sim_datagram(sim, flight->datagram->number, message.octets.data, message.octets.len);
    if (datagram != NULL) {
        ikl_sim_give(link->ends[1 - flight->end].host, link, &flight->path, datagram);
        ikl_sim_drop_datagram(sim, datagram);
    }
}

static void arrive(const struct flight *flight)
{
    struct ikl_sim_link *link = flight->link;
    uint64_t *left = &link->connection->left[flight->end];
    size_t len = flight->breaks ? flight->len / 2 : flight->len;
    bool breaks = flight->breaks || *left <= len;
    size_t cut;

    len = *left < len ? (size_t)*left : len;
    cut = (size_t)ikl_sim_draw_to(&link->ends[flight->end].chance, len);
    *left -= len;
    if (len < flight->len) {
        lose(flight);
    }
    give(flight, flight->octets, cut);
    give(flight, flight->octets + cut, len - cut);
    if (breaks) {
        break_now(link);
    }
}

static void run_arrival(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct flight *flight = (struct flight *)job;
    struct ikl_sim_connection *connection = flight->link->connection;
    ikl_time until;

    (void)sim;
    if (!connection->up || flight->number != connection->number) {
        lose(flight);
        return;
    }
    until = waits_until(flight);
    if (until != 0) {
        connection->ready[flight->end] = job->at = until;
    } else {
        arrive(flight);
    }
}

void ikl_sim_stream_on(struct ikl_sim_link *link, int end, struct ikl_sim_datagram *datagram, uint64_t delay,
                       bool breaks)
{
    struct ikl_sim *sim = link->sim;
    struct ikl_sim_connection *connection = link->connection;
    uint8_t head[IKL_STREAM_MAX_HEAD];
    size_t head_len = ikl_stream_head(&connection->streams[end], datagram->len, head);
    struct flight *flight = ikl_sim_new_job(sim, sizeof(*flight) + head_len + datagram->len, run_arrival);
    ikl_time at = ikl_time_later(ikl_time_after(sim->now, delay), connection->ready[end]);

    if (flight == NULL) {
        return;
    }
    ikl_stream_began(&connection->streams[end]);
    ikl_sim_hold_datagram(datagram);
    flight->job.drop = drop_flight;
    flight->link = link;
    flight->end = end;
    flight->number = connection->number;
    flight->breaks = breaks;
    flight->path = ikl_sim_path(link, link->ends[1 - end].host);
    flight->datagram = datagram;
    flight->len = head_len + datagram->len;
    memcpy(flight->octets, head, head_len);
    memcpy(flight->octets + head_len, datagram->octets, datagram->len);
    connection->ready[end] = at;
    ikl_sim_queue_arrival(sim, &flight->job, at);
}
