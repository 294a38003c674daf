/* SPDX-License-Identifier: ISC */
/* ikeping: the certificate of a peer: who vouches for it, and for whom it is (RFC 5280; RFC 4945). */
#include "certificates.h"

#include "certificates_own.h"

#include <ikelive/registry.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* Keys and hashes of fewer bits of security than 112 prove nothing: that is level 2 of libcrypto. */
enum { SECURITY_LEVEL = 2 };

/* The certificates that a peer has sent. */
struct sent {
    X509 *own; /* the first one */
    STACK_OF(X509) * others;
};

static void sent_free(struct sent *sent)
{
    X509_free(sent->own);
    sk_X509_pop_free(sent->others, X509_free);
}

/* Takes one CERT payload. Null, or what is wrong. */
static const char *take(struct sent *sent, struct ikl_octets body)
{
    struct ikl_cert cert;
    const uint8_t *at;
    X509 *certificate;

    if (ikl_cert_read(&cert, body) != IKL_OK) {
        return "it is malformed";
    }
    if (cert.encoding == IKL_CERT_HASH_AND_URL || cert.encoding == IKL_CERT_HASH_AND_URL_BUNDLE) {
        return "it comes as a hash and a URL, which ikeping does not fetch";
    }
    if (cert.encoding == IKL_CERT_CRL || cert.encoding == IKL_CERT_ARL || cert.encoding == IKL_CERT_OCSP_CONTENT) {
        return NULL; /* only more about certificates */
    }
    if (cert.encoding != IKL_CERT_X509_SIGNATURE) {
        return "it has an encoding that ikeping does not know";
    }
    at = cert.data.data;
    certificate = cert.data.len != 0 ? d2i_X509(NULL, &at, (long)cert.data.len) : NULL;
    if (certificate == NULL || at != cert.data.data + cert.data.len) {
        X509_free(certificate);
        return "it is malformed";
    }
    if (sent->own == NULL) {
        sent->own = certificate;
    } else if (sk_X509_num(sent->others) == CERTIFICATES_CHAIN_MAX - 1 ||
               sk_X509_push(sent->others, certificate) == 0) {
        X509_free(certificate);
        return "there are more than 8 in its chain";
    }
    return NULL;
}

static const char *take_all(struct sent *sent, uint8_t first, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first, payloads);
    struct ikl_payload payload;
    const char *fault = NULL;

    while (fault == NULL && ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_CERT) {
            fault = take(sent, payload.body);
        }
    }
    return fault == NULL && sent->own == NULL ? "there is none" : fault;
}

static const char *explain(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "it has expired, or one that vouches for it has";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "it is not valid yet, or one that vouches for it is not";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "no authority of --ca vouches for it";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return "it was not signed by the authority that it names";
    case X509_V_ERR_INVALID_CA:
        return "one that vouches for it is not that of an authority";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return "a key or a hash in its chain is too weak";
    default:
        return X509_verify_cert_error_string(error);
    }
}

/* Whether one of our authorities vouches for it at this time. */
static const char *verify_chain(const struct certificates *certificates, const struct sent *sent)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    const char *fault = "there is no memory for it";

    if (context != NULL && X509_STORE_CTX_init(context, certificates->authorities, sent->own, sent->others) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

        X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
        (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
        fault = X509_verify_cert(context) == 1 ? NULL : explain(X509_STORE_CTX_get_error(context));
    }
    X509_STORE_CTX_free(context);
    return fault;
}

/* Certificates for IKE, for TLS, or for anything. */
static bool is_purpose(const ASN1_OBJECT *purpose)
{
    static const int purposes[] = {NID_ipsec_IKE,   NID_ipsecEndSystem, NID_ipsecTunnel,        NID_ipsecUser,
                                   NID_server_auth, NID_client_auth,    NID_anyExtendedKeyUsage};
    int nid = OBJ_obj2nid(purpose);

    for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
        if (nid == purposes[i]) {
            return true;
        }
    }
    return false;
}

/* Whether it may sign AUTH payloads. What it does not limit it allows (RFC 4945 §5.1.3). */
static bool may_sign(X509 *certificate)
{
    EXTENDED_KEY_USAGE *purposes = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    bool allowed = purposes == NULL && (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) == 0;

    for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); i++) {
        allowed = allowed || is_purpose(sk_ASN1_OBJECT_value(purposes, i));
    }
    EXTENDED_KEY_USAGE_free(purposes);
    return allowed && (X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

static bool is_subject(X509 *certificate, const struct identity *identity)
{
    const uint8_t *at = identity->data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)identity->len);
    bool same = name != NULL && at == identity->data + identity->len &&
                X509_NAME_cmp(name, X509_get_subject_name(certificate)) == 0;

    X509_NAME_free(name);
    return same;
}

/* Whether it is for this identity: by subjectAltName, which takes names as they are, or by subject. */
static bool is_for(X509 *certificate, const struct identity *identity)
{
    const char *text = (const char *)identity->data;
    unsigned flags = X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

    switch (identity->type) {
    case IKL_ID_FQDN:
        /* one that begins with a dot would stand for each name below it */
        return text[0] != '.' && X509_check_host(certificate, text, identity->len, flags, NULL) == 1;
    case IKL_ID_RFC822_ADDR:
        return X509_check_email(certificate, text, identity->len, flags) == 1;
    case IKL_ID_IPV4_ADDR:
    case IKL_ID_IPV6_ADDR:
        return X509_check_ip(certificate, identity->data, identity->len, 0) == 1;
    case IKL_ID_DER_ASN1_DN:
        return is_subject(certificate, identity);
    default:
        return false;
    }
}

static const char *judge(const struct certificates *certificates, const struct sent *sent,
                         const struct identity *identity)
{
    const char *fault = verify_chain(certificates, sent);

    if (fault != NULL) {
        return fault;
    }
    if (!may_sign(sent->own)) {
        return "it is for another purpose";
    }
    return is_for(sent->own, identity) ? NULL : "it is for another identity than the one given";
}

const char *certificates_judge(const struct certificates *certificates, uint8_t first, struct ikl_octets payloads,
                               const struct identity *identity, EVP_PKEY **key)
{
    struct sent sent = {.others = sk_X509_new_null()};
    const char *fault = sent.others != NULL ? take_all(&sent, first, payloads) : "there is no memory for it";

    if (fault == NULL) {
        fault = judge(certificates, &sent, identity);
    }
    *key = fault == NULL ? X509_get_pubkey(sent.own) : NULL;
    if (fault == NULL && *key == NULL) {
        fault = "its key is of a kind that libcrypto does not know";
    }
    sent_free(&sent);
    ERR_clear_error();
    return fault;
}

void certificates_free_key(EVP_PKEY *key)
{
    EVP_PKEY_free(key);
}
