/* SPDX-License-Identifier: ISC */
/* ikelive monitor: the policy of probes through a Child SA. The header states its rules.
 *
 * A turn begins when a probe is due, at `at`, and ends when the next one is. In each turn the probe is answered, or
 * traffic is heard instead, or it is lost; whatever comes first counts, and only once. */
#include "policy/turn.h"

#include "field.h"

enum { MAX_RENEWALS = 15, OLD_PROBES = 32768 };

const struct ikl_monitor_config *ikl_monitor_panos(void)
{
    static const struct ikl_monitor_config panos = {
        .interval = 3000, .timeout = 3000, .renew_after = 60000, .threshold = 5, .recover = 1};

    return &panos;
}

static bool is_time(uint32_t ms)
{
    return ms <= IKL_MONITOR_MAX_TIME;
}

static bool is_reserved(const struct ikl_monitor_config *config)
{
    uint8_t any = 0;

    for (size_t i = 0; i < sizeof(config->reserved); i++) {
        any |= config->reserved[i];
    }
    return any == 0;
}

const char *ikl_monitor_config_error(const struct ikl_monitor_config *config)
{
    if (config->interval == 0 || !is_time(config->interval)) {
        return IKL_FIELD("interval");
    }
    if (config->timeout == 0 || config->timeout > config->interval) {
        return IKL_FIELD("timeout");
    }
    if (!is_time(config->grace)) {
        return IKL_FIELD("grace");
    }
    if (!is_time(config->renew_after)) {
        return IKL_FIELD("renew_after");
    }
    if (!is_time(config->damp_period)) {
        return IKL_FIELD("damp_period");
    }
    if (config->threshold == 0) {
        return IKL_FIELD("threshold");
    }
    if (config->recover == 0) {
        return IKL_FIELD("recover");
    }
    if (config->damp_changes != 0 && config->damp_recover < config->recover) {
        return IKL_FIELD("damp_recover");
    }
    if (config->need > IKL_MONITOR_MAX_TARGETS) {
        return IKL_FIELD("need");
    }
    if (!is_reserved(config)) {
        return IKL_FIELD("reserved");
    }
    return NULL;
}

uint64_t ikl_monitor_worst_detect(const struct ikl_monitor_config *config)
{
    return (uint64_t)config->threshold * config->interval + config->timeout;
}

