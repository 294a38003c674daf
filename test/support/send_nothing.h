/* SPDX-License-Identifier: ISC */
/* A callback `send` for hosts whose datagrams nobody looks at: it says that each was sent. */
#ifndef TEST_SEND_NOTHING_H
#define TEST_SEND_NOTHING_H

#include <ikelive/sa.h>

static int send_nothing(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user;
    (void)sa;
    (void)path;
    (void)datagram;
    (void)len;
    return IKL_OK;
}

#endif
