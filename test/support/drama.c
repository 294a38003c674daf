/* SPDX-License-Identifier: ISC */
/* A world in which every callback is called. See drama.h. */
#include "drama.h"

#include "drama_ledger.h"
#include "peer.h"
#include "test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 3, FOR_HOST = 3 };

struct drama drama;

static struct {
    size_t n_sas;
    struct ikl_keys keys;
    struct ikl_path path;
} behind;

/* Message ID of the first request of MAIN's. */
static uint32_t first_id(void)
{
    return drama.plot.ending == BY_EXHAUSTION ? IKL_MESSAGE_ID_LAST - 5 : 0;
}

enum kind { ESTABLISHED, CONNECTING, WITHOUT_KEYS, OF_ANOTHER_SUITE };

static int make(struct ikl_sa **out, enum kind kind)
{
    struct ikl_sa_config config;
    int result;

    test_sa_config(&config, &behind.keys, suite, true, (uint32_t)behind.n_sas);
    config.connecting = kind == CONNECTING || kind == WITHOUT_KEYS;
    config.protection.iv_source = IKL_IV_CALLBACK;
    config.protection.next_iv = drama_next_iv;
    if (kind == OF_ANOTHER_SUITE) {
        config.protection.suite.encr = IKL_ENCR_AES_GCM_16;
        config.protection.suite.key_bits = 256;
    }
    if (kind == WITHOUT_KEYS) {
        config.protection.keys = NULL;
        config.spi_r = 0;
    }
    config.path.reliable = behind.n_sas == OTHER;
    if (behind.n_sas == MAIN) {
        behind.path = config.path;
        config.ids.next_request = config.ids.unanswered = first_id();
        config.ids.peer_window = drama.plot.ending == BY_EXHAUSTION ? 2 : 1;
    }
    result = ikl_sa_new(out, drama.endpoint, &config, drama.now);
    if (result == IKL_OK) {
        behind.n_sas++;
        ledger_sa(*out);
    }
    return result;
}

struct ikl_sa *drama_make_sa(int *result)
{
    struct ikl_sa *sa = NULL;

    *result = make(&sa, ESTABLISHED);
    return sa;
}

size_t drama_datagram(uint8_t *out)
{
    return peer_seal(&(struct peer_message){.message_id = FOR_HOST + 1}, suite, out);
}

const struct ikl_path *drama_path(void)
{
    return &behind.path;
}

struct ikl_protection drama_protection(struct ikl_keys *keys)
{
    struct ikl_sa_config config;

    test_sa_config(&config, keys, suite, true, YOUNG);
    config.protection.iv_source = IKL_IV_CALLBACK;
    config.protection.next_iv = drama_next_iv;
    return config.protection;
}

/* The outermost call has returned: what was freed in it is no more. */
static void settle(void)
{
    for (int i = 0; i < N_ROLES; i++) {
        drama.roles[i] = drama.freed[i] ? NULL : drama.roles[i];
        drama.freed[i] = false;
    }
}

static bool is_answered(const struct ikl_monitor *monitor)
{
    return monitor != NULL && monitor->out && monitor->probe <= 2;
}

/* The first probes through each Child SA of MAIN are answered. */
static void answer_probes(void)
{
    struct ikl_sa *sa = drama.roles[MAIN];
    struct ikl_child *child = sa != NULL ? ikl_sa_first_child(sa) : NULL;

    while (child != NULL && !is_answered(ikl_child_monitor(sa, child))) {
        child = ikl_sa_next_child(sa, child);
    }
    if (child != NULL && ikl_sa_state(sa) == IKL_SA_ESTABLISHED) {
        uint16_t probe = ikl_child_monitor(sa, child)->probe;

        assert_int_equal(ikl_child_monitor_answered(sa, child, probe, 0, drama.now), IKL_OK);
        settle();
        answer_probes(); /* of what is left now */
    }
}

static void advance(ikl_time now)
{
    drama.now = now;
    assert_int_equal(ikl_endpoint_advance(drama.endpoint, now), IKL_OK);
    assert_true(ikl_endpoint_next_deadline(drama.endpoint) > now);
    settle();
    answer_probes();
}

static void run_to_the_end(void)
{
    while (ikl_endpoint_next_deadline(drama.endpoint) != IKL_NEVER) {
        advance(ikl_endpoint_next_deadline(drama.endpoint));
    }
}

static void hear_octets(const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)ikl_endpoint_receive(drama.endpoint, path, datagram, len, drama.now);
    settle();
}

