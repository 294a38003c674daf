/* What must hold in the fuzzed world. See world.h.
 * SPDX-License-Identifier: ISC */
#include "world.h"

#include "check.h"

#include <string.h>

static uint64_t hash(uint64_t seed, const uint8_t *octets, size_t len)
{
    uint64_t value = seed ^ 14695981039346656037u;

    for (size_t i = 0; i < len; i++) {
        value = (value ^ octets[i]) * 1099511628211u;
    }
    return value;
}

/* No IV is used twice by one sender of one IKE SA, but for the same octets again. */
static void check_iv(struct world_host *host, const uint8_t *datagram, size_t len, size_t at)
{
    struct world *world = host->world;
    uint64_t iv = hash((uint64_t)(host - world->hosts), datagram, 16) ^ hash(1, datagram + at, 8);
    uint64_t whole = hash(2, datagram, len);

    for (size_t i = 0; i < world->n_ivs; i++) {
        if (world->ivs[i].iv == iv) {
            CHECK(world->ivs[i].datagram == whole);
            return;
        }
    }
    if (world->n_ivs < WORLD_IVS) {
        world->ivs[world->n_ivs].iv = iv;
        world->ivs[world->n_ivs++].datagram = whole;
    }
}

void check_sent(struct world_host *host, const uint8_t *datagram, size_t len)
{
    struct ikl_header header;

    if (len == 1) {
        CHECK(datagram[0] == 0xff); /* a NAT keepalive */
        return;
    }
    CHECK(ikl_header_read(&header, datagram, len) == IKL_OK);
    CHECK(header.next_payload == IKL_PAYLOAD_SK || header.next_payload == IKL_PAYLOAD_SKF);
    check_iv(host, datagram, len,
             IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + (header.next_payload == IKL_PAYLOAD_SKF ? 4u : 0u));
}

void check_progress(const struct world_host *host)
{
    CHECK(ikl_endpoint_next_deadline(host->endpoint) > host->world->now);
}

static struct ikl_endpoint_counters counters_of(const struct world_host *host)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    CHECK(ikl_endpoint_query(host->endpoint, &counters) == IKL_OK);
    return counters;
}

/* What nothing unauthenticated may change; what a hint may cause is left out. */
struct state {
    struct ikl_sa_info infos[WORLD_SAS];
    ikl_time next_deadline;
    size_t n_wire;
};

static void take_state(struct state *state, const struct world_host *host)
{
    memset(state, 0, sizeof(*state));
    for (size_t i = 0; i < host->n_sas; i++) {
        state->infos[i].size = sizeof(state->infos[i]);
        if (host->sas[i].sa != NULL) {
            CHECK(ikl_sa_query(host->sas[i].sa, &state->infos[i]) == IKL_OK);
            state->infos[i].counters.dropped = 0;
        }
    }
    state->next_deadline = ikl_endpoint_next_deadline(host->endpoint);
    state->n_wire = host->n_wire;
}

void check_refused(struct world_host *host, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    static struct state before, after;
    struct ikl_endpoint_counters counters = counters_of(host);
    int result;

    host->act = 0;
    take_state(&before, host);
    result = ikl_endpoint_receive(host->endpoint, path, datagram, len, host->world->now);
    CHECK(result != IKL_OK);
    if (counters_of(host).hints != counters.hints) {
        return; /* a liveness check may have gone out */
    }
    take_state(&after, host);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
}
