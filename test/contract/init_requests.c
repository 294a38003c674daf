/* SPDX-License-Identifier: ISC */
/* Which of several IKE_SA_INIT requests a response answers, so that AUTH signs the one that the responder has. */
#include "support/drain.h"
#include "support/host.h"
#include "support/test.h"

#include <ikelive/payloads.h>

enum { SPI = 0x1122, MAX_SENT = 8, NO_COOKIE = 0, GROUP_A = 19, GROUP_B = 31, GROUP_C = 14, NOTHING = 0 };

/* A request of ours: a cookie of one octet, or none; a key exchange method. */
struct asked {
    uint8_t cookie;
    uint16_t group;
};

/* A response: a cookie or a method that is asked for, or an acceptance with a method. */
struct answered {
    uint8_t cookie;
    uint16_t wanted, accepted;
};

struct told {
    uint8_t request[512];
    size_t request_len;
    uint32_t n_requests;
    bool outstanding;
    unsigned calls;
};

struct story {
    struct host host;
    size_t n; /* requests made */
};

static struct told told;

static void tell(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    (void)user;
    (void)sa;
    assert_in_range(response->request.len, 1, sizeof(told.request));
    memcpy(told.request, response->request.data, response->request.len);
    told.request_len = response->request.len;
    told.n_requests = response->n_requests;
    told.outstanding = response->outstanding;
    told.calls++;
}

static void listen(struct ikl_endpoint_config *config)
{
    config->callbacks.init_response = tell;
}

struct message {
    struct ikl_payload payloads[4];
    size_t n;
    uint8_t octets[400];
    struct ikl_writer writer;
};

static void message_init(struct message *message)
{
    message->n = 0;
    message->writer = ikl_writer(message->octets, sizeof(message->octets));
}

static void add(struct message *message, uint8_t type, size_t from)
{
    message->payloads[message->n++] =
        (struct ikl_payload){.type = type, .body = {message->octets + from, message->writer.len - from}};
}

static void add_notify(struct message *message, uint16_t type, struct ikl_octets data)
{
    size_t from = message->writer.len;

    assert_int_equal(ikl_notify_write(&message->writer, &(struct ikl_notify){.type = type, .data = data}), IKL_OK);
    add(message, IKL_PAYLOAD_NOTIFY, from);
}

static void add_ke(struct message *message, uint16_t group)
{
    static const uint8_t value[256] = {7};
    size_t len = ikl_ke_len(group) != 0 ? ikl_ke_len(group) : sizeof(value);
    size_t from = message->writer.len;

    assert_int_equal(ikl_ke_write(&message->writer, &(struct ikl_ke){.method = group, .data = {value, len}}), IKL_OK);
    add(message, IKL_PAYLOAD_KE, from);
}

static void compose(struct message *message, const struct asked *asked)
{
    message_init(message);
    if (asked->cookie != NO_COOKIE) {
        add_notify(message, IKL_NOTIFY_COOKIE, (struct ikl_octets){&asked->cookie, 1});
    }
    if (asked->group != NOTHING) {
        add_ke(message, asked->group);
    }
}

static int send_request(struct story *story, struct asked asked)
{
    struct message message;
    int result;

    compose(&message, &asked);
    result = story->n == 0 ? ikl_sa_request(story->host.sa, IKL_IKE_SA_INIT, message.payloads, message.n, NULL,
                                            story->host.now, NULL)
                           : ikl_sa_restart(story->host.sa, message.payloads, message.n, story->host.now);
    story->n += result == IKL_OK ? 1 : 0;
    return result;
}

