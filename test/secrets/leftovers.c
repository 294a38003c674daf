/* SPDX-License-Identifier: ISC */
/* Looks for keys and plaintext in all memory that this process can write, the stack and the heap of the libraries below
 * included, after an IKE SA was freed, after it was restored of its snapshot and freed again, and after its endpoint
 * was. Of every suite that a provider has here. */
#define _DEFAULT_SOURCE /* pread */

#include "support/providers.h"
#include "support/test.h"

#include <ikelive/endpoint.h>
#include <ikelive/sa.h>
#include <ikelive/snapshot.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE = 8,
    MAX_PIECES = 9,
    BODY = 48,
    SMALL = 8,
    WINDOW = 1 << 16,
    STACK = 1 << 16,
    MESSAGE = 300,
    SNAPSHOT = 4096,
    MASK = 0x5c
};

/* What is looked for, masked, so that it is not found here. */
struct wanted {
    uint8_t masked[MAX_PIECES][PIECE];
    size_t n;
};

static void want(struct wanted *wanted, const uint8_t *secret)
{
    assert_true(wanted->n < MAX_PIECES);
    for (size_t i = 0; i < PIECE; i++) {
        wanted->masked[wanted->n][i] = secret[i] ^ MASK;
    }
    wanted->n++;
}

static bool is_wanted(const struct wanted *wanted, const uint8_t *at)
{
    for (size_t k = 0; k < wanted->n; k++) {
        size_t same = 0;

        while (same < PIECE && (at[same] ^ MASK) == wanted->masked[k][same]) {
            same++;
        }
        if (same == PIECE) {
            return true;
        }
    }
    return false;
}

/* What is read to search in it is left out: it would be found there again. */
static size_t find_between(int memory, uintptr_t begin, uintptr_t end, const struct wanted *wanted)
{
    static uint8_t window[WINDOW];
    uintptr_t own = (uintptr_t)window;
    size_t found = 0;

    while (end - begin >= PIECE) {
        ssize_t got;

        if (begin + PIECE > own && begin < own + WINDOW) {
            begin = own + WINDOW;
            continue;
        }
        got = pread(memory, window, end - begin < WINDOW ? end - begin : WINDOW, (off_t)begin);
        if (got < PIECE) {
            break;
        }
        for (ssize_t i = 0; i + PIECE <= got; i++) {
            bool inside = begin + (uintptr_t)i + PIECE > own && begin + (uintptr_t)i < own + WINDOW;

            found += !inside && is_wanted(wanted, window + i);
        }
        begin += (uintptr_t)got - (PIECE - 1);
    }
    ikl_wipe(window, sizeof(window));
    return found;
}

static size_t count_found(const struct wanted *wanted)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    unsigned long begin, end;
    char line[512], permissions[8];
    size_t found = 0;

    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof(line), maps) != NULL) {
        if (sscanf(line, "%lx-%lx %7s", &begin, &end, permissions) == 3 && permissions[1] == 'w') {
            found += find_between(memory, begin, end, wanted);
        }
    }
    (void)close(memory);
    (void)fclose(maps);
    return found;
}

static int send_nothing(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user, (void)sa, (void)path, (void)datagram, (void)len;
    return IKL_OK;
}

static int draw(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 0x11, len);
    return IKL_OK;
}

/* No two octets in a row are equal, and no two secrets begin alike. */
static void invent(uint8_t *out, size_t len, uint8_t seed)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(seed * 29u + i * 151u + (i * i) * 7u);
    }
}

/* The response is small. */
static void answer(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    uint8_t body[SMALL];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};

    (void)user;
    invent(body, sizeof(body), 9);
    assert_int_equal(ikl_sa_respond(sa, request->message_id, &payload, 1, 1000), IKL_OK);
    ikl_wipe(body, sizeof(body));
}

/* What this program itself left on the stack below is gone; what the library leaves there later is found. */
static __attribute__((noinline)) void wash_stack(void)
{
    uint8_t below[STACK];

    ikl_wipe(below, sizeof(below));
}

/* Of the IKE SA, masked, so that nothing is found in it. */
struct masked {
    uint8_t octets[SNAPSHOT];
    size_t len;
};

static void mask(struct masked *snapshot)
{
    for (size_t i = 0; i < snapshot->len; i++) {
        snapshot->octets[i] ^= MASK;
    }
}

static __attribute__((noinline)) struct ikl_endpoint *begin(const struct test_cipher *of, struct ikl_sa **sa,
                                                            struct wanted *wanted)
{
    struct ikl_keys keys = {.prf_len = 32,
                            .encr_key_len = (uint8_t)of->cipher->encr_key_len,
                            .integ_key_len = (uint8_t)of->cipher->integ_key_len};
    struct ikl_endpoint_config config = {.size = sizeof(config),
                                         .callbacks = {.size = sizeof(struct ikl_callbacks),
                                                       .send = send_nothing,
                                                       .random = draw,
                                                       .peer_request = answer},
                                         .providers = &of->provider,
                                         .n_providers = 1};
    struct ikl_sa_config made = {.size = sizeof(made),
                                 .spi_i = 1,
                                 .spi_r = 2,
                                 .original_initiator = true,
                                 .protection = {.keys = &keys, .iv_source = IKL_IV_FRESH_KEYS},
                                 .path = {.local = {.family = 4, .port = 500}, .remote = {.family = 4, .port = 500}},
                                 .ids = {.stated = true}};
    struct ikl_endpoint *endpoint;

