/* ikelive sa: Delete payloads of the peer's (RFC 7296 §1.4.1, §2.25.1). The library answers them itself; other payloads
 * in the same INFORMATIONAL are ignored.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

/* The next Delete payload of a chain that is known to be well-formed. False at the end; `malformed` is set when a
 * Delete payload contradicts itself. */
static bool next_delete(struct ikl_chain *chain, struct ikl_delete *out, bool *malformed)
{
    struct ikl_payload payload;

    while (ikl_chain_next(chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_DELETE) {
            *malformed = ikl_delete_read(out, payload.body) != IKL_OK;
            return !*malformed;
        }
    }
    return false;
}

bool ikl_chain_has_delete(uint8_t first, struct ikl_octets octets)
{
    struct ikl_chain chain = ikl_chain(first, octets);
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_DELETE) {
            return true;
        }
    }
    return false;
}

/* By the SPI of the peer's inbound direction, wherever it moved to; null when it is not there. */
static struct ikl_child *find_named(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi)
{
    struct ikl_child *child = ikl_sa_find_child_out(sa, protocol, spi);
    const struct ikl_sa *heir = child == NULL && sa->state == IKL_SA_REKEYED ? ikl_sa_heir(sa) : NULL;

    return heir != NULL ? ikl_sa_find_child_out(heir, protocol, spi) : child;
}

/* Our SPI of a Child SA belongs in the response, unless our own Delete with it was sent: the two crossed. */
static void mark(const struct ikl_sa *sa, struct ikl_child *child)
{
    const struct ikl_own_request *own = ikl_sa_request_at(sa, child->deleted_by);

    if (!child->marked) {
        child->named = own == NULL || own->outgoing.state != IKL_OUTGOING_SENT;
        ikl_sa_mark_child(sa, child);
    }
}

static void mark_children(struct ikl_sa *sa, const struct ikl_delete *payload)
{
    for (size_t i = 0; i < payload->n_spis; i++) {
        struct ikl_child *child = find_named(sa, payload->protocol, ikl_delete_spi(payload, i));

        if (child != NULL) {
            mark(sa, child);
        }
    }
}

static bool is_to_be_named(const struct ikl_child *child, uint8_t protocol)
{
    return child->named && child->protocol == protocol;
}

static size_t count_to_be_named(const struct ikl_sa *sa, uint8_t protocol)
{
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_marked(sa); child != NULL; child = ikl_sa_next_in_group(sa, child)) {
        n += is_to_be_named(child, protocol) ? 1 : 0;
    }
    return n;
}

/* Appends a Delete payload with our SPIs of the marked Child SAs of one protocol. */
static void write_paired_delete(struct ikl_writer *writer, const struct ikl_sa *sa, uint8_t protocol, size_t n,
                                uint8_t next_payload)
{
    ikl_write_delete_header(writer, next_payload, protocol, n);
    for (struct ikl_child *child = ikl_sa_first_marked(sa); child != NULL; child = ikl_sa_next_in_group(sa, child)) {
        if (is_to_be_named(child, protocol)) {
            ikl_write_u32(writer, child->spi_in);
        }
    }
}

/* Answers with the Deletes of the paired SPIs, one payload a protocol. */
static int answer_with_pairs(struct ikl_sa *sa, const struct ikl_message *request, ikl_time now)
{
    size_t n_esp = count_to_be_named(sa, IKL_PROTOCOL_ESP), n_ah = count_to_be_named(sa, IKL_PROTOCOL_AH);
    struct ikl_writer writer = ikl_writer(sa->endpoint->draft, sa->endpoint->max_message);

    if (n_esp != 0) {
        write_paired_delete(&writer, sa, IKL_PROTOCOL_ESP, n_esp, n_ah != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE);
    }
    if (n_ah != 0) {
        write_paired_delete(&writer, sa, IKL_PROTOCOL_AH, n_ah, IKL_PAYLOAD_NONE);
    }
    if (writer.failed) {
        return IKL_ERR_NO_BUFFER;
    }
    return ikl_sa_answer_now(sa, request, writer.len != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE,
                             (struct ikl_octets){writer.data, writer.len}, now);
}

/* Unless it was ours to delete anyhow, the host hears of it while another IKE SA can still take its place. */
static void end_sa(struct ikl_sa *sa, ikl_time now)
{
    const struct ikl_callbacks *callbacks = &sa->endpoint->callbacks;

    if (!ikl_sa_is_ours_to_end(sa) && callbacks->peer_deletes != NULL) {
        callbacks->peer_deletes(sa->endpoint->user, sa);
    }
    if (ikl_sa_is_gone(sa)) {
        return;
    }
    if (ikl_sa_is_ours_to_end(sa)) {
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
    } else {
        sa->endpoint->counters.peer_deletes++;
        ikl_sa_end(sa, IKL_DOWN_PEER_DELETED, NULL, now);
    }
}

int ikl_sa_take_delete(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    struct ikl_chain chain = ikl_chain(message->first_payload, message->plaintext);
    bool whole_sa = false, malformed = false;
    struct ikl_delete payload;
    int result;

    while (next_delete(&chain, &payload, &malformed)) {
        if (payload.protocol == IKL_PROTOCOL_IKE) {
            whole_sa = true;
        } else {
            mark_children(sa, &payload);
        }
    }
    if (malformed || whole_sa) {
        ikl_sa_unmark_children(sa);
    }
    if (malformed) {
        return ikl_sa_answer_error(sa, message, IKL_NOTIFY_INVALID_SYNTAX, (struct ikl_octets){NULL, 0}, now);
    }
    /* a Delete of the IKE SA is answered empty: its Child SAs go with it unnamed (§1.4.1) */
    result = answer_with_pairs(sa, message, now);
    if (result != IKL_OK) {
        ikl_sa_unmark_children(sa);
        return result;
    }
    ikl_sa_marked_down(sa, IKL_DOWN_PEER_DELETED, now);
    if (whole_sa && !ikl_sa_is_gone(sa)) {
        end_sa(sa, now);
    }
    return IKL_OK;
}
