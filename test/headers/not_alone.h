/* A header that needs another one before it.
 * SPDX-License-Identifier: ISC */
#ifndef NOT_ALONE_H
#define NOT_ALONE_H

extern const uint8_t not_alone;

#endif
