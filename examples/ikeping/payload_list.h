/* SPDX-License-Identifier: ISC */
/* ikeping: payloads of a message: of one that is being made, and of one that came. */
#ifndef IKEPING_PAYLOAD_LIST_H
#define IKEPING_PAYLOAD_LIST_H

#include <ikelive/message.h>

enum { PAYLOAD_LIST_MAX = 24, PAYLOAD_LIST_SIZE = 3072 };

/* Payloads and their bodies. Most payloads point into the list, so it stays where it is. */
struct payload_list {
    struct ikl_payload payloads[PAYLOAD_LIST_MAX];
    size_t n;
    int error; /* IKL_OK, or what went wrong first: then the list must not be used */
    struct ikl_writer writer;
    uint8_t octets[PAYLOAD_LIST_SIZE];
};

void payload_list_init(struct payload_list *list);

/* Begins a payload: its body is what is written to the writer that this gives. */
struct ikl_writer *payload_list_begin(struct payload_list *list, uint8_t type);

/* Ends it. `error` is what writing the body came to. */
void payload_list_end(struct payload_list *list, int error);

/* Adds a payload whose body is not in the list, and has to outlive it. */
void payload_list_add(struct payload_list *list, uint8_t type, struct ikl_octets body);

/* Adds a Notify payload about the IKE SA. */
void payload_list_notify(struct payload_list *list, uint16_t type, struct ikl_octets data);

/* The first body of a payload of this type in a chain; without `data` when there is none. */
struct ikl_octets payload_find(uint8_t first, struct ikl_octets payloads, uint8_t type);

/* Whether a chain has a notification of this type; the first one's data goes to `data` unless that is null. */
bool payload_find_notify(uint8_t first, struct ikl_octets payloads, uint16_t type, struct ikl_octets *data);

/* The same, and the whole notification goes to `out`. */
bool payload_find_notification(uint8_t first, struct ikl_octets payloads, uint16_t type, struct ikl_notify *out);

/* Whether each payload of a request's chain has the structure that its type must have. */
bool payloads_are_sound(uint8_t first, struct ikl_octets payloads);

/* The first error notification in a chain; 0 when there is none. */
uint16_t payload_find_error(uint8_t first, struct ikl_octets payloads);

#endif
