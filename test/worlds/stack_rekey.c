/* SPDX-License-Identifier: ISC */
/* The stack's rekeys of IKE SAs (RFC 7296 §1.3.2, §2.8, §2.8.2, §2.25.2).
 *
 * Of a simultaneous rekey each side decides once it knows all four nonces. Until then the old IKE SA stays, and what
 * the peer's rekey made waits beside it. If the peer deletes the old one before, or refuses our rekey because it has
 * not noticed that there were two, then the peer's has won. */
#include "stack.h"
#include "support/providers.h"

#include <stdlib.h>
#include <string.h>

static const char *const suite_name = "chacha20poly1305-prfsha256";

/* Keys from both nonces, under a secret that everybody knows: nothing here is secret. */
static void derive(struct ikl_keys *keys, struct ikl_suite *suite, const uint8_t *ni, const uint8_t *nr, uint64_t spi_i,
                   uint64_t spi_r)
{
    static const uint8_t sk_d[32] = "everybody knows this secret";
    const struct ikl_octets secret = {sk_d, sizeof(sk_d)};
    const struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {ni, CONTENTS_NONCE_LEN},
        .nr = {nr, CONTENTS_NONCE_LEN},
        .shared_secret = secret,
        .spi_i = spi_i,
        .spi_r = spi_r,
    };
    const struct ikl_prf *prf;
    uint8_t skeyseed[IKL_MAX_PRF];

    if (ikl_suite_parse(suite, suite_name) != IKL_OK || test_provider->prf(suite->prf, &prf) != IKL_OK ||
        ikl_skeyseed_rekey(prf, secret, &input, skeyseed) != IKL_OK ||
        ikl_keys_derive(keys, test_provider, suite, (struct ikl_octets){skeyseed, prf->len}, &input) != IKL_OK) {
        abort();
    }
}

/* The IKE SA that a rekey made; null when there is no memory for it. */
static struct ikl_sa *make(struct stack *stack, const struct ikl_sa *old, bool ours, const uint8_t *ni,
                           const uint8_t *nr, uint64_t spi_i, uint64_t spi_r)
{
    struct ikl_sa_config config = {
        .size = sizeof(config),
        .user = stack,
        .spi_i = spi_i,
        .spi_r = spi_r,
        .original_initiator = ours,
        .path = *ikl_sa_path(old),
        .protection = {.iv_source = IKL_IV_FRESH_KEYS, .fragmentation = stack->fragmentation},
        .ids = {.stated = true},
        .idle = stack->idle,
        .schedule = stack->schedule,
        .round_trip_sends = stack->round_trip_sends,
        .trim = stack->trim};
    struct ikl_keys keys;
    struct ikl_sa *sa;
    int result;

    derive(&keys, &config.protection.suite, ni, nr, spi_i, spi_r);
    config.protection.keys = &keys;
    result = ikl_sa_new(&sa, ikl_sim_host_endpoint(stack->host), &config, stack_now(stack));
    if (result != IKL_OK) {
        return NULL;
    }
    stack_add_sa(stack, sa);
    return sa;
}

/* `heir` takes the place of `sa`, unless that is going down already. */
static void replace(struct stack *stack, struct ikl_sa *sa, struct ikl_sa *heir, bool we_delete)
{
    const struct laws_end *end = stack_end(stack, ikl_sa_spi_i(sa), ikl_sa_spi_r(sa));
    struct laws_end *to = stack_end(stack, ikl_sa_spi_i(heir), ikl_sa_spi_r(heir));

    if (end != NULL && to != NULL) {
        (void)!laws_replace(stack->laws, end, sa, to, heir, we_delete, STACK_WAIT, stack_now(stack));
    }
    stack->sa = heir;
}

void stack_rekey(struct stack *stack)
{
    struct stack_rekey *rekey = &stack->rekey;
    struct contents contents = {.protocol = IKL_PROTOCOL_IKE, .has_nonce = true};

    if (rekey->asked || rekey->by_peer != NULL || stack->child_rekey.asked ||
        ikl_endpoint_new_spi(ikl_sim_host_endpoint(stack->host), &rekey->spi) != IKL_OK) {
        return;
    }
    ikl_sim_host_random(stack->host, rekey->nonce, CONTENTS_NONCE_LEN);
    memcpy(contents.nonce, rekey->nonce, CONTENTS_NONCE_LEN);
    contents.spi = rekey->spi;
    rekey->old = stack->sa;
    rekey->asked = stack_ask(stack, stack->sa, &contents, rekey);
}

