/* SPDX-License-Identifier: ISC */
/* What must hold of all that a host is told. See drama_ledger.h. */
#include "drama_ledger.h"

#include "test.h"

#include "sa/sa.h"

enum { MAX_LIVES = 64, MAX_THINGS = 256, MAX_MESSAGES = 1024, FLAGS = 19, EXCHANGE = 18, MESSAGE_ID = 20 };

/* One IKE SA from ikl_sa_new to `down`. A later one may have the same handle. */
struct life {
    struct ikl_sa *sa;
    int state;
    bool down;
    size_t sends, attempts; /* of requests */
};

struct thing {
    void *handle;
    struct ikl_sa *sa;
    size_t ends;
};

static struct {
    size_t n_lives, n_requests, n_children, n_messages;
    struct life lives[MAX_LIVES];
    struct thing requests[MAX_THINGS], children[MAX_THINGS];
    struct {
        const struct life *life;
        uint64_t key, hash;
    } messages[MAX_MESSAGES];
    enum place last;
    struct ikl_sa *last_sa;
} ledger;

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* Eight words at a time, each with a hash of its own, so that none waits for another. */
static uint64_t hash_of_words(uint64_t hash, const uint8_t *octets, size_t n)
{
    uint64_t words[8], hashes[8];

    for (size_t i = 0; i < 8; i++) {
        hashes[i] = hash + i;
    }
    for (; n >= 8; n -= 8, octets += sizeof(words)) {
        memcpy(words, octets, sizeof(words));
        for (size_t i = 0; i < 8; i++) {
            hashes[i] = mix(hashes[i], words[i]);
        }
    }
    memcpy(words, octets, n * sizeof(words[0]));
    for (size_t i = 0; i < 8; i++) {
        hash = mix(hash, hashes[i]);
        hash = i < n ? mix(hash, words[i]) : hash;
    }
    return hash;
}

