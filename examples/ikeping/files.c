/* SPDX-License-Identifier: ISC */
/* ikeping: the files that it writes. */
#include "files.h"

#include "pcap.h"
#include "private_file.h"

#include <errno.h>
#include <string.h>

enum { TITLE_SIZE = 96 };

static void say_fault(const char *name)
{
    fprintf(stderr, "ikeping: %s: %s\n", name, strerror(errno));
}

/* Opens a file that has no secrets, if it has a name. */
static bool open_public(FILE **out, const char *name)
{
    if (name == NULL) {
        return true;
    }
    *out = fopen(name, "w");
    if (*out == NULL) {
        say_fault(name);
    }
    return *out != NULL;
}

bool files_open(struct files *files, const struct settings *settings)
{
    *files = (struct files){.pcap = NULL};
    if (settings->pcap_file != NULL) {
        files->pcap = private_file_create(settings->pcap_file);
        if (files->pcap == NULL) {
            return false;
        }
        pcap_begin(files->pcap);
    }
    if (!open_public(&files->svg, settings->svg_file) || !open_public(&files->junit, settings->junit_file)) {
        return false;
    }
    if (settings->keylog_file != NULL) {
        files->keylog = private_file_create(settings->keylog_file);
    }
    return settings->keylog_file == NULL || files->keylog != NULL;
}

void files_capture(struct files *files, const struct settings *settings, const struct ikl_address *source,
                   const struct ikl_address *destination, const uint8_t *datagram, size_t len, uint64_t at)
{
    if (files->pcap != NULL && !pcap_write(files->pcap, source, destination, datagram, len, at)) {
        say_fault(settings->pcap_file != NULL ? settings->pcap_file : "a capture");
        fclose(files->pcap);
        files->pcap = NULL;
    }
}

static void draw(struct files *files, const struct settings *settings, const char *peer)
{
    char title[TITLE_SIZE], subtitle[128];

    (void)snprintf(title, sizeof(title), "ikeping %s", peer);
    (void)snprintf(subtitle, sizeof(subtitle), "a check every %.10g s, schedule %.80s", settings->interval / 1000.0,
                   settings->schedule_name);
    picture_draw(&files->picture, files->svg, title, subtitle);
    timeline_free(&files->picture.timeline);
    if (fclose(files->svg) != 0) {
        say_fault(settings->svg_file);
    }
}

void files_close(struct files *files, const struct settings *settings, const char *peer)
{
    if (files->svg != NULL) {
        draw(files, settings, peer);
    }
    if (files->junit != NULL && fclose(files->junit) != 0) {
        say_fault(settings->junit_file);
    }
    if (files->pcap != NULL) {
        fclose(files->pcap);
    }
    if (files->keylog != NULL) {
        fclose(files->keylog);
    }
}
