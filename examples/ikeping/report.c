/* SPDX-License-Identifier: ISC */
/* ikeping: what it says. */
#include "report.h"

#include "json.h"
#include "keylog.h"
#include "report_line.h"
#include "terminal.h"

#include <ikelive/registry.h>

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static const uint64_t NS_IN_MS = 1000000;

struct report report_open(const struct settings *settings, uint64_t now, uint64_t epoch)
{
    bool terminal = !settings->quiet && !settings->json && terminal_is_there();
    bool table = terminal && settings->gateways_file != NULL;
    FILE *nowhere = settings->quiet || table ? fopen("/dev/null", "w") : NULL;

    return (struct report){
        .out = nowhere != NULL ? nowhere : stdout,
        .audible = stdout,
        .json = settings->json,
        .timestamps = settings->timestamps,
        .bell = settings->bell,
        .terminal = terminal,
        .table = table,
        .responder = settings->responder,
        .names_peers = settings->responder || settings->gateways_file != NULL,
        .epoch = epoch,
        .started = now,
        .now = now,
    };
}

/* Where --bell rings. */
static void ring(const struct report *report)
{
    if (report->bell) {
        fputc('\a', report->audible);
        fflush(report->audible);
    }
}

static ikl_time ms_since_start(const struct report *report)
{
    return (report->now - report->started) / NS_IN_MS;
}

