/* SPDX-License-Identifier: ISC */
/* Twins: the same story run twice. See twin.h. */
#include "twin.h"

#include "test.h"

struct snapshot snapshot_of(const struct host *host)
{
    struct snapshot snapshot = {.info = host_info(host),
                                .counters = host_counters(host),
                                .next_deadline = ikl_endpoint_next_deadline(host->endpoint),
                                .n_sas = ikl_endpoint_n_sas(host->endpoint)};
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(host->sa); child != NULL && n < HOST_MAX_CHILDREN;
         child = ikl_sa_next_child(host->sa, child)) {
        snapshot.heard[n++] = ikl_child_last_heard(child);
    }
    return snapshot;
}

static void assert_same_sa_counters(const struct ikl_sa_counters *a, const struct ikl_sa_counters *b)
{
    assert_int_equal(a->probes, b->probes);
    assert_int_equal(a->retransmissions, b->retransmissions);
    assert_int_equal(a->answered, b->answered);
    assert_int_equal(a->requests, b->requests);
    assert_int_equal(a->repeats, b->repeats);
    assert_int_equal(a->send_failures, b->send_failures);
}

static void assert_same_info(const struct ikl_sa_info *a, const struct ikl_sa_info *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->reachability, b->reachability);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->established, b->established);
    assert_int_equal(a->last_evidence, b->last_evidence);
    assert_int_equal(a->last_message, b->last_message);
    assert_int_equal(a->next_request, b->next_request);
    assert_int_equal(a->next_expected, b->next_expected);
    assert_int_equal(a->queued, b->queued);
    assert_int_equal(a->outstanding, b->outstanding);
    assert_int_equal(a->outstanding_exchange_type, b->outstanding_exchange_type);
    assert_int_equal(a->outstanding_id, b->outstanding_id);
    assert_int_equal(a->outstanding_retransmissions, b->outstanding_retransmissions);
    assert_int_equal(a->outstanding_deadline, b->outstanding_deadline);
    assert_int_equal(a->idle_deadline, b->idle_deadline);
    assert_int_equal(a->n_children, b->n_children);
    assert_same_sa_counters(&a->counters, &b->counters);
}

void assert_same_state(const struct snapshot *a, const struct snapshot *b)
{
    assert_same_info(&a->info, &b->info);
    assert_int_equal(a->next_deadline, b->next_deadline);
    assert_int_equal(a->n_sas, b->n_sas);
    for (size_t i = 0; i < HOST_MAX_CHILDREN; i++) {
        assert_int_equal(a->heard[i], b->heard[i]);
    }
}

/* One number after another, so there is no padding between them. */
void assert_same_counters(const struct ikl_endpoint_counters *a, const struct ikl_endpoint_counters *b)
{
    assert_memory_equal(a, b, sizeof(*a));
}

static void assert_same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    assert_memory_equal(a->local.ip, b->local.ip, sizeof(a->local.ip));
    assert_memory_equal(a->remote.ip, b->remote.ip, sizeof(a->remote.ip));
    assert_int_equal(a->local.port, b->local.port);
    assert_int_equal(a->remote.port, b->remote.port);
    assert_int_equal(a->tag, b->tag);
    assert_int_equal(a->encapsulated, b->encapsulated);
}

static void assert_same_attempt(const struct ikl_attempt *a, const struct ikl_attempt *b)
{
    assert_int_equal(a->exchange_type, b->exchange_type);
    assert_int_equal(a->message_id, b->message_id);
    assert_int_equal(a->retransmission, b->retransmission);
    assert_int_equal(a->cause, b->cause);
    assert_int_equal(a->wait, b->wait);
    assert_int_equal(a->liveness, b->liveness);
    assert_int_equal(a->send_result, b->send_result);
}

static void assert_same_alive(const struct ikl_alive *a, const struct ikl_alive *b)
{
    assert_int_equal(a->exchange_type, b->exchange_type);
    assert_int_equal(a->message_id, b->message_id);
    assert_int_equal(a->sends, b->sends);
    assert_int_equal(a->first_sent, b->first_sent);
    assert_int_equal(a->liveness, b->liveness);
}

static void assert_same_down(const struct ikl_down *a, const struct ikl_down *b)
{
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->at, b->at);
    assert_int_equal(a->last_evidence, b->last_evidence);
    assert_int_equal(a->exchange_type, b->exchange_type);
    assert_int_equal(a->message_id, b->message_id);
    assert_int_equal(a->sends, b->sends);
    assert_int_equal(a->first_sent, b->first_sent);
    assert_int_equal(a->heard_since_last_send, b->heard_since_last_send);
}

/* But for the handle and the context, which are each host's own. */
static void assert_same_outcome(const struct ikl_outcome *a, const struct ikl_outcome *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->exchange_type, b->exchange_type);
    assert_int_equal(a->message_id, b->message_id);
    assert_int_equal(a->sends, b->sends);
    assert_int_equal(a->first_sent, b->first_sent);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->first_payload, b->first_payload);
}

static void assert_same_reachability(const struct ikl_reachability_change *a, const struct ikl_reachability_change *b)
{
    assert_int_equal(a->reachability, b->reachability);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->at, b->at);
}

/* Fields that an event of its kind does not have are zero. */
static void assert_same_event(const struct event *a, const struct event *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->at, b->at);
    assert_same_path(&a->path, &b->path);
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->datagram, b->datagram, a->len);
    assert_same_attempt(&a->attempt, &b->attempt);
    assert_same_alive(&a->alive, &b->alive);
    assert_same_down(&a->down, &b->down);
    assert_same_outcome(&a->outcome, &b->outcome);
    assert_same_reachability(&a->reachability, &b->reachability);
    assert_int_equal(a->exhaustion, b->exhaustion);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->message_id, b->message_id);
    assert_int_equal(a->exchange_type, b->exchange_type);
    assert_int_equal(a->first_payload, b->first_payload);
    assert_int_equal(a->spi_in, b->spi_in);
}

/* The index of the first event from `from` on that is not `unmatched`. */
static size_t skip_unmatched(const struct host *host, size_t from)
{
    while (from < host->n_events && host->events[from].kind == EVENT_UNMATCHED) {
        from++;
    }
    return from;
}

void assert_same_events(const struct host *a, const struct host *b)
{
    size_t i = skip_unmatched(a, 0), j = skip_unmatched(b, 0);

    while (i < a->n_events && j < b->n_events) {
        assert_same_event(&a->events[i], &b->events[j]);
        i = skip_unmatched(a, i + 1);
        j = skip_unmatched(b, j + 1);
    }
    assert_int_equal(i, a->n_events);
    assert_int_equal(j, b->n_events);
}
