/* SPDX-License-Identifier: ISC */
/* ikelive dump: messages as text, for logs. */
#ifndef IKELIVE_DUMP_H
#define IKELIVE_DUMP_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_cipher;

/* What to show. */
struct ikl_dump {
    size_t size;                     /* sizeof(struct ikl_dump), for growth */
    bool contents;                   /* show what payloads hold, not only what they are */
    const struct ikl_cipher *cipher; /* opens SK and SKF payloads with `state`; null: they stay closed */
    const void *state;               /* key state of the message's sender; may be null when `cipher` is */
    uint8_t *plaintext;              /* room to open into, wiped before return; may be null when `cipher` is */
    size_t plaintext_size;           /* the message's length is enough */
};

/* Writes what the message in `datagram` (without non-ESP marker) is made of: a line for the header, one for each
 * payload, and indented lines for what is inside it. Without `contents` these are types, algorithms, counts and
 * lengths, and SPIs of the header: no other octet of a payload. With `contents` there are also SPIs, addresses and
 * values, octets as hexadecimal digits behind "hex: " and strings behind "text: ", escaped so that a line is printable
 * ASCII and stays a line. What a key opened is shown like the rest. It may contain secrets, so use `contents` and keys
 * only for someone who asked for them.
 *
 * Any octets will do: it shows what can be read, and where it cannot go on a line says which error is at which octet,
 * "! IKL_ERR_TRUNCATED at octet 56 of the message", counted from 0 at the structure that is wrong. A payload that is
 * wrong inside does not keep the next ones from being shown.
 *
 * `options` may be null: no contents, nothing opened. The text is terminated whenever size > 0; `text` may be null when
 * size is 0. Returns the length it has, as snprintf does, or IKL_ERR_INVALID, and an empty text, when the size in
 * `options` is not that of the struct. */
IKL_API int ikl_message_dump(const uint8_t *datagram, size_t len, const struct ikl_dump *options, char *text,
                             size_t size);

#ifdef __cplusplus
}
#endif
#endif
