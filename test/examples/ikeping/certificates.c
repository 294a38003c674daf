/* SPDX-License-Identifier: ISC */
/* Certificates: what is read from files, what of it goes into messages, and which of a peer's are accepted. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/certificates.h"

#include "examples/ikeping/credentials.h"
#include "pki.h"
#include "support/test.h"

#include <ikelive/registry.h>

#include <openssl/pem.h>
#include <openssl/sha.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/ikeping-test-XXXXXX";
static char own_file[64], key_file[64], ca_file[64];

/* An authority, another, one of its own between it and others, and one that is none. */
static struct pki root, other_root, between, pretender, small_root;
static struct certificates *trusting; /* root alone */

static int open_authorities(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(own_file, sizeof(own_file), "%s/own.pem", folder);
    (void)snprintf(key_file, sizeof(key_file), "%s/key.pem", folder);
    (void)snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
    root = pki_make(&(struct pki_wish){.key = "p256", .name = "root", .is_authority = 1}, NULL);
    other_root = pki_make(&(struct pki_wish){.key = "p256", .name = "root", .is_authority = 1}, NULL);
    between = pki_make(&(struct pki_wish){.key = "p256", .name = "between", .is_authority = 1}, &root);
    pretender = pki_make(&(struct pki_wish){.key = "p256", .name = "pretender"}, &root);
    small_root = pki_make(&(struct pki_wish){.key = "rsa1024", .name = "small", .is_authority = 1}, NULL);
    pki_write(ca_file, &root, 1);
    trusting = certificates_read(NULL, NULL, ca_file);
    return trusting == NULL;
}

static int close_authorities(void **state)
{
    (void)state;
    certificates_free(trusting);
    pki_free(&root);
    pki_free(&other_root);
    pki_free(&between);
    pki_free(&pretender);
    pki_free(&small_root);
    unlink(own_file);
    unlink(key_file);
    unlink(ca_file);
    return rmdir(folder);
}

/* Payloads of a message as they come. */
struct message {
    uint8_t octets[65536];
    struct ikl_writer writer;
    uint8_t first;
};

static void put_payloads(struct message *message, const struct ikl_payload *payloads, size_t n)
{
    message->writer = ikl_writer(message->octets, sizeof(message->octets));
    assert_int_equal(ikl_chain_write(&message->writer, payloads, n), IKL_OK);
    message->first = ikl_chain_first(payloads, n);
}

static const char *judge(const struct message *message, const struct identity *identity)
{
    struct evp_pkey_st *key;
    const char *fault = certificates_judge(trusting, message->first,
                                           (struct ikl_octets){message->octets, message->writer.len}, identity, &key);

    assert_true((key != NULL) == (fault == NULL));
    certificates_free_key(key);
    return fault;
}

/* A message with these certificates. */
static void put_certificates(struct message *message, const struct pki *certificates, size_t n)
{
    static struct payload_list list;

    payload_list_init(&list);
    for (size_t i = 0; i < n; i++) {
        uint8_t *der = NULL;
        int len = i2d_X509(certificates[i].certificate, &der);
        struct ikl_cert cert = {.encoding = IKL_CERT_X509_SIGNATURE, .data = {der, (size_t)len}};

        payload_list_end(&list, ikl_cert_write(payload_list_begin(&list, IKL_PAYLOAD_CERT), &cert));
        OPENSSL_free(der);
    }
    assert_int_equal(list.error, IKL_OK);
    put_payloads(message, list.payloads, list.n);
}

static struct identity identity(const char *text)
{
    struct identity parsed;

    assert_true(identity_parse(&parsed, text));
    return parsed;
}

/* What is said of a certificate like this by an issuer, of an identity. */
static const char *judge_one(const struct pki_wish *wish, const struct pki *issuer, const char *name)
{
    static struct message message;
    const struct identity given = identity(name);
    struct pki pki = pki_make(wish, issuer);
    const char *fault;

    put_certificates(&message, &pki, 1);
    fault = judge(&message, &given);
    pki_free(&pki);
    return fault;
}

