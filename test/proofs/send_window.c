/* SPDX-License-Identifier: ISC */
/* From any state of a send window, whatever is taken, answered or resized, just that Message ID is awaited or no
 * longer, none is used twice, no more are outstanding than it is wide, and it stays a window.
 *
 * bounds: none: all windows, all Message IDs
 * cbmc: --unwind 33
 * fault: lib/policy/window.c s/if (size > window->size)/if (size != window->size)/ */
#include "proof.h"

#include "policy/valid.h"
#include "policy/window.c"

static struct ikl_send_window before, window;

static void take(void)
{
    uint32_t taken = 0;
    bool open = ikl_send_window_open(&before);
    int result = ikl_send_window_take(&window, &taken);

    prove((result == IKL_OK) == open);
    prove((result == IKL_ERR_EXHAUSTED) == (before.next > IKL_MESSAGE_ID_LAST));
    if (result != IKL_OK) {
        prove(window.next == before.next);
        return;
    }
    prove(taken == before.next && window.next == taken + 1);
    prove(ikl_send_window_awaits(&window, taken) && !ikl_send_window_awaits(&before, taken));
}

int main(void)
{
    uint32_t id = nondet_u32(), watched = nondet_u32();
    bool was_awaited;

    if (ikl_send_window_init(&window, nondet_u32(), nondet_u32(), nondet_u32()) == IKL_OK) {
        prove(ikl_send_window_is_valid(&window));
    }
    window = (struct ikl_send_window){
        .next = nondet_u32(), .unanswered = nondet_u32(), .answered = nondet_u32(), .size = nondet_u8()};
    suppose(ikl_send_window_is_valid(&window));
    before = window;
    was_awaited = ikl_send_window_awaits(&window, watched);
    switch (nondet_u8()) {
    case 0:
        take();
        break;
    case 1:
        ikl_send_window_answered(&window, id);
        prove(ikl_send_window_awaits(&window, watched) == (was_awaited && watched != id));
        break;
    default:
        ikl_send_window_resize(&window, id);
        prove(window.size >= before.size);
        prove(ikl_send_window_awaits(&window, watched) == was_awaited);
    }
    prove(ikl_send_window_is_valid(&window));
    return 0;
}
