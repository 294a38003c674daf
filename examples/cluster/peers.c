/* SPDX-License-Identifier: ISC */
/* ikelive example of a cluster, 533 lines: many peers in one process, which check that it is alive, and judge it. Their
 * datagrams go to each gateway, as where gateways share an address. */
#define _GNU_SOURCE
#include <ikelive/posix.h>

#include "datagrams_seen.h"
#include "greeting.h"
#include "settings.h"

#include "../support/options.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    GATEWAYS = 8,
    AT_ONCE = 1000,
    GREETING_WAIT_MS = 2000,
    SOCKET_BUFFER = 64 * 1024 * 1024,
    SAID = 5,
    HOPE_MS = 60000, /* a lease and some more */
    REKEYED_MS = 10000
};

struct settings {
    const char *key_file, *hit, *mend;
    struct ikl_address gateways[GATEWAYS + 1]; /* ends with one that has no family */
    struct ikl_address listen;
    struct options_count sas, interval, rekey, at, mend_after, within;
    struct ikl_schedule schedule;
};

/* One of them. */
struct peer {
    struct greeting greeting;
    ikl_time greeted; /* when it last asked; 0: never */
    struct ikl_sa *sa;
    struct greeting rekey; /* of the one that is to replace it */
    bool rekeying;
    ikl_time rekeyed;  /* or established */
    ikl_time answered; /* first in this phase; 0: not yet */
};

struct peers {
    struct settings settings;
    uint8_t secret[GREETING_SECRET];
    struct ikl_posix_sockets sockets; /* one */
    struct ikl_endpoint *endpoint;
    struct peer *all;
    uint32_t n_begun, n_established, n_down, n_answered, n_synced, n_rekeyed;
    uint32_t n_ready; /* the first so many are established */
    struct datagrams_seen seen;
    ikl_time began; /* this phase of the experiment */
};

/* What the library calls */

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    randombytes_buf(out, len);
    return IKL_OK;
}

/* A gateway that cannot be reached is no reason not to reach the others. */
static int send_to_cluster(struct peers *peers, const uint8_t *datagram, size_t len)
{
    int result = IKL_OK;

    for (const struct ikl_address *gateway = peers->settings.gateways; gateway->family != 0; gateway++) {
        const struct ikl_path path = ikl_posix_path(&peers->sockets, gateway, 0, false);

        if (ikl_posix_send(&peers->sockets, &path, datagram, len) == IKL_ERR_BLOCKED) {
            result = IKL_ERR_BLOCKED;
        }
    }
    return result;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)sa;
    (void)path;
    return send_to_cluster(user, datagram, len);
}

/* Rekeying */

static bool is_rekey_due(const struct peers *peers, const struct peer *peer)
{
    uint32_t after = peers->settings.rekey.value;

    return after != 0 && peer->sa != NULL && !peer->rekeying && ikl_posix_now() - peer->rekeyed > after &&
           ikl_sa_state(peer->sa) == IKL_SA_ESTABLISHED;
}

static void begin_rekey(struct peer *peer)
{
    uint8_t body[GREETING_REKEY];
    const struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};

    /* The lower half of the SPI says which peer it is. */
    peer->rekey.spi_i = (uint64_t)randombytes_random() << 32 | (uint32_t)peer->greeting.spi_i;
    randombytes_buf(peer->rekey.ni, sizeof(peer->rekey.ni));
    greeting_write_rekey(&peer->rekey, false, body);
    peer->rekeying = ikl_sa_request(peer->sa, IKL_CREATE_CHILD_SA, &nonce, 1, NULL, ikl_posix_now(), NULL) == IKL_OK;
}

static struct ikl_path path_to_cluster(const struct peers *peers)
{
    return (struct ikl_path){.local = peers->sockets.at[0].local, .remote = greeting_cluster()};
}

static int open_sa(struct peers *peers, struct peer *peer, const struct greeting *greeting, struct ikl_sa **sa)
{
    struct ikl_sa_config config = {
        .user = peer,
        .original_initiator = true,
        .path = path_to_cluster(peers),
        .liveness = IKL_LIVENESS_PERIODIC,
    };
    struct ikl_keys keys;
    int error = greeting_open(greeting, peers->secret, peers->endpoint, &config, &keys, ikl_posix_now(), sa);

    ikl_wipe(&keys, sizeof(keys));
    peer->rekeyed = ikl_posix_now();
    return error;
}

