/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what a check has sent and received, in files. */
#define _POSIX_C_SOURCE 200809L
#include "traces.h"

#include "checks.h"

#include "../keylog.h"
#include "../pcap.h"
#include "../private_file.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const uint64_t NS_IN_MS = 1000000;

enum { FILE_NAME_SIZE = 64, PATH_SIZE = PATH_MAX + FILE_NAME_SIZE };

bool traces_can_be_written(const char *folder)
{
    char inside[PATH_SIZE];
    /* with "/." it is no file; access() refuses names from PATH_MAX on */
    bool named = snprintf(inside, sizeof(inside), "%s/.", folder) < (int)sizeof(inside);

    if (named && access(inside, W_OK | X_OK) == 0) {
        return true;
    }
    fprintf(stderr, "ikeping: --traces: %s: %s\n", folder, strerror(named ? errno : ENAMETOOLONG));
    return false;
}

static void write_datagrams(const struct conformance *conformance, struct files *files)
{
    const struct tester *tester = conformance->tester;

    for (size_t i = 0; i < tester->trace.n; i++) {
        const struct traced *traced = tester->trace.datagrams[i];
        const struct ikl_path *path = &traced->path;

        files_capture(files, tester->settings, traced->sent ? &path->local : &path->remote,
                      traced->sent ? &path->remote : &path->local, traced->octets, traced->len,
                      conformance->epoch + traced->at * NS_IN_MS);
    }
}

static void write_keys(const struct tester *tester, FILE *out)
{
    for (size_t i = 0; i < tester->n_sas && out != NULL; i++) {
        const struct tester_sa *sa = &tester->sas[i];

        if (sa->cipher != NULL) {
            (void)keylog_write(out, sa->spi_i, sa->spi_r, &sa->handshake.proposal.suite, &sa->handshake.keys);
        }
    }
}

/* Creates a file of this check's own. Null when it cannot be, which is said. */
static FILE *create(const char *folder, const struct outcome *outcome, const char *kind)
{
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof(path), "%s/%s-%s.%s", folder, outcome->number, outcome->check->name, kind);

    return len < (int)sizeof(path) ? private_file_create(path) : NULL;
}

void traces_write(const struct conformance *conformance, const struct outcome *outcome)
{
    const char *folder = conformance->tester->settings->traces;
    struct files own = {.pcap = NULL};

    write_datagrams(conformance, conformance->files);
    write_keys(conformance->tester, conformance->files->keylog);
    if (folder == NULL) {
        return;
    }
    own.pcap = create(folder, outcome, "pcap");
    own.keylog = create(folder, outcome, "keys");
    if (own.pcap != NULL) {
        pcap_begin(own.pcap);
        write_datagrams(conformance, &own);
    }
    write_keys(conformance->tester, own.keylog);
    files_close(&own, conformance->tester->settings, conformance->peer);
}
