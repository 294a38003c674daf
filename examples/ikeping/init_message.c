/* SPDX-License-Identifier: ISC */
/* ikeping: what an IKE_SA_INIT message says. */
#include "init_message.h"

#include "providers.h"

#include <string.h>

/* Where the message came from and went to, as hashes; without SHA-1 nothing can be said about NATs. */
struct ends {
    bool known;
    uint8_t source[IKL_NAT_DETECTION_LEN], destination[IKL_NAT_DETECTION_LEN];
};

static struct ends hash_ends(uint64_t spi_i, uint64_t spi_r, const struct ikl_address *source,
                             const struct ikl_address *destination)
{
    const struct ikl_provider *provider = providers_find_sha1();
    struct ends ends = {.known = false};

    ends.known = provider != NULL && ikl_nat_detection(provider, spi_i, spi_r, source, ends.source) == IKL_OK &&
                 ikl_nat_detection(provider, spi_i, spi_r, destination, ends.destination) == IKL_OK;
    return ends;
}

static bool is_hash(struct ikl_octets data, const uint8_t *hash)
{
    return data.len == IKL_NAT_DETECTION_LEN && memcmp(data.data, hash, IKL_NAT_DETECTION_LEN) == 0;
}

enum { HASHES = 16 }; /* that a set has bits for */

static uint16_t read_hashes(struct ikl_octets data)
{
    struct ikl_reader reader = ikl_reader(data.data, data.len);
    uint16_t hashes = 0;

    while (reader.left != 0) {
        uint16_t hash = ikl_read_u16(&reader);

        hashes |= hash < HASHES ? (uint16_t)(1u << hash) : 0;
    }
    return hashes;
}

static void take_notify(struct init_message *out, const struct ikl_notify *notify, const struct ends *ends)
{
    switch (notify->type) {
    case IKL_NOTIFY_COOKIE:
        out->cookie = notify->data;
        break;
    case IKL_NOTIFY_REDIRECT:
        out->redirect = notify->data;
        break;
    case IKL_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED:
        out->fragmentation = true;
        break;
    case IKL_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED:
        out->intermediate = true;
        break;
    case IKL_NOTIFY_CHILDLESS_IKEV2_SUPPORTED:
        out->childless = true;
        break;
    case IKL_NOTIFY_SIGNATURE_HASH_ALGORITHMS:
        out->hashes |= read_hashes(notify->data);
        break;
    case IKL_NOTIFY_NAT_DETECTION_SOURCE_IP: /* one for each address that it may have */
        out->nat_detection = ends->known;
        out->no_nat_there = out->no_nat_there || is_hash(notify->data, ends->source);
        break;
    case IKL_NOTIFY_NAT_DETECTION_DESTINATION_IP:
        out->nat_detection = ends->known;
        out->no_nat_here = is_hash(notify->data, ends->destination);
        break;
    default:
        if (out->error == 0 && ikl_notify_is_error(notify->type)) {
            out->error = notify->type;
            out->error_data = notify->data;
        }
        break;
    }
}

static int take(struct init_message *out, const struct ikl_payload *payload, const struct ends *ends)
{
    struct ikl_notify notify;
    int error;

    switch (payload->type) {
    case IKL_PAYLOAD_SA:
        out->proposals = payload->body;
        return IKL_OK;
    case IKL_PAYLOAD_KE:
        return ikl_ke_read(&out->ke, payload->body);
    case IKL_PAYLOAD_NONCE:
        return ikl_nonce_read(&out->nonce, payload->body);
    case IKL_PAYLOAD_NOTIFY:
        error = ikl_notify_read(&notify, payload->body);
        if (error == IKL_OK) {
            take_notify(out, &notify, ends);
        }
        return error;
    default:
        return IKL_OK;
    }
}

int init_message_read(struct init_message *out, const struct ikl_header *header, struct ikl_octets payloads,
                      const struct ikl_path *path)
{
    struct ends ends = hash_ends(header->spi_i, header->spi_r, &path->remote, &path->local);
    struct ikl_chain chain = ikl_chain(header->next_payload, payloads);
    struct ikl_payload payload;
    int error;

    *out = (struct init_message){.error = 0};
    while ((error = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        error = take(out, &payload, &ends);
        if (error != IKL_OK) {
            return error;
        }
    }
    return error == IKL_ERR_END ? IKL_OK : error;
}

void init_message_add_nat_detection(struct payload_list *list, uint64_t spi_i, uint64_t spi_r,
                                    const struct ikl_path *path, bool pretend)
{
    struct ends ends = hash_ends(spi_i, spi_r, &path->local, &path->remote);

    if (!ends.known) {
        return;
    }
    if (pretend) {
        ends.source[0] ^= 0xff;
    }
    payload_list_notify(list, IKL_NOTIFY_NAT_DETECTION_SOURCE_IP,
                        (struct ikl_octets){ends.source, sizeof(ends.source)});
    payload_list_notify(list, IKL_NOTIFY_NAT_DETECTION_DESTINATION_IP,
                        (struct ikl_octets){ends.destination, sizeof(ends.destination)});
}

void init_message_add_ke(struct payload_list *list, const struct ikl_ke *ke)
{
    struct ikl_writer *writer = payload_list_begin(list, IKL_PAYLOAD_KE);

    payload_list_end(list, ikl_ke_write(writer, ke));
}

void init_message_add_nonce(struct payload_list *list, struct ikl_octets nonce)
{
    struct ikl_writer *writer = payload_list_begin(list, IKL_PAYLOAD_NONCE);

    payload_list_end(list, ikl_nonce_write(writer, nonce));
}

void init_message_add_key(struct payload_list *list, const struct ikl_ke *ke, struct ikl_octets nonce)
{
    init_message_add_ke(list, ke);
    init_message_add_nonce(list, nonce);
}

void init_message_add_hashes(struct payload_list *list, uint16_t hashes)
{
    uint8_t data[2 * HASHES];
    struct ikl_writer writer = ikl_writer(data, sizeof(data));

    for (uint16_t hash = 0; hash < HASHES; hash++) {
        if ((hashes & 1u << hash) != 0) {
            ikl_write_u16(&writer, hash);
        }
    }
    if (hashes != 0) {
        payload_list_notify(list, IKL_NOTIFY_SIGNATURE_HASH_ALGORITHMS, (struct ikl_octets){data, writer.len});
    }
}
