/* SPDX-License-Identifier: ISC */
/* The stack's rekeys of Child SAs (RFC 7296 §1.3.3, §2.8.1, §2.25.1). */
#include "stack.h"

#include <stdlib.h>
#include <string.h>

static uint32_t new_spi(struct stack *stack)
{
    uint8_t octets[4] = {0};
    struct ikl_reader reader = ikl_reader(octets, sizeof(octets));
    uint32_t spi;

    ikl_sim_host_random(stack->host, octets, sizeof(octets));
    spi = ikl_read_u32(&reader);
    return spi != 0 ? spi : 1;
}

static struct ikl_child *add(struct stack *stack, struct ikl_sa *sa, uint32_t spi_in, uint32_t spi_out,
                             struct ikl_child *replaces)
{
    const struct ikl_child_config config = {.size = sizeof(config),
                                            .protocol = IKL_PROTOCOL_ESP,
                                            .spi_in = spi_in,
                                            .spi_out = spi_out,
                                            .replaces = replaces};
    struct laws_end *end = stack_end(stack, ikl_sa_spi_i(sa), ikl_sa_spi_r(sa));

    if (end == NULL || laws_replace_child(stack->laws, end, sa, &config, stack_now(stack)) != IKL_OK) {
        return NULL;
    }
    return ikl_sa_find_child(sa, IKL_PROTOCOL_ESP, spi_in);
}

bool stack_is_deleting(const struct stack *stack, const struct ikl_child *child)
{
    for (size_t i = 0; i < STACK_MAX_DELETES; i++) {
        if (child != NULL && stack->deleting[i] == child) {
            return true;
        }
    }
    return false;
}

bool stack_is_closing_a_child(const struct stack *stack, const struct ikl_sa *sa)
{
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (stack_is_deleting(stack, child)) {
            return true;
        }
    }
    return false;
}

/* The Child SA is gone without a report. */
static void remove_child(struct stack *stack, struct ikl_sa *sa, struct ikl_child *child)
{
    if (ikl_sa_remove_child(sa, child) == IKL_OK) {
        laws_child_removed(stack->laws, &stack->law);
        stack_child_rekey_forget(stack, child);
    }
}

/* The peer may know that its rekey of the IKE SA has won before we do: its Child SAs are on the old one here. */
void stack_child_delete_asked(struct stack *stack, struct ikl_sa *sa, uint32_t message_id,
                              const struct contents *contents)
{
    struct ikl_sa *old = sa == stack->rekey.by_peer ? stack->rekey.old : NULL;
    struct ikl_child *child = old != NULL ? ikl_sa_find_child_out(old, IKL_PROTOCOL_ESP, contents->deleted) : NULL;
    struct contents answer = {.deletes_child = child != NULL && !stack_is_deleting(stack, child)};

    if (answer.deletes_child) {
        answer.deleted = ikl_child_spi_in(child);
        remove_child(stack, old, child);
    }
    stack_answer(stack, sa, message_id, &answer);
}

void stack_delete_child(struct stack *stack, struct ikl_sa *sa, struct ikl_child *child)
{
    if (child == NULL || ikl_sa_delete_children(sa, &child, 1, stack_now(stack)) != IKL_OK) {
        return;
    }
    for (size_t i = 0; i < STACK_MAX_DELETES; i++) {
        if (stack->deleting[i] == NULL) {
            stack->deleting[i] = child;
            return;
        }
    }
    abort();
}

void stack_child_rekey(struct stack *stack, struct ikl_child *old)
{
    struct stack_child_rekey *rekey = &stack->child_rekey;
    struct contents contents = {.protocol = IKL_PROTOCOL_ESP, .has_nonce = true, .rekeys_child = true};

    if (rekey->asked || stack->rekey.asked || stack->rekey.by_peer != NULL || old == NULL ||
        stack_is_deleting(stack, old)) {
        return;
    }
    *rekey = (struct stack_child_rekey){.sa = stack->sa, .old = old, .spi = new_spi(stack)};
    ikl_sim_host_random(stack->host, rekey->nonce, CONTENTS_NONCE_LEN);
    memcpy(contents.nonce, rekey->nonce, CONTENTS_NONCE_LEN);
    contents.spi = rekey->spi;
    contents.child_spi = ikl_child_spi_in(old);
    rekey->asked = stack_ask(stack, stack->sa, &contents, rekey);
}

