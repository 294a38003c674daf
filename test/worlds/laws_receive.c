/* SPDX-License-Identifier: ISC */
/* What must hold in every world of datagrams that prove nothing. See laws.h. */
#include "laws.h"

#include <string.h>

void laws_look(struct laws *laws, struct laws_view *view, const struct laws_sas *of)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    memset(view, 0, sizeof(*view));
    for (size_t i = 0; i < of->n; i++) {
        view->infos[i].size = sizeof(view->infos[i]);
        if (*of->sas[i] != NULL) {
            laws_hold(laws, ikl_sa_query(*of->sas[i], &view->infos[i]) == IKL_OK, "an IKE SA tells nothing of itself");
            view->infos[i].counters.dropped = 0;
        }
    }
    laws_hold(laws, ikl_endpoint_query(of->endpoint, &counters) == IKL_OK, "an endpoint tells nothing of itself");
    view->next_deadline = ikl_endpoint_next_deadline(of->endpoint);
    view->sent = counters.sent - counters.tokens_shown; /* which are for no IKE SA that it has */
    view->accepted = counters.accepted;
    view->hints = counters.hints;
}

/* Any call tells an endpoint the time, up to which evidence counts: not the one alone that is looked at. */
static void tell_time(struct laws *laws, const struct laws_sas *of, const struct ikl_path *path, ikl_time now)
{
    laws_hold(laws, ikl_endpoint_receive(of->endpoint, path, (const uint8_t *)"", 0, now) != IKL_OK,
              "a datagram of no octets was accepted");
}

void laws_receive_forged(struct laws *laws, const struct laws_sas *of, const struct ikl_path *path,
                         struct ikl_octets datagram, ikl_time now)
{
    static struct laws_view before, after;

    tell_time(laws, of, path, now);
    laws_look(laws, &before, of);
    laws_hold(laws, ikl_endpoint_receive(of->endpoint, path, datagram.data, datagram.len, now) != IKL_OK,
              "a datagram was accepted that nobody sealed");
    laws_look(laws, &after, of);
    laws_hold(laws, before.hints != after.hints || memcmp(&before, &after, sizeof(before)) == 0,
              "a datagram that nobody sealed changed something");
}

static bool is_heard(const struct ikl_sa_info *before, const struct ikl_sa_info *after)
{
    return before->last_evidence != after->last_evidence || before->last_message != after->last_message ||
           before->next_expected != after->next_expected;
}

void laws_receive_again(struct laws *laws, const struct laws_sas *of, const struct ikl_path *path,
                        struct ikl_octets datagram, ikl_time now)
{
    static struct laws_view before, after;

    tell_time(laws, of, path, now);
    laws_look(laws, &before, of);
    (void)ikl_endpoint_receive(of->endpoint, path, datagram.data, datagram.len, now);
    laws_look(laws, &after, of);
    for (size_t i = 0; i < of->n && before.accepted == after.accepted; i++) {
        if (*of->sas[i] == NULL) {
            continue;
        }
        laws_hold(laws, !is_heard(&before.infos[i], &after.infos[i]),
                  "what is no fresh message was taken for evidence");
    }
}
