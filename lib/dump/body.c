/* SPDX-License-Identifier: ISC */
/* ikelive dump: the text of what is inside a payload. */
#include "dump/body.h"

#include "ip_text.h"

#include <ikelive/payloads.h>
#include <ikelive/registry.h>

static void end_line(const struct ikl_dumping *dumping)
{
    ikl_text_add(dumping->text, "\n");
}

/* Ends the line and says that the whole body is wrong. */
static void fail(const struct ikl_dumping *dumping, int error, struct ikl_octets body)
{
    end_line(dumping);
    ikl_dump_error(dumping, 1, error, body.data);
}

/* Appends ", 2 transforms" and the like; ends the line. */
static void add_count(const struct ikl_dumping *dumping, const char *before, unsigned n, const char *what)
{
    ikl_text_add(dumping->text, "%s%u %s%s\n", before, n, what, n == 1 ? "" : "s");
}

/* Appends the type in a payload's fixed part and the length of the rest; ends the line. */
static void add_kind(const struct ikl_dumping *dumping, const char *name, unsigned number, size_t len)
{
    ikl_text_add(dumping->text, ": ");
    ikl_dump_name(dumping, name, number);
    ikl_text_add(dumping->text, ", %zu octets\n", len);
}

/* A line with a string, when contents are to be shown. */
static void dump_text(const struct ikl_dumping *dumping, unsigned level, struct ikl_octets octets)
{
    if (dumping->contents) {
        ikl_dump_indent(dumping, level);
        ikl_text_add(dumping->text, "text: ");
        ikl_text_add_escaped(dumping->text, octets.data, octets.len);
        end_line(dumping);
    }
}

/* A line with an SPI, when contents are to be shown and there is one. */
static void dump_spi(const struct ikl_dumping *dumping, unsigned level, struct ikl_octets spi)
{
    if (dumping->contents && spi.len > 0) {
        ikl_dump_indent(dumping, level);
        ikl_text_add(dumping->text, "SPI ");
        ikl_text_add_hex(dumping->text, spi.data, spi.len);
        end_line(dumping);
    }
}

static void dump_attributes(const struct ikl_dumping *dumping, const struct ikl_transform *transform)
{
    struct ikl_attributes attributes = ikl_attributes(transform);
    struct ikl_attribute attribute;

    while (ikl_attributes_next(&attributes, &attribute) == IKL_OK) {
        if (attribute.type == IKL_ATTRIBUTE_KEY_LENGTH && attribute.value != 0) {
            continue; /* shown in the transform's line */
        }
        ikl_dump_indent(dumping, 3);
        ikl_text_add(dumping->text, "attribute %u, %zu octets\n", attribute.type,
                     attribute.fixed ? sizeof(attribute.value) : attribute.data.len);
        if (dumping->contents && attribute.fixed) {
            ikl_dump_indent(dumping, 4);
            ikl_text_add(dumping->text, "value %u\n", attribute.value);
        }
        ikl_dump_hex(dumping, 4, attribute.data);
    }
}

static void dump_transforms(const struct ikl_dumping *dumping, const struct ikl_proposal *proposal)
{
    struct ikl_transforms transforms = ikl_transforms(proposal);
    struct ikl_transform transform;
    const uint8_t *at = transforms.reader.at;
    int status;

    while ((status = ikl_transforms_next(&transforms, &transform)) == IKL_OK) {
        ikl_dump_indent(dumping, 2);
        ikl_dump_name(dumping, ikl_transform_type_name(transform.type), transform.type);
        ikl_text_add(dumping->text, " ");
        ikl_dump_name(dumping, ikl_transform_name(transform.type, transform.id), transform.id);
        if (transform.key_bits != 0) {
            ikl_text_add(dumping->text, ", key of %u bits", transform.key_bits);
        }
        end_line(dumping);
        dump_attributes(dumping, &transform);
        at = transforms.reader.at;
    }
    if (status != IKL_ERR_END) {
        ikl_dump_error(dumping, 2, status, at);
    }
}

static void dump_proposals(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_proposals proposals = ikl_proposals(body, dumping->response ? IKL_SA_ACCEPTED : IKL_SA_OFFER);
    struct ikl_proposal proposal;
    const uint8_t *at = proposals.reader.at;
    int status;

    end_line(dumping);
    while ((status = ikl_proposals_next(&proposals, &proposal)) == IKL_OK) {
        ikl_dump_indent(dumping, 1);
        ikl_text_add(dumping->text, "proposal %u: ", proposal.number);
        ikl_dump_name(dumping, ikl_protocol_name(proposal.protocol), proposal.protocol);
        ikl_text_add(dumping->text, ", SPI of %zu octets", proposal.spi.len);
        add_count(dumping, ", ", proposal.n_transforms, "transform");
        dump_spi(dumping, 2, proposal.spi);
        dump_transforms(dumping, &proposal);
        at = proposals.reader.at;
    }
    if (status != IKL_ERR_END) {
        ikl_dump_error(dumping, 1, status, at);
    }
}

