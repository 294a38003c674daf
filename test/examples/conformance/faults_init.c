/* SPDX-License-Identifier: ISC */
/* Faults: IKE_SA_INIT. */
#include "wrong.h"

#include "support/test.h"

/* Where they are in the header; and what the checks have there and in the payloads. */
enum { SPI_I_AT = 0, SPI_R_AT = 8, NEXT_PAYLOAD_AT = 16, VERSION_AT, EXCHANGE_TYPE_AT, FLAGS_AT, MESSAGE_ID_AT };
enum {
    VERSION_2_9 = 0x29,
    VERSION_3_0 = 0x30,
    UNKNOWN_TYPE = 113,
    UNKNOWN_STATUS = 40959,
    SHORT_OFFER = 60,
    MADE_UP = 8
};

static bool is_init(const struct wrong_message *message)
{
    return message->octets.len > IKL_HEADER_LEN && message->octets.data[EXCHANGE_TYPE_AT] == IKL_IKE_SA_INIT;
}

static struct ikl_octets payloads_of(const struct wrong_message *message)
{
    return (struct ikl_octets){message->octets.data + IKL_HEADER_LEN, message->octets.len - IKL_HEADER_LEN};
}

/* The body of a payload; without `data` where there is none. */
static struct ikl_octets find(const struct wrong_message *message, uint8_t type)
{
    return payload_find(message->octets.data[NEXT_PAYLOAD_AT], payloads_of(message), type);
}

/* Accepts what it should not. */
static bool accepts(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    static const uint8_t accepted[4];
    const struct ikl_payload sa = {.type = IKL_PAYLOAD_SA, .body = {accepted, sizeof(accepted)}};
    struct wrong_datagram answer = {.path = datagram->path};
    struct ikl_writer writer = ikl_writer(answer.octets, sizeof(answer.octets));
    struct ikl_header header = {.spi_r = 1, .exchange_type = IKL_IKE_SA_INIT, .flags = IKL_FLAG_RESPONSE};
    struct ikl_reader reader = ikl_reader(message->octets.data, message->octets.len);

    if (!is_init(message) || !peer->fault->when(peer, message)) {
        return true;
    }
    header.spi_i = ikl_read_u64(&reader);
    ikl_header_write(&writer, &header);
    assert_int_equal(ikl_chain_write(&writer, &sa, 1), IKL_OK);
    ikl_header_patch(&writer, 0, IKL_PAYLOAD_SA);
    answer.len = writer.len;
    wrong_send(peer, &answer);
    return false;
}

static bool has_unknown(const struct wrong_message *message, bool critical)
{
    struct ikl_chain chain = ikl_chain(message->octets.data[NEXT_PAYLOAD_AT], payloads_of(message));
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == UNKNOWN_TYPE && payload.critical == critical) {
            return true;
        }
    }
    return false;
}

static bool has_unknown_payload(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_init(message) && has_unknown(message, false);
}

static bool has_critical_payload(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return has_unknown(message, true);
}

static bool says(const struct wrong_message *message, uint16_t type)
{
    return is_init(message) &&
           payload_find_notify(message->octets.data[NEXT_PAYLOAD_AT], payloads_of(message), type, NULL);
}

static bool has_unknown_status(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return says(message, UNKNOWN_STATUS);
}

static bool has_cookie(const struct wrong_peer *peer, const struct wrong_message *message)
{
    struct ikl_octets cookie;

    (void)peer;
    return is_init(message) &&
           payload_find_notify(message->octets.data[NEXT_PAYLOAD_AT], payloads_of(message), IKL_NOTIFY_COOKIE,
                               &cookie) &&
           cookie.len == MADE_UP;
}

static bool has_vendor_id(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_init(message) && find(message, IKL_PAYLOAD_VENDOR_ID).data != NULL;
}

static bool has_minor_version(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_init(message) && message->octets.data[VERSION_AT] == VERSION_2_9;
}

static bool has_other_flags(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_init(message) && (message->octets.data[FLAGS_AT] & ~(IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE)) != 0;
}

static bool has_major_version(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return message->octets.data[VERSION_AT] == VERSION_3_0;
}

static bool has_message_id(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return message->octets.data[MESSAGE_ID_AT + 3] != 0;
}

static bool has_spi_of_nobody(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return message->octets.data[SPI_R_AT] != 0 && message->sa == NULL;
}

static bool has_no_spi(const struct wrong_peer *peer, const struct wrong_message *message)
{
    static const uint8_t none[sizeof(uint64_t)];

    (void)peer;
    return memcmp(message->octets.data + SPI_I_AT, none, sizeof(none)) == 0;
}