static void start(struct story *story, struct asked first)
{
    struct ikl_sa_config config = {
        .size = sizeof(config), .spi_i = SPI, .original_initiator = true, .connecting = true};

    story->n = 0;
    host_init(&story->host, "initiator", 0, listen);
    assert_int_equal(ikl_sa_new(&story->host.sa, story->host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(send_request(story, first), IKL_OK);
    memset(&told, 0, sizeof(told));
}

static void restart(struct story *story, struct asked asked)
{
    assert_int_equal(send_request(story, asked), IKL_OK);
}

static int hear_payloads(struct story *story, uint64_t spi_r, const struct ikl_payload *payloads, size_t n)
{
    uint8_t datagram[512];
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram));

    ikl_header_write(&writer,
                     &(struct ikl_header){
                         .spi_i = SPI, .spi_r = spi_r, .exchange_type = IKL_IKE_SA_INIT, .flags = IKL_FLAG_RESPONSE});
    assert_int_equal(ikl_chain_write(&writer, payloads, n), IKL_OK);
    ikl_header_patch(&writer, 0, ikl_chain_first(payloads, n));
    return ikl_endpoint_receive(story->host.endpoint, ikl_sa_path(story->host.sa), datagram, writer.len,
                                story->host.now);
}

static int hear(struct story *story, struct answered answered)
{
    uint8_t wanted[2] = {(uint8_t)(answered.wanted >> 8), (uint8_t)answered.wanted};
    struct message message;

    message_init(&message);
    if (answered.cookie != NO_COOKIE) {
        add_notify(&message, IKL_NOTIFY_COOKIE, (struct ikl_octets){&answered.cookie, 1});
    }
    if (answered.wanted != NOTHING) {
        add_notify(&message, IKL_NOTIFY_INVALID_KE_PAYLOAD, (struct ikl_octets){wanted, sizeof(wanted)});
    }
    if (answered.accepted != NOTHING) {
        add_ke(&message, answered.accepted);
    }
    return hear_payloads(story, answered.accepted != NOTHING ? 0x3344 : 0, message.payloads, message.n);
}

/* The response was given with the request number `at`, counted from 0 in the order sent, as one of `n`. */
static void assert_answers(struct story *story, struct answered answered, size_t at, uint32_t n)
{
    const struct event *sent = host_event(&story->host, EVENT_SENT, at);
    unsigned before = told.calls;

    assert_int_equal(hear(story, answered), IKL_OK);
    assert_int_equal(told.calls, before + 1);
    assert_int_equal(told.request_len, sent->len);
    assert_memory_equal(told.request, sent->datagram, sent->len);
    assert_int_equal(told.n_requests, n);
}

static void the_only_request_is_certain(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 0, 1);
    assert_true(told.outstanding);
    host_clear(&story.host);
}

static void a_late_response_is_given_with_the_request_whose_key_exchange_it_accepts(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    assert_answers(&story, (struct answered){.wanted = GROUP_B}, 0, 1);
    restart(&story, (struct asked){NO_COOKIE, GROUP_B});
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 0, 1);
    assert_false(told.outstanding);
    assert_answers(&story, (struct answered){.accepted = GROUP_B}, 1, 1);
    assert_true(told.outstanding);
    host_clear(&story.host);
}

static void a_second_cookie_does_not_hide_the_request_that_the_first_made_acceptable(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    assert_answers(&story, (struct answered){.cookie = 1}, 0, 1);
    restart(&story, (struct asked){1, GROUP_A});
    assert_answers(&story, (struct answered){.cookie = 2}, 1, 2);
    restart(&story, (struct asked){2, GROUP_A});
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 1, 3);
    host_clear(&story.host);
}

static void a_cookie_that_was_heeded_answers_an_earlier_request(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    assert_answers(&story, (struct answered){.cookie = 1}, 0, 1);
    assert_true(told.outstanding);
    restart(&story, (struct asked){1, GROUP_A});
    assert_answers(&story, (struct answered){.cookie = 1}, 0, 1);
    assert_false(told.outstanding);
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 1, 2);
    host_clear(&story.host);
}

static void a_key_exchange_method_that_was_heeded_answers_an_earlier_request(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    restart(&story, (struct asked){NO_COOKIE, GROUP_B});
    assert_answers(&story, (struct answered){.wanted = GROUP_B}, 0, 1);
    assert_false(told.outstanding);
    host_clear(&story.host);
}

