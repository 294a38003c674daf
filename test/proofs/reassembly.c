/* SPDX-License-Identifier: ISC */
/* From any valid state of a message that is being put together, a fragment is refused, and nothing changes, or it is
 * kept: beside the others when it is a new one of the same message, or instead of them. The message is whole just when
 * all of its fragments are there, and is then what they hold, in order. What is kept stays valid, and is never more
 * than max_message. The pool and the windows do what their own proofs say of them.
 *
 * bounds: one fragment so far, or two with --long, of up to 2 octets each, any numbers and totals
 * each: -DKEPT=0 -DKEPT=1
 * long: -DKEPT=2
 * cbmc: --unwind 5
 * fault: lib/sa/reassembly.c s/octets > sa->endpoint->max_message/octets > sa->endpoint->max_message + 1/ */
#include "proof.h"

#include "sa/extra.h"

enum { MOST = 2, BODIES = KEPT + 1, NUMBERS = 255 };

/* The pool: bodies that hold a fragment. */
static struct {
    struct ikl_piece piece;
    uint8_t data[MOST];
    size_t len;
    bool taken;
} bodies[BODIES];

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_extra its_extra;
static uint8_t plaintext[BODIES * MOST];

uint32_t ikl_sa_take_body(struct ikl_sa *of, size_t len, enum ikl_body_use use)
{
    (void)of;
    prove(len >= sizeof(struct ikl_piece) && use == IKL_BODY);
    for (uint32_t i = 0; i < BODIES; i++) {
        if (!bodies[i].taken && nondet_bool()) {
            bodies[i].taken = true;
            bodies[i].len = len - sizeof(struct ikl_piece);
            return i;
        }
    }
    return IKL_NONE;
}

bool ikl_sa_has_body_room(struct ikl_sa *of, size_t len, uint32_t freed)
{
    (void)of;
    (void)len;
    (void)freed;
    return nondet_bool();
}

static bool is_taken(uint32_t body)
{
    return body < BODIES && bodies[body].taken;
}

void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len)
{
    (void)pool;
    prove(is_taken(body));
    if (offset == 0 && len == sizeof(struct ikl_piece)) {
        bodies[body].piece = *(const struct ikl_piece *)data;
    } else if (offset == offsetof(struct ikl_piece, next) && len == sizeof(uint32_t)) {
        bodies[body].piece.next = *(const uint32_t *)data;
    } else {
        prove(offset == sizeof(struct ikl_piece) && len == bodies[body].len);
        for (size_t i = 0; i < MOST && i < len; i++) {
            bodies[body].data[i] = data[i];
        }
    }
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    (void)pool;
    prove(is_taken(body) && offset == sizeof(struct ikl_piece) && len == bodies[body].len);
    for (size_t i = 0; i < MOST && i < len; i++) {
        out[i] = bodies[body].data[i];
    }
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    (void)pool;
    prove(is_taken(body));
    return sizeof(struct ikl_piece) + bodies[body].len;
}

struct ikl_piece ikl_piece_at(const struct ikl_sa *of, uint32_t body)
{
    (void)of;
    prove(is_taken(body));
    return bodies[body].piece;
}

uint32_t ikl_partial_blocks(const struct ikl_sa *of, const struct ikl_reassembly *reassembly)
{
    (void)of;
    (void)reassembly;
    return nondet_u32();
}

void ikl_partial_list(struct ikl_sa *of, struct ikl_reassembly *reassembly)
{
    prove(of->state == IKL_SA_CONNECTING && !reassembly->listed);
    reassembly->listed = true;
}

/* All of its pieces are given back. */
void ikl_partial_reset(struct ikl_sa *of, struct ikl_reassembly *reassembly)
{
    uint32_t body = reassembly->total != 0 ? reassembly->first_piece : IKL_NONE;

    (void)of;
    while (body != IKL_NONE) {
        prove(is_taken(body));
        bodies[body].taken = false;
        body = bodies[body].piece.next;
    }
    *reassembly = (struct ikl_reassembly){0};
}

bool ikl_send_window_awaits(const struct ikl_send_window *window, uint32_t message_id)
{
    (void)window;
    (void)message_id;
    return true;
}

enum ikl_arrival ikl_receive_window_judge(const struct ikl_receive_window *window, uint32_t message_id)
{
    (void)window;
    (void)message_id;
    return IKL_ARRIVAL_NEW;
}

#define ikl_sa_extra(sa) (&its_extra)
#include "sa/reassembly.c"

bool ikl_sa_waits_for(const struct ikl_sa *of, uint32_t message_id)
{
    (void)of;
    (void)message_id;
    return nondet_bool();
}

/* Its pieces are in order, each number once, none beyond the total, and all counted; one at least is missing. */
static bool is_valid(const struct ikl_reassembly *reassembly)
{
    uint32_t at = reassembly->first_piece, n = 0, octets = 0, last = 0, n_taken = 0;

    for (uint32_t i = 0; i < BODIES; i++) {
        n_taken += bodies[i].taken ? 1 : 0;
    }
    if (reassembly->total == 0) {
        return n_taken == 0;
    }
    for (; n < BODIES && at != IKL_NONE; n++) {
        if (!is_taken(at) || bodies[at].piece.number <= last || bodies[at].len > MOST) {
            return false;
        }
        last = bodies[at].piece.number;
        octets += (uint32_t)bodies[at].len;
        at = bodies[at].piece.next;
    }
    return at == IKL_NONE && n == n_taken && n == reassembly->n_pieces && n > 0 && n < reassembly->total &&
           reassembly->total <= NUMBERS && last <= reassembly->total && octets == reassembly->octets &&
           octets <= endpoint.max_message;
}

