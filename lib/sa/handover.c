/* SPDX-License-Identifier: ISC */
/* ikelive sa: hand-over: turns keys, Message IDs and outstanding messages into a live IKE SA, or returns an error and
 * leaves nothing. */
#include "sa.h"

#include "address.h"
#include "endpoint/group.h"
#include "field.h"
#include "octets.h"
#include "out_of_line.h"
#include "sized.h"

#include <string.h>

enum { EXCHANGE_OFFSET = 18, LENGTH_OFFSET = 24 }; /* in an IKE header */

/* Whether a datagram that comes along is ours: an IKE message of this IKE SA, in our role, with this Message ID. */
static bool is_ours(const struct ikl_sa *sa, struct ikl_octets datagram, bool response, uint32_t message_id)
{
    struct ikl_header header;

    return ikl_header_read(&header, datagram.data, datagram.len) == IKL_OK &&
           datagram.len <= sa->endpoint->max_message && header.spi_i == sa->spi_i && header.spi_r == sa->spi_r &&
           header.message_id == message_id && ((header.flags & IKL_FLAG_INITIATOR) != 0) == sa->original_initiator &&
           ((header.flags & IKL_FLAG_RESPONSE) != 0) == response;
}

bool ikl_sa_is_own_message(const struct ikl_sa *sa, struct ikl_octets message, bool response, uint32_t message_id)
{
    do {
        size_t len = message.len >= IKL_HEADER_LEN ? ikl_load_u32(message.data + LENGTH_OFFSET) : 0;

        if (len > message.len || !is_ours(sa, (struct ikl_octets){message.data, len}, response, message_id)) {
            return false;
        }
        message.data += len;
        message.len -= len;
    } while (message.len != 0);
    return true;
}

static const char *wrong_request(const struct ikl_sa *sa, const struct ikl_outstanding_request *request,
                                 uint64_t message_id)
{
    if (request->message_id != message_id) {
        return IKL_FIELD("outstanding.message_id");
    }
    if (request->deadline == IKL_NEVER) {
        return IKL_FIELD("outstanding.deadline");
    }
    if (ikl_schedule_wait(sa->probe.run.schedule, request->attempt) == 0) {
        return IKL_FIELD("outstanding.attempt");
    }
    return ikl_sa_is_own_message(sa, request->datagram, false, request->message_id) ? NULL
                                                                                    : IKL_FIELD("outstanding.datagram");
}

static const char *wrong_outstanding(const struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    const char *field = NULL;

    if (config->n_outstanding != config->ids.next_request - config->ids.unanswered) {
        return IKL_FIELD("n_outstanding");
    }
    if (config->n_outstanding != 0 && config->outstanding == NULL) {
        return IKL_FIELD("outstanding");
    }
    for (size_t i = 0; i < config->n_outstanding && field == NULL; i++) {
        field = wrong_request(sa, &config->outstanding[i], (uint64_t)config->ids.unanswered + i);
    }
    return field;
}

static const char *wrong_remembered(const struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    if (config->n_remembered != 0 && config->remembered == NULL) {
        return IKL_FIELD("remembered");
    }
    for (size_t i = 0; i < config->n_remembered; i++) {
        const struct ikl_remembered_response *response = &config->remembered[i];

        if (!ikl_receive_window_remembers(&sa->receive_window, response->message_id)) {
            return IKL_FIELD("remembered.message_id");
        }
        if (!ikl_sa_is_own_message(sa, response->datagram, true, response->message_id)) {
            return IKL_FIELD("remembered.datagram");
        }
        for (size_t j = 0; j < i; j++) {
            if (config->remembered[j].message_id == response->message_id) {
                return IKL_FIELD("remembered.message_id");
            }
        }
    }
    return NULL;
}

/* An IKE SA that we initiate from the first packet has no Message IDs to state. */
static bool begins(const struct ikl_sa_config *config)
{
    return ikl_may_begin(config->connecting) && config->protection.keys == NULL;
}

/* The windows that the Message IDs of a config say, and which of these is wrong, or null. */
struct windows {
    struct ikl_send_window send;
    struct ikl_receive_window receive;
    const char *wrong;
};

