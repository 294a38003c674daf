/* SPDX-License-Identifier: ISC */
/* From any state of a receive window, whatever Message ID comes is judged as <ikelive/window.h> says, accepting it
 * makes that one received and no other, and the window stays one.
 *
 * bounds: none: all windows, all Message IDs
 * cbmc: --unwind 33
 * fault: lib/policy/judge.h s/IKL_ARRIVAL_TOO_FAR/IKL_ARRIVAL_FORGOTTEN/ */
#include "proof.h"

#include "policy/valid.h"
#include "policy/window.c"

static bool was_received(const struct ikl_receive_window *window, uint32_t id)
{
    return id < window->lowest || (id - window->lowest < 32 && (window->above >> (id - window->lowest) & 1) != 0);
}

/* The header's words, in numbers that do not wrap. */
static enum ikl_arrival verdict(const struct ikl_receive_window *window, uint32_t id)
{
    uint64_t wide = id, highest = window->beyond - UINT64_C(1);

    if (id > IKL_MESSAGE_ID_LAST || wide >= (uint64_t)window->lowest + window->size) {
        return IKL_ARRIVAL_TOO_FAR;
    }
    if (!was_received(window, id)) {
        return IKL_ARRIVAL_NEW;
    }
    return window->beyond != 0 && highest >= wide + window->size ? IKL_ARRIVAL_FORGOTTEN : IKL_ARRIVAL_REPEATED;
}

int main(void)
{
    struct ikl_receive_window window, before;
    uint32_t id = nondet_u32(), watched = nondet_u32();
    enum ikl_arrival arrival;

    if (ikl_receive_window_init(&window, nondet_u32(), nondet_u32()) == IKL_OK) {
        prove(ikl_receive_window_is_valid(&window));
    }
    window = (struct ikl_receive_window){
        .lowest = nondet_u32(), .beyond = nondet_u32(), .above = nondet_u32(), .size = nondet_u8()};
    suppose(ikl_receive_window_is_valid(&window));
    before = window;
    arrival = ikl_receive_window_judge(&window, id);
    prove(arrival == verdict(&window, id));
    ikl_receive_window_accept(&window, id);
    prove(ikl_receive_window_is_valid(&window));
    prove(was_received(&window, watched) ==
          (was_received(&before, watched) || (arrival == IKL_ARRIVAL_NEW && watched == id)));
    prove(window.beyond == (arrival == IKL_ARRIVAL_NEW && id >= before.beyond ? id + 1 : before.beyond));
    return 0;
}
