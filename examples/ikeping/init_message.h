/* SPDX-License-Identifier: ISC */
/* ikeping: what an IKE_SA_INIT message says, request or response (RFC 7296 §1.2, §2.6, §2.23). */
#ifndef IKEPING_INIT_MESSAGE_H
#define IKEPING_INIT_MESSAGE_H

#include "payload_list.h"

#include <ikelive/path.h>
#include <ikelive/payloads.h>

/* Views of the message. What it does not have is without `data`. */
struct init_message {
    struct ikl_octets proposals; /* body of the SA payload */
    struct ikl_ke ke;
    struct ikl_octets nonce;
    struct ikl_octets cookie;
    struct ikl_octets redirect; /* data of REDIRECT (RFC 5685) */
    uint16_t error;             /* the first error notification; 0: none */
    struct ikl_octets error_data;
    bool fragmentation; /* IKEV2_FRAGMENTATION_SUPPORTED */
    bool intermediate;  /* INTERMEDIATE_EXCHANGE_SUPPORTED (RFC 9242) */
    bool childless;     /* CHILDLESS_IKEV2_SUPPORTED */
    uint16_t hashes;    /* those of SIGNATURE_HASH_ALGORITHMS (RFC 7427); see signature.h */
    bool nat_detection; /* NAT_DETECTION_SOURCE_IP and _DESTINATION_IP */
    bool no_nat_there;  /* a NAT_DETECTION_SOURCE_IP is the address that the message came from */
    bool no_nat_here;   /* NAT_DETECTION_DESTINATION_IP is the address that the message came to */
};

/* Reads the payloads of a message that came along `path`. Errors: IKL_ERR_TRUNCATED, IKL_ERR_MALFORMED. */
IKL_MUST_USE int init_message_read(struct init_message *out, const struct ikl_header *header,
                                   struct ikl_octets payloads, const struct ikl_path *path);

/* Adds both NAT_DETECTION notifications for a message along `path`, if this build can make them. With `pretend` the
 * hash of our own address is a false one, so that the peer finds us behind a NAT. */
void init_message_add_nat_detection(struct payload_list *list, uint64_t spi_i, uint64_t spi_r,
                                    const struct ikl_path *path, bool pretend);

/* Adds a Key Exchange payload, a Nonce payload, both of them. */
void init_message_add_ke(struct payload_list *list, const struct ikl_ke *ke);
void init_message_add_nonce(struct payload_list *list, struct ikl_octets nonce);
void init_message_add_key(struct payload_list *list, const struct ikl_ke *ke, struct ikl_octets nonce);

/* Adds the notification that names these hash algorithms, unless there are none. */
void init_message_add_hashes(struct payload_list *list, uint16_t hashes);

#endif
