/* SPDX-License-Identifier: ISC */
/* <ikelive/posix.h> on sockets of the loopback interface; unit/posix_singly.c is the same without recvmmsg and
 * sendmmsg. */
#ifndef POSIX_TESTS
#define _GNU_SOURCE
#define POSIX_TESTS TESTS_OF(posix_sockets)
#endif
#include "posix_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <sys/un.h>

static void arrives(uint8_t family)
{
    struct fixture fixture;
    struct ikl_posix_batch batch;
    const uint8_t datagram[] = "a datagram";

    begin(&fixture, family);
    assert_int_equal(fixture.from.at[0].local.family, family);
    assert_int_not_equal(fixture.from.at[0].local.port, 0);
    assert_memory_equal(&fixture.path.local, &fixture.from.at[0].local, sizeof(fixture.path.local));
    assert_int_equal(ikl_posix_send(&fixture.from, &fixture.path, datagram, sizeof(datagram)), IKL_OK);
    wired_await(fixture.to.at[0].fd);
    ikl_posix_read(&batch, &fixture.to.at[0]);
    assert_int_equal(batch.n, 1);
    assert_false(batch.full);
    assert_int_equal(batch.datagrams[0].len, sizeof(datagram));
    assert_memory_equal(batch.datagrams[0].datagram, datagram, sizeof(datagram));
    assert_false(batch.datagrams[0].stripped);
    assert_memory_equal(&batch.datagrams[0].path->local, &fixture.path.remote, sizeof(fixture.path.remote));
    assert_memory_equal(&batch.datagrams[0].path->remote, &fixture.path.local, sizeof(fixture.path.local));
    assert_int_equal(batch.datagrams[0].path->tag, 0);
    assert_false(batch.datagrams[0].path->encapsulated);
    end(&fixture);
}

static void an_ipv4_datagram_arrives_along_the_path_turned_round(void **state)
{
    (void)state;
    arrives(4);
}

static void an_ipv6_datagram_arrives_along_the_path_turned_round(void **state)
{
    (void)state;
    arrives(6);
}

static void where_nothing_has_arrived_nothing_is_read(void **state)
{
    struct fixture fixture;
    struct ikl_posix_batch batch;

    (void)state;
    begin(&fixture, 4);
    ikl_posix_read(&batch, &fixture.to.at[0]);
    assert_int_equal(batch.n, 0);
    assert_false(batch.full);
    end(&fixture);
}

static void a_full_batch_says_that_there_may_be_more(void **state)
{
    struct fixture fixture;
    struct ikl_posix_batch batch;
    size_t got = 0, full = 0;

    (void)state;
    begin(&fixture, 4);
    send_numbered(&fixture, 0, 2 * IKL_POSIX_BATCH + 1);
    while (got < 2 * IKL_POSIX_BATCH + 1) {
        wired_await(fixture.to.at[0].fd);
        ikl_posix_read(&batch, &fixture.to.at[0]);
        for (size_t i = 0; i < batch.n; i++) {
            assert_int_equal(batch.datagrams[i].datagram[0], got + i);
        }
        assert_true(batch.full == (batch.n == IKL_POSIX_BATCH));
        got += batch.n;
        full += batch.full;
    }
    assert_true(full <= 2);
    end(&fixture);
}

static void the_longest_datagram_is_read_and_a_longer_one_is_dropped_alone(void **state)
{
    static const uint8_t zeros[IKL_POSIX_DATAGRAM + 1];
    struct fixture fixture;
    struct ikl_posix_batch batch;
    size_t got = 0;

    (void)state;
    begin(&fixture, 4);
    assert_int_equal(ikl_posix_send(&fixture.from, &fixture.path, zeros, IKL_POSIX_DATAGRAM + 1), IKL_OK);
    assert_int_equal(ikl_posix_send(&fixture.from, &fixture.path, zeros, IKL_POSIX_DATAGRAM), IKL_OK);
    assert_int_equal(ikl_posix_send(&fixture.from, &fixture.path, zeros, 0), IKL_OK);
    while (got < 2) {
        wired_await(fixture.to.at[0].fd);
        ikl_posix_read(&batch, &fixture.to.at[0]);
        for (size_t i = 0; i < batch.n; i++) {
            assert_int_equal(batch.datagrams[i].len, got++ == 0 ? IKL_POSIX_DATAGRAM : 0);
        }
    }
    end(&fixture);
}

