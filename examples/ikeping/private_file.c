/* SPDX-License-Identifier: ISC */
/* ikeping: files that hold secrets. */
#define _POSIX_C_SOURCE 200809L
#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWNER_ONLY = S_IRUSR | S_IWUSR };

FILE *private_file_create(const char *path)
{
    /* emptied only once nobody else can open it any more */
    int opened = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, OWNER_ONLY);
    FILE *file = NULL;
    struct stat status;

    if (opened >= 0 && fstat(opened, &status) == 0 &&
        (!S_ISREG(status.st_mode) || (fchmod(opened, OWNER_ONLY) == 0 && ftruncate(opened, 0) == 0))) {
        file = fdopen(opened, "w");
    }
    if (file == NULL) {
        fprintf(stderr, "ikeping: %s: %s\n", path, strerror(errno));
        if (opened >= 0) {
            close(opened);
        }
    }
    return file;
}

/* Fills `out` until it is full or the file ends. */
static bool read_all(int opened, uint8_t *out, size_t size, size_t *len)
{
    ssize_t got;

    *len = 0;
    do {
        got = read(opened, out + *len, size - *len);
        *len += got > 0 ? (size_t)got : 0;
    } while (*len < size && (got > 0 || (got < 0 && errno == EINTR)));
    return got >= 0;
}

static bool read_opened(const char *path, int opened, bool secret, uint8_t *out, size_t size, size_t *len)
{
    struct stat status;
    uint8_t more;

    if (opened < 0 || fstat(opened, &status) != 0) {
        fprintf(stderr, "ikeping: %s: %s\n", path, strerror(errno));
        return false;
    }
    if (secret && S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        fprintf(stderr, "ikeping: %s: others may use this secret; it needs mode 0600\n", path);
        return false;
    }
    if (!read_all(opened, out, size, len)) {
        fprintf(stderr, "ikeping: %s: %s\n", path, strerror(errno));
        return false;
    }
    if (*len == size && read(opened, &more, 1) != 0) {
        fprintf(stderr, "ikeping: %s: too long\n", path);
        return false;
    }
    return true;
}

bool private_file_read(const char *path, bool secret, uint8_t *out, size_t size, size_t *len)
{
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    bool done = read_opened(path, opened, secret, out, size, len);

    if (opened >= 0) {
        close(opened);
    }
    return done;
}
