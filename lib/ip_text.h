/* SPDX-License-Identifier: ISC */
/* ikelive ip text: IP addresses as text. */
#ifndef IKL_IP_TEXT_H
#define IKL_IP_TEXT_H

#include "text.h"

/* Appends "192.0.2.1" for 4 octets and "2001:db8::1" (RFC 5952) for 16. */
void ikl_text_add_ip(struct ikl_text *text, const uint8_t *ip, size_t len);

#endif
