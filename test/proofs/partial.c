/* SPDX-License-Identifier: ISC */
/* From any valid list of incomplete messages, those of CONNECTING IKE SAs: one that is put in comes after all that are
 * no later than it. When there is no room, the oldest of another IKE SA goes, and none of its own. Of an IKE SA those
 * go whose time has come, and no others; those that may stay longer, once it is ESTABLISHED, leave the list. What goes
 * gives back all its fragments, once, and they are counted. The list stays valid.
 *
 * bounds: two IKE SAs, with two messages each, of one or two fragments; times below 256 ms
 * each: -DEXPIRE -DKEEP -DLOSE
 * long: -DLIST -DFORGET
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 5 --unwindset ikl_partial_reset.0:3,find_place.0:4
 * fault: -DKEEP lib/sa/partial.c s/shares.last_partial) = reassembly->older/shares.last_partial) = IKL_NONE/
 * fault: -DEXPIRE lib/sa/partial.c s/reassembly->expires <= now/reassembly->expires < now/
 * fault: -DFORGET lib/sa/partial.c s/oldest->sa == sa->self/oldest->sa != sa->self/
 * fault: -DLIST lib/sa/partial.c s/older->expires > reassembly->expires/older->expires < reassembly->expires/
 * fault: -DLOSE lib/sa/partial.c s/    unlist(sa->endpoint, reassembly);// */
#include "slabs.h"

#include "sa/partial.c"

enum { N = 4, MOST_PIECES = 2 };

static struct ikl_endpoint endpoint;
static struct ikl_sa first_sa, second_sa;
static struct ikl_extra first_extra, second_extra;

/* All messages, by their number in the list, and as they were; how far each is in line. */
static struct ikl_reassembly *const all[N] = {&first_extra.request, &first_extra.response, &second_extra.request,
                                              &second_extra.response};
static struct ikl_reassembly before[N];
static uint32_t line[N];

/* Each has bodies of its own; how often each was given back. */
static unsigned n_dropped[N * MOST_PIECES];

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove((slab == &endpoint.extras || slab == &endpoint.sas) && index <= 1);
    if (slab == &endpoint.extras) {
        return index == 0 ? &first_extra : &second_extra;
    }
    return index == 0 ? &first_sa : &second_sa;
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *data, size_t len)
{
    struct ikl_piece *piece = (struct ikl_piece *)(void *)data;
    bool is_last = body % MOST_PIECES + 1 == before[body / MOST_PIECES].n_pieces;

    prove(pool == &endpoint.pool && offset == 0 && len == sizeof(*piece) && n_dropped[body] == 0);
    piece->next = is_last ? IKL_NONE : body + 1;
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == (body / MOST_PIECES < 2 ? &first_sa : &second_sa));
    n_dropped[body]++;
}

/* If one comes after another in the list, that comes before it, and is no later. */
static bool are_neighbours(uint32_t older, uint32_t newer)
{
    const struct ikl_reassembly *a = all[older], *b = all[newer];
    bool comes_after = b->listed && b->older == older;

    return comes_after == (a->listed && a->newer == newer) &&
           !(comes_after && (line[older] >= line[newer] || a->expires > b->expires));
}

static bool is_end(uint32_t number)
{
    return number < N || number == IKL_NONE;
}

static bool is_in_place(uint32_t number)
{
    const struct ikl_reassembly *one = all[number];
    bool is_first = endpoint.shares.first_partial == number, is_last = endpoint.shares.last_partial == number;

    return is_first == (one->listed && one->older == IKL_NONE) && is_last == (one->listed && one->newer == IKL_NONE) &&
           (!one->listed || (is_end(one->older) && is_end(one->newer) && one->total != 0 && one->sa == number / 2));
}

static bool are_valid(void)
{
    uint32_t first = endpoint.shares.first_partial, last = endpoint.shares.last_partial;
    bool holds = is_end(first) && is_end(last), are_any = false;

    for (uint32_t n = 0; n < N; n++) {
        are_any = are_any || all[n]->listed;
        holds = holds && is_in_place(n);
        for (uint32_t other = 0; other < N; other++) {
            holds = holds && are_neighbours(n, other);
        }
    }
    return holds && are_any == (first != IKL_NONE) && are_any == (last != IKL_NONE);
}

