/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: whoever can put the check right makes no IKE SA all the same of a snapshot in which
 * one field of a request or response has what it never has. */
#include "support/asking.h"
#include "support/lying.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/test.h"

#include "sa/keys.h"

#include <ikelive/snapshot.h>

static struct restorer restorer;

static struct host *const host = &restorer.host;

static void take_with_two_requests(void)
{
    restorer_begin(&restorer, 0, mover_with_windows);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    restorer_take(&restorer);
}

static void no_message_is_believed_to_be_where_it_never_is(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 1, REQUEST_ID, 4, 0}},                                     /* two with one Message ID */
        {{REQUEST, 2, REQUEST_ID, 4, 3}},                                     /* not sent yet */
        {{REQUEST, 0, REQUEST_KIND, 1, 0}, {REQUEST, 1, REQUEST_KIND, 1, 0}}, /* two liveness checks */
        {{RESPONSE, 1, RESPONSE_ID, 4, 0}},
        {{RESPONSE, 1, RESPONSE_ID, 4, 2}}, /* to a request that has not come */
    };

    (void)state;
    lying_begin_busy(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

/* A request that is sent, one that is queued, and one that is queued and has no payload. */
static void no_plaintext_of_a_request_is_longer_than_what_is_there_of_it(void **state)
{
    enum { PAYLOAD_LEN = ASKING_LEN + IKL_PAYLOAD_HEADER_LEN };
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 0, REQUEST_SMALL_LEN, 1, IKL_SMALL_BODY + 1}},
        {{REQUEST, 1, REQUEST_PLAINTEXT_LEN, 4, PAYLOAD_LEN + 100}},
        {{REQUEST, 2, REQUEST_PLAINTEXT_LEN, 4, 1}},
    };
    static const struct lie truth[MAX_LIES] = {{REQUEST, 1, REQUEST_PLAINTEXT_LEN, 4, PAYLOAD_LEN}};

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    (void)ask(host, 1);
    (void)ask(host, 2);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

/* The first of them is made again, the second is there as it was sent. */
static void no_response_is_made_again_of_what_is_not_there_or_sent_with_another_header(void **state)
{
    enum { FLAGS_AT = 19, ID_AT = 23 };
    static const uint8_t octets[300];
    static const struct ikl_payload long_payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};
    static const struct lie lies[][MAX_LIES] = {
        {{RESPONSE, 0, RESPONSE_MADE_AGAIN, 1, 0}},
        {{RESPONSE, 0, RESPONSE_BODY_LEN, 1, IKL_SMALL_BODY + 1}},
        {{RESPONSE, 1, RESPONSE_MESSAGE + FLAGS_AT, 1, IKL_FLAG_INITIATOR}}, /* a request of ours */
        {{RESPONSE, 1, RESPONSE_MESSAGE + ID_AT, 1, 0}},
        {{RESPONSE, 1, RESPONSE_EXCHANGE_TYPE, 1, IKL_INFORMATIONAL}},
    };
    static const struct peer_message create = {.message_id = 1, .exchange_type = IKL_CREATE_CHILD_SA};

    (void)state;
    restorer_begin(&restorer, 0, mover_with_windows);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &create), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, 1, &long_payload, 1, 0), IKL_OK);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

static void no_request_but_our_delete_of_child_sas_names_any(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 0, REQUEST_KIND, 1, 0}}, /* a liveness check */
        {{REQUEST, 0, REQUEST_KIND, 1, 2}}, /* the host's */
    };

    (void)state;
    restorer_begin(&restorer, 2, NULL);
    assert_int_equal(ikl_sa_delete_children(host->sa, host->children, 2, 0), IKL_OK);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

