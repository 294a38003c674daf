/* SPDX-License-Identifier: ISC */
/* A provider for machines where no library of algorithms is there. It has something with the lengths and the manners of
 * ChaCha20-Poly1305 and of HMAC-SHA-256, which keeps nothing secret. For tests only. */
#ifndef TEST_STAND_IN_H
#define TEST_STAND_IN_H

#include <ikelive/crypto.h>

extern const struct ikl_provider stand_in_provider;

#endif
