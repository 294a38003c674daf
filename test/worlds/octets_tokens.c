/* SPDX-License-Identifier: ISC */
/* Tokens of quick crash detection in a world that octets drive: who shows one has lost the IKE SA. See octets.h. */
#include "octets.h"

#include "message/body.h"

static bool is_living(const struct world_sa *of)
{
    return of->sa != NULL && !of->law.down;
}

/* Whether a host's end of the IKE SA with this number lives. */
static bool has_living(const struct world_host *host, uint32_t number)
{
    for (size_t i = 0; i < host->n_sas; i++) {
        if (host->sas[i].number == number && is_living(&host->sas[i])) {
            return true;
        }
    }
    return false;
}

/* Reads a message that begins with a notification, as one with tokens does. */
static bool read_shown(struct ikl_octets datagram, bool encapsulated, struct ikl_header *header)
{
    struct ikl_octets message = laws_without_marker(datagram, encapsulated);

    return ikl_header_read(header, message.data, message.len) == IKL_OK && header->next_payload == IKL_PAYLOAD_NOTIFY;
}

bool world_is_shown(const struct wire_datagram *sent)
{
    struct ikl_header header;

    return read_shown((struct ikl_octets){sent->octets, sent->len}, sent->path.encapsulated, &header);
}

void world_check_shown(const struct world_host *host, struct ikl_octets datagram, bool encapsulated)
{
    struct ikl_header header;

    if (!read_shown(datagram, encapsulated, &header)) {
        return;
    }
    WORLD_HOLDS(host->world, header.spi_r - WORLD_SPI_R != header.spi_i - WORLD_SPI_I ||
                                 !has_living(host, (uint32_t)(header.spi_i - WORLD_SPI_I)));
}

void world_check_crashed(const struct world_host *other, const struct world_sa *of)
{
    WORLD_HOLDS(other->world, !has_living(other, of->number));
}

static size_t write_token(struct world_host *maker, uint32_t number, bool original_initiator, struct ikl_writer *writer)
{
    uint8_t token[IKL_TOKEN_LEN];

    WORLD_HOLDS(maker->world, ikl_endpoint_token(maker->endpoint, WORLD_SPI_I + number, WORLD_SPI_R + number,
                                                 original_initiator, token) == IKL_OK);
    ikl_payload_header_write(writer, IKL_PAYLOAD_NOTIFY, false, IKL_PAYLOAD_NONE, 4 + sizeof(token));
    WORLD_HOLDS(maker->world, ikl_token_write(writer, (struct ikl_octets){token, sizeof(token)}) == IKL_OK);
    return writer->len;
}

void world_give_token(struct world_host *maker, struct world_sa *taker, bool maker_initiates)
{
    uint8_t octets[64];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    size_t len = write_token(maker, taker->number, maker_initiates, &writer);
    int result = ikl_sa_take_token(taker->sa, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){octets, len}, maker->world->now);

    WORLD_HOLDS(maker->world, result == IKL_OK || result == IKL_ERR_NO_MEMORY);
}

void world_make_tokens(const struct world_host *host, struct ikl_endpoint *endpoint)
{
    const struct ikl_octets secret = {host->secret, sizeof(host->secret)};
    const struct ikl_token_maker maker = {.size = sizeof(maker), .secrets = &secret, .n_secrets = 1};

    WORLD_HOLDS(host->world, ikl_endpoint_set_token_maker(endpoint, &maker) == IKL_OK);
}
