/* SPDX-License-Identifier: ISC */
/* ikelive sa: keeps the keys of an IKE SA, for its snapshots, in the epoch of its host. */
#include "kept.h"
#include "keying.h"

#include <ikelive/snapshot.h>

#include <string.h>

static uint8_t *copy(uint8_t *to, const uint8_t *from, size_t len)
{
    memcpy(to, from, len);
    return to + len;
}

static void keep_octets(struct ikl_kept *kept, const struct ikl_keys *keys)
{
    uint8_t *to = kept->keys;

    kept->encr_key_len = keys->encr_key_len;
    kept->integ_key_len = keys->integ_key_len;
    to = copy(to, keys->sk_ei, keys->encr_key_len);
    to = copy(to, keys->sk_er, keys->encr_key_len);
    to = copy(to, keys->sk_ai, keys->integ_key_len);
    (void)copy(to, keys->sk_ar, keys->integ_key_len);
}

void ikl_kept_give(const struct ikl_kept *kept, struct ikl_keys *keys)
{
    const uint8_t *from = kept->keys;

    *keys = (struct ikl_keys){.encr_key_len = kept->encr_key_len, .integ_key_len = kept->integ_key_len};
    memcpy(keys->sk_ei, from, kept->encr_key_len);
    memcpy(keys->sk_er, from + kept->encr_key_len, kept->encr_key_len);
    from += 2 * (size_t)kept->encr_key_len;
    memcpy(keys->sk_ai, from, kept->integ_key_len);
    memcpy(keys->sk_ar, from + kept->integ_key_len, kept->integ_key_len);
}

/* Whether what one key state seals the other opens. Nothing of it goes out, so that its IV is of no harm. */
static int compare_states(const struct ikl_cipher *cipher, const void *sealing, const void *opening)
{
    uint8_t message[IKL_MAX_IV + UINT8_MAX + IKL_MAX_ICV] = {0}, plaintext[UINT8_MAX];
    int result = cipher->seal(sealing, message, 0, cipher->block_len);

    if (result == IKL_OK) {
        result = cipher->open(opening, message, 0, cipher->block_len, plaintext);
    }
    if (result == IKL_ERR_FORGED) {
        return IKL_ERR_INVALID;
    }
    for (size_t i = 0; result == IKL_OK && i < cipher->block_len; i++) {
        result = plaintext[i] == 0 ? IKL_OK : IKL_ERR_INVALID;
    }
    return result;
}

static int compare_with(struct ikl_sa *sa, const struct ikl_protection *protection)
{
    const struct ikl_cipher *cipher = ikl_sa_cipher(sa);
    struct ikl_other_keys other;
    const uint8_t *state;
    int result = ikl_sa_make_other_keys(sa, protection, &other);

    if (result != IKL_OK) {
        return result;
    }
    state = ikl_slab_at(&ikl_keying_of(sa)->states, other.keys);
    result = compare_states(cipher, state, ikl_sa_send_key(sa));
    if (result == IKL_OK) {
        result = compare_states(cipher, state + cipher->state_size, ikl_sa_receive_key(sa));
    }
    ikl_sa_wipe_other_keys(sa, &other);
    return result;
}

/* Whether these are its keys: IKL_ERR_INVALID when they are not. It has keys. */
static int compare_keys(struct ikl_sa *sa, const struct ikl_keys *keys)
{
    const struct ikl_cipher *cipher = ikl_sa_cipher(sa);

    if (keys->encr_key_len != cipher->encr_key_len || keys->integ_key_len != cipher->integ_key_len) {
        return IKL_ERR_INVALID;
    }
    if (ikl_sa_reserve_other_keys(sa->endpoint, sa->keying, 1) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    return compare_with(sa, &(struct ikl_protection){.keys = keys});
}

/* Counted initialisation vectors of the first epoch are those below 2^48. */
static bool is_first_range(const struct ikl_sa *sa)
{
    return !ikl_sa_cipher(sa)->counter_iv || sa->iv_end == 0 || sa->iv.next < IKL_EPOCH_IVS;
}

static int check(const struct ikl_sa *sa)
{
    if (sa->state == IKL_SA_CONNECTING || !ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (ikl_sa_kept(sa) != NULL) {
        return IKL_ERR_BUSY;
    }
    return is_first_range(sa) ? IKL_OK : IKL_ERR_INVALID;
}

static int keep(struct ikl_sa *sa, const struct ikl_keys *keys, uint64_t epoch)
{
    struct ikl_kept *kept;
    int result = check(sa);

    if (result == IKL_OK) {
        result = compare_keys(sa, keys);
    }
    if (result == IKL_OK) {
        result = ikl_beside_reserve(&sa->endpoint->kept, 1);
    }
    if (result != IKL_OK) {
        return result;
    }
    kept = ikl_beside_add(&sa->endpoint->kept, ikl_sa_own_spi(sa));
    kept->epoch = kept->made = epoch;
    keep_octets(kept, keys);
    ikl_sa_limit_ivs(sa, IKL_EPOCH_IVS);
    return IKL_OK;
}

int ikl_sa_keep_keys(struct ikl_sa *sa, const struct ikl_keys *keys, uint64_t epoch)
{
    int result;

    if (ikl_endpoint_in_leaf(sa->endpoint)) {
        return IKL_ERR_REENTRANT;
    }
    sa->endpoint->deciding = true;
    result = keep(sa, keys, epoch);
    sa->endpoint->deciding = false;
    return result;
}

int ikl_sa_epoch(const struct ikl_sa *sa, uint64_t *epoch)
{
    const struct ikl_kept *kept = ikl_sa_kept(sa);

    if (kept == NULL) {
        return IKL_ERR_NOT_FOUND;
    }
    *epoch = kept->epoch;
    return IKL_OK;
}
