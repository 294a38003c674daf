/* SPDX-License-Identifier: ISC */
/* ikeping: an IKE SA that another member of a cluster takes over (RFC 6311). */
#include "takeover.h"

#include "session.h"

static const struct ikl_octets no_data = {NULL, 0};

/* Initialisation vectors of the one who takes over: behind all that the one before counts. */
static const uint64_t OTHER_IVS = (uint64_t)1 << 48;

enum { MOMENT = 50 }; /* ms */

void takeover_offer(const struct ikeping *ikeping, struct payload_list *list)
{
    if (ikeping->settings->sync) {
        payload_list_notify(list, IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED, no_data);
    }
}

static bool is_offered(const struct ikeping *ikeping, uint8_t first, struct ikl_octets payloads)
{
    return ikeping->settings->sync && (ikl_sync_offered(first, payloads) & IKL_SYNC_MESSAGE_IDS) != 0;
}

void takeover_accept(const struct ikeping *ikeping, uint8_t first, struct ikl_octets payloads,
                     struct payload_list *list)
{
    if (is_offered(ikeping, first, payloads)) {
        takeover_offer(ikeping, list);
    }
}

static void agree(struct session *session)
{
    session->syncs = ikl_sa_agree_sync(session->sa, IKL_SYNC_MESSAGE_IDS, ikeping_now(session->ikeping)) == IKL_OK;
}

void takeover_agree(struct session *session, uint8_t first, struct ikl_octets payloads)
{
    if (is_offered(session->ikeping, first, payloads)) {
        agree(session);
    }
}

void takeover_established(struct session *session)
{
    uint32_t after = session->ikeping->settings->takeover_after;

    if (after != 0 && session->syncs) {
        session->takeover = ikl_time_after(ikeping_now(session->ikeping), after);
    }
}

/* The new one has Message IDs of its own, of which no older state is at hand. */
void takeover_rekeyed(struct session *session)
{
    session->takeover = IKL_NEVER;
    if (session->syncs) {
        agree(session);
    }
}

/* The IKE SA as it was when IKE_AUTH was over. */
static struct ikl_sa_config config_of(struct session *session)
{
    struct ikl_sa_config config = session_sa_config(session, ikl_sa_path(session->sa));
    uint32_t after_auth = 2 + (uint32_t)session->handshake.additional.n_done;

    config.spi_i = ikl_sa_spi_i(session->sa);
    config.spi_r = ikl_sa_spi_r(session->sa);
    config.original_initiator = session->initiator;
    config.protection = session_protection(session);
    config.protection.iv_source = IKL_IV_FIRST;
    config.protection.iv_first = OTHER_IVS;
    config.ids.stated = true;
    config.ids.next_request = config.ids.unanswered = session->initiator ? after_auth : 0;
    config.ids.next_expected = session->initiator ? 0 : after_auth;
    return config;
}

/* The session goes on without it for a moment, so that its end is not the session's. */
static void lose(struct session *session)
{
    struct ikl_sa *old = session->sa;

    session->sa = NULL;
    ikl_sa_close(old, ikeping_now(session->ikeping));
}

static int take_over(struct session *session)
{
    struct ikl_sync_options options = {.size = sizeof(options)};
    struct ikl_sa_config config = config_of(session);
    struct ikl_sa_info info = {.size = sizeof(info)};
    ikl_time now = ikeping_now(session->ikeping);
    int error = ikl_sa_query(session->sa, &info);

    options.unknown_requests = info.next_request - config.ids.next_request;
    lose(session);
    if (error == IKL_OK) {
        error = session_new_sa(session, &config, &session->sa);
    }
    if (error == IKL_OK) {
        agree(session);
        report_takeover(session->ikeping->report, session->peer, options.unknown_requests);
        error = ikl_sa_sync(session->sa, &options, now);
    }
    return error;
}

void takeover_tick(struct session *session)
{
    ikl_time now = ikeping_now(session->ikeping);
    int error;

    if (session->takeover > now || session->phase != SESSION_ESTABLISHED) {
        return;
    }
    if (session->check_sa != NULL) { /* its answer is not to be missed */
        session->takeover = ikl_time_after(now, MOMENT);
        return;
    }
    session->takeover = IKL_NEVER;
    error = take_over(session);
    if (error != IKL_OK) {
        session_refuse(session, ikl_error_name(error));
        session_abandon(session);
    } else if (session->initiator) {
        session->next_check = ikl_time_after(now, session->ikeping->settings->interval);
    }
}
