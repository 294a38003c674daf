/* SPDX-License-Identifier: ISC */
/* ikelive window: which Message IDs are new, repeated, forgotten or too far ahead (RFC 7296 §2.2, §2.3). Knows Message
 * IDs, not octets.
 *
 * The two directions are independent. A receive window judges the peer's requests; a send window numbers ours. Both are
 * plain values for the caller to embed; they do not grow within a SOVERSION; fields are for reading only. */
#ifndef IKELIVE_WINDOW_H
#define IKELIVE_WINDOW_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_WINDOW_MAX 32               /* largest window either way */
#define IKL_MESSAGE_ID_LAST 0xfffffffeu /* the last Message ID ever used: they never wrap */
#define IKL_MESSAGE_ID_NONE 0xffffffffu /* "not stated" */

/* The peer's requests. */
struct ikl_receive_window {
    uint32_t lowest; /* L: the lowest request ID not yet received */
    uint32_t beyond; /* one more than the highest request ID received; `lowest` when none is missing */
    uint32_t above;  /* bit n: ID lowest + n was received */
    uint8_t size;    /* W: our window, 1 to IKL_WINDOW_MAX */
};

enum ikl_arrival {
    IKL_ARRIVAL_NEW,       /* within [L, L + W - 1] and not received before */
    IKL_ARRIVAL_REPEATED,  /* received before, and its response is still to be remembered */
    IKL_ARRIVAL_FORGOTTEN, /* received before; a request W or more ahead of it has arrived since: ignore it (§2.1) */
    IKL_ARRIVAL_TOO_FAR    /* beyond L + W - 1, or IKL_MESSAGE_ID_NONE */
};

/* `next` is the lowest request ID not yet received, `size` our window. Requests below `next` count as received.
 * Errors: IKL_ERR_INVALID when size is 0 or above IKL_WINDOW_MAX or next is IKL_MESSAGE_ID_NONE. */
IKL_MUST_USE IKL_API int ikl_receive_window_init(struct ikl_receive_window *window, uint32_t next, uint32_t size);

/* What a request with this Message ID is. Changes nothing, so it may be asked before the message is authenticated. */
IKL_API enum ikl_arrival ikl_receive_window_judge(const struct ikl_receive_window *window, uint32_t message_id);

/* Notes an authenticated request that was judged IKL_ARRIVAL_NEW; ignores any other. */
IKL_API void ikl_receive_window_accept(struct ikl_receive_window *window, uint32_t message_id);

/* True while the response to this received request must be kept: no request with ID >= message_id + W has arrived.
 * False for a request that was not received. */
IKL_API bool ikl_receive_window_remembers(const struct ikl_receive_window *window, uint32_t message_id);

/* Our requests. */
struct ikl_send_window {
    uint32_t next;       /* the ID of our next request */
    uint32_t unanswered; /* the lowest ID of an unanswered request; `next` when there is none */
    uint32_t answered;   /* bit n: ID unanswered + n was answered */
    uint8_t size;        /* the peer's window, 1 to IKL_WINDOW_MAX */
};

/* `next` is the ID of our next request, `unanswered` the lowest one outstanding (`next` when there is none), `size` the
 * window that the peer announced, 1 when it announced none. Errors: IKL_ERR_INVALID when size is 0 or above
 * IKL_WINDOW_MAX, an ID is IKL_MESSAGE_ID_NONE, unanswered is above next, or more than `size` requests are outstanding.
 */
IKL_MUST_USE IKL_API int ikl_send_window_init(struct ikl_send_window *window, uint32_t next, uint32_t unanswered,
                                              uint32_t size);

/* True when ikl_send_window_take would succeed: the requests up to `size` before `next` are answered (§2.3), and there
 * is a Message ID left. */
IKL_API bool ikl_send_window_open(const struct ikl_send_window *window);

/* How many requests are outstanding: sent and not answered. */
IKL_API uint32_t ikl_send_window_outstanding(const struct ikl_send_window *window);

/* Takes the next Message ID for a request that is being sent. Errors: IKL_ERR_EXHAUSTED when IKL_MESSAGE_ID_LAST was
 * used already, else IKL_ERR_BUSY when the window is full. */
IKL_MUST_USE IKL_API int ikl_send_window_take(struct ikl_send_window *window, uint32_t *message_id);

/* True when a request with this ID was sent and is not answered. */
IKL_API bool ikl_send_window_awaits(const struct ikl_send_window *window, uint32_t message_id);

/* Notes the authenticated response to an outstanding request; ignores any other ID. */
IKL_API void ikl_send_window_answered(struct ikl_send_window *window, uint32_t message_id);

/* The peer announced a window of `size` (SET_WINDOW_SIZE); above IKL_WINDOW_MAX counts as that; a window never
 * shrinks, so a smaller size, and 0, is ignored. */
IKL_API void ikl_send_window_resize(struct ikl_send_window *window, uint32_t size);

#ifdef __cplusplus
}
#endif
#endif
