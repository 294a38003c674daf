/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: claiming, keeping and losing a shard. */
#include "shard.h"

#include <string.h>

/* How often the store is asked during a lease, and how seldom at most. */
enum { RENEWALS = 4, LOOKS = 20, LOOK_MS = 200 };

void shard_init(struct shard *shard, struct store *store, uint32_t number, bool home, ikl_time now)
{
    memset(shard, 0, sizeof(*shard));
    shard->store = store;
    shard->number = number;
    shard->home = home;
    shard->due = now;
    shard->waiting = now;
}

bool shard_may_send(const struct shard *shard, ikl_time now)
{
    return shard->ours && (shard->stubborn || now < shard->until);
}

void shard_refused(struct shard *shard)
{
    if (!shard->stubborn) {
        shard->until = 0;
    }
}

/* How long to wait before looking again, or trying again. */
static uint32_t look_pause(const struct shard *shard)
{
    uint32_t ms = store_lease(shard->store) / LOOKS;

    return ms < LOOK_MS ? ms : LOOK_MS;
}

/* Is it for us to take? One that belongs elsewhere and was never held is left to its own gateway for a lease. */
static bool wanted(const struct shard *shard, const struct store_shard *seen, ikl_time now)
{
    if (seen->held) {
        return seen->by_us;
    }
    return shard->home || shard->seen_held || now - shard->waiting >= store_lease(shard->store);
}

/* Is it done? */
static bool note_answer(struct shard *shard, enum store_result result)
{
    shard->unanswered = result != STORE_DONE && result != STORE_REFUSED;
    return result == STORE_DONE;
}

/* An epoch is tried once: if nobody answers, it is burnt. */
static enum shard_news claim(struct shard *shard, const struct store_shard *seen)
{
    uint64_t epoch = (seen->epoch > shard->tried ? seen->epoch : shard->tried) + 1;

    shard->tried = epoch;
    if (!note_answer(shard, store_claim(shard->store, shard->number, seen, epoch, &shard->until))) {
        return SHARD_AS_BEFORE;
    }
    shard->ours = true;
    shard->epoch = epoch;
    return SHARD_TAKEN;
}

static enum shard_news try_to_take(struct shard *shard, ikl_time now)
{
    struct store_shard seen;
    enum shard_news news = SHARD_AS_BEFORE;

    shard->due = now + look_pause(shard);
    if (!note_answer(shard, store_look(shard->store, shard->number, &seen))) {
        return SHARD_AS_BEFORE;
    }
    if (wanted(shard, &seen, now)) {
        news = claim(shard, &seen);
    }
    shard->seen_held = shard->seen_held || seen.held;
    return news;
}

static void keep(struct shard *shard, ikl_time now)
{
    enum store_result result = store_renew(shard->store, shard->number, shard->epoch, &shard->until);

    shard->due = now + (note_answer(shard, result) ? store_lease(shard->store) / RENEWALS : look_pause(shard));
    if (result == STORE_REFUSED) {
        shard_refused(shard);
    }
}

static enum shard_news lose(struct shard *shard, ikl_time now)
{
    shard->ours = false;
    shard->seen_held = true;
    shard->due = now + look_pause(shard);
    return SHARD_LOST;
}

enum shard_news shard_step(struct shard *shard, ikl_time now)
{
    if (shard->ours && !shard_may_send(shard, now)) {
        return lose(shard, now);
    }
    if (now < shard->due) {
        return SHARD_AS_BEFORE;
    }
    if (!shard->ours) {
        return try_to_take(shard, now);
    }
    keep(shard, now);
    return shard_may_send(shard, now) ? SHARD_AS_BEFORE : lose(shard, now);
}
