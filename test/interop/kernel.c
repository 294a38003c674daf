/* SPDX-License-Identifier: ISC */
/* A preload library for OpenIKED, which does not start where the kernel has no PF_KEY (RFC 2367): a process takes the
 * kernel's place, that accepts every request, gives out SPIs, and says when an SA is to be rekeyed. No ESP is sent in
 * these tests, so nothing more is needed. */
#define _GNU_SOURCE
#include <linux/pfkeyv2.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { UNIT = 8, MAX_MESSAGE = 4096, MAX_SAS = 64 };

/* An SA that expires. */
struct sa {
    uint32_t spi; /* 0: there is none */
    time_t at;
};

static struct sa sas[MAX_SAS];

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static const struct sadb_ext *find(const struct sadb_msg *message, size_t len, uint16_t type)
{
    const uint8_t *at = (const uint8_t *)message + sizeof(*message), *end = (const uint8_t *)message + len;

    while ((size_t)(end - at) >= sizeof(struct sadb_ext)) {
        const struct sadb_ext *extension = (const struct sadb_ext *)at;

        if (extension->sadb_ext_type == type) {
            return extension;
        }
        if (extension->sadb_ext_len == 0 || extension->sadb_ext_len * UNIT > (size_t)(end - at)) {
            return NULL;
        }
        at += (size_t)extension->sadb_ext_len * UNIT;
    }
    return NULL;
}

static void forget(uint32_t spi)
{
    for (size_t i = 0; i < MAX_SAS; i++) {
        sas[i].spi = sas[i].spi == spi ? 0 : sas[i].spi;
    }
}

/* Remembers when an SA expires softly, if it does. */
static void remember(uint32_t spi, const struct sadb_lifetime *soft)
{
    size_t i = 0;

    forget(spi);
    while (i < MAX_SAS && sas[i].spi != 0) {
        i++;
    }
    if (i < MAX_SAS && soft != NULL && soft->sadb_lifetime_addtime != 0) {
        sas[i] = (struct sa){spi, now() + (time_t)soft->sadb_lifetime_addtime};
    }
}

static void expire(int fd, uint32_t spi)
{
    struct {
        struct sadb_msg message;
        struct sadb_sa sa;
        struct sadb_lifetime soft;
    } told = {
        .message = {.sadb_msg_version = PF_KEY_V2,
                    .sadb_msg_type = SADB_EXPIRE,
                    .sadb_msg_satype = SADB_SATYPE_ESP,
                    .sadb_msg_len = sizeof(told) / UNIT},
        .sa = {.sadb_sa_len = sizeof(told.sa) / UNIT, .sadb_sa_exttype = SADB_EXT_SA, .sadb_sa_spi = spi},
        .soft = {.sadb_lifetime_len = sizeof(told.soft) / UNIT, .sadb_lifetime_exttype = SADB_EXT_LIFETIME_SOFT},
    };

    (void)!write(fd, &told, sizeof(told));
}

static void expire_all(int fd)
{
    for (size_t i = 0; i < MAX_SAS; i++) {
        if (sas[i].spi != 0 && sas[i].at <= now()) {
            expire(fd, sas[i].spi);
            sas[i].spi = 0;
        }
    }
}

static size_t add_spi(struct sadb_msg *message, size_t len)
{
    struct sadb_sa sa = {.sadb_sa_len = sizeof(sa) / UNIT, .sadb_sa_exttype = SADB_EXT_SA};

    (void)!getrandom(&sa.sadb_sa_spi, sizeof(sa.sadb_sa_spi), 0);
    memcpy((uint8_t *)message + len, &sa, sizeof(sa));
    message->sadb_msg_len = (uint16_t)((len + sizeof(sa)) / UNIT);
    return len + sizeof(sa);
}

static void answer(int fd, struct sadb_msg *message, size_t len)
{
    const struct sadb_sa *sa = (const struct sadb_sa *)find(message, len, SADB_EXT_SA);

    message->sadb_msg_errno = 0;
    if (message->sadb_msg_type == SADB_GETSPI) {
        len = add_spi(message, len);
    } else if ((message->sadb_msg_type == SADB_ADD || message->sadb_msg_type == SADB_UPDATE) && sa != NULL) {
        remember(sa->sadb_sa_spi, (const struct sadb_lifetime *)find(message, len, SADB_EXT_LIFETIME_SOFT));
    } else if (message->sadb_msg_type == SADB_DELETE && sa != NULL) {
        forget(sa->sadb_sa_spi);
    }
    (void)!write(fd, message, len);
}

/* Until the daemon is gone. */
static void be_kernel(int fd)
{
    static _Alignas(UNIT) uint8_t octets[MAX_MESSAGE + sizeof(struct sadb_sa)];
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    ssize_t len = sizeof(struct sadb_msg);

    while (len >= (ssize_t)sizeof(struct sadb_msg)) {
        if (poll(&readable, 1, 100) > 0) {
            len = read(fd, octets, MAX_MESSAGE);
            if (len >= (ssize_t)sizeof(struct sadb_msg)) {
                answer(fd, (struct sadb_msg *)octets, (size_t)len);
            }
        }
        expire_all(fd);
    }
}

/* Instead of libc's, from here on. */
int socket(int domain, int type, int protocol)
{
    int ends[2];

    if (domain != AF_KEY) {
        return (int)syscall(SYS_socket, domain, type, protocol);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) {
        return -1;
    }
    if (fork() == 0) {
        close(ends[0]);
        be_kernel(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

/* Policies that let IKE itself pass, and the decapsulation of ESP, are of the same part of the kernel. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    if ((level == IPPROTO_IP && name == IP_IPSEC_POLICY) || (level == IPPROTO_IPV6 && name == IPV6_IPSEC_POLICY) ||
        (level == IPPROTO_UDP && name == UDP_ENCAP)) {
        return 0;
    }
    return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}

/* The kernel answers at once, a process does not: OpenIKED waits 1 ms for it. */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
    int ms = timeout == 1 ? 1000 : timeout;
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    return ppoll(fds, n, ms < 0 ? NULL : &wait, NULL);
}
