/* SPDX-License-Identifier: ISC */
/* A small IKEv2 stack. See stack.h. */
#include "stack.h"

#include "watch.h"

#include <stdlib.h>
#include <string.h>

enum { HOSTILE_ACTS = 10 };

ikl_time stack_now(const struct stack *stack)
{
    return ikl_sim_host_now(stack->host);
}

void stack_add_sa(struct stack *stack, struct ikl_sa *sa)
{
    if (stack->n_sas == STACK_MAX_SAS) {
        abort();
    }
    stack->sas[stack->n_sas++] = sa;
}

void stack_forget_sa(struct stack *stack, const struct ikl_sa *sa)
{
    for (size_t i = 0; i < stack->n_sas; i++) {
        if (stack->sas[i] == sa) {
            stack->sas[i] = stack->sas[--stack->n_sas];
            break;
        }
    }
    if (stack->sa == sa) {
        stack->sa = NULL;
    }
    if (stack->connecting.sa == sa) {
        stack->connecting.sa = NULL;
    }
}

struct laws_end *stack_end(struct stack *stack, uint64_t spi_i, uint64_t spi_r)
{
    struct stack_end *end;

    for (size_t i = stack->n_ends; i-- > 0;) {
        end = &stack->ends[i];
        if (end->spi_i == spi_i && end->spi_r == spi_r) {
            return &end->law;
        }
    }
    if (stack->n_ends == STACK_MAX_ENDS) {
        laws_hold(stack->laws, false, "more IKE SAs than can be watched");
        return NULL;
    }
    end = &stack->ends[stack->n_ends++];
    *end = (struct stack_end){.spi_i = spi_i, .spi_r = spi_r};
    end->law.host = &stack->law;
    end->law.schedule = stack->schedule;
    end->law.idle = stack->idle;
    end->law.trim = stack->trim;
    end->law.round_trip_sends = stack->round_trip_sends;
    return &end->law;
}

static struct laws_end *end_of(struct stack *stack, const struct ikl_sa *sa)
{
    return stack_end(stack, ikl_sa_spi_i(sa), ikl_sa_spi_r(sa));
}

bool stack_loses(const uint8_t *our_i, const uint8_t *our_r, uint8_t peers[2][CONTENTS_NONCE_LEN])
{
    return ikl_nonces_lose(
        (struct ikl_octets){our_i, CONTENTS_NONCE_LEN}, (struct ikl_octets){our_r, CONTENTS_NONCE_LEN},
        (struct ikl_octets){peers[0], CONTENTS_NONCE_LEN}, (struct ikl_octets){peers[1], CONTENTS_NONCE_LEN});
}

bool stack_ask(struct stack *stack, struct ikl_sa *sa, const struct contents *contents, void *context)
{
    const struct ikl_request_options options = {.size = sizeof(options), .context = context};

    contents_write(&stack->payloads, contents, false, 0);
    return ikl_sa_request(sa, IKL_CREATE_CHILD_SA, stack->payloads.list, stack->payloads.n, &options, stack_now(stack),
                          NULL) == IKL_OK;
}

/* An answer that cannot be given is one that the peer will ask for again. */
void stack_answer(struct stack *stack, struct ikl_sa *sa, uint32_t message_id, const struct contents *contents)
{
    contents_write(&stack->payloads, contents, true, 0);
    if (ikl_sa_respond(sa, message_id, stack->payloads.list, stack->payloads.n, stack_now(stack)) != IKL_OK) {
        ikl_sim_note(ikl_sim_of(stack->host), stack->host, "cannot answer");
    }
}

void stack_refuse(struct stack *stack, struct ikl_sa *sa, uint32_t message_id, uint16_t error)
{
    stack_answer(stack, sa, message_id, &(struct contents){.error = error});
}

/* What it does not know, said so that the IKE SA stays: INVALID_SYNTAX ends it (§2.21.3), so only what is badly
 * formatted gets that, as a request for an SA without SA payload is. No more Child SAs than there are (§1.3.1); no
 * exchange that IKE_FOLLOWUP_KE could follow (RFC 9370 §2.2.4); an empty response for what is announced, and for what
 * else there may be one day, which fails alone by that. */
