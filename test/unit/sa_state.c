/* SPDX-License-Identifier: ISC */
/* The table of the states of an IKE SA, cell by cell, and the diagram of <ikelive/sa.h> against it. */
#include "support/test.h"

#include "sa/state.h"

#include <stdio.h>
#include <string.h>

#define HEADER VECTORS "/../../include/ikelive/sa.h"

enum { NO = IKL_ERR_STATE };

/* In the order of enum ikl_sa_input: five that move it, then what may be asked. */
static const int expected[IKL_SA_STATES][IKL_SA_INPUTS] = {
    [IKL_SA_CONNECTING] = {IKL_SA_ESTABLISHED, NO, IKL_SA_DELETING, IKL_SA_DYING, NO, IKL_SA_CONNECTING,
                           IKL_SA_CONNECTING, NO, IKL_SA_CONNECTING, NO, IKL_SA_CONNECTING},
    [IKL_SA_ESTABLISHED] = {NO, IKL_SA_REKEYED, IKL_SA_DELETING, IKL_SA_DYING, NO, NO, IKL_SA_ESTABLISHED,
                            IKL_SA_ESTABLISHED, IKL_SA_ESTABLISHED, IKL_SA_ESTABLISHED, IKL_SA_ESTABLISHED},
    [IKL_SA_REKEYED] = {NO, NO, NO, IKL_SA_DYING, NO, NO, NO, NO, NO, NO, IKL_SA_REKEYED},
    [IKL_SA_DELETING] = {NO, NO, NO, IKL_SA_DYING, NO, NO, NO, NO, NO, NO, IKL_SA_DELETING},
    [IKL_SA_DYING] = {NO, NO, NO, NO, IKL_SA_DEAD, NO, NO, NO, NO, NO, NO},
    [IKL_SA_DEAD] = {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO},
};

static void each_state_takes_what_the_table_says_and_refuses_the_rest(void **state)
{
    (void)state;
    for (int from = 0; from < IKL_SA_STATES; from++) {
        for (int input = 0; input < IKL_SA_INPUTS; input++) {
            assert_int_equal(ikl_sa_next_state((enum ikl_sa_state)from, (enum ikl_sa_input)input),
                             expected[from][input]);
        }
    }
}

static int state_named(const char *name, size_t len)
{
    for (int state = 0; state < IKL_SA_STATES; state++) {
        const char *known = ikl_sa_state_name((enum ikl_sa_state)state);

        if (strlen(known) == len && memcmp(known, name, len) == 0) {
            return state;
        }
    }
    return -1;
}

/* The arrows of lines like " *     CONNECTING --ikl_sa_established--> ESTABLISHED". */
static size_t read_arrows(bool arrows[IKL_SA_STATES][IKL_SA_STATES])
{
    FILE *header = fopen(HEADER, "r");
    char line[200], from[40], to[40];
    size_t n = 0;

    assert_non_null(header);
    while (fgets(line, sizeof(line), header) != NULL) {
        int a, b;

        if (sscanf(line, " * %39[A-Z] --%*[^>]> %39[A-Z]", from, to) != 2) {
            continue;
        }
        a = state_named(from, strlen(from));
        b = state_named(to, strlen(to));
        assert_true(a >= 0 && b >= 0);
        assert_false(arrows[a][b]);
        arrows[a][b] = true;
        n++;
    }
    (void)fclose(header);
    return n;
}

static void the_diagram_of_the_header_has_the_arrows_of_the_table_and_no_others(void **state)
{
    bool drawn[IKL_SA_STATES][IKL_SA_STATES] = {{false}}, known[IKL_SA_STATES][IKL_SA_STATES] = {{false}};

    (void)state;
    assert_int_equal(read_arrows(drawn), 9);
    for (int from = 0; from < IKL_SA_STATES; from++) {
        for (int input = 0; input < IKL_SA_INPUTS; input++) {
            int to = ikl_sa_next_state((enum ikl_sa_state)from, (enum ikl_sa_input)input);

            if (to >= 0 && to != from) {
                known[from][to] = true;
            }
        }
    }
    assert_memory_equal(drawn, known, sizeof(drawn));
}

TESTS_OF(sa_state)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_takes_what_the_table_says_and_refuses_the_rest),
        cmocka_unit_test(the_diagram_of_the_header_has_the_arrows_of_the_table_and_no_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
