/* SPDX-License-Identifier: ISC */
/* ikelive examples: key exchange methods (RFC 7296 §3.4, Diffie-Hellman groups): key pairs, public values and shared
 * secrets, the same for the caller whichever library computes them. */
#ifndef EXAMPLES_DH_H
#define EXAMPLES_DH_H

#include <ikelive/base.h>

/* Transform IDs of type 4. X25519 is libsodium's (RFC 8031), the others need libcrypto: MODP (RFC 3526), ECP (RFC
 * 5903), and X448 (RFC 8031). ML-KEM (FIPS 203) is in libcrypto from 3.5 on: there the answer is no public value, but a
 * ciphertext, of another length. */
enum {
    DH_MODP_1536 = 5,
    DH_MODP_2048 = 14,
    DH_MODP_3072 = 15,
    DH_MODP_4096 = 16,
    DH_ECP_256 = 19,
    DH_ECP_384 = 20,
    DH_ECP_521 = 21,
    DH_X25519 = 31,
    DH_X448 = 32,
    DH_ML_KEM_512 = 35,
    DH_ML_KEM_768 = 36,
    DH_ML_KEM_1024 = 37
};

#define DH_MAX_LEN 1568 /* octets of a public value or a shared secret of any of them */

/* A key pair. */
struct dh_key;

/* The group with this name, "modp2048", or 0 when none has it. A group that has a name may not be available. */
uint16_t dh_group_by_name(const char *name);

/* The name of a group; null when it has none here. */
const char *dh_group_name(uint16_t group);

/* Whether the library that the group needs is there: this program was built with it, and it has the group. */
bool dh_group_available(uint16_t group);

/* Whether it is ML-KEM: only dh_key_answer answers that. */
bool dh_group_is_kem(uint16_t group);

/* Draws a new key pair with the randomness of the library that computes it. Errors: IKL_ERR_UNSUPPORTED when the group
 * is not available; IKL_ERR_NO_MEMORY; IKL_ERR_CRYPTO. */
IKL_MUST_USE int dh_key_new(struct dh_key **out, uint16_t group);

/* Answers a public value of the peer's: draws a key pair, or what takes its place, and writes the shared secret, as
 * dh_key_new and dh_key_agree do. Errors: theirs; `out` is then null. */
IKL_MUST_USE int dh_key_answer(struct dh_key **out, uint16_t group, struct ikl_octets peer_public, uint8_t *shared,
                               size_t *len);

/* Wipes the key pair. Null is allowed. */
void dh_key_free(struct dh_key *key);

uint16_t dh_key_group(const struct dh_key *key);

/* The Key Exchange Data of a KE payload: for MODP padded with zeros in front to the length of the prime, for ECP both
 * coordinates one after the other. Valid as long as the key pair. */
struct ikl_octets dh_key_public(const struct dh_key *key);

/* Writes the shared secret g^ir to `shared`, which has room for DH_MAX_LEN octets; its length is always the group's
 * (for MODP with zeros in front, for ECP the x coordinate, §2.14). Errors: IKL_ERR_MALFORMED when the peer's public
 * value has another length than the group's or is none that may be used (RFC 6989, RFC 8031 §5); IKL_ERR_CRYPTO. Wipe
 * the secret after use. */
IKL_MUST_USE int dh_key_agree(const struct dh_key *key, struct ikl_octets peer_public, uint8_t *shared, size_t *len);

#endif
