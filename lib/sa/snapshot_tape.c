/* SPDX-License-Identifier: ISC */
/* ikelive sa: reads and writes the octets of a snapshot. */
#include "snapshot_tape.h"

#include "octets.h"

enum { LENGTH_LEN = 4 };

#define NEVER INT64_MAX /* as it is written */

static bool take(struct ikl_tape *tape, size_t n, size_t *at)
{
    if (n > tape->len - tape->at) {
        tape->failed = true;
        tape->at = tape->len;
        return false;
    }
    *at = tape->at;
    tape->at += n;
    return true;
}

const uint8_t *ikl_tape_read(struct ikl_tape *tape, size_t n)
{
    size_t at;

    return take(tape, n, &at) ? tape->from + at : NULL;
}

uint8_t *ikl_tape_write(struct ikl_tape *tape, size_t n)
{
    size_t at;

    return take(tape, n, &at) && tape->to != NULL ? tape->to + at : NULL;
}

static uint64_t read_number(struct ikl_tape *tape, size_t n)
{
    const uint8_t *from = ikl_tape_read(tape, n);
    uint64_t value = 0;

    for (size_t i = 0; from != NULL && i < n; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

uint64_t ikl_tape_number(struct ikl_tape *tape, uint64_t value, size_t n)
{
    uint8_t *to;

    if (tape->from != NULL) {
        return read_number(tape, n);
    }
    to = ikl_tape_write(tape, n);
    for (size_t i = 0; to != NULL && i < n; i++) {
        to[i] = (uint8_t)(value >> 8 * (n - 1 - i));
    }
    return value;
}

/* As the new clock has it: its origin when it was before that. */
static ikl_time from_distance(const struct ikl_tape *tape, uint64_t distance)
{
    uint64_t back = distance > NEVER ? UINT64_MAX - distance + 1 : 0;
    ikl_time time = back == 0 ? ikl_time_after(tape->now, distance) : tape->now > back ? tape->now - back : 0;

    return time > tape->age ? time - tape->age : 0;
}

ikl_time ikl_tape_time(struct ikl_tape *tape, ikl_time time)
{
    uint64_t distance = ikl_tape_u64(tape, time == IKL_NEVER ? (uint64_t)NEVER : time - tape->now);

    if (tape->from == NULL) {
        return time;
    }
    return distance == NEVER ? IKL_NEVER : from_distance(tape, distance);
}

ikl_time ikl_tape_past(struct ikl_tape *tape, ikl_time time)
{
    return ikl_time_earlier(ikl_tape_time(tape, time), tape->now);
}

void ikl_tape_octets(struct ikl_tape *tape, uint8_t *octets, size_t n)
{
    if (tape->from != NULL) {
        const uint8_t *from = ikl_tape_read(tape, n);

        if (from != NULL && n != 0) {
            memcpy(octets, from, n);
        }
    } else {
        uint8_t *to = ikl_tape_write(tape, n);

        if (to != NULL && n != 0) {
            memcpy(to, octets, n);
        }
    }
}

size_t ikl_tape_begin(struct ikl_tape *tape, uint8_t type)
{
    (void)ikl_tape_u8(tape, type);
    (void)ikl_tape_u32(tape, 0);
    return tape->at;
}

void ikl_tape_end(struct ikl_tape *tape, size_t begun)
{
    if (tape->to != NULL && !tape->failed) {
        ikl_store_u32(tape->to + begun - LENGTH_LEN, (uint32_t)(tape->at - begun));
    }
}

bool ikl_tape_next(struct ikl_tape *tape, uint8_t *type, struct ikl_tape *record)
{
    size_t len;

    if (tape->at == tape->len) {
        return false;
    }
    *type = ikl_tape_u8(tape, 0);
    len = ikl_tape_u32(tape, 0);
    *record = *tape;
    record->at = 0;
    record->len = len;
    record->from = ikl_tape_read(tape, len);
    return !tape->failed;
}

/* Four bits at a time, so that the table is small. */
uint32_t ikl_tape_check(uint32_t earlier, const uint8_t *octets, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t check = ~earlier;

    for (size_t i = 0; i < n; i++) {
        check ^= octets[i];
        check = check >> 4 ^ table[check & 15];
        check = check >> 4 ^ table[check & 15];
    }
    return ~check;
}
