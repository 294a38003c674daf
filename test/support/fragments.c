/* SPDX-License-Identifier: ISC */
/* Messages of the peer of a test IKE SA in fragments, and those of a host. See fragments.h. */
#include "fragments.h"

#include "asking.h"
#include "test.h"

void fragments_fill(uint8_t *plaintext, size_t len)
{
    memset(plaintext, 0, IKL_PAYLOAD_HEADER_LEN);
    plaintext[2] = (uint8_t)(len >> 8);
    plaintext[3] = (uint8_t)len;
    for (size_t i = IKL_PAYLOAD_HEADER_LEN; i < len; i++) {
        plaintext[i] = (uint8_t)(i * 7 + i / 256);
    }
}

uint16_t fragments_total(const struct peer_message *whole, size_t piece)
{
    return (uint16_t)((whole->plaintext.len + piece - 1) / piece);
}

struct peer_message fragment_of(const struct peer_message *whole, size_t piece, uint16_t number)
{
    struct peer_message fragment = *whole;
    size_t offset = (size_t)(number - 1) * piece;

    fragment.fragment_number = number;
    fragment.fragment_total = fragments_total(whole, piece);
    fragment.first_payload = number == 1 ? whole->first_payload : (uint8_t)IKL_PAYLOAD_NONE;
    fragment.plaintext.data += offset;
    fragment.plaintext.len -= offset;
    if (fragment.plaintext.len > piece) {
        fragment.plaintext.len = piece;
    }
    return fragment;
}

int hear_fragment(struct host *host, const struct peer_message *whole, size_t piece, uint16_t number)
{
    struct peer_message fragment = fragment_of(whole, piece, number);

    return peer_send(host, ASKING_SUITE, &fragment);
}

int hear_fragments(struct host *host, const struct peer_message *whole, size_t piece)
{
    uint16_t total = fragments_total(whole, piece);

    for (uint16_t number = 1; number < total; number++) {
        assert_int_equal(hear_fragment(host, whole, piece, number), IKL_OK);
    }
    return hear_fragment(host, whole, piece, total);
}

static void assert_fragment(const struct ikl_opened *opened, const struct ikl_opened *first, uint16_t number)
{
    assert_int_equal(opened->fragment_number, number);
    assert_int_equal(opened->fragment_total, first->fragment_total);
    assert_int_equal(opened->header.message_id, first->header.message_id);
    assert_int_equal(opened->header.exchange_type, first->header.exchange_type);
    assert_int_equal(opened->header.flags, first->header.flags);
    assert_int_equal(opened->first_payload, number == 1 ? first->first_payload : (uint8_t)IKL_PAYLOAD_NONE);
    if (number > 1) {
        assert_memory_not_equal(opened->iv.data, first->iv.data, first->iv.len);
    }
}

size_t open_fragments(struct host *host, size_t n, uint8_t *plaintext, size_t *len)
{
    uint8_t octets[HOST_MAX_DATAGRAM];
    struct ikl_opened first = peer_open(host_event(host, EVENT_SENT, n), ASKING_SUITE, octets);
    size_t piece = first.plaintext.len;

    *len = 0;
    assert_true(first.fragment_total > 1);
    for (uint16_t number = 1; number <= first.fragment_total; number++) {
        const struct event *sent = host_event(host, EVENT_SENT, n + number - 1);
        struct ikl_opened opened;

        assert_non_null(sent);
        opened = peer_open(sent, ASKING_SUITE, octets);
        assert_fragment(&opened, &first, number);
        if (number < first.fragment_total) {
            assert_int_equal(opened.plaintext.len, piece);
        } else {
            assert_in_range(opened.plaintext.len, 1, piece);
        }
        memcpy(plaintext + *len, opened.plaintext.data, opened.plaintext.len);
        *len += opened.plaintext.len;
    }
    return first.fragment_total;
}
