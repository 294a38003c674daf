/* SPDX-License-Identifier: ISC */
/* ikelive message: the IKEv2 header, the payload chain, Notify and Delete (RFC 7296 §3.1, §3.2, §3.10, §3.11), and the
 * cursors that read and write them. Knows the wire format, not keys and not time.
 *
 * Parsing gives views of the datagram: nothing is copied. Writing goes through a cursor; one that only counts gives the
 * length in advance. RESERVED fields are ignored on receipt and written as 0. */
#ifndef IKELIVE_MESSAGE_H
#define IKELIVE_MESSAGE_H

#include <ikelive/base.h>
#include <ikelive/registry.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cursors: octets in, octets out, every access checked against a bound. They know octets, not IKE.
 *
 * Both cursors remember the first failure, so read or write a whole structure in wire order and check once, at the end.
 * Nothing is allocated or copied; views point into the caller's memory. */

/* Reads forward. All fields are for reading only. */
struct ikl_reader {
    const uint8_t *at; /* the next octet */
    size_t left;       /* octets from `at` to the end; 0 once the reader has failed, so that loops over it end */
    bool failed;       /* a read went past the end; since then every read gives 0 or null */
};

/* A reader over `len` octets at `data`, which must outlive it and every view it gives. `data` may be null when
 * `len` is 0. */
IKL_API struct ikl_reader ikl_reader(const uint8_t *data, size_t len);

/* The next 1, 2, 4 or 8 octets as a big-endian number; 0 once the reader has failed. */
IKL_API uint8_t ikl_read_u8(struct ikl_reader *reader);
IKL_API uint16_t ikl_read_u16(struct ikl_reader *reader);
IKL_API uint32_t ikl_read_u32(struct ikl_reader *reader);
IKL_API uint64_t ikl_read_u64(struct ikl_reader *reader);

/* A view of the next `len` octets; an empty view with null data once the reader has failed. */
IKL_API struct ikl_octets ikl_read_octets(struct ikl_reader *reader, size_t len);

/* A reader over the next `len` octets, which this reader skips; a failed reader once this one has failed. */
IKL_API struct ikl_reader ikl_read_part(struct ikl_reader *reader, size_t len);

/* Writes forward into a caller's buffer, or only counts. Fields are for reading only. */
struct ikl_writer {
    uint8_t *data; /* start of the buffer; null: count only */
    size_t size;   /* octets there */
    size_t len;    /* octets written, or that would have been; never wraps, stays at SIZE_MAX */
    bool failed;   /* a write went past the end; since then nothing is stored, and `len` goes on counting */
};

/* A writer over `size` octets at `data`, which must outlive it. A null `data` makes a writer that only counts and
 * never fails. */
IKL_API struct ikl_writer ikl_writer(uint8_t *data, size_t size);

/* Appends a number in big-endian order. */
IKL_API void ikl_write_u8(struct ikl_writer *writer, uint8_t value);
IKL_API void ikl_write_u16(struct ikl_writer *writer, uint16_t value);
IKL_API void ikl_write_u32(struct ikl_writer *writer, uint32_t value);
IKL_API void ikl_write_u64(struct ikl_writer *writer, uint64_t value);

/* Appends `len` octets from `data`, which may overlap the buffer and may be null when `len` is 0. */
IKL_API void ikl_write_octets(struct ikl_writer *writer, const uint8_t *data, size_t len);

/* Appends `len` zero octets. */
IKL_API void ikl_write_zeros(struct ikl_writer *writer, size_t len);

/* Overwrites octets that were written at `offset`, to fill in a length or a type later. Does nothing when the writer
 * has failed or only counts; makes it fail when the octets at `offset` were not all written before. */
IKL_API void ikl_patch_u8(struct ikl_writer *writer, size_t offset, uint8_t value);
IKL_API void ikl_patch_u16(struct ikl_writer *writer, size_t offset, uint16_t value);
IKL_API void ikl_patch_u32(struct ikl_writer *writer, size_t offset, uint32_t value);

/* The header. */

#define IKL_HEADER_LEN 28        /* the IKE header (§3.1) */
#define IKL_PAYLOAD_HEADER_LEN 4 /* the generic payload header (§3.2) */
#define IKL_MAX_BODY 65531       /* octets behind a generic payload header, whose Length counts itself too */
#define IKL_NON_ESP_MARKER_LEN 4 /* zero octets before the IKE header on port 4500 (RFC 3948 §2.2) */

