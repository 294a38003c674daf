/* SPDX-License-Identifier: ISC */
/* A path lived twice. See real.h. */
#include "real.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list of octets that grows. */
struct octets {
    char *at;
    size_t n, room;
};

static void append(struct octets *octets, const void *what, size_t len)
{
    if (octets->n + len > octets->room) {
        octets->room = 2 * octets->room + 4096;
        octets->at = realloc(octets->at, octets->room);
        if (octets->at == NULL) {
            perror("waits");
            exit(EXIT_FAILURE);
        }
    }
    memcpy(octets->at + octets->n, what, len);
    octets->n += len;
}

struct event {
    ikl_time at;
    uint64_t what;
};

/* The life at the depth of the policy: its events, the fate of each datagram of both ends, and when the peer is heard
 * that says something by itself. */
struct plan {
    struct octets events, fates[2], heard;
};

static void note_event(void *user, enum life_event what, ikl_time at)
{
    struct plan *plan = user;
    struct event event = {at, what};

    append(&plan->events, &event, sizeof(event));
}

static void note_datagram(void *user, int end, bool lost)
{
    struct plan *plan = user;

    append(&plan->fates[end], lost ? "x" : ".", 1);
}

/* The answer to what the peer says takes its way, too: nobody waits for it. */
static void note_heard(void *user, ikl_time at)
{
    struct plan *plan = user;

    append(&plan->heard, &at, sizeof(at));
    append(&plan->fates[0], ".", 1);
}

/* The same by real IKE SAs. */
struct real {
    struct plan *plan;
    const struct life_manner *manner;
    struct ikl_sim *sim;
    struct ikl_sim_pair pair;
    struct ikl_keys keys; /* of the IKE SA that there is */
    uint64_t spi_i, spi_r;
    uint32_t message_id; /* of what the peer says next by itself */
    size_t n_events, n_heard;
    bool down, agrees;
};

static void compare(struct real *real, enum life_event what, ikl_time at)
{
    size_t n = real->plan->events.n / sizeof(struct event);
    struct event expected = {IKL_NEVER, 0};

    if (real->n_events < n) {
        memcpy(&expected, real->plan->events.at + real->n_events * sizeof(expected), sizeof(expected));
    }
    if (real->agrees && (expected.at != at || expected.what != what)) {
        fprintf(stderr, "waits: event %zu: %d at %" PRIu64 ", expected %d at %" PRIu64 "\n", real->n_events, (int)what,
                at, (int)expected.what, expected.at);
        real->agrees = false;
    }
    real->n_events++;
}

static void observe(void *user, const struct ikl_sim_record *record)
{
    struct real *real = user;

    if (record->host == NULL || record->host != real->pair.a) {
        return;
    }
    if (record->event == IKL_SIM_ATTEMPT) {
        compare(real, LIFE_SENT, record->at);
    } else if (record->event == IKL_SIM_ALIVE) {
        compare(real, LIFE_ANSWERED, record->at);
    } else if (record->event == IKL_SIM_DOWN && record->about.down.reason == IKL_DOWN_TIMEOUT) {
        compare(real, LIFE_DOWN, record->at);
        real->down = true;
    }
}

/* Only the first host checks. */
static void prepare(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    struct real *real = user;

    if (host == real->pair.b) {
        config->liveness = IKL_LIVENESS_OFF;
    } else {
        config->trim = real->manner->trims;
        config->round_trip_sends = real->manner->sends;
    }
    real->keys = *config->protection.keys;
    real->spi_i = config->spi_i;
    real->spi_r = config->spi_r;
}

static bool establish(struct real *real)
{
    struct ikl_sim_sa_config config = {.size = sizeof(config),
                                       .schedule = real->manner->schedule,
                                       .idle = LIFE_IDLE,
                                       .prepare = prepare,
                                       .user = real};

    real->down = false;
    real->message_id = 0;
    return ikl_sim_add_sa(real->pair.link, &config, &real->pair.sa_a, &real->pair.sa_b) == IKL_OK;
}

/* An empty request of the second host's, with its keys. Returns its length. */
static size_t seal_talk(const struct real *real, uint8_t *datagram, size_t size)
{
    static const struct ikl_suite suite = {.encr = IKL_ENCR_CHACHA20_POLY1305, .prf = IKL_PRF_HMAC_SHA2_256};
    const uint8_t iv[IKL_MAX_IV] = {0xff}; /* none that the second host uses itself so soon */
    struct ikl_sealing sealing = {.header = {.spi_i = real->spi_i,
                                             .spi_r = real->spi_r,
                                             .exchange_type = IKL_INFORMATIONAL,
                                             .message_id = real->message_id},
                                  .iv = iv};
    uint64_t state[IKL_MAX_CIPHER_STATE / sizeof(uint64_t)];
    const struct ikl_cipher *cipher;
    struct ikl_cipher_init init = {.size = sizeof(init), .encr_key = real->keys.sk_er};
    size_t len = 0;

    if (ikl_provider_sodium.cipher(&suite, &cipher) != IKL_OK) {
        return 0;
    }
    init.cipher = cipher;
    return cipher->init(state, &init) == IKL_OK &&
                   ikl_message_seal(cipher, state, &sealing, datagram, size, &len) == IKL_OK
               ? len
               : 0;
}

