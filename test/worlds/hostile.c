/* SPDX-License-Identifier: ISC */
/* Peers that do their worst to an endpoint, and one that does not. See hostile.h. */
#include "hostile.h"

#include "support/keyed.h"
#include "support/providers.h"

#include <string.h>

enum {
    LARGE = 1000,
    HUGE_LEN = 3000,
    KEY = 36,
    OVERHEAD = 28 + 4 + 8 + 1 + 16,
    INSIDE = 480 - OVERHEAD, /* payloads of a message of 480 octets, the longest that fits what an IKE SA owns */
    WAIT = 5000
};

#define SPI UINT64_C(0x4a00000000000000) /* not to be taken for a non-ESP marker */

static const uint8_t zeros[HUGE_LEN];

static uint64_t below(struct hostiles *hostiles, uint64_t n)
{
    return test_random_below(&hostiles->random, n);
}

static void must(struct hostiles *hostiles, bool succeeds, const char *what)
{
    if (!succeeds && hostiles->wrong == NULL) {
        hostiles->wrong = what;
    }
}

static void make_keys(struct hostiles *hostiles, struct ikl_keys *keys)
{
    *keys = (struct ikl_keys){.encr_key_len = KEY, .prf_len = 32};
    for (size_t i = 0; i < KEY; i++) {
        keys->sk_ei[i] = (uint8_t)below(hostiles, 256);
        keys->sk_er[i] = (uint8_t)below(hostiles, 256);
    }
}

static uint32_t most_window(const struct hostiles *hostiles)
{
    return hostiles->most_window != 0 ? hostiles->most_window : IKL_WINDOW_MAX;
}