static void hear(struct peer_message message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&message, suite, datagram);

    hear_octets(&behind.path, datagram, len);
}

static void hear_from_elsewhere(struct peer_message message)
{
    struct ikl_path path = behind.path;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&message, suite, datagram);

    path.remote.port++;
    hear_octets(&path, datagram, len);
}

static void hear_noise(void)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);

    datagram[0] ^= 1; /* an unknown SPI */
    hear_octets(&behind.path, datagram, len);
}

/* The unprotected answer to the IKE_SA_INIT request of YOUNG. */
static void hear_init_response(void)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    (void)peer_seal(&(struct peer_message){.sa = YOUNG, .response = true, .exchange_type = IKL_IKE_SA_INIT}, suite,
                    datagram);
    datagram[16] = IKL_PAYLOAD_NONE;
    datagram[26] = 0;
    datagram[27] = IKL_HEADER_LEN;
    hear_octets(&behind.path, datagram, IKL_HEADER_LEN);
}

static void hear_answers(void)
{
    for (uint32_t id = 0; id < 4; id++) {
        hear((struct peer_message){.response = true, .message_id = first_id() + id});
    }
}

/* Another member of its cluster took over at the peer of OTHER. */
static void hear_takeover(void)
{
    static const uint8_t ids[] = {0, 0, 0, 20, 0, 0, 0x40, 0x26, 1, 2, 3, 4, 0, 0, 0, 9, 0, 0, 0, 9};

    hear((struct peer_message){.sa = OTHER, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {ids, sizeof(ids)}});
}

static void request(enum role role, uint8_t exchange_type)
{
    if (drama.roles[role] != NULL) {
        (void)drama_request(drama.roles[role], exchange_type);
        settle();
    }
}

/* It makes tokens, and shows them for IKE SAs that live nowhere. */
static void set_token_maker(void)
{
    static const uint8_t secret[IKL_MIN_SECRET] = {2};
    static const struct ikl_octets secrets[] = {{secret, sizeof(secret)}};
    const struct ikl_token_maker maker = {.size = sizeof(maker),
                                          .secrets = secrets,
                                          .n_secrets = COUNT_OF(secrets),
                                          .lives_elsewhere = drama_lives_elsewhere};

    assert_int_equal(ikl_endpoint_set_token_maker(drama.endpoint, &maker), IKL_OK);
}

static void begin(void)
{
    set_token_maker();
    assert_int_equal(make(&drama.roles[MAIN], ESTABLISHED), IKL_OK);
    settle();
    for (size_t i = 0; i < N_CHILDREN && drama.roles[MAIN] != NULL; i++) {
        (void)drama_add_child(drama.roles[MAIN]);
        settle();
    }
    assert_int_equal(make(&drama.roles[OTHER], ESTABLISHED), IKL_OK);
    assert_int_equal(ikl_sa_agree_sync(drama.roles[OTHER], IKL_SYNC_MESSAGE_IDS, drama.now), IKL_OK);
    assert_int_equal(make(&drama.roles[YOUNG], WITHOUT_KEYS), IKL_OK);
    assert_int_equal(make(&drama.roles[COMING], CONNECTING), IKL_OK);
    settle();
    request(YOUNG, IKL_IKE_SA_INIT);
}

/* The first of its suite, for which key state is allocated, with a Child SA. */
static void make_late(void)
{
    struct ikl_sa *sa = NULL;

    assert_int_equal(make(&sa, OF_ANOTHER_SUITE), IKL_OK);
    settle();
    assert_int_equal(drama_add_child(sa), IKL_OK);
    settle();
}

static void restore(const uint8_t *octets, size_t len)
{
    const struct ikl_restore_options options = {
        .size = sizeof(options), .epoch = 2, .next_iv = drama_next_iv, .child = drama_restored_child};
    struct ikl_sa *sa = NULL;

    assert_int_equal(ikl_sa_restore(drama.endpoint, (struct ikl_octets){octets, len}, &options, drama.now, &sa),
                     IKL_OK);
    ledger_sa(sa);
    drama_note_child(ikl_sa_first_child(sa));
    settle();
}

/* One with a Child SA ends, and goes on as its snapshot says. */
static void make_again(void)
{
    static uint8_t octets[1024];
    struct ikl_sa *sa = NULL;
    size_t len = 0;

    assert_int_equal(make(&sa, ESTABLISHED), IKL_OK);
    assert_int_equal(drama_add_child(sa), IKL_OK);
    assert_int_equal(ikl_sa_keep_keys(sa, &behind.keys, 1), IKL_OK);
    assert_int_equal(ikl_sa_snapshot(sa, octets, sizeof(octets), &len, drama.now), IKL_OK);
    ikl_sa_free(sa);
    settle();
    restore(octets, len);
}

