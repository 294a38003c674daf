/* SPDX-License-Identifier: ISC */
/* What proofs share. A proof is a program whose inputs may be anything that `suppose` allows; the prover shows that no
 * `prove` can fail and that memory is used as C allows, whatever they are. */
#ifndef PROOF_H
#define PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define suppose(what) __CPROVER_assume(what)
#define prove(what) __CPROVER_assert((what), #what)

/* Whatever it may be. */
bool nondet_bool(void);
int nondet_int(void);
uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
size_t nondet_size(void);

/* Any number up to `most`. */
static inline size_t any_up_to(size_t most)
{
    size_t n = nondet_size();

    suppose(n <= most);
    return n;
}

/* Memory of just `len` octets with anything in it. */
static inline uint8_t *any_octets(size_t len)
{
    uint8_t *octets = malloc(len);

    suppose(octets != NULL);
    return octets;
}

/* The most octets that UDP can carry. */
enum { DATAGRAM = 65535 };

#endif
