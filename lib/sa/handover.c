/* ikelive sa: hand-over. From keys, Message IDs and outstanding messages to a live IKE SA, or to an error and nothing.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

#include <string.h>

enum { EXCHANGE_OFFSET = 18 }; /* of the Exchange Type in an IKE header */

static const uint64_t COUNTED_IVS = (uint64_t)1 << 48;

uint64_t ikl_sa_own_spi(const struct ikl_sa *sa)
{
    return sa->original_initiator ? sa->spi_i : sa->spi_r;
}

/* A datagram of ours that comes along: an IKE message of this IKE SA, in our role, with this Message ID. */
static int check_datagram(const struct ikl_sa *sa, struct ikl_octets datagram, bool response, uint32_t message_id,
                          struct ikl_header *header)
{
    if (ikl_header_read(header, datagram.data, datagram.len) != IKL_OK || datagram.len > sa->endpoint->max_message ||
        header->spi_i != sa->spi_i || header->spi_r != sa->spi_r || header->message_id != message_id ||
        ((header->flags & IKL_FLAG_INITIATOR) != 0) != sa->original_initiator ||
        ((header->flags & IKL_FLAG_RESPONSE) != 0) != response) {
        return IKL_ERR_INVALID;
    }
    return IKL_OK;
}

static int check_outstanding(const struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    if (config->n_outstanding != config->ids.next_request - config->ids.unanswered) {
        return IKL_ERR_INVALID;
    }
    for (size_t i = 0; i < config->n_outstanding; i++) {
        const struct ikl_outstanding_request *request = &config->outstanding[i];
        struct ikl_header header;

        if (request->message_id != config->ids.unanswered + i || request->deadline == IKL_NEVER ||
            ikl_schedule_wait(sa->schedule, request->attempt) == 0 ||
            check_datagram(sa, request->datagram, false, request->message_id, &header) != IKL_OK) {
            return IKL_ERR_INVALID;
        }
    }
    return IKL_OK;
}

static int check_remembered(const struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    for (size_t i = 0; i < config->n_remembered; i++) {
        const struct ikl_remembered_response *response = &config->remembered[i];
        struct ikl_header header;

        if (!ikl_receive_window_remembers(&sa->receive_window, response->message_id) ||
            check_datagram(sa, response->datagram, true, response->message_id, &header) != IKL_OK) {
            return IKL_ERR_INVALID;
        }
    }
    return IKL_OK;
}