static void what_the_system_does_not_take_is_no_buffer(void **state)
{
    static const uint8_t too_long[70000];
    struct fixture fixture;

    (void)state;
    begin(&fixture, 4);
    assert_int_equal(ikl_posix_send(&fixture.from, &fixture.path, too_long, sizeof(too_long)), IKL_ERR_NO_BUFFER);
    assert_int_equal(errno, EMSGSIZE);
    assert_false(ikl_posix_blocked(&fixture.from));
    end(&fixture);
}

static void a_path_without_a_socket_is_not_found(void **state)
{
    struct fixture fixture;
    struct ikl_path path;

    (void)state;
    begin(&fixture, 4);
    path = fixture.path;
    path.encapsulated = true;
    assert_int_equal(ikl_posix_send(&fixture.from, &path, path.remote.ip, 1), IKL_ERR_NOT_FOUND);
    path = fixture.path;
    path.remote.family = 6;
    assert_int_equal(ikl_posix_send(&fixture.from, &path, path.remote.ip, 1), IKL_ERR_NOT_FOUND);
    path = fixture.path;
    path.local.ip[3] = 77;
    assert_int_equal(ikl_posix_send(&fixture.from, &path, path.remote.ip, 1), IKL_ERR_NOT_FOUND);
    ikl_posix_close(&fixture.from);
    assert_int_equal(ikl_posix_send(&fixture.from, &fixture.path, path.remote.ip, 1), IKL_ERR_NOT_FOUND);
    path = ikl_posix_path(&fixture.from, &fixture.path.remote, 0, false);
    assert_int_equal(path.local.family, 0);
    end(&fixture);
}

static void a_path_has_the_socket_of_its_family_encapsulation_and_local_address(void **state)
{
    struct ikl_posix_sockets sockets = {.n = 5};
    struct ikl_address addresses[] = {
        wired_loopback(4), wired_loopback(4), wired_loopback(4), wired_loopback(6), {.family = 6}};
    struct ikl_path path = {.remote = addresses[0]};

    (void)state;
    addresses[1].ip[3] = 2;
    for (size_t i = 0; i < sockets.n; i++) {
        sockets.at[i].local = addresses[i];
        sockets.at[i].encapsulated = i == 2 || i == 4;
    }
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[0]);
    path.local = addresses[1];
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[1]);
    path.encapsulated = true;
    assert_null(ikl_posix_socket_for(&sockets, &path));
    path.local = addresses[0];
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[2]);
    path.local = path.remote = addresses[3];
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[4]);
    path.encapsulated = false;
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[3]);
}

static void a_path_has_the_socket_of_its_local_port_unless_that_is_0(void **state)
{
    struct ikl_posix_sockets sockets = {.n = 3};
    struct ikl_address any = {.family = 4, .port = 500};
    struct ikl_path path = {.local = wired_loopback(4), .remote = wired_loopback(4)};

    (void)state;
    for (size_t i = 0; i < sockets.n; i++) {
        sockets.at[i].local = any;
        any.port++;
    }
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[0]);
    path.local.port = 502;
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[2]);
    path.local.port = 503;
    assert_null(ikl_posix_socket_for(&sockets, &path));
    path.local.family = 0;
    assert_ptr_equal(ikl_posix_socket_for(&sockets, &path), &sockets.at[0]);
}

