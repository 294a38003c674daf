/* SPDX-License-Identifier: ISC */
/* All faults of the deliberately wrong peer. */
#include "wrong.h"

#include "support/test.h"

static const struct wrong_faults *const all[] = {
    &repeats_faults,   &message_ids_faults, &unprotected_faults, &forged_faults,    &payloads_faults,
    &encrypted_faults, &fragments_faults,   &deletes_faults,     &rekeys_faults,    &init_faults,
    &cookies_faults,   &moves_faults,       &asks_faults,        &crossings_faults, &clients_faults,
};

const struct wrong_fault *wrong_fault_at(size_t number)
{
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (number < all[i]->n) {
            return &all[i]->faults[number];
        }
        number -= all[i]->n;
    }
    return NULL;
}

enum wrong_side wrong_fault_side(const struct wrong_fault *fault)
{
    bool is_of_client = false;

    for (size_t i = 0; i < clients_faults.n; i++) {
        is_of_client = is_of_client || fault == &clients_faults.faults[i];
    }
    return is_of_client ? WRONG_CLIENT : WRONG_GATEWAY;
}

const char *wrong_fault_check(const struct wrong_fault *fault)
{
    return fault->check;
}

const char *wrong_fault_text(const struct wrong_fault *fault)
{
    return fault->text;
}
