/* SPDX-License-Identifier: ISC */
/* Reads messages down to the last attribute and writes what was read again. See rewrite.h. */
#include "rewrite.h"

#include <ikelive/payloads.h>

enum { MAX_SELECTORS = 255, MAX_CFG_ATTRIBUTES = IKL_MAX_BODY / 4 };

/* A walk ends well with IKL_ERR_END. */
static int ended(int status)
{
    return status == IKL_ERR_END ? IKL_OK : status;
}

static int rewrite_transform(struct ikl_proposals_writer *out, const struct ikl_transform *transform)
{
    struct ikl_attributes attributes = ikl_attributes(transform);
    struct ikl_attribute attribute;
    int status = ikl_write_transform(out, transform->type, transform->id, 0);

    while (status == IKL_OK && (status = ikl_attributes_next(&attributes, &attribute)) == IKL_OK) {
        status = ikl_write_attribute(out, &attribute);
    }
    return ended(status);
}

static int rewrite_proposal(struct ikl_proposals_writer *out, const struct ikl_proposal *proposal)
{
    struct ikl_transforms transforms = ikl_transforms(proposal);
    struct ikl_transform transform;
    int status = ikl_write_proposal(out, proposal->protocol, proposal->spi);

    while (status == IKL_OK && (status = ikl_transforms_next(&transforms, &transform)) == IKL_OK) {
        status = rewrite_transform(out, &transform);
    }
    return ended(status);
}

static int rewrite_proposals(struct ikl_writer *writer, struct ikl_octets body, bool response)
{
    struct ikl_proposals proposals = ikl_proposals(body, response ? IKL_SA_ACCEPTED : IKL_SA_OFFER);
    struct ikl_proposals_writer out = ikl_offer_writer(writer);
    struct ikl_proposal proposal;
    int status;

    while ((status = ikl_proposals_next(&proposals, &proposal)) == IKL_OK) {
        if (response) {
            out = ikl_accepted_writer(writer, proposal.number);
        }
        status = rewrite_proposal(&out, &proposal);
        if (status != IKL_OK) {
            return status;
        }
    }
    return ended(status);
}

static int rewrite_selectors(struct ikl_writer *writer, struct ikl_octets body, bool response)
{
    struct ikl_selectors selectors = ikl_selectors(body);
    struct ikl_selector read[MAX_SELECTORS];
    size_t n = 0;
    int status;

    (void)response;
    while (n < MAX_SELECTORS && (status = ikl_selectors_next(&selectors, &read[n])) == IKL_OK) {
        n++;
    }
    status = ended(ikl_selectors_next(&selectors, &read[0]));
    return status == IKL_OK ? ikl_selectors_write(writer, read, n) : status;
}

static int rewrite_cfg(struct ikl_writer *writer, struct ikl_octets body, bool response)
{
    static struct ikl_cfg_attribute read[MAX_CFG_ATTRIBUTES];
    struct ikl_cfg_attributes attributes;
    struct ikl_cfg cfg;
    size_t n = 0;
    int status = ikl_cfg_read(&cfg, body);

    (void)response;
    if (status != IKL_OK) {
        return status;
    }
    attributes = ikl_cfg_attributes(&cfg);
    while ((status = ikl_cfg_attributes_next(&attributes, &read[n])) == IKL_OK) {
        n++;
    }
    return status == IKL_ERR_END ? ikl_cfg_write(writer, cfg.type, read, n) : status;
}

/* Defines rewrite_NAME for payloads that are read into one struct. */
#define REWRITE(name, value_type, read, write)                                                                         \
    static int rewrite_##name(struct ikl_writer *writer, struct ikl_octets body, bool response)                        \
    {                                                                                                                  \
        value_type value;                                                                                              \
        int status = read(&value, body);                                                                               \
                                                                                                                       \
        (void)response;                                                                                                \
        return status == IKL_OK ? write : status;                                                                      \
    }

REWRITE(ke, struct ikl_ke, ikl_ke_read, ikl_ke_write(writer, &value))
REWRITE(id, struct ikl_id, ikl_id_read, ikl_id_write(writer, &value))
REWRITE(cert, struct ikl_cert, ikl_cert_read, ikl_cert_write(writer, &value))
REWRITE(certreq, struct ikl_certreq, ikl_certreq_read, ikl_certreq_write(writer, &value))
REWRITE(auth, struct ikl_auth, ikl_auth_read, ikl_auth_write(writer, &value))
REWRITE(nonce, struct ikl_octets, ikl_nonce_read, ikl_nonce_write(writer, value))
REWRITE(notify, struct ikl_notify, ikl_notify_read, ikl_notify_write(writer, &value))
REWRITE(delete, struct ikl_delete, ikl_delete_read, ikl_delete_write(writer, &value))
REWRITE(eap, struct ikl_eap, ikl_eap_read, ikl_eap_write(writer, &value))

static int (*const rewriters[UINT8_MAX + 1])(struct ikl_writer *, struct ikl_octets, bool) = {
    [IKL_PAYLOAD_SA] = rewrite_proposals,  [IKL_PAYLOAD_KE] = rewrite_ke,
    [IKL_PAYLOAD_IDI] = rewrite_id,        [IKL_PAYLOAD_IDR] = rewrite_id,
    [IKL_PAYLOAD_CERT] = rewrite_cert,     [IKL_PAYLOAD_CERTREQ] = rewrite_certreq,
    [IKL_PAYLOAD_AUTH] = rewrite_auth,     [IKL_PAYLOAD_NONCE] = rewrite_nonce,
    [IKL_PAYLOAD_NOTIFY] = rewrite_notify, [IKL_PAYLOAD_DELETE] = rewrite_delete,
    [IKL_PAYLOAD_TSI] = rewrite_selectors, [IKL_PAYLOAD_TSR] = rewrite_selectors,
    [IKL_PAYLOAD_CP] = rewrite_cfg,        [IKL_PAYLOAD_EAP] = rewrite_eap,
};

int rewrite_body(struct ikl_writer *writer, const struct ikl_payload *payload, bool response)
{
    if (rewriters[payload->type] == NULL) {
        ikl_write_octets(writer, payload->body.data, payload->body.len);
        return writer->failed ? IKL_ERR_NO_BUFFER : IKL_OK;
    }
    return rewriters[payload->type](writer, payload->body, response);
}

int rewrite_chain(struct ikl_writer *writer, uint8_t *first, struct ikl_octets octets, bool response)
{
    struct ikl_chain chain = ikl_chain(*first, octets);
    struct ikl_chain_writer out = ikl_chain_writer(writer);
    struct ikl_payload payload;
    int status;

    while ((status = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        status = ikl_payload_begin(&out, payload.type, payload.critical);
        status = status == IKL_OK ? rewrite_body(writer, &payload, response) : status;
        status = status == IKL_OK ? ikl_payload_end(&out) : status;
        if (status != IKL_OK) {
            return status;
        }
    }
    *first = out.first;
    return ended(status);
}

int rewrite_message(struct ikl_writer *writer, const uint8_t *datagram, size_t len)
{
    size_t start = writer->len;
    struct ikl_header header;
    int status = ikl_header_read(&header, datagram, len);

    if (status != IKL_OK) {
        return status;
    }
    ikl_header_write(writer, &header);
    status = rewrite_chain(writer, &header.next_payload,
                           (struct ikl_octets){datagram + IKL_HEADER_LEN, len - IKL_HEADER_LEN},
                           (header.flags & IKL_FLAG_RESPONSE) != 0);
    ikl_header_patch(writer, start, header.next_payload);
    return status;
}