static void an_authority_vouches_for_whom_it_names(void **state)
{
    static const struct {
        const char *alt, *identity;
    } rows[] = {{"DNS:a.example", "a.example"},
                {"DNS:b.example, DNS:a.example", "@A.Example"},
                {"email:user@a.example", "user@a.example"},
                {"IP:192.0.2.7", "192.0.2.7"},
                {"IP:2001:db8::7", "2001:db8::7"},
                {NULL, "CN=subject"},
                {"DNS:a.example", "CN=SUBJECT"}};
    static const char *const keys[] = {"rsa", "p256", "p384", "p521", "ed25519"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct pki_wish wish = {.key = "p256", .name = "subject", .alt = rows[i].alt};

        assert_null(judge_one(&wish, &root, rows[i].identity));
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_null(judge_one(&(struct pki_wish){.key = keys[i], .name = "subject"}, &root, "CN=subject"));
    }
}

static void it_vouches_for_nobody_else(void **state)
{
    static const struct {
        const char *alt, *identity;
    } rows[] = {{"DNS:a.example", "b.example"},
                {"DNS:*.example", "a.example"},
                {"DNS:a.example", "@.example"},
                {"DNS:a.example", "a.example."},
                {NULL, "subject"}, /* a common name is none of IKE's */
                {"email:user@a.example", "other@a.example"},
                {"DNS:a.example", "user@a.example"},
                {"IP:192.0.2.7", "192.0.2.8"},
                {"DNS:192.0.2.7", "192.0.2.7"},
                {NULL, "CN=other"},
                {NULL, "O=x, CN=subject"},
                {"DNS:a.example", "keyid:a.example"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct pki_wish wish = {.key = "p256", .name = "subject", .alt = rows[i].alt};

        assert_string_equal(judge_one(&wish, &root, rows[i].identity), "it is for another identity than the one given");
    }
}

static void what_is_wrong_with_a_certificate_is_said(void **state)
{
    const struct {
        struct pki_wish wish;
        const struct pki *issuer;
        const char *fault;
    } rows[] = {
        {{.key = "p256", .name = "n"}, NULL, "no authority of --ca vouches for it"},
        {{.key = "p256", .name = "n"}, &small_root, "no authority of --ca vouches for it"},
        {{.key = "p256", .name = "n"}, &other_root, "it was not signed by the authority that it names"},
        {{.key = "p256", .name = "n", .until = "20010101000000Z"},
         &root,
         "it has expired, or one that vouches for it has"},
        {{.key = "p256", .name = "n", .from = "29980101000000Z"},
         &root,
         "it is not valid yet, or one that vouches for it is not"},
        {{.key = "rsa1024", .name = "n"}, &root, "a key or a hash in its chain is too weak"},
        {{.key = "p256", .name = "n", .digest = EVP_sha1()}, &root, "a key or a hash in its chain is too weak"},
        {{.key = "p256", .name = "n", .usage = "keyAgreement"}, &root, "it is for another purpose"},
        {{.key = "p256", .name = "n", .purposes = "codeSigning"}, &root, "it is for another purpose"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(judge_one(&rows[i].wish, rows[i].issuer, "CN=n"), rows[i].fault);
    }
}

static void a_purpose_that_does_not_exclude_ike_is_taken(void **state)
{
    static const char *const purposes[] = {"1.3.6.1.5.5.7.3.17", "serverAuth", "codeSigning, clientAuth",
                                           "anyExtendedKeyUsage"};
    static const char *const usages[] = {"digitalSignature", "nonRepudiation", "keyAgreement, digitalSignature"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        assert_null(judge_one(&(struct pki_wish){.key = "p256", .name = "n", .purposes = purposes[i]}, &root, "CN=n"));
    }
    for (size_t i = 0; i < COUNT_OF(usages); i++) {
        assert_null(judge_one(&(struct pki_wish){.key = "p256", .name = "n", .usage = usages[i]}, &root, "CN=n"));
    }
}

static void others_in_the_message_lead_to_the_authority(void **state)
{
    static struct message message;
    const struct identity subject = identity("CN=n");
    struct pki chain[] = {pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, &between), root, between};

    (void)state;
    put_certificates(&message, chain, 1);
    assert_string_equal(judge(&message, &subject), "no authority of --ca vouches for it");
    put_certificates(&message, chain, COUNT_OF(chain));
    assert_null(judge(&message, &subject));
    pki_free(&chain[0]);
}

static void one_that_is_no_authority_vouches_for_nobody(void **state)
{
    static struct message message;
    const struct identity subject = identity("CN=n");
    struct pki chain[] = {pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, &pretender), pretender};

    (void)state;
    put_certificates(&message, chain, COUNT_OF(chain));
    assert_string_equal(judge(&message, &subject), "one that vouches for it is not that of an authority");
    pki_free(&chain[0]);
}

