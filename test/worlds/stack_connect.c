/* SPDX-License-Identifier: ISC */
/* How the stack connects from IKE_SA_INIT on: two IKE_INTERMEDIATE exchanges with key exchanges as large as those of
 * ML-KEM-768 and ML-KEM-1024, each of which changes the keys, then IKE_AUTH, in which both ends compare what they have
 * seen of each other's messages (RFC 9242, RFC 9370). */
#include "stack.h"
#include "support/providers.h"

#include <stdlib.h>
#include <string.h>

enum { CHANGES = 2, SECRET_LEN = 32, CHAIN_ROOM = 2000, PRF_LEN = 32 };

static const char *const suite_name = "chacha20poly1305-prfsha256";

/* Public keys, then ciphertexts. */
static const size_t lengths[CHANGES][2] = {{1184, 1088}, {1568, 1568}};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const struct ikl_prf *prf_of(struct ikl_suite *suite)
{
    const struct ikl_prf *prf;

    must(ikl_suite_parse(suite, suite_name) == IKL_OK);
    must(test_provider->prf(suite->prf, &prf) == IKL_OK);
    return prf;
}

/* The payload of an exchange, as a chain. */
static struct ikl_octets write_chain(uint8_t *out, uint8_t type, const uint8_t *data, size_t len)
{
    struct ikl_writer writer = ikl_writer(out, CHAIN_ROOM);
    const struct ikl_payload payload = {.type = type, .body = {data, len}};

    must(ikl_chain_write(&writer, &payload, 1) == IKL_OK);
    return (struct ikl_octets){out, writer.len};
}

static struct ikl_octets write_key_exchange(uint8_t *out, uint32_t exchange, bool response)
{
    static const uint8_t data[CHAIN_ROOM] = {0, IKL_KE_ML_KEM_768};

    return write_chain(out, IKL_PAYLOAD_KE, data, 4 + lengths[exchange][response ? 1 : 0]);
}

/* Takes a message of either end into its IntAuth; the keys are those that protect it. */
static void note(struct stack_connecting *connecting, bool response, struct ikl_octets plaintext)
{
    uint8_t *int_auth = connecting->int_auth[response ? 1 : 0];
    struct ikl_int_auth message = {.size = sizeof(message),
                                   .header = {.spi_i = ikl_sa_spi_i(connecting->sa),
                                              .spi_r = ikl_sa_spi_r(connecting->sa),
                                              .exchange_type = IKL_IKE_INTERMEDIATE,
                                              .flags = response ? IKL_FLAG_RESPONSE : IKL_FLAG_INITIATOR,
                                              .message_id = connecting->changes + 1},
                                   .first_payload = IKL_PAYLOAD_KE,
                                   .plaintext = plaintext,
                                   .previous = {int_auth, connecting->changes != 0 ? PRF_LEN : 0}};
    const uint8_t *sk_p = response ? connecting->keys.sk_pr : connecting->keys.sk_pi;
    struct ikl_suite suite;

    must(ikl_int_auth(prf_of(&suite), (struct ikl_octets){sk_p, PRF_LEN}, &message, int_auth) == IKL_OK);
}

/* The secret of the exchange is made up: both ends know it. The keys before the first are taken for zeros. Counted IVs
 * are others under other keys, so that nobody who watches need know the keys. */
static void change(struct stack *stack)
{
    struct stack_connecting *connecting = &stack->connecting;
    uint8_t secret[SECRET_LEN] = {(uint8_t)(connecting->changes + 1)};
    const struct ikl_kdf_input input = {.size = sizeof(input),
                                        .ni = {secret, sizeof(secret)},
                                        .nr = {secret, sizeof(secret)},
                                        .shared_secret = {secret, sizeof(secret)},
                                        .spi_i = ikl_sa_spi_i(connecting->sa),
                                        .spi_r = ikl_sa_spi_r(connecting->sa)};
    struct ikl_protection protection = {.keys = &connecting->keys,
                                        .iv_source = IKL_IV_FIRST,
                                        .iv_first = (connecting->changes + UINT64_C(1)) << 32,
                                        .fragmentation = stack->fragmentation};

    (void)prf_of(&protection.suite);
    must(ikl_keys_change(&connecting->keys, test_provider, &protection.suite, &input) == IKL_OK);
    connecting->changes++;
    laws_hold(stack->laws, ikl_sa_change_keys(connecting->sa, &protection, stack_now(stack)) == IKL_OK,
              "the keys of an IKE SA that connects could not change");
}

