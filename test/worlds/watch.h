/* SPDX-License-Identifier: ISC */
/* Tells the laws the records of a simulated world's trace; but what goes down the hosts tell themselves, since a world
 * that is freed makes no records. */
#ifndef WORLDS_WATCH_H
#define WORLDS_WATCH_H

#include "laws.h"

#include <ikelive/sim.h>

enum { WATCH_CORRUPTED = 256 };

struct watch {
    struct laws *laws;
    void *user;
    /* An end of an IKE SA, and a host; null for those that are not watched. */
    struct laws_end *(*find_end)(void *user, const struct ikl_sim_host *host, uint64_t spi_i, uint64_t spi_r);
    struct laws_host *(*find_host)(void *user, const struct ikl_sim_host *host);
    uint64_t corrupted[WATCH_CORRUPTED]; /* numbers of datagrams that were changed, the latest */
    size_t n_corrupted;
};

/* A host of this config is going to be added. */
void watch_host(struct laws_host *law, const struct ikl_sim_manners *manners);

/* This datagram was changed on its way, or is made of one that was. */
void watch_note_corrupted(struct watch *watch, uint64_t datagram);

void watch_record(struct watch *watch, const struct ikl_sim_record *record);

#endif
