/* SPDX-License-Identifier: ISC */
/* Promises about the Deletes of the peer's: the library answers them itself, and reports each Child SA once (RFC 7296
 * §1.4.1). */
#include "support/deleting.h"
#include "support/test.h"

#include "octets.h"

#include "sa/sa.h"

static const char *const suite = DELETING_SUITE;

static void a_delete_of_a_child_sa_is_answered_with_the_paired_spi(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 2};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 2};
    struct host host;

    (void)state;
    deleting_init(&host);
    host.now = 1500;
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    deleting_assert_reported(&host, 0, 0xa0000002);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.last_evidence, 1500);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_info(&host).n_children, 2);
    assert_ptr_equal(ikl_sa_first_child(host.sa), host.children[0]);
    assert_ptr_equal(ikl_sa_next_child(host.sa, host.children[0]), host.children[2]);
    host_clear(&host);
}

static void one_request_may_delete_several_child_sas_of_both_protocols(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 3, OUT, 0, 0, 1,
                                      IKL_PAYLOAD_NONE,   0, 0, 12, AH,  4, 0, 1, OUT, 0, 0, 1};
    static const uint8_t answer[] = {IKL_PAYLOAD_DELETE, 0, 0, 16, ESP, 4, 0, 2, IN, 0, 0, 3, IN, 0, 0, 1,
                                     IKL_PAYLOAD_NONE,   0, 0, 12, AH,  4, 0, 1, IN, 0, 0, 1};
    struct ikl_child_config ah = {
        .size = sizeof(ah), .protocol = IKL_PROTOCOL_AH, .spi_in = 0xa0000001, .spi_out = 0xb0000001};
    struct host host;

    (void)state;
    deleting_init(&host);
    assert_int_equal(ikl_sa_add_child(host.sa, &ah, NULL), IKL_OK);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    deleting_assert_reported(&host, 0, 0xa0000003); /* in the order in which the peer names them */
    deleting_assert_reported(&host, 1, 0xa0000001);
    deleting_assert_reported(&host, 2, 0xa0000001);
    assert_int_equal(host_info(&host).n_children, 1);
    host_clear(&host);
}

static void a_child_sa_that_is_named_twice_is_answered_and_reported_once(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, OUT, 0, 0, 1,
                                      IKL_PAYLOAD_NONE,   0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    struct host host;

    (void)state;
    deleting_init(&host);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

/* Our own SPI, a number nobody has, the other protocol, and none at all. */
static const uint8_t not_there[][12] = {{0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1},
                                        {0, 0, 0, 12, ESP, 4, 0, 1, 1, 2, 3, 4},
                                        {0, 0, 0, 12, AH, 4, 0, 1, OUT, 0, 0, 1},
                                        {0, 0, 0, 8, ESP, 4, 0, 0}};

static void without_a_request_callback_a_delete_of_what_is_not_there_is_answered_empty(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, deleting_nobody_to_ask);
    host_sa(&host, suite, true, DELETING_CHILDREN, NULL);
    for (uint32_t id = 0; id < COUNT_OF(not_there); id++) {
        assert_int_equal(deleting_give(&host, id, IKL_PAYLOAD_DELETE, not_there[id], not_there[id][3]), IKL_OK);
        deleting_assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    }
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_info(&host).n_children, DELETING_CHILDREN);
    host_clear(&host);
}

static void a_delete_of_what_is_not_there_is_the_hosts_to_answer(void **state)
{
    struct host host;

    (void)state;
    deleting_init(&host);
    for (uint32_t id = 0; id < COUNT_OF(not_there); id++) {
        bool names_one = not_there[id][7] != 0;

        assert_int_equal(deleting_give(&host, id, IKL_PAYLOAD_DELETE, not_there[id], not_there[id][3]), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), id + (names_one ? 0 : 1));
        assert_int_equal(ikl_sa_respond(host.sa, id, NULL, 0, 0), names_one ? IKL_OK : IKL_ERR_NOT_FOUND);
        deleting_assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    }
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), COUNT_OF(not_there) - 1);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_info(&host).n_children, DELETING_CHILDREN);
    host_clear(&host);
}

/* Known and unknown ones of both protocols in one message: what is known is down before the host is asked, and in the
 * response before what the host says. */
