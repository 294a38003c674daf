/* SPDX-License-Identifier: ISC */
/* ikeping: the keys of IKE SAs, as Wireshark wants them in its file ikev2_decryption_table. */
#ifndef IKEPING_KEYLOG_H
#define IKEPING_KEYLOG_H

#include "proposals.h"

#include <stdio.h>

/* Writes the names of the proposals that Wireshark opens with the key log, or of the others, joined by commas. */
void keylog_names(const struct proposal_list *proposals, bool opens, char *text, size_t size);

/* Appends the line of an IKE SA: SPIs, encryption keys, encryption algorithm, integrity keys and algorithm. Of a suite
 * that Wireshark has no name for (4.0 has none for ENCR_CHACHA20_POLY1305) it is a comment, for a line that Wireshark
 * does not understand spoils the whole file. False when it could not be written. */
bool keylog_write(FILE *out, uint64_t spi_i, uint64_t spi_r, const struct ikl_suite *suite,
                  const struct ikl_keys *keys);

#endif
