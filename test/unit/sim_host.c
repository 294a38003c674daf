/* SPDX-License-Identifier: ISC */
/* Hosts in the simulated world: their own callbacks and event handling, and all that can befall them. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

/* A host of the test's own, with every callback that there is. */
struct own_host {
    unsigned outage, peer_deletes, batched, random, send, attempt, alive, outcome, request, state, reachability,
        last_esp, child_down, down, unmatched;
    int send_result;
    bool never_answers;
    ikl_time booted_at;
    struct ikl_sim_host *booted;
};

static int own_random(void *user, uint8_t *out, size_t len)
{
    struct own_host *own = user;

    memset(out, (int)++own->random, len);
    return IKL_OK;
}

static int own_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct own_host *own = user;

    assert_non_null(sa);
    assert_non_null(path);
    assert_true(datagram != NULL && len >= IKL_HEADER_LEN);
    own->send++;
    return own->send_result;
}

static void own_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    (void)sa;
    (void)attempt;
    ((struct own_host *)user)->attempt++;
}

static void own_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    (void)sa;
    (void)alive;
    ((struct own_host *)user)->alive++;
}

static void own_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    (void)sa;
    (void)outcome;
    ((struct own_host *)user)->outcome++;
}

static void own_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct own_host *own = user;
    ikl_time now = ikl_sim_host_now(ikl_sim_host_of(sa));

    own->request++;
    if (!own->never_answers) {
        assert_int_equal(ikl_sa_respond(sa, request->message_id, NULL, 0, now), IKL_OK);
    }
}

static void own_state(void *user, struct ikl_sa *sa, enum ikl_sa_state now)
{
    (void)sa;
    (void)now;
    ((struct own_host *)user)->state++;
}

static void own_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    (void)sa;
    (void)change;
    ((struct own_host *)user)->reachability++;
}

static void own_last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)sa;
    (void)child;
    (void)heard;
    (void)sent;
    ((struct own_host *)user)->last_esp++;
}

static void own_outage(void *user, const struct ikl_outage *outage)
{
    (void)outage;
    ((struct own_host *)user)->outage++;
}

static void own_peer_deletes(void *user, struct ikl_sa *sa)
{
    (void)sa;
    ((struct own_host *)user)->peer_deletes++;
}

static void own_send_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    struct own_host *own = user;

    for (size_t i = 0; i < n; i++) {
        datagrams[i].result = own->send_result;
        own->batched++;
    }
}

static void own_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    (void)sa;
    (void)child;
    (void)down;
    ((struct own_host *)user)->child_down++;
}

static void own_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    (void)sa;
    (void)down;
    ((struct own_host *)user)->down++;
}

static void own_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                          const uint8_t *datagram, size_t len)
{
    (void)path;
    (void)header;
    (void)datagram;
    (void)len;
    ((struct own_host *)user)->unmatched++;
}

static void own_boot(void *user, struct ikl_sim_host *host, ikl_time now)
{
    struct own_host *own = user;

    own->booted = host;
    own->booted_at = now;
}

static struct ikl_sim_host_config config_of(struct own_host *own)
{
    return (struct ikl_sim_host_config){.size = sizeof(struct ikl_sim_host_config),
                                        .endpoint = {.size = sizeof(struct ikl_endpoint_config),
                                                     .user = own,
                                                     .callbacks = {.size = sizeof(struct ikl_callbacks),
                                                                   .random = own_random,
                                                                   .send = own_send,
                                                                   .attempt = own_attempt,
                                                                   .alive = own_alive,
                                                                   .outcome = own_outcome,
                                                                   .peer_request = own_request,
                                                                   .state = own_state,
                                                                   .reachability = own_reachability,
                                                                   .last_esp = own_last_esp,
                                                                   .outage = own_outage,
                                                                   .peer_deletes = own_peer_deletes,
                                                                   .child_down = own_child_down,
                                                                   .down = own_down,
                                                                   .unmatched = own_unmatched}},
                                        .boot = own_boot};
}

static struct ikl_sim_pair pair_of(struct ikl_sim *sim, const struct ikl_sim_host_config *a, uint32_t n_children)
{
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = n_children};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = a, .sa = &sa};

    return sim_pair(sim, &config);
}

