/* SPDX-License-Identifier: ISC */
#include "listener.h"
#include "test.h"

#include <ikelive/sim_cmocka.h>

static int listen(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    struct listener *listener = user;

    if (len == 0) {
        return IKL_OK;
    }
    if (listener->n < MAX_HEARD) {
        listener->heard[listener->n].at = now;
        listener->heard[listener->n].path = *path;
        listener->heard[listener->n].len = len;
        listener->heard[listener->n].first = datagram[0];
        listener->heard[listener->n].second = datagram[1];
    }
    listener->n++;
    return IKL_OK;
}

void listener_add(struct ikl_sim *sim, struct listener *listener)
{
    struct ikl_sim_host_config config = {
        .size = sizeof(config), .no_endpoint = true, .endpoint = {.user = listener}, .receive = listen};

    *listener = (struct listener){.n = 0};
    assert_int_equal(ikl_sim_add_host(sim, &config, &listener->host), IKL_OK);
}

void ends_begin_with(struct ends *ends, const struct ikl_sim_link_config *config)
{
    ends->sim = sim_new(5);
    listener_add(ends->sim, &ends->a);
    listener_add(ends->sim, &ends->b);
    assert_int_equal(ikl_sim_add_link(ends->a.host, ends->b.host, config, &ends->link), IKL_OK);
}

void ends_begin(struct ends *ends, const struct ikl_sim_weather *weather)
{
    struct ikl_sim_link_config config = {.size = sizeof(config), .weather = *weather};

    ends_begin_with(ends, &config);
}

void ends_send(const struct ends *ends, const struct listener *from, uint8_t number)
{
    struct ikl_path path = ikl_sim_path(ends->link, from->host);
    uint8_t octets[2] = {number, 0};

    assert_int_equal(ikl_sim_send(from->host, &path, octets, sizeof(octets)), IKL_OK);
}
