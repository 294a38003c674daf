/* SPDX-License-Identifier: ISC */
/* An IKE SA moves to another endpoint whole, or not at all. It moves only when it has not ended, has no heir and is
 * none, and that endpoint takes messages as large, has its path group and its cipher, and no IKE SA with its SPI. Room
 * is made for each part that it has before the first one moves; when there is none, or it is beyond the share of one
 * IKE SA there, nothing moves. Then each part moves once: Child SAs before requests that delete some, requests before
 * it is asked which of them are blocked. It counts for the share and the path group of one endpoint alone, is found
 * there alone, and has no timer where it was; an outage goes along with it, and what is left of it is given back last.
 *
 * bounds: none. By contract: each part (see carry for bodies, blocked for requests that wait), shares (see share), the
 * table of SPIs, the timer wheel
 * with: sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: lib/sa/migrate.c s/ || sa->group >= to->n_groups//
 * fault: lib/sa/migrate.c s/^ *ikl_sa_carry_blocked(there);//
 * fault: lib/sa/migrate.c s/cipher == ikl_sa_cipher(sa) ? result/true ? result/
 * fault: lib/sa/migrate.c s/^ *ikl_share_leave(sa);//
 * fault: lib/sa/migrate.c s/^ *withdraw(sa);//
 * fault: lib/sa/migrate.c s/ikl_sa_reserve_token(sa, to) != IKL_OK ||// */
#include "proof.h"

#include "sa/migrate.c"

/* What is done, in bits; some of it only after something else. */
enum {
    ROOM_KEYS = 1 << 0,
    ROOM_SHARE = 1 << 1,
    ROOM_PLACE = 1 << 2,
    ROOM_RESPONSES = 1 << 3,
    ROOM_REQUESTS = 1 << 4,
    ROOM_CHILDREN = 1 << 5,
    ROOM_TOKEN = 1 << 6,
    ROOM_SYNC = 1 << 7,
    ROOM_KEY_CHANGE = 1 << 8,
    ROOM_KEPT = 1 << 9,
    ROOM_EXTRA = 1 << 10,
    ALLOWED = 1 << 11,
    PLACED = 1 << 12,
    LEFT_SHARE = 1 << 13,
    ENTERED_SHARE = 1 << 14,
    KEYS = 1 << 15,
    KEY_CHANGE = 1 << 16,
    HISTORY = 1 << 17,
    EXTRA = 1 << 18,
    TOKEN = 1 << 19,
    SYNC = 1 << 20,
    KEPT = 1 << 21,
    ANSWERS = 1 << 22,
    CHILDREN = 1 << 23,
    REQUESTS = 1 << 24,
    BLOCKED = 1 << 25,
    CHILDREN_GONE = 1 << 26,
    WITHDRAWN = 1 << 27,
    STOPPED = 1 << 28,
    ENROLLED = 1 << 29,
    RELEASED = 1 << 30
};

static const unsigned ROOM = ROOM_EXTRA - 1, PARTS = (WITHDRAWN - 1) & ~(unsigned)(KEYS - 1);

static struct ikl_endpoint from, to;
static struct ikl_keying keying;
static struct ikl_cipher cipher, other_cipher;
static struct ikl_sa sa, before, there;
static ikl_time now;
static unsigned done, n_left, n_told;
static bool is_known, has_cipher, goes_on;

/* Once, after that. */
static void step(unsigned what, unsigned after)
{
    prove((done & what) == 0 && (done & after) == after);
    done |= what;
}

static int reserve_room(unsigned what)
{
    int result = nondet_bool() ? IKL_OK : IKL_ERR_NO_MEMORY;

    prove(done < ALLOWED);
    done |= result == IKL_OK ? what : 0;
    return result;
}

/* A part moves, when all have room. */
static void carry(unsigned what, const struct ikl_sa *old, const struct ikl_sa *young)
{
    prove(old == &sa && young == &there);
    step(what, ROOM | ALLOWED | PLACED | LEFT_SHARE | ENTERED_SHARE);
}

struct ikl_sa *ikl_endpoint_find(const struct ikl_endpoint *endpoint, uint64_t spi)
{
    prove(endpoint == &to && spi == (sa.original_initiator ? sa.spi_i : sa.spi_r));
    return is_known ? &there : NULL;
}

uint64_t ikl_sa_own_spi(const struct ikl_sa *of)
{
    return of->original_initiator ? of->spi_i : of->spi_r;
}

int ikl_endpoint_cipher(const struct ikl_endpoint *endpoint, const struct ikl_suite *suite,
                        const struct ikl_cipher **out)
{
    prove(endpoint == &to && suite == &keying.suite && done == 0);
    *out = has_cipher ? &cipher : &other_cipher;
    return nondet_bool() ? IKL_OK : IKL_ERR_UNSUPPORTED;
}

