/* SPDX-License-Identifier: ISC */
/* ikelive example of a cluster, 431 lines: a gateway. README says how to run several. */
#define _GNU_SOURCE
#include <ikelive/posix.h>

#include "../support/options.h"
#include "settings.h"
#include "tenure.h"

#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARDS = 16, LONGEST_SLEEP_MS = 200, RECEIVE_BUFFER = 32 * 1024 * 1024 };

struct settings {
    const char *etcd, *folder, *key_file, *psk_file, *name;
    struct identity id;
    struct ikl_address listen;
    bool home[SHARDS + 1];
    struct options_count shards, lease, patience, idle, sync_rate;
    bool stubborn;
};

struct gateway {
    struct settings settings;
    uint8_t seal_key[SEAL_KEY], secret[GREETING_SECRET];
    struct newcomers_config newcomers;
    struct store *store;
    struct ikl_posix_sockets sockets; /* one */
    struct shard shards[SHARDS + 1];  /* from 1 */
    struct tenure *tenures[SHARDS + 1];
    uint32_t unsynchronised[SHARDS + 1];
    ikl_time taken[SHARDS + 1];
    bool unanswered[SHARDS + 1]; /* it was said that the store does not answer */
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

/* It goes on while the machine sleeps, as leases do. */
static ikl_time boot_time(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (ikl_time)now.tv_sec * 1000 + (ikl_time)now.tv_nsec / 1000000;
}

static int on_send(void *user, const struct ikl_address *to, const uint8_t *datagram, size_t len)
{
    struct gateway *gateway = user;
    const struct ikl_path path = ikl_posix_path(&gateway->sockets, to, 0, false);

    return ikl_posix_send(&gateway->sockets, &path, datagram, len);
}

/* Beginning and ending */

static void begin(struct gateway *gateway, uint32_t number)
{
    const struct tenure_config config = {
        .shard = &gateway->shards[number],
        .seal_key = gateway->seal_key,
        .secret = gateway->secret,
        .newcomers = gateway->settings.psk_file != NULL ? &gateway->newcomers : NULL,
        .idle = gateway->settings.idle.value,
        .sync_rate = gateway->settings.sync_rate.value,
        .clock = boot_time,
        .send = on_send,
        .user = gateway,
    };
    ikl_time before = boot_time();
    struct tenure_counts counts = {.sas = 0};

    gateway->tenures[number] = tenure_new(&config);
    if (gateway->tenures[number] == NULL) {
        shard_refused(&gateway->shards[number]); /* the lease runs out, or another try begins */
        return;
    }
    counts = tenure_counts(gateway->tenures[number]);
    gateway->taken[number] = before;
    gateway->unsynchronised[number] = counts.unsynchronised;
    printf("shard %u: taken with epoch %llu; %u IKE SAs restored in %u ms, %u refused\n", (unsigned)number,
           (unsigned long long)gateway->shards[number].epoch, (unsigned)counts.restored,
           (unsigned)(boot_time() - before), (unsigned)counts.refused);
}

static void end(struct gateway *gateway, uint32_t number)
{
    tenure_free(gateway->tenures[number]);
    gateway->tenures[number] = NULL;
    printf("shard %u: lost; silent\n", (unsigned)number);
}

/* Says when the store ceases to answer, and when it does again. */
static void note_store(struct gateway *gateway, uint32_t number)
{
    bool unanswered = gateway->shards[number].unanswered;

    if (unanswered != gateway->unanswered[number]) {
        fprintf(stderr, "shard %u: the store %s\n", (unsigned)number,
                unanswered ? "cannot be asked, or does not answer" : "answers again");
    }
    gateway->unanswered[number] = unanswered;
}

static void step(struct gateway *gateway)
{
    for (uint32_t i = 1; i <= gateway->settings.shards.value; i++) {
        switch (shard_step(&gateway->shards[i], boot_time())) {
        case SHARD_TAKEN:
            begin(gateway, i);
            break;
        case SHARD_LOST:
            end(gateway, i);
            break;
        case SHARD_AS_BEFORE:
            break;
        }
        note_store(gateway, i);
    }
}

/* Datagrams */

/* Which shard a datagram is for: our SPI begins with its number; a greeting has no SPI of ours, and goes where the
 * peer's says. 0: none. */
static uint32_t shard_of(const struct gateway *gateway, const struct ikl_header *header)
{
    if (header->spi_r == 0) {
        return (uint32_t)(header->spi_i % gateway->settings.shards.value) + 1;
    }
    return (uint32_t)((header->flags & IKL_FLAG_INITIATOR ? header->spi_r : header->spi_i) >> 56);
}

static void receive(struct gateway *gateway, const struct ikl_inbound *inbound)
{
    struct ikl_header header;
    uint32_t number;

    if (ikl_header_read(&header, inbound->datagram, inbound->len) != IKL_OK) {
        return;
    }
    number = shard_of(gateway, &header);
    if (number == 0 || number > gateway->settings.shards.value || gateway->tenures[number] == NULL ||
        !shard_may_send(&gateway->shards[number], boot_time())) {
        return;
    }
    if (header.spi_r == 0) {
        tenure_greet(gateway->tenures[number], &inbound->path->remote, inbound->datagram, inbound->len);
    } else {
        tenure_receive(gateway->tenures[number], &inbound->path->remote, inbound->datagram, inbound->len);
    }
}

static void receive_all(struct gateway *gateway)
{
    struct ikl_posix_batch batch;
    int batches = 0;

    do {
        ikl_posix_read(&batch, &gateway->sockets.at[0]);
        for (size_t i = 0; i < batch.n; i++) {
            receive(gateway, &batch.datagrams[i]);
        }
    } while (batch.full && ++batches < IKL_POSIX_TURN);
}

/* Says when all of a shard's IKE SAs have answered. */
static void note_synchronised(struct gateway *gateway, uint32_t number)
{
    uint32_t left = tenure_counts(gateway->tenures[number]).unsynchronised;

    if (left == 0 && gateway->unsynchronised[number] > 0) {
        printf("shard %u: all IKE SAs are synchronised, %u ms after it was taken\n", (unsigned)number,
               (unsigned)(boot_time() - gateway->taken[number]));
    }
    gateway->unsynchronised[number] = left;
}

static ikl_time turn(struct gateway *gateway)
{
    ikl_time due = boot_time() + LONGEST_SLEEP_MS;

    step(gateway);
    receive_all(gateway);
    for (uint32_t i = 1; i <= gateway->settings.shards.value; i++) {
        due = ikl_time_earlier(due, gateway->shards[i].due);
        if (gateway->tenures[i] != NULL && shard_may_send(&gateway->shards[i], boot_time())) {
            tenure_turn(gateway->tenures[i]);
            note_synchronised(gateway, i);
            due = ikl_time_earlier(due, tenure_due(gateway->tenures[i]));
        }
    }
    fflush(stdout);
    return due;
}

static void run(struct gateway *gateway)
{
    struct pollfd readable = {.fd = gateway->sockets.at[0].fd, .events = POLLIN};

    while (!stopped) {
        ikl_time due = turn(gateway);

        poll(&readable, 1, ikl_posix_timeout(due, boot_time()));
    }
}

/* Gives up what we have, so that others need not wait. */
static void leave(struct gateway *gateway)
{
    for (uint32_t i = 1; i <= gateway->settings.shards.value; i++) {
        if (gateway->tenures[i] != NULL) {
            end(gateway, i);
            (void)store_release(gateway->store, i, gateway->shards[i].epoch);
        }
    }
}

/* Settings */

static const char *parse_home(const char *text, void *into)
{
    bool home[SHARDS + 1] = {false};

    for (;;) {
        char *rest;
        unsigned long number = strtoul(text, &rest, 10);

        if (*text < '0' || *text > '9' || number < 1 || number > SHARDS || (*rest != '\0' && *rest != ',')) {
            return "numbers from 1 to that of --shards, with commas between them";
        }
        home[number] = true;
        if (*rest == '\0') {
            memcpy(into, home, sizeof(home));
            return NULL;
        }
        text = rest + 1;
    }
}

#ifdef CLUSTER_ETCD
static const char *parse_urls(const char *text, void *into)
{
    const char *url = text, *comma;

    do {
        if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
            return "http://HOST:PORT, with commas between the members";
        }
        comma = strchr(url, ',');
        url = comma != NULL ? comma + 1 : NULL;
    } while (url != NULL);
    *(const char **)into = text;
    return NULL;
}
#endif

