/* SPDX-License-Identifier: ISC */
/* ikelive sa: the requests of the peer's and our responses that are kept, as many as the window is wide. Responses that
 * blocks were borrowed for are in a list of the endpoint's, the oldest first; one that is older than ten minutes is
 * forgotten when there is no room otherwise (RFC 7296 §2.1 asks for several minutes). A repeat of its request is then
 * ignored. */
#include "sa.h"

#include "octets.h"

#include <string.h>

enum { OLD_RESPONSE = 600000 }; /* ms */

static uint32_t index_of(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    uint32_t index = sa->first_answer;

    while (ikl_answer_at(sa->endpoint, index) != answer) {
        index = ikl_answer_at(sa->endpoint, index)->next;
    }
    return index;
}

/* Behind all that are older. The list is in order, so only one that comes from elsewhere is not the last. */
static void find_place(const struct ikl_endpoint *endpoint, struct ikl_answer *answer)
{
    const struct ikl_answer *older;

    answer->kept.newer = IKL_NONE;
    answer->kept.older = endpoint->shares.last_old;
    while ((older = ikl_answer_at(endpoint, answer->kept.older)) != NULL &&
           ikl_load_u64(older->kept.at) > ikl_load_u64(answer->kept.at)) {
        answer->kept.newer = answer->kept.older;
        answer->kept.older = older->kept.older;
    }
}

static void list(struct ikl_sa *sa, struct ikl_answer *answer)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_answer *older, *newer;
    uint32_t index = index_of(sa, answer);

    find_place(sa->endpoint, answer);
    older = ikl_answer_at(sa->endpoint, answer->kept.older);
    newer = ikl_answer_at(sa->endpoint, answer->kept.newer);
    *(older != NULL ? &older->kept.newer : &shares->first_old) = index;
    *(newer != NULL ? &newer->kept.older : &shares->last_old) = index;
    answer->kept.sa = sa->self;
}

void ikl_sa_unlist_response(struct ikl_sa *sa, struct ikl_answer *answer)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_answer *older, *newer;

    if (answer->state != IKL_ANSWER_GIVEN || answer->stored == IKL_NONE || answer->kept.sa == IKL_NONE) {
        return;
    }
    older = ikl_answer_at(sa->endpoint, answer->kept.older);
    newer = ikl_answer_at(sa->endpoint, answer->kept.newer);
    *(older != NULL ? &older->kept.newer : &shares->first_old) = answer->kept.newer;
    *(newer != NULL ? &newer->kept.older : &shares->last_old) = answer->kept.older;
    answer->kept.sa = IKL_NONE;
}

void ikl_sa_drop_answer(struct ikl_sa *sa, struct ikl_answer *answer)
{
    if ((answer->stored & answer->path) == IKL_NONE) {
        return; /* as nearly always */
    }
    ikl_sa_unlist_response(sa, answer);
    ikl_sa_drop_body(sa, answer->stored);
    ikl_sa_drop_body(sa, answer->path);
}

void ikl_sa_empty_answer(struct ikl_sa *sa, struct ikl_answer *answer)
{
    uint32_t next = answer->next;

    ikl_sa_drop_answer(sa, answer);
    *answer = (struct ikl_answer){.next = next, .stored = IKL_NONE, .path = IKL_NONE};
}

int ikl_sa_reserve_answers(struct ikl_endpoint *endpoint, uint32_t n)
{
    return ikl_slab_reserve(&endpoint->answers, n);
}

void ikl_sa_take_answers(struct ikl_sa *sa, uint32_t n)
{
    while (n-- > 0) {
        uint32_t index = ikl_slab_take(&sa->endpoint->answers);

        *ikl_answer_at(sa->endpoint, index) =
            (struct ikl_answer){.next = sa->first_answer, .stored = IKL_NONE, .path = IKL_NONE};
        sa->first_answer = index;
    }
}

void ikl_sa_release_answers(struct ikl_sa *sa)
{
    while (sa->first_answer != IKL_NONE) {
        uint32_t index = sa->first_answer;
        struct ikl_answer *answer = ikl_answer_at(sa->endpoint, index);

        sa->first_answer = answer->next;
        ikl_sa_empty_answer(sa, answer);
        ikl_slab_give(&sa->endpoint->answers, index);
    }
}

