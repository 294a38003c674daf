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

static struct end end_of(struct handshake *handshake, bool initiator, const struct ikl_header *header)
{
    return (struct end){.handshake = handshake, .initiator = initiator, .spi_i = header->spi_i, .spi_r = header->spi_r};
}

/* Takes a message into the IntAuth of its side, before the keys change. */
static int note(const struct end *end, bool response, const struct ikl_int_auth *message)
{
    struct additional *additional = &end->handshake->additional;
    const struct ikl_keys *keys = &end->handshake->keys;
    uint8_t *int_auth = additional->int_auth + (response ? keys->prf_len : 0);
    struct ikl_int_auth noted = *message;

    noted.previous = (struct ikl_octets){int_auth, additional->n_done != 0 ? keys->prf_len : 0};
    return ikl_int_auth(providers_prf(&end->handshake->proposal.suite),
                        (struct ikl_octets){response ? keys->sk_pr : keys->sk_pi, keys->prf_len}, &noted, int_auth);
}

/* The same for a message of ours, as the library puts it together. */
static int note_own(const struct end *end, const struct payload_list *list)
{
    uint8_t octets[PAYLOAD_LIST_SIZE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    int error = ikl_chain_write(&writer, list->payloads, list->n);
    const struct ikl_int_auth message = {
        .size = sizeof(message),
        .header = {.spi_i = end->spi_i,
                   .spi_r = end->spi_r,
                   .exchange_type = IKL_IKE_INTERMEDIATE,
                   .flags = end->initiator ? IKL_FLAG_INITIATOR : IKL_FLAG_RESPONSE,
                   .message_id = FIRST_MESSAGE_ID + (uint32_t)end->handshake->additional.n_done},
        .first_payload = ikl_chain_first(list->payloads, list->n),
        .plaintext = {octets, writer.len},
    };

    return error == IKL_OK ? note(end, !end->initiator, &message) : error;
}

/* Our message, with the public value of `key`. */
static int compose(const struct end *end, const struct dh_key *key, struct payload_list *list)
{
    const struct ikl_ke ke = {.method = dh_key_group(key), .data = dh_key_public(key)};

    payload_list_init(list);
    payload_list_end(list, ikl_ke_write(payload_list_begin(list, IKL_PAYLOAD_KE), &ke));
    return list->error == IKL_OK ? note_own(end, list) : list->error;
}

/* The peer's public value of the method whose turn it is. */
static int read_peer_public(const struct end *end, const struct ikl_int_auth *message, struct ikl_octets *out)
{
    struct ikl_octets body = payload_find(message->first_payload, message->plaintext, IKL_PAYLOAD_KE);
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

int additional_take(struct handshake *handshake, const struct ikl_int_auth *response)
{
    const struct end end = end_of(handshake, true, &response->header);
    uint8_t shared[DH_MAX_LEN];
    struct ikl_octets theirs, secret = {shared, 0};
    int error = read_peer_public(&end, response, &theirs);

    if (error == IKL_OK) {
        error = dh_key_agree(handshake->additional.key, theirs, shared, &secret.len);
    }
    if (error == IKL_OK) {
        error = note(&end, true, response);
    }
    if (error == IKL_OK) {
        error = change_keys(&end, secret);
    }
    ikl_wipe(shared, sizeof(shared));
    return error;
}

int additional_answer(struct handshake *handshake, const struct ikl_int_auth *request, struct payload_list *list)
{
    const struct end end = end_of(handshake, false, &request->header);
    uint8_t shared[DH_MAX_LEN];
    struct ikl_octets theirs, secret = {shared, 0};
    struct dh_key *key = NULL;
    int error = read_peer_public(&end, request, &theirs);

    if (error == IKL_OK) {
        error = dh_key_answer(&key, due_method(handshake), theirs, shared, &secret.len);
    }
    if (error == IKL_OK) {
        error = note(&end, false, request);
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
