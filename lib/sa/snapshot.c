/* SPDX-License-Identifier: ISC */
/* ikelive sa: writes a snapshot. What is in it, and why, stands in <ikelive/snapshot.h>; how, in snapshot_layout.c. */
#include "extra.h"
#include "kept.h"
#include "keying.h"
#include "monitored.h"
#include "remembered.h"
#include "snapshot_layout.h"
#include "syncing.h"

#include "octets.h"

#include "policy/judge.h"

#include <ikelive/snapshot.h>

static void write_header(struct ikl_tape *tape)
{
    (void)ikl_tape_u32(tape, IKL_SNAPSHOT_MAGIC);
    (void)ikl_tape_u16(tape, IKL_SNAPSHOT_VERSION);
    (void)ikl_tape_u16(tape, 0);
    (void)ikl_tape_u64(tape, 0); /* the length and the check, which come last */
}

static void complete_header(struct ikl_tape *tape)
{
    uint32_t check;

    ikl_store_u32(tape->to + IKL_SNAPSHOT_LENGTH_AT, (uint32_t)tape->at);
    check = ikl_tape_check(0, tape->to, IKL_SNAPSHOT_CHECK_AT);
    check = ikl_tape_check(check, tape->to + IKL_SNAPSHOT_HEADER_LEN, tape->at - IKL_SNAPSHOT_HEADER_LEN);
    ikl_store_u32(tape->to + IKL_SNAPSHOT_CHECK_AT, check);
}

static enum ikl_laid_ivs ivs_of(const struct ikl_sa *sa)
{
    if (!ikl_sa_cipher(sa)->counter_iv) {
        return IKL_LAID_RANDOM;
    }
    return sa->iv_end != 0 ? IKL_LAID_COUNTED : IKL_LAID_CALLBACK;
}

/* Takes a request back, as if it had not come. */
static void forget_request(struct ikl_receive_window *window, uint32_t message_id)
{
    uint64_t received = (uint64_t)window->above;
    uint32_t lowest = window->lowest;

    if (message_id < lowest) {
        uint32_t n = lowest - message_id;

        received = received << n | ((UINT64_C(1) << n) - 1);
        lowest = message_id;
    }
    received &= ~(UINT64_C(1) << (message_id - lowest));
    *window = (struct ikl_receive_window){
        .lowest = lowest, .beyond = lowest, .above = (uint32_t)received, .size = window->size};
    while (received != 0) {
        received >>= 1;
        window->beyond++;
    }
}

/* The window without the requests that are not answered. */
static struct ikl_receive_window answered_window(const struct ikl_sa *sa)
{
    struct ikl_receive_window window = sa->receive_window;

    for (const struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        bool unanswered = response->state == IKL_RESPONSE_WAITING || response->state == IKL_RESPONSE_PENDING;

        if (unanswered && ikl_window_judge(&window, response->message_id) == IKL_ARRIVAL_REPEATED) {
            forget_request(&window, response->message_id);
        }
    }
    return window;
}

static void write_sa(struct ikl_tape *tape, const struct ikl_sa *sa, const struct ikl_kept *kept)
{
    const struct ikl_extra *extra = ikl_sa_extra(sa);
    const struct ikl_sa *heir = ikl_sa_heir(sa);
    struct ikl_laid_sa laid = {.sa = *sa, .suite = *ikl_sa_suite(sa), .ivs = (uint8_t)ivs_of(sa)};
    size_t begun = ikl_tape_begin(tape, IKL_RECORD_SA);

    laid.suite.prf = sa->prf;
    laid.kept.epoch = kept->epoch;
    laid.kept.made = kept->made;
    laid.sa.receive_window = answered_window(sa);
    if (ikl_sa_is_syncing(sa)) { /* whoever restores it asks anew */
        ikl_window_open_at(&laid.sa.send_window, sa->send_window.next);
    }
    laid.heir = heir != NULL ? ikl_sa_own_spi(heir) : 0;
    laid.has_extra = extra != NULL;
    if (extra != NULL) {
        laid.extra.keepalive_due = extra->keepalive_due;
        laid.extra.path_since = extra->path_since;
        laid.extra.sent_esp = extra->sent_esp;
    }
    ikl_lay_sa(tape, &laid);
    ikl_tape_end(tape, begun);
}

