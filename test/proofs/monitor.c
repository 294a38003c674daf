/* SPDX-License-Identifier: ISC */
/* From any state of a monitor, whatever happens leaves a valid one that does what <ikelive/monitor.h> says: no probe
 * goes out early or beside another, DOWN and UP are said just when enough probes in a row were lost or answered, and
 * the next deadline is to come.
 *
 * bounds: times below 2^62; 8 random bits
 * each: -DTICK -DPROBE -DANSWERED -DFACTS
 * cbmc: --unwind 17
 * fault: lib/policy/monitor.c s/if (monitor->row >= config->threshold)/if (monitor->row > config->threshold)/
 * fault: -DPROBE lib/policy/turn.h s/late >= config->timeout ||/late > config->timeout ||/
 * fault: -DANSWERED lib/policy/monitor.c s/return monitor->out && count_bits/return count_bits/
 * fault: -DFACTS lib/policy/monitor.c s/return known != IKL_NEVER ?/return known == 0 ?/ */
#include "proof.h"

#include "policy/monitor.c"
#include "policy/valid.h"

static const ikl_time LATEST = UINT64_C(1) << 62;

static struct ikl_monitor_config config;
static struct ikl_monitor monitor, before;
static ikl_time now, told; /* what was told, and what that counts as */

static void suppose_config(void)
{
    config = (struct ikl_monitor_config){.interval = nondet_u32(),
                                         .timeout = nondet_u32(),
                                         .grace = nondet_u32(),
                                         .renew_after = nondet_u32(),
                                         .damp_period = nondet_u32(),
                                         .threshold = nondet_u8(),
                                         .recover = nondet_u8(),
                                         .damp_changes = nondet_u8(),
                                         .damp_recover = nondet_u8(),
                                         .need = nondet_u8(),
                                         .probes_only = nondet_bool()};
    suppose(ikl_monitor_config_error(&config) == NULL);
}

static bool is_past(ikl_time time)
{
    return time < LATEST || time == IKL_NEVER;
}

static void suppose_monitor(void)
{
    before = (struct ikl_monitor){.heard = nondet_u64(),
                                  .sent = nondet_u64(),
                                  .at = nondet_u64(),
                                  .since = nondet_u64(),
                                  .not_before = nondet_u64(),
                                  .generation = nondet_u32(),
                                  .probe = nondet_u16(),
                                  .targets = nondet_u16(),
                                  .late = nondet_u16(),
                                  .foreign = nondet_u16(),
                                  .row = nondet_u8(),
                                  .downs = nondet_u8(),
                                  .state = nondet_u8() & 3,
                                  .renewals = nondet_u8() & 15,
                                  .begun = nondet_bool(),
                                  .out = nondet_bool(),
                                  .counts = nondet_bool(),
                                  .credited = nondet_bool(),
                                  .forgiven = nondet_bool(),
                                  .told = nondet_bool(),
                                  .renewed = nondet_bool(),
                                  .wrapped = nondet_bool()};
    suppose(ikl_monitor_is_valid(&before) && before.at < LATEST && before.since < LATEST && before.not_before < LATEST);
    suppose(is_past(before.heard) && is_past(before.sent));
    monitor = before;
}

static bool was(enum ikl_monitor_state state)
{
    return before.state == (uint8_t)state;
}

/* But for what is counted of answers that change nothing. */
static bool is_same(void)
{
    return monitor.heard == before.heard && monitor.sent == before.sent && monitor.at == before.at &&
           monitor.since == before.since && monitor.not_before == before.not_before &&
           monitor.generation == before.generation && monitor.probe == before.probe &&
           monitor.targets == before.targets && monitor.row == before.row && monitor.downs == before.downs &&
           monitor.state == before.state && monitor.renewals == before.renewals && monitor.begun == before.begun &&
           monitor.out == before.out && monitor.counts == before.counts && monitor.credited == before.credited &&
           monitor.forgiven == before.forgiven && monitor.told == before.told && monitor.renewed == before.renewed &&
           monitor.wrapped == before.wrapped;
}

/* Each change of the state is told, and what goes with it is as the header says. */
static void prove_told(unsigned todo)
{
    bool changed = monitor.state != before.state, down = changed && is_in(&monitor, IKL_MONITOR_DOWN);

    prove(ikl_monitor_is_valid(&monitor));
    prove(((todo & IKL_MONITOR_CHANGED) != 0) == changed);
    prove(monitor.generation == (changed ? before.generation + 1 : before.generation));
    prove((todo & IKL_MONITOR_RENEW) == 0 || (is_in(&monitor, IKL_MONITOR_DOWN) && (down || !before.renewed) &&
                                              config.renew_after != 0 && now >= before.not_before));
    prove(((todo & IKL_MONITOR_UNANSWERED) != 0) == (monitor.told && !before.told));
    prove((todo & IKL_MONITOR_UNANSWERED) == 0 ||
          (was(IKL_MONITOR_UNPROVEN) && !changed && monitor.row >= config.threshold));
    prove(((todo & IKL_MONITOR_DAMPED) != 0) ==
          (ikl_monitor_recover(&monitor, &config) != ikl_monitor_recover(&before, &config)));
}

/* The state after an answer, or after traffic that counts as one. */
static enum ikl_monitor_state state_after_answer(void)
{
    uint32_t row = before.row < UINT8_MAX ? before.row + 1u : before.row;

    return was(IKL_MONITOR_DOWN) && row < ikl_monitor_recover(&before, &config) ? IKL_MONITOR_DOWN : IKL_MONITOR_UP;
}