/* Header flags (§3.1). */
#define IKL_FLAG_INITIATOR 0x08u /* the sender is the original initiator of the IKE SA */
#define IKL_FLAG_VERSION 0x10u   /* the sender can speak a higher major version */
#define IKL_FLAG_RESPONSE 0x20u

/* The IKE header. */
struct ikl_header {
    uint64_t spi_i;        /* IKE SA initiator's SPI, the 8 octets read as a big-endian number */
    uint64_t spi_r;        /* responder's SPI; 0 in the first IKE_SA_INIT request */
    uint8_t next_payload;  /* type of the first payload */
    uint8_t minor;         /* minor version; ignored on receipt */
    uint8_t exchange_type; /* enum ikl_exchange_type or another number */
    uint8_t flags;         /* as received; only the Initiator and Response flags mean anything */
    uint32_t message_id;
    uint32_t length; /* of the whole message */
};

/* Reads the header of the message in `datagram` (without non-ESP marker). Errors: IKL_ERR_TRUNCATED when shorter than a
 * header, IKL_ERR_VERSION when the major version is not 2, IKL_ERR_LENGTH when the Length field is not `len`,
 * IKL_ERR_MALFORMED when the initiator's SPI is 0, except in an INFORMATIONAL that begins with a notification: a node
 * that knows no IKE SA may send one like that (§1.5). */
IKL_MUST_USE IKL_API int ikl_header_read(struct ikl_header *out, const uint8_t *datagram, size_t len);

/* Appends the header, with major version 2 and minor version 0. Of `flags` it writes Initiator and Response only (the
 * others are 0 when sent, §3.1); the other fields it writes as given. */
IKL_API void ikl_header_write(struct ikl_writer *writer, const struct ikl_header *header);

/* Patches the header that was written at `offset`, as ikl_patch_u8 does: Next Payload becomes `first`, and Length the
 * octets written from there on. Use it when you write the header before you know the payloads. */
IKL_API void ikl_header_patch(struct ikl_writer *writer, size_t offset, uint8_t first);

/* One payload of a chain, received or to be sent. */
struct ikl_payload {
    uint8_t type;           /* enum ikl_payload_type or another number */
    bool critical;          /* the Critical bit; written as 0 for types this library knows (§3.2) */
    struct ikl_octets body; /* what follows the generic payload header */
};

/* Walks a chain of payloads: one after the header, or one inside an SK payload. */
struct ikl_chain {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
    uint8_t next;             /* type of the next payload, or of the first one inside the SK payload that was last */
};

/* A walk over `octets`, whose first payload has type `first`. With IKL_PAYLOAD_NONE there is no payload, and any octet
 * is IKL_ERR_MALFORMED. */
IKL_API struct ikl_chain ikl_chain(uint8_t first, struct ikl_octets octets);

/* Gives the next payload, as a view; IKL_ERR_END after the last. An error takes the place of the payload that is wrong:
 * IKL_ERR_TRUNCATED when it runs past the end, IKL_ERR_MALFORMED when its length is below 4, when it is the last and
 * octets are left after it, or when it is an SK or SKF payload and something follows it (that ends the chain: its Next
 * Payload field names the first payload inside, §3.14, see ikl_chain_inner). After an error every further call returns
 * the same error. */
IKL_MUST_USE IKL_API int ikl_chain_next(struct ikl_chain *chain, struct ikl_payload *out);

/* The type of the first payload inside the SK or SKF payload that ikl_chain_next gave last. */
IKL_API uint8_t ikl_chain_inner(const struct ikl_chain *chain);

/* Walks the whole chain: IKL_OK, or the error that ended the walk. With `inside_sk` an SK or SKF payload is
 * IKL_ERR_MALFORMED. In a chain without such errors an unknown payload type with the Critical bit set is
 * IKL_ERR_CRITICAL and the first such type goes to `critical_type`, which may be null (§2.5); types this library knows
 * are never refused for that bit (§3.2). */
IKL_MUST_USE IKL_API int ikl_chain_check(uint8_t first, struct ikl_octets octets, bool inside_sk,
                                         uint8_t *critical_type);

/* True for the payload types of RFC 7296 and RFC 7383. */
IKL_API bool ikl_payload_known(uint8_t type);

