/* SPDX-License-Identifier: ISC */
/* ikeping --mobike: where the initiator goes (RFC 4555 §3.5). It goes elsewhere when its address is not its own any
 * more, when the peer says that it has left the address that we send to, and, to one pair of addresses after the
 * other, when a request stays without an answer. */
#include "mobike.h"
#include "move.h"
#include "report_mobike.h"
#include "session.h"

#include <string.h>

static bool locate(const struct session *session, unsigned n, const struct ikl_address *remote, struct ikl_path *out)
{
    const struct ikeping *ikeping = session->ikeping;

    return ikeping->locate(ikeping->user, n, remote, ikl_sa_path(session->sa)->encapsulated, out);
}

void mobike_add_update(const struct session *session, struct payload_list *list)
{
    payload_list_notify(list, IKL_NOTIFY_UPDATE_SA_ADDRESSES, (struct ikl_octets){NULL, 0});
    mobike_add_ends(session, list);
    mobike_add_addresses(session, list);
}

/* All IKE SAs of the session go along another path, with what is outstanding; the peer is told then. */
static void go(struct session *session, const struct ikl_path *to)
{
    const struct ikl_path *present = ikl_sa_path(session->sa);
    struct ikl_path path = *to;
    char local[IKEPING_ADDRESS_SIZE];

    path.mtu = present->mtu;
    path.behind_nat = present->behind_nat;
    session->mobike.pending = true;
    session->mobike.sends = 0;
    (void)ikl_address_text(&path.local, local, sizeof(local));
    move_show(session, &path.remote);
    report_moving(session->ikeping->report, session->peer, local);
    for (unsigned i = session->n_sas; i-- > 0;) {
        if (i < session->n_sas) { /* one may go down meanwhile */
            (void)!ikl_sa_set_path(session->sas[i], &path, ikeping_now(session->ikeping)); /* it has room for that */
        }
    }
}

/* Whether the address that we send from can still be sent from; if not, goes to the first that can. */
static void look(struct session *session)
{
    struct ikl_path present = *ikl_sa_path(session->sa), path;

    for (unsigned n = 0; locate(session, n, &present.remote, &path); n++) {
        if (mobike_same_ip(&path.local, &present.local)) {
            return;
        }
    }
    if (locate(session, 0, &present.remote, &path)) {
        go(session, &path);
    }
}

/* The peer's address with this number: the one that was sent to, what the peer has told, and where it was at first. */
static bool remote_of(const struct session *session, unsigned n, struct ikl_address *out)
{
    const struct mobike *mobike = &session->mobike;
    const struct ikl_address *first = &session->handshake.encapsulated.remote;
    uint16_t port = mobike->origin.remote.port;

    if (n > mobike->n_additional + 1 ||
        (n == mobike->n_additional + 1 && mobike_same_ip(first, &mobike->origin.remote))) {
        return false;
    }
    *out = n == 0 ? mobike->origin.remote : n <= mobike->n_additional ? mobike->additional[n - 1] : *first;
    out->port = port;
    return true;
}

/* The path with this number: each of our addresses to each of the peer's. False when there are no more. */
static bool path_of(const struct session *session, unsigned number, struct ikl_path *out)
{
    struct ikl_address remote;

    for (unsigned i = 0; remote_of(session, i, &remote); i++) {
        unsigned n = 0;

        while (locate(session, n, &remote, out)) {
            if (number-- == 0) {
                return true;
            }
            n++;
        }
    }
    return false;
}

/* Goes to the next path that was not tried yet, and after the last one back to the first, whose schedule then ends. */
static void try_next(struct session *session)
{
    struct mobike *mobike = &session->mobike;
    struct ikl_path path;

    if (!mobike->trying) {
        mobike->trying = true;
        mobike->origin = *ikl_sa_path(session->sa);
        mobike->next = 0;
    }
    while (path_of(session, mobike->next, &path)) {
        mobike->next++;
        if (!ikl_path_same(&path, &mobike->origin) && !ikl_path_same(&path, ikl_sa_path(session->sa))) {
            go(session, &path);
            return;
        }
    }
    path = mobike->origin;
    if (!ikl_path_same(&path, ikl_sa_path(session->sa))) {
        go(session, &path);
    }
}

