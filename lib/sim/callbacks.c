/* SPDX-License-Identifier: ISC */
/* ikelive sim: stands between an endpoint and its host: records each callback and passes it on. */
#include "inside.h"

static const struct ikl_octets nothing = {NULL, 0};

/* The host's own callbacks; none while it loses all it has. */
static const struct ikl_callbacks *own(const struct ikl_sim_host *host)
{
    static const struct ikl_callbacks none;

    return host->dying ? &none : &host->config.endpoint.callbacks;
}

static void *own_user(const struct ikl_sim_host *host)
{
    return host->config.endpoint.user;
}

static struct ikl_sim_record about_sa(const struct ikl_sim_host *host, enum ikl_sim_event event,
                                      const struct ikl_sa *sa)
{
    struct ikl_sim_record record = ikl_sim_host_record(host, event);

    record.sa = sa;
    record.spi_i = ikl_sa_spi_i(sa);
    record.spi_r = ikl_sa_spi_r(sa);
    return record;
}

/* Called before the host. The record outlives what the callback was given, so it has no pointers to it. */
static void begin(struct ikl_sim_host *host, struct ikl_sim_record *record, struct ikl_octets octets)
{
    struct ikl_sim *sim = host->sim;
    struct ikl_sim_datagram *copy = NULL;

    if (!host->dying) {
        copy = octets.len != 0 ? ikl_sim_datagram(sim, 0, octets.data, octets.len) : NULL;
        ikl_sim_note_record(sim, record, copy);
        ikl_sim_drop_datagram(sim, copy);
    }
    sim->depth++;
}

/* Called after the host. */
static void end(struct ikl_sim_host *host)
{
    host->sim->depth--;
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    struct ikl_sim_host *host = user;

    if (own(host)->random != NULL) {
        return own(host)->random(own_user(host), out, len);
    }
    ikl_sim_host_random(host, out, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct ikl_sim_host *host = user;
    int result = IKL_OK;

    host->sim->depth++;
    if (own(host)->send != NULL) {
        result = own(host)->send(own_user(host), sa, path, datagram, len);
    }
    result = ikl_sim_host_send(host, sa, path, (struct ikl_octets){datagram, len}, result);
    end(host);
    return result;
}

static void on_send_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    struct ikl_sim_host *host = user;

    host->sim->depth++;
    if (own(host)->send_batch != NULL) {
        own(host)->send_batch(own_user(host), datagrams, n);
    }
    for (size_t i = 0; i < n; i++) {
        struct ikl_outbound *out = &datagrams[i];

        out->result =
            ikl_sim_host_send(host, out->sa, &out->path, (struct ikl_octets){out->datagram, out->len}, out->result);
    }
    end(host);
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_ATTEMPT, sa);

    record.about.attempt = *attempt;
    begin(host, &record, nothing);
    if (own(host)->attempt != NULL) {
        own(host)->attempt(own_user(host), sa, attempt);
    }
    end(host);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_ALIVE, sa);

    record.about.alive = *alive;
    record.about.alive.plaintext = nothing;
    begin(host, &record, nothing);
    if (own(host)->alive != NULL) {
        own(host)->alive(own_user(host), sa, alive);
    }
    end(host);
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_OUTCOME, sa);

    record.about.outcome = *outcome;
    record.about.outcome.request = NULL;
    record.about.outcome.plaintext = nothing;
    begin(host, &record, outcome->plaintext);
    if (own(host)->outcome != NULL) {
        own(host)->outcome(own_user(host), sa, outcome);
    }
    end(host);
}

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_INIT_RESPONSE, sa);

    record.about.path = *response->path;
    begin(host, &record, response->datagram);
    if (own(host)->init_response != NULL) {
        own(host)->init_response(own_user(host), sa, response);
    }
    end(host);
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_PEER_REQUEST, sa);

    record.about.peer_request = *request;
    record.about.peer_request.plaintext = nothing;
    record.about.peer_request.path = NULL;
    begin(host, &record, request->plaintext);
    if (own(host)->peer_request != NULL) {
        own(host)->peer_request(own_user(host), sa, request);
    }
    end(host);
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_STATE, sa);

    record.about.state = state;
    begin(host, &record, nothing);
    if (own(host)->state != NULL) {
        own(host)->state(own_user(host), sa, state);
    }
    end(host);
}

static void on_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_REACHABILITY, sa);

    record.about.reachability = *change;
    begin(host, &record, nothing);
    if (own(host)->reachability != NULL) {
        own(host)->reachability(own_user(host), sa, change);
    }
    end(host);
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_ADDRESS, sa);

    record.about.path = *path;
    begin(host, &record, nothing);
    if (own(host)->address != NULL) {
        own(host)->address(own_user(host), sa, path);
    }
    end(host);
}

