/* SPDX-License-Identifier: ISC */
/* ikelive sa: takes and wipes cipher state and the source of IVs. */
#include "keying.h"

#include "field.h"

#include <string.h>

static const uint64_t COUNTED_IVS = (uint64_t)1 << 48;

static const char *wrong_iv_source(const struct ikl_protection *protection, const struct ikl_cipher *cipher)
{
    bool counted = protection->iv_source == IKL_IV_FRESH_KEYS || protection->iv_source == IKL_IV_FIRST;

    /* a counter that does not fit the IV would begin again */
    if (counted && cipher->counter_iv && cipher->iv_len < sizeof(uint64_t)) {
        return IKL_FIELD("protection.iv_source");
    }
    switch (protection->iv_source) {
    case IKL_IV_FRESH_KEYS:
        return NULL;
    case IKL_IV_FIRST:
        return protection->iv_first > UINT64_MAX - COUNTED_IVS ? IKL_FIELD("protection.iv_first") : NULL;
    case IKL_IV_CALLBACK:
        return protection->next_iv == NULL ? IKL_FIELD("protection.next_iv") : NULL;
    case IKL_IV_UNSTATED:
        break;
    }
    return cipher->counter_iv ? IKL_FIELD("protection.iv_source") : NULL;
}

static bool is_reserved_clear(const struct ikl_protection *protection)
{
    uint64_t all = 0;

    for (size_t i = 0; i < sizeof(protection->reserved) / sizeof(protection->reserved[0]); i++) {
        all |= protection->reserved[i];
    }
    return all == 0;
}

struct ikl_fault ikl_sa_check_protection(const struct ikl_endpoint *endpoint, const struct ikl_protection *protection,
                                         const struct ikl_cipher **out)
{
    const struct ikl_cipher *cipher;
    const char *field;
    int result;

    if (protection->keys == NULL || !is_reserved_clear(protection)) {
        return ikl_wrong(protection->keys == NULL ? IKL_FIELD("protection.keys") : "protection.reserved");
    }
    if (endpoint == NULL) {
        return IKL_NO_FAULT;
    }
    result = ikl_endpoint_cipher(endpoint, &protection->suite, &cipher);
    if (result != IKL_OK) {
        return (struct ikl_fault){IKL_FIELD("protection.suite"), result};
    }
    *out = cipher;
    field = protection->keys->encr_key_len != cipher->encr_key_len     ? IKL_FIELD("protection.keys.encr_key_len")
            : protection->keys->integ_key_len != cipher->integ_key_len ? IKL_FIELD("protection.keys.integ_key_len")
                                                                       : wrong_iv_source(protection, cipher);
    return field != NULL ? ikl_wrong(field) : ikl_fragments_fault(protection->fragmentation);
}

const char *ikl_protection_error(const struct ikl_endpoint *endpoint, const struct ikl_protection *protection)
{
    const struct ikl_cipher *cipher;

    return ikl_sa_check_protection(endpoint, protection, &cipher).field;
}

int ikl_sa_reserve_keys(struct ikl_endpoint *endpoint, const struct ikl_suite *suite, const struct ikl_cipher *cipher,
                        uint16_t *keying)
{
    int result = ikl_endpoint_keying(endpoint, suite, cipher, keying);

    return result == IKL_OK ? ikl_slab_reserve(&endpoint->keyings[*keying].states, 1) : result;
}

static void take_iv_source(struct ikl_other_keys *out, const struct ikl_protection *protection)
{
    if (protection->iv_source == IKL_IV_CALLBACK) {
        out->iv.callback = protection->next_iv;
        out->iv_end = 0;
        return;
    }
    out->iv.next = protection->iv_source == IKL_IV_FIRST ? protection->iv_first : 0;
    out->iv_end = out->iv.next + COUNTED_IVS;
}

/* Both directions, or neither. */
static int init_states(const struct ikl_cipher *cipher, uint8_t *state, const struct ikl_keys *keys, bool we_initiated)
{
    struct ikl_cipher_init initiators = {
        .size = sizeof(initiators), .encr_key = keys->sk_ei, .integ_key = keys->sk_ai, .cipher = cipher};
    struct ikl_cipher_init responders = {
        .size = sizeof(responders), .encr_key = keys->sk_er, .integ_key = keys->sk_ar, .cipher = cipher};
    int result = cipher->init(state, we_initiated ? &initiators : &responders);

    if (result != IKL_OK) {
        return result;
    }
    result = cipher->init(state + cipher->state_size, we_initiated ? &responders : &initiators);
    if (result != IKL_OK && ikl_cipher_clear_of(cipher) != NULL) {
        cipher->clear(state);
    }
    return result;
}

static int make_keys(const struct ikl_sa *sa, uint16_t keying, const struct ikl_protection *protection,
                     struct ikl_other_keys *out)
{
    struct ikl_keying *entry = &sa->endpoint->keyings[keying];
    uint32_t keys = ikl_slab_take(&entry->states);
    int result =
        init_states(entry->cipher, ikl_slab_at(&entry->states, keys), protection->keys, sa->original_initiator);

    if (result != IKL_OK) {
        ikl_slab_give(&entry->states, keys);
        return result;
    }
    out->keys = keys;
    take_iv_source(out, protection);
    return IKL_OK;
}

int ikl_sa_reserve_other_keys(struct ikl_endpoint *endpoint, uint16_t keying, uint32_t n)
{
    return ikl_slab_reserve(&endpoint->keyings[keying].states, n);
}

int ikl_sa_make_other_keys(struct ikl_sa *sa, const struct ikl_protection *protection, struct ikl_other_keys *out)
{
    return make_keys(sa, sa->keying, protection, out);
}

void ikl_sa_swap_keys(struct ikl_sa *sa, struct ikl_other_keys *other)
{
    struct ikl_other_keys used = {.keys = sa->keys, .iv = sa->iv, .iv_end = sa->iv_end};

    sa->keys = other->keys;
    sa->iv = other->iv;
    sa->iv_end = other->iv_end;
    *other = used;
}

int ikl_sa_take_keys(struct ikl_sa *sa, uint16_t keying, const struct ikl_protection *protection)
{
    struct ikl_other_keys made;
    int result = make_keys(sa, keying, protection, &made);

    if (result != IKL_OK) {
        return result;
    }
    ikl_endpoint_hold_keying(sa->endpoint, keying);
    sa->keying = keying;
    sa->prf = protection->suite.prf;
    sa->owns_sealed = !ikl_sa_cipher(sa)->deterministic;
    sa->fragmentation = protection->fragmentation;
    ikl_sa_swap_keys(sa, &made);
    return IKL_OK;
}

static void wipe(struct ikl_sa *sa, uint32_t *keys)
{
    const struct ikl_cipher *cipher = ikl_sa_cipher(sa);
    uint8_t *state = ikl_slab_at(&ikl_keying_of(sa)->states, *keys);

    if (ikl_cipher_clear_of(cipher) != NULL) {
        cipher->clear(state);
        cipher->clear(state + cipher->state_size);
    }
    ikl_slab_give(&ikl_keying_of(sa)->states, *keys);
    *keys = IKL_NONE;
}

void ikl_sa_wipe_keys(struct ikl_sa *sa)
{
    if (ikl_sa_has_keys(sa)) {
        wipe(sa, &sa->keys);
    }
}

void ikl_sa_wipe_other_keys(struct ikl_sa *sa, struct ikl_other_keys *other)
{
    wipe(sa, &other->keys);
}

void ikl_sa_limit_ivs(struct ikl_sa *sa, uint64_t end)
{
    sa->iv_end = sa->iv_end < end ? sa->iv_end : end;
}
