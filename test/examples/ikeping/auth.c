/* SPDX-License-Identifier: ISC */
/* AUTH payloads: those of recorded gateways are verified and made again; those that prove nothing are refused. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/auth.h"

#include "examples/ikeping/payload_list.h"
#include "examples/ikeping/providers.h"
#include "support/keyed.h"
#include "support/session_file.h"
#include "support/test.h"

#include <sodium.h>

#include <glob.h>
#include <stdio.h>

#if defined(EXAMPLES_LIBCRYPTO)
#include <openssl/evp.h>
#endif

enum { MAX_BODY = 256 };

static const struct ikl_octets message = {(const uint8_t *)"an IKE_SA_INIT message", 22};
static const struct ikl_octets nonce = {(const uint8_t *)"0123456789abcdef", 16};
static const struct ikl_octets identity = {(const uint8_t *)"\2\0\0\0peer", 8};
static const uint8_t sk_p[IKL_MAX_PRF] = {7};

static struct auth_claim make_claim(void)
{
    const struct ikl_prf *prf;

    assert_int_equal(ikl_provider_sodium.prf(IKL_PRF_HMAC_SHA2_256, &prf), IKL_OK);
    return (struct auth_claim){.message = message, .nonce = nonce, .identity = identity, .prf = prf, .sk_p = sk_p};
}

/* The last IKE_SA_INIT message that went this way. */
static struct ikl_octets find_init(const struct session *session, bool of_initiator)
{
    struct ikl_octets found = {NULL, 0};

    for (size_t i = 0; i < session->n_messages; i++) {
        const struct session_message *at = &session->messages[i];

        if (at->exchange_type == IKL_IKE_SA_INIT && ((at->flags & IKL_FLAG_INITIATOR) != 0) == of_initiator) {
            found = at->datagram;
        }
    }
    return found;
}

/* The AUTH payload of a recorded IKE_AUTH message proves what it claims, and is what we would have sent. */
static void check_recorded(const struct session *session, const struct ikl_suite *suite,
                           const struct session_message *recorded)
{
    const struct session_sa *sa = session_find_sa(session, recorded->spi_i, recorded->spi_r);
    bool of_initiator = (recorded->flags & IKL_FLAG_INITIATOR) != 0;
    uint8_t first = (uint8_t)recorded->first_payload;
    struct ikl_octets auth = payload_find(first, recorded->plaintext, IKL_PAYLOAD_AUTH);
    struct credentials credentials = {
        .own = CREDENTIALS_PSK, .peers = CREDENTIALS_PSK, .psk_len = strlen(session->psk)};
    uint8_t made[MAX_BODY];
    struct ikl_writer writer = ikl_writer(made, sizeof(made));
    struct auth_claim claim = {
        .message = find_init(session, of_initiator),
        .nonce = of_initiator ? sa->nr : sa->ni,
        .identity = payload_find(first, recorded->plaintext, of_initiator ? IKL_PAYLOAD_IDI : IKL_PAYLOAD_IDR),
        .sk_p = of_initiator ? sa->sk_pi.data : sa->sk_pr.data,
    };

    claim.prf = providers_prf(suite);
    memcpy(credentials.psk, session->psk, credentials.psk_len);
    assert_int_equal(auth_check(auth, &credentials, &claim), IKL_OK);
    assert_int_equal(auth_write(&writer, &credentials, &claim), IKL_OK);
    assert_int_equal(writer.len, auth.len);
    assert_memory_equal(made, auth.data, auth.len);
    credentials.psk[0] ^= 1;
    assert_int_equal(auth_check(auth, &credentials, &claim), IKL_ERR_FORGED);
}

