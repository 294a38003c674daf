/* SPDX-License-Identifier: ISC */
/* The rarer callbacks in the simulated world: recorded, passed on, and shown. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

struct heard {
    unsigned init_responses, addresses, exhaustions, probes, monitors;
    uint16_t port;
    enum ikl_exhaustion what;
    struct ikl_child *probed; /* by the latest probe */
    uint16_t probe;
};

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct heard *heard = user;

    (void)sa;
    assert_int_equal(response->datagram.len, IKL_HEADER_LEN);
    heard->init_responses++;
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    struct heard *heard = user;

    (void)sa;
    heard->addresses++;
    heard->port = path->remote.port;
}

static void on_exhaustion(void *user, struct ikl_sa *sa, enum ikl_exhaustion what)
{
    struct heard *heard = user;

    (void)sa;
    heard->exhaustions++;
    heard->what = what;
}

static void on_monitor_probe(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    struct heard *heard = user;

    (void)sa;
    heard->probes++;
    heard->probed = child;
    heard->probe = probe;
}

static void on_monitor(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    struct heard *heard = user;

    (void)sa;
    (void)child;
    (void)change;
    heard->monitors++;
}

static struct ikl_sim_host_config config_of(struct heard *heard)
{
    return (struct ikl_sim_host_config){.size = sizeof(struct ikl_sim_host_config),
                                        .endpoint = {.size = sizeof(struct ikl_endpoint_config),
                                                     .user = heard,
                                                     .callbacks = {.size = sizeof(struct ikl_callbacks),
                                                                   .init_response = on_init_response,
                                                                   .address = on_address,
                                                                   .exhaustion = on_exhaustion,
                                                                   .monitor_probe = on_monitor_probe,
                                                                   .monitor = on_monitor}}};
}

static struct ikl_sim_pair pair_of(struct ikl_sim *sim, const struct ikl_sim_host_config *b,
                                   const struct ikl_sim_sa_config *sa)
{
    struct ikl_sim_pair_config config = {.size = sizeof(config), .b = b, .sa = sa};

    return sim_pair(sim, &config);
}

static void assert_says(const struct ikl_sim *sim, enum ikl_sim_event event, const struct ikl_sa *sa, const char *text)
{
    const struct ikl_sim_record *record = ikl_sim_find(sim, event, sa, 0);
    char line[200];

    assert_non_null(record);
    (void)ikl_sim_record_text(record, line, sizeof(line));
    assert_non_null(strstr(line, text));
}

/* A peer that answers IKE_SA_INIT with a header alone. */
struct responder {
    struct ikl_sim_host *host;
};

static int answer_init(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    struct responder *responder = user;
    struct ikl_header header;
    uint8_t octets[IKL_HEADER_LEN];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    (void)now;
    assert_int_equal(ikl_header_read(&header, datagram, len), IKL_OK);
    header.spi_r = 2;
    header.flags = IKL_FLAG_RESPONSE;
    header.next_payload = IKL_PAYLOAD_NONE;
    header.length = sizeof(octets);
    ikl_header_write(&writer, &header);
    return ikl_sim_send(responder->host, path, octets, sizeof(octets));
}

static void responses_to_ike_sa_init_are_recorded_and_passed_on(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.addresses = 0};
    struct responder responder = {.host = NULL};
    struct ikl_sim_host_config a = config_of(&heard);
    struct ikl_sim_host_config b = {
        .size = sizeof(b), .no_endpoint = true, .endpoint = {.user = &responder}, .receive = answer_init};
    struct ikl_sa_config config = {.size = sizeof(config), .spi_i = 1, .original_initiator = true, .connecting = true};
    struct ikl_sim_host *host;
    struct ikl_sim_link *link;
    struct ikl_sa *sa;

    (void)state;
    assert_int_equal(ikl_sim_add_host(sim, &a, &host), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, &b, &responder.host), IKL_OK);
    assert_int_equal(ikl_sim_add_link(host, responder.host, NULL, &link), IKL_OK);
    config.path = ikl_sim_path(link, host);
    assert_int_equal(ikl_sa_new(&sa, ikl_sim_host_endpoint(host), &config, 0), IKL_OK);
    assert_int_equal(
        ikl_sa_request(sa, IKL_IKE_SA_INIT, &(struct ikl_payload){.type = IKL_PAYLOAD_VENDOR_ID}, 1, NULL, 0, NULL),
        IKL_OK);
    sim_run_until(sim, 0);
    assert_int_equal(heard.init_responses, 1);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_INIT_RESPONSE, sa, 0)->octets.len, IKL_HEADER_LEN);
    assert_says(sim, IKL_SIM_INIT_RESPONSE, sa, "init response from 10.0.0.2:500");
    assert_says(sim, IKL_SIM_SENT, sa, "IKE_SA_INIT 0 request");
    sim_free(sim);
}

static void follow(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    (void)user;
    (void)host;
    config->follow_peer = true;
}