static void an_authority_in_the_message_is_not_trusted_for_that(void **state)
{
    static struct message message;
    const struct identity subject = identity("CN=n");
    struct pki chain[] = {pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, &small_root), small_root};

    (void)state;
    put_certificates(&message, chain, COUNT_OF(chain));
    assert_string_equal(judge(&message, &subject), "no authority of --ca vouches for it");
    pki_free(&chain[0]);
}

static void more_than_eight_certificates_are_refused(void **state)
{
    static struct message message;
    const struct identity subject = identity("CN=n");
    struct pki chain[9] = {pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, &root)};

    (void)state;
    for (size_t i = 1; i < COUNT_OF(chain); i++) {
        chain[i] = root;
    }
    put_certificates(&message, chain, COUNT_OF(chain) - 1);
    assert_null(judge(&message, &subject));
    put_certificates(&message, chain, COUNT_OF(chain));
    assert_string_equal(judge(&message, &subject), "there are more than 8 in its chain");
    pki_free(&chain[0]);
}

/* What is said of a CERT payload with this body. */
static const char *judge_body(const void *body, size_t len)
{
    static struct message message;
    const struct identity subject = identity("CN=n");
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_CERT, .body = {body, len}};

    put_payloads(&message, &payload, 1);
    return judge(&message, &subject);
}

static void garbage_in_place_of_a_certificate_is_refused(void **state)
{
    static uint8_t huge[60000] = {IKL_CERT_X509_SIGNATURE, 0x30, 0x82, 0xea, 0x50};
    static struct message message;
    const struct identity subject = identity("CN=n");
    struct pki pki = pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, &root);
    uint8_t *body;

    (void)state;
    assert_string_equal(judge_body("", 0), "it is malformed");
    assert_string_equal(judge_body("\4", 1), "it is malformed");
    assert_string_equal(judge_body("\4\x30\x00", 3), "it is malformed");
    assert_string_equal(judge_body(huge, sizeof(huge)), "it is malformed");
    assert_string_equal(judge_body("\x0chttp", 5), "it comes as a hash and a URL, which ikeping does not fetch");
    assert_string_equal(judge_body("\x0dhttp", 5), "it comes as a hash and a URL, which ikeping does not fetch");
    assert_string_equal(judge_body("\1pkcs", 5), "it has an encoding that ikeping does not know");
    assert_string_equal(judge_body("\7crl", 4), "there is none"); /* what is beside one only is passed over */

    /* each octet of a good one counts, and so does its end */
    put_certificates(&message, &pki, 1);
    body = message.octets + IKL_PAYLOAD_HEADER_LEN;
    for (size_t i = 0; i + IKL_PAYLOAD_HEADER_LEN < message.writer.len; i++) {
        body[i] ^= 1;
        assert_non_null(judge(&message, &subject));
        body[i] ^= 1;
    }
    for (size_t len = 0; len + IKL_PAYLOAD_HEADER_LEN < message.writer.len; len++) {
        assert_non_null(judge_body(body, len));
    }
    assert_null(judge(&message, &subject));
    pki_free(&pki);
}

