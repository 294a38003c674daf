/* ikelive sa: the way from the first IKE_SA_INIT request to ESTABLISHED (RFC 7296 §1.2, §2.6).
 * SPDX-License-Identifier: ISC */
#include "sa.h"

/* The IKE_SA_INIT request that is outstanding, or null. */
static struct ikl_own_request *init_request(const struct ikl_sa *sa)
{
    struct ikl_own_request *own = ikl_sa_request_at(sa, sa->first_request);

    return !ikl_sa_has_keys(sa) && own != NULL && own->outgoing.state == IKL_OUTGOING_SENT ? own : NULL;
}

int ikl_sa_offer_init_response(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *header,
                               const uint8_t *datagram, size_t len)
{
    struct ikl_init_response response = {.header = *header,
                                         .payloads = {datagram + IKL_HEADER_LEN, len - IKL_HEADER_LEN},
                                         .datagram = {datagram, len},
                                         .path = path};
    const struct ikl_own_request *own = init_request(sa);
    int result;

    if ((header->flags & IKL_FLAG_INITIATOR) != 0) {
        return IKL_ERR_FLAGS;
    }
    if ((header->flags & IKL_FLAG_RESPONSE) == 0 || header->exchange != IKL_IKE_SA_INIT || header->message_id != 0 ||
        own == NULL) {
        return IKL_ERR_UNSOLICITED;
    }
    result = ikl_chain_check(header->next_payload, response.payloads, true, NULL);
    if (result != IKL_OK) {
        return result;
    }
    if (!ikl_sa_match_init_response(sa, own, &response)) {
        return IKL_ERR_UNSOLICITED;
    }
    sa->endpoint->counters.offered++;
    if (sa->endpoint->callbacks.init_response != NULL) {
        sa->endpoint->callbacks.init_response(sa->endpoint->user, sa, &response);
    }
    return IKL_OK;
}

static bool needs_extra(const struct ikl_sa *sa, const struct ikl_protection *protection)
{
    return protection->fragmentation && sa->extra == IKL_NONE;
}

/* The IKE_SA_INIT request has done its work. */
static void end_init_request(struct ikl_sa *sa, struct ikl_own_request *own, ikl_time now)
{
    struct ikl_ended_request ended = ikl_outgoing_ended(&own->outgoing, IKL_OUTCOME_ANSWERED);

    ikl_sa_forget_request(sa, own);
    ikl_send_window_answered(&sa->send_window, ended.outcome.message_id);
    ikl_liveness_request_answered(&sa->liveness, sa->liveness.heard);
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    ikl_history_add_counted(sa, IKL_EVENT_ANSWERED, ended.outcome.message_id, ended.outcome.sends, now);
    ikl_sa_rearm(sa, now);
    ikl_sa_report_outcome(sa, &ended);
}

int ikl_sa_install_keys(struct ikl_sa *sa, uint64_t spi_r, const struct ikl_protection *protection, ikl_time now)
{
    struct ikl_own_request *own = init_request(sa);
    const struct ikl_cipher *cipher;
    uint16_t keying;
    int result;

    if (sa->state != IKL_SA_CONNECTING || own == NULL || spi_r == 0 || ikl_endpoint_refuses(sa->endpoint, now)) {
        return IKL_ERR_INVALID;
    }
    result = ikl_sa_check_protection(sa->endpoint, protection, &cipher).error;
    if (result != IKL_OK) {
        return result;
    }
    if (ikl_sa_reserve_keys(sa->endpoint, &protection->suite, cipher, &keying) != IKL_OK ||
        ikl_share_reserve(sa->endpoint, ikl_share_of(sa->endpoint, cipher) - sa->endpoint->shares.own) != IKL_OK ||
        (needs_extra(sa, protection) && ikl_slab_reserve(&sa->endpoint->extras, 1) != IKL_OK)) {
        return IKL_ERR_NO_MEMORY;
    }
    ikl_share_leave(sa);
    result = ikl_sa_take_keys(sa, keying, protection);
    ikl_share_enter(sa);
    if (result != IKL_OK) {
        return result;
    }
    if (needs_extra(sa, protection)) {
        (void)ikl_sa_allocate_extra(sa); /* the room was reserved */
    }
    now = ikl_endpoint_clock(sa->endpoint, now);
    ikl_endpoint_enter(sa->endpoint);
    sa->spi_r = spi_r;
    end_init_request(sa, own, now);
    ikl_endpoint_leave(sa->endpoint);
    return IKL_OK;
}

