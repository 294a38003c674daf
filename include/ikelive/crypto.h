/* SPDX-License-Identifier: ISC */
/* ikelive crypto: algorithms, keys, and the SK and SKF payloads (RFC 7296 §2.13-2.17, §3.14; RFC 7383 §2.5; RFC 5282;
 * RFC 7634). Knows keys, not state and not time.
 *
 * Every algorithm comes from a provider: a table of functions. ikl_provider_sodium is the one in this library;
 * <ikelive/openssl.h> and <ikelive/psa.h> have more algorithms, each in a library of its own; a host can bring its own
 * (a hardware module) by filling the same structs. The library does not trust a provider: it checks what the provider
 * says once, where it is first used, and every function that takes a provider, a cipher or a PRF fails with
 * IKL_ERR_INVALID when a number is out of the range given below, a required function or name is null, or the size is
 * wrong. A provider answers at once, and calls no function of an endpoint. */
#ifndef IKELIVE_CRYPTO_H
#define IKELIVE_CRYPTO_H

#include <ikelive/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Upper bounds for every provider. */
#define IKL_MAX_ENCR_KEY 68 /* encryption key with salt */
#define IKL_MAX_INTEG_KEY 64
#define IKL_MAX_PRF 64 /* output and preferred key of a PRF */
#define IKL_MAX_IV 16
#define IKL_MAX_ICV 32
#define IKL_MAX_CIPHER_STATE 65536

/* What protects an IKE SA. */
struct ikl_suite {
    uint16_t encr;     /* enum ikl_encr */
    uint16_t key_bits; /* Key Length attribute; 0 for algorithms that have none */
    uint16_t integ;    /* enum ikl_integ; IKL_INTEG_NONE with an AEAD */
    uint16_t prf;      /* enum ikl_prf_id */
};

/* How many octets its keys have (struct ikl_keys says where they go):
 *
 *                                          SK_ei, SK_er         SK_ai, SK_ar   SK_d, SK_pi, SK_pr
 *   ENCR_CHACHA20_POLY1305                 32 and 4 of salt     0
 *   AES-GCM-12 and -16, n bits             n/8 and 4 of salt    0
 *   AES-CCM-8, -12 and -16, n bits         n/8 and 3 of salt    0
 *   ENCR_AES_CBC, n bits                   n/8
 *   AUTH_HMAC_SHA1_96                                           20
 *   AUTH_HMAC_SHA2_256_128                                      32
 *   AUTH_HMAC_SHA2_384_192                                      48
 *   AUTH_HMAC_SHA2_512_256                                      64
 *   PRF_HMAC_SHA1                                                              20
 *   PRF_HMAC_SHA2_256, _384, _512                                              32, 48, 64
 *   PRF_AES128_CMAC                                                            16
 *
 * For any other suite the provider's cipher and PRF say it: encr_key_len, integ_key_len and len. */

/* Parses a suite: "chacha20poly1305-prfsha256", "aes256gcm16-prfsha512", "aes256-sha256" (AES-CBC, HMAC and PRF of the
 * same hash), "aes128-sha512-prfsha256", "aes192gcm12-prfsha384", "aes128ccm8-prfaescmac", "aes256-sha1". The names are
 * those in wide use for proposals, without key exchange method. Errors: IKL_ERR_INVALID. A name that parses may still
 * have no provider. */
IKL_MUST_USE IKL_API int ikl_suite_parse(struct ikl_suite *out, const char *name);

/* Writes the suite's name, always terminated when size > 0; an algorithm without a name as its number, "encr23-prf4".
 * Returns the length of the text, as snprintf does. */
IKL_API int ikl_suite_name(const struct ikl_suite *suite, char *text, size_t size);

/* What a cipher makes key state from. Whoever calls `init` sets `size`; a provider reads no field beyond it. */
struct ikl_cipher_init {
    size_t size;                     /* sizeof(struct ikl_cipher_init) */
    const uint8_t *encr_key;         /* as many octets as the cipher's encr_key_len says */
    const uint8_t *integ_key;        /* as many as its integ_key_len says; may be null with an AEAD */
    const struct ikl_cipher *cipher; /* whose `init` this is: one function can serve many */
};

