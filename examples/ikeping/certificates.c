/* SPDX-License-Identifier: ISC */
/* ikeping: certificates of files, and in messages, by libcrypto. */
#include "certificates.h"

#include "certificates_own.h"
#include "private_file.h"

#include <ikelive/registry.h>

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

enum { KEY_FILE_MAX = 16384 };

/* A request for certificates of more authorities than this names none: then it is for those of any. Their names would
 * make IKE_SA_INIT too long for a packet. */
enum { REQUEST_AUTHORITIES_MAX = 32 };

_Static_assert(IKL_AUTHORITY_LEN == SHA_DIGEST_LENGTH, "authorities are named by hashes");

bool certificates_are_available(void)
{
    return true;
}

static bool complain(const char *file, const char *what)
{
    fprintf(stderr, "ikeping: %s: %s\n", file, what);
    return false;
}

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *out, int size, int writing, void *user)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

/* Calls `take` for each certificate of a file. */
static bool read_each(const char *file, bool (*take)(struct certificates *, const char *, X509 *),
                      struct certificates *into)
{
    BIO *bio = BIO_new_file(file, "r");
    bool done = true;
    size_t n = 0;
    X509 *certificate;

    if (bio == NULL) {
        return complain(file, strerror(errno));
    }
    while (done && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        done = take(into, file, certificate);
        X509_free(certificate);
        n++;
    }
    BIO_free(bio);
    if (done && n == 0) {
        done = complain(file, "there is no certificate in PEM in it");
    } else if (done && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        done = complain(file, "a certificate in it is malformed");
    }
    ERR_clear_error();
    return done;
}

/* The body of a CERT payload: the encoding, and the certificate in it (§3.6). */
static uint8_t *make_body(X509 *certificate, size_t *len)
{
    int der_len = i2d_X509(certificate, NULL);
    uint8_t *body = der_len > 0 ? OPENSSL_malloc((size_t)der_len + 1) : NULL, *at = body + 1;

    if (body != NULL) {
        body[0] = IKL_CERT_X509_SIGNATURE;
        *len = (size_t)i2d_X509(certificate, &at) + 1;
    }
    return body;
}

static bool take_own(struct certificates *certificates, const char *file, X509 *certificate)
{
    size_t n = certificates->n_chain;

    if (n == CERTIFICATES_CHAIN_MAX) {
        return complain(file, "there are more than 8 certificates in it");
    }
    certificates->bodies[n] = make_body(certificate, &certificates->body_lens[n]);
    if (certificates->bodies[n] == NULL || X509_up_ref(certificate) != 1) {
        OPENSSL_free(certificates->bodies[n]);
        return complain(file, "there is no memory for it");
    }
    certificates->chain[n] = certificate;
    certificates->n_chain++;
    return true;
}

/* Adds an authority to the request: the hash of its SubjectPublicKeyInfo. */
static bool add_to_request(struct certificates *certificates, const X509 *certificate)
{
    uint8_t *der = NULL, *request;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

    request = len > 0 ? OPENSSL_realloc(certificates->request, certificates->request_len + SHA_DIGEST_LENGTH) : NULL;
    if (request != NULL) {
        SHA1(der, (size_t)len, request + certificates->request_len);
        certificates->request = request;
        certificates->request_len += SHA_DIGEST_LENGTH;
    }
    OPENSSL_free(der);
    return request != NULL;
}

static bool take_authority(struct certificates *certificates, const char *file, X509 *certificate)
{
    return (X509_STORE_add_cert(certificates->authorities, certificate) == 1 &&
            add_to_request(certificates, certificate)) ||
           complain(file, "there is no memory for it");
}

static bool read_key(struct certificates *certificates, const char *file)
{
    uint8_t pem[KEY_FILE_MAX];
    size_t len;
    BIO *bio;

    if (!private_file_read(file, true, pem, sizeof(pem), &len)) {
        return false;
    }
    bio = BIO_new_mem_buf(pem, (int)len);
    certificates->key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    OPENSSL_cleanse(pem, sizeof(pem));
    ERR_clear_error();
    if (certificates->key == NULL) {
        return complain(file, "there is no private key in PEM in it that is not encrypted");
    }
    if (X509_check_private_key(certificates->chain[0], certificates->key) != 1) {
        ERR_clear_error();
        return complain(file, "this is not the key of our certificate");
    }
    return true;
}

static bool read_authorities(struct certificates *certificates, const char *file)
{
    certificates->request = OPENSSL_malloc(1);
    certificates->authorities = X509_STORE_new();
    if (certificates->request == NULL || certificates->authorities == NULL) {
        return complain(file, "there is no memory for it");
    }
    certificates->request[0] = IKL_CERT_X509_SIGNATURE;
    certificates->request_len = 1;
    if (!read_each(file, take_authority, certificates)) {
        return false;
    }
    if (certificates->request_len > 1 + REQUEST_AUTHORITIES_MAX * SHA_DIGEST_LENGTH) {
        certificates->request_len = 1;
    }
    return true;
}

struct certificates *certificates_read(const char *own_file, const char *key_file, const char *authorities_file)
{
    struct certificates *certificates = OPENSSL_zalloc(sizeof(*certificates));
    bool done = certificates != NULL;

    if (done && own_file != NULL) {
        done = read_each(own_file, take_own, certificates) && read_key(certificates, key_file);
    }
    if (done && authorities_file != NULL) {
        done = read_authorities(certificates, authorities_file);
    }
    if (!done) {
        certificates_free(certificates);
        return NULL;
    }
    return certificates;
}

void certificates_free(struct certificates *certificates)
{
    if (certificates == NULL) {
        return;
    }
    for (size_t i = 0; i < certificates->n_chain; i++) {
        X509_free(certificates->chain[i]);
        OPENSSL_free(certificates->bodies[i]);
    }
    EVP_PKEY_free(certificates->key);
    X509_STORE_free(certificates->authorities);
    OPENSSL_free(certificates->request);
    OPENSSL_free(certificates);
}

struct identity certificates_subject(const struct certificates *certificates)
{
    struct identity identity = {.type = 0};
    const X509_NAME *name = X509_get_subject_name(certificates->chain[0]);
    uint8_t *at = identity.data;
    int len = i2d_X509_NAME(name, NULL);

    if (X509_NAME_entry_count(name) > 0 && len > 0 && len <= IDENTITY_MAX) {
        identity.type = IKL_ID_DER_ASN1_DN;
        identity.len = (size_t)i2d_X509_NAME(name, &at);
    }
    return identity;
}

void certificates_add_chain(const struct certificates *certificates, struct payload_list *list)
{
    for (size_t i = 0; i < certificates->n_chain; i++) {
        payload_list_add(list, IKL_PAYLOAD_CERT,
                         (struct ikl_octets){certificates->bodies[i], certificates->body_lens[i]});
    }
}

void certificates_add_request(const struct certificates *certificates, struct payload_list *list)
{
    payload_list_add(list, IKL_PAYLOAD_CERTREQ, (struct ikl_octets){certificates->request, certificates->request_len});
}
