/* SPDX-License-Identifier: ISC */
/* Certificates for tests, made by libcrypto, and the files that they are read from. */
#ifndef TEST_IKEPING_PKI_H
#define TEST_IKEPING_PKI_H

#include <openssl/x509.h>

/* What a certificate is to be. What is null or 0 is left out. */
struct pki_wish {
    const char *key;      /* kind of its key: "rsa", "rsa1024", "p256", "p384", "p521", "k256", "ed25519", "ed448" */
    const char *name;     /* its common name */
    const char *alt;      /* subjectAltName, as "DNS:a.example" */
    const char *usage;    /* keyUsage, as "keyAgreement" */
    const char *purposes; /* extendedKeyUsage, as "codeSigning" */
    const char *from;     /* "20000101000000Z" when it is null */
    const char *until;    /* "29990101000000Z" when it is null */
    const EVP_MD *digest; /* SHA2-256 when it is null */
    int is_authority;
};

struct pki {
    X509 *certificate;
    EVP_PKEY *key;
};

/* Makes a certificate; of null it is its own issuer. */
struct pki pki_make(const struct pki_wish *wish, const struct pki *issuer);

void pki_free(struct pki *pki);

/* Writes `n` certificates in PEM, and a key, to a file that its owner alone can read. */
void pki_write(const char *file, const struct pki *certificates, size_t n);
void pki_write_key(const char *file, const struct pki *pki);

#endif
