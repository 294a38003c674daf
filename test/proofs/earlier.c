/* SPDX-License-Identifier: ISC */
/* When a request that makes an IKE SA takes the place of another, that one is remembered, before those that were: three
 * at most, so that a response has room to be compared with all of them, and none that equals the one that is out. Each
 * body is kept, or was given back, once; what fails leaves all as it was. When the exchange ends none is left.
 *
 * bounds: bodies of two octets. By contract: the pool
 * each: -DREPLACE -DFORGET
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 6 --unwindset have_any_requests.1:10,memcmp.0:4
 * fault: -DREPLACE lib/sa/init_requests.c s/n == MAX_SENT || /false || /
 * fault: -DFORGET lib/sa/init_requests.c s/^        own->earlier = gone.next;/        own->earlier = IKL_NONE;/
 * fault: -DREPLACE lib/sa/init_requests.c s/^    ikl_sa_drop_body(sa, gone.stored);//
 * fault: -DREPLACE lib/sa/init_requests.c s/^            before = body;// */
#include "proof.h"

#include "sa/init_requests.c"

enum { KEPT = 3, ADDED = 3, NODES = 4, OUT = 7, NEW = 8, BODIES = 9 }; /* what node n remembers is body NODES + n */
enum { LEN = 2 };                                                      /* of a request */

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_own_request own;
static struct earlier nodes[NODES];
static bool is_there[BODIES], was_there[BODIES];
static uint8_t contents[BODIES];

static bool is_node(uint32_t body)
{
    return body < NODES;
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    prove(pool == &endpoint.pool && body < BODIES && is_there[body] && !is_node(body));
    return LEN;
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    prove(pool == &endpoint.pool && body < BODIES && is_there[body] && offset == 0);
    if (is_node(body)) {
        prove(len == sizeof(nodes[body]));
        *(struct earlier *)out = nodes[body];
    } else {
        prove(len == LEN);
        memset(out, contents[body], LEN);
    }
}

void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len)
{
    prove(pool == &endpoint.pool && is_node(body) && is_there[body]);
    prove(offset == offsetof(struct earlier, next) && len == sizeof(nodes[body].next));
    nodes[body].next = *(const uint32_t *)data;
}

uint32_t ikl_sa_store_body(struct ikl_sa *which, const uint8_t *data, size_t len, enum ikl_body_use use)
{
    prove(which == &sa && len == sizeof(nodes[ADDED]) && use == IKL_BODY && !is_there[ADDED]);
    if (nondet_bool()) {
        return IKL_NONE;
    }
    is_there[ADDED] = true;
    nodes[ADDED] = *(const struct earlier *)data;
    return ADDED;
}

void ikl_sa_drop_body(struct ikl_sa *which, uint32_t body)
{
    prove(which == &sa && body < BODIES && is_there[body]);
    is_there[body] = false;
}

/* The request that is out, and up to three before it. */
static void have_any_requests(void)
{
    size_t n = any_up_to(KEPT);

    sa.endpoint = &endpoint;
    own.request.stored = OUT;
    own.earlier = n != 0 ? 0 : IKL_NONE;
    for (uint32_t i = 0; i < KEPT; i++) {
        nodes[i] = (struct earlier){.next = i + 1 < n ? i + 1 : IKL_NONE, .stored = NODES + i};
        is_there[i] = is_there[NODES + i] = i < n;
    }
    is_there[OUT] = true;
    for (uint32_t i = 0; i < BODIES; i++) {
        was_there[i] = is_there[i];
        contents[i] = nondet_u8();
    }
}

/* All that are there are in the list, in order, with what they remember; and all of the list is there. */
static size_t count_in_list(void)
{
    size_t n = 0, n_there = 0;

    for (uint32_t body = own.earlier; body != IKL_NONE; body = nodes[body].next) {
        prove(is_node(body) && is_there[body] && is_there[nodes[body].stored]);
        prove(nodes[body].stored == (body == ADDED ? OUT : NODES + body));
        prove(nodes[body].next == IKL_NONE || body == ADDED || nodes[body].next > body);
        n++;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        n_there += is_there[i] ? 1 : 0;
        prove(i == ADDED || is_there[i] == is_there[NODES + i]);
    }
    prove(n == n_there);
    return n;
}

#if defined(REPLACE)
static void happen(void)
{
    uint32_t first = own.earlier;
    int result;

    is_there[NEW] = true;
    result = ikl_sa_replace_init(&sa, &own, NEW);
    prove(is_there[NEW] && count_in_list() <= KEPT);
    if (result != IKL_OK) {
        prove(own.request.stored == OUT && own.earlier == first && is_there[OUT] && !is_there[ADDED]);
        prove(is_there[0] == was_there[0] && is_there[1] == was_there[1] && is_there[2] == was_there[2]);
        return;
    }
    prove(own.request.stored == NEW && is_there[ADDED] == is_there[OUT]);
    prove(is_there[OUT] == (contents[OUT] != contents[NEW]) && (!is_there[OUT] || own.earlier == ADDED));
    for (uint32_t i = 0; i < KEPT; i++) {
        prove(!is_there[i] || contents[NODES + i] != contents[NEW]);
        prove(i == KEPT - 1 || is_there[i] == (was_there[i] && contents[NODES + i] != contents[NEW]));
    }
}
#else
static void happen(void)
{
    ikl_sa_forget_earlier(&sa, &own);
    prove(own.earlier == IKL_NONE && count_in_list() == 0 && is_there[OUT] && own.request.stored == OUT);
}
#endif

int main(void)
{
    have_any_requests();
    happen();
    return 0;
}
