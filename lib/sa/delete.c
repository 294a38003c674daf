/* ikelive sa: Delete payloads of the peer's (RFC 7296 §1.4.1). The library answers them itself; other payloads in the
 * same INFORMATIONAL are ignored.
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

static void unmark_children(struct ikl_sa *sa)
{
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        child->deleted = false;
    }
}

/* Marks the Child SAs that the payload names by the SPIs of the peer's inbound direction. */
static void mark_children(struct ikl_sa *sa, const struct ikl_delete *payload)
{
    for (size_t i = 0; i < payload->n_spis; i++) {
        struct ikl_child *child = ikl_sa_find_child_out(sa, payload->protocol, ikl_delete_spi(payload, i));

        if (child != NULL) {
            child->deleted = true;
        }
    }
}

static uint16_t count_marked(const struct ikl_sa *sa, uint8_t protocol)
{
    uint16_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n = (uint16_t)(n + (child->deleted && child->protocol == protocol ? 1 : 0));
    }
    return n;
}

/* Appends a Delete payload with our SPIs of the marked Child SAs of one protocol. */
static void write_paired_delete(struct ikl_writer *writer, const struct ikl_sa *sa, uint8_t protocol, uint16_t n,
                                uint8_t next_payload)
{
    ikl_write_u8(writer, next_payload);
    ikl_write_u8(writer, 0);
    ikl_write_u16(writer, (uint16_t)(IKL_PAYLOAD_HEADER_LEN + 4 + 4 * n));
    ikl_write_u8(writer, protocol);
    ikl_write_u8(writer, 4);
    ikl_write_u16(writer, n);
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (child->deleted && child->protocol == protocol) {
            ikl_write_u32(writer, child->spi_in);
        }
    }
}

/* Answers with the Deletes of the paired SPIs, one payload a protocol. */
static int answer_with_pairs(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *request,
                             ikl_time now)
{
    uint16_t n_esp = count_marked(sa, IKL_PROTOCOL_ESP), n_ah = count_marked(sa, IKL_PROTOCOL_AH);
    size_t size = 0;
    uint8_t *room = ikl_sa_plaintext_room(sa, &size);
    struct ikl_writer writer = ikl_writer(room, size);

    if (room == NULL) {
        return IKL_ERR_NO_BUFFER;
    }
    if (n_esp != 0) {
        write_paired_delete(&writer, sa, IKL_PROTOCOL_ESP, n_esp, n_ah != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE);
    }
    if (n_ah != 0) {
        write_paired_delete(&writer, sa, IKL_PROTOCOL_AH, n_ah, IKL_PAYLOAD_NONE);
    }
    if (writer.failed) {
        return IKL_ERR_NO_BUFFER;
    }
    return ikl_sa_answer_now(sa, path, request, writer.len != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE,
                             (struct ikl_octets){room, writer.len}, now);
}

static struct ikl_child *first_marked(const struct ikl_sa *sa)
{
    struct ikl_child *child = ikl_sa_first_child(sa);

    while (child != NULL && !child->deleted) {
        child = ikl_sa_next_child(sa, child);
    }
    return child;
}

/* Reports the marked Child SAs down. Starts afresh after each: the callback may remove others. */
static void report_marked(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_down down = {.reason = IKL_DOWN_PEER_DELETED, .at = now, .last_evidence = ikl_sa_evidence(sa, now)};
    struct ikl_child *child;

    while (sa->state == IKL_SA_ESTABLISHED && (child = first_marked(sa)) != NULL) {
        ikl_sa_child_down(sa, child, &down);
    }
}

int ikl_sa_take_delete(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened, ikl_time now)
{
    struct ikl_chain chain = ikl_chain(opened->first_payload, opened->plaintext);
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
        unmark_children(sa);
    }
    if (malformed) {
        return ikl_sa_answer_error(sa, path, &opened->header, IKL_NOTIFY_INVALID_SYNTAX, now);
    }
    /* a Delete of the IKE SA is answered empty: its Child SAs go with it unnamed (§1.4.1) */
    result = answer_with_pairs(sa, path, &opened->header, now);
    if (result != IKL_OK) {
        unmark_children(sa);
        return result;
    }
    if (sa->state != IKL_SA_ESTABLISHED) {
        return IKL_OK;
    }
    if (whole_sa) {
        ikl_sa_end(sa, IKL_DOWN_PEER_DELETED, NULL, now);
    } else {
        report_marked(sa, now);
    }
    return IKL_OK;
}
