/* SPDX-License-Identifier: ISC */
/* From any state of a revival, whatever happens leaves a valid one that does what <ikelive/revive.h> says: an attempt
 * begins just when one may, never early and never beside another, and while one is due its deadline is not lost.
 *
 * bounds: times below 2^62; -DWAITS: waits of 255 ms at most
 * each: -DFACTS -DWAITS
 * fault: lib/policy/revive.c s/earliest = revival->tried ? .*;/earliest = now;/
 * fault: lib/policy/revive.c s/revival->wait = 0;/revival->tried = false;/
 * fault: -DWAITS lib/policy/revive.c s/return wait < config->cap ?/return wait < 2 * config->cap ?/ */
#include "proof.h"

#include "policy/revive.c"
#include "policy/valid.h"

static const ikl_time LATEST = UINT64_C(1) << 62;

static struct ikl_revive_config config;
static struct ikl_revival revival, before;
static ikl_time now, told; /* what was told, and what that counts as */
static uint32_t chance;

static void suppose_any(void)
{
    config = (struct ikl_revive_config){.policy = nondet_u8() % 3u,
                                        .first = nondet_u32(),
                                        .cap = nondet_u32(),
                                        .steady = nondet_u32(),
                                        .factor = nondet_u16(),
                                        .jitter = nondet_u16(),
                                        .quick = nondet_u16(),
                                        .tries = nondet_u16()};
    suppose(ikl_revive_config_error(&config) == NULL);
#ifdef WAITS
    suppose(config.cap <= 255);
#endif
    before = (struct ikl_revival){.deadline = nondet_u64(),
                                  .since = nondet_u64(),
                                  .wait = nondet_u32(),
                                  .failed = nondet_u16(),
                                  .state = nondet_u8(),
                                  .tried = nondet_bool()};
    suppose(ikl_revival_is_valid(&before) && before.since < LATEST);
    suppose(before.deadline < LATEST || before.deadline == IKL_NEVER);
    told = nondet_u64();
    suppose(told < LATEST);
    now = told > before.since ? told : before.since;
    chance = nondet_u32();
}

static bool was(enum ikl_revival_state state)
{
    return before.state == (uint8_t)state;
}

static bool is_same(void)
{
    return revival.deadline == before.deadline && revival.since == before.since && revival.wait == before.wait &&
           revival.failed == before.failed && revival.state == before.state && revival.tried == before.tried;
}

/* An attempt begins just when one may, and its time is noted. */
static void prove_begun(enum ikl_revival_decision decision, bool may)
{
    prove((decision == IKL_REVIVAL_TRY) == may);
    prove(decision != IKL_REVIVAL_TRY ||
          (is_in(&revival, IKL_REVIVAL_TRYING) && revival.tried && revival.since == now));
}

/* What is due is not lost, and no earlier failure is forgotten but by what was steady or given up. */
static void prove_kept(bool ends)
{
    prove(ikl_revival_is_valid(&revival));
    prove(ends || !was(IKL_REVIVAL_WAITING) || before.deadline == IKL_NEVER || !is_in(&revival, IKL_REVIVAL_WAITING) ||
          revival.deadline != IKL_NEVER);
    prove(revival.tried || !before.tried);
}

static void tick(void)
{
    revival = before;
    prove_begun(ikl_revival_tick(&revival, told), was(IKL_REVIVAL_WAITING) && now >= before.deadline);
    prove(is_in(&revival, IKL_REVIVAL_TRYING) || is_same());
    prove_kept(false);
}