static void await_talk(struct real *real);

/* The first host hears the second one. */
static void hear_talk(void *user, struct ikl_sim *sim)
{
    struct real *real = user;
    struct ikl_path path = ikl_sim_path(real->pair.link, real->pair.a);
    uint8_t datagram[128];
    size_t len = seal_talk(real, datagram, sizeof(datagram));

    ikl_sim_inject_at(real->pair.a, ikl_sim_now(sim), &path, datagram, len);
    real->message_id++;
    real->n_heard++;
    await_talk(real);
}

static void await_talk(struct real *real)
{
    const struct octets *heard = &real->plan->heard;
    ikl_time at;

    if (real->n_heard < heard->n / sizeof(at)) {
        memcpy(&at, heard->at + real->n_heard * sizeof(at), sizeof(at));
        ikl_sim_call_at(real->sim, at, hear_talk, real);
    }
}

static bool make_world(struct real *real, const struct path *path)
{
    struct ikl_sim_config world = {
        .size = sizeof(world), .seed = path->seed, .observe = observe, .user = real, .forget = true};
    struct ikl_sim_link_config link = {.size = sizeof(link), .weather = {.delay = path->delay}};
    struct ikl_sim_pair *pair = &real->pair;

    if (ikl_sim_new(&real->sim, &world) != IKL_OK || ikl_sim_add_host(real->sim, NULL, &pair->a) != IKL_OK ||
        ikl_sim_add_host(real->sim, NULL, &pair->b) != IKL_OK ||
        ikl_sim_add_link(pair->a, pair->b, &link, &pair->link) != IKL_OK) {
        return false;
    }
    for (int end = 0; end < 2; end++) {
        append(&real->plan->fates[end], "", 1);
        ikl_sim_set_fates(pair->link, end == 0 ? pair->a : pair->b, real->plan->fates[end].at);
    }
    return ikl_sim_set_outages_at(pair->link, 0, &path->habit) == IKL_OK;
}

/* When the next IKE SA is made, as in a life. */
static ikl_time setup_time(const struct path *path, ikl_time down)
{
    const struct path_outage *outage = &path->outages[path_next(path, 0, down)];

    return (outage->begin <= down ? outage->end : down) + LIFE_SETUP;
}

static bool live(struct real *real, const struct path *path, ikl_time until)
{
    bool lives = make_world(real, path) && establish(real);

    if (lives) {
        await_talk(real);
    }
    while (lives && ikl_sim_now(real->sim) < until) {
        lives = ikl_sim_step(real->sim) == IKL_OK;
        if (lives && real->down) {
            ikl_time again = setup_time(path, ikl_sim_now(real->sim));

            lives = ikl_sim_run_until(real->sim, again) == IKL_OK;
            (void)ikl_sa_free(real->pair.sa_a);
            (void)ikl_sa_free(real->pair.sa_b);
            lives = lives && establish(real);
        }
    }
    return lives;
}

size_t real_agrees(const struct path *path, const struct life_manner *manner, uint64_t seed, ikl_time until)
{
    struct plan plan = {.events = {NULL, 0, 0}};
    struct life_listener listener = {note_event, note_datagram, note_heard, &plan};
    struct real real = {.plan = &plan, .manner = manner, .agrees = true};
    struct life life;
    bool lived;

    life_begin(&life, path, manner, seed, &listener);
    life_until(&life, until + IKL_SCHEDULE_MAX_WAIT); /* beyond, so that no fate is missing */
    lived = live(&real, path, until);
    ikl_sim_free(real.sim);
    free(plan.events.at);
    free(plan.fates[0].at);
    free(plan.fates[1].at);
    free(plan.heard.at);
    return lived && real.agrees ? real.n_events : 0;
}

static void ignore_event(void *user, enum life_event event, ikl_time at)
{
    (void)user;
    (void)event;
    (void)at;
}

static void ignore_datagram(void *user, int end, bool lost)
{
    (void)user;
    (void)end;
    (void)lost;
}

static void ignore_heard(void *user, ikl_time at)
{
    (void)user;
    (void)at;
}

/* What is left of a life is the same, how often a round trip was measured left out. */
static bool ends_alike(const struct life *a, const struct life *b)
{
    const struct ikl_round_trip *one = &a->watch.round_trip, *other = &b->watch.round_trip;

    return a->downs == b->downs && a->lived == b->lived && a->datagrams == b->datagrams &&
           a->watch.idle.heard == b->watch.idle.heard && one->smoothed == other->smoothed &&
           one->deviation == other->deviation && one->largest == other->largest && one->stale == other->stale;
}

bool real_skips_exactly(const struct path *path, const struct life_manner *manner, uint64_t seed, ikl_time until)
{
    static const struct life_listener listener = {ignore_event, ignore_datagram, ignore_heard, NULL};
    struct life whole, life;

    life_begin(&whole, path, manner, seed, &listener);
    life_begin(&life, path, manner, seed, NULL);
    life_until(&whole, until);
    life_until(&life, until);
    if (!ends_alike(&life, &whole)) {
        fprintf(stderr, "waits: what is left out makes a difference: %" PRIu32 " verdicts and not %" PRIu32 "\n",
                life.downs, whole.downs);
        return false;
    }
    return true;
}
