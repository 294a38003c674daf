/* SPDX-License-Identifier: ISC */
/* A header that needs another one before it. */
#ifndef NOT_ALONE_H
#define NOT_ALONE_H

extern const uint8_t not_alone;

#endif
