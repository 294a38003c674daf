/* SPDX-License-Identifier: ISC */
/* Where datagrams go: changes of address, MOBIKE, NAT keepalives, NAT detection (RFC 7296 §2.11, §2.23; RFC 3948;
 * RFC 4555). */
#include "support/host.h"
#include "support/peer.h"
#include "support/providers.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static struct ikl_path moved(const struct host *host)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.remote.ip[3] = 99;
    path.remote.port = 12345;
    return path;
}

static int give(struct host *host, const struct ikl_path *path, const struct peer_message *message, bool forged)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(message, suite, datagram);

    datagram[len - 1] ^= forged ? 1 : 0;
    return ikl_endpoint_receive(host->endpoint, path, datagram, len, host->now);
}

static void follow(struct ikl_sa_config *config)
{
    config->follow_peer = true;
    config->path.mtu = 1400;
}

static void rfc_19_the_path_follows_a_fresh_authenticated_message_where_the_host_allows(void **state)
{
    struct ikl_path path;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, follow);
    path = moved(&pair.a);
    assert_int_equal(give(&pair.a, &path, &(struct peer_message){0}, true), IKL_ERR_FORGED);
    assert_int_equal(host_count(&pair.a, EVENT_ADDRESS), 0);
    assert_false(ikl_path_same(ikl_sa_path(pair.a.sa), &path));
    assert_int_equal(give(&pair.a, &path, &(struct peer_message){0}, false), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_ADDRESS), 1);
    assert_true(ikl_path_same(&host_event(&pair.a, EVENT_ADDRESS, 0)->path, &path));
    assert_true(ikl_path_same(ikl_sa_path(pair.a.sa), &path));
    assert_int_equal(ikl_sa_path(pair.a.sa)->mtu, 1400); /* what we know of the path stays */
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    assert_true(ikl_path_same(&host_event(&pair.a, EVENT_SENT, 1)->path, &path));
    pair_clear(&pair);
}

static void a_change_of_address_is_only_reported_where_the_host_does_not_allow_more(void **state)
{
    struct ikl_path path, before;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    path = moved(&pair.a);
    before = *ikl_sa_path(pair.a.sa);
    assert_int_equal(give(&pair.a, &path, &(struct peer_message){0}, false), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_ADDRESS), 1);
    assert_true(ikl_path_same(ikl_sa_path(pair.a.sa), &before));
    /* the response went to where the request came from all the same */
    assert_true(ikl_path_same(&host_event(&pair.a, EVENT_SENT, 0)->path, &path));
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    assert_true(ikl_path_same(&host_event(&pair.a, EVENT_SENT, 1)->path, &before));
    pair_clear(&pair);
}

static void a_replayed_request_from_elsewhere_moves_nothing(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path, before;
    struct pair pair;
    size_t len;

    (void)state;
    pair_init(&pair, suite, 0, NULL, follow);
    before = *ikl_sa_path(pair.a.sa);
    path = moved(&pair.a);
    len = peer_seal(&(struct peer_message){0}, suite, datagram);
    assert_int_equal(ikl_endpoint_receive(pair.a.endpoint, &before, datagram, len, 0), IKL_OK);
    assert_int_equal(ikl_endpoint_receive(pair.a.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_ADDRESS), 0);
    assert_true(ikl_path_same(ikl_sa_path(pair.a.sa), &before));
    pair_clear(&pair);
}

static void window_of_2(struct ikl_sa_config *config)
{
    follow(config);
    config->ids.own_window = 2;
}

/* However the IKE SA came to the other path: it followed the peer, or the host moved it. */
static void a_response_goes_to_where_its_request_came_from_though_the_ike_sa_moved_meanwhile(void **state)
{
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID};
    static const struct peer_message requests[] = {{.exchange_type = IKL_CREATE_CHILD_SA},
                                                   {.exchange_type = IKL_CREATE_CHILD_SA, .message_id = 1}};

    (void)state;
    for (int followed = 0; followed < 2; followed++) {
        struct ikl_path path, before;
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 0, window_of_2);
        before = *ikl_sa_path(host.sa);
        path = moved(&host);
        assert_int_equal(give(&host, &before, &requests[0], false), IKL_OK);
        if (!followed) {
            assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
        }
        assert_int_equal(give(&host, &path, &requests[1], false), IKL_OK);
        assert_true(ikl_path_same(ikl_sa_path(host.sa), &path));
        for (uint32_t id = 0; id < 2; id++) {
            assert_int_equal(ikl_sa_respond(host.sa, id, &payload, 1, 0), IKL_OK);
            assert_true(ikl_path_same(&host_event(&host, EVENT_SENT, id)->path, id == 0 ? &before : &path));
        }
        host_clear(&host);
    }
}

