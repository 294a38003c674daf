/* SPDX-License-Identifier: ISC */
/* ikelive sa: all that there is to know about an IKE SA, as text. Never keys. */
#include "address.h"
#include "evidence.h"
#include "kept.h"
#include "keying.h"
#include "sized.h"
#include "syncing.h"
#include "text.h"
#include "trim.h"

#include <ikelive/registry.h>

#include <inttypes.h>
#include <string.h>

static void add_label(struct ikl_text *text, const char *label)
{
    if (label == NULL) {
        ikl_text_add(text, "-");
    } else {
        ikl_text_add_escaped(text, (const uint8_t *)label, strlen(label));
    }
}

static void add_line(struct ikl_text *text, const char *name, const char *label)
{
    ikl_text_add(text, "  %-20s", name);
    add_label(text, label);
    ikl_text_add(text, "\n");
}

static void add_duration_line(struct ikl_text *text, const char *name, const char *before, uint64_t ms,
                              const char *after)
{
    ikl_text_add(text, "  %-20s%s", name, before);
    ikl_text_add_seconds(text, ms);
    ikl_text_add(text, "%s\n", after);
}

static uint64_t since(ikl_time then, ikl_time now)
{
    return now > then ? now - then : 0;
}

/* One end of the IKE SA; `label` instead of the address when the host gave one. */
static void add_end(struct ikl_text *text, const char *name, const struct ikl_address *address, const char *label,
                    const char *identity)
{
    ikl_text_add(text, "  %-20s", name);
    if (label != NULL) {
        add_label(text, label);
    } else {
        ikl_text_add_address(text, address);
    }
    ikl_text_add(text, ", identity ");
    add_label(text, identity);
    ikl_text_add(text, "\n");
}

static void add_peers(struct ikl_text *text, const struct ikl_sa *sa, const struct ikl_sa_labels *labels)
{
    char suite[64] = "-";

    add_end(text, "local", &sa->path.local, labels->local_address, labels->local_identity);
    add_end(text, "remote", &sa->path.remote, labels->remote_address, labels->remote_identity);
    ikl_text_add(text, "  %-20s%016" PRIx64 " initiator, %016" PRIx64 " responder\n", "SPI", sa->spi_i, sa->spi_r);
    ikl_text_add(text, "  %-20s%s\n", "role", sa->original_initiator ? "initiator" : "responder");
    add_line(text, "authentication", labels->authentication);
    if (sa->keying != IKL_NO_KEYING) {
        struct ikl_suite whole = *ikl_sa_suite(sa);

        whole.prf = sa->prf;
        (void)ikl_suite_name(&whole, suite, sizeof(suite));
    }
    add_line(text, "proposal", labels->proposal != NULL ? labels->proposal : suite);
    add_line(text, "NAT",
             labels->nat != NULL     ? labels->nat
             : sa->path.reliable     ? "on a stream"
             : sa->path.encapsulated ? "UDP encapsulation"
                                     : "no UDP encapsulation");
}

/* Says that a request was sent more often than its schedule alone would send it. */
static void add_extra_sends(struct ikl_text *text, const struct ikl_run *run)
{
    if (run->again) {
        ikl_text_add(text, ", second run as the peer was heard");
    }
    if (ikl_run_times_sent(run) > (run->reliable ? 1u : run->attempt + 1u)) {
        ikl_text_add(text, ", sent %" PRIu32 " times in all", ikl_run_times_sent(run));
    }
}

static void add_outstanding(struct ikl_text *text, const struct ikl_sa *sa, ikl_time now)
{
    const struct ikl_request *oldest = ikl_sa_oldest(sa);
    const char *exchange;

    ikl_text_add(text, "  %-20s", "outstanding");
    if (oldest == NULL) {
        ikl_text_add(text, "none\n");
        return;
    }
    exchange = ikl_exchange_name(oldest->exchange_type);
    ikl_text_add(text, "%s %" PRIu32 ", %s %u of %u, next step in ", exchange != NULL ? exchange : "exchange",
                 oldest->run.message_id, oldest->run.reliable ? "step" : "retransmission",
                 (unsigned)oldest->run.attempt, oldest->run.schedule->tries - 1u);
    ikl_text_add_seconds(text, since(now, ikl_run_due(&oldest->run)));
    ikl_text_add(text, " s");
    if (oldest->run.blocked) {
        ikl_text_add(text, ", send blocked");
    }
    add_extra_sends(text, &oldest->run);
    ikl_text_add(text, "\n");
}