static void on_last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    struct ikl_sim_host *host = user;

    if (own(host)->last_esp != NULL) {
        own(host)->last_esp(own_user(host), sa, child, heard, sent);
    }
}

static void on_exhaustion(void *user, struct ikl_sa *sa, enum ikl_exhaustion what)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_EXHAUSTION, sa);

    record.about.exhaustion = what;
    begin(host, &record, nothing);
    if (own(host)->exhaustion != NULL) {
        own(host)->exhaustion(own_user(host), sa, what);
    }
    end(host);
}

static void on_outage(void *user, const struct ikl_outage *outage)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = ikl_sim_host_record(host, IKL_SIM_OUTAGE);

    record.about.outage = *outage;
    begin(host, &record, nothing);
    if (own(host)->outage != NULL) {
        own(host)->outage(own_user(host), outage);
    }
    end(host);
}

static struct ikl_down without_events(const struct ikl_down *down)
{
    struct ikl_down copy = *down;

    copy.events = NULL;
    copy.n_events = 0;
    return copy;
}

static void on_peer_deletes(void *user, struct ikl_sa *sa)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_PEER_DELETES, sa);

    begin(host, &record, nothing);
    if (own(host)->peer_deletes != NULL) {
        own(host)->peer_deletes(own_user(host), sa);
    }
    end(host);
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_CHILD_DOWN, sa);

    record.about.child_down.protocol = ikl_child_protocol(child);
    record.about.child_down.spi_in = ikl_child_spi_in(child);
    record.about.child_down.spi_out = ikl_child_spi_out(child);
    record.about.child_down.down = without_events(down);
    begin(host, &record, nothing);
    if (own(host)->child_down != NULL) {
        own(host)->child_down(own_user(host), sa, child, down);
    }
    end(host);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_DOWN, sa);

    record.about.down = without_events(down);
    begin(host, &record, nothing);
    if (own(host)->down != NULL) {
        own(host)->down(own_user(host), sa, down);
    }
    end(host);
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = ikl_sim_host_record(host, IKL_SIM_UNMATCHED);

    record.spi_i = header->spi_i;
    record.spi_r = header->spi_r;
    record.about.path = *path;
    begin(host, &record, (struct ikl_octets){datagram, len});
    if (own(host)->unmatched != NULL) {
        own(host)->unmatched(own_user(host), path, header, datagram, len);
    }
    end(host);
}

static void on_monitor_probe(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_MONITOR_PROBE, sa);

    record.about.monitor.protocol = ikl_child_protocol(child);
    record.about.monitor.spi_in = ikl_child_spi_in(child);
    record.about.monitor.probe = probe;
    begin(host, &record, nothing);
    if (own(host)->monitor_probe != NULL) {
        own(host)->monitor_probe(own_user(host), sa, child, probe);
    } else {
        ikl_sim_echo(host, sa, child, probe);
    }
    end(host);
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_SYNCED, sa);

    record.about.synced = *synced;
    begin(host, &record, nothing);
    if (own(host)->synced != NULL) {
        own(host)->synced(own_user(host), sa, synced);
    }
    end(host);
}

static void on_monitor(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    struct ikl_sim_host *host = user;
    struct ikl_sim_record record = about_sa(host, IKL_SIM_MONITOR, sa);

    record.about.monitor.protocol = ikl_child_protocol(child);
    record.about.monitor.spi_in = ikl_child_spi_in(child);
    record.about.monitor.change = *change;
    begin(host, &record, nothing);
    if (own(host)->monitor != NULL) {
        own(host)->monitor(own_user(host), sa, child, change);
    }
    end(host);
}

/* If the endpoint behaves differently without a callback, it has that callback only when the host has it. */
struct ikl_callbacks ikl_sim_callbacks(const struct ikl_callbacks *of_host)
{
    return (struct ikl_callbacks){.size = sizeof(struct ikl_callbacks),
                                  .random = on_random,
                                  .send = on_send,
                                  .send_batch = on_send_batch,
                                  .attempt = on_attempt,
                                  .alive = on_alive,
                                  .outcome = on_outcome,
                                  .init_response = of_host->init_response != NULL ? on_init_response : NULL,
                                  .peer_request = of_host->peer_request != NULL ? on_peer_request : NULL,
                                  .state = on_state,
                                  .reachability = on_reachability,
                                  .address = on_address,
                                  .last_esp = of_host->last_esp != NULL ? on_last_esp : NULL,
                                  .exhaustion = on_exhaustion,
                                  .outage = on_outage,
                                  .peer_deletes = on_peer_deletes,
                                  .child_down = on_child_down,
                                  .down = on_down,
                                  .unmatched = on_unmatched,
                                  .monitor_probe = on_monitor_probe,
                                  .monitor = on_monitor,
                                  .synced = on_synced};
}
