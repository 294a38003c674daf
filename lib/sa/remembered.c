/* SPDX-License-Identifier: ISC */
/* ikelive sa: responses that were given and are kept in the pool. Those that blocks were borrowed for are in a list of
 * the endpoint's, the oldest first; one that is older than ten minutes is forgotten when there is no room otherwise
 * (RFC 7296 §2.1 asks for several minutes). A repeat of its request is then ignored. */
#include "sa.h"

#include "octets.h"

enum { OLD_RESPONSE = 600000 }; /* ms */

static struct ikl_answer *answer_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&endpoint->answers, index) : NULL;
}

static uint32_t index_of(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    uint32_t index = sa->first_answer;

    while (answer_at(sa->endpoint, index) != answer) {
        index = answer_at(sa->endpoint, index)->next;
    }
    return index;
}

static void append(struct ikl_sa *sa, struct ikl_answer *answer)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_answer *last = answer_at(sa->endpoint, shares->last_old);
    uint32_t index = index_of(sa, answer);

    answer->kept.older = shares->last_old;
    answer->kept.newer = IKL_NONE;
    answer->kept.sa = sa->self;
    *(last != NULL ? &last->kept.newer : &shares->first_old) = index;
    shares->last_old = index;
}

void ikl_sa_unlist_response(struct ikl_sa *sa, struct ikl_answer *answer)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_answer *older, *newer;

    if (answer->state != IKL_ANSWER_GIVEN || answer->stored == IKL_NONE || answer->kept.sa == IKL_NONE) {
        return;
    }
    older = answer_at(sa->endpoint, answer->kept.older);
    newer = answer_at(sa->endpoint, answer->kept.newer);
    *(older != NULL ? &older->kept.newer : &shares->first_old) = answer->kept.newer;
    *(newer != NULL ? &newer->kept.older : &shares->last_old) = answer->kept.older;
    answer->kept.sa = IKL_NONE;
}

void ikl_sa_remember(struct ikl_sa *sa, struct ikl_answer *answer, ikl_time now)
{
    ikl_sa_unlist_response(sa, answer);
    ikl_store_u64(answer->kept.at, now);
    if (ikl_sa_borrowed(sa) != 0) {
        append(sa, answer);
    }
}

static bool is_old(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    return answer->state == IKL_ANSWER_GIVEN && answer->stored != IKL_NONE &&
           sa->endpoint->now >= ikl_time_after(ikl_load_u64(answer->kept.at), OLD_RESPONSE);
}

bool ikl_sa_forget_old_response(struct ikl_sa *sa)
{
    struct ikl_answer *answer = answer_at(sa->endpoint, sa->endpoint->shares.first_old);

    if (answer == NULL || !is_old(sa, answer)) {
        return false;
    }
    ikl_sa_empty_answer(ikl_slab_at(&sa->endpoint->sas, answer->kept.sa), answer);
    return true;
}

bool ikl_sa_forget_own_response(struct ikl_sa *sa)
{
    for (struct ikl_answer *answer = answer_at(sa->endpoint, sa->first_answer); answer != NULL;
         answer = answer_at(sa->endpoint, answer->next)) {
        if (is_old(sa, answer)) {
            ikl_sa_empty_answer(sa, answer);
            return true;
        }
    }
    return false;
}
