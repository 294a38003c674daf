/* SPDX-License-Identifier: ISC */
/* A request of the host's is refused, and nothing is changed or kept; or it is the last in the list. It goes out at
 * once when nothing waits before it and the peer's window has room, with the next Message ID, sealed once, with an IV
 * that was never used; else it waits, and its plaintext is kept. It is made only where its exchange may be: one that
 * makes an IKE SA as long as there are no keys, and nothing beside it. Its plaintext is wiped, and the IKE SA is as
 * valid as before.
 *
 * Put in by contract: options are checked and taken; a message is composed, packed, and sealed, by itself or for the
 * pool, as seal_stored proves; the pool; what `send` said is noted as resent says; waits of any length.
 *
 * bounds: one other request or none besides the probe, no Child SA, times below 2^62
 * with: base.c policy/window.c sa/heirs.c sa/requests.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3 --unwindset is_same.0:30,copy_small.0:13
 * fault: lib/sa/host_requests.c s/bool at_once = first &&/bool at_once =/
 * fault: lib/sa/host_requests.c s/^ *ikl_sa_forget_request(sa, own);//
 * fault: lib/sa/host_requests.c s/ || is_first(exchange_type) == ikl_sa_has_keys(sa)//
 * fault: lib/sa/host_requests.c s/^ *ikl_wipe(sa->endpoint->draft, plaintext.len);//
 * fault: lib/sa/requests.c s/endpoint->n_requests < /&1 + /
 * fault: lib/sa/host_requests.c s/sa->first_request != IKL_NONE/sa->first_request == IKL_NONE/ */
#define ikl_sized_take ikl_sized_take_in_octets
#include "sized.h"
#undef ikl_sized_take
static bool ikl_sized_take(void *to, size_t known, const void *from, size_t least);

#include "sends.h"

static struct ikl_request_options options;
static struct ikl_schedule own_schedule;
static struct ikl_content content;
static struct ikl_own_request other_was;
static struct ikl_request *handle;
static bool are_options_valid, has_no_room, is_taken, was_listed;
static uint32_t n_before;

static bool ikl_sized_take(void *to, size_t known, const void *from, size_t least)
{
    (void)known;
    (void)least;
    prove(from == &options);
    *(struct ikl_request_options *)to = options;
    return are_options_valid;
}

int ikl_schedule_check(const struct ikl_schedule *checked)
{
    prove(checked == &own_schedule);
    return are_options_valid ? IKL_OK : IKL_ERR_INVALID;
}

int ikl_sa_compose(struct ikl_sa *sa, const struct ikl_content *composed, struct ikl_octets *out)
{
    prove(sa == &ike_sa && composed == &content && !draft_has_plaintext);
    if (may_fail(nondet_bool() ? IKL_OK : IKL_ERR_INVALID) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    draft_has_plaintext = true;
    *out = (struct ikl_octets){draft_buffer, wanted.len};
    return IKL_OK;
}

int ikl_sa_pack(const struct ikl_sa *sa, const struct ikl_path *path, size_t len, struct ikl_packing *out)
{
    prove(sa == &ike_sa && path == &sa->path && len == wanted.len && draft_has_plaintext && !has_failed);
    out->len = packed_len;
    return may_fail(nondet_bool() ? IKL_OK : IKL_ERR_INVALID);
}

/* It cannot be made. */
static bool is_refused(void)
{
    return has_failed || ike_sa.send_window.next > IKL_MESSAGE_ID_LAST;
}

/* The place of the second request is free. */
uint32_t ikl_slab_take(struct ikl_slab *slab)
{
    prove(slab == &endpoint.requests && !is_taken && endpoint.n_requests < endpoint.max_requests);
    is_taken = true;
    return 1;
}

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests && is_taken && index == 1 && is_refused());
    is_taken = false;
}

