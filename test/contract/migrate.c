/* SPDX-License-Identifier: ISC */
/* ikl_sa_migrate: an IKE SA that moves to another endpoint has all that it had, and its peer notices nothing. */
#include "support/beginning.h"
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/sharing.h"
#include "support/story.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/twin.h"

#include "sa/sa.h"

static const char *const suite = MOVER_SUITE;

enum { LARGE = 700 };

static void an_ike_sa_that_moves_lives_on_as_if_it_had_stayed(void **state)
{
    struct host stayed, moved;
    struct ikl_endpoint *other;
    struct snapshot before, after;

    (void)state;
    story_begin(&stayed, suite);
    story_begin(&moved, suite);
    other = mover_endpoint(&moved, NULL);
    host_move(&moved, &other);
    before = snapshot_of(&stayed);
    after = snapshot_of(&moved);
    assert_same_state(&before, &after);
    assert_int_equal(ikl_endpoint_n_sas(other), 0);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    story_end(&stayed, suite);
    story_end(&moved, suite);
    assert_same_events(&stayed, &moved);
    host_clear(&stayed);
    host_clear(&moved);
}

static void the_endpoint_that_is_left_knows_nothing_of_it_any_more(void **state)
{
    struct mover mover;
    struct ikl_path path;

    (void)state;
    mover_begin(&mover, 2, NULL);
    path = *ikl_sa_path(mover.host.sa);
    mover_move(&mover);
    assert_null(ikl_endpoint_find(mover.other, ikl_sa_spi_i(mover.host.sa)));
    assert_ptr_equal(ikl_endpoint_find(mover.host.endpoint, ikl_sa_spi_i(mover.host.sa)), mover.host.sa);
    assert_ptr_equal(ikl_sa_endpoint(mover.host.sa), mover.host.endpoint);
    assert_ptr_equal(ikl_sa_user(mover.host.sa), &mover.host);
    assert_true(ikl_path_same(&path, ikl_sa_path(mover.host.sa)));
    assert_int_equal(ikl_endpoint_advance(mover.other, 400000), IKL_OK);
    assert_int_equal(mover.host.n_events, 0);
    assert_int_equal(ikl_endpoint_next_deadline(mover.other), IKL_NEVER);
    mover_clear(&mover);
}

static void requests_sent_and_queued_move_with_their_datagrams_and_contexts(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    mover_begin(&mover, 0, NULL);
    assert_int_equal(asking_try(host, &(struct asking){.mark = 1, .len = LARGE}, NULL), IKL_OK);
    assert_int_equal(asking_try(host, &(struct asking){.mark = 2, .len = LARGE}, NULL), IKL_OK);
    ask(host, 3);
    ask(host, 4);
    mover_move(&mover);
    ikl_sa_cancel(host->sa, ikl_sa_find_context(host->sa, asking_context(3)), host->now);
    assert_int_equal(outcome_of(host, 3)->kind, IKL_OUTCOME_CANCELLED);
    host_advance(host, 1000);
    assert_int_equal(host_last(host, EVENT_SENT)->len, host_event(host, EVENT_SENT, 0)->len);
    assert_memory_equal(host_last(host, EVENT_SENT)->datagram, host_event(host, EVENT_SENT, 0)->datagram,
                        host_event(host, EVENT_SENT, 0)->len);
    for (uint32_t id = 0; id < 3; id++) {
        assert_int_equal(answer(host, id), IKL_OK);
    }
    assert_int_equal(asked(host, 2), 2);
    assert_int_equal(asked(host, 3), 4);
    assert_int_equal(outcome(host, 1)->kind, IKL_OUTCOME_ANSWERED);
    assert_ptr_equal(outcome(host, 3)->context, asking_context(4));
    mover_clear(&mover);
}

static void a_request_is_found_by_its_context_until_its_outcome_is_decided(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct ikl_request *sent, *queued;

    (void)state;
    mover_begin(&mover, 0, NULL);
    sent = ask(host, 1);
    queued = ask(host, 2);
    (void)ask(host, 2);
    assert_ptr_equal(ikl_sa_find_context(host->sa, asking_context(1)), sent);
    assert_ptr_equal(ikl_sa_find_context(host->sa, asking_context(2)), queued);
    assert_null(ikl_sa_find_context(host->sa, asking_context(3)));
    ikl_sa_cancel(host->sa, sent, 0);
    assert_null(ikl_sa_find_context(host->sa, asking_context(1)));
    mover_clear(&mover);
}

