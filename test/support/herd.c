/* SPDX-License-Identifier: ISC */
/* A host with many IKE SAs, and their peers. */
#include "herd.h"

#include "test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

void herd_begin(struct herd *herd, endpoint_change change, sa_change on_sas)
{
    memset(herd, 0, sizeof(*herd));
    host_init(&herd->host, "many", 0, change);
    host_init(&herd->peers, "peers", 0, NULL);
    for (uint32_t i = 0; i < HERD_SAS; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct ikl_sa *peer;

        test_sa_config(&config, &keys, suite, true, i);
        if (on_sas != NULL) {
            on_sas(&config);
        }
        assert_int_equal(ikl_sa_new(&herd->sas[i], herd->host.endpoint, &config, 0), IKL_OK);
        test_sa_config(&config, &keys, suite, false, i);
        config.liveness = IKL_LIVENESS_OFF;
        assert_int_equal(ikl_sa_new(&peer, herd->peers.endpoint, &config, 0), IKL_OK);
    }
    host_forget(&herd->host);
}

void herd_end(struct herd *herd)
{
    host_clear(&herd->host);
    host_clear(&herd->peers);
}

static void deliver(struct host *from, struct host *to)
{
    for (size_t i = 0; i < from->n_events; i++) {
        struct event *event = &from->events[i];

        if (event->kind == EVENT_SENT && !event->delivered) {
            event->delivered = true;
            (void)host_receive(to, event);
        }
    }
}

void herd_run(struct herd *herd, ikl_time until)
{
    while (herd->host.now < until) {
        ikl_time next = ikl_time_earlier(ikl_endpoint_next_deadline(herd->host.endpoint), until);

        herd->host.now = herd->peers.now = next;
        assert_int_equal(ikl_endpoint_advance(herd->host.endpoint, next), IKL_OK);
        if (herd->answered) {
            deliver(&herd->host, &herd->peers);
            deliver(&herd->peers, &herd->host);
        }
    }
}