/* When its answer was skipped, or it was refused, it is tried again. */
static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct peers *peers = user;
    struct peer *peer = ikl_sa_user(sa);
    struct ikl_sa *heir;

    if (peer == NULL) {
        return;
    }
    peer->rekeying = false;
    if (outcome->kind == IKL_OUTCOME_ANSWERED &&
        greeting_read_rekey(&peer->rekey, true, outcome->first_payload, outcome->plaintext) &&
        open_sa(peers, peer, &peer->rekey, &heir) == IKL_OK &&
        ikl_sa_replace(sa, heir, true, REKEYED_MS, ikl_posix_now()) == IKL_OK) {
        peer->sa = heir;
        peers->n_rekeyed++;
    }
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct peers *peers = user;
    struct peer *peer = ikl_sa_user(sa);

    (void)alive;
    if (peer->answered == 0) {
        peer->answered = ikl_posix_now();
        peers->n_answered++;
    }
    if (is_rekey_due(peers, peer)) {
        begin_rekey(peer);
    }
}

/* Another gateway has it: is that alive? */
static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct peers *peers = user;

    (void)synced;
    peers->n_synced++;
    (void)!ikl_sa_probe(sa, ikl_posix_now());
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct peers *peers = user;
    struct peer *peer = ikl_sa_user(sa);

    if (peer != NULL && down->reason != IKL_DOWN_REKEYED && peers->n_down++ < SAID) {
        printf("IKE SA %016llx down: %s\n", (unsigned long long)ikl_sa_spi_i(sa), ikl_down_reason_name(down->reason));
    }
    if (peer != NULL && peer->sa == sa) {
        peer->sa = NULL;
    }
    ikl_sa_free(sa);
}

static int make_endpoint(struct peers *peers)
{
    const struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks),
                      .random = on_random,
                      .send = on_send,
                      .alive = on_alive,
                      .outcome = on_outcome,
                      .synced = on_synced,
                      .down = on_down},
        .user = peers,
        .schedule = &peers->settings.schedule,
        .idle = peers->settings.interval.value,
        .idle_spread = 300,
        .own_blocks = IKL_NO_OWN_BLOCKS,
    };

    return ikl_endpoint_new(&peers->endpoint, &config, ikl_posix_now());
}

/* Greeting */

/* The lower half of the SPI says which peer it is. */
static void greet(struct peers *peers, uint32_t number)
{
    struct peer *peer = &peers->all[number];
    uint8_t datagram[GREETING_LEN];

    peer->greeting = (struct greeting){.spi_i = (uint64_t)randombytes_random() << 32 | (number + 1)};
    randombytes_buf(peer->greeting.ni, sizeof(peer->greeting.ni));
    greeting_write(&peer->greeting, false, datagram);
    peer->greeted = ikl_posix_now();
    (void)send_to_cluster(peers, datagram, sizeof(datagram));
}

static void greet_more(struct peers *peers)
{
    while (peers->n_begun < peers->settings.sas.value && peers->n_begun < peers->n_established + AT_ONCE) {
        greet(peers, peers->n_begun++);
    }
    while (peers->n_ready < peers->n_begun && peers->all[peers->n_ready].sa != NULL) {
        peers->n_ready++;
    }
    for (uint32_t i = peers->n_ready; i < peers->n_begun; i++) {
        if (peers->all[i].sa == NULL && ikl_posix_now() - peers->all[i].greeted > GREETING_WAIT_MS) {
            greet(peers, i);
        }
    }
}

static void be_greeted(struct peers *peers, const struct ikl_header *header, const uint8_t *datagram, size_t len)
{
    uint32_t number = (uint32_t)header->spi_i - 1;
    struct peer *peer = number < peers->n_begun ? &peers->all[number] : NULL;
    struct ikl_sa *sa;
    int error;

    if (peer == NULL || peer->sa != NULL || !greeting_read(&peer->greeting, true, datagram, len)) {
        return;
    }
    error = open_sa(peers, peer, &peer->greeting, &sa);
    if (error != IKL_OK) {
        fprintf(stderr, "IKE SA %u: %s\n", (unsigned)number, ikl_error_name(error));
        return;
    }
    peer->sa = sa;
    peer->rekeyed -= randombytes_uniform(peers->settings.rekey.value + 1); /* they do not rekey together */
    peers->n_established++;
}

/* Datagrams and time */

static void receive(struct peers *peers, const struct ikl_inbound *inbound)
{
    const struct ikl_path path = path_to_cluster(peers);
    struct ikl_header header;

    if (ikl_header_read(&header, inbound->datagram, inbound->len) != IKL_OK) {
        return;
    }
    if (header.exchange_type == IKL_IKE_SA_INIT) {
        be_greeted(peers, &header, inbound->datagram, inbound->len);
        return;
    }
    if (!datagrams_seen_add(&peers->seen, inbound->datagram, inbound->len)) {
        abort();
    }
    (void)ikl_endpoint_receive(peers->endpoint, &path, inbound->datagram, inbound->len, ikl_posix_now());
}

