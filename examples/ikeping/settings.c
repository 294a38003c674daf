/* ikeping: its command line.
 * SPDX-License-Identifier: ISC */
#include "settings.h"

#include "providers.h"

#include <stdio.h>
#include <string.h>

#define COUNT_MOST 1e12

static const double LEAST_INTERVAL = 0.01, MOST_INTERVAL = 86400;
static const uint32_t DEFAULT_INTERVAL = 1000, DEFAULT_RESPONDER_INTERVAL = 5000;

/* Any text but none, once. */
static bool parse_text(const char *text, void *into)
{
    const char **setting = into;

    if (text[0] == '\0' || *setting != NULL) {
        return false;
    }
    *setting = text;
    return true;
}

static bool parse_flag(const char *text, void *into)
{
    (void)text;
    *(bool *)into = true;
    return true;
}

static bool parse_identity(const char *text, void *into)
{
    return identity_parse(into, text);
}

static bool parse_proposals(const char *text, void *into)
{
    return proposals_parse(into, text);
}

static bool parse_interval(const char *text, void *into)
{
    double seconds;

    if (!options_number(text, LEAST_INTERVAL, MOST_INTERVAL, &seconds)) {
        return false;
    }
    *(uint32_t *)into = (uint32_t)(seconds * 1000 + 0.5);
    return true;
}

static bool parse_schedule(const char *text, void *into)
{
    struct settings *settings = into;
    const struct ikl_schedule *named = ikl_schedule_by_name(text);

    settings->schedule_name = text;
    if (named != NULL) {
        settings->schedule = *named;
        return true;
    }
    return ikl_schedule_parse(&settings->schedule, text) == IKL_OK;
}

static bool parse_whole(const char *text, double least, double most, double *out)
{
    return options_number(text, least, most, out) && *out == (double)(uint64_t)*out;
}

static bool parse_count(const char *text, void *into)
{
    double count;

    if (!parse_whole(text, 1, COUNT_MOST, &count)) {
        return false;
    }
    *(uint64_t *)into = (uint64_t)count;
    return true;
}

static bool parse_port(const char *text, void *into)
{
    double port;

    if (!parse_whole(text, 1, UINT16_MAX - NAT_PORT_OFFSET, &port)) {
        return false;
    }
    *(uint16_t *)into = (uint16_t)port;
    return true;
}

/* What is wrong with all of it together; null: nothing. */
static const char *find_fault(const struct settings *settings)
{
    bool psk = settings->psk_file != NULL;
    bool ed25519 = settings->ed25519_file != NULL || settings->ed25519_peer_file != NULL;

    if (settings->host == NULL && !settings->responder) {
        return "a HOST is needed, or --responder";
    }
    if (psk == ed25519) {
        return "either --psk-file or --ed25519 and --ed25519-peer are needed";
    }
    if (ed25519 && (settings->ed25519_file == NULL || settings->ed25519_peer_file == NULL)) {
        return "--ed25519 and --ed25519-peer need each other";
    }
    if (settings->nat_t && providers_find_sha1() == NULL) {
        return "--nat-t needs SHA-1, which this build does not have";
    }
    return NULL;
}

/* Fills in what was not said. */
static void complete(struct settings *settings)
{
    if (settings->proposals.n == 0) {
        proposals_default(&settings->proposals);
    }
    if (settings->interval == 0) {
        settings->interval = settings->responder ? DEFAULT_RESPONDER_INTERVAL : DEFAULT_INTERVAL;
    }
}

enum options_outcome ikeping_settings_read(struct settings *settings, int argc, char **argv)
{
    const struct command_option options[] = {
        {"HOST", NULL, "the gateway; with --responder the address to listen on, or nothing", parse_text,
         &settings->host},
        {"--psk-file", "FILE", "the pre-shared key: the octets of FILE, without a newline at the end", parse_text,
         &settings->psk_file},
        {"--ed25519", "FILE", "our Ed25519 private key, in PEM (openssl genpkey -algorithm ed25519)", parse_text,
         &settings->ed25519_file},
        {"--ed25519-peer", "FILE", "the gateway's Ed25519 public key, in PEM", parse_text,
         &settings->ed25519_peer_file},
        {"--id", "ID", "our identity: a name, user@name, an address, or keyid:TEXT;\nour address when not given",
         parse_identity, &settings->id},
        {"--remote-id", "ID", "the identity that the gateway must have; any when not given", parse_identity,
         &settings->remote_id},
        {"--proposal", "NAME,...", "what to offer, like aes256gcm16-prfsha256-x25519", parse_proposals,
         &settings->proposals},
        {"--interval", "S", "seconds between liveness checks (1); with --responder seconds of\nsilence before one (5)",
         parse_interval, &settings->interval},
        {"--schedule", "NAME|LIST", "waits before retransmissions (panos-7.0): a name, or seconds like 1,2,4x3",
         parse_schedule, settings},
        {"--count", "N", "stop after N liveness checks", parse_count, &settings->count},
        {"--port", "P", "UDP port of IKE (500); NAT traversal is at P + 4000", parse_port, &settings->port},
        {"--nat-t", NULL, "pretend to be behind a NAT, so that UDP encapsulation is used", parse_flag,
         &settings->nat_t},
        {"--json", NULL, "print one JSON object a line", parse_flag, &settings->json},
        {"--pcap", "FILE", "write every datagram to FILE (mode 0600)", parse_text, &settings->pcap_file},
        {"--keylog", "FILE", "write the keys to FILE (mode 0600), as Wireshark's ikev2_decryption_table", parse_text,
         &settings->keylog_file},
        {"--responder", NULL, "be the gateway: wait for peers and answer them", parse_flag, &settings->responder},
    };
    const struct command_line line = {
        .program = "ikeping",
        .purpose =
            "Establishes an IKE SA with a gateway and watches whether it is alive, as ping does for hosts. Exits\n"
            "with 0 when every liveness check was answered, with 1 when the gateway was declared dead or\n"
            "closed the IKE SA before --count checks were answered, with 2 when the arguments are wrong, with\n"
            "3 when there could be no IKE SA.",
        .options = options,
        .n = sizeof(options) / sizeof(options[0]),
    };
    enum options_outcome outcome;
    const char *fault;

    *settings =
        (struct settings){.schedule = *ikl_schedule_default(), .schedule_name = ikl_schedule_name(0), .port = IKE_PORT};
    outcome = options_parse(&line, argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome;
    }
    fault = find_fault(settings);
    if (fault != NULL) {
        return options_refuse(&line, fault);
    }
    complete(settings);
    return OPTIONS_RUN;
}
