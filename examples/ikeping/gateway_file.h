/* SPDX-License-Identifier: ISC */
/* ikeping: a file that names gateways (--file). */
#ifndef IKEPING_GATEWAY_FILE_H
#define IKEPING_GATEWAY_FILE_H

#include "settings.h"

enum { GATEWAY_FILE_MOST = 100000 };

struct credentials;

struct gateway_line {
    char host[SETTINGS_HOST_SIZE];
    uint16_t port;                   /* 0: not given */
    struct identity remote_id;       /* of type 0: not given */
    struct credentials *credentials; /* null: none of its own */
};

struct gateway_file {
    struct gateway_line *lines;
    size_t n;
};

/* Reads lines of "HOST [REMOTE-ID] [--psk-file FILE]" from the file that the settings name; HOST may have its port with
 * it. Empty lines, and what follows a '#' at the beginning of a word, say nothing. False, said on stderr with the line,
 * when there is another one, no gateway, more than GATEWAY_FILE_MOST, or one without credentials, or with some where
 * none are needed; and when a FILE cannot be read. */
bool gateway_file_read(struct gateway_file *file, const struct settings *settings);

/* Wipes the credentials. */
void gateway_file_free(struct gateway_file *file);

#endif