static void what_is_outstanding_goes_out_at_once_along_the_path_that_the_host_moves_the_ike_sa_to(void **state)
{
    struct ikl_path path;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    pair.cut = true;
    path = moved(&pair.a);
    pair_run(&pair, 6500, 0);
    assert_int_equal(ikl_sa_set_path(pair.a.sa, &path, 6500), IKL_OK);
    pair_run(&pair, 12000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 5);
    assert_false(ikl_path_same(&host_event(&pair.a, EVENT_SENT, 1)->path, &path));
    assert_true(ikl_path_same(&host_event(&pair.a, EVENT_SENT, 2)->path, &path));
    assert_int_equal(host_event(&pair.a, EVENT_SENT, 2)->at, 6500);
    assert_int_equal(host_event(&pair.a, EVENT_SENT, 3)->at, 7500); /* the schedule begins again */
    assert_int_equal(host_event(&pair.a, EVENT_SENT, 4)->at, 9500);
    assert_memory_equal(host_event(&pair.a, EVENT_SENT, 0)->datagram, host_event(&pair.a, EVENT_SENT, 3)->datagram,
                        host_event(&pair.a, EVENT_SENT, 0)->len);
    pair_clear(&pair);
}

static void a_gone_ike_sa_is_not_moved(void **state)
{
    struct ikl_path path;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    path = moved(&pair.a);
    ikl_sa_close(pair.a.sa, 0);
    assert_int_equal(ikl_sa_set_path(pair.a.sa, &path, 0), IKL_ERR_STATE);
    pair_clear(&pair);
}

static void nat(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
    config->path.encapsulated = true;
    config->path.behind_nat = config->original_initiator;
    config->path.local.port = config->path.remote.port = 4500;
}

static bool is_keepalive(const struct event *sent)
{
    return sent->len == 1 && sent->datagram[0] == 0xff;
}

static void rfc_38_keepalives_go_out_after_20_s_of_silence_only_from_behind_a_nat(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, nat);
    pair_run(&pair, 19999, 0);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 0);
    pair_run(&pair, 60000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(is_keepalive(host_event(&pair.a, EVENT_SENT, i)));
        assert_int_equal(host_event(&pair.a, EVENT_SENT, i)->at, 20000 * (i + 1));
    }
    assert_int_equal(host_count(&pair.b, EVENT_SENT), 0);
    assert_int_equal(host_counters(&pair.a).keepalives_sent, 3);
    pair_clear(&pair);
}

static void not_encapsulated(struct ikl_sa_config *config)
{
    nat(config);
    config->path.encapsulated = false;
}

static void rfc_38_without_encapsulation_there_are_no_keepalives(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, not_encapsulated);
    pair_run(&pair, 60000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 0);
    assert_int_equal(ikl_endpoint_next_deadline(pair.a.endpoint), IKL_NEVER);
    pair_clear(&pair);
}

static void esp_that_is_told_to_an_ike_sa_without_use_for_it_is_ignored(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair.cut = true;
    ikl_sa_sent_esp(pair.a.sa, 4999);
    pair_run(&pair, 5000, 0);
    assert_int_equal(host_event(&pair.a, EVENT_SENT, 0)->at, 5000);
    assert_int_equal(host_info(&pair.a).last_evidence, 0);
    pair_clear(&pair);
}

static void rfc_38_a_keepalive_is_no_proof_of_life(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, nat);
    pair_run(&pair, 60000, 0);
    assert_int_equal(host_counters(&pair.b).keepalives, 3);
    assert_int_equal(host_info(&pair.b).last_evidence, 0);
    assert_int_equal(host_info(&pair.b).counters.dropped, 0);
    pair_clear(&pair);
}

static void rfc_38_whatever_else_was_sent_puts_the_keepalive_off(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, nat);
    pair_run(&pair, 10000, 0);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 10000), IKL_OK); /* a message of ours */
    pair_deliver(&pair);
    pair_run(&pair, 25000, 0);
    ikl_sa_sent_esp(pair.a.sa, 25000); /* the host's ESP */
    pair_run(&pair, 44999, 0);
    assert_int_equal(host_counters(&pair.a).keepalives_sent, 0);
    pair_run(&pair, 45000, 0);
    assert_int_equal(host_counters(&pair.a).keepalives_sent, 1);
    pair_clear(&pair);
}

static void seven_seconds(struct ikl_endpoint_config *config)
{
    config->keepalive = 7000;
}

