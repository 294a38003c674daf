/* SPDX-License-Identifier: ISC */
/* Whatever an IKE SA remembers, a response is found just when it is there; a new one takes a free place, or else that
 * of the oldest, and no other; what is forgotten for want of room was sent ten minutes ago or more, and what it held is
 * given back.
 *
 * bounds: three responses, none in the endpoint's list of borrowed ones
 * each: -DFIND -DNEW -DFORGET
 * cbmc: --unwind 4
 * fault: lib/sa/remembered.c s/response->state == IKL_RESPONSE_NONE || //
 * fault: -DFORGET lib/sa/remembered.c s/now >= ikl_time_after/now <= ikl_time_after/ */
#include "proof.h"

#include "sa/remembered.c"

enum { N = 3 };

static struct ikl_response responses[N], before[N];
static uint8_t *chunk = (uint8_t *)responses;
static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static uint32_t n_dropped;

void ikl_sa_drop_body(struct ikl_sa *of, uint32_t body)
{
    prove(of == &sa);
    n_dropped += body != IKL_NONE ? 1 : 0;
}

static void suppose_responses(void)
{
    endpoint.responses = (struct ikl_slab){.chunks = &chunk, .item_size = sizeof(responses[0]), .n_chunks = 1};
    endpoint.now = nondet_u64();
    sa.endpoint = &endpoint;
    for (uint32_t i = 0; i < N; i++) {
        responses[i].message_id = nondet_u32();
        responses[i].next = i + 1 < N ? i + 1 : IKL_NONE;
        responses[i].stored = nondet_u32();
        responses[i].path = nondet_u32();
        responses[i].state = nondet_u8() % (IKL_RESPONSE_GIVEN + 1);
        responses[i].kept.sa = IKL_NONE;
        ikl_store_u64(responses[i].kept.at, nondet_u64());
        suppose(responses[i].state != IKL_RESPONSE_NONE ||
                (responses[i].stored == IKL_NONE && responses[i].path == IKL_NONE));
        before[i] = responses[i];
    }
}

static bool has(uint32_t i, uint32_t message_id)
{
    return before[i].state != IKL_RESPONSE_NONE && before[i].message_id == message_id;
}

static uint32_t bodies_of(uint32_t i)
{
    return (before[i].stored != IKL_NONE ? 1 : 0) + (before[i].path != IKL_NONE ? 1 : 0);
}

/* The response is empty and still in the list, what it held was given back, and no other was changed. */
static void check_emptied(uint32_t at)
{
    uint32_t watched = nondet_u32() % N;

    prove(at < N && responses[at].state == IKL_RESPONSE_NONE && responses[at].next == before[at].next);
    prove(responses[at].stored == IKL_NONE && responses[at].path == IKL_NONE && n_dropped == bodies_of(at));
    prove(watched == at || (responses[watched].state == before[watched].state &&
                            responses[watched].message_id == before[watched].message_id &&
                            responses[watched].stored == before[watched].stored));
}

#if defined(FIND)
static void step(void)
{
    uint32_t message_id = nondet_u32();
    const struct ikl_response *found = ikl_sa_find_response(&sa, message_id);

    prove((found != NULL) == (has(0, message_id) || has(1, message_id) || has(2, message_id)));
    prove(found == NULL || (found->message_id == message_id && found->state != IKL_RESPONSE_NONE));
}
#elif defined(NEW)
static void step(void)
{
    uint32_t message_id = nondet_u32(), watched = nondet_u32() % N;
    uint32_t at = (uint32_t)(ikl_sa_new_response(&sa, message_id) - responses);

    check_emptied(at);
    prove(responses[at].message_id == message_id);
    prove(before[at].state == IKL_RESPONSE_NONE ||
          (before[watched].state != IKL_RESPONSE_NONE && before[watched].message_id >= before[at].message_id));
}
#else
static bool may_go(uint32_t i)
{
    return before[i].state == IKL_RESPONSE_GIVEN && before[i].stored != IKL_NONE &&
           endpoint.now >= ikl_time_after(ikl_load_u64(before[i].kept.at), 600000);
}

static void step(void)
{
    bool forgot = ikl_sa_forget_own_response(&sa);

    prove(forgot == (may_go(0) || may_go(1) || may_go(2)));
    if (forgot) {
        check_emptied(may_go(0) ? 0 : may_go(1) ? 1 : 2);
    } else {
        prove(n_dropped == 0);
    }
}
#endif

int main(void)
{
    suppose_responses();
    step();
    return 0;
}