static struct ikl_reassembly *suppose_state(bool response)
{
    struct ikl_reassembly *reassembly = response ? &its_extra.response : &its_extra.request;

    endpoint.plaintext = plaintext;
    endpoint.max_message = (uint32_t)any_up_to(sizeof(plaintext));
    sa = (struct ikl_sa){.endpoint = &endpoint, .state = nondet_u8() % IKL_SA_STATES, .fragmentation = nondet_bool()};
    reassembly->total = KEPT > 0 ? nondet_u16() : 0;
    reassembly->n_pieces = KEPT;
    reassembly->octets = nondet_u32();
    reassembly->message_id = nondet_u32();
    reassembly->exchange_type = nondet_u8();
    reassembly->first_piece = nondet_u32();
    for (uint32_t i = 0; i < KEPT; i++) {
        bodies[i].piece.next = nondet_u32();
        bodies[i].piece.number = nondet_u16();
        bodies[i].len = any_up_to(MOST);
        bodies[i].taken = true;
        for (size_t k = 0; k < MOST; k++) {
            bodies[i].data[k] = nondet_u8();
        }
    }
    suppose(is_valid(reassembly) && (reassembly->total != 0) == (KEPT > 0));
    return reassembly;
}

/* Whether a fragment with this number is there. */
static bool has(const struct ikl_reassembly *reassembly, uint16_t number)
{
    for (uint32_t i = 0; reassembly->total != 0 && i < KEPT; i++) {
        if (bodies[i].piece.number == number) {
            return true;
        }
    }
    return false;
}

static bool is_refused(const struct ikl_reassembly *before, const struct ikl_opened *fragment, bool anew)
{
    size_t others = anew ? 0 : before->octets;

    return fragment->fragment_total > NUMBERS ||
           (before->total != 0 && fragment->header.message_id > before->message_id) ||
           (!anew &&
            (fragment->fragment_total < before->total || fragment->header.exchange_type != before->exchange_type ||
             has(before, fragment->fragment_number))) ||
           others + fragment->plaintext.len > endpoint.max_message;
}

/* The whole has the octets of each fragment behind those of smaller numbers. */
static void check_whole(uint16_t number, const uint8_t *data, size_t len)
{
    size_t watched = nondet_size(), front[BODIES] = {0}, in_front = 0;

    for (uint32_t i = 0; i < KEPT; i++) {
        in_front += bodies[i].piece.number < number ? bodies[i].len : 0;
        front[i] = bodies[i].piece.number > number ? len : 0;
        for (uint32_t k = 0; k < KEPT; k++) {
            front[i] += bodies[k].piece.number < bodies[i].piece.number ? bodies[k].len : 0;
        }
        prove(watched >= bodies[i].len || plaintext[front[i] + watched] == bodies[i].data[watched]);
    }
    prove(watched >= len || plaintext[in_front + watched] == data[watched]);
}

int main(void)
{
    uint8_t data[MOST];
    struct ikl_opened fragment = {.header = {.message_id = nondet_u32(),
                                             .exchange_type = nondet_u8(),
                                             .flags = nondet_bool() ? IKL_FLAG_RESPONSE : 0},
                                  .plaintext = {data, any_up_to(MOST)},
                                  .fragment_number = nondet_u16(),
                                  .fragment_total = nondet_u16(),
                                  .critical = nondet_u8()};
    struct ikl_reassembly *reassembly = suppose_state(fragment.header.flags != 0);
    struct ikl_reassembly before = *reassembly;
    size_t len = fragment.plaintext.len;
    bool anew =
        before.total == 0 || fragment.header.message_id != before.message_id || fragment.fragment_total > before.total;
    bool is_last = fragment.fragment_total == (anew ? 1 : KEPT + 1), refused, complete;
    int result;

    suppose(fragment.fragment_number >= 1 && fragment.fragment_number <= fragment.fragment_total);
    refused = is_refused(&before, &fragment, anew);
    result = ikl_sa_take_fragment(&sa, &fragment, nondet_u32(), &complete);
    if (!sa.fragmentation) {
        prove(result == IKL_ERR_UNSUPPORTED);
    } else if (refused) {
        prove(result == IKL_ERR_FRAGMENT);
    } else {
        prove(result == IKL_OK || result == IKL_ERR_NO_BUFFER);
    }
    prove(complete == (result == IKL_OK && is_last));
    prove(is_valid(reassembly));
    if (result == IKL_ERR_FRAGMENT || result == IKL_ERR_UNSUPPORTED) {
        prove(reassembly->total == before.total && reassembly->n_pieces == before.n_pieces);
        prove(reassembly->octets == before.octets && reassembly->first_piece == before.first_piece);
    } else if (complete) {
        prove(reassembly->total == 0 && fragment.plaintext.data == plaintext);
        prove(fragment.plaintext.len == len + (anew ? 0 : before.octets));
        if (!anew) {
            check_whole(fragment.fragment_number, data, len);
        }
    } else if (result == IKL_OK) {
        prove(reassembly->total == (anew ? fragment.fragment_total : before.total));
        prove(reassembly->n_pieces == (anew ? 1 : KEPT + 1));
    }
    return 0;
}