static struct ikl_reassembly any_message(uint32_t number)
{
    return (struct ikl_reassembly){.expires = nondet_u8(),
                                   .message_id = nondet_u32(),
                                   .first_piece = number * MOST_PIECES,
                                   .total = nondet_u16(),
                                   .n_pieces = nondet_u8() % (MOST_PIECES + 1),
                                   .older = nondet_u32(),
                                   .newer = nondet_u32(),
                                   .sa = nondet_u32(),
                                   .listed = nondet_bool()};
}

static void suppose_messages(void)
{
    first_sa.endpoint = second_sa.endpoint = &endpoint;
    first_sa.self = first_sa.extra = 0;
    second_sa.self = second_sa.extra = 1;
    endpoint.shares.first_partial = nondet_u32();
    endpoint.shares.last_partial = nondet_u32();
    for (uint32_t n = 0; n < N; n++) {
        before[n] = any_message(n);
        suppose(before[n].total != 0 ? before[n].n_pieces != 0 : (before[n].n_pieces == 0 && !before[n].listed));
        *all[n] = before[n];
        line[n] = 2 + 2 * (uint32_t)any_up_to(N - 1); /* one may come before, and between */
    }
    suppose(are_valid());
}

/* All of it is given back, and it is empty, or it is as it was and has a place in the list as before. */
static void check(uint32_t n, bool goes, bool is_listed_now)
{
    prove(n_dropped[n * MOST_PIECES] == (goes ? 1 : 0));
    prove(n_dropped[n * MOST_PIECES + 1] == (goes && before[n].n_pieces > 1 ? 1 : 0));
    prove(all[n]->total == (goes ? 0 : before[n].total) && all[n]->listed == is_listed_now);
    prove(goes || before[n].total == 0 ||
          (all[n]->expires == before[n].expires && all[n]->message_id == before[n].message_id &&
           all[n]->first_piece == before[n].first_piece && all[n]->n_pieces == before[n].n_pieces));
}

#if defined(LIST)
static void happen(void)
{
    uint32_t number = nondet_bool() ? 0 : 1;

    suppose(before[number].total != 0 && !before[number].listed);
    line[number] = 0;
    for (uint32_t n = 0; n < N; n++) {
        if (before[n].listed && before[n].expires <= before[number].expires && line[n] >= line[number]) {
            line[number] = line[n] + 1;
        }
    }
    ikl_partial_list(&first_sa, all[number]);
    for (uint32_t n = 0; n < N; n++) {
        check(n, false, before[n].listed || n == number);
    }
}
#elif defined(FORGET)
/* One of the other IKE SA's is the first of that. */
static bool is_oldest(uint32_t n, uint32_t other)
{
    return before[n].listed && (!before[other].listed || line[n] < line[other]);
}

static void happen(void)
{
    bool goes[N] = {false, false, is_oldest(2, 3), is_oldest(3, 2)};
    unsigned n_lost = (goes[2] ? before[2].n_pieces : 0) + (goes[3] ? before[3].n_pieces : 0);

    prove(ikl_sa_forget_partial(&first_sa) == (goes[2] || goes[3]));
    prove(endpoint.counters.fragments_dropped == n_lost);
    for (uint32_t n = 0; n < N; n++) {
        check(n, goes[n], before[n].listed && !goes[n]);
    }
}
#elif defined(KEEP)
static void happen(void)
{
    ikl_sa_keep_partials(&first_sa);
    for (uint32_t n = 0; n < N; n++) {
        check(n, false, before[n].listed && n >= 2);
    }
}
#else
static void happen(void)
{
    ikl_time now = nondet_u64();
    unsigned n_lost = 0;

#if defined(EXPIRE)
    ikl_sa_expire_fragments(&first_sa, now);
    prove(now == IKL_NEVER || ikl_sa_reassembly_deadline(&first_sa) > now);
#else
    now = IKL_NEVER;
    ikl_sa_lose_fragments(&first_sa);
#endif
    for (uint32_t n = 0; n < N; n++) {
        bool goes = n < 2 && before[n].total != 0 && before[n].expires <= now;

        n_lost += goes ? before[n].n_pieces : 0;
        check(n, goes, before[n].listed && !goes);
    }
    prove(endpoint.counters.fragments_dropped == n_lost);
}
#endif

int main(void)
{
    suppose_messages();
    happen();
    prove(are_valid());
    return 0;
}
