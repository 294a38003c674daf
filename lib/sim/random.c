/* SPDX-License-Identifier: ISC */
/* ikelive sim: streams of numbers that look random and follow from the seed (splitmix64). Nothing here is secret. */
#include "inside.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t ikl_sim_draw(struct ikl_sim_stream *stream)
{
    stream->state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(stream->state);
}

struct ikl_sim_stream ikl_sim_stream(uint64_t seed, enum ikl_sim_purpose purpose, uint64_t number)
{
    struct ikl_sim_stream stream = {seed};

    stream.state = ikl_sim_draw(&stream) + (uint64_t)purpose;
    stream.state = ikl_sim_draw(&stream) + number;
    stream.state = ikl_sim_draw(&stream);
    return stream;
}

uint64_t ikl_sim_draw_to(struct ikl_sim_stream *stream, uint64_t most)
{
    uint64_t number = ikl_sim_draw(stream);

    /* Ranges are small against 2^64, so the bias of the remainder cannot be measured. */
    return most != UINT64_MAX ? number % (most + 1) : number;
}

bool ikl_sim_draw_chance(struct ikl_sim_stream *stream, uint32_t chance)
{
    return ikl_sim_draw(stream) % 1000000 < chance;
}

void ikl_sim_draw_octets(struct ikl_sim_stream *stream, uint8_t *out, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0) {
            number = ikl_sim_draw(stream);
        }
        out[i] = (uint8_t)number;
        number >>= 8;
    }
}
