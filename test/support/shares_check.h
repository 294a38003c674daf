/* SPDX-License-Identifier: ISC */
/* Whether an endpoint has counted right what its IKE SAs hold, whether none of their peers makes it hold more than its
 * share, and whether they and its tables are valid. */
#ifndef TEST_SHARES_CHECK_H
#define TEST_SHARES_CHECK_H

#include <ikelive/endpoint.h>

/* Null, or what is wrong. Not inside a callback. */
const char *shares_check(const struct ikl_endpoint *endpoint);

/* The same of its tables: looks at every item of them, used or not. */
const char *shares_check_tables(const struct ikl_endpoint *endpoint);

#endif
