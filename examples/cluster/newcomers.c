/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: peers that are not authenticated yet. */
#include "newcomers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct handshake_terms terms_of(const struct newcomers *newcomers)
{
    const struct newcomers_config *config = newcomers->config;

    return (struct handshake_terms){
        .proposals = &config->proposals, .credentials = &config->credentials, .remote_id = &config->remote_id};
}

/* The newcomer that this very request has made; null when it is a new one. */
static const struct newcomer *find_repeated(const struct newcomers *newcomers, struct ikl_octets datagram)
{
    const struct newcomer *newcomer = newcomers->first;

    while (newcomer != NULL && (newcomer->handshake.request.len != datagram.len ||
                                memcmp(newcomer->handshake.request.data, datagram.data, datagram.len) != 0)) {
        newcomer = newcomer->next;
    }
    return newcomer;
}

static int make_sa(struct newcomers *newcomers, struct newcomer *newcomer, const struct arrival *arrival,
                   uint64_t spi_r, ikl_time now)
{
    const struct handshake *handshake = &newcomer->handshake;
    const struct ikl_sa_config config = {
        .size = sizeof(config),
        .spi_i = arrival->header->spi_i,
        .spi_r = spi_r,
        .path = *arrival->path,
        .follow_peer = true,
        .connecting = true,
        .protection = {.suite = handshake->proposal.suite,
                       .keys = &handshake->keys,
                       .iv_source = IKL_IV_FRESH_KEYS,
                       .fragmentation = handshake->fragmentation},
        .ids = {.stated = true, .next_expected = 1}, /* the request with Message ID 0 is answered here */
    };

    return ikl_sa_new(&newcomer->sa, newcomers->endpoint, &config, now);
}

static void add(struct newcomers *newcomers, struct newcomer *newcomer)
{
    newcomer->next = newcomers->first;
    newcomers->first = newcomer;
    newcomers->n++;
}

static void drop(struct newcomer *newcomer)
{
    handshake_free(&newcomer->handshake);
    ikl_wipe(newcomer, sizeof(*newcomer));
    free(newcomer);
}

/* Makes the newcomer and the answer. False when there is neither: a public value that may not be used, or no memory. */
static bool accept(struct newcomers *newcomers, struct arrival *arrival, ikl_time now, struct ikl_writer *answer)
{
    const struct handshake_terms terms = terms_of(newcomers);
    struct newcomer *newcomer = calloc(1, sizeof(*newcomer));
    uint64_t spi_r = 0;
    int error = newcomer != NULL ? ikl_endpoint_new_spi(newcomers->endpoint, &spi_r) : IKL_ERR_NO_MEMORY;

    if (error == IKL_OK) {
        error = arrival_accept(arrival, &terms, spi_r, &newcomer->handshake);
    }
    if (error == IKL_OK) {
        error = arrival_write(arrival, spi_r, answer);
    }
    if (error == IKL_OK &&
        !handshake_keep(&newcomer->handshake.response, (struct ikl_octets){answer->data, answer->len})) {
        error = IKL_ERR_NO_MEMORY;
    }
    if (error == IKL_OK) {
        error = make_sa(newcomers, newcomer, arrival, spi_r, now);
    }
    if (error == IKL_OK) {
        newcomer->until = ikl_time_after(now, HALF_OPEN_TIME);
        add(newcomers, newcomer);
    } else if (newcomer != NULL) {
        drop(newcomer);
    }
    return error == IKL_OK;
}

