/* Promises about the way to ESTABLISHED when it is gone inside callbacks, where an end and a beginning may meet.
 * SPDX-License-Identifier: ISC */
#include "support/beginning.h"
#include "support/drain.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { INIT = 1, AUTH, OTHER_INIT, FLAGS = 19, MESSAGE_ID = 20 };

struct drama {
    enum event_kind when;
    size_t skip; /* so many callbacks of this kind */
    void (*act)(struct host *host);
    bool acted, freed;
    struct ikl_sa *other;
    struct ikl_path path;
};

static struct drama *drama_of(struct host *host)
{
    return host->context;
}

static void do_restart(struct host *host)
{
    static const uint8_t body[30];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};

    (void)(ikl_sa_restart(host->sa, &payload, 1, host->now) == IKL_OK);
}

static void do_install(struct host *host)
{
    (void)(beginning_install(host) == IKL_OK);
}

static void do_authenticate(struct host *host)
{
    do_install(host);
    if (!drama_of(host)->freed) {
        (void)(asking_try(host, &(struct asking){.mark = AUTH, .exchange = IKL_IKE_AUTH}, NULL) == IKL_OK);
    }
}

/* The first request of another IKE SA may lie where that of this one lay, and has the same Message ID. */
static void do_install_and_begin_another(struct host *host)
{
    struct ikl_sa *sa = host->sa;

    do_install(host);
    host->sa = drama_of(host)->other;
    (void)(asking_try(host, &(struct asking){.mark = OTHER_INIT, .exchange = IKL_IKE_SA_INIT}, NULL) == IKL_OK);
    host->sa = sa;
}

static void do_establish(struct host *host)
{
    do_install(host);
    if (!drama_of(host)->freed) {
        (void)(ikl_sa_established(host->sa, host->now) == IKL_OK);
    }
}

static void do_close(struct host *host)
{
    ikl_sa_close(host->sa, host->now);
}

static void do_free(struct host *host)
{
    ikl_sa_free(host->sa);
    drama_of(host)->freed = true;
}

static void do_delete(struct host *host)
{
    (void)(ikl_sa_delete(host->sa, 1000, host->now) == IKL_OK);
}

static int act(struct host *host, struct event *event)
{
    struct drama *drama = drama_of(host);

    if (event->kind == drama->when && event->sa == host->sa && !drama->acted && drama->skip-- == 0) {
        drama->acted = true;
        drama->act(host);
    }
    return IKL_OK;
}

static void hear(struct host *host, const uint8_t *datagram, size_t len)
{
    (void)ikl_endpoint_receive(host->endpoint, &drama_of(host)->path, datagram, len, host->now);
}

/* Response, restart, response, keys, IKE_AUTH, ESTABLISHED, a dead peer; as far as the acts leave it to be done. */
static void play(struct host *host)
{
    struct drama *drama = drama_of(host);
    struct peer_message auth = {.response = true, .exchange = IKL_IKE_AUTH, .message_id = 1};
    uint8_t init[HOST_MAX_DATAGRAM], protected[HOST_MAX_DATAGRAM];
    size_t init_len = beginning_write(&(struct beginning_message){0}, init);
    size_t protected_len = peer_seal(&auth, suite, protected);

    (void)begin(host, INIT);
    host_advance(host, 1000);
    hear(host, init, init_len);
    if (!drama->freed) {
        do_restart(host);
    }
    host_advance(host, 3000);
    hear(host, init, init_len);
    if (!drama->freed) {
        do_authenticate(host);
    }
    host_advance(host, 5000);
    hear(host, protected, protected_len);
    if (!drama->freed) {
        do_establish(host);
    }
    host_run_to_the_end(host);
}

/* How many datagrams with this Message ID the IKE SA sent, and how many attempts were reported. */
static void count_sends(const struct host *host, const struct ikl_sa *sa, uint8_t id, size_t *sends, size_t *attempts)
{
    *sends = *attempts = 0;
    for (size_t i = 0; i < host->n_events; i++) {
        const struct event *event = &host->events[i];

        if (event->sa == sa && event->kind == EVENT_SENT && event->datagram[MESSAGE_ID + 3] == id) {
            ++*sends;
        }
        if (event->sa == sa && event->kind == EVENT_ATTEMPT && event->attempt.message_id == id) {
            ++*attempts;
        }
    }
}

/* One attempt for each send, but for those inside which the request ended. */
static void assert_attempts_are_those_that_were_made(const struct host *host)
{
    const struct drama *drama = host->context;

    for (uint8_t id = 0; id < 4; id++) {
        const struct ikl_sa *sas[] = {host->sa, drama->other};

        for (size_t i = 0; i < COUNT_OF(sas); i++) {
            size_t sends, attempts;

            count_sends(host, sas[i], id, &sends, &attempts);
            assert_in_range(attempts, sends != 0 && drama->when == EVENT_SENT ? sends - 1 : sends, sends);
        }
    }
}

static void assert_outcomes_are_reported_once(struct host *host)
{
    size_t n[OTHER_INIT + 1] = {0};

    for (size_t i = 0; i < host_count(host, EVENT_OUTCOME); i++) {
        for (uint8_t mark = INIT; mark <= OTHER_INIT; mark++) {
            n[mark] += outcome(host, i)->context == asking_context(mark) ? 1 : 0;
        }
    }
    assert_int_equal(n[INIT], 1);
    assert_in_range(n[AUTH], 0, 2); /* one from the act, one from the play */
    assert_in_range(n[OTHER_INIT], 0, 1);
    assert_int_equal(n[INIT] + n[AUTH] + n[OTHER_INIT], host_count(host, EVENT_OUTCOME));
}

static void begin_another(struct ikl_sa_config *config)
{
    config->spi_i = 0x7777;
}

static void run_drama(enum event_kind when, size_t skip, void (*action)(struct host *host))
{
    struct drama drama = {.when = when, .skip = skip, .act = action};
    struct host host;

    host_init(&host, "a", 0, NULL);
    host_begin(&host, begin_another);
    drama.other = host.sa;
    host_begin(&host, NULL);
    drama.path = *ikl_sa_path(host.sa);
    host.context = &drama;
    host.on_event = act;
    play(&host);
    ikl_sa_close(drama.other, host.now);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    assert_int_equal(host_count(&host, EVENT_DOWN), 2);
    assert_true(pool_is_whole(&host));
    assert_attempts_are_those_that_were_made(&host);
    assert_outcomes_are_reported_once(&host);
    host_clear(&host);
}

static void whatever_is_done_inside_callbacks_each_send_is_reported_once_and_each_request_ends_once(void **state)
{
    static const enum event_kind kinds[] = {EVENT_SENT, EVENT_ATTEMPT, EVENT_INIT_RESPONSE, EVENT_OUTCOME, EVENT_STATE};
    static void (*const acts[])(struct host *) = {
        do_restart,   do_install, do_authenticate, do_install_and_begin_another,
        do_establish, do_close,   do_free,         do_delete};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (size_t skip = 0; skip < 4; skip++) {
            for (size_t j = 0; j < COUNT_OF(acts); j++) {
                run_drama(kinds[i], skip, acts[j]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_done_inside_callbacks_each_send_is_reported_once_and_each_request_ends_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
