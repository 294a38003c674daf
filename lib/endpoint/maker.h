/* SPDX-License-Identifier: ISC */
/* ikelive maker: the tokens that an endpoint makes, and to whom it shows them (RFC 6290). */
#ifndef IKL_MAKER_H
#define IKL_MAKER_H

#include <ikelive/crash.h>

struct ikl_fault;
struct ikl_message;

struct ikl_maker {
    struct ikl_octets secrets[IKL_MAX_SECRETS];
    uint32_t n_secrets; /* 0: it makes no tokens */
    uint32_t per_second;
    ikl_time full_at; /* see limit.h */
    bool (*lives_elsewhere)(void *user, uint64_t spi_i, uint64_t spi_r);
    bool sa_left; /* an IKE SA was moved to another endpoint */
};

/* The PRF that tokens are made with, or their digests: PRF_HMAC_SHA2_256 of the first provider that has it. What
 * that says of it, or IKL_ERR_UNSUPPORTED. */
int ikl_token_prf(const struct ikl_provider *const *providers, size_t n, const struct ikl_prf **out);

/* Why an endpoint with these providers cannot have this maker: IKL_OK when it can. Null is no maker. */
int ikl_maker_check(const struct ikl_token_maker *maker, const struct ikl_provider *const *providers, size_t n);
/* Takes one that was checked. */
void ikl_maker_take(struct ikl_maker *maker, const struct ikl_token_maker *given);
/* From now on an IKE SA that the endpoint had lives elsewhere. */
void ikl_maker_sa_left(struct ikl_maker *maker);

/* No IKE SA has the SPIs of this message. Shows tokens, if that is what it asks for. */
void ikl_maker_asked(struct ikl_endpoint *endpoint, const struct ikl_message *message, ikl_time now);

#endif
