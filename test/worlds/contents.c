/* SPDX-License-Identifier: ISC */
/* What requests and responses hold. See contents.h. */
#include "contents.h"

#include <stdlib.h>
#include <string.h>

/* What is written here always fits and is well-formed. */
static void must(int result)
{
    if (result != IKL_OK) {
        abort();
    }
}

static struct ikl_writer begin(struct contents_payloads *out)
{
    return ikl_writer(out->bodies[out->n], sizeof(out->bodies[out->n]));
}

static void end(struct contents_payloads *out, uint8_t type, const struct ikl_writer *writer)
{
    must(writer->failed ? IKL_ERR_NO_BUFFER : IKL_OK);
    out->list[out->n] = (struct ikl_payload){.type = type, .body = {writer->data, writer->len}};
    out->n++;
}

static void write_number(struct contents_payloads *out, uint32_t number, size_t len)
{
    struct ikl_writer writer = begin(out);

    ikl_write_u32(&writer, number);
    ikl_write_zeros(&writer, len > 4 ? len - 4 : 0);
    end(out, IKL_PAYLOAD_VENDOR_ID, &writer);
}

static void write_error(struct contents_payloads *out, uint16_t type)
{
    struct ikl_writer writer = begin(out);

    must(ikl_notify_write(&writer, &(struct ikl_notify){.type = type}));
    end(out, IKL_PAYLOAD_NOTIFY, &writer);
}

static void write_rekey_notify(struct contents_payloads *out, uint32_t spi)
{
    uint8_t octets[4];
    struct ikl_writer number = ikl_writer(octets, sizeof(octets)), writer = begin(out);

    ikl_write_u32(&number, spi);
    must(ikl_notify_write(&writer, &(struct ikl_notify){.protocol = IKL_PROTOCOL_ESP,
                                                        .type = IKL_NOTIFY_REKEY_SA,
                                                        .spi = {octets, sizeof(octets)}}));
    end(out, IKL_PAYLOAD_NOTIFY, &writer);
}

static void write_sa(struct contents_payloads *out, const struct contents *contents, bool response)
{
    uint8_t octets[8];
    struct ikl_writer spi = ikl_writer(octets, sizeof(octets)), writer = begin(out);
    struct ikl_proposals_writer proposals = response ? ikl_accepted_writer(&writer, 1) : ikl_offer_writer(&writer);

    if (contents->protocol == IKL_PROTOCOL_IKE) {
        ikl_write_u64(&spi, contents->spi);
    } else {
        ikl_write_u32(&spi, (uint32_t)contents->spi);
    }
    must(ikl_write_proposal(&proposals, contents->protocol, (struct ikl_octets){octets, spi.len}));
    must(ikl_write_transform(&proposals, IKL_TRANSFORM_ENCR, IKL_ENCR_CHACHA20_POLY1305, 0));
    end(out, IKL_PAYLOAD_SA, &writer);
}

static void write_nonce(struct contents_payloads *out, const uint8_t *nonce)
{
    struct ikl_writer writer = begin(out);

    must(ikl_nonce_write(&writer, (struct ikl_octets){nonce, CONTENTS_NONCE_LEN}));
    end(out, IKL_PAYLOAD_NONCE, &writer);
}

static void write_delete(struct contents_payloads *out, uint32_t spi)
{
    uint8_t octets[4];
    struct ikl_writer number = ikl_writer(octets, sizeof(octets)), writer = begin(out);

    ikl_write_u32(&number, spi);
    must(ikl_delete_write(&writer, &(struct ikl_delete){.protocol = IKL_PROTOCOL_ESP,
                                                        .spi_size = sizeof(octets),
                                                        .n_spis = 1,
                                                        .spis = {octets, sizeof(octets)}}));
    end(out, IKL_PAYLOAD_DELETE, &writer);
}

void contents_write(struct contents_payloads *out, const struct contents *contents, bool response, size_t len)
{
    out->n = 0;
    if (contents->has_number) {
        write_number(out, contents->number, len);
    }
    if (contents->error != 0) {
        write_error(out, contents->error);
    }
    if (contents->rekeys_child) {
        write_rekey_notify(out, contents->child_spi);
    }
    if (contents->protocol != 0) {
        write_sa(out, contents, response);
    }
    if (contents->has_nonce) {
        write_nonce(out, contents->nonce);
    }
    if (contents->deletes_child) {
        write_delete(out, contents->deleted);
    }
}

static void read_number(struct contents *contents, struct ikl_octets body)
{
    struct ikl_reader reader = ikl_reader(body.data, body.len);

    contents->number = ikl_read_u32(&reader);
    contents->has_number = !reader.failed;
}

static void read_notify(struct contents *contents, struct ikl_octets body)
{
    struct ikl_notify notify;

    if (ikl_notify_read(&notify, body) != IKL_OK) {
        return;
    }
    if (notify.type == IKL_NOTIFY_REKEY_SA) {
        struct ikl_reader reader = ikl_reader(notify.spi.data, notify.spi.len);

        contents->child_spi = ikl_read_u32(&reader);
        contents->rekeys_child = !reader.failed;
    } else if (ikl_notify_is_error(notify.type)) {
        contents->error = notify.type;
    }
}

static void read_sa(struct contents *contents, struct ikl_octets body, bool response)
{
    struct ikl_proposals proposals = ikl_proposals(body, response ? IKL_SA_ACCEPTED : IKL_SA_OFFER);
    struct ikl_proposal proposal;
    struct ikl_reader reader;

    if (ikl_proposals_next(&proposals, &proposal) != IKL_OK) {
        return;
    }
    reader = ikl_reader(proposal.spi.data, proposal.spi.len);
    contents->protocol = proposal.protocol;
    contents->spi = proposal.spi.len == 8 ? ikl_read_u64(&reader) : ikl_read_u32(&reader);
}

static void read_delete(struct contents *contents, struct ikl_octets body)
{
    struct ikl_delete payload;

    if (ikl_delete_read(&payload, body) == IKL_OK && payload.protocol == IKL_PROTOCOL_ESP && payload.n_spis != 0) {
        contents->deletes_child = true;
        contents->deleted = ikl_delete_spi(&payload, 0);
    }
}

struct contents contents_read(uint8_t first_payload, struct ikl_octets plaintext, bool response)
{
    struct ikl_chain chain = ikl_chain(first_payload, plaintext);
    struct contents contents = {.has_number = false};
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_VENDOR_ID) {
            read_number(&contents, payload.body);
        } else if (payload.type == IKL_PAYLOAD_NOTIFY) {
            read_notify(&contents, payload.body);
        } else if (payload.type == IKL_PAYLOAD_DELETE) {
            read_delete(&contents, payload.body);
        } else if (payload.type == IKL_PAYLOAD_SA) {
            read_sa(&contents, payload.body, response);
        } else if (payload.type == IKL_PAYLOAD_NONCE && payload.body.len == CONTENTS_NONCE_LEN) {
            memcpy(contents.nonce, payload.body.data, CONTENTS_NONCE_LEN);
            contents.has_nonce = true;
        }
    }
    return contents;
}
