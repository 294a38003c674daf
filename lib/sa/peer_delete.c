/* SPDX-License-Identifier: ISC */
/* ikelive sa: the peer's Delete payloads (RFC 7296 §1.4.1, §2.25.1). The library answers them itself; if the message
 * holds anything else, it asks the host too. */
#include "ending.h"

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

/* Finds a Child SA by the peer's inbound SPI, wherever it has moved; null when there is none. */
static struct ikl_child *find_named(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi)
{
    struct ikl_child *child = ikl_sa_find_child_out(sa, protocol, spi);
    const struct ikl_sa *heir = child == NULL && sa->state == IKL_SA_REKEYED ? ikl_sa_heir(sa) : NULL;

    return heir != NULL ? ikl_sa_find_child_out(heir, protocol, spi) : child;
}

/* Marks a Child SA. Our SPI of it belongs in the response, unless we sent a Delete with it: the two crossed. */
static void mark(const struct ikl_sa *sa, struct ikl_child *child)
{
    const struct ikl_own_request *own = child->claimed ? ikl_request_at(sa->endpoint, child->deleted_by) : NULL;

    if (!child->marked) {
        child->named = own == NULL || own->request.state != IKL_REQUEST_SENT;
        ikl_sa_mark_child(sa, child);
    }
}

/* The contents of a message with a Delete. The Child SAs that it names are marked. */
struct deletes {
    bool whole_sa;
    bool malformed; /* a Delete contradicts itself */
    bool foreign;   /* Child SAs that the library does not know, or payloads of other types */
};

static void look_at_children(struct ikl_sa *sa, const struct ikl_delete *payload, struct deletes *deletes)
{
    for (size_t i = 0; i < payload->n_spis; i++) {
        struct ikl_child *child = find_named(sa, payload->protocol, ikl_delete_spi(payload, i));

        if (child != NULL) {
            mark(sa, child);
        } else {
            deletes->foreign = true;
        }
    }
}

static void look_at(struct ikl_sa *sa, const struct ikl_payload *payload, struct deletes *deletes)
{
    struct ikl_delete body;

    if (payload->type != IKL_PAYLOAD_DELETE) {
        deletes->foreign = true;
    } else if (ikl_delete_read(&body, payload->body) != IKL_OK) {
        deletes->malformed = true;
    } else if (body.protocol == IKL_PROTOCOL_IKE) {
        deletes->whole_sa = true;
    } else {
        look_at_children(sa, &body, deletes);
    }
}

static struct deletes look_at_all(struct ikl_sa *sa, const struct ikl_message *message)
{
    struct ikl_chain chain = ikl_chain(message->opened.first_payload, message->opened.plaintext);
    struct deletes deletes = {.malformed = false};
    struct ikl_payload payload;

    while (!deletes.malformed && ikl_chain_next(&chain, &payload) == IKL_OK) {
        look_at(sa, &payload, &deletes);
    }
    /* a Delete of the IKE SA gets an empty answer: its Child SAs go with it without being named (§1.4.1) */
    if (deletes.malformed || deletes.whole_sa) {
        ikl_sa_unmark_children(sa);
    }
    return deletes;
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

/* Writes the Deletes of the paired SPIs, one payload a protocol, into the draft buffer. They are no more than those in
 * the request, which fitted. */
static struct ikl_octets write_pairs(struct ikl_sa *sa)
{
    size_t n_esp = count_to_be_named(sa, IKL_PROTOCOL_ESP), n_ah = count_to_be_named(sa, IKL_PROTOCOL_AH);
    struct ikl_writer writer = ikl_writer(sa->endpoint->draft, sa->endpoint->max_message);

    if (n_esp != 0) {
        write_paired_delete(&writer, sa, IKL_PROTOCOL_ESP, n_esp, n_ah != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE);
    }
    if (n_ah != 0) {
        write_paired_delete(&writer, sa, IKL_PROTOCOL_AH, n_ah, IKL_PAYLOAD_NONE);
    }
    return (struct ikl_octets){writer.data, writer.len};
}

static int answer_with(struct ikl_sa *sa, const struct ikl_message *request, struct ikl_octets pairs, ikl_time now)
{
    return ikl_sa_answer_now(sa, request, pairs.len != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE, pairs, now);
}

void ikl_sa_end_deleted(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_is_gone(sa)) {
        return;
    }
    ikl_sa_answer_pending(sa);
    if (ikl_sa_is_ours_to_end(sa)) {
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
    } else {
        sa->endpoint->counters.peer_deletes++;
        ikl_sa_end(sa, IKL_DOWN_PEER_DELETED, NULL, now);
    }
}

/* Answers, or asks the host. */
static int answer_or_ask(struct ikl_sa *sa, const struct ikl_message *message, bool ask, ikl_time now)
{
    struct ikl_octets pairs = write_pairs(sa);

    return ask ? ikl_sa_ask_host(sa, message, pairs, now) : answer_with(sa, message, pairs, now);
}

/* Tells the host first: it can still let another IKE SA take the place, and answer what else the message says. */
static void end_sa(struct ikl_sa *sa, bool asked, ikl_time now)
{
    if (asked || !ikl_sa_is_ours_to_end(sa)) {
        ikl_sa_mark(sa, IKL_FACT_PEER_DELETES);
    } else {
        ikl_sa_end_deleted(sa, now);
    }
}

int ikl_sa_take_delete(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    struct deletes deletes = look_at_all(sa, message);
    bool ask;
    int result;

    if (deletes.malformed) {
        return ikl_sa_answer_error(sa, message, IKL_NOTIFY_INVALID_SYNTAX, (struct ikl_octets){NULL, 0}, now);
    }
    ask = deletes.foreign && ikl_sa_may_ask_host(sa);
    result = answer_or_ask(sa, message, ask, now);
    if (result != IKL_OK) {
        ikl_sa_unmark_children(sa);
        return result;
    }
    ikl_sa_marked_down(sa, IKL_DOWN_PEER_DELETED);
    if (deletes.whole_sa) {
        ikl_sa_note_delete(sa, message);
        end_sa(sa, ask, now);
    }
    return IKL_OK;
}
