/* SPDX-License-Identifier: ISC */
/* Promises about sends that would block where several requests or IKE SAs wait. */
#include "support/asking.h"
#include "support/blocking.h"
#include "support/herd.h"
#include "support/test.h"

static void paced(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 1;
    config->work_limit = 1;
}

static void what_waited_is_held_up_by_no_limit(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, paced, NULL);
    for (size_t i = 0; i < HERD_SAS; i++) {
        blocking_start(&herd.host);
        assert_int_equal(ikl_sa_probe(herd.sas[i], 0), IKL_OK);
    }
    host_forget(&herd.host);
    blocking_end(&herd.host, 10);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    herd_end(&herd);
}

/* How many sends the socket takes until it blocks. */
static size_t room;

static int take_what_there_is_room_for(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind != EVENT_SENT) {
        return IKL_OK;
    }
    event->delivered = room == 0;
    if (room == 0) {
        return IKL_ERR_BLOCKED;
    }
    room--;
    return IKL_OK;
}

static void ike_sas_have_their_turn_until_one_is_blocked_again(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, NULL, NULL);
    herd.host.on_event = take_what_there_is_room_for;
    room = 0;
    herd_run(&herd, 5000);
    assert_int_equal(host_count(&herd.host, EVENT_SENT), HERD_SAS);
    for (size_t n = 1; n <= 5; n++) {
        host_forget(&herd.host);
        room = 7;
        herd.host.now = 5000 + n;
        assert_int_equal(ikl_endpoint_writable(herd.host.endpoint, 5000 + n), IKL_OK);
        assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 7);
        assert_int_equal(host_count(&herd.host, EVENT_SENT), 8);
        for (size_t i = 0; i < 7; i++) {
            assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->sa, herd.sas[7 * (n - 1) + i]);
        }
    }
    room = 1;
    blocking_start(&herd.host); /* the first one again, before those that are left: it comes last */
    assert_int_equal(ikl_sa_resend(herd.sas[0], 5006), IKL_OK);
    host_forget(&herd.host);
    room = HERD_SAS;
    blocking_end(&herd.host, 5010);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 6);
    for (size_t i = 0; i < 5; i++) {
        assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->sa, herd.sas[35 + i]);
    }
    assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, 5)->sa, herd.sas[0]);
    host_forget(&herd.host);
    blocking_end(&herd.host, 5011);
    assert_int_equal(herd.host.n_events, 0);
    herd_end(&herd);
}

/* IKE SAs until there are `n`. */
static void make_more(struct herd *herd, uint32_t n)
{
    for (uint32_t i = HERD_SAS; i < n; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct ikl_sa *sa;

        test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, i);
        assert_int_equal(ikl_sa_new(&sa, herd->host.endpoint, &config, 0), IKL_OK);
    }
}

static void ike_sas_that_are_made_meanwhile_take_no_turn_from_those_that_wait(void **state)
{
    static const size_t waiting[] = {5, 7, 2}; /* from the last of them it goes on with the first IKE SAs */
    struct herd herd;

    (void)state;
    herd_begin(&herd, NULL, NULL);
    herd.host.on_event = take_what_there_is_room_for;
    room = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ikl_sa_probe(herd.sas[waiting[i]], 0), IKL_OK);
    }
    room = 1;
    assert_int_equal(ikl_endpoint_writable(herd.host.endpoint, 1), IKL_OK);
    make_more(&herd, 2 * HERD_SAS); /* they need room that the endpoint does not have yet */
    host_forget(&herd.host);
    room = HERD_SAS;
    assert_int_equal(ikl_endpoint_writable(herd.host.endpoint, 2), IKL_OK);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 2);
    assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, 0)->sa, herd.sas[7]);
    assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, 1)->sa, herd.sas[2]);
    herd_end(&herd);
}

static void the_last_one_that_there_is_room_for_has_its_turn_too(void **state)
{
    enum { ROOM = 64 };
    struct herd herd;

    (void)state;
    herd_begin(&herd, NULL, NULL);
    make_more(&herd, ROOM);
    herd.host.on_event = take_what_there_is_room_for;
    room = 0;
    herd_run(&herd, 5000);
    assert_int_equal(host_count(&herd.host, EVENT_SENT), ROOM);
    host_forget(&herd.host);
    room = ROOM;
    herd.host.now = 5001;
    assert_int_equal(ikl_endpoint_writable(herd.host.endpoint, 5001), IKL_OK);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), ROOM);
    herd_end(&herd);
}

static void an_ike_sa_that_moves_to_another_endpoint_is_told_there_that_it_can_send(void **state)
{
    struct host host, other;

    (void)state;
    blocking_check(&host);
    host_init(&other, "b", 5000, NULL);
    assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 5100, &other.sa), IKL_OK);
    blocking_end(&host, 5200);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    blocking_end(&other, 5200);
    assert_int_equal(host_count(&other, EVENT_SENT), 1);
    blocking_assert_attempt(&other, 0, 5200, 0);
    host_clear(&other);
    host_clear(&host);
}

static void of_several_requests_the_blocked_ones_go_out_where_the_ike_sa_has_moved_to(void **state)
{
    (void)state;
    for (size_t n = 0; n < 4; n++) {
        size_t blocked = n % 2;
        struct host host, other;

        blocking_begin(&host, blocking_window_of_4);
        if (n < 2) {
            (void)ask(&host, 0);
        }
        if (blocked != 0) {
            blocking_start(&host);
        }
        (void)ask(&host, 1);
        host_init(&other, "b", 0, NULL);
        assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 100, &other.sa), IKL_OK);
        blocking_end(&other, 200);
        assert_int_equal(host_count(&other, EVENT_SENT), blocked);
        host_clear(&other);
        host_clear(&host);
    }
}

static void with_an_answer_to_another_a_blocked_request_goes_out(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, blocking_window_of_4);
    (void)ask(&host, 0);
    blocking_start(&host);
    (void)ask(&host, 1);
    host.send_result = IKL_OK;
    assert_int_equal(host_count(&host, EVENT_SENT), 2); /* tried as well */
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    host_clear(&host);
}

TESTS_OF(blocked_herds)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waited_is_held_up_by_no_limit),
        cmocka_unit_test(ike_sas_have_their_turn_until_one_is_blocked_again),
        cmocka_unit_test(ike_sas_that_are_made_meanwhile_take_no_turn_from_those_that_wait),
        cmocka_unit_test(the_last_one_that_there_is_room_for_has_its_turn_too),
        cmocka_unit_test(an_ike_sa_that_moves_to_another_endpoint_is_told_there_that_it_can_send),
        cmocka_unit_test(with_an_answer_to_another_a_blocked_request_goes_out),
        cmocka_unit_test(of_several_requests_the_blocked_ones_go_out_where_the_ike_sa_has_moved_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
