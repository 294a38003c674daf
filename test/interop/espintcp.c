/* SPDX-License-Identifier: ISC */
/* What a kernel with CONFIG_INET_ESPINTCP does for a daemon of IKE over TCP (RFC 9329 §3), for one without: loaded into
 * the daemon, it takes the length of each message away, and puts it in front of what is sent. ESP is not passed. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

enum { SOCKETS = 1024, LENGTH = 2 };

static unsigned char framed[SOCKETS];

static int is_framed(int fd)
{
    return fd >= 0 && fd < SOCKETS && framed[fd];
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    if (level == IPPROTO_TCP && name == TCP_ULP && fd >= 0 && fd < SOCKETS && len >= 8 &&
        memcmp(value, "espintcp", 8) == 0) {
        framed[fd] = 1;
        return 0;
    }
    return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}

int close(int fd)
{
    if (is_framed(fd)) {
        framed[fd] = 0;
    }
    return (int)syscall(SYS_close, fd);
}

/* One message, once all of it is there; what has not been read stays in the kernel, which goes on saying so. */
static ssize_t read_message(int fd, void *out, size_t size)
{
    unsigned char message[65536];
    ssize_t got = recv(fd, message, LENGTH, MSG_PEEK);
    size_t len = (size_t)message[0] << 8 | message[1];
    int there = 0;

    if (got <= 0) {
        return got;
    }
    if (got < LENGTH || len < LENGTH || ioctl(fd, FIONREAD, &there) != 0 || (size_t)there < len) {
        errno = EAGAIN;
        return -1;
    }
    if (syscall(SYS_read, fd, message, len) != (ssize_t)len) {
        errno = EIO;
        return -1;
    }
    if (len == LENGTH + 1) { /* a keepalive */
        errno = EAGAIN;
        return -1;
    }
    len -= LENGTH;
    memcpy(out, message + LENGTH, len < size ? len : size);
    return (ssize_t)(len < size ? len : size);
}

ssize_t read(int fd, void *out, size_t size)
{
    return is_framed(fd) ? read_message(fd, out, size) : (ssize_t)syscall(SYS_read, fd, out, size);
}

ssize_t write(int fd, const void *data, size_t len)
{
    unsigned char length[LENGTH] = {(unsigned char)((len + LENGTH) >> 8), (unsigned char)(len + LENGTH)};
    struct iovec parts[] = {{length, LENGTH}, {(void *)(unsigned long)data, len}};
    ssize_t done;

    if (!is_framed(fd)) {
        return (ssize_t)syscall(SYS_write, fd, data, len);
    }
    done = writev(fd, parts, 2);
    return done > LENGTH ? done - LENGTH : done;
}
