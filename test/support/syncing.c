/* SPDX-License-Identifier: ISC */
/* See syncing.h. */
#include "syncing.h"

#include "test.h"

static bool is_initiator(const struct host *host)
{
    return (ikl_sa_path(host->sa)->local.ip[3] & 1) != 0;
}

/* The payloads inside SK. */
static size_t write_payloads(uint8_t *out, size_t size, const struct syncing_says *says)
{
    const struct ikl_message_id_sync ids = {
        .nonce = says->nonce != 0 ? says->nonce : SYNCING_NONCE, .send = says->send, .receive = says->receive};
    uint8_t octets[100];
    struct ikl_writer writer = ikl_writer(out, size), bodies = ikl_writer(octets, sizeof(octets));
    struct ikl_payload payloads[3] = {{.type = IKL_PAYLOAD_NOTIFY}};
    size_t n = 1;

    assert_int_equal(ikl_message_id_sync_write(&bodies, &ids), IKL_OK);
    payloads[0].body = (struct ikl_octets){octets, bodies.len};
    if (says->replay != NULL) {
        assert_int_equal(ikl_replay_sync_write(&bodies, says->replay), IKL_OK);
        payloads[n].type = IKL_PAYLOAD_NOTIFY;
        payloads[n++].body = (struct ikl_octets){octets + payloads[0].body.len, bodies.len - payloads[0].body.len};
    }
    if (says->also != NULL) {
        payloads[n++] = *says->also;
    }
    assert_int_equal(ikl_chain_write(&writer, payloads, n), IKL_OK);
    return writer.len;
}

size_t syncing_seal(const struct host *host, const struct syncing_says *says, uint8_t *out)
{
    uint8_t inside[300];
    struct peer_message message = {.from_initiator = is_initiator(host) == says->from_us,
                                   .response = says->response,
                                   .exchange_type = says->exchange_type,
                                   .message_id = says->message_id,
                                   .first_payload = IKL_PAYLOAD_NOTIFY,
                                   .plaintext = {inside, write_payloads(inside, sizeof(inside), says)}};

    return peer_seal(&message, SYNCING_SUITE, out);
}

int syncing_give(struct host *host, const struct syncing_says *says)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    return peer_deliver(host, datagram, syncing_seal(host, says, datagram));
}

int syncing_give_ids(struct host *host, uint32_t send, uint32_t receive)
{
    const struct syncing_says says = {.send = send, .receive = receive};

    return syncing_give(host, &says);
}

int syncing_answer(struct host *host, uint32_t nonce, uint32_t send, uint32_t receive)
{
    const struct syncing_says says = {.send = send, .receive = receive, .nonce = nonce, .response = true};

    return syncing_give(host, &says);
}

int syncing_start(struct host *host, const struct ikl_sync_options *options)
{
    return ikl_sa_sync(host->sa, options, host->now);
}

struct ikl_message_id_sync syncing_said(struct host *host)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_last(host, EVENT_SENT), SYNCING_SUITE, plaintext);
    struct ikl_chain chain = ikl_chain(opened.first_payload, opened.plaintext);
    struct ikl_message_id_sync ids;
    struct ikl_replay_sync replay;
    struct ikl_payload payload;

    assert_int_equal(opened.header.exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(opened.header.message_id, 0);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(payload.type, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(ikl_message_id_sync_read(&ids, payload.body), IKL_OK);
    if (ikl_chain_next(&chain, &payload) == IKL_OK) {
        assert_int_equal(ikl_replay_sync_read(&replay, payload.body), IKL_OK);
        assert_true(replay.delta != 0);
        assert_int_equal(ikl_chain_next(&chain, &payload), IKL_ERR_END);
    }
    assert_int_equal(chain.status, IKL_ERR_END);
    return ids;
}

void syncing_assert_sent_again(struct host *host, size_t n)
{
    const struct event *first = host_event(host, EVENT_SENT, n), *again = host_last(host, EVENT_SENT);

    assert_int_equal(first->len, again->len);
    assert_memory_equal(first->datagram, again->datagram, first->len);
}

void syncing_assert_refused(struct host *host, int result, int expected)
{
    assert_int_equal(result, expected);
    assert_int_equal(host_count(host, EVENT_SYNCED), 0);
    assert_int_equal(host_counters(host).peer_syncs, 0);
}

void syncing_assert_under_way(struct host *host)
{
    assert_true(host_info(host).syncing);
    assert_int_equal(host_count(host, EVENT_SYNCED), 0);
    assert_int_equal(host_info(host).outstanding, 1);
    assert_int_equal(host_info(host).outstanding_id, 0);
}

void syncing_agree(struct ikl_sa *sa)
{
    assert_int_equal(ikl_sa_agree_sync(sa, IKL_SYNC_MESSAGE_IDS | IKL_SYNC_REPLAY_COUNTERS, 0), IKL_OK);
}

void syncing_after_auth(struct ikl_sa_config *config)
{
    test_sealed_before(config);
    config->ids.next_request = config->ids.unanswered = config->original_initiator ? 2 : 0;
    config->ids.next_expected = config->original_initiator ? 0 : 2;
}

static int no_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user;
    (void)sa;
    (void)iv;
    (void)len;
    return IKL_ERR_CRYPTO;
}

void syncing_without_ivs(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = no_iv;
}

void syncing_begin(struct host *host, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, SYNCING_SUITE, true, 2, on_sa != NULL ? on_sa : syncing_after_auth);
    syncing_agree(host->sa);
}

uint32_t syncing_under_way(struct host *host, sa_change on_sa)
{
    struct ikl_message_id_sync said;

    syncing_begin(host, NULL, on_sa);
    assert_int_equal(syncing_start(host, NULL), IKL_OK);
    said = syncing_said(host);
    assert_int_equal(said.send, 3);
    assert_int_equal(said.receive, 0);
    return said.nonce;
}

void syncing_probe(struct host *host)
{
    struct peer_message answer = {.response = true, .from_initiator = !is_initiator(host)};

    assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_OK);
    answer.message_id = host_last(host, EVENT_ATTEMPT)->attempt.message_id;
    assert_int_equal(peer_send(host, SYNCING_SUITE, &answer), IKL_OK);
}

int syncing_peer_probes(struct host *host, uint32_t message_id)
{
    const struct peer_message probe = {.from_initiator = !is_initiator(host), .message_id = message_id};

    return peer_send(host, SYNCING_SUITE, &probe);
}

struct ikl_request *syncing_request(struct host *host)
{
    struct ikl_request *request;

    assert_int_equal(ikl_sa_request(host->sa, IKL_CREATE_CHILD_SA, NULL, 0, NULL, host->now, &request), IKL_OK);
    return request;
}
