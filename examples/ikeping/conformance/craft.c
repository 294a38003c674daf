/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: messages that the tester makes. */
#include "craft.h"

#include <sodium.h>
#include <string.h>

static const struct ikl_octets nothing = {NULL, 0};

static uint8_t initiator_flag(const struct tester_sa *sa)
{
    return sa->initiator ? IKL_FLAG_INITIATOR : 0;
}

static struct ikl_header header_of(const struct tester_sa *sa, const struct draft *draft)
{
    return (struct ikl_header){
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
        .exchange_type = draft->exchange_type,
        .flags = (uint8_t)(initiator_flag(sa) | (draft->response ? IKL_FLAG_RESPONSE : 0)),
        .message_id = draft->message_id,
    };
}

/* Appends the payloads, and gives the type of the first. */
static int write_payloads(const struct draft *draft, struct ikl_writer *writer, uint8_t *first)
{
    const struct payload_list *list = draft->list;

    if (list == NULL) {
        *first = draft->first;
        ikl_write_octets(writer, draft->chain.data, draft->chain.len);
        return writer->failed ? IKL_ERR_NO_BUFFER : IKL_OK;
    }
    *first = ikl_chain_first(list->payloads, list->n);
    return list->error != IKL_OK ? list->error : ikl_chain_write(writer, list->payloads, list->n);
}

static bool finish(struct tester *tester, int error)
{
    return error == IKL_OK || tester_give_up(tester, ikl_error_name(error));
}

/* A counter will do where the cipher takes one; others must not be guessed. */
static void make_iv(struct tester_sa *sa, uint8_t iv[IKL_MAX_IV])
{
    struct ikl_writer writer = ikl_writer(iv, IKL_MAX_IV);

    if (sa->cipher->counter_iv) {
        ikl_write_zeros(&writer, sa->cipher->iv_len - sizeof(sa->iv));
        ikl_write_u64(&writer, ++sa->iv);
    } else {
        randombytes_buf(iv, IKL_MAX_IV);
    }
}

bool tester_seal(struct tester *tester, const struct draft *draft, struct datagram *out)
{
    struct tester_sa *sa = tester->sa;
    struct ikl_sealing sealing = {
        .header = header_of(sa, draft),
        .padding = draft->padding,
        .padding_len = draft->padding_len,
        .fragment_number = draft->fragment_number,
        .fragment_total = draft->fragment_total,
    };
    uint8_t iv[IKL_MAX_IV], plaintext[TESTER_DATAGRAM_SIZE];
    struct ikl_writer writer = ikl_writer(plaintext, sizeof(plaintext));
    int error = write_payloads(draft, &writer, &sealing.first_payload);

    make_iv(sa, iv);
    sealing.iv = iv;
    sealing.plaintext = (struct ikl_octets){plaintext, writer.len};
    if (error == IKL_OK) {
        error = ikl_message_seal(sa->cipher, sa->own, &sealing, out->octets, sizeof(out->octets), &out->len);
    }
    return finish(tester, error);
}

/* Everything up to the text. */
static void write_start(struct tester_sa *sa, const struct parts *parts, size_t sk_len, struct ikl_writer *writer)
{
    uint8_t iv[IKL_MAX_IV];

    ikl_write_u64(writer, sa->spi_i);
    ikl_write_u64(writer, sa->spi_r);
    ikl_write_u8(writer, IKL_PAYLOAD_SK);
    ikl_write_u8(writer, parts->version);
    ikl_write_u8(writer, parts->exchange_type);
    ikl_write_u8(writer, parts->flags | initiator_flag(sa));
    ikl_write_u32(writer, parts->message_id);
    ikl_write_u32(writer, (uint32_t)(IKL_HEADER_LEN + sk_len));
    ikl_write_u8(writer, parts->first);
    ikl_write_u8(writer, parts->reserved);
    ikl_write_u16(writer, (uint16_t)sk_len);
    make_iv(sa, iv);
    ikl_write_octets(writer, iv, sa->cipher->iv_len);
}

bool tester_seal_parts(struct tester *tester, const struct parts *parts, struct datagram *out)
{
    const struct ikl_cipher *cipher = tester->sa->cipher;
    size_t aad_len = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN;
    struct ikl_writer writer = ikl_writer(out->octets, sizeof(out->octets));

    write_start(tester->sa, parts, IKL_PAYLOAD_HEADER_LEN + cipher->iv_len + parts->text.len + cipher->icv_len,
                &writer);
    ikl_write_octets(&writer, parts->text.data, parts->text.len);
    ikl_write_zeros(&writer, cipher->icv_len);
    out->len = writer.len;
    return finish(tester, writer.failed ? IKL_ERR_NO_BUFFER
                                        : cipher->seal(tester->sa->own, out->octets, aad_len, parts->text.len));
}

