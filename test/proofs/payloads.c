/* SPDX-License-Identifier: ISC */
/* Whatever the body of a payload holds, its reader reads inside of it and says what is wrong; what it accepts its
 * writer writes to as many octets, which read the same again; what the writer refuses it does not write.
 *
 * bounds: bodies of up to 65,535 octets; of up to 24 octets for reading again
 * each: -DAUTH -DNOTIFY -DDELETE -DKE -DCERTREQ -DEAP
 * cbmc: --unwind 26
 * fault: lib/message/typed_body.c s/IKL_ERR_TRUNCATED/IKL_OK/ */
#include "proof.h"

#include "message/cursor.c"
#include "message/typed_body.c"

#if defined(NOTIFY)
#include "message/notify.c"
#define PAYLOAD(what) ikl_notify##what
#define SAME(a, b)                                                                                                     \
    ((a).type == (b).type && (a).spi.len == (b).spi.len && (a).data.len == (b).data.len &&                             \
     ((a).spi.len == 0 || (a).protocol == (b).protocol))
#elif defined(DELETE)
#include "message/delete.c"
#define PAYLOAD(what) ikl_delete##what
#define SAME(a, b)                                                                                                     \
    ((a).protocol == (b).protocol && (a).spi_size == (b).spi_size && (a).n_spis == (b).n_spis &&                       \
     (a).spis.len == (b).spis.len)
#elif defined(KE)
#include "message/ke.c"
#define PAYLOAD(what) ikl_ke##what
#define SAME(a, b) ((a).method == (b).method && (a).data.len == (b).data.len)
#elif defined(CERTREQ)
#include "message/cert.c"
#define PAYLOAD(what) ikl_certreq##what
#define SAME(a, b) ((a).encoding == (b).encoding && (a).authorities.len == (b).authorities.len)
#elif defined(AUTH)
#include "message/auth.c"
#define PAYLOAD(what) ikl_auth##what
#define SAME(a, b) ((a).method == (b).method && (a).data.len == (b).data.len)
#else
#include "message/eap.c"
#define PAYLOAD(what) ikl_eap##what
#define SAME(a, b)                                                                                                     \
    ((a).code == (b).code && (a).identifier == (b).identifier && (a).type == (b).type && (a).data.len == (b).data.len)
#endif

enum { AGAIN = 24 };

static void write_back(const struct PAYLOAD() * payload, size_t len)
{
    uint8_t octets[AGAIN];
    struct ikl_writer writer = ikl_writer(octets, len);
    struct PAYLOAD() again;

    prove(PAYLOAD(_write)(&writer, payload) == IKL_OK && writer.len == len);
    prove(PAYLOAD(_read)(&again, (struct ikl_octets){octets, len}) == IKL_OK);
    prove(SAME(*payload, again));
}

int main(void)
{
    size_t len = any_up_to(DATAGRAM);
    struct PAYLOAD() payload;
    struct ikl_writer counting = ikl_writer(NULL, 0);
    int result = PAYLOAD(_read)(&payload, (struct ikl_octets){any_octets(len), len});

    prove(result == IKL_OK || result == IKL_ERR_TRUNCATED || result == IKL_ERR_MALFORMED);
    if (result != IKL_OK) {
        return 0;
    }
    result = PAYLOAD(_write)(&counting, &payload);
    prove(result == (len <= IKL_MAX_BODY ? IKL_OK : IKL_ERR_INVALID));
    prove(counting.len == (result == IKL_OK ? len : 0));
    if (len <= AGAIN) {
        write_back(&payload, len);
    }
    return 0;
}
