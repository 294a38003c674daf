/* SPDX-License-Identifier: ISC */
/* ikelive base: the version, and a function for builds for size. */
#include "after.h"

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *ikl_version(void)
{
    return VERSION_TEXT(IKL_VERSION_MAJOR, IKL_VERSION_MINOR, IKL_VERSION_PATCH);
}

#ifdef __OPTIMIZE_SIZE__
ikl_time ikl_after(ikl_time time, uint64_t delay)
{
    return (ikl_time_after)(time, delay);
}
#endif
