/* The callbacks of a host in a campaign: they note what they are told, and now and then do something themselves. See
 * campaign.h.
 * SPDX-License-Identifier: ISC */
#include "campaign.h"

enum { TAG_LEN = 4 };

static struct host *of(const struct ikl_sa *sa)
{
    return ((struct end *)ikl_sa_user(sa))->host;
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct host *host = user;
    struct end *end = ikl_sa_user(sa);
    struct sent *sent = &end->sent[attempt->message_id % SENT];

    CHECK(host->world, !end->down);
    if (attempt->retransmission == 0) {
        *sent = (struct sent){.message_id = attempt->message_id, .first_sent = ikl_sim_host_now(host->sim_host)};
    }
    CHECK(host->world, sent->message_id == attempt->message_id);
    sent->sends++;
    sent->for_evidence += attempt->cause == IKL_ATTEMPT_EVIDENCE ? 1 : 0;
    sent->moves += attempt->cause == IKL_ATTEMPT_MOVED ? 1 : 0;
    sent->last_sent = ikl_sim_host_now(host->sim_host);
    act_in_callback(host);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    (void)alive;
    CHECK(of(sa)->world, !((struct end *)ikl_sa_user(sa))->down);
    act_in_callback(user);
}

/* Its number is in every request, and in the answer. */
static void write_tag(uint8_t *tag, uint32_t n)
{
    struct ikl_writer writer = ikl_writer(tag, TAG_LEN);

    ikl_write_u32(&writer, n);
}

/* The request that a body of make_request's names; null when it is something else. */
static struct request *named(struct world *world, uint8_t first_payload, struct ikl_octets plaintext)
{
    struct ikl_chain chain = ikl_chain(first_payload, plaintext);
    struct ikl_payload payload;
    struct ikl_reader reader;
    uint32_t n;

    if (ikl_chain_next(&chain, &payload) != IKL_OK || payload.type != IKL_PAYLOAD_VENDOR_ID ||
        payload.body.len < TAG_LEN) {
        return NULL;
    }
    reader = ikl_reader(payload.body.data, payload.body.len);
    n = ikl_read_u32(&reader);
    CHECK(world, n < world->n_requests);
    return &world->requests[n];
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct host *host = user;
    struct request *request = outcome->context;

    (void)sa;
    if (request == NULL) {
        return; /* of an honest peer among hostile ones */
    }
    CHECK(host->world, ++request->outcomes == 1);
    request->handle = NULL;
    if (outcome->kind == IKL_OUTCOME_ANSWERED && outcome->status == IKL_OK && outcome->plaintext.len != 0) {
        struct request *answered = named(host->world, outcome->first_payload, outcome->plaintext);

        CHECK(host->world, answered == NULL || (answered == request && request->executed == 1));
    }
    act_in_callback(host);
}

static void on_request(void *user, struct ikl_sa *sa, const struct ikl_request *request)
{
    struct host *host = user;
    struct end *end = ikl_sa_user(sa);
    struct request *executed = named(host->world, request->first_payload, request->plaintext);
    struct ikl_payload answer = {.type = IKL_PAYLOAD_VENDOR_ID};
    uint8_t tag[TAG_LEN];

    CHECK(host->world, request->message_id >= end->requests_taken);
    end->requests_taken = request->message_id + 1;
    if (end->silent) {
        return;
    }
    if (executed != NULL) {
        CHECK(host->world, ++executed->executed == 1);
        write_tag(tag, (uint32_t)(executed - host->world->requests));
        answer.body = (struct ikl_octets){tag, TAG_LEN};
    }
    /* an empty pool is a failure like any other: the peer asks again */
    (void)!ikl_sa_respond(sa, request->message_id, &answer, executed != NULL ? 1 : 0, ikl_sim_host_now(host->sim_host));
    act_in_callback(host);
}

static void on_state(void *user, struct ikl_sa *sa, enum ikl_sa_state state)
{
    CHECK(of(sa)->world, !((struct end *)ikl_sa_user(sa))->down || state == IKL_SA_DEAD);
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
    CHECK(host->world, !end->down);
    if (!end->making) { /* else it has to be given up, for want of memory */
        CHECK(host->world, host->children_up != 0);
        host->children_up--;
    }
    act_in_callback(host);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct host *host = user;
    struct end *end = ikl_sa_user(sa);

    check_down(end, down);
    end->down = true;
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
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, TAG_LEN + len}};
    struct request *request = &world->requests[world->n_requests];
    struct ikl_request_options options = {.size = sizeof(options), .context = request};
    uint32_t n = (uint32_t)world->n_requests;
    struct ikl_outgoing *handle = NULL;
    int result;

    if (n == MAX_REQUESTS) {
        return;
    }
    write_tag(octets, n);
    *request = (struct request){.host = end->host, .end = end};
    world->n_requests++;
    result = ikl_sa_request(end->sa, chance(world, 50) ? IKL_INFORMATIONAL : IKL_CREATE_CHILD_SA, &payload, 1, &options,
                            ikl_sim_host_now(end->host->sim_host), &handle);
    if (result != IKL_OK) {
        CHECK(world, request->outcomes == 0);
        request->outcomes = 1; /* there is nothing to report of it */
    } else if (request->outcomes == 0) {
        request->handle = handle;
    }
}