static void receive_all(struct peers *peers)
{
    struct ikl_posix_batch batch;

    do {
        ikl_posix_read(&batch, &peers->sockets.at[0]);
        for (size_t i = 0; i < batch.n; i++) {
            receive(peers, &batch.datagrams[i]);
        }
    } while (batch.full);
}

static void turn(struct peers *peers, ikl_time until)
{
    struct pollfd readable = {.fd = peers->sockets.at[0].fd, .events = POLLIN};
    ikl_time due = ikl_time_earlier(ikl_endpoint_next_deadline(peers->endpoint), until);

    poll(&readable, 1, ikl_posix_timeout(due, ikl_posix_now()));
    receive_all(peers);
    (void)!ikl_endpoint_writable(peers->endpoint, ikl_posix_now());
    (void)ikl_endpoint_advance(peers->endpoint, ikl_posix_now());
}

static void run_until(struct peers *peers, ikl_time until)
{
    while (ikl_posix_now() < until) {
        turn(peers, until);
    }
}

/* The experiment */

/* False when none was established for so long that there is no hope. */
static bool establish(struct peers *peers)
{
    ikl_time began = ikl_posix_now(), now = began, latest = began;

    while (peers->n_established < peers->settings.sas.value) {
        uint32_t before = peers->n_established;

        greet_more(peers);
        now = ikl_posix_now();
        turn(peers, now + 10);
        latest = peers->n_established > before ? now : latest;
        if (now - latest > HOPE_MS) {
            printf("%u IKE SAs established, and no other for %d s\n", (unsigned)before, HOPE_MS / 1000);
            return false;
        }
    }
    printf("%u IKE SAs established in %.1f s\n", (unsigned)peers->n_established, (double)(now - began) / 1000);
    fflush(stdout);
    return true;
}

static bool run(const char *what, const char *command)
{
    printf("%s: %s\n", what, command);
    fflush(stdout);
    if (system(command) != 0) {
        printf("this command fails\n");
        return false;
    }
    return true;
}

/* A phase begins with a command. What had arrived by then does not count. */
static bool begin_phase(struct peers *peers, const char *what, const char *command)
{
    peers->began = ikl_posix_now();
    if (!run(what, command)) {
        return false;
    }
    receive_all(peers);
    for (uint32_t i = 0; i < peers->settings.sas.value; i++) {
        peers->all[i].answered = 0;
    }
    peers->n_answered = 0;
    return true;
}

static ikl_time longest_wait(const struct peers *peers)
{
    ikl_time longest = 0;

    for (uint32_t i = 0; i < peers->settings.sas.value; i++) {
        if (peers->all[i].answered > peers->began + longest) {
            longest = peers->all[i].answered - peers->began;
        }
    }
    return longest;
}

/* Every IKE SA is answered again, in time. */
static bool is_answered(struct peers *peers)
{
    ikl_time end = peers->began + peers->settings.within.value;
    bool done;

    while (peers->n_answered < peers->settings.sas.value && peers->n_down == 0 && ikl_posix_now() <= end) {
        turn(peers, ikl_posix_now() + 10);
    }
    done = peers->n_answered == peers->settings.sas.value && longest_wait(peers) <= peers->settings.within.value;
    printf("%u IKE SAs answered, the last of them after %.2f s\n", (unsigned)peers->n_answered,
           (double)longest_wait(peers) / 1000);
    fflush(stdout);
    return done;
}

static bool experiment(struct peers *peers)
{
    const struct settings *settings = &peers->settings;
    bool done = true;

    if (!establish(peers)) {
        return false;
    }
    run_until(peers, ikl_posix_now() + settings->at.value);
    if (settings->hit != NULL) {
        done = begin_phase(peers, "hit", settings->hit) && is_answered(peers);
    }
    if (settings->mend != NULL) {
        run_until(peers, peers->began + settings->mend_after.value);
        done = begin_phase(peers, "mended", settings->mend) && is_answered(peers) && done;
    }
    return done;
}

static bool judge(const struct peers *peers, bool done)
{
    done = done && peers->n_down == 0 && peers->seen.reused == 0;
    printf("IKE SAs: %u, down: %u, synchronised: %u, rekeyed: %u\n", (unsigned)peers->settings.sas.value,
           (unsigned)peers->n_down, (unsigned)peers->n_synced, (unsigned)peers->n_rekeyed);
    printf("protected datagrams: %llu, initialisation vectors: %llu, used twice: %llu\n",
           (unsigned long long)peers->seen.protected_ones, (unsigned long long)peers->seen.n,
           (unsigned long long)peers->seen.reused);
    printf("%s\n", done ? "all is well" : "NOT ALL IS WELL");
    return done;
}

