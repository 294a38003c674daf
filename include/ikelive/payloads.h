/* SPDX-License-Identifier: ISC */
/* ikelive payloads: the contents of payloads (RFC 7296 §3.3-3.9, §3.13, §3.15, §3.16), and a check of whole payloads of
 * every type.
 *
 * A reader takes a payload's body, which follows the generic payload header, and gives views of it. Errors:
 * IKL_ERR_TRUNCATED when the body ends before its fields do; IKL_ERR_MALFORMED for the reasons given at the function.
 *
 * A writer appends a body; its reader reads the same values back. Errors: IKL_ERR_INVALID, and nothing written, for
 * what the reader refuses and for a body longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer has failed, for
 * want of room here or before.
 *
 * The body of a Vendor ID payload (§3.12) is the Vendor ID, so it has no reader. Notify and Delete are in
 * <ikelive/message.h>, SK and SKF in <ikelive/crypto.h>. */
#ifndef IKELIVE_PAYLOADS_H
#define IKELIVE_PAYLOADS_H

#include <ikelive/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Checks the whole structure of a payload, down to attributes and selectors: IKL_OK, or the error of the reader or walk
 * for its type. `response` says that the payload came in a response: an SA payload is then the accepted proposal, not
 * an offer. Vendor ID payloads and payloads of unknown types have no structure, and SK and SKF payloads are for
 * ikl_message_open: all these are IKL_OK. */
IKL_MUST_USE IKL_API int ikl_payload_check(const struct ikl_payload *payload, bool response);

/* A few fields and a string of octets: KE, IDi, IDr, CERT, CERTREQ, AUTH, Ni, Nr, EAP. */

/* Key Exchange payload (§3.4). */
struct ikl_ke {
    uint16_t method;        /* enum ikl_ke_method or another number: the transform ID it is for */
    struct ikl_octets data; /* public value */
};

/* Reads a Key Exchange payload's body. IKL_ERR_MALFORMED when ikl_ke_len knows another length for the method's public
 * values. */
IKL_MUST_USE IKL_API int ikl_ke_read(struct ikl_ke *out, struct ikl_octets body);

/* Appends a Key Exchange payload's body. */
IKL_MUST_USE IKL_API int ikl_ke_write(struct ikl_writer *writer, const struct ikl_ke *ke);

/* The length of the public values of a key exchange method; 0 when this library does not know it, or when the two sides
 * have different lengths. */
IKL_API size_t ikl_ke_len(uint16_t method);

/* Identification payloads, IDi and IDr (§3.5). */
struct ikl_id {
    uint8_t type;           /* enum ikl_id_type or another number */
    struct ikl_octets data; /* without terminator */
};

/* Reads an Identification payload's body. IKL_ERR_MALFORMED when an address does not have 4 (ID_IPV4_ADDR) or 16
 * (ID_IPV6_ADDR) octets, when an ID_FQDN or ID_RFC822_ADDR holds a NUL, CR or LF, or when an ID_NULL holds anything. */
IKL_MUST_USE IKL_API int ikl_id_read(struct ikl_id *out, struct ikl_octets body);

/* Appends an Identification payload's body. */
IKL_MUST_USE IKL_API int ikl_id_write(struct ikl_writer *writer, const struct ikl_id *id);

