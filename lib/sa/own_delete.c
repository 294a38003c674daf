/* SPDX-License-Identifier: ISC */
/* ikelive sa: our Deletes, of the IKE SA and of Child SAs (RFC 7296 §1.4.1); and the queue of what waits to go out,
 * with the Delete of the IKE SA last. */
#include "ending.h"
#include "event.h"

#include "cannot_fail.h"

enum {
    CHILD_SPI_SIZE = 4,
    DELETE_FIXED_LEN = 4,
    DELETE_RETRY = 1000 /* ms until a Delete that could not be made is tried again */
};

/* Whether the Delete of the IKE SA may go out: no liveness check is out, and the window has room. */
static bool has_turn(const struct ikl_sa *sa)
{
    return sa->probe.state == IKL_REQUEST_IDLE && ikl_send_window_open(&sa->send_window);
}

static void pump_delete(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_delete_state(sa) == IKL_DELETE_QUEUED && has_turn(sa) &&
        ikl_sa_start_delete(sa, now) == IKL_ERR_EXHAUSTED) {
        ikl_sa_end(sa, IKL_DOWN_EXHAUSTED, NULL, now);
    }
}

void ikl_sa_pump(struct ikl_sa *sa, ikl_time now)
{
    ikl_sa_pump_requests(sa, now);
    pump_delete(sa, now);
}

/* Tries a Delete that could not be made again later, within the time that is left for its answer. */
static void put_off(struct ikl_sa *sa, ikl_time now)
{
    uint32_t pause = sa->probe.wait < DELETE_RETRY ? sa->probe.wait : DELETE_RETRY;

    sa->probe.wait -= pause;
    sa->until = ikl_time_after(now, pause);
    sa->endpoint->counters.other++;
}

void ikl_sa_hold_delete(struct ikl_sa *sa, bool we_delete, uint32_t wait, ikl_time now)
{
    sa->until = we_delete ? now : ikl_time_after(now, wait);
    sa->probe.wait = wait;
}

/* Whether requests come before a Delete that is HELD: one that was sent, or Deletes of Child SAs that go out again. */
static bool has_requests_before(const struct ikl_sa *sa)
{
    return ikl_sa_is_waiting(sa) || ikl_sa_first_queued(sa) != NULL;
}

void ikl_sa_tick_held(struct ikl_sa *sa, ikl_time now)
{
    int result;

    if (ikl_sa_delete_state(sa) != IKL_DELETE_HELD || has_requests_before(sa) || now < sa->until) {
        return;
    }
    result = ikl_sa_start_delete(sa, now);
    if (result == IKL_OK) {
        sa->until = ikl_time_after(now, sa->probe.wait);
    } else if (result == IKL_ERR_EXHAUSTED || sa->probe.wait == 0) {
        ikl_sa_end(sa, IKL_DOWN_REKEYED, NULL, now); /* without a word to the peer, as if the Delete were lost */
    } else {
        put_off(sa, now);
    }
}

ikl_time ikl_sa_delete_deadline(const struct ikl_sa *sa, ikl_time now)
{
    enum ikl_delete_state state = ikl_sa_delete_state(sa);

    if (state == IKL_DELETE_HELD && has_requests_before(sa)) {
        return IKL_NEVER;
    }
    if (state == IKL_DELETE_QUEUED && has_turn(sa)) {
        return ikl_time_earlier(sa->until, ikl_time_after(now, DELETE_RETRY));
    }
    return sa->until;
}

/* Sends the Delete, or leaves it for later. It never fails for lack of a block to keep it in. */
static int send_or_queue(struct ikl_sa *sa, ikl_time now)
{
    int result;

    if (sa->send_window.next > IKL_MESSAGE_ID_LAST) {
        return IKL_ERR_EXHAUSTED;
    }
    if (has_turn(sa)) {
        result = ikl_sa_start_delete(sa, now);
        return result != IKL_ERR_NO_BUFFER ? result : IKL_OK;
    }
    ikl_history_add(sa, IKL_EVENT_WINDOW_FULL, IKL_MESSAGE_ID_NONE, 0, now);
    return IKL_OK;
}

/* Queued requests end; those that were sent go on. */
static int delete_sa(struct ikl_sa *sa, uint32_t wait, ikl_time now)
{
    int result = send_or_queue(sa, now);

    if (result != IKL_OK) {
        return result;
    }
    sa->until = ikl_time_after(now, wait);
    ikl_sa_enter(sa, IKL_SA_DELETE, now);
    ikl_sa_end_queued(sa);
    return IKL_OK;
}

int ikl_decide_delete(struct ikl_sa *sa, uint32_t wait, ikl_time now)
{
    if (!ikl_sa_may(sa, IKL_SA_DELETE)) {
        return IKL_ERR_STATE;
    }
    if (ikl_sa_has_keys(sa)) {
        return delete_sa(sa, wait, now);
    }
    ikl_sa_end(sa, IKL_DOWN_CLOSED, NULL, now);
    return IKL_OK;
}

static int check_children(const struct ikl_sa *sa, struct ikl_child *const *children, size_t n)
{
    if (!ikl_sa_may(sa, IKL_SA_MAY_DELETE_CHILDREN)) {
        return IKL_ERR_STATE;
    }
    if (n == 0) {
        return IKL_ERR_INVALID;
    }
    for (size_t i = 0; i < n; i++) {
        if (!ikl_sa_has_child(sa, children[i])) {
            return IKL_ERR_NOT_FOUND;
        }
        if (children[i]->claimed) {
            return IKL_ERR_BUSY;
        }
    }
    return IKL_OK;
}