static void hosts_are_named_and_addressed_in_order_unless_they_say_otherwise(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_host_config config = {.size = sizeof(config), .name = "gateway"};
    struct ikl_sim_host *host, *gateway;
    struct ikl_sim_link *link;

    (void)state;
    assert_int_equal(ikl_sim_add_host(sim, NULL, &host), IKL_OK);
    assert_string_equal(ikl_sim_host_name(host), "a");
    assert_int_equal(ikl_sim_add_host(sim, &config, &gateway), IKL_OK);
    assert_string_equal(ikl_sim_host_name(gateway), "gateway");
    assert_ptr_equal(ikl_sim_find_host(sim, "gateway"), gateway);
    assert_null(ikl_sim_find_host(sim, "b"));
    assert_ptr_equal(ikl_sim_of(gateway), sim);
    assert_int_equal(ikl_sim_add_link(host, gateway, NULL, &link), IKL_OK);
    assert_memory_equal(ikl_sim_path(link, host).local.ip, ((uint8_t[]){10, 0, 0, 1}), 4);
    assert_memory_equal(ikl_sim_path(link, host).remote.ip, ((uint8_t[]){10, 0, 0, 2}), 4);
    assert_int_equal(ikl_sim_path(link, host).remote.port, 500);
    for (int i = 2; i < 26; i++) {
        assert_int_equal(ikl_sim_add_host(sim, NULL, &host), IKL_OK);
    }
    assert_string_equal(ikl_sim_host_name(host), "z");
    assert_int_equal(ikl_sim_add_host(sim, NULL, &host), IKL_OK);
    assert_string_equal(ikl_sim_host_name(host), "h26");
    sim_free(sim);
}

static void a_host_that_cannot_be_is_refused(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_host_config config = {.size = sizeof(config) - 1};
    struct ikl_sim_host *host;

    (void)state;
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_ERR_INVALID);
    config = (struct ikl_sim_host_config){.size = sizeof(config), .no_endpoint = true};
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_ERR_INVALID);
    config = (struct ikl_sim_host_config){.size = sizeof(config), .endpoint = {.size = 3}};
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_ERR_INVALID);
    config = (struct ikl_sim_host_config){.size = sizeof(config), .endpoint = {.callbacks = {.size = 3}}};
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_ERR_INVALID);
    config = (struct ikl_sim_host_config){.size = sizeof(config), .name = "twin"};
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_ERR_BUSY);
    sim_free(sim);
}

static void every_callback_of_the_host_s_own_is_called_with_its_own_user(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct own_host own = {.send_result = IKL_OK};
    struct ikl_sim_host_config config = config_of(&own);
    struct ikl_sim_pair pair = pair_of(sim, &config, 2);

    (void)state;
    assert_true(own.random > 0);
    assert_ptr_equal(ikl_sim_host_user(pair.a), &own);
    assert_ptr_equal(ikl_endpoint_user(ikl_sim_host_endpoint(pair.a)), pair.a);
    assert_int_equal(ikl_sa_request(pair.sa_b, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_request(pair.sa_a, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    sim_run_until(sim, seconds(10));
    assert_int_equal(own.request, 1);
    assert_int_equal(own.outcome, 1);
    assert_int_equal(own.alive, 3);
    assert_int_equal(own.attempt, 3);
    assert_true(own.last_esp >= 2);
    ikl_sim_inject_at(pair.a, 0, &(struct ikl_path){.tag = 0},
                      (const uint8_t[IKL_HEADER_LEN]){1, [17] = 0x20, [27] = IKL_HEADER_LEN}, IKL_HEADER_LEN);
    assert_int_equal(own.unmatched, 1);
    sim_cut_at(pair.link, 0);
    sim_run_until(sim, seconds(400));
    assert_int_equal(own.child_down, 2);
    assert_int_equal(own.down, 1);
    assert_int_equal(own.state, 2);
    assert_int_equal(own.reachability, 2);
    assert_int_equal(own.send, ikl_sim_count(sim, IKL_SIM_SENT, pair.sa_a, 0));
    sim_free(sim);
}

static void a_host_without_a_request_callback_leaves_requests_to_the_library(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);

    (void)state;
    assert_int_equal(ikl_sa_request(pair.sa_a, IKL_INFORMATIONAL, &(struct ikl_payload){.type = IKL_PAYLOAD_VENDOR_ID},
                                    1, NULL, 0, NULL),
                     IKL_OK);
    sim_run_until(sim, 0);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_a, 0)->about.outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_PEER_REQUEST, NULL, 0), 0);
    sim_free(sim);
}

static void what_the_host_s_own_send_refuses_does_not_go_out(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct own_host own = {.send_result = IKL_ERR_RATE};
    struct ikl_sim_host_config config = config_of(&own);
    struct ikl_sim_pair pair = pair_of(sim, &config, 0);

    (void)state;
    sim_run_until(sim, seconds(5));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SEND_FAILED, pair.sa_a, 0)->result, IKL_ERR_RATE);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ATTEMPT, pair.sa_a, 0)->about.attempt.send_result, IKL_ERR_RATE);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_SENT, pair.sa_a, 0), 0);
    sim_free(sim);
}

