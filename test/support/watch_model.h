/* SPDX-License-Identifier: ISC */
/* What a watch over one IKE SA decides, by counting. */
#ifndef TEST_WATCH_MODEL_H
#define TEST_WATCH_MODEL_H

#include <ikelive/watch.h>

enum { WATCH_MODEL_SLACK = 100 };

/* The policy once more, by counting: no arithmetic is saved, nothing is shared with the library but the waits. */
struct watch_model {
    enum ikl_liveness_policy policy;
    uint32_t interval, at_least;
    const struct ikl_schedule *schedule;
    ikl_time heard, traffic; /* `traffic` of 0: nothing was sent */
    bool out, asked, suspect;
    uint8_t suspect_after;
    /* while nothing is out: the next look is at `look`, or on demand at the first interval from there on, `exact` or
     * not */
    ikl_time look;
    bool exact;
    /* while a request is out */
    uint32_t id, attempt, sends, followed;
    ikl_time sent, deadline;
    bool again, extended, resent;
    bool blocked; /* the latest send has not left: `deadline` is when it is tried again */
    uint32_t blocked_waits;
    ikl_time own_wait; /* that of the send that is blocked */
};

/* Same meaning as the functions of the watch. */
ikl_time watch_model_deadline(const struct watch_model *model);
void watch_model_rest(struct watch_model *model, ikl_time look);
enum ikl_watch_decision watch_model_ask(struct watch_model *model, ikl_time now);
bool watch_model_blocked(struct watch_model *model, ikl_time now);
void watch_model_left(struct watch_model *model, ikl_time now);
enum ikl_watch_decision watch_model_tick(struct watch_model *model, ikl_time now);
bool watch_model_sent(struct watch_model *model, uint32_t id, ikl_time now);
void watch_model_hear(struct watch_model *model, ikl_time at);
enum ikl_watch_decision watch_model_heard(struct watch_model *model, ikl_time now);
enum ikl_watch_decision watch_model_moved(struct watch_model *model, bool followed, ikl_time now);
enum ikl_watch_decision watch_model_held(struct watch_model *model, ikl_time now);
enum ikl_watch_decision watch_model_resend(struct watch_model *model, ikl_time now);
void watch_model_put_off(struct watch_model *model, ikl_time until);

#endif
