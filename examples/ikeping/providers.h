/* SPDX-License-Identifier: ISC */
/* ikeping: the algorithms there are: those of libsodium and, where it was built in, of libcrypto. */
#ifndef IKEPING_PROVIDERS_H
#define IKEPING_PROVIDERS_H

#include <ikelive/crypto.h>

/* For the endpoint. */
extern const struct ikl_provider *const providers[];
extern const size_t n_providers;

/* The first provider with the cipher and the PRF of a suite; null when there is none. */
const struct ikl_provider *providers_find(const struct ikl_suite *suite);

/* A provider with SHA-1, which NAT detection needs; null when there is none. */
const struct ikl_provider *providers_find_sha1(void);

/* The PRF of a suite that providers_find found. */
const struct ikl_prf *providers_prf(const struct ikl_suite *suite);

#endif
