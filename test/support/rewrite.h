/* SPDX-License-Identifier: ISC */
/* Reads messages down to the last attribute and writes what was read again. */
#ifndef TEST_REWRITE_H
#define TEST_REWRITE_H

#include <ikelive/message.h>

/* Reads a payload's body, through the readers and walks of its type to plain values, and appends a body made of those.
 * IKL_OK, or what the reader or the writer says. */
int rewrite_body(struct ikl_writer *writer, const struct ikl_payload *payload, bool response);

/* The same for a chain without SK and SKF payloads (those are IKL_ERR_INVALID). `first` receives the type of the first
 * payload. */
int rewrite_chain(struct ikl_writer *writer, uint8_t *first, struct ikl_octets octets, bool response);

/* The same for a message without SK and SKF payloads. */
int rewrite_message(struct ikl_writer *writer, const uint8_t *datagram, size_t len);

#endif
