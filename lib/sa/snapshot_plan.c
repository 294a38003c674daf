/* SPDX-License-Identifier: ISC */
/* ikelive sa: reads a snapshot, and believes nothing of it. Each record is checked alone and against those before it,
 * so that nothing can go wrong when an IKE SA is made of them. */
#include "snapshot_plan.h"

#include "address.h"
#include "kept.h"
#include "octets.h"

#include "policy/goes_on.h"
#include "policy/judge.h"
#include "policy/round_trip.h"

enum { CLAIM_LEN = 5, EXCHANGE_OFFSET = 18 };

/* What has been read so far, and each record is checked against. */
struct reading {
    struct ikl_plan *plan;
    uint64_t next_id;    /* the least that the next request that was sent may have */
    uint64_t end_id;     /* one more than the most */
    uint32_t n_sent;     /* requests */
    uint32_t remembered; /* bit n: the response to the n-th request before `beyond` was read */
    bool has_queued;
};

static int check_header(struct ikl_octets octets)
{
    uint32_t check;

    if (octets.len < IKL_SNAPSHOT_HEADER_LEN) {
        return IKL_ERR_TRUNCATED;
    }
    if (ikl_load_u32(octets.data) != IKL_SNAPSHOT_MAGIC) {
        return IKL_ERR_MALFORMED;
    }
    if (ikl_load_u16(octets.data + 4) != IKL_SNAPSHOT_VERSION) {
        return IKL_ERR_VERSION;
    }
    if (ikl_load_u32(octets.data + IKL_SNAPSHOT_LENGTH_AT) != octets.len) {
        return IKL_ERR_TRUNCATED;
    }
    check = ikl_tape_check(0, octets.data, IKL_SNAPSHOT_CHECK_AT);
    check = ikl_tape_check(check, octets.data + IKL_SNAPSHOT_HEADER_LEN, octets.len - IKL_SNAPSHOT_HEADER_LEN);
    return check == ikl_load_u32(octets.data + IKL_SNAPSHOT_CHECK_AT) ? IKL_OK : IKL_ERR_MALFORMED;
}

static bool is_send_window(const struct ikl_send_window *window)
{
    struct ikl_send_window same;
    uint64_t outstanding = (uint64_t)window->next - window->unanswered;

    return ikl_send_window_init(&same, window->next, window->unanswered, window->size) == IKL_OK &&
           (window->answered & 1) == 0 && (outstanding == IKL_WINDOW_MAX || window->answered >> outstanding == 0);
}

static bool is_receive_window(const struct ikl_receive_window *window)
{
    struct ikl_receive_window same;
    uint32_t above = window->above, beyond = window->lowest;

    while (above != 0) {
        above >>= 1;
        beyond++;
    }
    return ikl_receive_window_init(&same, window->lowest, window->size) == IKL_OK && (window->above & 1) == 0 &&
           beyond == window->beyond && beyond - window->lowest <= window->size;
}

static bool is_state(const struct ikl_sa *sa)
{
    bool lives = sa->state == IKL_SA_ESTABLISHED || sa->state == IKL_SA_REKEYED || sa->state == IKL_SA_DELETING;

    return lives && sa->reachability < IKL_REACHABILITY_DOWN;
}

/* Counted initialisation vectors have a range in each epoch, of which there are so many. */
static bool are_epochs(const struct ikl_laid_sa *laid)
{
    const struct ikl_kept *kept = &laid->kept;

    return kept->epoch >= kept->made && (laid->ivs != IKL_LAID_COUNTED || kept->epoch - kept->made <= IKL_MAX_EPOCHS);
}

static bool is_sa(const struct ikl_laid_sa *laid)
{
    const struct ikl_sa *sa = &laid->sa;

    return sa->spi_i != 0 && sa->spi_r != 0 && is_state(sa) && is_send_window(&sa->send_window) &&
           is_receive_window(&sa->receive_window) && ikl_round_trip_is_valid(&sa->round_trip) &&
           sa->suspect_after != 0 && sa->idle.interval != 0 &&
           ikl_is_liveness_policy((enum ikl_liveness_policy)sa->idle.policy) && ikl_is_path(&sa->path) &&
           laid->ivs <= IKL_LAID_CALLBACK && are_epochs(laid) && sa->until != IKL_NEVER;
}

