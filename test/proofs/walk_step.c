/* SPDX-License-Identifier: ISC */
/* From any state of a walk over a list in a payload, one step reads inside of it, takes what the item says, and stays
 * at an error; an item that it gives the writer takes too, and makes as long. By induction this holds for the whole
 * walk, however long the list is.
 *
 * bounds: bodies of up to 65,535 octets; transforms in lists of up to 24 octets
 * each: -DPROPOSAL -DATTRIBUTE -DTRANSFORM -DSELECTOR -DCP
 * cbmc: --unwind 6
 * fault: -DATTRIBUTE lib/message/proposals.c s/out->fixed ? 0 : value_or_len/value_or_len/
 * fault: -DSELECTOR lib/message/selectors.c s/part.failed || part.left > 0/part.failed/
 * fault: -DCP lib/message/configuration.c s/reader->left > 0 ? IKL_OK/reader->left > 1 ? IKL_OK/ */
#include "proof.h"

#include "message/cursor.c"
#include "message/typed_body.c"

/* Of each list: its walk, its item, a step; the octets that there may be, and those of the shortest item. */
#if defined(PROPOSAL)
#include "message/proposals.c"
#include "message/proposals_writer.c"
#define WALK struct ikl_proposals
#define ITEM struct ikl_proposal
#define NEXT ikl_proposals_next
enum { MOST = DATAGRAM, LEAST = 8 };
#elif defined(TRANSFORM)
#include "message/proposals.c"
#include "message/proposals_writer.c"
#define WALK struct ikl_transforms
#define ITEM struct ikl_transform
#define NEXT ikl_transforms_next
enum { MOST = 24, LEAST = 8 };
#elif defined(ATTRIBUTE)
#include "message/proposals.c"
#include "message/proposals_writer.c"
#define WALK struct ikl_attributes
#define ITEM struct ikl_attribute
#define NEXT ikl_attributes_next
enum { MOST = DATAGRAM, LEAST = 4 };
#elif defined(SELECTOR)
#include "message/selectors.c"
#define WALK struct ikl_selectors
#define ITEM struct ikl_selector
#define NEXT ikl_selectors_next
enum { MOST = DATAGRAM, LEAST = 4 };
#else
#include "message/configuration.c"
#define WALK struct ikl_cfg_attributes
#define ITEM struct ikl_cfg_attribute
#define NEXT ikl_cfg_attributes_next
enum { MOST = DATAGRAM, LEAST = 4 };
#endif

static const uint8_t *body;
static size_t size;

static bool is_inside(struct ikl_octets view)
{
    return view.len == 0 || (__CPROVER_same_object(view.data, body) && view.len <= size &&
                             (size_t)(view.data - body) <= size - view.len);
}

#if defined(PROPOSAL)
/* The octets of the item; what holds of it, and of the walk. */
static size_t check_item(const WALK *before, const WALK *after, const ITEM *item)
{
    struct ikl_writer counting = ikl_writer(NULL, 0);
    struct ikl_proposals_writer writer = ikl_accepted_writer(&counting, item->number);

    prove(is_inside(item->spi) && is_inside(item->transforms) && item->n_transforms != 0);
    prove(before->number != 0 ? item->number == before->number && after->number == before->number + 1
                              : item->accepted && item->number != 0 && after->status == IKL_ERR_END);
    prove(ikl_write_proposal(&writer, item->protocol, item->spi) == IKL_OK);
    return counting.len + item->transforms.len;
}
#elif defined(TRANSFORM)
static size_t check_item(const WALK *before, const WALK *after, const ITEM *item)
{
    prove(is_inside(item->attributes));
    prove(after->left == before->left - 1 && (after->status == IKL_ERR_END) == (after->left == 0));
    prove(!before->accepted || (before->types[item->type / 32] >> item->type % 32 & 1) == 0);
    return LEAST + item->attributes.len;
}
#elif defined(ATTRIBUTE)
static size_t check_item(const WALK *before, const WALK *after, const ITEM *item)
{
    struct ikl_writer counting = ikl_writer(NULL, 0);
    struct ikl_proposals_writer writer = ikl_offer_writer(&counting);

    (void)before;
    (void)after;
    prove(is_inside(item->data));
    writer.n_proposals = writer.n_transforms = 1;
    prove(ikl_write_attribute(&writer, item) == (item->data.len <= IKL_MAX_BODY - LEAST ? IKL_OK : IKL_ERR_INVALID));
    return LEAST + item->data.len;
}
#elif defined(SELECTOR)
static size_t check_item(const WALK *before, const WALK *after, const ITEM *item)
{
    struct ikl_writer counting = ikl_writer(NULL, 0);

    prove(is_inside(item->start) && is_inside(item->end) && is_inside(item->other));
    prove(after->left == before->left - 1 && (after->status == IKL_ERR_END) == (after->left == 0));
    if (item->other.len > IKL_MAX_BODY - 2 * LEAST) {
        return LEAST + item->other.len;
    }
    prove(ikl_selectors_write(&counting, item, 1) == IKL_OK);
    return counting.len - IKL_TYPE_AND_RESERVED_LEN;
}
#else
static size_t check_item(const WALK *before, const WALK *after, const ITEM *item)
{
    struct ikl_writer counting = ikl_writer(NULL, 0);

    (void)before;
    (void)after;
    prove(is_inside(item->value));
    if (item->value.len > IKL_MAX_BODY - 2 * LEAST) {
        return LEAST + item->value.len;
    }
    prove(ikl_cfg_write(&counting, nondet_u8(), item, 1) == IKL_OK);
    return counting.len - IKL_TYPE_AND_RESERVED_LEN;
}
#endif

/* A walk somewhere in the list; those that count have items to come. */
static WALK any_walk(void)
{
    WALK walk;
    size_t offset;

    size = any_up_to(MOST);
    offset = any_up_to(size);
    body = any_octets(size);
    walk.reader.failed = nondet_bool();
    walk.reader.at = walk.reader.failed ? NULL : body + offset;
    walk.reader.left = walk.reader.failed ? 0 : size - offset;
    walk.status = nondet_int();
    suppose(!walk.reader.failed || walk.status != IKL_OK);
#if defined(TRANSFORM) || defined(SELECTOR)
    suppose(walk.status != IKL_OK || walk.left > 0);
#endif
#if defined(TRANSFORM)
    walk.accepted = nondet_bool();
#endif
    return walk;
}

int main(void)
{
    WALK before = any_walk(), walk = before;
    ITEM item;
    int result = NEXT(&walk, &item);

    if (before.status != IKL_OK) {
        prove(result == before.status && walk.status == result && walk.reader.left == before.reader.left);
    } else if (result == IKL_OK) {
        prove(walk.status == IKL_OK || (walk.status == IKL_ERR_END && walk.reader.left == 0));
        prove(walk.reader.left + check_item(&before, &walk, &item) == before.reader.left);
    } else {
        prove(result == IKL_ERR_TRUNCATED || result == IKL_ERR_MALFORMED);
        prove(walk.status == result);
    }
    return 0;
}
