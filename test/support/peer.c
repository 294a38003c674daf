/* SPDX-License-Identifier: ISC */
/* What the peer of a test IKE SA could send. See peer.h. */
#include "peer.h"

#include "providers.h"

#include "keyed.h"
#include "test.h"

enum { MAX_STATE = 64, SK_AAD = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN };

/* One direction of the test IKE SA. */
struct direction {
    const struct ikl_cipher *cipher;
    uint64_t state[MAX_STATE / 8];
};

static void set_up(struct direction *direction, const char *name, bool from_initiator)
{
    struct ikl_suite suite;
    struct ikl_keys keys;

    test_keys(&keys, name);
    assert_int_equal(ikl_suite_parse(&suite, name), IKL_OK);
    assert_int_equal(test_provider->cipher(&suite, &direction->cipher), IKL_OK);
    assert_true(direction->cipher->state_size <= sizeof(direction->state));
    assert_int_equal(keyed_init(direction->cipher, direction->state, from_initiator ? keys.sk_ei : keys.sk_er,
                                from_initiator ? keys.sk_ai : keys.sk_ar),
                     IKL_OK);
}

static void next_iv(uint8_t *iv)
{
    static uint8_t count;

    memset(iv, 0xee, IKL_MAX_IV);
    iv[0] = count++;
}

static struct ikl_sealing sealing(const struct peer_message *message, const uint8_t *iv)
{
    struct ikl_keys keys;
    struct ikl_sa_config config;
    uint8_t flags =
        (uint8_t)((message->from_initiator ? IKL_FLAG_INITIATOR : 0u) | (message->response ? IKL_FLAG_RESPONSE : 0u));

    test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, message->sa);
    return (struct ikl_sealing){
        .header = {.spi_i = config.spi_i,
                   .spi_r = config.spi_r,
                   .exchange_type = message->exchange_type != 0 ? message->exchange_type : IKL_INFORMATIONAL,
                   .flags = flags ^ message->wrong_flags,
                   .message_id = message->message_id},
        .first_payload = message->first_payload,
        .plaintext = message->plaintext,
        .iv = iv,
        .fragment_number = message->fragment_number,
        .fragment_total = message->fragment_total};
}

size_t peer_seal_into(const struct peer_message *message, const char *suite, uint8_t *out, size_t size)
{
    uint8_t iv[IKL_MAX_IV];
    struct direction direction;
    struct ikl_sealing what;
    size_t len;

    next_iv(iv);
    what = sealing(message, iv);
    set_up(&direction, suite, message->from_initiator);
    assert_int_equal(ikl_message_seal(direction.cipher, direction.state, &what, out, size, &len), IKL_OK);
    return len;
}

size_t peer_seal(const struct peer_message *message, const char *suite, uint8_t *out)
{
    return peer_seal_into(message, suite, out, HOST_MAX_DATAGRAM);
}

static size_t aad_of(const struct peer_message *message)
{
    return SK_AAD + (message->fragment_number != 0 ? 4u : 0u);
}

/* An honest message with one octet less inside has the same front, and room for the text. */
size_t peer_seal_text(const struct peer_message *message, const char *suite, uint8_t *out)
{
    struct peer_message shorter = *message;
    struct direction direction;
    size_t aad = aad_of(message), len;

    assert_true(message->plaintext.len != 0);
    shorter.plaintext.len--;
    len = peer_seal(&shorter, suite, out);
    set_up(&direction, suite, message->from_initiator);
    memcpy(out + aad + direction.cipher->iv_len, message->plaintext.data, message->plaintext.len);
    assert_int_equal(direction.cipher->seal(direction.state, out, aad, message->plaintext.len), IKL_OK);
    return len;
}

/* Puts the text in the place of what it was sealed to, and returns its length. */
static size_t unseal(const struct direction *direction, size_t aad, uint8_t *sealed, size_t len)
{
    size_t text_len = len - aad - direction->cipher->iv_len - direction->cipher->icv_len;
    uint8_t text[HOST_MAX_DATAGRAM];

    assert_int_equal(direction->cipher->open(direction->state, sealed, aad, text_len, text), IKL_OK);
    memcpy(sealed + aad + direction->cipher->iv_len, text, text_len);
    return text_len;
}

void peer_alter(const struct peer_message *message, const char *suite, size_t before, void (*alter)(uint8_t *front),
                uint8_t *datagram, size_t len)
{
    size_t aad = aad_of(message) + before, text_len;
    struct direction direction;

    set_up(&direction, suite, message->from_initiator);
    text_len = unseal(&direction, aad, datagram, len);
    alter(datagram);
    assert_int_equal(direction.cipher->seal(direction.state, datagram, aad, text_len), IKL_OK);
}

size_t peer_seal_behind(const struct peer_message *message, const char *suite, uint8_t type, bool critical,
                        uint8_t *out)
{
    const uint8_t payload[IKL_PAYLOAD_HEADER_LEN] = {message->fragment_number != 0 ? IKL_PAYLOAD_SKF : IKL_PAYLOAD_SK,
                                                     critical ? 0x80 : 0, 0, sizeof(payload)};
    size_t aad = aad_of(message);
    uint8_t sealed[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(message, suite, sealed), text_len;
    struct direction direction;
    struct ikl_writer writer = ikl_writer(out, HOST_MAX_DATAGRAM);

    set_up(&direction, suite, message->from_initiator);
    text_len = unseal(&direction, aad, sealed, len);
    ikl_write_octets(&writer, sealed, IKL_HEADER_LEN);
    ikl_write_octets(&writer, payload, sizeof(payload));
    ikl_write_octets(&writer, sealed + IKL_HEADER_LEN, len - IKL_HEADER_LEN);
    ikl_header_patch(&writer, 0, type);
    assert_int_equal(direction.cipher->seal(direction.state, out, aad + sizeof(payload), text_len), IKL_OK);
    return writer.len;
}

int peer_deliver(struct host *to, const uint8_t *datagram, size_t len)
{
    return ikl_endpoint_receive(to->endpoint, ikl_sa_path(to->sa), datagram, len, to->now);
}

int peer_send(struct host *to, const char *suite, const struct peer_message *message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    return peer_deliver(to, datagram, peer_seal(message, suite, datagram));
}

struct ikl_opened peer_open(const struct event *sent, const char *suite, uint8_t *plaintext)
{
    size_t marker = sent->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    struct ikl_opened opened = {.header = {0}};
    struct direction direction;

    set_up(&direction, suite, (sent->datagram[marker + 19] & IKL_FLAG_INITIATOR) != 0);
    assert_int_equal(ikl_message_open(direction.cipher, direction.state, sent->datagram + marker, sent->len - marker,
                                      plaintext, HOST_MAX_DATAGRAM, &opened),
                     IKL_OK);
    return opened;
}
