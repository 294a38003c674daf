/* SPDX-License-Identifier: ISC */
/* Whatever a datagram holds, ikl_header_read reads inside of it, says which error it is and then writes nothing; what
 * it accepts ikl_header_write writes so that it reads the same again.
 *
 * bounds: datagrams of up to 65,535 octets
 * fault: lib/message/header.h s/len < IKL_HEADER_LEN/len < IKL_HEADER_LEN - 1/ */
#include "proof.h"

#include "message/cursor.c"
#include "message/header.c"

static bool are_same(const struct ikl_header *a, const struct ikl_header *b)
{
    return a->spi_i == b->spi_i && a->spi_r == b->spi_r && a->next_payload == b->next_payload &&
           a->exchange_type == b->exchange_type && a->message_id == b->message_id && a->length == b->length;
}

static void write_back(const struct ikl_header *header)
{
    uint8_t octets[IKL_HEADER_LEN];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct ikl_header again;

    ikl_header_write(&writer, header);
    prove(!writer.failed && writer.len == IKL_HEADER_LEN);
    ikl_header_load(&again, octets);
    prove(are_same(&again, header));
    prove(again.flags == (header->flags & (IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE)) && again.minor == 0);
}

int main(void)
{
    size_t len = any_up_to(DATAGRAM);
    struct ikl_header header = {.length = 77};
    int result = ikl_header_read(&header, any_octets(len), len);

    prove((result == IKL_ERR_TRUNCATED) == (len < IKL_HEADER_LEN));
    prove(result == IKL_OK || result == IKL_ERR_TRUNCATED || result == IKL_ERR_VERSION || result == IKL_ERR_LENGTH ||
          result == IKL_ERR_MALFORMED);
    if (result != IKL_OK) {
        prove(header.length == 77);
        return 0;
    }
    prove(header.length == len);
    prove(header.spi_i != 0 ||
          (header.exchange_type == IKL_INFORMATIONAL && header.next_payload == IKL_PAYLOAD_NOTIFY));
    write_back(&header);
    return 0;
}