static bool is_response(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return (message->octets.data[FLAGS_AT] & IKL_FLAG_RESPONSE) != 0;
}

/* A request that lacks this payload, and not all of them, as in a fragment. */
static bool lacks(const struct wrong_message *message, uint8_t type)
{
    return find(message, type).data == NULL && message->octets.data[NEXT_PAYLOAD_AT] != IKL_PAYLOAD_SKF;
}

static bool has_no_sa(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return lacks(message, IKL_PAYLOAD_SA);
}

static bool has_no_ke(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return lacks(message, IKL_PAYLOAD_KE);
}

static bool has_no_nonce(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return lacks(message, IKL_PAYLOAD_NONCE);
}

static bool has_short_nonce(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return find(message, IKL_PAYLOAD_NONCE).len == IKL_MIN_NONCE - 1;
}

static bool has_long_nonce(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return find(message, IKL_PAYLOAD_NONCE).len > IKL_MAX_NONCE;
}

static bool has_short_ke(const struct wrong_peer *peer, const struct wrong_message *message)
{
    struct ikl_octets ke = find(message, IKL_PAYLOAD_KE);

    (void)peer;
    return ke.len == 4 + 16;
}

static bool has_unknown_offer(const struct wrong_peer *peer, const struct wrong_message *message)
{
    struct ikl_octets sa = find(message, IKL_PAYLOAD_SA);

    (void)peer;
    return sa.data != NULL && sa.len < SHORT_OFFER;
}

static bool has_other_method(const struct wrong_peer *peer, const struct wrong_message *message)
{
    struct ikl_octets ke = find(message, IKL_PAYLOAD_KE);

    return ke.len != 0 &&
           !proposals_have_group(&peer->end.settings.proposals, (uint16_t)(ke.data[0] << 8 | ke.data[1]));
}

static const struct wrong_fault faults[] = {
    {"unknown-in-ike-sa-init", "IKE_SA_INIT with an unknown payload gets no response", .takes = wrong_loses,
     .when = has_unknown_payload},
    {"unknown-status-in-ike-sa-init", "IKE_SA_INIT with an unknown status gets no response", .takes = wrong_loses,
     .when = has_unknown_status},
    {"unknown-vendor-id", "IKE_SA_INIT with an unknown Vendor ID gets no response", .takes = wrong_loses,
     .when = has_vendor_id},
    {"critical-in-ike-sa-init", "an unknown critical payload in IKE_SA_INIT is ignored", .takes = accepts,
     .when = has_critical_payload},
    {"minor-version-of-ike-sa-init", "IKE_SA_INIT of version 2.9 gets no response", .takes = wrong_loses,
     .when = has_minor_version},
    {"reserved-flags-of-ike-sa-init", "IKE_SA_INIT with reserved flags gets no response", .takes = wrong_loses,
     .when = has_other_flags},
    {"major-version", "IKE_SA_INIT of version 3 is accepted", .takes = accepts, .when = has_major_version},
    {"message-id-of-ike-sa-init", "IKE_SA_INIT with Message ID 1 is accepted", .takes = accepts,
     .when = has_message_id},
    {"spi-of-nobody", "IKE_SA_INIT with a responder's SPI is accepted", .takes = accepts, .when = has_spi_of_nobody},
    {"ike-sa-init-without-spi", "IKE_SA_INIT without SPI is accepted", .takes = accepts, .when = has_no_spi},
    {"response-flag-of-ike-sa-init", "IKE_SA_INIT that is marked as a response is accepted", .takes = accepts,
     .when = is_response},
    {"ike-sa-init-without-sa", "IKE_SA_INIT without SA is accepted", .takes = accepts, .when = has_no_sa},
    {"ike-sa-init-without-ke", "IKE_SA_INIT without KE is accepted", .takes = accepts, .when = has_no_ke},
    {"ike-sa-init-without-nonce", "IKE_SA_INIT without nonce is accepted", .takes = accepts, .when = has_no_nonce},
    {"short-nonce", "a short nonce is accepted", .takes = accepts, .when = has_short_nonce},
    {"long-nonce", "a long nonce is accepted", .takes = accepts, .when = has_long_nonce},
    {"short-public-value", "a short public value is accepted", .takes = accepts, .when = has_short_ke},
    {"no-proposal", "an unknown offer is accepted", .takes = accepts, .when = has_unknown_offer},
    {"other-method", "a KE payload of another method is accepted", .takes = accepts, .when = has_other_method},
    {"made-up-cookie", "IKE_SA_INIT with a cookie gets no response", .takes = wrong_loses, .when = has_cookie},
};

const struct wrong_faults init_faults = {faults, COUNT_OF(faults)};
