/* SPDX-License-Identifier: ISC */
/* From any state of a reader each read takes just what it says, fails just when there is not enough, and then stays
 * failed with nothing left.
 *
 * bounds: up to 65,535 octets
 * fault: lib/message/cursor.c s/len > reader->left/len > reader->left + 1/ */
#include "proof.h"

#include "message/cursor.c"

static struct ikl_reader before, reader;

/* The value of the next octets, the most significant first. */
static uint64_t value_of(size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        value = value << 8 | before.at[i];
    }
    return value;
}

static void check_number(uint64_t value, size_t len)
{
    prove(value == (reader.failed ? 0 : value_of(len)));
}

static void check_view(struct ikl_octets view, size_t len)
{
    prove(reader.failed ? view.data == NULL && view.len == 0 : view.data == before.at && view.len == len);
}

static void check_part(struct ikl_reader part, size_t len)
{
    prove(part.failed == reader.failed);
    prove(reader.failed ? part.left == 0 : part.at == before.at && part.left == len);
}

static size_t read_any(void)
{
    size_t len = nondet_size();

    switch (nondet_u8()) {
    case 0:
        check_number(ikl_read_u8(&reader), len = 1);
        break;
    case 1:
        check_number(ikl_read_u16(&reader), len = 2);
        break;
    case 2:
        check_number(ikl_read_u32(&reader), len = 4);
        break;
    case 3:
        check_number(ikl_read_u64(&reader), len = 8);
        break;
    case 4:
        check_view(ikl_read_octets(&reader, len), len);
        break;
    default:
        check_part(ikl_read_part(&reader, len), len);
    }
    return len;
}

int main(void)
{
    size_t size = any_up_to(DATAGRAM), offset = any_up_to(size), len;
    uint8_t *octets = any_octets(size);

    reader.failed = nondet_bool();
    reader.left = reader.failed ? 0 : size - offset;
    reader.at = reader.failed || (size == 0 && nondet_bool()) ? NULL : octets + offset;
    before = reader;
    len = read_any();
    prove(reader.failed == (before.failed || len > before.left));
    prove(reader.left == (reader.failed ? 0 : before.left - len));
    prove(reader.failed || len == 0 || reader.at == before.at + len);
    return 0;
}
