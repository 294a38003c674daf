/* SPDX-License-Identifier: ISC */
/* One of two requests of any IKE SA is sealed and goes out; our Delete is not out, behind which nothing waits, as
 * delete_sa proves. Put in by contract: a message is sealed, by itself or for
 * the pool, as seal_stored proves; what `send` said is noted as resent says; waits have any length. */
#ifndef SENDS_H
#define SENDS_H

#define ikl_wait_jittered ikl_wait_jittered_by_list
#include "policy/wait.h"
#undef ikl_wait_jittered
static inline uint32_t ikl_wait_jittered(const struct ikl_schedule *schedule, uint32_t attempt, uint32_t random);

#include "ike_sa.h"

#define ikl_sa_next_iv ikl_sa_next_iv_in_line
#define ikl_sa_seal ikl_sa_seal_in_line
#include "sa/protect.h"
#undef ikl_sa_next_iv
#undef ikl_sa_seal
int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv);
int ikl_sa_seal(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len);

#define ikl_request_transmit_made ikl_request_transmit_made_in_line
#include "sa/request.h"
#undef ikl_request_transmit_made
void ikl_request_transmit_made(struct ikl_sa *sa, struct ikl_request *request, size_t len, ikl_time now);

/* As memmove does; a plaintext is kept nowhere else. */
static void copy_small(uint8_t *to, const uint8_t *from, size_t len);

#define memmove copy_small
#include "sa/host_requests.c"
#undef memmove

#if defined(FIRST)
static struct ikl_own_request *const own = &first_request; /* the one that goes out */
static struct ikl_own_request *const other = &second_request;
#else
static struct ikl_own_request *const own = &second_request;
static struct ikl_own_request *const other = &first_request;
#endif

enum { BODY = 1, OTHER_BODY = 2 };

/* Of its body. */
static enum contents { NOTHING, ROOM, PLAINTEXT, SEALED } contents;

static struct ikl_keying keying;
static struct ikl_cipher cipher;
static struct ikl_schedule schedule;
static uint8_t draft_buffer[1];
static bool draft_has_plaintext, message_is_sealed, iv_is_new, is_exhausted, has_failed, has_left;
static size_t packed_len, made_len;
static ikl_time now;

/* What is to be sealed. */
static struct {
    uint8_t exchange_type, first_payload;
    size_t len;
    const uint8_t *data;
} wanted;

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    (void)slab;
    (void)index;
    prove(false);
    return NULL;
}

static int may_fail(int result)
{
    has_failed = result != IKL_OK;
    is_exhausted = result == IKL_ERR_EXHAUSTED;
    return result;
}

static inline uint32_t ikl_wait_jittered(const struct ikl_schedule *waits, uint32_t attempt, uint32_t random)
{
    (void)random;
    prove(waits == own->request.run.schedule && attempt == 0);
    return nondet_u32();
}

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *of)
{
    prove(of == &endpoint);
    return nondet_u32();
}

static void copy_small(uint8_t *to, const uint8_t *from, size_t len)
{
    bool is_kept = from == own->small;

    prove(to == own->small && from == wanted.data && len == wanted.len && len <= IKL_SMALL_BODY);
    for (size_t i = 0; i < IKL_SMALL_BODY && !is_kept; i++) {
        own->small[i] = nondet_u8();
    }
}

void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len)
{
    prove(pool == &endpoint.pool && contents == ROOM && body == BODY && offset == 0);
    prove(data == draft_buffer && draft_has_plaintext && len == wanted.len);
    contents = PLAINTEXT;
}

void ikl_wipe(void *memory, size_t len)
{
    prove(memory == draft_buffer && len == wanted.len);
    draft_has_plaintext = false;
}

/* With the next Message ID, and nothing else with that. */
static void check_draft(const struct ikl_draft *draft)
{
    prove(!has_left && !has_failed && own->request.state == IKL_REQUEST_QUEUED);
    prove(draft->message_id == ike_sa.send_window.next && ikl_send_window_open(&ike_sa.send_window));
    prove(!draft->response && draft->exchange_type == wanted.exchange_type);
    prove(draft->first_payload == wanted.first_payload && draft->plaintext.len == wanted.len);
    prove(draft->plaintext.data == wanted.data && draft_has_plaintext == (wanted.data == draft_buffer));
}

int ikl_sa_seal_stored(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing,
                       uint32_t *stored)
{
    prove(sa == &ike_sa && packing->len == packed_len && contents == NOTHING && !ikl_sa_is_small(sa, draft));
    prove(stored == &own->request.stored);
    check_draft(draft);
    if (may_fail(nondet_int()) != IKL_OK) {
        return is_exhausted ? IKL_ERR_EXHAUSTED : IKL_ERR_CRYPTO;
    }
    contents = SEALED;
    own->request.stored = BODY;
    return IKL_OK;
}

int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv)
{
    prove(sa == &ike_sa && iv == own->iv);
    own->iv[0] = nondet_u8();
    iv_is_new = true;
    return may_fail(nondet_int());
}

int ikl_sa_seal(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len)
{
    prove(sa == &ike_sa && iv == own->iv && iv_is_new && ikl_sa_is_small(sa, draft));
    check_draft(draft);
    iv_is_new = false;
    message_is_sealed = true;
    *len = made_len = nondet_size();
    return may_fail(nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO);
}

/* What was sealed goes out, once. */
static void transmit(const struct ikl_sa *sa, const struct ikl_request *request, ikl_time at)
{
    prove(sa == &ike_sa && request == &own->request && at == now && !has_failed && !has_left);
    prove(request->state == IKL_REQUEST_SENT && request->run.message_id + 1 == sa->send_window.next);
    own->request.attempt_untold = 1;
    has_left = true;
}

void ikl_request_transmit(struct ikl_sa *sa, struct ikl_request *request, ikl_time at)
{
    prove(request->stored == BODY && contents == SEALED);
    transmit(sa, request, at);
}

void ikl_request_transmit_made(struct ikl_sa *sa, struct ikl_request *request, size_t len, ikl_time at)
{
    prove(request->stored == IKL_NONE && contents == NOTHING && message_is_sealed && len == made_len);
    transmit(sa, request, at);
}

/* It takes a Message ID just when it goes out. */
static void check_window(void)
{
    const struct ikl_send_window *window = &ike_sa.send_window, *then = &before.send_window;

    prove(window->next == then->next + (has_left ? 1 : 0) && window->size == then->size);
    prove(window->unanswered == then->unanswered && window->answered == then->answered);
}

static void have_any_sender(void)
{
    have_any_ike_sa();
    endpoint.keyings = &keying;
    endpoint.draft = draft_buffer;
    endpoint.tick_slack = nondet_u32();
    keying.cipher = &cipher;
    cipher.deterministic = nondet_bool();
    ike_sa.keying = 0;
    ike_sa.probe.run.schedule = own->request.run.schedule = other->request.run.schedule = &schedule;
    own->request.stored = nondet_bool() ? BODY : IKL_NONE;
    other->request.stored = nondet_bool() ? OTHER_BODY : IKL_NONE;
    suppose(ike_sa.probe.state != IKL_REQUEST_SENT || ike_sa.probe.kind != IKL_REQUEST_DELETE_SA);
    packed_len = nondet_size();
    now = nondet_u64();
    suppose(now < UINT64_C(1) << 62);
}

#endif