static uint64_t hash_of(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *octets = data;
    size_t n_words = len / sizeof(uint64_t);

    hash = hash_of_words(hash, octets, n_words);
    octets += n_words * sizeof(uint64_t);
    len -= n_words * sizeof(uint64_t);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ octets[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static const uint64_t hash_of_nothing = UINT64_C(0xcbf29ce484222325);

static uint64_t hash_of_slab(uint64_t hash, const struct ikl_slab *slab)
{
    for (size_t i = 0; i < slab->n_chunks; i++) {
        hash = hash_of(hash, slab->chunks[i], slab->item_size * IKL_SLAB_CHUNK);
    }
    return hash;
}

void image_take(struct image *image, struct ikl_endpoint *endpoint)
{
    uint64_t reentrant = endpoint->counters.reentrant;
    uint64_t hash;

    endpoint->counters.reentrant = 0;
    hash = hash_of(hash_of_nothing, endpoint, sizeof(*endpoint));
    endpoint->counters.reentrant = reentrant;
    hash = hash_of_slab(hash, &endpoint->sas);
    hash = hash_of_slab(hash, &endpoint->children);
    hash = hash_of_slab(hash, &endpoint->requests);
    hash = hash_of_slab(hash, &endpoint->responses);
    hash = hash_of_slab(hash, &endpoint->tokens.kept);
    hash = hash_of_slab(hash, &endpoint->syncs.kept);
    hash = hash_of_slab(hash, &endpoint->key_changes.kept);
    hash = hash_of_slab(hash, &endpoint->kept.kept);
    *image = (struct image){hash, ikl_endpoint_next_deadline(endpoint), reentrant};
}

bool image_same(const struct image *a, const struct image *b)
{
    return a->hash == b->hash && a->next_deadline == b->next_deadline;
}

void ledger_begin(void)
{
    memset(&ledger, 0, sizeof(ledger));
}

static struct life *life_of(const struct ikl_sa *sa)
{
    size_t i = ledger.n_lives;

    while (i > 0 && ledger.lives[i - 1].sa != sa) {
        i--;
    }
    assert_true(i > 0);
    return &ledger.lives[i - 1];
}

void ledger_sa(struct ikl_sa *sa)
{
    assert_true(ledger.n_lives < MAX_LIVES);
    ledger.lives[ledger.n_lives++] = (struct life){.sa = sa, .state = (int)ikl_sa_state(sa)};
}

static uint64_t key_of(const uint8_t *datagram)
{
    return hash_of(hash_of(hash_of_nothing, datagram + FLAGS, 1), datagram + MESSAGE_ID, 4);
}

/* IKE_SA_INIT may be restarted; and a synchronisation has Message ID 0 too. */
static bool may_be_anew(const uint8_t *datagram)
{
    static const uint8_t zero[4];

    return datagram[EXCHANGE] == IKL_IKE_SA_INIT ||
           (datagram[EXCHANGE] == IKL_INFORMATIONAL && memcmp(datagram + MESSAGE_ID, zero, sizeof(zero)) == 0);
}

/* Whatever else is sent twice is the same. */
static void remember(const struct life *life, const uint8_t *datagram, size_t len)
{
    uint64_t key = key_of(datagram), hash = hash_of(hash_of_nothing, datagram, len);

    for (size_t i = 0; i < ledger.n_messages; i++) {
        if (ledger.messages[i].life == life && ledger.messages[i].key == key) {
            assert_true(ledger.messages[i].hash == hash || may_be_anew(datagram));
            return;
        }
    }
    assert_true(ledger.n_messages < MAX_MESSAGES);
    ledger.messages[ledger.n_messages].life = life;
    ledger.messages[ledger.n_messages].key = key;
    ledger.messages[ledger.n_messages++].hash = hash;
}

void ledger_send(struct ikl_sa *sa, const uint8_t *datagram, size_t len)
{
    struct life *life;

    assert_true(len >= IKL_HEADER_LEN);
    if (sa == NULL) {
        return;
    }
    life = life_of(sa);
    life->sends += (datagram[FLAGS] & IKL_FLAG_RESPONSE) == 0 ? 1 : 0;
    remember(life, datagram, len);
}

/* What the host could act upon only while the IKE SA is there. */
static bool is_an_offer(enum place place)
{
    return place == IN_REQUEST || place == IN_SYNCED || place == IN_INIT_RESPONSE || place == IN_ADDRESS ||
           place == IN_PEER_DELETES || place == IN_EXHAUSTION || place == IN_MONITOR;
}

void ledger_tell(enum place place, struct ikl_sa *sa)
{
    struct life *life = sa != NULL ? life_of(sa) : NULL;

    if (life != NULL) {
        assert_false(life->down);                                            /* which comes last */
        assert_true(place == IN_DOWN || life->state != IKL_SA_DEAD);         /* and DEAD just before */
        assert_true(place != IN_OUTCOME || life->state < (int)IKL_SA_DYING); /* outcomes come before DYING */
        assert_false(is_an_offer(place) && ikl_sa_state(sa) >= IKL_SA_DYING);
        life->attempts += place == IN_ATTEMPT ? 1 : 0;
    }
    if (place == IN_DOWN) {
        assert_int_equal(ledger.last, IN_STATE);
        assert_ptr_equal(ledger.last_sa, sa);
        assert_int_equal(life->state, IKL_SA_DEAD);
    }
    ledger.last = place;
    ledger.last_sa = sa;
}

void ledger_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    struct life *life = life_of(sa);

    assert_true((int)state > life->state); /* in the order of their numbers */
    assert_true(state != IKL_SA_DEAD || life->state == IKL_SA_DYING);
    life->state = (int)state;
}

void ledger_down(struct ikl_sa *sa)
{
    assert_null(ikl_sa_first_child(sa)); /* they went before */
    assert_int_equal(ikl_sa_state(sa), IKL_SA_DEAD);
    life_of(sa)->down = true;
}

void ledger_outcome(const struct ikl_outcome *outcome)
{
    struct thing *request = outcome->context;

    assert_non_null(request);
    assert_int_equal(request->ends, 0);
    request->ends++;
}

void ledger_child_down(struct ikl_sa *sa, struct ikl_child *child)
{
    struct thing *thing = ikl_child_user(child);

    assert_ptr_equal(thing->handle, child);
    assert_int_equal(thing->ends, 0);
    thing->ends++;
    assert_true(ikl_sa_find_child(sa, ikl_child_protocol(child), ikl_child_spi_in(child)) != child);
}

/* Put on record before it is made, because callbacks may ask as well. */
static struct thing *new_request(struct ikl_sa *sa)
{
    struct thing *thing = &ledger.requests[ledger.n_requests];

    assert_true(ledger.n_requests < MAX_THINGS);
    ledger.n_requests++;
    thing->sa = sa;
    return thing;
}

static int note_request(struct thing *thing, int result, struct ikl_request *handle)
{
    thing->handle = handle;
    thing->ends += result != IKL_OK ? 1 : 0;
    return result;
}

int drama_request(struct ikl_sa *sa, uint8_t exchange_type)
{
    static const uint8_t body[50];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct thing *thing = new_request(sa);
    struct ikl_request_options options = {.size = sizeof(options), .context = thing};
    struct ikl_request *handle = NULL;
    int result = ikl_sa_request(sa, exchange_type, &payload, 1, &options, drama.now, &handle);

    return note_request(thing, result, handle);
}

int drama_request_chain(struct ikl_sa *sa, uint8_t exchange_type)
{
    static const uint8_t chain[54] = {IKL_PAYLOAD_NONE, 0, 0, sizeof(chain)};
    struct thing *thing = new_request(sa);
    struct ikl_request_options options = {.size = sizeof(options), .context = thing};
    struct ikl_request *handle = NULL;
    int result = ikl_sa_request_chain(sa, exchange_type, IKL_PAYLOAD_VENDOR_ID,
                                      (struct ikl_octets){chain, sizeof(chain)}, &options, drama.now, &handle);

    return note_request(thing, result, handle);
}

int drama_send_token(struct ikl_sa *sa)
{
    struct thing *thing = new_request(sa);
    struct ikl_request_options options = {.size = sizeof(options), .context = thing};
    struct ikl_request *handle = NULL;
    int result = ikl_sa_send_token(sa, &options, drama.now, &handle);

    return note_request(thing, result, handle);
}

void drama_requests_moved(struct ikl_sa *sa)
{
    for (size_t i = 0; i < ledger.n_requests; i++) {
        if (ledger.requests[i].sa == sa) {
            ledger.requests[i].sa = NULL;
        }
    }
}

struct ikl_request *drama_open_request(struct ikl_sa *sa)
{
    for (size_t i = 0; i < ledger.n_requests; i++) {
        if (ledger.requests[i].sa == sa && ledger.requests[i].ends == 0) {
            return ledger.requests[i].handle;
        }
    }
    return NULL;
}

void drama_renew_contexts(struct ikl_sa *sa)
{
    for (size_t i = 0; i < ledger.n_requests; i++) {
        struct ikl_request *request = ikl_sa_find_context(sa, &ledger.requests[i]);

        if (request != NULL) {
            ikl_sa_set_context(sa, request, &ledger.requests[i]);
        }
    }
}

int drama_add_child(struct ikl_sa *sa)
{
    uint32_t n = (uint32_t)ledger.n_children;
    struct thing *thing = &ledger.children[n];
    struct ikl_child_config config = {.size = sizeof(config),
                                      .user = thing,
                                      .protocol = IKL_PROTOCOL_ESP,
                                      .spi_in = 0xa0000001 + n,
                                      .spi_out = 0xb0000001 + n};
    struct ikl_child *child = NULL;
    int result;

    assert_true(ledger.n_children < MAX_THINGS);
    ledger.n_children++;
    result = ikl_sa_add_child(sa, &config, &child);
    thing->handle = child;
    thing->ends += result != IKL_OK ? 1 : 0;
    return result;
}

void drama_note_child(struct ikl_child *child)
{
    struct thing *thing = &ledger.children[ledger.n_children];

    assert_true(ledger.n_children < MAX_THINGS);
    ledger.n_children++;
    thing->handle = child;
    ikl_child_set_user(child, thing);
}

int drama_remove_child(struct ikl_sa *sa, struct ikl_child *child)
{
    struct thing *thing = ikl_child_user(child);
    int result = ikl_sa_remove_child(sa, child);

    if (result == IKL_OK) {
        assert_int_equal(thing->ends, 0);
        thing->ends++;
    }
    return result;
}

/* Everything that IKE SAs take of these was given back when they went down. */
static void assert_all_free(const struct ikl_slab *slab)
{
    assert_int_equal(slab->n_free + 2 * slab->n_free_pairs, slab->n_chunks * IKL_SLAB_CHUNK);
}

static void assert_nothing_is_kept(const struct ikl_endpoint *endpoint)
{
    assert_int_equal(endpoint->n_sas, 0);
    assert_int_equal(ikl_wheel_running(endpoint->wheel), 0);
    assert_all_free(&endpoint->children);
    assert_all_free(&endpoint->requests);
    assert_all_free(&endpoint->responses);
    assert_all_free(&endpoint->pool.blocks);
    assert_all_free(&endpoint->keyings[0].states);
    assert_all_free(&endpoint->tokens.kept);
    assert_all_free(&endpoint->syncs.kept);
    assert_all_free(&endpoint->key_changes.kept);
    assert_all_free(&endpoint->kept.kept);
}

void ledger_end(struct ikl_endpoint *endpoint, bool attempts)
{
    for (size_t i = 0; i < ledger.n_lives; i++) {
        if (!ledger.lives[i].down) {
            ikl_sa_free(ledger.lives[i].sa); /* made inside callbacks, and still there */
        }
    }
    assert_nothing_is_kept(endpoint);
    for (size_t i = 0; i < ledger.n_lives; i++) {
        assert_true(ledger.lives[i].down);
        assert_true(!attempts || ledger.lives[i].attempts == ledger.lives[i].sends);
    }
    for (size_t i = 0; i < ledger.n_requests; i++) {
        assert_int_equal(ledger.requests[i].ends, 1);
    }
    for (size_t i = 0; i < ledger.n_children; i++) {
        assert_int_equal(ledger.children[i].ends, 1);
    }
}
