/* SPDX-License-Identifier: ISC */
/* Faults: fragments. */
#include "wrong.h"

#include "support/test.h"

/* A protected fragment that is authentic, of a CREATE_CHILD_SA request. */
static bool is_fragment(const struct wrong_message *message)
{
    return wrong_is_request(message, IKL_CREATE_CHILD_SA) && message->inside.fragment_number != 0;
}

/* The numbers of a fragment that is not. */
static bool is_bad_fragment(const struct wrong_message *message, uint16_t *number, uint16_t *total)
{
    size_t numbers_at = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN;
    struct ikl_reader reader;

    if (message->sa == NULL || message->opened || message->header.next_payload != IKL_PAYLOAD_SKF ||
        message->octets.len < numbers_at) {
        return false;
    }
    reader = ikl_reader(message->octets.data + numbers_at, message->octets.len - numbers_at);
    *number = ikl_read_u16(&reader);
    *total = ikl_read_u16(&reader);
    return !reader.failed;
}

/* Which fragments of the request have come before this one, which is remembered. */
static struct wrong_fragments remember(struct wrong_peer *peer, const struct wrong_message *message)
{
    struct wrong_fragments *fragments = &peer->fragments, before;

    if (fragments->message_id != message->header.message_id || fragments->sa != message->sa) {
        *fragments = (struct wrong_fragments){.message_id = message->header.message_id, .sa = message->sa};
        fragments->first_number = message->inside.fragment_number;
    }
    before = *fragments;
    if (message->inside.fragment_total < WRONG_TOTALS) {
        fragments->came[message->inside.fragment_total] |= 1u << message->inside.fragment_number;
    }
    return before;
}

static bool came(const struct wrong_fragments *fragments, unsigned number, unsigned total)
{
    return (fragments->came[total] >> number & 1) != 0;
}

static bool is_numbered(const struct wrong_message *message, unsigned number, unsigned total)
{
    return message->inside.fragment_number == number && message->inside.fragment_total == total;
}

/* Takes what has come for a whole request. */
static bool answer_if(struct wrong_peer *peer, const struct wrong_datagram *datagram,
                      const struct wrong_message *message, bool wrongly)
{
    if (wrongly) {
        wrong_answer(peer, datagram, message, NULL);
    }
    return true;
}

static bool has_room_for_16(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    return !is_fragment(message) || message->inside.fragment_number <= 16;
}

static bool wants_first_first(struct wrong_peer *peer, struct wrong_datagram *datagram,
                              const struct wrong_message *message)
{
    (void)datagram;
    return !is_fragment(message) || remember(peer, message).first_number == 1;
}

static bool loses_one_of_one(struct wrong_peer *peer, struct wrong_datagram *datagram,
                             const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    return !is_fragment(message) || message->inside.fragment_total != 1;
}

static bool loses_tiny(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    return !is_fragment(message) || message->inside.plaintext.len > 1;
}

static bool misses_none(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct wrong_fragments before;

    if (!is_fragment(message)) {
        return true;
    }
    before = remember(peer, message);
    return answer_if(peer, datagram, message, came(&before, 1, 3) && is_numbered(message, 2, 3));
}

static bool counts_doubled(struct wrong_peer *peer, struct wrong_datagram *datagram,
                           const struct wrong_message *message)
{
    struct wrong_fragments before;

    if (!is_fragment(message)) {
        return true;
    }
    before = remember(peer, message);
    return answer_if(peer, datagram, message,
                     came(&before, 1, 2) && !came(&before, 2, 2) && is_numbered(message, 1, 2));
}

static bool believes_changed(struct wrong_peer *peer, struct wrong_datagram *datagram,
                             const struct wrong_message *message)
{
    uint16_t number, total;

    return answer_if(peer, datagram, message,
                     is_bad_fragment(message, &number, &total) && number == total &&
                         message->header.exchange_type == IKL_CREATE_CHILD_SA);
}

static bool believes_fewer(struct wrong_peer *peer, struct wrong_datagram *datagram,
                           const struct wrong_message *message)
{
    struct wrong_fragments before;

    if (!is_fragment(message)) {
        return true;
    }
    before = remember(peer, message);
    return answer_if(peer, datagram, message, came(&before, 1, 3) && is_numbered(message, 2, 2));
}

static bool keeps_old(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct wrong_fragments before;

    if (!is_fragment(message)) {
        return true;
    }
    before = remember(peer, message);
    return answer_if(peer, datagram, message, came(&before, 1, 2) && came(&before, 2, 3) && is_numbered(message, 3, 3));
}

