/* SPDX-License-Identifier: ISC */
/* ikeping: payloads of a message. */
#include "payload_list.h"

#include <ikelive/payloads.h>

void payload_list_init(struct payload_list *list)
{
    list->n = 0;
    list->error = IKL_OK;
    list->writer = ikl_writer(list->octets, sizeof(list->octets));
}

struct ikl_writer *payload_list_begin(struct payload_list *list, uint8_t type)
{
    if (list->n == PAYLOAD_LIST_MAX) {
        list->error = IKL_ERR_NO_BUFFER;
        list->n--;
    }
    list->payloads[list->n] = (struct ikl_payload){.type = type, .body = {list->octets + list->writer.len, 0}};
    return &list->writer;
}

void payload_list_end(struct payload_list *list, int error)
{
    struct ikl_payload *payload = &list->payloads[list->n++];

    if (error == IKL_OK && list->writer.failed) {
        error = IKL_ERR_NO_BUFFER;
    }
    if (list->error == IKL_OK) {
        list->error = error;
    }
    payload->body.len = (size_t)(list->octets + list->writer.len - payload->body.data);
}

void payload_list_add(struct payload_list *list, uint8_t type, struct ikl_octets body)
{
    size_t at;

    (void)payload_list_begin(list, type);
    at = list->n;
    payload_list_end(list, IKL_OK);
    list->payloads[at].body = body;
}

void payload_list_notify(struct payload_list *list, uint16_t type, struct ikl_octets data)
{
    struct ikl_writer *writer = payload_list_begin(list, IKL_PAYLOAD_NOTIFY);

    payload_list_end(list, ikl_notify_write(writer, &(struct ikl_notify){.type = type, .data = data}));
}

struct ikl_octets payload_find(uint8_t first, struct ikl_octets payloads, uint8_t type)
{
    struct ikl_chain chain = ikl_chain(first, payloads);
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == type) {
            return payload.body;
        }
    }
    return (struct ikl_octets){NULL, 0};
}

bool payload_find_notification(uint8_t first, struct ikl_octets payloads, uint16_t type, struct ikl_notify *out)
{
    struct ikl_chain chain = ikl_chain(first, payloads);
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_NOTIFY && ikl_notify_read(out, payload.body) == IKL_OK && out->type == type) {
            return true;
        }
    }
    return false;
}

bool payload_find_notify(uint8_t first, struct ikl_octets payloads, uint16_t type, struct ikl_octets *data)
{
    struct ikl_notify notify;
    bool found = payload_find_notification(first, payloads, type, &notify);

    if (found && data != NULL) {
        *data = notify.data;
    }
    return found;
}

uint16_t payload_find_error(uint8_t first, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first, payloads);
    struct ikl_payload payload;
    struct ikl_notify notify;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_NOTIFY && ikl_notify_read(&notify, payload.body) == IKL_OK &&
            ikl_notify_is_error(notify.type)) {
            return notify.type;
        }
    }
    return 0;
}

bool payloads_are_sound(uint8_t first, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first, payloads);
    struct ikl_payload payload;
    int error;

    while ((error = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        if (ikl_payload_check(&payload, false) != IKL_OK) {
            return false;
        }
    }
    return error == IKL_ERR_END;
}
