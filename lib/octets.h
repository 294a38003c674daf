/* SPDX-License-Identifier: ISC */
/* ikelive octets: big-endian numbers in memory that somebody has checked already, at any alignment.
 *
 * One instruction reverses the octets of a number where there is one; octet by octet, compilers make fifty instructions
 * of it as soon as two numbers lie side by side, as SPIs do. Both forms are always compiled, so that the tests can
 * compare them. */
#ifndef IKL_OCTETS_H
#define IKL_OCTETS_H

#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define IKL_TURNS_AROUND 1
#else
#define IKL_TURNS_AROUND 0
#endif

static inline uint16_t ikl_load_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t ikl_load_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t ikl_load_u64_portable(const uint8_t *at)
{
    return (uint64_t)ikl_load_u32(at) << 32 | ikl_load_u32(at + 4);
}

static inline uint64_t ikl_load_u64(const uint8_t *at)
{
#if IKL_TURNS_AROUND
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return __builtin_bswap64(value);
#else
    return ikl_load_u64_portable(at);
#endif
}

static inline void ikl_store_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void ikl_store_u32_portable(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static inline void ikl_store_u32(uint8_t *at, uint32_t value)
{
#if IKL_TURNS_AROUND
    value = __builtin_bswap32(value);
    memcpy(at, &value, sizeof(value));
#else
    ikl_store_u32_portable(at, value);
#endif
}

static inline void ikl_store_u64_portable(uint8_t *at, uint64_t value)
{
    ikl_store_u32_portable(at, (uint32_t)(value >> 32));
    ikl_store_u32_portable(at + 4, (uint32_t)value);
}

static inline void ikl_store_u64(uint8_t *at, uint64_t value)
{
#if IKL_TURNS_AROUND
    value = __builtin_bswap64(value);
    memcpy(at, &value, sizeof(value));
#else
    ikl_store_u64_portable(at, value);
#endif
}

#endif
