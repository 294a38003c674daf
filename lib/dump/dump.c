/* SPDX-License-Identifier: ISC */
/* ikelive dump: the text of a message, except for the contents of its payloads. */
#include <ikelive/dump.h>

#include "dump/body.h"
#include "message/header.h"
#include "sized.h"

#include <ikelive/crypto.h>
#include <ikelive/registry.h>

#include <inttypes.h>

/* The offsets of the fields that ikl_header_read can refuse. */
enum { SPI_I_AT = 0, VERSION_AT = 17, LENGTH_AT = 24 };

enum { FLAGS_KNOWN = IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE };

static void dump_payload(const struct ikl_dumping *dumping, const struct ikl_payload *payload)
{
    ikl_dump_indent(dumping, 0);
    ikl_dump_name(dumping, ikl_payload_name(payload->type), payload->type);
    ikl_text_add(dumping->text, ", %zu octets%s", IKL_PAYLOAD_HEADER_LEN + payload->body.len,
                 payload->critical ? ", critical" : "");
    ikl_dump_body(dumping, payload);
}

/* Shows the payloads inside an opened SK payload, or the part of them in one fragment. */
static void dump_opened(const struct ikl_dumping *outer, const struct ikl_opened *opened)
{
    struct ikl_dumping dumping = *outer;
    struct ikl_chain chain = ikl_chain(opened->first_payload, opened->plaintext);
    struct ikl_payload payload;
    const uint8_t *at = chain.reader.at;
    int status;

    dumping.base = opened->plaintext.data;
    dumping.name = "plaintext";
    dumping.indent++;
    if (opened->fragment_total > 1) {
        ikl_dump_indent(&dumping, 0);
        ikl_text_add(dumping.text, "part of the payloads inside, %zu octets\n", opened->plaintext.len);
        ikl_dump_hex(&dumping, 1, opened->plaintext);
        return;
    }
    while ((status = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        dump_payload(&dumping, &payload);
        if (payload.type == IKL_PAYLOAD_SK || payload.type == IKL_PAYLOAD_SKF) {
            ikl_dump_error(&dumping, 1, IKL_ERR_MALFORMED, at);
        }
        at = chain.reader.at;
    }
    if (status != IKL_ERR_END) {
        ikl_dump_error(&dumping, 0, status, at);
    }
}

/* Opens the SK or SKF payload that begins at `at`. */
static void dump_protected(const struct ikl_dumping *dumping, const struct ikl_dump *options, size_t len,
                           const uint8_t *at)
{
    struct ikl_opened opened;
    int result;

    if (options->cipher == NULL) {
        return;
    }
    result = ikl_message_open(options->cipher, options->state, dumping->base, len, options->plaintext,
                              options->plaintext_size, &opened);
    if (result == IKL_OK) {
        dump_opened(dumping, &opened);
        ikl_wipe(options->plaintext, opened.plaintext.len + opened.padding.len + 1);
    } else {
        ikl_dump_error(dumping, 1, result, at);
    }
}

static void dump_payloads(const struct ikl_dumping *dumping, const struct ikl_dump *options, uint8_t first, size_t len)
{
    struct ikl_chain chain =
        ikl_chain(first, (struct ikl_octets){dumping->base + IKL_HEADER_LEN, len - IKL_HEADER_LEN});
    struct ikl_payload payload;
    const uint8_t *at = chain.reader.at;
    int status;

    while ((status = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        dump_payload(dumping, &payload);
        if (payload.type == IKL_PAYLOAD_SK || payload.type == IKL_PAYLOAD_SKF) {
            ikl_dump_indent(dumping, 1);
            ikl_text_add(dumping->text, "first inside ");
            ikl_dump_name(dumping, ikl_payload_name(ikl_chain_inner(&chain)), ikl_chain_inner(&chain));
            ikl_text_add(dumping->text, "\n");
            dump_protected(dumping, options, len, at);
        }
        at = chain.reader.at;
    }
    if (status != IKL_ERR_END) {
        ikl_dump_error(dumping, 0, status, at);
    }
}

static void dump_header(const struct ikl_dumping *dumping, const struct ikl_header *header, size_t len)
{
    struct ikl_text *text = dumping->text;

    ikl_dump_name(dumping, ikl_exchange_name(header->exchange_type), header->exchange_type);
    ikl_text_add(text, " %s %" PRIu32 " of the original %s, SPIs %016" PRIx64 " %016" PRIx64 ", %zu octets",
                 dumping->response ? "response" : "request", header->message_id,
                 (header->flags & IKL_FLAG_INITIATOR) != 0 ? "initiator" : "responder", header->spi_i, header->spi_r,
                 len);
    if (header->length != len) {
        ikl_text_add(text, ", Length %" PRIu32, header->length);
    }
    if (header->minor != 0) {
        ikl_text_add(text, ", minor version %u", header->minor);
    }
    if ((header->flags & ~(unsigned)FLAGS_KNOWN) != 0) {
        ikl_text_add(text, ", flags %02x", header->flags);
    }
    ikl_text_add(text, "\n");
}

/* The offset of the field that ikl_header_read refused; a missing field is where the datagram ends. */
static size_t refused_field(int error, size_t len)
{
    switch (error) {
    case IKL_ERR_TRUNCATED:
        return len;
    case IKL_ERR_VERSION:
        return VERSION_AT;
    case IKL_ERR_LENGTH:
        return LENGTH_AT;
    default:
        return SPI_I_AT;
    }
}

static void dump_message(struct ikl_text *text, const uint8_t *datagram, size_t len, const struct ikl_dump *options)
{
    struct ikl_dumping dumping = {
        .text = text, .base = datagram, .name = "message", .indent = 1, .contents = options->contents};
    struct ikl_header header;
    int result = ikl_header_read(&header, datagram, len);
    bool readable = result != IKL_ERR_TRUNCATED && result != IKL_ERR_VERSION;

    if (readable) {
        ikl_header_load(&header, datagram);
        dumping.response = (header.flags & IKL_FLAG_RESPONSE) != 0;
        dump_header(&dumping, &header, len);
    } else if (result == IKL_ERR_VERSION) {
        ikl_text_add(text, "message of version %u.%u, %zu octets\n", datagram[VERSION_AT] >> 4,
                     datagram[VERSION_AT] & 15u, len);
    } else {
        ikl_text_add(text, "no message, %zu octets\n", len);
    }
    if (result != IKL_OK) {
        ikl_dump_error_at(&dumping, 0, result, refused_field(result, len));
    }
    if (readable) {
        dump_payloads(&dumping, options, header.next_payload, len);
    }
}

int ikl_message_dump(const uint8_t *datagram, size_t len, const struct ikl_dump *options, char *text, size_t size)
{
    struct ikl_dump taken = {.size = sizeof(taken)};
    struct ikl_text out = ikl_text(text, size);

    if (options != NULL && !ikl_sized_take(&taken, sizeof(taken), options, IKL_END_OF(struct ikl_dump, contents))) {
        return IKL_ERR_INVALID;
    }
    dump_message(&out, datagram, len, &taken);
    return ikl_text_len(&out);
}
