/* SPDX-License-Identifier: ISC */
/* ikeping: quick crash detection (RFC 6290). */
#include "crash.h"

#include "private_file.h"
#include "session.h"

#include <sodium.h>
#include <stdio.h>

bool crash_read_secret(struct credentials *out, const struct settings *settings)
{
    const char *file = settings->qcd_secret_file;

    if (file == NULL) {
        randombytes_buf(out->token_secret, IKL_MIN_SECRET);
        out->token_secret_len = IKL_MIN_SECRET;
        return true;
    }
    if (!private_file_read(file, true, out->token_secret, sizeof(out->token_secret), &out->token_secret_len)) {
        return false;
    }
    if (out->token_secret_len < IKL_MIN_SECRET) {
        fprintf(stderr, "ikeping: %s: a secret needs %d octets or more\n", file, IKL_MIN_SECRET);
        return false;
    }
    return true;
}

static bool makes_tokens(const struct ikeping *ikeping)
{
    return ikeping->settings->qcd;
}

int crash_begin(struct ikeping *ikeping)
{
    const struct ikl_octets secret = {ikeping->credentials->token_secret, ikeping->credentials->token_secret_len};
    const struct ikl_token_maker maker = {.size = sizeof(maker), .secrets = &secret, .n_secrets = 1};

    return makes_tokens(ikeping) ? ikl_endpoint_set_token_maker(ikeping->endpoint, &maker) : IKL_OK;
}

void crash_add_token(const struct ikeping *ikeping, uint64_t spi_i, uint64_t spi_r, bool original_initiator,
                     struct payload_list *list)
{
    uint8_t token[IKL_TOKEN_LEN];
    struct ikl_writer *writer;

    if (makes_tokens(ikeping) &&
        ikl_endpoint_token(ikeping->endpoint, spi_i, spi_r, original_initiator, token) == IKL_OK) {
        writer = payload_list_begin(list, IKL_PAYLOAD_NOTIFY);
        payload_list_end(list, ikl_token_write(writer, (struct ikl_octets){token, sizeof(token)}));
        ikl_wipe(token, sizeof(token));
    }
}

/* Without a token, or with one that cannot be kept, a crash is noticed when the schedule ends. */
void crash_take_token(const struct session *session, struct ikl_sa *sa, uint8_t first, struct ikl_octets payloads)
{
    if (session->ikeping->settings->qcd) {
        (void)!ikl_sa_take_token(sa, first, payloads, ikeping_now(session->ikeping));
    }
}
