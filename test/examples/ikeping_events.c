/* SPDX-License-Identifier: ISC */
/* Prints every line that ikeping --json can print, with every member that it may have. */
#include "examples/ikeping/conformance/checks.h"
#include "examples/ikeping/conformance/outcome.h"
#include "examples/ikeping/mobike.h"
#include "examples/ikeping/report.h"
#include "examples/ikeping/report_child.h"
#include "examples/ikeping/report_init.h"
#include "examples/ikeping/report_mobike.h"

#include <string.h>

static const char peer[] = "192.0.2.1:500";

static void print_beginnings(struct report *report)
{
    struct settings settings = {.interval = 1000, .schedule = *ikl_schedule_default(), .schedule_name = "panos-7.0"};
    struct report_sa sa = {.initiator = true,
                           .local_identity = "a \"quoted\" \\ name",
                           .remote_identity = "b",
                           .proposal = "chacha20poly1305-prfsha256-x25519",
                           .authentication = "PSK",
                           .nat = "no NAT",
                           .spi_i = 1,
                           .spi_r = UINT64_MAX,
                           .ms = 1.5};

    proposals_default(&settings.proposals);
    report_start(report, &settings, peer, 1);
    settings.responder = true;
    report_start(report, &settings, "*", 0);
    report_keylog(report, peer, &settings.proposals);
    report_again(report, peer);
    report_established(report, peer, &sa);
    sa = (struct report_sa){
        .local_identity = "", .remote_identity = "", .proposal = "", .authentication = "Ed25519", .nat = ""};
    report_reauthenticated(report, peer, &sa);
    report_successor_failed(report, peer, "no answer");
    report_rekeyed(report, peer, &sa);
    report_rekeyed_by_us(report, peer, &sa);
    report_rekey_failed(report, peer, "no proposal");
    report_refused(report, peer, "no proposal");
    report_failed(report, peer, "no answer");
    report_waiting(report, peer, 1.5);
    report_attempt(report, peer, 1);
    report_revived(report, peer, 2, 3.5);
}

static void print_checks(struct report *report)
{
    struct ikl_alive alive = {.message_id = 2, .sends = 1, .liveness = true};
    struct ikl_attempt attempt = {
        .exchange_type = IKL_INFORMATIONAL, .message_id = 2, .retransmission = 1, .wait = 500};

    report_answered(report, peer, 1, &alive, 0.25);
    report_superseded(report, peer, 1, "a rekey");
    for (int cause = IKL_ATTEMPT_SCHEDULE; cause <= IKL_ATTEMPT_RECONNECTED; cause++) {
        attempt.cause = (enum ikl_attempt_cause)cause;
        report_retransmission(report, peer, (uint64_t)cause, &attempt, cause == IKL_ATTEMPT_MOVED);
    }
    report_reachability(report, peer, true);
    report_reachability(report, peer, false);
    report_peer_check(report, peer);
    report_token_refused(report, peer);
}

static void print_children(struct report *report)
{
    struct report_child child = {.mode = "tunnel",
                                 .proposal = "ENCR_AES_GCM_16-256",
                                 .ours = "192.0.2.1/32",
                                 .theirs = "0.0.0.0/0,::/0",
                                 .spi_in = 1,
                                 .spi_out = UINT32_MAX};

    report_child(report, peer, &child);
    report_child_rekeyed(report, peer, &child);
    child.mode = "transport";
    report_child_rekeyed_by_us(report, peer, &child);
    report_child_refused(report, peer, "no proposal");
    report_child_down(report, peer, 1, UINT32_MAX, "closed");
}

static void print_conformance(FILE *out)
{
    const struct check check = {.name = "a-check", .sentence = "It is so.", .section = "RFC 7296 2.1"};
    char text[] = "IKE_SA_INIT request 0\n";
    struct outcome each[] = {
        {.check = &check,
         .number = "1.1",
         .verdict = VERDICT_PASS,
         .measured = {.n_waits = 2, .waits = {500, 1000}, .verdict = 3500}},
        {.check = &check, .number = "1.2", .verdict = VERDICT_UNCLEAR, .why = "there is no IKE SA"},
        {.check = &check,
         .number = "1.3",
         .verdict = VERDICT_FAIL,
         .why = "it is not so",
         .shown = {{.sent = true, .at = 0.5, .text = text}, {.at = 1, .text = text}}},
    };
    const struct outcomes outcomes = {.peer = peer, .each = each, .n = 3, .passed = 1, .failed = 1, .unclear = 1};

    for (size_t i = 0; i < outcomes.n; i++) {
        json_outcome(out, 1.5, peer, &each[i]);
    }
    json_outcomes_end(out, 2, &outcomes);
}

static void print_inits(struct report *report)
{
    struct report_init answer = {
        .number = 1, .version = 0x20, .what = "a proposal", .nat = "no NAT", .sends = 1, .ms = 0.25};

    report_init(report, peer, &answer);
    answer =
        (struct report_init){.number = 2, .version = 0x10, .what = "a refusal", .cookie = true, .sends = 2, .ms = 1000};
    report_init(report, peer, &answer);
    report_init_failed(report, peer, 3, "no answer");
}

static void print_ways(struct report *report)
{
    struct mobike mobike = {.n_additional = 2, .additional = {{.family = 4}, {.family = 6}}};
    struct ikl_synced synced = {.by_peer = true, .next_request = 1, .next_expected = 2};

    report_unreachable(report, peer, "Connection refused");
    report_disconnected(report, peer, "closed");
    report_reconnected(report, peer);
    report_moved(report, peer, "192.0.2.2:500");
    report_mobike(report, peer, &mobike);
    mobike.agreed = true;
    report_mobike(report, peer, &mobike);
    report_moving(report, peer, "192.0.2.2:500");
    report_updated(report, peer, "no NAT");
    report_update_refused(report, peer, "a reason");
    report_routable(report, peer);
    report_elsewhere(report, peer, "192.0.2.2:500");
    report_redirect(report, peer, "192.0.2.2", true);
    report_takeover(report, peer, 3);
    report_synced(report, peer, &synced);
}

static void print_ends(struct report *report)
{
    struct ikl_down down = {
        .reason = IKL_DOWN_TIMEOUT, .at = 4000, .last_evidence = 1000, .heard_since_last_send = true};
    struct report_end end = {.down = &down, .history = ""};
    struct tally tally = {.n = 0};

    report_closing(report, peer);
    report_down(report, peer, &end);
    down.reason = IKL_DOWN_CLOSED;
    end.why = "a reason";
    report_down(report, peer, &end);
    end = (struct report_end){.down = &down, .deleting = true, .delete_sent = true, .history = ""};
    report_down(report, peer, &end);
    report_summary(report, peer, 1, &tally);
    tally.sent = tally.answered = tally.sends = 1;
    tally_add_round_trip(&tally, 0.5);
    report_gateway(report, peer, "down", "a reason", &tally);
    report_statistics(report, peer, &tally);
    report_summary(report, peer, 1, &tally);
}

int main(void)
{
    struct report report = {.out = stdout, .audible = stdout, .json = true, .now = 1500000000};

    for (int i = 0; i < 2; i++) {
        print_beginnings(&report);
        print_checks(&report);
        print_children(&report);
        print_inits(&report);
        print_conformance(report.out);
        print_ways(&report);
        print_ends(&report);
        report.timestamps = true;
    }
    return 0;
}
