/* SPDX-License-Identifier: ISC */
/* Tokens of quick crash detection: a maker with two secrets, and unprotected messages with tokens. */
#ifndef TEST_CRASH_H
#define TEST_CRASH_H

#include "host.h"

#define CRASH_SUITE "chacha20poly1305-prfsha256"

enum { CRASH_SECRETS = 2 };

/* Secrets to make tokens of, the newest first; and a maker of the first two. */
extern const struct ikl_octets crash_secrets[IKL_MAX_SECRETS];
extern const struct ikl_token_maker crash_maker;
void crash_with_maker(struct ikl_endpoint_config *config);
/* All secrets, and many answers a second. */
void crash_with_four_secrets(struct ikl_endpoint_config *config);

/* The token that crash_maker gives the peer of an IKE SA when it is the responder, made of one of the secrets. */
struct crash_token {
    uint8_t octets[IKL_TOKEN_LEN];
};
struct crash_token crash_token_of(const struct ikl_sa *sa, size_t which);
/* The one of an IKE SA with these SPIs, and of either role. */
struct crash_token crash_token_for(uint64_t spi_i, uint64_t spi_r, bool original_initiator, size_t which);

/* An IKE SA takes a token of these octets, as if it came inside SK. */
int crash_give(struct ikl_sa *sa, const uint8_t *token, size_t len, ikl_time now);

/* Begins a host whose IKE SA has the token of its peer, which it returns. */
struct crash_token crash_one_sa(struct host *host);

/* Whether the host has sent this token unprotected. */
bool crash_has_left(struct host *host, const struct crash_token *token);
/* Asserts that the host never sent a token of its IKE SA unprotected, nor what its peer would make. */
void crash_assert_never_left(struct host *host);

/* An unprotected message for an IKE SA: INVALID_IKE_SPI, and notifications with tokens. */
struct crash_message {
    struct ikl_header header;
    size_t len;
    uint8_t octets[2000];
};
struct crash_message crash_message_for(const struct ikl_sa *sa);
void crash_add(struct crash_message *message, uint8_t type, const uint8_t *body, size_t len);
void crash_add_token(struct crash_message *message, const uint8_t *token, size_t len);

/* A host receives it along the path of its IKE SA. */
int crash_show(struct host *host, const struct crash_message *message);

/* A pair with a Child SA: `a` has the token of `b`. Both make tokens. */
void crash_begin(struct pair *pair, sa_change change);
/* A host loses its state, and makes tokens of the same secrets. */
void crash_reboot(struct host *host);

#endif