static void begin(struct hostiles *hostiles, struct hostile_peer *peer, bool connecting)
{
    struct ikl_sa_config config = {.size = sizeof(config), .original_initiator = true};

    *peer = (struct hostile_peer){.connecting = connecting, .spi_i = SPI + ++hostiles->last_spi};
    make_keys(hostiles, &peer->keys);
    config.user = hostiles->user;
    config.spi_i = peer->spi_i;
    config.spi_r = SPI;
    config.path = hostiles->path;
    config.connecting = connecting;
    config.liveness = IKL_LIVENESS_OFF;
    config.schedule = ikl_schedule_default();
    config.protection.suite = (struct ikl_suite){IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
    config.protection.keys = &peer->keys;
    config.protection.iv_source = IKL_IV_FRESH_KEYS;
    config.protection.fragmentation = true;
    config.follow_peer = below(hostiles, 2) != 0;
    config.ids.stated = true;
    config.ids.own_window = below(hostiles, 3) == 0 ? 1 : (uint32_t)(1 + below(hostiles, most_window(hostiles)));
    config.ids.peer_window = (uint32_t)(1 + below(hostiles, 4));
    must(hostiles, ikl_sa_new(&peer->sa, hostiles->endpoint, &config, hostiles->now) == IKL_OK,
         "there is no IKE SA for a peer");
}

static void end(struct hostiles *hostiles, struct hostile_peer *peer)
{
    if (peer->sa != NULL) {
        ikl_sa_close(peer->sa, hostiles->now); /* at the host's time: the endpoint's depends on when it was told one */
        ikl_sa_free(peer->sa);
        peer->sa = NULL;
    }
}

static bool draw_connecting(struct hostiles *hostiles)
{
    return hostiles->kind == HOSTILE_UNAUTHENTICATED || (hostiles->kind == HOSTILE_BOTH && below(hostiles, 3) != 0);
}

/* What a peer says, to be completed. */
struct word {
    struct hostile_peer *peer;
    struct ikl_sa_info info;
    uint8_t exchange_type;
    bool response;
    uint32_t message_id;
    size_t len;  /* of its payload, or of a fragment of it */
    size_t says; /* what the payload says it is; 0: the same */
    uint16_t number, total;
    bool elsewhere;
};

static struct word word_of(struct hostiles *hostiles, struct hostile_peer *peer)
{
    struct word word = {.peer = peer, .info = {.size = sizeof(word.info)}};

    must(hostiles, ikl_sa_query(peer->sa, &word.info) == IKL_OK, "an IKE SA tells nothing of itself");
    word.exchange_type = peer->connecting ? IKL_IKE_AUTH : IKL_CREATE_CHILD_SA;
    word.message_id = word.info.next_expected;
    return word;
}

/* Seals what the original responder says: the host is the original initiator. */
static size_t seal(struct hostile_peer *peer, const struct word *word, struct ikl_octets plaintext, uint8_t *out,
                   size_t size)
{
    static uint64_t state[128];
    const struct ikl_suite suite = {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
    const struct ikl_cipher *cipher;
    uint8_t iv[IKL_MAX_IV] = {0};
    size_t len = 0;
    const struct ikl_sealing sealing = {.header = {.spi_i = peer->spi_i,
                                                   .spi_r = SPI,
                                                   .exchange_type = word->exchange_type,
                                                   .flags = word->response ? IKL_FLAG_RESPONSE : 0,
                                                   .message_id = word->message_id},
                                        .first_payload = plaintext.len != 0 && word->number <= 1 ? IKL_PAYLOAD_VENDOR_ID
                                                                                                 : IKL_PAYLOAD_NONE,
                                        .plaintext = plaintext,
                                        .iv = iv,
                                        .fragment_number = word->number,
                                        .fragment_total = word->total};

    for (size_t i = 0; i < sizeof(peer->ivs); i++) {
        iv[i] = (uint8_t)(peer->ivs >> 8 * i); /* the same on any processor */
    }
    peer->ivs++;
    return test_provider->cipher(&suite, &cipher) == IKL_OK && cipher->state_size <= sizeof(state) &&
                   keyed_init(cipher, state, peer->keys.sk_er, NULL) == IKL_OK &&
                   ikl_message_seal(cipher, state, &sealing, out, size, &len) == IKL_OK
               ? len
               : 0;
}

static int say(struct hostiles *hostiles, const struct word *word)
{
    static uint8_t datagram[IKL_NON_ESP_MARKER_LEN + HUGE_LEN + 100];
    uint8_t octets[HUGE_LEN] = {0};
    struct ikl_path path = *ikl_sa_path(word->peer->sa);
    size_t marker = path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0, len;

    octets[2] = (uint8_t)((word->says != 0 ? word->says : word->len) >> 8);
    octets[3] = (uint8_t)(word->says != 0 ? word->says : word->len);
    memset(datagram, 0, marker);
    len = seal(word->peer, word, (struct ikl_octets){octets, word->len}, datagram + marker, sizeof(datagram) - marker);
    must(hostiles, len != 0, "a peer cannot seal a message");
    path.remote.port = (uint16_t)(path.remote.port + (word->elsewhere ? 1 + below(hostiles, 9) : 0));
    return hostiles->say != NULL
               ? hostiles->say(hostiles->say_user, &path, datagram, marker + len)
               : ikl_endpoint_receive(hostiles->endpoint, &path, datagram, marker + len, hostiles->now);
}

static void tiny_fragments(struct hostiles *hostiles, struct word *word)
{
    uint16_t total = below(hostiles, 2) != 0 ? 255 : (uint16_t)(2 + below(hostiles, 253));
    size_t n = 1 + below(hostiles, total - 1u);

    word->total = total;
    for (uint16_t number = 1; number <= n; number++) {
        word->number = number;
        word->len = below(hostiles, 2);
        (void)say(hostiles, word);
    }
}

/* All but the first. */
static void large_fragments(struct hostiles *hostiles, struct word *word)
{
    word->total = 6;
    for (uint16_t number = 2; number < 6; number++) {
        word->number = number;
        word->len = 1 + below(hostiles, LARGE);
        (void)say(hostiles, word);
    }
}

static void repeated_fragments(struct hostiles *hostiles, struct word *word)
{
    word->number = (uint16_t)(1 + below(hostiles, 3));
    word->total = 4;
    word->len = below(hostiles, LARGE);
    for (size_t i = 0; i < 3; i++) {
        (void)say(hostiles, word);
    }
}

static void other_totals(struct hostiles *hostiles, struct word *word)
{
    for (size_t i = 0; i < 8; i++) {
        word->total = (uint16_t)(2 + below(hostiles, 254));
        word->number = (uint16_t)(1 + below(hostiles, word->total));
        word->len = below(hostiles, 400);
        (void)say(hostiles, word);
    }
}

/* Of an answer to our request, which is made for that. */
static void fragments_of_responses(struct hostiles *hostiles, struct word *word)
{
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {zeros, below(hostiles, LARGE)}};

    (void)!ikl_sa_request(word->peer->sa, word->exchange_type, &payload, 1, NULL, hostiles->now, NULL);
    word->response = true;
    word->message_id = (uint32_t)below(hostiles, word->info.next_request + 1u);
    large_fragments(hostiles, word);
}

/* The lowest Message ID is left out. */
static void out_of_order(struct hostiles *hostiles, struct word *word)
{
    bool large = below(hostiles, 2) != 0;

    for (uint32_t ahead = 1; ahead < IKL_WINDOW_MAX; ahead++) {
        word->message_id = word->info.next_expected + ahead;
        word->elsewhere = below(hostiles, 4) == 0;
        word->len = 4 + (large ? below(hostiles, 2 * LARGE) : 0);
        (void)say(hostiles, word);
    }
}

static void whole_out_of_order(struct hostiles *hostiles, struct word *word)
{
    word->message_id = word->info.next_expected + 1 + (uint32_t)below(hostiles, IKL_WINDOW_MAX);
    word->len = HUGE_LEN;
    (void)say(hostiles, word);
}

/* The host does not answer. */
static void unanswered(struct hostiles *hostiles, struct word *word)
{
    word->elsewhere = below(hostiles, 2) != 0;
    word->len = HUGE_LEN;
    (void)say(hostiles, word);
}

/* The host does, at length; or later. */
static void answered(struct hostiles *hostiles, struct word *word)
{
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {zeros, below(hostiles, HUGE_LEN)}};
    uint32_t first = word->info.next_expected > IKL_WINDOW_MAX ? word->info.next_expected - IKL_WINDOW_MAX : 0;

    unanswered(hostiles, word);
    for (uint32_t id = first; id <= word->info.next_expected; id++) {
        (void)!ikl_sa_respond(word->peer->sa, id, &payload, 1, hostiles->now);
    }
}

