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
    const struct ikl_cipher *cipher; /* opens SK and SKF payloads, with `state`; null: they stay closed */
    const void *state;               /* key state of the message's sender; may be null when `cipher` is */
    uint8_t *plaintext;              /* room to open into, wiped before return; may be null when `cipher` is */
    size_t plaintext_size;           /* the message's length is enough */
};

/* Describes the message in `datagram` (without non-ESP marker): a line for the header, one for each payload, and
 * indented lines for what the payload holds. Without `contents` these lines show types, algorithms, counts, lengths and
 * the SPIs of the header, and no other octet of a payload. With `contents` they also show SPIs, addresses and values,
 * octets as hexadecimal digits after "hex: " and strings after "text: ". Strings are escaped, so every line is
 * printable ASCII and stays one line. What a key opened is shown like the rest and may be secret, so use `contents` and
 * keys only for someone who asked for them. The token of a QUICK_CRASH_DETECTION is never shown, for whoever knows it
 * can end the IKE SA; only where a fragment is shown as octets it may be among them.
 *
 * `datagram` may hold any octets. The text shows all that can be read; where reading stops, a line names the error and
 * the octet, "! IKL_ERR_TRUNCATED at octet 56 of the message", counted from 0 at the start of the wrong structure.
 * After a payload with wrong contents the text goes on with the next one.
 *
 * `options` may be null: no contents, nothing opened. The text is terminated whenever size > 0; `text` may be null when
 * size is 0. Returns the length of the text, as snprintf does; when the size in `options` is wrong, IKL_ERR_INVALID and
 * an empty text. */
IKL_API int ikl_message_dump(const uint8_t *datagram, size_t len, const struct ikl_dump *options, char *text,
                             size_t size);

#ifdef __cplusplus
}
#endif
#endif
