/* SPDX-License-Identifier: ISC */
/* Whatever the writers make, the readers read back to the same values: random values, the same in every run. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/payloads.h>

enum { ROUNDS = 20000, ROOM = 70000, MAX_STRING = 600 };

static struct test_random random_source;
static uint8_t out[ROOM];
static uint8_t strings[4096]; /* where random strings are views of */

static unsigned below(unsigned n)
{
    return (unsigned)test_random_below(&random_source, n);
}

static uint8_t any_u8(void)
{
    return (uint8_t)test_random(&random_source);
}

static uint16_t any_u16(void)
{
    return (uint16_t)test_random(&random_source);
}

/* One of the `n` numbers that are known, or now and then any. */
static uint8_t often_of(const uint8_t *known, size_t n)
{
    return below(4) != 0 ? known[below((unsigned)n)] : any_u8();
}

static struct ikl_octets string_of(size_t len)
{
    return (struct ikl_octets){strings + below((unsigned)(sizeof(strings) - len)), len};
}

/* Of any length, short ones more often. */
static struct ikl_octets any_string(void)
{
    return string_of(below(1 + below(MAX_STRING)));
}

static void assert_same(struct ikl_octets a, struct ikl_octets b)
{
    assert_int_equal(a.len, b.len);
    if (a.len > 0) {
        assert_memory_equal(a.data, b.data, a.len);
    }
}

static void ke_round(struct ikl_writer *writer)
{
    struct ikl_ke ke = {.method = below(2) != 0 ? (uint16_t)below(40) : any_u16()};
    struct ikl_ke back;
    size_t len = ikl_ke_len(ke.method);

    ke.data = len != 0 ? string_of(len) : any_string();
    assert_int_equal(ikl_ke_write(writer, &ke), IKL_OK);
    assert_int_equal(ikl_ke_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.method, ke.method);
    assert_same(back.data, ke.data);
}

/* Where the type does not take any string, one that it takes. */
static struct ikl_octets identity_of(uint8_t type)
{
    switch (type) {
    case IKL_ID_IPV4_ADDR:
        return string_of(4);
    case IKL_ID_IPV6_ADDR:
        return string_of(16);
    case IKL_ID_FQDN:
    case IKL_ID_RFC822_ADDR:
        return (struct ikl_octets){(const uint8_t *)"user@host.example" + below(17), below(2)};
    case IKL_ID_NULL:
        return (struct ikl_octets){NULL, 0};
    default:
        return any_string();
    }
}

static void id_round(struct ikl_writer *writer)
{
    static const uint8_t types[] = {1, 2, 3, 5, 9, 10, 11, 12, 13};
    struct ikl_id id = {.type = often_of(types, COUNT_OF(types))};
    struct ikl_id back;

    id.data = identity_of(id.type);
    assert_int_equal(ikl_id_write(writer, &id), IKL_OK);
    assert_int_equal(ikl_id_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.type, id.type);
    assert_same(back.data, id.data);
}

static void cert_round(struct ikl_writer *writer)
{
    const struct ikl_cert cert = {any_u8(), any_string()};
    struct ikl_cert back;

    assert_int_equal(ikl_cert_write(writer, &cert), IKL_OK);
    assert_int_equal(ikl_cert_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.encoding, cert.encoding);
    assert_same(back.data, cert.data);
}

static void certreq_round(struct ikl_writer *writer)
{
    const struct ikl_certreq request = {any_u8(), any_string()};
    struct ikl_certreq back;

    assert_int_equal(ikl_certreq_write(writer, &request), IKL_OK);
    assert_int_equal(ikl_certreq_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.encoding, request.encoding);
    assert_same(back.authorities, request.authorities);
}

static void auth_round(struct ikl_writer *writer)
{
    const struct ikl_auth auth = {any_u8(), any_string()};
    struct ikl_auth back;

    assert_int_equal(ikl_auth_write(writer, &auth), IKL_OK);
    assert_int_equal(ikl_auth_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.method, auth.method);
    assert_same(back.data, auth.data);
}

