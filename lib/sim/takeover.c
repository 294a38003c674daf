/* SPDX-License-Identifier: ISC */
/* ikelive sim: another member of a host's cluster takes its IKE SAs over, with Message IDs as they were a while ago. */
#include "inside.h"

enum { IV_BITS = 48 }; /* of the initialisation vectors that one member counts */

struct takeover {
    struct ikl_sim_job job;
    struct ikl_sim_host *host;
    uint32_t behind;
};

static uint32_t earlier(uint32_t message_id, uint32_t behind)
{
    return message_id > behind ? message_id - behind : 0;
}

/* The IKE SA is gone; nobody who would hear of it is there any more. */
static void lose(struct ikl_sim_host *host, struct ikl_sa *sa)
{
    host->dying = true;
    ikl_sa_free(sa);
    host->dying = false;
}

static void tell(struct ikl_sim_host *host, struct ikl_sa *sa, const struct ikl_sim_sa_config *config)
{
    const struct ikl_sim_play_config *play = &host->sim->play;

    if (host->config.took_over != NULL) {
        host->config.took_over(host->config.endpoint.user, host, sa, ikl_sim_host_now(host));
    }
    if (play->established != NULL) {
        play->established(play->user, host, sa, config);
    }
}

static int make_anew(const struct ikl_sim_agreement *agreement, struct ikl_sim_host *host, struct ikl_sa *old,
                     uint32_t behind)
{
    const struct ikl_sync_options options = {.size = sizeof(options), .unknown_requests = behind};
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct ikl_sim_going_on from;
    struct ikl_sa *sa;
    int result = ikl_sa_query(old, &info);

    if (result != IKL_OK) {
        return result;
    }
    from = (struct ikl_sim_going_on){.next_request = earlier(info.next_request, behind),
                                     .next_expected = earlier(info.next_expected, behind),
                                     .iv_first = host->sim->epoch << IV_BITS};
    lose(host, old);
    result = ikl_sim_make_end(agreement, ikl_sim_end_of(agreement->link, host), &from, &sa);
    if (result == IKL_OK) {
        result = ikl_sa_sync(sa, &options, ikl_sim_host_now(host));
    }
    if (result == IKL_OK) {
        tell(host, sa, &agreement->config);
    }
    return result;
}

static void take_over(const struct ikl_sim_agreement *agreement, struct ikl_sim_host *host, uint32_t behind)
{
    struct ikl_sa *sa = agreement->config.syncs ? ikl_sim_agreed_sa(agreement, host) : NULL;
    int result;

    if (sa == NULL || ikl_sa_state(sa) != IKL_SA_ESTABLISHED) {
        return;
    }
    result = make_anew(agreement, host, sa, behind);
    if (result != IKL_OK) {
        ikl_sim_fail(host->sim, result);
    }
}

static void run(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    const struct takeover *takeover = (const struct takeover *)job;
    struct ikl_sim_record record = ikl_sim_host_record(takeover->host, IKL_SIM_TAKEN_OVER);

    record.about.number = takeover->behind;
    ikl_sim_note_record(sim, &record, NULL);
    sim->epoch++;
    for (const struct ikl_sim_agreement *agreement = sim->first_agreement; agreement != NULL;
         agreement = agreement->next) {
        take_over(agreement, takeover->host, takeover->behind);
    }
}

void ikl_sim_take_over_at(struct ikl_sim_host *host, ikl_time at, uint32_t behind)
{
    struct takeover *takeover = ikl_sim_new_job(host->sim, sizeof(*takeover), run);

    if (takeover != NULL) {
        takeover->host = host;
        takeover->behind = behind;
        ikl_sim_queue_job(host->sim, &takeover->job, at);
    }
}
