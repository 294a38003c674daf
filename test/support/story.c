/* SPDX-License-Identifier: ISC */
/* The life of an IKE SA, told in two halves. See story.h. */
#include "story.h"

#include "peer.h"
#include "test.h"

enum { REPEATS = 12, N_CHILDREN = 2 };

static void say(struct host *host, const char *suite, bool response, uint32_t message_id, int expected)
{
    struct peer_message message = {.response = response, .message_id = message_id};

    assert_int_equal(peer_send(host, suite, &message), expected);
}

static void ask(struct host *host, const char *suite)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0x00};
    struct peer_message message = {
        .message_id = STORY_FRESH, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};

    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, STORY_FRESH, NULL, 0, host->now), IKL_OK);
}

void story_begin(struct host *host, const char *suite)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, N_CHILDREN, NULL);
    host->now = 1000;
    say(host, suite, false, STORY_FORGOTTEN, IKL_OK);
    host->now = 1500;
    say(host, suite, false, STORY_REMEMBERED, IKL_OK);
    ikl_child_heard(host->children[1], 2000);
    host_advance(host, 5000);
    host_advance(host, 7000); /* the probe */
    host_advance(host, 8000); /* its first retransmission */
    host->now = 8200;
    say(host, suite, true, STORY_ANSWERED, IKL_OK);
    host_advance(host, 13200); /* the next one */
    host_advance(host, 14200);
    host->now = STORY_PAUSE;
    assert_int_equal(host_info(host).outstanding_id, STORY_OUTSTANDING);
    assert_int_equal(host_info(host).outstanding_retransmissions, 1);
    assert_int_equal(host_info(host).next_expected, STORY_FRESH);
}

void story_end(struct host *host, const char *suite)
{
    for (size_t i = 0; i < REPEATS; i++) {
        say(host, suite, false, STORY_REMEMBERED, i < 10 ? IKL_OK : IKL_ERR_RATE);
    }
    host_advance(host, 16199);
    host_advance(host, 16200);
    host->now = 16300;
    say(host, suite, true, STORY_OUTSTANDING, IKL_OK);
    ask(host, suite);
    host_run_to_the_end(host);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
}
