/* SPDX-License-Identifier: ISC */
/* The provider that most tests take. Alone here, since fuzz targets take it too and know no cmocka. */
#include "providers.h"

#if defined(TEST_OPENSSL)
#include <ikelive/openssl.h>
#endif
#if defined(TEST_PSA)
#include <ikelive/psa.h>
#endif
#if defined(TEST_STAND_IN)
#include "stand_in.h"
#endif

#if defined(TEST_OPENSSL) && !defined(TEST_SODIUM)
const struct ikl_provider *const test_provider = &ikl_provider_openssl;
#elif defined(TEST_PSA) && !defined(TEST_SODIUM)
const struct ikl_provider *const test_provider = &ikl_provider_psa;
#elif defined(TEST_STAND_IN)
const struct ikl_provider *const test_provider = &stand_in_provider;
#else
const struct ikl_provider *const test_provider = &ikl_provider_sodium;
#endif
