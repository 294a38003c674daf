/* SPDX-License-Identifier: ISC */
/* Recorded sessions of real peers: the keys of their IKE SAs and every datagram.
 *
 * A session is a text file of four kinds of lines:
 *     suite NAME-KEYEXCHANGE
 *     psk SECRET
 *     sa key=value ...      an IKE SA, older ones first
 *     msg key=value ...     a datagram, in order of time
 * Octets and SPIs are in hexadecimal, other numbers in decimal. Keys that are not listed here are ignored. */
#ifndef TEST_SESSION_FILE_H
#define TEST_SESSION_FILE_H

#include <ikelive/base.h>

struct session_sa {
    uint64_t spi_i;
    uint64_t spi_r;
    uint64_t rekeyed_from; /* SPIi of the IKE SA that this one was rekeyed from; 0: made by an IKE_SA_INIT exchange */
    struct ikl_octets ni, nr, key_i, key_r, shared_secret, skeyseed;  /* key_i, key_r: Key Exchange Data */
    struct ikl_octets sk_d, sk_ai, sk_ar, sk_ei, sk_er, sk_pi, sk_pr; /* without `data`: not in the file */
};

struct session_message {
    uint64_t t_ms; /* since the first message */
    uint64_t spi_i;
    uint64_t spi_r;
    uint64_t exchange_type, flags, message_id;
    uint64_t source_port, destination_port;
    uint64_t first_payload;      /* inside the SK payload */
    struct ikl_octets iv;        /* without `data`: the message is not protected */
    struct ikl_octets plaintext; /* the payloads inside */
    struct ikl_octets padded;    /* those, padding and Pad Length */
    struct ikl_octets datagram;  /* without non-ESP marker */
};

struct session {
    char *text;        /* what everything else points into */
    const char *suite; /* as ikl_suite_parse takes it */
    const char *key_exchange;
    const char *psk;
    struct session_sa *sas;
    size_t n_sas;
    struct session_message *messages;
    size_t n_messages;
};

/* Reads a session; end it with session_free. On failure returns false and says why in `reason`. */
bool session_read(struct session *out, const char *path, char *reason, size_t reason_size);

/* Does nothing for a session of zeros. */
void session_free(struct session *session);

/* The IKE SA with these SPIs; null when there is none. */
const struct session_sa *session_find_sa(const struct session *session, uint64_t spi_i, uint64_t spi_r);

#endif