static const char *parse_identity(const char *text, void *into)
{
    return identity_parse(into, text) ? NULL : "an address, a name, user@name, or keyid:TEXT";
}

static const char *parse_name(const char *text, void *into)
{
    if (!store_word(text, STORE_NAME - 17)) {
        return "letters, digits and '-', at most 46";
    }
    *(const char **)into = text;
    return NULL;
}

static enum options_outcome parse(struct settings *settings, int argc, char **argv)
{
    const struct command_option options[] = {
        {"--key-file", "FILE", "octets that all gateways and peers know, 32 or more; required", options_parse_text,
         &settings->key_file},
#ifdef CLUSTER_ETCD
        {"--etcd", "URLS", "the store is etcd, http://HOST:PORT, with commas between its members", parse_urls,
         &settings->etcd},
#endif
        {"--folder", "FOLDER", "the store is a folder (cluster.store)", options_parse_text, &settings->folder},
        {"--psk-file", "FILE", "the pre-shared key of peers that have a handshake; else there are none",
         options_parse_text, &settings->psk_file},
        {"--id", "IDENTITY", "of the cluster, to them (cluster)", parse_identity, &settings->id},
        {"--name", "NAME", "of this gateway (gateway)", parse_name, &settings->name},
        {"--listen", "ADDRESS:PORT", "where its datagrams come (127.0.0.1:4601)", settings_parse_address,
         &settings->listen},
        {"--shards", "N", "how many there are, the same everywhere (2)", options_parse_count, &settings->shards},
        {"--home", "N,N...", "those that this gateway takes as soon as they are free (none)", parse_home,
         settings->home},
        {"--lease", "MS", "how long a shard stays with a gateway that is silent (3000)", options_parse_count,
         &settings->lease},
        {"--patience", "MS", "how long a question to the store may take (1000)", options_parse_count,
         &settings->patience},
        {"--idle", "MS", "how long a peer may be silent before a liveness check (60000)", options_parse_count,
         &settings->idle},
        {"--sync-rate", "N", "IKE SAs synchronised a second, after a takeover (10000)", options_parse_count,
         &settings->sync_rate},
        {"--stubborn", NULL, "FOR AN EXPERIMENT: goes on sending without a lease", options_parse_flag,
         &settings->stubborn},
    };
    const struct command_line line = {"cluster", "A gateway of a cluster that shares its IKE SAs.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome;
    }
    if (settings->key_file == NULL) {
        return options_refuse(&line, "--key-file is required");
    }
    if (settings->etcd != NULL && settings->folder != NULL) {
        return options_refuse(&line, "there is one store: --etcd or --folder");
    }
    for (uint32_t i = settings->shards.value + 1; i <= SHARDS; i++) {
        if (settings->home[i]) {
            return options_refuse(&line, "--home names a shard that --shards does not have");
        }
    }
    return OPTIONS_RUN;
}

