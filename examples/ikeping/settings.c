/* SPDX-License-Identifier: ISC */
/* ikeping: its command line. */
#include "settings.h"

#include "conformance/checks.h"
#include "settings_fault.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define COUNT_MOST 1e12

static const double LEAST_INTERVAL = 0.01, MOST_INTERVAL = 86400;
enum { LEAST_MTU = 68 }; /* of IPv4 (RFC 791) */
static const uint32_t DEFAULT_INTERVAL = 1000, DEFAULT_RESPONDER_INTERVAL = 5000;

static const char *parse_file(const char *text, void *into)
{
    const char **file = into;

    if (text[0] == '\0' || *file != NULL) {
        return *file != NULL ? "given once" : "the name of a file";
    }
    *file = text;
    return NULL;
}

static const char *parse_identity(const char *text, void *into)
{
    return identity_parse(into, text) ? NULL
                                      : "a name, user@name, an IP address, keyid:TEXT or a DN like CN=name, of 1 to "
                                        "255 octets, none a control character";
}

static const char *parse_proposals(const char *text, void *into)
{
    return proposals_parse(into, text) ? NULL : proposals_words(text);
}

static const char *parse_additional(const char *text, void *into)
{
    return proposals_parse_additional(into, text) ? NULL : proposals_additional_words();
}

static const char *parse_child(const char *text, void *into)
{
    static const char *const words[] = {
        [CHILD_NONE] = "none", [CHILD_TUNNEL] = "tunnel", [CHILD_TRANSPORT] = "transport"};

    for (enum child_mode mode = CHILD_NONE; mode <= CHILD_TRANSPORT; mode++) {
        if (strcmp(text, words[mode]) == 0) {
            *(enum child_mode *)into = mode;
            return NULL;
        }
    }
    return "none, tunnel or transport";
}

static const char *parse_selectors(const char *text, void *into)
{
    struct settings *settings = into;
    size_t len = strcspn(text, ",");
    char ours[SELECTORS_TEXT_SIZE];

    if (text[len] == ',' && len < sizeof(ours)) {
        memcpy(ours, text, len);
        ours[len] = '\0';
        if (selectors_parse(&settings->ours, ours) && selectors_parse(&settings->theirs, text + len + 1)) {
            return NULL;
        }
    }
    return "OURS,THEIRS, each an address, ADDRESS/BITS or ADDRESS-ADDRESS; at most 8 of them";
}

static const char *parse_conformance(const char *text, void *into)
{
    const char *words = strcmp(text, "list") == 0 ? NULL : checks_words(text);

    if (words == NULL) {
        *(const char **)into = text;
    }
    return words;
}

/* Takes the address at the beginning of a list. */
static bool take_local(struct settings *settings, const char *text, size_t len)
{
    struct ikl_address *local = &settings->locals[settings->n_locals];
    char word[INET6_ADDRSTRLEN];

    if (len >= sizeof(word) || settings->n_locals == SETTINGS_LOCALS_MAX) {
        return false;
    }
    memcpy(word, text, len);
    word[len] = '\0';
    *local = (struct ikl_address){.family = strchr(word, ':') != NULL ? 6 : 4};
    settings->n_locals++;
    return inet_pton(local->family == 6 ? AF_INET6 : AF_INET, word, local->ip) == 1;
}

static const char *parse_locals(const char *text, void *into)
{
    for (;; text++) {
        size_t len = strcspn(text, ",");

        if (!take_local(into, text, len)) {
            return "addresses of ours joined by commas, at most 8";
        }
        text += len;
        if (*text == '\0') {
            return NULL;
        }
    }
}

static const char *parse_interval(const char *text, void *into)
{
    double seconds;
    const char *right = options_number(text, "a number of seconds", LEAST_INTERVAL, MOST_INTERVAL, &seconds);

    if (right == NULL) {
        *(uint32_t *)into = (uint32_t)(seconds * 1000 + 0.5);
    }
    return right;
}

static const char *parse_schedule(const char *text, void *into)
{
    struct settings *settings = into;
    const char *right = options_schedule(text, &settings->schedule);

    settings->schedule_name = right == NULL ? text : settings->schedule_name;
    return right;
}

static const char *parse_count(const char *text, void *into)
{
    return options_whole(text, 1, COUNT_MOST, into);
}

/* A port of at most `most`, into a uint16_t. */
static const char *parse_port_up_to(const char *text, uint16_t most, void *into)
{
    uint64_t port;
    const char *right = options_whole(text, 1, most, &port);

    if (right == NULL) {
        *(uint16_t *)into = (uint16_t)port;
    }
    return right;
}

