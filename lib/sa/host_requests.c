/* SPDX-License-Identifier: ISC */
/* ikelive sa: the host's requests: making them, queueing them while the peer's window is full, cancelling them (RFC
 * 7296 §2.3). */
#include "event.h"
#include "protect.h"
#include "request.h"

#include "field.h"
#include "sized.h"

#include <string.h>

static struct ikl_draft draft_of(const struct ikl_sa *sa, const struct ikl_own_request *own,
                                 struct ikl_octets plaintext)
{
    return (struct ikl_draft){.exchange_type = own->request.exchange_type,
                              .message_id = sa->send_window.next,
                              .first_payload = own->first_payload,
                              .plaintext = plaintext};
}

/* The first send; the window has room. `own->request.stored` has the sealed datagrams; if it has none, the `len` octets
 * in the endpoint's message buffer go out. */
static void send_first(struct ikl_sa *sa, struct ikl_own_request *own, size_t len, ikl_time now)
{
    struct ikl_request *request = &own->request;

    ikl_request_begin(sa, request, now, now);
    if (request->stored != IKL_NONE) {
        ikl_request_transmit(sa, request, now);
    } else {
        ikl_request_transmit_made(sa, request, len, now);
    }
}

/* Keeps the plaintext of a small request, to make it again from; it may be kept there already. */
static void keep_small(struct ikl_own_request *own, struct ikl_octets plaintext)
{
    own->small_len = (uint8_t)plaintext.len;
    own->plaintext_len = (uint32_t)plaintext.len;
    if (plaintext.len != 0) {
        memmove(own->small, plaintext.data, plaintext.len);
    }
}

/* Seals a small request into the endpoint's message buffer. */
static int seal_small(struct ikl_sa *sa, struct ikl_own_request *own, const struct ikl_draft *draft, size_t *len)
{
    int result = ikl_sa_next_iv(sa, own->iv);

    if (result == IKL_OK) {
        result = ikl_sa_seal(sa, draft, own->iv, len);
    }
    if (result == IKL_OK) {
        keep_small(own, draft->plaintext);
    }
    return result;
}

int ikl_sa_make_request_again(struct ikl_sa *sa, const struct ikl_own_request *own, size_t *len)
{
    struct ikl_draft draft = {.exchange_type = own->request.exchange_type,
                              .message_id = own->request.run.message_id,
                              .first_payload = own->first_payload,
                              .plaintext = {own->small, own->small_len}};

    return ikl_sa_seal(sa, &draft, own->iv, len);
}

static int send_now(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_octets plaintext, ikl_time now)
{
    struct ikl_draft draft = draft_of(sa, own, plaintext);
    struct ikl_packing packing;
    size_t len = 0;
    int result = ikl_sa_pack(sa, &sa->path, plaintext.len, &packing);

    if (result == IKL_OK && draft.message_id > IKL_MESSAGE_ID_LAST) {
        result = IKL_ERR_EXHAUSTED;
    }
    if (result == IKL_OK) {
        result = ikl_sa_is_small(sa, &draft) ? seal_small(sa, own, &draft, &len)
                                             : ikl_sa_seal_stored(sa, &draft, &packing, &own->request.stored);
    }
    if (result == IKL_OK) {
        send_first(sa, own, len, now);
    }
    return result;
}

/* Keeps the plaintext, and as much room as the sealed datagrams will need. */
static int keep_queued(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_octets plaintext)
{
    struct ikl_draft draft = draft_of(sa, own, plaintext);
    bool small = plaintext.len <= IKL_SMALL_BODY;
    struct ikl_packing packing;
    int result = ikl_sa_pack(sa, &sa->path, plaintext.len, &packing);

    if (result != IKL_OK) {
        return result;
    }
    if (ikl_sa_is_small(sa, &draft)) {
        keep_small(own, plaintext);
        return IKL_OK;
    }
    own->request.stored = ikl_sa_take_body(sa, packing.len, small ? IKL_BODY_SMALL : IKL_BODY);
    if (own->request.stored == IKL_NONE) {
        return IKL_ERR_NO_BUFFER;
    }
    ikl_pool_write(&sa->endpoint->pool, own->request.stored, 0, plaintext.data, plaintext.len);
    own->plaintext_len = (uint32_t)plaintext.len;
    return IKL_OK;
}

