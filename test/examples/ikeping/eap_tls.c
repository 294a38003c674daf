/* SPDX-License-Identifier: ISC */
/* EAP-TLS with a server of libssl: the key that both come to, fragments either way, and what is refused. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/eap_tls.h"

#include "pki.h"
#include "support/test.h"

#include <openssl/ssl.h>

#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 300, MOST_MESSAGES = 60 };

/* An authority, another, and certificates of the first for both sides. */
static struct pki root, other_root, ours, theirs;
static struct certificates *certificates;

static struct certificates *read_certificates(const struct pki *authority, size_t n_chain)
{
    char own[] = "/tmp/ikeping-test-XXXXXX", key[] = "/tmp/ikeping-test-XXXXXX", ca[] = "/tmp/ikeping-test-XXXXXX";
    struct pki chain[CERTIFICATES_CHAIN_MAX] = {ours, root, root, root, root, root, root, root};
    struct certificates *read;

    close(mkstemp(own));
    close(mkstemp(key));
    close(mkstemp(ca));
    pki_write(own, chain, n_chain);
    pki_write_key(key, &ours);
    pki_write(ca, authority, 1);
    read = certificates_read(own, key, ca);
    unlink(own);
    unlink(key);
    unlink(ca);
    assert_non_null(read);
    return read;
}

static int open_all(void **state)
{
    (void)state;
    root = pki_make(&(struct pki_wish){.key = "rsa", .name = "root", .is_authority = 1}, NULL);
    other_root = pki_make(&(struct pki_wish){.key = "rsa", .name = "other", .is_authority = 1}, NULL);
    ours = pki_make(&(struct pki_wish){.key = "p256", .name = "ours"}, &root);
    theirs = pki_make(&(struct pki_wish){.key = "rsa", .name = "theirs"}, &root);
    certificates = read_certificates(&root, 1);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    certificates_free(certificates);
    pki_free(&root);
    pki_free(&other_root);
    pki_free(&ours);
    pki_free(&theirs);
    return 0;
}

/* The authenticator. */
struct server {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
    unsigned n_more; /* fragments of the peer's that were not the last */
};

static struct server open_server(int version)
{
    struct server server = {.context = SSL_CTX_new(TLS_server_method()), .in = BIO_new(BIO_s_mem())};
    X509_STORE *store = SSL_CTX_get_cert_store(server.context);

