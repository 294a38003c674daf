/* SPDX-License-Identifier: ISC */
/* The callbacks of a host in a random world: now and then they do something themselves. See random.h. */
#include "random.h"

#include <string.h>

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
    struct end *end = ikl_sa_user(sa);

    act_ended(host->world->laws, host->world->asked, outcome);
    if (outcome->context != NULL && outcome->kind == IKL_OUTCOME_ANSWERED) {
        connect_answered(end, outcome);
        rekey_answered(end, outcome->context);
    }
    act_in_callback(host, sa);
}

static void count_crossing(struct world *world, const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    CHECK(world, ikl_sa_query(sa, &info) == IKL_OK);
    world->counts[COUNT_CROSSINGS] += info.outstanding != 0;
}

static void note_unanswered(struct end *end, uint32_t message_id, uint32_t number)
{
    if (number != UINT32_MAX) {
        end->unanswered[message_id % MAX_WINDOW].is_one = true;
        end->unanswered[message_id % MAX_WINDOW].message_id = message_id;
        end->unanswered[message_id % MAX_WINDOW].number = number;
    }
}

/* What the peer asked before is over. */
static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct end *end = ikl_sa_user(sa);

    (void)synced;
    memset(end->unanswered, 0, sizeof(end->unanswered));
    act_in_callback(user, sa);
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct host *host = user;
    struct end *end = ikl_sa_user(sa);
    uint32_t number;

    if (end->hostile) {
        return;
    }
    count_crossing(host->world, sa);
    number = act_executed(host->world->laws, request);
    if (!act_answer(sa, request->message_id, number, LAWS_TAG_LEN, ikl_sim_host_now(host->sim_host))) {
        note_unanswered(end, request->message_id, number);
    } else {
        connect_asked(end, request);
    }
    act_in_callback(host, sa);
}

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    (void)user;
    init_answered(ikl_sa_user(sa), response);
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    struct host *host = user;

    if (host->world->has_inits) {
        init_asked(host, path, header, laws_without_marker((struct ikl_octets){datagram, len}, path->encapsulated));
    }
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
    forget(end);
    if (down->reason == IKL_DOWN_TIMEOUT) {
        check_held(end);
        host->world->counts[COUNT_TIMEOUTS]++;
    }
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
                                        .init_response = on_init_response,
                                        .unmatched = on_unmatched,
                                        .synced = on_synced,
                                        .down = on_down};
}