void mobike_move(struct session *session)
{
    struct mobike *mobike = &session->mobike;
    bool silent = mobike->sends > MOBIKE_PATIENCE;
    struct ikl_path path;

    if (mobike->gone) {
        mobike->gone = false;
        if (locate(session, 0, &mobike->heard_at, &path)) {
            go(session, &path);
        }
    } else if (silent) {
        mobike->sends = 0;
        try_next(session);
    } else if (mobike->look) {
        mobike->look = false;
        look(session);
    }
}

void mobike_take_attempt(struct session *session, const struct ikl_attempt *attempt)
{
    struct mobike *mobike = &session->mobike;

    mobike->sends = attempt->retransmission == 0 ? 1 : mobike->sends + 1;
    mobike->look = attempt->cause != IKL_ATTEMPT_MOVED;
}

void mobike_take_answer(struct session *session)
{
    session->mobike.sends = 0;
    session->mobike.trying = false;
}

/* The next IKE SA with the gateway begins where this one is. */
static void remember_place(struct session *session)
{
    struct gateway_config *config = &session->gateway->config;
    const struct ikl_path *path = ikl_sa_path(session->sa);

    memcpy(config->plain.remote.ip, path->remote.ip, sizeof(path->remote.ip));
    memcpy(config->encapsulated.remote.ip, path->remote.ip, sizeof(path->remote.ip));
    config->plain.remote.family = config->encapsulated.remote.family = path->remote.family;
}

static void take_accepted(struct session *session, const struct init_message *message)
{
    struct ikl_path path = *ikl_sa_path(session->sa);

    if (message->nat_detection) {
        session->nat_here = !message->no_nat_here;
        session->nat_there = !message->no_nat_there;
    }
    path.behind_nat = path.encapsulated && (session->nat_here || session->ikeping->settings->nat_t);
    session->mobike.nat_refusals = 0;
    (void)!ikl_sa_set_path(session->sa, &path, ikeping_now(session->ikeping)); /* it is the same */
    session->mobike.accepted = path;
    remember_place(session);
    report_updated(session->ikeping->report, session->peer, session_nat(session->nat_here, session->nat_there));
}

/* What an attacker can do with one packet is tried again. From a path that the gateway does not want we go back. */
static void take_refusal(struct session *session, uint16_t refusal)
{
    struct mobike *mobike = &session->mobike;
    char why[HANDSHAKE_WHY_SIZE];

    if (refusal == IKL_NOTIFY_UNEXPECTED_NAT_DETECTED && ++mobike->nat_refusals < MOBIKE_NAT_TRIES) {
        mobike->pending = true;
        return;
    }
    mobike->nat_refusals = 0;
    handshake_explain(refusal, why, sizeof(why));
    report_update_refused(session->ikeping->report, session->peer, why);
    if (!ikl_path_same(&mobike->accepted, ikl_sa_path(session->sa))) {
        go(session, &mobike->accepted);
        mobike->pending = false; /* that is where the peer has us */
    }
}

void mobike_take_update(struct session *session, const struct ikl_outcome *outcome)
{
    const struct ikl_header header = {
        .spi_i = ikl_sa_spi_i(session->sa), .spi_r = ikl_sa_spi_r(session->sa), .next_payload = outcome->first_payload};
    struct init_message message;

    if (outcome->error != 0) {
        take_refusal(session, outcome->error);
    } else if (init_message_read(&message, &header, outcome->plaintext, ikl_sa_path(session->sa)) == IKL_OK) {
        take_accepted(session, &message);
    }
}
