/* SPDX-License-Identifier: ISC */
/* IKE SAs that have toy_cipher. */
#ifndef TEST_TOY_SA_H
#define TEST_TOY_SA_H

#include "toy_cipher.h"

/* For host_init: the endpoint has toy_provider alone. */
void with_toy_provider(struct ikl_endpoint_config *config);

/* The config of an IKE SA with toy_cipher, number `n`, as test_sa_config makes one of its initiator. */
void toy_sa_config(struct ikl_sa_config *config, struct ikl_keys *keys, uint32_t n);

#endif
