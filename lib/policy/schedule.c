/* SPDX-License-Identifier: ISC */
/* ikelive schedule: how long to wait before each retransmission, and when to give up. */
#include "wait.h"

#include "field.h"

#include <string.h>

const char *ikl_schedule_error(const struct ikl_schedule *schedule)
{
    if (schedule->n_waits == 0 || schedule->n_waits > IKL_SCHEDULE_MAX_WAITS) {
        return IKL_FIELD("n_waits");
    }
    if (schedule->tries < schedule->n_waits) {
        return IKL_FIELD("tries");
    }
    if (schedule->jitter > IKL_SCHEDULE_MAX_JITTER) {
        return IKL_FIELD("jitter");
    }
    for (size_t i = 0; i < schedule->n_waits; i++) {
        if (!ikl_is_wait(schedule->waits[i])) {
            return IKL_FIELD("waits");
        }
    }
    return schedule->again <= IKL_SCHEDULE_MAX_WAIT ? NULL : IKL_FIELD("again");
}

int ikl_schedule_check(const struct ikl_schedule *schedule)
{
    return ikl_schedule_error(schedule) == NULL ? IKL_OK : IKL_ERR_INVALID;
}

int ikl_schedule_from_list(struct ikl_schedule *out, const uint32_t *waits, size_t n, uint32_t tries)
{
    struct ikl_schedule schedule = {.n_waits = (uint16_t)n, .tries = (uint16_t)(tries != 0 ? tries : n)};

    if (n > IKL_SCHEDULE_MAX_WAITS || tries > IKL_SCHEDULE_MAX_TRIES) {
        return IKL_ERR_INVALID;
    }
    if (n != 0) {
        memcpy(schedule.waits, waits, n * sizeof(*waits));
    }
    if (ikl_schedule_check(&schedule) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    *out = schedule;
    return IKL_OK;
}

static const struct ikl_schedule panos_7 = {{1000, 2000, 4000, 8000, 16000, 32000, 64000}, 7, 10, 0, 0};

const struct ikl_schedule *ikl_schedule_default(void)
{
    return &panos_7;
}

uint32_t ikl_schedule_wait(const struct ikl_schedule *schedule, uint32_t attempt)
{
    return ikl_wait(schedule, attempt);
}

uint32_t ikl_schedule_jittered_wait(const struct ikl_schedule *schedule, uint32_t attempt, uint32_t random)
{
    return ikl_wait_jittered(schedule, attempt, random);
}

static uint32_t last_wait(const struct ikl_schedule *schedule)
{
    return schedule->waits[schedule->n_waits - 1];
}

/* The last wait as it was listed before it was trimmed. */
static uint32_t listed_last_wait(const struct ikl_schedule *schedule)
{
    return schedule->again != 0 ? schedule->again : last_wait(schedule);
}

uint32_t ikl_schedule_wait_again(const struct ikl_schedule *schedule, uint32_t random)
{
    return ikl_wait_shortened(schedule, listed_last_wait(schedule), random);
}

uint64_t ikl_schedule_total(const struct ikl_schedule *schedule)
{
    uint64_t total = 0;

    for (size_t i = 0; i < schedule->n_waits; i++) {
        total += schedule->waits[i];
    }
    return total + (uint64_t)last_wait(schedule) * (uint64_t)(schedule->tries - schedule->n_waits);
}

uint64_t ikl_schedule_fallback(const struct ikl_schedule *schedule, uint32_t retransmissions)
{
    uint32_t last = retransmissions != 0 ? retransmissions : 1;
    uint64_t passed = 0;

    for (uint32_t n = 0; n <= last && n < schedule->tries; n++) {
        passed += ikl_wait(schedule, n);
    }
    return passed;
}

uint64_t ikl_schedule_span(const struct ikl_schedule *schedule)
{
    uint32_t last = schedule->n_waits - 1u;
    uint64_t span = (uint64_t)ikl_schedule_jittered_wait(schedule, last, UINT32_MAX) * (schedule->tries - 1u - last);

    for (uint32_t n = 0; n < last; n++) {
        span += ikl_schedule_jittered_wait(schedule, n, UINT32_MAX);
    }
    return span;
}

/* Whether every wait can be listed, and `more` behind them. */
static bool has_room_for(const struct ikl_schedule *schedule, uint32_t more)
{
    return schedule->tries + more <= IKL_SCHEDULE_MAX_WAITS;
}

/* Copies it with every wait listed, the last one apart. */
static void list_separately(struct ikl_schedule *out, const struct ikl_schedule *schedule)
{
    uint32_t again = listed_last_wait(schedule);

    *out = *schedule;
    out->again = again;
    for (; out->n_waits < out->tries; out->n_waits++) {
        out->waits[out->n_waits] = last_wait(out);
    }
}

int ikl_schedule_trim(struct ikl_schedule *out, const struct ikl_schedule *schedule, uint32_t round_trip)
{
    uint64_t wait = (uint64_t)round_trip * 8;

    wait = wait > IKL_SCHEDULE_MIN_LAST_WAIT ? wait : IKL_SCHEDULE_MIN_LAST_WAIT;
    if (wait >= last_wait(schedule)) {
        *out = *schedule;
        return IKL_OK;
    }
    if (!has_room_for(schedule, 0)) {
        return IKL_ERR_INVALID;
    }
    list_separately(out, schedule);
    out->waits[out->n_waits - 1] = (uint32_t)wait;
    return IKL_OK;
}

int ikl_schedule_with_parting_send(struct ikl_schedule *out, const struct ikl_schedule *schedule)
{
    uint32_t last = last_wait(schedule);

    if (last <= IKL_SCHEDULE_MIN_LAST_WAIT || !has_room_for(schedule, 1)) {
        return IKL_ERR_INVALID;
    }
    list_separately(out, schedule);
    out->waits[out->n_waits - 1] = last - IKL_SCHEDULE_MIN_LAST_WAIT;
    out->waits[out->n_waits++] = IKL_SCHEDULE_MIN_LAST_WAIT;
    out->tries++;
    return IKL_OK;
}

uint64_t ikl_schedule_worst_detect(const struct ikl_schedule *schedule, uint64_t idle)
{
    return ikl_time_after(idle, ikl_schedule_total(schedule));
}

uint64_t ikl_schedule_worst_unanswered(const struct ikl_schedule *schedule, uint32_t moves)
{
    uint64_t total = ikl_schedule_total(schedule), runs = 2 + (uint64_t)moves;

    return total <= (IKL_NEVER - 1) / runs ? total * runs : IKL_NEVER - 1;
}

uint64_t ikl_schedule_most_sends(const struct ikl_schedule *schedule, uint32_t moves)
{
    return (2 * (uint64_t)schedule->tries - 1) * (2 + (uint64_t)moves);
}