static bool open_store(struct gateway *gateway)
{
    const struct settings *settings = &gateway->settings;
    struct store_config config = {
        .where = settings->folder != NULL ? settings->folder : "cluster.store",
        .lease = settings->lease.value,
        .patience = settings->patience.value,
        .clock = boot_time,
    };

    snprintf(config.self, sizeof(config.self), "%s-%08x%08x", settings->name, randombytes_random(),
             randombytes_random());
#ifdef CLUSTER_ETCD
    if (settings->etcd != NULL) {
        config.where = settings->etcd;
        printf("%s: the store is etcd, %s\n", config.self, config.where);
        gateway->store = store_open_etcd(&config);
        return gateway->store != NULL;
    }
#endif
    printf("%s: the store is a folder, %s, since no etcd was named; all gateways must see the same one\n", config.self,
           config.where);
    gateway->store = store_open_folder(&config);
    return gateway->store != NULL;
}

static bool open_socket(struct gateway *gateway)
{
    const int size = RECEIVE_BUFFER;
    const struct ikl_address *address = &gateway->settings.listen;

    if (ikl_posix_open(&gateway->sockets, address, 0, false) != IKL_OK) {
        perror("--listen");
        return false;
    }
    (void)!setsockopt(gateway->sockets.at[0].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    (void)!setsockopt(gateway->sockets.at[0].fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    return true;
}

static bool read_secrets(struct gateway *gateway)
{
    const struct settings *settings = &gateway->settings;
    struct newcomers_config *newcomers = &gateway->newcomers;

    newcomers->id = settings->id;
    proposals_default(&newcomers->proposals);
    randombytes_buf(newcomers->cookie_secret, sizeof(newcomers->cookie_secret));
    return greeting_read_keys(settings->key_file, gateway->secret, gateway->seal_key) &&
           (settings->psk_file == NULL || credentials_read_psk(&newcomers->credentials, settings->psk_file));
}

static bool open_all(struct gateway *gateway)
{
    const struct settings *settings = &gateway->settings;

    if (!read_secrets(gateway) || !open_store(gateway) || !open_socket(gateway)) {
        return false;
    }
    for (uint32_t i = 1; i <= settings->shards.value; i++) {
        shard_init(&gateway->shards[i], gateway->store, i, settings->home[i], boot_time());
        gateway->shards[i].stubborn = settings->stubborn;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct gateway gateway = {
        .settings = {.name = "gateway",
                     .id = {.type = IKL_ID_FQDN, .len = 7, .data = "cluster"},
                     .listen = {.ip = {127, 0, 0, 1}, .family = 4, .port = 4601},
                     .shards = {2, 1, SHARDS},
                     .lease = {3000, 200, 600000},
                     .patience = {1000, 10, 60000},
                     .idle = {60000, 100, 3600000},
                     .sync_rate = {10000, 1, 1000000}},
    };
    const struct sigaction action = {.sa_handler = on_signal};
    enum options_outcome outcome = parse(&gateway.settings, argc, argv);
    bool done;

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? EXIT_SUCCESS : 2;
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    done = ikl_init() == IKL_OK && open_all(&gateway);
    if (done) {
        run(&gateway);
        leave(&gateway);
    }
    store_close(gateway.store);
    ikl_posix_close(&gateway.sockets);
    ikl_wipe(gateway.seal_key, sizeof(gateway.seal_key));
    ikl_wipe(gateway.secret, sizeof(gateway.secret));
    credentials_wipe(&gateway.newcomers.credentials);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
