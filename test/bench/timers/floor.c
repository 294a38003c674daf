/* SPDX-License-Identifier: ISC */
/* The least that timers cost that can be stopped: links.
 *
 * Nodes of two 32-bit indices in a dense array, in circular lists: one for each of the next so many milliseconds, and
 * then one for each such time, so that memory is visited in the pattern in which the links of a wheel are. Starting
 * links a timer to the tail of the list for its delay, stopping unlinks it. Nothing is checked and nothing is noted:
 * neither which timers run, nor their deadlines, nor which lists have timers. */
#include "timers.h"

#include <stdlib.h>

enum { NEAR = 8192, FAR = 64, LISTS = NEAR + FAR };

struct link {
    uint32_t next;
    uint32_t prev;
};

static void *make(uint32_t n)
{
    struct link *links = malloc(((size_t)LISTS + n) * sizeof(*links));

    for (uint32_t i = 0; links != NULL && i < LISTS + n; i++) {
        links[i] = (struct link){i, i};
    }
    return links;
}

static void start(void *timers, uint32_t timer, uint32_t delay)
{
    struct link *links = timers;
    uint32_t list = delay < NEAR ? delay : NEAR + delay / NEAR % FAR;
    uint32_t tail = links[list].prev;

    links[LISTS + timer] = (struct link){list, tail};
    links[tail].next = LISTS + timer;
    links[list].prev = LISTS + timer;
}

static void stop(void *timers, uint32_t timer)
{
    struct link *links = timers;
    struct link link = links[LISTS + timer];

    links[link.next].prev = link.prev;
    links[link.prev].next = link.next;
}

const struct timers_kind timers_floor = {.name = "links", .make = make, .clear = free, .start = start, .stop = stop};
