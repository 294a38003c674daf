/* SPDX-License-Identifier: ISC */
/* See lost.h. */
#include "lost.h"

#include "test.h"

/* An SK payload of 20 octets, and no more than its look is like one. */
static const uint8_t sk[24] = {0, 0, 0, sizeof(sk), 1, 2, 3};

struct lost lost_request(void)
{
    return (struct lost){{.spi_i = LOST_SPI_I,
                          .spi_r = LOST_SPI_R,
                          .next_payload = IKL_PAYLOAD_SK,
                          .exchange_type = IKL_INFORMATIONAL,
                          .flags = IKL_FLAG_INITIATOR,
                          .message_id = 7},
                         {sk, sizeof(sk)}};
}

struct ikl_path lost_path(void)
{
    return (struct ikl_path){.local = {.ip = {192, 0, 2, 2}, .port = 500, .family = 4},
                             .remote = {.ip = {192, 0, 2, 1}, .port = 500, .family = 4}};
}

int lost_ask(struct host *host, const struct lost *lost)
{
    const struct ikl_path path = lost_path();
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram));

    memset(datagram, 1, sizeof(datagram)); /* what lies behind its end would complete a fragment's number */
    ikl_header_write(&writer, &lost->header);
    ikl_write_octets(&writer, lost->payloads.data, lost->payloads.len);
    ikl_header_patch(&writer, 0, lost->header.next_payload);
    return ikl_endpoint_receive(host->endpoint, &path, datagram, writer.len, host->now);
}

void lost_assert_silent(struct host *host, const struct lost *lost)
{
    size_t sent = host_count(host, EVENT_SENT);
    uint64_t unmatched = host_counters(host).unmatched;

    assert_int_equal(lost_ask(host, lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(host, EVENT_SENT), sent);
    assert_int_equal(host_counters(host).unmatched, unmatched + 1);
}

struct event *lost_assert_shown(struct host *host, const struct lost *lost)
{
    size_t sent = host_count(host, EVENT_SENT);

    assert_int_equal(lost_ask(host, lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(host, EVENT_SENT), sent + 1);
    assert_null(host_last(host, EVENT_SENT)->sa);
    return host_last(host, EVENT_SENT);
}
