/* SPDX-License-Identifier: ISC */
/* ikelive sa: the way from the first IKE_SA_INIT request to the keys (RFC 7296 §1.2, §2.6). */
#include "event.h"
#include "hand.h"
#include "request.h"

/* The IKE_SA_INIT or IKE_SESSION_RESUME request that is outstanding, or null. */
static struct ikl_own_request *init_request(const struct ikl_sa *sa)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    return !ikl_sa_has_keys(sa) && own != NULL && own->request.state == IKL_REQUEST_SENT ? own : NULL;
}

int ikl_sa_offer_init_response(struct ikl_sa *sa, const struct ikl_message *message)
{
    const struct ikl_header *header = &message->opened.header;
    struct ikl_octets datagram = message->datagram;
    struct ikl_init_response response = {.header = *header,
                                         .payloads = {datagram.data + IKL_HEADER_LEN, datagram.len - IKL_HEADER_LEN},
                                         .datagram = datagram,
                                         .path = message->path};
    const struct ikl_own_request *own = init_request(sa);
    int result;

    if ((header->flags & IKL_FLAG_INITIATOR) != 0) {
        return IKL_ERR_FLAGS;
    }
    if ((header->flags & IKL_FLAG_RESPONSE) == 0 || header->message_id != 0 || own == NULL ||
        header->exchange_type != own->request.exchange_type) {
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
    ikl_hand_init_response(sa, &response);
    return IKL_OK;
}

static bool needs_extra(const struct ikl_sa *sa, const struct ikl_protection *protection)
{
    return protection->fragmentation && sa->extra == IKL_NONE;
}

/* Ends the IKE_SA_INIT request, which has done its work. */
static void end_init_request(struct ikl_sa *sa, struct ikl_own_request *own, ikl_time now)
{
    const struct ikl_run *run = &own->request.run;

    ikl_send_window_answered(&sa->send_window, run->message_id);
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    ikl_history_add_counted(sa, IKL_EVENT_ANSWERED, run->message_id, ikl_run_times_sent(run), now);
    ikl_request_end(sa, &own->request, IKL_OUTCOME_ANSWERED);
}

static int take_protection(struct ikl_sa *sa, const struct ikl_protection *protection)
{
    const struct ikl_cipher *cipher;
    uint16_t keying;
    int result = ikl_sa_check_protection(sa->endpoint, protection, &cipher).error;

    if (result != IKL_OK) {
        return result;
    }
    if (ikl_sa_reserve_keys(sa->endpoint, &protection->suite, cipher, &keying) != IKL_OK ||
        ikl_share_reserve(sa->endpoint, ikl_share_of(sa->endpoint, cipher) - ikl_share_of(sa->endpoint, NULL)) !=
            IKL_OK ||
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
    return IKL_OK;
}

int ikl_decide_install_keys(struct ikl_sa *sa, uint64_t spi_r, const struct ikl_protection *protection, ikl_time now)
{
    struct ikl_own_request *own = init_request(sa);
    int result;

    if (!ikl_sa_may(sa, IKL_SA_MAY_CONNECT) || own == NULL) {
        return IKL_ERR_STATE;
    }
    if (spi_r == 0) {
        return IKL_ERR_INVALID;
    }
    result = take_protection(sa, protection);
    if (result == IKL_OK) {
        sa->spi_r = spi_r;
        end_init_request(sa, own, now);
    }
    return result;
}

static int restart(struct ikl_sa *sa, struct ikl_own_request *own, const struct ikl_payload *payloads, size_t n,
                   ikl_time now)
{
    struct ikl_draft draft = {.exchange_type = own->request.exchange_type,
                              .first_payload = ikl_chain_first(payloads, n)};
    struct ikl_content content = ikl_content_of(payloads, n);
    struct ikl_packing packing;
    uint32_t stored;
    int result = ikl_sa_compose(sa, &content, &draft.plaintext);

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
    ikl_run_begin(&own->request.run, own->request.run.schedule, 0, now, now, sa->endpoint->tick_slack,
                  ikl_request_jitter(sa, &own->request));
    ikl_run_set_reliable(&own->request.run, sa->path.reliable);
    ikl_request_transmit(sa, &own->request, now);
    return IKL_OK;
}

int ikl_decide_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now)
{
    struct ikl_own_request *own = init_request(sa);

    if (!ikl_sa_may(sa, IKL_SA_MAY_REQUEST)) {
        return IKL_ERR_STATE;
    }
    return own != NULL ? restart(sa, own, payloads, n, now) : IKL_ERR_NOT_FOUND;
}
