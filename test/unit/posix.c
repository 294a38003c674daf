/* SPDX-License-Identifier: ISC */
/* <ikelive/posix.h> without a network: addresses, times, and what a system that lacks memory says. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

static clockid_t clock_asked; /* the latest */

/* In place of the system's: tells what time it is on no clock. */
static int tell_time(clockid_t clock, struct timespec *now)
{
    clock_asked = clock;
    *now = (struct timespec){.tv_sec = 5000000, .tv_nsec = 999999999};
    return 0;
}

#define clock_gettime tell_time
#include <ikelive/posix.h>
#undef clock_gettime

#include "support/test.h"
#include "support/test_random.h"

#include <arpa/inet.h>
#include <stdio.h>

static const struct ikl_address v4 = {.ip = {192, 0, 2, 1}, .port = 500, .family = 4};
static const struct ikl_address v6 = {.ip = {0x20, 1, 0x0d, 0xb8, [15] = 1}, .port = 4500, .family = 6};
static const struct ikl_address link_local = {.ip = {0xfe, 0x80, [15] = 7}, .port = 500, .family = 6};

static void assert_there_and_back(const struct ikl_address *address, uint32_t scope)
{
    union ikl_posix_sockaddr system;
    uint32_t found = 77;
    socklen_t len = ikl_posix_to_sockaddr(&system, address, scope);
    struct ikl_address back = ikl_posix_from_sockaddr(&system.any, len, &found);

    assert_memory_equal(&back, address, sizeof(back));
    assert_int_equal(found, ikl_posix_is_link_local(address) ? scope : 0);
}

static void an_ipv4_address_is_the_systems(void **state)
{
    union ikl_posix_sockaddr system;
    char text[64];

    (void)state;
    assert_int_equal(ikl_posix_to_sockaddr(&system, &v4, 3), sizeof(struct sockaddr_in));
    assert_int_equal(system.v4.sin_family, AF_INET);
    assert_int_equal(ntohs(system.v4.sin_port), 500);
    assert_string_equal(inet_ntop(AF_INET, &system.v4.sin_addr, text, sizeof(text)), "192.0.2.1");
    assert_there_and_back(&v4, 3);
}

static void an_ipv6_address_is_the_systems(void **state)
{
    union ikl_posix_sockaddr system;
    char text[64];

    (void)state;
    assert_int_equal(ikl_posix_to_sockaddr(&system, &v6, 3), sizeof(struct sockaddr_in6));
    assert_int_equal(system.v6.sin6_family, AF_INET6);
    assert_int_equal(ntohs(system.v6.sin6_port), 4500);
    assert_int_equal(system.v6.sin6_scope_id, 0);
    assert_string_equal(inet_ntop(AF_INET6, &system.v6.sin6_addr, text, sizeof(text)), "2001:db8::1");
    assert_there_and_back(&v6, 3);
}

static void a_link_local_address_keeps_its_interface(void **state)
{
    struct ikl_address last = link_local, beyond = link_local;

    (void)state;
    last.ip[1] = 0xbf;
    beyond.ip[1] = 0xc0;
    assert_true(ikl_posix_is_link_local(&link_local));
    assert_true(ikl_posix_is_link_local(&last));
    assert_false(ikl_posix_is_link_local(&beyond));
    assert_false(ikl_posix_is_link_local(&v6));
    assert_false(ikl_posix_is_link_local(&(struct ikl_address){.ip = {0xfe, 0x80}, .family = 4}));
    assert_there_and_back(&link_local, 3);
    assert_there_and_back(&last, UINT32_MAX);
    assert_there_and_back(&beyond, 3);
}

static void any_address_comes_back_as_it_went(void **state)
{
    struct test_random random = {1};

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct ikl_address address = {.family = i % 2 == 0 ? 4 : 6};

        for (size_t octet = 0; octet < (address.family == 4 ? 4u : 16u); octet++) {
            address.ip[octet] = (uint8_t)test_random(&random);
        }
        if (i % 8 == 1) {
            address.ip[0] = 0xfe;
            address.ip[1] = 0x80;
        }
        address.port = (uint16_t)test_random(&random);
        assert_there_and_back(&address, (uint32_t)test_random(&random));
    }
}

static void an_address_of_no_family_is_not_written(void **state)
{
    union ikl_posix_sockaddr system, before;
    struct ikl_address unknown = {.family = 0}, odd = {.family = 5};

    (void)state;
    memset(&system, 0xa5, sizeof(system));
    before = system;
    assert_int_equal(ikl_posix_to_sockaddr(&system, &unknown, 0), 0);
    assert_int_equal(ikl_posix_to_sockaddr(&system, &odd, 0), 0);
    assert_memory_equal(&system, &before, sizeof(system));
}

static void what_is_no_ip_address_or_not_all_there_is_unknown(void **state)
{
    static const struct ikl_address unknown;
    union ikl_posix_sockaddr system;
    struct ikl_address got;
    uint32_t scope = 1;

    (void)state;
    assert_int_equal(ikl_posix_to_sockaddr(&system, &link_local, 3), sizeof(system.v6));
    got = ikl_posix_from_sockaddr(&system.any, sizeof(system.v6) - 1, &scope);
    assert_memory_equal(&got, &unknown, sizeof(got));
    assert_int_equal(scope, 0);
    got = ikl_posix_from_sockaddr(&system.any, 0, NULL);
    assert_memory_equal(&got, &unknown, sizeof(got));
    assert_int_equal(ikl_posix_to_sockaddr(&system, &v4, 0), sizeof(system.v4));
    got = ikl_posix_from_sockaddr(&system.any, sizeof(system.v4) - 1, NULL);
    assert_memory_equal(&got, &unknown, sizeof(got));
    system.any.sa_family = AF_UNIX;
    got = ikl_posix_from_sockaddr(&system.any, sizeof(system), NULL);
    assert_memory_equal(&got, &unknown, sizeof(got));
}