static void no_request_is_of_a_kind_that_there_is_not(void **state)
{
    static const struct lie lies[][MAX_LIES] = {{{REQUEST, 0, REQUEST_KIND, 1, 4}},
                                                {{REQUEST, 0, REQUEST_KIND, 1, 255}}};

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    assert_int_equal(ikl_sa_probe(host->sa, 0), IKL_OK);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

static void only_what_was_sent_for_the_host_was_cancelled(void **state)
{
    enum { SENT = 1, CANCELLED = 2 };
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 3, REQUEST_FLAGS, 2, CANCELLED}},
        {{REQUEST, 0, REQUEST_KIND, 1, 0}, {REQUEST, 0, REQUEST_FLAGS, 2, SENT | CANCELLED}}, /* a liveness check */
    };
    static const struct lie truth[MAX_LIES] = {{REQUEST, 0, REQUEST_FLAGS, 2, SENT | CANCELLED}};

    (void)state;
    lying_begin_busy(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

static void no_run_that_cannot_be_is_believed(void **state)
{
    enum { RESENT = 1 << 2, PUT_OFF = 1 << 3, BLOCKED = 1 << 4, RELIABLE = 1 << 5 };
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 0, REQUEST_SENDS, 4, 0}},
        {{REQUEST, 0, REQUEST_DEADLINE, 8, UINT32_MAX + UINT64_C(1)}},
        {{REQUEST, 0, REQUEST_ATTEMPT, 2, IKL_SCHEDULE_MAX_TRIES}},
        {{REQUEST, 0, REQUEST_FIRST_SENT, 8, INT64_MAX}}, /* never, though it was not blocked */
        {{REQUEST, 0, REQUEST_FIRST_SENT, 8, INT64_MAX},
         {REQUEST, 0, REQUEST_RUN_FLAGS, 2, BLOCKED},
         {REQUEST, 0, REQUEST_SENDS, 4, 2}},
        /* round-trip sends */
        {{REQUEST, 0, REQUEST_TIMEOUT, 1, 10}, {REQUEST, 0, REQUEST_ATTEMPT, 2, 1}},
        {{REQUEST, 0, REQUEST_TIMEOUT, 1, 10}, {REQUEST, 0, REQUEST_EARLY, 1, IKL_RUN_MAX_EARLY}},
        {{REQUEST, 0, REQUEST_TIMEOUT, 1, 10}, {REQUEST, 0, REQUEST_RUN_FLAGS, 2, RESENT}},
        {{REQUEST, 0, REQUEST_TIMEOUT, 1, 10}, {REQUEST, 0, REQUEST_RUN_FLAGS, 2, PUT_OFF}},
        {{REQUEST, 0, REQUEST_TIMEOUT, 1, 10}, {REQUEST, 0, REQUEST_RUN_FLAGS, 2, BLOCKED}},
        {{REQUEST, 0, REQUEST_TIMEOUT, 1, 10}, {REQUEST, 0, REQUEST_RUN_FLAGS, 2, RELIABLE}},
    };
    static const struct lie truths[][MAX_LIES] = {
        {{REQUEST, 0, REQUEST_DEADLINE, 8, UINT32_MAX}},
        {{REQUEST, 0, REQUEST_FIRST_SENT, 8, INT64_MAX}, {REQUEST, 0, REQUEST_RUN_FLAGS, 2, BLOCKED}},
        {{REQUEST, 0, REQUEST_TIMEOUT, 1, 10}, {REQUEST, 0, REQUEST_EARLY, 1, IKL_RUN_MAX_EARLY - 1}},
    };

    (void)state;
    restorer_begin(&restorer, 0, mover_with_windows);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    for (size_t i = 0; i < COUNT_OF(truths); i++) {
        assert_int_equal(lying_try(&restorer, truths[i]), IKL_OK);
    }
    restorer_clear(&restorer);
}

/* In place of two requests that are sent, of which the first is now queued. */
static void nothing_that_is_sent_is_behind_what_is_queued(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 0, REQUEST_FLAGS, 2, 0}, {SA, 0, SA_UNANSWERED, 4, 1}},
        {{REQUEST, 0, REQUEST_FLAGS, 2, 0}, {SA, 0, SA_UNANSWERED, 4, 1}, {REQUEST, 1, REQUEST_KIND, 1, 0}},
    };
    static const struct lie truth[MAX_LIES] = {{REQUEST, 1, REQUEST_FLAGS, 2, 0}, {SA, 0, SA_NEXT, 4, 1}};

    (void)state;
    take_with_two_requests();
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

/* In place of two requests, of which the first is a liveness check. */
static void no_request_has_the_message_id_of_a_liveness_check_nor_one_before(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 0, REQUEST_KIND, 1, 0}, {REQUEST, 0, REQUEST_ID, 4, 1}},
        {{REQUEST, 0, REQUEST_KIND, 1, 0}, {REQUEST, 0, REQUEST_ID, 4, 1}, {REQUEST, 1, REQUEST_ID, 4, 0}},
    };
    static const struct lie truth[MAX_LIES] = {{REQUEST, 0, REQUEST_KIND, 1, 0}};

    (void)state;
    take_with_two_requests();
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

static void no_liveness_check_is_queued(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{REQUEST, 0, REQUEST_FLAGS, 2, 0}, {SA, 0, SA_UNANSWERED, 4, 1}},
    };

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    host_advance(host, 5000);
    assert_int_equal(host_count(host, EVENT_SENT), 1);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

TESTS_OF(snapshot_lies_messages)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_message_is_believed_to_be_where_it_never_is),
        cmocka_unit_test(no_plaintext_of_a_request_is_longer_than_what_is_there_of_it),
        cmocka_unit_test(no_response_is_made_again_of_what_is_not_there_or_sent_with_another_header),
        cmocka_unit_test(no_request_but_our_delete_of_child_sas_names_any),
        cmocka_unit_test(no_request_is_of_a_kind_that_there_is_not),
        cmocka_unit_test(only_what_was_sent_for_the_host_was_cancelled),
        cmocka_unit_test(no_run_that_cannot_be_is_believed),
        cmocka_unit_test(nothing_that_is_sent_is_behind_what_is_queued),
        cmocka_unit_test(no_request_has_the_message_id_of_a_liveness_check_nor_one_before),
        cmocka_unit_test(no_liveness_check_is_queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
