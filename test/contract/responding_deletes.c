/* SPDX-License-Identifier: ISC */
/* Promises about the Deletes of the peer's: the library answers them itself, and reports each Child SA once (RFC 7296
 * §1.4.1). */
#include "support/peer.h"
#include "support/test.h"

#include "sa/sa.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 3, OUT = 0xb0, IN = 0xa0, AH = IKL_PROTOCOL_AH, ESP = IKL_PROTOCOL_ESP };

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, N_CHILDREN, NULL);
}

static int give(struct host *host, uint32_t message_id, uint8_t first_payload, const uint8_t *inside, size_t len)
{
    struct peer_message message = {
        .message_id = message_id, .first_payload = first_payload, .plaintext = {inside, len}};

    return peer_send(host, suite, &message);
}

static void assert_answer(struct host *host, uint8_t first_payload, const uint8_t *inside, size_t len)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_last(host, EVENT_SENT), suite, plaintext);

    assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    assert_int_equal(opened.first_payload, first_payload);
    assert_int_equal(opened.plaintext.len, len);
    if (len != 0) {
        assert_memory_equal(opened.plaintext.data, inside, len);
    }
}

/* The Child SA with this SPI of ours was reported down once, deleted by the peer. */
static void assert_reported(struct host *host, size_t n, uint32_t spi_in)
{
    const struct event *down = host_event(host, EVENT_CHILD_DOWN, n);

    assert_non_null(down);
    assert_int_equal(down->spi_in, spi_in);
    assert_int_equal(down->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(down->down.at, host->now);
}

static void a_delete_of_a_child_sa_is_answered_with_the_paired_spi(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 2};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 2};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host.now = 1500;
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_reported(&host, 0, 0xa0000002);
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
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_add_child(host.sa, &ah, NULL), IKL_OK);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    assert_reported(&host, 0, 0xa0000003); /* in the order in which the peer names them */
    assert_reported(&host, 1, 0xa0000001);
    assert_reported(&host, 2, 0xa0000001);
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
    one_ike_sa(&host);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void nobody_to_ask(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = NULL;
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
    host_init(&host, "a", 0, nobody_to_ask);
    host_sa(&host, suite, true, N_CHILDREN, NULL);
    for (uint32_t id = 0; id < COUNT_OF(not_there); id++) {
        assert_int_equal(give(&host, id, IKL_PAYLOAD_DELETE, not_there[id], not_there[id][3]), IKL_OK);
        assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    }
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_info(&host).n_children, N_CHILDREN);
    host_clear(&host);
}

static void a_delete_of_what_is_not_there_is_the_hosts_to_answer(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (uint32_t id = 0; id < COUNT_OF(not_there); id++) {
        bool names_one = not_there[id][7] != 0;

        assert_int_equal(give(&host, id, IKL_PAYLOAD_DELETE, not_there[id], not_there[id][3]), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), id + (names_one ? 0 : 1));
        assert_int_equal(ikl_sa_respond(host.sa, id, NULL, 0, 0), names_one ? IKL_OK : IKL_ERR_NOT_FOUND);
        assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    }
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), COUNT_OF(not_there) - 1);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_info(&host).n_children, N_CHILDREN);
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
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_add_child(host.sa, &ah, NULL), IKL_OK);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    asked = host_event(&host, EVENT_PEER_REQUEST, 0);
    assert_int_equal(asked->exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(asked->first_payload, IKL_PAYLOAD_DELETE);
    assert_int_equal(asked->len, sizeof(request));
    assert_memory_equal(asked->datagram, request, sizeof(request));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    assert_true(host_event(&host, EVENT_CHILD_DOWN, 0) > asked);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_ERR_PENDING);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &pair, 1, 0), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
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
    one_ike_sa(&host);
    host.context = ikl_sa_first_child(host.sa);
    host.on_event = look_for_the_first;
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
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
    for (uint8_t known = 0; known <= N_CHILDREN; known++) {
        uint8_t request[] = {0, 0, 0, 24, ESP, 4, 0, 4, 9, 0, 0, 1, 9, 0, 0, 2, 9, 0, 0, 3, 9, 0, 0, 4};
        uint8_t answer[] = {0, 0, 0, (uint8_t)(8 + 4 * known), ESP, 4, 0, known, IN, 0, 0, 1, IN, 0, 0, 2, IN, 0, 0, 3};
        struct host host;

        (void)state;
        one_ike_sa(&host);
        host.on_event = respond_with_nothing;
        for (uint8_t i = 0; i < known; i++) {
            request[8 + 4 * i] = OUT;
        }
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
        assert_answer(&host, known != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE, answer,
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
    one_ike_sa(&host);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    payload.body.len = sizeof(octets);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_ERR_INVALID);
    payload.body.len = 1;
    next = host.sa->iv.next;
    host.sa->iv.next = host.sa->iv_end; /* as if they were used up */
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_ERR_EXHAUSTED);
    host.sa->iv.next = next;
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    host_clear(&host);
}