void newcomers_arrive(struct newcomers *newcomers, const struct ikl_path *path, struct ikl_octets datagram,
                      ikl_time now, struct ikl_writer *answer)
{
    struct ikl_header header;
    struct arrival arrival = {.path = path, .header = &header, .datagram = datagram};
    const struct newcomer *repeated;
    struct handshake_terms terms;
    bool done = true;

    if (newcomers->config == NULL || ikl_header_read(&header, datagram.data, datagram.len) != IKL_OK ||
        !arrival_is(&header)) {
        return;
    }
    repeated = find_repeated(newcomers, datagram);
    if (repeated != NULL) {
        ikl_write_octets(answer, repeated->handshake.response.data, repeated->handshake.response.len);
        return;
    }
    terms = terms_of(newcomers);
    if (arrival_read(&arrival) && arrival_admit(&arrival, newcomers->n, newcomers->config->cookie_secret) &&
        arrival_choose(&arrival, &terms)) {
        done = accept(newcomers, &arrival, now, answer);
    } else if (arrival.answer.n > 0) {
        done = arrival_write(&arrival, 0, answer) == IKL_OK;
    }
    answer->len = done ? answer->len : 0;
}

struct newcomer *newcomers_find(const struct newcomers *newcomers, const struct ikl_sa *sa)
{
    struct newcomer *newcomer = newcomers->first;

    while (newcomer != NULL && newcomer->sa != sa) {
        newcomer = newcomer->next;
    }
    return newcomer;
}

/* What is wrong with it; null: nothing. */
static const char *find_fault(const struct newcomers *newcomers, const struct newcomer *newcomer,
                              const struct ikl_peer_request *request, struct identity *remote,
                              char why[HANDSHAKE_WHY_SIZE])
{
    const struct handshake_terms terms = terms_of(newcomers);
    uint8_t first = request->first_payload;
    struct handshake_judgement judgement;
    const char *fault;

    if (request->exchange_type != IKL_IKE_AUTH) {
        return "the peer asks for something else than IKE_AUTH";
    }
    judgement = handshake_judge(&newcomer->handshake, false, &terms, first, request->plaintext, remote);
    fault = arrival_fault(&judgement, why);
    if (fault == NULL && (ikl_sync_offered(first, request->plaintext) & IKL_SYNC_MESSAGE_IDS) == 0) {
        return "the peer does not synchronise Message IDs, so that nobody could take it over";
    }
    return fault;
}

bool newcomers_judge(const struct newcomers *newcomers, struct newcomer *newcomer,
                     const struct ikl_peer_request *request, struct payload_list *answer)
{
    struct identity remote = {.type = 0};
    char why[HANDSHAKE_WHY_SIZE];
    const char *fault = find_fault(newcomers, newcomer, request, &remote, why);
    char peer[IDENTITY_TEXT_SIZE];

    identity_text(&remote, peer, sizeof(peer));
    printf("peer %s: %s\n", peer, fault != NULL ? fault : "authenticated");
    if (fault != NULL) {
        payload_list_init(answer);
        payload_list_notify(answer, IKL_NOTIFY_AUTHENTICATION_FAILED, (struct ikl_octets){NULL, 0});
        return false;
    }
    arrival_prove(&newcomer->handshake, &newcomers->config->credentials, &newcomers->config->id, answer);
    payload_list_notify(answer, IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED, (struct ikl_octets){NULL, 0});
    arrival_refuse_child(request->first_payload, request->plaintext, answer);
    return true;
}

void newcomers_remove(struct newcomers *newcomers, struct newcomer *newcomer)
{
    struct newcomer **link = &newcomers->first;

    while (*link != newcomer) {
        link = &(*link)->next;
    }
    *link = newcomer->next;
    newcomers->n--;
    drop(newcomer);
}

/* Freeing an IKE SA tells that it is down, which removes the newcomer. */
void newcomers_expire(struct newcomers *newcomers, ikl_time now)
{
    struct newcomer *next;

    for (struct newcomer *newcomer = newcomers->first; newcomer != NULL; newcomer = next) {
        next = newcomer->next;
        if (newcomer->until <= now) {
            ikl_sa_free(newcomer->sa);
        }
    }
}

void newcomers_clear(struct newcomers *newcomers)
{
    while (newcomers->first != NULL) {
        newcomers_remove(newcomers, newcomers->first);
    }
}
