/* SPDX-License-Identifier: ISC */
/* Pairs of sockets for the tests of <ikelive/posix.h>; in line, because they are compiled with and without recvmmsg. */
#ifndef POSIX_FIXTURE_H
#define POSIX_FIXTURE_H

#include "support/wired.h"

#include "support/test.h"

/* Sockets to send from and to, without endpoints. */
struct fixture {
    struct ikl_posix_sockets from, to;
    struct ikl_path path; /* from the first of `from` to the first of `to` */
};

static inline void begin(struct fixture *fixture, uint8_t family)
{
    struct ikl_address address = wired_loopback(family);

    memset(fixture, 0, sizeof(*fixture));
    if (ikl_posix_open(&fixture->from, &address, 0, false) != IKL_OK) {
        assert_int_equal(family, 6); /* a machine may be without */
        skip();
    }
    assert_int_equal(ikl_posix_open(&fixture->to, &address, 0, false), IKL_OK);
    fixture->path = ikl_posix_path(&fixture->from, &fixture->to.at[0].local, 0, false);
}

static inline void end(struct fixture *fixture)
{
    ikl_posix_close(&fixture->from);
    ikl_posix_close(&fixture->to);
}

/* Sends datagrams of one octet, `first` and those behind it. */
static inline void send_numbered(struct fixture *fixture, uint8_t first, uint8_t n)
{
    for (uint8_t i = first; i < first + n; i++) {
        assert_int_equal(ikl_posix_send(&fixture->from, &fixture->path, &i, 1), IKL_OK);
    }
}

/* Reads until `n` datagrams have come, numbered from `first`. */
static inline void assert_numbered(const struct ikl_posix_socket *socket, uint8_t first, size_t n)
{
    struct ikl_posix_batch batch;

    for (size_t got = 0; got < n; got += batch.n) {
        wired_await(socket->fd);
        ikl_posix_read(&batch, socket);
        for (size_t i = 0; i < batch.n; i++) {
            assert_int_equal(batch.datagrams[i].len, 1);
            assert_int_equal(batch.datagrams[i].datagram[0], first + got + i);
        }
    }
}

#endif