/* A responder that includes the key exchange in its cookies refuses a cookie taken along to another one (§2.6.1). */
static void a_cookie_for_another_key_exchange_counts_less_than_one_for_this(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    restart(&story, (struct asked){1, GROUP_A});
    restart(&story, (struct asked){1, GROUP_B});
    assert_answers(&story, (struct answered){.accepted = GROUP_B}, 2, 1);
    assert_answers(&story, (struct answered){.cookie = 2}, 2, 3);
    restart(&story, (struct asked){2, GROUP_B});
    assert_answers(&story, (struct answered){.accepted = GROUP_B}, 3, 2);
    host_clear(&story.host);
}

static void a_response_that_answers_no_request_is_dropped(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){1, GROUP_A});
    assert_int_equal(hear(&story, (struct answered){.accepted = GROUP_B}), IKL_ERR_UNSOLICITED);
    assert_int_equal(hear(&story, (struct answered){.wanted = GROUP_A}), IKL_ERR_UNSOLICITED);
    assert_int_equal(hear(&story, (struct answered){.cookie = 1}), IKL_ERR_UNSOLICITED);
    assert_int_equal(told.calls, 0);
    host_clear(&story.host);
}

static void nobody_asks_for_the_key_exchange_method_that_was_sent_whatever_its_number(void **state)
{
    static const uint16_t groups[] = {1, 2, 255, 256, UINT16_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        struct story story;

        start(&story, (struct asked){NO_COOKIE, groups[i]});
        assert_int_equal(hear(&story, (struct answered){.wanted = groups[i]}), IKL_ERR_UNSOLICITED);
        assert_answers(&story, (struct answered){.wanted = groups[i] ^ 3}, 0, 1);
        host_clear(&story.host);
    }
}

/* What cannot be read tells nothing, and a cookie is never empty. */
static void a_response_with_an_unreadable_notification_is_taken_for_the_latest_requests(void **state)
{
    static const uint8_t bodies[][4] = {{0, 9, 0x40, 6}, {0, 0, 0x40, 6}};
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    restart(&story, (struct asked){1, GROUP_A});
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY, .body = {bodies[i], sizeof(bodies[i])}};

        assert_int_equal(hear_payloads(&story, 0, &payload, 1), IKL_OK);
        assert_int_equal(told.n_requests, 2);
        assert_memory_equal(told.request, host_event(&story.host, EVENT_SENT, 1)->datagram, told.request_len);
    }
    host_clear(&story.host);
}

/* A cookie has 64 octets at most (§2.6). */
static void a_cookie_that_is_too_long_is_none(void **state)
{
    static const uint8_t octets[65] = {1};

    (void)state;
    for (size_t len = 64; len <= 65; len++) {
        struct message message;
        struct story story;

        start(&story, (struct asked){NO_COOKIE, GROUP_A});
        message_init(&message);
        add_notify(&message, IKL_NOTIFY_COOKIE, (struct ikl_octets){octets, len});
        add_ke(&message, GROUP_A);
        assert_int_equal(ikl_sa_restart(story.host.sa, message.payloads, message.n, 0), IKL_OK);
        /* whoever asks for the very cookie that it was sent does not answer that */
        assert_int_equal(hear_payloads(&story, 0, message.payloads, 1), IKL_OK);
        assert_int_equal(told.n_requests, len <= 64 ? 1 : 2);
        assert_memory_equal(told.request, host_event(&story.host, EVENT_SENT, len <= 64 ? 0 : 1)->datagram,
                            told.request_len);
        host_clear(&story.host);
    }
}

