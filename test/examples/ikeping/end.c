/* SPDX-License-Identifier: ISC */
/* One ikeping in virtual time. */
#define _POSIX_C_SOURCE 200809L
#include "end.h"

#include "support/test.h"

#include <ikelive/crash.h>

enum { MAX_ARGUMENTS = 32 };

void end_read_settings(struct settings *settings, const char *options)
{
    static char words[2048];
    static size_t used;
    char *argv[MAX_ARGUMENTS] = {"ikeping"};
    char *rest = words + used;
    int argc = 1;

    if (used + strlen(options) + 1 > sizeof(words)) {
        used = 0;
        rest = words;
    }
    used += strlen(options) + 1;
    strcpy(rest, options);
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    assert_int_equal(ikeping_settings_read(settings, argc, argv), OPTIONS_RUN);
}

void end_init(struct end *end, const char *options, const char *psk, uint64_t now,
              int (*send)(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len))
{
    end_read_settings(&end->settings, options);
    end->credentials = (struct credentials){
        .own = CREDENTIALS_PSK, .peers = CREDENTIALS_PSK, .psk_len = strlen(psk), .token_secret_len = IKL_MIN_SECRET};
    memcpy(end->credentials.psk, psk, end->credentials.psk_len);
    end->report = (struct report){.json = end->settings.json, .started = now};
    end->report.timestamps = end->settings.timestamps;
    end->report.bell = end->settings.bell;
    end->report.audible = end->report.out = open_memstream(&end->text, &end->text_len);
    end->ikeping = (struct ikeping){.settings = &end->settings,
                                    .credentials = &end->credentials,
                                    .report = &end->report,
                                    .send = send,
                                    .user = end};
}

enum exit_status end_close(struct end *end, const char *peer)
{
    enum exit_status status = ikeping_close(&end->ikeping, peer);

    fclose(end->report.out);
    free(end->text);
    return status;
}
