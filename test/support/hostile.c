/* Peers that do their worst to an endpoint. See hostile.h.
 * SPDX-License-Identifier: ISC */
#include "hostile.h"

#include "fragments.h"
#include "peer.h"
#include "test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { LARGE = 1000, HUGE_LEN = 3000 };

static uint8_t octets[HUGE_LEN];

static uint64_t below(struct hostile *hostile, uint64_t n)
{
    return test_random_below(&hostile->random, n);
}

static void make(struct hostile *hostile, size_t i)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, (uint32_t)(HOSTILE_FIRST + i));
    config.connecting = !hostile->authenticated;
    config.protection.fragmentation = true;
    config.liveness = IKL_LIVENESS_OFF;
    config.follow_peer = below(hostile, 2) != 0;
    config.ids.own_window = below(hostile, 3) == 0 ? 1 : (uint32_t)(1 + below(hostile, IKL_WINDOW_MAX));
    config.ids.peer_window = (uint32_t)(1 + below(hostile, 4));
    assert_int_equal(ikl_sa_new(&hostile->sas[i], hostile->host->endpoint, &config, hostile->host->now), IKL_OK);
}

void hostile_init(struct hostile *hostile, struct host *host, size_t n, bool authenticated, uint64_t seed)
{
    memset(hostile, 0, sizeof(*hostile));
    hostile->host = host;
    hostile->n = n;
    hostile->authenticated = authenticated;
    hostile->random.state = seed;
    fragments_fill(octets, sizeof(octets));
    for (size_t i = 0; i < n; i++) {
        make(hostile, i);
    }
}

/* A message of one of them, to be filled in. */
struct word {
    size_t i;
    struct ikl_sa_info info;
    struct peer_message message;
    bool elsewhere; /* from another address */
};

static struct word word_of(struct hostile *hostile, size_t i)
{
    struct word word = {.i = i, .info = {.size = sizeof(word.info)}};

    assert_int_equal(ikl_sa_query(hostile->sas[i], &word.info), IKL_OK);
    word.message = (struct peer_message){.sa = (uint32_t)(HOSTILE_FIRST + i),
                                         .exchange = hostile->authenticated ? IKL_CREATE_CHILD_SA : IKL_IKE_AUTH};
    word.message.message_id = word.info.next_expected;
    word.message.first_payload = IKL_PAYLOAD_VENDOR_ID;
    return word;
}

static void say(struct hostile *hostile, const struct word *word)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path = *ikl_sa_path(hostile->sas[word->i]);
    size_t len = peer_seal(&word->message, suite, datagram);

    path.remote.port = (uint16_t)(path.remote.port + (word->elsewhere ? 1 + below(hostile, 5) : 0));
    (void)ikl_endpoint_receive(hostile->host->endpoint, &path, datagram, len, hostile->host->now);
}

static void tiny_fragments(struct hostile *hostile, struct word *word)
{
    uint16_t total = below(hostile, 2) != 0 ? 255 : (uint16_t)(2 + below(hostile, 253));
    size_t n = 1 + below(hostile, total - 1u);

    for (uint16_t number = 1; number <= n; number++) {
        word->message.fragment_number = number;
        word->message.fragment_total = total;
        word->message.plaintext = (struct ikl_octets){octets, below(hostile, 2)};
        say(hostile, word);
    }
}

static void large_fragments(struct hostile *hostile, struct word *word)
{
    for (uint16_t number = 2; number < 6; number++) {
        word->message.fragment_number = number;
        word->message.fragment_total = 6;
        word->message.plaintext = (struct ikl_octets){octets, 1 + below(hostile, LARGE)};
        say(hostile, word);
    }
}

static void repeated_fragments(struct hostile *hostile, struct word *word)
{
    word->message.fragment_number = (uint16_t)(1 + below(hostile, 3));
    word->message.fragment_total = 4;
    word->message.plaintext = (struct ikl_octets){octets, below(hostile, LARGE)};
    for (size_t i = 0; i < 3; i++) {
        say(hostile, word);
    }
}

