/* SPDX-License-Identifier: ISC */
/* ikelive metrics: the counters of endpoints as OpenMetrics text. */
#include <ikelive/report.h>

#include "shared.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

struct counter {
    const char *name; /* of the metric, or the cause of a drop */
    size_t offset;    /* in struct ikl_endpoint_counters */
    const char *help; /* null for a cause */
};

#define COUNTER(field, help)                                                                                           \
    {                                                                                                                  \
#field, offsetof(struct ikl_endpoint_counters, field), help                                                    \
    }

static const struct counter totals[] = {
    COUNTER(received, "Datagrams given to the endpoint."),
    COUNTER(accepted, "Datagrams that were fresh and authenticated."),
    COUNTER(repeated, "Repeated requests that got the remembered response."),
    COUNTER(repeated_deletes, "Repeated Deletes of IKE SAs that they had ended, answered again."),
    COUNTER(sent, "Datagrams given to the host to send."),
    COUNTER(send_failures, "Datagrams that the host could not send."),
    COUNTER(blocked, "Datagrams that the host could not send yet."),
    COUNTER(probes, "Liveness checks sent for the first time."),
    COUNTER(retransmissions, "Requests sent again."),
    COUNTER(answered, "Requests of ours that were answered."),
    COUNTER(timeouts, "IKE SAs taken down because a request ran out of tries."),
    COUNTER(peer_probes, "Liveness checks of peers that were answered."),
    COUNTER(peer_deletes, "IKE SAs taken down by the peer's Delete."),
    COUNTER(protocol_errors, "IKE SAs taken down by INVALID_SYNTAX, sent or received."),
    COUNTER(offered, "Unprotected IKE_SA_INIT responses offered to the host."),
    COUNTER(keepalives_sent, "NAT keepalives sent."),
    COUNTER(fragments, "Fragments stored for reassembly."),
    COUNTER(reassembled, "Messages put together from fragments."),
    COUNTER(hints, "Unprotected signs of trouble taken notice of."),
    COUNTER(hints_limited, "Hints above the limit on liveness checks that they may cause."),
    COUNTER(suspects, "Times that a peer became suspect."),
    COUNTER(probes_paced, "Liveness checks that went out later because of a limit on their rate."),
    COUNTER(retransmissions_paced, "Retransmissions that went out later because of a limit on their rate."),
    COUNTER(outages, "Outages of path groups."),
    COUNTER(held, "Times that an outage kept a request from being given up."),
    COUNTER(evidence_resends, "Requests sent again because the peer was heard."),
    COUNTER(clock_backward, "Calls with a time before an earlier one."),
    COUNTER(clock_clamped, "Milliseconds that passed while the time was before an earlier one."),
    COUNTER(reentrant, "Calls that a leaf made and that were refused, as they would have changed something."),
    COUNTER(clock_refused, "Calls that did nothing because their time was never."),
    COUNTER(future_times, "Times of past events that were still to come."),
    COUNTER(monitor_probes, "Probes through Child SAs that the host was asked for."),
    COUNTER(monitor_probes_paced, "Probes through Child SAs that went out later because of a limit on their rate."),
    COUNTER(monitor_late, "Answers to probes through Child SAs that came too late or twice."),
    COUNTER(monitor_foreign, "Answers to no probe that was sent through the Child SA."),
    COUNTER(monitor_downs, "Times that the path of a monitored Child SA went down."),
    COUNTER(monitor_recoveries, "Times that it came up again."),
    COUNTER(monitor_renewals, "Times that new keys were asked for a Child SA whose path was down."),
    COUNTER(data_paths_dead, "Paths of Child SAs that went down while the peer was not suspect."),
    COUNTER(ike_paths_dead, "Times that a peer became suspect while the path of a Child SA was up."),
    COUNTER(tokens_shown, "Answers that showed tokens, to requests for IKE SAs that are not known."),
    COUNTER(tokens_limited, "Answers that would show tokens, left out because of a limit on their rate."),
    COUNTER(tokens_refused, "Unprotected messages with tokens that proved nothing."),
    COUNTER(crashes, "IKE SAs taken down because the peer's token proved that it had lost them."),
    COUNTER(reconnections, "Times that a reliable path was there again after it broke."),
    COUNTER(syncs, "Times that we took an IKE SA over and the peer agreed to our Message IDs."),
    COUNTER(peer_syncs, "Times that a peer took an IKE SA over and we agreed to its Message IDs."),
    COUNTER(syncs_refused, "Authenticated messages to synchronise Message IDs that changed nothing."),
    COUNTER(key_changes, "Times that the keys of IKE SAs changed while they were being connected."),
    COUNTER(snapshots, "Snapshots of IKE SAs that were taken."),
    COUNTER(restored, "IKE SAs made of a snapshot."),
    COUNTER(restores_refused, "Snapshots of which no IKE SA was made."),
    COUNTER(late_ticks, "Retransmissions and verdicts that came later than the slack allows."),
};

static const struct counter drops[] = {
    COUNTER(keepalives, NULL),   COUNTER(not_ike, NULL),       COUNTER(malformed, NULL),
    COUNTER(unmatched, NULL),    COUNTER(wrong_flags, NULL),   COUNTER(unprotected, NULL),
    COUNTER(forged, NULL),       COUNTER(stale, NULL),         COUNTER(early, NULL),
    COUNTER(pending, NULL),      COUNTER(out_of_window, NULL), COUNTER(unsolicited, NULL),
    COUNTER(rate_limited, NULL), COUNTER(no_buffer, NULL),     COUNTER(fragments_dropped, NULL),
    COUNTER(other, NULL),
};

