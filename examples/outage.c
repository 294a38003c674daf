/* SPDX-License-Identifier: ISC */
/* ikelive example, 453 lines: an IKE SA through an outage.
 *
 * Two hosts in one process, each with an endpoint and a UDP socket of its own, share an IKE SA with three Child SAs.
 * The gateway checks that the peer is alive; after a few answers the peer is cut off. The program prints what the
 * library reports, and exits with 0 when the gateway kept its schedule to the end.
 *
 * Where to look: tell() is the story; support/hand_over.c hands an IKE SA over to the library; the on_ functions are
 * what the library calls back; listen_until() and advance() are the loop that every host needs. */
#include "support/hand_over.h"
#include "support/outage_settings.h"
#include "support/timeline.h"
#include "support/verdict.h"

#include <inttypes.h>
#include <stdlib.h>

#define LATE_TICK 100 /* ms of real time by which a tick may be late: the library's default tick_slack */

/* The gateway probes. The peer only answers, so that every line of the story is the gateway's. */
enum { GATEWAY = HAND_OVER_INITIATOR, PEER = HAND_OVER_RESPONDER, N_HOSTS = HAND_OVER_ENDS };

struct outage {
    const struct settings *settings;
    struct clock clock;
    struct randomness randomness; /* for keys, nonces, SPIs */
    struct randomness losses;     /* for what the network loses */
    bool lossy;                   /* the network loses datagrams now */
    bool lost;                    /* it lost the one that was sent last */

    struct host hosts[N_HOSTS];
    struct ikl_sa *sas[N_HOSTS];

    uint32_t answers; /* to the gateway's requests */
    bool down;        /* the gateway's IKE SA */
    struct verdict verdict;
    struct timeline timeline;
};

static const struct ikl_sa_labels labels[N_HOSTS] = {
    [GATEWAY] = {.size = sizeof(struct ikl_sa_labels),
                 .gateway = "to-the-peer",
                 .gateway_id = 1,
                 .serial = 1,
                 .local_identity = "gateway.example",
                 .remote_identity = "peer.example",
                 .authentication = "none (one process holds both ends)"},
    [PEER] = {.size = sizeof(struct ikl_sa_labels),
              .gateway = "to-the-gateway",
              .gateway_id = 1,
              .local_identity = "peer.example",
              .remote_identity = "gateway.example",
              .authentication = "none (one process holds both ends)"},
};

static double seconds(ikl_time ms)
{
    return (double)ms / 1000;
}

static const char *exchange_name(uint8_t exchange_type)
{
    return exchange_type == IKL_INFORMATIONAL ? "INFORMATIONAL" : "other";
}

static void print_heading(const struct outage *outage)
{
    const struct settings *settings = outage->settings;

    printf("Schedule %s, a liveness check after %.10g s of silence, the clock running %.4g times as fast as real "
           "time.\n\n",
           settings->schedule_name, seconds(settings->idle), settings->speed);
    printf("  time (s)  IKE SA            event\n");
}

/* Begins a line of the story: when, and on which IKE SA (named by the gateway's SPI). */
static void print_event(ikl_time now, const struct ikl_sa *sa)
{
    printf("%10.3f  %016" PRIx64 "  ", seconds(now), ikl_sa_spi_i(sa));
}

static void print_details(const struct outage *outage)
{
    char text[4096];

    (void)ikl_sa_describe(outage->sas[GATEWAY], outage->hosts[GATEWAY].now, text, sizeof(text));
    printf("\n%s\n", text);
}

/* When the callback that is running was called: in which advance of the gateway's. */
static struct verdict_tick this_tick(const struct host *gateway)
{
    return (struct verdict_tick){.before = gateway->advanced, .now = gateway->now};
}

/* The gateway's request is on its last try, or is about to be. */
static bool is_last_try(const struct outage *outage, const struct host *host)
{
    uint32_t sends = outage->verdict.sends + (host == &outage->hosts[GATEWAY] ? 1u : 0u);

    return sends >= outage->settings->schedule.tries;
}

/* The network between the hosts: true when it loses what this host is sending. It never loses the last try of a request
 * nor the answer to that, because otherwise it would be luck whether the IKE SA lives to see the cut. */
