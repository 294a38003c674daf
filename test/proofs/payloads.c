/* SPDX-License-Identifier: ISC */
/* Whatever the body of a payload holds, its reader reads inside of it and says what is wrong; what it accepts its
 * writer writes to as many octets, which read the same again; what the writer refuses it does not write.
 *
 * bounds: bodies of up to 65,535 octets; of up to 24 octets for reading again
 * each: -DAUTH -DNOTIFY -DDELETE -DKE -DID -DCERT -DCERTREQ -DEAP -DNONCE -DTOKEN -DIDS -DREPLAY -DLINK
 * cbmc: --unwind 26
 * fault: lib/message/typed_body.c s/IKL_ERR_TRUNCATED/IKL_OK/ */
#include "bodies.h"

enum { AGAIN = 24 };

static void write_back(const PAYLOAD *payload, size_t len)
{
    uint8_t octets[AGAIN];
    struct ikl_writer writer = ikl_writer(octets, len);

    prove(WRITE(&writer, *payload) == IKL_OK && writer.len == len);
    read_back(payload, (struct ikl_octets){octets, len});
}

int main(void)
{
    size_t len = any_up_to(DATAGRAM);
    PAYLOAD payload;
    struct ikl_writer counting = ikl_writer(NULL, 0);
    int result = READ(&payload, (struct ikl_octets){any_octets(len), len});

    prove(result == IKL_OK || result == IKL_ERR_TRUNCATED || result == IKL_ERR_MALFORMED ||
          result == IKL_ERR_NOT_FOUND);
    if (result != IKL_OK) {
        return 0;
    }
    result = WRITE(&counting, payload);
    prove(result == (len <= IKL_MAX_BODY ? IKL_OK : IKL_ERR_INVALID));
    prove(counting.len == (result == IKL_OK ? len : 0));
    if (len <= AGAIN) {
        write_back(&payload, len);
    }
    return 0;
}