/* One way to protect SK payloads: an AEAD, or a cipher with a MAC. A provider fills it once, constant.
 *
 * `seal` and `open` see a message as
 *     aad_len octets: header up to the end of the SK (SKF) payload's fixed fields | iv_len: IV |
 *     text_len: ciphertext, padding included | icv_len: ICV
 * and must work at any alignment. */
struct ikl_cipher {
    size_t size; /* sizeof(struct ikl_cipher), for growth */
    const char *name;
    uint16_t encr_key_len;  /* octets of SK_ei and SK_er, salt included; at most IKL_MAX_ENCR_KEY */
    uint16_t integ_key_len; /* octets of SK_ai and SK_ar; 0 with an AEAD; at most IKL_MAX_INTEG_KEY */
    uint8_t iv_len;         /* at most IKL_MAX_IV */
    uint8_t icv_len;        /* 1 to IKL_MAX_ICV */
    uint8_t block_len;      /* plaintext with padding and Pad Length is a multiple of it; at least 1 */
    bool counter_iv;    /* true: the IV must only never repeat (a counter will do); false: it must be unpredictable */
    bool deterministic; /* the same state, message and IV always seal to the same octets, so a message can be made again
                         */
    size_t state_size;  /* octets of key state for one direction; at most IKL_MAX_CIPHER_STATE; 0 where the keys live
                           elsewhere: `state` then points to no octet of its own. ikl_sa_migrate copies the state to
                           another place of the same alignment, and never uses the old one again */

    /* Makes key state. `state` is aligned to 8 when state_size is a multiple of 8, else not aligned at all. IKL_OK or
     * an error. */
    int (*init)(void *state, const struct ikl_cipher_init *keys);
    /* Encrypts the text in place and writes the ICV behind it. IKL_OK or an error. */
    int (*seal)(const void *state, uint8_t *message, size_t aad_len, size_t text_len);
    /* Verifies `message` (tags compared in constant time), then decrypts `text_len` octets to `plaintext`. IKL_OK,
     * IKL_ERR_FORGED, or another error. On an error `plaintext` holds nothing of the plaintext. */
    int (*open)(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext);
    /* Releases what `init` acquired. Null when that is nothing but the state, which the library wipes itself. */
    void (*clear)(void *state);
    const void *own; /* the provider's own, for `init` to see which cipher it is; the library does not look at it */
};

/* The input of a PRF: a key, and a message made of the parts one after the other. Whoever calls `compute` sets `size`;
 * a provider reads no field beyond it. */
struct ikl_prf_input {
    size_t size;        /* sizeof(struct ikl_prf_input) */
    const uint8_t *key; /* may be null when key_len is 0 */
    size_t key_len;
    const struct ikl_octets *parts; /* may be null when n_parts is 0 */
    size_t n_parts;
};

/* One pseudorandom function. */
struct ikl_prf {
    size_t size; /* sizeof(struct ikl_prf), for growth */
    const char *name;
    uint8_t len; /* octets of output and of its preferred key; 1 to IKL_MAX_PRF */
    /* Writes `len` octets. IKL_OK or an error. */
    int (*compute)(const struct ikl_prf_input *input, uint8_t *out);
    /* Octets of each nonce in the key of SKEYSEED (§2.14): 8 with PRF_AES128_XCBC and PRF_AES128_CMAC; 0: all, as with
     * every other. */
    size_t nonce_len;
};

/* A source of algorithms. */
struct ikl_provider {
    size_t size; /* sizeof(struct ikl_provider), for growth */
    const char *name;
    /* The cipher for encr, key_bits and integ of a suite. IKL_OK, IKL_ERR_UNSUPPORTED or IKL_ERR_NO_AES. */
    int (*cipher)(const struct ikl_suite *suite, const struct ikl_cipher **out);
    /* The PRF with this transform ID. IKL_OK or IKL_ERR_UNSUPPORTED. Null when the provider has no PRF: an endpoint
     * needs none, because it gets derived keys; functions that derive keys fail with IKL_ERR_INVALID. */
    int (*prf)(uint16_t id, const struct ikl_prf **out);
    /* SHA-1 over the parts (20 octets), for NAT_DETECTION hashes (§2.23). Null when the provider has none. */
    int (*sha1)(const struct ikl_octets *parts, size_t n, uint8_t *out);
};