static int read_sa(struct ikl_plan *plan)
{
    struct ikl_tape record;
    uint8_t type;

    if (!ikl_tape_next(&plan->records, &type, &record) || type != IKL_RECORD_SA) {
        return IKL_ERR_MALFORMED;
    }
    ikl_lay_sa(&record, &plan->laid);
    return !record.failed && is_sa(&plan->laid) ? IKL_OK : IKL_ERR_MALFORMED;
}

static int read_keys(struct ikl_plan *plan)
{
    struct ikl_kept *kept = &plan->laid.kept;
    struct ikl_tape record;
    uint8_t type;
    int result;

    if (!ikl_tape_next(&plan->records, &type, &record) || type != IKL_RECORD_KEYS) {
        return IKL_ERR_MALFORMED;
    }
    ikl_lay_keys(&record, kept);
    if (record.failed) {
        return IKL_ERR_MALFORMED;
    }
    result = ikl_endpoint_cipher(plan->endpoint, &plan->laid.suite, &plan->cipher);
    if (result != IKL_OK) {
        return result;
    }
    return kept->encr_key_len == plan->cipher->encr_key_len && kept->integ_key_len == plan->cipher->integ_key_len &&
                   (plan->laid.ivs == IKL_LAID_RANDOM) == !plan->cipher->counter_iv
               ? IKL_OK
               : IKL_ERR_MALFORMED;
}

static bool is_child(const struct ikl_child *child)
{
    return (child->protocol == IKL_PROTOCOL_ESP || child->protocol == IKL_PROTOCOL_AH) && child->spi_in != 0 &&
           child->spi_out != 0;
}

static bool is_monitor(const struct ikl_tape *record, const struct ikl_monitor *monitor)
{
    ikl_time latest = ikl_time_after(record->now, IKL_MONITOR_MAX_TIME);

    return monitor->at <= latest && monitor->not_before <= latest && ikl_monitor_can_be(monitor);
}

static int read_child(struct ikl_plan *plan, struct ikl_tape *record)
{
    struct ikl_laid_child laid = {.tag = 0};

    ikl_lay_child(record, &laid);
    if (record->failed || !is_child(&laid.child) ||
        (laid.monitoring.config != NULL && !is_monitor(record, &laid.monitoring.monitor))) {
        return IKL_ERR_MALFORMED;
    }
    plan->n_children += !laid.child.monitored;
    plan->n_monitored += laid.child.monitored;
    return IKL_OK;
}

static bool read_body(struct ikl_tape *record, struct ikl_octets *body)
{
    size_t len = ikl_tape_u32(record, 0);

    *body = (struct ikl_octets){ikl_tape_read(record, len), len};
    return !record->failed;
}

bool ikl_plan_read_request(struct ikl_tape *record, struct ikl_read_request *out)
{
    struct ikl_run *run = &out->laid.own.request.run;

    out->laid = (struct ikl_laid_request){.tag = 0};
    ikl_lay_request(record, &out->laid);
    if (!run->blocked && run->lead > run->deadline) {
        run->lead = (uint32_t)run->deadline; /* it was sent before the clock began */
    }
    out->n_claims = ikl_tape_u32(record, 0);
    out->claims = *record;
    if (out->n_claims > (record->len - record->at) / CLAIM_LEN) {
        return false;
    }
    (void)ikl_tape_read(record, (size_t)CLAIM_LEN * out->n_claims);
    return read_body(record, &out->body);
}

/* Room for a body, and whether what is sent of it is ours. */
static int take_body(struct ikl_plan *plan, struct ikl_octets body, bool sent, bool response, uint32_t message_id,
                     uint8_t exchange_type)
{
    if (body.len > ikl_endpoint_aside_size(plan->endpoint->max_message)) {
        return IKL_ERR_INVALID;
    }
    if (sent && (!ikl_sa_is_own_message(&plan->laid.sa, body, response, message_id) ||
                 body.data[EXCHANGE_OFFSET] != exchange_type)) {
        return IKL_ERR_MALFORMED;
    }
    plan->octets += body.len;
    plan->n_bodies++;
    return IKL_OK;
}