static void other_totals(struct hostile *hostile, struct word *word)
{
    for (size_t i = 0; i < 8; i++) {
        word->message.fragment_total = (uint16_t)(2 + below(hostile, 254));
        word->message.fragment_number = (uint16_t)(1 + below(hostile, word->message.fragment_total));
        word->message.plaintext = (struct ikl_octets){octets, below(hostile, 400)};
        say(hostile, word);
    }
}

/* Of an answer to our request, which is made for that. */
static void fragments_of_responses(struct hostile *hostile, struct word *word)
{
    static const uint8_t body[LARGE];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, below(hostile, LARGE)}};

    (void)(ikl_sa_request(hostile->sas[word->i], word->message.exchange, &payload, 1, NULL, hostile->host->now, NULL) ==
           IKL_OK);
    word->message.response = true;
    word->message.message_id = (uint32_t)below(hostile, word->info.next_request + 1u);
    large_fragments(hostile, word);
}

static void out_of_order(struct hostile *hostile, struct word *word)
{
    for (uint32_t ahead = 1; ahead < IKL_WINDOW_MAX; ahead++) {
        word->message.message_id = word->info.next_expected + ahead;
        word->elsewhere = below(hostile, 4) == 0;
        word->message.plaintext = (struct ikl_octets){octets, 4};
        octets[3] = 4;
        octets[2] = 0;
        say(hostile, word);
    }
    fragments_fill(octets, sizeof(octets));
}

static void whole_out_of_order(struct hostile *hostile, struct word *word)
{
    word->message.message_id = word->info.next_expected + 1 + (uint32_t)below(hostile, IKL_WINDOW_MAX);
    word->message.plaintext = (struct ikl_octets){octets, HUGE_LEN};
    say(hostile, word);
}

/* The host does not answer. */
static void unanswered(struct hostile *hostile, struct word *word)
{
    word->elsewhere = below(hostile, 2) != 0;
    word->message.plaintext = (struct ikl_octets){octets, HUGE_LEN};
    say(hostile, word);
}

/* The host does, at length; or later. */
static void answered(struct hostile *hostile, struct word *word)
{
    static const uint8_t body[HUGE_LEN];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, below(hostile, HUGE_LEN)}};
    uint32_t first = word->info.next_expected > IKL_WINDOW_MAX ? word->info.next_expected - IKL_WINDOW_MAX : 0;

    unanswered(hostile, word);
    for (uint32_t id = first; id <= word->info.next_expected; id++) {
        (void)(ikl_sa_respond(hostile->sas[word->i], id, &payload, 1, hostile->host->now) == IKL_OK);
    }
}

static void fragmented_request(struct hostile *hostile, struct word *word)
{
    struct peer_message whole = word->message;
    size_t piece = 60 + below(hostile, LARGE);

    whole.plaintext = (struct ikl_octets){octets, HUGE_LEN};
    for (uint16_t number = fragments_total(&whole, piece); number > 0; number--) {
        word->message = fragment_of(&whole, piece, number);
        say(hostile, word);
    }
}

static void begin_anew(struct hostile *hostile, struct word *word)
{
    ikl_sa_free(hostile->sas[word->i]);
    make(hostile, word->i);
}

static void time_passes(struct hostile *hostile, struct word *word)
{
    (void)word;
    host_advance(hostile->host, hostile->host->now + below(hostile, below(hostile, 10) == 0 ? 20000 : 300));
}

static void (*const acts[])(struct hostile *hostile, struct word *word) = {
    tiny_fragments, large_fragments,    repeated_fragments, other_totals, fragments_of_responses,
    out_of_order,   whole_out_of_order, unanswered,         answered,     fragmented_request,
    begin_anew,     time_passes,
};

size_t hostile_n_acts(void)
{
    return sizeof(acts) / sizeof(acts[0]);
}

/* One that timed out begins anew. */
static void revive(struct hostile *hostile, size_t i)
{
    if (ikl_sa_state(hostile->sas[i]) == IKL_SA_DEAD) {
        ikl_sa_free(hostile->sas[i]);
        make(hostile, i);
    }
}

void hostile_act(struct hostile *hostile)
{
    size_t i = (size_t)below(hostile, hostile->n), act = (size_t)below(hostile, hostile_n_acts());
    struct word word;

    revive(hostile, i);
    word = word_of(hostile, i);
    hostile->acts[act]++;
    acts[act](hostile, &word);
}
