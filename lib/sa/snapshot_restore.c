/* SPDX-License-Identifier: ISC */
/* ikelive sa: makes an IKE SA of a snapshot that was read. First room is made for all that it has, then it is handed
 * over like any other, and after that nothing fails: it gets what only its snapshot knows. */
#include "call.h"
#include "event.h"
#include "exhaustion.h"
#include "extra.h"
#include "kept.h"
#include "remembered.h"
#include "snapshot_plan.h"
#include "syncing.h"

#include "endpoint/find.h"
#include "octets.h"
#include "sized.h"

static bool take_options(struct ikl_restore_options *to, const struct ikl_restore_options *from)
{
    return ikl_sized_take(to, sizeof(*to), from, IKL_END_OF(struct ikl_restore_options, context));
}

/* Ciphers whose initialisation vectors are random need no epoch. */
static int check_epoch(const struct ikl_plan *plan, const struct ikl_restore_options *options)
{
    const struct ikl_kept *kept = &plan->laid.kept;

    if (plan->laid.ivs == IKL_LAID_RANDOM) {
        return IKL_OK;
    }
    if (options->epoch <= kept->epoch) {
        return IKL_ERR_STALE;
    }
    if (plan->laid.ivs == IKL_LAID_CALLBACK) {
        return options->next_iv != NULL ? IKL_OK : IKL_ERR_INVALID;
    }
    return options->epoch - kept->made <= IKL_MAX_EPOCHS ? IKL_OK : IKL_ERR_EXHAUSTED;
}