static void a_peers_delete_for_a_child_sa_that_is_not_registered_reaches_the_host(void **state)
{
    static const uint8_t request[] = {
        IKL_PAYLOAD_DELETE, 0, 0, 20, ESP, 4, 0, 3, OUT, 0, 0, 3, 1,   2, 3, 4, OUT, 0, 0, 1,
        IKL_PAYLOAD_NONE,   0, 0, 16, AH,  4, 0, 2, 5,   6, 7, 8, OUT, 0, 0, 1};
    static const uint8_t of_the_host[] = {ESP, 4, 0, 1, 0xc1, 0xc2, 0xc3, 0xc4};
    static const uint8_t answer[] = {IKL_PAYLOAD_DELETE,
                                     0,
                                     0,
                                     16,
                                     ESP,
                                     4,
                                     0,
                                     2,
                                     IN,
                                     0,
                                     0,
                                     3,
                                     IN,
                                     0,
                                     0,
                                     1,
                                     IKL_PAYLOAD_DELETE,
                                     0,
                                     0,
                                     12,
                                     AH,
                                     4,
                                     0,
                                     1,
                                     IN,
                                     0,
                                     0,
                                     1,
                                     IKL_PAYLOAD_NONE,
                                     0,
                                     0,
                                     12,
                                     ESP,
                                     4,
                                     0,
                                     1,
                                     0xc1,
                                     0xc2,
                                     0xc3,
                                     0xc4};
    struct ikl_payload pair = {.type = IKL_PAYLOAD_DELETE, .body = {of_the_host, sizeof(of_the_host)}};
    struct ikl_child_config ah = {
        .size = sizeof(ah), .protocol = IKL_PROTOCOL_AH, .spi_in = 0xa0000001, .spi_out = 0xb0000001};
    const struct event *asked;
    struct host host;

    (void)state;
    deleting_init(&host);
    assert_int_equal(ikl_sa_add_child(host.sa, &ah, NULL), IKL_OK);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    asked = host_event(&host, EVENT_PEER_REQUEST, 0);
    assert_int_equal(asked->exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(asked->first_payload, IKL_PAYLOAD_DELETE);
    assert_int_equal(asked->len, sizeof(request));
    assert_memory_equal(asked->datagram, request, sizeof(request));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    assert_true(host_event(&host, EVENT_CHILD_DOWN, 0) > asked);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_ERR_PENDING);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &pair, 1, 0), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram, host_event(&host, EVENT_SENT, 1)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    host_clear(&host);
}

static int look_for_the_first(struct host *host, struct event *event)
{
    struct ikl_child *child = host->context;

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_null(ikl_sa_find_child(event->sa, IKL_PROTOCOL_ESP, ikl_child_spi_in(child)));
        assert_true(ikl_sa_first_child(event->sa) != child);
        assert_int_equal(ikl_sa_remove_child(event->sa, child), IKL_ERR_NOT_FOUND);
        assert_int_equal(ikl_sa_remove_child(event->sa, NULL), IKL_ERR_NOT_FOUND);
        assert_int_equal(ikl_sa_delete_children(event->sa, &child, 1, host->now), IKL_ERR_NOT_FOUND);
        assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 0);
    }
    return IKL_OK;
}

/* Its SPIs are free, and its handle is valid until `child_down` has returned. */
static void a_child_sa_that_has_ended_is_not_there_any_more_when_the_host_is_asked(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, 1, 2, 3, 4};
    struct host host;

    (void)state;
    deleting_init(&host);
    host.context = ikl_sa_first_child(host.sa);
    host.on_event = look_for_the_first;
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(ikl_sa_remove_child(host.sa, host.context), IKL_ERR_NOT_FOUND);
    host_clear(&host);
}

