/* SPDX-License-Identifier: ISC */
/* Whatever happened in this call, an IKE SA that ends leaves a tombstone just when its Delete was noted last: with its
 * own SPI, that Delete's hash and answer, and the time, once. It leaves none when the Delete came in fragments, was of
 * invalid syntax, or has no answer that is short enough. The Delete of another one stays noted.
 *
 * bounds: two IKE SAs; how tombstones are kept: as tombstones proves
 * fault: lib/sa/bury.c s/    endpoint->last_delete.sa = IKL_NONE;//
 * fault: lib/sa/bury.c s/if (last.sa != sa->self)/if (last.sa == IKL_NONE)/
 * fault: lib/sa/bury.c s/reason == IKL_DOWN_PROTOCOL || //
 * fault: lib/sa/bury.c s/ || last.hash == 0//
 * fault: lib/sa/bury.c s/if (answer.len != 0)/if (true)/
 * fault: lib/sa/bury.c s/: request->hash/: 0/ */
#include "proof.h"

#include "sa/bury.c"

static struct ikl_endpoint endpoint;
static struct ikl_sa ends, other;
static struct ikl_last_delete noted; /* as the one that ends finds it */
static uint8_t message[1];
static struct ikl_octets answer;
static uint64_t hash;
static ikl_time now;
static unsigned n_buried;

uint64_t ikl_tombstones_hash(const struct ikl_tombstones *tombstones, struct ikl_octets request)
{
    prove(tombstones == endpoint.tombstones && request.len != 0);
    return hash;
}

struct ikl_octets ikl_sa_given_response(struct ikl_sa *sa, uint32_t message_id, size_t most)
{
    prove(sa == &ends && noted.sa == ends.self && message_id == noted.message_id && most == IKL_TOMBSTONE_ANSWER);
    return answer.len <= most ? answer : (struct ikl_octets){NULL, 0};
}

void ikl_tombstones_ended(struct ikl_tombstones *tombstones, uint64_t spi, uint64_t of_delete, struct ikl_octets given,
                          ikl_time at)
{
    prove(tombstones == endpoint.tombstones && spi == ikl_sa_own_spi(&ends) && of_delete == noted.hash);
    prove(given.data == answer.data && given.len == answer.len && at == now);
    n_buried++;
}

/* Either IKE SA, or none. */
static uint32_t any_index(void)
{
    return nondet_bool() ? IKL_NONE : nondet_bool();
}

static void suppose_sa(struct ikl_sa *sa, uint32_t index)
{
    sa->endpoint = &endpoint;
    sa->self = index;
    sa->spi_i = nondet_u64();
    sa->spi_r = nondet_u64();
    sa->original_initiator = nondet_bool();
}

/* The peer deletes one, by a message that is there as a whole or not. */
static void delete_one(struct ikl_sa *sa)
{
    struct ikl_message request = {.datagram.len = nondet_size(), .hash = nondet_u64()};

    request.opened.header.message_id = nondet_u32();
    ikl_sa_note_delete(sa, &request);
    prove(endpoint.last_delete.sa == sa->self && endpoint.last_delete.message_id == request.opened.header.message_id &&
          endpoint.last_delete.hash == (request.datagram.len != 0 ? hash : request.hash));
}

int main(void)
{
    enum ikl_down_reason reason = (enum ikl_down_reason)any_up_to(IKL_DOWN_CRASHED);
    unsigned expected;

    suppose_sa(&ends, 0);
    suppose_sa(&other, 1);
    endpoint.tombstones = (struct ikl_tombstones *)(void *)&endpoint;
    endpoint.last_delete = (struct ikl_last_delete){any_index(), nondet_u32(), nondet_u64()};
    answer = (struct ikl_octets){message, nondet_size()};
    hash = nondet_u64();
    now = nondet_u64();
    if (nondet_bool()) {
        delete_one(&ends);
    }
    if (nondet_bool()) {
        delete_one(&other);
    }
    noted = endpoint.last_delete;
    expected = noted.sa == ends.self && noted.hash != 0 && reason != IKL_DOWN_PROTOCOL && answer.len != 0 &&
               answer.len <= IKL_TOMBSTONE_ANSWER;
    ikl_sa_bury(&ends, reason, now);
    prove(n_buried == expected && endpoint.last_delete.sa == (noted.sa == ends.self ? IKL_NONE : noted.sa));
    ikl_sa_bury(&ends, reason, now);
    prove(n_buried == expected);
    return 0;
}