static void the_tag_of_a_path_is_the_interface_of_a_link_local_address(void **state)
{
    const struct ikl_address link_local = {.ip = {0xfe, 0x80, [15] = 1}, .family = 6}, other = wired_loopback(6);
    struct ikl_posix_sockets sockets = {.n = 0};

    (void)state;
    assert_int_equal(ikl_posix_path(&sockets, &link_local, 3, true).tag, 3);
    assert_int_equal(ikl_posix_path(&sockets, &link_local, 65535, true).tag, 65535);
    assert_int_equal(ikl_posix_path(&sockets, &link_local, 65536, true).tag, 0);
    assert_int_equal(ikl_posix_path(&sockets, &other, 3, true).tag, 0);
    assert_true(ikl_posix_path(&sockets, &link_local, 3, true).encapsulated);
}

static void an_opened_socket_neither_blocks_nor_outlives_exec(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, 4);
    assert_true((fcntl(fixture.to.at[0].fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(fixture.to.at[0].fd, F_GETFD) & FD_CLOEXEC) != 0);
    end(&fixture);
}

static void a_socket_that_cannot_be_is_not_there(void **state)
{
    struct fixture fixture;
    struct ikl_address taken, unknown = {.family = 0};

    (void)state;
    begin(&fixture, 4);
    taken = fixture.from.at[0].local;
    assert_int_equal(ikl_posix_open(&fixture.to, &taken, 0, false), IKL_ERR_INVALID);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(ikl_posix_open(&fixture.to, &unknown, 0, false), IKL_ERR_INVALID);
    assert_int_equal(ikl_posix_add(&fixture.to, -1, false), IKL_ERR_INVALID);
    assert_int_equal(errno, EBADF);
    assert_int_equal(fixture.to.n, 1);
    end(&fixture);
}

static void there_is_no_ninth_socket(void **state)
{
    struct ikl_posix_sockets sockets = {.n = 0};
    struct ikl_address address = wired_loopback(4);
    int next = dup(0);

    (void)state;
    assert_true(next >= 0 && close(next) == 0);
    for (int i = 0; i < IKL_POSIX_SOCKETS; i++) {
        assert_int_equal(ikl_posix_open(&sockets, &address, 0, false), IKL_OK);
    }
    assert_int_equal(ikl_posix_open(&sockets, &address, 0, false), IKL_ERR_EXHAUSTED);
    assert_int_equal(sockets.n, IKL_POSIX_SOCKETS);
    ikl_posix_close(&sockets);
    assert_int_equal(sockets.n, 0);
    /* and none has stayed open */
    assert_int_equal(dup(0), next);
    assert_int_equal(close(next), 0);
}

/* What was sent to a port that nobody has comes back as an error of the next call. */
static void have_error_waiting(struct fixture *fixture)
{
    const int on = 1;
    struct pollfd failed = {.fd = fixture->from.at[0].fd};
    struct ikl_path nowhere = fixture->path;
    struct ikl_posix_sockets unused = {.n = 0};
    struct ikl_address address = wired_loopback(4);

    assert_int_equal(ikl_posix_open(&unused, &address, 0, false), IKL_OK);
    nowhere.remote = unused.at[0].local;
    ikl_posix_close(&unused);
    assert_int_equal(setsockopt(failed.fd, IPPROTO_IP, 11 /* IP_RECVERR */, &on, sizeof(on)), 0);
    assert_int_equal(ikl_posix_send(&fixture->from, &nowhere, nowhere.remote.ip, 1), IKL_OK);
    assert_int_equal(poll(&failed, 1, -1), 1);
}

static void an_error_of_an_earlier_datagram_does_not_stop_the_next(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, 4);
    have_error_waiting(&fixture);
    send_numbered(&fixture, 0, 1);
    assert_numbered(&fixture.to.at[0], 0, 1);
    end(&fixture);
}

