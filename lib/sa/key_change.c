/* SPDX-License-Identifier: ISC */
/* ikelive sa: keys that change while the IKE SA is CONNECTING. See key_change.h. */
#include "event.h"
#include "keying.h"
#include "rare.h"
#include "remembered.h"

enum { FIRST_EXCHANGE = 1 }; /* the one after IKE_SA_INIT */

static const struct ikl_other_keys none = {.keys = IKL_NONE, .iv = {.next = 1}, .iv_end = 1};

static struct ikl_key_change *change_of(const struct ikl_sa *sa)
{
    return ikl_sa_beside(sa, &sa->endpoint->key_changes);
}

uint32_t ikl_key_changes(const struct ikl_sa *sa)
{
    const struct ikl_key_change *change = change_of(sa);

    return change != NULL ? change->n : 0;
}

/* Whether an exchange is complete since the keys changed last, or since IKE_SA_INIT. */
static bool has_gone_on(const struct ikl_sa *sa)
{
    const struct ikl_key_change *change = change_of(sa);

    if (sa->original_initiator) {
        return sa->send_window.unanswered > (change != NULL ? change->own_id : FIRST_EXCHANGE);
    }
    return sa->receive_window.lowest > (change != NULL ? change->peer_id : FIRST_EXCHANGE);
}

/* Whether a message is on its way, in either direction, that is bound to the present keys. */
static bool is_between_messages(const struct ikl_sa *sa)
{
    if (ikl_sa_is_waiting(sa)) {
        return false;
    }
    for (const struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        if (response->state == IKL_RESPONSE_WAITING || response->state == IKL_RESPONSE_PENDING) {
            return false;
        }
    }
    return true;
}

static bool remembers_any(const struct ikl_sa *sa)
{
    const struct ikl_response *response = ikl_sa_first_response(sa);

    while (response != NULL && response->state != IKL_RESPONSE_GIVEN) {
        response = ikl_sa_next_response(sa, response);
    }
    return response != NULL;
}

/* Responses that the former keys have sealed cannot be made again without them. */
static void forget_answers(struct ikl_sa *sa, uint32_t before)
{
    for (struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        if (response->state == IKL_RESPONSE_GIVEN && response->message_id < before) {
            ikl_sa_empty_response(sa, response);
        }
    }
}

static void wipe_former(struct ikl_sa *sa, struct ikl_key_change *change)
{
    if (ikl_sa_has_rare(sa, IKL_RARE_FORMER_KEYS)) {
        forget_answers(sa, change->peer_id);
        ikl_sa_wipe_other_keys(sa, &change->former);
        ikl_sa_clear_rare(sa, IKL_RARE_FORMER_KEYS);
    }
}

bool ikl_key_change_is_before(const struct ikl_sa *sa, uint32_t message_id)
{
    return message_id < change_of(sa)->peer_id;
}

void ikl_key_change_swap(struct ikl_sa *sa)
{
    ikl_sa_swap_keys(sa, &change_of(sa)->former);
}

void ikl_key_change_went_on(struct ikl_sa *sa)
{
    struct ikl_key_change *change = change_of(sa);

    if (change != NULL && has_gone_on(sa)) {
        wipe_former(sa, change);
    }
}

void ikl_key_change_end(struct ikl_sa *sa)
{
    struct ikl_key_change *change = change_of(sa);

    if (change != NULL) {
        wipe_former(sa, change);
        ikl_beside_remove(&sa->endpoint->key_changes, ikl_sa_own_spi(sa));
    }
}

/* Both stay as IKE_SA_INIT agreed on them. */
static bool is_agreed(const struct ikl_sa *sa, const struct ikl_protection *protection)
{
    return ikl_same_cipher(&protection->suite, ikl_sa_suite(sa)) && protection->suite.prf == sa->prf &&
           protection->fragmentation == sa->fragmentation;
}

static int check(const struct ikl_sa *sa, const struct ikl_protection *protection)
{
    const struct ikl_cipher *cipher;

    if (!ikl_sa_may(sa, IKL_SA_MAY_CONNECT) || !ikl_sa_has_keys(sa) || !has_gone_on(sa)) {
        return IKL_ERR_STATE;
    }
    if (!is_between_messages(sa)) {
        return IKL_ERR_BUSY;
    }
    if (ikl_key_changes(sa) >= sa->endpoint->max_key_changes) {
        return IKL_ERR_EXHAUSTED;
    }
    return is_agreed(sa, protection) ? ikl_sa_check_protection(sa->endpoint, protection, &cipher).error
                                     : IKL_ERR_INVALID;
}

static int reserve(struct ikl_sa *sa)
{
    if (ikl_sa_reserve_other_keys(sa->endpoint, sa->keying, 1) != IKL_OK ||
        (change_of(sa) == NULL && ikl_beside_reserve(&sa->endpoint->key_changes, 1) != IKL_OK)) {
        return IKL_ERR_NO_MEMORY;
    }
    return IKL_OK;
}

/* Where the change is kept, for which room was reserved. */
static struct ikl_key_change *place(struct ikl_sa *sa)
{
    struct ikl_key_change *change = change_of(sa);

    return change != NULL ? change : ikl_beside_add(&sa->endpoint->key_changes, ikl_sa_own_spi(sa));
}

/* The present keys become the former ones, unless nothing that they have sealed can be asked for again. Those before
 * them were wiped by the message that made another change possible. */
static void put(struct ikl_sa *sa, struct ikl_key_change *change, struct ikl_other_keys *next, ikl_time now)
{
    ikl_sa_swap_keys(sa, next);
    change->former = none;
    change->former.keys = next->keys;
    change->n++;
    change->own_id = sa->send_window.next;
    change->peer_id = sa->receive_window.lowest;
    ikl_sa_set_rare(sa, IKL_RARE_FORMER_KEYS);
    if (!remembers_any(sa)) {
        wipe_former(sa, change);
    }
    ikl_sa_lose_fragments(sa);
    sa->endpoint->counters.key_changes++;
    ikl_history_add_counted(sa, IKL_EVENT_KEYS_CHANGED, IKL_MESSAGE_ID_NONE, change->n, now);
}

int ikl_decide_change_keys(struct ikl_sa *sa, const struct ikl_protection *protection, ikl_time now)
{
    struct ikl_other_keys next;
    int result = check(sa, protection);

    if (result == IKL_OK) {
        result = reserve(sa);
    }
    if (result == IKL_OK) {
        result = ikl_sa_make_other_keys(sa, protection, &next);
    }
    if (result == IKL_OK) {
        put(sa, place(sa), &next, now);
    }
    return result;
}

int ikl_key_change_reserve(const struct ikl_sa *sa, struct ikl_endpoint *to, uint16_t keying)
{
    if (change_of(sa) == NULL) {
        return IKL_OK;
    }
    return ikl_beside_reserve(&to->key_changes, 1) == IKL_OK ? ikl_sa_reserve_other_keys(to, keying, 2)
                                                             : IKL_ERR_NO_MEMORY;
}

void ikl_key_change_carry(struct ikl_sa *from, struct ikl_sa *to)
{
    ikl_beside_carry(&from->endpoint->key_changes, &to->endpoint->key_changes, ikl_sa_own_spi(from));
    if (ikl_sa_has_rare(to, IKL_RARE_FORMER_KEYS)) {
        ikl_sa_carry_other_keys(from, to, &change_of(to)->former);
    }
}