static int reserve(const struct ikl_plan *plan)
{
    struct ikl_endpoint *endpoint = plan->endpoint;

    if (ikl_sa_reserve_children(endpoint, plan->n_children, plan->n_monitored) != IKL_OK ||
        ikl_slab_reserve(&endpoint->requests, plan->n_requests) != IKL_OK ||
        ikl_beside_reserve(&endpoint->kept, 1) != IKL_OK ||
        ikl_beside_reserve(&endpoint->tokens, plan->has_token) != IKL_OK ||
        ikl_endpoint_reserve_syncs(endpoint, plan->has_sync) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    return plan->n_bodies == 0
               ? IKL_OK
               : ikl_share_reserve_bodies(endpoint, ikl_share_of(endpoint, plan->cipher), plan->octets, plan->n_bodies);
}

static struct ikl_protection protection_of(const struct ikl_plan *plan, const struct ikl_restore_options *options,
                                           const struct ikl_keys *keys)
{
    struct ikl_protection protection = {
        .suite = plan->laid.suite, .keys = keys, .fragmentation = plan->laid.sa.fragmentation};

    if (plan->laid.ivs == IKL_LAID_COUNTED) {
        protection.iv_source = IKL_IV_FIRST;
        protection.iv_first = (options->epoch - plan->laid.kept.made) * IKL_EPOCH_IVS;
    } else if (plan->laid.ivs == IKL_LAID_CALLBACK) {
        protection.iv_source = IKL_IV_CALLBACK;
        protection.next_iv = options->next_iv;
    }
    return protection;
}

/* With nothing outstanding yet. */
static struct ikl_sa_config config_of(const struct ikl_plan *plan, const struct ikl_restore_options *options,
                                      const struct ikl_keys *keys)
{
    const struct ikl_sa *like = &plan->laid.sa;

    return (struct ikl_sa_config){
        .size = sizeof(struct ikl_sa_config),
        .user = options->user,
        .spi_i = like->spi_i,
        .spi_r = like->spi_r,
        .original_initiator = like->original_initiator,
        .path = like->path,
        .protection = protection_of(plan, options, keys),
        .ids = {.stated = true,
                .next_request = like->send_window.next,
                .unanswered = like->send_window.next,
                .next_expected = like->receive_window.lowest,
                .peer_window = like->send_window.size,
                .own_window = like->receive_window.size},
        .liveness = (enum ikl_liveness_policy)like->idle.policy,
        .idle = like->idle.interval,
        .schedule = options->schedule,
        .suspect_after = like->suspect_after,
        .follow_peer = like->follow_peer,
        .path_group = options->path_group,
        .roaming = plan->laid.has_extra,
        .labels = options->labels,
        .round_trip_sends = like->round_trip_sends,
        .trim = like->trim,
    };
}

static void restore_keys(struct ikl_sa *sa, const struct ikl_plan *plan, uint64_t epoch)
{
    struct ikl_kept *kept = ikl_beside_add(&sa->endpoint->kept, ikl_sa_own_spi(sa));
    uint64_t spi = kept->spi;

    *kept = plan->laid.kept;
    kept->spi = spi;
    kept->epoch = epoch > kept->epoch ? epoch : kept->epoch;
}

static void restore_token(struct ikl_sa *sa, const struct ikl_plan *plan)
{
    struct ikl_token *token;

    if (plan->has_token) {
        token = ikl_beside_add(&sa->endpoint->tokens, ikl_sa_own_spi(sa));
        memcpy(token->digest, plan->digest, sizeof(token->digest));
    }
}

static void restore_extra(struct ikl_sa *sa, const struct ikl_laid_sa *laid)
{
    if (laid->has_extra) {
        struct ikl_extra *extra = ikl_sa_extra(sa);

        extra->keepalive_due = laid->extra.keepalive_due;
        extra->path_since = laid->extra.path_since;
        extra->sent_esp = laid->extra.sent_esp;
    }
}

/* What is in the struct of an IKE SA, but its path and what the hand-over gave it. */
static void restore_fields(struct ikl_sa *sa, const struct ikl_sa *like)
{
    sa->send_window = like->send_window;
    sa->receive_window = like->receive_window;
    sa->idle = like->idle;
    sa->reachability = like->reachability;
    sa->generation = like->generation;
    sa->last_message = like->last_message;
    sa->established = like->established;
    sa->counters = like->counters;
    sa->last_round_trip = like->last_round_trip;
    sa->round_trip = like->round_trip;
    sa->narrowed = like->narrowed;
    if (like->state != IKL_SA_ESTABLISHED) {
        sa->until = like->until;
        sa->probe.wait = like->probe.wait;
        ikl_sa_resume_state(sa, (enum ikl_sa_state)like->state);
    }
}

/* Completes a Child SA by what the host says of it. */
static void complete_child(struct ikl_laid_child *laid, const struct ikl_endpoint *endpoint,
                           const struct ikl_restore_options *options)
{
    struct ikl_child *child = &laid->child;
    struct ikl_restored_child restored = {.protocol = child->protocol,
                                          .spi_in = child->spi_in,
                                          .spi_out = child->spi_out,
                                          .tag = laid->tag,
                                          .monitor = child->monitored ? endpoint->monitor : NULL};

    if (options->child != NULL) {
        options->child(options->context, &restored);
    }
    child->user = restored.user;
    child->monitored =
        child->monitored && restored.monitor != NULL && ikl_monitor_config_error(restored.monitor) == NULL;
    if (laid->monitoring.config != NULL) {
        laid->monitoring.config = restored.monitor;
    } else {
        laid->monitoring.had = restored.monitor;
    }
}

static void restore_child(struct ikl_sa *sa, struct ikl_tape *record, const struct ikl_restore_options *options)
{
    struct ikl_laid_child laid = {.tag = 0};

    ikl_lay_child(record, &laid);
    complete_child(&laid, sa->endpoint, options);
    (void)ikl_sa_put_child(sa, &laid.child, laid.child.monitored ? &laid.monitoring : NULL);
}

static uint32_t store(struct ikl_sa *sa, struct ikl_octets body)
{
    return body.len != 0 ? ikl_sa_store_body(sa, body.data, body.len, IKL_BODY_OWED) : IKL_NONE;
}

/* As it was, but for what belongs to its place here. */
static void restore_run(struct ikl_request *request, const struct ikl_request *like)
{
    const struct ikl_schedule *schedule = request->run.schedule;

    request->run = like->run;
    request->run.schedule = schedule;
    request->state = like->state;
    request->cause = like->cause;
    request->silenced = like->silenced;
    request->counted = like->counted;
}

static void restore_probe(struct ikl_sa *sa, const struct ikl_read_request *read)
{
    restore_run(&sa->probe, &read->laid.own.request);
    sa->probe.kind = read->laid.own.request.kind;
    sa->probe.stored = store(sa, read->body);
    memcpy(sa->probe_iv, read->laid.own.iv, sizeof(sa->probe_iv));
}

/* Completes a request of the host's by what it says of it. */
static void complete_request(struct ikl_own_request *own, const struct ikl_read_request *read,
                             const struct ikl_restore_options *options)
{
    struct ikl_restored_request restored = {.message_id = own->request.run.message_id,
                                            .exchange_type = (uint8_t)own->request.exchange_type,
                                            .tag = read->laid.tag};

    if (own->request.kind == IKL_REQUEST_HOST && options->request != NULL) {
        options->request(options->context, &restored);
    }
    own->context = restored.context;
    if (read->laid.own.request.own_schedule && restored.schedule != NULL &&
        ikl_schedule_check(restored.schedule) == IKL_OK) {
        ikl_request_set_schedule(&own->request, restored.schedule);
    }
}

/* Child SAs that the request deletes may be the heir's; some may be gone there. */
static void restore_claims(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_read_request *read)
{
    struct ikl_sa *heir = ikl_sa_heir(sa);

    for (uint32_t i = 0; i < read->n_claims; i++) {
        uint8_t protocol = ikl_tape_u8(&read->claims, 0);
        uint32_t spi = ikl_tape_u32(&read->claims, 0);
        struct ikl_child *child = ikl_sa_find_child(sa, protocol, spi);

        if (child == NULL && heir != NULL) {
            child = ikl_sa_find_child(heir, protocol, spi);
        }
        if (child != NULL && !ikl_child_is_ending(child)) {
            ikl_sa_claim_child(sa, child, own);
        }
    }
}

/* There may be very many, so each is put behind the last one. */
static void restore_own(struct ikl_sa *sa, struct ikl_own_request **last, struct ikl_read_request *read,
                        const struct ikl_restore_options *options)
{
    const struct ikl_own_request *like = &read->laid.own;
    struct ikl_own_request *own = ikl_sa_add_request(sa, *last, (enum ikl_request_kind)like->request.kind,
                                                     (uint8_t)like->request.exchange_type, like->first_payload);

    restore_run(&own->request, &like->request);
    own->request.stored = store(sa, read->body);
    own->plaintext_len = like->plaintext_len;
    own->small_len = like->small_len;
    memcpy(own->iv, like->iv, sizeof(own->iv));
    memcpy(own->small, like->small, sizeof(own->small));
    complete_request(own, read, options);
    restore_claims(sa, own, read);
    *last = own;
}

static void restore_request(struct ikl_sa *sa, struct ikl_own_request **last, struct ikl_tape *record,
                            const struct ikl_restore_options *options)
{
    struct ikl_read_request read;

    (void)ikl_plan_read_request(record, &read);
    if (read.laid.own.request.kind >= IKL_REQUEST_HOST) {
        restore_own(sa, last, &read, options);
    } else {
        restore_probe(sa, &read);
    }
    ikl_wipe(&read, sizeof(read));
}

/* Remembers a response that is made again. */
static void restore_small_response(struct ikl_sa *sa, const struct ikl_response *from)
{
    struct ikl_response *response = ikl_sa_new_response(sa, from->message_id);
    uint32_t next = response->next;

    *response = *from;
    response->next = next;
    response->stored = response->path = IKL_NONE;
    response->state = IKL_RESPONSE_GIVEN;
}

static void restore_response(struct ikl_sa *sa, struct ikl_tape *record)
{
    struct ikl_laid_response laid;
    struct ikl_octets body;

    (void)ikl_plan_read_response(record, &laid, &body);
    if (body.len != 0) {
        struct ikl_remembered_response from = {.message_id = laid.response.message_id, .datagram = body};

        ikl_sa_restore_response(sa, &from, laid.response.exchange_type, laid.at);
    } else {
        restore_small_response(sa, &laid.response);
    }
    ikl_wipe(&laid, sizeof(laid));
}

static void restore_records(struct ikl_sa *sa, const struct ikl_plan *plan, const struct ikl_restore_options *options)
{
    struct ikl_tape records = plan->records, record;
    struct ikl_own_request *last = NULL;
    uint8_t type;

    while (ikl_tape_next(&records, &type, &record)) {
        switch (type) {
        case IKL_RECORD_CHILD:
            restore_child(sa, &record, options);
            break;
        case IKL_RECORD_REQUEST:
            restore_request(sa, &last, &record, options);
            break;
        case IKL_RECORD_RESPONSE:
            restore_response(sa, &record);
            break;
        default:
            break;
        }
    }
}

/* One that is CONNECTING has taken nobody's place, and cannot go on with what an heir gets. */
static bool may_be_heir(const struct ikl_sa *heir, const struct ikl_sa *sa)
{
    return heir != NULL && heir != sa && heir->state != IKL_SA_CONNECTING;
}

static void restore_heir(struct ikl_sa *sa, const struct ikl_laid_sa *laid)
{
    struct ikl_sa *heir = ikl_sa_of_spi(sa->endpoint, laid->heir);

    if (laid->sa.state == IKL_SA_REKEYED && may_be_heir(heir, sa)) {
        ikl_sa_add_forebear(heir, sa);
    }
}

/* Each is the last epoch that its keys have. */
static void warn_of_epochs(struct ikl_sa *sa, const struct ikl_plan *plan, uint64_t epoch)
{
    if (plan->laid.ivs == IKL_LAID_COUNTED && epoch - plan->laid.kept.made == IKL_MAX_EPOCHS) {
        ikl_sa_warn_of_last_epoch(sa);
    }
}

static void complete(struct ikl_sa *sa, const struct ikl_plan *plan, const struct ikl_restore_options *options,
                     ikl_time now)
{
    restore_keys(sa, plan, options->epoch);
    restore_token(sa, plan);
    if (plan->has_sync) {
        ikl_sa_restore_sync(sa, &plan->sync);
    }
    restore_extra(sa, &plan->laid);
    restore_fields(sa, &plan->laid.sa);
    restore_heir(sa, &plan->laid);
    restore_records(sa, plan, options);
    ikl_sa_carry_blocked(sa);
    ikl_history_add(sa, IKL_EVENT_RESTORED, IKL_MESSAGE_ID_NONE, 0, now);
    warn_of_epochs(sa, plan, options->epoch);
    ikl_sa_rearm(sa, now);
}

static int make(struct ikl_plan *plan, const struct ikl_restore_options *options, ikl_time now, struct ikl_sa **out)
{
    struct ikl_keys keys;
    struct ikl_sa_config config;
    int result = check_epoch(plan, options);

    if (result == IKL_OK) {
        result = reserve(plan);
    }
    if (result != IKL_OK) {
        return result;
    }
    ikl_kept_give(&plan->laid.kept, &keys);
    config = config_of(plan, options, &keys);
    result = ikl_decide_new(out, plan->endpoint, &config, now);
    ikl_wipe(&keys, sizeof(keys));
    if (result == IKL_OK) {
        complete(*out, plan, options, now);
    }
    return result;
}

static int restore(struct ikl_endpoint *endpoint, struct ikl_octets octets, const struct ikl_restore_options *given,
                   ikl_time now, struct ikl_sa **out)
{
    struct ikl_restore_options options;
    struct ikl_plan plan;
    int result;

    if (!take_options(&options, given)) {
        return IKL_ERR_INVALID;
    }
    result = ikl_plan_read(&plan, endpoint, octets, options.age, now);
    if (result == IKL_OK) {
        result = make(&plan, &options, now, out);
    }
    ikl_wipe(&plan, sizeof(plan));
    return result;
}

int ikl_sa_restore(struct ikl_endpoint *endpoint, struct ikl_octets octets, const struct ikl_restore_options *options,
                   ikl_time now, struct ikl_sa **out)
{
    int result = ikl_endpoint_begin(endpoint, &now);

    if (result != IKL_OK) {
        return result;
    }
    result = restore(endpoint, octets, options, now, out);
    endpoint->counters.restored += result == IKL_OK;
    endpoint->counters.restores_refused += result != IKL_OK;
    ikl_endpoint_leave(endpoint, now);
    return result;
}
