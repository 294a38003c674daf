/* SPDX-License-Identifier: ISC */
/* See crash.h. */
#include "crash.h"

#include "peer.h"
#include "providers.h"
#include "test.h"

static const uint8_t octets[] = "thirty-two octets for a secret 0"
                                "thirty-two octets for a secret 1"
                                "thirty-two octets for a secret 2"
                                "thirty-two octets for a secret 3";

const struct ikl_octets crash_secrets[IKL_MAX_SECRETS] = {{octets, IKL_MIN_SECRET},
                                                          {octets + IKL_MIN_SECRET, IKL_MIN_SECRET},
                                                          {octets + 2 * IKL_MIN_SECRET, IKL_MIN_SECRET},
                                                          {octets + 3 * IKL_MIN_SECRET, IKL_MIN_SECRET}};

const struct ikl_token_maker crash_maker = {
    .size = sizeof(crash_maker), .secrets = crash_secrets, .n_secrets = CRASH_SECRETS};

void crash_with_maker(struct ikl_endpoint_config *config)
{
    config->token_maker = &crash_maker;
}

void crash_with_four_secrets(struct ikl_endpoint_config *config)
{
    static const struct ikl_token_maker maker = {
        .size = sizeof(maker), .secrets = crash_secrets, .n_secrets = IKL_MAX_SECRETS, .answers_per_second = 1000};

    config->token_maker = &maker;
}

struct crash_token crash_token_for(uint64_t spi_i, uint64_t spi_r, bool original_initiator, size_t which)
{
    const struct ikl_prf *prf;
    struct crash_token token;

    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &prf), IKL_OK);
    assert_int_equal(ikl_token_make(prf, crash_secrets[which], spi_i, spi_r, original_initiator, token.octets), IKL_OK);
    return token;
}

struct crash_token crash_token_of(const struct ikl_sa *sa, size_t which)
{
    return crash_token_for(ikl_sa_spi_i(sa), ikl_sa_spi_r(sa), false, which);
}

int crash_give(struct ikl_sa *sa, const uint8_t *token, size_t len, ikl_time now)
{
    struct crash_message message = {.header = {0}};

    crash_add_token(&message, token, len);
    return ikl_sa_take_token(sa, message.header.next_payload, (struct ikl_octets){message.octets, message.len}, now);
}

struct crash_token crash_one_sa(struct host *host)
{
    struct crash_token token;

    host_init(host, "a", 0, NULL);
    host_sa(host, CRASH_SUITE, true, 1, NULL);
    token = crash_token_of(host->sa, 0);
    assert_int_equal(crash_give(host->sa, token.octets, sizeof(token.octets), 0), IKL_OK);
    return token;
}

bool crash_has_left(struct host *host, const struct crash_token *token)
{
    for (size_t n = 0; n < host_count(host, EVENT_SENT); n++) {
        const struct event *sent = host_event(host, EVENT_SENT, n);

        for (size_t at = 0; at + sizeof(token->octets) <= sent->len; at++) {
            if (memcmp(sent->datagram + at, token->octets, sizeof(token->octets)) == 0) {
                return true;
            }
        }
    }
    return false;
}

void crash_assert_never_left(struct host *host)
{
    for (size_t i = 0; i < 2 * IKL_MAX_SECRETS; i++) {
        struct crash_token token = crash_token_for(ikl_sa_spi_i(host->sa), ikl_sa_spi_r(host->sa), i % 2 != 0, i / 2);

        assert_false(crash_has_left(host, &token));
    }
}

/* The payloads only; the header is put in front when it is complete. */
struct crash_message crash_message_for(const struct ikl_sa *sa)
{
    static const uint8_t invalid_ike_spi[] = {0, 0, 0, IKL_NOTIFY_INVALID_IKE_SPI};
    struct crash_message message = {.header = {.spi_i = ikl_sa_spi_i(sa),
                                               .spi_r = ikl_sa_spi_r(sa),
                                               .exchange_type = IKL_INFORMATIONAL,
                                               .flags = IKL_FLAG_RESPONSE}};

    crash_add(&message, IKL_PAYLOAD_NOTIFY, invalid_ike_spi, sizeof(invalid_ike_spi));
    return message;
}

/* The next payload's type belongs in front of it. */
void crash_add(struct crash_message *message, uint8_t type, const uint8_t *body, size_t len)
{
    uint8_t *at = message->octets, *end = message->octets + message->len;
    uint8_t *next = &message->header.next_payload;

    for (; at != end; at += at[2] << 8 | at[3]) {
        next = at;
    }
    *next = type;
    end[0] = IKL_PAYLOAD_NONE;
    end[1] = 0;
    end[2] = (uint8_t)((4 + len) >> 8);
    end[3] = (uint8_t)(4 + len);
    memcpy(end + 4, body, len);
    message->len += 4 + len;
}

void crash_add_token(struct crash_message *message, const uint8_t *token, size_t len)
{
    uint8_t body[300] = {IKL_PROTOCOL_IKE, 0, IKL_NOTIFY_QUICK_CRASH_DETECTION >> 8,
                         IKL_NOTIFY_QUICK_CRASH_DETECTION & 0xff};

    assert_true(len <= sizeof(body) - 4);
    if (len != 0) {
        memcpy(body + 4, token, len);
    }
    crash_add(message, IKL_PAYLOAD_NOTIFY, body, 4 + len);
}

int crash_show(struct host *host, const struct crash_message *message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram));

    ikl_header_write(&writer, &message->header);
    ikl_write_octets(&writer, message->octets, message->len);
    ikl_header_patch(&writer, 0, message->header.next_payload);
    return peer_deliver(host, datagram, writer.len);
}

void crash_begin(struct pair *pair, sa_change change)
{
    struct crash_token token;

    pair_init(pair, CRASH_SUITE, 1, crash_with_maker, change);
    token = crash_token_of(pair->b.sa, 0);
    assert_int_equal(crash_give(pair->a.sa, token.octets, sizeof(token.octets), 0), IKL_OK);
}

void crash_reboot(struct host *host)
{
    const char *name = host->name;
    ikl_time now = host->now;

    host_clear(host);
    host_init(host, name, now, crash_with_maker);
}