/* A whole request, the last fragment first. */
static void fragmented_request(struct hostiles *hostiles, struct word *word)
{
    size_t piece = 60 + below(hostiles, LARGE);

    word->total = (uint16_t)((HUGE_LEN + piece - 1) / piece);
    word->says = HUGE_LEN;
    for (uint16_t number = word->total; number > 0; number--) {
        word->number = number;
        word->len = number < word->total ? piece : HUGE_LEN - piece * (word->total - 1u);
        (void)say(hostiles, word);
    }
}

static void begin_anew(struct hostiles *hostiles, struct word *word)
{
    end(hostiles, word->peer);
    begin(hostiles, word->peer, draw_connecting(hostiles));
}

static void (*const acts[])(struct hostiles *hostiles, struct word *word) = {
    tiny_fragments, large_fragments,    repeated_fragments, other_totals, fragments_of_responses, out_of_order,
    unanswered,     whole_out_of_order, answered,           begin_anew,   fragmented_request,
};

bool hostile_has(uint64_t spi_r)
{
    return spi_r == SPI;
}

size_t hostile_n_acts(void)
{
    return sizeof(acts) / sizeof(acts[0]);
}

void hostiles_act(struct hostiles *hostiles)
{
    struct hostile_peer *peer = &hostiles->peers[below(hostiles, hostiles->n)];
    size_t act = (size_t)below(hostiles, hostile_n_acts());
    struct word word;

    if (peer->sa != NULL && ikl_sa_state(peer->sa) == IKL_SA_DEAD) {
        end(hostiles, peer);
    }
    if (peer->sa == NULL) {
        begin(hostiles, peer, draw_connecting(hostiles));
    }
    if (peer->sa != NULL) {
        word = word_of(hostiles, peer);
        hostiles->acts[act]++;
        acts[act](hostiles, &word);
    }
}