bool tester_write_plain(struct tester *tester, const struct draft *draft, struct datagram *out)
{
    struct ikl_header header = header_of(tester->sa, draft);
    struct ikl_writer writer = ikl_writer(out->octets, sizeof(out->octets));
    uint8_t first = IKL_PAYLOAD_NONE;
    int error;

    ikl_header_write(&writer, &header);
    error = write_payloads(draft, &writer, &first);
    ikl_header_patch(&writer, 0, first);
    out->len = writer.len;
    return finish(tester, error);
}

bool tester_next_request(struct tester *tester, uint8_t exchange_type, const struct payload_list *list,
                         struct datagram *out)
{
    const struct draft draft = {
        .exchange_type = exchange_type, .message_id = tester->sa->next_request++, .list = list, .chain = nothing};

    return tester_seal(tester, &draft, out);
}

static void compose_delete(struct payload_list *list, const struct ikl_delete *deleted)
{
    struct ikl_writer *writer;

    payload_list_init(list);
    writer = payload_list_begin(list, IKL_PAYLOAD_DELETE);
    payload_list_end(list, ikl_delete_write(writer, deleted));
}

void tester_compose_delete(struct payload_list *list)
{
    compose_delete(list, &(struct ikl_delete){.protocol = IKL_PROTOCOL_IKE});
}

enum { MOST_SPIS = 4 };

void tester_compose_esp_delete(const uint32_t *spis, size_t n, struct payload_list *list)
{
    uint8_t octets[MOST_SPIS * sizeof(*spis)];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    for (size_t i = 0; i < n; i++) {
        ikl_write_u32(&writer, spis[i]);
    }
    compose_delete(list, &(struct ikl_delete){.protocol = IKL_PROTOCOL_ESP,
                                              .spi_size = sizeof(*spis),
                                              .n_spis = (uint16_t)n,
                                              .spis = {octets, writer.len}});
}

void tester_compose_child_delete(struct tester *tester, struct payload_list *list)
{
    tester_compose_esp_delete(&tester->sa->child.own_spi, 1, list);
}

void tester_make_nonce(const struct tester *tester, uint8_t *nonce)
{
    enum { ALIKE = 8 }; /* octets: no other nonce begins with them */

    randombytes_buf(nonce, HANDSHAKE_NONCE_LEN);
    if (tester->nonces != TESTER_NONCES_RANDOM) {
        memset(nonce, tester->nonces == TESTER_NONCES_LOWEST ? 0 : 0xff, ALIKE);
    }
}

struct child_offer tester_new_offer(const struct tester *tester)
{
    const struct settings *settings = tester->settings;
    const struct ikl_path *path = &tester->sa->path;
    struct child_offer offer = {
        .made = true,
        .transport = settings->child == CHILD_TRANSPORT,
        .ours = settings->ours.n != 0 ? settings->ours : selectors_of(&path->local),
        .theirs = settings->theirs.n != 0 ? settings->theirs : selectors_of(&path->remote),
    };

    if (tester->sa->has_child) {
        offer.ours = tester->sa->child.ours;
        offer.theirs = tester->sa->child.theirs;
    }
    randombytes_buf(&offer.spi, sizeof(offer.spi));
    offer.spi |= 1u << 31; /* those below 256 are reserved */
    return offer;
}

void tester_compose_child_offer(struct tester *tester, const uint32_t *replaced, struct child_offer *offer,
                                struct payload_list *list)
{
    uint8_t nonce[HANDSHAKE_NONCE_LEN];

    *offer = tester_new_offer(tester);
    tester_make_nonce(tester, nonce);
    payload_list_init(list);
    if (replaced != NULL) {
        child_add_rekeyed(list, *replaced);
    }
    child_add_offer(offer, list);
    init_message_add_nonce(list, (struct ikl_octets){nonce, sizeof(nonce)});
}

void craft_add_unknown(struct payload_list *list, bool critical)
{
    static const uint8_t body[] = {1, 2, 3, 4};
    struct ikl_writer *writer = payload_list_begin(list, CRAFT_UNKNOWN_TYPE);

    ikl_write_octets(writer, body, sizeof(body));
    payload_list_end(list, IKL_OK);
    list->payloads[list->n - 1].critical = critical;
}

void tester_compose_child(struct tester *tester, struct payload_list *list)
{
    struct child_offer offer;

    tester_compose_child_offer(tester, NULL, &offer, list);
}
