/* SPDX-License-Identifier: ISC */
/* Every call that changes something, and queries: each is made for one of the IKE SAs. See drama.h. */
#include "drama.h"

#include "host.h"
#include "test.h"

enum { WAIT = 1000 };

static struct ikl_sa *sa_of(enum role role)
{
    return drama.roles[role];
}

static int make_nothing(enum role role)
{
    (void)role;
    return CALL_NOT_MADE;
}

static int make_close(enum role role)
{
    ikl_sa_close(sa_of(role), drama.now);
    return CALL_VOID;
}

/* Inside a callback once more does no harm. */
static int make_free(enum role role)
{
    ikl_sa_free(sa_of(role));
    drama.freed[role] = drama.freed[role] || drama.plot.place >= FIRST_TOLD;
    return CALL_VOID;
}

static int make_close_and_free(enum role role)
{
    (void)make_close(role);
    ikl_sa_free(sa_of(role));
    ikl_sa_free(sa_of(role));
    drama.freed[role] = true;
    return CALL_VOID;
}

static int make_delete(enum role role)
{
    return ikl_sa_delete(sa_of(role), WAIT, drama.now);
}

static int replace(enum role role, bool we_delete)
{
    struct ikl_sa *sa = sa_of(role), *replacement = sa_of(role == OTHER ? MAIN : OTHER);
    int result;

    if (replacement == NULL) {
        return CALL_NOT_MADE;
    }
    result = ikl_sa_replace(sa, replacement, we_delete, WAIT, drama.now);
    if (result == IKL_OK) {
        drama_requests_moved(sa);
    }
    return result;
}

static int make_replace(enum role role)
{
    return replace(role, true);
}

static int make_replace_and_wait(enum role role)
{
    return replace(role, false);
}

static int make_set_path(enum role role)
{
    struct ikl_path path = *ikl_sa_path(sa_of(role));

    path.remote.port++;
    return ikl_sa_set_path(sa_of(role), &path, drama.now);
}

/* Refused where the path is not reliable. */
static int make_reconnected(enum role role)
{
    struct ikl_path path = *ikl_sa_path(sa_of(role));

    path.reliable = true;
    path.tag++;
    return ikl_sa_reconnected(sa_of(role), &path, drama.now);
}

static int make_hint(enum role role)
{
    return ikl_sa_hint(sa_of(role), IKL_HINT_ICMP, drama.now);
}

static int make_hint_mtu(enum role role)
{
    return ikl_sa_hint_mtu(sa_of(role), 1300, drama.now);
}

static int make_probe(enum role role)
{
    return ikl_sa_probe(sa_of(role), drama.now);
}

static uint8_t exchange_type_for(enum role role)
{
    return role == YOUNG ? IKL_IKE_SA_INIT : IKL_INFORMATIONAL;
}

static int make_request(enum role role)
{
    return drama_request(sa_of(role), exchange_type_for(role));
}

static int make_request_chain(enum role role)
{
    return drama_request_chain(sa_of(role), exchange_type_for(role));
}

static int make_set_token_maker(enum role role)
{
    static const uint8_t secret[IKL_MIN_SECRET] = {1};
    static const struct ikl_octets secrets[] = {{secret, sizeof(secret)}};
    struct ikl_token_maker maker = {.size = sizeof(maker), .secrets = secrets, .n_secrets = COUNT_OF(secrets)};

    (void)role;
    return ikl_endpoint_set_token_maker(drama.endpoint, &maker);
}

static int make_send_token(enum role role)
{
    if (drama.plot.place >= FIRST_TOLD) {
        assert_int_equal(make_set_token_maker(role), IKL_OK);
    }
    return drama_send_token(sa_of(role));
}

static int make_take_token(enum role role)
{
    static const uint8_t chain[] = {IKL_PAYLOAD_NONE, 0, 0, 24, 1, 0, 0x40, 0x23, [23] = 7};

    return ikl_sa_take_token(sa_of(role), IKL_PAYLOAD_NOTIFY, (struct ikl_octets){chain, sizeof(chain)}, drama.now);
}

static int make_agree_sync(enum role role)
{
    return ikl_sa_agree_sync(sa_of(role), IKL_SYNC_MESSAGE_IDS, drama.now);
}

static int make_sync(enum role role)
{
    if (drama.plot.place >= FIRST_TOLD) {
        (void)make_agree_sync(role); /* what has ended agrees on nothing */
    }
    return ikl_sa_sync(sa_of(role), NULL, drama.now);
}

