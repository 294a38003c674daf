/* ikelive sa: what there is to know about an IKE SA, as numbers and as text. Never keys.
 * SPDX-License-Identifier: ISC */
#include "sa.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static ikl_time evidence_of(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time latest = sa->liveness.heard;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (child->heard != IKL_NEVER) {
            latest = ikl_time_later(latest, ikl_time_earlier(child->heard, now));
        }
    }
    return latest;
}

static uint32_t count_children(const struct ikl_sa *sa)
{
    uint32_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n++;
    }
    return n;
}

static ikl_time next_probe(const struct ikl_sa *sa, ikl_time evidence)
{
    if (sa->state != IKL_SA_ESTABLISHED || ikl_liveness_due(&sa->liveness) == IKL_NEVER) {
        return IKL_NEVER;
    }
    return ikl_time_after(evidence, sa->liveness.idle);
}

int ikl_sa_query(const struct ikl_sa *sa, struct ikl_sa_info *out)
{
    const struct ikl_outgoing *oldest = ikl_sa_oldest(sa);
    struct ikl_sa_info info = {.size = sizeof(info),
                               .state = ikl_sa_state(sa),
                               .established = sa->established,
                               .last_evidence = evidence_of(sa, sa->endpoint->now),
                               .next_request = sa->send_window.next,
                               .next_expected = sa->receive_window.lowest,
                               .outstanding_deadline = IKL_NEVER,
                               .n_children = count_children(sa),
                               .counters = sa->counters};

    if (out->size != sizeof(*out)) {
        return IKL_ERR_INVALID;
    }
    info.idle_deadline = next_probe(sa, info.last_evidence);
    if (oldest != NULL) {
        info.outstanding = sa->liveness.outstanding;
        info.outstanding_exchange = oldest->run.type;
        info.outstanding_id = oldest->run.message_id;
        info.outstanding_retransmissions = ikl_exchange_sends(&oldest->run) - 1;
        info.outstanding_deadline = oldest->run.deadline;
    }
    *out = info;
    return IKL_OK;
}

