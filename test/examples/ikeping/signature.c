/* SPDX-License-Identifier: ISC */
/* Signatures in AUTH payloads: by which method and algorithm a key signs, for whom, and what is no signature. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/signature.h"

#include "pki.h"
#include "support/test.h"

#include <ikelive/registry.h>

#include <stdlib.h>
#include <unistd.h>

static const struct ikl_octets text = {(const uint8_t *)"what is signed", 14};
static const struct ikl_octets other_text = {(const uint8_t *)"what is Signed", 14};
static const uint16_t sha2 = SIGNATURE_SHA2_256 | SIGNATURE_SHA2_384 | SIGNATURE_SHA2_512;

/* AlgorithmIdentifiers as RFC 7427 §A and RFC 8420 §A list them. */
#define SHA256 "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
#define SHA512 "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"
#define PSS_HEAD "\x43\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f"
#define MGF "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define DER(text) text, sizeof(text) - 1

static const struct {
    const char *key;
    uint16_t hashes;
    uint8_t method;
    const char *algorithm;
    size_t algorithm_len, signature_len; /* 0: it varies */
} rows[] = {
    {"rsa", sha2, 14, DER(PSS_HEAD SHA256 MGF SHA256 "\xa2\x03\x02\x01\x20"), 256},
    {"rsa", SIGNATURE_SHA2_512, 14, DER(PSS_HEAD SHA512 MGF SHA512 "\xa2\x03\x02\x01\x40"), 256},
    {"rsa", 0, 1, "", 0, 256},
    {"p256", sha2, 14, DER("\x0c\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), 0},
    {"p384", sha2, 14, DER("\x0c\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"), 0},
    {"p521", sha2, 14, DER("\x0c\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"), 0},
    {"p521", SIGNATURE_SHA2_256, 14, DER("\x0c\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), 0},
    {"k256", sha2, 14, DER("\x0c\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), 0},
    {"p256", 0, 9, "", 0, 64},
    {"p384", 0, 10, "", 0, 96},
    {"p521", 0, 11, "", 0, 132},
    {"ed25519", SIGNATURE_IDENTITY | sha2, 14, DER("\x07\x30\x05\x06\x03\x2b\x65\x70"), 64},
    {"ed448", SIGNATURE_IDENTITY | sha2, 14, DER("\x07\x30\x05\x06\x03\x2b\x65\x71"), 114},
};

/* Somebody with a certificate for a key of this kind. */
struct signer {
    struct pki pki;
    struct certificates *certificates;
};

static struct signer make_signer(const char *kind)
{
    char file[] = "/tmp/ikeping-test-XXXXXX", key_file[] = "/tmp/ikeping-test-XXXXXX";
    struct signer signer = {.pki = pki_make(&(struct pki_wish){.key = kind, .name = "signer"}, NULL)};

    close(mkstemp(file));
    close(mkstemp(key_file));
    pki_write(file, &signer.pki, 1);
    pki_write_key(key_file, &signer.pki);
    signer.certificates = certificates_read(file, key_file, NULL);
    assert_non_null(signer.certificates);
    unlink(file);
    unlink(key_file);
    return signer;
}

static void free_signer(struct signer *signer)
{
    certificates_free(signer->certificates);
    pki_free(&signer->pki);
}

static void each_kind_of_key_signs_as_others_expect_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct signer signer = make_signer(rows[i].key);
        size_t before = rows[i].algorithm_len;
        uint8_t data[SIGNATURE_DATA_MAX];
        struct ikl_auth auth;

        assert_true(signature_is_possible(signer.certificates, rows[i].hashes));
        assert_int_equal(signature_make(signer.certificates, rows[i].hashes, text, data, &auth), IKL_OK);
        assert_int_equal(auth.method, rows[i].method);
        assert_in_range(auth.data.len, before + 1, sizeof(data));
        assert_memory_equal(auth.data.data, rows[i].algorithm, before);
        assert_true(rows[i].signature_len == 0 || auth.data.len == before + rows[i].signature_len);
        assert_int_equal(signature_check(signer.pki.key, &auth, rows[i].hashes == 0, text), IKL_OK);
        assert_int_equal(signature_check(signer.pki.key, &auth, rows[i].hashes == 0, other_text), IKL_ERR_FORGED);
        free_signer(&signer);
    }
}

static void every_octet_of_a_signature_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct signer signer = make_signer(rows[i].key);
        bool legacy = rows[i].hashes == 0;
        uint8_t data[SIGNATURE_DATA_MAX];
        struct ikl_auth auth, cut;
        int result;

        assert_int_equal(signature_make(signer.certificates, rows[i].hashes, text, data, &auth), IKL_OK);
        for (size_t at = 0; at < auth.data.len; at++) {
            data[at] ^= 1;
            result = signature_check(signer.pki.key, &auth, legacy, text);
            /* an algorithm may have become another one */
            assert_true(result == IKL_ERR_FORGED || (at < rows[i].algorithm_len && result == IKL_ERR_UNSUPPORTED));
            data[at] ^= 1;
        }
        for (cut = auth, cut.data.len = 0; cut.data.len < auth.data.len; cut.data.len++) {
            assert_int_equal(signature_check(signer.pki.key, &cut, legacy, text),
                             cut.data.len < rows[i].algorithm_len ? IKL_ERR_UNSUPPORTED : IKL_ERR_FORGED);
        }
        free_signer(&signer);
    }
}

static void a_hash_by_sha1_is_signed_only_for_who_has_no_other(void **state)
{
    struct signer signer = make_signer("rsa");
    uint8_t data[SIGNATURE_DATA_MAX];
    struct ikl_auth auth;

    (void)state;
    assert_int_equal(signature_make(signer.certificates, 0, text, data, &auth), IKL_OK);
    assert_int_equal(signature_check(signer.pki.key, &auth, false, text), IKL_ERR_UNSUPPORTED);
    free_signer(&signer);
}

static void a_key_that_a_peer_cannot_verify_does_not_sign(void **state)
{
    static const struct {
        const char *key;
        uint16_t hashes;
    } cases[] = {{"ed25519", 0}, {"ed25519", sha2}, {"k256", 0}, {"p256", SIGNATURE_IDENTITY}, {"rsa", 1 << 1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct signer signer = make_signer(cases[i].key);
        uint8_t data[SIGNATURE_DATA_MAX];
        struct ikl_auth auth;

        assert_false(signature_is_possible(signer.certificates, cases[i].hashes));
        assert_int_equal(signature_make(signer.certificates, cases[i].hashes, text, data, &auth), IKL_ERR_UNSUPPORTED);
        free_signer(&signer);
    }
}

static void another_key_did_not_sign(void **state)
{
    struct signer signer = make_signer("p256"), other = make_signer("p256"), unlike = make_signer("rsa");
    uint8_t data[SIGNATURE_DATA_MAX];
    struct ikl_auth auth;

    (void)state;
    assert_int_equal(signature_make(signer.certificates, sha2, text, data, &auth), IKL_OK);
    assert_int_equal(signature_check(other.pki.key, &auth, false, text), IKL_ERR_FORGED);
    assert_int_equal(signature_check(unlike.pki.key, &auth, false, text), IKL_ERR_UNSUPPORTED);
    auth.method = IKL_AUTH_ECDSA_384;
    assert_int_equal(signature_check(signer.pki.key, &auth, false, text), IKL_ERR_UNSUPPORTED);
    free_signer(&signer);
    free_signer(&other);
    free_signer(&unlike);
}

static void another_hash_than_the_one_that_is_named_proves_nothing(void **state)
{
    struct signer signer = make_signer("p256");
    uint8_t data[SIGNATURE_DATA_MAX];
    struct ikl_auth auth;

    (void)state;
    assert_int_equal(signature_make(signer.certificates, SIGNATURE_SHA2_512, text, data, &auth), IKL_OK);
    data[12] = 2; /* ecdsa-with-SHA256 in place of ecdsa-with-SHA512 */
    assert_int_equal(signature_check(signer.pki.key, &auth, false, text), IKL_ERR_FORGED);
    free_signer(&signer);
}

TESTS_OF(signature)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_key_signs_as_others_expect_it),
        cmocka_unit_test(every_octet_of_a_signature_counts),
        cmocka_unit_test(a_hash_by_sha1_is_signed_only_for_who_has_no_other),
        cmocka_unit_test(a_key_that_a_peer_cannot_verify_does_not_sign),
        cmocka_unit_test(another_key_did_not_sign),
        cmocka_unit_test(another_hash_than_the_one_that_is_named_proves_nothing),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
