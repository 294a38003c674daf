/* SPDX-License-Identifier: ISC */
/* The callbacks of a host in a random world: now and then they do something themselves. See random.h. */
#include "random.h"

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    (void)attempt;
    act_in_callback(user, sa);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    (void)alive;
    act_in_callback(user, sa);
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct host *host = user;

    act_ended(host->world->laws, host->world->asked, outcome);
    act_in_callback(host, sa);
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct host *host = user;
    const struct end *end = ikl_sa_user(sa);

    if (end->hostile) {
        return;
    }
    act_answer(sa, request->message_id, act_executed(host->world->laws, request), LAWS_TAG_LEN,
               ikl_sim_host_now(host->sim_host));
    act_in_callback(host, sa);
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    (void)state;
    act_in_callback(user, sa);
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    struct host *host = user;

    if (chance(host->world, 50)) {
        (void)!ikl_sa_set_path(sa, path, ikl_sim_host_now(host->sim_host));
    }
}

static void on_monitor(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    (void)user;
    act_on_monitor(ikl_sa_user(sa), child, change);
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct host *host = user;
    const struct end *end = ikl_sa_user(sa);

    (void)child;
    (void)down;
    laws_child_down(host->world->laws, &end->law);
    act_in_callback(host, sa);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct host *host = user;
    struct end *end = ikl_sa_user(sa);

    if (end->hostile) {
        return;
    }
    laws_down(host->world->laws, &end->law, down, ikl_sim_host_now(host->sim_host));
    if (down->reason == IKL_DOWN_CRASHED) {
        check_crashed(host->world, end);
    }
    if (!host->world->ended && chance(host->world, 50)) {
        end->sa = NULL;
        ikl_sa_free(sa);
    }
    act_in_callback(host, sa);
}

void host_callbacks(struct ikl_callbacks *callbacks)
{
    *callbacks = (struct ikl_callbacks){.size = sizeof(*callbacks),
                                        .attempt = on_attempt,
                                        .alive = on_alive,
                                        .outcome = on_outcome,
                                        .peer_request = on_peer_request,
                                        .state = on_state,
                                        .address = on_address,
                                        .monitor = on_monitor,
                                        .child_down = on_child_down,
                                        .down = on_down};
}