static uint32_t n_in_table(struct host *host, uint32_t mark)
{
    uint32_t n = 0;

    while (n < 100 && asking_try(host, &(struct asking){.mark = (uint8_t)mark}, NULL) == IKL_OK) {
        n++;
    }
    return n;
}

static void with_few_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 4;
}

static void requests_move_though_the_table_is_full_and_count_there(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct ikl_endpoint *from;
    struct ikl_sa *sa;

    (void)state;
    mover_init(&mover, with_few_requests);
    host_sa(host, suite, true, 0, NULL);
    assert_int_equal(n_in_table(host, 1), 4);
    sa = host->sa;
    from = host->endpoint;
    host->endpoint = mover.other;
    host->sa = sharing_sa(host, 1, false, 1);
    assert_int_equal(n_in_table(host, 2), 4);
    assert_int_equal(ikl_sa_migrate(sa, mover.other, 0, &sa), IKL_OK);
    assert_int_equal(n_in_table(host, 2), 0);
    ikl_sa_close(host->sa, 0);
    host->sa = sa;
    assert_int_equal(n_in_table(host, 1), 0);
    ikl_sa_close(host->sa, 0);
    host->sa = sharing_sa(host, 2, false, 1);
    assert_int_equal(n_in_table(host, 1), 4);
    assert_int_equal(host_count(host, EVENT_OUTCOME), 8);
    host->endpoint = from;
    mover_clear(&mover);
}

static void responses_move_and_are_repeated_octet_for_octet(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct peer_message request = sharing_request(0);

    (void)state;
    mover_begin(&mover, 0, NULL);
    assert_int_equal(peer_send(host, suite, &request), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, 0, &sharing_payload, 1, 0), IKL_OK);
    mover_move(&mover);
    assert_int_equal(peer_send(host, suite, &request), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    assert_memory_equal(host_event(host, EVENT_SENT, 0)->datagram, host_event(host, EVENT_SENT, 1)->datagram,
                        host_event(host, EVENT_SENT, 0)->len);
    mover_clear(&mover);
}

static void without_own_blocks(struct ikl_endpoint_config *config)
{
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

/* One that takes one block, of its own or borrowed. */
static void a_response_may_be_forgotten_after_the_move_if_that_is_so_before(void **state)
{
    static const uint8_t octets[56];
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};
    static const endpoint_change changes[] = {NULL, without_own_blocks};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct peer_message request = sharing_request(0);
        struct mover mover;
        struct host *host = &mover.host;

        mover_init(&mover, changes[i]);
        host_sa(host, suite, true, 0, NULL);
        assert_int_equal(peer_send(host, suite, &request), IKL_OK);
        assert_int_equal(ikl_sa_respond(host->sa, 0, &payload, 1, 0), IKL_OK);
        assert_int_equal(ikl_sa_borrowed(host->sa), i);
        assert_int_equal(host->endpoint->shares.first_old != IKL_NONE, i != 0);
        mover_move(&mover);
        assert_int_equal(host->endpoint->shares.first_old != IKL_NONE, i != 0);
        mover_clear(&mover);
    }
}

/* From where the IKE SA's path does not lead. */
static int hear_from_port(struct host *host, uint16_t port, const struct peer_message *message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(message, suite, datagram);
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.remote.port = port;
    return ikl_endpoint_receive(host->endpoint, &path, datagram, len, host->now);
}

static void a_request_that_the_host_has_not_answered_is_answered_after_the_move_to_where_it_came_from(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct peer_message request = sharing_request(0);

    (void)state;
    mover_begin(&mover, 0, NULL);
    assert_int_equal(hear_from_port(host, 4711, &request), IKL_OK);
    mover_move(&mover);
    assert_int_equal(ikl_sa_respond(host->sa, 0, &sharing_payload, 1, 0), IKL_OK);
    assert_int_equal(host_last(host, EVENT_SENT)->path.remote.port, 4711);
    mover_clear(&mover);
}