int ikl_sa_submit(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_octets plaintext, ikl_time now)
{
    bool first = ikl_sa_first_queued(sa) == own;
    bool at_once = first && ikl_send_window_open(&sa->send_window);
    int result;

    if (first && sa->send_window.next > IKL_MESSAGE_ID_LAST) {
        result = IKL_ERR_EXHAUSTED;
    } else if (at_once) {
        result = send_now(sa, own, plaintext, now);
    } else {
        result = keep_queued(sa, own, plaintext);
    }
    if (result != IKL_OK) {
        ikl_sa_forget_request(sa, own);
    } else if (!at_once) {
        ikl_history_add(sa, IKL_EVENT_WINDOW_FULL, IKL_MESSAGE_ID_NONE, 0, now);
    }
    return result;
}

/* Whether `len` octets have room in place of what the request holds. */
static bool has_room_instead(struct ikl_sa *sa, const struct ikl_own_request *own, size_t len)
{
    return ikl_sa_has_body_room(sa, len, ikl_sa_body_blocks(sa, own->request.stored));
}

/* Sends a queued request whose plaintext is in the pool. When that fails it stays queued, as it was. */
static int send_stored(struct ikl_sa *sa, struct ikl_own_request *own, ikl_time now)
{
    struct ikl_pool *pool = &sa->endpoint->pool;
    struct ikl_octets plaintext = {sa->endpoint->draft, own->plaintext_len};
    size_t kept_len = ikl_pool_len(pool, own->request.stored);
    struct ikl_packing packing;
    int result = ikl_sa_pack(sa, &sa->path, plaintext.len, &packing);

    if (result == IKL_OK && !has_room_instead(sa, own, packing.len)) {
        result = IKL_ERR_NO_BUFFER;
    }
    if (result != IKL_OK) {
        return result;
    }
    ikl_pool_read(pool, own->request.stored, 0, sa->endpoint->draft, plaintext.len);
    ikl_sa_drop_body(sa, own->request.stored);
    own->request.stored = IKL_NONE;
    result = send_now(sa, own, plaintext, now);
    if (result != IKL_OK) {
        own->request.stored = ikl_sa_take_body(sa, kept_len, IKL_BODY_OWED);
        ikl_pool_write(pool, own->request.stored, 0, plaintext.data, plaintext.len);
    }
    ikl_wipe(sa->endpoint->draft, plaintext.len);
    return result;
}

static int send_queued(struct ikl_sa *sa, struct ikl_own_request *own, ikl_time now)
{
    struct ikl_octets small = {own->small, own->small_len};

    return own->request.stored != IKL_NONE ? send_stored(sa, own, now) : send_now(sa, own, small, now);
}

/* True while the peer's window is not full. Whether a Message ID is left shows when one is taken. */
static bool has_room(const struct ikl_send_window *window)
{
    return window->next - window->unanswered < window->size;
}

void ikl_sa_pump_requests(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_own_request *own;

    while (has_room(&sa->send_window) && (own = ikl_sa_first_queued(sa)) != NULL) {
        int result = send_queued(sa, own, now);

        if (result == IKL_ERR_EXHAUSTED) {
            ikl_sa_end(sa, IKL_DOWN_EXHAUSTED, NULL, now);
        }
        if (result != IKL_OK) {
            return; /* tried again later: see timer.c */
        }
    }
}

void ikl_sa_move_queued(struct ikl_sa *from, struct ikl_sa *to)
{
    struct ikl_own_request *own;

    while ((own = ikl_sa_first_queued(from)) != NULL) {
        ikl_sa_move_body(from, to, own->request.stored);
        ikl_sa_move_request(from, to, own);
    }
}

