/* SPDX-License-Identifier: ISC */
/* Fuzz target: a datagram. What parses completely is written again, and comes out as the same octets but for those that
 * a receiver ignores; what does not parse is not written; the text of it is right about which it is. */
#include "support/canonical.h"
#include "support/check.h"
#include "support/dump_check.h"
#include "support/rewrite.h"

#include <ikelive/payloads.h>

#include <string.h>

enum { ROOM = 80000, LENGTH_AT = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct verdict {
    bool whole;  /* header, chain and every payload are well formed */
    bool sealed; /* there is an SK or SKF payload, which only who has keys writes */
};

/* The fields of an SKF payload that are not encrypted are not there. */
static bool is_stub(const struct ikl_payload *payload)
{
    return payload->type == IKL_PAYLOAD_SKF && payload->body.len < 4;
}

static struct verdict judge(const uint8_t *data, size_t size)
{
    struct verdict verdict = {.whole = true};
    struct ikl_header header;
    struct ikl_payload payload;
    struct ikl_chain chain;
    int status;

    if (ikl_header_read(&header, data, size) != IKL_OK) {
        return (struct verdict){.whole = false};
    }
    chain = ikl_chain(header.next_payload, (struct ikl_octets){data + IKL_HEADER_LEN, size - IKL_HEADER_LEN});
    while ((status = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        bool response = (header.flags & IKL_FLAG_RESPONSE) != 0;

        verdict.sealed |= payload.type == IKL_PAYLOAD_SK || payload.type == IKL_PAYLOAD_SKF;
        verdict.whole &= ikl_payload_check(&payload, response) == IKL_OK && !is_stub(&payload);
    }
    verdict.whole &= status == IKL_ERR_END;
    return verdict;
}

static void check_rewriting(const uint8_t *data, size_t size)
{
    static uint8_t expected[ROOM], once[ROOM], twice[ROOM];
    struct ikl_writer writer = ikl_writer(once, sizeof(once));
    struct ikl_writer again = ikl_writer(twice, sizeof(twice));
    struct ikl_writer counting = ikl_writer(NULL, 0);

    CHECK(rewrite_message(&writer, data, size) == IKL_OK);
    memcpy(expected, data, size);
    canonical_message(expected, size);
    CHECK(writer.len == size && memcmp(once, expected, size) == 0);

    CHECK(rewrite_message(&again, once, size) == IKL_OK);
    CHECK(again.len == size && memcmp(twice, once, size) == 0);

    CHECK(rewrite_message(&counting, data, size) == IKL_OK);
    CHECK(counting.len == size);
}

static void check_refusal(const uint8_t *data, size_t size)
{
    static uint8_t octets[ROOM];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    CHECK(rewrite_message(&writer, data, size) != IKL_OK);
}

static void check_message(const uint8_t *data, size_t size, size_t room)
{
    const struct ikl_dump contents = {.size = sizeof(contents), .contents = true};
    struct verdict verdict = judge(data, size);

    if (verdict.whole && !verdict.sealed) {
        check_rewriting(data, size);
    } else {
        check_refusal(data, size);
    }
    CHECK(check_dump(data, size, NULL, room) == !verdict.whole);
    CHECK(check_dump(data, size, &contents, room) == !verdict.whole);
}

/* The same octets with a Length that is right, which the fuzzer seldom hits on. */
static void check_with_length(const uint8_t *data, size_t size, size_t room)
{
    uint8_t *exact = malloc(size);
    struct ikl_writer writer;

    CHECK(exact != NULL);
    writer = ikl_writer(exact, size);
    ikl_write_octets(&writer, data, size);
    ikl_patch_u32(&writer, LENGTH_AT, (uint32_t)size);
    check_message(exact, size, room);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t room = size > 0 ? data[size - 1] * 4u : 0;

    if (size > ROOM) {
        return 0;
    }
    check_message(data, size, room);
    if (size >= IKL_HEADER_LEN) {
        check_with_length(data, size, room);
    }
    return 0;
}
