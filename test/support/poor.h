/* SPDX-License-Identifier: ISC */
/* A provider that has ciphers, and a PRF as a test says. */
#ifndef TEST_POOR_H
#define TEST_POOR_H

#include <ikelive/crypto.h>

extern const struct ikl_provider poor_provider;

/* What it gives when asked for any PRF, and what it returns then. */
extern struct ikl_prf poor_prf;
extern int poor_result;

/* Fails, and leaves octets behind. */
int poor_fail(const struct ikl_prf_input *input, uint8_t *out);

#endif
