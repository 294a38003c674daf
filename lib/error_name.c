/* SPDX-License-Identifier: ISC */
/* ikelive error_name: the names of errors. */
#include <ikelive/base.h>

const char *ikl_error_name(int error)
{
    switch (error) {
    case IKL_OK:
        return "IKL_OK";
    case IKL_ERR_INVALID:
        return "IKL_ERR_INVALID";
    case IKL_ERR_NO_MEMORY:
        return "IKL_ERR_NO_MEMORY";
    case IKL_ERR_NO_BUFFER:
        return "IKL_ERR_NO_BUFFER";
    case IKL_ERR_UNSUPPORTED:
        return "IKL_ERR_UNSUPPORTED";
    case IKL_ERR_NO_AES:
        return "IKL_ERR_NO_AES";
    case IKL_ERR_CRYPTO:
        return "IKL_ERR_CRYPTO";
    case IKL_ERR_EXHAUSTED:
        return "IKL_ERR_EXHAUSTED";
    case IKL_ERR_BUSY:
        return "IKL_ERR_BUSY";
    case IKL_ERR_STATE:
        return "IKL_ERR_STATE";
    case IKL_ERR_REENTRANT:
        return "IKL_ERR_REENTRANT";
    case IKL_ERR_NOT_FOUND:
        return "IKL_ERR_NOT_FOUND";
    case IKL_ERR_END:
        return "IKL_ERR_END";
    case IKL_ERR_BLOCKED:
        return "IKL_ERR_BLOCKED";
    case IKL_ERR_TRUNCATED:
        return "IKL_ERR_TRUNCATED";
    case IKL_ERR_MALFORMED:
        return "IKL_ERR_MALFORMED";
    case IKL_ERR_LENGTH:
        return "IKL_ERR_LENGTH";
    case IKL_ERR_VERSION:
        return "IKL_ERR_VERSION";
    case IKL_ERR_UNKNOWN_SPI:
        return "IKL_ERR_UNKNOWN_SPI";
    case IKL_ERR_FLAGS:
        return "IKL_ERR_FLAGS";
    case IKL_ERR_UNPROTECTED:
        return "IKL_ERR_UNPROTECTED";
    case IKL_ERR_FORGED:
        return "IKL_ERR_FORGED";
    case IKL_ERR_STALE:
        return "IKL_ERR_STALE";
    case IKL_ERR_WINDOW:
        return "IKL_ERR_WINDOW";
    case IKL_ERR_UNSOLICITED:
        return "IKL_ERR_UNSOLICITED";
    case IKL_ERR_CRITICAL:
        return "IKL_ERR_CRITICAL";
    case IKL_ERR_NOT_IKE:
        return "IKL_ERR_NOT_IKE";
    case IKL_ERR_KEEPALIVE:
        return "IKL_ERR_KEEPALIVE";
    case IKL_ERR_RATE:
        return "IKL_ERR_RATE";
    case IKL_ERR_EARLY:
        return "IKL_ERR_EARLY";
    case IKL_ERR_PENDING:
        return "IKL_ERR_PENDING";
    case IKL_ERR_FRAGMENT:
        return "IKL_ERR_FRAGMENT";
    default:
        return "IKL_ERR_?";
    }
}
