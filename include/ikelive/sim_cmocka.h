/* SPDX-License-Identifier: ISC */
/* ikelive sim for cmocka: short names for <ikelive/sim.h>, and assertions about IKE SAs. Only a header: link with
 * ikelive-sim and cmocka.
 *
 *     struct ikl_sim *sim = sim_new(1);
 *     struct ikl_sim_pair pair = sim_pair(sim, NULL);
 *
 *     sim_cut_at(pair.link, seconds(60));
 *     sim_run_until(sim, seconds(400));
 *     assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(379));
 *     sim_free(sim);
 *
 * A test fails where a function of the library would return an error. An assertion that fails says what it found, shows
 * the end of the trace, and fails as cmocka's own do, with its line. Assertions look at the trace, so the world must
 * keep its records, and the IKE SA must not have been freed. Times are the world's. As with all of cmocka, do not use
 * it inside a callback. */
#ifndef IKELIVE_SIM_CMOCKA_H
#define IKELIVE_SIM_CMOCKA_H

#include <ikelive/registry.h>
#include <ikelive/sim.h>

#include <setjmp.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <cmocka.h> /* does not declare its functions as C, so in C++ include this header instead */

/* Seconds as an ikl_time. */
static inline ikl_time seconds(uint64_t n)
{
    return n * 1000;
}

/* A world with this seed, otherwise with all defaults. */
#define sim_new(seed) ikl_sim_cmocka_new((seed), __FILE__, __LINE__)

#define sim_free(sim) ikl_sim_free(sim)

/* ikl_sim_pair; null for `config` means all defaults. */
#define sim_pair(sim, config) ikl_sim_cmocka_pair((sim), (config), __FILE__, __LINE__)

#define sim_run_until(sim, until) ikl_sim_cmocka_ran((sim), ikl_sim_run_until((sim), (until)), __FILE__, __LINE__)
#define sim_run_for(sim, ms) ikl_sim_cmocka_ran((sim), ikl_sim_run_for((sim), (ms)), __FILE__, __LINE__)
#define sim_now(sim) ikl_sim_now(sim)

#define sim_cut_at(link, at) ikl_sim_cut_at((link), (at))
#define sim_restore_at(link, at) ikl_sim_restore_at((link), (at))
#define sim_reboot_at(host, at, ms) ikl_sim_reboot_at((host), (at), (ms))
#define sim_sleep_at(host, at, ms) ikl_sim_sleep_at((host), (at), (ms))
#define sim_stall_at(host, at, ms) ikl_sim_stall_at((host), (at), (ms))

/* Prints the whole trace. */
#define sim_print(sim) ikl_sim_cmocka_print_from((sim), 0)

/* The IKE SA went down, once, for this reason and at this time, and none of its Child SAs later. */
#define assert_down(sa, reason, at) ikl_sim_cmocka_down((sa), (reason), (at), (at), __FILE__, __LINE__)

/* The same at this time or before. */
#define assert_down_by(sa, reason, at) ikl_sim_cmocka_down((sa), (reason), 0, (at), __FILE__, __LINE__)

/* Exactly `n` Child SAs of the IKE SA went down, all of them for this reason. */
#define assert_children_down(sa, n, reason) ikl_sim_cmocka_children_down((sa), (n), (reason), __FILE__, __LINE__)

/* The IKE SA is ESTABLISHED. */
#define assert_up(sa) ikl_sim_cmocka_up((sa), __FILE__, __LINE__)

/* From `since` on requests of the IKE SA were sent exactly `n` times, retransmissions included. */
#define assert_sends(sa, since, n) ikl_sim_cmocka_sends((sa), (since), (n), __FILE__, __LINE__)

/* The rest is for the macros above only. */

static inline void ikl_sim_cmocka_print_from(const struct ikl_sim *sim, size_t first)
{
    const struct ikl_sim_record *record;
    char line[256];

    for (size_t i = first; (record = ikl_sim_record_at(sim, i)) != NULL; i++) {
        (void)ikl_sim_record_text(record, line, sizeof(line));
        print_message("%s\n", line);
    }
}

static inline void ikl_sim_cmocka_fail(const struct ikl_sim *sim, const char *file, int line)
{
    size_t n = sim != NULL ? ikl_sim_n_records(sim) : 0;

    if (n != 0) {
        print_message("The trace ends with:\n");
        ikl_sim_cmocka_print_from(sim, n > 20 ? n - 20 : 0);
    }
    _fail(file, line);
}

static inline void ikl_sim_cmocka_ran(const struct ikl_sim *sim, int result, const char *file, int line)
{
    if (result != IKL_OK) {
        print_error("The world stopped: %s\n", ikl_error_name(result));
        ikl_sim_cmocka_fail(sim, file, line);
    }
}