static int respond_with_nothing(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(event->sa, event->message_id, NULL, 0, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* One SPI needs no room in the pool, more do. */
static void the_library_names_the_pairs_that_it_knows_whatever_the_host_says(void **state)
{
    for (uint8_t known = 0; known <= DELETING_CHILDREN; known++) {
        uint8_t request[] = {0, 0, 0, 24, ESP, 4, 0, 4, 9, 0, 0, 1, 9, 0, 0, 2, 9, 0, 0, 3, 9, 0, 0, 4};
        uint8_t answer[] = {0, 0, 0, (uint8_t)(8 + 4 * known), ESP, 4, 0, known, IN, 0, 0, 1, IN, 0, 0, 2, IN, 0, 0, 3};
        struct host host;

        (void)state;
        deleting_init(&host);
        host.on_event = respond_with_nothing;
        for (uint8_t i = 0; i < known; i++) {
            request[8 + 4 * i] = OUT;
        }
        assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
        deleting_assert_answer(&host, known != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE, answer,
                               known != 0 ? 8 + 4 * (size_t)known : 0);
        host_clear(&host);
    }
}

/* What was kept is kept again when the response cannot be made; then it can. */
static void a_response_that_fails_does_not_lose_the_pairs(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 20, ESP, 4, 0, 3, OUT, 0, 0, 1, OUT, 0, 0, 2, 1, 2, 3, 4};
    static const uint8_t answer[] = {IKL_PAYLOAD_VENDOR_ID, 0, 0, 16, ESP, 4, 0, 2, IN, 0, 0, 1, IN, 0, 0, 2,
                                     IKL_PAYLOAD_NONE,      0, 0, 5,  77};
    static const uint8_t octets[5000] = {77};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, 1}};
    struct host host;
    uint64_t next;

    (void)state;
    deleting_init(&host);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    payload.body.len = sizeof(octets);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_ERR_INVALID);
    payload.body.len = 1;
    next = host.sa->iv.next;
    host.sa->iv.next = host.sa->iv_end; /* as if they were used up */
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_ERR_EXHAUSTED);
    host.sa->iv.next = next;
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    host_clear(&host);
}

/* Nothing has changed when there is no room to keep the pairs: the peer's repetition does it. */
static void without_room_for_the_pairs_nothing_is_deleted(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 20, ESP, 4, 0, 3, OUT, 0, 0, 1, OUT, 0, 0, 2, 1, 2, 3, 4};
    struct host host;
    uint32_t first_free, n_free;

    (void)state;
    deleting_init(&host);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    first_free = host.endpoint->pool.blocks.first_free;
    n_free = host.endpoint->pool.blocks.n_free;
    host.endpoint->pool.blocks.first_free = IKL_NONE;
    host.endpoint->pool.blocks.n_free = 0;
    host.on_event = respond_with_nothing;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ikl_sa_add_child(host.sa,
                                          &(struct ikl_child_config){.size = sizeof(struct ikl_child_config),
                                                                     .protocol = ESP,
                                                                     .spi_in = 0xaa + (uint32_t)i,
                                                                     .spi_out = 0x01020300 + (uint32_t)i},
                                          NULL),
                         IKL_OK);
    }
    assert_int_equal(
        deleting_give(&host, 0, IKL_PAYLOAD_DELETE,
                      (const uint8_t[]){0, 0, 0, 24, ESP, 4, 0, 4, OUT, 0, 0, 2, 1, 2, 3, 0, 1, 2, 3, 1, 1, 2, 3, 4},
                      24),
        IKL_ERR_NO_BUFFER);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 0);
    host.endpoint->pool.blocks.first_free = first_free;
    host.endpoint->pool.blocks.n_free = n_free;
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    /* our Delete, which the first of them belongs to, is answered still */
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 2);
    host_clear(&host);
}

static int close_it(struct host *host, struct event *event)
{
    if (event->kind == *(const enum event_kind *)host->context) {
        ikl_sa_close(event->sa, host->now);
    }
    return IKL_OK;
}

static void a_host_that_closes_the_ike_sa_when_asked_or_in_child_down_hears_of_each_end_once(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, 1, 2, 3, 4};
    static enum event_kind kinds[] = {EVENT_PEER_REQUEST, EVENT_CHILD_DOWN};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct host host;

        deleting_init(&host);
        host.context = &kinds[i];
        host.on_event = close_it;
        assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1); /* it comes first */
        assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), DELETING_CHILDREN);
        assert_int_equal(host_count(&host, EVENT_DOWN), 1);
        assert_int_equal(host_count(&host, EVENT_SENT), 0);
        host_clear(&host);
    }
}

static void a_repeated_delete_gets_the_same_answer_and_reports_nothing(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 2};
    const struct event *first, *again;
    struct host host;

    (void)state;
    deleting_init(&host);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    }
    first = host_event(&host, EVENT_SENT, 0);
    again = host_event(&host, EVENT_SENT, 1);
    assert_int_equal(again->len, first->len);
    assert_memory_equal(again->datagram, first->datagram, first->len);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void a_child_sa_that_we_removed_before_is_not_in_the_answer(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, OUT, 0, 0, 2};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    struct host host;

    (void)state;
    deleting_init(&host);
    host.on_event = respond_with_nothing;
    assert_int_equal(ikl_sa_remove_child(host.sa, host.children[1]), IKL_OK);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void without_what_it_is_told_by(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_deletes = NULL;
    config->callbacks.address = NULL;
    config->callbacks.reachability = NULL;
}

