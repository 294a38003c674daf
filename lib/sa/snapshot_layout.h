/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: what a snapshot looks like. The same functions write and read it; <ikelive/snapshot.h> says it in
 * words. */
#ifndef IKL_SA_SNAPSHOT_LAYOUT_H
#define IKL_SA_SNAPSHOT_LAYOUT_H

#include "sa.h"
#include "snapshot_tape.h"

/* The octets before the first record: "ikls", the version, two zeros, the length of all, the check of all but itself.
 */
enum { IKL_SNAPSHOT_LENGTH_AT = 8, IKL_SNAPSHOT_CHECK_AT = 12, IKL_SNAPSHOT_HEADER_LEN = 16 };

#define IKL_SNAPSHOT_MAGIC 0x696b6c73u

/* Types of records. A reader skips those from IKL_RECORD_OPTIONAL on that it does not know, and refuses others. The
 * first two come first, each once; our Delete of the IKE SA or its liveness check comes before other requests, and
 * these are in order. */
enum ikl_record {
    IKL_RECORD_SA = 1,
    IKL_RECORD_KEYS,
    IKL_RECORD_CHILD,
    IKL_RECORD_REQUEST,
    IKL_RECORD_RESPONSE,
    IKL_RECORD_TOKEN,
    IKL_RECORD_SYNC,
    IKL_RECORD_OPTIONAL = 128
};

/* Where initialisation vectors come from. */
enum ikl_laid_ivs { IKL_LAID_RANDOM, IKL_LAID_COUNTED, IKL_LAID_CALLBACK };

/* An IKE SA as its record has it, with what is beside it. */
struct ikl_laid_sa {
    struct ikl_sa sa;
    struct ikl_suite suite;
    struct ikl_extra extra; /* when there is one */
    struct ikl_kept kept;
    uint64_t heir; /* its SPI of ours; 0: none */
    uint8_t ivs;   /* enum ikl_laid_ivs */
    bool has_extra;
};

/* A Child SA, and its monitor when it has one. */
struct ikl_laid_child {
    struct ikl_child child;
    struct ikl_monitoring monitoring; /* of the configs only whether there is one */
    uint64_t tag;
};

/* A request or a response, without what follows in its record: of a request how many Child SAs it deletes and each of
 * these; then its body. */
struct ikl_laid_request {
    struct ikl_own_request own;
    uint64_t tag;
};

struct ikl_laid_response {
    struct ikl_response response;
    ikl_time at; /* when one with a body was sent */
};

void ikl_lay_sa(struct ikl_tape *tape, struct ikl_laid_sa *laid);
void ikl_lay_keys(struct ikl_tape *tape, struct ikl_kept *kept);
void ikl_lay_child(struct ikl_tape *tape, struct ikl_laid_child *laid);
void ikl_lay_request(struct ikl_tape *tape, struct ikl_laid_request *laid);
void ikl_lay_response(struct ikl_tape *tape, struct ikl_laid_response *laid);
void ikl_lay_sync(struct ikl_tape *tape, struct ikl_sync *sync);

#endif