static enum ikl_monitor_state state_after_loss(void)
{
    if (was(IKL_MONITOR_UNPROVEN) || was(IKL_MONITOR_DOWN)) {
        return before.state;
    }
    return before.row + 1u >= config.threshold || before.row == UINT8_MAX ? IKL_MONITOR_DOWN : IKL_MONITOR_SUSPECT;
}

/* The state after a tick that is due. */
static enum ikl_monitor_state expected(uint32_t slack)
{
    bool heard = !config.probes_only && before.heard != IKL_NEVER && before.heard > before.at;
    bool late = now > before.at + config.timeout + slack;

    if (!before.begun || before.credited) {
        return before.state;
    }
    if (heard) {
        return state_after_answer();
    }
    return before.out && before.counts && (!late || before.forgiven) ? state_after_loss() : before.state;
}

static void tick(void)
{
    ikl_time due = ikl_monitor_deadline(&monitor, &config);
    uint32_t slack = nondet_u32();
    bool may_send = nondet_bool();
    unsigned todo = ikl_monitor_tick(&monitor, &config, told, slack, may_send);

    if (now < due) {
        prove(todo == 0 && is_same() && monitor.late == before.late && monitor.foreign == before.foreign);
        return;
    }
#ifdef TICK
    prove_told(todo);
    prove(monitor.state == expected(slack));
#else
    prove((todo & IKL_MONITOR_PROBE) == 0 || may_send);
    prove(((todo & IKL_MONITOR_PROBE) != 0) == (monitor.at != before.at || monitor.probe != before.probe));
    prove((todo & IKL_MONITOR_PROBE) == 0 ||
          (monitor.out && monitor.probe == (uint16_t)(before.probe + 1) && monitor.targets == 0 && monitor.at <= now));
    prove((todo & IKL_MONITOR_PROBE) == 0 || now >= before.at + (before.begun ? config.interval : 0));
    prove((todo & IKL_MONITOR_PROBE) == 0 || monitor.at == now ||
          (monitor.at <= now && now - monitor.at <= slack && monitor.at >= due));
    prove(!may_send || ikl_monitor_deadline(&monitor, &config) > now);
    prove(ikl_monitor_deadline(&monitor, &config) != IKL_NEVER);
#endif
}

static uint32_t bits_of(uint16_t bits)
{
    uint32_t n = 0;

    for (int i = 0; i < IKL_MONITOR_MAX_TARGETS; i++) {
        n += (uint32_t)(bits >> i) & 1;
    }
    return n;
}

static void answer(void)
{
    uint16_t probe = nondet_u16();
    uint32_t target = nondet_u32();
    bool latest_one = target < IKL_MONITOR_MAX_TARGETS && is_old(&before, probe) && probe == before.probe;
    bool taken = latest_one && (before.out || before.credited) && now <= before.at + config.timeout &&
                 (before.targets >> target & 1) == 0;
    bool enough = taken && before.out && bits_of(before.targets) + 1 >= (config.need != 0 ? config.need : 1);
    unsigned todo = ikl_monitor_answered(&monitor, &config, probe, target, told);

    prove_told(todo);
    prove((todo & ~(unsigned)IKL_MONITOR_CHANGED) == 0);
    prove(monitor.state == (enough ? state_after_answer() : before.state));
    prove(monitor.credited == (before.credited || enough) && monitor.out == (before.out && !enough));
    prove(taken ? monitor.targets == (uint16_t)(before.targets | 1u << target) : is_same());
    prove(taken ? monitor.late == before.late && monitor.foreign == before.foreign
                : monitor.late >= before.late && monitor.foreign >= before.foreign);
    prove(ikl_monitor_deadline(&monitor, &config) != IKL_NEVER);
}

/* Only what was told changes, and nothing that comes of it is due sooner. */
static void traffic(void)
{
    ikl_time at = nondet_u64(), counts = at < told ? at : told, due = ikl_monitor_deadline(&monitor, &config);

    ikl_monitor_heard(&monitor, at, told);
    prove(monitor.heard == (before.heard != IKL_NEVER && before.heard > counts ? before.heard : counts));
    prove(ikl_monitor_deadline(&monitor, &config) >= due);
    ikl_monitor_sent(&monitor, at, told);
    prove(monitor.sent != IKL_NEVER && (before.sent == IKL_NEVER || monitor.sent >= before.sent));
    prove(monitor.sent <= told || monitor.sent == before.sent);
    prove(ikl_monitor_deadline(&monitor, &config) >= due && ikl_monitor_deadline(&monitor, &config) != IKL_NEVER);
    prove(ikl_monitor_is_valid(&monitor));
    monitor.heard = before.heard;
    monitor.sent = before.sent;
    prove(is_same());
}

static void begin(void)
{
    uint32_t chance = nondet_u32() & 0xff000000;

    ikl_monitor_begin(&monitor, &config, told, chance);
    prove(ikl_monitor_is_valid(&monitor) && !monitor.begun);
    prove(ikl_monitor_deadline(&monitor, &config) >= told);
    prove(ikl_monitor_deadline(&monitor, &config) < told + config.interval);
    prove(chance != 0 || ikl_monitor_deadline(&monitor, &config) == told);
}

int main(void)
{
    suppose_config();
    suppose_monitor();
    told = nondet_u64();
    suppose(told < LATEST);
    now = before.begun && before.at > told ? before.at : told;
#if defined(ANSWERED)
    answer();
#elif defined(FACTS)
    if (nondet_bool()) {
        traffic();
    } else {
        begin();
    }
#else
    tick();
#endif
    return 0;
}