void hostiles_lose(struct hostiles *hostiles)
{
    for (size_t i = 0; i < HOSTILE_MAX; i++) {
        hostiles->peers[i].sa = NULL;
    }
}

void hostiles_end(struct hostiles *hostiles)
{
    for (size_t i = 0; i < HOSTILE_MAX; i++) {
        end(hostiles, &hostiles->peers[i]);
    }
}

/* RFC 7296 §1.3, §1.4: what has to work with an honest peer. */

static const struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {zeros, INSIDE - IKL_PAYLOAD_HEADER_LEN}};

static void we_ask(struct hostiles *hostiles, struct hostile_peer *honest)
{
    must(hostiles, ikl_sa_request(honest->sa, IKL_CREATE_CHILD_SA, &nonce, 1, NULL, hostiles->now, NULL) == IKL_OK,
         "a request to an honest peer does not succeed");
}

static void it_answers(struct hostiles *hostiles, struct hostile_peer *honest, uint32_t message_id,
                       uint8_t exchange_type)
{
    const struct word word = {
        .peer = honest, .response = true, .exchange_type = exchange_type, .message_id = message_id};

    must(hostiles, say(hostiles, &word) == IKL_OK, "an honest peer's answer is not taken");
}

static void it_rekeys(struct hostiles *hostiles, struct hostile_peer *honest, uint32_t message_id)
{
    const struct word word = {
        .peer = honest, .exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id, .len = INSIDE};

    must(hostiles,
         say(hostiles, &word) == IKL_OK && ikl_sa_respond(honest->sa, message_id, &nonce, 1, hostiles->now) == IKL_OK,
         "an honest peer's rekey does not succeed");
}

static void it_checks(struct hostiles *hostiles, struct hostile_peer *honest, uint32_t message_id)
{
    const struct word word = {.peer = honest, .exchange_type = IKL_INFORMATIONAL, .message_id = message_id};

    must(hostiles, say(hostiles, &word) == IKL_OK, "an honest peer's liveness check does not succeed");
}

static void we_delete(struct hostiles *hostiles, struct hostile_peer *honest)
{
    must(hostiles, ikl_sa_delete(honest->sa, WAIT, hostiles->now) == IKL_OK,
         "the Delete to an honest peer does not succeed");
}

const char *honest_peer_lives(struct hostiles *hostiles)
{
    struct hostile_peer honest;

    hostiles->wrong = NULL;
    begin(hostiles, &honest, false);
    if (hostiles->wrong == NULL) {
        we_ask(hostiles, &honest);
        it_answers(hostiles, &honest, 0, IKL_CREATE_CHILD_SA);
        it_rekeys(hostiles, &honest, 0);
        it_checks(hostiles, &honest, 1);
        we_delete(hostiles, &honest);
        it_answers(hostiles, &honest, 1, IKL_INFORMATIONAL);
        must(hostiles, ikl_sa_state(honest.sa) == IKL_SA_DEAD, "a deleted IKE SA is not down");
        end(hostiles, &honest);
    }
    return hostiles->wrong;
}

const char *honest_peer_lives_in_haste(struct hostiles *hostiles)
{
    struct hostile_peer honest;

    hostiles->wrong = NULL;
    begin(hostiles, &honest, false);
    if (hostiles->wrong == NULL) {
        it_rekeys(hostiles, &honest, 0);
        we_ask(hostiles, &honest);
        it_answers(hostiles, &honest, 0, IKL_CREATE_CHILD_SA);
        it_rekeys(hostiles, &honest, 1);
        we_ask(hostiles, &honest);
        we_delete(hostiles, &honest);
        end(hostiles, &honest);
    }
    return hostiles->wrong;
}
