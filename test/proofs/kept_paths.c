/* SPDX-License-Identifier: ISC */
/* Before an IKE SA moves to another path, each request of the peer's that is not answered yet keeps the path that it
 * came along, once, as far as there is room; the others have theirs, or need none. A response goes along the path that
 * its request keeps, else along the IKE SA's. What a request that waits for too long keeps is given back, whole. The
 * responses stay valid.
 *
 * bounds: two responses. By contract: the pool, which may forget what is ten minutes old (see remembered)
 * each: -DKEEP -DEXPIRE
 * with: policy/window.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: -DKEEP lib/sa/repeats.c s/ && response->path == IKL_NONE) {/) {/
 * fault: -DKEEP lib/sa/repeats.c s/unanswered && !ikl_response_is_overdue/!ikl_response_is_overdue/
 * fault: -DKEEP lib/sa/repeats.c s/if (response->path != IKL_NONE)/if (response->stored != IKL_NONE)/
 * fault: -DKEEP lib/sa/repeats.c s/response->path = ikl_sa_store/(void)ikl_sa_store/
 * fault: -DEXPIRE lib/sa/peer_requests.c s/^ *ikl_sa_drop_body(sa, response->path);// */
#define WITH_REPEATS
#include "responses.h"

#if defined(EXPIRE)
#include "sa/peer_requests.c"
#else
#include "sa/repeats.c"
#endif

#if defined(KEEP)
bool ikl_path_same(const struct ikl_path *a, const struct ikl_path *b)
{
    (void)a;
    (void)b;
    return nondet_bool();
}

/* The path that it has. */
void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    prove(pool == &endpoint.pool && offset == 0 && len == sizeof(path) &&
          (body == first.is.path || body == second.is.path));
    memcpy(out, &path, sizeof(path));
}

static void check(const struct one *one)
{
    const struct ikl_response *is = &one->is, *was = &one->was;
    bool is_unanswered =
        was->state == IKL_RESPONSE_WAITING ? was->stored != IKL_NONE : was->state == IKL_RESPONSE_PENDING;

    if (one->has_aged) {
        return;
    }
    prove(is->state == was->state && is->message_id == was->message_id && is->stored == was->stored);
    prove(is->path == was->path || (is_unanswered && was->path == IKL_NONE && is->path >= BODIES));
    prove(has_no_room || !is_unanswered || ikl_response_is_overdue(was) || is->path != IKL_NONE);
}

static void happen(void)
{
    const struct ikl_response *response = nondet_bool() ? &first.is : &second.is;
    bool has_path = response->path != IKL_NONE;
    struct ikl_path goes = ikl_response_path(&sa, response);

    prove(goes.tag == (has_path ? path.tag : sa.path.tag));
    ikl_sa_keep_paths(&sa);
    check(&first);
    check(&second);
    prove(n_made == (first.is.path != first.was.path && !first.has_aged) +
                        (second.is.path != second.was.path && !second.has_aged));
    prove(n_dropped + n_given_back == 0 && (n_made != 2 || first.is.path != second.is.path));
}
#else
static void check(const struct one *one)
{
    const struct ikl_response *is = &one->is, *was = &one->was;

    prove(is->state == was->state && is->message_id == was->message_id);
    if (was->state == IKL_RESPONSE_WAITING && was->stored != IKL_NONE && ikl_load_u64(was->kept.at) <= now) {
        prove(is->stored == IKL_NONE && is->path == IKL_NONE);
    } else {
        prove(is->stored == was->stored && is->path == was->path);
    }
}

static unsigned count(const struct one *one)
{
    return one->is.stored != one->was.stored ? 1 + (one->was.path != IKL_NONE) : 0;
}

static void happen(void)
{
    ikl_sa_expire_waiting(&sa, now);
    check(&first);
    check(&second);
    prove(n_given_back == count(&first) + count(&second));
    prove(ikl_sa_waiting_deadline(&sa) > now);
}
#endif

int main(void)
{
    have_any_ike_sa();
    sa.path.tag = nondet_u16();
    suppose(now != IKL_NEVER);
    happen();
    prove(ikl_sa_responses_are_valid(&sa) && is_window_as_before() && n_heard == 0);
    return 0;
}