static const char *read_ids(struct windows *out, const struct ikl_sa_config *config)
{
    const struct ikl_message_ids *ids = &config->ids;

    if (!ids->stated && !begins(config)) {
        return IKL_FIELD("ids.stated");
    }
    if ((ids->reserved[0] | ids->reserved[1]) != 0) {
        return IKL_FIELD("ids.reserved");
    }
    if (ikl_send_window_init(&out->send, ids->next_request, ids->next_request, 1) != IKL_OK) {
        return IKL_FIELD("ids.next_request");
    }
    if (ikl_send_window_init(&out->send, ids->next_request, ids->unanswered, IKL_WINDOW_MAX) != IKL_OK) {
        return IKL_FIELD("ids.unanswered");
    }
    if (ikl_send_window_init(&out->send, ids->next_request, ids->unanswered,
                             ids->peer_window != 0 ? ids->peer_window : 1) != IKL_OK) {
        return IKL_FIELD("ids.peer_window");
    }
    if (ikl_receive_window_init(&out->receive, ids->next_expected, 1) != IKL_OK) {
        return IKL_FIELD("ids.next_expected");
    }
    return ikl_receive_window_init(&out->receive, ids->next_expected, ids->own_window != 0 ? ids->own_window : 1) !=
                   IKL_OK
               ? IKL_FIELD("ids.own_window")
               : NULL;
}

static struct windows windows_of(const struct ikl_sa_config *config)
{
    struct windows windows = {.wrong = NULL};

    windows.wrong = read_ids(&windows, config);
    return windows;
}

/* Of an IKE SA that begins, nothing can have happened yet. */
static const char *wrong_beginning(const struct ikl_sa_config *config)
{
    if (config->spi_r != 0) {
        return IKL_FIELD("spi_r");
    }
    if (!config->original_initiator) {
        return IKL_FIELD("original_initiator");
    }
    if (config->ids.next_request != 0) {
        return IKL_FIELD("ids.next_request");
    }
    return config->ids.next_expected != 0 ? IKL_FIELD("ids.next_expected") : NULL;
}

static const char *wrong_plain(const struct ikl_endpoint *endpoint, const struct ikl_sa_config *config)
{
    if (config->schedule != NULL && ikl_schedule_check(config->schedule) != IKL_OK) {
        return IKL_FIELD("schedule");
    }
    if (!ikl_is_liveness_policy(config->liveness)) {
        return IKL_FIELD("liveness");
    }
    if (!ikl_is_path(&config->path)) {
        return ikl_is_address(&config->path.local) ? IKL_FIELD("path.remote") : IKL_FIELD("path.local");
    }
    if (endpoint != NULL && config->path_group >= endpoint->n_groups) {
        return IKL_FIELD("path_group");
    }
#ifdef IKL_WITHOUT_ROUND_TRIPS
    if (config->round_trip_sends || config->trim) {
        return config->trim ? IKL_FIELD("trim") : IKL_FIELD("round_trip_sends");
    }
#endif
    if (config->spi_i == 0) {
        return IKL_FIELD("spi_i");
    }
    if (begins(config)) {
        return wrong_beginning(config);
    }
    return config->spi_r == 0 ? IKL_FIELD("spi_r") : NULL;
}

/* Whether the Message IDs show that the keys have sealed something. While the IKE SA is CONNECTING they do not: they
 * count IKE_SA_INIT too, which is not sealed. */
static bool is_sealed_with(const struct ikl_sa_config *config)
{
    return !config->connecting && (config->ids.next_request != 0 || config->ids.next_expected != 0);
}

/* Finds what is wrong with the config. `sa` was made of it, with these windows. */
static struct ikl_fault check(const struct ikl_sa *sa, const struct ikl_sa_config *config,
                              const struct windows *windows, const struct ikl_cipher **cipher)
{
    const char *field = wrong_plain(sa->endpoint, config);
    struct ikl_fault fault;

    if (field == NULL && !ikl_are_labels(config->labels)) {
        field = IKL_FIELD("labels");
    }
    if (field == NULL) {
        field = windows->wrong;
    }
    fault = field != NULL    ? ikl_wrong(field)
            : begins(config) ? IKL_NO_FAULT
                             : ikl_sa_check_protection(sa->endpoint, &config->protection, cipher);
    if (fault.field != NULL) {
        return fault;
    }
    if (config->protection.iv_source == IKL_IV_FRESH_KEYS && is_sealed_with(config)) {
        return ikl_wrong(IKL_FIELD("protection.iv_source"));
    }
    if (sa->endpoint != NULL) {
        field = wrong_outstanding(sa, config);
        field = field != NULL ? field : wrong_remembered(sa, config);
    }
    return field != NULL ? ikl_wrong(field) : IKL_NO_FAULT;
}

static bool take_config(struct ikl_sa_config *to, const struct ikl_sa_config *from)
{
    return ikl_sized_take(to, sizeof(*to), from, IKL_END_OF(struct ikl_sa_config, ids));
}

/* Null only when there is no endpoint. */
static const struct ikl_schedule *schedule_of(const struct ikl_endpoint *endpoint, const struct ikl_sa_config *config)
{
    return config->schedule != NULL || endpoint == NULL ? config->schedule : endpoint->schedule;
}

