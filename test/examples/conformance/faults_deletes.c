/* SPDX-License-Identifier: ISC */
/* Faults: Deletes. */
#include "wrong.h"

#include "support/test.h"

/* A request that deletes something with this protocol. */
static bool is_delete(const struct wrong_message *message, uint8_t protocol, struct ikl_delete *out)
{
    struct ikl_octets body;

    if (!wrong_is_request(message, IKL_INFORMATIONAL)) {
        return false;
    }
    body = wrong_find(message, IKL_PAYLOAD_DELETE);
    return body.data != NULL && ikl_delete_read(out, body) == IKL_OK && out->protocol == protocol;
}

static bool deletes_sa(const struct wrong_message *message)
{
    struct ikl_delete deleted;

    return is_delete(message, IKL_PROTOCOL_IKE, &deleted);
}

/* The response to such a request is about to be sent; its SPIs. */
static bool answers_delete(const struct wrong_peer *peer, const struct wrong_message *message, struct ikl_delete *asked)
{
    return wrong_answers_last(peer, message) && is_delete(&peer->came, IKL_PROTOCOL_ESP, asked);
}

static void seal_delete(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message,
                        const struct ikl_delete *deleted)
{
    struct payload_list list;

    payload_list_init(&list);
    payload_list_end(&list, ikl_delete_write(payload_list_begin(&list, IKL_PAYLOAD_DELETE), deleted));
    wrong_seal_once(peer, datagram, message, &list);
}

static bool has_delete(const struct wrong_message *message)
{
    return wrong_find(message, IKL_PAYLOAD_DELETE).data != NULL;
}

static bool deletes_in_response(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                const struct wrong_message *message)
{
    if (wrong_answers_last(peer, message) && deletes_sa(&peer->came)) {
        seal_delete(peer, datagram, message, &(struct ikl_delete){.protocol = IKL_PROTOCOL_IKE});
    }
    return true;
}

static bool loses_repeated_delete(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                  const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    return !deletes_sa(message) || message->header.message_id >= message->sa->next;
}

static bool answers_deleted(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    if (deletes_sa(message)) {
        message->sa->deleted = true;
    } else if (wrong_is_request(message, IKL_INFORMATIONAL) && message->sa->deleted) {
        wrong_answer(peer, datagram, message, NULL);
    }
    return true;
}

/* The Message ID of the first request after IKE_AUTH. */
enum { FIRST_REQUEST = 2 };

static bool says_nothing_of_child(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                  const struct wrong_message *message)
{
    struct ikl_delete asked;
    struct payload_list list;

    if (answers_delete(peer, message, &asked) && asked.n_spis == 1 && message->header.message_id == FIRST_REQUEST &&
        !peer->has_rekeyed) {
        payload_list_init(&list);
        wrong_seal_once(peer, datagram, message, &list);
    }
    return true;
}

static bool deletes_again(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct ikl_delete asked;

    if (!answers_delete(peer, message, &asked)) {
        return true;
    }
    if (has_delete(message)) {
        peer->spi = ikl_delete_spi(&asked, 0);
    } else if (peer->spi == ikl_delete_spi(&asked, 0)) {
        seal_delete(peer, datagram, message, &asked);
    }
    return true;
}

/* One of its Child SAs has this SPI of its own. */
static bool has_own_spi(const struct wrong_peer *peer, uint32_t spi)
{
    const struct session *session = peer->end.ikeping.sessions;
    struct ikl_child *child = session != NULL && session->sa != NULL ? ikl_sa_first_child(session->sa) : NULL;

    while (child != NULL && ((const struct child *)ikl_child_user(child))->own_spi != spi) {
        child = ikl_sa_next_child(session->sa, child);
    }
    return child != NULL;
}

/* A Delete that deletes nothing is answered as if it did. */
static bool deletes_nothing(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message, bool by_own_spi)
{
    struct ikl_delete asked;

    if (answers_delete(peer, message, &asked) && !has_delete(message) && message->header.message_id == FIRST_REQUEST &&
        !peer->has_rekeyed && has_own_spi(peer, ikl_delete_spi(&asked, 0)) == by_own_spi) {
        seal_delete(peer, datagram, message, &asked);
    }
    return true;
}

static bool deletes_unknown(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    return deletes_nothing(peer, datagram, message, false);
}

static bool deletes_by_own_spi(struct wrong_peer *peer, struct wrong_datagram *datagram,
                               const struct wrong_message *message)
{
    return deletes_nothing(peer, datagram, message, true);
}

static bool deletes_first_of_two(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                 const struct wrong_message *message)
{
    struct ikl_delete asked, deleted;

    if (answers_delete(peer, message, &asked) && asked.n_spis == 2 && has_delete(message) &&
        ikl_delete_read(&deleted, wrong_find(message, IKL_PAYLOAD_DELETE)) == IKL_OK) {
        deleted.n_spis = 1;
        deleted.spis.len = deleted.spi_size;
        seal_delete(peer, datagram, message, &deleted);
    }
    return true;
}

static bool is_busy(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    return !peer->asks || peer->asked != TESTER_ASKED_OTHER || !deletes_sa(message);
}

static const struct wrong_fault faults[] = {
    {"delete", "the response to a Delete of the IKE SA is a Delete", .sends = deletes_in_response},
    {"repeated-delete", "a repeated Delete of the IKE SA gets no response", .takes = loses_repeated_delete},
    {"deleted", "a deleted IKE SA answers requests", .takes = answers_deleted},
    {"delete-child", "the response to a Delete of a Child SA is empty", .sends = says_nothing_of_child},
    {"delete-child-again", "a Child SA that is deleted again is deleted in the response", .sends = deletes_again},
    {"delete-unknown-child", "a Child SA that never was is deleted in the response", .sends = deletes_unknown},
    {"delete-by-wrong-spi", "a Child SA is deleted by the peer's own SPI", .sends = deletes_by_own_spi},
    {"delete-two-children", "of two Child SAs one is deleted in the response", .sends = deletes_first_of_two},
    {"delete-while-asked", "a Delete gets no response before the peer has its own", .takes = is_busy},
};

const struct wrong_faults deletes_faults = {faults, COUNT_OF(faults)};