/* What a picture says beside the line of the host. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static void
draw_text(const struct report *report, void (*draw)(struct picture *picture, ikl_time at, const char *text),
          const char *format, ...)
{
    char text[PICTURE_TEXT_SIZE];
    va_list arguments;

    if (report->picture != NULL) {
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        draw(report->picture, ms_since_start(report), text);
    }
}

void report_start(const struct report *report, const struct settings *settings, const char *address, size_t n_gateways)
{
    char whom[REPORT_WHOM_SIZE];
    struct report audible = report_audible(report);
    double total = (double)ikl_schedule_total(&settings->schedule) / 1000;
    FILE *out = audible.out;

    if (report->json) {
        report_object(&audible, "start", address);
        json_string(out, "role", settings->responder ? "responder" : "initiator");
        json_whole(out, "gateways", n_gateways);
        json_decimal(out, "interval", settings->interval / 1000.0, 3);
        json_string(out, "schedule", settings->schedule_name);
        json_whole(out, "tries", settings->schedule.tries);
        json_decimal(out, "gives_up_after", total, 3);
        json_end(out);
        return;
    }
    fprintf(out, "IKEPING %s%s: a check %s %.10g s, %u %s in %.10g s (%s)\n", settings->responder ? "at " : "",
            report_whom(whom, address, n_gateways), settings->responder ? "after" : "every",
            settings->interval / 1000.0, (unsigned)settings->schedule.tries,
            settings->schedule.tries == 1 ? "try" : "tries", total, settings->schedule_name);
    fflush(out);
}

void report_keylog(const struct report *report, const char *address, const struct proposal_list *proposals)
{
    struct report audible = report_audible(report);
    char opened[PROPOSALS_MAX * PROPOSAL_NAME_SIZE], closed[PROPOSALS_MAX * PROPOSAL_NAME_SIZE];

    keylog_names(proposals, true, opened, sizeof(opened));
    keylog_names(proposals, false, closed, sizeof(closed));
    if (report->json) {
        report_object(&audible, "keylog", address);
        json_string(audible.out, "wireshark_opens", opened);
        json_string(audible.out, "wireshark_cannot_open", closed);
        json_end(audible.out);
        return;
    }
    fprintf(audible.out, "With the key log Wireshark opens %s\n", opened[0] != '\0' ? opened : "none of the proposals");
    if (closed[0] != '\0') {
        fprintf(audible.out, "but not %s\n", closed);
    }
    fflush(audible.out);
}

static void report_sa(struct report *report, const char *event, const char *peer, const struct report_sa *sa)
{
    char spi[17];

    report_object(report, event, peer);
    json_string(report->out, "role", sa->initiator ? "initiator" : "responder");
    json_string(report->out, "local_identity", sa->local_identity);
    json_string(report->out, "remote_identity", sa->remote_identity);
    json_string(report->out, "proposal", sa->proposal);
    json_string(report->out, "authentication", sa->authentication);
    json_string(report->out, "nat", sa->nat);
    (void)snprintf(spi, sizeof(spi), "%016" PRIx64, sa->spi_i);
    json_string(report->out, "spi_i", spi);
    (void)snprintf(spi, sizeof(spi), "%016" PRIx64, sa->spi_r);
    json_string(report->out, "spi_r", spi);
    json_decimal(report->out, "ms", sa->ms, 3);
    json_end(report->out);
}

static void established(struct report *report, const char *event, const char *peer, const char *words,
                        const struct report_sa *sa)
{
    draw_text(report, picture_up, "%s: %s", words, sa->proposal);
    if (report->json) {
        report_sa(report, event, peer, sa);
    } else {
        report_say(report, peer, "%s as %s with %s: %s, %s, %s, SPI %016" PRIx64 " %016" PRIx64 ", in %.3f ms", words,
                   sa->local_identity, sa->remote_identity, sa->proposal, sa->authentication, sa->nat, sa->spi_i,
                   sa->spi_r, sa->ms);
    }
}

void report_established(struct report *report, const char *peer, const struct report_sa *sa)
{
    established(report, "established", peer, "established", sa);
}

void report_reauthenticated(struct report *report, const char *peer, const struct report_sa *sa)
{
    established(report, "reauthenticated", peer, "authenticated again", sa);
}

static void rekeyed(struct report *report, const char *event, const char *peer, const char *who,
                    const struct report_sa *sa)
{
    draw_text(report, picture_note, "rekeyed by %s: %s", who, sa->proposal);
    if (report->json) {
        report_sa(report, event, peer, sa);
    } else {
        report_say(report, peer, "rekeyed by %s: %s, SPI %016" PRIx64 " %016" PRIx64, who, sa->proposal, sa->spi_i,
                   sa->spi_r);
    }
}

void report_rekeyed(struct report *report, const char *peer, const struct report_sa *sa)
{
    rekeyed(report, "rekeyed", peer, "the peer", sa);
}

void report_rekeyed_by_us(struct report *report, const char *peer, const struct report_sa *sa)
{
    rekeyed(report, "rekeyed_by_us", peer, "us", sa);
}

void report_sent(const struct report *report, const struct ikl_attempt *attempt, bool last)
{
    if (report->picture != NULL) {
        picture_sent(report->picture, ms_since_start(report), attempt, last);
    }
}

void report_answered(struct report *report, const char *peer, uint64_t check, const struct ikl_alive *alive, double ms)
{
    if (report->picture != NULL) {
        picture_answered(report->picture, ms_since_start(report), ms);
    }
    if (report->json) {
        report_object(report, "answered", peer);
        json_whole(report->out, "check", check);
        json_whole(report->out, "message_id", alive->message_id);
        json_whole(report->out, "sends", alive->sends);
        json_decimal(report->out, "rtt_ms", ms, 3);
        json_end(report->out);
    } else if (alive->sends == 1) {
        report_say(report, peer, "check %" PRIu64 " answered: Message ID %" PRIu32 ", %.3f ms", check,
                   alive->message_id, ms);
    } else {
        report_say(report, peer,
                   "check %" PRIu64 " answered: Message ID %" PRIu32 ", %.3f ms after the first of %" PRIu32 " sends",
                   check, alive->message_id, ms, alive->sends);
    }
}

void report_superseded(struct report *report, const char *peer, uint64_t check, const char *by)
{
    draw_text(report, picture_note, "check superseded by %s", by);
    if (report->json) {
        report_object(report, "superseded", peer);
        json_whole(report->out, "check", check);
        json_end(report->out);
    } else {
        report_say(report, peer, "check %" PRIu64 " superseded by %s", check, by);
    }
}

static const char *exchange_name(uint8_t exchange_type)
{
    const char *name = ikl_exchange_name(exchange_type);

    return name != NULL ? name : "?";
}

/* Why a request was sent again, in JSON and in text. */
static const char *const cause_names[] = {
    [IKL_ATTEMPT_SCHEDULE] = "schedule", [IKL_ATTEMPT_EVIDENCE] = "evidence",
    [IKL_ATTEMPT_MOVED] = "moved",       [IKL_ATTEMPT_RESENT] = "resent",
    [IKL_ATTEMPT_OVERDUE] = "overdue",   [IKL_ATTEMPT_RECONNECTED] = "reconnected"};