/* Certificate payload (§3.6). */
struct ikl_cert {
    uint8_t encoding;       /* enum ikl_cert_encoding or another number */
    struct ikl_octets data; /* in that encoding; not parsed */
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

/* Authority `n`, counted from 0, of a request for X.509 certificates: the hash of its public key, a view of
 * IKL_AUTHORITY_LEN octets. When there are fewer, an empty view with null data. Octets at the end that do not fill a
 * hash are ignored, since a request is only advice. */
IKL_API struct ikl_octets ikl_certreq_authority(const struct ikl_certreq *request, size_t n);

/* Appends a Certificate Request payload's body. */
IKL_MUST_USE IKL_API int ikl_certreq_write(struct ikl_writer *writer, const struct ikl_certreq *request);

/* Authentication payload (§3.8). */
struct ikl_auth {
    uint8_t method;         /* enum ikl_auth_method or another number */
    struct ikl_octets data; /* not parsed */
};

/* Reads an Authentication payload's body. */
IKL_MUST_USE IKL_API int ikl_auth_read(struct ikl_auth *out, struct ikl_octets body);

/* Appends an Authentication payload's body. */
IKL_MUST_USE IKL_API int ikl_auth_write(struct ikl_writer *writer, const struct ikl_auth *auth);

/* Octets of the shortest and the longest nonce (§3.9). */
#define IKL_MIN_NONCE 16
#define IKL_MAX_NONCE 256

/* Reads a Nonce payload's body, which is the nonce. IKL_ERR_MALFORMED when it has fewer than IKL_MIN_NONCE or more than
 * IKL_MAX_NONCE octets. */
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

/* The SA payload (§3.3): proposals hold transforms, and these hold attributes.
 *
 * Each level has its walk, which gives views of the payload and checks what it passes: when it ends with IKL_ERR_END,
 * the lengths, counts and last-markers of its level agree, and of the level below too for transforms. After an error
 * every further call returns the same error. RESERVED fields are ignored on receipt and written as 0. */

/* Who wrote the SA payload. */
enum ikl_sa_payload {
    IKL_SA_OFFER,   /* the initiator of the exchange: one or more proposals, numbered from 1 without gaps */
    IKL_SA_ACCEPTED /* the responder: one proposal, with the number it had in the offer and one transform of each
                       type */
};

struct ikl_proposal {
    uint8_t number;               /* from 1 */
    uint8_t protocol;             /* enum ikl_protocol or another number */
    uint8_t n_transforms;         /* at least 1 */
    bool accepted;                /* from an accepted payload: ikl_transforms refuses a second transform of a type */
    struct ikl_octets spi;        /* IKE: 8 octets, or none in the initial exchange; AH and ESP: 4 octets */
    struct ikl_octets transforms; /* for ikl_transforms */
};

/* Walks the proposals of an SA payload. */
struct ikl_proposals {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
    uint16_t number;          /* that the next proposal must have; 0: any but 0 */
};

/* A walk over the SA payload with this body. */
IKL_API struct ikl_proposals ikl_proposals(struct ikl_octets body, enum ikl_sa_payload kind);

/* Gives the next proposal; IKL_ERR_END after the last. An error takes the place of the proposal that is wrong:
 * IKL_ERR_TRUNCATED when it runs past the end or its fields run past its own end; IKL_ERR_MALFORMED when its length is
 * too short for its fixed fields, its last-marker contradicts what follows, its number is wrong for the kind of
 * payload, it is not the only one of an accepted payload, its SPI has the wrong length for its protocol, or it has no
 * transforms. An SA payload without proposals is IKL_ERR_TRUNCATED. */
IKL_MUST_USE IKL_API int ikl_proposals_next(struct ikl_proposals *proposals, struct ikl_proposal *out);

struct ikl_transform {
    uint8_t type;                 /* enum ikl_transform_type or another number */
    uint16_t id;                  /* what it means depends on the type */
    uint16_t key_bits;            /* value of the Key Length attribute; 0 when there is none */
    struct ikl_octets attributes; /* for ikl_attributes: all of them, Key Length too */
};

/* Walks the transforms of a proposal. */
struct ikl_transforms {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
    uint8_t left;             /* transforms to come */
    bool accepted;            /* no type may come twice */
    uint32_t types[8];        /* a bit for each type that came */
};

/* A walk over the transforms of a proposal that ikl_proposals_next gave. */
IKL_API struct ikl_transforms ikl_transforms(const struct ikl_proposal *proposal);

/* Gives the next transform; IKL_ERR_END after the last. An error takes the place of the transform that is wrong:
 * IKL_ERR_TRUNCATED when it runs past the end or an attribute runs past its own end; IKL_ERR_MALFORMED when its length
 * is too short for its fixed fields, its last-marker or the number of transforms contradicts what follows, or it has
 * two Key Length attributes or one that ikl_attributes_next refuses. */
IKL_MUST_USE IKL_API int ikl_transforms_next(struct ikl_transforms *transforms, struct ikl_transform *out);

struct ikl_attribute {
    uint16_t type;          /* enum ikl_attribute_type or another number; 15 bits */
    bool fixed;             /* TV form, with `value`; else TLV form, with `data` */
    uint16_t value;         /* 0 in TLV form */
    struct ikl_octets data; /* empty in TV form */
};

/* Walks the attributes of a transform. */
struct ikl_attributes {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
};

/* A walk over the attributes of a transform that ikl_transforms_next gave. */
IKL_API struct ikl_attributes ikl_attributes(const struct ikl_transform *transform);

/* Gives the next attribute; IKL_ERR_END after the last. An error takes the place of the attribute that is wrong:
 * IKL_ERR_TRUNCATED when it runs past the end; IKL_ERR_MALFORMED when it is a Key Length in TLV form (§3.3.5). */
IKL_MUST_USE IKL_API int ikl_attributes_next(struct ikl_attributes *attributes, struct ikl_attribute *out);

/* Walks all levels of the SA payload: IKL_OK, or the first error. */
IKL_MUST_USE IKL_API int ikl_proposals_check(struct ikl_octets body, enum ikl_sa_payload kind);

/* Writes the body of an SA payload: a proposal, its transforms, the next proposal, and so on. Every call patches
 * lengths, counts and last-markers, so the body is whole whenever every proposal has a transform. Write nothing else to
 * the writer meanwhile. The fields are the library's. */
struct ikl_proposals_writer {
    struct ikl_writer *writer;
    size_t start;          /* of the body */
    size_t end;            /* where the last call left the writer */
    size_t proposal;       /* where the last proposal begins */
    size_t transform;      /* where the last transform begins */
    uint16_t number;       /* of the next proposal */
    uint16_t n_proposals;  /* written */
    uint16_t n_transforms; /* written, of the last proposal */
    bool accepted;         /* one proposal only, with one transform of each type */
    bool has_key_length;   /* the last transform has the attribute */
    uint32_t types[8];     /* a bit for each type of transform written, of an accepted proposal */
};

/* An offer that begins at the current end of `writer`, which must outlive it. */
IKL_API struct ikl_proposals_writer ikl_offer_writer(struct ikl_writer *writer);

/* The same for an accepted proposal, with the number that it had in the offer. */
IKL_API struct ikl_proposals_writer ikl_accepted_writer(struct ikl_writer *writer, uint8_t number);

/* Errors of the three functions below: IKL_ERR_INVALID, and nothing written, for the reasons given there, for what
 * ikl_proposals_check would refuse, for a body longer than IKL_MAX_BODY, and when something else was written meanwhile;
 * IKL_ERR_NO_BUFFER when the writer has failed, for want of room here or before. */

/* Appends a proposal without transforms. IKL_ERR_INVALID also when the proposal before it has no transforms, or this
 * one would be number 256 or the second of an accepted payload. */
IKL_MUST_USE IKL_API int ikl_write_proposal(struct ikl_proposals_writer *proposals, uint8_t protocol,
                                            struct ikl_octets spi);

/* Appends a transform to the last proposal, with a Key Length attribute unless `key_bits` is 0. IKL_ERR_INVALID also
 * when there is no proposal or it has 255 transforms. */
IKL_MUST_USE IKL_API int ikl_write_transform(struct ikl_proposals_writer *proposals, uint8_t type, uint16_t id,
                                             uint16_t key_bits);

/* Appends an attribute to the last transform. IKL_ERR_INVALID also when the last proposal has no transform, the type
 * has more than 15 bits, `data` is not empty in TV form or `value` is not 0 in TLV form. */
IKL_MUST_USE IKL_API int ikl_write_attribute(struct ikl_proposals_writer *proposals,
                                             const struct ikl_attribute *attribute);

/* The Traffic Selector payloads, TSi and TSr (§3.13). */

/* One traffic selector. In a range of IPv4 (IPv6) addresses `start` and `end` have 4 (16) octets and `other` is empty;
 * in a selector of any other type `start` and `end` are empty and the ports 0. Nothing checks whether a range is empty
 * (start above end): ports have special pairs (OPAQUE is 65535 to 0), and whoever narrows decides what to do with an
 * empty range. */
struct ikl_selector {
    uint8_t type;     /* enum ikl_ts_type or another number */
    uint8_t protocol; /* IP protocol, 0 for any; in other types the octet that is there */
    uint16_t start_port;
    uint16_t end_port;
    struct ikl_octets start;
    struct ikl_octets end;
    struct ikl_octets other; /* what follows the Selector Length in a selector that is not a range of addresses */
};

/* Walks the selectors of a TSi or TSr payload. */
struct ikl_selectors {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
    uint8_t left;             /* selectors to come */
};

/* A walk over the TSi or TSr payload with this body. */
IKL_API struct ikl_selectors ikl_selectors(struct ikl_octets body);

/* Gives the next selector, as a view; IKL_ERR_END after the last. An error takes the place of the selector that is
 * wrong: IKL_ERR_TRUNCATED when it runs past the end; IKL_ERR_MALFORMED when its length is wrong for its type or too
 * short for any type, or when octets follow the last selector by number. A payload without selectors is
 * IKL_ERR_MALFORMED. After an error every further call returns the same error. RESERVED fields are ignored. */
IKL_MUST_USE IKL_API int ikl_selectors_next(struct ikl_selectors *selectors, struct ikl_selector *out);

/* The same, but skips selectors that are not ranges of IPv4 or IPv6 addresses. */
IKL_MUST_USE IKL_API int ikl_selectors_next_range(struct ikl_selectors *selectors, struct ikl_selector *out);

/* True for a range of IPv4 or IPv6 addresses. */
IKL_API bool ikl_selector_is_range(const struct ikl_selector *selector);

/* Walks the whole payload: IKL_OK, or the first error. */
IKL_MUST_USE IKL_API int ikl_selectors_check(struct ikl_octets body);

/* Appends the body of a payload with `n` selectors. Errors: IKL_ERR_INVALID, and nothing written, when `n` is 0 or
 * above 255, when a selector gives a field that its type does not have or an address of the wrong length, or when the
 * body would be longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer has failed, for want of room here or
 * before. */
IKL_MUST_USE IKL_API int ikl_selectors_write(struct ikl_writer *writer, const struct ikl_selector *selectors, size_t n);

/* The Configuration payload, CP (§3.15). */

struct ikl_cfg {
    uint8_t type;                 /* enum ikl_cfg_type or another number */
    struct ikl_octets attributes; /* for ikl_cfg_attributes; may be empty */
};

/* Reads the fixed part of a Configuration payload's body. RESERVED fields are ignored. Errors: IKL_ERR_TRUNCATED. */
IKL_MUST_USE IKL_API int ikl_cfg_read(struct ikl_cfg *out, struct ikl_octets body);

struct ikl_cfg_attribute {
    uint16_t type;           /* enum ikl_cfg_attribute_type or another number; 15 bits */
    struct ikl_octets value; /* as long as the peer made it, whatever the type: check before reading */
};

/* Walks the attributes of a Configuration payload. */
struct ikl_cfg_attributes {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
};

/* A walk over the attributes of a payload that ikl_cfg_read gave. */
IKL_API struct ikl_cfg_attributes ikl_cfg_attributes(const struct ikl_cfg *cfg);

/* Gives the next attribute, as a view; IKL_ERR_END after the last. IKL_ERR_TRUNCATED takes the place of an attribute
 * that runs past the end, and every further call returns it too. The reserved bit beside the type is ignored. */
IKL_MUST_USE IKL_API int ikl_cfg_attributes_next(struct ikl_cfg_attributes *attributes, struct ikl_cfg_attribute *out);

/* Walks the whole payload with this body: IKL_OK, or the first error. */
IKL_MUST_USE IKL_API int ikl_cfg_check(struct ikl_octets body);

/* Appends the body of a payload with `n` attributes, which may be none. Errors: IKL_ERR_INVALID, and nothing written,
 * when a type has more than 15 bits or the body would be longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer
 * has failed, for want of room here or before. */
IKL_MUST_USE IKL_API int ikl_cfg_write(struct ikl_writer *writer, uint8_t type,
                                       const struct ikl_cfg_attribute *attributes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
