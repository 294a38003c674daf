/* SPDX-License-Identifier: ISC */
/* ikelive payloads: the payloads that are a few fields and a string of octets (RFC 7296 §3.4-3.9, §3.16), and a check
 * of whole payloads of every type. *
 * A reader takes a payload's body, what follows the generic payload header, and gives views of it. Errors:
 * IKL_ERR_TRUNCATED when the body ends before its fields do; IKL_ERR_MALFORMED for what is said at the function.
 *
 * A writer appends a body that its reader reads back to the same values. Errors: IKL_ERR_INVALID, and nothing written,
 * for what its reader refuses and for a body longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer has failed,
 * for want of room here or before.
 *
 * The body of a Vendor ID payload (§3.12) is the Vendor ID: there is nothing to read in it. Notify and Delete are in
 * <ikelive/message.h>, SA in <ikelive/proposals.h>, TSi and TSr in <ikelive/selectors.h>, CP in
 * <ikelive/configuration.h>, SK and SKF in <ikelive/crypto.h>. */
#ifndef IKELIVE_PAYLOADS_H
#define IKELIVE_PAYLOADS_H

#include <ikelive/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Key Exchange payload (§3.4). */
struct ikl_ke {
    uint16_t method;        /* enum ikl_ke_method or another number: the transform ID it is for */
    struct ikl_octets data; /* public value */
};

/* Reads a Key Exchange payload's body. IKL_ERR_MALFORMED when ikl_ke_len knows the length of the method's public values
 * and this one has another. */
IKL_MUST_USE IKL_API int ikl_ke_read(struct ikl_ke *out, struct ikl_octets body);

/* Appends a Key Exchange payload's body. */
IKL_MUST_USE IKL_API int ikl_ke_write(struct ikl_writer *writer, const struct ikl_ke *ke);

/* The length of the public values of a key exchange method; 0 when this library does not know it or the two sides' are
 * of different lengths. */
IKL_API size_t ikl_ke_len(uint16_t method);

/* Identification payloads, IDi and IDr (§3.5). */
struct ikl_id {
    uint8_t type;           /* enum ikl_id_type or another number */
    struct ikl_octets data; /* without terminator */
};

/* Reads an Identification payload's body. IKL_ERR_MALFORMED when an address has not 4 (ID_IPV4_ADDR) or 16
 * (ID_IPV6_ADDR) octets, when an ID_FQDN or ID_RFC822_ADDR holds a NUL, CR or LF, or when an ID_NULL holds anything. */
IKL_MUST_USE IKL_API int ikl_id_read(struct ikl_id *out, struct ikl_octets body);

/* Appends an Identification payload's body. */
IKL_MUST_USE IKL_API int ikl_id_write(struct ikl_writer *writer, const struct ikl_id *id);

/* Certificate payload (§3.6). */
struct ikl_cert {
    uint8_t encoding;       /* enum ikl_cert_encoding or another number */
    struct ikl_octets data; /* in that encoding; not looked into */
};

/* Reads a Certificate payload's body. */
IKL_MUST_USE IKL_API int ikl_cert_read(struct ikl_cert *out, struct ikl_octets body);

/* Appends a Certificate payload's body. */
IKL_MUST_USE IKL_API int ikl_cert_write(struct ikl_writer *writer, const struct ikl_cert *cert);

/* Certificate Request payload (§3.7). */
struct ikl_certreq {
    uint8_t encoding;              /* enum ikl_cert_encoding or another number: what is asked for */
    struct ikl_octets authorities; /* may be empty */
};

#define IKL_AUTHORITY_LEN 20 /* a SHA-1 hash */

/* Reads a Certificate Request payload's body. */
IKL_MUST_USE IKL_API int ikl_certreq_read(struct ikl_certreq *out, struct ikl_octets body);

/* The n-th authority, counted from 0, of a request for X.509 certificates: the hash of its public key, a view of
 * IKL_AUTHORITY_LEN octets. An empty view with null data when there are not so many; octets at the end that are no
 * whole hash are left out, since a request is advice and may be ignored. */
IKL_API struct ikl_octets ikl_certreq_authority(const struct ikl_certreq *request, size_t n);

/* Appends a Certificate Request payload's body. */
IKL_MUST_USE IKL_API int ikl_certreq_write(struct ikl_writer *writer, const struct ikl_certreq *request);

/* Authentication payload (§3.8). */
struct ikl_auth {
    uint8_t method;         /* enum ikl_auth_method or another number */
    struct ikl_octets data; /* not looked into */
};

/* Reads an Authentication payload's body. */
IKL_MUST_USE IKL_API int ikl_auth_read(struct ikl_auth *out, struct ikl_octets body);

/* Appends an Authentication payload's body. */
IKL_MUST_USE IKL_API int ikl_auth_write(struct ikl_writer *writer, const struct ikl_auth *auth);

/* The octets that a nonce has at least and at most (§3.9). */
#define IKL_MIN_NONCE 16
#define IKL_MAX_NONCE 256

/* Reads a Nonce payload's body, which is the nonce. IKL_ERR_MALFORMED when it has not IKL_MIN_NONCE to IKL_MAX_NONCE
 * octets. */
IKL_MUST_USE IKL_API int ikl_nonce_read(struct ikl_octets *out, struct ikl_octets body);

/* Appends a Nonce payload's body. */
IKL_MUST_USE IKL_API int ikl_nonce_write(struct ikl_writer *writer, struct ikl_octets nonce);

/* EAP payload (§3.16): one EAP message. */
struct ikl_eap {
    uint8_t code; /* enum ikl_eap_code or another number */
    uint8_t identifier;
    uint8_t type;           /* of a Request or a Response; else 0 */
    struct ikl_octets data; /* of a Request or a Response; else empty */
};

/* Reads an EAP payload's body. IKL_ERR_MALFORMED when the message's Length is not the body's, or when a message that is
 * neither Request nor Response has more than 4 octets. */
IKL_MUST_USE IKL_API int ikl_eap_read(struct ikl_eap *out, struct ikl_octets body);

/* Appends an EAP payload's body. IKL_ERR_INVALID also when a type or data are given for a message that is neither
 * Request nor Response. */
IKL_MUST_USE IKL_API int ikl_eap_write(struct ikl_writer *writer, const struct ikl_eap *eap);

/* Reads all the structure that a payload has, down to attributes and selectors: IKL_OK, or what the reader or walk of
 * its type says. `response` tells whether the payload came in a response (an SA payload is then the accepted proposal,
 * not an offer). A Vendor ID payload and payloads of types this library does not know have no structure; SK and SKF
 * payloads are for ikl_message_open: all these are IKL_OK. */
IKL_MUST_USE IKL_API int ikl_payload_check(const struct ikl_payload *payload, bool response);

#ifdef __cplusplus
}
#endif
#endif