uint32_t ikl_share_of(const struct ikl_endpoint *endpoint, const struct ikl_cipher *with)
{
    prove(endpoint == &to && with == (sa.keys != IKL_NONE ? &cipher : NULL));
    return nondet_u32();
}

int ikl_share_reserve(struct ikl_endpoint *endpoint, uint64_t blocks)
{
    (void)blocks;
    prove(endpoint == &to && (sa.keys == IKL_NONE || (done & ROOM_KEYS) != 0));
    return reserve_room(ROOM_SHARE | ROOM_KEYS);
}

int ikl_sa_reserve_keys(struct ikl_endpoint *endpoint, const struct ikl_suite *suite, const struct ikl_cipher *with,
                        uint16_t *out)
{
    prove(endpoint == &to && suite == &keying.suite && with == &cipher);
    *out = 0;
    return reserve_room(ROOM_KEYS);
}

int ikl_sa_reserve_place(struct ikl_endpoint *endpoint)
{
    prove(endpoint == &to);
    return reserve_room(ROOM_PLACE);
}

int ikl_sa_reserve_responses(struct ikl_endpoint *endpoint, uint32_t n)
{
    prove(endpoint == &to && n == sa.receive_window.size);
    return reserve_room(ROOM_RESPONSES);
}

uint32_t ikl_sa_count_requests(const struct ikl_sa *of)
{
    prove(of == &sa);
    return 5;
}

int ikl_slab_reserve(struct ikl_slab *slab, uint32_t n)
{
    prove(slab == &to.requests ? n == 5 : slab == &to.extras && n == 1 && sa.extra != IKL_NONE);
    return reserve_room(slab == &to.requests ? ROOM_REQUESTS : ROOM_EXTRA);
}

int ikl_sa_reserve_copies(const struct ikl_sa *of, struct ikl_endpoint *endpoint)
{
    prove(of == &sa && endpoint == &to);
    return reserve_room(ROOM_CHILDREN);
}

int ikl_sa_reserve_token(const struct ikl_sa *of, struct ikl_endpoint *endpoint)
{
    prove(of == &sa && endpoint == &to);
    return reserve_room(ROOM_TOKEN);
}

int ikl_sa_reserve_sync(const struct ikl_sa *of, struct ikl_endpoint *endpoint)
{
    prove(of == &sa && endpoint == &to);
    return reserve_room(ROOM_SYNC);
}

int ikl_key_change_reserve(const struct ikl_sa *of, struct ikl_endpoint *endpoint, uint16_t with)
{
    prove(of == &sa && endpoint == &to && with == (sa.keys != IKL_NONE ? 0 : IKL_NO_KEYING));
    return reserve_room(ROOM_KEY_CHANGE);
}

int ikl_beside_reserve_carry(const struct ikl_beside *old, struct ikl_beside *young, uint64_t spi)
{
    prove(old == &from.kept && young == &to.kept && spi == ikl_sa_own_spi(&sa));
    return reserve_room(ROOM_KEPT);
}

void ikl_sa_liken(struct ikl_sa *like, const struct ikl_sa *of, struct ikl_endpoint *endpoint)
{
    prove(of == &sa && endpoint == &to);
    *like = *of;
    like->endpoint = endpoint;
}

bool ikl_share_allows(const struct ikl_sa *of, uint32_t blocks)
{
    prove(of->endpoint == &to && of->held == 0 && blocks == sa.held && (done & ROOM) == ROOM);
    return nondet_bool();
}

bool ikl_share_has(const struct ikl_sa *of, uint32_t blocks)
{
    prove(of->endpoint == &to && of->held == 0 && blocks == sa.held);
    done |= nondet_bool() ? ALLOWED : 0;
    return (done & ALLOWED) != 0;
}

struct ikl_sa *ikl_sa_place(const struct ikl_sa *of, struct ikl_endpoint *endpoint)
{
    step(PLACED, ROOM | ALLOWED);
    prove((done & ROOM_EXTRA) != 0 || sa.extra == IKL_NONE);
    ikl_sa_liken(&there, of, endpoint);
    return &there;
}

void ikl_sa_unmark(struct ikl_sa *of)
{
    prove(of == &there);
}

void ikl_share_leave(struct ikl_sa *of)
{
    prove(of == &sa);
    step(LEFT_SHARE, PLACED);
}

void ikl_share_enter(struct ikl_sa *of)
{
    prove(of == &there);
    step(ENTERED_SHARE, LEFT_SHARE);
}

void ikl_sa_carry_keys(struct ikl_sa *old, struct ikl_sa *young, uint16_t with)
{
    prove(with == (sa.keys != IKL_NONE ? 0 : IKL_NO_KEYING));
    carry(KEYS, old, young);
}

void ikl_key_change_carry(struct ikl_sa *old, struct ikl_sa *young)
{
    carry(KEY_CHANGE, old, young);
    prove((done & KEYS) != 0);
}

