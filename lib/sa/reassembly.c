/* SPDX-License-Identifier: ISC */
/* ikelive sa: fragments of the peer's messages (RFC 7383 §2.6): one request and one response at a time, each bounded by
 * the longest message and by time. Every fragment was authenticated before it comes here. */
#include "extra.h"

enum { MAX_PIECES = 255 };

static struct ikl_reassembly *reassembly_for(const struct ikl_sa *sa, const struct ikl_header *header)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    return (header->flags & IKL_FLAG_RESPONSE) != 0 ? &extra->response : &extra->request;
}

static void begin(struct ikl_sa *sa, struct ikl_reassembly *reassembly, const struct ikl_opened *opened, ikl_time now)
{
    ikl_partial_reset(sa, reassembly);
    *reassembly = (struct ikl_reassembly){.expires = ikl_time_after(now, sa->endpoint->reassembly_time),
                                          .message_id = opened->header.message_id,
                                          .first_piece = IKL_NONE,
                                          .total = opened->fragment_total,
                                          .exchange_type = opened->header.exchange_type};
    if (sa->state == IKL_SA_CONNECTING) {
        ikl_partial_list(sa, reassembly);
    }
}

/* Whether nobody waits for this message any more, because it has come in one piece after all. */
static bool is_stale(const struct ikl_sa *sa, const struct ikl_reassembly *reassembly, bool response)
{
    return response ? !ikl_send_window_awaits(&sa->send_window, reassembly->message_id)
                    : ikl_receive_window_judge(&sa->receive_window, reassembly->message_id) != IKL_ARRIVAL_NEW &&
                          !ikl_sa_waits_for(sa, reassembly->message_id);
}

/* Whether this fragment is of use for what is being put together, or for something new. */
static bool is_wanted(const struct ikl_reassembly *reassembly, const struct ikl_opened *opened, bool *anew)
{
    /* while nothing is being put together, its total is 0 */
    *anew = opened->header.message_id != reassembly->message_id || opened->fragment_total > reassembly->total;
    /* when a window holds several fragmented messages, one is put together first */
    if (opened->fragment_total > MAX_PIECES ||
        (reassembly->total != 0 && opened->header.message_id > reassembly->message_id)) {
        return false;
    }
    return *anew ||
           (opened->fragment_total == reassembly->total && opened->header.exchange_type == reassembly->exchange_type);
}

/* The piece before which number `number` belongs, or before which it is already: the link to it, and its body. */
struct place {
    uint32_t before; /* the piece in front, or IKL_NONE */
    uint32_t at;
};

static struct place find_place(const struct ikl_sa *sa, const struct ikl_reassembly *reassembly, uint16_t number)
{
    struct place place = {IKL_NONE, reassembly->first_piece};

    while (place.at != IKL_NONE && ikl_piece_at(sa, place.at).number < number) {
        place.before = place.at;
        place.at = ikl_piece_at(sa, place.at).next;
    }
    return place;
}

static bool is_there(const struct ikl_sa *sa, const struct ikl_reassembly *reassembly, uint16_t number)
{
    struct place place = find_place(sa, reassembly, number);

    return place.at != IKL_NONE && ikl_piece_at(sa, place.at).number == number;
}

/* Links a body with room for the fragment in where the fragment belongs. */
static void link_piece(struct ikl_sa *sa, struct ikl_reassembly *reassembly, const struct ikl_opened *opened,
                       uint32_t body)
{
    struct ikl_pool *pool = &sa->endpoint->pool;
    struct place place = find_place(sa, reassembly, opened->fragment_number);
    struct ikl_piece piece = {.next = place.at, .number = opened->fragment_number};

    ikl_pool_write(pool, body, 0, (const uint8_t *)&piece, sizeof(piece));
    ikl_pool_write(pool, body, sizeof(piece), opened->plaintext.data, opened->plaintext.len);
    if (place.before == IKL_NONE) {
        reassembly->first_piece = body;
    } else {
        ikl_pool_write(pool, place.before, offsetof(struct ikl_piece, next), (const uint8_t *)&body, sizeof(body));
    }
    reassembly->octets += (uint32_t)opened->plaintext.len;
    reassembly->n_pieces++;
    if (opened->fragment_number == 1) {
        reassembly->first_payload = opened->first_payload;
        reassembly->minor = opened->header.minor;
        reassembly->flags = opened->header.flags;
        reassembly->reserved = opened->reserved;
    }
    if (opened->critical != IKL_PAYLOAD_NONE) {
        reassembly->critical = opened->critical;
    }
}

