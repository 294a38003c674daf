/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: datagrams that wait. */
#include "held.h"

#include <stdlib.h>
#include <string.h>

struct held {
    struct held *next;
    uint64_t changes; /* how many must be written before it may leave */
    struct ikl_address to;
    size_t len;
    uint8_t octets[];
};

int held_add(struct held_queue *queue, uint64_t changes, const struct ikl_address *to, const uint8_t *datagram,
             size_t len)
{
    struct held *held = malloc(sizeof(*held) + len);

    if (held == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    held->next = NULL;
    held->changes = changes;
    held->to = *to;
    held->len = len;
    memcpy(held->octets, datagram, len);
    *(queue->first != NULL ? queue->end : &queue->first) = held;
    queue->end = &held->next;
    return IKL_OK;
}

static void drop_first(struct held_queue *queue)
{
    struct held *held = queue->first;

    queue->first = held->next;
    free(held);
}

void held_let_go(struct held_queue *queue, uint64_t written,
                 int (*send)(void *user, const struct ikl_address *to, const uint8_t *datagram, size_t len), void *user)
{
    while (queue->first != NULL && queue->first->changes <= written) {
        (void)send(user, &queue->first->to, queue->first->octets, queue->first->len);
        drop_first(queue);
    }
}

void held_drop_all(struct held_queue *queue)
{
    while (queue->first != NULL) {
        drop_first(queue);
    }
}
