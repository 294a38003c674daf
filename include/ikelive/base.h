/* SPDX-License-Identifier: ISC */
/* ikelive: what every other header needs: export macro, errors, time, octets, allocator.
 *
 * Conventions of all headers, unless a function says otherwise:
 *   - Functions that can fail return IKL_OK (0) or a negative IKL_ERR_ code; on an error nothing has changed and
 *     nothing was written to any out parameter.
 *   - A function allocates nothing, calls nothing back, and reads or writes no state outside its arguments. So it may
 *     be called from anywhere, callbacks included, and from any thread that owns the arguments.
 *   - Other languages can call all of it: no callback takes or returns a struct by value, and what is defined in line
 *     is a function of the shared library too. What is for C programs alone need not be so: posix.h, the headers for
 *     event loops and sim_cmocka.h.
 *   - Lengths are in octets. Times are in milliseconds (ikl_time). Integers from the wire are in host byte order.
 *   - Pointers to const are borrowed until the call returns.
 *   - Pointers may be null only where the comment says so.
 *   - A struct whose first field is `size` may grow at its end within a SOVERSION; set `size` to its sizeof. A program
 *     compiled for an older version passes a smaller one: the library takes the defaults for the fields that it lacks.
 *     A program compiled for a newer version passes a larger one: the library takes it if all octets that it does not
 *     know are 0. When the library fills such a struct, it writes no octet beyond the size, and 0 to fields that it
 *     does not know. A wrong size is IKL_ERR_INVALID: one that is smaller than the first version's, above 4096, or not
 *     a multiple of sizeof(size_t).
 *   - Structs that only the library fills, for callbacks, may grow at their end too: do not copy them whole. No other
 *     struct grows within a SOVERSION. A struct inside another struct has room to grow there: a union with `..._room`,
 *     or `reserved` fields, which must be 0. */
#ifndef IKELIVE_BASE_H
#define IKELIVE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(IKL_STATIC)
#define IKL_API
#elif defined(_WIN32) && defined(IKL_BUILDING)
#define IKL_API __declspec(dllexport)
#elif defined(_WIN32)
#define IKL_API __declspec(dllimport)
#elif defined(__GNUC__)
#define IKL_API __attribute__((visibility("default")))
#else
#define IKL_API
#endif

/* Marks functions whose result must not be ignored. Empty where the compiler has no attribute for it. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define IKL_MUST_USE [[nodiscard]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define IKL_MUST_USE [[nodiscard]]
#elif defined(__GNUC__)
#define IKL_MUST_USE __attribute__((warn_unused_result))
#else
#define IKL_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_VERSION_MAJOR 0
#define IKL_VERSION_MINOR 1
#define IKL_VERSION_PATCH 0

/* The version of the linked library, as "major.minor.patch". A static string. */
IKL_API const char *ikl_version(void);

enum ikl_error {
    IKL_OK = 0,
    IKL_ERR_INVALID = -1,     /* an argument or a field of a config is out of range */
    IKL_ERR_NO_MEMORY = -2,   /* the allocator returned null, or a fixed budget is used up */
    IKL_ERR_NO_BUFFER = -3,   /* the message pool has no room, or none for this IKE SA; or the caller's buffer is too
                                 small */
    IKL_ERR_UNSUPPORTED = -4, /* no provider has this algorithm, or the feature was not negotiated */
    IKL_ERR_NO_AES = -5,      /* AES-GCM is not available on this processor (libsodium needs AES and PCLMUL) */
    IKL_ERR_CRYPTO = -6,      /* initialisation, the provider or the random callback failed */
    IKL_ERR_EXHAUSTED = -7,   /* Message IDs or initialisation vectors under this key are used up */
    IKL_ERR_BUSY = -8,        /* a request is outstanding, or the name is taken */
    IKL_ERR_STATE = -9,       /* not in this state of the IKE SA */
    IKL_ERR_REENTRANT = -10,  /* not from inside this callback of the same endpoint: see struct ikl_callbacks */
    IKL_ERR_NOT_FOUND = -11,  /* there is no such thing */
    IKL_ERR_END = -12,        /* an iterator has nothing more */
    IKL_ERR_BLOCKED = -13,    /* sending would block now: for a host's `send` to say */
    /* why a datagram changed nothing */
    IKL_ERR_TRUNCATED = -20,   /* shorter than its structure says */
    IKL_ERR_MALFORMED = -21,   /* a field contradicts another or the RFC */
    IKL_ERR_LENGTH = -22,      /* the header's Length is not the datagram's */
    IKL_ERR_VERSION = -23,     /* IKE major version is not 2 */
    IKL_ERR_UNKNOWN_SPI = -24, /* no IKE SA here has this SPI pair */
    IKL_ERR_FLAGS = -25,       /* the Initiator flag contradicts the IKE SA's roles */
    IKL_ERR_UNPROTECTED = -26, /* no SK payload on an established IKE SA */
    IKL_ERR_FORGED = -27,      /* the integrity check failed */
    IKL_ERR_STALE = -28,       /* a request whose response was forgotten */
    IKL_ERR_WINDOW = -29,      /* a request beyond the window */
    IKL_ERR_UNSOLICITED = -30, /* a response to no outstanding request */
    IKL_ERR_CRITICAL = -31,    /* an unknown payload is marked critical */
    IKL_ERR_NOT_IKE = -32,     /* on a port with UDP encapsulation: ESP, for the host */
    IKL_ERR_KEEPALIVE = -33,   /* on a port with UDP encapsulation: a NAT keepalive */
    IKL_ERR_RATE = -34,        /* above a limit on the rate: of repeated responses, or of hints */
    IKL_ERR_PENDING = -35,     /* a repeated request that the host has not answered yet */
    IKL_ERR_FRAGMENT = -36,    /* a fragment that is of no use: repeated, of fewer fragments than known, or too much */
    IKL_ERR_EARLY = -37        /* a request that must not come before the peer is authenticated */
};