static const char *parse_port(const char *text, void *into)
{
    return parse_port_up_to(text, UINT16_MAX - NAT_PORT_OFFSET, into);
}

static const char *parse_metrics_port(const char *text, void *into)
{
    return parse_port_up_to(text, UINT16_MAX, into);
}

static const char *parse_mtu(const char *text, void *into)
{
    uint64_t mtu;
    const char *right = options_whole(text, LEAST_MTU, UINT16_MAX, &mtu);

    if (right == NULL) {
        *(uint16_t *)into = (uint16_t)mtu;
    }
    return right;
}

/* Splits "HOST:PORT" or "[ADDRESS]:PORT"; an address of IPv6 has more than one colon. Gives where the host begins and
 * how long it is; `port` becomes the text behind it, or null. */
static const char *split_host(const char *text, size_t *len, const char **port)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
    bool bracketed = text[0] == '[' && end != NULL;

    *port = NULL;
    if (!bracketed && (end == NULL || strchr(end + 1, ':') != NULL)) {
        *len = strlen(text);
        return text;
    }
    *len = (size_t)(end - text) - (bracketed ? 1 : 0);
    end += bracketed ? 1 : 0;
    if (*end != '\0') {
        *port = *end == ':' ? end + 1 : "";
    }
    return text + (bracketed ? 1 : 0);
}

/* Whether a terminal only prints it: no control characters and no blanks. */
static bool is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] <= ' ' || text[i] == '\x7f') {
            return false;
        }
    }
    return true;
}

const char *settings_parse_host(const char *text, char host[SETTINGS_HOST_SIZE], uint16_t *port)
{
    const char *port_text, *begin;
    size_t len;

    begin = split_host(text, &len, &port_text);
    if (len == 0 || len >= SETTINGS_HOST_SIZE || begin[0] == '[' || !is_printable(begin, len) ||
        (port_text != NULL && parse_port(port_text, port) != NULL)) {
        return "a name or an address, HOST, HOST:PORT or [IPv6]:PORT, with a port from 1 to 61535";
    }
    memcpy(host, begin, len);
    host[len] = '\0';
    return NULL;
}

static const char *parse_host(const char *text, void *into)
{
    struct settings *settings = into;
    const char *right;

    if (settings->host != NULL) {
        return "given once, not beside another HOST";
    }
    right = settings_parse_host(text, settings->host_text, &settings->host_port);
    settings->host = right == NULL ? settings->host_text : NULL;
    return right;
}

bool settings_have_credentials(const struct settings *settings)
{
    return settings->psk_file != NULL || settings->ed25519_file != NULL || settings_have_certificates(settings);
}

bool settings_have_certificates(const struct settings *settings)
{
    return settings->cert_file != NULL || settings->key_file != NULL || settings->authorities_file != NULL;
}

/* Of an IKE_SA_INIT alone, which is asked for again soon. */
static const char init_schedule[] = "1,1";

/* Fills in what was not said. */
static void complete(struct settings *settings)
{
    if (settings->proposals.n == 0) {
        proposals_default(&settings->proposals);
    }
    proposals_add(&settings->proposals, &settings->additional);
    if (settings->child == CHILD_AUTO && settings->ours.n != 0 && !settings->responder) {
        settings->child = CHILD_TUNNEL;
    }
    if (settings->schedule_name == NULL) {
        (void)parse_schedule(settings->init ? init_schedule : ikl_schedule_name(0), settings);
    }
    if (settings->port == 0) {
        settings->port = settings->host_port != 0 ? settings->host_port : (uint16_t)IKE_PORT;
    }
    if (settings->interval == 0) {
        settings->interval =
            settings->responder && settings->conformance == NULL ? DEFAULT_RESPONDER_INTERVAL : DEFAULT_INTERVAL;
    }
}

