/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the octets of a snapshot, written and read by the same functions: each gets a value and returns
 * it, or the one that was read in its place. Numbers are big-endian. What is written consists of records, each with a
 * type and a length, so that a reader skips what a later writer has added at the end of one. */
#ifndef IKL_SA_SNAPSHOT_TAPE_H
#define IKL_SA_SNAPSHOT_TAPE_H

#include <ikelive/base.h>

struct ikl_tape {
    uint8_t *to;         /* null while reading, and while octets are only counted */
    const uint8_t *from; /* null while writing */
    size_t len;          /* octets that there are */
    size_t at;           /* the next one */
    ikl_time now;        /* times are written as their distance from it */
    uint64_t age;        /* ms by which times that are read lie further back */
    bool failed;         /* there was nothing to read, or no room to write */
};

/* The next `n` octets, to read or to write; null when there are none. */
const uint8_t *ikl_tape_read(struct ikl_tape *tape, size_t n);
uint8_t *ikl_tape_write(struct ikl_tape *tape, size_t n);

/* A number of `n` octets. */
uint64_t ikl_tape_number(struct ikl_tape *tape, uint64_t value, size_t n);

static inline uint8_t ikl_tape_u8(struct ikl_tape *tape, uint8_t value)
{
    return (uint8_t)ikl_tape_number(tape, value, 1);
}

static inline uint16_t ikl_tape_u16(struct ikl_tape *tape, uint16_t value)
{
    return (uint16_t)ikl_tape_number(tape, value, 2);
}

static inline uint32_t ikl_tape_u32(struct ikl_tape *tape, uint32_t value)
{
    return (uint32_t)ikl_tape_number(tape, value, 4);
}

static inline uint64_t ikl_tape_u64(struct ikl_tape *tape, uint64_t value)
{
    return ikl_tape_number(tape, value, 8);
}

/* A time, or IKL_NEVER; one that is past when it is read, whatever was written. */
ikl_time ikl_tape_time(struct ikl_tape *tape, ikl_time time);
ikl_time ikl_tape_past(struct ikl_tape *tape, ikl_time time);

/* `n` octets as they are. */
void ikl_tape_octets(struct ikl_tape *tape, uint8_t *octets, size_t n);

/* Writes the beginning of a record, and, when all of it is written, its length. */
size_t ikl_tape_begin(struct ikl_tape *tape, uint8_t type);
void ikl_tape_end(struct ikl_tape *tape, size_t begun);
/* Reads the next record. False when there is none, or it does not end before the tape does: that has failed then. */
bool ikl_tape_next(struct ikl_tape *tape, uint8_t *type, struct ikl_tape *record);

/* Finds damage: the CRC-32 of IEEE 802.3 over octets, which may go on from an earlier part of them; 0 at first. */
uint32_t ikl_tape_check(uint32_t earlier, const uint8_t *octets, size_t n);

#endif