static void want(void)
{
    bool may = config.policy != IKL_REVIVE_NEVER && (was(IKL_REVIVAL_WAITING) || was(IKL_REVIVAL_GIVEN_UP));
    bool due = was(IKL_REVIVAL_WAITING) && now >= before.deadline;
    enum ikl_revival_decision decision;

    revival = before;
    decision = ikl_revival_wanted(&revival, &config, told);
    prove_begun(decision, may && (due || !before.tried || now >= before.since + config.first));
    prove(may || is_same());
    prove(!may || decision == IKL_REVIVAL_TRY || is_in(&revival, IKL_REVIVAL_WAITING));
    prove(!may || decision == IKL_REVIVAL_TRY || revival.deadline <= before.since + config.first);
    prove(decision == IKL_REVIVAL_TRY || revival.since == before.since);
    prove(!was(IKL_REVIVAL_GIVEN_UP) || !may || revival.failed == 0);
    prove_kept(false);
}

static void come_up(void)
{
    revival = before;
    ikl_revival_up(&revival, told);
    prove(is_in(&revival, IKL_REVIVAL_UP) && revival.failed == before.failed);
    prove(revival.since == (was(IKL_REVIVAL_UP) ? before.since : now));
    prove_kept(true);
}

static void put_off(void)
{
    ikl_time until = nondet_u64();

    revival = before;
    ikl_revival_put_off(&revival, until);
    if (was(IKL_REVIVAL_TRYING) || (was(IKL_REVIVAL_WAITING) && until > before.deadline)) {
        prove(is_in(&revival, IKL_REVIVAL_WAITING) && revival.failed == before.failed);
        prove(ikl_revival_deadline(&revival) == (until == IKL_NEVER ? IKL_NEVER - 1 : until));
    } else {
        prove(is_same());
    }
    prove_kept(false);
}

/* The wait that begins `now`. */
static void prove_wait(void)
{
    uint32_t wait = revival.wait;

    prove(wait >= config.first && wait <= config.cap && (revival.failed > config.quick || wait == config.first));
    prove(revival.failed <= config.quick || before.wait > config.cap || wait >= before.wait);
    prove(is_in(&revival, IKL_REVIVAL_WAITING));
    prove(config.policy == IKL_REVIVE_AT_ONCE ? revival.deadline > now && revival.deadline <= now + wait
                                              : revival.deadline == IKL_NEVER);
    prove(config.policy != IKL_REVIVE_AT_ONCE || (chance != 0 && config.jitter != 0) || revival.deadline == now + wait);
}

static void go_down(void)
{
    bool steady = now >= before.since + config.steady || !before.tried;

    revival = before;
    ikl_revival_down(&revival, &config, told, chance);
    prove(ikl_revival_is_valid(&revival));
    if (!was(IKL_REVIVAL_UP)) {
        prove(is_same());
        return;
    }
    prove(revival.since == now && is_in(&revival, IKL_REVIVAL_WAITING) && revival.tried == !steady);
    if (!steady) {
        prove(revival.failed == before.failed + 1u || (before.failed == UINT16_MAX && revival.failed == UINT16_MAX));
        prove_wait();
        return;
    }
    prove(revival.failed == 0 && revival.deadline == (config.policy == IKL_REVIVE_AT_ONCE ? now : IKL_NEVER));
}

static void fail(void)
{
    bool ends = config.tries != 0 && (before.failed + 1u >= config.tries);
    enum ikl_revival_decision decision;

    revival = before;
    decision = ikl_revival_failed(&revival, &config, told, chance);
    prove_kept(true);
    if (!was(IKL_REVIVAL_TRYING)) {
        prove(decision == IKL_REVIVAL_NOTHING && is_same());
        return;
    }
    prove((decision == IKL_REVIVAL_GIVE_UP) == ends && is_in(&revival, IKL_REVIVAL_GIVEN_UP) == ends);
    prove(decision != IKL_REVIVAL_TRY);
    prove(revival.failed == before.failed + 1u || (before.failed == UINT16_MAX && revival.failed == UINT16_MAX));
    if (!ends) {
        prove_wait();
    }
}

int main(void)
{
    suppose_any();
#ifdef WAITS
    go_down();
    fail();
#else
    tick();
    want();
    come_up();
    put_off();
#endif
    return 0;
}
