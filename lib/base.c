/* SPDX-License-Identifier: ISC */
/* ikelive base: the version. */
#include <ikelive/base.h>

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *ikl_version(void)
{
    return VERSION_TEXT(IKL_VERSION_MAJOR, IKL_VERSION_MINOR, IKL_VERSION_PATCH);
}
