/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what checks expect of the peer. */
#include "expect.h"

#include <ikelive/registry.h>

#include <stdio.h>
#include <string.h>

/* Where it is in the header; flags and Message ID follow. */
enum { EXCHANGE_TYPE_AT = 18 };

static bool is_decided(const struct tester *tester)
{
    return tester->finding.verdict != VERDICT_NONE && tester->finding.verdict != VERDICT_PASS;
}

bool expect(struct tester *tester, bool holds, const struct message *seen, const char *why)
{
    if (is_decided(tester)) {
        return false;
    }
    tester->finding.verdict = holds ? VERDICT_PASS : VERDICT_FAIL;
    if (!holds) {
        (void)snprintf(tester->finding.why, sizeof(tester->finding.why), "%s", why);
        tester->finding.shown[0] = tester->last_sent;
        tester->finding.shown[1] = seen != NULL ? seen->traced : NULL;
    }
    return holds;
}

bool expect_answer(struct tester *tester, const struct datagram *request, struct message *response)
{
    return expect(tester, tester_ask(tester, request, response), NULL, "the request gets no response");
}

bool expect_answer_to(struct tester *tester, struct draft *draft, struct message *response)
{
    struct datagram request;

    draft->message_id = tester->sa->next_request++;
    return tester_seal(tester, draft, &request) && expect_answer(tester, &request, response);
}

bool expect_malformed(struct tester *tester, uint8_t first, struct ikl_octets chain, const char *why)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL, .first = first, .chain = chain};
    struct message response;

    if (!expect_answer_to(tester, &draft, &response)) {
        return false;
    }
    /* INVALID_SYNTAX is the end of the IKE SA, without a Delete */
    tester->sa->deleted = payload_find_notify(response.first, response.payloads, IKL_NOTIFY_INVALID_SYNTAX, NULL);
    return expect(tester, payload_find_error(response.first, response.payloads) != 0, &response, why);
}

bool expect_same(struct tester *tester, const struct message *first, const struct message *second)
{
    bool same = first->octets.len == second->octets.len &&
                memcmp(first->octets.data, second->octets.data, first->octets.len) == 0;
    bool holds = expect(tester, same, second, "the response to the repeated request is another one");

    if (!holds && tester->finding.shown[1] == second->traced) {
        tester->finding.shown[0] = first->traced;
    }
    return holds;
}

bool expect_no_answer(struct tester *tester, uint8_t exchange_type, uint32_t message_id, const char *why)
{
    struct message response;
    bool answered = tester_wait_response(tester, exchange_type, message_id, tester->quiet, &response);

    return expect(tester, !answered, answered ? &response : NULL, why);
}

bool expect_dropped(struct tester *tester, const struct datagram *wrong, const struct datagram *right)
{
    struct ikl_reader reader = ikl_reader(wrong->octets, wrong->len);
    struct message response;
    uint8_t exchange_type;

    (void)ikl_read_octets(&reader, EXCHANGE_TYPE_AT);
    exchange_type = ikl_read_u8(&reader);
    (void)ikl_read_u8(&reader);
    tester_send(tester, wrong);
    return expect_no_answer(tester, exchange_type, ikl_read_u32(&reader), "the request is answered") &&
           expect_answer(tester, right, &response);
}

bool expect_alive(struct tester *tester)
{
    struct datagram request;
    struct message response;

    return tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request) &&
           expect(tester, tester_ask(tester, &request, &response), NULL,
                  "the IKE SA is of no use any more: the next request gets no response");
}

bool expect_notify(struct tester *tester, const struct message *message, uint16_t type, struct ikl_octets *data)
{
    const char *name = ikl_notify_name(type);
    char why[TESTER_WHY_SIZE];

    (void)snprintf(why, sizeof(why), "there is no notification %s", name != NULL ? name : "of that type");
    return expect(tester, payload_find_notify(message->first, message->payloads, type, data), message, why);
}
