/* SPDX-License-Identifier: ISC */
/* ikelive sa: sends responses, the first time and again, and knows where to (RFC 7296 §2.1, §2.11). */
#include "event.h"
#include "protect.h"
#include "remembered.h"

#include "octets.h"

/* Keeps where the response goes, when that is not the IKE SA's path. */
int ikl_sa_keep_path(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *out)
{
    *out = IKL_NONE;
    if (ikl_path_same(path, &sa->path)) {
        return IKL_OK;
    }
    *out = ikl_sa_store_body(sa, (const uint8_t *)path, sizeof(*path), IKL_BODY);
    return *out != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
}

struct ikl_path ikl_response_path(const struct ikl_sa *sa, const struct ikl_response *response)
{
    struct ikl_path path = sa->path;

    if (response->path != IKL_NONE) {
        ikl_pool_read(&sa->endpoint->pool, response->path, 0, (uint8_t *)&path, sizeof(path));
    }
    return path;
}

void ikl_sa_keep_paths(struct ikl_sa *sa)
{
    for (struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        bool unanswered = response->state == IKL_RESPONSE_WAITING || response->state == IKL_RESPONSE_PENDING;

        if (unanswered && !ikl_response_is_overdue(response) && response->path == IKL_NONE) {
            response->path = ikl_sa_store_body(sa, (const uint8_t *)&sa->path, sizeof(sa->path), IKL_BODY);
        }
    }
}

/* Sends a response: what is stored, or else what was just sealed into the endpoint's message buffer. */
void ikl_sa_transmit_response(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_path *path, size_t len)
{
    int result;

    if (response->stored != IKL_NONE) {
        ikl_sa_remember(sa, response, sa->endpoint->now);
        result = ikl_sa_transmit_stored(sa, path, response->stored);
    } else {
        result = ikl_endpoint_transmit(sa->endpoint, sa, path, len);
    }
    if (result != IKL_OK) {
        ikl_history_add_failure(sa, result, sa->endpoint->now);
    }
}

/* Fits the response to a path that may be narrower than the one it was made for. */
static void refit(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_path *path)
{
    bool own = ikl_path_same(path, &sa->path);

    if (response->stored != IKL_NONE && (sa->narrowed || !own)) {
        ikl_sa_remember(sa, response, sa->endpoint->now); /* otherwise it might make room for itself */
        ikl_sa_refit(sa, own ? &sa->path : path, &response->stored);
    }
}

/* A small response, sealed again into the endpoint's message buffer; `len` 0: it is in the pool. */
static int make_again(struct ikl_sa *sa, const struct ikl_response *response, size_t *len)
{
    struct ikl_draft draft = ikl_response_to(response->exchange_type, response->message_id, response->first_payload,
                                             (struct ikl_octets){response->body, response->body_len});

    *len = 0;
    return response->stored == IKL_NONE ? ikl_sa_seal(sa, &draft, response->iv, len) : IKL_OK;
}

void ikl_sa_restore_response(struct ikl_sa *sa, const struct ikl_remembered_response *from, uint8_t exchange_type,
                             ikl_time now)
{
    struct ikl_response *response = ikl_sa_new_response(sa, from->message_id);

    response->stored = ikl_sa_store_body(sa, from->datagram.data, from->datagram.len, IKL_BODY_OWED);
    response->exchange_type = exchange_type;
    response->state = IKL_RESPONSE_GIVEN;
    response->kept.sa = IKL_NONE;
    ikl_sa_remember(sa, response, now);
}

struct ikl_octets ikl_sa_given_response(struct ikl_sa *sa, uint32_t message_id, size_t most)
{
    static const struct ikl_octets none = {NULL, 0};
    const struct ikl_response *response = ikl_sa_find_response(sa, message_id);
    uint8_t *message = ikl_endpoint_message(sa->endpoint);
    size_t len;

    if (response->state != IKL_RESPONSE_GIVEN || make_again(sa, response, &len) != IKL_OK) {
        return none;
    }
    if (response->stored != IKL_NONE) {
        len = ikl_pool_len(&sa->endpoint->pool, response->stored);
    }
    if (len > most) {
        return none;
    }
    if (response->stored != IKL_NONE) {
        ikl_pool_read(&sa->endpoint->pool, response->stored, 0, message, len);
    }
    return (struct ikl_octets){message, len};
}

/* Sends the remembered response once more. */
int ikl_sa_repeat_response(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_path *path, ikl_time now)
{
    size_t len;
    int result = make_again(sa, response, &len);

    if (result != IKL_OK) {
        return result;
    }
    sa->counters.repeats++;
    sa->endpoint->counters.repeated++;
    ikl_history_add(sa, IKL_EVENT_REPEATED, response->message_id, 0, now);
    refit(sa, response, path);
    ikl_sa_transmit_response(sa, response, path, len);
    return IKL_OK;
}
