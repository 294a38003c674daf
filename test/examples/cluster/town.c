/* SPDX-License-Identifier: ISC */
#include "town.h"

#include <ikelive/ikelive.h>

static const uint8_t seal_key[SEAL_KEY] = {7};
static const uint8_t secret[GREETING_SECRET] = {8};
static const struct ikl_address gateways = {.ip = {192, 0, 2, 1}, .family = 4};
static const struct ikl_address peers = {.ip = {192, 0, 2, 9}, .family = 4, .port = 500};

/* A gateway, as its tenure knows it. */
static struct {
    struct town *town;
    int number;
} here[GATEWAYS];

static int enqueue(struct town *town, const struct ikl_address *from, const struct ikl_address *to,
                   const uint8_t *datagram, size_t len)
{
    struct town_datagram *one = &town->queue[town->n_queued];

    assert_true(town->n_queued < QUEUE && len <= sizeof(one->octets));
    town->n_queued++;
    one->from = *from;
    one->to = *to;
    one->len = len;
    memcpy(one->octets, datagram, len);
    return IKL_OK;
}

static int send_from_gateway(void *user, const struct ikl_address *to, const uint8_t *datagram, size_t len)
{
    int number = *(const int *)user;
    struct town *town = here[number].town;

    town->sent[number]++;
    assert_true(datagrams_seen_add(&town->seen, datagram, len));
    return enqueue(town, &gateways, to, datagram, len);
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    static uint8_t count;

    (void)user;
    for (size_t i = 0; i < len; i++) {
        out[i] = ++count;
    }
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)sa;
    (void)path;
    return enqueue(user, &peers, &gateways, datagram, len);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct town_peer *peer = ikl_sa_user(sa);

    (void)user;
    (void)alive;
    peer->answers++;
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct town *town = user;

    (void)sa;
    (void)synced;
    town->n_synced++;
}

/* The IKE SA of a greeting, at the peer. */
static struct ikl_sa *open_sa(struct town *town, struct town_peer *peer, const struct greeting *greeting)
{
    struct ikl_sa_config config = {
        .user = peer,
        .original_initiator = true,
        .path = {.local = peers, .remote = greeting_cluster()},
        .liveness = IKL_LIVENESS_PERIODIC,
    };
    struct ikl_keys keys;
    struct ikl_sa *sa;

    assert_int_equal(greeting_open(greeting, secret, town->endpoint, &config, &keys, stores_now(), &sa), IKL_OK);
    return sa;
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct town *town = user;
    struct town_peer *peer = ikl_sa_user(sa);

    if (outcome->kind == IKL_OUTCOME_ANSWERED &&
        greeting_read_rekey(&peer->rekey, true, outcome->first_payload, outcome->plaintext)) {
        peer->sa = open_sa(town, peer, &peer->rekey);
        assert_int_equal(ikl_sa_replace(sa, peer->sa, true, 1000, stores_now()), IKL_OK);
        town->n_rekeyed++;
    }
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct town *town = user;
    struct town_peer *peer = ikl_sa_user(sa);

    if (down->reason != IKL_DOWN_REKEYED) {
        peer->sa = NULL;
        town->n_down++;
    }
    ikl_sa_free(sa);
}

static void make_peers(struct town *town)
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
        .user = town,
        .idle = IDLE,
    };

    assert_int_equal(ikl_endpoint_new(&town->endpoint, &config, stores_now()), IKL_OK);
}

void town_init(struct town *town, void *const *state)
{
    memset(town, 0, sizeof(*town));
    assert_int_equal(ikl_init(), IKL_OK);
    stores_init(&town->stores, state);
    for (int i = 0; i < GATEWAYS; i++) {
        here[i].town = town;
        here[i].number = i;
        shard_init(&town->shards[i], town->stores.at[i], SHARD, i == A, stores_now());
    }
    make_peers(town);
}

void town_clear(struct town *town)
{
    assert_int_equal(town->seen.reused, 0);
    for (int i = 0; i < GATEWAYS; i++) {
        tenure_free(town->tenures[i]);
    }
    ikl_endpoint_free(town->endpoint);
    datagrams_seen_free(&town->seen);
    stores_clear(&town->stores);
}

static void begin(struct town *town, int gateway)
{
    const struct tenure_config config = {
        .shard = &town->shards[gateway],
        .seal_key = seal_key,
        .secret = secret,
        .newcomers = town->newcomers,
        .idle = 60000,
        .sync_rate = 1000,
        .clock = stores_now,
        .send = send_from_gateway,
        .user = &here[gateway].number,
    };

    town->tenures[gateway] = tenure_new(&config);
    assert_non_null(town->tenures[gateway]);
}

static void end(struct town *town, int gateway)
{
    tenure_free(town->tenures[gateway]);
    town->tenures[gateway] = NULL;
}

static void turn(struct town *town, int gateway)
{
    enum shard_news news = shard_step(&town->shards[gateway], stores_now());

    if (news == SHARD_LOST) {
        end(town, gateway);
    } else if (news == SHARD_TAKEN) {
        begin(town, gateway);
    }
    if (town->tenures[gateway] != NULL) {
        tenure_turn(town->tenures[gateway]);
    }
}