/* The name of the first field that breaks the rules above, "iv_len"; null when none does. Static strings. Every
 * function that takes such a struct makes the same check. */
IKL_API const char *ikl_cipher_error(const struct ikl_cipher *cipher);
IKL_API const char *ikl_prf_error(const struct ikl_prf *prf);
IKL_API const char *ikl_provider_error(const struct ikl_provider *provider);

/* libsodium: ENCR_CHACHA20_POLY1305; AES-256-GCM-16 where libsodium can (else IKL_ERR_NO_AES); PRF_HMAC_SHA2_256 and
 * _512. No AES-CBC and no SHA-1: libsodium has neither. A library that was built without libsodium (IKELIVE_SODIUM=OFF)
 * has nothing here: IKL_ERR_UNSUPPORTED. */
IKL_API extern const struct ikl_provider ikl_provider_sodium;

/* The same, but it keeps AES keys expanded instead of expanding one for each message: a message under AES-GCM costs
 * less, and an IKE SA takes 984 octets more. */
IKL_API extern const struct ikl_provider ikl_provider_sodium_expanded;

/* prf+ (§2.13): `out_len` octets from the key of `input` and from its parts, at most 6, which are the seed. Errors:
 * IKL_ERR_INVALID when out_len is above 255 times the PRF's length, or there are more parts; what the PRF reports:
 * `out` is then wiped. */
IKL_MUST_USE IKL_API int ikl_prf_plus(const struct ikl_prf *prf, const struct ikl_prf_input *input, uint8_t *out,
                                      size_t out_len);

#define IKL_MAX_ADDITIONAL 7 /* key exchanges of one IKE SA or Child SA besides the first (RFC 9370 §2.2.1) */

/* What keys are derived from: the result of IKE_SA_INIT or CREATE_CHILD_SA. Fill it once for all the functions below;
 * each reads the fields that its formula names. */
struct ikl_kdf_input {
    size_t size;                     /* sizeof(struct ikl_kdf_input) */
    struct ikl_octets ni, nr;        /* the nonces, 16 to 256 octets each (§3.9) */
    struct ikl_octets shared_secret; /* g^ir; empty without a key exchange */
    uint64_t spi_i, spi_r;           /* of the IKE SA that gets the keys */
    /* SK(1), SK(2), ... of the additional key exchanges in IKE_FOLLOWUP_KE, in their order, none empty (RFC 9370
     * §2.2.4); at most IKL_MAX_ADDITIONAL; `additional` may be null when there is none. Not those of IKE_INTERMEDIATE:
     * see ikl_keys_change. */
    const struct ikl_octets *additional;
    size_t n_additional;
};

/* The functions below fail with IKL_ERR_INVALID when a nonce is too short or too long, the shared secret of a SKEYSEED
 * is empty, an additional one is empty or there are too many of them, or an SK_d or SKEYSEED is empty or longer than
 * IKL_MAX_PRF. When the PRF or the provider reports an error, they wipe `out` and return that error. */

/* SKEYSEED of an initial exchange (§2.14): prf(Ni | Nr, g^ir), `prf->len` octets. */
IKL_MUST_USE IKL_API int ikl_skeyseed(const struct ikl_prf *prf, const struct ikl_kdf_input *input, uint8_t *out);

/* SKEYSEED of a rekeyed IKE SA (§2.18): prf(SK_d (old), g^ir (new) | Ni | Nr | SK(1) | ... SK(n)). `prf` is the old IKE
 * SA's. */
IKL_MUST_USE IKL_API int ikl_skeyseed_rekey(const struct ikl_prf *prf, struct ikl_octets old_sk_d,
                                            const struct ikl_kdf_input *input, uint8_t *out);