const char *ikl_monitor_state_name(enum ikl_monitor_state state)
{
    static const char *const names[] = {"UNPROVEN", "UP", "SUSPECT", "DOWN"};

    return (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

void ikl_monitor_begin(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now,
                       uint32_t random)
{
    now = ikl_time_earlier(now, IKL_NEVER - 1);
    *monitor = (struct ikl_monitor){.heard = IKL_NEVER,
                                    .sent = IKL_NEVER,
                                    .at = ikl_time_after(now, (uint64_t)random * config->interval >> 32),
                                    .since = now,
                                    .not_before = ikl_time_after(now, config->grace)};
}

static bool is_in(const struct ikl_monitor *monitor, enum ikl_monitor_state state)
{
    return monitor->state == (uint8_t)state;
}

ikl_time ikl_monitor_deadline(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config)
{
    return ikl_monitor_due(monitor, config);
}

/* Time does not go back. */
static ikl_time present(const struct ikl_monitor *monitor, ikl_time now)
{
    now = ikl_time_earlier(now, IKL_NEVER - 1);
    return monitor->begun ? ikl_time_later(now, monitor->at) : now;
}

static unsigned change(struct ikl_monitor *monitor, enum ikl_monitor_state state)
{
    monitor->state = (uint8_t)((unsigned)state & 3u);
    monitor->generation++;
    return IKL_MONITOR_CHANGED;
}

static unsigned come_up(struct ikl_monitor *monitor, ikl_time now)
{
    monitor->row = 0;
    monitor->since = now;
    return change(monitor, IKL_MONITOR_UP);
}

static void count(uint8_t *n)
{
    if (*n < UINT8_MAX) {
        ++*n;
    }
}

static void count_answer(uint16_t *n)
{
    if (*n < UINT16_MAX) {
        ++*n;
    }
}

uint32_t ikl_monitor_recover(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config)
{
    uint32_t needed = config->recover;

    if (config->damp_changes == 0) {
        return needed;
    }
    for (uint32_t n = config->damp_changes; n <= monitor->downs && needed < config->damp_recover; n++) {
        needed *= 2;
    }
    return needed < config->damp_recover ? needed : config->damp_recover;
}

/* This turn's probe was answered. */
static unsigned credit(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    monitor->out = false;
    monitor->credited = true;
    monitor->forgiven = false;
    switch (monitor->state) {
    case IKL_MONITOR_UNPROVEN:
        return come_up(monitor, now);
    case IKL_MONITOR_DOWN:
        count(&monitor->row);
        return monitor->row >= ikl_monitor_recover(monitor, config) ? come_up(monitor, now) : 0;
    case IKL_MONITOR_SUSPECT:
        monitor->row = 0;
        return change(monitor, IKL_MONITOR_UP);
    default: /* it is up already */
        return 0;
    }
}

static uint64_t pause_after(const struct ikl_monitor_config *config, unsigned renewals)
{
    uint64_t pause = (uint64_t)config->renew_after << renewals;

    return pause < IKL_MONITOR_MAX_TIME ? pause : IKL_MONITOR_MAX_TIME;
}

/* Asks for new keys at most once in each DOWN, and only after a pause since it last did. */
static unsigned renew(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    unsigned renewals = monitor->renewals;

    if (monitor->renewed || config->renew_after == 0 || now < monitor->not_before) {
        return 0;
    }
    if (renewals != 0 && now >= ikl_time_after(monitor->not_before, pause_after(config, renewals - 1))) {
        renewals = 0;
    }
    monitor->renewed = true;
    monitor->not_before = ikl_time_after(now, pause_after(config, renewals));
    monitor->renewals = (renewals < MAX_RENEWALS ? renewals + 1 : renewals) & 15;
    return IKL_MONITOR_RENEW;
}

static unsigned go_down(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    uint32_t before = ikl_monitor_recover(monitor, config);
    unsigned todo;

    if (now >= ikl_time_after(monitor->since, config->damp_period)) {
        monitor->downs = 0;
    }
    count(&monitor->downs);
    monitor->row = 0;
    monitor->since = now;
    monitor->renewed = false;
    todo = change(monitor, IKL_MONITOR_DOWN) | renew(monitor, config, now);
    return ikl_monitor_recover(monitor, config) != before ? todo | IKL_MONITOR_DAMPED : todo;
}

static unsigned lose(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    if (is_in(monitor, IKL_MONITOR_DOWN)) {
        monitor->row = 0;
        return renew(monitor, config, now);
    }
    count(&monitor->row);
    if (is_in(monitor, IKL_MONITOR_UNPROVEN)) {
        if (monitor->row < config->threshold || monitor->told) {
            return 0;
        }
        monitor->told = true;
        return IKL_MONITOR_UNANSWERED;
    }
    if (monitor->row >= config->threshold) {
        return go_down(monitor, config, now);
    }
    return is_in(monitor, IKL_MONITOR_UP) ? change(monitor, IKL_MONITOR_SUSPECT) : 0;
}

/* Whether traffic was heard in this turn that is as good as an answer. */
static bool is_heard(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config)
{
    return !config->probes_only && monitor->heard != IKL_NEVER && monitor->heard > monitor->at;
}

/* Judges the probe of this turn, whose time for an answer, `due`, is over. */
static unsigned judge(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time due, ikl_time now,
                      uint32_t slack)
{
    if (is_heard(monitor, config)) {
        return credit(monitor, config, now);
    }
    monitor->out = false;
    if (!monitor->counts) {
        return 0;
    }
    if (now > ikl_time_after(due, slack) && !monitor->forgiven) {
        monitor->forgiven = true;
        return 0;
    }
    return lose(monitor, config, now);
}

static unsigned probe(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time due, ikl_time now,
                      uint32_t slack)
{
    bool on_time = now <= ikl_time_after(due, slack) && now < ikl_time_after(due, config->timeout);

    monitor->wrapped |= monitor->probe == UINT16_MAX;
    monitor->counts |= now >= monitor->not_before;
    ikl_monitor_begin_turn(monitor, on_time ? due : now);
    return IKL_MONITOR_PROBE;
}

/* Begins the next turn, which is due, unless traffic puts it off. */
static unsigned begin_turn(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time due,
                           ikl_time now, uint32_t slack, bool may_send)
{
    unsigned todo = 0;

    if (monitor->begun && !monitor->credited && is_heard(monitor, config)) {
        todo = credit(monitor, config, now);
        if (now < ikl_monitor_due(monitor, config)) {
            return todo;
        }
    }
    return may_send ? todo | probe(monitor, config, due, now, slack) : todo;
}

unsigned ikl_monitor_tick(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now,
                          uint32_t slack, bool may_send)
{
    ikl_time due = ikl_monitor_due(monitor, config);
    unsigned todo = 0;

    now = present(monitor, now);
    if (now < due) {
        return 0;
    }
    if (may_send && ikl_monitor_goes_on(monitor, config, due, now, slack)) {
        return IKL_MONITOR_PROBE;
    }
    if (monitor->out) {
        todo = judge(monitor, config, due, now, slack);
        due = ikl_monitor_due(monitor, config);
    }
    return now >= due ? todo | begin_turn(monitor, config, due, now, slack, may_send) : todo;
}

/* Whether a probe with this number can have been sent before the latest one. */
static bool is_old(const struct ikl_monitor *monitor, uint16_t probe)
{
    if (monitor->wrapped) {
        return (uint16_t)(monitor->probe - probe) < OLD_PROBES;
    }
    return probe != 0 && probe <= monitor->probe;
}

static uint32_t count_bits(uint16_t bits)
{
    uint32_t n = 0;

    for (; bits != 0; bits &= (uint16_t)(bits - 1)) {
        n++;
    }
    return n;
}

/* Takes a target's first answer to the latest probe, which is in time. */
static unsigned take_answer(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, uint16_t target,
                            ikl_time now)
{
    uint32_t need = config->need != 0 ? config->need : 1;

    monitor->targets |= target;
    return monitor->out && count_bits(monitor->targets) >= need ? credit(monitor, config, now) : 0;
}

unsigned ikl_monitor_answered(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, uint16_t probe,
                              uint32_t target, ikl_time now)
{
    now = present(monitor, now);
    if (target >= IKL_MONITOR_MAX_TARGETS || !is_old(monitor, probe)) {
        count_answer(&monitor->foreign);
        return 0;
    }
    if (probe == monitor->probe && (monitor->out || monitor->credited) &&
        now <= ikl_time_after(monitor->at, config->timeout) && (monitor->targets >> target & 1) == 0) {
        return take_answer(monitor, config, (uint16_t)(1u << target), now);
    }
    count_answer(&monitor->late);
    return 0;
}

/* The later one of two times, of which the first may be IKL_NEVER. */
static ikl_time latest(ikl_time known, ikl_time at, ikl_time now)
{
    at = ikl_time_earlier(ikl_time_earlier(at, now), IKL_NEVER - 1);
    return known != IKL_NEVER ? ikl_time_later(known, at) : at;
}

void ikl_monitor_heard(struct ikl_monitor *monitor, ikl_time at, ikl_time now)
{
    monitor->heard = latest(monitor->heard, at, now);
}

void ikl_monitor_sent(struct ikl_monitor *monitor, ikl_time at, ikl_time now)
{
    monitor->sent = latest(monitor->sent, at, now);
}

enum ikl_monitor_finding ikl_monitor_find(enum ikl_monitor_state state, bool peer_is_suspect)
{
    if (state == IKL_MONITOR_DOWN && !peer_is_suspect) {
        return IKL_FINDING_DATA_PATH_DEAD;
    }
    return state == IKL_MONITOR_UP && peer_is_suspect ? IKL_FINDING_IKE_PATH_DEAD : IKL_FINDING_NONE;
}

const char *ikl_monitor_finding_name(enum ikl_monitor_finding finding)
{
    static const char *const names[] = {"none", "data path dead", "IKE path dead"};

    return (size_t)finding < sizeof(names) / sizeof(names[0]) ? names[finding] : "?";
}
