/* SPDX-License-Identifier: ISC */
/* The payloads, and known notifications, whose body is a few fields and strings of octets. A variant is one of them. */
#ifndef BODIES_H
#define BODIES_H

#include "proof.h"

#include "message/body.h"
#include "message/cursor.c"
#include "message/typed_body.c"

#if defined(ID)
/* What an Identification holds may be anything, but is the same whenever it is asked. */
bool __CPROVER_uninterpreted_holds(int octet);

static void *find_octet(const uint8_t *octets, int octet, size_t len)
{
    prove(__CPROVER_r_ok(octets, len));
    return __CPROVER_uninterpreted_holds(octet) ? (void *)octets : NULL;
}

#define memchr find_octet
#endif

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
#elif defined(ID)
#include "message/id.c"
#define PAYLOAD struct ikl_id
#define READ ikl_id_read
#define WRITE(writer, payload) ikl_id_write(writer, &(payload))
#define OCTETS(payload) (payload).data
#define SAME(a, b) ((a).type == (b).type)
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

static inline bool are_same(struct ikl_octets a, struct ikl_octets b)
{
    size_t watched = nondet_size();

    return a.len == b.len && (watched >= a.len || a.data[watched] == b.data[watched]);
}

/* Reads the body, and proves that it holds the same as `payload`. */
static inline void read_back(const PAYLOAD *payload, struct ikl_octets body)
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

#endif
