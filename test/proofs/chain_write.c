/* SPDX-License-Identifier: ISC */
/* Whatever payloads hold, both writers of chains write them as the walk reads them again, one by one; what is refused
 * leaves the writer as it was.
 *
 * bounds: two payloads of up to 4 octets; of any length when it counts
 * each: -DAT_ONCE -DIN_PLACE
 * cbmc: --unwind 4
 * fault: lib/message/chain.c s/ikl_chain_first(payload + 1, n - i - 1)/ikl_chain_first(payload, n - i - 1)/
 * fault: -DIN_PLACE lib/message/chain_writer.c s/chain->next_at = chain->payload/chain->next_at = 1/ */
#include "proof.h"

#include "message/chain.c"
#include "message/chain_writer.c"
#include "message/cursor.c"

enum { N = 2, MOST = 4, ROOM = N * (IKL_PAYLOAD_HEADER_LEN + MOST) };

static uint8_t octets[ROOM];
static struct ikl_payload payloads[N];
static struct ikl_writer writer;

static void suppose_payloads(bool counting)
{
    for (size_t i = 0; i < N; i++) {
        size_t len = nondet_size();

        suppose(len <= MOST || counting);
        payloads[i] = (struct ikl_payload){nondet_u8(), nondet_bool(), {any_octets(MOST), len}};
    }
}

#if defined(AT_ONCE)
static int write_chain(size_t n, uint8_t *first)
{
    int result = ikl_chain_write(&writer, payloads, n);

    prove(result != IKL_ERR_INVALID || writer.len == 0);
    *first = ikl_chain_first(payloads, n);
    return result;
}
#else
static int write_payload(struct ikl_chain_writer *chain, const struct ikl_payload *payload)
{
    size_t before = writer.len;
    int result = ikl_payload_begin(chain, payload->type, payload->critical);

    prove(result != IKL_ERR_INVALID || writer.len == before);
    if (result != IKL_OK) {
        return result;
    }
    ikl_write_octets(&writer, payload->body.data, payload->body.len);
    result = ikl_payload_end(chain);
    prove((result == IKL_ERR_INVALID) == (payload->body.len > IKL_MAX_BODY));
    prove(result != IKL_ERR_INVALID || writer.len == before);
    return result;
}

static int write_chain(size_t n, uint8_t *first)
{
    struct ikl_chain_writer chain = ikl_chain_writer(&writer);
    int result = n > 0 ? write_payload(&chain, &payloads[0]) : IKL_OK;

    if (result == IKL_OK && n > 1) {
        result = write_payload(&chain, &payloads[1]);
    }
    *first = chain.first;
    return result;
}
#endif

static void read_back(size_t n, uint8_t first)
{
    struct ikl_chain walk = ikl_chain(first, (struct ikl_octets){octets, writer.len});
    struct ikl_payload again;

    for (size_t i = 0; i < n; i++) {
        const struct ikl_payload *payload = &payloads[i];
        size_t watched = nondet_size();

        prove(ikl_chain_next(&walk, &again) == IKL_OK);
        prove(again.type == payload->type && again.body.len == payload->body.len);
        prove(again.critical == (payload->critical && !ikl_payload_known(payload->type)));
        prove(watched >= again.body.len || again.body.data[watched] == payload->body.data[watched]);
    }
    prove(ikl_chain_next(&walk, &again) == IKL_ERR_END);
}

int main(void)
{
    size_t n = any_up_to(N);
    bool counting = nondet_bool();
    uint8_t first;
    int result;

    suppose_payloads(counting);
    writer = ikl_writer(counting ? NULL : octets, any_up_to(ROOM));
    result = write_chain(n, &first);
    prove(result == IKL_OK || result == IKL_ERR_INVALID || result == IKL_ERR_NO_BUFFER);
    prove((result == IKL_ERR_NO_BUFFER) == writer.failed);
    prove(result != IKL_OK || writer.len <= n * (IKL_PAYLOAD_HEADER_LEN + (size_t)IKL_MAX_BODY));
    if (result == IKL_OK && !counting) {
        read_back(n, first);
    }
    return 0;
}