/* Appends a chain of `n` payloads with their generic headers. Errors: IKL_ERR_INVALID, and nothing written, when a body
 * is longer than IKL_MAX_BODY or a type is IKL_PAYLOAD_NONE, SK or SKF (ikl_message_seal writes those);
 * IKL_ERR_NO_BUFFER when the writer has failed, for want of room here or before. */
IKL_MUST_USE IKL_API int ikl_chain_write(struct ikl_writer *writer, const struct ikl_payload *payloads, size_t n);

/* The type of the first of `n` payloads, IKL_PAYLOAD_NONE when there are none. */
IKL_API uint8_t ikl_chain_first(const struct ikl_payload *payloads, size_t n);

/* Writes a chain in place: begin a payload, append its body, end it, begin the next one. */
struct ikl_chain_writer {
    struct ikl_writer *writer;
    size_t next_at; /* where the type of the next payload goes; 0 before the first */
    size_t payload; /* where the payload being written begins */
    uint8_t first;  /* type of the first payload; IKL_PAYLOAD_NONE until one was ended */
    uint8_t type;   /* of the payload being written; IKL_PAYLOAD_NONE between payloads */
};

/* A chain that begins at the current end of `writer`, which must outlive it. */
IKL_API struct ikl_chain_writer ikl_chain_writer(struct ikl_writer *writer);

/* Appends the generic header of a payload; append its body to the writer next. Errors: IKL_ERR_INVALID, and nothing
 * written, when the type is one that ikl_chain_write refuses or a payload is being written; IKL_ERR_NO_BUFFER when the
 * writer has failed, for want of room here or before. */
IKL_MUST_USE IKL_API int ikl_payload_begin(struct ikl_chain_writer *chain, uint8_t type, bool critical);

/* Ends the payload: patches its length and type, so all that was appended is a whole chain. Errors: IKL_ERR_INVALID
 * when no payload is being written; IKL_ERR_INVALID when its body is longer than IKL_MAX_BODY: the writer and the chain
 * are then as they were before ikl_payload_begin; IKL_ERR_NO_BUFFER when the writer has failed. */
IKL_MUST_USE IKL_API int ikl_payload_end(struct ikl_chain_writer *chain);

/* Notify payload (§3.10). */
struct ikl_notify {
    uint8_t protocol;       /* enum ikl_protocol; without SPI ignored on receipt and written as 0 */
    uint16_t type;          /* enum ikl_notify_type or another number */
    struct ikl_octets spi;  /* 4 octets for AH and ESP; at most 255 */
    struct ikl_octets data; /* notification data */
};

/* True for errors, false for status types (§3.10.1): an error of unknown type in a response means that the request
 * failed, a status of unknown type is ignored. */
IKL_API bool ikl_notify_is_error(uint16_t type);

/* Reads a Notify payload's body. Errors: IKL_ERR_TRUNCATED; IKL_ERR_MALFORMED when the notification is about the IKE SA
 * and has an SPI, or is about an AH or ESP SA and its SPI does not have 4 octets. */
IKL_MUST_USE IKL_API int ikl_notify_read(struct ikl_notify *out, struct ikl_octets body);

/* Appends a Notify payload's body. Errors: IKL_ERR_INVALID, and nothing written, for an SPI that ikl_notify_read
 * refuses or that is longer than 255 octets, and for a body longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer
 * has failed, for want of room here or before. */
IKL_MUST_USE IKL_API int ikl_notify_write(struct ikl_writer *writer, const struct ikl_notify *notify);

/* The notification QUICK_CRASH_DETECTION (RFC 6290 §4.1). A peer that gave its token away inside SK, and lost its state
 * since, shows it unprotected to prove that. */

/* Octets of the shortest and the longest token. */
#define IKL_MIN_TOKEN 16
#define IKL_MAX_TOKEN 128

/* Reads the token from a Notify payload's body, as a view. Errors: those of ikl_notify_read; IKL_ERR_NOT_FOUND when it
 * is another notification; IKL_ERR_MALFORMED when it has an SPI, or its token is shorter or longer than allowed. The
 * Protocol ID is ignored, as of any notification without an SPI. */
IKL_MUST_USE IKL_API int ikl_token_read(struct ikl_octets *out, struct ikl_octets body);

