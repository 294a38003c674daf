/* SPDX-License-Identifier: ISC */
/* ikelive suite: the names of suites.
 *
 * A name is made of words joined by '-': the cipher; its integrity algorithm, unless it is an AEAD; the PRF, which may
 * be left out when it has the integrity algorithm's hash. */
#include "text.h"

#include <ikelive/crypto.h>

#include <string.h>

struct encr_name {
    const char *name;
    uint16_t id;
    uint16_t key_bits;
    bool aead;
};

#define EACH_LENGTH(before, behind, id, aead)                                                                          \
    {before "128" behind, (id), 128, (aead)}, {before "192" behind, (id), 192, (aead)},                                \
    {                                                                                                                  \
        before "256" behind, (id), 256, (aead)                                                                         \
    }

static const struct encr_name encr_names[] = {
    {"chacha20poly1305", IKL_ENCR_CHACHA20_POLY1305, 0, true}, EACH_LENGTH("aes", "gcm16", IKL_ENCR_AES_GCM_16, true),
    EACH_LENGTH("aes", "gcm12", IKL_ENCR_AES_GCM_12, true),    EACH_LENGTH("aes", "ccm16", IKL_ENCR_AES_CCM_16, true),
    EACH_LENGTH("aes", "ccm12", IKL_ENCR_AES_CCM_12, true),    EACH_LENGTH("aes", "ccm8", IKL_ENCR_AES_CCM_8, true),
    EACH_LENGTH("aes", "", IKL_ENCR_AES_CBC, false),
};

struct id_name {
    const char *name;
    uint16_t id;
    uint16_t prf; /* of the same hash */
};

static const struct id_name integ_names[] = {
    {"sha1", IKL_INTEG_HMAC_SHA1_96, IKL_PRF_HMAC_SHA1},
    {"sha256", IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256},
    {"sha384", IKL_INTEG_HMAC_SHA2_384_192, IKL_PRF_HMAC_SHA2_384},
    {"sha512", IKL_INTEG_HMAC_SHA2_512_256, IKL_PRF_HMAC_SHA2_512},
};

static const struct id_name prf_names[] = {
    {"prfsha1", IKL_PRF_HMAC_SHA1, IKL_PRF_HMAC_SHA1},
    {"prfsha256", IKL_PRF_HMAC_SHA2_256, IKL_PRF_HMAC_SHA2_256},
    {"prfsha384", IKL_PRF_HMAC_SHA2_384, IKL_PRF_HMAC_SHA2_384},
    {"prfsha512", IKL_PRF_HMAC_SHA2_512, IKL_PRF_HMAC_SHA2_512},
    {"prfaesxcbc", IKL_PRF_AES128_XCBC, IKL_PRF_AES128_XCBC},
    {"prfaescmac", IKL_PRF_AES128_CMAC, IKL_PRF_AES128_CMAC},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* One word of a name. */
struct word {
    const char *at;
    size_t len;
};

/* Takes the next word from `*rest`, which becomes null after the last. */
static struct word take_word(const char **rest)
{
    const char *at = *rest;
    const char *end = strchr(at, '-');
    size_t len = end != NULL ? (size_t)(end - at) : strlen(at);

    *rest = end != NULL ? end + 1 : NULL;
    return (struct word){at, len};
}

static bool word_is(struct word word, const char *name)
{
    return strlen(name) == word.len && memcmp(word.at, name, word.len) == 0;
}

static const struct encr_name *find_encr(struct word word)
{
    for (size_t i = 0; i < COUNT_OF(encr_names); i++) {
        if (word_is(word, encr_names[i].name)) {
            return &encr_names[i];
        }
    }
    return NULL;
}

static const struct id_name *find_id(const struct id_name *names, size_t n, struct word word)
{
    for (size_t i = 0; i < n; i++) {
        if (word_is(word, names[i].name)) {
            return &names[i];
        }
    }
    return NULL;
}

int ikl_suite_parse(struct ikl_suite *out, const char *name)
{
    const char *rest = name;
    const struct encr_name *encr = find_encr(take_word(&rest));
    const struct id_name *integ = NULL;
    const struct id_name *prf = NULL;

    if (encr == NULL) {
        return IKL_ERR_INVALID;
    }
    if (!encr->aead) {
        integ = rest != NULL ? find_id(integ_names, COUNT_OF(integ_names), take_word(&rest)) : NULL;
        prf = integ;
    }
    if (rest != NULL) {
        prf = find_id(prf_names, COUNT_OF(prf_names), take_word(&rest));
    }
    if (prf == NULL || rest != NULL || (integ == NULL && !encr->aead)) {
        return IKL_ERR_INVALID;
    }
    *out = (struct ikl_suite){.encr = encr->id,
                              .key_bits = encr->key_bits,
                              .integ = integ != NULL ? integ->id : (uint16_t)IKL_INTEG_NONE,
                              .prf = prf->prf};
    return IKL_OK;
}

static void add_encr(struct ikl_text *text, const struct ikl_suite *suite)
{
    for (size_t i = 0; i < COUNT_OF(encr_names); i++) {
        if (encr_names[i].id == suite->encr && encr_names[i].key_bits == suite->key_bits) {
            ikl_text_add(text, "%s", encr_names[i].name);
            return;
        }
    }
    ikl_text_add(text, "encr%u", suite->encr);
    if (suite->key_bits != 0) {
        ikl_text_add(text, "_%u", suite->key_bits);
    }
}

/* Appends the name of `id`, or its kind and number when it has none; returns the PRF with the same hash, or 0. */
static uint16_t add_id(struct ikl_text *text, const struct id_name *names, size_t n, const char *kind, uint16_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i].id == id) {
            ikl_text_add(text, "-%s", names[i].name);
            return names[i].prf;
        }
    }
    ikl_text_add(text, "-%s%u", kind, id);
    return 0;
}

int ikl_suite_name(const struct ikl_suite *suite, char *text, size_t size)
{
    struct ikl_text name = ikl_text(text, size);
    uint16_t implied_prf = 0;

    add_encr(&name, suite);
    if (suite->integ != IKL_INTEG_NONE) {
        implied_prf = add_id(&name, integ_names, COUNT_OF(integ_names), "integ", suite->integ);
    }
    if (implied_prf == 0 || implied_prf != suite->prf) {
        (void)add_id(&name, prf_names, COUNT_OF(prf_names), "prf", suite->prf);
    }
    return ikl_text_len(&name);
}
