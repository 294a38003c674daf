/* SPDX-License-Identifier: ISC */
/* ikelive judge: the rules of the windows, in line, because each datagram asks for them. */
#ifndef IKL_JUDGE_H
#define IKL_JUDGE_H

#include <ikelive/watch.h>

static inline uint32_t ikl_window_bit(uint32_t n)
{
    return UINT32_C(1) << n;
}

/* As ikl_receive_window_judge. */
static inline enum ikl_arrival ikl_window_judge(const struct ikl_receive_window *window, uint32_t message_id)
{
    if (message_id < window->lowest) {
        return window->beyond - message_id <= window->size ? IKL_ARRIVAL_REPEATED : IKL_ARRIVAL_FORGOTTEN;
    }
    if (message_id > IKL_MESSAGE_ID_LAST || message_id - window->lowest >= window->size) {
        return IKL_ARRIVAL_TOO_FAR;
    }
    return (window->above & ikl_window_bit(message_id - window->lowest)) != 0 ? IKL_ARRIVAL_REPEATED : IKL_ARRIVAL_NEW;
}

/* As ikl_receive_window_accept, of a request that was judged IKL_ARRIVAL_NEW. */
static inline void ikl_window_accept(struct ikl_receive_window *window, uint32_t message_id)
{
    if (message_id == window->lowest && message_id == window->beyond) { /* nearly always: none was missing */
        window->lowest = window->beyond = message_id + 1;
        return;
    }
    window->above |= ikl_window_bit(message_id - window->lowest);
    if (message_id >= window->beyond) {
        window->beyond = message_id + 1;
    }
    while ((window->above & 1) != 0) {
        window->above >>= 1;
        window->lowest++;
    }
}

/* Whether the next Message ID may be taken: what ikl_send_window_take would return. */
static inline int ikl_window_has_room(const struct ikl_send_window *window)
{
    if (window->next > IKL_MESSAGE_ID_LAST) {
        return IKL_ERR_EXHAUSTED;
    }
    return window->next - window->unanswered < window->size ? IKL_OK : IKL_ERR_BUSY;
}

/* As ikl_send_window_take, when there is room. */
static inline uint32_t ikl_window_take(struct ikl_send_window *window)
{
    return window->next++;
}

/* As ikl_send_window_awaits. */
static inline bool ikl_window_awaits(const struct ikl_send_window *window, uint32_t message_id)
{
    return message_id >= window->unanswered && message_id < window->next &&
           (window->answered & ikl_window_bit(message_id - window->unanswered)) == 0;
}

/* As ikl_send_window_answered, of a request that is awaited. */
static inline void ikl_window_answered(struct ikl_send_window *window, uint32_t message_id)
{
    if (message_id == window->unanswered && window->answered == 0) { /* nearly always */
        window->unanswered++;
        return;
    }
    window->answered |= ikl_window_bit(message_id - window->unanswered);
    while ((window->answered & 1) != 0) {
        window->answered >>= 1;
        window->unanswered++;
    }
}

/* From here on the next Message ID is this, and nothing is outstanding. */
static inline void ikl_window_open_at(struct ikl_send_window *window, uint32_t next)
{
    window->next = next;
    window->unanswered = next;
    window->answered = 0;
}

/* The same, but for one request outside the window, until whose end the window is full. */
static inline void ikl_window_shut(struct ikl_send_window *window, uint32_t next)
{
    window->next = next;
    window->unanswered = next - window->size;
    window->answered = (window->size < IKL_WINDOW_MAX ? ikl_window_bit(window->size) - 1 : UINT32_MAX) & ~1u;
}

/* From here on this is the Message ID expected next; none above it was received. */
static inline void ikl_window_expect(struct ikl_receive_window *window, uint32_t next)
{
    window->lowest = window->beyond = next;
    window->above = 0;
}

#endif
