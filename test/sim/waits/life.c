/* SPDX-License-Identifier: ISC */
/* The life of an IKE SA on a path. See life.h. */
#include "life.h"

enum { SLACK = 100, FINE = 1024 };

/* 1024 times -1 / ln(1 - p), which is how many go well on average before one does not when each does not with the
 * chance p; 0 for p = 0. */
static uint64_t mean_between(double p)
{
    double sum = 0, power = p;

    for (int n = 1; n < 200; n++) {
        sum += power / n;
        power *= p;
    }
    return p > 0 ? (uint64_t)(FINE / sum) : 0;
}

/* How many go well before one does not, or `most` if that is less. */
static uint64_t draw_between(struct life *life, uint64_t most)
{
    uint64_t n = life->between != 0 ? ikl_sim_draw_pause(&life->chance, life->between, 1) / FINE : most;

    return n < most ? n : most;
}

static void tell(const struct life *life, enum life_event event)
{
    if (life->listener != NULL) {
        life->listener->event(life->listener->user, event, life->now);
    }
}

/* Whether chance loses a datagram of this end. */
static bool is_lost(struct life *life, int end)
{
    bool lost = ikl_sim_draw_chance(&life->chance, life->path->loss);

    if (life->listener != NULL) {
        life->listener->datagram(life->listener->user, end, lost);
    }
    return lost;
}

/* When a datagram of this end's that is sent at `at` arrives; IKL_NEVER when it does not. */
static ikl_time cross(struct life *life, int end, ikl_time at)
{
    bool lost = is_lost(life, end);

    return lost ? IKL_NEVER : path_arrival(life->path, life->next, at);
}

/* The same of what the peer says by itself. */
static ikl_time cross_talk(struct life *life, ikl_time at)
{
    bool lost = ikl_sim_draw_chance(&life->chance, life->path->loss);

    return lost ? IKL_NEVER : path_arrival(life->path, life->next, at);
}

static void send_talk(struct life *life)
{
    do {
        life->talk_sent += LIFE_TALK;
        life->talk = life->talk_sent < life->dead ? cross_talk(life, life->talk_sent) : IKL_NEVER;
    } while (life->talk == IKL_NEVER && life->talk_sent < life->dead);
}

static void establish(struct life *life, ikl_time now)
{
    ikl_watch_init(&life->watch, now);
    ikl_watch_set_policy(&life->watch, IKL_LIVENESS_PERIODIC, LIFE_IDLE, 0);
    ikl_watch_set_schedule(&life->watch, life->manner.schedule);
    ikl_watch_set_trim(&life->watch, life->manner.trims);
    ikl_watch_set_round_trip_sends(&life->watch, life->manner.sends);
    life->now = now;
    life->established = now;
    life->answer = IKL_NEVER;
    life->next = path_next(life->path, life->next, now);
}

void life_begin(struct life *life, const struct path *path, const struct life_manner *manner, uint64_t seed,
                const struct life_listener *listener)
{
    double loss = path->loss / 1e6;

    *life = (struct life){.path = path,
                          .listener = listener,
                          .manner = *manner,
                          .chance = ikl_sim_stream(seed, IKL_SIM_FOR_LINK, path->seed),
                          .dead = IKL_NEVER,
                          .talk = IKL_NEVER,
                          .between = mean_between(manner->talks ? loss : loss * (2 - loss))};
    establish(life, 0);
    if (manner->talks) {
        life->talk_sent = ikl_sim_draw_to(&life->chance, LIFE_TALK - 1);
        send_talk(life);
    } else {
        life->talk_sent = IKL_NEVER;
    }
}

static void send_request(struct life *life)
{
    ikl_time request, answer;

    tell(life, LIFE_SENT);
    life->datagrams++;
    if (life->lost) {
        life->lost = false;
        return;
    }
    request = cross(life, 0, life->now);
    if (request >= life->dead) {
        return;
    }
    life->datagrams++;
    answer = cross(life, 1, request);
    if (answer < life->answer) {
        life->answer = answer;
        life->answered = request;
    }
}

static void take_answer(struct life *life)
{
    life->answer = IKL_NEVER;
    (void)ikl_watch_answered(&life->watch, life->message_id, life->now);
    tell(life, LIFE_ANSWERED);
}

/* A new IKE SA is made as soon as that can be. */
static void go_down(struct life *life)
{
    const struct path_outage *outage = &life->path->outages[life->next];

    tell(life, LIFE_DOWN);
    life->downs++;
    life->lived += life->now - life->established;
    establish(life, (outage->begin <= life->now ? outage->end : life->now) + LIFE_SETUP);
    while (life->talk < life->now) {
        send_talk(life);
    }
}

static void follow(struct life *life, enum ikl_watch_decision decision)
{
    switch (decision) {
    case IKL_WATCH_PROBE:
        life->message_id++;
        life->answer = IKL_NEVER;
        (void)!ikl_watch_sent(&life->watch, life->message_id, life->now, SLACK, 0);
        send_request(life);
        break;
    case IKL_WATCH_SEND_AGAIN:
        send_request(life);
        break;
    case IKL_WATCH_GIVE_UP:
        go_down(life);
        break;
    case IKL_WATCH_NOTHING:
        break;
    }
}

