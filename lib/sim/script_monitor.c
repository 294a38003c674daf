/* SPDX-License-Identifier: ISC */
/* ikelive sim: the line of a script that makes a monitor, which lines after it give to Child SAs. */
#include "play.h"

#include <stddef.h>
#include <string.h>

enum { NAME_SIZE = 32 };

/* One that a script has made. It lives as long as the world. */
struct ikl_sim_monitor {
    struct ikl_sim_monitor *next;
    struct ikl_monitor_config config;
    char name[NAME_SIZE];
};

void ikl_sim_clear_monitors(struct ikl_sim *sim)
{
    while (sim->first_monitor != NULL) {
        struct ikl_sim_monitor *monitor = sim->first_monitor;

        sim->first_monitor = monitor->next;
        ikl_sim_release(sim, monitor, sizeof(*monitor));
    }
}

const struct ikl_monitor_config *ikl_sim_find_monitor(const struct ikl_sim *sim, const char *name)
{
    for (const struct ikl_sim_monitor *monitor = sim->first_monitor; monitor != NULL; monitor = monitor->next) {
        if (strcmp(monitor->name, name) == 0) {
            return &monitor->config;
        }
    }
    return strcmp(name, "panos") == 0 ? ikl_monitor_panos() : NULL;
}

#define MEMBER(member) offsetof(struct ikl_monitor_config, member)

static const struct ikl_sim_option monitor_options[] = {
    {"interval", IKL_SIM_WORD_SECONDS, MEMBER(interval)},
    {"timeout", IKL_SIM_WORD_SECONDS, MEMBER(timeout)},
    {"grace", IKL_SIM_WORD_SECONDS, MEMBER(grace)},
    {"threshold", IKL_SIM_WORD_OCTET, MEMBER(threshold)},
    {"recover", IKL_SIM_WORD_OCTET, MEMBER(recover)},
    {"renew-after", IKL_SIM_WORD_SECONDS, MEMBER(renew_after)},
    {"damp-changes", IKL_SIM_WORD_OCTET, MEMBER(damp_changes)},
    {"damp-period", IKL_SIM_WORD_SECONDS, MEMBER(damp_period)},
    {"damp-recover", IKL_SIM_WORD_OCTET, MEMBER(damp_recover)},
    {"need", IKL_SIM_WORD_OCTET, MEMBER(need)},
    {"probes-only", IKL_SIM_WORD_FLAG, MEMBER(probes_only)},
};

const char *ikl_sim_line_monitor(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    struct ikl_monitor_config config = *ikl_monitor_panos();
    struct ikl_sim_monitor *made;
    const char *wrong;

    if (n == 0 || strlen(words[0]) >= NAME_SIZE) {
        return n == 0 ? "no name" : "a name that is too long";
    }
    wrong = ikl_sim_read_options(monitor_options, IKL_SIM_COUNT(monitor_options), words + 1, n - 1, &config);
    if (wrong == NULL && ikl_monitor_config_error(&config) != NULL) {
        wrong = "a monitor that cannot be";
    }
    made = wrong == NULL ? ikl_sim_allocate(play->sim, sizeof(*made)) : NULL;
    if (made != NULL) {
        *made = (struct ikl_sim_monitor){.next = play->sim->first_monitor, .config = config};
        memcpy(made->name, words[0], strlen(words[0]));
        play->sim->first_monitor = made;
    }
    return wrong;
}
