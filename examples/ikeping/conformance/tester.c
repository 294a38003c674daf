/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: before and after each check. */
#include "tester.h"

#include <ikelive/registry.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAREWELL_TIME = 500 };

void tester_begin(struct tester *tester)
{
    tester->fragmentation = tester->childless = tester->nat_here = tester->nat_there = tester->silent = false;
    tester->nonces = TESTER_NONCES_RANDOM;
    memset(tester->sas, 0, sizeof(tester->sas));
    tester->n_sas = 0;
    tester->sa = NULL;
    tester->last_sent = NULL;
    tester->finding = (struct finding){.verdict = VERDICT_NONE};
}

static void free_state(const struct tester_sa *sa, void *state)
{
    if (state != NULL && sa->cipher->clear != NULL) {
        sa->cipher->clear(state);
    }
    if (state != NULL) {
        ikl_wipe(state, sa->cipher->state_size);
    }
    free(state);
}

static void delete_sa(struct tester *tester, struct tester_sa *sa)
{
    struct payload_list list;
    struct datagram request;
    struct message response;
    uint32_t message_id = sa->next_request;

    tester->sa = sa;
    tester_compose_delete(&list);
    if (sa->established && !sa->deleted && tester_next_request(tester, IKL_INFORMATIONAL, &list, &request)) {
        tester_send(tester, &request);
        (void)tester_wait_response(tester, IKL_INFORMATIONAL, message_id, FAREWELL_TIME, &response);
        sa->deleted = true;
    }
}

void tester_delete_sas(struct tester *tester)
{
    for (size_t i = 0; i < tester->n_sas; i++) {
        delete_sa(tester, &tester->sas[i]);
    }
}

void tester_end(struct tester *tester)
{
    for (size_t i = 0; i < tester->n_sas; i++) {
        struct tester_sa *sa = &tester->sas[i];

        free_state(sa, sa->own);
        free_state(sa, sa->peer);
        handshake_free(&sa->handshake);
        ikl_wipe(sa, sizeof(*sa));
    }
    tester->n_sas = 0;
    trace_clear(&tester->trace);
}

bool tester_give_up(struct tester *tester, const char *why)
{
    if (tester->finding.verdict == VERDICT_NONE || tester->finding.verdict == VERDICT_PASS) {
        tester->finding.verdict = VERDICT_UNCLEAR;
        (void)snprintf(tester->finding.why, sizeof(tester->finding.why), "%s", why);
    }
    return false;
}

static bool leave_out(struct tester *tester)
{
    tester->finding.verdict = VERDICT_LEFT_OUT;
    return false;
}

bool tester_needs_gateway(struct tester *tester)
{
    return !tester->listens || leave_out(tester);
}

bool tester_needs_client(struct tester *tester)
{
    return tester->listens || leave_out(tester);
}

struct tester_sa *tester_find_sa(const struct tester *tester, uint64_t spi_i, uint64_t spi_r)
{
    for (size_t i = 0; i < tester->n_sas; i++) {
        const struct tester_sa *sa = &tester->sas[i];

        if (sa->spi_i == spi_i && sa->spi_r == spi_r) {
            return (struct tester_sa *)(uintptr_t)sa; /* the tester's, which is the caller's */
        }
    }
    return NULL;
}