static void an_error_of_an_earlier_datagram_hides_none_that_has_arrived(void **state)
{
    struct fixture fixture;
    struct ikl_posix_batch batch;
    const uint8_t seven = 7;
    struct ikl_path back;

    (void)state;
    begin(&fixture, 4);
    back = ikl_posix_path(&fixture.to, &fixture.from.at[0].local, 0, false);
    assert_int_equal(ikl_posix_send(&fixture.to, &back, &seven, 1), IKL_OK);
    wired_await(fixture.from.at[0].fd);
    have_error_waiting(&fixture);
    ikl_posix_read(&batch, &fixture.from.at[0]);
    assert_int_equal(batch.n, 1);
    assert_int_equal(batch.datagrams[0].datagram[0], 7);
    end(&fixture);
}

static void a_socket_that_fails_every_time_gives_nothing(void **state)
{
    const struct ikl_posix_socket closed = {.fd = -1};
    struct ikl_posix_batch batch;

    (void)state;
    ikl_posix_read(&batch, &closed);
    assert_int_equal(batch.n, 0);
    assert_false(batch.full);
}

static void fill(struct ikl_outbound *datagrams, const uint8_t *octets, size_t n, const struct ikl_path *path)
{
    for (size_t i = 0; i < n; i++) {
        datagrams[i] = (struct ikl_outbound){.path = *path, .datagram = &octets[i], .len = 1, .result = 99};
    }
}

static void a_batch_is_sent_in_order(void **state)
{
    enum { N = 2 * IKL_POSIX_BATCH + 3 };
    uint8_t octets[N];
    struct ikl_outbound datagrams[N];
    struct fixture fixture;

    (void)state;
    begin(&fixture, 4);
    for (uint8_t i = 0; i < N; i++) {
        octets[i] = i;
    }
    fill(datagrams, octets, N, &fixture.path);
    ikl_posix_send_batch(&fixture.from, datagrams, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(datagrams[i].result, IKL_OK);
    }
    assert_numbered(&fixture.to.at[0], 0, N);
    ikl_posix_send_batch(&fixture.from, datagrams, 0);
    end(&fixture);
}

static void each_of_a_batch_has_a_result_of_its_own(void **state)
{
    static const uint8_t too_long[70000];
    const uint8_t octets[7] = {0, 0, 1, 2, 0, 0, 3};
    struct ikl_outbound datagrams[7];
    struct fixture fixture;

    (void)state;
    begin(&fixture, 4);
    fill(datagrams, octets, 7, &fixture.path);
    datagrams[0].path.encapsulated = true; /* for which there is no socket */
    datagrams[4].datagram = too_long;
    datagrams[4].len = sizeof(too_long);
    datagrams[5].path.remote.family = 6;
    ikl_posix_send_batch(&fixture.from, datagrams, 7);
    assert_int_equal(datagrams[0].result, IKL_ERR_NOT_FOUND);
    assert_int_equal(datagrams[1].result, IKL_OK);
    assert_int_equal(datagrams[2].result, IKL_OK);
    assert_int_equal(datagrams[3].result, IKL_OK);
    assert_int_equal(datagrams[4].result, IKL_ERR_NO_BUFFER);
    assert_int_equal(datagrams[5].result, IKL_ERR_NOT_FOUND);
    assert_int_equal(datagrams[6].result, IKL_OK);
    assert_numbered(&fixture.to.at[0], 0, 4);
    end(&fixture);
}

static void a_batch_uses_the_socket_of_each_path(void **state)
{
    const uint8_t octets[6] = {0, 0, 1, 1, 2, 2};
    struct ikl_address address = wired_loopback(4);
    struct ikl_outbound datagrams[6];
    struct fixture fixture;
    struct ikl_posix_batch batch;
    struct ikl_path encapsulated;

    (void)state;
    begin(&fixture, 4);
    assert_int_equal(ikl_posix_open(&fixture.from, &address, 0, true), IKL_OK);
    assert_int_equal(ikl_posix_open(&fixture.to, &address, 0, true), IKL_OK);
    encapsulated = ikl_posix_path(&fixture.from, &fixture.to.at[1].local, 0, true);
    assert_int_equal(encapsulated.local.port, fixture.from.at[1].local.port);
    fill(datagrams, octets, 6, &fixture.path);
    for (size_t i = 1; i < 6; i += 2) {
        datagrams[i].path = encapsulated;
    }
    ikl_posix_send_batch(&fixture.from, datagrams, 6);
    assert_numbered(&fixture.to.at[0], 0, 3);
    wired_await(fixture.to.at[1].fd);
    ikl_posix_read(&batch, &fixture.to.at[1]);
    assert_true(batch.n > 0);
    assert_true(batch.paths[0].encapsulated);
    assert_int_equal(batch.paths[0].remote.port, encapsulated.local.port);
    end(&fixture);
}