static void recorded_gateways_are_verified_in_both_directions(void **state)
{
    glob_t files;
    size_t n[2] = {0, 0}, n_sessions = 0;

    (void)state;
    assert_int_equal(glob(VECTORS "/sessions/*.txt", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct session session;
        struct ikl_suite suite;
        char reason[200];

        assert_true(session_read(&session, files.gl_pathv[i], reason, sizeof(reason)));
        assert_int_equal(ikl_suite_parse(&suite, session.suite), IKL_OK);
        /* without libcrypto there are fewer */
        if (providers_find(&suite) == NULL) {
            session_free(&session);
            continue;
        }
        n_sessions++;
        for (size_t j = 0; j < session.n_messages; j++) {
            if (session.messages[j].exchange_type == IKL_IKE_AUTH && session.messages[j].iv.data != NULL) {
                check_recorded(&session, &suite, &session.messages[j]);
                n[(session.messages[j].flags & IKL_FLAG_INITIATOR) != 0]++;
            }
        }
        session_free(&session);
    }
    assert_in_range(n_sessions, 1, files.gl_pathc);
    assert_in_range(n[0], n_sessions, SIZE_MAX);
    assert_in_range(n[1], n_sessions, SIZE_MAX);
    globfree(&files);
}

static struct credentials psk(void)
{
    return (struct credentials){.own = CREDENTIALS_PSK, .peers = CREDENTIALS_PSK, .psk_len = 3, .psk = {1, 2, 3}};
}

/* Keys of somebody who is their own peer. */
static struct credentials ed25519(void)
{
    struct credentials credentials = {.own = CREDENTIALS_ED25519, .peers = CREDENTIALS_ED25519};

    assert_int_equal(crypto_sign_keypair(credentials.peer_public, credentials.secret), 0);
    return credentials;
}

/* Every bit of the payload, and of what it vouches for, counts. */
static void check_every_bit(const struct credentials *credentials)
{
    struct auth_claim claim = make_claim(), changed;
    uint8_t body[MAX_BODY], other[32];
    struct ikl_writer writer = ikl_writer(body, sizeof(body));
    struct ikl_octets *parts[] = {&changed.message, &changed.nonce, &changed.identity};
    const struct ikl_octets auth = {body, 0};
    struct ikl_octets given = auth;

    assert_int_equal(auth_write(&writer, credentials, &claim), IKL_OK);
    given.len = writer.len;
    assert_int_equal(auth_check(given, credentials, &claim), IKL_OK);
    for (size_t bit = 0; bit < writer.len * 8; bit++) {
        bool reserved = bit / 8 >= 1 && bit / 8 < 4; /* ignored on receipt */
        int result;

        body[bit / 8] ^= (uint8_t)(1u << bit % 8);
        result = auth_check(given, credentials, &claim);
        assert_true(reserved ? result == IKL_OK : result == IKL_ERR_FORGED || result == IKL_ERR_UNSUPPORTED);
        body[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (given.len = 0; given.len < writer.len; given.len++) {
        assert_int_not_equal(auth_check(given, credentials, &claim), IKL_OK);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        changed = claim;
        memcpy(other, parts[i]->data, parts[i]->len);
        other[parts[i]->len - 1] ^= 1;
        parts[i]->data = other;
        assert_int_equal(auth_check(given, credentials, &changed), IKL_ERR_FORGED);
    }
}

static void a_psk_proves_one_claim_and_no_other(void **state)
{
    const struct credentials credentials = psk();

    (void)state;
    check_every_bit(&credentials);
}

static void a_signature_proves_one_claim_and_no_other(void **state)
{
    const struct credentials credentials = ed25519();

    (void)state;
    check_every_bit(&credentials);
}

static void what_is_of_another_kind_is_unsupported(void **state)
{
    const struct credentials shared = psk(), keys = ed25519();
    struct auth_claim claim = make_claim();
    uint8_t by_psk[MAX_BODY], by_key[MAX_BODY];
    struct ikl_writer psk_writer = ikl_writer(by_psk, sizeof(by_psk));
    struct ikl_writer key_writer = ikl_writer(by_key, sizeof(by_key));

    (void)state;
    assert_int_equal(auth_write(&psk_writer, &shared, &claim), IKL_OK);
    assert_int_equal(auth_write(&key_writer, &keys, &claim), IKL_OK);
    assert_int_equal(auth_check((struct ikl_octets){by_psk, psk_writer.len}, &keys, &claim), IKL_ERR_UNSUPPORTED);
    assert_int_equal(auth_check((struct ikl_octets){by_key, key_writer.len}, &shared, &claim), IKL_ERR_UNSUPPORTED);
    by_key[10] ^= 1; /* in the object identifier: Ed448 or whatever */
    assert_int_equal(auth_check((struct ikl_octets){by_key, key_writer.len}, &keys, &claim), IKL_ERR_UNSUPPORTED);
}

/* RFC 7427 §3, RFC 8420 §2: method 14; the length and the DER of the algorithm; the signature over the claim itself. */
static void a_signature_is_laid_out_and_made_as_others_expect_it(void **state)
{
    static const uint8_t head[] = {14, 0, 0, 0, 7, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
    const struct credentials credentials = ed25519();
    struct auth_claim claim = make_claim();
    uint8_t body[MAX_BODY], mac[IKL_MAX_PRF], text[128];
    struct ikl_writer writer = ikl_writer(body, sizeof(body)), signed_text = ikl_writer(text, sizeof(text));

    (void)state;
    assert_int_equal(auth_write(&writer, &credentials, &claim), IKL_OK);
    assert_int_equal(writer.len, sizeof(head) + 64);
    assert_memory_equal(body, head, sizeof(head));
    assert_int_equal(keyed_prf(claim.prf, sk_p, claim.prf->len, &identity, 1, mac), IKL_OK);
    ikl_write_octets(&signed_text, message.data, message.len);
    ikl_write_octets(&signed_text, nonce.data, nonce.len);
    ikl_write_octets(&signed_text, mac, claim.prf->len);
#if defined(EXAMPLES_LIBCRYPTO)
    {
        EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, credentials.peer_public, 32);
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
        assert_int_equal(EVP_DigestVerify(context, body + sizeof(head), 64, text, signed_text.len), 1);
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(key);
    }
#else
    assert_int_equal(crypto_sign_verify_detached(body + sizeof(head), text, signed_text.len, credentials.peer_public),
                     0);
#endif
}

TESTS_OF(auth)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_gateways_are_verified_in_both_directions),
        cmocka_unit_test(a_psk_proves_one_claim_and_no_other),
        cmocka_unit_test(a_signature_proves_one_claim_and_no_other),
        cmocka_unit_test(what_is_of_another_kind_is_unsupported),
        cmocka_unit_test(a_signature_is_laid_out_and_made_as_others_expect_it),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