/* An IKE SA as it begins. What of it changes later is written by the file of its concept alone. */
IKL_OUT_OF_LINE static struct ikl_sa made_of(struct ikl_endpoint *endpoint, const struct ikl_sa_config *config,
                                             const struct windows *windows, struct ikl_idle idle, ikl_time now)
{
    return (struct ikl_sa){
        .endpoint = endpoint,
        .user = config->user,
        .spi_i = config->spi_i,
        .spi_r = config->spi_r,
        .original_initiator = config->original_initiator,
        .state = config->connecting ? IKL_SA_CONNECTING : IKL_SA_ESTABLISHED,
        .send_window = windows->send,
        .receive_window = windows->receive,
        .idle = idle,
        .established = now,
        .last_message = now,
        .path = config->path,
        .group = config->path_group,
        .follow_peer = config->follow_peer,
        .early_requests = config->early_requests,
        .round_trip_sends = config->round_trip_sends,
        .trim = config->trim,
        .suspect_after = config->suspect_after != 0 ? config->suspect_after : 1,
        .labels = config->labels,
        .probe = {.run = {.schedule = schedule_of(endpoint, config)},
                  .stored = IKL_NONE,
                  .kind = IKL_REQUEST_PROBE,
                  .exchange_type = IKL_INFORMATIONAL},
        .marks = {.next = IKL_NONE},
        .keying = IKL_NO_KEYING,
        .keys = IKL_NONE,
        .first_child = IKL_NONE,
        .first_request = IKL_NONE,
        .first_response = IKL_NONE,
        .extra = IKL_NONE,
        .first_forebear = IKL_NONE,
        .heir = IKL_NONE,
    };
}

static const char *wrong_field(const struct ikl_endpoint *endpoint, const struct ikl_sa_config *config)
{
    struct windows windows = windows_of(config);
    struct ikl_sa sa =
        made_of((struct ikl_endpoint *)(uintptr_t)endpoint, config, &windows, (struct ikl_idle){.heard = 0}, 0);
    const struct ikl_cipher *cipher;

    return check(&sa, config, &windows, &cipher).field; /* the endpoint is only read */
}

const char *ikl_sa_config_error(const struct ikl_endpoint *endpoint, const struct ikl_sa_config *config)
{
    struct ikl_sa_config taken;

    return take_config(&taken, config) ? wrong_field(endpoint, &taken) : IKL_FIELD("size");
}

static bool wants_extra(const struct ikl_sa_config *config)
{
    return config->protection.fragmentation || config->path.behind_nat || config->roaming ||
           config->liveness == IKL_LIVENESS_ON_DEMAND;
}

/* Makes room in the pool for what the IKE SA will own and for what comes along. */
static int reserve_bodies(const struct ikl_sa *sa, const struct ikl_sa_config *config, const struct ikl_cipher *cipher)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    uint32_t own = ikl_share_of(endpoint, cipher);
    uint32_t pieces = (uint32_t)(config->n_outstanding + config->n_remembered);
    size_t octets = 0;

    for (size_t i = 0; i < config->n_outstanding; i++) {
        octets += config->outstanding[i].datagram.len;
    }
    for (size_t i = 0; i < config->n_remembered; i++) {
        octets += config->remembered[i].datagram.len;
    }
    if (ikl_share_reserve(endpoint, own) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    return pieces != 0 ? ikl_share_reserve_bodies(endpoint, own, octets, pieces) : IKL_OK;
}

int ikl_sa_reserve_place(struct ikl_endpoint *endpoint)
{
    if (ikl_slab_reserve(&endpoint->sas, 1) != IKL_OK ||
        ikl_spi_table_reserve(&endpoint->spis, ikl_spi_table_n_used(&endpoint->spis) + 1) != IKL_OK ||
        ikl_wheel_reserve(endpoint->wheel, ikl_slab_n_chunks(&endpoint->sas) * IKL_SLAB_CHUNK) != IKL_OK ||
        (endpoint->history_events != 0 &&
         ikl_slab_match(&endpoint->histories, ikl_slab_n_chunks(&endpoint->sas)) != IKL_OK)) {
        return IKL_ERR_NO_MEMORY;
    }
    return IKL_OK;
}

/* Copied as a whole, so that no field is written here but those that say where it is. */
void ikl_sa_liken(struct ikl_sa *there, const struct ikl_sa *sa, struct ikl_endpoint *endpoint)
{
    memcpy(there, sa, sizeof(*there));
    there->endpoint = endpoint;
}

struct ikl_sa *ikl_sa_place(const struct ikl_sa *sa, struct ikl_endpoint *endpoint)
{
    uint32_t index = ikl_slab_take(&endpoint->sas);
    struct ikl_sa *there = ikl_slab_at(&endpoint->sas, index);

    ikl_sa_liken(there, sa, endpoint);
    there->self = index;
    return there;
}