static void a_new_address_is_recorded_and_passed_on_and_the_keepalive_that_comes_from_there_shown(void **state)
{
    static const struct ikl_address outside = {.ip = {203, 0, 113, 7}, .port = 65535, .family = 4};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.addresses = 0};
    struct ikl_sim_host_config b = config_of(&heard);
    struct ikl_sim_link_config encapsulated = {.size = sizeof(encapsulated), .encapsulated = true};
    struct ikl_sim_sa_config config = {.size = sizeof(config), .prepare = follow, .idle = 60000};
    struct ikl_sim_host *host, *peer;
    struct ikl_sim_link *link;
    struct ikl_sa *sa, *peers;

    (void)state;
    assert_int_equal(ikl_sim_add_host(sim, NULL, &host), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, &b, &peer), IKL_OK);
    assert_int_equal(ikl_sim_add_link(host, peer, &encapsulated, &link), IKL_OK);
    ikl_sim_set_nat(link, host, &outside, 0);
    assert_int_equal(ikl_sim_add_sa(link, &config, &sa, &peers), IKL_OK);
    ikl_sim_rebind_at(link, host, seconds(30), NULL);
    ikl_sim_rebind_at(link, peer, seconds(30), NULL); /* there is no NAT */
    sim_run_until(sim, seconds(61));
    assert_says(sim, IKL_SIM_SENT, sa, "NAT keepalive, 1 octets");
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_REBOUND, NULL, seconds(30)), 1);
    assert_int_equal(heard.addresses, 1);
    assert_int_equal(heard.port, 49152);
    assert_says(sim, IKL_SIM_ADDRESS, peers, "address       from 203.0.113.7:49152");
    assert_says(sim, IKL_SIM_ALIVE, sa, "INFORMATIONAL 0 answered");
    sim_free(sim);
}

static const uint32_t near_the_end = IKL_MESSAGE_ID_LAST - 3;

static void begin_near_the_end(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    (void)user;
    config->protection.iv_source = IKL_IV_FIRST;
    if (strcmp(ikl_sim_host_name(host), "b") == 0) {
        config->ids.next_request = near_the_end;
        config->ids.unanswered = near_the_end;
    } else {
        config->ids.next_expected = near_the_end;
    }
}

static void exhaustion_is_recorded_and_passed_on(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.addresses = 0};
    struct ikl_sim_host_config b = config_of(&heard);
    struct ikl_sim_sa_config config = {.size = sizeof(config), .prepare = begin_near_the_end};
    struct ikl_sim_pair pair = pair_of(sim, &b, &config);

    (void)state;
    sim_run_until(sim, seconds(60));
    assert_int_equal(heard.exhaustions, 1);
    assert_int_equal(heard.what, IKL_EXHAUSTION_MESSAGE_IDS);
    assert_says(sim, IKL_SIM_EXHAUSTION, pair.sa_b, "exhaustion    Message IDs");
    assert_says(sim, IKL_SIM_EXHAUSTION, pair.sa_a, "exhaustion    the peer's Message IDs");
    assert_true(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0) > 0);
    sim_free(sim);
}

static void monitors_are_recorded_and_passed_on(void **state)
{
    static const struct ikl_monitor_config monitor = {
        .interval = 1000, .timeout = 500, .renew_after = 60000, .threshold = 2, .recover = 1};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.addresses = 0};
    struct ikl_sim_host_config b = config_of(&heard);
    struct ikl_sim_sa_config config = {.size = sizeof(config), .n_children = 1};
    struct ikl_sim_pair pair;

    (void)state;
    b.endpoint.monitor = &monitor;
    pair = pair_of(sim, &b, &config);
    for (uint32_t n = 0; n < 3; n++) {
        sim_run_until(sim, seconds(n) + 1);
        assert_int_equal(ikl_child_monitor_answered(pair.sa_b, heard.probed, heard.probe, 0, ikl_sim_now(sim)), IKL_OK);
    }
    sim_run_until(sim, seconds(10));
    assert_int_equal(heard.probes, 11);
    assert_int_equal(heard.monitors, 3);
    assert_says(sim, IKL_SIM_MONITOR_PROBE, pair.sa_b, "monitor probe b0000001: probe 1");
    assert_says(sim, IKL_SIM_MONITOR, pair.sa_b, "monitor       b0000001: UP");
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_MONITOR, pair.sa_b, 2)->at, 4500);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_MONITOR, pair.sa_b, 2)->about.monitor.change.state, IKL_MONITOR_DOWN);
    sim_free(sim);
}

static void what_was_never_sent_has_no_message_id(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);

    (void)state;
    sim_cut_at(pair.link, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ikl_sa_request(pair.sa_a, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    }
    ikl_sa_close(pair.sa_a, 0);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_a, 1)->about.outcome.message_id, IKL_MESSAGE_ID_NONE);
    assert_says(sim, IKL_SIM_OUTCOME, pair.sa_a, "outcome       INFORMATIONAL 0 IKE SA gone");
    sim_free(sim);
}

TESTS_OF(sim_callbacks)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_to_ike_sa_init_are_recorded_and_passed_on),
        cmocka_unit_test(a_new_address_is_recorded_and_passed_on_and_the_keepalive_that_comes_from_there_shown),
        cmocka_unit_test(exhaustion_is_recorded_and_passed_on),
        cmocka_unit_test(monitors_are_recorded_and_passed_on),
        cmocka_unit_test(what_was_never_sent_has_no_message_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