static void an_acceptance_whose_key_exchange_cannot_be_read_may_answer_any_request(void **state)
{
    static const uint8_t short_body[3] = {0, GROUP_B, 0};
    static const struct ikl_payload accepting[] = {{.type = IKL_PAYLOAD_KE, .body = {short_body, sizeof(short_body)}},
                                                   {.type = IKL_PAYLOAD_SA}};
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    restart(&story, (struct asked){NO_COOKIE, GROUP_B});
    for (size_t i = 0; i < COUNT_OF(accepting); i++) {
        assert_int_equal(hear_payloads(&story, 0x3344, &accepting[i], 1), IKL_OK);
        assert_int_equal(told.n_requests, 2);
        assert_memory_equal(told.request, host_event(&story.host, EVENT_SENT, 0)->datagram, told.request_len);
    }
    host_clear(&story.host);
}

/* They differ in something else: the cookie was made for the same key exchange, so it is as good in both. */
static void a_cookie_sent_twice_for_one_key_exchange_is_good_in_both(void **state)
{
    static const uint8_t nonce[16] = {3};
    struct message message;
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    restart(&story, (struct asked){1, GROUP_A});
    compose(&message, &(struct asked){1, GROUP_A});
    message.payloads[message.n++] = (struct ikl_payload){.type = IKL_PAYLOAD_NONCE, .body = {nonce, sizeof(nonce)}};
    assert_int_equal(ikl_sa_restart(story.host.sa, message.payloads, message.n, 0), IKL_OK);
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 1, 3);
    host_clear(&story.host);
}

static void the_four_latest_requests_are_told_apart(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    for (uint8_t cookie = 1; cookie <= 3; cookie++) {
        restart(&story, (struct asked){cookie, GROUP_B});
    }
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 0, 1);
    restart(&story, (struct asked){4, GROUP_B});
    assert_int_equal(hear(&story, (struct answered){.accepted = GROUP_A}), IKL_ERR_UNSOLICITED);
    assert_answers(&story, (struct answered){.accepted = GROUP_B}, 1, 4);
    host_clear(&story.host);
}

static void a_request_made_again_as_it_was_counts_once(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    restart(&story, (struct asked){NO_COOKIE, GROUP_B});
    restart(&story, (struct asked){NO_COOKIE, GROUP_A});
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 2, 1);
    assert_true(told.outstanding);
    restart(&story, (struct asked){NO_COOKIE, GROUP_A});
    assert_answers(&story, (struct answered){.accepted = GROUP_B}, 1, 1);
    host_clear(&story.host);
}

static void a_request_without_key_exchange_may_be_accepted_with_any(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){1, NOTHING});
    assert_answers(&story, (struct answered){.accepted = GROUP_C}, 0, 1);
    assert_answers(&story, (struct answered){.wanted = GROUP_C}, 0, 1);
    host_clear(&story.host);
}

/* Restarts with long requests until there is no more room. */
static void run_out_of_room(struct story *story)
{
    struct asked asked = {NO_COOKIE, GROUP_C};
    size_t sent, room;
    int result;

    do {
        sent = host_count(&story->host, EVENT_SENT);
        room = pool_room(&story->host);
        asked.cookie++;
        assert_in_range(asked.cookie, 1, 4);
        result = send_request(story, asked);
    } while (result == IKL_OK);
    assert_int_equal(result, IKL_ERR_NO_BUFFER);
    assert_int_equal(host_count(&story->host, EVENT_SENT), sent);
    assert_int_equal(pool_room(&story->host), room);
}

static void a_restart_without_room_for_both_requests_changes_nothing(void **state)
{
    (void)state;
    for (size_t blocks = 0; blocks < 20; blocks++) {
        struct story story;
        struct drain drain;

        start(&story, (struct asked){NO_COOKIE, GROUP_B});
        drain_pool_to(&drain, &story.host, blocks);
        run_out_of_room(&story);
        assert_answers(&story, (struct answered){.accepted = GROUP_B}, 0, 1);
        refill_pool(&drain, &story.host);
        host_clear(&story.host);
    }
}