enum options_outcome ikeping_settings_read(struct settings *settings, int argc, char **argv)
{
    const struct command_option options[] = {
        {"HOST", NULL,
         "the gateway, HOST:PORT or [IPv6]:PORT too; with --responder the\naddress to listen on, or nothing",
         parse_host, settings},
        {"-f, --file", "FILE",
         "many gateways: lines of HOST, as below, then perhaps the identity that it\nmust have, and --psk-file FILE "
         "for "
         "a key of its own",
         parse_file, &settings->gateways_file},
        {"-n, --numeric", NULL, "HOST is an address: ask no name server", options_parse_flag, &settings->numeric},
        {"--psk-file", "FILE", "the pre-shared key: the octets of FILE, without a newline at the end", parse_file,
         &settings->psk_file},
        {"--ed25519", "FILE", "our Ed25519 private key, in PEM (openssl genpkey -algorithm ed25519)", parse_file,
         &settings->ed25519_file},
        {"--ed25519-peer", "FILE", "the gateway's Ed25519 public key, in PEM", parse_file,
         &settings->ed25519_peer_file},
        {"--cert", "FILE", "our certificate, in PEM, and those that vouch for it behind it", parse_file,
         &settings->cert_file},
        {"--key", "FILE", "the private key of our certificate, in PEM", parse_file, &settings->key_file},
        {"--ca", "FILE",
         "the authorities that may vouch for the gateway's certificate, in PEM; with\n--psk-file beside it, or "
         "beside --cert and --key, the PSK is that of\nthe other side",
         parse_file, &settings->authorities_file},
        {"--eap-password", "FILE",
         "our password for EAP-MSCHAPv2, of a FILE that others must not read;\n--id is the name, and --ca the "
         "gateway's authorities",
         parse_file, &settings->password_file},
        {"--eap-tls", NULL, "prove who we are by EAP-TLS, with --cert and --key, and --id as the name",
         options_parse_flag, &settings->eap_tls},
        {"--id", "ID",
         "our identity: a name, user@name, an address, keyid:TEXT, or a DN like\nCN=name; the subject of our "
         "certificate, or our address, when not given",
         parse_identity, &settings->id},
        {"--remote-id", "ID", "the identity that the gateway must have; any when not given", parse_identity,
         &settings->remote_id},
        {"--proposal", "NAME,...", "what to offer, like aes256gcm16-prfsha256-x25519", parse_proposals,
         &settings->proposals},
        {"--additional", "KE,...",
         "additional key exchanges before IKE_AUTH (RFC 9370), like x448,ecp384, of\nwhich the peer must have all",
         parse_additional, &settings->additional},
        {"--child", "MODE",
         "a Child SA beside the IKE SA: tunnel or transport mode, or none; where the\ngateway insists, tunnel mode, "
         "when not given. No ESP is sent. With\n--responder: insist on one, or none; accept any when not given",
         parse_child, &settings->child},
        {"--ts", "OURS,THEIRS",
         "traffic selectors of the Child SA, like 10.1.0.0/16,192.0.2.1 (the\naddresses of both ends; with "
         "--responder what the peer wants)",
         parse_selectors, settings},
        {"--init", NULL,
         "IKE_SA_INIT alone, again and again, without credentials: say what each\nanswer accepts, and whether there "
         "is a NAT; --count counts them all",
         options_parse_flag, &settings->init},
        {"--conformance", "CHECK,...",
         "check whether the gateway does as the RFCs say, or with --responder the\nclient: all, or numbers and names "
         "of "
         "checks, which the word list lists.\nExits with 1 when it failed one",
         parse_conformance, &settings->conformance},
        {"-i, --interval", "S",
         "seconds between liveness checks (1); with --responder seconds of\nsilence before one (5); with "
         "--conformance seconds that are silence (1)",
         parse_interval, &settings->interval},
        {"--schedule", "NAME|LIST",
         "waits before retransmissions (panos-7.0): a name, or seconds like 1,2,4x3;\nthen perhaps +trimmed, for a "
         "last "
         "wait of 1 s, or +parting, for one\nmore send 1 s before the end",
         parse_schedule, settings},
        {"--trim", NULL, "give up sooner: trim the last wait by the round trips measured", options_parse_flag,
         &settings->trim},
        {"--round-trip-sends", NULL, "send a check again when its answer is overdue", options_parse_flag,
         &settings->round_trip_sends},
        {"-c, --count", "N", "stop after N liveness checks were answered", parse_count, &settings->count},
        {"-w, --deadline", "S", "stop after S seconds, however many were answered", parse_interval,
         &settings->deadline},
        {"--rekey", "S", "rekey the Child SA and the IKE SA, S seconds after these were established\nor rekeyed",
         parse_interval, &settings->rekey},
        {"--mobike", NULL,
         "let addresses change (MOBIKE, RFC 4555): go on when ours do, or when\nnothing comes through",
         options_parse_flag, &settings->mobike},
        {"--local", "ADDRESS,...",
         "our address; with --mobike the first that the system has, and another one\nwhen nothing comes through",
         parse_locals, settings},
        {"--follow-redirect", NULL, "go where the gateway redirects us to (RFC 5685), five times in 300 s",
         options_parse_flag, &settings->follow_redirect},
        {"--reauth", "S",
         "authenticate again S seconds after we did: make a new IKE SA from scratch,\nthen delete the old one (RFC "
         "7296 "
         "2.8.3)",
         parse_interval, &settings->reauth},
        {"--initial-contact", NULL, "say that this is our only IKE SA with the gateway: it ends older ones",
         options_parse_flag, &settings->initial_contact},
        {"--revive", NULL,
         "when the IKE SA goes down, connect again and again until it is up;\nthe exit status is 1 nevertheless",
         options_parse_flag, &settings->revive},
        {"--port", "P", "UDP port of IKE (500); NAT traversal is at P + 4000", parse_port, &settings->port},
        {"--mtu", "N",
         "octets of the largest IP packet on the way (576, with IPv6 1280);\nlonger messages go out in fragments (RFC "
         "7383)",
         parse_mtu, &settings->mtu},
        {"--nat-t", NULL, "pretend to be behind a NAT, so that UDP encapsulation is used", options_parse_flag,
         &settings->nat_t},
        {"--tcp", NULL,
         "go over TCP (RFC 9329), port 4500, or P + 4000 with --port P; with\n--responder wait for peers there too",
         options_parse_flag, &settings->tcp},
        {"--qcd", NULL,
         "quick crash detection (RFC 6290): take the peer's token, which proves\nthat it was started anew, and "
         "give it ours",
         options_parse_flag, &settings->qcd},
        {"--qcd-secret", "FILE",
         "what our tokens are made of: 32 octets or more, the same whenever ikeping\nis started; else a random secret, "
         "of no use after a restart",
         parse_file, &settings->qcd_secret_file},
        {"--sync", NULL,
         "let the peer's cluster take the IKE SA over, and let Message IDs be\nsynchronised then (RFC 6311)",
         options_parse_flag, &settings->sync},
        {"--takeover-after", "S",
         "play a takeover by another member of our cluster, S seconds after the\nIKE SA was established; needs --sync",
         parse_interval, &settings->takeover_after},
        {"-q, --quiet", NULL, "print the beginning and the summary, no events", options_parse_flag, &settings->quiet},
        {"-D, --timestamps", NULL, "print when an event was, in UTC", options_parse_flag, &settings->timestamps},
        {"-a, --bell", NULL, "ring the bell when the gateway is lost, down, or there again", options_parse_flag,
         &settings->bell},
        {"--json", NULL, "print one JSON object a line", options_parse_flag, &settings->json},
        {"--metrics", "PORT", "answer http://127.0.0.1:PORT/metrics with figures, as OpenMetrics text",
         parse_metrics_port, &settings->metrics_port},
        {"--svg", "FILE", "draw to FILE what happened", parse_file, &settings->svg_file},
        {"--traces", "FOLDER", "write to FOLDER a capture and a key log of each check of --conformance",
         options_parse_text, &settings->traces},
        {"--junit", "FILE", "write to FILE what came of the checks of --conformance, as JUnit does", parse_file,
         &settings->junit_file},
        {"--pcap", "FILE", "write every datagram to FILE (mode 0600)", parse_file, &settings->pcap_file},
        {"--keylog", "FILE", "write the keys to FILE (mode 0600), as Wireshark's ikev2_decryption_table", parse_file,
         &settings->keylog_file},
        {"--responder", NULL, "be the gateway: wait for peers and answer them", options_parse_flag,
         &settings->responder},
    };
    const struct command_line line = {
        .program = "ikeping",
        .purpose =
            "Establishes an IKE SA with a gateway and watches whether it is alive, as ping does for hosts. Exits\n"
            "with 0 when every liveness check was answered, with 1 when the gateway was declared dead, closed\n"
            "the IKE SA, or left a check without an answer, with 2 when the arguments are wrong, with 3 when\n"
            "there could be no IKE SA.",
        .options = options,
        .n = sizeof(options) / sizeof(options[0]),
    };
    enum options_outcome outcome;
    const char *fault;

    *settings = (struct settings){.host = NULL};
    outcome = options_parse(&line, argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome;
    }
    fault = settings_fault(settings);
    if (fault != NULL) {
        return options_refuse(&line, fault);
    }
    complete(settings);
    if (settings->proposals.n == 0) {
        return options_refuse(&line, "--additional names the key exchange method of every proposal");
    }
    return OPTIONS_RUN;
}
