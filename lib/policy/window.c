/* SPDX-License-Identifier: ISC */
/* ikelive window: which Message IDs are new, repeated, forgotten or too far ahead.
 *
 * Both windows are a lowest ID and a bit for each of the IDs from there on. Only differences of IDs are compared, so
 * nothing overflows near the last ID; a difference is compared with the size before it becomes a shift. */
#include "judge.h"

static bool is_size(uint32_t size)
{
    return size >= 1 && size <= IKL_WINDOW_MAX;
}

int ikl_receive_window_init(struct ikl_receive_window *window, uint32_t next, uint32_t size)
{
    if (!is_size(size) || next > IKL_MESSAGE_ID_LAST) {
        return IKL_ERR_INVALID;
    }
    *window = (struct ikl_receive_window){.lowest = next, .beyond = next, .size = (uint8_t)size};
    return IKL_OK;
}

enum ikl_arrival ikl_receive_window_judge(const struct ikl_receive_window *window, uint32_t message_id)
{
    return ikl_window_judge(window, message_id);
}

void ikl_receive_window_accept(struct ikl_receive_window *window, uint32_t message_id)
{
    if (ikl_window_judge(window, message_id) == IKL_ARRIVAL_NEW) {
        ikl_window_accept(window, message_id);
    }
}

bool ikl_receive_window_remembers(const struct ikl_receive_window *window, uint32_t message_id)
{
    return ikl_receive_window_judge(window, message_id) == IKL_ARRIVAL_REPEATED;
}

int ikl_send_window_init(struct ikl_send_window *window, uint32_t next, uint32_t unanswered, uint32_t size)
{
    if (!is_size(size) || next > IKL_MESSAGE_ID_LAST || unanswered > next || next - unanswered > size) {
        return IKL_ERR_INVALID;
    }
    *window = (struct ikl_send_window){.next = next, .unanswered = unanswered, .size = (uint8_t)size};
    return IKL_OK;
}

bool ikl_send_window_open(const struct ikl_send_window *window)
{
    return window->next <= IKL_MESSAGE_ID_LAST && window->next - window->unanswered < window->size;
}

uint32_t ikl_send_window_outstanding(const struct ikl_send_window *window)
{
    uint32_t outstanding = window->next - window->unanswered;

    for (uint32_t answered = window->answered; answered != 0; answered &= answered - 1) {
        outstanding--;
    }
    return outstanding;
}

int ikl_send_window_take(struct ikl_send_window *window, uint32_t *message_id)
{
    int result = ikl_window_has_room(window);

    if (result == IKL_OK) {
        *message_id = ikl_window_take(window);
    }
    return result;
}

bool ikl_send_window_awaits(const struct ikl_send_window *window, uint32_t message_id)
{
    return ikl_window_awaits(window, message_id);
}

void ikl_send_window_answered(struct ikl_send_window *window, uint32_t message_id)
{
    if (ikl_window_awaits(window, message_id)) {
        ikl_window_answered(window, message_id);
    }
}

void ikl_send_window_resize(struct ikl_send_window *window, uint32_t size)
{
    if (size > IKL_WINDOW_MAX) {
        size = IKL_WINDOW_MAX;
    }
    if (size > window->size) {
        window->size = (uint8_t)size;
    }
}