static void hear_talk(struct life *life)
{
    if (life->listener != NULL) {
        life->listener->heard(life->listener->user, life->now);
    }
    send_talk(life);
    follow(life, ikl_watch_heard(&life->watch, life->now, 0));
}

static ikl_time next_event(const struct life *life)
{
    return ikl_time_earlier(ikl_time_earlier(life->answer, life->talk), ikl_watch_deadline(&life->watch));
}

/* What happens next. Datagrams arrive before time passes, as in a world; answers after what the peer says by itself. */
static void step(struct life *life)
{
    life->now = next_event(life);
    life->next = path_next(life->path, life->next, life->now);
    if (life->talk == life->now) {
        hear_talk(life);
    } else if (life->answer == life->now) {
        take_answer(life);
    } else {
        follow(life, ikl_watch_tick(&life->watch, life->now, SLACK, 0));
    }
}

/* How many of what repeats every `cycle` ms, and is over at `first` for the first time, are over before `limit`. */
static uint64_t whole_cycles(ikl_time first, uint64_t cycle, ikl_time limit)
{
    return limit > first ? (limit - first - 1) / cycle + 1 : 0;
}

/* `n` checks were answered after `ms` each. Many that are alike change nothing any more, but how many there were. */
static void measure(struct ikl_round_trip *round_trip, uint64_t n, uint64_t ms)
{
    struct ikl_round_trip before;

    do {
        before = *round_trip;
        ikl_round_trip_sample(round_trip, ms);
        n--;
    } while (n != 0 && (before.samples == 0 || before.stale || before.smoothed != round_trip->smoothed ||
                        before.deviation != round_trip->deviation || before.largest != round_trip->largest));
}

/* Checks that are answered. */
static void skip_checks(struct life *life, ikl_time until)
{
    uint64_t there_and_back = 2 * (uint64_t)life->path->delay, cycle = LIFE_IDLE + there_and_back;
    ikl_time due = ikl_watch_deadline(&life->watch);
    const struct path_outage *outage = &life->path->outages[path_next(life->path, life->next, due)];
    uint64_t most = whole_cycles(due + there_and_back, cycle, ikl_time_earlier(outage->begin, until));
    uint64_t n = most != 0 ? draw_between(life, most) : 0;

    life->lost = n < most;
    if (n != 0) {
        life->now = due + (n - 1) * cycle + there_and_back;
        life->datagrams += 2 * n;
        measure(&life->watch.round_trip, n, there_and_back);
        ikl_watch_traffic_heard(&life->watch, life->now, life->now);
    }
}

/* The peer's messages that arrive, the next one first, of which that is known already. */
static void skip_talk(struct life *life, ikl_time until)
{
    const struct path_outage *outage = &life->path->outages[path_next(life->path, life->next, life->talk_sent)];
    uint64_t most = whole_cycles(life->talk, LIFE_TALK, ikl_time_earlier(outage->begin, until));
    uint64_t n;

    if (most == 0 || ikl_watch_deadline(&life->watch) < life->talk) {
        return;
    }
    n = 1 + draw_between(life, most - 1);
    life->now = life->talk + (n - 1) * LIFE_TALK;
    life->talk_sent += (n < most ? n : n - 1) * LIFE_TALK; /* when it is less, the one after them is lost */
    ikl_watch_traffic_heard(&life->watch, life->now, life->now);
    send_talk(life);
}

static void skip(struct life *life, ikl_time until)
{
    if (life->listener != NULL || life->lost || ikl_run_is_out(&life->watch.run)) {
        return;
    }
    if (life->talk_sent == IKL_NEVER) {
        skip_checks(life, until);
    } else {
        skip_talk(life, until);
    }
}

void life_until(struct life *life, ikl_time until)
{
    skip(life, until);
    while (next_event(life) < until) {
        step(life);
        skip(life, until);
    }
}

/* Since when the peer has been suspect: now, unless it was before. */
static ikl_time suspect_since(const struct life *life, ikl_time since)
{
    return life->watch.suspect ? ikl_time_earlier(since, life->now) : IKL_NEVER;
}

struct life_death life_die(const struct life *life, ikl_time at)
{
    struct life end = *life;
    ikl_time suspect = life->watch.suspect ? at : IKL_NEVER;

    if (life->now > at) {
        return (struct life_death){0, 0};
    }
    end.dead = at;
    end.answer = life->answered < at ? life->answer : IKL_NEVER;
    end.talk = life->talk_sent < at ? life->talk : IKL_NEVER;
    while (end.downs == life->downs) {
        at = next_event(&end);
        step(&end);
        suspect = end.downs == life->downs ? suspect_since(&end, suspect) : suspect;
    }
    return (struct life_death){ikl_time_earlier(suspect, at) - end.dead, at - end.dead};
}