static const char *const cause_texts[] = {[IKL_ATTEMPT_SCHEDULE] = "",
                                          [IKL_ATTEMPT_EVIDENCE] = ", since the peer was heard",
                                          [IKL_ATTEMPT_MOVED] = ", along the new path",
                                          [IKL_ATTEMPT_RESENT] = ", once more",
                                          [IKL_ATTEMPT_OVERDUE] = ", as the answer is overdue",
                                          [IKL_ATTEMPT_RECONNECTED] = ", over the new connection"};

void report_retransmission(struct report *report, const char *peer, uint64_t check, const struct ikl_attempt *attempt,
                           bool last)
{
    char what[32];

    if (check != 0) {
        report_sent(report, attempt, last);
    }
    if (report->json) {
        report_object(report, "retransmission", peer);
        json_string(report->out, "exchange", exchange_name(attempt->exchange_type));
        json_whole(report->out, "message_id", attempt->message_id);
        if (check != 0) {
            json_whole(report->out, "check", check);
        }
        json_whole(report->out, "retransmission", attempt->retransmission);
        json_string(report->out, "cause", cause_names[attempt->cause]);
        json_decimal(report->out, "wait", attempt->wait / 1000.0, 3);
        json_bool(report->out, "last", last);
        json_bool(report->out, "sent", attempt->send_result == IKL_OK);
        json_end(report->out);
        return;
    }
    if (check != 0) {
        (void)snprintf(what, sizeof(what), "check %" PRIu64, check);
    } else {
        (void)snprintf(what, sizeof(what), "%s", exchange_name(attempt->exchange_type));
    }
    report_say(report, peer, "%s: retransmission %" PRIu32 " of Message ID %" PRIu32 "%s, %s %.10g s%s", what,
               attempt->retransmission, attempt->message_id, cause_texts[attempt->cause],
               last ? "gives up in" : "next wait", attempt->wait / 1000.0,
               attempt->send_result == IKL_OK ? "" : " (could not be sent)");
}

/* An event that needs no more than its name, and text. */
static void report_plain(struct report *report, const char *event, const char *peer, const char *text)
{
    if (report->json) {
        report_object(report, event, peer);
        json_end(report->out);
    } else {
        report_say(report, peer, "%s", text);
    }
}

void report_reachability(struct report *report, const char *peer, bool suspect)
{
    ring(report);
    if (suspect) {
        report_plain(report, "lost", peer, "lost: no answer, the peer may be down");
    } else {
        report_plain(report, "recovered", peer, "recovered: the peer answers again");
    }
}

void report_again(struct report *report, const char *peer)
{
    report_plain(report, "again", peer,
                 "AUTHENTICATION_FAILED, perhaps because somebody has sent us a false cookie: once more");
}

void report_peer_check(struct report *report, const char *peer)
{
    report_plain(report, "peer_check", peer, "the peer's liveness check was answered");
}

void report_token_refused(struct report *report, const char *peer)
{
    report_plain(report, "token_refused", peer, "a token was shown that is not the peer's: it proves nothing");
}

