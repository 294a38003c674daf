/* SPDX-License-Identifier: ISC */
/* ikelive sa: the last events of an IKE SA, in a ring, so that "why did the tunnel drop" has an answer. */
#include "sa.h"

#include "out_of_line.h"
#include "text.h"

#include <inttypes.h>

size_t ikl_history_size(uint32_t n_events)
{
    return sizeof(struct ikl_history) + n_events * sizeof(struct ikl_event);
}

static struct ikl_history *history_of(const struct ikl_sa *sa)
{
    return sa->endpoint->history_events != 0 ? ikl_slab_at(&sa->endpoint->histories, sa->self) : NULL;
}

void ikl_history_reset(struct ikl_sa *sa)
{
    struct ikl_history *history = history_of(sa);

    if (history != NULL) {
        history->n = 0;
        history->next = 0;
    }
}

/* The event that was added `back` events ago; `back` is below history->n. */
static struct ikl_event *event_back(struct ikl_history *history, uint32_t room, uint32_t back)
{
    return &history->events[(history->next > back ? history->next : history->next + room) - 1 - back];
}

/* Adds to the event of the same kind among the chatter at the end, and puts that last. False when there is none. */
static bool add_to_chatter(struct ikl_history *history, uint32_t room, struct ikl_event event)
{
    for (uint32_t back = 0; back < history->n; back++) {
        struct ikl_event earlier = *event_back(history, room, back);

        if (!ikl_event_is_chatter(earlier.kind)) {
            return false;
        }
        if (earlier.kind == event.kind) {
            event.count = ikl_event_count(earlier.count + 1u);
            for (; back > 0; back--) {
                *event_back(history, room, back) = *event_back(history, room, back - 1);
            }
            *event_back(history, room, 0) = event;
            return true;
        }
    }
    return false;
}

static void append(struct ikl_history *history, uint32_t room, struct ikl_event event)
{
    history->events[history->next++] = event;
    if (history->next >= room) {
        history->next = 0;
    }
    if (history->n < room) {
        history->n++;
    }
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    struct ikl_history *history = history_of(sa);

    if (history != NULL) {
        append(history, sa->endpoint->history_events, event);
    }
}

void ikl_history_add_answer(struct ikl_sa *sa, uint32_t message_id, uint32_t sends, ikl_time now)
{
    struct ikl_history *history = history_of(sa);
    struct ikl_event event = {
        .at = now, .message_id = message_id, .count = ikl_event_count(sends), .kind = IKL_EVENT_ANSWERED};

    if (history != NULL) {
        append(history, sa->endpoint->history_events, event);
        event.count = 1;
        event.kind = IKL_EVENT_HEARD;
        append(history, sa->endpoint->history_events, event); /* after an event that is no chatter */
    }
}

IKL_OUT_OF_LINE static void add_to_mixed_chatter(struct ikl_history *history, uint32_t room, struct ikl_event event)
{
    if (!add_to_chatter(history, room, event)) {
        append(history, room, event);
    }
}

void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    struct ikl_history *history = history_of(sa);
    uint32_t room = sa->endpoint->history_events;
    struct ikl_event *last;

    if (history == NULL) {
        return;
    }
    last = event_back(history, room, 0);
    if (history->n == 0) {
        append(history, room, event);
    } else if (last->kind == event.kind) {
        event.count = ikl_event_count(last->count + 1u);
        *last = event;
    } else if (ikl_event_is_chatter(last->kind)) {
        add_to_mixed_chatter(history, room, event);
    } else {
        append(history, room, event);
    }
}

static void reverse(struct ikl_event *events, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct ikl_event event = events[i];

        events[i] = events[n - 1 - i];
        events[n - 1 - i] = event;
    }
}

const struct ikl_event *ikl_history_in_order(struct ikl_sa *sa, size_t *n)
{
    struct ikl_history *history = history_of(sa);

    *n = history != NULL ? history->n : 0;
    if (history == NULL) {
        return NULL;
    }
    if (history->n == sa->endpoint->history_events && history->next != 0) {
        /* rotated in place: the oldest, at `next`, comes first */
        reverse(history->events, history->next);
        reverse(history->events + history->next, history->n - (size_t)history->next);
        reverse(history->events, history->n);
        history->next = 0;
    }
    return history->events;
}

void ikl_history_carry(struct ikl_sa *from, struct ikl_sa *to)
{
    size_t n;
    const struct ikl_event *events = ikl_history_in_order(from, &n);

    ikl_history_reset(to);
    for (size_t i = 0; i < n; i++) {
        ikl_history_add_event(to, events[i]);
    }
}

size_t ikl_sa_history(const struct ikl_sa *sa, struct ikl_event *out, size_t max)
{
    const struct ikl_history *history = history_of(sa);
    uint32_t room = sa->endpoint->history_events;
    size_t n = history != NULL ? history->n : 0;
    size_t skipped = n > max ? n - max : 0;

    for (size_t i = skipped; i < n; i++) {
        out[i - skipped] = history->events[(history->next + room - n + i) % room];
    }
    return n - skipped;
}

