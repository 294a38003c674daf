/* SPDX-License-Identifier: ISC */
/* Whatever its items hold, a payload that is a list is written as its walk reads it again, item by item; what is
 * refused leaves the writer as it was.
 *
 * bounds: two attributes of up to 4 octets; one selector, with addresses of up to 16 octets or 4 other ones
 * each: -DTS=IKL_TS_IPV4_ADDR_RANGE -DTS=IKL_TS_IPV6_ADDR_RANGE
 * long: -DCP -DTS=200
 * cbmc: --unwind 7
 * fault: lib/message/selectors.c s/writer, selector->end_port/writer, selector->start_port/
 * fault: -DCP lib/message/configuration.c s/type > MAX_ATTRIBUTE_TYPE/type > 2 * MAX_ATTRIBUTE_TYPE/ */
#include "proof.h"

#include "message/cursor.c"
#include "message/typed_body.c"

#if defined(CP)
#include "message/configuration.c"
#define ITEM struct ikl_cfg_attribute
#define ITEMS 2
#else
#include "message/selectors.c"
#define ITEM struct ikl_selector
#define ITEMS 1
#endif

enum { MOST = 16, ROOM = 48 };

static ITEM items[ITEMS];
static uint8_t octets[ROOM];

static struct ikl_octets any_view(size_t most)
{
    return (struct ikl_octets){any_octets(MOST), any_up_to(most)};
}

static bool are_same(struct ikl_octets a, struct ikl_octets b)
{
    size_t watched = nondet_size();

    return a.len == b.len && (watched >= a.len || a.data[watched] == b.data[watched]);
}

#if defined(CP)
static int write_items(struct ikl_writer *writer)
{
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct ikl_cfg_attribute){nondet_u16(), any_view(4)};
    }
    return ikl_cfg_write(writer, nondet_u8(), items, ITEMS);
}

static void read_back(struct ikl_octets body)
{
    struct ikl_cfg cfg;
    struct ikl_cfg_attributes walk;
    struct ikl_cfg_attribute again;

    prove(ikl_cfg_check(body) == IKL_OK && ikl_cfg_read(&cfg, body) == IKL_OK);
    walk = ikl_cfg_attributes(&cfg);
    for (size_t i = 0; i < ITEMS; i++) {
        prove(ikl_cfg_attributes_next(&walk, &again) == IKL_OK);
        prove(again.type == items[i].type && are_same(again.value, items[i].value));
    }
    prove(ikl_cfg_attributes_next(&walk, &again) == IKL_ERR_END);
}
#else
static int write_items(struct ikl_writer *writer)
{
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct ikl_selector){.type = TS,
                                         .protocol = nondet_u8(),
                                         .start_port = nondet_u16(),
                                         .end_port = nondet_u16(),
                                         .start = any_view(MOST),
                                         .end = any_view(MOST),
                                         .other = any_view(4)};
    }
    return ikl_selectors_write(writer, items, ITEMS);
}

static void read_back(struct ikl_octets body)
{
    struct ikl_selectors walk = ikl_selectors(body);
    struct ikl_selector again;

    prove(ikl_selectors_check(body) == IKL_OK);
    for (size_t i = 0; i < ITEMS; i++) {
        prove(ikl_selectors_next(&walk, &again) == IKL_OK);
        prove(again.type == TS && again.protocol == items[i].protocol && again.start_port == items[i].start_port &&
              again.end_port == items[i].end_port);
        prove(are_same(again.start, items[i].start) && are_same(again.end, items[i].end) &&
              are_same(again.other, items[i].other));
    }
    prove(ikl_selectors_next(&walk, &again) == IKL_ERR_END);
}
#endif

int main(void)
{
    size_t size = any_up_to(ROOM);
    struct ikl_writer writer = ikl_writer(octets, size);
    int result = write_items(&writer);

    prove(result == IKL_OK || result == IKL_ERR_INVALID || result == IKL_ERR_NO_BUFFER);
    prove(result != IKL_ERR_INVALID || writer.len == 0);
    prove((result == IKL_ERR_NO_BUFFER) == writer.failed);
    if (result == IKL_OK) {
        read_back((struct ikl_octets){octets, writer.len});
    }
    return 0;
}
