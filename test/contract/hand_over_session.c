/* SPDX-License-Identifier: ISC */
/* Promises about hand-over in mid-life: recorded sessions of real peers are cut at every message, each of the two ends
 * is handed over as it is there, and the rest of the recording plays on with it. */
#include "support/host.h"
#include "support/providers.h"
#include "support/session_file.h"
#include "support/session_folder.h"
#include "support/test.h"

enum { MAX_MESSAGES = 64, MAX_PAYLOADS = 16, NOW = 100000 };

/* One end of a recorded IKE SA. */
struct play {
    const struct session_sa *sa;
    bool original_initiator;
    struct ikl_suite suite;
    bool identical; /* what we seal is the recorded octets, given their IVs */
    struct ikl_keys keys;
    const struct session_message *messages[MAX_MESSAGES];
    size_t n;
    size_t at;     /* the message that is being played */
    size_t n_sent; /* datagrams of the host's that were compared with the recording */
    struct host host;
};

static struct play play;

static bool is_response(const struct session_message *message)
{
    return (message->flags & IKL_FLAG_RESPONSE) != 0;
}

static bool is_ours(const struct session_message *message)
{
    return ((message->flags & IKL_FLAG_INITIATOR) != 0) == play.original_initiator;
}

static bool is_empty_informational(const struct session_message *message)
{
    return message->exchange_type == IKL_INFORMATIONAL && message->first_payload == IKL_PAYLOAD_NONE;
}

/* What the library answers without asking the host. */
static bool is_answered_by_library(const struct session_message *request)
{
    return is_empty_informational(request) ||
           (request->exchange_type == IKL_INFORMATIONAL && request->first_payload == IKL_PAYLOAD_DELETE);
}

/* The IV of the recording for what we seal next. */
static int recorded_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    size_t i = play.at;

    (void)user;
    (void)sa;
    while (i < play.n && !is_ours(play.messages[i])) {
        i++;
    }
    assert_true(i < play.n);
    assert_int_equal(play.messages[i]->iv.len, len);
    memcpy(iv, play.messages[i]->iv.data, len);
    return IKL_OK;
}

static void with_every_provider(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *providers[TEST_MAX_PROVIDERS];

    config->n_providers = test_providers(providers);
    config->providers = providers;
}

static struct ikl_protection protection(void)
{
    return (struct ikl_protection){
        .suite = play.suite, .keys = &play.keys, .iv_source = IKL_IV_CALLBACK, .next_iv = recorded_iv};
}

/* What the host knows when the first `cut` messages have gone to and fro. */
struct past {
    struct ikl_message_ids ids;
    const struct session_message *outstanding, *remembered;
    bool established;
};

static struct past past_at(size_t cut)
{
    struct past past = {.ids = {.stated = true}, .established = play.sa->rekeyed_from != 0};

    for (size_t i = 0; i < cut; i++) {
        const struct session_message *message = play.messages[i];

        if (is_ours(message) && is_response(message)) {
            past.ids.next_expected = (uint32_t)message->message_id + 1;
            past.remembered = message;
        } else if (is_ours(message)) {
            past.ids.next_request = (uint32_t)message->message_id + 1;
            past.outstanding = message;
        } else if (is_response(message)) {
            past.outstanding = NULL;
        }
        past.established = past.established || (message->exchange_type == IKL_IKE_AUTH && is_response(message));
    }
    past.ids.unanswered = past.ids.next_request - (past.outstanding != NULL ? 1 : 0);
    return past;
}

static void common_config(struct ikl_sa_config *config)
{
    *config = (struct ikl_sa_config){.size = sizeof(*config),
                                     .spi_i = play.sa->spi_i,
                                     .original_initiator = play.original_initiator,
                                     .liveness = IKL_LIVENESS_OFF};
}

/* Before there are keys an IKE SA begins again, with the same octets. */
static void begin_again(void)
{
    struct ikl_sa_config config;

    common_config(&config);
    config.connecting = true;
    assert_int_equal(ikl_sa_new(&play.host.sa, play.host.endpoint, &config, NOW), IKL_OK);
    play.at = 0;
}

static void hand_over(size_t cut)
{
    struct past past = past_at(cut);
    struct ikl_outstanding_request outstanding;
    struct ikl_remembered_response remembered;
    struct ikl_sa_config config;

    common_config(&config);
    config.spi_r = play.sa->spi_r;
    config.connecting = !past.established;
    config.protection = protection();
    config.ids = past.ids;
    if (past.outstanding != NULL) {
        outstanding = (struct ikl_outstanding_request){.message_id = past.ids.unanswered,
                                                       .datagram = past.outstanding->datagram,
                                                       .first_sent = NOW - 500,
                                                       .deadline = NOW + 500};
        config.outstanding = &outstanding;
        config.n_outstanding = 1;
    }
    if (past.remembered != NULL) {
        remembered = (struct ikl_remembered_response){.message_id = past.ids.next_expected - 1,
                                                      .datagram = past.remembered->datagram};
        config.remembered = &remembered;
        config.n_remembered = 1;
    }
    assert_int_equal(ikl_sa_new(&play.host.sa, play.host.endpoint, &config, NOW), IKL_OK);
    /* a request that was not answered yet comes again */
    play.at = cut > 0 && !is_ours(play.messages[cut - 1]) && !is_response(play.messages[cut - 1]) ? cut - 1 : cut;
}

