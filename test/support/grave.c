/* SPDX-License-Identifier: ISC */
/* A Delete that has ended its IKE SA, and comes again. See grave.h. */
#include "grave.h"

#include "test.h"

static const uint8_t delete_sa[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};

struct peer_message grave_delete_of(uint32_t n)
{
    return (struct peer_message){
        .sa = n, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete_sa, sizeof(delete_sa)}};
}

void grave_end_by(struct grave *grave, const struct peer_message *message)
{
    struct host *host = &grave->host;

    grave->path = *ikl_sa_path(host->sa);
    grave->len = peer_seal(message, GRAVE_SUITE, grave->request);
    assert_int_equal(peer_deliver(host, grave->request, grave->len), IKL_OK);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    grave->answer = *host_last(host, EVENT_SENT);
    host_forget(host);
}

void grave_dig(struct grave *grave, endpoint_change on_endpoint, sa_change on_sa)
{
    struct peer_message message = grave_delete_of(0);

    host_init(&grave->host, "a", 0, on_endpoint);
    host_sa(&grave->host, GRAVE_SUITE, true, 1, on_sa);
    grave_end_by(grave, &message);
}

void grave_fill_in(struct grave *grave)
{
    host_clear(&grave->host);
}

int grave_repeat_along(struct grave *grave, const struct ikl_path *path)
{
    return ikl_endpoint_receive(grave->host.endpoint, path, grave->request, grave->len, grave->host.now);
}

int grave_repeat(struct grave *grave)
{
    return grave_repeat_along(grave, &grave->path);
}

void grave_assert_answered(struct grave *grave, size_t n)
{
    struct host *host = &grave->host;

    assert_int_equal(host->n_events, n);
    for (size_t i = 0; i < n; i++) {
        const struct event *sent = host_event(host, EVENT_SENT, i);

        assert_non_null(sent);
        assert_null(sent->sa);
        assert_int_equal(sent->len, grave->answer.len);
        assert_memory_equal(sent->datagram, grave->answer.datagram, sent->len);
        assert_true(ikl_path_same(&sent->path, &grave->path));
    }
}

void grave_assert_forgotten(struct grave *grave)
{
    struct host *host = &grave->host;

    host_forget(host);
    assert_int_equal(grave_repeat(grave), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host->n_events, 1);
    assert_int_equal(host->events[0].kind, EVENT_UNMATCHED);
    assert_int_equal(host->events[0].len, grave->len);
}
