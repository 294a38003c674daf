/* SPDX-License-Identifier: ISC */
/* ikelive sa: an IKE SA that the peer deleted leaves a tombstone in the endpoint, which answers the Delete when it
 * comes again. An IKE SA leaves none when it ended by INVALID_SYNTAX, or its Delete came in fragments or has an answer
 * that is too long for a tombstone. */
#include "sa.h"

uint64_t ikl_sa_hash_request(const struct ikl_sa *sa, const struct ikl_message *request)
{
    return request->datagram.len != 0 ? ikl_tombstones_hash(sa->endpoint->tombstones, request->datagram)
                                      : request->hash;
}

void ikl_sa_note_delete(struct ikl_sa *sa, const struct ikl_message *request)
{
    sa->endpoint->last_delete = (struct ikl_last_delete){
        .sa = sa->self, .message_id = request->opened.header.message_id, .hash = ikl_sa_hash_request(sa, request)};
}

void ikl_sa_bury(struct ikl_sa *sa, enum ikl_down_reason reason, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_last_delete last = endpoint->last_delete;
    struct ikl_octets answer;

    if (last.sa != sa->self) {
        return;
    }
    endpoint->last_delete.sa = IKL_NONE;
    if (reason == IKL_DOWN_PROTOCOL || last.hash == 0) {
        return;
    }
    answer = ikl_sa_given_response(sa, last.message_id, IKL_TOMBSTONE_ANSWER);
    if (answer.len != 0) {
        ikl_tombstones_ended(endpoint->tombstones, ikl_sa_own_spi(sa), last.hash, answer, now);
    }
}