static void requests_that_wait_for_a_lower_message_id_move(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct peer_message requests[] = {sharing_request(0), sharing_request(1), sharing_request(2)};

    (void)state;
    mover_begin(&mover, 0, mover_with_windows);
    assert_int_equal(peer_send(host, suite, &requests[2]), IKL_OK);
    assert_int_equal(peer_send(host, suite, &requests[1]), IKL_OK);
    mover_move(&mover);
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 0);
    assert_int_equal(peer_send(host, suite, &requests[0]), IKL_OK);
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 3);
    for (uint32_t id = 0; id < 3; id++) {
        const struct event *event = host_event(host, EVENT_PEER_REQUEST, id);

        assert_int_equal(event->message_id, id);
        assert_int_equal(event->len, requests[0].plaintext.len);
        assert_memory_equal(event->datagram, requests[0].plaintext.data, event->len);
    }
    mover_clear(&mover);
}

/* Its answer is given after the move: no hash of it was made there by which the endpoint could know it again. */
static void a_delete_that_waited_for_its_turn_when_the_ike_sa_moved_leaves_no_tombstone(void **state)
{
    static const uint8_t delete_sa[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct peer_message probe = {.message_id = 0}, delete = {.message_id = 1,
                                                             .first_payload = IKL_PAYLOAD_DELETE,
                                                             .plaintext = {delete_sa, sizeof(delete_sa)}};
    uint8_t datagram[HOST_MAX_DATAGRAM];

    (void)state;
    for (int moved = 0; moved < 2; moved++) {
        struct mover mover;
        struct host *host = &mover.host;
        uint64_t spi;
        size_t len;

        mover_begin(&mover, 0, mover_with_windows);
        spi = ikl_sa_spi_i(host->sa);
        len = peer_seal(&delete, suite, datagram);
        assert_int_equal(peer_deliver(host, datagram, len), IKL_OK);
        if (moved != 0) {
            mover_move(&mover);
        }
        assert_int_equal(peer_send(host, suite, &probe), IKL_OK);
        assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_PEER_DELETED);
        assert_int_equal(host_count(host, EVENT_SENT), 2);
        assert_int_equal(ikl_tombstones_has(host->endpoint->tombstones, spi, 0), moved == 0);
        assert_int_equal(peer_deliver(host, datagram, len), moved != 0 ? IKL_ERR_UNKNOWN_SPI : IKL_OK);
        assert_int_equal(host_count(host, EVENT_SENT), moved != 0 ? 2 : 3);
        mover_clear(&mover);
    }
}

static void a_message_of_which_some_fragments_have_arrived_is_put_together_after_the_move(void **state)
{
    enum { PIECE = 90 };
    struct mover mover;
    struct host *host = &mover.host;
    struct peer_message whole = sharing_request(0);

    (void)state;
    mover_begin(&mover, 0, with_fragmentation);
    assert_int_equal(fragments_total(&whole, PIECE), 5);
    assert_int_equal(hear_fragment(host, &whole, PIECE, 2), IKL_OK);
    assert_int_equal(hear_fragment(host, &whole, PIECE, 5), IKL_OK);
    assert_int_equal(hear_fragment(host, &whole, PIECE, 1), IKL_OK);
    mover_move(&mover);
    assert_int_equal(hear_fragment(host, &whole, PIECE, 4), IKL_OK);
    assert_int_equal(hear_fragment(host, &whole, PIECE, 3), IKL_OK);
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 1);
    assert_memory_equal(host_event(host, EVENT_PEER_REQUEST, 0)->datagram, whole.plaintext.data, whole.plaintext.len);
    mover_clear(&mover);
}

