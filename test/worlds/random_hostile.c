/* Hostile peers in a random world: they have keys, some are authenticated, and they send what takes memory and
 * never what gives it back. After each of their acts an honest peer of the same host comes, rekeys, is asked, and is
 * deleted: all of that has to succeed. See random.h.
 * SPDX-License-Identifier: ISC */
#include "random.h"

#include <string.h>

enum { MAX_LEN = 4000, LARGE = 1000, OVERHEAD = 28 + 4 + 8 + 1 + 16, INSIDE = 480 - OVERHEAD, KEY = 36, BURST = 60 };

#define SPI UINT64_C(0x4a00000000000000) /* not to be taken for a non-ESP marker */

static const char *const suite_name = "chacha20poly1305-prfsha256";
static uint8_t octets[MAX_LEN];

static uint64_t pick(struct world *world, uint64_t n)
{
    return test_random_below(&world->hostile_random, n);
}

static struct ikl_sa_config config_of(struct hostile *hostile, const struct ikl_path *path, bool connecting)
{
    struct world *world = hostile->end.host->world;
    struct ikl_sa_config config = {.size = sizeof(config), .original_initiator = true};

    config.user = &hostile->end;
    config.spi_i = SPI + ++world->hostile_spis;
    config.spi_r = SPI;
    config.path = *path;
    config.connecting = connecting;
    config.liveness = IKL_LIVENESS_OFF;
    config.schedule = ikl_schedule_default();
    config.ids.stated = true;
    CHECK(world, ikl_suite_parse(&config.protection.suite, suite_name) == IKL_OK);
    config.protection.keys = &hostile->end.keys;
    config.protection.iv_source = IKL_IV_FRESH_KEYS;
    config.protection.fragmentation = true;
    return config;
}

/* An IKE SA on a host with a peer of ours, along the path of another; false when there is none to go along. */
static bool begin(struct hostile *hostile, struct host *host, bool connecting, uint32_t window)
{
    struct world *world = host->world;
    struct ikl_endpoint *endpoint = ikl_sim_host_endpoint(host->sim_host);
    const struct ikl_path *path = NULL;
    struct ikl_sa_config config;

    for (size_t i = 0; i < world->n_ends; i++) {
        if (world->ends[i].host == host && world->ends[i].sa != NULL) {
            path = ikl_sa_path(world->ends[i].sa);
        }
    }
    if (path == NULL || endpoint == NULL) {
        return false;
    }
    memset(hostile, 0, sizeof(*hostile));
    hostile->end = (struct end){.host = host, .silent = true, .law.host = &host->law};
    hostile->end.keys = (struct ikl_keys){.encr_key_len = KEY, .prf_len = 32};
    for (size_t i = 0; i < KEY; i++) {
        hostile->end.keys.sk_ei[i] = (uint8_t)pick(world, 256);
        hostile->end.keys.sk_er[i] = (uint8_t)pick(world, 256);
    }
    config = config_of(hostile, path, connecting);
    config.ids.own_window = window;
    CHECK(world, ikl_sa_new(&hostile->end.sa, endpoint, &config, ikl_sim_host_now(host->sim_host)) == IKL_OK);
    hostile->spi_i = config.spi_i;
    hostile->connecting = connecting;
    return true;
}

/* What the peer of one says, to be completed. */
struct word {
    uint8_t exchange;
    bool response;
    uint32_t message_id;
    size_t len;
    uint16_t number, total;
    bool elsewhere;
};

static int say(struct hostile *hostile, const struct word *word)
{
    static uint64_t state[128];
    struct world *world = hostile->end.host->world;
    struct ikl_path path = *ikl_sa_path(hostile->end.sa);
    struct ikl_suite suite;
    const struct ikl_cipher *cipher;
    uint8_t iv[IKL_MAX_IV] = {0}, datagram[4 + MAX_LEN + 100] = {0};
    size_t marker = path.encapsulated ? 4 : 0, len;
    struct ikl_sealing sealing = {.header = {.spi_i = hostile->spi_i,
                                             .spi_r = SPI,
                                             .exchange = word->exchange,
                                             .flags = word->response ? IKL_FLAG_RESPONSE : 0,
                                             .message_id = word->message_id},
                                  .first_payload =
                                      word->len != 0 && word->number <= 1 ? IKL_PAYLOAD_NONCE : IKL_PAYLOAD_NONE,
                                  .plaintext = {octets, word->len},
                                  .iv = iv,
                                  .fragment_number = word->number,
                                  .fragment_total = word->total};

    octets[2] = (uint8_t)(word->len >> 8);
    octets[3] = (uint8_t)word->len;
    for (size_t i = 0; i < sizeof(hostile->ivs); i++) {
        iv[i] = (uint8_t)(hostile->ivs >> 8 * i); /* the same on any processor */
    }
    hostile->ivs++;
    CHECK(world, ikl_suite_parse(&suite, suite_name) == IKL_OK);
    CHECK(world, ikl_provider_sodium.cipher(&suite, &cipher) == IKL_OK && cipher->state_size <= sizeof(state));
    CHECK(world, cipher->init(state, hostile->end.keys.sk_er, NULL) == IKL_OK);
    CHECK(world,
          ikl_message_seal(cipher, state, &sealing, datagram + marker, sizeof(datagram) - marker, &len) == IKL_OK);
    path.remote.port = (uint16_t)(path.remote.port + (word->elsewhere ? 1 + pick(world, 9) : 0));
    return ikl_endpoint_receive(ikl_sa_endpoint(hostile->end.sa), &path, datagram, len + marker,
                                ikl_sim_host_now(hostile->end.host->sim_host));
}