enum { ROUND_TRIP_COUNTERS = IKL_ROUND_TRIP_CLASSES + 1 };

_Static_assert(sizeof(struct ikl_endpoint_counters) ==
                   offsetof(struct ikl_endpoint_counters, received) +
                       ((sizeof(totals) + sizeof(drops)) / sizeof(struct counter) + ROUND_TRIP_COUNTERS) *
                           sizeof(uint64_t),
               "every counter is in one of the tables, or of round trips");

static uint64_t value_of(const struct ikl_metrics_source *source, const struct counter *counter)
{
    uint64_t value;

    memcpy(&value, (const char *)&source->endpoint->counters + counter->offset, sizeof(value));
    return value;
}

/* A label's value, escaped as OpenMetrics wants it. */
static void add_escaped(struct ikl_text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            ikl_text_add(text, "\\n");
        } else if (*value == '"' || *value == '\\') {
            ikl_text_add(text, "\\%c", *value);
        } else {
            ikl_text_add(text, "%c", *value);
        }
    }
}

/* Appends {endpoint="NAME",MORE}, without a label that is null. */
static void add_labels(struct ikl_text *text, const char *name, const char *more)
{
    if (name == NULL && more == NULL) {
        return;
    }
    ikl_text_add(text, "{");
    if (name != NULL) {
        ikl_text_add(text, "endpoint=\"");
        add_escaped(text, name);
        ikl_text_add(text, more != NULL ? "\"," : "\"");
    }
    ikl_text_add(text, "%s}", more != NULL ? more : "");
}

/* A sample up to its value. `more`: a label besides that of the endpoint, or null. */
static void add_name(struct ikl_text *text, const char *metric, const char *suffix,
                     const struct ikl_metrics_source *source, const char *more)
{
    ikl_text_add(text, "ikelive_%s%s", metric, suffix);
    add_labels(text, source->name, more);
    ikl_text_add(text, " ");
}

static void add_sample(struct ikl_text *text, const char *metric, const char *suffix,
                       const struct ikl_metrics_source *source, const char *more, uint64_t value)
{
    add_name(text, metric, suffix, source, more);
    ikl_text_add(text, "%" PRIu64 "\n", value);
}

static void add_head(struct ikl_text *text, const char *metric, const char *type, const char *help)
{
    ikl_text_add(text, "# TYPE ikelive_%s %s\n# HELP ikelive_%s %s\n", metric, type, metric, help);
}

static void add_totals(struct ikl_text *text, const struct ikl_metrics_source *sources, size_t n)
{
    for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
        add_head(text, totals[i].name, "counter", totals[i].help);
        for (size_t j = 0; j < n; j++) {
            add_sample(text, totals[i].name, "_total", &sources[j], NULL, value_of(&sources[j], &totals[i]));
        }
    }
}

static void add_drops(struct ikl_text *text, const struct ikl_metrics_source *sources, size_t n)
{
    add_head(text, "dropped", "counter", "Datagrams that changed nothing, by cause.");
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
            char cause[64];
            struct ikl_text label = ikl_text(cause, sizeof(cause));

            ikl_text_add(&label, "cause=\"%s\"", drops[i].name);
            add_sample(text, "dropped", "_total", &sources[j], cause, value_of(&sources[j], &drops[i]));
        }
    }
}

/* Each bucket of a histogram counts what those before it count, too. Returns how many there are in all. */
static uint64_t add_buckets(struct ikl_text *text, const char *metric, const struct ikl_metrics_source *source)
{
    uint64_t count = 0;

    for (size_t class = 0; class < IKL_ROUND_TRIP_CLASSES; class ++) {
        char bound[32];
        struct ikl_text label = ikl_text(bound, sizeof(bound));

        ikl_text_add(&label, "le=\"");
        if (class < IKL_ROUND_TRIP_CLASSES - 1) {
            ikl_text_add_seconds(&label, ikl_endpoint_round_trip_bound(class));
        } else {
            ikl_text_add(&label, "+Inf");
        }
        ikl_text_add(&label, "\"");
        count += source->endpoint->counters.round_trips[class];
        add_sample(text, metric, "_bucket", source, bound, count);
    }
    return count;
}

static void add_round_trips(struct ikl_text *text, const struct ikl_metrics_source *sources, size_t n)
{
    static const char metric[] = "round_trip_seconds";

    add_head(text, metric, "histogram", "How long peers took to answer liveness checks that were sent once.");
    ikl_text_add(text, "# UNIT ikelive_%s seconds\n", metric);
    for (size_t j = 0; j < n; j++) {
        add_sample(text, metric, "_count", &sources[j], NULL, add_buckets(text, metric, &sources[j]));
        add_name(text, metric, "_sum", &sources[j], NULL);
        ikl_text_add_seconds(text, sources[j].endpoint->counters.round_trips_ms);
        ikl_text_add(text, "\n");
    }
}

int ikl_metrics_text(const struct ikl_metrics_source *sources, size_t n, char *out, size_t size)
{
    struct ikl_text text = ikl_text(out, size);

    add_head(&text, "sas", "gauge", "IKE SAs that are not dead.");
    for (size_t j = 0; j < n; j++) {
        add_sample(&text, "sas", "", &sources[j], NULL, ikl_endpoint_n_sas(sources[j].endpoint));
    }
    add_totals(&text, sources, n);
    add_drops(&text, sources, n);
    add_round_trips(&text, sources, n);
    ikl_text_add(&text, "# EOF\n");
    return ikl_text_len(&text);
}