/* Keeps a fragment with those before it or, `anew`, instead of them. */
static int store_piece(struct ikl_sa *sa, struct ikl_reassembly *reassembly, const struct ikl_opened *opened, bool anew,
                       ikl_time now)
{
    size_t octets = opened->plaintext.len + (anew ? 0 : reassembly->octets);
    uint32_t body;

    if (octets > sa->endpoint->max_message || (!anew && is_there(sa, reassembly, opened->fragment_number))) {
        return IKL_ERR_FRAGMENT;
    }
    if (anew && ikl_sa_has_body_room(sa, sizeof(struct ikl_piece) + opened->plaintext.len,
                                     ikl_partial_blocks(sa, reassembly))) {
        ikl_partial_reset(sa, reassembly);
    }
    body = ikl_sa_take_body(sa, sizeof(struct ikl_piece) + opened->plaintext.len, IKL_BODY);
    if (body == IKL_NONE) {
        return IKL_ERR_NO_BUFFER;
    }
    if (anew) {
        begin(sa, reassembly, opened, now);
    }
    link_piece(sa, reassembly, opened, body);
    return IKL_OK;
}

/* Copies all pieces, one after the other, to the buffer for opened messages. */
static void put_together(struct ikl_sa *sa, struct ikl_reassembly *reassembly, struct ikl_opened *whole)
{
    uint8_t *plaintext = sa->endpoint->plaintext;
    size_t len = 0;

    for (uint32_t body = reassembly->first_piece; body != IKL_NONE; body = ikl_piece_at(sa, body).next) {
        size_t here = ikl_pool_len(&sa->endpoint->pool, body) - sizeof(struct ikl_piece);

        ikl_pool_read(&sa->endpoint->pool, body, sizeof(struct ikl_piece), plaintext + len, here);
        len += here;
    }
    whole->header.minor = reassembly->minor;
    whole->header.flags = reassembly->flags;
    whole->first_payload = reassembly->first_payload;
    whole->reserved = reassembly->reserved;
    whole->critical = reassembly->critical;
    whole->plaintext = (struct ikl_octets){plaintext, len};
    ikl_partial_reset(sa, reassembly);
    sa->endpoint->counters.reassembled++;
}

int ikl_sa_take_fragment(struct ikl_sa *sa, struct ikl_opened *opened, ikl_time now, bool *complete)
{
    struct ikl_reassembly *reassembly;
    bool anew;
    int result;

    *complete = false;
    if (!sa->fragmentation) {
        return IKL_ERR_UNSUPPORTED;
    }
    reassembly = reassembly_for(sa, &opened->header);
    if (is_stale(sa, reassembly, (opened->header.flags & IKL_FLAG_RESPONSE) != 0)) {
        ikl_partial_reset(sa, reassembly);
    }
    if (!is_wanted(reassembly, opened, &anew)) {
        return IKL_ERR_FRAGMENT;
    }
    result = store_piece(sa, reassembly, opened, anew, now);
    if (result != IKL_OK) {
        return result;
    }
    sa->endpoint->counters.fragments++;
    *complete = reassembly->n_pieces == reassembly->total;
    if (*complete) {
        put_together(sa, reassembly, opened);
    } else {
        ikl_sa_set_due(sa);
    }
    return IKL_OK;
}