/* The keys of an IKE SA. Wipe them after use. */
struct ikl_keys {
    uint8_t prf_len;       /* octets of sk_d, sk_pi, sk_pr */
    uint8_t integ_key_len; /* octets of sk_ai, sk_ar */
    uint8_t encr_key_len;  /* octets of sk_ei, sk_er */
    uint8_t sk_d[IKL_MAX_PRF];
    uint8_t sk_ai[IKL_MAX_INTEG_KEY], sk_ar[IKL_MAX_INTEG_KEY];
    uint8_t sk_ei[IKL_MAX_ENCR_KEY], sk_er[IKL_MAX_ENCR_KEY];
    uint8_t sk_pi[IKL_MAX_PRF], sk_pr[IKL_MAX_PRF];
};

/* {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr) (§2.14). `skeyseed` is
 * as long as the output of the PRF that made it. Errors: what `provider` says of the suite; IKL_ERR_INVALID, also when
 * its algorithms exceed the bounds above. After any error `out` is wiped. */
IKL_MUST_USE IKL_API int ikl_keys_derive(struct ikl_keys *out, const struct ikl_provider *provider,
                                         const struct ikl_suite *suite, struct ikl_octets skeyseed,
                                         const struct ikl_kdf_input *input);

/* The keys after an additional key exchange in IKE_INTERMEDIATE (RFC 9370 §2.2.2), in place of those before it:
 * SKEYSEED(n) = prf(SK_d(n - 1), SK(n) | Ni | Nr), and from that all keys as in ikl_keys_derive. The shared secret of
 * `input` is SK(n); nonces and SPIs are those of IKE_SA_INIT; `additional` is not used. Errors: those of
 * ikl_keys_derive and ikl_skeyseed_rekey, and IKL_ERR_INVALID when `keys` are not of this suite. After any error `keys`
 * are as before. IKELIVE_KEY_CHANGES OFF leaves this and ikl_int_auth out. */
IKL_MUST_USE IKL_API int ikl_keys_change(struct ikl_keys *keys, const struct ikl_provider *provider,
                                         const struct ikl_suite *suite, const struct ikl_kdf_input *input);

/* KEYMAT of a Child SA (§2.17): prf+(SK_d, g^ir | Ni | Nr | SK(1) | ... SK(n)). */
IKL_MUST_USE IKL_API int ikl_child_keymat(const struct ikl_prf *prf, struct ikl_octets sk_d,
                                          const struct ikl_kdf_input *input, uint8_t *out, size_t out_len);

/* What IKE_AUTH authenticates of the IKE_INTERMEDIATE messages before it (RFC 9242 §3.3.2): of each message its headers
 * and its payloads as they were before they were protected, whether it went out in fragments or not. */

#define IKL_INT_AUTH_HEADERS 32 /* octets of the IKE header and the generic header of the SK payload */

/* One such message, of either side. */
struct ikl_int_auth {
    size_t size; /* sizeof(struct ikl_int_auth) */
    struct ikl_header
        header;            /* length is not read; next_payload only with `unprotected`; minor and flags as they are */
    uint8_t first_payload; /* type of the first payload inside SK */
    uint8_t reserved;      /* the octet after it in the generic header of SK or, in fragments, of the first SKF */
    struct ikl_octets unprotected; /* payloads before the SK payload, which no peer has a reason to send */
    struct ikl_octets plaintext;   /* the payloads inside, without padding, whole if it came in fragments */
    struct ikl_octets previous;    /* the same side's IntAuth of the exchange before; empty in the first */
};

/* Writes the headers in IntAuth_A, with lengths as if the message were neither fragmented nor encrypted: the IKE header
 * of IKL_HEADER_LEN octets, behind which `unprotected` belongs, then the generic header of the SK payload.
 * IKL_ERR_INVALID when the size is wrong, or one of `plaintext` and `unprotected` is longer than IKL_MAX_BODY. */
IKL_MUST_USE IKL_API int ikl_int_auth_headers(const struct ikl_int_auth *message, uint8_t out[IKL_INT_AUTH_HEADERS]);

/* IntAuth of a message: prf(SK_p, previous | IntAuth_A | plaintext), `prf->len` octets. Of the peer's messages
 * struct ikl_peer_request and struct ikl_outcome give all but `previous`. `sk_p` is SK_pi for the
 * initiator's messages and SK_pr for the responder's, of the keys that protected the message: those before a change
 * that the exchange makes. `out` may be where `previous` is. IntAuth in the AUTH payload is that of the initiator's
 * last message, then of the responder's last, then the Message ID of the first IKE_AUTH in four octets. Errors: those
 * of ikl_int_auth_headers; IKL_ERR_INVALID when `sk_p` is empty or longer than IKL_MAX_PRF, or `prf` breaks its rules;
 * what the PRF reports: `out` is then wiped. */
