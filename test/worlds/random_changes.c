/* SPDX-License-Identifier: ISC */
/* Additional key exchanges in a random world: while an IKE SA connects, each of which changes its keys (RFC 9242,
 * RFC 9370), and after the answer to a rekey, in IKE_FOLLOWUP_KE. See random.h. */
#include "random.h"

enum { MOST_CHANGES = 8, MOST_FOLLOWUPS = 4, KEY_LEN = 32 };

static uint32_t draw_change(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->changes, n);
}

void draw_changes(struct world *world)
{
    world->has_changes = draw_kind(world, KIND_CHANGES, &world->changes);
}

bool draw_connecting(struct world *world)
{
    return world->has_changes && draw_change(world, 2) != 0;
}

/* What both ends know. */
void make_keys(struct ikl_keys *keys, uint64_t spi, uint32_t n)
{
    struct test_random random = {spi + n};

    for (size_t i = 0; i < KEY_LEN; i++) {
        keys->sk_ei[i] = (uint8_t)test_random(&random);
        keys->sk_er[i] = (uint8_t)test_random(&random);
    }
}

/* Counted initialisation vectors are others under other keys, so that the laws need not know the keys. */
static void change_keys(struct end *end)
{
    struct world *world = end->host->world;
    struct ikl_keys keys = end->keys;
    const struct ikl_protection protection = {.suite = end->changes.suite,
                                              .keys = &keys,
                                              .iv_source = IKL_IV_FIRST,
                                              .iv_first = (end->changes.done + UINT64_C(1)) << 32,
                                              .fragmentation = end->changes.fragmentation};
    int result;

    make_keys(&keys, end->spi_i, end->changes.done + 1);
    world->acting = true;
    result = ikl_sa_change_keys(end->sa, &protection, ikl_sim_host_now(end->host->sim_host));
    CHECK(world, result == IKL_OK);
    end->keys = keys;
    end->changes.done++;
    world->counts[COUNT_KEY_CHANGES]++;
}

static void establish(struct end *end)
{
    struct world *world = end->host->world;

    laws_hold(world->laws, end->changes.done == end->changes.target, "an IKE SA was authenticated under old keys");
    CHECK(world, ikl_sa_established(end->sa, ikl_sim_host_now(end->host->sim_host)) == IKL_OK);
    world->acting = true;
    world->counts[COUNT_CONNECTED]++;
    begin_keeping(end);
}

/* The initiator's next request. */
static void go_on(struct end *end)
{
    (void)ask_for(end, end->changes.done < end->changes.target ? IKL_IKE_INTERMEDIATE : IKL_IKE_AUTH, 0);
}

void draw_targets(struct end *ends)
{
    ends[0].changes.target = ends[1].changes.target = draw_change(ends[0].host->world, MOST_CHANGES);
}

void connect_ends(struct end *ends)
{
    draw_targets(ends);
    go_on(&ends[0]);
}

static bool is_connecting(const struct end *end)
{
    return end->sa != NULL && ikl_sa_state(end->sa) == IKL_SA_CONNECTING;
}

void connect_answered(struct end *end, const struct ikl_outcome *outcome)
{
    if (!is_connecting(end)) {
        return;
    }
    if (outcome->exchange_type == IKL_IKE_AUTH) {
        establish(end);
    } else if (outcome->exchange_type == IKL_IKE_INTERMEDIATE) {
        change_keys(end);
        go_on(end);
    } else if (laws_is_first(outcome->exchange_type)) {
        go_on(end);
    }
}

void connect_asked(struct end *end, const struct ikl_peer_request *request)
{
    if (!is_connecting(end)) {
        return;
    }
    if (request->exchange_type == IKL_IKE_AUTH) {
        establish(end);
    } else if (request->exchange_type == IKL_IKE_INTERMEDIATE) {
        change_keys(end);
    }
}

void befall_changes(struct world *world)
{
    struct end *end = world->n_ends != 0 ? &world->ends[draw_change(world, (uint32_t)world->n_ends)] : NULL;

    if (end != NULL && end->sa != NULL && draw_change(world, 8) == 0 && ikl_sa_state(end->sa) == IKL_SA_ESTABLISHED) {
        (void)ask_for(end, IKL_CREATE_CHILD_SA, 1 + draw_change(world, MOST_FOLLOWUPS));
    }
}

static void rekey_now(void *user, struct ikl_sim *sim)
{
    struct end *end = user;

    (void)sim;
    end->host->world->acting = true;
    rekey(end);
}

/* As many exchanges follow as were agreed on; then, outside callbacks, both ends have the keys of the new IKE SA. */
void rekey_answered(struct end *end, const struct asked *asked)
{
    struct world *world = end->host->world;

    if (asked->followups == 0 || end->sa == NULL || world->ended) {
        return;
    }
    if (asked->followups > 1) {
        world->counts[COUNT_FOLLOWUPS] += ask_for(end, IKL_IKE_FOLLOWUP_KE, asked->followups - 1) ? 1 : 0;
    } else {
        ikl_sim_call_at(world->sim, ikl_sim_now(world->sim), rekey_now, end);
    }
}
