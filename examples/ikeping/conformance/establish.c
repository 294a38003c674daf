/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: an IKE SA, whoever begins it: the tester with a gateway, or a client with the tester. */
#include "tester.h"

#include "../providers.h"

#include <stdlib.h>

/* Makes the key state of one direction. Null when that fails. */
static void *make_state(const struct ikl_cipher *cipher, const uint8_t *encr_key, const uint8_t *integ_key)
{
    const struct ikl_cipher_init keys = {
        .size = sizeof(keys), .encr_key = encr_key, .integ_key = integ_key, .cipher = cipher};
    void *state = malloc(cipher->state_size != 0 ? cipher->state_size : 1);

    if (state != NULL && cipher->init(state, &keys) != IKL_OK) {
        free(state);
        state = NULL;
    }
    return state;
}

bool tester_use_keys(struct tester *tester)
{
    struct tester_sa *sa = tester->sa;
    const struct ikl_keys *keys = &sa->handshake.keys;
    const struct ikl_suite *suite = &sa->handshake.proposal.suite;
    void *of_initiator, *of_responder;

    if (providers_find(suite)->cipher(suite, &sa->cipher) != IKL_OK) {
        return tester_give_up(tester, "there is no cipher of this suite");
    }
    of_initiator = make_state(sa->cipher, keys->sk_ei, keys->sk_ai);
    of_responder = make_state(sa->cipher, keys->sk_er, keys->sk_ar);
    sa->own = sa->initiator ? of_initiator : of_responder;
    sa->peer = sa->initiator ? of_responder : of_initiator;
    return (sa->own != NULL && sa->peer != NULL) || tester_give_up(tester, "there is no key state");
}

struct tester_sa *tester_add_empty_sa(struct tester *tester)
{
    if (tester->n_sas == TESTER_SAS) {
        (void)tester_give_up(tester, "the tester has no room for another IKE SA");
        return NULL;
    }
    tester->sa = &tester->sas[tester->n_sas++];
    *tester->sa = (struct tester_sa){.initiator = false};
    return tester->sa;
}

bool tester_establish(struct tester *tester)
{
    return tester->listens ? tester_accept(tester)
                           : tester_new_sa(tester) && tester_init(tester) && tester_authenticate(tester);
}

bool tester_establish_child(struct tester *tester)
{
    return tester_establish(tester) &&
           (tester->sa->has_child || tester_give_up(tester, "there is no Child SA from IKE_AUTH"));
}

/* A client that is told that it is behind a NAT goes to port 4500. */
static bool accept_encapsulated(struct tester *tester)
{
    tester->nat_there = true;
    return tester_accept(tester) && (tester->sa->path.encapsulated ||
                                     tester_give_up(tester, "the client, behind a NAT, does not go to port 4500"));
}

bool tester_establish_encapsulated(struct tester *tester)
{
    if (tester->listens) {
        return accept_encapsulated(tester);
    }
    if (!tester_new_sa(tester) || !tester_init(tester)) {
        return false;
    }
    tester->sa->path = tester->wire.encapsulated;
    return tester_authenticate(tester);
}