/* The IKE SA cannot be rekeyed now: it is going, or something else is being made on it (§2.25). */
static bool is_busy(const struct stack *stack, const struct ikl_sa *sa)
{
    return sa != stack->sa || ikl_sa_state(sa) != IKL_SA_ESTABLISHED || stack->child_rekey.asked ||
           stack->rekey.by_peer != NULL || stack_is_closing_a_child(stack, sa);
}

void stack_rekey_asked(struct stack *stack, struct ikl_sa *sa, uint32_t message_id, const struct contents *contents)
{
    struct stack_rekey *rekey = &stack->rekey;
    struct contents answer = {.protocol = IKL_PROTOCOL_IKE, .has_nonce = true};
    struct ikl_sa *made;

    if (is_busy(stack, sa) || ikl_endpoint_new_spi(ikl_sim_host_endpoint(stack->host), &answer.spi) != IKL_OK) {
        stack_refuse(stack, sa, message_id, IKL_NOTIFY_TEMPORARY_FAILURE);
        return;
    }
    ikl_sim_host_random(stack->host, answer.nonce, CONTENTS_NONCE_LEN);
    made = make(stack, sa, false, contents->nonce, answer.nonce, contents->spi, answer.spi);
    if (made == NULL) {
        stack_refuse(stack, sa, message_id, IKL_NOTIFY_TEMPORARY_FAILURE);
        return;
    }
    stack_answer(stack, sa, message_id, &answer);
    if (!rekey->asked) {
        replace(stack, sa, made, false);
        return;
    }
    rekey->by_peer = made;
    memcpy(rekey->peer_nonces[0], contents->nonce, CONTENTS_NONCE_LEN);
    memcpy(rekey->peer_nonces[1], answer.nonce, CONTENTS_NONCE_LEN);
}

/* Ours was answered. The IKE SA that loses is replaced by the other: so it is deleted, by its own initiator or, should
 * that not know of it, by us. */
static void decide(struct stack *stack, const struct contents *contents)
{
    struct stack_rekey *rekey = &stack->rekey;
    struct ikl_sa *by_peer = rekey->by_peer, *old = rekey->old;
    struct ikl_sa *by_us = make(stack, old, true, rekey->nonce, contents->nonce, rekey->spi, contents->spi);

    rekey->by_peer = NULL;
    if (by_us == NULL) {
        return;
    }
    if (by_peer == NULL) {
        replace(stack, old, by_us, true);
    } else if (stack_loses(rekey->nonce, contents->nonce, rekey->peer_nonces)) {
        replace(stack, by_us, by_peer, true);
        replace(stack, old, by_peer, false);
    } else {
        replace(stack, by_peer, by_us, false);
        replace(stack, old, by_us, true);
    }
}

void stack_rekey_ended(struct stack *stack, const struct ikl_outcome *outcome, const struct contents *contents)
{
    struct stack_rekey *rekey = &stack->rekey;

    rekey->asked = false;
    if (outcome->kind == IKL_OUTCOME_ANSWERED && contents->error == 0 && contents->protocol == IKL_PROTOCOL_IKE) {
        decide(stack, contents);
    } else if (outcome->kind == IKL_OUTCOME_ANSWERED && rekey->by_peer != NULL) {
        replace(stack, rekey->old, rekey->by_peer, false);
        rekey->by_peer = NULL;
    }
}

void stack_rekey_deleted(struct stack *stack, struct ikl_sa *sa)
{
    struct stack_rekey *rekey = &stack->rekey;

    if (sa == rekey->old && rekey->by_peer != NULL) {
        replace(stack, sa, rekey->by_peer, false);
        rekey->by_peer = NULL;
    }
}

void stack_rekey_forget(struct stack *stack, const struct ikl_sa *sa)
{
    if (stack->rekey.by_peer == sa) {
        stack->rekey.by_peer = NULL;
    }
    if (stack->rekey.old == sa) {
        stack->rekey.old = NULL;
    }
}
