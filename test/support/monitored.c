/* SPDX-License-Identifier: ISC */
/* See monitored.h. */
#include "monitored.h"

#include "test.h"

const struct ikl_monitor_config monitored_usual = {
    .interval = 1000, .timeout = 400, .renew_after = 60000, .threshold = 3, .recover = 2};

void monitored_quiet(struct ikl_sa_config *config)
{
    config->idle = IKL_IDLE_OFF;
}

void monitored_endpoint(struct ikl_endpoint_config *config)
{
    config->monitor = &monitored_usual;
}

enum { MOST_PROBES = 4096 };

enum tunnel monitored_tunnel;

/* Probes that the tunnel will answer. */
static struct {
    struct {
        struct ikl_sa *sa;
        struct ikl_child *child;
        uint16_t number;
    } probes[MOST_PROBES];
    size_t n;
} inside;

int monitored_on_event(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_MONITOR_PROBE && monitored_tunnel == TUNNEL_ANSWERS) {
        assert_true(inside.n < MOST_PROBES);
        inside.probes[inside.n].sa = event->sa;
        inside.probes[inside.n].child = event->child;
        inside.probes[inside.n++].number = event->probe;
    }
    return IKL_OK;
}

/* Answers come when the endpoint has done what was due. */
static void answer(const struct host *host)
{
    for (size_t i = 0; i < inside.n; i++) {
        assert_int_equal(ikl_child_monitor_answered(inside.probes[i].sa, inside.probes[i].child,
                                                    inside.probes[i].number, 0, host->now),
                         IKL_OK);
    }
    inside.n = 0;
}

void monitored_begin_with(struct host *host, endpoint_change change, uint32_t n_children, sa_change on_sa)
{
    host_init(host, "a", MONITORED_START, change);
    host->on_event = monitored_on_event;
    monitored_tunnel = TUNNEL_ANSWERS;
    inside.n = 0;
    host_sa(host, "chacha20poly1305-prfsha256", true, n_children, on_sa);
}

void monitored_begin(struct host *host, uint32_t n_children)
{
    monitored_begin_with(host, monitored_endpoint, n_children, monitored_quiet);
}

int monitored_add_child(struct host *host, struct ikl_child *replaces, uint32_t spi, struct ikl_child **child)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = spi, .spi_out = spi + 1, .replaces = replaces};

    return ikl_sa_add_child(host->sa, &config, child);
}

void monitored_advance(struct host *host, ikl_time now)
{
    host_advance(host, now);
    answer(host);
}

void monitored_run(struct host *host, ikl_time until)
{
    while (ikl_endpoint_next_deadline(host->endpoint) <= MONITORED_START + until) {
        monitored_advance(host, ikl_time_later(ikl_endpoint_next_deadline(host->endpoint), host->now));
    }
    host->now = MONITORED_START + until;
}

size_t monitored_count(struct host *host, enum ikl_monitor_state state)
{
    struct event *event;
    size_t n = 0;

    for (size_t i = 0; (event = host_event(host, EVENT_MONITOR, i)) != NULL; i++) {
        n += event->monitor.state == state;
    }
    return n;
}

enum ikl_monitor_state monitored_state(struct host *host, struct ikl_child *child)
{
    return (enum ikl_monitor_state)ikl_child_monitor(host->sa, child)->state;
}

struct ikl_child *monitored_add_own(const struct host *host, struct ikl_child *replaces, uint32_t spi,
                                    const struct ikl_monitor_config *monitor)
{
    const struct ikl_child_config config = {.size = sizeof(config),
                                            .protocol = IKL_PROTOCOL_ESP,
                                            .spi_in = spi,
                                            .spi_out = spi,
                                            .replaces = replaces,
                                            .monitor = monitor};
    struct ikl_child *child;

    assert_int_equal(ikl_sa_add_child(host->sa, &config, &child), IKL_OK);
    return child;
}