static void our_chain_and_our_authorities_go_into_messages(void **state)
{
    static struct payload_list list;
    struct pki chain[] = {pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, &between), between};
    struct pki authorities[] = {root, other_root};
    struct certificates *certificates;
    struct ikl_certreq request;
    struct identity subject;
    char text[IDENTITY_TEXT_SIZE];

    (void)state;
    pki_write(own_file, chain, COUNT_OF(chain));
    pki_write_key(key_file, &chain[0]);
    pki_write(ca_file, authorities, COUNT_OF(authorities));
    certificates = certificates_read(own_file, key_file, ca_file);
    assert_non_null(certificates);
    payload_list_init(&list);
    certificates_add_chain(certificates, &list);
    certificates_add_request(certificates, &list);
    assert_int_equal(list.error, IKL_OK);
    assert_int_equal(list.n, 3);
    for (size_t i = 0; i < COUNT_OF(chain); i++) {
        uint8_t *der = NULL;
        int len = i2d_X509(chain[i].certificate, &der);
        struct ikl_cert cert;

        assert_int_equal(list.payloads[i].type, IKL_PAYLOAD_CERT);
        assert_int_equal(ikl_cert_read(&cert, list.payloads[i].body), IKL_OK);
        assert_int_equal(cert.encoding, IKL_CERT_X509_SIGNATURE);
        assert_int_equal(cert.data.len, len);
        assert_memory_equal(cert.data.data, der, cert.data.len);
        OPENSSL_free(der);
    }
    assert_int_equal(list.payloads[2].type, IKL_PAYLOAD_CERTREQ);
    assert_int_equal(ikl_certreq_read(&request, list.payloads[2].body), IKL_OK);
    assert_int_equal(request.authorities.len, COUNT_OF(authorities) * SHA_DIGEST_LENGTH);
    for (size_t i = 0; i < COUNT_OF(authorities); i++) {
        uint8_t *der = NULL, hash[SHA_DIGEST_LENGTH];
        int len = i2d_PUBKEY(authorities[i].key, &der);

        SHA1(der, (size_t)len, hash);
        assert_memory_equal(ikl_certreq_authority(&request, i).data, hash, sizeof(hash));
        OPENSSL_free(der);
    }
    subject = certificates_subject(certificates);
    identity_text(&subject, text, sizeof(text));
    assert_string_equal(text, "CN=n");
    certificates_free(certificates);
    pki_free(&chain[0]);
}

static void many_authorities_are_asked_for_without_names(void **state)
{
    static struct pki authorities[33];
    struct ikl_certreq request;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(authorities); i++) {
        authorities[i] = root;
    }
    for (size_t n = COUNT_OF(authorities) - 1; n <= COUNT_OF(authorities); n++) {
        static struct payload_list list;
        struct certificates *certificates;

        pki_write(ca_file, authorities, n);
        certificates = certificates_read(NULL, NULL, ca_file);
        assert_non_null(certificates);
        payload_list_init(&list);
        certificates_add_request(certificates, &list);
        assert_int_equal(ikl_certreq_read(&request, list.payloads[0].body), IKL_OK);
        assert_int_equal(request.authorities.len, n <= 32 ? n * IKL_AUTHORITY_LEN : 0);
        certificates_free(certificates);
    }
}

static void a_subject_that_is_empty_or_too_long_is_no_identity(void **state)
{
    static const char long_name[] = "a name of sixty four octets, which is as long as one may be here";
    struct pki pki = pki_make(&(struct pki_wish){.key = "p256"}, NULL);
    X509_NAME *name = X509_get_subject_name(pki.certificate);

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct certificates *certificates;

        pki_write(own_file, &pki, 1);
        pki_write_key(key_file, &pki);
        certificates = certificates_read(own_file, key_file, NULL);
        assert_non_null(certificates);
        assert_int_equal(certificates_subject(certificates).type, 0);
        certificates_free(certificates);
        for (int part = 0; part < 4; part++) {
            assert_int_equal(
                X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_UTF8, (const uint8_t *)long_name, -1, -1, 0), 1);
        }
        assert_true(X509_sign(pki.certificate, pki.key, EVP_sha256()) > 0);
    }
    pki_free(&pki);
}

static void put(const char *file, const char *text, mode_t mode)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    assert_int_equal(chmod(file, mode), 0);
}