static bool believes_zero(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    uint16_t number, total;

    return answer_if(peer, datagram, message, is_bad_fragment(message, &number, &total) && number == 0);
}

static bool believes_beyond_total(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                  const struct wrong_message *message)
{
    uint16_t number, total;

    return answer_if(peer, datagram, message, is_bad_fragment(message, &number, &total) && number > total);
}

static bool loses_repeated_first(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                 const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    return !is_fragment(message) || message->header.message_id >= message->sa->next;
}

static bool answers_repeated_second(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                    const struct wrong_message *message)
{
    return answer_if(peer, datagram, message,
                     is_fragment(message) && message->header.message_id < message->sa->next &&
                         message->inside.fragment_number == 2);
}

static bool loses_ike_auth(struct wrong_peer *peer, struct wrong_datagram *datagram,
                           const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    return !wrong_is_request(message, IKL_IKE_AUTH) || message->inside.fragment_number == 0;
}

static bool loses_informational(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                const struct wrong_message *message)
{
    (void)peer;
    (void)datagram;
    return !wrong_is_request(message, IKL_INFORMATIONAL) || message->inside.fragment_number == 0;
}

/* Where the text of a fragment begins that has no protection. */
enum { CLEAR_TEXT_AT = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + 4 };

/* Gives the right peer the request that the second fragment makes whole. */
static bool reassembles_init(struct wrong_peer *peer, struct wrong_datagram *datagram,
                             const struct wrong_message *message)
{
    const struct wrong_datagram *first = &peer->kept;
    struct wrong_datagram whole = {.path = datagram->path};
    struct ikl_writer writer = ikl_writer(whole.octets, sizeof(whole.octets));

    if (message->header.exchange_type != IKL_IKE_SA_INIT || message->header.next_payload != IKL_PAYLOAD_SKF) {
        return true;
    }
    if (first->len == 0) {
        peer->kept = *datagram;
        return false;
    }
    ikl_write_octets(&writer, first->octets, IKL_HEADER_LEN);
    ikl_write_octets(&writer, first->octets + CLEAR_TEXT_AT, first->len - CLEAR_TEXT_AT);
    ikl_write_octets(&writer, datagram->octets + CLEAR_TEXT_AT, datagram->len - CLEAR_TEXT_AT);
    ikl_header_patch(&writer, 0, first->octets[IKL_HEADER_LEN]);
    whole.len = writer.len;
    wrong_give(peer, &whole);
    return false;
}

static bool obeys_clear(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    uint16_t number, total;

    return answer_if(peer, datagram, message,
                     is_bad_fragment(message, &number, &total) && number == total &&
                         message->header.exchange_type == IKL_INFORMATIONAL);
}

static const struct wrong_fault faults[] = {
    {"many-fragments", "a request may have 16 fragments at most", .takes = has_room_for_16},
    {"fragments-in-reverse", "the fragment with number 1 must come first", .takes = wants_first_first},
    {"fragment-alone", "a fragment that is a whole request is dropped", .takes = loses_one_of_one},
    {"tiny-fragments", "a fragment of one octet is dropped", .takes = loses_tiny},
    {"missing-fragment", "two fragments are taken for three", .takes = misses_none},
    {"doubled-fragment", "a fragment that comes twice is taken for two", .takes = counts_doubled},
    {"changed-fragment", "a fragment that is not authentic is taken", .takes = believes_changed},
    {"fewer-fragments", "fragments of a smaller total are taken", .takes = believes_fewer},
    {"more-fragments", "fragments of a smaller total are kept", .takes = keeps_old},
    {"fragment-zero", "a fragment with the number 0 is taken", .takes = believes_zero},
    {"fragment-beyond-total", "a fragment with a number above the total is taken", .takes = believes_beyond_total},
    {"repeated-first-fragment", "a repeated first fragment gets no response", .takes = loses_repeated_first},
    {"repeated-other-fragment", "a repeated second fragment gets a response", .takes = answers_repeated_second},
    {"fragmented-ike-auth", "an IKE_AUTH request in fragments is dropped", .takes = loses_ike_auth},
    {"fragmented-informational", "an INFORMATIONAL request in fragments is dropped", .takes = loses_informational},
    {"fragmented-ike-sa-init", "an IKE_SA_INIT request in fragments is taken", .takes = reassembles_init},
    {"unprotected-fragments", "fragments of a request without protection are taken", .takes = obeys_clear},
};

const struct wrong_faults fragments_faults = {faults, COUNT_OF(faults)};
