/* SPDX-License-Identifier: ISC */
/* ikelive examples: the command line of the outage. */
#include "outage_settings.h"

#include <ikelive/watch.h>

#include <stdio.h>

#define REAL_RUN_TIME 6500 /* ms that a run takes when --speed is not given */
#define SPEED_MOST 1000000.0
#define LOSS_MOST 0.3
#define SEED_MOST 4294967295.0
#define SECONDS_MOST 86400.0

static const char *parse_schedule(const char *text, void *into)
{
    struct settings *settings = into;
    const char *right = options_schedule(text, &settings->schedule);

    if (right == NULL) {
        (void)snprintf(settings->schedule_name, sizeof(settings->schedule_name), "%s", text);
    }
    return right;
}

static const char *parse_idle(const char *text, void *into)
{
    double seconds;
    const char *right = options_number(text, "a number of seconds", 0.1, SECONDS_MOST, &seconds);

    if (right == NULL) {
        *(uint32_t *)into = (uint32_t)(seconds * 1000);
    }
    return right;
}

static const char *parse_restore_at(const char *text, void *into)
{
    double seconds;
    const char *right = options_number(text, "a number of seconds", 0, SECONDS_MOST, &seconds);

    if (right == NULL) {
        *(ikl_time *)into = (ikl_time)(seconds * 1000);
    }
    return right;
}

static const char *parse_speed(const char *text, void *into)
{
    return options_number(text, "a number", 0.01, SPEED_MOST, into);
}

static const char *parse_loss(const char *text, void *into)
{
    return options_number(text, "a probability", 0, LOSS_MOST, into);
}

/* A suite that libsodium has no algorithms for is as wrong as one that does not exist. */
static const char *parse_suite(const char *text, void *into)
{
    const struct ikl_cipher *cipher;
    const struct ikl_prf *prf;
    struct ikl_suite suite;

    if (ikl_suite_parse(&suite, text) != IKL_OK || ikl_provider_sodium.cipher(&suite, &cipher) == IKL_ERR_UNSUPPORTED ||
        ikl_provider_sodium.prf(suite.prf, &prf) == IKL_ERR_UNSUPPORTED) {
        return "chacha20poly1305 or aes256gcm16, followed by -prfsha256 or -prfsha512";
    }
    *(struct ikl_suite *)into = suite;
    return NULL;
}

static const char *parse_seed(const char *text, void *into)
{
    struct settings *settings = into;
    const char *right = options_whole(text, 0, SEED_MOST, &settings->seed);

    settings->repeatable = settings->repeatable || right == NULL;
    return right;
}

static const char *parse_file(const char *text, void *into)
{
    return options_parse_text(text, into) != NULL ? "the name of a file" : NULL;
}

static uint32_t longest_wait(const struct ikl_schedule *schedule)
{
    uint32_t longest = 0;

    for (uint32_t i = 0; i < schedule->n_waits; i++) {
        longest = schedule->waits[i] > longest ? schedule->waits[i] : longest;
    }
    return longest;
}

/* When, after the cut, the last retransmission goes out: a peer that comes back later is not asked any more. */
static ikl_time last_retransmission(const struct settings *settings)
{
    const struct ikl_schedule *schedule = &settings->schedule;

    return settings->idle - settings->cut_after + ikl_schedule_total(schedule) -
           ikl_schedule_wait(schedule, schedule->tries - 1u);
}

ikl_time settings_story(const struct settings *settings)
{
    ikl_time checks = (CHECKS_BEFORE_CUT + CHECKS_AFTER_RESTORE + 1) * (ikl_time)settings->idle;

    return checks + ikl_schedule_total(&settings->schedule) + settings->quiet;
}

/* Fills in what follows from the rest. */
static void complete(struct settings *settings)
{
    double speed;

    settings->cut_after = settings->idle / 2;
    settings->quiet = ikl_time_after(settings->idle, longest_wait(&settings->schedule));
    if (settings->speed == 0) {
        speed = (double)settings_story(settings) / REAL_RUN_TIME;
        settings->speed = speed < 1 ? 1 : speed > SPEED_MOST ? SPEED_MOST : speed;
    }
}

static enum options_outcome refuse_late_restore(const struct settings *settings, const struct command_line *line)
{
    char what[96];

    if (settings->restore_at == IKL_NEVER || settings->restore_at < last_retransmission(settings)) {
        return OPTIONS_RUN;
    }
    (void)snprintf(what, sizeof(what), "--restore-at needs less than %.10g, when the peer is asked for the last time",
                   (double)last_retransmission(settings) / 1000);
    return options_refuse(line, what);
}

static enum options_outcome read_options(struct settings *settings, int argc, char **argv)
{
    const struct command_option options[] = {
        {"--schedule", "NAME|LIST",
         "waits before each retransmission: a name (panos-7.0, panos-11,\n"
         "strongswan, libreswan, openiked, fortios, android), or seconds\n"
         "as in 1,2,4 or 5,10,60x6 (default: panos-7.0); then perhaps\n"
         "+trimmed, for a last wait of 1 s, or +parting, for one more\n"
         "send 1 s before the end",
         parse_schedule, settings},
        {"--trim", NULL,
         "trim the last wait of a check to eight of the largest round trips\n"
         "that were measured, and to 1 s at the least",
         options_parse_flag, &settings->trim},
        {"--round-trip-sends", NULL,
         "send a check again as soon as its answer is overdue, by the round\n"
         "trips that were measured",
         options_parse_flag, &settings->round_trip_sends},
        {"--idle", "SECONDS", "silence before a liveness check (default: 5)", parse_idle, &settings->idle},
        {"--speed", "X",
         "how much faster than real time the clock runs (default: so that\n"
         "the run takes less than 10 seconds)",
         parse_speed, &settings->speed},
        {"--suite", "NAME",
         "chacha20poly1305 or aes256gcm16, with -prfsha256 or -prfsha512\n"
         "(default: chacha20poly1305-prfsha256)",
         parse_suite, &settings->suite},
        {"--loss", "P",
         "probability, up to 0.3, of losing a datagram before the cut;\n"
         "the last try of a request, and its answer, always arrive",
         parse_loss, &settings->loss},
        {"--restore-at", "SECONDS", "bring the peer back so long after the cut", parse_restore_at,
         &settings->restore_at},
        {"--svg", "FILE", "draw what happened", parse_file, &settings->svg},
        {"--seed", "N",
         "make nonces, keys and losses repeatable; keys of such a run are\n"
         "no secret (default: random keys, the losses of seed 0)",
         parse_seed, settings},
    };
    const struct command_line line = {
        .program = "outage",
        .purpose = "Cuts a peer off and shows how the IKE SA with it is taken down. Exits with 0 when the schedule\n"
                   "was kept, with 1 when it was not, with 2 when the arguments are wrong.",
        .options = options,
        .n = sizeof(options) / sizeof(options[0]),
    };
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome;
    }
    complete(settings);
    return refuse_late_restore(settings, &line);
}

enum options_outcome settings_read(struct settings *settings, int argc, char **argv)
{
    *settings = (struct settings){
        .schedule = *ikl_schedule_default(),
        .schedule_name = "panos-7.0",
        .suite = {.encr = IKL_ENCR_CHACHA20_POLY1305, .prf = IKL_PRF_HMAC_SHA2_256},
        .idle = IKL_LIVENESS_DEFAULT_IDLE,
        .restore_at = IKL_NEVER,
    };
    return read_options(settings, argc, argv);
}
