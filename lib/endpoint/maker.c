/* SPDX-License-Identifier: ISC */
/* ikelive maker: the tokens that an endpoint makes, and to whom it shows them (RFC 6290 §4.5, §5.1, §9.2). */
#include "maker.h"

#include "crypto/check.h"
#include "field.h"
#include "find.h"
#include "limit.h"
#include "message/body.h"
#include "message/header.h"
#include "sized.h"

enum { DEFAULT_PER_SECOND = 100, MOST_PER_SECOND = 1000, MS_PER_SECOND = 1000 };

int ikl_token_prf(const struct ikl_provider *const *providers, size_t n, const struct ikl_prf **out)
{
    for (size_t i = 0; i < n; i++) {
        if (ikl_provider_prf(providers[i], IKL_PRF_HMAC_SHA2_256, out) == IKL_OK) {
            return (*out)->len == IKL_TOKEN_LEN ? IKL_OK : IKL_ERR_INVALID;
        }
    }
    return IKL_ERR_UNSUPPORTED;
}

static bool are_secrets(const struct ikl_octets *secrets, size_t n)
{
    if (secrets == NULL || n == 0 || n > IKL_MAX_SECRETS) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (secrets[i].data == NULL || secrets[i].len < IKL_MIN_SECRET) {
            return false;
        }
    }
    return true;
}

const char *ikl_token_maker_error(const struct ikl_token_maker *given)
{
    struct ikl_token_maker maker;

    if (!ikl_sized_take(&maker, sizeof(maker), given, IKL_END_OF(struct ikl_token_maker, n_secrets))) {
        return IKL_FIELD("size");
    }
    return !are_secrets(maker.secrets, maker.n_secrets) ? IKL_FIELD("secrets")
           : maker.answers_per_second > MOST_PER_SECOND ? IKL_FIELD("answers_per_second")
                                                        : NULL;
}

int ikl_maker_check(const struct ikl_token_maker *maker, const struct ikl_provider *const *providers, size_t n)
{
    const struct ikl_prf *prf;

    if (maker == NULL) {
        return IKL_OK;
    }
    return ikl_token_maker_error(maker) == NULL ? ikl_token_prf(providers, n, &prf) : IKL_ERR_INVALID;
}

void ikl_maker_take(struct ikl_maker *maker, const struct ikl_token_maker *given)
{
    struct ikl_token_maker taken;

    maker->n_secrets = 0;
    if (given == NULL) {
        return;
    }
    ikl_sized_copy(&taken, sizeof(taken), given);
    for (; maker->n_secrets < taken.n_secrets; maker->n_secrets++) {
        maker->secrets[maker->n_secrets] = taken.secrets[maker->n_secrets];
    }
    maker->per_second = ikl_or_default(taken.answers_per_second, DEFAULT_PER_SECOND);
    maker->lives_elsewhere = taken.lives_elsewhere;
}

void ikl_maker_sa_left(struct ikl_maker *maker)
{
    maker->sa_left = true;
}

int ikl_endpoint_set_token_maker(struct ikl_endpoint *endpoint, const struct ikl_token_maker *maker)
{
    int result = ikl_maker_check(maker, endpoint->providers, endpoint->n_providers);

    if (result == IKL_OK && ikl_endpoint_in_leaf(endpoint)) {
        result = IKL_ERR_REENTRANT;
    }
    if (result == IKL_OK) {
        ikl_maker_take(&endpoint->maker, maker);
    }
    return result;
}

static int make(const struct ikl_endpoint *endpoint, uint32_t which, uint64_t spi_i, uint64_t spi_r,
                bool original_initiator, uint8_t *out)
{
    const struct ikl_prf *prf;
    int result = ikl_token_prf(endpoint->providers, endpoint->n_providers, &prf);

    return result == IKL_OK ? ikl_token_make(prf, endpoint->maker.secrets[which], spi_i, spi_r, original_initiator, out)
                            : result;
}

int ikl_endpoint_token(const struct ikl_endpoint *endpoint, uint64_t spi_i, uint64_t spi_r, bool original_initiator,
                       uint8_t out[IKL_TOKEN_LEN])
{
    return endpoint->maker.n_secrets != 0 ? make(endpoint, 0, spi_i, spi_r, original_initiator, out) : IKL_ERR_STATE;
}

/* Whether requests of this exchange come only once the peer is authenticated, and so may have our token. */
static bool is_after_authentication(uint8_t exchange_type)
{
    return exchange_type == IKL_CREATE_CHILD_SA || exchange_type == IKL_INFORMATIONAL ||
           exchange_type == IKL_IKE_FOLLOWUP_KE;
}

/* Whether it has an SK payload, or the first of several SKF payloads. */
static bool is_protected(const struct ikl_message *message)
{
    struct ikl_octets datagram = message->datagram;
    struct ikl_octets payloads = {datagram.data + IKL_HEADER_LEN, datagram.len - IKL_HEADER_LEN};
    struct ikl_chain chain = ikl_chain(message->opened.header.next_payload, payloads);
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NONE};

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
    }
    if (chain.status != IKL_ERR_END) {
        return false;
    }
    return payload.type == IKL_PAYLOAD_SK ||
           (payload.type == IKL_PAYLOAD_SKF && payload.body.len >= 2 && ikl_load_u16(payload.body.data) == 1);
}

static bool is_lost_request(const struct ikl_message *message)
{
    const struct ikl_header *header = &message->opened.header;

    return (header->flags & IKL_FLAG_RESPONSE) == 0 && header->spi_i != 0 && header->spi_r != 0 &&
           is_after_authentication(header->exchange_type) && is_protected(message);
}

/* Whether we are the original initiator, if we ever had an IKE SA with both SPIs. Only the Initiator flag says so, and
 * anybody can set that. */