static void files_that_do_not_hold_what_they_should_are_refused(void **state)
{
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    struct pki pki = pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, NULL);
    struct pki many[9];
    FILE *out;

    (void)state;
    pki_write(own_file, &pki, 1);
    pki_write_key(key_file, &pki);
    assert_null(certificates_read("/nonexistent", key_file, NULL));
    assert_null(certificates_read(own_file, "/nonexistent", NULL));
    assert_null(certificates_read(NULL, NULL, "/nonexistent"));
    assert_null(certificates_read(key_file, key_file, NULL));
    assert_null(certificates_read(own_file, own_file, NULL));
    assert_null(certificates_read(NULL, NULL, key_file));
    assert_int_equal(chmod(key_file, 0640), 0);
    assert_null(certificates_read(own_file, key_file, NULL)); /* others may use it */
    pki_write_key(key_file, &root);
    assert_null(certificates_read(own_file, key_file, NULL)); /* of another certificate */
    out = fopen(key_file, "w");
    assert_int_equal(PEM_write_PrivateKey(out, pki.key, EVP_aes_256_cbc(), (const uint8_t *)"x", 1, NULL, NULL), 1);
    fclose(out);
    assert_null(certificates_read(own_file, key_file, NULL)); /* encrypted */
    put(ca_file, broken, 0644);
    assert_null(certificates_read(NULL, NULL, ca_file));
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = pki;
    }
    pki_write_key(key_file, &pki);
    pki_write(own_file, many, 8);
    certificates_free(certificates_read(own_file, key_file, NULL));
    pki_write(own_file, many, 9);
    assert_null(certificates_read(own_file, key_file, NULL));
    pki_free(&pki);
}

static void a_psk_may_take_the_place_of_either_side(void **state)
{
    static const struct {
        enum credentials_kind own, peers;
        const char *text;
    } rows[] = {{CREDENTIALS_CERTIFICATE, CREDENTIALS_CERTIFICATE, "certificate"},
                {CREDENTIALS_CERTIFICATE, CREDENTIALS_PSK, "certificate, the peer by PSK"},
                {CREDENTIALS_PSK, CREDENTIALS_CERTIFICATE, "PSK, the peer by certificate"}};
    struct pki pki = pki_make(&(struct pki_wish){.key = "p256", .name = "n"}, NULL);

    (void)state;
    pki_write(own_file, &pki, 1);
    pki_write_key(key_file, &pki);
    pki_write(ca_file, &pki, 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct credentials credentials = {.psk_len = 6};
        bool own = rows[i].own == CREDENTIALS_CERTIFICATE;

        assert_true(credentials_read_certificates(&credentials, own ? own_file : NULL, own ? key_file : NULL,
                                                  rows[i].peers == CREDENTIALS_CERTIFICATE ? ca_file : NULL));
        assert_int_equal(credentials.own, rows[i].own);
        assert_int_equal(credentials.peers, rows[i].peers);
        assert_string_equal(credentials_text(&credentials), rows[i].text);
        credentials_wipe(&credentials);
        assert_null(credentials.certificates);
    }
    pki_free(&pki);
}

TESTS_OF(certificates)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_vouches_for_whom_it_names),
        cmocka_unit_test(it_vouches_for_nobody_else),
        cmocka_unit_test(what_is_wrong_with_a_certificate_is_said),
        cmocka_unit_test(a_purpose_that_does_not_exclude_ike_is_taken),
        cmocka_unit_test(others_in_the_message_lead_to_the_authority),
        cmocka_unit_test(one_that_is_no_authority_vouches_for_nobody),
        cmocka_unit_test(an_authority_in_the_message_is_not_trusted_for_that),
        cmocka_unit_test(more_than_eight_certificates_are_refused),
        cmocka_unit_test(garbage_in_place_of_a_certificate_is_refused),
        cmocka_unit_test(our_chain_and_our_authorities_go_into_messages),
        cmocka_unit_test(many_authorities_are_asked_for_without_names),
        cmocka_unit_test(a_subject_that_is_empty_or_too_long_is_no_identity),
        cmocka_unit_test(files_that_do_not_hold_what_they_should_are_refused),
        cmocka_unit_test(a_psk_may_take_the_place_of_either_side),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, open_authorities, close_authorities);
}
