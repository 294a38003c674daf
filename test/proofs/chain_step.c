/* SPDX-License-Identifier: ISC */
/* From any state of a walk over payloads, one step reads inside of the message, takes at least 4 octets, gives the
 * payload that is there, and stays at an error. By induction this holds for the whole walk, however long.
 *
 * bounds: messages of up to 65,535 octets
 * fault: lib/message/chain.c s/chain->reader.left != 0/chain->reader.left > 1/ */
#include "proof.h"

#include "message/chain.c"
#include "message/cursor.c"

static void check_payload(const struct ikl_chain *before, const struct ikl_chain *after,
                          const struct ikl_payload *payload)
{
    const uint8_t *at = before->reader.at;

    prove(!after->reader.failed && after->reader.left + 4 + payload->body.len == before->reader.left);
    prove(payload->body.data == at + 4 && payload->body.len + 4 == at[2] * 256u + at[3]);
    prove(payload->type == before->next && payload->critical == (at[1] >> 7));
    prove(after->next == at[0]);
    prove(after->status == IKL_OK || (after->status == IKL_ERR_END && after->reader.left == 0));
    prove((after->status == IKL_ERR_END) == (after->next == IKL_PAYLOAD_NONE || encrypts(payload->type)));
}

int main(void)
{
    size_t size = any_up_to(DATAGRAM), offset = any_up_to(size);
    uint8_t *octets = any_octets(size);
    struct ikl_payload payload = {.body = {.len = SIZE_MAX}};
    struct ikl_chain chain, before;
    int result;

    chain.reader.failed = nondet_bool();
    chain.reader.at = chain.reader.failed ? NULL : octets + offset;
    chain.reader.left = chain.reader.failed ? 0 : size - offset;
    chain.status = nondet_int();
    chain.next = nondet_u8();
    suppose(!chain.reader.failed || chain.status != IKL_OK);
    before = chain;
    result = ikl_chain_next(&chain, &payload);
    if (before.status != IKL_OK) {
        prove(result == before.status && chain.reader.left == before.reader.left);
    } else if (result == IKL_OK) {
        check_payload(&before, &chain, &payload);
        return 0;
    } else {
        prove(result == IKL_ERR_TRUNCATED || result == IKL_ERR_MALFORMED);
        prove(chain.status == result);
    }
    prove(payload.body.len == SIZE_MAX);
    return 0;
}