/* So many fragments of one octet for the CONNECTING IKE SA with this number; how many were kept. */
static size_t hear_octets(struct host *host, uint32_t n, uint16_t first, uint16_t last)
{
    static const uint8_t octet = 0;
    struct peer_message message = {
        .sa = n, .exchange_type = IKL_IKE_AUTH, .plaintext = {&octet, 1}, .fragment_total = 200};
    size_t kept = 0;

    for (uint16_t number = first; number <= last; number++) {
        message.fragment_number = number;
        kept += peer_send(host, SHARING_SUITE, &message) == IKL_OK;
    }
    return kept;
}

/* Of what has come for CONNECTING IKE SAs the oldest gives way: where the IKE SA came to, its fragments are older than
 * those that were there. */
static void fragments_of_a_connecting_ike_sa_are_as_old_after_the_move(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct ikl_endpoint *first;
    uint64_t dropped;

    (void)state;
    mover_init(&mover, NULL);
    host->sa = sharing_sa(host, 1, true, 1);
    assert_int_equal(hear_octets(host, 1, 1, 1), 1);
    first = host->endpoint;
    host->endpoint = mover.other;
    host->now = 1000;
    (void)sharing_sa(host, 2, true, 1);
    assert_int_equal(hear_octets(host, 2, 1, 2), 2);
    host->endpoint = first;
    mover_move(&mover);
    for (uint32_t n = 3; n < 5; n++) {
        (void)sharing_sa(host, n, true, 1);
    }
    assert_int_equal(hear_octets(host, 3, 1, SHARING_M), SHARING_M);
    dropped = host_counters(host).fragments_dropped;
    assert_int_equal(hear_octets(host, 4, 1, SHARING_COMMON / 4 - SHARING_M - 2), SHARING_COMMON / 4 - SHARING_M - 2);
    assert_int_equal(host_counters(host).fragments_dropped - dropped, 1); /* the one that moved */
    mover_clear(&mover);
}

static void schedules_of_its_own_and_of_a_request_go_along(void **state)
{
    static const struct ikl_schedule slow = {.waits = {30000}, .n_waits = 1, .tries = 3};
    static const struct ikl_schedule slower = {.waits = {50000}, .n_waits = 1, .tries = 3};
    struct ikl_request_options options = {.size = sizeof(options), .schedule = &slower};
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    mover_begin(&mover, 0, NULL);
    assert_int_equal(ikl_sa_set_schedule(host->sa, &slow), IKL_OK);
    ikl_sa_peer_window(host->sa, 2, 0);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, &options, 0, NULL), IKL_OK);
    mover_move(&mover);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    host_forget(host);
    host_advance(host, 29999);
    assert_int_equal(host_count(host, EVENT_SENT), 0);
    host_advance(host, 30000);
    assert_int_equal(host_count(host, EVENT_SENT), 1);
    assert_int_equal(host_last(host, EVENT_ATTEMPT)->attempt.message_id, 1);
    host_advance(host, 50000);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    assert_int_equal(host_last(host, EVENT_ATTEMPT)->attempt.message_id, 0);
    mover_clear(&mover);
}

static void child_sas_move_in_order_with_users_evidence_and_deletes(void **state)
{
    enum { N = 5 };
    struct mover mover;
    struct host *host = &mover.host;
    size_t n = 0;

    (void)state;
    mover_begin(&mover, N, NULL);
    ask(host, 1);
    for (size_t i = 0; i < N; i++) {
        ikl_child_set_user(host->children[i], &host->children[i]);
    }
    host->now = 800;
    ikl_child_heard(host->children[2], 700);
    assert_int_equal(
        ikl_sa_delete_children(host->sa, (struct ikl_child *[]){host->children[3], host->children[1]}, 2, host->now),
        IKL_OK);
    mover_move(&mover);
    for (struct ikl_child *child = ikl_sa_first_child(host->sa); child != NULL;
         child = ikl_sa_next_child(host->sa, child)) {
        assert_ptr_equal(ikl_child_user(child), &host->children[n]);
        assert_int_equal(ikl_child_spi_in(child), 0xa0000001u + n);
        assert_int_equal(ikl_child_last_heard(child), n == 2 ? 700 : IKL_NEVER);
        assert_ptr_equal(ikl_sa_find_child(host->sa, IKL_PROTOCOL_ESP, ikl_child_spi_in(child)), child);
        assert_ptr_equal(ikl_sa_find_child_out(host->sa, IKL_PROTOCOL_ESP, ikl_child_spi_out(child)), child);
        n++;
    }
    assert_int_equal(n, N);
    assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 1, host->now), IKL_ERR_BUSY);
    assert_int_equal(answer(host, 0), IKL_OK);
    assert_int_equal(answer(host, 1), IKL_OK);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_event(host, EVENT_CHILD_DOWN, 0)->spi_in, 0xa0000004u);
    assert_int_equal(host_event(host, EVENT_CHILD_DOWN, 1)->spi_in, 0xa0000002u);
    mover_clear(&mover);
}

