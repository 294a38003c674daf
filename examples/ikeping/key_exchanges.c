/* SPDX-License-Identifier: ISC */
/* ikeping: the key exchanges of one rekey. */
#include "key_exchanges.h"

bool key_exchanges_are_due(const struct key_exchanges *exchanges, const struct proposal *proposal)
{
    return exchanges->n <= proposal->n_additional;
}

int key_exchanges_take(struct key_exchanges *exchanges, const struct dh_key *key, struct ikl_octets theirs)
{
    struct ikl_octets *secret = &exchanges->views[exchanges->n];
    int error;

    secret->data = exchanges->secrets[exchanges->n];
    error = dh_key_agree(key, theirs, exchanges->secrets[exchanges->n], &secret->len);
    exchanges->n += error == IKL_OK ? 1 : 0;
    return error;
}

int key_exchanges_answer(struct key_exchanges *exchanges, uint16_t method, struct ikl_octets theirs,
                         struct dh_key **key)
{
    struct ikl_octets *secret = &exchanges->views[exchanges->n];
    int error;

    secret->data = exchanges->secrets[exchanges->n];
    error = dh_key_answer(key, method, theirs, exchanges->secrets[exchanges->n], &secret->len);
    exchanges->n += error == IKL_OK ? 1 : 0;
    return error;
}

bool key_exchanges_read(const struct key_exchanges *exchanges, const struct proposal *proposal, uint8_t first,
                        struct ikl_octets payloads, struct ikl_octets *theirs)
{
    struct ikl_octets body = payload_find(first, payloads, IKL_PAYLOAD_KE);
    struct ikl_ke ke;

    if (body.data == NULL || ikl_ke_read(&ke, body) != IKL_OK || ke.method != proposal->additional[exchanges->n - 1]) {
        return false;
    }
    *theirs = ke.data;
    return true;
}

void key_exchanges_compose(const struct dh_key *key, struct payload_list *list)
{
    const struct ikl_ke ke = {.method = dh_key_group(key), .data = dh_key_public(key)};

    payload_list_init(list);
    payload_list_end(list, ikl_ke_write(payload_list_begin(list, IKL_PAYLOAD_KE), &ke));
}

void key_exchanges_add_link(struct payload_list *list, struct ikl_octets link)
{
    payload_list_end(list, ikl_key_exchange_link_write(payload_list_begin(list, IKL_PAYLOAD_NOTIFY), link));
}

void key_exchanges_give(const struct key_exchanges *exchanges, struct ikl_kdf_input *input)
{
    input->shared_secret = exchanges->views[0];
    input->additional = exchanges->views + 1;
    input->n_additional = exchanges->n - 1;
}
