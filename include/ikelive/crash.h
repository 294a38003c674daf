/* SPDX-License-Identifier: ISC */
/* ikelive crash: quick crash detection (RFC 6290). After its IKE SA is authenticated a node gives its peer a token,
 * inside SK. If it then loses its state, it answers the peer's next request, of an IKE SA that it knows no more, with
 * that token. The peer sees that nobody else can have sent it, and ends the IKE SA at once, with IKL_DOWN_CRASHED,
 * instead of at the end of its schedule. A node may be the maker of tokens, the taker of its peer's, or both.
 *
 * The maker. An endpoint makes tokens of secrets that the host keeps over its boots: config.token_maker, or
 * ikl_endpoint_set_token_maker. The host gives each peer the token of ikl_endpoint_token:
 *   - in its IKE_AUTH request or response with the AUTH payload, behind that (§4.2);
 *   - after a rekey of the IKE SA that the peer began, in the response to CREATE_CHILD_SA (§4.3);
 *   - after one that it began itself, in an INFORMATIONAL on the new IKE SA, at once: ikl_sa_send_token.
 * After that the endpoint sees to everything, see struct ikl_token_maker.
 *
 * ESP with an SPI that is not known is answered by the host, with INVALID_SPI. No token goes with that (§8.2), for
 * which Child SPIs would have to be kept over boots. Where the peer's host calls ikl_sa_hint for it, as it should, the
 * liveness check of that hint is answered with the token, one round trip later.
 *
 * The taker. The host gives the payloads of each such message to ikl_sa_take_token. After that
 *   - an unprotected message with the SPIs of the IKE SA and its token ends it, wherever that comes from (§3, §4.5),
 *     and whatever else it says, as INVALID_SPI (§8.2): `outcome`, `state`, `reachability`, `child_down` and `down` are
 *     told as ever, and nothing is sent. Its reason is IKL_DOWN_CRASHED; for an IKE SA that is REKEYED or DELETING it
 *     is what it would be if its Delete was answered;
 *   - the first four tokens of a message are compared, in constant time; one that is equal suffices (§4.5);
 *   - a message with other tokens is what it would be without any, a hint perhaps (ikl_sa_hint), and is counted in
 *     `tokens_refused`. So is a token for an IKE SA that has none. Of each IKE SA a burst of eight messages with tokens
 *     is looked at, and then one a second; the others count as refused unseen (§8.1);
 *   - what is kept is a digest of the token, wiped when the IKE SA ends. An IKE SA without one takes no octet more, one
 *     that has it 80 at most, and it goes along when the IKE SA moves to another endpoint. */
#ifndef IKELIVE_CRASH_H
#define IKELIVE_CRASH_H

#include <ikelive/sa.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Octets of a token that an endpoint makes. */
#define IKL_TOKEN_LEN 32

/* Octets of the shortest secret (§5.1), and the most secrets at a time. */
#define IKL_MIN_SECRET 32
#define IKL_MAX_SECRETS 4

/* How an endpoint makes tokens, and when it shows them.
 *
 * It shows them only to whoever sends a request of CREATE_CHILD_SA, INFORMATIONAL or IKE_FOLLOWUP_KE with an SK payload
 * or the first SKF payload, for an IKE SA that it does not know. The answer goes back to where the request came from,
 * unprotected: INVALID_IKE_SPI and the tokens, one for each secret, with the Message ID and the exchange of the
 * request (§4.5); `send` gets no IKE SA with it. The request still is IKL_ERR_UNKNOWN_SPI, and told by `unmatched`.
 * Whoever forges where a request comes from makes no flood of it: the answer has only as many tokens, the newest first,
 * as fit in three times the request's length. That is one at least, three for a liveness check of 57 octets, as AES-GCM
 * and ChaCha20-Poly1305 make it, and four for any request of 66.
 *
 * The token of an IKE SA that lives never leaves it unprotected (§9.2). So there is no answer
 *   - if the endpoint has an IKE SA with either SPI, whatever its state;
 *   - if our SPI does not begin with config.spi_prefix: it is for another endpoint;
 *   - if a tombstone has either SPI: see ikl_endpoint_receive;
 *   - if an IKE SA was moved away by ikl_sa_migrate, as long as `lives_elsewhere` is null;
 *   - if `lives_elsewhere` says so.
 * What the endpoint cannot know is for the host to see to: IKE SAs that are still to be handed over, and other
 * endpoints or machines with one of these secrets. Set a maker only once all IKE SAs of before are handed over.
 * Endpoints that share a secret give `lives_elsewhere`, or each has a prefix that no SPI of another begins with: that
 * keeps their IKE SAs safe, as long as none of them moves, also where the peer's SPI begins with a prefix and somebody
 * flips the Initiator flag. A token is bound to the role of its maker, so what such a request brings out is none that a
 * peer has. */
