/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: initialisation vectors that were seen. */
#include "datagrams_seen.h"

#include <ikelive/ikelive.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 28, IV_AT = HEADER + 4, IV = 8 };

/* Hashes of 128 and 64 bits: nobody here chooses what is hashed. */
struct datagram_seen {
    uint8_t key_and_iv[16]; /* all zeros: an empty place */
    uint8_t octets[8];
};

static struct datagram_seen describe(const uint8_t *datagram, size_t len)
{
    struct datagram_seen one;
    uint8_t named[16 + 1 + IV];

    /* A key is told by both SPIs and who of the two sends. */
    memcpy(named, datagram, 16);
    named[16] = datagram[19] & IKL_FLAG_INITIATOR;
    memcpy(named + 17, datagram + IV_AT, IV);
    crypto_generichash(one.key_and_iv, sizeof(one.key_and_iv), named, sizeof(named), NULL, 0);
    crypto_shorthash(one.octets, datagram, len, one.key_and_iv);
    return one;
}

/* The place of this one, or where it would go. */
static struct datagram_seen *find(const struct datagrams_seen *seen, const struct datagram_seen *one)
{
    static const uint8_t none[16];
    uint64_t at;

    memcpy(&at, one->key_and_iv, sizeof(at));
    for (at %= seen->room;; at = (at + 1) % seen->room) {
        struct datagram_seen *place = &seen->places[at];

        if (memcmp(place->key_and_iv, one->key_and_iv, 16) == 0 || memcmp(place->key_and_iv, none, 16) == 0) {
            return place;
        }
    }
}

static bool grow(struct datagrams_seen *seen)
{
    struct datagrams_seen wider = {.room = 2 * seen->room + 4096, .n = seen->n};

    wider.places = calloc(wider.room, sizeof(*wider.places));
    if (wider.places == NULL) {
        return false;
    }
    for (size_t i = 0; i < seen->room; i++) {
        static const uint8_t none[16];

        if (memcmp(seen->places[i].key_and_iv, none, 16) != 0) {
            *find(&wider, &seen->places[i]) = seen->places[i];
        }
    }
    free(seen->places);
    seen->places = wider.places;
    seen->room = wider.room;
    return true;
}

bool datagrams_seen_add(struct datagrams_seen *seen, const uint8_t *datagram, size_t len)
{
    struct datagram_seen one, *place;

    if (len < IV_AT + IV || datagram[16] != IKL_PAYLOAD_SK) {
        return true;
    }
    if (2 * seen->n >= seen->room && !grow(seen)) {
        return false;
    }
    one = describe(datagram, len);
    place = find(seen, &one);
    seen->protected_ones++;
    if (memcmp(place->key_and_iv, one.key_and_iv, 16) != 0) {
        *place = one;
        seen->n++;
    } else if (memcmp(place->octets, one.octets, 8) != 0) {
        seen->reused++;
    }
    return true;
}

void datagrams_seen_free(struct datagrams_seen *seen)
{
    free(seen->places);
    memset(seen, 0, sizeof(*seen));
}