static void add_policy(struct ikl_text *text, const struct ikl_idle *idle)
{
    bool on_demand = idle->policy == IKL_LIVENESS_ON_DEMAND;

    ikl_text_add(text, ikl_idle_due(idle, 0) == IKL_NEVER ? "off" : on_demand ? "on demand" : "periodic");
    if (idle->interval == IKL_IDLE_OFF) {
        return;
    }
    ikl_text_add(text, ", idle ");
    ikl_text_add_seconds(text, idle->interval);
    ikl_text_add(text, " s");
    if (on_demand && idle->at_least != 0) {
        ikl_text_add(text, ", at least every ");
        ikl_text_add_seconds(text, (uint64_t)idle->at_least * idle->interval);
        ikl_text_add(text, " s");
    }
}

/* Either the IKE SA or the traffic of its Child SAs may be silent while the other is not. */
static void add_silence(struct ikl_text *text, const struct ikl_sa *sa, ikl_time now)
{
    ikl_time data = IKL_NEVER;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (ikl_child_last_heard(child) != IKL_NEVER && (data == IKL_NEVER || ikl_child_last_heard(child) > data)) {
            data = ikl_child_last_heard(child);
        }
    }
    add_duration_line(text, "last IKE message", "", since(sa->last_message, now), " s ago");
    if (data == IKL_NEVER) {
        add_line(text, "last data", "never");
    } else {
        add_duration_line(text, "last data", "", since(data, now), " s ago");
    }
}

static void add_round_trip(struct ikl_text *text, const struct ikl_round_trip *round_trip, uint32_t last)
{
    ikl_text_add(text, "  %-20s", "round trip");
    ikl_text_add_seconds(text, ikl_round_trip_smoothed(round_trip));
    ikl_text_add(text, " s, deviation ");
    ikl_text_add_seconds(text, ikl_round_trip_deviation(round_trip));
    ikl_text_add(text, " s, last ");
    ikl_text_add_seconds(text, last);
    ikl_text_add(text, " s, largest ");
    ikl_text_add_seconds(text, round_trip->largest);
    ikl_text_add(text, " s\n");
}

static void add_tries(struct ikl_text *text, const struct ikl_sa *sa)
{
    uint64_t listed = ikl_schedule_total(sa->probe.run.schedule);
    struct ikl_schedule used;

    ikl_sa_used_schedule(sa, &used);
    ikl_text_add(text, ", %u tries in ", used.tries);
    ikl_text_add_seconds(text, ikl_schedule_total(&used));
    ikl_text_add(text, ikl_schedule_total(&used) < listed ? " s, last wait trimmed\n" : " s\n");
}

static void add_liveness(struct ikl_text *text, const struct ikl_sa *sa, ikl_time now)
{
    ikl_time evidence = ikl_sa_latest_evidence(sa, now);
    ikl_time probe = ikl_sa_next_probe(sa, evidence);

    ikl_text_add(text, "  %-20s", "liveness");
    add_policy(text, &sa->idle);
    add_tries(text, sa);
    ikl_text_add(text, "  %-20s%s, generation %" PRIu32 "\n", "reachability",
                 ikl_reachability_name((enum ikl_reachability)sa->reachability), sa->generation);
    add_duration_line(text, "last proof of life", "", since(evidence, now), " s ago");
    add_silence(text, sa, now);
    if (sa->round_trip.samples != 0) {
        add_round_trip(text, &sa->round_trip, sa->last_round_trip);
    }
    if (ikl_sa_beside(sa, &sa->endpoint->tokens) != NULL) {
        add_line(text, "crash token", "kept");
    }
    if (ikl_sa_may_sync(sa)) {
        add_line(text, "Message ID sync", ikl_sa_is_syncing(sa) ? "under way" : "agreed");
    }
    if (ikl_key_changes(sa) != 0) {
        ikl_text_add(text, "  %-20s%" PRIu32 "\n", "key changes", ikl_key_changes(sa));
    }
    if (probe != IKL_NEVER) {
        add_duration_line(text, "next probe", "in ", since(now, probe), " s");
    }
    add_outstanding(text, sa, now);
}