/* Appends the body of that notification, with Protocol ID 1. Errors: IKL_ERR_INVALID, and nothing written, when the
 * token is shorter or longer than allowed; IKL_ERR_NO_BUFFER when the writer has failed, for want of room here or
 * before. */
IKL_MUST_USE IKL_API int ikl_token_write(struct ikl_writer *writer, struct ikl_octets token);

/* The notifications that bring counters in step when another member of a cluster takes an IKE SA over (RFC 6311 §6):
 * IKEV2_MESSAGE_ID_SYNC and IPSEC_REPLAY_COUNTER_SYNC. */

/* The Message IDs of a node (§6.3). */
struct ikl_message_id_sync {
    uint32_t nonce;   /* of the request; the same in its response */
    uint32_t send;    /* the Message ID of the sender's next request */
    uint32_t receive; /* the Message ID that it expects in the other's next request */
};

/* By how much to increment the replay counters of what is sent on all Child SAs (§6.4). */
struct ikl_replay_sync {
    uint64_t delta;
    bool extended; /* 8 octets, for Extended Sequence Numbers; else 4 */
};

/* Each reads one of them from a Notify payload's body. Errors: those of ikl_notify_read; IKL_ERR_NOT_FOUND when it is
 * another notification; IKL_ERR_MALFORMED when it has an SPI, or its data has another length. The Protocol ID is
 * ignored, as of any notification without an SPI. */
IKL_MUST_USE IKL_API int ikl_message_id_sync_read(struct ikl_message_id_sync *out, struct ikl_octets body);
IKL_MUST_USE IKL_API int ikl_replay_sync_read(struct ikl_replay_sync *out, struct ikl_octets body);

/* Each appends the body of one of them, with Protocol ID 0. Errors: IKL_ERR_INVALID, and nothing written, for a `delta`
 * above 2^32 - 1 that is not `extended`; IKL_ERR_NO_BUFFER when the writer has failed, for want of room here or before.
 */
IKL_MUST_USE IKL_API int ikl_message_id_sync_write(struct ikl_writer *writer, const struct ikl_message_id_sync *sync);
IKL_MUST_USE IKL_API int ikl_replay_sync_write(struct ikl_writer *writer, const struct ikl_replay_sync *sync);

/* The notification ADDITIONAL_KEY_EXCHANGE (RFC 9370 §2.2.4): a responder of CREATE_CHILD_SA or IKE_FOLLOWUP_KE says
 * with it that another IKE_FOLLOWUP_KE must follow, and that request gives its link back. */

/* Reads the link from a Notify payload's body, as a view; only the responder can tell what it means. Errors: those of
 * ikl_notify_read; IKL_ERR_NOT_FOUND when it is another notification; IKL_ERR_MALFORMED when it has an SPI. The
 * Protocol ID is ignored, as of any notification without an SPI. */
IKL_MUST_USE IKL_API int ikl_key_exchange_link_read(struct ikl_octets *out, struct ikl_octets body);

/* Appends the body of that notification. Errors: those of ikl_notify_write. */
IKL_MUST_USE IKL_API int ikl_key_exchange_link_write(struct ikl_writer *writer, struct ikl_octets link);

/* Delete payload (§3.11). */
struct ikl_delete {
    uint8_t protocol;       /* IKL_PROTOCOL_IKE, _AH or _ESP */
    uint8_t spi_size;       /* 0 for IKE, 4 for AH and ESP */
    uint16_t n_spis;        /* 0 for IKE */
    struct ikl_octets spis; /* n_spis times spi_size octets */
};

/* Reads a Delete payload's body. Errors: IKL_ERR_TRUNCATED; IKL_ERR_MALFORMED when protocol, SPI size and count
 * contradict each other, or octets are left over. */
IKL_MUST_USE IKL_API int ikl_delete_read(struct ikl_delete *out, struct ikl_octets body);

/* The n-th SPI of a Delete payload for AH or ESP; 0 when there is none. */
IKL_API uint32_t ikl_delete_spi(const struct ikl_delete *payload, size_t n);

/* Appends a Delete payload's body. Errors: IKL_ERR_INVALID, and nothing written, when its fields contradict each other
 * or the body is longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer has failed, for want of room here or
 * before. */
IKL_MUST_USE IKL_API int ikl_delete_write(struct ikl_writer *writer, const struct ikl_delete *payload);

#ifdef __cplusplus
}
#endif
#endif
