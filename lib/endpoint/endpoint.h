/* ikelive endpoint, inside: what the IKE SAs of an endpoint share.
 * SPDX-License-Identifier: ISC */
#ifndef IKL_ENDPOINT_INTERNAL_H
#define IKL_ENDPOINT_INTERNAL_H

#include "pool.h"
#include "spi_table.h"

#include <ikelive/endpoint.h>
#include <ikelive/wheel.h>

enum {
    IKL_MAX_KEY_SIZES = 8, /* different sizes of key state */
    IKL_SEND_LEVELS = 4    /* how deep `send` callbacks may send */
};

struct ikl_endpoint {
    struct ikl_callbacks callbacks;
    void *user;
    struct ikl_allocator allocator;
    const struct ikl_provider *const *providers;
    size_t n_providers;
    const struct ikl_schedule *schedule;
    uint32_t idle;
    uint32_t tick_slack;
    uint32_t max_message;

    ikl_time now;             /* the latest time the host told */
    uint32_t depth;           /* calls into the library that are under way */
    uint32_t first_freed;     /* IKE SAs freed inside a callback, freed for good when `depth` is 0 again */
    uint32_t n_sas;           /* not DEAD */
    uint32_t send_level;      /* `send` callbacks under way */
    bool closing;             /* inside ikl_endpoint_free */
    struct ikl_wheel *wheel;  /* timer n belongs to the IKE SA with index n */
    struct ikl_slab sas;      /* struct ikl_sa */
    struct ikl_slab children; /* struct ikl_child */
    struct ikl_slab requests; /* struct ikl_outgoing */
    struct ikl_slab keys[IKL_MAX_KEY_SIZES];
    struct ikl_pool pool;
    struct ikl_spi_table spis;

    uint8_t *plaintext;                 /* what was opened; max_message octets */
    uint8_t *messages[IKL_SEND_LEVELS]; /* what is being sent: marker and max_message octets */
    struct ikl_endpoint_counters counters;
};

/* Every public function that may call back is bracketed by these; the last one out frees what was freed meanwhile. */
void ikl_endpoint_enter(struct ikl_endpoint *endpoint);
void ikl_endpoint_leave(struct ikl_endpoint *endpoint);

/* The host's `now`, made to run forward; counts when it did not. */
ikl_time ikl_endpoint_clock(struct ikl_endpoint *endpoint, ikl_time now);

/* The buffer for the next message to send, with room for the non-ESP marker before it; null when `send` callbacks are
 * nested too deep. */
uint8_t *ikl_endpoint_message(const struct ikl_endpoint *endpoint);

/* Sends the `len` octets in the buffer of ikl_endpoint_message. Returns what `send` returned. */
int ikl_endpoint_transmit(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path, size_t len);

/* The slab for key states of this size; null when there are too many sizes. */
struct ikl_slab *ikl_endpoint_keys(struct ikl_endpoint *endpoint, size_t size);

#endif
