/* SPDX-License-Identifier: ISC */
/* While the peer's window has room, the first request that waits goes out, and no other does. It takes the next Message
 * ID, and is sealed with it once, as the plaintext that it waited with, with an IV that was never used; what was sealed
 * goes out then. When that fails it waits on as it was, those behind it wait too, and no Message ID is taken. The IKE
 * SA ends when Message IDs or IVs have run out, and for nothing else.
 *
 * Put in by contract: a message is packed, and sealed, by itself or for the pool, as seal_stored proves; the pool; what
 * `send` said is noted as resent says; waits of any length.
 *
 * bounds: two requests besides the probe, no Child SA, times below 2^62; by induction, all that wait. -DFIRST,
 *     -DSECOND: which of the two is the first that waits
 * each: -DFIRST
 * long: -DSECOND
 * with: base.c policy/window.c sa/heirs.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3 --unwindset is_same.0:30,copy_small.0:13,check.0:17
 * fault: lib/sa/host_requests.c s/^ *own->request.stored = ikl_sa_take_body(.*OWED);//
 * fault: lib/sa/host_requests.c s/window->next - window->unanswered </&=/
 * fault: -DSECOND lib/sa/requests.c s/own->request.state != IKL_REQUEST_QUEUED/own->request.state == IKL_REQUEST_ENDED/
 * fault: lib/sa/host_requests.c s/if (result == IKL_ERR_EXHAUSTED) {/if (result != IKL_OK) {/
 * fault: lib/sa/request.h s/ikl_window_take(&sa->send_window)/sa->send_window.next/
 * fault: lib/sa/host_requests.c s/^ *ikl_wipe(sa->endpoint->draft, plaintext.len);// */
#include "sends.h"

/* What this says is proved; the place that it has found is written, so that the prover knows which. */
#define is_first is_first_sent
#define ikl_sa_first_queued first_queued_in_list
#include "sa/requests.c"
#undef is_first
#undef ikl_sa_first_queued

static struct ikl_own_request was, other_was; /* as they were */
static size_t body_len;
static bool is_ended;

static struct ikl_own_request *first_waiting(void)
{
    return own->request.state == IKL_REQUEST_QUEUED ? own : other->request.state == IKL_REQUEST_QUEUED ? other : NULL;
}

struct ikl_own_request *ikl_sa_first_queued(const struct ikl_sa *sa)
{
    prove(sa == &ike_sa);
    return first_waiting();
}

uint32_t ikl_sa_body_blocks(const struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && body == BODY);
    return (uint32_t)body_len;
}

bool ikl_sa_has_body_room(struct ikl_sa *sa, size_t len, uint32_t freed)
{
    prove(sa == &ike_sa && len == packed_len && freed == (uint32_t)body_len);
    has_failed = nondet_bool();
    return !has_failed;
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    prove(pool == &endpoint.pool && (has_left ? body == OTHER_BODY : contents == PLAINTEXT && body == BODY));
    return body_len;
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    prove(pool == &endpoint.pool && contents == PLAINTEXT && body == BODY && offset == 0);
    prove(out == draft_buffer && len == wanted.len);
    draft_has_plaintext = true;
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && contents == PLAINTEXT && body == BODY && draft_has_plaintext && !has_failed);
    contents = NOTHING;
}

/* In the place of what was given back. */
uint32_t ikl_sa_take_body(struct ikl_sa *sa, size_t len, enum ikl_body_use use)
{
    prove(sa == &ike_sa && contents == NOTHING && use == IKL_BODY_OWED && len == body_len);
    prove(has_failed || ike_sa.send_window.next > IKL_MESSAGE_ID_LAST);
    contents = ROOM;
    return BODY;
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time at)
{
    prove(sa == &ike_sa && reason == IKL_DOWN_EXHAUSTED && given_up == NULL && at == now && !is_ended);
    prove(is_exhausted || sa->send_window.next > IKL_MESSAGE_ID_LAST);
    is_ended = true;
}

/* It was sent, or waits as it did, though what failed may have used up an IV; the other one is as it was. */
static void check(void)
{
    if (has_left) {
        prove(own->request.state == IKL_REQUEST_SENT && contents != PLAINTEXT);
    } else {
        for (size_t i = 0; i < sizeof(was.iv); i++) {
            was.iv[i] = own->iv[i];
        }
        prove(is_same(own, &was, sizeof(was)));
        prove(contents == (was.request.stored != IKL_NONE ? PLAINTEXT : NOTHING));
    }
    prove(is_same(other, &other_was, sizeof(other_was)) && !draft_has_plaintext);
    check_window();
    prove(ikl_sa_is_valid(&ike_sa));
    prove(ikl_sa_can_send(&ike_sa));
    prove(ikl_sa_all_is_awaited(&ike_sa));
}

int ikl_sa_pack(const struct ikl_sa *sa, const struct ikl_path *path, size_t len, struct ikl_packing *out)
{
    prove(sa == &ike_sa && path == &sa->path && !has_failed && !is_ended);
    if (has_left) { /* the next one is tried */
        check();
        suppose(false); /* and so on */
    }
    prove(len == wanted.len);
    out->len = packed_len;
    return may_fail(nondet_bool() ? IKL_OK : IKL_ERR_INVALID);
}

static void let_one_wait(void)
{
    bool is_stored = own->request.stored != IKL_NONE;

    own->request.state = IKL_REQUEST_QUEUED;
#if !defined(FIRST)
    suppose(other->request.state != IKL_REQUEST_QUEUED);
#endif
    contents = is_stored ? PLAINTEXT : NOTHING;
    body_len = nondet_size();
    wanted.exchange_type = own->request.exchange_type;
    wanted.first_payload = own->first_payload;
    wanted.len = is_stored ? own->plaintext_len : own->small_len;
    wanted.data = is_stored ? draft_buffer : own->small;
    was = *own;
    other_was = *other;
}

int main(void)
{
    have_any_sender();
    let_one_wait();
    suppose(ikl_sa_is_valid(&ike_sa) && ikl_sa_can_send(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
    prove(first_queued_in_list(&ike_sa) == own);
    ikl_sa_pump_requests(&ike_sa, now);
    if (!is_ended) {
        check();
        prove(has_failed || first_waiting() == NULL || !ikl_send_window_open(&ike_sa.send_window));
    }
    return 0;
}
