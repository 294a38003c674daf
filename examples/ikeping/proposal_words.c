/* SPDX-License-Identifier: ISC */
/* ikeping: what the name of a proposal is made of, in words, for whoever has written another. */
#include "../support/dh.h"
#include "proposals.h"
#include "providers.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { WORDS_SIZE = 1200 };

/* Parts of names, in the library's words; a name is tried with the rest of one that this build is sure to have. */
static const char *const aeads[] = {
    "chacha20poly1305", "aes128gcm16", "aes192gcm16", "aes256gcm16", "aes128gcm12", "aes192gcm12",
    "aes256gcm12",      "aes128ccm16", "aes192ccm16", "aes256ccm16", "aes128ccm12", "aes192ccm12",
    "aes256ccm12",      "aes128ccm8",  "aes192ccm8",  "aes256ccm8",
};
static const char *const ciphers[] = {"aes128", "aes192", "aes256"};
static const char *const integs[] = {"sha256", "sha384", "sha512", "sha1"};
static const char *const prfs[] = {"prfsha256", "prfsha384", "prfsha512", "prfsha1", "prfaescmac"};
static const char *const groups[] = {"x25519",   "x448",     "ecp256",   "ecp384",  "ecp521",
                                     "modp1536", "modp2048", "modp3072", "modp4096"};
static const char *const kems[] = {"mlkem512", "mlkem768", "mlkem1024"};

static char text[WORDS_SIZE];
static size_t text_len;

static void add(const char *word)
{
    int added = snprintf(text + text_len, sizeof(text) - text_len, "%s", word);

    if (added > 0 && (size_t)added < sizeof(text) - text_len) {
        text_len += (size_t)added;
    }
}

static bool has_suite(const char *first, const char *second)
{
    struct ikl_suite suite;
    char name[PROPOSAL_NAME_SIZE];

    (void)snprintf(name, sizeof(name), "%s-%s", first, second);
    return ikl_suite_parse(&suite, name) == IKL_OK && providers_find(&suite) != NULL;
}

static bool has_aead(const char *word)
{
    return has_suite(word, "prfsha256");
}

static bool has_cipher(const char *word)
{
    return has_suite(word, "sha256");
}

static bool has_integ(const char *word)
{
    return has_suite("aes256", word);
}

static bool has_prf(const char *word)
{
    return has_suite("chacha20poly1305", word) || has_suite("aes256gcm16", word);
}

static bool has_group(const char *word)
{
    return dh_group_available(dh_group_by_name(word));
}

/* Gives how many there are. */
static size_t add_all(const char *before, const char *const *words, size_t n, bool (*has)(const char *word))
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        if (has(words[i])) {
            add(found++ == 0 ? before : " ");
            add(words[i]);
        }
    }
    return found;
}

/* Names that begin at `names` up to a comma. */
static bool is_right(const char *names, size_t len)
{
    struct proposal_list list;
    char name[PROPOSAL_NAME_SIZE];

    if (len >= sizeof(name)) {
        return false;
    }
    memcpy(name, names, len);
    name[len] = '\0';
    return proposals_parse(&list, name);
}

/* Names the first that is wrong, where there are several. */
static void add_culprit(const char *names)
{
    size_t len = strcspn(names, ",");
    bool several = names[len] != '\0';

    while (is_right(names, len) && names[len] != '\0') {
        names += len + 1;
        len = strcspn(names, ",");
    }
    if (several && len != 0 && len < PROPOSAL_NAME_SIZE && !is_right(names, len)) {
        char name[PROPOSAL_NAME_SIZE];

        memcpy(name, names, len);
        name[len] = '\0';
        add(" (\"");
        add(name);
        add("\" is none)");
    }
}

const char *proposals_words(const char *names)
{
    text_len = 0;
    add("at most 16 names joined by commas, each ENCR-PRF-KE");
    add_culprit(names);
    add_all("\n  ENCR  ", aeads, COUNT_OF(aeads), has_aead);
    if (add_all("\n        or, followed by -INTEG, ", ciphers, COUNT_OF(ciphers), has_cipher) != 0) {
        add_all("\n  INTEG ", integs, COUNT_OF(integs), has_integ);
    }
    add_all("\n  PRF   ", prfs, COUNT_OF(prfs), has_prf);
    add_all("\n  KE    ", groups, COUNT_OF(groups), has_group);
    add("\n  as in chacha20poly1305-prfsha256-x25519");
    if (has_cipher("aes256")) {
        add(" or aes256-sha256-modp2048 (the PRF is then of the same hash)");
    }
    return text;
}

const char *proposals_additional_words(void)
{
    text_len = 0;
    add("at most 7 names joined by commas, each once, of");
    add_all("\n  ", groups, COUNT_OF(groups), has_group);
    if (add_all("\n  ", kems, COUNT_OF(kems), has_group) == 0) {
        add("\n  (ML-KEM needs libcrypto 3.5)");
    }
    return text;
}
