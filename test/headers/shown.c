/* SPDX-License-Identifier: ISC */
/* The code that comments of public headers show, as it stands there: it compiles, and does what is
 * said. */
#include <ikelive/posix.h>

#include <ikelive/ikelive.h>
#include <ikelive/sim_cmocka.h>

#include <poll.h>

enum { SLACK = 100 };

struct shown_host {
    struct ikl_posix_sockets sockets;
};

int shown_send(struct shown_host *host, const struct ikl_path *path, const uint8_t *datagram, size_t len);
void shown_turn(struct shown_host *host, struct ikl_endpoint *endpoint);

struct shown_sa {
    struct ikl_watch watch;
    uint32_t timer;
    bool looked_at;
};

static ikl_time slept_until;

static void sleep_until(ikl_time deadline)
{
    slept_until = deadline;
}

static void look_at(struct shown_sa *sa)
{
    sa->looked_at = true;
}

/* A socket would be real, so these two are only compiled. */
int shown_send(struct shown_host *host, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    return ikl_posix_send(&host->sockets, path, datagram, len);
}

void shown_turn(struct shown_host *host, struct ikl_endpoint *endpoint)
{
    struct pollfd readable = {.fd = host->sockets.at[0].fd, .events = POLLIN};
    struct ikl_posix_sockets sockets = host->sockets;

    poll(&readable, 1, ikl_posix_timeout(ikl_endpoint_next_deadline(endpoint), ikl_posix_now()));
    ikl_posix_turn(&sockets, endpoint, ikl_posix_now);
}

static uint32_t handled;

static void handle(uint32_t timer)
{
    handled = timer;
}

static void what_sim_h_shows_is_so(void **state)
{
    struct ikl_sim *sim;
    struct ikl_sim_pair pair;

    (void)state;
    assert_int_equal(ikl_sim_new(&sim, &(struct ikl_sim_config){.size = sizeof(struct ikl_sim_config), .seed = 1}),
                     IKL_OK);
    assert_int_equal(ikl_sim_add_pair(sim, NULL, &pair), IKL_OK);
    ikl_sim_cut_at(pair.link, 60000);
    assert_int_equal(ikl_sim_run_until(sim, 400000), IKL_OK);
    assert_true(ikl_sim_find(sim, IKL_SIM_DOWN, pair.sa_a, 0)->about.down.at == 379000);
    ikl_sim_free(sim);
}

static void what_sim_cmocka_h_shows_is_so(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);

    (void)state;
    sim_cut_at(pair.link, seconds(60));
    sim_run_until(sim, seconds(400));
    assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(379));
    sim_free(sim);
}

static void what_timers_h_shows_is_so(void **state)
{
    struct shown_sa first = {.timer = IKL_NO_TIMER}, *sa = &first;
    struct ikl_timers *timers;
    ikl_time now = 5000;

    (void)state;
    ikl_watch_init(&sa->watch, 0);
    assert_int_equal(ikl_timers_new(&timers, NULL, 0), IKL_OK);
    assert_int_equal(ikl_timers_add(timers, sa, &sa->timer), IKL_OK);
    ikl_timers_set(timers, sa->timer, ikl_watch_deadline(&sa->watch));
    while ((sa = ikl_timers_expire(timers, now)) != NULL) {
        look_at(sa);
    }
    assert_true(first.looked_at);
    sleep_until(ikl_timers_next_deadline(timers));
    assert_true(slept_until == IKL_NEVER);
    sa = &first;
    ikl_timers_remove(timers, sa->timer);
    ikl_timers_free(timers);
}

static void what_wheel_h_shows_is_so(void **state)
{
    struct ikl_wheel *wheel;
    uint32_t timer;
    ikl_time now = 1000;

    (void)state;
    assert_int_equal(ikl_wheel_new(&wheel, NULL, 8, now), IKL_OK);
    ikl_wheel_start(wheel, 7, now + 5000);
    sleep_until(ikl_wheel_next_deadline(wheel));
    assert_true(slept_until <= now + 5000);
    now += 5000;
    while ((timer = ikl_wheel_expire(wheel, now)) != IKL_NO_TIMER) {
        handle(timer);
    }
    assert_int_equal(handled, 7);
    ikl_wheel_start(wheel, 6, now);
    {
        struct ikl_wheel_work left = {1000, 10000};

        while ((timer = ikl_wheel_expire_within(wheel, now, &left)) != IKL_NO_TIMER) {
            handle(timer);
        }
    }
    assert_int_equal(handled, 6);
    ikl_wheel_free(wheel);
}

static void what_monitor_h_shows_is_so(void **state)
{
    const struct ikl_monitor_config config = *ikl_monitor_panos();
    struct ikl_monitor monitor;
    ikl_time now = 0;

    (void)state;
    ikl_monitor_begin(&monitor, &config, now, 0);
    now = ikl_monitor_deadline(&monitor, &config);
    {
        unsigned todo = ikl_monitor_tick(&monitor, &config, now, SLACK, true);

        assert_true((todo & IKL_MONITOR_PROBE) != 0);
        assert_false((todo & IKL_MONITOR_CHANGED) != 0);
        assert_false((todo & IKL_MONITOR_RENEW) != 0);
    }
}

static void what_watch_h_shows_is_so(void **state)
{
    struct ikl_watch watch;
    uint32_t random = 0;
    ikl_time now = 5000;
    bool probed = false;

    (void)state;
    ikl_watch_init(&watch, 0);
    switch (ikl_watch_tick(&watch, now, SLACK, random)) {
    case IKL_WATCH_PROBE:
        probed = true;
        assert_int_equal(ikl_watch_sent(&watch, 0, now, SLACK, random), IKL_OK);
        break;
    case IKL_WATCH_NOTHING:
    case IKL_WATCH_SEND_AGAIN:
    case IKL_WATCH_GIVE_UP:
        break;
    }
    assert_true(probed);
}

static size_t taken;

static void take(const struct ikl_stream_message *message)
{
    taken += message->octets.len;
}

static void what_stream_h_shows_is_so(void **state)
{
    static const uint8_t octets[] = {0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 6, 0, 0, 0, 2, 0, 2, 0};
    uint8_t buffer[4];
    struct ikl_stream stream;
    struct ikl_octets in = {octets, sizeof(octets)};
    struct ikl_stream_message message;
    int result;

    (void)state;
    ikl_stream_init(&stream, IKL_STREAM_ORIGINATOR, buffer, sizeof(buffer));
    while ((result = ikl_stream_next(&stream, &in, &message)) == IKL_OK || result == IKL_ERR_NO_BUFFER) {
        if (result == IKL_OK) {
            take(&message);
        }
    }
    assert_int_equal(result, IKL_ERR_END);
    assert_int_equal(taken, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_sim_h_shows_is_so),     cmocka_unit_test(what_sim_cmocka_h_shows_is_so),
        cmocka_unit_test(what_timers_h_shows_is_so),  cmocka_unit_test(what_wheel_h_shows_is_so),
        cmocka_unit_test(what_monitor_h_shows_is_so), cmocka_unit_test(what_watch_h_shows_is_so),
        cmocka_unit_test(what_stream_h_shows_is_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