static void a_full_socket_is_blocked_until_the_host_has_seen_to_it(void **state)
{
    struct wired a, b;
    uint8_t octet = 1;
    struct ikl_outbound outbound = {.datagram = &octet, .len = 1};
    int other, n;

    (void)state;
    wired_time = 0;
    wired_pair(&a, &b, false);
    other = wired_fill_up(&a, &n);
    assert_false(ikl_posix_blocked(&a.sockets));
    ikl_posix_send_batch(&a.sockets, &outbound, 1);
    assert_int_equal(outbound.result, IKL_ERR_BLOCKED);
    assert_true(ikl_posix_blocked(&a.sockets));
    assert_int_equal(read(other, &octet, 1), 1);
    ikl_posix_send_batch(&a.sockets, &outbound, 1);
    assert_int_equal(outbound.result, IKL_OK);
    assert_true(ikl_posix_blocked(&a.sockets));
    ikl_posix_close(&a.sockets);
    assert_false(ikl_posix_blocked(&a.sockets));
    close(other);
    wired_clear(&a);
    wired_clear(&b);
}

static void an_ipv6_socket_leaves_the_port_to_ipv4(void **state)
{
    struct fixture fixture;
    struct ikl_address any = {.family = 6};

    (void)state;
    begin(&fixture, 6);
    assert_int_equal(ikl_posix_open(&fixture.to, &any, 0, false), IKL_OK);
    any.port = fixture.to.at[1].local.port;
    any.family = 4;
    assert_int_equal(ikl_posix_open(&fixture.to, &any, 0, false), IKL_OK);
    end(&fixture);
}
POSIX_TESTS
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ipv4_datagram_arrives_along_the_path_turned_round),
        cmocka_unit_test(an_ipv6_datagram_arrives_along_the_path_turned_round),
        cmocka_unit_test(where_nothing_has_arrived_nothing_is_read),
        cmocka_unit_test(a_full_batch_says_that_there_may_be_more),
        cmocka_unit_test(the_longest_datagram_is_read_and_a_longer_one_is_dropped_alone),
        cmocka_unit_test(what_the_system_does_not_take_is_no_buffer),
        cmocka_unit_test(a_path_without_a_socket_is_not_found),
        cmocka_unit_test(a_path_has_the_socket_of_its_family_encapsulation_and_local_address),
        cmocka_unit_test(a_path_has_the_socket_of_its_local_port_unless_that_is_0),
        cmocka_unit_test(the_tag_of_a_path_is_the_interface_of_a_link_local_address),
        cmocka_unit_test(an_opened_socket_neither_blocks_nor_outlives_exec),
        cmocka_unit_test(a_socket_that_cannot_be_is_not_there),
        cmocka_unit_test(there_is_no_ninth_socket),
        cmocka_unit_test(an_error_of_an_earlier_datagram_does_not_stop_the_next),
        cmocka_unit_test(an_error_of_an_earlier_datagram_hides_none_that_has_arrived),
        cmocka_unit_test(a_socket_that_fails_every_time_gives_nothing),
        cmocka_unit_test(a_batch_is_sent_in_order),
        cmocka_unit_test(each_of_a_batch_has_a_result_of_its_own),
        cmocka_unit_test(a_batch_uses_the_socket_of_each_path),
        cmocka_unit_test(a_full_socket_is_blocked_until_the_host_has_seen_to_it),
        cmocka_unit_test(an_ipv6_socket_leaves_the_port_to_ipv4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