IKL_MUST_USE IKL_API int ikl_int_auth(const struct ikl_prf *prf, struct ikl_octets sk_p,
                                      const struct ikl_int_auth *message, uint8_t *out);

/* Overwrites `len` octets with zeros; the compiler does not optimise that away. */
IKL_API void ikl_wipe(void *memory, size_t len);

/* Compares `len` octets in a time that does not depend on them. */
IKL_MUST_USE IKL_API bool ikl_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* What ikl_message_seal protects. */
struct ikl_sealing {
    struct ikl_header header;    /* next_payload and length are set by ikl_message_seal */
    uint8_t first_payload;       /* type of the first payload inside; 0 in all fragments but the first */
    struct ikl_octets plaintext; /* the payloads inside; may lie anywhere in the output buffer */
    const uint8_t *iv;           /* iv_len octets, outside the output buffer */
    const uint8_t *padding;      /* padding_len octets, outside it too; null: the shortest that fits, zeros */
    uint8_t padding_len;         /* 0 when `padding` is null */
    uint16_t fragment_number;    /* 0: an SK payload; else the SKF payload with this number (RFC 7383) */
    uint16_t fragment_total;
};

/* The length of a message that protects `plaintext_len` octets with the shortest padding; `fragment` for SKF; SIZE_MAX
 * when that is more than the Length of an SK payload can hold. */
IKL_API size_t ikl_message_sealed_len(const struct ikl_cipher *cipher, size_t plaintext_len, bool fragment);

/* Builds a whole message: header, one SK or SKF payload, nothing else. `len` receives its length. Errors:
 * IKL_ERR_NO_BUFFER when `size` is too small; IKL_ERR_INVALID when the padding does not fit the block length or
 * padding_len is given without padding, the message is longer than the Length of an SK payload can hold, or the
 * fragment numbers contradict each other; what the cipher reports. After an error all `size` octets of `out` are
 * wiped. */
IKL_MUST_USE IKL_API int ikl_message_seal(const struct ikl_cipher *cipher, const void *state,
                                          const struct ikl_sealing *what, uint8_t *out, size_t size, size_t *len);

/* A message that was opened. Views point into the datagram or the caller's plaintext buffer. */
struct ikl_opened {
    struct ikl_header header;
    uint8_t first_payload;       /* type of the first payload inside */
    struct ikl_octets plaintext; /* the payloads inside, padding removed */
    struct ikl_octets padding;   /* the padding, without the Pad Length octet */
    struct ikl_octets iv;
    struct ikl_octets icv;
    uint16_t fragment_number; /* 0: it was an SK payload */
    uint16_t fragment_total;
    uint8_t critical; /* type of the first payload before SK that is unknown and critical: reject the message (§2.5);
                         IKL_PAYLOAD_NONE: there is none */
    uint8_t
        reserved; /* the second octet of the generic header of the SK or SKF payload, which is 0 in those of today */
};

/* Verifies and decrypts the message in `datagram` (without non-ESP marker) into `plaintext`, which needs room for at
 * most `len` octets and must not overlap the datagram. Payloads before the SK or SKF payload are authenticated with it
 * and otherwise ignored, but for `critical`. Errors, and nothing written to `out`: those of ikl_header_read and
 * ikl_chain_next; IKL_ERR_UNPROTECTED when there is no SK or SKF payload; IKL_ERR_MALFORMED when that payload is too
 * short for the cipher, is not a multiple of its block, has impossible fragment numbers, or has a Pad Length larger
 * than what was decrypted; IKL_ERR_FORGED when the integrity check fails; IKL_ERR_NO_BUFFER. The chain inside is not
 * walked. */
IKL_MUST_USE IKL_API int ikl_message_open(const struct ikl_cipher *cipher, const void *state, const uint8_t *datagram,
                                          size_t len, uint8_t *plaintext, size_t size, struct ikl_opened *out);

#ifdef __cplusplus
}
#endif
#endif