static bool network_loses(struct host *host)
{
    struct outage *outage = host->user;

    outage->lost =
        outage->lossy && randomness_chance(&outage->losses, outage->settings->loss) && !is_last_try(outage, host);
    if (host == &outage->hosts[GATEWAY]) {
        verdict_datagram(&outage->verdict);
    } else if (outage->lost) {
        print_event(host->now, outage->sas[PEER]);
        printf("an answer is lost\n");
        timeline_add(&outage->timeline,
                     &(struct timeline_event){.kind = TIMELINE_ANSWER, .at = host->now, .lost = true});
    }
    return outage->lost;
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct host *gateway = user;
    struct outage *outage = gateway->user;
    bool overdue = attempt->cause == IKL_ATTEMPT_OVERDUE;
    bool last;
    char what[32] = "liveness check";

    verdict_attempt(&outage->verdict, attempt, this_tick(gateway));
    last = !overdue && outage->verdict.sends >= outage->settings->schedule.tries;

    if (attempt->retransmission > 0) {
        (void)snprintf(what, sizeof(what), "retransmission %" PRIu32, attempt->retransmission);
    }
    print_event(gateway->now, sa);
    printf("%-13s  Message ID %-3" PRIu32 "  %-17s  %s %.10g s%s\n", exchange_name(attempt->exchange_type),
           attempt->message_id, what, last ? "gives up in" : "next wait", seconds(attempt->wait),
           outage->lost ? "  (lost)"
           : overdue    ? "  (overdue)"
                        : "");

    timeline_add(&outage->timeline, &(struct timeline_event){.kind = TIMELINE_REQUEST,
                                                             .at = gateway->now,
                                                             .lost = outage->lost || outage->hosts[PEER].deaf,
                                                             .gives_up = last,
                                                             .message_id = attempt->message_id,
                                                             .retransmission = attempt->retransmission,
                                                             .wait = attempt->wait});
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct host *gateway = user;
    struct outage *outage = gateway->user;

    print_event(gateway->now, sa);
    printf("%-13s  Message ID %-3" PRIu32 "  answered           sent %" PRIu32 " time%s, answer after %.3f s\n",
           exchange_name(alive->exchange_type), alive->message_id, alive->sends, alive->sends == 1 ? "" : "s",
           seconds(gateway->now - alive->first_sent));

    outage->answers++;
    verdict_alive(&outage->verdict, alive, gateway->now);
    timeline_add(&outage->timeline, &(struct timeline_event){.kind = TIMELINE_ANSWER, .at = gateway->now});
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct host *gateway = user;
    struct outage *outage = gateway->user;
    struct timeline_event event = {.kind = TIMELINE_CHILD_DOWN, .at = gateway->now};

    if (down->reason == IKL_DOWN_CLOSED) {
        return; /* the story is over, and this program cleans up */
    }
    print_event(gateway->now, sa);
    printf("Child SA %08" PRIx32 "/%08" PRIx32 " down: %s\n", ikl_child_spi_in(child), ikl_child_spi_out(child),
           ikl_down_reason_name(down->reason));

    verdict_child_down(&outage->verdict, down);
    (void)snprintf(event.text, sizeof(event.text), "Child SA %08" PRIx32 " down", ikl_child_spi_in(child));
    timeline_add(&outage->timeline, &event);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct host *gateway = user;
    struct outage *outage = gateway->user;
    double silence = seconds(down->at - down->last_evidence);
    struct timeline_event event = {.kind = TIMELINE_DOWN, .at = gateway->now};

    if (down->reason == IKL_DOWN_CLOSED) {
        return;
    }
    print_event(gateway->now, sa);
    printf("IKE SA down: %s, %.3f s after the last sign of life\n", ikl_down_reason_name(down->reason), silence);

    outage->down = true;
    verdict_down(&outage->verdict, down, this_tick(gateway));
    (void)snprintf(event.text, sizeof(event.text), "IKE SA down: %s, %.1f s after the last sign of life",
                   ikl_down_reason_name(down->reason), silence);
    timeline_add(&outage->timeline, &event);
}

