/* SPDX-License-Identifier: ISC */
/* Whatever the host's clock says when it calls, time runs forward in an endpoint: a later `now` is believed, an earlier
 * one counts as the latest, and IKL_NEVER is refused, as is a call that may not be made. What is refused begins
 * nothing. The counters say for how long the host's clock was behind.
 *
 * bounds: none: all states of the clock, all times
 * fault: lib/sa/call.c s/^ *\*now = endpoint->now;//
 * fault: lib/sa/call.c s/^ *endpoint->behind = IKL_NEVER;//
 * fault: lib/sa/call.c s/ && now > endpoint->behind)/)/
 * fault: lib/sa/call.h s/\*now != IKL_NEVER && //
 * fault: lib/sa/call.h s/endpoint->depth != 0 && !endpoint->deciding/endpoint->depth > 1 \&\& !endpoint->deciding/ */
#include "proof.h"

#include "sa/call.c"

static struct ikl_endpoint endpoint, before;

static ikl_time any_behind(ikl_time now)
{
    ikl_time behind = nondet_bool() ? IKL_NEVER : nondet_u64();

    suppose(behind == IKL_NEVER || behind < now);
    return behind;
}

/* The host's time that passed while its clock was behind, since it called last. */
static uint64_t passed(ikl_time given)
{
    ikl_time until = ikl_time_earlier(given, before.now);

    return before.behind != IKL_NEVER && until > before.behind ? until - before.behind : 0;
}

static void prove_refused(void)
{
    prove(endpoint.now == before.now && endpoint.behind == before.behind);
    prove(endpoint.depth == before.depth && endpoint.call == before.call && endpoint.deciding == before.deciding);
    prove(endpoint.counters.clock_backward == before.counters.clock_backward);
    prove(endpoint.counters.clock_clamped == before.counters.clock_clamped);
}

static void prove_begun(ikl_time given, ikl_time now)
{
    bool is_back = given < before.now;

    prove(now == ikl_time_later(given, before.now) && endpoint.now == now);
    prove(endpoint.behind == (is_back ? given : IKL_NEVER));
    prove(endpoint.counters.clock_backward == before.counters.clock_backward + is_back);
    prove(endpoint.counters.clock_clamped == before.counters.clock_clamped + passed(given));
    prove(endpoint.depth == before.depth + 1 && endpoint.deciding);
    prove(endpoint.call == (uint16_t)(before.call + (before.depth == 0)));
}

int main(void)
{
    ikl_time given = nondet_u64(), now = given;
    bool is_outermost = nondet_bool();
    int result;

    endpoint.now = nondet_u64();
    endpoint.behind = any_behind(endpoint.now);
    endpoint.depth = nondet_u8();
    endpoint.deciding = nondet_bool();
    endpoint.call = nondet_u16();
    suppose(endpoint.now != IKL_NEVER);
    before = endpoint;
    result = is_outermost ? ikl_call_begin_outermost(&endpoint, &now) : ikl_call_begin(&endpoint, &now);
    if (endpoint.counters.reentrant != 0 || (is_outermost && before.depth != 0)) {
        prove(result == IKL_ERR_REENTRANT);
        prove_refused();
    } else if (given == IKL_NEVER) {
        prove(result == IKL_ERR_INVALID && endpoint.counters.clock_refused == 1);
        prove_refused();
    } else {
        prove(result == IKL_OK && !before.deciding);
        prove_begun(given, now);
    }
    return 0;
}
