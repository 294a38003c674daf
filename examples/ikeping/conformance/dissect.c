/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: datagrams as text. */
#include "tester.h"

#include <ikelive/dump.h>

#include <stdlib.h>

char *tester_dissect(const struct tester *tester, const struct traced *traced)
{
    struct ikl_octets message = traced_message(traced);
    struct ikl_dump options = {
        .size = sizeof(options), .contents = true, .plaintext = traced->plaintext, .plaintext_size = traced->len};
    struct ikl_reader reader = ikl_reader(message.data, message.len);
    uint64_t spi_i = ikl_read_u64(&reader), spi_r = ikl_read_u64(&reader);
    const struct tester_sa *sa = tester_find_sa(tester, spi_i, spi_r);
    int len;
    char *text;

    if (sa != NULL && sa->cipher != NULL) {
        options.cipher = sa->cipher;
        options.state = traced->sent ? sa->own : sa->peer;
    }
    len = ikl_message_dump(message.data, message.len, &options, NULL, 0);
    text = len >= 0 ? malloc((size_t)len + 1) : NULL;
    if (text != NULL) {
        (void)ikl_message_dump(message.data, message.len, &options, text, (size_t)len + 1);
    }
    return text;
}
