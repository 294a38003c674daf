/* SPDX-License-Identifier: ISC */
/* What a host may do with its IKE SAs at any time. See acts.h. */
#include "acts.h"

enum { MAX_LEN = 4096, MAX_CHILDREN = 4, MOST_WAIT = 20000 };

static uint64_t draw(const struct actor *actor, uint64_t n)
{
    return actor->draw(actor->user, n);
}

static void add_child(const struct actor *actor, struct ikl_sa *sa)
{
    uint32_t spi = (uint32_t)(1 + draw(actor, 8));
    struct ikl_child_config config = {.size = sizeof(config), .spi_in = spi, .spi_out = spi};

    config.protocol = draw(actor, 2) != 0 ? IKL_PROTOCOL_AH : IKL_PROTOCOL_ESP;
    if (ikl_sa_add_child(sa, &config, NULL) == IKL_OK) {
        laws_children_up(actor->law, 1);
    }
}

static void delete_children(const struct actor *actor, struct ikl_sa *sa)
{
    struct ikl_child *children[MAX_CHILDREN];
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL && n < MAX_CHILDREN;
         child = ikl_sa_next_child(sa, child)) {
        children[n++] = child;
    }
    (void)!ikl_sa_delete_children(sa, children, n, actor->now);
}

static void hear_children(const struct actor *actor, struct ikl_sa *sa)
{
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        ikl_child_heard(child, actor->now + draw(actor, 4));
    }
}

static void move(const struct actor *actor, struct ikl_sa *const *sa)
{
    struct ikl_path path = *ikl_sa_path(*sa);
    uint8_t what = (uint8_t)draw(actor, 256);

    path.mtu = (uint16_t)(what % 4 * 400);
    path.behind_nat = (what & 4) != 0;
    path.tag = what & 8;
    (void)!ikl_sa_set_path(*sa, &path, actor->now);
    if ((what & 16) != 0 && *sa != NULL) {
        (void)ikl_sa_hint_mtu(*sa, (uint16_t)(what * 8), actor->now);
    }
}

static void close_sa(const struct actor *actor, struct ikl_sa *const *sa)
{
    ikl_sa_close(*sa, actor->now);
    laws_hold(actor->laws, actor->in_leaf || *sa == NULL || ikl_sa_state(*sa) >= IKL_SA_DYING,
              "an IKE SA is up that was closed");
}

void act_on(const struct actor *actor, struct ikl_sa *const *sa, enum act what)
{
    switch (what) {
    case ACT_PROBE:
        (void)!ikl_sa_probe(*sa, actor->now);
        break;
    case ACT_ADD_CHILD:
        add_child(actor, *sa);
        break;
    case ACT_DELETE_CHILDREN:
        delete_children(actor, *sa);
        break;
    case ACT_HEAR_CHILDREN:
        hear_children(actor, *sa);
        break;
    case ACT_SENT_ESP:
        ikl_sa_sent_esp(*sa, actor->now);
        break;
    case ACT_HINT_ICMP:
        (void)ikl_sa_hint(*sa, IKL_HINT_ICMP, actor->now);
        break;
    case ACT_HINT_TOO_LONG:
        (void)ikl_sa_hint(*sa, IKL_HINT_TOO_LONG, actor->now);
        break;
    case ACT_RESEND:
        (void)!ikl_sa_resend(*sa, actor->now);
        break;
    case ACT_RESEND_ALL:
        (void)!ikl_endpoint_resend(ikl_sa_endpoint(*sa), IKL_EVERY_PATH_GROUP, actor->now);
        break;
    case ACT_DELETE:
        (void)!ikl_sa_delete(*sa, (uint32_t)draw(actor, MOST_WAIT + 1), actor->now);
        break;
    case ACT_CLOSE:
        close_sa(actor, sa);
        break;
    case ACT_MOVE:
        move(actor, sa);
        break;
    case ACT_PEER_WINDOW:
        ikl_sa_peer_window(*sa, (uint32_t)draw(actor, 256), actor->now);
        break;
    }
}

