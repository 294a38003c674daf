/* SPDX-License-Identifier: ISC */
/* ikeping: what is wrong with a gateway that has said nothing against us, in words. */
#ifndef IKEPING_GATEWAY_FAULT_H
#define IKEPING_GATEWAY_FAULT_H

#include "handshake.h"

/* Says why the gateway is not accepted, from what became of its identity and its proof (not HANDSHAKE_PROVEN) and from
 * the payloads of its IKE_AUTH response. Always terminated. */
void gateway_fault(const struct handshake_judgement *judgement, uint8_t first, struct ikl_octets payloads, char *text,
                   size_t size);

#endif