static void a_host_that_wants_to_hear_nothing_of_it_is_told_its_end_all_the_same(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct peer_message message = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {request, sizeof(request)}};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_what_it_is_told_by);
    host_sa(&host, suite, true, DELETING_CHILDREN, NULL);
    path = *ikl_sa_path(host.sa);
    path.remote.port++;
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, peer_seal(&message, suite, datagram), 0),
                     IKL_OK);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

static int close_when_asked(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        ikl_sa_close(event->sa, host->now);
    }
    return IKL_OK;
}

static void a_host_that_closes_the_ike_sa_when_it_hears_of_its_delete_is_told_once(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NONE, 0, 0, 8,
                                      IKL_PROTOCOL_IKE,   0, 0, 0};
    struct host host;

    (void)state;
    deleting_init(&host);
    host.on_event = close_when_asked;
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_CLOSED);
    host_clear(&host);
}

static int delete_when_asked(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_delete(event->sa, 1000, host->now), IKL_OK);
    }
    return IKL_OK;
}

static size_t peer_deletes_told;

static void on_peer_deletes(void *user, struct ikl_sa *sa)
{
    (void)user;
    (void)sa;
    peer_deletes_told++;
}

static void with_peer_deletes(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_deletes = on_peer_deletes;
}

/* The two Deletes cross, or the host has closed it: it was to end anyhow. */
static void a_host_that_ends_the_ike_sa_when_it_hears_of_its_delete_is_not_told_of_that_any_more(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NONE, 0, 0, 8,
                                      IKL_PROTOCOL_IKE,   0, 0, 0};
    static int (*const does[])(struct host *, struct event *) = {NULL, delete_when_asked, close_when_asked};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(does); i++) {
        struct host host;

        peer_deletes_told = 0;
        host_init(&host, "a", 0, with_peer_deletes);
        host_sa(&host, suite, true, DELETING_CHILDREN, NULL);
        host.on_event = does[i];
        assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
        assert_int_equal(peer_deletes_told, i != 0 ? 0 : 1);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason,
                         i != 0 ? IKL_DOWN_CLOSED : IKL_DOWN_PEER_DELETED);
        host_clear(&host);
    }
}

static int look_at_the_answer(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        struct ikl_chain chain = ikl_chain(event->alive.first_payload, event->alive.plaintext);
        struct ikl_payload *payload = host->context;

        assert_int_equal(ikl_chain_next(&chain, payload), IKL_OK);
    }
    return IKL_OK;
}