static int make_keep_keys(enum role role)
{
    struct ikl_keys keys;

    (void)drama_protection(&keys);
    return ikl_sa_keep_keys(sa_of(role), &keys, 1);
}

/* With its keys kept, if that may be. */
static int take_snapshot(enum role role, uint8_t *buf, size_t size, size_t *len)
{
    *len = 0;
    if (drama.plot.place >= FIRST_TOLD) {
        (void)make_keep_keys(role);
    }
    return ikl_sa_snapshot(sa_of(role), buf, size, len, drama.now);
}

static int make_snapshot(enum role role)
{
    static uint8_t buf[32768];
    size_t len;

    return take_snapshot(role, buf, sizeof(buf), &len);
}

/* The IKE SA that it would be is there. */
static int make_restore(enum role role)
{
    static uint8_t buf[32768];
    struct ikl_restore_options options = {.size = sizeof(options), .epoch = 2};
    struct ikl_sa *sa;
    size_t len = 0;

    if (drama.plot.place >= FIRST_TOLD) {
        (void)take_snapshot(role, buf, sizeof(buf), &len);
    }
    return ikl_sa_restore(drama.endpoint, (struct ikl_octets){buf, len}, &options, drama.now, &sa);
}

static int make_cancel(enum role role)
{
    struct ikl_request *request = drama_open_request(sa_of(role));

    ikl_sa_cancel(sa_of(role), request, drama.now);
    return request != NULL ? CALL_VOID : CALL_NOT_MADE;
}

static int make_respond(enum role role)
{
    return ikl_sa_respond(sa_of(role), drama_waiting_id(sa_of(role)), NULL, 0, drama.now);
}

static int make_respond_with_syntax(enum role role)
{
    static const uint8_t syntax[] = {0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY, .body = {syntax, sizeof(syntax)}};

    return ikl_sa_respond(sa_of(role), drama_waiting_id(sa_of(role)), &payload, 1, drama.now);
}

static int make_respond_chain(enum role role)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

    return ikl_sa_respond_chain(sa_of(role), drama_waiting_id(sa_of(role)), IKL_PAYLOAD_NOTIFY,
                                (struct ikl_octets){notify, sizeof(notify)}, drama.now);
}

static int make_add_child(enum role role)
{
    return drama_add_child(sa_of(role));
}

static int make_remove_child(enum role role)
{
    struct ikl_child *child = ikl_sa_first_child(sa_of(role));

    return child != NULL ? drama_remove_child(sa_of(role), child) : CALL_NOT_MADE;
}

static int make_delete_children(enum role role)
{
    struct ikl_child *children[64];
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(sa_of(role)); child != NULL;
         child = ikl_sa_next_child(sa_of(role), child)) {
        children[n++] = child;
    }
    return n != 0 ? ikl_sa_delete_children(sa_of(role), children, n, drama.now) : CALL_NOT_MADE;
}

static int make_peer_window(enum role role)
{
    ikl_sa_peer_window(sa_of(role), 4, drama.now);
    return CALL_VOID;
}

static int make_install_keys(enum role role)
{
    struct ikl_keys keys;
    struct ikl_protection protection = drama_protection(&keys);

    return ikl_sa_install_keys(sa_of(role), ikl_sa_spi_i(sa_of(role)) + 1, &protection, drama.now);
}

static int make_change_keys(enum role role)
{
    struct ikl_keys keys;
    struct ikl_protection protection = drama_protection(&keys);

    return ikl_sa_change_keys(sa_of(role), &protection, drama.now);
}

static int make_established(enum role role)
{
    return ikl_sa_established(sa_of(role), drama.now);
}

static int make_restart(enum role role)
{
    return ikl_sa_restart(sa_of(role), NULL, 0, drama.now);
}

static int make_another(enum role role)
{
    int result;

    (void)role;
    (void)drama_make_sa(&result);
    return result;
}

static int make_and_free_another(enum role role)
{
    int result;
    struct ikl_sa *sa = drama_make_sa(&result);

    (void)role;
    ikl_sa_free(sa);
    return result;
}

static int make_receive(enum role role)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = drama_datagram(datagram);

    (void)role;
    return ikl_endpoint_receive(drama.endpoint, drama_path(), datagram, len, drama.now + 1);
}