static void answer_unknown(struct stack *stack, struct ikl_sa *sa, const struct ikl_peer_request *request,
                           uint8_t protocol)
{
    uint16_t error = 0;

    if (request->exchange_type == IKL_CREATE_CHILD_SA) {
        error = protocol == 0 ? IKL_NOTIFY_INVALID_SYNTAX : IKL_NOTIFY_NO_ADDITIONAL_SAS;
    } else if (request->exchange_type == IKL_IKE_FOLLOWUP_KE) {
        error = IKL_NOTIFY_STATE_NOT_FOUND;
    }
    stack_refuse(stack, sa, request->message_id, error);
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct stack *stack = user;
    struct contents contents = contents_read(request->first_payload, request->plaintext, false);

    if (stack_is_hostile(stack, sa)) {
        return;
    }
    if (sa == stack->connecting.sa) {
        stack_connect_asked(stack, request);
    } else if (contents.has_number) {
        laws_request_executed(stack->laws, contents.number);
        stack_answer(stack, sa, request->message_id, &(struct contents){.has_number = true, .number = contents.number});
    } else if (contents.protocol == IKL_PROTOCOL_IKE) {
        stack_rekey_asked(stack, sa, request->message_id, &contents);
    } else if (contents.protocol == IKL_PROTOCOL_ESP && contents.rekeys_child) {
        stack_child_rekey_asked(stack, sa, request->message_id, &contents);
    } else if (contents.deletes_child) {
        stack_child_delete_asked(stack, sa, request->message_id, &contents);
    } else {
        answer_unknown(stack, sa, request, contents.protocol);
    }
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct stack *stack = user;
    struct contents contents = contents_read(outcome->first_payload, outcome->plaintext, true);

    if (stack_is_hostile(stack, sa)) {
        return;
    }
    if (outcome->context == &stack->connecting) {
        stack_connect_ended(stack, outcome);
    } else if (outcome->context == &stack->rekey) {
        if (stack->rekey.asked) {
            stack_rekey_ended(stack, outcome, &contents);
        }
    } else if (outcome->context == &stack->child_rekey) {
        if (stack->child_rekey.asked) {
            stack_child_rekey_ended(stack, outcome, &contents);
        }
    } else {
        uint32_t number = (uint32_t)((struct laws_peer_request *)outcome->context - stack->laws->requests);

        laws_request_ended(stack->laws, number, contents.has_number && contents.number == number);
    }
}

static void on_peer_deletes(void *user, struct ikl_sa *sa)
{
    stack_rekey_deleted(user, sa);
}

/* A host that knows nothing of an IKE SA says so, without protection (§2.21.4). */
static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    struct stack *stack = user;
    uint8_t octets[IKL_NON_ESP_MARKER_LEN + IKL_HEADER_LEN + 16] = {0}, body[8];
    size_t marker = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    struct ikl_writer writer = ikl_writer(octets + marker, sizeof(octets) - marker), notify = ikl_writer(body, 8);
    struct ikl_header answer = *header;
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY};

    (void)datagram;
    (void)len;
    if ((header->flags & IKL_FLAG_RESPONSE) != 0) {
        return;
    }
    answer.flags = (uint8_t)((header->flags ^ IKL_FLAG_INITIATOR) | IKL_FLAG_RESPONSE);
    ikl_header_write(&writer, &answer);
    (void)!ikl_notify_write(&notify, &(struct ikl_notify){.type = IKL_NOTIFY_INVALID_IKE_SPI});
    payload.body = (struct ikl_octets){body, notify.len};
    (void)!ikl_chain_write(&writer, &payload, 1);
    ikl_header_patch(&writer, 0, IKL_PAYLOAD_NOTIFY);
    (void)ikl_sim_send(stack->host, path, octets, marker + writer.len);
}

static void on_monitor(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    struct stack *stack = user;

    if (change->renew && sa == stack->sa) {
        stack_child_rekey(stack, child);
    }
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct stack *stack = user;
    const struct laws_end *end = end_of(stack, sa);

    (void)down;
    if (end != NULL) {
        laws_child_down(stack->laws, end);
    }
    stack_child_rekey_forget(stack, child);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct stack *stack = user;

    if (stack_is_hostile(stack, sa)) {
        return;
    }
    laws_down(stack->laws, end_of(stack, sa), down, stack_now(stack));
    stack_forget_sa(stack, sa);
    stack_rekey_forget(stack, sa);
    ikl_sa_free(sa);
}

void stack_lose(struct stack *stack)
{
    struct laws *laws = stack->laws;
    struct laws_host law = stack->law;
    struct ikl_sim_host *host = stack->host;

    laws_requests_lost(laws, stack);
    law.children_up = 0; /* and no IKE SA of a hostile peer is there any more */
    memset(stack, 0, offsetof(struct stack, payloads));
    stack->laws = laws;
    stack->law = law;
    stack->host = host;
}

/* Before something happens, as long as it shows what a probe has come to. */
static void check_monitors(struct stack *stack)
{
    for (size_t i = 0; i < stack->n_sas; i++) {
        struct laws_end *end = end_of(stack, stack->sas[i]);

        if (end != NULL) {
            laws_check_monitors(stack->laws, end, stack->sas[i], stack_now(stack));
        }
    }
}

