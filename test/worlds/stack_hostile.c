/* SPDX-License-Identifier: ISC */
/* Hostile peers of a host that has a stack. See stack.h. */
#include "stack.h"

#include <string.h>

enum { HOSTILES = 6 }; /* with an honest one, and the IKE SA of the script, an eighth of the table of requests each */

bool stack_is_hostile(const struct stack *stack, const struct ikl_sa *sa)
{
    return ikl_sa_user(sa) == &stack->hostiles;
}

static struct hostiles *hostiles_of(struct stack *stack)
{
    struct hostiles *hostiles = &stack->hostiles;

    if (!stack->has_hostiles) {
        stack->has_hostiles = true;
        memset(hostiles, 0, sizeof(*hostiles));
        hostiles->user = hostiles;
        hostiles->n = HOSTILES;
        hostiles->kind = HOSTILE_BOTH;
        hostiles->random.state = ikl_sim_random(ikl_sim_of(stack->host));
        hostiles->last_spi = hostiles->random.state % (1 << 20) << 32; /* other hosts have others */
    }
    hostiles->endpoint = ikl_sim_host_endpoint(stack->host);
    hostiles->path = *ikl_sa_path(stack->sa);
    hostiles->path.remote.ip[3] = 66; /* no link leads there: what is sent to them has no fate */
    hostiles->now = stack_now(stack);
    return hostiles;
}

void stack_hostile(struct stack *stack, size_t n)
{
    struct hostiles *hostiles = hostiles_of(stack);

    for (; n > 0; n--) {
        hostiles_act(hostiles);
        laws_hold(stack->laws, honest_peer_lives(hostiles) == NULL, "an honest peer's rekey, request or Delete fails");
        laws_check_shares(stack->laws, hostiles->endpoint);
    }
}

void stack_hostile_end(struct stack *stack)
{
    if (stack->has_hostiles) {
        stack->hostiles.now = stack_now(stack);
        hostiles_end(&stack->hostiles);
    }
}
