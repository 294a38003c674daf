/* SPDX-License-Identifier: ISC */
/* ikelive revive: when to try to bring a tunnel up again. The header states its rules. */
#include <ikelive/revive.h>

#include "field.h"

enum { THOUSANDTHS = 1000 };

const struct ikl_revive_config *ikl_revive_default(void)
{
    static const struct ikl_revive_config usual = {.policy = IKL_REVIVE_AT_ONCE,
                                                   .first = 1000,
                                                   .cap = 600000,
                                                   .steady = 60000,
                                                   .factor = 1100,
                                                   .jitter = 100,
                                                   .quick = 20};

    return &usual;
}

const char *ikl_revive_config_error(const struct ikl_revive_config *config)
{
    if ((unsigned)config->policy > IKL_REVIVE_NEVER) {
        return IKL_FIELD("policy");
    }
    if (config->cap > IKL_REVIVE_MAX_TIME) {
        return IKL_FIELD("cap");
    }
    if (config->first == 0 || config->first > config->cap) {
        return IKL_FIELD("first");
    }
    if (config->steady > IKL_REVIVE_MAX_TIME) {
        return IKL_FIELD("steady");
    }
    if (config->factor < THOUSANDTHS) {
        return IKL_FIELD("factor");
    }
    if (config->jitter > IKL_REVIVE_MAX_JITTER) {
        return IKL_FIELD("jitter");
    }
    return NULL;
}

const char *ikl_revival_state_name(enum ikl_revival_state state)
{
    static const char *const names[] = {"UP", "WAITING", "TRYING", "GIVEN UP"};

    return (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static bool is_in(const struct ikl_revival *revival, enum ikl_revival_state state)
{
    return revival->state == (uint8_t)state;
}

/* Time does not go back. */
static ikl_time present(const struct ikl_revival *revival, ikl_time now)
{
    return ikl_time_later(ikl_time_earlier(now, IKL_NEVER - 1), revival->since);
}

static void wait_until(struct ikl_revival *revival, ikl_time deadline)
{
    revival->state = IKL_REVIVAL_WAITING;
    revival->deadline = deadline;
}

/* The wait after an attempt that failed, which is counted. */
static uint32_t next_wait(const struct ikl_revival *revival, const struct ikl_revive_config *config)
{
    uint64_t wait = ((uint64_t)revival->wait * config->factor + THOUSANDTHS - 1) / THOUSANDTHS;

    if (revival->failed <= config->quick || wait < config->first) {
        return config->first;
    }
    return wait < config->cap ? (uint32_t)wait : config->cap;
}

static uint64_t shortened(uint32_t wait, const struct ikl_revive_config *config, uint32_t random)
{
    uint64_t most = (uint64_t)wait * config->jitter / THOUSANDTHS;

    return wait - (most * random >> 32);
}

static void count_failure(struct ikl_revival *revival)
{
    if (revival->failed < UINT16_MAX) {
        revival->failed++;
    }
}

/* Earlier failures no longer count. */
static void forget(struct ikl_revival *revival)
{
    revival->failed = 0;
    revival->wait = 0;
}

/* Waits for the next attempt, or for traffic. */
static void wait_longer(struct ikl_revival *revival, const struct ikl_revive_config *config, ikl_time now,
                        uint32_t random)
{
    revival->wait = next_wait(revival, config);
    wait_until(revival, config->policy == IKL_REVIVE_AT_ONCE
                            ? ikl_time_after(now, shortened(revival->wait, config, random))
                            : IKL_NEVER);
}

void ikl_revival_down(struct ikl_revival *revival, const struct ikl_revive_config *config, ikl_time now,
                      uint32_t random)
{
    ikl_time steady = ikl_time_after(revival->since, config->steady);

    if (!is_in(revival, IKL_REVIVAL_UP)) {
        return;
    }
    now = present(revival, now);
    revival->since = now;
    if (revival->tried && now < steady) {
        count_failure(revival);
        wait_longer(revival, config, now, random);
        return;
    }
    forget(revival);
    revival->tried = false;
    wait_until(revival, config->policy == IKL_REVIVE_AT_ONCE ? now : IKL_NEVER);
}

void ikl_revival_up(struct ikl_revival *revival, ikl_time now)
{
    if (!is_in(revival, IKL_REVIVAL_UP)) {
        revival->since = present(revival, now);
        revival->state = IKL_REVIVAL_UP;
    }
}

enum ikl_revival_decision ikl_revival_failed(struct ikl_revival *revival, const struct ikl_revive_config *config,
                                             ikl_time now, uint32_t random)
{
    if (!is_in(revival, IKL_REVIVAL_TRYING)) {
        return IKL_REVIVAL_NOTHING;
    }
    count_failure(revival);
    if (config->tries != 0 && revival->failed >= config->tries) {
        revival->state = IKL_REVIVAL_GIVEN_UP;
        return IKL_REVIVAL_GIVE_UP;
    }
    wait_longer(revival, config, present(revival, now), random);
    return IKL_REVIVAL_NOTHING;
}

ikl_time ikl_revival_deadline(const struct ikl_revival *revival)
{
    return is_in(revival, IKL_REVIVAL_WAITING) ? revival->deadline : IKL_NEVER;
}

static enum ikl_revival_decision begin(struct ikl_revival *revival, ikl_time now)
{
    revival->state = IKL_REVIVAL_TRYING;
    revival->tried = true;
    revival->since = now;
    return IKL_REVIVAL_TRY;
}

enum ikl_revival_decision ikl_revival_tick(struct ikl_revival *revival, ikl_time now)
{
    now = present(revival, now);
    return now >= ikl_revival_deadline(revival) ? begin(revival, now) : IKL_REVIVAL_NOTHING;
}

enum ikl_revival_decision ikl_revival_wanted(struct ikl_revival *revival, const struct ikl_revive_config *config,
                                             ikl_time now)
{
    ikl_time earliest;

    if (config->policy == IKL_REVIVE_NEVER || is_in(revival, IKL_REVIVAL_UP) || is_in(revival, IKL_REVIVAL_TRYING)) {
        return IKL_REVIVAL_NOTHING;
    }
    now = present(revival, now);
    earliest = revival->tried ? ikl_time_after(revival->since, config->first) : now;
    if (is_in(revival, IKL_REVIVAL_GIVEN_UP)) {
        forget(revival);
        wait_until(revival, earliest);
    }
    wait_until(revival, ikl_time_earlier(revival->deadline, earliest));
    return ikl_revival_tick(revival, now);
}

void ikl_revival_put_off(struct ikl_revival *revival, ikl_time until)
{
    if (is_in(revival, IKL_REVIVAL_TRYING) || (is_in(revival, IKL_REVIVAL_WAITING) && until > revival->deadline)) {
        wait_until(revival, ikl_time_earlier(until, IKL_NEVER - 1));
    }
}