static int deliver(const struct session_message *message)
{
    struct ikl_path path = *ikl_sa_path(play.host.sa);

    return ikl_endpoint_receive(play.host.endpoint, &path, message->datagram.data, message->datagram.len,
                                play.host.now);
}

static void assert_sent(const struct session_message *message, bool identical)
{
    const struct event *sent = host_event(&play.host, EVENT_SENT, play.n_sent++);

    assert_non_null(sent);
    if (identical) {
        assert_int_equal(sent->len, message->datagram.len);
        assert_memory_equal(sent->datagram, message->datagram.data, sent->len);
    } else { /* another IV and other padding, in a message for the same request */
        assert_memory_equal(sent->datagram, message->datagram.data, 24);
    }
}

/* What came along is there: the request is retransmitted, the response repeated, octet for octet. */
static void assert_came_along(size_t cut)
{
    struct past past = past_at(cut);

    if (past.outstanding != NULL) {
        host_advance(&play.host, NOW + 500);
        assert_sent(past.outstanding, true);
        assert_int_equal(host_last(&play.host, EVENT_ATTEMPT)->attempt.retransmission, 1);
    }
    for (size_t i = 0; i < cut && past.remembered != NULL; i++) {
        const struct session_message *request = play.messages[i];

        if (!is_ours(request) && !is_response(request) && request->message_id == past.ids.next_expected - 1 &&
            request->exchange_type != IKL_IKE_SA_INIT) {
            assert_int_equal(deliver(request), IKL_OK);
            assert_sent(past.remembered, true);
        }
    }
}

static size_t payloads_of(const struct session_message *message, struct ikl_payload *payloads)
{
    bool plain = message->iv.data == NULL;
    struct ikl_octets octets =
        plain ? (struct ikl_octets){message->datagram.data + 28, message->datagram.len - 28} : message->plaintext;
    struct ikl_chain chain = ikl_chain(plain ? message->datagram.data[16] : (uint8_t)message->first_payload, octets);
    size_t n = 0;

    while (ikl_chain_next(&chain, &payloads[n]) == IKL_OK) {
        n++;
        assert_true(n < MAX_PAYLOADS);
    }
    return n;
}

static void say(const struct session_message *message)
{
    struct ikl_payload payloads[MAX_PAYLOADS];
    size_t n = payloads_of(message, payloads);
    struct ikl_sa *sa = play.host.sa;

    if (is_response(message)) {
        if (host_count(&play.host, EVENT_SENT) == play.n_sent) {
            assert_int_equal(ikl_sa_respond(sa, (uint32_t)message->message_id, payloads, n, NOW), IKL_OK);
        }
    } else if (is_empty_informational(message)) {
        assert_int_equal(ikl_sa_probe(sa, NOW), IKL_OK);
    } else {
        assert_int_equal(ikl_sa_request(sa, (uint8_t)message->exchange_type, payloads, n, NULL, NOW, NULL), IKL_OK);
    }
    assert_sent(message, play.identical || message->iv.data == NULL);
}

static void assert_same_plaintext(const struct event *event, const struct session_message *message)
{
    assert_non_null(event);
    assert_int_equal(event->len, message->plaintext.len);
    if (event->len != 0) {
        assert_memory_equal(event->datagram, message->plaintext.data, event->len);
    }
}

static void hear_response(const struct session_message *message, size_t n_outcomes)
{
    struct ikl_protection with_keys = protection();

    if (message->exchange_type == IKL_IKE_SA_INIT) {
        assert_int_equal(host_last(&play.host, EVENT_INIT_RESPONSE)->len, message->datagram.len);
        assert_int_equal(ikl_sa_install_keys(play.host.sa, play.sa->spi_r, &with_keys, NOW), IKL_OK);
        return;
    }
    assert_int_equal(host_last(&play.host, EVENT_ALIVE)->alive.message_id, message->message_id);
    if (host_count(&play.host, EVENT_OUTCOME) > n_outcomes) { /* not of a liveness check of the library's */
        assert_int_equal(host_last(&play.host, EVENT_OUTCOME)->outcome.kind, IKL_OUTCOME_ANSWERED);
        assert_int_equal(host_last(&play.host, EVENT_OUTCOME)->outcome.status, IKL_OK);
        assert_same_plaintext(host_last(&play.host, EVENT_OUTCOME), message);
    } else {
        assert_int_equal(message->plaintext.len, 0);
    }
}