static void an_ipv4_address_in_an_ipv6_one_stays_that(void **state)
{
    struct ikl_address mapped = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1}, .family = 6};

    (void)state;
    assert_there_and_back(&mapped, 0);
}

static void a_time_out_ends_at_its_deadline_or_is_as_long_as_can_be(void **state)
{
    (void)state;
    assert_int_equal(ikl_posix_timeout(IKL_NEVER, 0), -1);
    assert_int_equal(ikl_posix_timeout(IKL_NEVER, IKL_NEVER), -1);
    assert_int_equal(ikl_posix_timeout(5, 5), 0);
    assert_int_equal(ikl_posix_timeout(4, 5), 0);
    assert_int_equal(ikl_posix_timeout(0, IKL_NEVER - 1), 0);
    assert_int_equal(ikl_posix_timeout(6, 5), 1);
    assert_int_equal(ikl_posix_timeout((ikl_time)INT_MAX + 4, 5), INT_MAX - 1);
    assert_int_equal(ikl_posix_timeout((ikl_time)INT_MAX + 5, 5), INT_MAX);
    assert_int_equal(ikl_posix_timeout((ikl_time)INT_MAX + 6, 5), INT_MAX);
    assert_int_equal(ikl_posix_timeout(IKL_NEVER - 1, 0), INT_MAX);
}

static void the_clock_goes_on_while_the_machine_sleeps_where_there_is_one_that_does(void **state)
{
    (void)state;
    assert_true(ikl_posix_now() == UINT64_C(5000000999)); /* whole milliseconds that have passed */
#ifdef CLOCK_BOOTTIME
    assert_int_equal(clock_asked, CLOCK_BOOTTIME);
#else
    assert_int_equal(clock_asked, CLOCK_MONOTONIC);
#endif
}

static void a_full_socket_and_a_system_without_memory_would_block(void **state)
{
    (void)state;
    assert_true(ikl_posix_would_block(EAGAIN));
    assert_true(ikl_posix_would_block(EWOULDBLOCK));
    assert_true(ikl_posix_would_block(ENOBUFS));
    assert_false(ikl_posix_would_block(ECONNREFUSED));
    assert_false(ikl_posix_would_block(EMSGSIZE));
}

/* Takes the place of the system's. */
static int send_error;

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
    struct iovec part = {(void *)(uintptr_t)data, len}; /* only read */
    union ikl_posix_sockaddr copy;
    const struct msghdr message = {.msg_name = &copy, .msg_namelen = to_len, .msg_iov = &part, .msg_iovlen = 1};

    memcpy(&copy, to, to_len);
    if (send_error != 0) {
        errno = send_error;
        return -1;
    }
    return sendmsg(fd, &message, flags);
}

static void without_memory_of_the_systems_a_send_blocks_but_no_socket_is_full(void **state)
{
    const struct ikl_address loopback = {.ip = {127, 0, 0, 1}, .family = 4};
    struct ikl_posix_sockets sockets = {.n = 0};
    struct ikl_path path;

    (void)state;
    assert_int_equal(ikl_posix_open(&sockets, &loopback, 0, false), IKL_OK);
    path = ikl_posix_path(&sockets, &sockets.at[0].local, 0, false);
    send_error = ENOBUFS;
    assert_int_equal(ikl_posix_send(&sockets, &path, path.remote.ip, 1), IKL_ERR_BLOCKED);
    assert_false(ikl_posix_blocked(&sockets));
    send_error = EAGAIN;
    assert_int_equal(ikl_posix_send(&sockets, &path, path.remote.ip, 1), IKL_ERR_BLOCKED);
    assert_true(ikl_posix_blocked(&sockets));
    send_error = ENOBUFS;
    assert_int_equal(ikl_posix_send(&sockets, &path, path.remote.ip, 1), IKL_ERR_BLOCKED);
    assert_true(ikl_posix_blocked(&sockets));
    send_error = 0;
    assert_int_equal(ikl_posix_send(&sockets, &path, path.remote.ip, 1), IKL_OK);
    ikl_posix_close(&sockets);
}

TESTS_OF(posix)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ipv4_address_is_the_systems),
        cmocka_unit_test(an_ipv6_address_is_the_systems),
        cmocka_unit_test(a_link_local_address_keeps_its_interface),
        cmocka_unit_test(any_address_comes_back_as_it_went),
        cmocka_unit_test(an_address_of_no_family_is_not_written),
        cmocka_unit_test(what_is_no_ip_address_or_not_all_there_is_unknown),
        cmocka_unit_test(an_ipv4_address_in_an_ipv6_one_stays_that),
        cmocka_unit_test(a_time_out_ends_at_its_deadline_or_is_as_long_as_can_be),
        cmocka_unit_test(the_clock_goes_on_while_the_machine_sleeps_where_there_is_one_that_does),
        cmocka_unit_test(a_full_socket_and_a_system_without_memory_would_block),
        cmocka_unit_test(without_memory_of_the_systems_a_send_blocks_but_no_socket_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
