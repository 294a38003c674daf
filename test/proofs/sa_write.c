/* SPDX-License-Identifier: ISC */
/* Whatever proposals, transforms and attributes hold, they are written as their walks read them again, item by item, or
 * refused, which leaves the writer as it was.
 *
 * bounds: two proposals with SPIs of 4 octets; two transforms, the first with a Key Length; one more attribute, of up
 * to 4 octets
 * each: -DPROPOSALS
 * long: -DTRANSFORMS -DATTRIBUTE
 * cbmc: --unwind 4
 * fault: lib/message/proposals_writer.c s/LAST_SUBSTRUC, IKL_MORE_PROPOSALS/LAST_SUBSTRUC, IKL_LAST/ */
#include "proof.h"

#include "message/cursor.c"
#include "message/proposals.c"
#include "message/proposals_writer.c"

#if defined(PROPOSALS)
enum { SPI_LEN = 4 };
#else
enum { SPI_LEN = 0 };
#endif

enum { MOST = 4, ROOM = 2 * (8 + SPI_LEN) + 2 * 12 };

static struct ikl_writer writer;
static struct ikl_proposals_writer proposals;

static struct ikl_octets any_view(void)
{
    size_t len = any_up_to(MOST);

    return (struct ikl_octets){any_octets(len), len};
}

static bool are_same(struct ikl_octets a, struct ikl_octets b)
{
    size_t watched = nondet_size();

    return a.len == b.len && (watched >= a.len || a.data[watched] == b.data[watched]);
}

/* True when it was written; what was refused is without effect. */
static bool has_written(int result, size_t before)
{
    prove(result == IKL_OK || result == IKL_ERR_INVALID || result == IKL_ERR_NO_BUFFER);
    prove(result != IKL_ERR_INVALID || writer.len == before);
    prove((result == IKL_ERR_NO_BUFFER) == writer.failed);
    return result == IKL_OK;
}

static bool write_proposal(struct ikl_proposal *proposal)
{
    size_t before = writer.len;

    *proposal = (struct ikl_proposal){.protocol = nondet_u8(), .spi = {any_octets(SPI_LEN), SPI_LEN}};
    return has_written(ikl_write_proposal(&proposals, proposal->protocol, proposal->spi), before);
}

static bool write_transform(struct ikl_transform *transform, bool has_key_length)
{
    size_t before = writer.len;

    *transform = (struct ikl_transform){.type = nondet_u8(), .id = nondet_u16(), .key_bits = nondet_u16()};
    suppose((transform->key_bits != 0) == has_key_length);
    return has_written(ikl_write_transform(&proposals, transform->type, transform->id, transform->key_bits), before);
}

static bool write_attribute(struct ikl_attribute *attribute)
{
    size_t before = writer.len;

    *attribute = (struct ikl_attribute){nondet_u16(), nondet_bool(), nondet_u16(), any_view()};
    return has_written(ikl_write_attribute(&proposals, attribute), before);
}

static void expect_proposal(struct ikl_proposals *walk, const struct ikl_proposal *proposal, struct ikl_proposal *again)
{
    prove(ikl_proposals_next(walk, again) == IKL_OK);
    prove(again->protocol == proposal->protocol && are_same(again->spi, proposal->spi));
}

static void expect_transform(struct ikl_transforms *walk, const struct ikl_transform *transform)
{
    struct ikl_transform again;

    prove(ikl_transforms_next(walk, &again) == IKL_OK);
    prove(again.type == transform->type && again.id == transform->id && again.key_bits == transform->key_bits);
}

static void expect_end(struct ikl_transforms *walk)
{
    struct ikl_transform again;

    prove(ikl_transforms_next(walk, &again) == IKL_ERR_END);
}

#if defined(PROPOSALS)
enum { KIND = IKL_SA_OFFER };

static struct ikl_proposal first, second;
static struct ikl_transform one, two;

static bool write_all(void)
{
    return write_proposal(&first) && write_transform(&one, true) && write_proposal(&second) &&
           write_transform(&two, false);
}

static void read_back(struct ikl_proposals *walk)
{
    struct ikl_proposal proposal;
    struct ikl_transforms transforms;

    expect_proposal(walk, &first, &proposal);
    transforms = ikl_transforms(&proposal);
    expect_transform(&transforms, &one);
    expect_end(&transforms);
    expect_proposal(walk, &second, &proposal);
    transforms = ikl_transforms(&proposal);
    expect_transform(&transforms, &two);
    expect_end(&transforms);
}
#elif defined(TRANSFORMS)
enum { KIND = IKL_SA_ACCEPTED };

static struct ikl_proposal proposal;
static struct ikl_transform one, two;

static bool write_all(void)
{
    return write_proposal(&proposal) && write_transform(&one, true) && write_transform(&two, false);
}

static void read_back(struct ikl_proposals *walk)
{
    struct ikl_proposal again;
    struct ikl_transforms transforms;

    expect_proposal(walk, &proposal, &again);
    transforms = ikl_transforms(&again);
    expect_transform(&transforms, &one);
    expect_transform(&transforms, &two);
    expect_end(&transforms);
}
#else
enum { KIND = IKL_SA_ACCEPTED };

static struct ikl_proposal proposal;
static struct ikl_transform transform;
static struct ikl_attribute attribute;

static bool write_all(void)
{
    return write_proposal(&proposal) && write_transform(&transform, true) && write_attribute(&attribute);
}

static void read_back(struct ikl_proposals *walk)
{
    struct ikl_proposal again;
    struct ikl_transforms transforms;
    struct ikl_transform other;
    struct ikl_attributes attributes;
    struct ikl_attribute found;

    expect_proposal(walk, &proposal, &again);
    transforms = ikl_transforms(&again);
    prove(ikl_transforms_next(&transforms, &other) == IKL_OK);
    attributes = ikl_attributes(&other);
    if (transform.key_bits != 0) {
        prove(ikl_attributes_next(&attributes, &found) == IKL_OK);
        prove(found.type == IKL_ATTRIBUTE_KEY_LENGTH && found.fixed && found.value == transform.key_bits);
    }
    prove(ikl_attributes_next(&attributes, &found) == IKL_OK);
    prove(found.type == attribute.type && found.fixed == attribute.fixed && found.value == attribute.value);
    prove(are_same(found.data, attribute.data));
    prove(ikl_attributes_next(&attributes, &found) == IKL_ERR_END);
    expect_end(&transforms);
}
#endif

int main(void)
{
    uint8_t *octets = any_octets(ROOM);
    struct ikl_proposals walk;
    struct ikl_proposal none;

    writer = ikl_writer(octets, any_up_to(ROOM));
    proposals = KIND == IKL_SA_OFFER ? ikl_offer_writer(&writer) : ikl_accepted_writer(&writer, nondet_u8());
    if (write_all()) {
        walk = ikl_proposals((struct ikl_octets){octets, writer.len}, KIND);
        read_back(&walk);
        prove(ikl_proposals_next(&walk, &none) == IKL_ERR_END);
    }
    return 0;
}