static int on_receive(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    struct stack *stack = user;
    struct ikl_endpoint *endpoint = ikl_sim_host_endpoint(stack->host);
    int result;

    check_monitors(stack);
    result = ikl_endpoint_receive(endpoint, path, datagram, len, now);
    laws_check_shares(stack->laws, endpoint);
    return result;
}

static int on_advance(void *user, ikl_time now)
{
    struct stack *stack = user;
    struct ikl_endpoint *endpoint = ikl_sim_host_endpoint(stack->host);
    int result;

    check_monitors(stack);
    result = ikl_endpoint_advance(endpoint, now);
    laws_check_shares(stack->laws, endpoint);
    return result;
}

void stack_init(struct stack *stack, struct laws *laws, struct ikl_sim_host_config *config)
{
    memset(stack, 0, offsetof(struct stack, payloads));
    stack->laws = laws;
    watch_host(&stack->law, &config->manners);
    config->endpoint.size = sizeof(config->endpoint);
    config->endpoint.user = stack;
    /* little memory, so that a world costs little */
    config->endpoint.max_message = 2048;
    config->endpoint.pool_blocks = 32;
    config->endpoint.max_requests = 64;
    config->endpoint.history_events = 8;
    config->endpoint.callbacks = (struct ikl_callbacks){.size = sizeof(config->endpoint.callbacks),
                                                        .outcome = on_outcome,
                                                        .peer_request = on_peer_request,
                                                        .peer_deletes = on_peer_deletes,
                                                        .monitor = on_monitor,
                                                        .child_down = on_child_down,
                                                        .down = on_down,
                                                        .unmatched = on_unmatched};
    config->receive = on_receive;
    config->advance = on_advance;
    stack_restarting(config);
}

void stack_established(struct stack *stack, struct ikl_sa *sa, const struct ikl_sim_sa_config *config)
{
    stack->host = ikl_sim_host_of(sa);
    stack->schedule = config->schedule != NULL ? config->schedule : ikl_schedule_default();
    stack->idle = config->idle;
    stack->fragmentation = config->fragmentation;
    stack->trim = config->trim;
    stack->round_trip_sends = config->round_trip_sends;
    stack_add_sa(stack, sa);
    laws_children_up(&stack->law, config->n_children);
    (void)end_of(stack, sa);
    if (config->connecting) {
        stack_connect(stack, sa);
    } else {
        stack->sa = sa;
    }
}

static void request(struct stack *stack, size_t len)
{
    uint32_t number = laws_request_made(stack->laws, stack);
    struct ikl_request_options options = {.size = sizeof(options)};

    if (number == UINT32_MAX) {
        abort();
    }
    options.context = &stack->laws->requests[number];
    contents_write(&stack->payloads, &(struct contents){.has_number = true, .number = number}, false, len);
    if (ikl_sa_request(stack->sa, IKL_INFORMATIONAL, stack->payloads.list, stack->payloads.n, &options,
                       stack_now(stack), NULL) != IKL_OK) {
        laws_request_refused(stack->laws, number);
    }
}

static void delete_sa(struct stack *stack)
{
    if (ikl_sa_delete(stack->sa, STACK_WAIT, stack_now(stack)) == IKL_OK) {
        stack->sa = NULL;
    }
}

static int act(struct stack *stack, const char *const *words, size_t n)
{
    if (strcmp(words[0], "request") == 0) {
        request(stack, n > 1 ? (size_t)strtoul(words[1], NULL, 10) : 0);
    } else if (strcmp(words[0], "probe") == 0) {
        (void)!ikl_sa_probe(stack->sa, stack_now(stack));
    } else if (strcmp(words[0], "delete") == 0) {
        delete_sa(stack);
    } else if (strcmp(words[0], "close") == 0) {
        ikl_sa_close(stack->sa, stack_now(stack));
    } else if (strcmp(words[0], "delete-child") == 0) {
        stack_delete_child(stack, stack->sa, ikl_sa_first_child(stack->sa));
    } else if (strcmp(words[0], "rekey") == 0) {
        stack_rekey(stack);
    } else if (strcmp(words[0], "rekey-child") == 0) {
        stack_child_rekey(stack, ikl_sa_first_child(stack->sa));
    } else if (strcmp(words[0], "hostile") == 0) {
        stack_hostile(stack, n > 1 ? (size_t)strtoul(words[1], NULL, 10) : HOSTILE_ACTS);
    } else {
        return IKL_ERR_NOT_FOUND;
    }
    return IKL_OK;
}

int stack_act(struct stack *stack, const char *const *words, size_t n)
{
    int result;

    if (n == 0) {
        return IKL_ERR_NOT_FOUND;
    }
    if (stack->sa == NULL) {
        return IKL_OK;
    }
    result = act(stack, words, n);
    laws_check_shares(stack->laws, ikl_sim_host_endpoint(stack->host));
    return result;
}
