/* SPDX-License-Identifier: ISC */
/* Promises about Child SAs that have handed their monitor on: the host is asked about their traffic when that monitor
 * is due. */
#include "support/monitored.h"
#include "support/mover.h"
#include "support/test.h"

#include "sa/children.h"

enum { CROWD = 20, OLD = 1, HEIR = OLD + CROWD, UNMONITORED = HEIR + CROWD };

static uint32_t questions[UNMONITORED + 1]; /* by spi_in */

static void count_question(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)sa;
    (void)heard;
    (void)sent;
    questions[ikl_child_spi_in(child)]++;
}

static void counting(struct ikl_endpoint_config *config)
{
    config->callbacks.last_esp = count_question;
}

static void one_by_one(struct ikl_endpoint_config *config)
{
    counting(config);
    config->work_limit = 1;
}

/* All that is due until then, in as many calls as that takes. */
static void run(struct host *host, ikl_time until)
{
    for (;;) {
        ikl_time due = ikl_endpoint_next_deadline(host->endpoint);

        if (due > MONITORED_START + until) {
            break;
        }
        host->now = due;
        assert_int_equal(ikl_endpoint_advance(host->endpoint, due), IKL_OK);
    }
    host->now = MONITORED_START + until;
}

/* Child SAs that were rekeyed, the first half of them with monitors that are due at 1000, the others at 1500; and one
 * without a monitor. No probe is answered. */
static void begin_crowd(struct host *host, endpoint_change change, uint32_t n)
{
    struct ikl_child *old[CROWD];

    monitored_begin_with(host, change, 0, monitored_quiet);
    monitored_tunnel = TUNNEL_DEAD;
    (void)monitored_add_own(host, NULL, UNMONITORED, NULL);
    for (uint32_t i = 0; i < n; i++) {
        run(host, i < n / 2 ? 0 : 500);
        old[i] = monitored_add_own(host, NULL, OLD + i, &monitored_usual);
    }
    run(host, 900);
    for (uint32_t i = 0; i < n; i++) {
        (void)monitored_add_own(host, old[i], HEIR + i, NULL);
    }
    memset(questions, 0, sizeof(questions));
}

static void about_each_that_was_rekeyed_the_host_is_asked_once_when_its_monitor_is_due(void **state)
{
    struct host host;

    (void)state;
    begin_crowd(&host, counting, CROWD);
    run(&host, 1000);
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_int_equal(questions[OLD + i], i < CROWD / 2 ? 1 : 0);
        assert_int_equal(questions[HEIR + i], i < CROWD / 2 ? 1 : 0);
    }
    assert_int_equal(questions[UNMONITORED], 0);
    host_clear(&host);
}

static void when_they_are_gone_nobody_looks_for_them_any_more(void **state)
{
    struct host host;

    (void)state;
    begin_crowd(&host, counting, CROWD);
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_true(ikl_sa_find_child(host.sa, IKL_PROTOCOL_ESP, HEIR + i)->took_over);
        assert_int_equal(ikl_sa_remove_child(host.sa, ikl_sa_find_child(host.sa, IKL_PROTOCOL_ESP, OLD + i)), IKL_OK);
    }
    run(&host, 1500);
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_false(ikl_sa_find_child(host.sa, IKL_PROTOCOL_ESP, HEIR + i)->took_over);
    }
    host_clear(&host);
}

enum meanwhile { NOTHING, A_REKEY, A_MOVE, N_MEANWHILE };

static struct ikl_endpoint *happen(struct host *host, enum meanwhile what)
{
    struct ikl_endpoint *other = NULL;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    if (what == A_REKEY) {
        test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, 1);
        monitored_quiet(&config);
        assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
        assert_int_equal(ikl_sa_replace(host->sa, sa, false, 10000, host->now), IKL_OK);
    } else if (what == A_MOVE) {
        other = mover_endpoint(host, one_by_one);
        host_move(host, &other);
    }
    return other;
}

/* Two are due at once, and the second has to wait for more work to be allowed. What is known is too old when it has
 * moved meanwhile. */
static void what_was_known_of_one_that_waits_for_its_turn_is_asked_anew_after_a_move(void **state)
{
    (void)state;
    for (enum meanwhile what = NOTHING; what < N_MEANWHILE; what++) {
        struct ikl_endpoint *other;
        struct host host;

        begin_crowd(&host, one_by_one, 4);
        host.now = MONITORED_START + 1000;
        assert_int_equal(ikl_endpoint_advance(host.endpoint, host.now), IKL_OK);
        assert_int_equal(questions[OLD], 1);
        assert_int_equal(questions[OLD + 1], 1);
        assert_int_equal(questions[HEIR] + questions[HEIR + 1], 1);
        other = happen(&host, what);
        run(&host, 1000);
        assert_int_equal(questions[HEIR] + questions[HEIR + 1], 2);
        assert_int_equal(questions[OLD] + questions[OLD + 1], what == NOTHING ? 2 : 3);
        host_clear(&host);
        assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    }
}

TESTS_OF(monitors_asked)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(about_each_that_was_rekeyed_the_host_is_asked_once_when_its_monitor_is_due),
        cmocka_unit_test(when_they_are_gone_nobody_looks_for_them_any_more),
        cmocka_unit_test(what_was_known_of_one_that_waits_for_its_turn_is_asked_anew_after_a_move),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