static void with_short_history(struct ikl_endpoint_config *config)
{
    config->history_events = 3;
}

static void the_latest_events_move_as_many_as_are_kept_there(void **state)
{
    enum { MOST = 16 };
    struct ikl_event before[MOST], after[MOST];
    struct host host;
    struct ikl_endpoint *other;
    size_t n;

    (void)state;
    story_begin(&host, suite);
    n = ikl_sa_history(host.sa, before, MOST);
    assert_true(n > 3);
    other = mover_endpoint(&host, with_short_history);
    host_move(&host, &other);
    assert_int_equal(ikl_sa_history(host.sa, after, MOST), 3);
    assert_memory_equal(after, &before[n - 3], 3 * sizeof(after[0]));
    host_move(&host, &other);
    assert_int_equal(ikl_sa_history(host.sa, after, MOST), 3);
    assert_memory_equal(after, &before[n - 3], 3 * sizeof(after[0]));
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

static void what_a_cipher_must_keep_sealed_moves_and_is_sent_again_as_it_was(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    fickle_reset(false, true);
    mover_init(&mover, with_fickle_provider);
    host_sa(host, suite, true, 0, NULL);
    host_advance(host, 5000);
    mover_move(&mover);
    host_advance(host, 6000);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    assert_memory_equal(host_event(host, EVENT_SENT, 0)->datagram, host_event(host, EVENT_SENT, 1)->datagram,
                        host_event(host, EVENT_SENT, 0)->len);
    assert_int_equal(fickle.seals, 1);
    assert_int_equal(fickle.inits, 2);
    assert_int_equal(fickle.clears, 0);
    mover_clear(&mover);
    assert_int_equal(fickle.clears, 2);
}

static void keys_are_wiped_where_they_were(void **state)
{
    static struct test_allocator memory;
    struct host host;
    struct ikl_endpoint *other;
    struct ikl_endpoint_config config;
    struct ikl_keys keys;

    (void)state;
    test_keys(&keys, suite);
    host_init(&host, "a", 0, NULL);
    other = host.endpoint;
    test_allocator_init(&memory);
    config = host_config(&host);
    config.allocator = &memory.allocator;
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    host_sa(&host, suite, true, 0, NULL);
    assert_true(test_allocator_find(&memory, keys.sk_ei, 32) != 0);
    host_move(&host, &other);
    assert_int_equal(test_allocator_find(&memory, keys.sk_ei, 32), 0);
    assert_int_equal(test_allocator_find(&memory, keys.sk_er, 32), 0);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    assert_int_equal(memory.outstanding, 0);
    host_clear(&host);
}

static void an_ike_sa_without_keys_moves_with_its_earlier_requests(void **state)
{
    static const uint8_t cookie[] = {0, 0, 0x40, 0x06, 1, 2, 3, 4, 5, 6, 7, 8};
    static const struct ikl_payload asks_cookie = {.type = IKL_PAYLOAD_NOTIFY, .body = {cookie, sizeof(cookie)}};
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    mover_init(&mover, NULL);
    host_begin(host, NULL);
    (void)begin(host, 1);
    assert_int_equal(ikl_sa_restart(host->sa, (struct ikl_payload[]){asks_cookie, sharing_payload}, 2, 0), IKL_OK);
    assert_int_equal(ikl_sa_restart(host->sa, (struct ikl_payload[]){sharing_payload, asks_cookie}, 2, 0), IKL_OK);
    mover_move(&mover);
    host_advance(host, 1000);
    assert_memory_equal(host_event(host, EVENT_SENT, 2)->datagram, host_event(host, EVENT_SENT, 3)->datagram,
                        host_event(host, EVENT_SENT, 2)->len);
    assert_int_equal(beginning_hear(host, &(struct beginning_message){.n = 0}), IKL_OK);
    assert_int_equal(host_count(host, EVENT_INIT_RESPONSE), 1);
    assert_int_equal(beginning_install(host), IKL_OK);
    assert_int_equal(outcome_of(host, 1)->kind, IKL_OUTCOME_ANSWERED);
    mover_clear(&mover);
}

static void a_rekeyed_ike_sa_moves_once_its_replacement_has_ended_and_sends_its_delete(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct ikl_sa *heir;

    (void)state;
    mover_begin(&mover, 1, NULL);
    heir = sharing_sa(host, 1, false, 1);
    assert_int_equal(ikl_sa_replace(host->sa, heir, false, 10000, 0), IKL_OK);
    ikl_sa_free(heir);
    mover_move(&mover);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_REKEYED);
    host_advance(host, 10000);
    assert_int_equal(host_count(host, EVENT_SENT), 1);
    assert_int_equal(answer(host, 0), IKL_OK);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_REKEYED);
    mover_clear(&mover);
}