int ikl_sa_requeue(struct ikl_sa *from, struct ikl_sa *to, struct ikl_own_request *own, struct ikl_octets plaintext)
{
    ikl_sa_drop_body(from, own->request.stored);
    own->request.stored = IKL_NONE;
    if (keep_queued(to, own, plaintext) != IKL_OK) {
        return IKL_ERR_NO_BUFFER;
    }
    ikl_request_queue(&own->request);
    ikl_sa_move_request(from, to, own);
    return IKL_OK;
}

void ikl_sa_end_queued(struct ikl_sa *sa)
{
    struct ikl_own_request *own = ikl_sa_first_queued(sa);

    while (own != NULL) {
        struct ikl_own_request *next = ikl_sa_next_queued(sa, own);

        ikl_request_end(sa, &own->request, IKL_OUTCOME_SA_GONE);
        own = next;
    }
}

static bool take_options(struct ikl_request_options *to, const struct ikl_request_options *from)
{
    return ikl_sized_take(to, sizeof(*to), from, IKL_END_OF(struct ikl_request_options, schedule));
}

const char *ikl_request_options_error(const struct ikl_request_options *options)
{
    struct ikl_request_options taken;

    if (options == NULL) {
        return NULL;
    }
    if (!take_options(&taken, options)) {
        return IKL_FIELD("size");
    }
    return taken.schedule != NULL && ikl_schedule_check(taken.schedule) != IKL_OK ? IKL_FIELD("schedule") : NULL;
}

/* Whether a request of this exchange makes an IKE SA, and is not protected. */
static bool is_first(uint8_t exchange_type)
{
    return exchange_type == IKL_IKE_SA_INIT || exchange_type == IKL_IKE_SESSION_RESUME;
}

/* Whether a request of this exchange may be made now. */
static int check_request(const struct ikl_sa *sa, uint8_t exchange_type, const struct ikl_request_options *options)
{
    if (!ikl_sa_may(sa, IKL_SA_MAY_REQUEST) || is_first(exchange_type) == ikl_sa_has_keys(sa)) {
        return IKL_ERR_STATE;
    }
    if (!ikl_sa_has_keys(sa) && sa->first_request != IKL_NONE) {
        return IKL_ERR_BUSY;
    }
    return ikl_request_options_error(options) == NULL ? IKL_OK : IKL_ERR_INVALID;
}

static int request(struct ikl_sa *sa, uint8_t exchange_type, uint8_t first_payload, struct ikl_octets plaintext,
                   const struct ikl_request_options *options, ikl_time now, struct ikl_request **out)
{
    struct ikl_request_options taken;
    struct ikl_own_request *own = ikl_sa_try_request(sa, IKL_REQUEST_HOST, exchange_type, first_payload);
    struct ikl_request *handle;
    int result;

    if (own == NULL) {
        return IKL_ERR_NO_BUFFER;
    }
    handle = &own->request;
    if (options != NULL) {
        (void)take_options(&taken, options); /* they were checked */
        own->context = taken.context;
        if (taken.schedule != NULL) {
            ikl_request_set_schedule(&own->request, taken.schedule);
        }
    }
    result = ikl_sa_submit(sa, own, plaintext, now);
    if (result == IKL_OK && out != NULL) {
        *out = handle;
    }
    return result;
}

int ikl_decide_request(struct ikl_sa *sa, uint8_t exchange_type, const struct ikl_content *content,
                       const struct ikl_request_options *options, ikl_time now, struct ikl_request **out)
{
    struct ikl_octets plaintext;
    int result = check_request(sa, exchange_type, options);

    if (result == IKL_OK) {
        result = ikl_sa_compose(sa, content, &plaintext);
    }
    if (result == IKL_OK) {
        result = request(sa, exchange_type, content->first_payload, plaintext, options, now, out);
        ikl_wipe(sa->endpoint->draft, plaintext.len);
    }
    return result;
}

static bool is_ours(const struct ikl_sa *sa, const struct ikl_request *request)
{
    const struct ikl_own_request *own = ikl_sa_find_own(sa, request);

    return own != NULL && own->request.kind == IKL_REQUEST_HOST && !own->request.silenced;
}

void ikl_decide_cancel(struct ikl_sa *sa, struct ikl_request *request)
{
    if (is_ours(sa, request)) {
        ikl_request_cancel(sa, request);
    }
}