static void write_keys(struct ikl_tape *tape, const struct ikl_kept *kept)
{
    struct ikl_kept laid = *kept;
    size_t begun = ikl_tape_begin(tape, IKL_RECORD_KEYS);

    ikl_lay_keys(tape, &laid);
    ikl_tape_end(tape, begun);
    ikl_wipe(&laid, sizeof(laid));
}

static void write_child(struct ikl_tape *tape, const struct ikl_sa *sa, const struct ikl_child *child)
{
    const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);
    struct ikl_laid_child laid = {.child = *child, .tag = (uintptr_t)child->user};
    size_t begun = ikl_tape_begin(tape, IKL_RECORD_CHILD);

    if (monitoring != NULL) {
        laid.monitoring = *monitoring;
    }
    ikl_lay_child(tape, &laid);
    ikl_tape_end(tape, begun);
}

static void write_body(struct ikl_tape *tape, const struct ikl_sa *sa, uint32_t body)
{
    const struct ikl_pool *pool = &sa->endpoint->pool;
    size_t len = body != IKL_NONE ? ikl_pool_len(pool, body) : 0;
    uint8_t *to;

    (void)ikl_tape_u32(tape, (uint32_t)len);
    to = ikl_tape_write(tape, len);
    if (to != NULL && len != 0) {
        ikl_pool_read(pool, body, 0, to, len);
    }
}

static void write_claims(struct ikl_tape *tape, const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    uint32_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_claimed(sa, own); child != NULL;
         child = ikl_sa_next_in_group(sa, child)) {
        n++;
    }
    (void)ikl_tape_u32(tape, n);
    for (const struct ikl_child *child = ikl_sa_first_claimed(sa, own); child != NULL;
         child = ikl_sa_next_in_group(sa, child)) {
        (void)ikl_tape_u8(tape, child->protocol);
        (void)ikl_tape_u32(tape, child->spi_in);
    }
}

/* What is behind the IV is anything. */
static void clear_behind_iv(const struct ikl_sa *sa, uint8_t iv[IKL_MAX_IV])
{
    size_t len = ikl_sa_cipher(sa)->iv_len;

    memset(iv + len, 0, IKL_MAX_IV - len);
}

/* Wipes the copy, which may have plaintext. */
static void write_request(struct ikl_tape *tape, const struct ikl_sa *sa, struct ikl_laid_request *laid)
{
    size_t begun = ikl_tape_begin(tape, IKL_RECORD_REQUEST);

    clear_behind_iv(sa, laid->own.iv);
    ikl_lay_request(tape, laid);
    write_claims(tape, sa, &laid->own);
    write_body(tape, sa, laid->own.request.stored);
    ikl_tape_end(tape, begun);
    ikl_wipe(laid, sizeof(*laid));
}

/* The probe looks like any other. */
static void write_probe(struct ikl_tape *tape, const struct ikl_sa *sa)
{
    struct ikl_laid_request laid = {.own = {.request = sa->probe, .first_child = IKL_NONE}};

    memcpy(laid.own.iv, sa->probe_iv, sizeof(laid.own.iv));
    write_request(tape, sa, &laid);
}

static void write_requests(struct ikl_tape *tape, const struct ikl_sa *sa)
{
    if (sa->probe.state == IKL_REQUEST_SENT && !ikl_sa_is_syncing(sa)) {
        write_probe(tape, sa);
    }
    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        if (own->request.state == IKL_REQUEST_SENT || own->request.state == IKL_REQUEST_QUEUED) {
            struct ikl_laid_request laid = {.own = *own, .tag = (uintptr_t)own->context};

            write_request(tape, sa, &laid);
        }
    }
}

static void write_response(struct ikl_tape *tape, const struct ikl_sa *sa, const struct ikl_response *response)
{
    struct ikl_laid_response laid = {.response = *response};
    size_t begun = ikl_tape_begin(tape, IKL_RECORD_RESPONSE);

    if (response->stored != IKL_NONE) {
        laid.at = ikl_load_u64(response->kept.at);
    } else {
        clear_behind_iv(sa, laid.response.iv);
    }
    ikl_lay_response(tape, &laid);
    write_body(tape, sa, response->stored);
    ikl_tape_end(tape, begun);
    ikl_wipe(&laid, sizeof(laid));
}

