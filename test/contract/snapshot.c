/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: what an IKE SA that is restored has of the one that it was, whose peer notices
 * nothing. */
#include "support/asking.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/restorer.h"
#include "support/story.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = RESTORER_SUITE;

static struct restorer restorer;

/* Each epoch has other initialisation vectors: of what was sealed anew only the length is the same. */
static void forget_what_is_new(struct host *host, size_t from)
{
    for (size_t i = from; i < host->n_events; i++) {
        if (host->events[i].kind == EVENT_SENT) {
            memset(host->events[i].datagram, 0, host->events[i].len);
        }
    }
}

static void an_ike_sa_that_is_restored_lives_on_as_if_it_had_stayed(void **state)
{
    struct host stayed;
    struct snapshot before, after;
    size_t from;

    (void)state;
    story_begin(&stayed, suite);
    story_begin(&restorer.host, suite);
    restorer.other = mover_endpoint(&restorer.host, NULL);
    host_keep_keys(&restorer.host, suite);
    from = stayed.n_events;
    restorer_go_on(&restorer);
    before = snapshot_of(&stayed);
    after = snapshot_of(&restorer.host);
    assert_same_state(&before, &after);
    story_end(&stayed, suite);
    story_end(&restorer.host, suite);
    forget_what_is_new(&stayed, from);
    forget_what_is_new(&restorer.host, from);
    assert_same_events(&stayed, &restorer.host);
    host_clear(&stayed);
    restorer_clear(&restorer);
}

static void what_is_sent_again_is_what_was_sent_before(void **state)
{
    struct host *host = &restorer.host;
    const struct event *first;

    (void)state;
    restorer_begin(&restorer, 1, NULL);
    host_advance(host, 5000);
    first = host_last(host, EVENT_SENT);
    restorer_go_on(&restorer);
    host_advance(host, 6000);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    assert_int_equal(host_last(host, EVENT_SENT)->len, first->len);
    assert_memory_equal(host_last(host, EVENT_SENT)->datagram, first->datagram, first->len);
    restorer_clear(&restorer);
}

static void a_snapshot_of_one_child_sa_and_nothing_outstanding_has_400_octets_at_most(void **state)
{
    struct peer_message probe = {.message_id = 0};

    (void)state;
    restorer_begin(&restorer, 1, with_fragmentation);
    assert_int_equal(peer_send(&restorer.host, suite, &probe), IKL_OK);
    restorer_take(&restorer);
    assert_in_range(restorer.len, 200, 400);
    restorer_clear(&restorer);
}

static void counted_initialisation_vectors_go_on_in_the_range_of_the_epoch(void **state)
{
    struct host *host = &restorer.host;
    const uint8_t *iv;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    restorer_go_on_with(&restorer, &(struct ikl_restore_options){.size = sizeof(struct ikl_restore_options),
                                                                 .epoch = RESTORER_EPOCH + 0x0304});
    host_advance(host, 5000);
    iv = host_last(host, EVENT_SENT)->datagram + 28 + 4;
    assert_memory_equal(iv, ((uint8_t[]){0x03, 0x04, 0, 0, 0, 0, 0, 0}), 8);
    restorer_clear(&restorer);
}

TESTS_OF(snapshot)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_that_is_restored_lives_on_as_if_it_had_stayed),
        cmocka_unit_test(what_is_sent_again_is_what_was_sent_before),
        cmocka_unit_test(a_snapshot_of_one_child_sa_and_nothing_outstanding_has_400_octets_at_most),
        cmocka_unit_test(counted_initialisation_vectors_go_on_in_the_range_of_the_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
