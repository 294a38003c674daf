/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: sealed snapshots. */
#include "parcel.h"

#include <stdlib.h>

uint8_t *parcel_make(struct ikl_sa *sa, const uint8_t key[SEAL_KEY], const struct seal_place *place, uint64_t epoch,
                     ikl_time now, size_t *len)
{
    size_t size = ikl_snapshot_size(sa), plain_len = 0;
    uint8_t *plain = malloc(size), *sealed = NULL;

    if (size > 0 && plain != NULL && ikl_sa_snapshot(sa, plain, size, &plain_len, now) == IKL_OK) {
        *len = plain_len + SEAL_EXTRA;
        sealed = malloc(*len);
    }
    if (sealed != NULL) {
        seal(key, place, epoch, plain, plain_len, sealed);
    }
    if (plain != NULL) {
        ikl_wipe(plain, size);
        free(plain);
    }
    return sealed;
}

int parcel_open(struct ikl_octets sealed, const uint8_t key[SEAL_KEY], const struct seal_place *place,
                struct ikl_endpoint *endpoint, const struct ikl_restore_options *options, ikl_time now,
                uint64_t *made_in, struct ikl_sa **out)
{
    uint8_t *plain = malloc(sealed.len);
    int error = plain == NULL ? IKL_ERR_NO_MEMORY : IKL_ERR_FORGED;

    if (plain != NULL && unseal(key, place, sealed.data, sealed.len, plain, made_in)) {
        error = ikl_sa_restore(endpoint, (struct ikl_octets){plain, sealed.len - SEAL_EXTRA}, options, now, out);
        ikl_wipe(plain, sealed.len - SEAL_EXTRA);
    }
    free(plain);
    return error;
}
