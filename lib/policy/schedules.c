/* SPDX-License-Identifier: ISC */
/* ikelive schedules: schedules as people write them: a factor, a list of seconds, the name of a stack. */
#include "wait.h"

#include <string.h>

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

    if (!ikl_is_wait(last) || !ikl_is_wait(first) || first > last || factor < 1000 || tries == 0 ||
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

static const char name_of_default[] = "panos-7.0";

static const struct {
    const char *name;
    struct ikl_schedule schedule;
} others[] = {
    {"panos-11", {{5000, 10000, 20000, 40000, 60000}, 5, 10, 0, 0}},
    {"strongswan", {{4000, 7200, 12960, 23328, 41991, 75583}, 6, 6, 0, 0}},
    {"libreswan", {{500, 500, 1000, 2000, 4000, 8000, 16000, 32000}, 8, 8, 0, 0}},
    {"openiked", {{2000, 4000, 8000, 16000, 32000, 64000}, 6, 6, 0, 0}},
    {"fortios", {{3000, 6000, 12000, 24000, 48000}, 5, 5, 0, 0}},
    {"android", {{500, 1000, 2000, 4000, 8000}, 5, 5, 0, 0}},
};

enum { N_OTHERS = sizeof(others) / sizeof(others[0]) };

const struct ikl_schedule *ikl_schedule_by_name(const char *name)
{
    if (strcmp(name, name_of_default) == 0) {
        return ikl_schedule_default();
    }
    for (size_t i = 0; i < N_OTHERS; i++) {
        if (strcmp(name, others[i].name) == 0) {
            return &others[i].schedule;
        }
    }
    return NULL;
}

const char *ikl_schedule_name(size_t n)
{
    if (n == 0) {
        return name_of_default;
    }
    return n <= N_OTHERS ? others[n - 1].name : NULL;
}