/* An event with a reason. */
static void report_reason(struct report *report, const char *event, const char *peer, const char *text, const char *why)
{
    if (report->json) {
        report_object(report, event, peer);
        json_string(report->out, "reason", why);
        json_end(report->out);
    } else {
        report_say(report, peer, "%s: %s", text, why);
    }
}

void report_unreachable(struct report *report, const char *peer, const char *why)
{
    report_reason(report, "unreachable", peer, "the network says", why);
}

void report_disconnected(struct report *report, const char *peer, const char *why)
{
    draw_text(report, picture_note, "the connection is lost: %s", why);
    report_reason(report, "disconnected", peer, "the connection is lost", why);
}

void report_reconnected(struct report *report, const char *peer)
{
    draw_text(report, picture_note, "connected again");
    if (report->json) {
        report_object(report, "reconnected", peer);
        json_end(report->out);
    } else {
        report_say(report, peer, "connected again");
    }
}

void report_rekey_failed(struct report *report, const char *peer, const char *why)
{
    report_reason(report, "rekey_failed", peer, "our rekey came to nothing", why);
}

void report_successor_failed(struct report *report, const char *peer, const char *why)
{
    report_reason(report, "successor_failed", peer, "a new IKE SA in the place of this one could not be established",
                  why);
}

void report_refused(struct report *report, const char *peer, const char *why)
{
    report_reason(report, "refused", peer, "refused", why);
}

void report_failed(struct report *report, const char *peer, const char *why)
{
    struct report audible = report_audible(report);

    draw_text(report, picture_note, "could not connect: %s", why);
    report_reason(&audible, "failed", peer,
                  report->responder ? "could not wait for peers" : "could not establish an IKE SA", why);
    report->status_shown = audible.status_shown;
}

/* An event with another address than the peer's. */
static void report_address(struct report *report, const char *event, const char *peer, const char *name,
                           const char *address)
{
    report_object(report, event, peer);
    json_string(report->out, name, address);
    json_end(report->out);
}

void report_moved(struct report *report, const char *peer, const char *before)
{
    draw_text(report, picture_note, "the peer moved to %s", peer);
    if (report->json) {
        report_address(report, "moved", peer, "before", before);
    } else {
        report_say(report, peer, "moved: the peer is at %s now, it was at %s", peer, before);
    }
}

void report_elsewhere(struct report *report, const char *peer, const char *elsewhere)
{
    if (report->json) {
        report_address(report, "elsewhere", peer, "address", elsewhere);
    } else {
        report_say(report, peer, "the peer sends from %s too: it is not followed, since we are behind a NAT",
                   elsewhere);
    }
}

void report_redirect(struct report *report, const char *peer, const char *where, bool followed)
{
    if (report->json) {
        report_object(report, "redirect", peer);
        json_string(report->out, "gateway", where);
        json_bool(report->out, "followed", followed);
        json_end(report->out);
    } else {
        report_say(report, peer, "the peer redirects us to %s (REDIRECT, RFC 5685)%s", where,
                   followed ? ": we go there" : ", which --follow-redirect follows");
    }
}

void report_takeover(struct report *report, const char *peer, uint32_t unknown)
{
    draw_text(report, picture_note, "taken over by ourselves");
    if (report->json) {
        report_object(report, "takeover", peer);
        json_whole(report->out, "unknown_requests", unknown);
        json_end(report->out);
    } else {
        report_say(report, peer, "taken over by ourselves, with Message IDs that are %" PRIu32 " requests old",
                   unknown);
    }
}

void report_synced(struct report *report, const char *peer, const struct ikl_synced *synced)
{
    draw_text(report, picture_note, "Message IDs are synchronised");
    if (report->json) {
        report_object(report, "synced", peer);
        json_bool(report->out, "by_peer", synced->by_peer);
        json_whole(report->out, "next_request", synced->next_request);
        json_whole(report->out, "next_expected", synced->next_expected);
        json_end(report->out);
    } else {
        report_say(report, peer, "%s: our next Message ID is %" PRIu32 ", the peer's %" PRIu32,
                   synced->by_peer ? "the peer was taken over" : "Message IDs are synchronised", synced->next_request,
                   synced->next_expected);
    }
}