static void hear(const struct session_message *message)
{
    size_t n_sent = host_count(&play.host, EVENT_SENT), n_outcomes = host_count(&play.host, EVENT_OUTCOME);

    assert_int_equal(deliver(message), IKL_OK);
    if (is_response(message)) {
        hear_response(message, n_outcomes);
    } else if (is_answered_by_library(message)) {
        assert_int_equal(host_count(&play.host, EVENT_SENT), n_sent + 1);
    } else {
        assert_int_equal(host_last(&play.host, EVENT_PEER_REQUEST)->message_id, message->message_id);
        assert_int_equal(host_last(&play.host, EVENT_PEER_REQUEST)->exchange_type, message->exchange_type);
        assert_same_plaintext(host_last(&play.host, EVENT_PEER_REQUEST), message);
    }
}

static void play_on(void)
{
    for (; play.at < play.n; play.at++) {
        const struct session_message *message = play.messages[play.at];

        if (is_ours(message)) {
            say(message);
        } else {
            hear(message);
        }
        if (message->exchange_type == IKL_IKE_AUTH && is_response(message)) {
            assert_int_equal(ikl_sa_established(play.host.sa, NOW), IKL_OK);
        }
    }
    assert_int_equal(host_count(&play.host, EVENT_SENT), play.n_sent);
}

/* An IKE SA made by IKE_SA_INIT has no keys before the response to that. */
static bool has_keys_at(size_t cut)
{
    return play.sa->rekeyed_from != 0 || cut >= 2;
}

static bool run_cut(size_t cut)
{
    if (!has_keys_at(cut) && !play.original_initiator) {
        return false; /* a responder has no IKE SA yet */
    }
    host_init(&play.host, "a", NOW, with_every_provider);
    play.n_sent = 0;
    if (has_keys_at(cut)) {
        hand_over(cut);
        assert_came_along(cut);
    } else {
        begin_again();
    }
    play_on();
    host_clear(&play.host);
    return true;
}

static bool belongs(const struct session_message *message, const struct session_sa *sa)
{
    return message->spi_i == sa->spi_i && (message->spi_r == sa->spi_r || message->spi_r == 0);
}

/* Derives the keys with a provider that has its algorithms; false when none has. */
static bool derive_keys(void)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);
    const struct session_sa *sa = play.sa;
    const struct ikl_kdf_input input = {
        .size = sizeof(input), .ni = sa->ni, .nr = sa->nr, .spi_i = sa->spi_i, .spi_r = sa->spi_r};

    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher;
        const struct ikl_prf *prf;

        if (providers[i]->cipher(&play.suite, &cipher) == IKL_OK && providers[i]->prf(play.suite.prf, &prf) == IKL_OK) {
            assert_int_equal(ikl_keys_derive(&play.keys, providers[i], &play.suite, sa->skeyseed, &input), IKL_OK);
            play.identical = cipher->counter_iv;
            return true;
        }
    }
    return false;
}

static bool set_up(const struct session *session, const struct session_sa *sa)
{
    play.sa = sa;
    play.n = 0;
    assert_int_equal(ikl_suite_parse(&play.suite, session->suite), IKL_OK);
    for (size_t i = 0; i < session->n_messages; i++) {
        if (belongs(&session->messages[i], sa)) {
            assert_true(play.n < MAX_MESSAGES);
            play.messages[play.n++] = &session->messages[i];
        }
    }
    return derive_keys();
}

/* How many hand-overs of all the ends of a session there were. */
static size_t run_session(const struct session *session)
{
    size_t n = 0;

    for (size_t i = 0; i < session->n_sas && set_up(session, &session->sas[i]); i++) {
        for (size_t cut = 0; cut <= play.n; cut++) {
            for (int end = 0; end < 2; end++) {
                play.original_initiator = end == 0;
                n += run_cut(cut) ? 1 : 0;
            }
        }
    }
    return n;
}

static void run_file(const char *path, void *user)
{
    size_t *n = user;
    struct session session;
    char reason[80];

    if (strstr(path, "/lossy.") != NULL) {
        return; /* what one end recorded: some of it never came to the other */
    }
    if (!session_read(&session, path, reason, sizeof(reason))) {
        fail_msg("%s: %s", path, reason);
    }
    *n += run_session(&session);
    session_free(&session);
}

static void both_ends_of_a_session_can_be_handed_over_at_every_message_and_the_rest_plays_on(void **state)
{
    size_t n = 0;

    (void)state;
    assert_int_equal(ikl_init(), IKL_OK);
    assert_true(session_each(VECTORS "/sessions", run_file, &n) > 0);
    assert_in_range(n, 150, 2000);
}

TESTS_OF(hand_over_session)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_of_a_session_can_be_handed_over_at_every_message_and_the_rest_plays_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