void ikl_history_carry(struct ikl_sa *old, struct ikl_sa *young)
{
    carry(HISTORY, old, young);
}

void ikl_sa_carry_extra(struct ikl_sa *old, struct ikl_sa *young)
{
    carry(EXTRA, old, young);
}

void ikl_sa_carry_token(struct ikl_sa *old, struct ikl_sa *young)
{
    carry(TOKEN, old, young);
}

void ikl_sa_carry_sync(struct ikl_sa *old, struct ikl_sa *young)
{
    carry(SYNC, old, young);
}

void ikl_beside_carry(struct ikl_beside *old, struct ikl_beside *young, uint64_t spi)
{
    prove(old == &from.kept && young == &to.kept && spi == ikl_sa_own_spi(&sa));
    carry(KEPT, &sa, &there);
}

void ikl_sa_carry_answers(struct ikl_sa *old, struct ikl_sa *young)
{
    carry(ANSWERS, old, young);
}

void ikl_sa_copy_children(const struct ikl_sa *old, struct ikl_sa *young)
{
    carry(CHILDREN, old, young);
}

void ikl_sa_carry_requests(struct ikl_sa *old, struct ikl_sa *young)
{
    carry(REQUESTS, old, young);
    prove((done & CHILDREN) != 0 && (done & CHILDREN_GONE) == 0);
}

void ikl_sa_carry_blocked(struct ikl_sa *of)
{
    prove(of == &there);
    step(BLOCKED, REQUESTS);
}

void ikl_sa_forget_children(struct ikl_sa *of)
{
    prove(of == &sa);
    step(CHILDREN_GONE, CHILDREN);
}

void ikl_spi_table_remove(struct ikl_spi_table *table, uint64_t spi, uint32_t index)
{
    prove(table == &from.spis && spi == ikl_sa_own_spi(&sa) && index == sa.self);
    step(WITHDRAWN, PARTS & ~(unsigned)WITHDRAWN);
}

bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer)
{
    prove(wheel == from.wheel && timer == sa.self);
    step(STOPPED, 0);
    return nondet_bool();
}

void ikl_group_leave(struct ikl_endpoint *endpoint, uint16_t index)
{
    prove(endpoint == &from && index == sa.group && n_left == 0);
    n_left++;
}

void ikl_sa_enroll(struct ikl_sa *of)
{
    prove(of == &there && n_left == 1);
    step(ENROLLED, WITHDRAWN | STOPPED);
}

void ikl_sa_tell_group(struct ikl_sa *of, ikl_time at)
{
    prove(of == &there && at == now && (done & ENROLLED) != 0 && (done & RELEASED) == 0);
}

bool ikl_group_take_outage(struct ikl_endpoint *endpoint, uint16_t index, const struct ikl_endpoint *old)
{
    prove(endpoint == &to && index == there.group && old == &from && (done & (ENROLLED | RELEASED)) == ENROLLED);
    goes_on = nondet_bool();
    return goes_on;
}

void ikl_sa_mark(struct ikl_sa *of, enum ikl_fact fact)
{
    prove(of == &there && fact == IKL_FACT_OUTAGE);
    n_told++;
}

void ikl_sa_release(struct ikl_sa *of)
{
    prove(of == &sa);
    step(RELEASED, ENROLLED);
}

static bool may_move(void)
{
    return before.state < IKL_SA_DYING && before.heir == IKL_NONE && before.first_forebear == IKL_NONE && !is_known &&
           to.max_message >= from.max_message && before.group < to.n_groups && (before.keys == IKL_NONE || has_cipher);
}

static bool is_as_before(size_t i)
{
    return ((const uint8_t *)&sa)[i] == ((const uint8_t *)&before)[i];
}

int main(void)
{
    struct ikl_sa any, *out = NULL;
    int result;

    now = nondet_u64();
    is_known = nondet_bool();
    has_cipher = nondet_bool();
    keying.cipher = &cipher;
    from.keyings = &keying;
    from.wheel = (struct ikl_wheel *)any_octets(1);
    from.max_message = nondet_u32();
    to.max_message = nondet_u32();
    to.n_groups = nondet_u32();
    sa = any;
    sa.endpoint = &from;
    sa.keying = 0;
    suppose(sa.state < IKL_SA_STATES);
    before = sa;
    result = ikl_decide_migrate(&sa, &to, now, &out);
    if (result == IKL_OK) {
        prove(may_move() && out == &there && there.endpoint == &to &&
              (done | ROOM_EXTRA) == (RELEASED - 1u + RELEASED));
        prove(n_left == 1 && n_told == goes_on && there.state == before.state);
    } else {
        prove(out == NULL && done < PLACED && n_left == 0 && is_as_before(any_up_to(sizeof(sa) - 1)));
        prove(may_move() || done == 0);
    }
    return 0;
}