static void batches_of_the_host_s_own_are_asked_for_in_the_same_way(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct own_host own = {.send_result = IKL_OK};
    struct ikl_sim_host_config config = config_of(&own);
    struct ikl_sim_pair pair;
    struct ikl_sa *second;

    (void)state;
    config.endpoint.send_batch = 8;
    config.endpoint.callbacks.send_batch = own_send_batch;
    pair = pair_of(sim, &config, 0);
    assert_int_equal(ikl_sim_add_sa(pair.link, NULL, &second, NULL), IKL_OK);
    sim_run_until(sim, seconds(5));
    assert_int_equal(own.batched, 4);
    assert_int_equal(own.send, 0);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, second, 0), 1);
    own.send_result = IKL_ERR_RATE;
    sim_run_until(sim, seconds(10));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SEND_FAILED, second, 0)->result, IKL_ERR_RATE);
    sim_free(sim);
}

static void outages_are_recorded_and_passed_on(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct own_host own = {.send_result = IKL_OK};
    struct ikl_sim_host_config config = config_of(&own);
    struct ikl_sim_pair pair;
    char line[200];

    (void)state;
    config.endpoint.outage_after = 10000;
    config.endpoint.outage_least = 1;
    pair = pair_of(sim, &config, 0);
    sim_cut_at(pair.link, 0);
    sim_restore_at(pair.link, seconds(100));
    sim_run_until(sim, seconds(200));
    assert_int_equal(own.outage, 2);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_OUTAGE, NULL, 0), 2);
    ikl_sim_record_text(ikl_sim_find(sim, IKL_SIM_OUTAGE, NULL, 1), line, sizeof(line));
    assert_non_null(strstr(line, "outage        of path group 0, 1 IKE SAs, is over"));
    sim_free(sim);
}

static void a_delete_of_the_peer_s_is_recorded_and_passed_on(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct own_host own = {.send_result = IKL_OK};
    struct ikl_sim_host_config config = config_of(&own);
    struct ikl_sim_pair pair = pair_of(sim, &config, 0);

    (void)state;
    assert_int_equal(ikl_sa_delete(pair.sa_b, 1000, 0), IKL_OK);
    sim_run_until(sim, 0);
    assert_int_equal(own.peer_deletes, 1);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_PEER_DELETES, pair.sa_a, 0), 1);
    assert_down(pair.sa_a, IKL_DOWN_PEER_DELETED, 0);
    sim_free(sim);
}

/* One that is added and not passed on would be silent in the test kit. */
static void no_callback_is_unknown_to_the_test_kit(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct ikl_callbacks), sizeof(size_t) + 21 * sizeof(void (*)(void)));
}

static void a_host_that_reboots_has_lost_all_and_tells_nobody(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct own_host own = {.send_result = IKL_OK};
    struct ikl_sim_host_config config = config_of(&own);
    struct ikl_sim_pair pair = pair_of(sim, &config, 3);
    size_t records;

    (void)state;
    sim_run_until(sim, seconds(12));
    records = ikl_sim_n_records(sim);
    sim_reboot_at(pair.a, 0, 1000);
    assert_null(ikl_sim_host_endpoint(pair.a));
    assert_int_equal(ikl_sim_n_records(sim), records + 1);
    assert_int_equal(own.down + own.child_down, 0);
    sim_run_until(sim, seconds(14));
    assert_ptr_equal(own.booted, pair.a);
    assert_int_equal(own.booted_at, 13000);
    assert_non_null(ikl_sim_host_endpoint(pair.a));
    assert_int_equal(ikl_endpoint_n_sas(ikl_sim_host_endpoint(pair.a)), 0);
    sim_run_until(sim, seconds(400));
    assert_true(own.unmatched > 0);
    assert_down(pair.sa_b, IKL_DOWN_TIMEOUT, seconds(10 + 5 + 319));
    sim_free(sim);
}

TESTS_OF(sim_host)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_named_and_addressed_in_order_unless_they_say_otherwise),
        cmocka_unit_test(a_host_that_cannot_be_is_refused),
        cmocka_unit_test(every_callback_of_the_host_s_own_is_called_with_its_own_user),
        cmocka_unit_test(a_host_without_a_request_callback_leaves_requests_to_the_library),
        cmocka_unit_test(what_the_host_s_own_send_refuses_does_not_go_out),
        cmocka_unit_test(batches_of_the_host_s_own_are_asked_for_in_the_same_way),
        cmocka_unit_test(outages_are_recorded_and_passed_on),
        cmocka_unit_test(a_delete_of_the_peer_s_is_recorded_and_passed_on),
        cmocka_unit_test(no_callback_is_unknown_to_the_test_kit),
        cmocka_unit_test(a_host_that_reboots_has_lost_all_and_tells_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