/* What the peer's request gets instead of a Child SA; 0: it gets one. */
static uint16_t refusal(const struct stack *stack, const struct ikl_sa *sa, const struct ikl_child *old)
{
    if (stack->rekey.asked || sa != stack->sa || ikl_sa_state(sa) != IKL_SA_ESTABLISHED ||
        stack_is_deleting(stack, old)) {
        return IKL_NOTIFY_TEMPORARY_FAILURE;
    }
    return old == NULL ? IKL_NOTIFY_CHILD_SA_NOT_FOUND : 0;
}

void stack_child_rekey_asked(struct stack *stack, struct ikl_sa *sa, uint32_t message_id,
                             const struct contents *contents)
{
    struct stack_child_rekey *rekey = &stack->child_rekey;
    struct ikl_child *old = ikl_sa_find_child_out(sa, IKL_PROTOCOL_ESP, contents->child_spi), *made;
    struct contents answer = {.protocol = IKL_PROTOCOL_ESP, .has_nonce = true, .spi = new_spi(stack)};
    uint16_t error = refusal(stack, sa, old);

    ikl_sim_host_random(stack->host, answer.nonce, CONTENTS_NONCE_LEN);
    made = error == 0 ? add(stack, sa, (uint32_t)answer.spi, (uint32_t)contents->spi, old) : NULL;
    if (made == NULL) {
        stack_refuse(stack, sa, message_id, error != 0 ? error : IKL_NOTIFY_TEMPORARY_FAILURE);
        return;
    }
    if (rekey->asked && rekey->old == old) {
        rekey->peer_asked = true;
        rekey->by_peer = made;
        memcpy(rekey->peer_nonces[0], contents->nonce, CONTENTS_NONCE_LEN);
        memcpy(rekey->peer_nonces[1], answer.nonce, CONTENTS_NONCE_LEN);
    }
    stack_answer(stack, sa, message_id, &answer);
}

/* Who loses deletes what it made itself; who wins deletes the old one. */
void stack_child_rekey_ended(struct stack *stack, const struct ikl_outcome *outcome, const struct contents *contents)
{
    struct stack_child_rekey *rekey = &stack->child_rekey;
    struct ikl_child *made;

    rekey->asked = false;
    if (contents->error == IKL_NOTIFY_CHILD_SA_NOT_FOUND && rekey->old != NULL) {
        remove_child(stack, rekey->sa, rekey->old); /* silently (§2.25) */
    }
    if (outcome->kind != IKL_OUTCOME_ANSWERED || contents->error != 0 || contents->protocol != IKL_PROTOCOL_ESP) {
        return;
    }
    made = add(stack, rekey->sa, rekey->spi, (uint32_t)contents->spi, rekey->old);
    if (rekey->peer_asked && stack_loses(rekey->nonce, contents->nonce, rekey->peer_nonces)) {
        stack_delete_child(stack, rekey->sa, made);
    } else {
        stack_delete_child(stack, rekey->sa, rekey->old);
    }
}

void stack_child_rekey_forget(struct stack *stack, const struct ikl_child *child)
{
    if (stack->child_rekey.old == child) {
        stack->child_rekey.old = NULL;
    }
    if (stack->child_rekey.by_peer == child) {
        stack->child_rekey.by_peer = NULL;
    }
    for (size_t i = 0; i < STACK_MAX_DELETES; i++) {
        if (stack->deleting[i] == child) {
            stack->deleting[i] = NULL;
        }
    }
}
