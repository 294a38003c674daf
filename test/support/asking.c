/* SPDX-License-Identifier: ISC */
/* Requests of a test host and the answers of its peer. See asking.h. */
#include "asking.h"

#include "peer.h"
#include "test.h"

static uint8_t contexts[ASKING_MARKS];

int asking_try(struct host *host, const struct asking *asking, struct ikl_request **out)
{
    static uint8_t body[HOST_MAX_DATAGRAM];
    size_t len = asking->len != 0 ? asking->len : ASKING_LEN;
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, len}};
    struct ikl_request_options options = {
        .size = sizeof(options), .schedule = asking->schedule, .context = asking_context(asking->mark)};

    assert_true(len <= sizeof(body));
    memset(body, asking->mark, len);
    return ikl_sa_request(host->sa, asking->exchange_type != 0 ? asking->exchange_type : IKL_INFORMATIONAL, &payload, 1,
                          &options, host->now, out);
}

struct ikl_request *ask(struct host *host, uint8_t mark)
{
    struct ikl_request *request = NULL;

    assert_int_equal(asking_try(host, &(struct asking){.mark = mark}, &request), IKL_OK);
    assert_non_null(request);
    return request;
}

void *asking_context(uint8_t mark)
{
    return &contexts[mark];
}

uint8_t asked(struct host *host, size_t n)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_event(host, EVENT_SENT, n), ASKING_SUITE, plaintext);

    assert_int_equal(opened.header.flags & IKL_FLAG_RESPONSE, 0);
    assert_int_equal(opened.first_payload, IKL_PAYLOAD_VENDOR_ID);
    assert_true(opened.plaintext.len > IKL_PAYLOAD_HEADER_LEN);
    for (size_t i = IKL_PAYLOAD_HEADER_LEN; i < opened.plaintext.len; i++) {
        assert_int_equal(opened.plaintext.data[i], opened.plaintext.data[IKL_PAYLOAD_HEADER_LEN]);
    }
    return opened.plaintext.data[IKL_PAYLOAD_HEADER_LEN];
}

int answer(struct host *host, uint32_t message_id)
{
    return peer_send(host, ASKING_SUITE, &(struct peer_message){.response = true, .message_id = message_id});
}

const struct ikl_outcome *outcome(struct host *host, size_t n)
{
    const struct event *event = host_event(host, EVENT_OUTCOME, n);

    assert_non_null(event);
    return &event->outcome;
}

const struct ikl_outcome *outcome_of(struct host *host, uint8_t mark)
{
    const struct ikl_outcome *found = NULL;

    for (size_t i = 0; i < host_count(host, EVENT_OUTCOME); i++) {
        if (outcome(host, i)->context == asking_context(mark)) {
            assert_null(found);
            found = outcome(host, i);
        }
    }
    assert_non_null(found);
    return found;
}
