/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: an IKE SA as it is in the store: a sealed snapshot. */
#ifndef CLUSTER_PARCEL_H
#define CLUSTER_PARCEL_H

#include "seal.h"

#include <ikelive/ikelive.h>

/* Seals a snapshot, made in this epoch. To be freed; null when it cannot be made. */
uint8_t *parcel_make(struct ikl_sa *sa, const uint8_t key[SEAL_KEY], const struct seal_place *place, uint64_t epoch,
                     ikl_time now, size_t *len);

/* Makes an IKE SA of what was sealed, and says in which epoch that was. Errors: IKL_ERR_FORGED when it was not sealed
 * like that; IKL_ERR_NO_MEMORY; those of ikl_sa_restore. */
IKL_MUST_USE int parcel_open(struct ikl_octets sealed, const uint8_t key[SEAL_KEY], const struct seal_place *place,
                             struct ikl_endpoint *endpoint, const struct ikl_restore_options *options, ikl_time now,
                             uint64_t *made_in, struct ikl_sa **out);

#endif