static void the_requests_are_forgotten_with_the_exchange(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    for (unsigned i = 0; i < 100; i++) { /* far more than the pool would hold */
        struct ikl_sa_config config = {
            .size = sizeof(config), .spi_i = SPI, .original_initiator = true, .connecting = true};

        ikl_sa_free(story.host.sa);
        story.n = 0;
        assert_int_equal(ikl_sa_new(&story.host.sa, story.host.endpoint, &config, 0), IKL_OK);
        for (uint8_t cookie = NO_COOKIE; cookie < 4; cookie++) {
            assert_int_equal(send_request(&story, (struct asked){cookie, GROUP_A}), IKL_OK);
        }
    }
    host_clear(&story.host);
}

/* Both accept the same method: one with a cookie that was made for another is better than one without. */
static void a_second_hand_cookie_is_better_than_none(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_B});
    restart(&story, (struct asked){1, GROUP_A});
    restart(&story, (struct asked){1, GROUP_B});
    assert_answers(&story, (struct answered){.accepted = GROUP_B}, 2, 2);
    host_clear(&story.host);
}

static void of_two_second_hand_cookies_the_first_one_sent_is_the_better(void **state)
{
    struct story story;

    (void)state;
    start(&story, (struct asked){1, GROUP_A});
    restart(&story, (struct asked){2, GROUP_A});
    restart(&story, (struct asked){2, GROUP_B});
    restart(&story, (struct asked){1, GROUP_B});
    assert_answers(&story, (struct answered){.accepted = GROUP_B}, 2, 2);
    host_clear(&story.host);
}

/* They are of one length. */
static void requests_that_differ_in_the_last_octet_alone_are_two(void **state)
{
    uint8_t nonce[100] = {3};
    struct message message;
    struct story story;

    (void)state;
    start(&story, (struct asked){NO_COOKIE, GROUP_A});
    for (uint8_t i = 0; i < 2; i++) {
        nonce[sizeof(nonce) - 1] = i;
        compose(&message, &(struct asked){NO_COOKIE, GROUP_A});
        message.payloads[message.n++] = (struct ikl_payload){.type = IKL_PAYLOAD_NONCE, .body = {nonce, sizeof(nonce)}};
        assert_int_equal(ikl_sa_restart(story.host.sa, message.payloads, message.n, 0), IKL_OK);
    }
    assert_answers(&story, (struct answered){.accepted = GROUP_A}, 0, 3);
    host_clear(&story.host);
}

TESTS_OF(init_requests)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_request_is_certain),
        cmocka_unit_test(a_late_response_is_given_with_the_request_whose_key_exchange_it_accepts),
        cmocka_unit_test(a_second_cookie_does_not_hide_the_request_that_the_first_made_acceptable),
        cmocka_unit_test(a_cookie_that_was_heeded_answers_an_earlier_request),
        cmocka_unit_test(a_key_exchange_method_that_was_heeded_answers_an_earlier_request),
        cmocka_unit_test(a_cookie_for_another_key_exchange_counts_less_than_one_for_this),
        cmocka_unit_test(a_response_that_answers_no_request_is_dropped),
        cmocka_unit_test(nobody_asks_for_the_key_exchange_method_that_was_sent_whatever_its_number),
        cmocka_unit_test(a_response_with_an_unreadable_notification_is_taken_for_the_latest_requests),
        cmocka_unit_test(a_cookie_that_is_too_long_is_none),
        cmocka_unit_test(an_acceptance_whose_key_exchange_cannot_be_read_may_answer_any_request),
        cmocka_unit_test(a_cookie_sent_twice_for_one_key_exchange_is_good_in_both),
        cmocka_unit_test(the_four_latest_requests_are_told_apart),
        cmocka_unit_test(a_request_made_again_as_it_was_counts_once),
        cmocka_unit_test(a_request_without_key_exchange_may_be_accepted_with_any),
        cmocka_unit_test(a_restart_without_room_for_both_requests_changes_nothing),
        cmocka_unit_test(the_requests_are_forgotten_with_the_exchange),
        cmocka_unit_test(a_second_hand_cookie_is_better_than_none),
        cmocka_unit_test(requests_that_differ_in_the_last_octet_alone_are_two),
        cmocka_unit_test(of_two_second_hand_cookies_the_first_one_sent_is_the_better),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