static void the_interval_of_keepalives_is_configured(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, seven_seconds, nat);
    pair_run(&pair, 21000, 0);
    assert_int_equal(host_counters(&pair.a).keepalives_sent, 3);
    pair_clear(&pair);
}

static void follow_from_behind_a_nat(struct ikl_sa_config *config)
{
    follow(config);
    nat(config);
}

/* The NAT has no mapping for the new path. The request waits for the host, so nothing else is sent. */
static void a_keepalive_goes_at_once_along_the_path_on_which_the_ike_sa_follows_its_peer(void **state)
{
    struct ikl_path path;
    uint8_t datagram[HOST_MAX_DATAGRAM] = {0};
    struct host host;
    size_t len;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, follow_from_behind_a_nat);
    host_advance(&host, 1000);
    path = moved(&host);
    path.behind_nat = false; /* a host that receives does not say */
    len = IKL_NON_ESP_MARKER_LEN + peer_seal(&(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}, suite,
                                             datagram + IKL_NON_ESP_MARKER_LEN);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 1000), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 1000);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, 1);
    assert_true(ikl_path_same(&host_event(&host, EVENT_SENT, 0)->path, &path));
    assert_true(ikl_sa_path(host.sa)->behind_nat);
    host_clear(&host);
}

static void an_ike_sa_that_is_moved_behind_a_nat_begins_keepalives(void **state)
{
    struct ikl_path path;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0);
    path = moved(&pair.a);
    path.encapsulated = path.behind_nat = true;
    pair.a.now = 1000;
    assert_int_equal(ikl_sa_set_path(pair.a.sa, &path, 1000), IKL_OK);
    host_advance(&pair.a, 1000);
    assert_int_equal(host_counters(&pair.a).keepalives_sent, 1); /* nothing else has gone along that path */
    while (host_counters(&pair.a).keepalives_sent == 1 && ikl_endpoint_n_sas(pair.a.endpoint) != 0) {
        host_advance(&pair.a, ikl_endpoint_next_deadline(pair.a.endpoint));
    }
    /* the liveness check's sends at 5, 6, 8, 12, 20, 36 s put the next off until 56 s */
    assert_int_equal(pair.a.now, 56000);
    pair_clear(&pair);
}

static void the_longest_message_on_a_path_is_the_mtu_less_headers_and_marker(void **state)
{
    struct ikl_path path = {.local.family = 4, .remote.family = 4, .mtu = 1500};

    (void)state;
    assert_int_equal(ikl_path_max_message(&path), 1500 - 20 - 8);
    path.encapsulated = true;
    assert_int_equal(ikl_path_max_message(&path), 1500 - 20 - 8 - 4);
    path.remote.family = 6;
    assert_int_equal(ikl_path_max_message(&path), 1500 - 40 - 8 - 4);
    path.remote.family = 0;
    path.encapsulated = false;
    assert_int_equal(ikl_path_max_message(&path), 1500 - 40 - 8);
    path.mtu = 0; /* unknown (RFC 7383 §2.5.1) */
    assert_int_equal(ikl_path_max_message(&path), 576 - 40 - 8);
    path.remote.family = 4;
    assert_int_equal(ikl_path_max_message(&path), 576 - 20 - 8);
    path.remote.family = 6;
    assert_int_equal(ikl_path_max_message(&path), 1280 - 40 - 8);
    path.mtu = 1;
    assert_int_equal(ikl_path_max_message(&path), 128);
}

static void paths_are_the_same_when_addresses_tag_and_encapsulation_are(void **state)
{
    const struct ikl_path path = {.local = {.ip = {1}, .port = 1, .family = 4}, .tag = 7, .mtu = 1500};
    struct ikl_path other = path;

    (void)state;
    other.mtu = 9000;
    other.behind_nat = true;
    assert_true(ikl_path_same(&path, &other));
    other.tag = 8;
    assert_false(ikl_path_same(&path, &other));
    other = path;
    other.encapsulated = true;
    assert_false(ikl_path_same(&path, &other));
    other = path;
    other.local.ip[15] = 1;
    assert_false(ikl_path_same(&path, &other));
    other = path;
    other.remote.port = 1;
    assert_false(ikl_path_same(&path, &other));
    other = path;
    other.remote.family = 6;
    assert_false(ikl_path_same(&path, &other));
}

/* Instead of a hash: what it was asked for. */
static uint8_t hashed[64];
static size_t hashed_len;

static int write_down(const struct ikl_octets *parts, size_t n, uint8_t *out)
{
    hashed_len = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(hashed + hashed_len, parts[i].data, parts[i].len);
        hashed_len += parts[i].len;
    }
    memset(out, 0xab, IKL_NAT_DETECTION_LEN);
    return IKL_OK;
}