static inline struct ikl_sim *ikl_sim_cmocka_new(uint64_t seed, const char *file, int line)
{
    struct ikl_sim_config config = {sizeof(config), seed, 0, NULL, NULL, NULL, false};
    struct ikl_sim *sim = NULL;

    ikl_sim_cmocka_ran(NULL, ikl_sim_new(&sim, &config), file, line);
    return sim;
}

static inline struct ikl_sim_pair ikl_sim_cmocka_pair(struct ikl_sim *sim, const struct ikl_sim_pair_config *config,
                                                      const char *file, int line)
{
    struct ikl_sim_pair pair = {NULL, NULL, NULL, NULL, NULL};

    ikl_sim_cmocka_ran(sim, ikl_sim_add_pair(sim, config, &pair), file, line);
    return pair;
}

/* What the trace says of the end of an IKE SA. */
struct ikl_sim_cmocka_end {
    const struct ikl_sim_record *down; /* the first one; null: none */
    size_t n_downs, n_children, n_children_late;
};

static inline struct ikl_sim_cmocka_end ikl_sim_cmocka_end_of(const struct ikl_sa *sa)
{
    const struct ikl_sim *sim = ikl_sim_of(ikl_sim_host_of(sa));
    struct ikl_sim_cmocka_end end = {NULL, 0, 0, 0};
    const struct ikl_sim_record *record;

    for (size_t i = 0; (record = ikl_sim_record_at(sim, i)) != NULL; i++) {
        if (record->sa == sa && record->event == IKL_SIM_DOWN) {
            end.down = end.n_downs++ == 0 ? record : end.down;
        } else if (record->sa == sa && record->event == IKL_SIM_CHILD_DOWN) {
            end.n_children++;
            end.n_children_late += end.n_downs;
        }
    }
    return end;
}

static inline void ikl_sim_cmocka_down(const struct ikl_sa *sa, enum ikl_down_reason reason, ikl_time from, ikl_time to,
                                       const char *file, int line)
{
    struct ikl_sim_cmocka_end end = ikl_sim_cmocka_end_of(sa);

    if (end.down == NULL) {
        print_error("The IKE SA is not down, but %s\n", ikl_sa_state_name(ikl_sa_state(sa)));
    } else if (end.down->about.down.reason != reason || end.down->at < from || end.down->at > to) {
        print_error("The IKE SA went down with \"%s\" at %.3f s, not with \"%s\" %s %.3f s\n",
                    ikl_down_reason_name(end.down->about.down.reason), (double)end.down->at / 1000,
                    ikl_down_reason_name(reason), from == to ? "at" : "by", (double)to / 1000);
    } else if (end.n_downs != 1) {
        print_error("The IKE SA went down %u times\n", (unsigned)end.n_downs);
    } else if (end.n_children_late != 0) {
        print_error("A Child SA went down after its IKE SA\n");
    } else {
        return;
    }
    ikl_sim_cmocka_fail(ikl_sim_of(ikl_sim_host_of(sa)), file, line);
}

static inline void ikl_sim_cmocka_children_down(const struct ikl_sa *sa, size_t n, enum ikl_down_reason reason,
                                                const char *file, int line)
{
    const struct ikl_sim *sim = ikl_sim_of(ikl_sim_host_of(sa));
    size_t found = ikl_sim_count(sim, IKL_SIM_CHILD_DOWN, sa, 0), other = 0;

    for (size_t i = 0; i < found; i++) {
        other += ikl_sim_find(sim, IKL_SIM_CHILD_DOWN, sa, i)->about.child_down.down.reason != reason ? 1 : 0;
    }
    if (found != n || other != 0) {
        print_error("%u Child SAs went down, %u of them not with \"%s\"; expected were %u\n", (unsigned)found,
                    (unsigned)other, ikl_down_reason_name(reason), (unsigned)n);
        ikl_sim_cmocka_fail(sim, file, line);
    }
}

static inline void ikl_sim_cmocka_up(const struct ikl_sa *sa, const char *file, int line)
{
    if (ikl_sa_state(sa) != IKL_SA_ESTABLISHED) {
        print_error("The IKE SA is %s\n", ikl_sa_state_name(ikl_sa_state(sa)));
        ikl_sim_cmocka_fail(ikl_sim_of(ikl_sim_host_of(sa)), file, line);
    }
}

static inline void ikl_sim_cmocka_sends(const struct ikl_sa *sa, ikl_time since, size_t n, const char *file, int line)
{
    const struct ikl_sim *sim = ikl_sim_of(ikl_sim_host_of(sa));
    size_t found = ikl_sim_count(sim, IKL_SIM_ATTEMPT, sa, since);

    if (found != n) {
        print_error("Requests were sent %u times from %.3f s on, not %u times\n", (unsigned)found, (double)since / 1000,
                    (unsigned)n);
        ikl_sim_cmocka_fail(sim, file, line);
    }
}

#ifdef __cplusplus
}
#endif
#endif
