/* SPDX-License-Identifier: ISC */
/* ikeping without libcrypto: there is no MS-CHAPv2, which the command line says. */
#include "mschapv2.h"

bool mschapv2_is_available(void)
{
    return false;
}

bool mschapv2_compute(struct mschapv2 *out, const uint8_t authenticator_challenge[MSCHAPV2_CHALLENGE_LEN],
                      const uint8_t peer_challenge[MSCHAPV2_CHALLENGE_LEN], struct ikl_octets name,
                      struct ikl_octets password)
{
    (void)out;
    (void)authenticator_challenge;
    (void)peer_challenge;
    (void)name;
    (void)password;
    return false;
}