static bool is_initiated(const struct ikl_header *asked)
{
    return (asked->flags & IKL_FLAG_INITIATOR) == 0;
}

static uint64_t own_spi(const struct ikl_header *asked)
{
    return is_initiated(asked) ? asked->spi_i : asked->spi_r;
}

static bool has_prefix(const struct ikl_endpoint *endpoint, uint64_t spi)
{
    unsigned bits = endpoint->spi_prefix_bits;

    return bits == 0 || (spi ^ endpoint->spi_prefix) >> (64 - bits) == 0;
}

/* Whether a tombstone has either SPI: see is_initiated. */
static bool has_tombstone(const struct ikl_endpoint *endpoint, const struct ikl_header *header, ikl_time now)
{
    return ikl_tombstones_has(endpoint->tombstones, header->spi_i, now) ||
           ikl_tombstones_has(endpoint->tombstones, header->spi_r, now);
}

/* Whether an IKE SA with these SPIs may live, here or anywhere else. */
static bool may_live(struct ikl_endpoint *endpoint, const struct ikl_header *header, ikl_time now)
{
    const struct ikl_maker *maker = &endpoint->maker;

    if (ikl_sa_of_spi(endpoint, header->spi_i) != NULL || ikl_sa_of_spi(endpoint, header->spi_r) != NULL ||
        !has_prefix(endpoint, own_spi(header)) || has_tombstone(endpoint, header, now)) {
        return true;
    }
    return maker->lives_elsewhere != NULL ? maker->lives_elsewhere(endpoint->user, header->spi_i, header->spi_r)
                                          : maker->sa_left;
}

enum {
    TOKEN_BODY_LEN = 4 + IKL_TOKEN_LEN,
    TOKEN_PAYLOAD_LEN = IKL_PAYLOAD_HEADER_LEN + TOKEN_BODY_LEN,
    WITHOUT_TOKENS = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + 4, /* a header and INVALID_IKE_SPI */
    GROWTH = 3, /* as often as long as the request may the answer be */
};

_Static_assert(GROWTH *(IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN) >= WITHOUT_TOKENS + TOKEN_PAYLOAD_LEN,
               "there is room for a token in the answer to the shortest request with an SK payload");

/* How many tokens the answer to a request of `len` octets has. */
static uint32_t n_tokens(const struct ikl_maker *maker, size_t len)
{
    size_t room = (GROWTH * len - WITHOUT_TOKENS) / TOKEN_PAYLOAD_LEN;

    return room < maker->n_secrets ? (uint32_t)room : maker->n_secrets;
}

/* The Notify payload with the token of one secret; `last` in the message. */
static int write_token(const struct ikl_endpoint *endpoint, const struct ikl_header *asked, uint32_t which, bool last,
                       struct ikl_writer *writer)
{
    uint8_t token[IKL_TOKEN_LEN];
    int result = make(endpoint, which, asked->spi_i, asked->spi_r, is_initiated(asked), token);

    if (result != IKL_OK) {
        return result;
    }
    ikl_payload_header_write(writer, IKL_PAYLOAD_NOTIFY, false, last ? IKL_PAYLOAD_NONE : IKL_PAYLOAD_NOTIFY,
                             TOKEN_BODY_LEN);
    return ikl_token_write(writer, (struct ikl_octets){token, sizeof(token)});
}

/* The answer of §4.5 with `n` tokens, in the endpoint's message buffer, which has room for it. 0: it cannot be made. */
static size_t write_answer(const struct ikl_endpoint *endpoint, const struct ikl_header *asked, uint32_t n)
{
    static const uint8_t invalid_ike_spi[] = {IKL_PROTOCOL_NONE, 0, 0, IKL_NOTIFY_INVALID_IKE_SPI};
    struct ikl_header header = *asked;
    struct ikl_writer writer = ikl_writer(ikl_endpoint_message(endpoint), endpoint->max_message);

    header.flags = (uint8_t)((is_initiated(asked) ? IKL_FLAG_INITIATOR : 0u) | IKL_FLAG_RESPONSE);
    ikl_header_write(&writer, &header);
    ikl_payload_header_write(&writer, IKL_PAYLOAD_NOTIFY, false, IKL_PAYLOAD_NOTIFY, sizeof(invalid_ike_spi));
    ikl_write_octets(&writer, invalid_ike_spi, sizeof(invalid_ike_spi));
    for (uint32_t i = 0; i < n; i++) {
        if (write_token(endpoint, asked, i, i + 1 == n, &writer) != IKL_OK) {
            return 0;
        }
    }
    ikl_header_patch(&writer, 0, IKL_PAYLOAD_NOTIFY);
    return writer.len;
}

static void show(struct ikl_endpoint *endpoint, const struct ikl_message *message)
{
    uint32_t n = n_tokens(&endpoint->maker, message->datagram.len);
    size_t len = write_answer(endpoint, &message->opened.header, n);

    if (len != 0) {
        endpoint->counters.tokens_shown++;
        (void)ikl_endpoint_transmit(endpoint, NULL, message->path, len);
    }
}

static bool is_within_limit(struct ikl_maker *maker, ikl_time now)
{
    return ikl_within_limit(&maker->full_at, maker->per_second,
                            (MS_PER_SECOND + maker->per_second - 1) / maker->per_second, now);
}

void ikl_maker_asked(struct ikl_endpoint *endpoint, const struct ikl_message *message, ikl_time now)
{
    if (endpoint->maker.n_secrets == 0 || !is_lost_request(message) ||
        may_live(endpoint, &message->opened.header, now)) {
        return;
    }
    if (is_within_limit(&endpoint->maker, now)) {
        show(endpoint, message);
    } else {
        endpoint->counters.tokens_limited++;
    }
}