/* Whoever calls back while a request is made may make another: each has octets of its own. */
struct asked *act_ask(const struct actor *actor, struct ikl_sa *const *sa, uint8_t exchange_type, size_t len)
{
    uint8_t octets[MAX_LEN] = {0};
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, len}};
    struct ikl_request_options options = {.size = sizeof(options)};
    uint32_t number = laws_request_made(actor->laws, actor->law); /* its outcome may come before the call returns */
    struct asked *asked;
    int result;

    if (number == UINT32_MAX) {
        return NULL;
    }
    laws_tag_write(octets, number);
    asked = &actor->asked[number];
    *asked = (struct asked){.by = actor->law, .sa = sa};
    options.context = asked;
    result = ikl_sa_request(*sa, exchange_type, &payload, 1, &options, actor->now, &asked->handle);
    if (result != IKL_OK) {
        laws_request_refused(actor->laws, number);
        return NULL;
    }
    if (actor->laws->requests[number].outcomes != 0) {
        asked->handle = NULL;
    }
    return asked;
}

void act_cancel(const struct actor *actor, uint32_t number)
{
    const struct asked *asked = number < actor->laws->n_requests ? &actor->asked[number] : NULL;

    if (asked != NULL && asked->by == actor->law && asked->handle != NULL && *asked->sa != NULL) {
        /* a queued one may have moved to the IKE SA that replaced its own: then nothing happens */
        ikl_sa_cancel(*asked->sa, asked->handle, actor->now);
    }
}

void act_ended(struct laws *laws, struct asked *asked, const struct ikl_outcome *outcome)
{
    struct asked *about = outcome->context;
    uint32_t number, named;
    bool answered = outcome->kind == IKL_OUTCOME_ANSWERED && outcome->status == IKL_OK;

    if (about == NULL) {
        return; /* to a hostile peer, or to an honest one among them */
    }
    number = (uint32_t)(about - asked);
    laws_hold(laws, !answered || ikl_chain_check(outcome->first_payload, outcome->plaintext, true, NULL) == IKL_OK,
              "a malformed answer was given out as whole");
    answered = answered && laws_tag_read(outcome->first_payload, outcome->plaintext, &named);
    laws_hold(laws, !answered || named == number, "a request got the answer to another");
    laws_request_ended(laws, number, answered);
    about->handle = NULL;
}

void act_migrated(struct laws *laws, struct asked *asked, struct ikl_sa *const *sa)
{
    for (uint32_t i = 0; i < laws->n_requests; i++) {
        struct ikl_request *handle = asked[i].handle != NULL ? ikl_sa_find_context(*sa, &asked[i]) : NULL;

        if (handle != NULL) {
            asked[i].handle = handle;
            asked[i].sa = sa;
        }
    }
}

struct ikl_endpoint *act_endpoint_for(struct ikl_endpoint *first, struct ikl_endpoint *second,
                                      struct ikl_octets message)
{
    struct ikl_header header;

    if (second == NULL || ikl_header_read(&header, message.data, message.len) != IKL_OK) {
        return first;
    }
    return ikl_endpoint_find(second, header.spi_i) != NULL || ikl_endpoint_find(second, header.spi_r) != NULL ? second
                                                                                                              : first;
}

uint32_t act_executed(struct laws *laws, const struct ikl_peer_request *request)
{
    uint32_t number;

    if (!laws_tag_read(request->first_payload, request->plaintext, &number)) {
        return UINT32_MAX;
    }
    laws_request_executed(laws, number);
    return number;
}

/* An empty pool is a failure like any other: the peer asks again. */
bool act_answer(struct ikl_sa *sa, uint32_t message_id, uint32_t number, size_t len, ikl_time now)
{
    uint8_t octets[MAX_LEN] = {0};
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, len}};

    laws_tag_write(octets, number);
    return ikl_sa_respond(sa, message_id, &payload, 1, now) == IKL_OK;
}