/* Of a Child SA that has one. */
static void add_monitor(struct ikl_text *text, const struct ikl_sa *sa, const struct ikl_monitor *monitor, ikl_time now)
{
    enum ikl_monitor_finding finding;

    if (monitor == NULL) {
        return;
    }
    finding = ikl_monitor_find((enum ikl_monitor_state)monitor->state, sa->reachability != IKL_REACHABILITY_UP);
    ikl_text_add(text, ", path %s for ", ikl_monitor_state_name((enum ikl_monitor_state)monitor->state));
    ikl_text_add_seconds(text, since(monitor->since, now));
    ikl_text_add(text, " s");
    if (finding != IKL_FINDING_NONE) {
        ikl_text_add(text, ", %s", ikl_monitor_finding_name(finding));
    }
}

static void add_children(struct ikl_text *text, const struct ikl_sa *sa, ikl_time now)
{
    ikl_text_add(text, "  %-20s%" PRIu32 "\n", "Child SAs", ikl_sa_count_children(sa));
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        ikl_text_add(text, "    %s SPI in %08" PRIx32 " out %08" PRIx32 ", last heard ",
                     ikl_child_protocol(child) == IKL_PROTOCOL_ESP ? "ESP" : "AH", ikl_child_spi_in(child),
                     ikl_child_spi_out(child));
        if (ikl_child_last_heard(child) == IKL_NEVER) {
            ikl_text_add(text, "never");
        } else {
            ikl_text_add_seconds(text, since(ikl_child_last_heard(child), now));
            ikl_text_add(text, " s ago");
        }
        add_monitor(text, sa, ikl_child_monitor(sa, child), now);
        ikl_text_add(text, "\n");
    }
}

static void add_counters(struct ikl_text *text, const struct ikl_sa *sa)
{
    const struct ikl_sa_counters *counters = &sa->counters;

    ikl_text_add(text,
                 "  %-20sprobes %" PRIu32 ", retransmissions %" PRIu32 ", answered %" PRIu32 ", requests %" PRIu32
                 ", repeats %" PRIu32 ", dropped %" PRIu32 ", send failures %" PRIu32 "\n",
                 "counters", counters->probes, counters->retransmissions, counters->answered, counters->requests,
                 counters->repeats, counters->dropped, counters->send_failures);
}

/* What only an IKE SA has that may go on elsewhere. */
static void add_cluster(struct ikl_text *text, const struct ikl_sa *sa)
{
    const struct ikl_kept *kept = ikl_sa_kept(sa);

    if (kept != NULL) {
        ikl_text_add(text, "  %-20s%" PRIu64, "epoch", kept->epoch);
        if (kept->epoch != kept->made) {
            ikl_text_add(text, ", of keys of %" PRIu64, kept->made);
        }
        ikl_text_add(text, "\n");
    }
    if (ikl_sa_may_sync(sa)) {
        ikl_text_add(text, "  %-20s%s\n", "Message IDs",
                     ikl_sa_is_syncing(sa) ? "are being synchronised" : "can be synchronised");
    }
}

int ikl_sa_describe(const struct ikl_sa *sa, ikl_time now, char *out, size_t size)
{
    struct ikl_sa_labels taken = {.size = sizeof(taken)};
    const struct ikl_sa_labels *labels = &taken;
    struct ikl_text text = ikl_text(out, size);

    if (sa->labels != NULL) {
        ikl_sized_copy(&taken, sizeof(taken), sa->labels);
    }
    now = now != IKL_NEVER ? ikl_time_later(now, sa->endpoint->now) : sa->endpoint->now;
    ikl_text_add(&text, "IKE SA ");
    add_label(&text, labels->gateway);
    ikl_text_add(&text, " (gateway %" PRIu32 ", serial %" PRIu32 "): %s\n", labels->gateway_id, labels->serial,
                 ikl_sa_state_name(ikl_sa_state(sa)));
    add_duration_line(&text, "time of report", "", now, " s");
    add_duration_line(&text, "established", "", since(sa->established, now), " s ago");
    add_peers(&text, sa, labels);
    ikl_text_add(&text, "  %-20stx %" PRIu32 ", rx %" PRIu32 "\n", "next Message ID", sa->send_window.next,
                 sa->receive_window.lowest);
    add_cluster(&text, sa);
    add_liveness(&text, sa, now);
    add_children(&text, sa, now);
    add_counters(&text, sa);
    return ikl_text_len(&text);
}