/* Nothing has changed when there is no room to keep the pairs: the peer's repetition does it. */
static void without_room_for_the_pairs_nothing_is_deleted(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 20, ESP, 4, 0, 3, OUT, 0, 0, 1, OUT, 0, 0, 2, 1, 2, 3, 4};
    struct host host;
    uint32_t first_free, n_free;

    (void)state;
    one_ike_sa(&host);
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
        give(&host, 0, IKL_PAYLOAD_DELETE,
             (const uint8_t[]){0, 0, 0, 24, ESP, 4, 0, 4, OUT, 0, 0, 2, 1, 2, 3, 0, 1, 2, 3, 1, 1, 2, 3, 4}, 24),
        IKL_ERR_NO_BUFFER);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 0);
    host.endpoint->pool.blocks.first_free = first_free;
    host.endpoint->pool.blocks.n_free = n_free;
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
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

        one_ike_sa(&host);
        host.context = &kinds[i];
        host.on_event = close_it;
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1); /* it comes first */
        assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
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
    one_ike_sa(&host);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
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
    one_ike_sa(&host);
    host.on_event = respond_with_nothing;
    assert_int_equal(ikl_sa_remove_child(host.sa, host.children[1]), IKL_OK);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void a_delete_of_the_ike_sa_is_answered_empty_and_takes_everything_down(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    const struct event *down;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host.now = 2500;
    assert_int_equal(ikl_sa_probe(host.sa, 2500), IKL_OK); /* it may cross a request of ours */
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(host_last(&host, EVENT_SENT) < host_event(&host, EVENT_STATE, 0)); /* the answer before the end */
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
    for (uint32_t i = 0; i < N_CHILDREN; i++) {
        assert_reported(&host, i, 0xa0000001 + i);
    }
    down = host_event(&host, EVENT_DOWN, 0);
    assert_int_equal(down->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(down->down.last_evidence, 2500);
    assert_int_equal(down->down.exchange_type, 0);
    assert_int_equal(down->down.message_id, 0);
    assert_int_equal(down->down.sends, 0);
    assert_int_equal(down->down.first_sent, 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_ERR_UNKNOWN_SPI);
    host_clear(&host);
}

static void a_delete_of_the_ike_sa_need_not_name_the_child_sas_and_may(void **state)
{
    static const uint8_t request[] = {
        IKL_PAYLOAD_DELETE, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1, IKL_PAYLOAD_NONE, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

/* Behind a good one: nothing is deleted, all goes down with the IKE SA. */
static void a_delete_that_contradicts_itself_ends_the_ike_sa(void **state)
{
    static const uint8_t bad[][12] = {{0, 0, 0, 8, IKL_PROTOCOL_IKE, 4, 0, 0},   /* an SPI size for the IKE SA */
                                      {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 1},   /* a count */
                                      {0, 0, 0, 12, ESP, 8, 0, 1, OUT},          /* a wrong SPI size */
                                      {0, 0, 0, 12, ESP, 4, 0, 2, OUT, 0, 0, 2}, /* fewer than it says */
                                      {0, 0, 0, 12, ESP, 4, 0, 0, OUT, 0, 0, 2}, /* more than it says */
                                      {0, 0, 0, 12, 77, 4, 0, 1, OUT, 0, 0, 2},  /* no such protocol */
                                      {0, 0, 0, 7, ESP, 4, 0}};                  /* cut off */
    static const uint8_t invalid_syntax[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    struct host host;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t inside[24] = {IKL_PAYLOAD_DELETE, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};

        one_ike_sa(&host);
        memcpy(inside + 12, bad[i], sizeof(bad[i]));
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, inside, 12u + bad[i][3]), IKL_OK);
        assert_answer(&host, IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax));
        assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
        for (size_t child = 0; child < N_CHILDREN; child++) {
            assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, child)->down.reason, IKL_DOWN_PROTOCOL);
        }
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
        host_clear(&host);
    }
}

/* A Delete in the middle of a rekey is the host's business. */
static void a_delete_in_another_exchange_goes_to_the_host(void **state)
{
    static const uint8_t inside[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};
    struct peer_message message = {.exchange_type = IKL_CREATE_CHILD_SA,
                                   .first_payload = IKL_PAYLOAD_DELETE,
                                   .plaintext = {inside, sizeof(inside)}};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    host_clear(&host);
}

static void what_else_is_in_a_message_with_a_delete_reaches_the_host(void **state)
{
    static const uint8_t request[] = {
        IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NOTIFY, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1,
        IKL_PAYLOAD_NONE,   0, 0, 8, 0, 0, 0x40, 0};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->len, sizeof(request));
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    host_clear(&host);
    host_init(&host, "a", 0, nobody_to_ask);
    host_sa(&host, suite, true, N_CHILDREN, NULL);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    host_clear(&host);
}