/* What IKE_AUTH holds: IntAuth of both. */
static struct ikl_octets write_auth(const struct stack_connecting *connecting, uint8_t *out)
{
    uint8_t data[2 * PRF_LEN];

    memcpy(data, connecting->int_auth[0], PRF_LEN);
    memcpy(data + PRF_LEN, connecting->int_auth[1], PRF_LEN);
    return write_chain(out, IKL_PAYLOAD_AUTH, data, sizeof(data));
}

static void authenticate(struct stack *stack, struct ikl_octets peers)
{
    uint8_t chain[CHAIN_ROOM];
    struct ikl_octets ours = write_auth(&stack->connecting, chain);

    laws_hold(stack->laws, peers.len == ours.len && memcmp(peers.data, ours.data, ours.len) == 0,
              "the ends of an IKE SA have seen different IKE_INTERMEDIATE messages");
    laws_hold(stack->laws, ikl_sa_established(stack->connecting.sa, stack_now(stack)) == IKL_OK,
              "an IKE SA could not be established");
    stack->sa = stack->connecting.sa;
    stack->connecting.sa = NULL;
}

/* The initiator's next request. */
static void go_on(struct stack *stack)
{
    struct stack_connecting *connecting = &stack->connecting;
    const struct ikl_request_options options = {.size = sizeof(options), .context = connecting};
    bool last = connecting->changes == CHANGES;
    uint8_t chain[CHAIN_ROOM];
    struct ikl_octets octets =
        last ? write_auth(connecting, chain) : write_key_exchange(chain, connecting->changes, false);

    if (!last) {
        note(connecting, false, octets);
    }
    laws_hold(stack->laws,
              ikl_sa_request_chain(connecting->sa, last ? IKL_IKE_AUTH : IKL_IKE_INTERMEDIATE,
                                   last ? IKL_PAYLOAD_AUTH : IKL_PAYLOAD_KE, octets, &options, stack_now(stack),
                                   NULL) == IKL_OK,
              "an IKE SA that connects could not make a request");
}

void stack_connect(struct stack *stack, struct ikl_sa *sa)
{
    struct stack_connecting *connecting = &stack->connecting;
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct ikl_suite suite;
    const struct ikl_cipher *cipher;

    (void)prf_of(&suite);
    must(test_provider->cipher(&suite, &cipher) == IKL_OK);
    *connecting = (struct stack_connecting){.sa = sa};
    connecting->keys.prf_len = PRF_LEN;
    connecting->keys.encr_key_len = (uint8_t)cipher->encr_key_len;
    if (ikl_sa_query(sa, &info) == IKL_OK && info.next_request != 0) { /* it has sent IKE_SA_INIT */
        go_on(stack);
    }
}

void stack_connect_ended(struct stack *stack, const struct ikl_outcome *outcome)
{
    if (outcome->kind != IKL_OUTCOME_ANSWERED || stack->connecting.sa == NULL) {
        return;
    }
    if (outcome->exchange_type == IKL_IKE_AUTH) {
        authenticate(stack, outcome->plaintext);
        return;
    }
    note(&stack->connecting, true, outcome->plaintext);
    change(stack);
    go_on(stack);
}

void stack_connect_asked(struct stack *stack, const struct ikl_peer_request *request)
{
    struct stack_connecting *connecting = &stack->connecting;
    struct ikl_sa *sa = connecting->sa;
    bool last = request->exchange_type == IKL_IKE_AUTH;
    uint8_t chain[CHAIN_ROOM];
    struct ikl_octets octets;

    laws_hold(stack->laws, request->message_id == connecting->changes + 1 && last == (connecting->changes == CHANGES),
              "an IKE SA that connects was asked something else");
    if (last) {
        octets = write_auth(connecting, chain);
    } else {
        note(connecting, false, request->plaintext);
        octets = write_key_exchange(chain, connecting->changes, true);
    }
    laws_hold(stack->laws,
              ikl_sa_respond_chain(sa, request->message_id, last ? IKL_PAYLOAD_AUTH : IKL_PAYLOAD_KE, octets,
                                   stack_now(stack)) == IKL_OK,
              "an IKE SA that connects could not give a response");
    if (last) {
        authenticate(stack, request->plaintext);
    } else {
        note(connecting, true, octets);
        change(stack);
    }
}
