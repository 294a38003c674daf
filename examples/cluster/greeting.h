/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: how a peer and a gateway come to an IKE SA here: NOT A HANDSHAKE FOR USE. Both know a
 * secret and send a nonce, in a message that looks like IKE_SA_INIT; there is no key exchange, nobody proves anything,
 * and there is no IKE_AUTH. A real host has IKE_SA_INIT and IKE_AUTH in its place; all else would stay as it is. */
#ifndef CLUSTER_GREETING_H
#define CLUSTER_GREETING_H

#include "seal.h"

#include <ikelive/ikelive.h>

enum {
    GREETING_NONCE = 32,
    GREETING_LEN = 28 + 4 + GREETING_NONCE,
    GREETING_SECRET = 32,
    GREETING_REKEY = 8 + GREETING_NONCE
};

/* The address of the cluster, whichever gateway acts: to the peers, and in IKE SAs. What steers datagrams from there to
 * a gateway is outside of both; here the peers send to all gateways, and whoever has the shard answers. */
struct ikl_address greeting_cluster(void);

struct greeting {
    bool rekeys;           /* it is inside an IKE SA, to replace that */
    uint64_t spi_i, spi_r; /* spi_r is 0 in a request */
    uint8_t ni[GREETING_NONCE], nr[GREETING_NONCE];
};

/* What gateways and peers know, out of a file of 32 octets or more; `seal_key` may be null. False, said on stderr. */
bool greeting_read_keys(const char *path, uint8_t secret[GREETING_SECRET], uint8_t seal_key[SEAL_KEY]);

/* Writes GREETING_LEN octets: the request has ni, the response nr. */
void greeting_write(const struct greeting *greeting, bool response, uint8_t *out);

/* Reads one, and leaves what it does not have as it is. False when it is none, or not for what `greeting` has. */
bool greeting_read(struct greeting *greeting, bool response, const uint8_t *datagram, size_t len);

/* The same for what is in CREATE_CHILD_SA, as made up as the rest: a Nonce payload, which begins with the SPI. The body
 * of the payload is written to `out`. */
void greeting_write_rekey(const struct greeting *greeting, bool response, uint8_t out[GREETING_REKEY]);
bool greeting_read_rekey(struct greeting *greeting, bool response, uint8_t first_payload, struct ikl_octets payloads);

/* Makes the IKE SA of a greeting at one of its ends, ESTABLISHED, which has agreed on the synchronisation of Message
 * IDs; with one Child SA, unless it is to replace another. `config` says what is different from end to end. */
int greeting_open(const struct greeting *greeting, const uint8_t secret[GREETING_SECRET], struct ikl_endpoint *endpoint,
                  struct ikl_sa_config *config, struct ikl_keys *keys, ikl_time now, struct ikl_sa **out);

#endif