/* The probe comes first, and our Delete has the last Message ID, the liveness check a lower one than others. */
static bool is_probe_in_place(struct reading *reading, const struct ikl_request *request)
{
    uint64_t id = request->run.message_id;

    if (reading->n_sent != 0 || reading->plan->n_requests != 0 || request->state != IKL_REQUEST_SENT) {
        return false;
    }
    if (request->kind == IKL_REQUEST_DELETE_SA) {
        reading->end_id = id;
        return reading->plan->laid.sa.state != IKL_SA_ESTABLISHED && id + 1 == reading->plan->laid.sa.send_window.next;
    }
    reading->next_id = id + 1;
    return true;
}

static bool is_own_in_place(struct reading *reading, const struct ikl_request *request)
{
    uint64_t id = request->run.message_id;

    reading->plan->n_requests++;
    if (request->state == IKL_REQUEST_QUEUED) {
        reading->has_queued = true;
        return true;
    }
    if (reading->has_queued || id < reading->next_id || id >= reading->end_id) {
        return false;
    }
    reading->next_id = id + 1;
    return true;
}

static bool is_run(const struct ikl_tape *record, const struct ikl_run *run)
{
    return run->sends != 0 && run->deadline <= ikl_time_after(record->now, UINT32_MAX) && ikl_run_goes_on(run);
}

/* Its outcome was told before there is an answer: that it was cancelled. */
static bool may_be_cancelled(const struct ikl_request *request)
{
    return request->kind == IKL_REQUEST_HOST && request->state == IKL_REQUEST_SENT;
}

static bool is_request(struct reading *reading, const struct ikl_tape *record, const struct ikl_own_request *own)
{
    const struct ikl_request *request = &own->request;
    bool is_probe = request->kind < IKL_REQUEST_HOST;

    if (request->silenced && !may_be_cancelled(request)) {
        return false;
    }
    if (!(is_probe ? is_probe_in_place(reading, request) : is_own_in_place(reading, request))) {
        return false;
    }
    if (request->state != IKL_REQUEST_SENT) {
        return true;
    }
    reading->n_sent++;
    return is_run(record, &request->run) &&
           ikl_window_awaits(&reading->plan->laid.sa.send_window, request->run.message_id);
}

static int take_request(struct reading *reading, struct ikl_tape *record, struct ikl_read_request *read)
{
    struct ikl_plan *plan = reading->plan;
    const struct ikl_own_request *own = &read->laid.own;
    bool sent;

    if (!ikl_plan_read_request(record, read) || !is_request(reading, record, own) ||
        (read->n_claims != 0 && own->request.kind != IKL_REQUEST_DELETE_CHILDREN)) {
        return IKL_ERR_MALFORMED;
    }
    sent = own->request.state == IKL_REQUEST_SENT;
    if (!sent && own->plaintext_len > plan->endpoint->max_message) {
        return IKL_ERR_INVALID;
    }
    if (own->small_len > IKL_SMALL_BODY ||
        (!sent && own->plaintext_len > (read->body.len != 0 ? read->body.len : own->small_len))) {
        return IKL_ERR_MALFORMED;
    }
    if (read->body.len == 0) {
        return plan->cipher->deterministic ? IKL_OK : IKL_ERR_UNSUPPORTED;
    }
    return take_body(plan, read->body, sent, false, own->request.run.message_id, (uint8_t)own->request.exchange_type);
}

static int read_request(struct reading *reading, struct ikl_tape *record)
{
    struct ikl_read_request read;
    int result = take_request(reading, record, &read);

    ikl_wipe(&read, sizeof(read));
    return result;
}

bool ikl_plan_read_response(struct ikl_tape *record, struct ikl_laid_response *laid, struct ikl_octets *body)
{
    *laid = (struct ikl_laid_response){.at = 0};
    ikl_lay_response(record, laid);
    return read_body(record, body);
}