const char *ikl_event_name(enum ikl_event_kind kind)
{
    static const char *const names[] = {
        [IKL_EVENT_HEARD] = "heard",
        [IKL_EVENT_REQUESTED] = "requested",
        [IKL_EVENT_PROBED] = "probed",
        [IKL_EVENT_RETRANSMITTED] = "retransmitted",
        [IKL_EVENT_SEND_FAILED] = "send failed",
        [IKL_EVENT_BLOCKED] = "send blocked",
        [IKL_EVENT_ANSWERED] = "answered",
        [IKL_EVENT_REPEATED] = "repeated response",
        [IKL_EVENT_REFUSED] = "refused",
        [IKL_EVENT_HINTED] = "hinted",
        [IKL_EVENT_ADDRESS_CHANGED] = "address changed",
        [IKL_EVENT_WINDOW_FULL] = "window full",
        [IKL_EVENT_REACHABILITY] = "reachability",
        [IKL_EVENT_STATE] = "state",
        [IKL_EVENT_MONITOR] = "monitor",
        [IKL_EVENT_TRIMMED] = "last wait trimmed",
        [IKL_EVENT_TOKEN_KEPT] = "token kept",
        [IKL_EVENT_CRASHED] = "peer crashed",
        [IKL_EVENT_RECONNECTED] = "reconnected",
        [IKL_EVENT_SYNCED] = "Message IDs synchronised",
        [IKL_EVENT_TAKEN_OVER] = "peer taken over",
        [IKL_EVENT_KEYS_CHANGED] = "keys changed",
        [IKL_EVENT_RESTORED] = "restored",
    };

    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

static void add_detail(struct ikl_text *text, const struct ikl_event *event)
{
    switch ((enum ikl_event_kind)event->kind) {
    case IKL_EVENT_STATE:
        ikl_text_add(text, ", %s", ikl_sa_state_name((enum ikl_sa_state)event->detail));
        break;
    case IKL_EVENT_REACHABILITY:
        ikl_text_add(text, ", %s", ikl_reachability_name((enum ikl_reachability)event->detail));
        break;
    case IKL_EVENT_REFUSED:
        ikl_text_add(text, ", %s", ikl_error_name(event->detail));
        break;
    case IKL_EVENT_MONITOR:
        ikl_text_add(text, ", %s", ikl_monitor_state_name(ikl_event_monitor(event)));
        if (ikl_event_finding(event) != IKL_FINDING_NONE) {
            ikl_text_add(text, ", %s", ikl_monitor_finding_name(ikl_event_finding(event)));
        }
        break;
    default:
        break;
    }
}

/* Why a request was sent again, other than by its schedule. */
static const char *cause_of(const struct ikl_event *event)
{
    switch (event->detail) {
    case IKL_ATTEMPT_EVIDENCE:
        return ", as the peer was heard";
    case IKL_ATTEMPT_MOVED:
        return ", as the path moved";
    case IKL_ATTEMPT_RESENT:
        return ", by our word";
    case IKL_ATTEMPT_OVERDUE:
        return ", as the answer is overdue";
    case IKL_ATTEMPT_RECONNECTED:
        return ", as the path is there again";
    default: /* by its schedule */
        return "";
    }
}

static void add_event(struct ikl_text *text, const struct ikl_event *event, ikl_time now)
{
    ikl_text_add(text, "  ");
    ikl_text_add_seconds(text, now > event->at ? now - event->at : 0);
    ikl_text_add(text, " s ago: %s", ikl_event_name((enum ikl_event_kind)event->kind));
    if (event->message_id != IKL_MESSAGE_ID_NONE) {
        ikl_text_add(text, ", Message ID %" PRIu32, event->message_id);
    }
    add_detail(text, event);
    if (event->kind == IKL_EVENT_RETRANSMITTED) {
        ikl_text_add(text, ", number %u%s", event->count, cause_of(event));
    } else if (event->kind == IKL_EVENT_KEYS_CHANGED) {
        ikl_text_add(text, ", change %u", event->count);
    } else if (event->kind == IKL_EVENT_TRIMMED) {
        ikl_text_add(text, ", as answers took %u ms at most", event->count);
    } else if (event->count > 1) {
        ikl_text_add(text, ", %u times", event->count);
    }
    ikl_text_add(text, "\n");
}

int ikl_sa_history_text(const struct ikl_sa *sa, ikl_time now, char *out, size_t size)
{
    const struct ikl_history *history = history_of(sa);
    uint32_t room = sa->endpoint->history_events;
    struct ikl_text text = ikl_text(out, size);

    now = now != IKL_NEVER ? ikl_time_later(now, sa->endpoint->now) : sa->endpoint->now;
    for (size_t i = 0; history != NULL && i < history->n; i++) {
        add_event(&text, &history->events[(history->next + room - history->n + i) % room], now);
    }
    return ikl_text_len(&text);
}