struct ikl_token_maker {
    size_t size; /* sizeof(struct ikl_token_maker) */
    /* The secrets, the newest first: tokens to give away are made of the first one, and those to show of each, so that
     * an older one can be retired once the IKE SAs of its time are gone. Each has IKL_MIN_SECRET octets or more, random
     * and known to nobody else: whoever knows one can end every IKE SA. The octets are borrowed as long as the endpoint
     * has this maker, the list is copied. */
    const struct ikl_octets *secrets;
    size_t n_secrets;            /* 1 to IKL_MAX_SECRETS */
    uint32_t answers_per_second; /* those beyond are left out; at most 1000; 0: 100. As many may go out at once */
    /* Whether an IKE SA with these SPIs lives anywhere else. Null: it cannot. A leaf: see struct ikl_callbacks. */
    bool (*lives_elsewhere)(void *user, uint64_t spi_i, uint64_t spi_r);
};

/* The first field for which a maker is refused: "size", "secrets" or "answers_per_second"; null when there is none.
 * Static strings. */
IKL_API const char *ikl_token_maker_error(const struct ikl_token_maker *maker);

/* Changes config.token_maker, as when secrets are rolled over; null: none from now on. Errors, and nothing changed:
 * IKL_ERR_INVALID when the maker is refused; IKL_ERR_UNSUPPORTED when no provider of the endpoint has
 * PRF_HMAC_SHA2_256; IKL_ERR_REENTRANT inside a leaf. */
IKL_MUST_USE IKL_API int ikl_endpoint_set_token_maker(struct ikl_endpoint *endpoint,
                                                      const struct ikl_token_maker *maker);

/* Makes the token to give the peer of the IKE SA with these SPIs, which the endpoint need not know yet, inside SK and
 * nowhere else: ikl_token_write makes a notification of it. `original_initiator` is our role, as in struct
 * ikl_sa_config. It is ikl_token_make of PRF_HMAC_SHA2_256 and the first secret. Wipe it after use. Errors:
 * IKL_ERR_STATE when the endpoint makes no tokens; what the provider reports. */
IKL_MUST_USE IKL_API int ikl_endpoint_token(const struct ikl_endpoint *endpoint, uint64_t spi_i, uint64_t spi_r,
                                            bool original_initiator, uint8_t out[IKL_TOKEN_LEN]);

/* The token alone: prf(secret, SPI of the initiator | SPI of the responder | role), `prf->len` octets; the role is one
 * octet, 1 when the maker is the original initiator and 0 when it is the responder. Errors: IKL_ERR_INVALID when the
 * secret is shorter than IKL_MIN_SECRET octets, or the output of the PRF is shorter than IKL_MIN_TOKEN or the PRF
 * breaks its rules; what the PRF reports: `out` is then wiped. */
IKL_MUST_USE IKL_API int ikl_token_make(const struct ikl_prf *prf, struct ikl_octets secret, uint64_t spi_i,
                                        uint64_t spi_r, bool original_initiator, uint8_t *out);

/* Gives the peer our token for this IKE SA in an INFORMATIONAL request, as ikl_sa_request does. Errors: those of
 * ikl_endpoint_token and of ikl_sa_request. */
IKL_MUST_USE IKL_API int ikl_sa_send_token(struct ikl_sa *sa, const struct ikl_request_options *options, ikl_time now,
                                           struct ikl_request **out);

/* Takes the peer's token for this IKE SA, if there is one among these payloads, which came inside SK: of IKE_AUTH or,
 * for the new IKE SA, of the CREATE_CHILD_SA that made it, or of an INFORMATIONAL of this IKE SA. It replaces an
 * earlier one; of several the last one counts. May allocate. Errors, and an earlier token stays: IKL_ERR_NOT_FOUND when
 * there is none; IKL_ERR_MALFORMED when one is wrong, or the chain is; IKL_ERR_STATE while the IKE SA has no keys, and
 * when it is DYING or DEAD; IKL_ERR_UNSUPPORTED when no provider of the endpoint has PRF_HMAC_SHA2_256; what the
 * provider reports; IKL_ERR_NO_MEMORY: see config.reserve_tokens. */
IKL_MUST_USE IKL_API int ikl_sa_take_token(struct ikl_sa *sa, uint8_t first_payload, struct ikl_octets payloads,
                                           ikl_time now);

#ifdef __cplusplus
}
#endif
#endif
