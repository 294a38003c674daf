/* SPDX-License-Identifier: ISC */
/* ikelive sa: the requests of the peer's and our responses that are kept, as many as the window is wide. Responses that
 * blocks were borrowed for are in a list of the endpoint's, the oldest first; one that is older than ten minutes is
 * forgotten when there is no room otherwise (RFC 7296 §2.1 asks for several minutes). A repeat of its request is then
 * ignored. */
#include "sa.h"

#include "octets.h"

enum { OLD_RESPONSE = 600000 }; /* ms */

static uint32_t index_of(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    uint32_t index = sa->first_answer;

    while (ikl_answer_at(sa->endpoint, index) != answer) {
        index = ikl_answer_at(sa->endpoint, index)->next;
    }
    return index;
}

static void append(struct ikl_sa *sa, struct ikl_answer *answer)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_answer *last = ikl_answer_at(sa->endpoint, shares->last_old);
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