static void dump_ke(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_ke ke;
    int result = ikl_ke_read(&ke, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    add_kind(dumping, ikl_transform_name(IKL_TRANSFORM_KE, ke.method), ke.method, ke.data.len);
    ikl_dump_hex(dumping, 1, ke.data);
}

static void dump_identity(const struct ikl_dumping *dumping, const struct ikl_id *id)
{
    switch (id->type) {
    case IKL_ID_FQDN:
    case IKL_ID_RFC822_ADDR:
    case IKL_ID_KEY_ID:
        dump_text(dumping, 1, id->data);
        break;
    case IKL_ID_IPV4_ADDR:
    case IKL_ID_IPV6_ADDR:
        if (dumping->contents) {
            ikl_dump_indent(dumping, 1);
            ikl_text_add_ip(dumping->text, id->data.data, id->data.len);
            end_line(dumping);
        }
        break;
    default:
        ikl_dump_hex(dumping, 1, id->data);
    }
}

static void dump_id(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_id id;
    int result = ikl_id_read(&id, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    add_kind(dumping, ikl_id_name(id.type), id.type, id.data.len);
    dump_identity(dumping, &id);
}

static void dump_cert(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_cert cert;
    int result = ikl_cert_read(&cert, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    add_kind(dumping, ikl_cert_name(cert.encoding), cert.encoding, cert.data.len);
    ikl_dump_hex(dumping, 1, cert.data);
}

static void dump_auth(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_auth auth;
    int result = ikl_auth_read(&auth, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    add_kind(dumping, ikl_auth_name(auth.method), auth.method, auth.data.len);
    ikl_dump_hex(dumping, 1, auth.data);
}

static void dump_nonce(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_octets nonce;
    int result = ikl_nonce_read(&nonce, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    end_line(dumping);
    ikl_dump_hex(dumping, 1, nonce);
}

/* Lines with the numbers of a notification about counters. False when it is none, or a wrong one. */
static bool dump_sync(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_message_id_sync ids;
    struct ikl_replay_sync replay;

    if (ikl_message_id_sync_read(&ids, body) == IKL_OK) {
        ikl_dump_indent(dumping, 1);
        ikl_text_add(dumping->text, "nonce %08x, next request %u, expects %u\n", (unsigned)ids.nonce,
                     (unsigned)ids.send, (unsigned)ids.receive);
        return true;
    }
    if (ikl_replay_sync_read(&replay, body) == IKL_OK) {
        ikl_dump_indent(dumping, 1);
        ikl_text_add(dumping->text, "delta %llu\n", (unsigned long long)replay.delta);
        return true;
    }
    return false;
}

static void dump_data(const struct ikl_dumping *dumping, const struct ikl_notify *notify, struct ikl_octets body)
{
    if (notify->type == IKL_NOTIFY_QUICK_CRASH_DETECTION) { /* whoever knows the token can end the IKE SA */
        return;
    }
    if (!dumping->contents || !dump_sync(dumping, body)) {
        ikl_dump_hex(dumping, 1, notify->data);
    }
}

static void dump_notify(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_notify notify;
    int result = ikl_notify_read(&notify, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    add_kind(dumping, ikl_notify_name(notify.type), notify.type, notify.data.len);
    if (notify.spi.len > 0) {
        ikl_dump_indent(dumping, 1);
        ikl_text_add(dumping->text, "about ");
        ikl_dump_name(dumping, ikl_protocol_name(notify.protocol), notify.protocol);
        ikl_text_add(dumping->text, ", SPI of %zu octets\n", notify.spi.len);
    }
    dump_spi(dumping, 1, notify.spi);
    dump_data(dumping, &notify, body);
}

static void dump_delete(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_delete payload;
    int result = ikl_delete_read(&payload, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    ikl_text_add(dumping->text, ": ");
    ikl_dump_name(dumping, ikl_protocol_name(payload.protocol), payload.protocol);
    add_count(dumping, ", ", payload.n_spis, "SPI");
    for (size_t i = 0; i < payload.n_spis; i++) {
        dump_spi(dumping, 1, (struct ikl_octets){payload.spis.data + i * payload.spi_size, payload.spi_size});
    }
}

static void dump_vendor_id(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    end_line(dumping);
    dump_text(dumping, 1, body);
}

static void dump_range(const struct ikl_dumping *dumping, const struct ikl_selector *selector)
{
    struct ikl_text *text = dumping->text;

    if (!dumping->contents) {
        return;
    }
    ikl_dump_indent(dumping, 2);
    ikl_text_add(text, "protocol %u, ports %u to %u, ", selector->protocol, selector->start_port, selector->end_port);
    ikl_text_add_ip(text, selector->start.data, selector->start.len);
    ikl_text_add(text, " to ");
    ikl_text_add_ip(text, selector->end.data, selector->end.len);
    end_line(dumping);
}

static void dump_selectors(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_selectors selectors = ikl_selectors(body);
    struct ikl_selector selector;
    const uint8_t *at = selectors.status == IKL_OK ? selectors.reader.at : body.data;
    int status;

    add_count(dumping, ": ", selectors.left, "selector");
    while ((status = ikl_selectors_next(&selectors, &selector)) == IKL_OK) {
        ikl_dump_indent(dumping, 1);
        ikl_dump_name(dumping, ikl_ts_name(selector.type), selector.type);
        if (ikl_selector_is_range(&selector)) {
            end_line(dumping);
            dump_range(dumping, &selector);
        } else {
            ikl_text_add(dumping->text, ", %zu octets\n", selector.other.len);
            ikl_dump_hex(dumping, 2, selector.other);
        }
        at = selectors.reader.at;
    }
    if (status != IKL_ERR_END) {
        ikl_dump_error(dumping, 1, status, at);
    }
}

static void dump_cfg_value(const struct ikl_dumping *dumping, const struct ikl_cfg_attribute *attribute)
{
    switch (attribute->type) {
    case IKL_CFG_APPLICATION_VERSION:
    case IKL_CFG_INTERNAL_DNS_DOMAIN:
        dump_text(dumping, 2, attribute->value);
        break;
    default:
        ikl_dump_hex(dumping, 2, attribute->value);
    }
}

static void dump_cfg(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_cfg_attributes attributes;
    struct ikl_cfg_attribute attribute;
    const uint8_t *at;
    struct ikl_cfg cfg;
    int status = ikl_cfg_read(&cfg, body);

    if (status != IKL_OK) {
        fail(dumping, status, body);
        return;
    }
    attributes = ikl_cfg_attributes(&cfg);
    at = attributes.reader.at;
    add_kind(dumping, ikl_cfg_name(cfg.type), cfg.type, cfg.attributes.len);
    while ((status = ikl_cfg_attributes_next(&attributes, &attribute)) == IKL_OK) {
        ikl_dump_indent(dumping, 1);
        ikl_dump_name(dumping, ikl_cfg_attribute_name(attribute.type), attribute.type);
        ikl_text_add(dumping->text, ", %zu octets\n", attribute.value.len);
        dump_cfg_value(dumping, &attribute);
        at = attributes.reader.at;
    }
    if (status != IKL_ERR_END) {
        ikl_dump_error(dumping, 1, status, at);
    }
}

static void dump_eap(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_eap eap;
    int result = ikl_eap_read(&eap, body);

    if (result != IKL_OK) {
        fail(dumping, result, body);
        return;
    }
    ikl_text_add(dumping->text, ": ");
    ikl_dump_name(dumping, ikl_eap_name(eap.code), eap.code);
    if (eap.code == IKL_EAP_REQUEST || eap.code == IKL_EAP_RESPONSE) {
        ikl_text_add(dumping->text, " of type %u, %zu octets", eap.type, eap.data.len);
    }
    end_line(dumping);
    if (dumping->contents) {
        ikl_dump_indent(dumping, 1);
        ikl_text_add(dumping->text, "identifier %u\n", eap.identifier);
    }
    ikl_dump_hex(dumping, 1, eap.data);
}

static void dump_fragment(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    struct ikl_reader reader = ikl_reader(body.data, body.len);
    unsigned number = ikl_read_u16(&reader);
    unsigned total = ikl_read_u16(&reader);

    if (reader.failed) {
        fail(dumping, IKL_ERR_TRUNCATED, body);
        return;
    }
    ikl_text_add(dumping->text, ": fragment %u of %u\n", number, total);
}

static void dump_sealed(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    (void)body;
    end_line(dumping);
}

/* Shows the octets of a payload whose type is not listed here. */
static void dump_unknown(const struct ikl_dumping *dumping, struct ikl_octets body)
{
    end_line(dumping);
    ikl_dump_hex(dumping, 1, body);
}

static void (*const dumps[])(const struct ikl_dumping *dumping, struct ikl_octets body) = {
    [IKL_PAYLOAD_SA] = dump_proposals,
    [IKL_PAYLOAD_KE] = dump_ke,
    [IKL_PAYLOAD_IDI] = dump_id,
    [IKL_PAYLOAD_IDR] = dump_id,
    [IKL_PAYLOAD_CERT] = dump_cert,
    [IKL_PAYLOAD_CERTREQ] = dump_cert,
    [IKL_PAYLOAD_AUTH] = dump_auth,
    [IKL_PAYLOAD_NONCE] = dump_nonce,
    [IKL_PAYLOAD_NOTIFY] = dump_notify,
    [IKL_PAYLOAD_DELETE] = dump_delete,
    [IKL_PAYLOAD_VENDOR_ID] = dump_vendor_id,
    [IKL_PAYLOAD_TSI] = dump_selectors,
    [IKL_PAYLOAD_TSR] = dump_selectors,
    [IKL_PAYLOAD_SK] = dump_sealed,
    [IKL_PAYLOAD_CP] = dump_cfg,
    [IKL_PAYLOAD_EAP] = dump_eap,
    [IKL_PAYLOAD_SKF] = dump_fragment,
};

void ikl_dump_body(const struct ikl_dumping *dumping, const struct ikl_payload *payload)
{
    if (payload->type >= sizeof(dumps) / sizeof(dumps[0]) || dumps[payload->type] == NULL) {
        dump_unknown(dumping, payload->body);
    } else {
        dumps[payload->type](dumping, payload->body);
    }
}
