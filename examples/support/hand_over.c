/* SPDX-License-Identifier: ISC */
/* ikelive examples: an IKE SA between two hosts of one process, handed over to the library on both sides. */
#include "hand_over.h"

#include <stdio.h>

/* Hands one end over, as a host does after its IKE_AUTH exchange. */
static int open_end(const struct hand_over *what, struct host *hosts, int end, const struct agreed_keys *keys,
                    const struct key_offer *offers, struct ikl_sa **sa)
{
    bool initiates = end == HAND_OVER_INITIATOR;
    int other = initiates ? HAND_OVER_RESPONDER : HAND_OVER_INITIATOR;
    struct ikl_sa_config config = {
        .size = sizeof(config),
        .spi_i = offers[HAND_OVER_INITIATOR].spi,
        .spi_r = offers[HAND_OVER_RESPONDER].spi,
        .original_initiator = initiates,
        .path = host_path(&hosts[end], &hosts[other]),
        /* IKE_SA_INIT and IKE_AUTH took the initiator's Message IDs 0 and 1, and IKE_AUTH one IV at each end. */
        .protection = {.suite = what->suite, .keys = &keys->ike, .iv_source = IKL_IV_FIRST, .iv_first = 1},
        .ids = {.stated = true,
                .next_request = initiates ? 2 : 0,
                .unanswered = initiates ? 2 : 0,
                .next_expected = initiates ? 0 : 2},
        .liveness = initiates ? IKL_LIVENESS_PERIODIC : IKL_LIVENESS_OFF,
        .idle = what->idle,
        .schedule = what->schedule,
        .trim = what->trim,
        .round_trip_sends = what->round_trip_sends,
        .labels = what->labels != NULL ? &what->labels[end] : NULL,
    };
    int error = ikl_sa_new(sa, hosts[end].endpoint, &config, hosts[end].now);

    if (error == IKL_ERR_INVALID) {
        fprintf(stderr, "%s\n", ikl_sa_config_error(hosts[end].endpoint, &config));
    }
    for (size_t i = 0; i < N_CHILDREN && error == IKL_OK; i++) {
        struct ikl_child_config child = {
            .size = sizeof(child),
            .protocol = IKL_PROTOCOL_ESP,
            .spi_in = offers[end].child_spis[i],
            .spi_out = offers[other].child_spis[i],
        };

        error = ikl_sa_add_child(*sa, &child, NULL);
        if (error == IKL_ERR_INVALID) {
            fprintf(stderr, "%s\n", ikl_child_config_error(&child));
        }
    }
    return error;
}

int hand_over(const struct hand_over *what, struct host hosts[HAND_OVER_ENDS], struct ikl_sa *sas[HAND_OVER_ENDS])
{
    struct key_offer offers[HAND_OVER_ENDS];
    struct key_secret secrets[HAND_OVER_ENDS];
    struct agreed_keys keys[HAND_OVER_ENDS];
    uint64_t spi;
    int error = IKL_OK;

    for (int end = 0; end < HAND_OVER_ENDS && error == IKL_OK; end++) {
        error = ikl_endpoint_new_spi(hosts[end].endpoint, &spi);
        if (error == IKL_OK) {
            key_offer_make(&offers[end], &secrets[end], spi, what->randomness);
        }
    }
    for (int end = 0; end < HAND_OVER_ENDS && error == IKL_OK; end++) {
        error = key_agree(&keys[end], &what->suite, &secrets[end], &offers[HAND_OVER_INITIATOR],
                          &offers[HAND_OVER_RESPONDER], end == HAND_OVER_INITIATOR);
        if (error == IKL_OK) {
            error = open_end(what, hosts, end, &keys[end], offers, &sas[end]);
        }
    }
    /* No ESP flows here, so nothing else would notice if the keys of the Child SAs differed. */
    if (error == IKL_OK && !ikl_equal(&keys[HAND_OVER_INITIATOR].children[0][0],
                                      &keys[HAND_OVER_RESPONDER].children[0][0], sizeof(keys[0].children))) {
        error = IKL_ERR_CRYPTO;
    }
    ikl_wipe(secrets, sizeof(secrets));
    ikl_wipe(keys, sizeof(keys));
    return error;
}