/* Claims the Child SAs for the request. False when one is named twice. */
static bool claim(const struct ikl_sa *sa, struct ikl_child *const *children, size_t n, struct ikl_own_request *own)
{
    for (size_t i = 0; i < n; i++) {
        if (children[i]->claimed) {
            return false;
        }
        ikl_sa_claim_child(sa, children[i], own);
    }
    return true;
}

static size_t count_protocol(const struct ikl_sa *sa, const struct ikl_own_request *own, uint8_t protocol)
{
    size_t count = 0;

    for (struct ikl_child *child = ikl_sa_first_claimed(sa, own); child != NULL;
         child = ikl_sa_next_in_group(sa, child)) {
        count += child->protocol == protocol ? 1 : 0;
    }
    return count;
}

void ikl_write_delete_header(struct ikl_writer *writer, uint8_t next_payload, uint8_t protocol, size_t n_spis)
{
    ikl_write_u8(writer, next_payload);
    ikl_write_u8(writer, 0);
    ikl_write_u16(writer, (uint16_t)(IKL_PAYLOAD_HEADER_LEN + DELETE_FIXED_LEN + CHILD_SPI_SIZE * n_spis));
    ikl_write_u8(writer, protocol);
    ikl_write_u8(writer, CHILD_SPI_SIZE);
    ikl_write_u16(writer, (uint16_t)n_spis);
}

/* Writes a Delete payload with our SPIs of one protocol; nothing when there are none. */
static void write_delete(struct ikl_writer *writer, const struct ikl_sa *sa, const struct ikl_own_request *own,
                         uint8_t protocol, uint8_t next_payload)
{
    size_t count = count_protocol(sa, own, protocol);

    if (count == 0) {
        return;
    }
    ikl_write_delete_header(writer, next_payload, protocol, count);
    for (struct ikl_child *child = ikl_sa_first_claimed(sa, own); child != NULL;
         child = ikl_sa_next_in_group(sa, child)) {
        if (child->protocol == protocol) {
            ikl_write_u32(writer, child->spi_in);
        }
    }
}

/* Writes the Deletes of what the request claimed into the draft buffer. */
static int write_deletes(const struct ikl_sa *sa, const struct ikl_own_request *own, struct ikl_octets *out)
{
    struct ikl_writer writer = ikl_writer(sa->endpoint->draft, sa->endpoint->max_message);
    bool both = count_protocol(sa, own, IKL_PROTOCOL_AH) != 0;

    write_delete(&writer, sa, own, IKL_PROTOCOL_ESP, both ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE);
    write_delete(&writer, sa, own, IKL_PROTOCOL_AH, IKL_PAYLOAD_NONE);
    *out = (struct ikl_octets){writer.data, writer.len};
    return writer.failed ? IKL_ERR_INVALID : IKL_OK;
}

/* Writes what was claimed, then sends or queues it. After an error the request is gone again. */
static int claim_and_submit(struct ikl_sa *sa, struct ikl_child *const *children, size_t n, struct ikl_own_request *own,
                            ikl_time now)
{
    struct ikl_octets plaintext;
    int result = claim(sa, children, n, own) ? write_deletes(sa, own, &plaintext) : IKL_ERR_BUSY;

    if (result != IKL_OK) {
        ikl_sa_forget_request(sa, own);
        return result;
    }
    return ikl_sa_submit(sa, own, plaintext, now);
}

static int delete_children(struct ikl_sa *sa, struct ikl_child *const *children, size_t n, ikl_time now)
{
    struct ikl_own_request *own =
        ikl_sa_try_request(sa, IKL_REQUEST_DELETE_CHILDREN, IKL_INFORMATIONAL, IKL_PAYLOAD_DELETE);

    return own != NULL ? claim_and_submit(sa, children, n, own, now) : IKL_ERR_NO_BUFFER;
}

int ikl_decide_delete_children(struct ikl_sa *sa, struct ikl_child *const *children, size_t n, ikl_time now)
{
    int result = check_children(sa, children, n);

    return result == IKL_OK ? delete_children(sa, children, n, now) : result;
}

/* Ends the claimed Child SAs without the peer, which cannot be asked again. */
static void end_claimed(struct ikl_sa *sa, const struct ikl_own_request *own)
{
    struct ikl_child *child;

    while ((child = ikl_sa_first_claimed(sa, own)) != NULL) {
        ikl_sa_child_gone(sa, child, IKL_DOWN_CLOSED);
    }
}

bool ikl_sa_delete_again(struct ikl_sa *from, struct ikl_own_request *own, struct ikl_sa *to, struct ikl_sa *holder)
{
    struct ikl_octets plaintext;

    ikl_cannot_fail(write_deletes(to, own, &plaintext)); /* as for the old IKE SA */
    if (ikl_sa_requeue(from, to, own, plaintext) == IKL_OK) {
        return true;
    }
    end_claimed(holder, own);
    return false;
}

/* A Delete of Child SAs that moved follows them to the heir; it ends with its IKE SA when that has none any more, or
 * one that is to go with all of them. */
static void hand_on(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_sa *heir)
{
    bool follows = heir != NULL && ikl_sa_may(heir, IKL_SA_MAY_DELETE_CHILDREN);

    if (!follows || !ikl_sa_delete_again(sa, own, heir, heir)) {
        ikl_request_end(sa, &own->request, IKL_OUTCOME_SA_GONE);
    }
}

struct ikl_sa *ikl_sa_hand_on(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_sa *heir = ikl_sa_heir(sa);
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL) {
        struct ikl_own_request *next = ikl_request_after(sa->endpoint, own);

        if (own->request.state != IKL_REQUEST_ENDED) {
            hand_on(sa, own, heir);
        }
        own = next;
    }
    ikl_sa_leave_heir(sa);
    if (heir != NULL) {
        ikl_sa_pump(heir, now);
        ikl_sa_set_due(heir);
    }
    return heir;
}
