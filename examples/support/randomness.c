/* SPDX-License-Identifier: ISC */
/* ikelive examples: random octets, secure or repeatable. */
#include "randomness.h"

#include <sodium.h>
#include <string.h>

struct randomness randomness_secure(void)
{
    return (struct randomness){.repeatable = false};
}

struct randomness randomness_repeatable(uint64_t seed)
{
    return (struct randomness){.repeatable = true, .seed = seed};
}

void randomness_fill(struct randomness *randomness, uint8_t *out, size_t len)
{
    uint8_t seed[randombytes_SEEDBYTES] = {0};

    if (!randomness->repeatable) {
        randombytes_buf(out, len);
        return;
    }
    /* Every draw has a seed of its own: the run's, and how many draws there were before. */
    memcpy(seed, &randomness->seed, sizeof(randomness->seed));
    memcpy(seed + sizeof(randomness->seed), &randomness->drawn, sizeof(randomness->drawn));
    randomness->drawn++;
    randombytes_buf_deterministic(out, len, seed);
}

bool randomness_chance(struct randomness *randomness, double probability)
{
    uint32_t drawn;

    randomness_fill(randomness, (uint8_t *)&drawn, sizeof(drawn));
    return (double)drawn < probability * 4294967296.0;
}