/* Whether the peer may ask for it, and there is no other for the same request. */
static bool is_remembered(struct reading *reading, uint32_t message_id)
{
    const struct ikl_receive_window *window = &reading->plan->laid.sa.receive_window;
    uint32_t bit;

    if (ikl_window_judge(window, message_id) != IKL_ARRIVAL_REPEATED) {
        return false;
    }
    bit = ikl_window_bit(window->beyond - 1 - message_id);
    if ((reading->remembered & bit) != 0) {
        return false;
    }
    reading->remembered |= bit;
    return true;
}

static int take_response(struct reading *reading, struct ikl_tape *record, struct ikl_laid_response *laid)
{
    struct ikl_plan *plan = reading->plan;
    const struct ikl_response *response = &laid->response;
    struct ikl_octets body;

    if (!ikl_plan_read_response(record, laid, &body) || !is_remembered(reading, response->message_id) ||
        (response->stored == IKL_NONE) != (body.len == 0) || response->body_len > IKL_SMALL_BODY) {
        return IKL_ERR_MALFORMED;
    }
    if (body.len == 0) {
        return plan->cipher->deterministic ? IKL_OK : IKL_ERR_UNSUPPORTED;
    }
    return take_body(plan, body, true, true, response->message_id, response->exchange_type);
}

static int read_response(struct reading *reading, struct ikl_tape *record)
{
    struct ikl_laid_response laid;
    int result = take_response(reading, record, &laid);

    ikl_wipe(&laid, sizeof(laid));
    return result;
}

static int read_token(struct ikl_plan *plan, struct ikl_tape *record)
{
    if (plan->has_token) {
        return IKL_ERR_MALFORMED;
    }
    ikl_tape_octets(record, plan->digest, sizeof(plan->digest));
    plan->has_token = true;
    return !record->failed ? IKL_OK : IKL_ERR_MALFORMED;
}

static int read_sync(struct ikl_plan *plan, struct ikl_tape *record)
{
    if (plan->has_sync) {
        return IKL_ERR_MALFORMED;
    }
    ikl_lay_sync(record, &plan->sync);
    plan->has_sync = true;
    return !record->failed && (plan->sync.agreed & ~(IKL_SYNC_MESSAGE_IDS | IKL_SYNC_REPLAY_COUNTERS)) == 0
               ? IKL_OK
               : IKL_ERR_MALFORMED;
}

static int read_record(struct reading *reading, uint8_t type, struct ikl_tape *record)
{
    switch (type) {
    case IKL_RECORD_CHILD:
        return read_child(reading->plan, record);
    case IKL_RECORD_REQUEST:
        return read_request(reading, record);
    case IKL_RECORD_RESPONSE:
        return read_response(reading, record);
    case IKL_RECORD_TOKEN:
        return read_token(reading->plan, record);
    case IKL_RECORD_SYNC:
        return read_sync(reading->plan, record);
    default:
        return type >= IKL_RECORD_OPTIONAL ? IKL_OK : IKL_ERR_MALFORMED;
    }
}

static int read_records(struct ikl_plan *plan)
{
    struct reading reading = {.plan = plan, .end_id = IKL_MESSAGE_ID_NONE};
    struct ikl_tape records = plan->records, record;
    uint8_t type;
    int result = IKL_OK;

    while (result == IKL_OK && ikl_tape_next(&records, &type, &record)) {
        result = read_record(&reading, type, &record);
    }
    if (result != IKL_OK) {
        return result;
    }
    return !records.failed && reading.n_sent == ikl_send_window_outstanding(&plan->laid.sa.send_window)
               ? ikl_plan_check_children(plan)
               : IKL_ERR_MALFORMED;
}

int ikl_plan_read(struct ikl_plan *plan, struct ikl_endpoint *endpoint, struct ikl_octets octets, uint64_t age,
                  ikl_time now)
{
    int result = check_header(octets);

    memset(plan, 0, sizeof(*plan));
    plan->endpoint = plan->laid.sa.endpoint = endpoint;
    plan->records = (struct ikl_tape){
        .from = octets.data, .len = octets.len, .at = IKL_SNAPSHOT_HEADER_LEN, .now = now, .age = age};
    if (result == IKL_OK) {
        result = read_sa(plan);
    }
    if (result == IKL_OK) {
        result = read_keys(plan);
    }
    return result == IKL_OK ? read_records(plan) : result;
}