struct ikl_answer *ikl_sa_find_answer(const struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_answer *answer = ikl_sa_first_answer(sa);

    while (answer != NULL && (answer->state == IKL_ANSWER_NONE || answer->message_id != message_id)) {
        answer = ikl_sa_next_answer(sa, answer);
    }
    return answer;
}

/* The one to use for a request that is new. The window remembers as many requests as there are answers, so one of them
 * is free or the oldest of all, which no longer needs to be remembered. */
struct ikl_answer *ikl_sa_free_answer(const struct ikl_sa *sa)
{
    struct ikl_answer *answer = ikl_sa_first_answer(sa);

    for (struct ikl_answer *other = answer; other != NULL; other = ikl_sa_next_answer(sa, other)) {
        if (other->state == IKL_ANSWER_NONE) {
            return other;
        }
        if (other->message_id < answer->message_id) {
            answer = other;
        }
    }
    return answer;
}

struct ikl_answer *ikl_sa_new_answer(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_answer *answer = ikl_sa_free_answer(sa);

    ikl_sa_empty_answer(sa, answer);
    answer->message_id = message_id;
    return answer;
}

bool ikl_sa_waits_for(const struct ikl_sa *sa, uint32_t message_id)
{
    const struct ikl_answer *answer = ikl_sa_find_answer(sa, message_id);

    return answer != NULL && ikl_answer_is_overdue(answer);
}

void ikl_sa_remember(struct ikl_sa *sa, struct ikl_answer *answer, ikl_time now)
{
    ikl_sa_unlist_response(sa, answer);
    ikl_store_u64(answer->kept.at, now);
    if (ikl_sa_borrowed(sa) != 0) {
        list(sa, answer);
    }
}

static bool is_old(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    return answer->state == IKL_ANSWER_GIVEN && answer->stored != IKL_NONE &&
           sa->endpoint->now >= ikl_time_after(ikl_load_u64(answer->kept.at), OLD_RESPONSE);
}

bool ikl_sa_forget_old_response(struct ikl_sa *sa)
{
    struct ikl_answer *answer = ikl_answer_at(sa->endpoint, sa->endpoint->shares.first_old);

    if (answer == NULL || !is_old(sa, answer)) {
        return false;
    }
    ikl_sa_empty_answer(ikl_slab_at(&sa->endpoint->sas, answer->kept.sa), answer);
    return true;
}

bool ikl_sa_forget_own_response(struct ikl_sa *sa)
{
    for (struct ikl_answer *answer = ikl_answer_at(sa->endpoint, sa->first_answer); answer != NULL;
         answer = ikl_answer_at(sa->endpoint, answer->next)) {
        if (is_old(sa, answer)) {
            ikl_sa_empty_answer(sa, answer);
            return true;
        }
    }
    return false;
}

/* One that has its new place in the list. */
static void carry(struct ikl_sa *from, struct ikl_answer *old, struct ikl_sa *to, struct ikl_answer *answer)
{
    struct ikl_pool *pool = &from->endpoint->pool, *there = &to->endpoint->pool;

    ikl_sa_unlist_response(from, old);
    *answer = *old;
    answer->next = IKL_NONE;
    answer->stored = ikl_pool_carry(pool, there, old->stored);
    answer->path = ikl_pool_carry(pool, there, old->path);
    if (answer->state == IKL_ANSWER_WAITING) {
        memset(answer->kept.hash, 0, sizeof(answer->kept.hash)); /* its key is the other endpoint's */
    } else if (answer->state == IKL_ANSWER_GIVEN && answer->stored != IKL_NONE && ikl_sa_borrowed(to) != 0) {
        list(to, answer);
    }
}

void ikl_sa_carry_answers(struct ikl_sa *from, struct ikl_sa *to)
{
    uint32_t *link = &to->first_answer;

    *link = IKL_NONE;
    while (from->first_answer != IKL_NONE) {
        uint32_t index = from->first_answer;
        struct ikl_answer *old = ikl_sa_first_answer(from), *answer;

        *link = ikl_slab_take(&to->endpoint->answers);
        answer = ikl_answer_at(to->endpoint, *link);
        carry(from, old, to, answer);
        link = &answer->next;
        from->first_answer = old->next;
        ikl_slab_give(&from->endpoint->answers, index);
    }
}