    invent(keys.sk_d, sizeof(keys.sk_d), 1);
    invent(keys.sk_ei, of->cipher->encr_key_len, 2);
    invent(keys.sk_er, of->cipher->encr_key_len, 3);
    invent(keys.sk_ai, of->cipher->integ_key_len, 4);
    invent(keys.sk_ar, of->cipher->integ_key_len, 5);
    want(wanted, keys.sk_d);
    want(wanted, keys.sk_ei);
    want(wanted, keys.sk_er);
    if (of->cipher->integ_key_len != 0) {
        want(wanted, keys.sk_ai);
        want(wanted, keys.sk_ar);
    }
    assert_int_equal(ikl_suite_parse(&made.protection.suite, of->suite), IKL_OK);
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_new(sa, endpoint, &made, 0), IKL_OK);
    assert_int_equal(ikl_sa_keep_keys(*sa, &keys, 1), IKL_OK);
    ikl_wipe(&keys, sizeof(keys));
    return endpoint;
}

/* A request of ours is sent, another waits, and a small one, of which less is kept. */
static __attribute__((noinline)) void ask(struct ikl_sa *sa, struct wanted *wanted)
{
    uint8_t body[BODY];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};

    invent(body, sizeof(body), 6);
    want(wanted, body + PIECE);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ikl_sa_request(sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    }
    invent(body, SMALL, 8);
    want(wanted, body);
    payload.body.len = SMALL;
    assert_int_equal(ikl_sa_request(sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    ikl_wipe(body, sizeof(body));
}

/* What a peer sends; returns its length. */
static __attribute__((noinline)) size_t seal_request(const struct test_cipher *of, struct wanted *wanted,
                                                     uint8_t message[MESSAGE])
{
    uint8_t encr_key[IKL_MAX_ENCR_KEY], integ_key[IKL_MAX_INTEG_KEY], iv[IKL_MAX_IV] = {0};
    uint8_t body[BODY] = {IKL_PAYLOAD_NONE, 0, 0, BODY};
    const struct ikl_sealing what = {
        .header = {.spi_i = 1, .spi_r = 2, .exchange_type = IKL_INFORMATIONAL},
        .first_payload = IKL_PAYLOAD_VENDOR_ID,
        .plaintext = {body, sizeof(body)},
        .iv = iv,
    };
    struct test_state state;
    size_t len;

    invent(encr_key, sizeof(encr_key), 3);
    invent(integ_key, sizeof(integ_key), 5);
    invent(body + 4, sizeof(body) - 4, 9); /* the response */
    want(wanted, body + 4);
    invent(body + 4, sizeof(body) - 4, 7);
    want(wanted, body + PIECE);
    assert_int_equal(keyed_init(of->cipher, &state, encr_key, integ_key), IKL_OK);
    assert_int_equal(ikl_message_seal(of->cipher, &state, &what, message, MESSAGE, &len), IKL_OK);
    test_state_clear(of->cipher, &state);
    ikl_wipe(&state, sizeof(state));
    ikl_wipe(encr_key, sizeof(encr_key));
    ikl_wipe(integ_key, sizeof(integ_key));
    ikl_wipe(body, sizeof(body));
    return len;
}

static void assert_nothing_is_left(const struct test_cipher *of, const struct wanted *wanted, const char *when)
{
    size_t left = count_found(wanted);

    if (left != 0) {
        fail_msg("%s of %s: %zu left %s", of->suite, of->provider->name, left, when);
    }
}

/* A snapshot leaves nothing outside of itself. */
static void take(struct ikl_sa *sa, const struct wanted *wanted, struct masked *snapshot)
{
    size_t before = count_found(wanted);

    assert_int_equal(ikl_sa_snapshot(sa, snapshot->octets, sizeof(snapshot->octets), &snapshot->len, 30000), IKL_OK);
    mask(snapshot);
    assert_int_equal(count_found(wanted), before);
}

static void nothing_is_left_of(const struct test_cipher *of)
{
    const struct ikl_path path = {.local = {.family = 4, .port = 500}, .remote = {.family = 4, .port = 500}};
    const struct ikl_restore_options options = {.size = sizeof(options), .epoch = 2};
    struct wanted wanted = {.n = 0};
    struct masked snapshot;
    uint8_t message[MESSAGE];
    size_t len = seal_request(of, &wanted, message);
    struct ikl_sa *sa;
    struct ikl_endpoint *endpoint = begin(of, &sa, &wanted);

    wash_stack();
    take(sa, &wanted, &snapshot);
    ask(sa, &wanted);
    assert_int_equal(ikl_endpoint_receive(endpoint, &path, message, len, 1000), IKL_OK);
    assert_int_equal(ikl_endpoint_advance(endpoint, 30000), IKL_OK);
    assert_true(count_found(&wanted) != 0); /* the requests that wait, or the search would find nothing */
    take(sa, &wanted, &snapshot);
    ikl_sa_free(sa);
    assert_nothing_is_left(of, &wanted, "when the IKE SA has ended");
    mask(&snapshot);
    assert_int_equal(ikl_sa_restore(endpoint, (struct ikl_octets){snapshot.octets, snapshot.len}, &options, 30000, &sa),
                     IKL_OK);
    mask(&snapshot);
    ikl_sa_free(sa);
    assert_nothing_is_left(of, &wanted, "when the one that was restored has");
    ikl_endpoint_free(endpoint);
    assert_nothing_is_left(of, &wanted, "when the endpoint is gone");
}

static void no_key_and_no_plaintext_is_left_when_an_ike_sa_ends(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        nothing_is_left_of(&ciphers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_and_no_plaintext_is_left_when_an_ike_sa_ends),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