/* One that former keys have sealed cannot be made again without them, nor asked for. */
static bool is_of_former_keys(const struct ikl_sa *sa, const struct ikl_response *response)
{
    return ikl_sa_has_rare(sa, IKL_RARE_FORMER_KEYS) && ikl_key_change_is_before(sa, response->message_id);
}

/* Those that the peer may still ask for. */
static void write_responses(struct ikl_tape *tape, const struct ikl_sa *sa)
{
    struct ikl_receive_window window = answered_window(sa);

    for (const struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        if (response->state == IKL_RESPONSE_GIVEN && !is_of_former_keys(sa, response) &&
            ikl_window_judge(&window, response->message_id) == IKL_ARRIVAL_REPEATED) {
            write_response(tape, sa, response);
        }
    }
}

static void write_token(struct ikl_tape *tape, const struct ikl_sa *sa)
{
    const struct ikl_token *token = ikl_sa_beside(sa, &sa->endpoint->tokens);
    size_t begun;

    if (token != NULL) {
        struct ikl_token laid = *token;

        begun = ikl_tape_begin(tape, IKL_RECORD_TOKEN);
        ikl_tape_octets(tape, laid.digest, sizeof(laid.digest));
        ikl_tape_end(tape, begun);
    }
}

/* An answer that cannot be made again is left out, and the same request, when it is repeated, gets another. */
static void write_sync(struct ikl_tape *tape, const struct ikl_sa *sa)
{
    const struct ikl_sync *sync = ikl_sa_sync_of(sa);
    size_t begun;

    if (sync != NULL) {
        struct ikl_sync laid = *sync;

        if (sync->stored != IKL_NONE) {
            laid.answered = false;
            laid.least = sync->peers.ids.send;
        }
        clear_behind_iv(sa, laid.iv);
        begun = ikl_tape_begin(tape, IKL_RECORD_SYNC);
        ikl_lay_sync(tape, &laid);
        ikl_tape_end(tape, begun);
    }
}

static void write_all(struct ikl_tape *tape, const struct ikl_sa *sa, const struct ikl_kept *kept)
{
    write_header(tape);
    write_sa(tape, sa, kept);
    write_keys(tape, kept);
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        write_child(tape, sa, child);
    }
    write_requests(tape, sa);
    write_responses(tape, sa);
    write_token(tape, sa);
    write_sync(tape, sa);
}

static int check(const struct ikl_sa *sa, const struct ikl_kept *kept)
{
    if (sa->state == IKL_SA_CONNECTING || !ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    return kept != NULL ? IKL_OK : IKL_ERR_NOT_FOUND;
}

size_t ikl_snapshot_size(const struct ikl_sa *sa)
{
    struct ikl_tape tape = {.len = SIZE_MAX};
    const struct ikl_kept *kept = ikl_sa_kept(sa);

    if (check(sa, kept) != IKL_OK) {
        return 0;
    }
    write_all(&tape, sa, kept);
    return tape.at;
}

static int take(const struct ikl_sa *sa, uint8_t *buf, size_t size, size_t *len, ikl_time now)
{
    struct ikl_tape tape = {.to = buf, .len = size, .now = now};
    const struct ikl_kept *kept = ikl_sa_kept(sa);
    int result = check(sa, kept);

    if (result != IKL_OK) {
        return result;
    }
    write_all(&tape, sa, kept);
    if (tape.failed) {
        *len = ikl_snapshot_size(sa);
        return IKL_ERR_NO_BUFFER;
    }
    complete_header(&tape);
    *len = tape.at;
    sa->endpoint->counters.snapshots++;
    return IKL_OK;
}

int ikl_sa_snapshot(struct ikl_sa *sa, uint8_t *buf, size_t size, size_t *len, ikl_time now)
{
    int result = ikl_endpoint_begin(sa->endpoint, &now);

    if (result == IKL_OK) {
        result = take(sa, buf, size, len, now);
        ikl_endpoint_leave(sa->endpoint, now);
    }
    return result;
}
