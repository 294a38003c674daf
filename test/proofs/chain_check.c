/* SPDX-License-Identifier: ISC */
/* ikl_chain_check says of every chain what a second walk says, which is written here from RFC 7296 §3.2 and §2.5 alone.
 *
 * bounds: chains of up to 12 octets, which are three payloads
 * cbmc: --unwind 5
 * fault: lib/message/chain.c s/refused == IKL_PAYLOAD_NONE) {/refused != IKL_PAYLOAD_NONE) {/ */
#include "proof.h"

#include "message/chain.c"
#include "message/cursor.c"

enum { MOST = 12, SK = 46, SKF = 53, FIRST_KNOWN = 33, LAST_KNOWN = 48 };

static bool ends(uint8_t type, uint8_t next)
{
    return next == 0 || type == SK || type == SKF;
}

/* `critical` receives the first unknown type that is critical. */
static int walk_again(const uint8_t *octets, size_t size, uint8_t type, bool inside, uint8_t *critical)
{
    size_t at = 0;

    if (type == 0) {
        return size == 0 ? IKL_OK : IKL_ERR_MALFORMED;
    }
    for (;;) {
        size_t length;
        bool is_last;

        if (size - at < 4) {
            return IKL_ERR_TRUNCATED;
        }
        length = octets[at + 2] * 256u + octets[at + 3];
        is_last = ends(type, octets[at]);
        if (length < 4) {
            return IKL_ERR_MALFORMED;
        }
        if (length > size - at) {
            return IKL_ERR_TRUNCATED;
        }
        if ((is_last && at + length != size) || (inside && (type == SK || type == SKF))) {
            return IKL_ERR_MALFORMED;
        }
        if (octets[at + 1] >= 128 && (type < FIRST_KNOWN || type > LAST_KNOWN) && type != SKF && *critical == 0) {
            *critical = type;
        }
        if (is_last) {
            return *critical == 0 ? IKL_OK : IKL_ERR_CRITICAL;
        }
        type = octets[at];
        at += length;
    }
}

int main(void)
{
    size_t size = any_up_to(MOST);
    uint8_t *octets = any_octets(size);
    uint8_t first = nondet_u8(), critical = 0, again = 0;
    bool inside = nondet_bool();
    int result = ikl_chain_check(first, (struct ikl_octets){octets, size}, inside, &critical);

    prove(result == walk_again(octets, size, first, inside, &again));
    prove(critical == (result == IKL_ERR_CRITICAL ? again : 0));
    return 0;
}
