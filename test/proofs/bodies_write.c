/* SPDX-License-Identifier: ISC */
/* Whatever its fields hold, a payload's writer writes a body that its reader reads as the same, or says why not: what
 * it refuses leaves the writer as it was, and without room nothing is written past the end. A body that it accepts is
 * not longer than a payload's can be.
 *
 * bounds: strings of octets of any length where the writer counts; of up to 18 octets where it writes
 * each: -DNOTIFY -DDELETE -DKE -DID -DCERT -DCERTREQ -DAUTH -DEAP -DNONCE -DTOKEN -DIDS -DREPLAY -DLINK
 * cbmc: --unwind 25
 * fault: lib/message/notify.c s/notify->spi.len > UINT8_MAX/notify->spi.len > UINT8_MAX + 1/ */
#include "bodies.h"

/* Octets of a string, and of the buffer: the nonce and the token are no shorter than 16. */
enum { MOST = 18, ROOM = MOST + 16 };

static struct ikl_octets any_view(bool counting)
{
    size_t len = nondet_size();

    suppose(len <= MOST || counting);
    return (struct ikl_octets){any_octets(len), len};
}

static PAYLOAD any_payload(bool counting)
{
    PAYLOAD payload;

#ifdef OCTETS
    OCTETS(payload) = any_view(counting);
#endif
#ifdef MORE_OCTETS
    MORE_OCTETS(payload) = any_view(counting);
#endif
#ifdef REPLAY
    payload.extended = nondet_bool();
#endif
    return payload;
}

int main(void)
{
    bool counting = nondet_bool();
    size_t size = any_up_to(ROOM);
    uint8_t *octets = counting ? NULL : any_octets(size);
    struct ikl_writer before = {.data = octets, .size = size, .len = any_up_to(2), .failed = nondet_bool()};
    struct ikl_writer writer;
    PAYLOAD payload = any_payload(counting);
    int result;

    suppose(counting ? !before.failed : before.failed || before.len <= size);
    writer = before;
    result = WRITE(&writer, payload);
    prove(result == IKL_OK || result == IKL_ERR_INVALID || result == IKL_ERR_NO_BUFFER);
    if (result == IKL_ERR_INVALID) {
        prove(writer.len == before.len && writer.failed == before.failed);
        return 0;
    }
    prove((result == IKL_ERR_NO_BUFFER) == writer.failed);
    prove(writer.len - before.len <= IKL_MAX_BODY);
#ifdef MORE_OCTETS
    prove(MORE_OCTETS(payload).len <= UINT8_MAX);
#endif
    if (result == IKL_OK && !counting) {
        read_back(&payload, (struct ikl_octets){octets + before.len, writer.len - before.len});
    }
    return 0;
}
