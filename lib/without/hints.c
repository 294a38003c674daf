/* SPDX-License-Identifier: ISC */
/* ikelive without hints: what is not protected causes nothing. */
#include "sa/decisions.h"
#include "sa/sa.h"

int ikl_decide_hint(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now)
{
    (void)sa;
    (void)hint;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}

int ikl_decide_hint_mtu(struct ikl_sa *sa, uint16_t mtu, ikl_time now)
{
    (void)sa;
    (void)mtu;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}

bool ikl_is_invalid_spi(const struct ikl_header *header, const uint8_t *datagram, size_t len)
{
    (void)header;
    (void)datagram;
    (void)len;
    return false;
}

int ikl_sa_take_unprotected(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    (void)sa;
    (void)message;
    (void)now;
    return IKL_ERR_NOT_FOUND;
}
