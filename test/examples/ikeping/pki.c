/* SPDX-License-Identifier: ISC */
/* Certificates for tests. */
#define _POSIX_C_SOURCE 200809L
#include "pki.h"

#include "support/test.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <string.h>
#include <sys/stat.h>

static EVP_PKEY *make_key(const char *kind)
{
    static const struct {
        const char *kind, *curve;
    } curves[] = {{"p256", "P-256"}, {"p384", "P-384"}, {"p521", "P-521"}, {"k256", "secp256k1"}};

    for (size_t i = 0; i < COUNT_OF(curves); i++) {
        if (strcmp(kind, curves[i].kind) == 0) {
            return EVP_EC_gen(curves[i].curve);
        }
    }
    if (strncmp(kind, "rsa", 3) == 0) {
        return EVP_RSA_gen(strcmp(kind, "rsa1024") == 0 ? 1024u : 2048u);
    }
    return EVP_PKEY_Q_keygen(NULL, NULL, strcmp(kind, "ed25519") == 0 ? "ED25519" : "ED448");
}

static void extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension;

    if (value == NULL) {
        return;
    }
    extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void set_dates(X509 *certificate, const struct pki_wish *wish)
{
    const char *from = wish->from != NULL ? wish->from : "20000101000000Z";
    const char *until = wish->until != NULL ? wish->until : "29990101000000Z";

    assert_int_equal(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), from), 1);
    assert_int_equal(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), until), 1);
}

struct pki pki_make(const struct pki_wish *wish, const struct pki *issuer)
{
    static long serial;
    struct pki made = {X509_new(), make_key(wish->key)};
    const struct pki *by = issuer != NULL ? issuer : &made;
    int signer = EVP_PKEY_get_base_id(by->key);
    bool hashes = signer != EVP_PKEY_ED25519 && signer != EVP_PKEY_ED448;
    X509_NAME *name = X509_get_subject_name(made.certificate);

    assert_non_null(made.key);
    assert_int_equal(X509_set_version(made.certificate, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), ++serial), 1);
    assert_int_equal(X509_set_pubkey(made.certificate, made.key), 1);
    if (wish->name != NULL) {
        assert_int_equal(
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wish->name, -1, -1, 0), 1);
    }
    assert_int_equal(X509_set_issuer_name(made.certificate, X509_get_subject_name(by->certificate)), 1);
    set_dates(made.certificate, wish);
    extend(made.certificate, NID_basic_constraints, wish->is_authority != 0 ? "critical,CA:TRUE" : "CA:FALSE");
    extend(made.certificate, NID_subject_alt_name, wish->alt);
    extend(made.certificate, NID_key_usage, wish->usage);
    extend(made.certificate, NID_ext_key_usage, wish->purposes);
    assert_true(X509_sign(made.certificate, by->key,
                          !hashes                ? NULL
                          : wish->digest != NULL ? wish->digest
                                                 : EVP_sha256()) > 0);
    return made;
}

void pki_free(struct pki *pki)
{
    X509_free(pki->certificate);
    EVP_PKEY_free(pki->key);
    *pki = (struct pki){NULL, NULL};
}

void pki_write(const char *file, const struct pki *certificates, size_t n)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(PEM_write_X509(out, certificates[i].certificate), 1);
    }
    fclose(out);
}

void pki_write_key(const char *file, const struct pki *pki)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    assert_int_equal(chmod(file, 0600), 0);
    assert_int_equal(PEM_write_PrivateKey(out, pki->key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(out);
}