/* Of Child SAs, of the IKE SA; and of a liveness check. */
static void what_else_is_in_the_answer_to_a_delete_reaches_the_host(void **state)
{
    static const uint8_t inside[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

    (void)state;
    for (int what = 0; what < 3; what++) {
        struct ikl_payload payload = {.type = IKL_PAYLOAD_NONE};
        struct host host;
        int result;

        deleting_init(&host);
        host.on_event = look_at_the_answer;
        host.context = &payload;
        result = what == 0   ? ikl_sa_delete_children(host.sa, host.children, 1, 0)
                 : what == 1 ? ikl_sa_delete(host.sa, 1000, 0)
                             : ikl_sa_probe(host.sa, 0);
        assert_int_equal(result, IKL_OK);
        assert_int_equal(peer_send(&host, suite,
                                   &(struct peer_message){.response = true,
                                                          .first_payload = IKL_PAYLOAD_NOTIFY,
                                                          .plaintext = {inside, sizeof(inside)}}),
                         IKL_OK);
        assert_int_equal(payload.type, IKL_PAYLOAD_NOTIFY);
        assert_int_equal(payload.body.len, 4);
        host_clear(&host);
    }
}

/* More than 256 octets name those of ESP, which is also more than padding needs, and one is of AH. */
static void the_hosts_payloads_follow_the_pairs_however_many_these_are(void **state)
{
    enum { MANY_PAIRS = 200, FIRST = 8 + 4 * MANY_PAIRS, BOTH = FIRST + 12 };
    static const uint8_t octets[5000] = {77};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, 1}};
    uint8_t request[BOTH + 8] = {IKL_PAYLOAD_DELETE, 0, FIRST >> 8, FIRST & 255, ESP, 4, 0, MANY_PAIRS};
    uint8_t answer[BOTH + 5] = {IKL_PAYLOAD_DELETE, 0, FIRST >> 8, FIRST & 255, ESP, 4, 0, MANY_PAIRS};
    struct ikl_child_config config = {.size = sizeof(config), .protocol = ESP};
    struct host host;

    (void)state;
    deleting_init(&host);
    for (uint32_t i = 0; i <= MANY_PAIRS; i++) {
        config.spi_in = 0x1000 + i;
        config.spi_out = 0x2000 + i;
        config.protocol = i < MANY_PAIRS ? ESP : AH;
        assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
        ikl_store_u32(request + (i < MANY_PAIRS ? 8 + 4 * i : FIRST + 8), config.spi_out);
        ikl_store_u32(answer + (i < MANY_PAIRS ? 8 + 4 * i : FIRST + 8), config.spi_in);
    }
    memcpy(request + FIRST, (const uint8_t[]){IKL_PAYLOAD_VENDOR_ID, 0, 0, 12, AH, 4, 0, 1}, 8);
    memcpy(request + BOTH, (const uint8_t[]){IKL_PAYLOAD_NONE, 0, 0, 8, 1, 2, 3, 4}, 8);
    memcpy(answer + FIRST, request + FIRST, 8);
    memcpy(answer + BOTH, (const uint8_t[]){IKL_PAYLOAD_NONE, 0, 0, 5, octets[0]}, 5);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    host_clear(&host);
}

/* In fragments more would leave. */
static void the_pairs_and_the_hosts_payloads_are_together_no_longer_than_a_message(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, 1, 2, 3, 4};
    static const uint8_t octets[5000];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, 0}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, DELETING_CHILDREN, with_fragmentation);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    payload.body.len = host.endpoint->max_message - 12 - IKL_PAYLOAD_HEADER_LEN + 1;
    assert_in_range(payload.body.len, 1, sizeof(octets));
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_ERR_INVALID);
    payload.body.len--;
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    host_clear(&host);
}

TESTS_OF(responding_deletes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_of_a_child_sa_is_answered_with_the_paired_spi),
        cmocka_unit_test(one_request_may_delete_several_child_sas_of_both_protocols),
        cmocka_unit_test(a_child_sa_that_is_named_twice_is_answered_and_reported_once),
        cmocka_unit_test(without_a_request_callback_a_delete_of_what_is_not_there_is_answered_empty),
        cmocka_unit_test(a_delete_of_what_is_not_there_is_the_hosts_to_answer),
        cmocka_unit_test(a_peers_delete_for_a_child_sa_that_is_not_registered_reaches_the_host),
        cmocka_unit_test(the_library_names_the_pairs_that_it_knows_whatever_the_host_says),
        cmocka_unit_test(the_pairs_and_the_hosts_payloads_are_together_no_longer_than_a_message),
        cmocka_unit_test(the_hosts_payloads_follow_the_pairs_however_many_these_are),
        cmocka_unit_test(a_response_that_fails_does_not_lose_the_pairs),
        cmocka_unit_test(without_room_for_the_pairs_nothing_is_deleted),
        cmocka_unit_test(a_host_that_closes_the_ike_sa_when_asked_or_in_child_down_hears_of_each_end_once),
        cmocka_unit_test(a_repeated_delete_gets_the_same_answer_and_reports_nothing),
        cmocka_unit_test(a_child_sa_that_we_removed_before_is_not_in_the_answer),
        cmocka_unit_test(a_host_that_closes_the_ike_sa_when_it_hears_of_its_delete_is_told_once),
        cmocka_unit_test(what_else_is_in_the_answer_to_a_delete_reaches_the_host),
        cmocka_unit_test(a_child_sa_that_has_ended_is_not_there_any_more_when_the_host_is_asked),
        cmocka_unit_test(a_host_that_wants_to_hear_nothing_of_it_is_told_its_end_all_the_same),
        cmocka_unit_test(a_host_that_ends_the_ike_sa_when_it_hears_of_its_delete_is_not_told_of_that_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