static void nonce_round(struct ikl_writer *writer)
{
    struct ikl_octets nonce = string_of(IKL_MIN_NONCE + below(IKL_MAX_NONCE - IKL_MIN_NONCE + 1));
    struct ikl_octets back;

    assert_int_equal(ikl_nonce_write(writer, nonce), IKL_OK);
    assert_int_equal(ikl_nonce_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_same(back, nonce);
}

static void notify_round(struct ikl_writer *writer)
{
    static const uint8_t protocols[] = {0, 1, 2, 3};
    struct ikl_notify notify = {.protocol = often_of(protocols, 4), .type = any_u16(), .data = any_string()};
    struct ikl_notify back;

    if (notify.protocol == IKL_PROTOCOL_AH || notify.protocol == IKL_PROTOCOL_ESP) {
        notify.spi = string_of(4 * below(2));
    } else if (notify.protocol != IKL_PROTOCOL_IKE) {
        notify.spi = string_of(below(256));
    }
    assert_int_equal(ikl_notify_write(writer, &notify), IKL_OK);
    assert_int_equal(ikl_notify_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.protocol, notify.spi.len > 0 ? notify.protocol : 0);
    assert_int_equal(back.type, notify.type);
    assert_same(back.spi, notify.spi);
    assert_same(back.data, notify.data);
}

static void delete_round(struct ikl_writer *writer)
{
    struct ikl_delete payload = {.protocol = (uint8_t)(1 + below(3))};
    struct ikl_delete back;

    if (payload.protocol != IKL_PROTOCOL_IKE) {
        payload.spi_size = 4;
        payload.n_spis = (uint16_t)below(200);
        payload.spis = string_of((size_t)4 * payload.n_spis);
    }
    assert_int_equal(ikl_delete_write(writer, &payload), IKL_OK);
    assert_int_equal(ikl_delete_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.protocol, payload.protocol);
    assert_int_equal(back.spi_size, payload.spi_size);
    assert_int_equal(back.n_spis, payload.n_spis);
    assert_same(back.spis, payload.spis);
}

static void eap_round(struct ikl_writer *writer)
{
    static const uint8_t codes[] = {1, 2, 3, 4};
    struct ikl_eap eap = {.code = often_of(codes, 4), .identifier = any_u8()};
    struct ikl_eap back;

    if (eap.code == IKL_EAP_REQUEST || eap.code == IKL_EAP_RESPONSE) {
        eap.type = any_u8();
        eap.data = any_string();
    }
    assert_int_equal(ikl_eap_write(writer, &eap), IKL_OK);
    assert_int_equal(ikl_eap_read(&back, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(back.code, eap.code);
    assert_int_equal(back.identifier, eap.identifier);
    assert_int_equal(back.type, eap.type);
    assert_same(back.data, eap.data);
}

static void selectors_round(struct ikl_writer *writer)
{
    static const uint8_t types[] = {7, 8};
    struct ikl_selector selectors[255];
    size_t n = 1 + below(1 + below(255));
    struct ikl_selectors walk;
    struct ikl_selector back;

    for (size_t i = 0; i < n; i++) {
        struct ikl_selector *selector = &selectors[i];
        size_t len;

        *selector = (struct ikl_selector){.type = often_of(types, 2), .protocol = any_u8()};
        len = selector->type == 7 ? 4 : 16;
        if (ikl_selector_is_range(selector)) {
            selector->start_port = any_u16();
            selector->end_port = any_u16();
            selector->start = string_of(len);
            selector->end = string_of(len);
        } else {
            selector->other = string_of(below(100));
        }
    }
    assert_int_equal(ikl_selectors_write(writer, selectors, n), IKL_OK);
    walk = ikl_selectors((struct ikl_octets){out, writer->len});
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ikl_selectors_next(&walk, &back), IKL_OK);
        assert_int_equal(back.type, selectors[i].type);
        assert_int_equal(back.protocol, selectors[i].protocol);
        assert_int_equal(back.start_port, selectors[i].start_port);
        assert_int_equal(back.end_port, selectors[i].end_port);
        assert_same(back.start, selectors[i].start);
        assert_same(back.end, selectors[i].end);
        assert_same(back.other, selectors[i].other);
    }
    assert_int_equal(ikl_selectors_next(&walk, &back), IKL_ERR_END);
}

static void cfg_round(struct ikl_writer *writer)
{
    static struct ikl_cfg_attribute attributes[64];
    size_t n = below(COUNT_OF(attributes));
    uint8_t type = any_u8();
    struct ikl_cfg_attributes walk;
    struct ikl_cfg_attribute back;
    struct ikl_cfg cfg;

    for (size_t i = 0; i < n; i++) {
        attributes[i] = (struct ikl_cfg_attribute){any_u16() & 0x7fff, any_string()};
    }
    assert_int_equal(ikl_cfg_write(writer, type, attributes, n), IKL_OK);
    assert_int_equal(ikl_cfg_read(&cfg, (struct ikl_octets){out, writer->len}), IKL_OK);
    assert_int_equal(cfg.type, type);
    walk = ikl_cfg_attributes(&cfg);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ikl_cfg_attributes_next(&walk, &back), IKL_OK);
        assert_int_equal(back.type, attributes[i].type);
        assert_same(back.value, attributes[i].value);
    }
    assert_int_equal(ikl_cfg_attributes_next(&walk, &back), IKL_ERR_END);
}

