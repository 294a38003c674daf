/* SPDX-License-Identifier: ISC */
/* ikelive schedule: how long to wait before each retransmission, and when to give up. */
#include "wait.h"

#include <string.h>

static bool is_wait(uint32_t wait)
{
    return wait >= 1 && wait <= IKL_SCHEDULE_MAX_WAIT;
}

const char *ikl_schedule_error(const struct ikl_schedule *schedule)
{
    if (schedule->n_waits == 0 || schedule->n_waits > IKL_SCHEDULE_MAX_WAITS) {
        return "n_waits";
    }
    if (schedule->tries < schedule->n_waits) {
        return "tries";
    }
    if (schedule->jitter > IKL_SCHEDULE_MAX_JITTER) {
        return "jitter";
    }
    for (size_t i = 0; i < schedule->n_waits; i++) {
        if (!is_wait(schedule->waits[i])) {
            return "waits";
        }
    }
    return schedule->again <= IKL_SCHEDULE_MAX_WAIT ? NULL : "again";
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

/* first * (factor / 1000)^n, exactly: each multiplication by a factor in thousandths adds one digit of base 1000. */
struct power {
    uint64_t whole;
    uint16_t fraction[IKL_SCHEDULE_MAX_WAITS]; /* digits of base 1000, the last one first */
    size_t n_fraction;
};

/* `whole` is below 2^32, so nothing overflows. */
static void multiply(struct power *power, uint32_t factor)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < power->n_fraction; i++) {
        carry += (uint64_t)power->fraction[i] * factor;
        power->fraction[i] = (uint16_t)(carry % 1000);
        carry /= 1000;
    }
    carry += power->whole * factor;
    power->fraction[power->n_fraction++] = (uint16_t)(carry % 1000);
    power->whole = carry / 1000;
}

static uint64_t rounded_up(const struct power *power)
{
    for (size_t i = 0; i < power->n_fraction; i++) {
        if (power->fraction[i] != 0) {
            return power->whole + 1;
        }
    }
    return power->whole;
}

int ikl_schedule_from_factor(struct ikl_schedule *out, uint32_t first, uint32_t factor, uint32_t cap, uint32_t tries)
{
    struct ikl_schedule schedule = {.n_waits = 0};
    struct power power = {.whole = first};
    uint32_t last = cap != 0 ? cap : IKL_SCHEDULE_MAX_WAIT;
    bool constant = false;

    if (!is_wait(last) || !is_wait(first) || first > last || factor < 1000 || tries == 0 ||
        tries > IKL_SCHEDULE_MAX_TRIES) {
        return IKL_ERR_INVALID;
    }
    while (!constant && schedule.n_waits < tries) {
        uint64_t wait = rounded_up(&power);

        if (schedule.n_waits == IKL_SCHEDULE_MAX_WAITS) {
            return IKL_ERR_INVALID;
        }
        constant = factor == 1000 || wait >= last;
        schedule.waits[schedule.n_waits++] = wait < last ? (uint32_t)wait : last;
        if (!constant) {
            multiply(&power, factor);
        }
    }
    schedule.tries = (uint16_t)tries;
    *out = schedule;
    return IKL_OK;
}

/* Reads a number of at most `most`, and moves past it. */
static bool read_number(const char **text, uint32_t most, uint32_t *number)
{
    uint64_t value = 0;

    if (**text < '0' || **text > '9') {
        return false;
    }
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        value = value * 10 + (uint64_t)(**text - '0');
        if (value > most) {
            return false;
        }
    }
    *number = (uint32_t)value;
    return true;
}

/* Reads one to three decimals as thousandths, and moves past them. */
static bool read_decimals(const char **text, uint32_t *thousandths)
{
    const char *begin = *text;

    if (!read_number(text, 999, thousandths) || *text - begin > 3) {
        return false;
    }
    for (ptrdiff_t digits = *text - begin; digits < 3; digits++) {
        *thousandths *= 10;
    }
    return true;
}

/* Reads "4.5" as 4500, and moves past it. */
static bool read_seconds(const char **text, uint32_t *ms)
{
    uint32_t decimals = 0;

    if (!read_number(text, IKL_SCHEDULE_MAX_WAIT / 1000, ms)) {
        return false;
    }
    if (**text == '.') {
        (*text)++;
        if (!read_decimals(text, &decimals)) {
            return false;
        }
    }
    *ms = *ms * 1000 + decimals;
    return true;
}

/* Reads "60x6", or "60" as once, and moves past it. */
static bool read_repeated(const char **text, uint32_t *ms, uint32_t *times)
{
    *times = 1;
    if (!read_seconds(text, ms)) {
        return false;
    }
    if (**text != 'x') {
        return true;
    }
    (*text)++;
    return read_number(text, IKL_SCHEDULE_MAX_TRIES, times) && *times != 0;
}

int ikl_schedule_parse(struct ikl_schedule *out, const char *text)
{
    uint32_t waits[IKL_SCHEDULE_MAX_WAITS];
    size_t n = 0;
    uint32_t repeats = 0; /* of the last wait, beyond `n` */

    for (;; text++) {
        uint32_t ms;
        uint32_t times;

        /* what was the last wait until now is followed by another: its repeats are waits of the list */
        for (; repeats > 0 && n < IKL_SCHEDULE_MAX_WAITS; repeats--, n++) {
            waits[n] = waits[n - 1];
        }
        if (n == IKL_SCHEDULE_MAX_WAITS || !read_repeated(&text, &ms, &times)) {
            return IKL_ERR_INVALID;
        }
        waits[n++] = ms;
        repeats = times - 1;
        if (*text != ',') {
            break;
        }
    }
    return *text == '\0' ? ikl_schedule_from_list(out, waits, n, (uint32_t)n + repeats) : IKL_ERR_INVALID;
}

/* Apart from each other: a host that takes one of them need not have the others. */
static const struct ikl_schedule panos_7 = {{1000, 2000, 4000, 8000, 16000, 32000, 64000}, 7, 10, 0, 0};
static const struct ikl_schedule panos_11 = {{5000, 10000, 20000, 40000, 60000}, 5, 10, 0, 0};
static const struct ikl_schedule strongswan = {{4000, 7200, 12960, 23328, 41991, 75583}, 6, 6, 0, 0};
static const struct ikl_schedule libreswan = {{500, 500, 1000, 2000, 4000, 8000, 16000, 32000}, 8, 8, 0, 0};
static const struct ikl_schedule openiked = {{2000, 4000, 8000, 16000, 32000, 64000}, 6, 6, 0, 0};
static const struct ikl_schedule fortios = {{3000, 6000, 12000, 24000, 48000}, 5, 5, 0, 0};
static const struct ikl_schedule android = {{500, 1000, 2000, 4000, 8000}, 5, 5, 0, 0};

static const struct {
    const char *name;
    const struct ikl_schedule *schedule;
} named[] = {
    {"panos-7.0", &panos_7}, {"panos-11", &panos_11}, {"strongswan", &strongswan}, {"libreswan", &libreswan},
    {"openiked", &openiked}, {"fortios", &fortios},   {"android", &android},
};

enum { N_NAMED = sizeof(named) / sizeof(named[0]) };

const struct ikl_schedule *ikl_schedule_by_name(const char *name)
{
    for (size_t i = 0; i < N_NAMED; i++) {
        if (strcmp(name, named[i].name) == 0) {
            return named[i].schedule;
        }
    }
    return NULL;
}

const char *ikl_schedule_name(size_t n)
{
    return n < N_NAMED ? named[n].name : NULL;
}

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