void report_closing(struct report *report, const char *peer)
{
    report_plain(report, "closing", peer, "deleting the IKE SA");
}

/* Lines that are indented and not about a time of their own. */
static void say_history(struct report *report, const char *history)
{
    while (*history != '\0') {
        size_t len = strcspn(history, "\n");

        fprintf(report->out, "%11s%.*s\n", "", (int)len, history);
        history += history[len] == '\n' ? len + 1 : len;
    }
    fflush(report->out);
}

/* What became of our Delete. */
static const char *delete_text(const struct report_end *end)
{
    return !end->delete_sent      ? "the Delete was not sent"
           : end->delete_answered ? "the Delete was answered"
                                  : "the Delete was not answered";
}

static void report_down_json(struct report *report, const char *peer, const struct report_end *end, double silence)
{
    report_object(report, "down", peer);
    json_string(report->out, "reason", ikl_down_reason_name(end->down->reason));
    if (end->why != NULL) {
        json_string(report->out, "why", end->why);
    } else if (end->deleting) {
        json_bool(report->out, "delete_sent", end->delete_sent);
    }
    if (end->delete_sent) {
        json_bool(report->out, "delete_answered", end->delete_answered);
    }
    if (end->down->reason == IKL_DOWN_TIMEOUT) {
        json_bool(report->out, "heard_since_last_send", end->down->heard_since_last_send);
    }
    json_decimal(report->out, "silence", silence, 3);
    json_end(report->out);
}

void report_down(struct report *report, const char *peer, const struct report_end *end)
{
    double silence = (double)(end->down->at - end->down->last_evidence) / 1000;
    const char *reason = ikl_down_reason_name(end->down->reason);

    draw_text(report, picture_down, "down: %s", reason);
    if (!end->deleting) {
        ring(report);
    }
    if (report->json) {
        report_down_json(report, peer, end, silence);
        return;
    }
    if (end->down->reason != IKL_DOWN_CLOSED) {
        report_say(report, peer, "down: %s, %.3f s after the last sign of life%s", reason, silence,
                   end->down->heard_since_last_send ? ", for the peer talks but does not answer" : "");
    } else if (end->why != NULL) {
        report_say(report, peer, "down: %s, %s", reason, end->why);
    } else {
        report_say(report, peer, "down: %s, %s", reason, delete_text(end));
    }
    say_history(report, end->history);
}

void report_waiting(struct report *report, const char *peer, double seconds)
{
    if (report->json) {
        report_object(report, "waiting", peer);
        json_decimal(report->out, "wait", seconds, 3);
        json_end(report->out);
    } else {
        report_say(report, peer, "connecting again in %.3f s", seconds);
    }
}

void report_attempt(struct report *report, const char *peer, uint32_t attempt)
{
    if (report->json) {
        report_object(report, "connecting", peer);
        json_whole(report->out, "attempt", attempt);
        json_end(report->out);
    } else {
        report_say(report, peer, "connecting again, attempt %" PRIu32, attempt);
    }
}

void report_revived(struct report *report, const char *peer, uint32_t attempts, double down_for)
{
    ring(report);
    if (report->json) {
        report_object(report, "revived", peer);
        json_whole(report->out, "attempts", attempts);
        json_decimal(report->out, "down_for", down_for, 3);
        json_end(report->out);
    } else {
        report_say(report, peer, "up again: attempt %" PRIu32 " succeeded, %.3f s after the IKE SA went down", attempts,
                   down_for);
    }
}

void report_status(struct report *report, const char *text)
{
    if (report->terminal) {
        fprintf(report->out, "%s%.*s", report_erase_line, terminal_size().columns - 1, text);
        fflush(report->out);
        report->status_shown = true;
    }
}