int ikl_sa_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now)
{
    struct ikl_own_request *own = init_request(sa);
    struct ikl_draft draft = {.exchange = IKL_IKE_SA_INIT, .first_payload = ikl_chain_first(payloads, n)};
    struct ikl_packing packing;
    uint32_t stored;
    int result;

    if (sa->state != IKL_SA_CONNECTING && sa->state != IKL_SA_ESTABLISHED) {
        return IKL_ERR_CLOSING;
    }
    if (own == NULL) {
        return IKL_ERR_NOT_FOUND;
    }
    if (ikl_endpoint_refuses(sa->endpoint, now)) {
        return IKL_ERR_INVALID;
    }
    result = ikl_sa_compose(sa, payloads, n, &draft.plaintext);
    if (result == IKL_OK) {
        result = ikl_sa_pack(sa, &sa->path, draft.plaintext.len, &packing);
    }
    if (result == IKL_OK) {
        result = ikl_sa_seal_stored(sa, &draft, &packing, &stored);
    }
    if (result != IKL_OK) {
        return result;
    }
    result = ikl_sa_replace_init(sa, own, stored);
    if (result != IKL_OK) {
        ikl_sa_drop_body(sa, stored);
        return result;
    }
    now = ikl_endpoint_clock(sa->endpoint, now);
    ikl_endpoint_enter(sa->endpoint);
    ikl_exchange_begin(&own->outgoing.run, own->schedule, IKL_IKE_SA_INIT, 0, now, now, sa->endpoint->tick_slack,
                       ikl_endpoint_jitter(sa->endpoint, own->schedule));
    ikl_sa_rearm(sa, now);
    ikl_history_add(sa, IKL_EVENT_REQUESTED, 0, 0, now);
    ikl_outgoing_transmit(sa, &own->outgoing, now);
    ikl_endpoint_leave(sa->endpoint);
    return IKL_OK;
}

int ikl_sa_established(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_is_gone(sa)) {
        return IKL_ERR_CLOSING;
    }
    if (sa->state != IKL_SA_CONNECTING || !ikl_sa_has_keys(sa) || ikl_endpoint_refuses(sa->endpoint, now)) {
        return IKL_ERR_INVALID;
    }
    now = ikl_endpoint_clock(sa->endpoint, now);
    ikl_endpoint_enter(sa->endpoint);
    sa->established = now;
    sa->repeats_own = sa->repeats_other = 0; /* they count from there */
    ikl_liveness_heard(&sa->liveness, now);
    ikl_sa_keep_partials(sa);
    ikl_sa_enter_state(sa, IKL_SA_ESTABLISHED, now);
    if (!ikl_sa_is_gone(sa)) {
        ikl_sa_rearm(sa, now);
    }
    ikl_endpoint_leave(sa->endpoint);
    return IKL_OK;
}

void ikl_sa_peer_window(struct ikl_sa *sa, uint32_t size, ikl_time now)
{
    if (ikl_sa_is_gone(sa) || ikl_endpoint_refuses(sa->endpoint, now)) {
        return;
    }
    now = ikl_endpoint_clock(sa->endpoint, now);
    ikl_endpoint_enter(sa->endpoint);
    ikl_send_window_resize(&sa->send_window, size);
    ikl_sa_pump(sa, now);
    ikl_endpoint_leave(sa->endpoint);
}