/* The name of an error, "IKL_ERR_FORGED"; "IKL_ERR_?" for a number that is none. A static string. */
IKL_API const char *ikl_error_name(int error);

/* Prepares the cryptographic library. Call it once, from one thread, before any other function; calling it again is
 * harmless. The policy (schedule.h, watch.h, monitor.h, revive.h, wheel.h, timers.h), the codec (message.h,
 * payloads.h) and stream.h do without. Errors: IKL_ERR_CRYPTO. */
IKL_MUST_USE IKL_API int ikl_init(void);

/* Milliseconds on any monotonic clock of the host; the library reads no clock. */
typedef uint64_t ikl_time;

/* "No deadline". No sum of times ever reaches it. */
#define IKL_NEVER UINT64_MAX

/* time + delay, not above IKL_NEVER - 1; IKL_NEVER stays IKL_NEVER. */
static inline ikl_time ikl_time_after(ikl_time time, uint64_t delay)
{
    if (delay < IKL_NEVER - time) {
        return time + delay;
    }
    return time == IKL_NEVER ? IKL_NEVER : IKL_NEVER - 1;
}

/* The earlier of two times. */
static inline ikl_time ikl_time_earlier(ikl_time a, ikl_time b)
{
    return a < b ? a : b;
}

/* The later of two times. */
static inline ikl_time ikl_time_later(ikl_time a, ikl_time b)
{
    return a > b ? a : b;
}

/* Message IDs and windows (RFC 7296 §2.2, §2.3). */
#define IKL_WINDOW_MAX 32               /* largest window either way */
#define IKL_MESSAGE_ID_LAST 0xfffffffeu /* the last Message ID ever used: they never wrap */
#define IKL_MESSAGE_ID_NONE 0xffffffffu /* "not stated" */

/* A view of octets that somebody else owns. `data` may be null when `len` is 0. */
struct ikl_octets {
    const uint8_t *data;
    size_t len;
};

/* Where memory comes from. Used when things are created, never on packet or timer paths. Must call no function of
 * an endpoint. */
struct ikl_allocator {
    /* `size` octets aligned for any type, or null. `size` is never 0. */
    void *(*allocate)(void *user, size_t size);
    /* Gives back what `allocate` returned, with the same `size`. `memory` is never null. */
    void (*release)(void *user, void *memory, size_t size);
    void *user;
};

/* malloc and free of the C library. Where ikelive was built with IKELIVE_MALLOC OFF, or the two files of depth 1 with
 * IKL_WITHOUT_MALLOC, it gives nothing, and nothing refers to malloc. */
IKL_API extern const struct ikl_allocator ikl_default_allocator;

/* An allocator that takes everything from these `size` octets, one piece behind the other, and keeps its own account at
 * their beginning. The memory belongs to the host and must outlive what is made with it; begin again by calling this
 * again. What comes before the first octet that is aligned for any type is lost. Never null: when the memory is too
 * small even for the account, the allocator gives nothing. A piece that is released can be used again if it was the
 * last one, and all of them once every piece is released; so it is for what allocates only in the beginning:
 * ikl_endpoint_arena_size, ikl_timers_arena_size and ikl_wheel_arena_size say how much that takes. For one thread at a
 * time. */
IKL_API const struct ikl_allocator *ikl_arena_allocator(void *memory, size_t size);

#ifdef __cplusplus
}
#endif
#endif