/* Settings */

static const char *parse_gateways(const char *text, void *into)
{
    struct ikl_address gateways[GATEWAYS + 1] = {{.family = 0}};

    if (settings_addresses(text, gateways, GATEWAYS) == 0) {
        return "IPv4 addresses and ports, ADDRESS:PORT, at most 8, with commas between them";
    }
    memcpy(into, gateways, sizeof(gateways));
    return NULL;
}

static enum options_outcome parse(struct settings *settings, int argc, char **argv)
{
    const struct command_option options[] = {
        {"--key-file", "FILE", "octets that all gateways and peers know; required", options_parse_text,
         &settings->key_file},
        {"--gateways", "ADDRESS:PORT,...", "where datagrams to the cluster go (127.0.0.1:4601,127.0.0.1:4602)",
         parse_gateways, settings->gateways},
        {"--sas", "N", "how many IKE SAs (100)", options_parse_count, &settings->sas},
        {"--interval", "MS", "how often each of them is checked (3000)", options_parse_count, &settings->interval},
        {"--rekey", "MS", "how often each of them is rekeyed (never)", options_parse_count, &settings->rekey},
        {"--schedule", "SCHEDULE", "of liveness checks: waits in s, or a name (1x8,2,4)", settings_parse_schedule,
         &settings->schedule},
        {"--listen", "ADDRESS:PORT", "of the peers (127.0.0.1:0, any port)", settings_parse_address, &settings->listen},
        {"--at", "MS", "how long to go on when all are established (5000)", options_parse_count, &settings->at},
        {"--hit", "COMMAND", "run then, to kill a gateway, say; after it all must be answered again",
         options_parse_text, &settings->hit},
        {"--mend", "COMMAND", "run later; after it all must be answered once more", options_parse_text,
         &settings->mend},
        {"--mend-after", "MS", "how long after the first command (8000)", options_parse_count, &settings->mend_after},
        {"--within", "MS", "in which all must be answered (5000)", options_parse_count, &settings->within},
    };
    const struct command_line line = {"cluster_peers", "Many peers of a cluster, which judge it.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome == OPTIONS_RUN && settings->key_file == NULL) {
        return options_refuse(&line, "--key-file is required");
    }
    if (outcome == OPTIONS_RUN && settings->mend != NULL && settings->hit == NULL) {
        return options_refuse(&line, "--mend comes after --hit");
    }
    return outcome;
}

static bool open_socket(struct peers *peers)
{
    const int size = SOCKET_BUFFER;

    if (ikl_posix_open(&peers->sockets, &peers->settings.listen, 0, false) != IKL_OK) {
        perror("--listen");
        return false;
    }
    (void)!setsockopt(peers->sockets.at[0].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    (void)!setsockopt(peers->sockets.at[0].fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    return true;
}

static bool open_all(struct peers *peers)
{
    peers->all = calloc(peers->settings.sas.value, sizeof(*peers->all));
    return peers->all != NULL && greeting_read_keys(peers->settings.key_file, peers->secret, NULL) &&
           open_socket(peers) && make_endpoint(peers) == IKL_OK;
}

static void clear(struct peers *peers)
{
    for (uint32_t i = 0; peers->all != NULL && i < peers->settings.sas.value; i++) {
        if (peers->all[i].sa != NULL) {
            ikl_sa_set_user(peers->all[i].sa, NULL);
        }
    }
    if (peers->endpoint != NULL) {
        ikl_endpoint_free(peers->endpoint);
    }
    ikl_posix_close(&peers->sockets);
    datagrams_seen_free(&peers->seen);
    free(peers->all);
    ikl_wipe(peers->secret, sizeof(peers->secret));
}

int main(int argc, char **argv)
{
    static struct peers peers = {
        .settings = {.sas = {100, 1, 1000000},
                     .interval = {3000, 100, 3600000},
                     .rekey = {0, 100, 3600000},
                     .listen = {.ip = {127, 0, 0, 1}, .family = 4},
                     .at = {5000, 0, 3600000},
                     .mend_after = {8000, 0, 3600000},
                     .within = {5000, 0, 3600000}},
    };
    enum options_outcome outcome;
    bool done;

    if (settings_parse_schedule("1x8,2,4", &peers.settings.schedule) != NULL ||
        parse_gateways("127.0.0.1:4601,127.0.0.1:4602", peers.settings.gateways) != NULL) {
        return EXIT_FAILURE;
    }
    outcome = parse(&peers.settings, argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? EXIT_SUCCESS : 2;
    }
    done = ikl_init() == IKL_OK && open_all(&peers);
    if (done) {
        done = judge(&peers, experiment(&peers));
    }
    clear(&peers);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
