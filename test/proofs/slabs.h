/* SPDX-License-Identifier: ISC */
/* Slabs whose items the proof has itself: it gives ikl_slab_at a body, with what slab proves of it, that each index has
 * an item of its own. What headers have in line is then in one file, the proof that includes this first. */
#ifndef SLABS_H
#define SLABS_H

#include "proof.h"

#ifndef IKL_ONCE
#define IKL_ONCE
#endif
#define ikl_slab_at ikl_slab_at_in_chunks
#include "memory/slab.h"
#undef ikl_slab_at
void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index);

#endif