static void add_address(struct ikl_text *text, const struct ikl_address *address)
{
    const uint8_t *ip = address->ip;

    if (address->family == 4) {
        ikl_text_add(text, "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3], address->port);
    } else if (address->family == 6) {
        ikl_text_add(text, "[");
        for (size_t i = 0; i < 16; i += 2) {
            ikl_text_add(text, "%s%x", i != 0 ? ":" : "", (unsigned)(ip[i] << 8 | ip[i + 1]));
        }
        ikl_text_add(text, "]:%u", address->port);
    } else {
        ikl_text_add(text, "-");
    }
}

int ikl_address_text(const struct ikl_address *address, char *out, size_t size)
{
    struct ikl_text text = ikl_text(out, size);

    add_address(&text, address);
    return ikl_text_len(&text);
}

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

static void add_end(struct ikl_text *text, const char *name, const struct ikl_address *address, const char *identity)
{
    ikl_text_add(text, "  %-20s", name);
    add_address(text, address);
    ikl_text_add(text, ", identity ");
    add_label(text, identity);
    ikl_text_add(text, "\n");
}

static void add_peers(struct ikl_text *text, const struct ikl_sa *sa, const struct ikl_sa_labels *labels)
{
    char suite[64];

    add_end(text, "local", &sa->path.local, labels->local_identity);
    add_end(text, "remote", &sa->path.remote, labels->remote_identity);
    ikl_text_add(text, "  %-20s%016" PRIx64 " initiator, %016" PRIx64 " responder\n", "SPI", sa->spi_i, sa->spi_r);
    ikl_text_add(text, "  %-20s%s\n", "role", sa->original_initiator ? "initiator" : "responder");
    add_line(text, "authentication", labels->authentication);
    (void)ikl_suite_name(&sa->suite, suite, sizeof(suite));
    add_line(text, "proposal", labels->proposal != NULL ? labels->proposal : suite);
    add_line(text, "NAT",
             labels->nat != NULL     ? labels->nat
             : sa->path.encapsulated ? "UDP encapsulation"
                                     : "no UDP encapsulation");
}

static const char *exchange_name(uint8_t exchange)
{
    switch (exchange) {
    case IKL_IKE_SA_INIT:
        return "IKE_SA_INIT";
    case IKL_IKE_AUTH:
        return "IKE_AUTH";
    case IKL_CREATE_CHILD_SA:
        return "CREATE_CHILD_SA";
    case IKL_INFORMATIONAL:
        return "INFORMATIONAL";
    default:
        return "exchange";
    }
}

static void add_outstanding(struct ikl_text *text, const struct ikl_sa *sa, ikl_time now)
{
    const struct ikl_outgoing *oldest = ikl_sa_oldest(sa);

    ikl_text_add(text, "  %-20s", "outstanding");
    if (oldest == NULL) {
        ikl_text_add(text, "none\n");
        return;
    }
    ikl_text_add(text, "%s %" PRIu32 ", retransmission %" PRIu32 " of %u, next step in ",
                 exchange_name(oldest->run.type), oldest->run.message_id, ikl_exchange_sends(&oldest->run) - 1,
                 oldest->run.schedule->tries - 1u);
    ikl_text_add_seconds(text, since(now, oldest->run.deadline));
    ikl_text_add(text, " s\n");
}

static void add_liveness(struct ikl_text *text, const struct ikl_sa *sa, ikl_time now)
{
    ikl_time evidence = evidence_of(sa, now);
    ikl_time probe = next_probe(sa, evidence);

    ikl_text_add(text, "  %-20s%s, idle ", "liveness", sa->liveness.policy == IKL_LIVENESS_OFF ? "off" : "periodic");
    ikl_text_add_seconds(text, sa->liveness.idle);
    ikl_text_add(text, " s, %u tries in ", sa->schedule->tries);
    ikl_text_add_seconds(text, ikl_schedule_total(sa->schedule));
    ikl_text_add(text, " s\n");
    add_duration_line(text, "last proof of life", "", since(evidence, now), " s ago");
    if (probe != IKL_NEVER) {
        add_duration_line(text, "next probe", "in ", since(now, probe), " s");
    }
    add_outstanding(text, sa, now);
}

static void add_children(struct ikl_text *text, const struct ikl_sa *sa, ikl_time now)
{
    ikl_text_add(text, "  %-20s%" PRIu32 "\n", "Child SAs", count_children(sa));
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        ikl_text_add(text, "    %s SPI in %08" PRIx32 " out %08" PRIx32 ", last heard ",
                     child->protocol == IKL_PROTOCOL_ESP ? "ESP" : "AH", child->spi_in, child->spi_out);
        if (child->heard == IKL_NEVER) {
            ikl_text_add(text, "never\n");
        } else {
            ikl_text_add_seconds(text, since(child->heard, now));
            ikl_text_add(text, " s ago\n");
        }
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

int ikl_sa_describe(const struct ikl_sa *sa, ikl_time now, char *out, size_t size)
{
    static const struct ikl_sa_labels no_labels = {.size = sizeof(no_labels)};
    const struct ikl_sa_labels *labels = sa->labels != NULL ? sa->labels : &no_labels;
    struct ikl_text text = ikl_text(out, size);

    now = ikl_time_later(now, sa->endpoint->now);
    ikl_text_add(&text, "IKE SA ");
    add_label(&text, labels->gateway);
    ikl_text_add(&text, " (gateway %" PRIu32 ", serial %" PRIu32 "): %s\n", labels->gateway_id, sa->serial,
                 ikl_sa_state_name(ikl_sa_state(sa)));
    add_duration_line(&text, "time of report", "", now, " s");
    add_duration_line(&text, "established", "", since(sa->established, now), " s ago");
    add_peers(&text, sa, labels);
    ikl_text_add(&text, "  %-20stx %" PRIu32 ", rx %" PRIu32 "\n", "next Message ID", sa->send_window.next,
                 sa->receive_window.lowest);
    add_liveness(&text, sa, now);
    add_children(&text, sa, now);
    add_counters(&text, sa);
    return ikl_text_len(&text);
}