static void give_to_gateway(struct town *town, int gateway, const struct town_datagram *datagram)
{
    struct ikl_header header;

    if (town->tenures[gateway] == NULL || town->stopped[gateway]) {
        return;
    }
    assert_int_equal(ikl_header_read(&header, datagram->octets, datagram->len), IKL_OK);
    if (header.spi_r == 0) {
        tenure_greet(town->tenures[gateway], &datagram->from, datagram->octets, datagram->len);
    } else {
        tenure_receive(town->tenures[gateway], &datagram->from, datagram->octets, datagram->len);
    }
}

static void establish(struct town *town, struct town_peer *peer, const struct town_datagram *datagram)
{
    if (peer->sa == NULL && greeting_read(&peer->greeting, true, datagram->octets, datagram->len)) {
        peer->sa = open_sa(town, peer, &peer->greeting);
    }
}

static void give_to_peer(struct town *town, const struct town_datagram *datagram)
{
    const struct ikl_path path = {.local = peers, .remote = greeting_cluster()};
    struct ikl_header header;

    assert_int_equal(ikl_header_read(&header, datagram->octets, datagram->len), IKL_OK);
    if (header.exchange_type == IKL_IKE_SA_INIT) {
        establish(town, &town->peers[header.spi_i - 1], datagram);
    } else {
        (void)ikl_endpoint_receive(town->endpoint, &path, datagram->octets, datagram->len, stores_now());
    }
}

static void deliver(struct town *town)
{
    for (size_t i = 0; i < town->n_queued; i++) {
        const struct town_datagram *datagram = &town->queue[i];

        if (town->guest.receive != NULL && datagram->to.port == town->guest.address.port) {
            town->guest.receive(town->guest.user, datagram->octets, datagram->len);
            continue;
        }
        if (datagram->to.port != 0) {
            give_to_peer(town, datagram);
            continue;
        }
        for (int gateway = 0; gateway < GATEWAYS; gateway++) {
            give_to_gateway(town, gateway, datagram);
        }
    }
    town->n_queued = 0;
}

void town_run(struct town *town, uint32_t ms)
{
    for (uint32_t i = 0; i < ms; i += 10) {
        deliver(town);
        for (int gateway = 0; gateway < GATEWAYS; gateway++) {
            if (!town->stopped[gateway]) {
                turn(town, gateway);
            }
        }
        stores_sleep(10);
        (void)ikl_endpoint_advance(town->endpoint, stores_now());
    }
}

void town_send(struct town *town, const struct ikl_address *from, const uint8_t *datagram, size_t len)
{
    (void)enqueue(town, from, &gateways, datagram, len);
}

void town_greet(struct town *town)
{
    uint8_t datagram[GREETING_LEN];

    for (uint32_t i = 0; i < PEERS; i++) {
        struct greeting *greeting = &town->peers[i].greeting;

        *greeting = (struct greeting){.spi_i = i + 1};
        on_random(NULL, greeting->ni, sizeof(greeting->ni));
        greeting_write(greeting, false, datagram);
        town_send(town, &peers, datagram, sizeof(datagram));
    }
}

void town_rekey(struct town *town)
{
    uint8_t body[GREETING_REKEY];
    const struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};

    for (uint32_t i = 0; i < PEERS; i++) {
        struct town_peer *peer = &town->peers[i];

        peer->rekey = (struct greeting){.spi_i = ikl_sa_spi_i(peer->sa) + PEERS};
        on_random(NULL, peer->rekey.ni, sizeof(peer->rekey.ni));
        greeting_write_rekey(&peer->rekey, false, body);
        assert_int_equal(ikl_sa_request(peer->sa, IKL_CREATE_CHILD_SA, &nonce, 1, NULL, stores_now(), NULL), IKL_OK);
    }
}

void town_begin(struct town *town)
{
    town_run(town, 100);
    town_greet(town);
    town_run(town, 100);
    for (size_t i = 0; i < PEERS; i++) {
        assert_non_null(town->peers[i].sa);
    }
}

void town_wait_for(struct town *town, int gateway)
{
    for (int i = 0; i < 3 * LEASE && town->tenures[gateway] == NULL; i += 10) {
        town_run(town, 10);
    }
    assert_non_null(town->tenures[gateway]);
}

void town_fail_over(struct town *town, int from, int to)
{
    end(town, from);
    town->stopped[from] = true;
    town_wait_for(town, to);
    town->stopped[from] = false;
    stores_restart(&town->stores, from);
    shard_init(&town->shards[from], town->stores.at[from], SHARD, false, stores_now());
}

void town_assert_answers(struct town *town)
{
    town_run(town, 2 * IDLE);
    for (int i = 0; i < 10; i++) {
        uint32_t before[PEERS];

        for (size_t j = 0; j < PEERS; j++) {
            before[j] = town->peers[j].answers;
        }
        town_run(town, 2 * IDLE);
        for (size_t j = 0; j < PEERS; j++) {
            assert_true(town->peers[j].answers > before[j]);
        }
    }
    assert_int_equal(town->n_down, 0);
}