/* Each has one address that is none. */
static struct ikl_path spoilt(const struct ikl_path *path, size_t n)
{
    struct ikl_path wrong = *path;

    switch (n) {
    case 0:
        wrong.local.family = 5;
        break;
    case 1:
        wrong.remote.family = 255;
        break;
    case 2:
        wrong.local.reserved = 1;
        break;
    default:
        wrong.remote.reserved = 255;
    }
    return wrong;
}

static void a_path_with_an_unknown_family_or_a_reserved_octet_is_refused_wherever_it_is_taken(void **state)
{
    struct ikl_path before, wrong;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, follow);
    before = *ikl_sa_path(pair.a.sa);
    for (size_t n = 0; n < 4; n++) {
        wrong = spoilt(&before, n);
        assert_int_equal(give(&pair.a, &wrong, &(struct peer_message){0}, false), IKL_ERR_INVALID);
        assert_int_equal(ikl_sa_set_path(pair.a.sa, &wrong, 0), IKL_ERR_INVALID);
        assert_true(ikl_path_same(ikl_sa_path(pair.a.sa), &before));
    }
    assert_int_equal(pair.a.n_events, 0);
    assert_int_equal(host_counters(&pair.a).other, 4);
    assert_int_equal(give(&pair.a, &before, &(struct peer_message){0}, false), IKL_OK); /* it was not taken before */
    pair_clear(&pair);
}

static void rfc_19_nat_detection_hashes_spis_address_and_port(void **state)
{
    static const uint8_t expected_4[] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 9, 192, 0, 2, 1, 0x11, 0x94};
    struct ikl_provider provider = *test_provider;
    struct ikl_address address = {.ip = {192, 0, 2, 1}, .port = 4500, .family = 4};
    uint8_t hash[IKL_NAT_DETECTION_LEN];

    (void)state;
    provider.sha1 = write_down;
    assert_int_equal(ikl_nat_detection(&provider, 0x0102030405060708u, 9, &address, hash), IKL_OK);
    assert_int_equal(hashed_len, sizeof(expected_4));
    assert_memory_equal(hashed, expected_4, sizeof(expected_4));
    assert_int_equal(hash[0], 0xab);
    address.family = 6;
    assert_int_equal(ikl_nat_detection(&provider, 1, 2, &address, hash), IKL_OK);
    assert_int_equal(hashed_len, 16 + 16 + 2);
    address.family = 0;
    assert_int_equal(ikl_nat_detection(&provider, 1, 2, &address, hash), IKL_ERR_INVALID);
    address.family = 4;
    provider.sha1 = NULL;
    assert_int_equal(ikl_nat_detection(&provider, 1, 2, &address, hash), IKL_ERR_UNSUPPORTED);
}

TESTS_OF(paths)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_19_the_path_follows_a_fresh_authenticated_message_where_the_host_allows),
        cmocka_unit_test(a_change_of_address_is_only_reported_where_the_host_does_not_allow_more),
        cmocka_unit_test(a_replayed_request_from_elsewhere_moves_nothing),
        cmocka_unit_test(a_response_goes_to_where_its_request_came_from_though_the_ike_sa_moved_meanwhile),
        cmocka_unit_test(what_is_outstanding_goes_out_at_once_along_the_path_that_the_host_moves_the_ike_sa_to),
        cmocka_unit_test(a_gone_ike_sa_is_not_moved),
        cmocka_unit_test(rfc_38_keepalives_go_out_after_20_s_of_silence_only_from_behind_a_nat),
        cmocka_unit_test(rfc_38_without_encapsulation_there_are_no_keepalives),
        cmocka_unit_test(esp_that_is_told_to_an_ike_sa_without_use_for_it_is_ignored),
        cmocka_unit_test(rfc_38_a_keepalive_is_no_proof_of_life),
        cmocka_unit_test(rfc_38_whatever_else_was_sent_puts_the_keepalive_off),
        cmocka_unit_test(the_interval_of_keepalives_is_configured),
        cmocka_unit_test(a_keepalive_goes_at_once_along_the_path_on_which_the_ike_sa_follows_its_peer),
        cmocka_unit_test(an_ike_sa_that_is_moved_behind_a_nat_begins_keepalives),
        cmocka_unit_test(the_longest_message_on_a_path_is_the_mtu_less_headers_and_marker),
        cmocka_unit_test(paths_are_the_same_when_addresses_tag_and_encapsulation_are),
        cmocka_unit_test(a_path_with_an_unknown_family_or_a_reserved_octet_is_refused_wherever_it_is_taken),
        cmocka_unit_test(rfc_19_nat_detection_hashes_spis_address_and_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
