/* SPDX-License-Identifier: ISC */
/* ikelive sim: what a host sends: recorded, lost by its manners, or on its way. */
#include "inside.h"

/* Whether this send fails, by the host's manners. */
static bool is_failing(struct ikl_sim_host *host)
{
    bool failing = ikl_sim_draw_chance(&host->chance, host->manners.send_failure);

    if (host->failing != 0) {
        host->failing--;
        failing = true;
    }
    return failing;
}

static bool is_blocked(const struct ikl_sim_host *host)
{
    return host->blocked && host->sim->now < host->blocked_until;
}

int ikl_sim_host_send(struct ikl_sim_host *host, struct ikl_sa *sa, const struct ikl_path *path,
                      struct ikl_octets octets, int result)
{
    struct ikl_sim *sim = host->sim;
    struct ikl_sim_datagram *datagram = ikl_sim_datagram(sim, ++sim->n_datagrams, octets.data, octets.len);
    struct ikl_sim_record record = ikl_sim_host_record(host, IKL_SIM_SENT);

    bool failing = is_failing(host);

    if (result == IKL_OK) {
        result = ikl_sim_is_broken(host, path) ? IKL_ERR_STATE
                 : is_blocked(host)            ? IKL_ERR_BLOCKED
                 : failing                     ? IKL_ERR_NO_BUFFER
                                               : IKL_OK;
    }
    if (datagram == NULL) {
        return result;
    }
    record.event = result == IKL_OK ? IKL_SIM_SENT : IKL_SIM_SEND_FAILED;
    record.sa = sa;
    record.spi_i = sa != NULL ? ikl_sa_spi_i(sa) : 0;
    record.spi_r = sa != NULL ? ikl_sa_spi_r(sa) : 0;
    record.result = result;
    record.datagram = datagram->number;
    record.about.path = *path;
    ikl_sim_note_record(sim, &record, datagram);
    if (result == IKL_OK) {
        ikl_sim_carry(host, path, datagram);
    }
    ikl_sim_drop_datagram(sim, datagram);
    return result;
}

int ikl_sim_send(struct ikl_sim_host *host, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    return ikl_sim_host_send(host, NULL, path, (struct ikl_octets){datagram, len}, IKL_OK);
}
