/* SPDX-License-Identifier: ISC */
/* Whatever its fields hold, a payload's writer writes a body that its reader reads as the same, or says why not: what
 * it refuses leaves the writer as it was, and without room nothing is written past the end. A body that it accepts is
 * not longer than a payload's can be.
 *
 * bounds: strings of octets of any length where the writer counts; of up to 18 octets where it writes
 * each: -DNOTIFY -DDELETE -DKE -DCERT -DCERTREQ -DAUTH -DEAP -DNONCE -DTOKEN -DIDS -DREPLAY -DLINK
 * cbmc: --unwind 25
 * fault: lib/message/notify.c s/notify->spi.len > UINT8_MAX/notify->spi.len > UINT8_MAX + 1/ */
#include "proof.h"

#include "message/body.h"
#include "message/cursor.c"
#include "message/typed_body.c"

/* Of each: its struct, its reader and writer, its one or two strings of octets, whether the rest of it is the same. */
#if defined(NOTIFY)
#include "message/notify.c"
#define PAYLOAD struct ikl_notify
#define READ ikl_notify_read
#define WRITE(writer, payload) ikl_notify_write(writer, &(payload))
#define OCTETS(payload) (payload).data
#define MORE_OCTETS(payload) (payload).spi
#define SAME(a, b) ((a).type == (b).type && ((a).spi.len == 0 || (a).protocol == (b).protocol))
#elif defined(DELETE)
#include "message/delete.c"
#define PAYLOAD struct ikl_delete
#define READ ikl_delete_read
#define WRITE(writer, payload) ikl_delete_write(writer, &(payload))
#define OCTETS(payload) (payload).spis
#define SAME(a, b) ((a).protocol == (b).protocol && (a).spi_size == (b).spi_size && (a).n_spis == (b).n_spis)
#elif defined(KE)
#include "message/ke.c"
#define PAYLOAD struct ikl_ke
#define READ ikl_ke_read
#define WRITE(writer, payload) ikl_ke_write(writer, &(payload))
#define OCTETS(payload) (payload).data
#define SAME(a, b) ((a).method == (b).method)
#elif defined(CERT)
#include "message/cert.c"
#define PAYLOAD struct ikl_cert
#define READ ikl_cert_read
#define WRITE(writer, payload) ikl_cert_write(writer, &(payload))
#define OCTETS(payload) (payload).data
#define SAME(a, b) ((a).encoding == (b).encoding)
#elif defined(CERTREQ)
#include "message/cert.c"
#define PAYLOAD struct ikl_certreq
#define READ ikl_certreq_read
#define WRITE(writer, payload) ikl_certreq_write(writer, &(payload))
#define OCTETS(payload) (payload).authorities
#define SAME(a, b) ((a).encoding == (b).encoding)
#elif defined(AUTH)
#include "message/auth.c"
#define PAYLOAD struct ikl_auth
#define READ ikl_auth_read
#define WRITE(writer, payload) ikl_auth_write(writer, &(payload))
#define OCTETS(payload) (payload).data
#define SAME(a, b) ((a).method == (b).method)
#elif defined(EAP)
#include "message/eap.c"
#define PAYLOAD struct ikl_eap
#define READ ikl_eap_read
#define WRITE(writer, payload) ikl_eap_write(writer, &(payload))
#define OCTETS(payload) (payload).data
#define SAME(a, b) ((a).code == (b).code && (a).identifier == (b).identifier && (a).type == (b).type)
#elif defined(IDS)
#include "message/notify.c"
#include "message/sync.c"
#define PAYLOAD struct ikl_message_id_sync
#define READ ikl_message_id_sync_read
#define WRITE(writer, payload) ikl_message_id_sync_write(writer, &(payload))
#define SAME(a, b) ((a).nonce == (b).nonce && (a).send == (b).send && (a).receive == (b).receive)
#elif defined(REPLAY)
#include "message/notify.c"
#include "message/sync.c"
#define PAYLOAD struct ikl_replay_sync
#define READ ikl_replay_sync_read
#define WRITE(writer, payload) ikl_replay_sync_write(writer, &(payload))
#define SAME(a, b) ((a).delta == (b).delta && (a).extended == (b).extended)
#else
#define PAYLOAD struct ikl_octets
#define OCTETS(payload) (payload)
#define SAME(a, b) true
#if defined(NONCE)
#include "message/nonce.c"
#define READ ikl_nonce_read
#define WRITE(writer, payload) ikl_nonce_write(writer, payload)
#elif defined(TOKEN)
#include "message/notify.c"
#include "message/token.c"
#define READ ikl_token_read
#define WRITE(writer, payload) ikl_token_write(writer, payload)
#else
#include "message/key_exchange_link.c"
#include "message/notify.c"
#define READ ikl_key_exchange_link_read
#define WRITE(writer, payload) ikl_key_exchange_link_write(writer, payload)
#endif
#endif

/* Octets of a string, and of the buffer: the nonce and the token are no shorter than 16. */
enum { MOST = 18, ROOM = MOST + 16 };

static struct ikl_octets any_view(bool counting)
{
    size_t len = nondet_size();

    suppose(len <= MOST || counting);
    return (struct ikl_octets){any_octets(MOST), len};
}

static bool are_same(struct ikl_octets a, struct ikl_octets b)
{
    size_t watched = nondet_size();

    return a.len == b.len && (watched >= a.len || a.data[watched] == b.data[watched]);
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

static void read_back(const PAYLOAD *payload, struct ikl_octets body)
{
    PAYLOAD again;

    prove(READ(&again, body) == IKL_OK);
    prove(SAME(*payload, again));
#ifdef OCTETS
    prove(are_same(OCTETS(*payload), OCTETS(again)));
#endif
#ifdef MORE_OCTETS
    prove(are_same(MORE_OCTETS(*payload), MORE_OCTETS(again)));
#endif
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
