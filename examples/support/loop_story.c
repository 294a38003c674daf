/* SPDX-License-Identifier: ISC */
/* ikelive examples: what happens in the examples of event loops. */
#define _POSIX_C_SOURCE 200809L
#include "loop_story.h"

#include <stdio.h>
#include <stdlib.h>

enum { ANSWERS = 3, IDLE = 50 };

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    const struct host *host = user;
    struct loop_story *story = host->user;

    (void)sa;
    (void)alive;
    printf("liveness check %u is answered\n", ++story->answers);
    if (story->answers == ANSWERS) {
        printf("the peer forgets the IKE SA\n");
        ikl_sa_close(story->sas[HAND_OVER_RESPONDER], ikl_posix_now());
    }
}

static void on_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    (void)user;
    (void)sa;
    printf("the peer is %s\n", ikl_reachability_name(change->reachability));
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    const struct host *host = user;
    struct loop_story *story = host->user;

    (void)sa;
    story->over = true;
    printf("the IKE SA is down: %s\n", ikl_down_reason_name(down->reason));
}

static bool open_hosts(struct loop_story *story)
{
    struct host_config config = {
        .randomness = &story->randomness,
        .user = story,
        .callbacks = {.alive = on_alive, .reachability = on_reachability, .down = on_down},
    };

    if (!host_open(&story->hosts[HAND_OVER_INITIATOR], &config)) {
        return false;
    }
    config.callbacks = (struct ikl_callbacks){0};
    if (!host_open(&story->hosts[HAND_OVER_RESPONDER], &config)) {
        host_close(&story->hosts[HAND_OVER_INITIATOR]);
        return false;
    }
    return true;
}

bool loop_story_open(struct loop_story *story)
{
    struct hand_over what = {.idle = IDLE, .schedule = &story->schedule, .randomness = &story->randomness};
    int error = ikl_init();

    *story = (struct loop_story){.randomness = randomness_secure()};
    if (error == IKL_OK) {
        error = ikl_suite_parse(&what.suite, "chacha20poly1305-prfsha256");
    }
    if (error == IKL_OK) {
        /* the first wait is long enough for a loaded machine to answer in, the others for a person to watch */
        error = ikl_schedule_parse(&story->schedule, "0.4,0.1,0.1");
    }
    if (error == IKL_OK && !open_hosts(story)) {
        return false;
    }
    if (error == IKL_OK) {
        error = hand_over(&what, story->hosts, story->sas);
    }
    if (error != IKL_OK) {
        fprintf(stderr, "%s\n", ikl_error_name(error));
    }
    return error == IKL_OK;
}

int loop_story_close(struct loop_story *story)
{
    bool over = story->over;

    host_close(&story->hosts[HAND_OVER_INITIATOR]);
    host_close(&story->hosts[HAND_OVER_RESPONDER]);
    return over ? EXIT_SUCCESS : EXIT_FAILURE;
}
