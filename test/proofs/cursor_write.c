/* SPDX-License-Identifier: ISC */
/* From any state of a writer each write and each patch touches just the octets that it says, fails just when there is
 * no room, and then stays failed; without a buffer it counts.
 *
 * bounds: buffers of up to 65,535 octets; 16 octets at once
 * each: -DOPERATION=0 -DOPERATION=1 -DOPERATION=2 -DOPERATION=3 -DOPERATION=4 -DOPERATION=5
 * each: -DOPERATION=6 -DOPERATION=7 -DOPERATION=8
 * cbmc: --unwind 20
 * fault: lib/message/cursor.c s/len > writer->size - offset/len > writer->size - offset + 1/ */
#include "proof.h"

#include "message/cursor.c"

enum { MOST = 16 };

static struct ikl_writer before, writer;

/* Returns how many octets it writes or patches, at `at`. */
static size_t write_any(size_t at)
{
    static uint8_t source[MOST];
    size_t len;

    switch (OPERATION) {
    case 0:
        ikl_write_u8(&writer, nondet_u8());
        return 1;
    case 1:
        ikl_write_u16(&writer, nondet_u16());
        return 2;
    case 2:
        ikl_write_u32(&writer, nondet_u32());
        return 4;
    case 3:
        ikl_write_u64(&writer, nondet_u64());
        return 8;
    case 4:
        len = any_up_to(MOST);
        ikl_write_octets(&writer, len == 0 && nondet_bool() ? NULL : source, len);
        return len;
    case 5:
        len = nondet_size();
        suppose(len <= MOST || len > SIZE_MAX - 100);
        ikl_write_zeros(&writer, len);
        return len;
    case 6:
        ikl_patch_u8(&writer, at, nondet_u8());
        return 1;
    case 7:
        ikl_patch_u16(&writer, at, nondet_u16());
        return 2;
    default:
        ikl_patch_u32(&writer, at, nondet_u32());
        return 4;
    }
}

static void check_write(size_t len)
{
    prove(writer.len == (len > SIZE_MAX - before.len ? SIZE_MAX : before.len + len));
    prove(writer.failed == (before.failed || (before.data != NULL && len > before.size - before.len)));
}

static void check_patch(size_t at, size_t len)
{
    prove(writer.len == before.len);
    prove(writer.failed == (before.failed || (before.data != NULL && (at > before.len || len > before.len - at))));
}

int main(void)
{
    size_t size = any_up_to(DATAGRAM), at = nondet_size(), watched = nondet_size(), len;
    uint8_t *octets = nondet_bool() ? NULL : any_octets(size);
    bool is_patch = OPERATION >= 6, is_watched = octets != NULL && watched < size;
    uint8_t was = is_watched ? octets[watched] : 0;

    writer = (struct ikl_writer){.data = octets, .size = size, .len = nondet_size(), .failed = nondet_bool()};
    suppose(octets != NULL || !writer.failed);
    suppose(octets == NULL || writer.failed || writer.len <= size);
    before = writer;
    len = write_any(at);
    prove(writer.data == octets && writer.size == size);
    prove(octets == NULL || writer.failed || writer.len <= size);
    if (is_patch) {
        check_patch(at, len);
    } else {
        check_write(len);
        at = before.len;
    }
    if (is_watched && (writer.failed || watched < at || watched - at >= len)) {
        prove(octets[watched] == was);
    }
    return 0;
}