enum { MAX_PROPOSALS = 6, MAX_TRANSFORMS = 12, MAX_ATTRIBUTES = 4 };

/* An SA payload as values. */
struct transform_values {
    uint8_t type;
    uint16_t id;
    uint16_t key_bits;
    struct ikl_attribute attributes[MAX_ATTRIBUTES]; /* behind Key Length */
    size_t n_attributes;
};

struct proposal_values {
    uint8_t protocol;
    struct ikl_octets spi;
    struct transform_values transforms[MAX_TRANSFORMS];
    size_t n_transforms;
};

static struct ikl_attribute any_attribute(void)
{
    struct ikl_attribute attribute = {.type = any_u16() & 0x7fff, .fixed = below(2) != 0};

    if (attribute.type == IKL_ATTRIBUTE_KEY_LENGTH) {
        attribute.type++;
    }
    if (attribute.fixed) {
        attribute.value = any_u16();
    } else {
        attribute.data = string_of(below(20));
    }
    return attribute;
}

static void make_transform(struct transform_values *transform)
{
    *transform = (struct transform_values){any_u8(), any_u16(), 0, {{0}}, below(MAX_ATTRIBUTES + 1)};
    if (below(2) != 0) {
        transform->key_bits = any_u16();
    }
    for (size_t i = 0; i < transform->n_attributes; i++) {
        transform->attributes[i] = any_attribute();
    }
}

static void make_proposal(struct proposal_values *proposal)
{
    static const uint8_t protocols[] = {1, 2, 3};

    proposal->protocol = often_of(protocols, 3);
    switch (proposal->protocol) {
    case IKL_PROTOCOL_IKE:
        proposal->spi = string_of(8 * below(2));
        break;
    case IKL_PROTOCOL_AH:
    case IKL_PROTOCOL_ESP:
        proposal->spi = string_of(4);
        break;
    default:
        proposal->spi = string_of(below(256));
    }
    proposal->n_transforms = 1 + below(MAX_TRANSFORMS);
    for (size_t i = 0; i < proposal->n_transforms; i++) {
        make_transform(&proposal->transforms[i]);
    }
}

static void write_proposal(struct ikl_proposals_writer *writer, const struct proposal_values *proposal)
{
    assert_int_equal(ikl_write_proposal(writer, proposal->protocol, proposal->spi), IKL_OK);
    for (size_t i = 0; i < proposal->n_transforms; i++) {
        const struct transform_values *transform = &proposal->transforms[i];

        assert_int_equal(ikl_write_transform(writer, transform->type, transform->id, transform->key_bits), IKL_OK);
        for (size_t j = 0; j < transform->n_attributes; j++) {
            assert_int_equal(ikl_write_attribute(writer, &transform->attributes[j]), IKL_OK);
        }
    }
}

static void check_attributes(const struct ikl_transform *back, const struct transform_values *transform)
{
    struct ikl_attributes walk = ikl_attributes(back);
    struct ikl_attribute attribute;

    if (transform->key_bits != 0) {
        assert_int_equal(ikl_attributes_next(&walk, &attribute), IKL_OK);
        assert_int_equal(attribute.type, IKL_ATTRIBUTE_KEY_LENGTH);
        assert_int_equal(attribute.value, transform->key_bits);
    }
    for (size_t i = 0; i < transform->n_attributes; i++) {
        assert_int_equal(ikl_attributes_next(&walk, &attribute), IKL_OK);
        assert_int_equal(attribute.type, transform->attributes[i].type);
        assert_int_equal(attribute.fixed, transform->attributes[i].fixed);
        assert_int_equal(attribute.value, transform->attributes[i].value);
        assert_same(attribute.data, transform->attributes[i].data);
    }
    assert_int_equal(ikl_attributes_next(&walk, &attribute), IKL_ERR_END);
}