static int make_receive_stripped(enum role role)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = drama_datagram(datagram);

    (void)role;
    return ikl_endpoint_receive_stripped(drama.endpoint, drama_path(), datagram, len, drama.now + 1);
}

static int make_new_spi(enum role role)
{
    uint64_t spi;

    (void)role;
    return ikl_endpoint_new_spi(drama.endpoint, &spi);
}

static int make_receive_batch(enum role role)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_inbound inbound = {.path = drama_path(), .datagram = datagram, .len = drama_datagram(datagram)};

    (void)role;
    return ikl_endpoint_receive_batch(drama.endpoint, &inbound, 1, drama.now + 1);
}

static int make_advance(enum role role)
{
    (void)role;
    return ikl_endpoint_advance(drama.endpoint, drama.now + 1000000);
}

static int make_free_endpoint(enum role role)
{
    (void)role;
    return ikl_endpoint_free(drama.endpoint);
}

static int no_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 0, len);
    return IKL_OK;
}

static int no_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user, (void)sa, (void)path, (void)datagram, (void)len;
    return IKL_OK;
}

static int make_migrate(enum role role)
{
    struct ikl_endpoint_config config = {
        .size = sizeof(config), .callbacks = {.size = sizeof(config.callbacks), .random = no_random, .send = no_send}};
    struct ikl_endpoint *other;
    struct ikl_sa *sa;
    int result;

    if (sa_of(role) == NULL) {
        return CALL_NOT_MADE;
    }
    assert_int_equal(ikl_endpoint_new(&other, &config, drama.now), IKL_OK);
    result = ikl_sa_migrate(sa_of(role), other, drama.now, &sa);
    assert_int_equal(ikl_endpoint_n_sas(other), 0);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    return result;
}

static int make_child_heard(enum role role)
{
    struct ikl_child *child = ikl_sa_first_child(sa_of(role));

    if (child != NULL) {
        ikl_child_heard(child, drama.now);
        assert_true(ikl_child_last_heard(child) >= drama.now);
    }
    return CALL_VOID;
}

static int make_child_sent(enum role role)
{
    struct ikl_child *child = ikl_sa_first_child(sa_of(role));

    if (child != NULL) {
        ikl_child_sent(sa_of(role), child, drama.now);
    }
    return CALL_VOID;
}

static int make_monitor_answered(enum role role)
{
    struct ikl_child *child = ikl_sa_first_child(sa_of(role));

    return child != NULL ? ikl_child_monitor_answered(sa_of(role), child, ikl_child_monitor(sa_of(role), child)->probe,
                                                      0, drama.now)
                         : CALL_NOT_MADE;
}

static int make_sent_esp(enum role role)
{
    ikl_sa_sent_esp(sa_of(role), drama.now);
    return CALL_VOID;
}

static int make_resend(enum role role)
{
    return ikl_sa_resend(sa_of(role), drama.now);
}

static int make_resend_all(enum role role)
{
    (void)role;
    return ikl_endpoint_resend(drama.endpoint, IKL_EVERY_PATH_GROUP, drama.now);
}

static int make_writable(enum role role)
{
    (void)role;
    return ikl_endpoint_writable(drama.endpoint, drama.now);
}

static int make_set_liveness(enum role role)
{
    return ikl_sa_set_liveness(sa_of(role), IKL_LIVENESS_PERIODIC, 3000, 0, drama.now);
}

static int make_set_schedule(enum role role)
{
    return ikl_sa_set_schedule(sa_of(role), ikl_schedule_default());
}

static int make_set_stores(enum role role)
{
    struct ikl_child *child = ikl_sa_first_child(sa_of(role));

    if (child != NULL) {
        ikl_child_set_user(child, ikl_child_user(child));
    }
    drama_renew_contexts(sa_of(role));
    ikl_endpoint_set_user(drama.endpoint, ikl_endpoint_user(drama.endpoint));
    ikl_sa_set_follow_peer(sa_of(role), true);
    ikl_sa_set_user(sa_of(role), ikl_sa_user(sa_of(role)));
    assert_int_equal(ikl_sa_set_labels(sa_of(role), NULL), IKL_OK);
    return CALL_VOID;
}

