/* SPDX-License-Identifier: ISC */
/* ikelive sim: datagrams, shared by the trace and by those that carry them. */
#include "inside.h"

#include <string.h>

struct ikl_sim_datagram *ikl_sim_datagram(struct ikl_sim *sim, uint64_t number, const uint8_t *octets, size_t len)
{
    struct ikl_sim_datagram *datagram = ikl_sim_allocate(sim, sizeof(*datagram) + len);

    if (datagram == NULL) {
        return NULL;
    }
    datagram->number = number;
    datagram->holders = 1;
    datagram->len = len;
    if (len != 0) {
        memcpy(datagram->octets, octets, len);
    }
    return datagram;
}

void ikl_sim_hold_datagram(struct ikl_sim_datagram *datagram)
{
    datagram->holders++;
}

void ikl_sim_drop_datagram(struct ikl_sim *sim, struct ikl_sim_datagram *datagram)
{
    if (datagram != NULL && --datagram->holders == 0) {
        ikl_sim_release(sim, datagram, sizeof(*datagram) + datagram->len);
    }
}