    assert_int_equal(SSL_CTX_set_min_proto_version(server.context, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(server.context, version), 1);
    assert_int_equal(SSL_CTX_use_certificate(server.context, theirs.certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server.context, theirs.key), 1);
    assert_int_equal(X509_STORE_add_cert(store, root.certificate), 1);
    (void)SSL_CTX_set_mode(server.context, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_verify(server.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    server.ssl = SSL_new(server.context);
    server.out = BIO_new(BIO_s_mem());
    SSL_set_bio(server.ssl, server.in, server.out);
    SSL_set_accept_state(server.ssl);
    return server;
}

static void close_server(struct server *server)
{
    SSL_free(server->ssl);
    SSL_CTX_free(server->context);
}

/* The server takes the data of a response, and writes those of its next request. False: it has nothing more to say. */
static bool answer(struct server *server, const uint8_t *response, size_t len, uint8_t request[CHUNK + 1],
                   size_t *request_len)
{
    size_t head = (response[0] & 0x80) != 0 ? 5 : 1;
    bool more = (response[0] & 0x40) != 0, was_done = SSL_is_init_finished(server->ssl) == 1;
    size_t pending;

    assert_in_range(len, head, EAP_TLS_DATA_MAX);
    (void)BIO_write(server->in, response + head, (int)(len - head));
    server->n_more += more ? 1 : 0;
    if (!more && BIO_ctrl_pending(server->out) == 0) {
        (void)SSL_do_handshake(server->ssl);
    }
    if (!was_done && SSL_is_init_finished(server->ssl) == 1 && SSL_version(server->ssl) == TLS1_3_VERSION) {
        assert_int_equal(SSL_write(server->ssl, "", 1), 1); /* as RFC 9190 wants it */
    }
    pending = BIO_ctrl_pending(server->out);
    *request_len = 1;
    request[0] = pending > CHUNK ? 0x40 : 0;
    if (pending != 0) {
        *request_len += (size_t)BIO_read(server->out, request + 1, CHUNK);
    }
    return more || pending != 0;
}

/* Plays until the server has nothing more to say. Null, or what the peer says is wrong. */
static const char *play(struct server *server, struct eap_tls *tls)
{
    uint8_t request[CHUNK + 1] = {0x20}, response[EAP_TLS_DATA_MAX];
    size_t request_len = 1, len;
    const char *fault;

    for (unsigned i = 0; i < MOST_MESSAGES; i++) {
        fault = eap_tls_take(tls, (struct ikl_octets){request, request_len}, response, &len);
        if (fault != NULL || !answer(server, response, len, request, &request_len)) {
            return fault;
        }
    }
    return "it does not come to an end";
}

static void assert_same_key(struct server *server, struct eap_tls *tls)
{
    uint8_t msk[EAP_TLS_MSK_LEN], expected[128];
    bool newer = SSL_version(server->ssl) == TLS1_3_VERSION;
    const char *label = newer ? "EXPORTER_EAP_TLS_Key_Material" : "client EAP encryption";

    assert_int_equal(SSL_is_init_finished(server->ssl), 1);
    assert_true(eap_tls_key(tls, msk));
    assert_int_equal(SSL_export_keying_material(server->ssl, expected, sizeof(expected), label, strlen(label),
                                                (const uint8_t *)"\x0d", newer ? 1 : 0, newer ? 1 : 0),
                     1);
    assert_memory_equal(msk, expected, sizeof(msk));
}

static void both_come_to_the_same_key(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct server server = open_server(versions[i]);
        struct eap_tls *tls = eap_tls_new(certificates);
        uint8_t msk[EAP_TLS_MSK_LEN];

        assert_non_null(tls);
        assert_false(eap_tls_key(tls, msk));
        assert_null(play(&server, tls));
        assert_same_key(&server, tls);
        eap_tls_free(tls);
        close_server(&server);
    }
}

static void a_long_chain_goes_in_fragments(void **state)
{
    struct server server = open_server(TLS1_2_VERSION);
    struct certificates *long_chain = read_certificates(&root, CERTIFICATES_CHAIN_MAX);
    struct eap_tls *tls = eap_tls_new(long_chain);

    (void)state;
    assert_null(play(&server, tls));
    assert_same_key(&server, tls);
    assert_in_range(server.n_more, 4, 10);
    eap_tls_free(tls);
    certificates_free(long_chain);
    close_server(&server);
}

static void a_server_of_another_authority_is_refused(void **state)
{
    struct server server = open_server(TLS1_3_VERSION);
    struct certificates *doubting = read_certificates(&other_root, 1);
    struct eap_tls *tls = eap_tls_new(doubting);
    uint8_t msk[EAP_TLS_MSK_LEN];

    (void)state;
    assert_string_equal(play(&server, tls), "unable to get local issuer certificate");
    assert_false(eap_tls_key(tls, msk));
    eap_tls_free(tls);
    certificates_free(doubting);
    close_server(&server);
}

static void what_is_no_tls_is_refused(void **state)
{
    static uint8_t many[4096] = {0x40};
    uint8_t response[EAP_TLS_DATA_MAX];
    size_t len;
    struct eap_tls *tls = eap_tls_new(certificates);
    unsigned n = 0;

    (void)state;
    assert_non_null(eap_tls_take(tls, (struct ikl_octets){many, 0}, response, &len));
    assert_non_null(eap_tls_take(tls, (struct ikl_octets){(const uint8_t *)"\x80\0\0", 3}, response, &len));
    assert_non_null(eap_tls_take(tls, (struct ikl_octets){(const uint8_t *)"\0garbage", 8}, response, &len));
    eap_tls_free(tls);
    /* what is kept for the last fragment is bounded */
    tls = eap_tls_new(certificates);
    while (eap_tls_take(tls, (struct ikl_octets){many, sizeof(many)}, response, &len) == NULL) {
        n++;
    }
    assert_int_equal(n, 65536 / 4095);
    eap_tls_free(tls);
}

TESTS_OF(eap_tls)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_come_to_the_same_key),
        cmocka_unit_test(a_long_chain_goes_in_fragments),
        cmocka_unit_test(a_server_of_another_authority_is_refused),
        cmocka_unit_test(what_is_no_tls_is_refused),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