static int respond_with_a_vendor_id(struct host *host, struct event *event)
{
    static const uint8_t octets[] = {77};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(event->sa, event->message_id, &payload, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* The host is told, may answer, and is not waited for. */
static void what_else_is_in_a_delete_of_the_ike_sa_reaches_the_host_before_it_goes_down(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NONE, 0, 0, 8,
                                      IKL_PROTOCOL_IKE,   0, 0, 0};
    static const uint8_t answer[] = {0, 0, 0, 5, 77};

    (void)state;
    for (int answers = 0; answers < 2; answers++) {
        struct host host;

        one_ike_sa(&host);
        host.on_event = answers != 0 ? respond_with_a_vendor_id : NULL;
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
        assert_int_equal(host_count(&host, EVENT_SENT), 1);
        assert_answer(&host, answers != 0 ? IKL_PAYLOAD_VENDOR_ID : IKL_PAYLOAD_NONE, answer,
                      answers != 0 ? sizeof(answer) : 0);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PEER_DELETED);
        assert_true(host_event(&host, EVENT_PEER_REQUEST, 0) < host_event(&host, EVENT_STATE, 0));
        host_clear(&host);
    }
}

static void with_a_window_of_4(struct ikl_sa_config *config)
{
    config->ids.stated = true;
    config->ids.own_window = 4;
    config->ids.peer_window = 1;
}

/* Another request, or one of another exchange, goes with the IKE SA. */
static void of_what_the_host_has_to_answer_the_delete_alone_is_answered_for_it(void **state)
{
    static const uint8_t vendor_id[] = {0, 0, 0, 5, 7};
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NONE, 0, 0, 8,
                                      IKL_PROTOCOL_IKE,   0, 0, 0};
    struct peer_message create = {.exchange_type = IKL_CREATE_CHILD_SA};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, N_CHILDREN, with_a_window_of_4);
    assert_int_equal(peer_send(&host, suite, &create), IKL_OK);
    assert_int_equal(give(&host, 1, IKL_PAYLOAD_VENDOR_ID, vendor_id, sizeof(vendor_id)), IKL_OK);
    assert_int_equal(give(&host, 2, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 3);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(peer_open(host_event(&host, EVENT_SENT, 0), suite, plaintext).header.message_id, 2);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PEER_DELETED);
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
    host_sa(&host, suite, true, N_CHILDREN, NULL);
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
    one_ike_sa(&host);
    host.on_event = close_when_asked;
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
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

/* The two Deletes cross: it was to end anyhow. */
static void a_host_that_deletes_the_ike_sa_when_it_hears_of_its_delete_is_not_told_of_that_any_more(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NONE, 0, 0, 8,
                                      IKL_PROTOCOL_IKE,   0, 0, 0};

    (void)state;
    for (int deletes = 0; deletes < 2; deletes++) {
        struct host host;

        peer_deletes_told = 0;
        host_init(&host, "a", 0, with_peer_deletes);
        host_sa(&host, suite, true, N_CHILDREN, NULL);
        host.on_event = deletes != 0 ? delete_when_asked : NULL;
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
        assert_int_equal(peer_deletes_told, deletes != 0 ? 0 : 1);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason,
                         deletes != 0 ? IKL_DOWN_CLOSED : IKL_DOWN_PEER_DELETED);
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

        one_ike_sa(&host);
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
        cmocka_unit_test(a_response_that_fails_does_not_lose_the_pairs),
        cmocka_unit_test(without_room_for_the_pairs_nothing_is_deleted),
        cmocka_unit_test(a_host_that_closes_the_ike_sa_when_asked_or_in_child_down_hears_of_each_end_once),
        cmocka_unit_test(a_repeated_delete_gets_the_same_answer_and_reports_nothing),
        cmocka_unit_test(a_child_sa_that_we_removed_before_is_not_in_the_answer),
        cmocka_unit_test(a_delete_of_the_ike_sa_is_answered_empty_and_takes_everything_down),
        cmocka_unit_test(a_delete_of_the_ike_sa_need_not_name_the_child_sas_and_may),
        cmocka_unit_test(a_delete_that_contradicts_itself_ends_the_ike_sa),
        cmocka_unit_test(a_delete_in_another_exchange_goes_to_the_host),
        cmocka_unit_test(what_else_is_in_a_message_with_a_delete_reaches_the_host),
        cmocka_unit_test(what_else_is_in_a_delete_of_the_ike_sa_reaches_the_host_before_it_goes_down),
        cmocka_unit_test(a_host_that_closes_the_ike_sa_when_it_hears_of_its_delete_is_told_once),
        cmocka_unit_test(what_else_is_in_the_answer_to_a_delete_reaches_the_host),
        cmocka_unit_test(a_child_sa_that_has_ended_is_not_there_any_more_when_the_host_is_asked),
        cmocka_unit_test(of_what_the_host_has_to_answer_the_delete_alone_is_answered_for_it),
        cmocka_unit_test(a_host_that_wants_to_hear_nothing_of_it_is_told_its_end_all_the_same),
        cmocka_unit_test(a_host_that_deletes_the_ike_sa_when_it_hears_of_its_delete_is_not_told_of_that_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
