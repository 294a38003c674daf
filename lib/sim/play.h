/* SPDX-License-Identifier: ISC */
/* ikelive sim: scripts, inside. */
#ifndef IKL_SIM_PLAY_H
#define IKL_SIM_PLAY_H

#include "inside.h"

#define IKL_SIM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The playing of one script. */
struct ikl_sim_playing {
    struct ikl_sim *sim;
    unsigned number; /* of the line */
    const struct ikl_sim_line *line;
    ikl_time at;            /* when what the line says is to happen */
    struct ikl_sim_host *a; /* the hosts that it begins with */
    struct ikl_sim_host *b;
    struct ikl_sim_link *link; /* between them */
    int result;                /* of what it did */
};

/* Run the lines of script_make.c, given the words after their hosts. Null, or what is wrong with the line. */
const char *ikl_sim_line_host(struct ikl_sim_playing *play, const char *const *words, size_t n);
const char *ikl_sim_line_manners(struct ikl_sim_playing *play, const char *const *words, size_t n);
const char *ikl_sim_line_link(struct ikl_sim_playing *play, const char *const *words, size_t n);
const char *ikl_sim_line_nat(struct ikl_sim_playing *play, const char *const *words, size_t n);
const char *ikl_sim_line_sa(struct ikl_sim_playing *play, const char *const *words, size_t n);
const char *ikl_sim_line_weather(struct ikl_sim_playing *play, const char *const *words, size_t n);
const char *ikl_sim_line_weather_one_way(struct ikl_sim_playing *play, const char *const *words, size_t n);
const char *ikl_sim_line_outages(struct ikl_sim_playing *play, const char *const *words, size_t n);
/* Of script_monitor.c. */
const char *ikl_sim_line_monitor(struct ikl_sim_playing *play, const char *const *words, size_t n);

#endif
