/* SPDX-License-Identifier: ISC */
/* ikeping: where the peer is.
 *
 * Messages go to where the last fresh authenticated one came from, whatever NAT detection has found, unless we are
 * behind a NAT: then somebody in between could send us anywhere with one packet that he changed. With MOBIKE the peer
 * says where it is (RFC 4555 §3.8): see mobike.h. */
#include "move.h"

#include <string.h>

void move_show(struct session *session, const struct ikl_address *remote)
{
    (void)ikl_address_text(remote, session->peer, sizeof(session->peer));
    if (session->gateway != NULL && session->gateway->session == session) {
        memcpy(session->gateway->address, session->peer, sizeof(session->gateway->address));
    }
}

const struct ikl_path *move_path(const struct session *session)
{
    return session->moved_sa == session->sa ? &session->moved_to : ikl_sa_path(session->sa);
}

/* A responder learns from the IKE_AUTH request that the peer has gone over to its port 4500, behind a NAT or not. Who
 * opens another TCP connection is at its other end (RFC 9329 §6.1). */
static bool may_follow(const struct session *session, const struct ikl_path *path)
{
    return !session->nat_here || path->reliable || (!session->initiator && session->phase == SESSION_CONNECTING);
}

static bool is_told(const struct session *session)
{
    return session->phase == SESSION_ESTABLISHED || session->phase == SESSION_CLOSING;
}

/* The path may differ in our own address alone. */
static void tell_move(struct session *session, const struct ikl_address *remote)
{
    char before[sizeof(session->peer)];

    memcpy(before, session->peer, sizeof(before));
    move_show(session, remote);
    if (is_told(session) && strcmp(before, session->peer) != 0) {
        report_moved(session->ikeping->report, session->peer, before);
    }
}

/* Says it once for each address, not for each message. */
static void tell_elsewhere(struct session *session, const struct ikl_address *remote)
{
    char where[sizeof(session->elsewhere)];

    (void)ikl_address_text(remote, where, sizeof(where));
    if (is_told(session) && strcmp(where, session->peer) != 0 && strcmp(where, session->elsewhere) != 0) {
        memcpy(session->elsewhere, where, sizeof(where));
        report_elsewhere(session->ikeping->report, session->peer, where);
    }
}

void move_take_address(struct session *session, struct ikl_sa *sa, const struct ikl_path *path)
{
    if (session->mobike.agreed && is_told(session)) {
        return; /* it says where it goes */
    }
    if (may_follow(session, path)) {
        move_to(session, sa, path);
    } else {
        tell_elsewhere(session, &path->remote);
    }
}

void move_to(struct session *session, struct ikl_sa *sa, const struct ikl_path *path)
{
    session->moved_sa = sa;
    session->moved_to = *path;
    if (sa == session->sa) {
        tell_move(session, &path->remote);
    }
}

void move_finish(struct session *session)
{
    struct ikl_sa *sa = session->moved_sa;
    int moved;

    session->moved_sa = NULL;
    if (sa != NULL) {
        moved = ikl_sa_set_path(sa, &session->moved_to, ikeping_now(session->ikeping));
        (void)moved; /* there is memory for it, and an IKE SA that ends need not move */
    }
}