void ikl_sa_enroll(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    ikl_spi_table_add(&endpoint->spis, ikl_sa_own_spi(sa), sa->self);
    ikl_tombstones_spi_used(endpoint->tombstones, ikl_sa_own_spi(sa));
    ikl_group_join(endpoint, sa->group);
}

/* Makes room for everything the IKE SA will ever need, so that nothing later fails for lack of memory. */
static int reserve(const struct ikl_sa *sa, const struct ikl_sa_config *config, const struct ikl_cipher *cipher,
                   uint16_t *keying)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    if ((!begins(config) && ikl_sa_reserve_keys(endpoint, &config->protection.suite, cipher, keying) != IKL_OK) ||
        ikl_sa_reserve_place(endpoint) != IKL_OK ||
        ikl_sa_reserve_responses(endpoint, sa->receive_window.size) != IKL_OK ||
        ikl_slab_reserve(&endpoint->requests, (uint32_t)config->n_outstanding) != IKL_OK ||
        (wants_extra(config) && ikl_slab_reserve(&endpoint->extras, 1) != IKL_OK) ||
        reserve_bodies(sa, config, cipher) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    return IKL_OK;
}

/* Room is reserved and every datagram is checked, so nothing here can fail. */
static void take_over(struct ikl_sa *sa, const struct ikl_sa_config *config, ikl_time now)
{
    for (size_t i = 0; i < config->n_outstanding; i++) {
        const struct ikl_outstanding_request *request = &config->outstanding[i];

        ikl_sa_resume_request(sa, request, request->datagram.data[EXCHANGE_OFFSET], now);
    }
    for (size_t i = 0; i < config->n_remembered; i++) {
        const struct ikl_remembered_response *response = &config->remembered[i];

        ikl_sa_restore_response(sa, response, response->datagram.data[EXCHANGE_OFFSET], now);
    }
}

static uint64_t spi_at(const void *context, uint32_t index)
{
    return ikl_sa_own_spi(ikl_slab_at(context, index));
}

static bool spi_taken(const struct ikl_sa *sa)
{
    return ikl_spi_table_find(&sa->endpoint->spis, ikl_sa_own_spi(sa), spi_at, &sa->endpoint->sas) != IKL_NONE;
}

/* Nothing fails any more. */
static struct ikl_sa *commit(const struct ikl_sa *first, const struct ikl_sa_config *config, ikl_time now)
{
    struct ikl_sa *sa = ikl_sa_place(first, first->endpoint);

    ikl_share_enter(sa);
    ikl_history_reset(sa);
    if (wants_extra(config)) {
        (void)ikl_sa_allocate_extra(sa);
    }
    ikl_sa_take_responses(sa, sa->receive_window.size);
    take_over(sa, config, now);
    ikl_sa_enroll(sa);
    ikl_sa_rearm(sa, now);
    return sa;
}

static struct ikl_idle idle_of(struct ikl_endpoint *endpoint, const struct ikl_sa_config *config, ikl_time now)
{
    struct ikl_idle idle;

    ikl_idle_init(&idle, config->liveness, ikl_sa_idle_interval(endpoint, config->idle), config->at_least, now);
    return idle;
}

static int make(struct ikl_sa **out, struct ikl_endpoint *endpoint, const struct ikl_sa_config *config, ikl_time now)
{
    struct windows windows = windows_of(config);
    struct ikl_sa sa = made_of(endpoint, config, &windows, idle_of(endpoint, config, now), now);
    const struct ikl_cipher *cipher = NULL;
    uint16_t keying;
    int result = check(&sa, config, &windows, &cipher).error;

    if (result != IKL_OK) {
        return result;
    }
    if (spi_taken(&sa)) {
        return IKL_ERR_BUSY;
    }
    if (reserve(&sa, config, cipher, &keying) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    if (!begins(config)) {
        result = ikl_sa_take_keys(&sa, keying, &config->protection);
    }
    if (result == IKL_OK) {
        *out = commit(&sa, config, now);
    }
    return result;
}

int ikl_decide_new(struct ikl_sa **out, struct ikl_endpoint *endpoint, const struct ikl_sa_config *given, ikl_time now)
{
    struct ikl_sa_config config;

    if (!take_config(&config, given)) {
        return IKL_ERR_INVALID;
    }
    return !endpoint->closing ? make(out, endpoint, &config, now) : IKL_ERR_STATE;
}

void *ikl_sa_user(const struct ikl_sa *sa)
{
    return sa->user;
}

void ikl_sa_set_user(struct ikl_sa *sa, void *user)
{
    sa->user = user;
}

struct ikl_endpoint *ikl_sa_endpoint(const struct ikl_sa *sa)
{
    return sa->endpoint;
}

uint64_t ikl_sa_spi_i(const struct ikl_sa *sa)
{
    return sa->spi_i;
}

uint64_t ikl_sa_spi_r(const struct ikl_sa *sa)
{
    return sa->spi_r;
}
