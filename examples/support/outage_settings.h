/* SPDX-License-Identifier: ISC */
/* ikelive examples: the command line of the outage. */
#ifndef EXAMPLES_OUTAGE_SETTINGS_H
#define EXAMPLES_OUTAGE_SETTINGS_H

#include "options.h"

#include <ikelive/crypto.h>
#include <ikelive/schedule.h>

#define CHECKS_BEFORE_CUT 3
#define CHECKS_AFTER_RESTORE 2

struct settings {
    struct ikl_schedule schedule;
    char schedule_name[64];      /* as given */
    bool trim, round_trip_sends; /* as in the config of an IKE SA */
    struct ikl_suite suite;
    uint32_t idle;       /* ms */
    ikl_time cut_after;  /* ms from the last check before the cut to the cut */
    ikl_time restore_at; /* ms after the cut; IKL_NEVER: the peer stays away */
    ikl_time quiet;      /* ms to listen after the IKE SA went down */
    double speed;
    double loss; /* probability */
    bool repeatable;
    uint64_t seed;
    const char *svg; /* file name, or null */
};

/* Reads the command line and fills in what it does not say. */
enum options_outcome settings_read(struct settings *settings, int argc, char **argv);

/* How long the whole story takes when nothing is lost, at most: ms. */
ikl_time settings_story(const struct settings *settings);

#endif