static void check_proposal(const struct ikl_proposal *back, const struct proposal_values *proposal)
{
    struct ikl_transforms walk = ikl_transforms(back);
    struct ikl_transform transform;

    assert_int_equal(back->protocol, proposal->protocol);
    assert_int_equal(back->n_transforms, proposal->n_transforms);
    assert_same(back->spi, proposal->spi);
    for (size_t i = 0; i < proposal->n_transforms; i++) {
        assert_int_equal(ikl_transforms_next(&walk, &transform), IKL_OK);
        assert_int_equal(transform.type, proposal->transforms[i].type);
        assert_int_equal(transform.id, proposal->transforms[i].id);
        assert_int_equal(transform.key_bits, proposal->transforms[i].key_bits);
        check_attributes(&transform, &proposal->transforms[i]);
    }
    assert_int_equal(ikl_transforms_next(&walk, &transform), IKL_ERR_END);
}

static void proposals_round(struct ikl_writer *writer)
{
    static struct proposal_values values[MAX_PROPOSALS];
    bool accepted = below(3) == 0;
    size_t n = accepted ? 1 : 1 + below(MAX_PROPOSALS);
    uint8_t number = accepted ? (uint8_t)(1 + below(255)) : 1;
    struct ikl_proposals_writer proposals = accepted ? ikl_accepted_writer(writer, number) : ikl_offer_writer(writer);
    struct ikl_proposals walk;
    struct ikl_proposal back;

    for (size_t i = 0; i < n; i++) {
        make_proposal(&values[i]);
        for (size_t j = 0; accepted && j < values[i].n_transforms; j++) {
            values[i].transforms[j].type = (uint8_t)(number + 7 * j); /* each type once */
        }
        write_proposal(&proposals, &values[i]);
    }
    walk = ikl_proposals((struct ikl_octets){out, writer->len}, accepted ? IKL_SA_ACCEPTED : IKL_SA_OFFER);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ikl_proposals_next(&walk, &back), IKL_OK);
        assert_int_equal(back.number, number + i);
        check_proposal(&back, &values[i]);
    }
    assert_int_equal(ikl_proposals_next(&walk, &back), IKL_ERR_END);
}

static void chain_round(struct ikl_writer *writer)
{
    static struct ikl_payload payloads[20];
    size_t n = below(COUNT_OF(payloads));
    struct ikl_payload back;
    struct ikl_chain chain;

    for (size_t i = 0; i < n; i++) {
        payloads[i] = (struct ikl_payload){(uint8_t)(1 + below(255)), below(2) != 0, any_string()};
        if (payloads[i].type == IKL_PAYLOAD_SK || payloads[i].type == IKL_PAYLOAD_SKF) {
            payloads[i].type = IKL_PAYLOAD_VENDOR_ID;
        }
    }
    assert_int_equal(ikl_chain_write(writer, payloads, n), IKL_OK);
    chain = ikl_chain(ikl_chain_first(payloads, n), (struct ikl_octets){out, writer->len});
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ikl_chain_next(&chain, &back), IKL_OK);
        assert_int_equal(back.type, payloads[i].type);
        assert_int_equal(back.critical, payloads[i].critical && !ikl_payload_known(back.type));
        assert_same(back.body, payloads[i].body);
    }
    assert_int_equal(ikl_chain_next(&chain, &back), IKL_ERR_END);
}

static void (*const rounds[])(struct ikl_writer *) = {
    ke_round,     id_round,  cert_round,      certreq_round, auth_round,      nonce_round, notify_round,
    delete_round, eap_round, selectors_round, cfg_round,     proposals_round, chain_round,
};

static void what_is_written_is_read_back_to_the_same_values(void **state)
{
    (void)state;
    random_source.state = 20260101;
    for (size_t i = 0; i < sizeof(strings); i++) {
        strings[i] = any_u8();
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        struct ikl_writer writer = ikl_writer(out, sizeof(out));

        rounds[i % COUNT_OF(rounds)](&writer);
    }
}

TESTS_OF(message_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back_to_the_same_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