static void say_fragments(struct hostile *hostile, struct word word)
{
    struct world *world = hostile->end.host->world;
    uint64_t kind = pick(world, 3);
    size_t most = kind == 0 ? 2 : LARGE;

    word.total = (uint16_t)(kind == 0 ? 255 : 2 + pick(world, 20));
    for (uint16_t number = 1; number < word.total && !hostile->end.law.down; number++) {
        word.number = kind == 2 ? (uint16_t)(1 + pick(world, word.total)) : number;
        word.total = (uint16_t)(word.total + (kind == 2 && word.total < 200 ? pick(world, 9) : 0));
        word.len = (size_t)pick(world, most);
        (void)!say(hostile, &word);
    }
}

/* What an unfinished or an unanswered message takes. */
static void do_worst(struct hostile *hostile)
{
    struct world *world = hostile->end.host->world;
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct word word = {.exchange = hostile->connecting ? IKL_IKE_AUTH : IKL_CREATE_CHILD_SA};

    CHECK(world, ikl_sa_query(hostile->end.sa, &info) == IKL_OK);
    word.message_id = info.next_expected;
    word.elsewhere = pick(world, 3) == 0;
    switch (pick(world, 3)) {
    case 0:
        say_fragments(hostile, word);
        break;
    case 1: /* the lowest Message ID is left out */
        for (uint32_t n = 1; n < IKL_WINDOW_MAX && !hostile->end.law.down; n++) {
            word.message_id = info.next_expected + n;
            word.len = 4 + (size_t)pick(world, 2 * LARGE);
            (void)!say(hostile, &word);
        }
        break;
    default:
        word.len = 4 + (size_t)pick(world, 3 * LARGE);
        (void)!say(hostile, &word);
        break;
    }
}

/* At its host's time: the endpoint's latest depends on when it was last told one. */
static void end_peer(struct hostile *hostile)
{
    ikl_sa_close(hostile->end.sa, ikl_sim_host_now(hostile->end.host->sim_host));
    if (hostile->end.sa != NULL) { /* else `down` has freed it */
        ikl_sa_free(hostile->end.sa);
        hostile->end.sa = NULL;
    }
}

/* RFC 7296 §1.3, §1.4: an honest peer asks, answers, and is deleted, with messages of 480 octets. */
static void live_honestly(struct host *host)
{
    static struct hostile honest;
    static const uint8_t body[INSIDE - IKL_PAYLOAD_HEADER_LEN];
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};
    struct world *world = host->world;
    struct word word = {.exchange = IKL_CREATE_CHILD_SA, .response = true};
    ikl_time now = ikl_sim_host_now(host->sim_host);

    if (!begin(&honest, host, false, 1)) {
        return;
    }
    CHECK(world, ikl_sa_request(honest.end.sa, IKL_CREATE_CHILD_SA, &payload, 1, NULL, now, NULL) == IKL_OK);
    CHECK(world, say(&honest, &word) == IKL_OK);
    word = (struct word){.exchange = IKL_CREATE_CHILD_SA, .len = INSIDE};
    CHECK(world, say(&honest, &word) == IKL_OK);
    CHECK(world, ikl_sa_respond(honest.end.sa, 0, &payload, 1, now) == IKL_OK);
    CHECK(world, ikl_sa_delete(honest.end.sa, 5000, now) == IKL_OK);
    end_peer(&honest);
}

/* One of those of this host, or a new one. */
static void act_one(struct host *host)
{
    struct world *world = host->world;
    struct hostile *hostile = &world->hostiles[pick(world, HOSTILES)];

    if (hostile->end.sa != NULL && (hostile->end.law.down || pick(world, 20) == 0)) {
        end_peer(hostile);
    }
    if (hostile->end.sa == NULL) {
        uint32_t window = (uint32_t)(1 + pick(world, 32));
        bool connecting = pick(world, 3) != 0; /* one after the other: compilers differ in the order of arguments */

        if (!begin(hostile, host, connecting, window)) {
            return;
        }
    }
    if (hostile->end.host == host) {
        do_worst(hostile);
        world->hostile_acts++;
    }
}

/* Many at once, or what they take is given up before it adds up. */
void act_hostile(struct world *world)
{
    struct host *host = &world->hosts[pick(world, world->n_hosts)];
    bool interferes = world->interferes;

    if (ikl_sim_host_endpoint(host->sim_host) == NULL) {
        return;
    }
    world->interferes = false; /* what has to succeed is the host's own doing */
    for (uint64_t n = pick(world, BURST); n > 0; n--) {
        act_one(host);
    }
    live_honestly(host);
    world->interferes = interferes;
}
