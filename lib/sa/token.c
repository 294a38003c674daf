/* SPDX-License-Identifier: ISC */
/* ikelive sa: the token of the peer, which proves that it has lost its state (RFC 6290), and ours for the peer. */
#include "ending.h"
#include "event.h"
#include "shown.h"

#include "cannot_fail.h"
#include "limit.h"
#include "octets.h"

#include <string.h>

enum { LOOKS = 8, MS_PER_LOOK = 1000 }; /* at messages with tokens */

/* What is kept of a token: a digest that depends on the IKE SA. */
static int digest_of(const struct ikl_sa *sa, struct ikl_octets token, uint8_t out[IKL_TOKEN_LEN])
{
    uint8_t spis[2 * sizeof(uint64_t)];
    struct ikl_prf_input input = {
        .size = sizeof(input), .key = spis, .key_len = sizeof(spis), .parts = &token, .n_parts = 1};
    const struct ikl_prf *prf;
    int result = ikl_token_prf(sa->endpoint->providers, sa->endpoint->n_providers, &prf);

    ikl_store_u64(spis, sa->spi_i);
    ikl_store_u64(spis + sizeof(sa->spi_i), sa->spi_r);
    return result == IKL_OK ? prf->compute(&input, out) : result;
}

/* The last token among the payloads. */
static int find_token(uint8_t first_payload, struct ikl_octets payloads, struct ikl_octets *out)
{
    struct ikl_chain chain = ikl_chain(first_payload, payloads);
    struct ikl_payload payload;
    int result = IKL_ERR_NOT_FOUND;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        int read = payload.type == IKL_PAYLOAD_NOTIFY ? ikl_token_read(out, payload.body) : IKL_ERR_NOT_FOUND;

        if (read != IKL_OK && read != IKL_ERR_NOT_FOUND) {
            return IKL_ERR_MALFORMED;
        }
        result = read == IKL_OK ? IKL_OK : result;
    }
    return chain.status == IKL_ERR_END ? result : IKL_ERR_MALFORMED;
}

/* Where its token is kept, made when there is none. */
static struct ikl_token *place_of(struct ikl_sa *sa)
{
    struct ikl_beside *tokens = &sa->endpoint->tokens;
    struct ikl_token *token = ikl_sa_beside(sa, tokens);

    if (token == NULL && ikl_beside_reserve(tokens, 1) == IKL_OK) {
        token = ikl_beside_add(tokens, ikl_sa_own_spi(sa));
    }
    return token;
}

static int keep(struct ikl_sa *sa, struct ikl_octets token, ikl_time now)
{
    uint8_t digest[IKL_TOKEN_LEN];
    struct ikl_token *place;
    int result = digest_of(sa, token, digest);

    if (result != IKL_OK) {
        return result;
    }
    place = place_of(sa);
    if (place == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memcpy(place->digest, digest, sizeof(digest));
    ikl_history_add(sa, IKL_EVENT_TOKEN_KEPT, IKL_MESSAGE_ID_NONE, 0, now);
    return IKL_OK;
}

int ikl_decide_take_token(struct ikl_sa *sa, uint8_t first_payload, struct ikl_octets payloads, ikl_time now)
{
    struct ikl_octets token;
    int result = find_token(first_payload, payloads, &token);

    if (result != IKL_OK) {
        return result;
    }
    return ikl_sa_has_keys(sa) ? keep(sa, token, now) : IKL_ERR_STATE; /* what has ended has none any more */
}

static int send_token(struct ikl_sa *sa, struct ikl_octets token, const struct ikl_request_options *options,
                      ikl_time now, struct ikl_request **out)
{
    uint8_t body[IKL_TOKEN_LEN + 8];
    struct ikl_writer writer = ikl_writer(body, sizeof(body));
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY};
    struct ikl_content content;
    int result;

    ikl_cannot_fail(ikl_token_write(&writer, token)); /* of a length that is allowed */
    payload.body = (struct ikl_octets){body, writer.len};
    content = ikl_content_of(&payload, 1);
    result = ikl_decide_request(sa, IKL_INFORMATIONAL, &content, options, now, out);
    ikl_wipe(body, sizeof(body));
    return result;
}

int ikl_decide_send_token(struct ikl_sa *sa, const struct ikl_request_options *options, ikl_time now,
                          struct ikl_request **out)
{
    uint8_t token[IKL_TOKEN_LEN];
    int result = ikl_endpoint_token(sa->endpoint, sa->spi_i, sa->spi_r, sa->original_initiator, token);

    if (result == IKL_OK) {
        result = send_token(sa, (struct ikl_octets){token, sizeof(token)}, options, now, out);
        ikl_wipe(token, sizeof(token));
    }
    return result;
}

static bool is_equal(const struct ikl_sa *sa, const struct ikl_token *kept, struct ikl_octets body)
{
    uint8_t digest[IKL_TOKEN_LEN];
    struct ikl_octets token;

    return ikl_token_read(&token, body) == IKL_OK && digest_of(sa, token, digest) == IKL_OK &&
           ikl_equal(digest, kept->digest, sizeof(digest));
}

static bool is_proof(const struct ikl_sa *sa, const struct ikl_shown *shown, ikl_time now)
{
    struct ikl_token *kept = ikl_sa_beside(sa, &sa->endpoint->tokens);

    if (kept == NULL || !ikl_within_limit(&kept->full_at, LOOKS, MS_PER_LOOK, now)) {
        return false;
    }
    for (unsigned i = 0; i < shown->n; i++) {
        if (is_equal(sa, kept, shown->bodies[i])) {
            return true;
        }
    }
    return false;
}

bool ikl_sa_take_shown(struct ikl_sa *sa, const struct ikl_shown *shown, ikl_time now)
{
    if (shown->n == 0) {
        return false;
    }
    if (!is_proof(sa, shown, now)) {
        sa->endpoint->counters.tokens_refused++;
        return false;
    }
    sa->endpoint->counters.crashes++;
    ikl_history_add(sa, IKL_EVENT_CRASHED, IKL_MESSAGE_ID_NONE, 0, now);
    ikl_sa_end(sa, ikl_sa_is_ours_to_end(sa) ? ikl_sa_closing_reason(sa) : IKL_DOWN_CRASHED, NULL, now);
    return true;
}

int ikl_sa_reserve_token(const struct ikl_sa *sa, struct ikl_endpoint *to)
{
    return ikl_beside_reserve_carry(&sa->endpoint->tokens, &to->tokens, ikl_sa_own_spi(sa));
}

void ikl_sa_carry_token(struct ikl_sa *from, struct ikl_sa *to)
{
    ikl_beside_carry(&from->endpoint->tokens, &to->endpoint->tokens, ikl_sa_own_spi(from));
    ikl_maker_sa_left(&from->endpoint->maker);
}