static void once_it_is_established_what_has_come_of_a_message_gives_way_to_no_other(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    mover_init(&mover, NULL);
    host->sa = sharing_sa(host, 1, true, 1);
    assert_int_equal(hear_octets(host, 1, 1, 1), 1);
    assert_int_equal(ikl_sa_established(host->sa, 0), IKL_OK);
    mover_move(&mover);
    for (uint32_t n = 3; n < 5; n++) {
        (void)sharing_sa(host, n, true, 1);
    }
    assert_int_equal(hear_octets(host, 3, 1, SHARING_M), SHARING_M);
    (void)hear_octets(host, 4, 1, SHARING_COMMON / 4);
    assert_int_equal(hear_octets(host, 1, 1, 1), 0); /* it is there still */
    assert_int_equal(hear_octets(host, 1, 2, 2), 1);
    mover_clear(&mover);
}

TESTS_OF(migrate)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_that_moves_lives_on_as_if_it_had_stayed),
        cmocka_unit_test(the_endpoint_that_is_left_knows_nothing_of_it_any_more),
        cmocka_unit_test(requests_sent_and_queued_move_with_their_datagrams_and_contexts),
        cmocka_unit_test(a_request_is_found_by_its_context_until_its_outcome_is_decided),
        cmocka_unit_test(requests_move_though_the_table_is_full_and_count_there),
        cmocka_unit_test(responses_move_and_are_repeated_octet_for_octet),
        cmocka_unit_test(a_response_may_be_forgotten_after_the_move_if_that_is_so_before),
        cmocka_unit_test(a_request_that_the_host_has_not_answered_is_answered_after_the_move_to_where_it_came_from),
        cmocka_unit_test(requests_that_wait_for_a_lower_message_id_move),
        cmocka_unit_test(a_delete_that_waited_for_its_turn_when_the_ike_sa_moved_leaves_no_tombstone),
        cmocka_unit_test(a_message_of_which_some_fragments_have_arrived_is_put_together_after_the_move),
        cmocka_unit_test(fragments_of_a_connecting_ike_sa_are_as_old_after_the_move),
        cmocka_unit_test(once_it_is_established_what_has_come_of_a_message_gives_way_to_no_other),
        cmocka_unit_test(schedules_of_its_own_and_of_a_request_go_along),
        cmocka_unit_test(child_sas_move_in_order_with_users_evidence_and_deletes),
        cmocka_unit_test(the_latest_events_move_as_many_as_are_kept_there),
        cmocka_unit_test(what_a_cipher_must_keep_sealed_moves_and_is_sent_again_as_it_was),
        cmocka_unit_test(keys_are_wiped_where_they_were),
        cmocka_unit_test(an_ike_sa_without_keys_moves_with_its_earlier_requests),
        cmocka_unit_test(a_rekeyed_ike_sa_moves_once_its_replacement_has_ended_and_sends_its_delete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
