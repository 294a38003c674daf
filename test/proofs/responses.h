/* SPDX-License-Identifier: ISC */
/* Any IKE SA with two responses, all that its window remembers; and by contract the pool, which may forget what is ten
 * minutes old (see remembered), paths, and what a request is received with. */
#ifndef RESPONSES_H
#define RESPONSES_H

#include "proof.h"

#include "sa/evidence.h"
#include "sa/move.h"
#include "sa/valid.h"

enum { N = 2, BODIES = 4 };

static struct ikl_endpoint endpoint;
static struct ikl_sa sa, before;
/* A response, as it was, and whether it was forgotten for its age. */
struct one {
    struct ikl_response is, was;
    bool has_aged;
};

static struct one first, second;
static struct ikl_message message;
static struct ikl_path path;
static uint8_t plaintext[IKL_SMALL_BODY + 1];
static ikl_time now;
static unsigned n_heard, n_made, n_dropped, n_given_back; /* of those made; of those that were there */
static uint32_t last_body = IKL_NONE;

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.responses && index < N);
    return index == 0 ? &first.is : &second.is;
}

/* What holds room that is ten minutes old may go whenever room is needed, as remembered proves. */
static void age(struct one *one)
{
    if (nondet_bool() && one->is.state == IKL_RESPONSE_GIVEN && one->is.stored != IKL_NONE) {
        one->is = (struct ikl_response){.next = one->is.next, .stored = IKL_NONE, .path = IKL_NONE};
        one->has_aged = true;
    }
}

static bool has_no_room;

/* Bodies that are made have numbers of their own, from BODIES on. */
static uint32_t make_body(void)
{
    age(&first);
    age(&second);
    if (nondet_bool()) {
        has_no_room = true;
        return IKL_NONE;
    }
    last_body = BODIES + n_made++;
    return last_body;
}

uint32_t ikl_sa_store_body(struct ikl_sa *of, const uint8_t *data, size_t len, enum ikl_body_use use)
{
    (void)data;
    (void)len;
    prove(of == &sa);
    if (use == IKL_BODY_OWED) { /* the room for it was just given back */
        last_body = BODIES + n_made++;
        return last_body;
    }
    return make_body();
}

void ikl_sa_drop_body(struct ikl_sa *of, uint32_t body)
{
    prove(of == &sa);
    n_dropped += body != IKL_NONE && body >= BODIES ? 1 : 0;
    n_given_back += body < BODIES ? 1 : 0;
}

/* It is to the request with this Message ID. */
static bool is_to(const struct ikl_response *response, uint32_t message_id)
{
    return response->state != IKL_RESPONSE_NONE && response->message_id == message_id;
}

/* That to the message. */
static bool is_for(const struct ikl_response *response)
{
    return is_to(response, message.opened.header.message_id);
}

/* Its turn comes no earlier than that of this Message ID, if it waits. */
static bool is_later(const struct ikl_response *response, uint32_t message_id)
{
    return response->state != IKL_RESPONSE_WAITING || response->message_id >= message_id;
}

void ikl_sa_heard(struct ikl_sa *of, ikl_time at)
{
    prove(of == &sa && at == now && message.fresh);
    prove(ikl_window_judge(&sa.receive_window, message.opened.header.message_id) == IKL_ARRIVAL_REPEATED);
    n_heard++;
}

/* The path of the request. */
static bool is_path(const struct ikl_path *along)
{
    return along->tag == path.tag;
}

bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    prove(is_path(a) && b == &sa.path);
    return nondet_bool();
}

#ifndef WITH_REPEATS /* which asks and keeps itself */
bool ikl_path_same(const struct ikl_path *a, const struct ikl_path *b)
{
    return ikl_is_same_path(a, b);
}

int ikl_sa_keep_path(struct ikl_sa *of, const struct ikl_path *along, uint32_t *out)
{
    prove(of == &sa && along == &path);
    *out = nondet_bool() ? make_body() : IKL_NONE;
    return *out != IKL_NONE || nondet_bool() ? IKL_OK : IKL_ERR_NO_BUFFER;
}
#endif

void ikl_sa_heard_from_elsewhere(struct ikl_sa *of, const struct ikl_path *along, ikl_time at)
{
    prove(of == &sa && along == &path && at == now && n_heard == 1);
}

static void have_any(struct one *one, uint32_t next)
{
    struct ikl_response any;

    one->is = any;
    one->is.next = next;
    one->is.kept.sa = IKL_NONE; /* those that are in the endpoint's list: see remembered */
    one->is.body_len = nondet_u8();
    suppose(one->is.stored < BODIES || one->is.stored == IKL_NONE);
    suppose(one->is.path < BODIES || one->is.path == IKL_NONE);
    one->was = one->is;
}

static void have_any_ike_sa(void)
{
    struct ikl_sa any;

    sa = any;
    sa.endpoint = &endpoint;
    sa.first_response = 0;
    sa.receive_window.size = N;
    now = nondet_u64();
    path.tag = nondet_u16();
    have_any(&first, 1);
    have_any(&second, IKL_NONE);
    suppose(sa.state < IKL_SA_DYING && ikl_receive_window_is_valid(&sa.receive_window));
    suppose(ikl_sa_responses_are_valid(&sa));
    before = sa;
}

static bool is_window_as_before(void)
{
    const struct ikl_receive_window *window = &sa.receive_window, *then = &before.receive_window;

    return window->lowest == then->lowest && window->beyond == then->beyond && window->above == then->above;
}

/* A response to another request stays, or makes room: for this one, whose own it takes, or for its age. */
static void check_other(const struct one *one)
{
    uint32_t next = message.opened.header.message_id + 1;
    uint32_t beyond = next > before.receive_window.beyond ? next : before.receive_window.beyond;

    if (one->was.state == IKL_RESPONSE_NONE || is_for(&one->was) || one->has_aged) {
        return;
    }
    if (one->is.state == IKL_RESPONSE_NONE || one->is.message_id != one->was.message_id) {
        prove(message.fresh && one->was.state != IKL_RESPONSE_WAITING);
        prove(beyond - one->was.message_id > before.receive_window.size);
    } else {
        prove(one->is.state == one->was.state && one->is.stored == one->was.stored && one->is.path == one->was.path);
    }
}

#endif
