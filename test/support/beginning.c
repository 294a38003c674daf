/* SPDX-License-Identifier: ISC */
/* The beginning of an IKE SA. See beginning.h. */
#include "beginning.h"

#include "peer.h"
#include "test.h"

static struct ikl_sa_config agreed(struct ikl_keys *keys)
{
    struct ikl_sa_config config;

    test_sa_config(&config, keys, ASKING_SUITE, true, 0);
    return config;
}

size_t beginning_write(const struct beginning_message *message, uint8_t *out)
{
    static const uint8_t nonce[32];
    static const struct ikl_payload default_payload = {.type = IKL_PAYLOAD_NONCE, .body = {nonce, sizeof(nonce)}};
    struct ikl_writer writer = ikl_writer(out, HOST_MAX_DATAGRAM);
    const struct ikl_payload *payloads = message->payloads != NULL ? message->payloads : &default_payload;
    size_t n = message->payloads != NULL ? message->n : 1;
    struct ikl_keys keys;
    struct ikl_sa_config config = agreed(&keys);
    struct ikl_header header = {
        .spi_i = message->spi_i != 0 ? message->spi_i : config.spi_i,
        .spi_r = message->spi_r != 0 ? message->spi_r : config.spi_r,
        .next_payload = ikl_chain_first(payloads, n),
        .exchange_type = message->exchange_type != 0 ? message->exchange_type : IKL_IKE_SA_INIT,
        .flags = (uint8_t)((message->request ? 0u : IKL_FLAG_RESPONSE) | message->flags),
        .message_id = message->message_id,
    };

    ikl_header_write(&writer, &header);
    assert_int_equal(ikl_chain_write(&writer, payloads, n), IKL_OK);
    ikl_header_patch(&writer, 0, header.next_payload);
    out[27] = (uint8_t)(out[27] + message->wrong_length);
    return writer.len;
}

int beginning_hear(struct host *host, const struct beginning_message *message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    return peer_deliver(host, datagram, beginning_write(message, datagram));
}

void beginning_config(struct ikl_sa_config *config)
{
    struct ikl_keys keys;

    *config = agreed(&keys);
    config->spi_r = 0;
    config->connecting = true;
    config->protection = (struct ikl_protection){.keys = NULL};
    config->ids = (struct ikl_message_ids){.stated = false};
}

void host_begin(struct host *host, sa_change change)
{
    struct ikl_sa_config config;

    beginning_config(&config);
    config.user = host;
    if (change != NULL) {
        change(&config);
    }
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, host->now), IKL_OK);
}

struct ikl_request *begin(struct host *host, uint8_t mark)
{
    struct ikl_request *request = NULL;

    assert_int_equal(asking_try(host, &(struct asking){.mark = mark, .exchange_type = IKL_IKE_SA_INIT}, &request),
                     IKL_OK);
    return request;
}

struct ikl_protection beginning_protection(struct ikl_keys *keys)
{
    return agreed(keys).protection;
}

int beginning_install(struct host *host)
{
    struct ikl_keys keys;
    struct ikl_sa_config config = agreed(&keys);

    return ikl_sa_install_keys(host->sa, config.spi_r, &config.protection, host->now);
}