static bool open_hosts(struct outage *outage)
{
    struct host_config config = {
        .clock = &outage->clock,
        .randomness = &outage->randomness,
        .user = outage,
        .loses = network_loses,
        .callbacks = {.attempt = on_attempt, .alive = on_alive, .child_down = on_child_down, .down = on_down},
        /* A tick that is 100 ms late on the wall is `speed` times later on our clock. A host whose clock runs in real
         * time leaves this at 0, which means those 100 ms. */
        .tick_slack = outage->verdict.slack,
    };

    if (!host_open(&outage->hosts[GATEWAY], &config)) {
        return false;
    }
    config.callbacks = (struct ikl_callbacks){0};
    if (!host_open(&outage->hosts[PEER], &config)) {
        host_close(&outage->hosts[GATEWAY]);
        return false;
    }
    return true;
}

static int open_sas(struct outage *outage)
{
    const struct hand_over what = {
        .suite = outage->settings->suite,
        .idle = outage->settings->idle,
        .schedule = &outage->settings->schedule,
        .trim = outage->settings->trim,
        .round_trip_sends = outage->settings->round_trip_sends,
        .labels = labels,
        .randomness = &outage->randomness,
    };

    return hand_over(&what, outage->hosts, outage->sas);
}

static ikl_time story_now(const struct outage *outage)
{
    return outage->hosts[GATEWAY].now;
}

static void listen_until(struct outage *outage, ikl_time until)
{
    verdict_sleep(&outage->verdict, ikl_endpoint_next_deadline(outage->hosts[GATEWAY].endpoint));
    if (verdict_kept(&outage->verdict)) {
        hosts_listen(outage->hosts, N_HOSTS, until);
    }
}

static void advance(struct outage *outage, ikl_time until)
{
    hosts_advance(outage->hosts, N_HOSTS, until);
    verdict_advanced(&outage->verdict, outage->hosts[GATEWAY].advanced);
}

static void run_until(struct outage *outage, ikl_time time)
{
    while (story_now(outage) < time && verdict_kept(&outage->verdict)) {
        listen_until(outage, time);
        advance(outage, time);
    }
}

/* Runs until the gateway had this many answers, or is down. After the last answer nothing has happened yet. */
static void run_until_answered(struct outage *outage, uint32_t answers)
{
    listen_until(outage, IKL_NEVER);
    while (outage->answers < answers && !outage->down && verdict_kept(&outage->verdict)) {
        advance(outage, IKL_NEVER);
        listen_until(outage, IKL_NEVER);
    }
}

static void run_until_down(struct outage *outage)
{
    while (!outage->down && verdict_kept(&outage->verdict)) {
        listen_until(outage, IKL_NEVER);
        advance(outage, IKL_NEVER);
    }
}

/* Cuts the peer off, or brings it back. */
static void set_cut(struct outage *outage, bool cut)
{
    ikl_time now = story_now(outage);

    hosts_settle(outage->hosts, N_HOSTS, now); /* what was sent before belongs to before */
    outage->hosts[PEER].deaf = cut;
    printf("%10.3f  %s\n", seconds(now), cut ? "the peer is cut off" : "the peer is back");
    timeline_add(&outage->timeline,
                 &(struct timeline_event){.kind = cut ? TIMELINE_CUT : TIMELINE_RESTORED, .at = now});
}

/* Liveness checks that are answered, on a network that may lose datagrams. */
static void tell_before(struct outage *outage)
{
    outage->lossy = outage->settings->loss > 0;
    run_until_answered(outage, CHECKS_BEFORE_CUT);
    outage->lossy = false;
    print_details(outage);
    if (outage->down) {
        verdict_fault(&outage->verdict, "the IKE SA went down before the peer was cut off");
    }
    run_until(outage, outage->verdict.heard + outage->settings->cut_after);
}

/* The peer is cut off for good. */
static void tell_death(struct outage *outage)
{
    run_until_down(outage);
    print_details(outage);
    run_until(outage, story_now(outage) + outage->settings->quiet); /* nothing may be sent any more */
}

/* The peer comes back in time. */
static void tell_recovery(struct outage *outage)
{
    run_until(outage, story_now(outage) + outage->settings->restore_at);
    set_cut(outage, false);
    run_until_answered(outage, outage->answers + 1 + CHECKS_AFTER_RESTORE);
    if (outage->down) {
        verdict_fault(&outage->verdict, "the IKE SA did not recover");
    }
    print_details(outage);
}

