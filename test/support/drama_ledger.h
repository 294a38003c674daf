/* SPDX-License-Identifier: ISC */
/* What must hold of all that a host is told: see drama.h. */
#ifndef TEST_DRAMA_LEDGER_H
#define TEST_DRAMA_LEDGER_H

#include "drama.h"

#include <ikelive/snapshot.h>

/* Of drama_callbacks.c: makes the endpoint; an IV that there was not. */
void drama_open(void);
int drama_next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);
bool drama_lives_elsewhere(void *user, uint64_t spi_i, uint64_t spi_r);
void drama_restored_child(void *context, struct ikl_restored_child *child);

void ledger_begin(void);
void ledger_sa(struct ikl_sa *sa);                                        /* it was made */
void ledger_send(struct ikl_sa *sa, const uint8_t *datagram, size_t len); /* null: no IKE SA's */
void ledger_tell(enum place place, struct ikl_sa *sa);                    /* null: of none */
void ledger_outcome(const struct ikl_outcome *outcome);
void ledger_state(struct ikl_sa *sa, enum ikl_sa_state state);
void ledger_child_down(struct ikl_sa *sa, struct ikl_child *child);
void ledger_down(struct ikl_sa *sa);

/* All is over: each thing was told once, and the endpoint keeps nothing. `attempts`: one for each send. */
void ledger_end(struct ikl_endpoint *endpoint, bool attempts);

/* All that the library holds, but for the count of what it refused. */
struct image {
    uint64_t hash;
    ikl_time next_deadline;
    uint64_t reentrant;
};

void image_take(struct image *image, struct ikl_endpoint *endpoint);
bool image_same(const struct image *a, const struct image *b);

#endif
