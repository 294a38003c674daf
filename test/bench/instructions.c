/* SPDX-License-Identifier: ISC */
/* The operations whose instructions the script of the same name counts. */
#include "support/operations.h"

enum { SAS = 64, CROWD = 25 * SAS, ROUNDS = 8 };

int main(void)
{
    struct facing_config config = {.suite = "chacha20poly1305-prfsha256", .n = SAS, .spacing = 1};

    return operations_run(&config, CROWD, ROUNDS) ? 0 : 1;
}
