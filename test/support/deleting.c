/* SPDX-License-Identifier: ISC */
/* A host that answers the Deletes of its peer. See deleting.h. */
#include "deleting.h"

#include "test.h"

void deleting_init(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, DELETING_SUITE, true, DELETING_CHILDREN, NULL);
}

int deleting_give(struct host *host, uint32_t message_id, uint8_t first_payload, const uint8_t *inside, size_t len)
{
    struct peer_message message = {
        .message_id = message_id, .first_payload = first_payload, .plaintext = {inside, len}};

    return peer_send(host, DELETING_SUITE, &message);
}

void deleting_assert_answer(struct host *host, uint8_t first_payload, const uint8_t *inside, size_t len)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_last(host, EVENT_SENT), DELETING_SUITE, plaintext);

    assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    assert_int_equal(opened.first_payload, first_payload);
    assert_int_equal(opened.plaintext.len, len);
    if (len != 0) {
        assert_memory_equal(opened.plaintext.data, inside, len);
    }
}

void deleting_assert_reported(struct host *host, size_t n, uint32_t spi_in)
{
    const struct event *down = host_event(host, EVENT_CHILD_DOWN, n);

    assert_non_null(down);
    assert_int_equal(down->spi_in, spi_in);
    assert_int_equal(down->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(down->down.at, host->now);
}

void deleting_nobody_to_ask(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = NULL;
}