static void tell(struct outage *outage)
{
    print_heading(outage);
    tell_before(outage);
    if (!verdict_kept(&outage->verdict)) {
        return;
    }
    set_cut(outage, true);
    if (outage->settings->restore_at == IKL_NEVER) {
        tell_death(outage);
    } else {
        tell_recovery(outage);
    }
}

static bool draw(const struct outage *outage)
{
    const struct settings *settings = outage->settings;
    char title[64], subtitle[192];
    struct timeline_picture picture = {
        .title = title, .subtitle = subtitle, .hosts = {"gateway", "peer"}, .lost = "did not arrive"};
    FILE *file = fopen(settings->svg, "w");

    if (file == NULL) {
        perror(settings->svg);
        return false;
    }
    (void)snprintf(title, sizeof(title), "%s", outage->down ? "An outage, to the end" : "An outage, survived");
    (void)snprintf(subtitle, sizeof(subtitle),
                   "schedule %s: %u tries in %.10g s; a liveness check after %.10g s of silence",
                   settings->schedule_name, (unsigned)settings->schedule.tries,
                   seconds(ikl_schedule_total(&settings->schedule)), seconds(settings->idle));
    timeline_draw(file, &outage->timeline, &picture);
    if (ferror(file) != 0 || fclose(file) != 0) {
        perror(settings->svg);
        return false;
    }
    return true;
}

/* Says how it went. True when the schedule was kept. */
static bool conclude(const struct outage *outage)
{
    const struct settings *settings = outage->settings;
    struct ikl_schedule used;

    if (!verdict_kept(&outage->verdict)) {
        printf("The schedule was not kept: %s.\n", outage->verdict.fault);
        return false;
    }
    if (outage->down) {
        printf(
            "The schedule was kept. It allows %.10g s from the last sign of life; a late tick adds what it is late.\n",
            seconds(ikl_schedule_worst_detect(verdict_schedule(&outage->verdict, &used), settings->idle)));
    } else {
        printf("The schedule was kept, and the IKE SA recovered.\n");
    }
    return true;
}

static bool run(struct outage *outage)
{
    const struct settings *settings = outage->settings;
    bool drawn;
    int error;

    if (!open_hosts(outage)) {
        return false;
    }
    error = open_sas(outage);
    if (error == IKL_OK) {
        verdict_established(&outage->verdict, outage->hosts[GATEWAY].now);
        tell(outage);
    } else {
        fprintf(stderr, "handing the IKE SA over: %s\n", ikl_error_name(error));
        verdict_fault(&outage->verdict, "there was no IKE SA");
    }
    drawn = settings->svg == NULL || draw(outage);
    host_close(&outage->hosts[PEER]);
    host_close(&outage->hosts[GATEWAY]);
    timeline_free(&outage->timeline);
    return conclude(outage) && drawn;
}

/* What is needed before there are hosts. */
static void prepare(struct outage *outage)
{
    const struct settings *settings = outage->settings;
    double slack = LATE_TICK * settings->speed;

    outage->clock = clock_start(settings->speed);
    outage->randomness = settings->repeatable ? randomness_repeatable(settings->seed) : randomness_secure();
    outage->losses = randomness_repeatable(~settings->seed); /* another sequence than the keys' */
    verdict_begin(&outage->verdict, &settings->schedule, settings->idle, slack < 1 ? 1 : (uint32_t)slack, N_CHILDREN);
    outage->verdict.trim = settings->trim;
    outage->verdict.round_trip_sends = settings->round_trip_sends;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct outage outage = {.settings = &settings};
    int error = ikl_init();

    if (error != IKL_OK) {
        fprintf(stderr, "ikl_init: %s\n", ikl_error_name(error));
        return EXIT_FAILURE;
    }
    switch (settings_read(&settings, argc, argv)) {
    case OPTIONS_HELP:
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        return 2;
    case OPTIONS_RUN:
        break;
    }
    prepare(&outage);
    return run(&outage) ? EXIT_SUCCESS : EXIT_FAILURE;
}
