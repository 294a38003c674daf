/* SPDX-License-Identifier: ISC */
/* A stack whose process ends with snapshots of its IKE SAs, and goes on. See stack.h. */
#include "stack.h"

#include <string.h>

void stack_end_process(struct stack *stack)
{
    stack->n_sas = 0;
    stack->sa = NULL;
    stack->rekey = (struct stack_rekey){.asked = false};
    stack->child_rekey = (struct stack_child_rekey){.asked = false};
    stack->connecting.sa = NULL;
    memset(stack->deleting, 0, sizeof(stack->deleting));
    stack->has_hostiles = false;
    stack->law.children_up = 0;
}

/* The latest comes first. */
static void on_restored(void *user, struct ikl_sim_host *host, struct ikl_sa *sa, ikl_time now)
{
    struct stack *stack = user;

    (void)host;
    (void)now;
    stack_add_sa(stack, sa);
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        laws_children_up(&stack->law, 1);
    }
    if (stack->sa == NULL && ikl_sa_state(sa) == IKL_SA_ESTABLISHED) {
        stack->sa = sa;
    }
}

static bool is_outstanding(const struct stack *stack, struct laws_peer_request *request)
{
    for (size_t i = 0; i < stack->n_sas; i++) {
        if (ikl_sa_find_context(stack->sas[i], request) != NULL) {
            return true;
        }
    }
    return false;
}

/* The requests are lost whose IKE SA is. */
static void on_boot(void *user, struct ikl_sim_host *host, ikl_time now)
{
    struct stack *stack = user;

    (void)host;
    (void)now;
    for (uint32_t i = 0; i < stack->laws->n_requests; i++) {
        struct laws_peer_request *request = &stack->laws->requests[i];

        if (request->owner == stack && !is_outstanding(stack, request)) {
            laws_request_lost(stack->laws, i);
        }
    }
}

void stack_restarting(struct ikl_sim_host_config *config)
{
    config->restored = on_restored;
    config->boot = on_boot;
}
