/* SPDX-License-Identifier: ISC */
/* ikeping: EAP-TLS, by libssl. */
#include "eap_tls.h"

#include "certificates_own.h"

#include <ikelive/message.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

/* Flags in front of the data (RFC 5216 §3.1). */
enum { LENGTH_INCLUDED = 0x80, MORE_FRAGMENTS = 0x40, START = 0x20 };

/* Octets of TLS in one message of ours, and in all of the server's. */
enum { FRAGMENT = 1024, RECEIVED_MAX = 65536, EXPORTED_LEN = 128 };

struct eap_tls {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out; /* the SSL's: what it reads, and what it wants to be sent */
    size_t received;
    bool sending; /* a flight of which some fragments have been sent */
};

bool eap_tls_is_available(void)
{
    return true;
}

static bool use_certificates(SSL_CTX *context, const struct certificates *certificates)
{
    bool done = SSL_CTX_use_certificate(context, certificates->chain[0]) == 1 &&
                SSL_CTX_use_PrivateKey(context, certificates->key) == 1;

    for (size_t i = 1; done && i < certificates->n_chain; i++) {
        done = SSL_CTX_add1_chain_cert(context, certificates->chain[i]) == 1;
    }
    (void)SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set1_cert_store(context, certificates->authorities);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return done;
}

static bool open_ssl(struct eap_tls *tls, const struct certificates *certificates)
{
    tls->context = SSL_CTX_new(TLS_client_method());
    if (tls->context == NULL || SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) != 1 ||
        !use_certificates(tls->context, certificates)) {
        return false;
    }
    /* Servers without RFC 5746 are taken, as strongSwan is one: nothing is sent through TLS here that could be put
     * behind what somebody else has sent. */
    (void)SSL_CTX_set_options(tls->context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
    tls->ssl = SSL_new(tls->context);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        BIO_free(tls->in);
        BIO_free(tls->out);
        return false;
    }
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_connect_state(tls->ssl);
    return true;
}

struct eap_tls *eap_tls_new(const struct certificates *certificates)
{
    struct eap_tls *tls = calloc(1, sizeof(*tls));

    if (tls != NULL && !open_ssl(tls, certificates)) {
        eap_tls_free(tls);
        tls = NULL;
    }
    ERR_clear_error();
    return tls;
}

void eap_tls_free(struct eap_tls *tls)
{
    if (tls != NULL) {
        SSL_free(tls->ssl);
        SSL_CTX_free(tls->context);
        free(tls);
    }
}

/* Why TLS ended: a certificate, or what libssl has last said. */
static const char *explain(const struct eap_tls *tls)
{
    long verified = SSL_get_verify_result(tls->ssl);
    const char *reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                               : ERR_reason_error_string(ERR_peek_last_error());

    return reason != NULL ? reason : "TLS fails";
}

/* Lets TLS read what has come, and say what it has to. */
static const char *run(struct eap_tls *tls)
{
    uint8_t octet;
    int result;

    ERR_clear_error();
    result = SSL_do_handshake(tls->ssl);
    if (result == 1) {
        /* with TLS 1.3 the server commits itself to nothing more by an octet (RFC 9190 §2.1.1) */
        result = SSL_read(tls->ssl, &octet, 1);
    }
    return result > 0 || SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ ? NULL : explain(tls);
}

/* The next fragment of what TLS wants to be sent, or an empty message. */
static size_t take_fragment(struct eap_tls *tls, uint8_t response[EAP_TLS_DATA_MAX])
{
    size_t pending = BIO_ctrl_pending(tls->out), part = pending > FRAGMENT ? FRAGMENT : pending;
    struct ikl_writer writer = ikl_writer(response, EAP_TLS_DATA_MAX);
    bool first_of_many = part < pending && !tls->sending;
    uint8_t octets[FRAGMENT];

    ikl_write_u8(&writer, (uint8_t)((first_of_many ? LENGTH_INCLUDED : 0) | (part < pending ? MORE_FRAGMENTS : 0)));
    if (first_of_many) {
        ikl_write_u32(&writer, (uint32_t)pending);
    }
    if (part != 0) {
        part = (size_t)BIO_read(tls->out, octets, (int)part);
        ikl_write_octets(&writer, octets, part);
    }
    tls->sending = part < pending;
    return writer.len;
}

const char *eap_tls_take(struct eap_tls *tls, struct ikl_octets request, uint8_t response[EAP_TLS_DATA_MAX],
                         size_t *len)
{
    struct ikl_reader reader = ikl_reader(request.data, request.len);
    uint8_t flags = ikl_read_u8(&reader);
    const char *fault = NULL;
    struct ikl_octets data;

    if ((flags & LENGTH_INCLUDED) != 0) {
        (void)ikl_read_u32(&reader); /* of the whole: what comes is counted */
    }
    data = ikl_read_octets(&reader, reader.left);
    tls->received += data.len;
    if (request.len == 0 || reader.failed || tls->received > RECEIVED_MAX) {
        return "a message of EAP-TLS is malformed, or they are too long";
    }
    if (data.len != 0 && BIO_write(tls->in, data.data, (int)data.len) != (int)data.len) {
        return "there is no memory for EAP-TLS";
    }
    if ((flags & MORE_FRAGMENTS) == 0 && !tls->sending) {
        fault = run(tls);
    }
    *len = take_fragment(tls, response);
    return fault;
}

bool eap_tls_key(struct eap_tls *tls, uint8_t msk[EAP_TLS_MSK_LEN])
{
    static const char older[] = "client EAP encryption", newer[] = "EXPORTER_EAP_TLS_Key_Material";
    static const uint8_t type = 13; /* of EAP-TLS, the context with TLS 1.3 */
    bool is_newer = SSL_version(tls->ssl) >= TLS1_3_VERSION;
    uint8_t exported[EXPORTED_LEN];
    bool done =
        SSL_is_init_finished(tls->ssl) == 1 &&
        (is_newer
             ? SSL_export_keying_material(tls->ssl, exported, sizeof(exported), newer, strlen(newer), &type, 1, 1)
             : SSL_export_keying_material(tls->ssl, exported, sizeof(exported), older, strlen(older), NULL, 0, 0)) == 1;

    if (done) {
        memcpy(msk, exported, EAP_TLS_MSK_LEN);
    }
    OPENSSL_cleanse(exported, sizeof(exported));
    ERR_clear_error();
    return done;
}
