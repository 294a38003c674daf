/* ikelive sa: the way down and out. ESTABLISHED -> DYING -> DEAD, each thing reported once, Child SAs first.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

static void wipe_keys(struct ikl_sa *sa)
{
    if (sa->send_key == NULL) {
        return;
    }
    if (sa->cipher->clear != NULL) {
        sa->cipher->clear(sa->send_key);
        sa->cipher->clear(sa->receive_key);
    }
    ikl_slab_give(ikl_endpoint_keys(sa->endpoint, 2 * sa->cipher->state_size), sa->keys);
    sa->send_key = NULL;
    sa->receive_key = NULL;
}

static void enter_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    sa->state = (uint8_t)state;
    if (sa->endpoint->callbacks.state != NULL) {
        sa->endpoint->callbacks.state(sa->endpoint->user, sa, state);
    }
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, const struct ikl_exchange *given_up, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_down down = {.reason = reason, .at = now, .last_evidence = ikl_sa_evidence(sa, now)};
    struct ikl_child *child;

    if (given_up != NULL) {
        down.exchange = given_up->type;
        down.message_id = given_up->message_id;
        down.sends = ikl_exchange_sends(given_up);
        down.first_sent = given_up->first_sent;
    }
    ikl_spi_table_remove(&endpoint->spis, ikl_sa_own_spi(sa), sa->self);
    ikl_wheel_stop(endpoint->wheel, sa->self);
    ikl_sa_drop_requests(sa);
    ikl_sa_drop_answer(sa);
    wipe_keys(sa);
    enter_state(sa, IKL_SA_DYING);
    while ((child = ikl_sa_first_child(sa)) != NULL) {
        ikl_sa_child_down(sa, child, &down);
    }
    endpoint->n_sas--;
    enter_state(sa, IKL_SA_DEAD);
    if (endpoint->callbacks.down != NULL) {
        endpoint->callbacks.down(endpoint->user, sa, &down);
    }
}

void ikl_sa_close(struct ikl_sa *sa, ikl_time now)
{
    now = ikl_endpoint_clock(sa->endpoint, now);
    if (sa->state != IKL_SA_ESTABLISHED) {
        return;
    }
    ikl_endpoint_enter(sa->endpoint);
    ikl_sa_end(sa, IKL_DOWN_CLOSED, NULL, now);
    ikl_endpoint_leave(sa->endpoint);
}

void ikl_sa_free(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint;

    if (sa == NULL || sa->freed) {
        return;
    }
    endpoint = sa->endpoint;
    ikl_endpoint_enter(endpoint);
    sa->freed = true;
    sa->next_freed = endpoint->first_freed;
    endpoint->first_freed = sa->self;
    ikl_sa_close(sa, endpoint->now);
    ikl_endpoint_leave(endpoint);
}

void ikl_sa_release(struct ikl_sa *sa)
{
    ikl_slab_give(&sa->endpoint->sas, sa->self);
}

enum ikl_sa_state ikl_sa_state(const struct ikl_sa *sa)
{
    return (enum ikl_sa_state)sa->state;
}

const char *ikl_sa_state_name(enum ikl_sa_state state)
{
    switch (state) {
    case IKL_SA_ESTABLISHED:
        return "ESTABLISHED";
    case IKL_SA_DYING:
        return "DYING";
    case IKL_SA_DEAD:
        return "DEAD";
    }
    return "?";
}

const char *ikl_down_reason_name(enum ikl_down_reason reason)
{
    switch (reason) {
    case IKL_DOWN_TIMEOUT:
        return "timeout";
    case IKL_DOWN_PEER_DELETED:
        return "deleted by peer";
    case IKL_DOWN_CLOSED:
        return "closed";
    case IKL_DOWN_EXHAUSTED:
        return "exhausted";
    }
    return "?";
}