static int take_ids(struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    const struct ikl_message_ids *ids = &config->ids;

    if (!ids->stated) {
        return IKL_ERR_INVALID;
    }
    if (ids->own_window > 1) {
        return IKL_ERR_UNSUPPORTED;
    }
    if (ikl_send_window_init(&sa->send_window, ids->next_request, ids->unanswered,
                             ids->peer_window != 0 ? ids->peer_window : 1) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    return ikl_receive_window_init(&sa->receive_window, ids->next_expected, 1);
}

static int take_iv_source(struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    bool counted = config->iv_source == IKL_IV_FRESH_KEYS || config->iv_source == IKL_IV_FIRST;

    /* a counter that the IV has no room for would begin again */
    if (counted && sa->cipher->counter_iv && sa->cipher->iv_len < sizeof(sa->iv.next)) {
        return IKL_ERR_INVALID;
    }
    switch (config->iv_source) {
    case IKL_IV_FRESH_KEYS:
        sa->iv.next = 0;
        sa->iv_end = COUNTED_IVS;
        return IKL_OK;
    case IKL_IV_FIRST:
        if (config->iv_first > UINT64_MAX - COUNTED_IVS) {
            return IKL_ERR_INVALID;
        }
        sa->iv.next = config->iv_first;
        sa->iv_end = config->iv_first + COUNTED_IVS;
        return IKL_OK;
    case IKL_IV_CALLBACK:
        sa->iv.callback = config->next_iv;
        sa->iv_end = 0;
        return config->next_iv != NULL ? IKL_OK : IKL_ERR_INVALID;
    case IKL_IV_UNSTATED:
        break;
    }
    return sa->cipher->counter_iv ? IKL_ERR_INVALID : IKL_OK;
}

static int find_cipher(const struct ikl_endpoint *endpoint, const struct ikl_suite *suite,
                       const struct ikl_cipher **out)
{
    int result = IKL_ERR_UNSUPPORTED;

    for (size_t i = 0; i < endpoint->n_providers; i++) {
        int answer = endpoint->providers[i]->cipher(suite, out);

        if (answer == IKL_OK) {
            return IKL_OK;
        }
        /* the most telling of several refusals */
        if (answer != IKL_ERR_UNSUPPORTED) {
            result = answer;
        }
    }
    return result;
}

static int check_config(const struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    if (config->spi_i == 0 || config->spi_r == 0 || config->keys == NULL ||
        ikl_schedule_check(sa->schedule) != IKL_OK ||
        (config->liveness != IKL_LIVENESS_PERIODIC && config->liveness != IKL_LIVENESS_OFF) ||
        (config->labels != NULL && config->labels->size != sizeof(*config->labels))) {
        return IKL_ERR_INVALID;
    }
    if (config->keys->encr_key_len != sa->cipher->encr_key_len ||
        config->keys->integ_key_len != sa->cipher->integ_key_len) {
        return IKL_ERR_INVALID;
    }
    return IKL_OK;
}

/* Everything that can be decided without taking anything. `sa` is the caller's, on the stack. */
static int fill(struct ikl_sa *sa, struct ikl_endpoint *endpoint, const struct ikl_sa_config *config, ikl_time now)
{
    int result;

    memset(sa, 0, sizeof(*sa));
    sa->endpoint = endpoint;
    sa->user = config->user;
    sa->spi_i = config->spi_i;
    sa->spi_r = config->spi_r;
    sa->original_initiator = config->original_initiator;
    sa->path = config->path;
    sa->suite = config->suite;
    sa->schedule = config->schedule != NULL ? config->schedule : endpoint->schedule;
    sa->labels = config->labels;
    sa->serial = config->serial;
    sa->established = now;
    sa->state = IKL_SA_ESTABLISHED;
    sa->first_child = IKL_NONE;
    sa->first_request = IKL_NONE;
    sa->answer.stored = IKL_NONE;
    sa->answer.path = IKL_NONE;
    ikl_outgoing_init(&sa->probe);
    ikl_liveness_init(&sa->liveness, config->liveness, config->idle != 0 ? config->idle : endpoint->idle, now);
    result = find_cipher(endpoint, &config->suite, &sa->cipher);
    if (result == IKL_OK) {
        result = check_config(sa, config);
    }
    if (result == IKL_OK) {
        result = take_ids(sa, config);
    }
    if (result == IKL_OK) {
        result = take_iv_source(sa, config);
    }
    if (result == IKL_OK) {
        result = check_outstanding(sa, config);
    }
    return result == IKL_OK ? check_remembered(sa, config) : result;
}

/* Makes room for everything the IKE SA will ever need, so that nothing after this fails for memory. */
static int reserve(struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_slab *keys = ikl_endpoint_keys(endpoint, 2 * sa->cipher->state_size);
    uint32_t pieces = (uint32_t)(config->n_outstanding + config->n_remembered);
    size_t octets = 0;

    for (size_t i = 0; i < config->n_outstanding; i++) {
        octets += config->outstanding[i].datagram.len;
    }
    for (size_t i = 0; i < config->n_remembered; i++) {
        octets += config->remembered[i].datagram.len;
    }
    if (keys == NULL || ikl_slab_reserve(keys, 1) != IKL_OK || ikl_slab_reserve(&endpoint->sas, 1) != IKL_OK ||
        ikl_slab_reserve(&endpoint->requests, (uint32_t)config->n_outstanding) != IKL_OK ||
        (pieces != 0 && ikl_pool_reserve(&endpoint->pool, octets, pieces) != IKL_OK) ||
        ikl_spi_table_reserve(&endpoint->spis, endpoint->spis.n_used + 1) != IKL_OK ||
        ikl_wheel_reserve(endpoint->wheel, endpoint->sas.n_chunks * IKL_SLAB_CHUNK) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    return IKL_OK;
}

static int take_keys(struct ikl_sa *sa, const struct ikl_keys *keys)
{
    const struct ikl_cipher *cipher = sa->cipher;
    struct ikl_slab *slab = ikl_endpoint_keys(sa->endpoint, 2 * cipher->state_size);
    bool we_initiated = sa->original_initiator;
    int result;

    sa->keys = ikl_slab_take(slab);
    sa->send_key = ikl_slab_at(slab, sa->keys);
    sa->receive_key = sa->send_key + cipher->state_size;
    result =
        cipher->init(sa->send_key, we_initiated ? keys->sk_ei : keys->sk_er, we_initiated ? keys->sk_ai : keys->sk_ar);
    if (result == IKL_OK) {
        result = cipher->init(sa->receive_key, we_initiated ? keys->sk_er : keys->sk_ei,
                              we_initiated ? keys->sk_ar : keys->sk_ai);
        if (result != IKL_OK && cipher->clear != NULL) {
            cipher->clear(sa->send_key);
        }
    }
    if (result != IKL_OK) {
        ikl_slab_give(slab, sa->keys);
    }
    return result;
}

static uint32_t store(struct ikl_sa *sa, struct ikl_octets datagram)
{
    return ikl_pool_store(&sa->endpoint->pool, datagram.data, datagram.len);
}

/* Room was reserved and every datagram was checked, so nothing here can fail. */
static void take_outstanding(struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    uint32_t *link = &sa->first_request;

    for (size_t i = 0; i < config->n_outstanding; i++) {
        const struct ikl_outstanding_request *from = &config->outstanding[i];
        uint32_t index = ikl_slab_take(&sa->endpoint->requests);
        struct ikl_outgoing *request = ikl_slab_at(&sa->endpoint->requests, index);

        ikl_outgoing_init(request);
        request->run = (struct ikl_exchange){.schedule = sa->schedule,
                                             .first_sent = from->first_sent,
                                             .deadline = from->deadline,
                                             .message_id = from->message_id,
                                             .attempt = (uint16_t)from->attempt,
                                             .type = from->datagram.data[EXCHANGE_OFFSET]};
        request->stored = store(sa, from->datagram);
        request->outstanding = true;
        ikl_liveness_request_sent(&sa->liveness);
        *link = index;
        link = &request->next;
    }
}

static void take_remembered(struct ikl_sa *sa, const struct ikl_sa_config *config)
{
    for (size_t i = 0; i < config->n_remembered; i++) {
        const struct ikl_remembered_response *from = &config->remembered[i];

        ikl_sa_drop_answer(sa);
        sa->answer.message_id = from->message_id;
        sa->answer.stored = store(sa, from->datagram);
        sa->answer.state = IKL_ANSWER_GIVEN;
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

int ikl_sa_new(struct ikl_sa **out, struct ikl_endpoint *endpoint, const struct ikl_sa_config *config, ikl_time now)
{
    struct ikl_sa filled, *sa;
    int result;

    if (config->size != sizeof(*config)) {
        return IKL_ERR_INVALID;
    }
    if (endpoint->closing) {
        return IKL_ERR_CLOSING;
    }
    now = ikl_endpoint_clock(endpoint, now);
    result = fill(&filled, endpoint, config, now);
    if (result != IKL_OK) {
        return result;
    }
    if (spi_taken(&filled)) {
        return IKL_ERR_BUSY;
    }
    if (reserve(&filled, config) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    result = take_keys(&filled, config->keys);
    if (result != IKL_OK) {
        return result;
    }
    filled.self = ikl_slab_take(&endpoint->sas);
    sa = ikl_slab_at(&endpoint->sas, filled.self);
    *sa = filled;
    take_outstanding(sa, config);
    take_remembered(sa, config);
    ikl_spi_table_add(&endpoint->spis, ikl_sa_own_spi(sa), sa->self);
    endpoint->n_sas++;
    ikl_sa_rearm(sa, now);
    *out = sa;
    return IKL_OK;
}

void *ikl_sa_user(const struct ikl_sa *sa)
{
    return sa->user;
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

const struct ikl_path *ikl_sa_path(const struct ikl_sa *sa)
{
    return &sa->path;
}
