/* The callbacks of a host in a random world: now and then they do something themselves. See random.h.
 * SPDX-License-Identifier: ISC */
#include "random.h"

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    (void)sa;
    (void)attempt;
    act_in_callback(user);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    (void)sa;
    (void)alive;
    act_in_callback(user);
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct host *host = user;
    struct world *world = host->world;
    struct request *request = outcome->context;
    uint32_t number, named_number;
    bool answered;

    (void)sa;
    if (request == NULL) {
        return; /* of an honest peer among hostile ones */
    }
    number = (uint32_t)(request - world->requests);
    answered = outcome->kind == IKL_OUTCOME_ANSWERED && outcome->status == IKL_OK &&
               laws_tag_read(outcome->first_payload, outcome->plaintext, &named_number);
    CHECK(world, !answered || named_number == number);
    laws_request_ended(world->laws, number, answered);
    request->handle = NULL;
    act_in_callback(host);
}

static void on_request(void *user, struct ikl_sa *sa, const struct ikl_request *request)
{
    struct host *host = user;
    const struct end *end = ikl_sa_user(sa);
    struct ikl_payload answer = {.type = IKL_PAYLOAD_VENDOR_ID};
    uint8_t tag[LAWS_TAG_LEN];
    uint32_t number;
    bool is_named = !end->silent && laws_tag_read(request->first_payload, request->plaintext, &number);

    if (end->silent) {
        return;
    }
    if (is_named) {
        laws_request_executed(host->world->laws, number);
        laws_tag_write(tag, number);
        answer.body = (struct ikl_octets){tag, LAWS_TAG_LEN};
    }
    /* an empty pool is a failure like any other: the peer asks again */
    (void)!ikl_sa_respond(sa, request->message_id, &answer, is_named ? 1 : 0, ikl_sim_host_now(host->sim_host));
    act_in_callback(host);
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    (void)sa;
    (void)state;
    act_in_callback(user);
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    struct host *host = user;

    if (chance(host->world, 50)) {
        (void)!ikl_sa_set_path(sa, path, ikl_sim_host_now(host->sim_host));
    }
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct host *host = user;
    const struct end *end = ikl_sa_user(sa);

    (void)child;
    (void)down;
    laws_child_down(host->world->laws, &end->law);
    act_in_callback(host);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct host *host = user;
    struct end *end = ikl_sa_user(sa);

    laws_down(host->world->laws, &end->law, down, ikl_sim_host_now(host->sim_host));
    if (!host->world->ended && chance(host->world, 50)) {
        end->sa = NULL;
        ikl_sa_free(sa);
    }
    act_in_callback(host);
}

void host_callbacks(struct ikl_callbacks *callbacks)
{
    *callbacks = (struct ikl_callbacks){.size = sizeof(*callbacks),
                                        .attempt = on_attempt,
                                        .alive = on_alive,
                                        .outcome = on_outcome,
                                        .request = on_request,
                                        .state = on_state,
                                        .address = on_address,
                                        .child_down = on_child_down,
                                        .down = on_down};
}

void make_request(struct end *end, size_t len)
{
    struct world *world = end->host->world;
    uint8_t octets[4096] = {0};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, LAWS_TAG_LEN + len}};
    uint32_t number = laws_request_made(world->laws, end->host);
    struct request *request = &world->requests[number < LAWS_REQUESTS ? number : 0];
    struct ikl_request_options options = {.size = sizeof(options), .context = request};
    struct ikl_outgoing *handle = NULL;
    int result;

    if (number == UINT32_MAX) {
        return;
    }
    laws_tag_write(octets, number);
    *request = (struct request){.host = end->host, .end = end};
    result = ikl_sa_request(end->sa, chance(world, 50) ? IKL_INFORMATIONAL : IKL_CREATE_CHILD_SA, &payload, 1, &options,
                            ikl_sim_host_now(end->host->sim_host), &handle);
    if (result != IKL_OK) {
        laws_request_refused(world->laws, number);
    } else if (world->laws->requests[number].outcomes == 0) {
        request->handle = handle;
    }
}
