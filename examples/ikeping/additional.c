/* SPDX-License-Identifier: ISC */
/* ikeping: additional key exchanges before IKE_AUTH. */
#include "additional.h"

#include "handshake.h"
#include "providers.h"

enum { FIRST_MESSAGE_ID = 1, MESSAGE_ID_LEN = 4 }; /* the one after IKE_SA_INIT */

/* One end of an exchange. */
struct end {
    struct handshake *handshake;
    bool initiator; /* what we are */
    uint64_t spi_i, spi_r;
};

void additional_free(struct additional *additional)
{
    dh_key_free(additional->key);
    ikl_wipe(additional, sizeof(*additional));
}

bool additional_is_due(const struct handshake *handshake)
{
    return handshake->additional.n_done < handshake->proposal.n_additional;
}

static uint16_t due_method(const struct handshake *handshake)
{
    return handshake->proposal.additional[handshake->additional.n_done];
}

/* Takes a message into the IntAuth of its side, before the keys change. */
static int note(const struct end *end, bool response, uint8_t first, struct ikl_octets plaintext)
{
    struct additional *additional = &end->handshake->additional;
    const struct ikl_keys *keys = &end->handshake->keys;
    uint8_t *int_auth = additional->int_auth + (response ? keys->prf_len : 0);
    const struct ikl_int_auth message = {
        .size = sizeof(message),
        .header = {.spi_i = end->spi_i,
                   .spi_r = end->spi_r,
                   .exchange_type = IKL_IKE_INTERMEDIATE,
                   .flags = response ? IKL_FLAG_RESPONSE : IKL_FLAG_INITIATOR,
                   .message_id = FIRST_MESSAGE_ID + (uint32_t)additional->n_done},
        .first_payload = first,
        .plaintext = plaintext,
        .previous = {int_auth, additional->n_done != 0 ? keys->prf_len : 0},
    };

    return ikl_int_auth(providers_prf(&end->handshake->proposal.suite),
                        (struct ikl_octets){response ? keys->sk_pr : keys->sk_pi, keys->prf_len}, &message, int_auth);
}

/* Our message, with the public value of `key`. */
static int compose(const struct end *end, const struct dh_key *key, struct payload_list *list)
{
    const struct ikl_ke ke = {.method = dh_key_group(key), .data = dh_key_public(key)};
    uint8_t octets[PAYLOAD_LIST_SIZE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    int error;

    payload_list_init(list);
    payload_list_end(list, ikl_ke_write(payload_list_begin(list, IKL_PAYLOAD_KE), &ke));
    error = list->error;
    if (error == IKL_OK) {
        error = ikl_chain_write(&writer, list->payloads, list->n);
    }
    if (error == IKL_OK) {
        error = note(end, !end->initiator, ikl_chain_first(list->payloads, list->n),
                     (struct ikl_octets){octets, writer.len});
    }
    return error;
}

/* The peer's public value of the method whose turn it is. */
static int read_peer_public(const struct end *end, uint8_t first, struct ikl_octets payloads, struct ikl_octets *out)
{
    struct ikl_octets body = payload_find(first, payloads, IKL_PAYLOAD_KE);
    struct ikl_ke ke;

    if (body.data == NULL || ikl_ke_read(&ke, body) != IKL_OK || ke.method != due_method(end->handshake)) {
        return IKL_ERR_MALFORMED;
    }
    *out = ke.data;
    return IKL_OK;
}

/* If IKE_AUTH is next, this is its Message ID. */
static void count(struct additional *additional, size_t prf_len)
{
    struct ikl_writer writer = ikl_writer(additional->int_auth + 2 * prf_len, MESSAGE_ID_LEN);

    additional->n_done++;
    ikl_write_u32(&writer, FIRST_MESSAGE_ID + (uint32_t)additional->n_done);
}

/* The exchange is over. */
static int change_keys(const struct end *end, struct ikl_octets shared)
{
    struct handshake *handshake = end->handshake;
    const struct ikl_suite *suite = &handshake->proposal.suite;
    struct ikl_kdf_input input = {
        .size = sizeof(input), .shared_secret = shared, .spi_i = end->spi_i, .spi_r = end->spi_r};
    int error;

    handshake_nonces(handshake, end->initiator, &input.ni, &input.nr);
    error = ikl_keys_change(&handshake->keys, providers_find(suite), suite, &input);
    if (error == IKL_OK) {
        count(&handshake->additional, handshake->keys.prf_len);
    }
    return error;
}

int additional_ask(struct handshake *handshake, uint64_t spi_i, uint64_t spi_r, struct payload_list *list)
{
    const struct end end = {.handshake = handshake, .initiator = true, .spi_i = spi_i, .spi_r = spi_r};
    struct additional *additional = &handshake->additional;
    int error;

    dh_key_free(additional->key);
    additional->key = NULL;
    error = dh_key_new(&additional->key, due_method(handshake));
    return error == IKL_OK ? compose(&end, additional->key, list) : error;
}

int additional_take(struct handshake *handshake, uint64_t spi_i, uint64_t spi_r, uint8_t first,
                    struct ikl_octets payloads)
{
    const struct end end = {.handshake = handshake, .initiator = true, .spi_i = spi_i, .spi_r = spi_r};
    uint8_t shared[DH_MAX_LEN];
    struct ikl_octets theirs, secret = {shared, 0};
    int error = read_peer_public(&end, first, payloads, &theirs);

    if (error == IKL_OK) {
        error = dh_key_agree(handshake->additional.key, theirs, shared, &secret.len);
    }
    if (error == IKL_OK) {
        error = note(&end, true, first, payloads);
    }
    if (error == IKL_OK) {
        error = change_keys(&end, secret);
    }
    ikl_wipe(shared, sizeof(shared));
    return error;
}

int additional_answer(struct handshake *handshake, uint64_t spi_i, uint64_t spi_r, uint8_t first,
                      struct ikl_octets payloads, struct payload_list *list)
{
    const struct end end = {.handshake = handshake, .initiator = false, .spi_i = spi_i, .spi_r = spi_r};
    uint8_t shared[DH_MAX_LEN];
    struct ikl_octets theirs, secret = {shared, 0};
    struct dh_key *key = NULL;
    int error = read_peer_public(&end, first, payloads, &theirs);

    if (error == IKL_OK) {
        error = dh_key_answer(&key, due_method(handshake), theirs, shared, &secret.len);
    }
    if (error == IKL_OK) {
        error = note(&end, false, first, payloads);
    }
    if (error == IKL_OK) {
        error = compose(&end, key, list);
    }
    if (error == IKL_OK) {
        error = change_keys(&end, secret);
    }
    dh_key_free(key);
    ikl_wipe(shared, sizeof(shared));
    return error;
}

struct ikl_octets additional_int_auth(const struct handshake *handshake)
{
    const struct additional *additional = &handshake->additional;
    size_t len = additional->n_done != 0 ? 2 * (size_t)handshake->keys.prf_len + MESSAGE_ID_LEN : 0;

    return (struct ikl_octets){additional->int_auth, len};
}
