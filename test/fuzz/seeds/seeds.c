/* SPDX-License-Identifier: ISC */
/* make_seeds CORPUS SESSION...: makes the seeds of the fuzz targets message and open from recorded sessions. Of
 * messages with the same payloads the first is taken. CORPUS/message and CORPUS/open must be there. */
#include "fuzz/support/open_input.h"
#include "support/hex.h"
#include "support/session_file.h"

#include <ikelive/message.h>
#include <ikelive/registry.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 70000, MAX_KINDS = 256, MAX_KIND = 64 };

/* What kinds of messages there were: the exchange, the direction, the types of the payloads. */
static uint8_t kinds[MAX_KINDS][MAX_KIND];
static size_t n_kinds;

static bool is_new(const uint8_t *kind)
{
    for (size_t i = 0; i < n_kinds; i++) {
        if (memcmp(kinds[i], kind, MAX_KIND) == 0) {
            return false;
        }
    }
    if (n_kinds == MAX_KINDS) {
        return false;
    }
    memcpy(kinds[n_kinds++], kind, MAX_KIND);
    return true;
}

static void describe(uint8_t *kind, const struct session_message *message, uint8_t first, struct ikl_octets octets)
{
    struct ikl_chain chain = ikl_chain(first, octets);
    struct ikl_payload payload;
    size_t n = 2;

    memset(kind, 0, MAX_KIND);
    kind[0] = (uint8_t)message->exchange_type;
    kind[1] = (uint8_t)(message->flags & IKL_FLAG_RESPONSE);
    while (n < MAX_KIND && ikl_chain_next(&chain, &payload) == IKL_OK) {
        kind[n++] = payload.type;
    }
}

static void save(const char *corpus, const char *target, const char *name, const uint8_t *data, size_t len)
{
    char path[1024];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s/%s", corpus, target, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, len, file) != len || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* "CREATE_CHILD_SA-request-SA.Nonce.KE" */
static void name_kind(char *name, size_t size, const uint8_t *kind)
{
    const char *exchange_type = ikl_exchange_name(kind[0]);
    size_t len = (size_t)snprintf(name, size, "%s-%s-", exchange_type != NULL ? exchange_type : "exchange",
                                  kind[1] != 0 ? "response" : "request");

    for (size_t i = 2; i < MAX_KIND && kind[i] != 0 && len < size; i++) {
        const char *type = ikl_payload_name(kind[i]);

        if (kind[i] != kind[i - 1]) {
            len += (size_t)snprintf(name + len, size - len, "%s%s", i > 2 ? "." : "", type != NULL ? type : "payload");
        }
    }
}

/* The payloads of a protected message as those of an unprotected one. */
static void save_unprotected(const char *corpus, const char *name, const struct session_message *message)
{
    static uint8_t octets[ROOM];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    const struct ikl_header header = {.spi_i = message->spi_i,
                                      .spi_r = message->spi_r,
                                      .next_payload = (uint8_t)message->first_payload,
                                      .exchange_type = (uint8_t)message->exchange_type,
                                      .flags = (uint8_t)message->flags,
                                      .message_id = (uint32_t)message->message_id,
                                      .length = (uint32_t)(IKL_HEADER_LEN + message->plaintext.len)};

    ikl_header_write(&writer, &header);
    ikl_write_octets(&writer, message->plaintext.data, message->plaintext.len);
    save(corpus, "message", name, octets, writer.len);
}

/* One seed for each way to damage a message, cipher and fragment alternating. */
static void save_open(const char *corpus, const char *name, const struct session_message *message)
{
    static uint8_t octets[ROOM] = {[OPEN_WHAT] = 1};
    uint8_t damage = (uint8_t)(n_kinds % OPEN_DAMAGES);

    octets[OPEN_CIPHER] = (uint8_t)((n_kinds % 3) | (n_kinds % 2 != 0 ? OPEN_FRAGMENT : 0));
    octets[OPEN_FIRST] = (uint8_t)message->first_payload;
    octets[OPEN_PADDING] = (uint8_t)(n_kinds % 4);
    octets[OPEN_DAMAGE] = damage;
    octets[OPEN_WHERE + 1] = (uint8_t)(20 * n_kinds);
    memcpy(octets + OPEN_FRONT_LEN, message->plaintext.data, message->plaintext.len);
    save(corpus, "open", name, octets, OPEN_FRONT_LEN + message->plaintext.len);
}

static void save_message(const char *corpus, const struct session_message *message)
{
    struct ikl_octets datagram = message->datagram;
    struct ikl_octets outside = {datagram.data + IKL_HEADER_LEN, datagram.len - IKL_HEADER_LEN};
    uint8_t kind[MAX_KIND];
    char name[200];

    describe(kind, message, datagram.data[16], outside);
    if (is_new(kind)) {
        name_kind(name, sizeof(name), kind);
        save(corpus, "message", name, datagram.data, datagram.len);
    }
    if (message->iv.data != NULL && message->plaintext.len > 0) {
        describe(kind, message, (uint8_t)message->first_payload, message->plaintext);
        if (is_new(kind)) {
            name_kind(name, sizeof(name), kind);
            save_unprotected(corpus, name, message);
            save_open(corpus, name, message);
        }
    }
}

/* CERT, CERTREQ, Vendor ID, TSi of a type without addresses, CP, EAP, an unknown payload. */
static void save_not_recorded(const char *corpus)
{
    static const char hex[] = "0123456789abcdef fedcba9876543210 25 20 23 08 00000001 00000087"
                              "26 00 0009 04 30820000"
                              "2b 00 0019 04 1111111111111111111111111111111111111111"
                              "2c 00 0008 41424344"
                              "2f 00 0010 01000000 0a 00 0008 13371337"
                              "30 00 0014 02000000 0001 0004 0a000001 0003 0000"
                              "c8 00 000c 01 2a 0008 05 123456"
                              "30 80 0009 4142434445"
                              "00 00 0008 03 2a 0004";
    uint8_t octets[sizeof(hex)];
    size_t len = hex_decode(octets, sizeof(octets), hex);

    if (len != octets[27]) {
        fprintf(stderr, "%zu octets\n", len);
        exit(1);
    }
    save(corpus, "message", "not-recorded", octets, len);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: make_seeds CORPUS SESSION...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct session session;
        char reason[80];

        if (!session_read(&session, argv[i], reason, sizeof(reason))) {
            fprintf(stderr, "%s: %s\n", argv[i], reason);
            return 1;
        }
        for (size_t j = 0; j < session.n_messages; j++) {
            save_message(argv[1], &session.messages[j]);
        }
        session_free(&session);
    }
    save_not_recorded(argv[1]);
    return 0;
}