uint32_t ikl_sa_take_body(struct ikl_sa *sa, size_t len, enum ikl_body_use use)
{
    prove(sa == &ike_sa && contents == NOTHING && len == packed_len);
    prove(use == (wanted.len <= IKL_SMALL_BODY ? IKL_BODY_SMALL : IKL_BODY));
    has_failed = nondet_bool();
    contents = has_failed ? NOTHING : ROOM;
    return has_failed ? IKL_NONE : BODY;
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && is_refused() && (contents == NOTHING ? body == IKL_NONE : body == BODY));
    contents = NOTHING;
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *released)
{
    prove(sa == &ike_sa && released == own && own->first_child == IKL_NONE);
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *forgotten)
{
    prove(sa == &ike_sa && forgotten == own && own->earlier == IKL_NONE);
}

/* What waits for room is told of. */
void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.kind == IKL_EVENT_WINDOW_FULL && own->request.state == IKL_REQUEST_QUEUED);
}

static void have_any_call(void)
{
    was_listed = nondet_bool();
    ike_sa.first_request = was_listed ? 0 : IKL_NONE;
    other->next = IKL_NONE;
    contents = NOTHING;
    other_was = *other;
    n_before = endpoint.n_requests = nondet_u32();
    endpoint.max_requests = nondet_u32();
    suppose(endpoint.n_requests <= endpoint.max_requests && (!was_listed || endpoint.n_requests != 0));
    are_options_valid = nondet_bool();
    options.schedule = nondet_bool() ? &own_schedule : NULL;
    content.first_payload = wanted.first_payload = nondet_u8();
    wanted.exchange_type = nondet_u8();
    wanted.len = nondet_size();
    wanted.data = draft_buffer;
    before.first_request = ike_sa.first_request;
}

/* It is there, and nothing else has changed but the window. */
static void check_made(bool is_first)
{
    const struct ikl_request *request = &own->request;

    prove(is_taken && handle == request && request->kind == IKL_REQUEST_HOST && own->next == IKL_NONE);
    prove((was_listed ? other->next : ike_sa.first_request) == 1 && endpoint.n_requests == n_before + 1);
    prove(has_left == (is_first && ikl_send_window_open(&before.send_window)));
    prove(request->state == (has_left ? IKL_REQUEST_SENT : IKL_REQUEST_QUEUED) && contents != ROOM);
    prove(contents == NOTHING ? ikl_sa_has_keys(&ike_sa) && cipher.deterministic && own->small_len == wanted.len
                              : contents == (has_left ? SEALED : PLAINTEXT) && request->stored == BODY);
    prove(has_left || own->plaintext_len == (uint32_t)wanted.len);
}

int main(void)
{
    bool is_first, may;
    int result;

    have_any_sender();
    have_any_call();
    suppose(ikl_sa_is_valid(&ike_sa) && ikl_sa_can_send(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
    is_first = ikl_sa_first_queued(&ike_sa) == NULL;
    may = ikl_sa_may(&ike_sa, IKL_SA_MAY_REQUEST);
    result = ikl_decide_request(&ike_sa, wanted.exchange_type, &content, nondet_bool() ? &options : NULL, now, &handle);
    if (result == IKL_OK) {
        bool is_init = wanted.exchange_type == IKL_IKE_SA_INIT || wanted.exchange_type == IKL_IKE_SESSION_RESUME;

        prove(may && !has_failed && is_init == !ikl_sa_has_keys(&ike_sa) && (!is_init || !was_listed));
        check_made(is_first);
    } else {
        prove(!is_taken && !has_left && handle == NULL && contents == NOTHING && endpoint.n_requests == n_before);
        prove(ike_sa.first_request == before.first_request);
    }
    prove(ikl_sa_is_valid(&ike_sa));
    prove(ikl_sa_can_send(&ike_sa));
    prove(ikl_sa_all_is_awaited(&ike_sa));
    other->next = IKL_NONE;
    prove(is_same(other, &other_was, sizeof(other_was)) && !draft_has_plaintext);
    check_window();
    return 0;
}