static int make_queries(enum role role)
{
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct ikl_event history[4];
    char text[8192];

    assert_int_equal(ikl_sa_query(sa_of(role), &info), IKL_OK);
    assert_int_equal(info.state, ikl_sa_state(sa_of(role)));
    assert_true(ikl_sa_describe(sa_of(role), drama.now, text, sizeof(text)) > 0);
    assert_true(ikl_sa_history_text(sa_of(role), drama.now, text, sizeof(text)) >= 0);
    assert_in_range(ikl_sa_history(sa_of(role), history, 4), 0, 4);
    assert_ptr_equal(ikl_sa_endpoint(sa_of(role)), drama.endpoint);
    assert_null(ikl_sa_find_request(sa_of(role), IKL_MESSAGE_ID_NONE));
    return CALL_VOID;
}

const struct call drama_nothing = {"nothing", make_nothing, false, false};

const struct call drama_calls[] = {
    {"ikl_sa_close", make_close, false, false},
    {"ikl_sa_free", make_free, false, false},
    {"ikl_sa_delete", make_delete, false, false},
    {"ikl_sa_replace", make_replace, false, false},
    {"ikl_sa_replace, waiting", make_replace_and_wait, false, false},
    {"ikl_sa_set_path", make_set_path, false, false},
    {"ikl_sa_reconnected", make_reconnected, false, false},
    {"ikl_sa_hint", make_hint, false, false},
    {"ikl_sa_hint_mtu", make_hint_mtu, false, false},
    {"ikl_sa_probe", make_probe, false, false},
    {"ikl_sa_resend", make_resend, false, false},
    {"ikl_endpoint_resend", make_resend_all, false, false},
    {"ikl_endpoint_writable", make_writable, false, false},
    {"ikl_sa_set_liveness", make_set_liveness, false, false},
    {"ikl_sa_set_schedule", make_set_schedule, false, false},
    {"ikl_sa_request", make_request, false, false},
    {"ikl_sa_request_chain", make_request_chain, false, false},
    {"ikl_endpoint_set_token_maker", make_set_token_maker, false, false},
    {"ikl_sa_send_token", make_send_token, false, false},
    {"ikl_sa_take_token", make_take_token, false, false},
    {"ikl_sa_agree_sync", make_agree_sync, false, false},
    {"ikl_sa_sync", make_sync, false, false},
    {"ikl_sa_keep_keys", make_keep_keys, false, false},
    {"ikl_sa_snapshot", make_snapshot, false, false},
    {"ikl_sa_restore", make_restore, false, false},
    {"ikl_sa_cancel", make_cancel, false, false},
    {"ikl_sa_respond", make_respond, false, false},
    {"ikl_sa_respond, INVALID_SYNTAX", make_respond_with_syntax, false, false},
    {"ikl_sa_respond_chain", make_respond_chain, false, false},
    {"ikl_sa_add_child", make_add_child, false, false},
    {"ikl_sa_remove_child", make_remove_child, false, false},
    {"ikl_sa_delete_children", make_delete_children, false, false},
    {"ikl_child_monitor_answered", make_monitor_answered, false, false},
    {"ikl_sa_peer_window", make_peer_window, false, false},
    {"ikl_sa_install_keys", make_install_keys, false, false},
    {"ikl_sa_change_keys", make_change_keys, false, false},
    {"ikl_sa_established", make_established, false, false},
    {"ikl_sa_restart", make_restart, false, false},
    {"ikl_sa_new", make_another, false, false},
    {"ikl_endpoint_new_spi", make_new_spi, false, false},
    {"ikl_endpoint_receive", make_receive, true, false},
    {"ikl_endpoint_receive_stripped", make_receive_stripped, true, false},
    {"ikl_endpoint_receive_batch", make_receive_batch, true, false},
    {"ikl_endpoint_advance", make_advance, true, false},
    {"ikl_endpoint_free", make_free_endpoint, true, false},
    {"ikl_sa_migrate", make_migrate, true, false},
    {"ikl_child_heard", make_child_heard, false, true},
    {"ikl_child_sent", make_child_sent, false, true},
    {"ikl_sa_sent_esp", make_sent_esp, false, true},
    {"calls that store one thing", make_set_stores, false, true},
    {"queries", make_queries, false, true},
};

/* These mean something in what is told only. */
const struct call drama_told_calls[] = {
    {"ikl_sa_close and ikl_sa_free", make_close_and_free, false, false},
    {"ikl_sa_new and ikl_sa_free", make_and_free_another, false, false},
};

const size_t drama_n_calls = COUNT_OF(drama_calls), drama_n_told_calls = COUNT_OF(drama_told_calls);
