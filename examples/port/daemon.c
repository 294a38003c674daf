/* SPDX-License-Identifier: ISC */
/* The small stack, 197 lines: the rest of it: two daemons in one process, a network between them that loses what the
 * story says, and a clock that jumps from one event to the next. The program prints what happens, and succeeds when
 * each request was carried out once and answered, and the dead peer was found dead. */
#include "exchange.h"

#include "support/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAY = 10, MAX_UNDER_WAY = 16, N_REQUESTS = 3, ASKS_AT = 1000, ESP_UNTIL = 60000, DIES_AT = 100000 };

/* The network loses these datagrams: the first request, and the second response. */
static const unsigned lost[] = {0, 4};

struct daemon {
    const char *name;
    struct daemon *peer;
    struct exchange *exchange;
    unsigned executed, answered;
    bool peer_is_dead;
};

static struct network {
    ikl_time now;
    unsigned sent;
    uint64_t digest; /* of all that was sent (FNV-1a) */
    struct {
        ikl_time arrives;
        struct daemon *to;
        size_t len;
        uint8_t octets[MESSAGE_MAX];
    } under_way[MAX_UNDER_WAY];
    size_t n;
} network;

static void say(const struct daemon *daemon, const char *what, const char *text)
{
    printf("%7" PRIu64 ".%03u  %s %s%s\n", network.now / 1000, (unsigned)(network.now % 1000), daemon->name, what,
           text);
}

void daemon_send(struct daemon *daemon, const uint8_t *datagram, size_t len)
{
    unsigned number = network.sent++;

    for (size_t i = 0; i < len; i++) {
        network.digest = (network.digest ^ datagram[i]) * 0x100000001b3u;
    }
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        if (number == lost[i]) {
            say(daemon, "sends a datagram that is lost", "");
            return;
        }
    }
    if (network.now < DIES_AT && network.n < MAX_UNDER_WAY) {
        network.under_way[network.n].arrives = network.now + DELAY;
        network.under_way[network.n].to = daemon->peer;
        network.under_way[network.n].len = len;
        memcpy(network.under_way[network.n++].octets, datagram, len);
    }
    if (network.now >= DIES_AT) {
        say(daemon, "sends to a dead peer", "");
    }
}

size_t daemon_execute(struct daemon *daemon, const struct message *request, uint8_t *out, uint8_t *first_payload)
{
    char text[32];

    message_read_text(request, text);
    if (text[0] == '\0') {
        *first_payload = IKL_PAYLOAD_NONE; /* a liveness check */
        return 0;
    }
    daemon->executed++;
    say(daemon, "carries out ", text);
    *first_payload = IKL_PAYLOAD_VENDOR_ID;
    return message_write_text(out, text);
}

void daemon_answered(struct daemon *daemon, const struct message *response)
{
    char text[32];

    message_read_text(response, text);
    if (text[0] != '\0') {
        daemon->answered++;
        say(daemon, "has the answer to ", text);
    }
}

void daemon_peer_is_dead(struct daemon *daemon)
{
    daemon->peer_is_dead = true;
    say(daemon, "finds its peer dead", "");
}

static void deliver(void)
{
    while (network.n > 0 && network.under_way[0].arrives <= network.now) {
        uint8_t octets[MESSAGE_MAX];
        size_t len = network.under_way[0].len;
        struct daemon *to = network.under_way[0].to;

        memcpy(octets, network.under_way[0].octets, len);
        memmove(&network.under_way[0], &network.under_way[1], --network.n * sizeof(network.under_way[0]));
        exchange_receive(to->exchange, octets, len, network.now);
    }
}

static void ask(struct daemon *daemon)
{
    static const char *const texts[N_REQUESTS] = {"one", "two", "three"};
    uint8_t payloads[MESSAGE_MAX];

    for (size_t i = 0; i < N_REQUESTS; i++) {
        size_t len = message_write_text(payloads, texts[i]);

        exchange_request(daemon->exchange, IKL_INFORMATIONAL, IKL_PAYLOAD_VENDOR_ID, (struct ikl_octets){payloads, len},
                         network.now);
    }
}

/* When something happens next: a datagram arrives, a daemon has something to do, the story goes on. */
static ikl_time next(const struct daemon *daemons, ikl_time story)
{
    ikl_time at = story;

    for (size_t i = 0; i < 2; i++) {
        at = ikl_time_earlier(at, exchange_deadline(daemons[i].exchange));
    }
    return network.n > 0 ? ikl_time_earlier(at, network.under_way[0].arrives) : at;
}

static void run(struct daemon *daemons)
{
    ikl_time story = ASKS_AT;

    while (!daemons[0].peer_is_dead) {
        network.now = ikl_time_later(network.now, next(daemons, story));
        deliver();
        if (network.now >= story) {
            if (story == ASKS_AT) {
                ask(&daemons[0]);
            }
            exchange_heard_esp(daemons[0].exchange, network.now); /* so there is nothing to check */
            story = story < ESP_UNTIL ? story + 1000 : IKL_NEVER;
        }
        for (size_t i = 0; i < 2; i++) {
            exchange_tick(daemons[i].exchange, network.now);
        }
    }
}

/* What a key exchange and IKE_AUTH would leave. */
static void open_daemons(struct daemon *daemons)
{
    static const uint8_t secret[32] = "a secret";
    struct exchange_setup setup = {.spi_i = 0x1111, .spi_r = 0x2222};
    const struct ikl_kdf_input input = {
        .size = sizeof(input), .ni = {secret, 32}, .nr = {secret, 32}, .spi_i = setup.spi_i, .spi_r = setup.spi_r};
    struct ikl_keys keys;

    if (ikl_init() != IKL_OK || ikl_suite_parse(&setup.suite, "chacha20poly1305-prfsha256") != IKL_OK ||
        ikl_keys_derive(&keys, &ikl_provider_sodium, &setup.suite, (struct ikl_octets){secret, 32}, &input) != IKL_OK) {
        abort();
    }
    setup.keys = &keys;
    for (size_t i = 0; i < 2; i++) {
        daemons[i].peer = &daemons[1 - i];
        setup.daemon = &daemons[i];
        setup.is_initiator = setup.checks = i == 0;
        daemons[i].exchange = exchange_open(&setup, network.now);
    }
    ikl_wipe(&keys, sizeof(keys));
}

int main(int argc, char **argv)
{
    struct daemon daemons[] = {{.name = "A"}, {.name = "B"}};
    int status;

    if (options_none("Runs two daemons of a small stack over a bad link.", argc, argv, &status)) {
        return status;
    }
    open_daemons(daemons);
    run(daemons);
    for (size_t i = 0; i < 2; i++) {
        exchange_close(daemons[i].exchange);
    }
    printf("%u datagrams, digest %016" PRIx64 "\n", network.sent, network.digest);
    return daemons[1].executed == N_REQUESTS && daemons[0].answered == N_REQUESTS ? EXIT_SUCCESS : EXIT_FAILURE;
}