/* So that those that are not authenticated come to be so. */
static void bring_up(void)
{
    struct ikl_keys keys;
    struct ikl_protection protection = drama_protection(&keys);

    if (drama.roles[YOUNG] != NULL) {
        (void)!ikl_sa_install_keys(drama.roles[YOUNG], 0x7777, &protection, drama.now);
        settle();
    }
    for (int role = YOUNG; role <= COMING; role++) {
        if (drama.roles[role] != NULL) {
            (void)!ikl_sa_established(drama.roles[role], drama.now);
            settle();
        }
    }
}

static void end_main(void)
{
    static const uint8_t delete_ike[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    static const uint8_t syntax[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};

    switch (drama.plot.ending) {
    case BY_PEERS_DELETE:
        hear((struct peer_message){.message_id = FOR_HOST + 1,
                                   .first_payload = IKL_PAYLOAD_DELETE,
                                   .plaintext = {delete_ike, sizeof(delete_ike)}});
        break;
    case BY_INVALID_SYNTAX:
        for (uint32_t id = 4; id < 8; id++) {
            hear((struct peer_message){.response = true,
                                       .message_id = id,
                                       .first_payload = IKL_PAYLOAD_NOTIFY,
                                       .plaintext = {syntax, sizeof(syntax)}});
        }
        break;
    case BY_EXHAUSTION:
        for (size_t i = 0; i < 8; i++) {
            request(MAIN, IKL_INFORMATIONAL);
        }
        hear((struct peer_message){.response = true, .message_id = first_id() + 5});
        hear((struct peer_message){.response = true, .message_id = first_id() + 4});
        break;
    default:
        break;
    }
}

/* Something of everything, so that every callback is called at least once unless the IKE SA ends before. */
static void play(void)
{
    static const uint8_t delete[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 2};
    struct peer_message for_host = {.exchange_type = IKL_CREATE_CHILD_SA, .message_id = FOR_HOST};

    hear((struct peer_message){.message_id = 0});
    hear_noise();
    hear((struct peer_message){.message_id = 0});
    hear_from_elsewhere((struct peer_message){.message_id = 1});
    hear((struct peer_message){
        .message_id = 2, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}});
    hear((struct peer_message){.sa = OTHER, .exchange_type = IKL_CREATE_CHILD_SA});
    hear_init_response();
    make_late();
    make_again();
    advance(5000);
    advance(6000);
    hear_answers();
    for (size_t i = 0; i < 3; i++) {
        request(MAIN, IKL_INFORMATIONAL); /* the first is sent, the others wait for it */
    }
    hear(for_host);
    hear(for_host);
    advance(7000);
    hear_answers();
    hear_init_response();
    if (drama.plot.ending == BY_PEERS_DELETE) {
        bring_up();
    }
    request(MAIN, IKL_INFORMATIONAL);
    hear_takeover();
    end_main();
    run_to_the_end();
}

static void play_op(void)
{
    for (size_t i = 0; i < 2 && drama.plot.busy; i++) {
        request(MAIN, IKL_INFORMATIONAL);
    }
    if (!drama.plot.op->outermost && drama.roles[drama.plot.op_role] != NULL) {
        memset(drama.visited, 0, sizeof(drama.visited));
        drama.open = true;
        (void)drama.plot.op->make(drama.plot.op_role);
        drama.open = false; /* no more of that */
        memcpy(drama.visited_by_op, drama.visited, sizeof(drama.visited));
        settle();
    }
    hear_answers();
    advance(drama.now + 1000);
    hear_answers();
    run_to_the_end();
}

void drama_run(const struct plot *plot)
{
    memset(&drama, 0, sizeof(drama));
    memset(&behind, 0, sizeof(behind));
    drama.plot = *plot;
    ledger_begin();
    drama_open();
    drama.open = plot->op == NULL;
    begin();
    if (plot->op == NULL) {
        play();
    } else {
        play_op();
    }
    for (int i = 0; i < N_ROLES; i++) {
        if (drama.roles[i] != NULL) {
            ikl_sa_free(drama.roles[i]); /* one that is CONNECTING with keys waits for its host */
            drama.freed[i] = true;
            settle();
        }
    }
    drama.open = false;
    ledger_end(drama.endpoint, !plot->batches);
    assert_int_equal(ikl_endpoint_free(drama.endpoint), IKL_OK);
}
