/* SPDX-License-Identifier: ISC */
/* revive: a gateway whose peer goes away with all its tunnels, for a while. How long after the peer is back each tunnel
 * is up, and how many handshakes begin in any second.
 *
 *     build/test/sim/revive
 *
 * The policy of <ikelive/revive.h> alone, on the timers of <ikelive/wheel.h>; the model makes no message. An attempt
 * sends its first message, and once more a second later; it succeeds two round trips after the first of them that the
 * peer is there to hear, and fails a second after the second one. The gateway begins so many attempts a second and no
 * more: what comes too early waits for its turn. "alone": each tunnel finds out for itself. "told": when the first is
 * up, the host tells the others that the peer is back. In the end some tunnels are revived once more, through real
 * IKE_SA_INIT and IKE_AUTH exchanges, and must agree with the model in every attempt. Exit status 1 when a figure is
 * not as it must be. */
#include "revive_real.h"

#include "examples/support/options.h"
#include "policy/valid.h"

#include <ikelive/crypto.h>
#include <ikelive/revive.h>
#include <ikelive/wheel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TUNNELS = 10000,
    PACE = 4000, /* attempts a second */
    SAMPLE = 25, /* tunnels of each outage */
    SECOND = 1000,
    MINUTE = 60000,
    HOUR = 3600000
};

struct tunnel {
    struct ikl_revival revival;
    bool has_turn;
    bool succeeds; /* the attempt that runs, at the time of its timer */
    ikl_time up;   /* IKL_NEVER: not yet */
};

struct gateway {
    struct tunnel tunnels[TUNNELS];
    uint32_t n; /* of them */
    struct ikl_wheel *wheel;
    uint64_t seed;
    ikl_time back;    /* when the peer is */
    ikl_time turn_us; /* the next one, in microseconds */
    ikl_time *begun;  /* when each attempt began, in order */
    size_t n_begun, room;
    uint32_t n_up;
    bool tells;
};

/* When the asker may begin an attempt. */
static ikl_time take_turn(struct gateway *gateway, ikl_time now)
{
    ikl_time turn;

    if (gateway->turn_us < now * 1000) {
        gateway->turn_us = now * 1000;
    }
    turn = (gateway->turn_us + 999) / 1000;
    gateway->turn_us += 1000000 / PACE;
    return turn;
}

static void set_timer(struct gateway *gateway, uint32_t n, ikl_time at)
{
    if (at != IKL_NEVER) {
        revive_must(ikl_wheel_start(gateway->wheel, n, at) == IKL_OK, "a timer starts");
    }
}

static void note_begun(struct gateway *gateway, ikl_time now)
{
    if (gateway->n_begun == gateway->room) {
        gateway->room = gateway->room != 0 ? 2 * gateway->room : 1 << 16;
        gateway->begun = realloc(gateway->begun, gateway->room * sizeof(*gateway->begun));
        revive_must(gateway->begun != NULL, "there is memory");
    }
    gateway->begun[gateway->n_begun++] = now;
}

/* An attempt, when it has its turn. */
static void try(struct gateway *gateway, uint32_t n, ikl_time now)
{
    struct tunnel *tunnel = &gateway->tunnels[n];
    ikl_time turn = tunnel->has_turn ? now : take_turn(gateway, now);

    tunnel->has_turn = turn > now;
    if (tunnel->has_turn) {
        ikl_revival_put_off(&tunnel->revival, turn);
        set_timer(gateway, n, turn);
        return;
    }
    note_begun(gateway, now);
    tunnel->succeeds = now + REVIVE_WAIT >= gateway->back;
    set_timer(gateway, n,
              now + (!tunnel->succeeds     ? 2 * REVIVE_WAIT
                     : now < gateway->back ? REVIVE_WAIT + REVIVE_HANDSHAKE
                                           : REVIVE_HANDSHAKE));
}

/* The peer is back: says so of one tunnel. */
static void tell(struct gateway *gateway, uint32_t n, ikl_time now)
{
    struct tunnel *tunnel = &gateway->tunnels[n];

    if (!tunnel->has_turn && ikl_revival_wanted(&tunnel->revival, ikl_revive_default(), now) == IKL_REVIVAL_TRY) {
        try(gateway, n, now);
    } else {
        set_timer(gateway, n, ikl_revival_deadline(&tunnel->revival));
    }
}

static void end_attempt(struct gateway *gateway, uint32_t n, ikl_time now)
{
    struct tunnel *tunnel = &gateway->tunnels[n];

    if (!tunnel->succeeds) {
        revive_must(ikl_revival_failed(&tunnel->revival, ikl_revive_default(), now, revive_draw(&gateway->seed)) ==
                        IKL_REVIVAL_NOTHING,
                    "no tunnel is given up");
        set_timer(gateway, n, ikl_revival_deadline(&tunnel->revival));
        if (gateway->tells && gateway->n_up != 0) {
            tell(gateway, n, now);
        }
        return;
    }
    ikl_revival_up(&tunnel->revival, now);
    tunnel->up = now;
    if (gateway->n_up++ == 0 && gateway->tells) {
        for (uint32_t other = 0; other < gateway->n; other++) {
            tell(gateway, other, now);
        }
    }
}

static void expire(struct gateway *gateway, uint32_t n, ikl_time now)
{
    struct tunnel *tunnel = &gateway->tunnels[n];

    if (tunnel->revival.state == IKL_REVIVAL_TRYING) {
        end_attempt(gateway, n, now);
    } else if (ikl_revival_tick(&tunnel->revival, now) == IKL_REVIVAL_TRY) {
        try(gateway, n, now);
    }
    revive_must(ikl_revival_is_valid(&tunnel->revival), "what is known of a tunnel is valid");
}

static int compare(const void *a, const void *b)
{
    ikl_time first, second;

    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    return (first > second) - (first < second);
}

static size_t most_in_a_second(const struct gateway *gateway)
{
    size_t most = 0;

    for (size_t first = 0, last = 0; last < gateway->n_begun; last++) {
        while (gateway->begun[last] - gateway->begun[first] >= SECOND) {
            first++;
        }
        most = last - first + 1 > most ? last - first + 1 : most;
    }
    return most;
}

static void print_seconds(ikl_time ms)
{
    printf("  %6u.%03u", (unsigned)(ms / SECOND), (unsigned)(ms % SECOND));
}

/* What must be so, and the row of the table. */
static void judge(const struct gateway *gateway, const char *name)
{
    static ikl_time waited[TUNNELS];
    size_t most = most_in_a_second(gateway);
    ikl_time median;

    for (uint32_t n = 0; n < TUNNELS; n++) {
        revive_must(gateway->tunnels[n].up != IKL_NEVER, "no tunnel is left behind");
        waited[n] = gateway->tunnels[n].up - gateway->back;
    }
    qsort(waited, TUNNELS, sizeof(waited[0]), compare);
    median = waited[TUNNELS / 2];
    printf("%-7s  %-5s", name, gateway->tells ? "told" : "alone");
    print_seconds(median);
    print_seconds(waited[TUNNELS * 95 / 100]);
    print_seconds(waited[TUNNELS - 1]);
    printf("  %7u  %8.1f\n", (unsigned)most, (double)gateway->n_begun / TUNNELS);
    revive_must(median <= (gateway->back <= MINUTE ? 2 * SECOND : gateway->back / 10),
                "half of the tunnels are up soon");
    revive_must(most <= PACE, "no more attempts begin in a second than the pace has it");
}

/* From when the tunnels go down until they are up. */
static void live(struct gateway *gateway, uint32_t n_tunnels, ikl_time outage, bool tells, uint64_t seed)
{
    memset(gateway, 0, sizeof(*gateway));
    gateway->n = n_tunnels;
    gateway->seed = seed;
    gateway->back = outage;
    gateway->tells = tells;
    revive_must(ikl_wheel_new(&gateway->wheel, NULL, n_tunnels, 0) == IKL_OK, "there is memory");
    for (uint32_t n = 0; n < n_tunnels; n++) {
        gateway->tunnels[n].up = IKL_NEVER;
        ikl_revival_down(&gateway->tunnels[n].revival, ikl_revive_default(), 0, revive_draw(&gateway->seed));
        set_timer(gateway, n, ikl_revival_deadline(&gateway->tunnels[n].revival));
    }
    for (ikl_time now; (now = ikl_wheel_next_deadline(gateway->wheel)) != IKL_NEVER;) {
        uint32_t timer;

        while ((timer = ikl_wheel_expire(gateway->wheel, now)) != IKL_NO_TIMER) {
            expire(gateway, timer, now);
        }
    }
    ikl_wheel_free(gateway->wheel);
}

static void run(struct gateway *gateway, const char *name, ikl_time outage, bool tells, uint64_t seed)
{
    live(gateway, TUNNELS, outage, tells, seed);
    judge(gateway, name);
    free(gateway->begun);
}

/* The same tunnel by the model and by real exchanges. */
static void compare_with_real(struct gateway *gateway, ikl_time outage, uint64_t seed)
{
    static struct revive_life life;

    live(gateway, 1, outage, false, seed);
    revive_live(&life, outage, seed);
    revive_must(life.n_begun == gateway->n_begun &&
                    memcmp(life.begun, gateway->begun, life.n_begun * sizeof(life.begun[0])) == 0,
                "real attempts begin when those of the model do");
    revive_must(life.up == gateway->tunnels[0].up, "a real tunnel is up when that of the model is");
    free(gateway->begun);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        ikl_time outage;
    } rows[] = {{"1 s", SECOND}, {"30 s", 30 * SECOND}, {"10 min", 10 * MINUTE}, {"2 h", 2 * HOUR}};
    enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
    static struct gateway gateway;
    int status;

    if (options_none("Says how soon tunnels are up again.", argc, argv, &status)) {
        return status;
    }
    printf("%u tunnels to a peer that was away, at most %u attempts a second:\n\n", (unsigned)TUNNELS, (unsigned)PACE);
    printf("                s from \"peer is back\" to \"up\"        most in  attempts\n");
    printf("away              median        95 %%       last  a second  a tunnel\n");
    for (size_t i = 0; i < ROWS; i++) {
        run(&gateway, rows[i].name, rows[i].outage, false, i + 1);
        run(&gateway, rows[i].name, rows[i].outage, true, i + 1);
    }
    revive_must(ikl_init() == IKL_OK, "the library is ready");
    for (size_t i = 0; i < ROWS; i++) {
        for (uint64_t seed = 1; seed <= SAMPLE; seed++) {
            compare_with_real(&gateway, rows[i].outage, seed);
        }
    }
    printf("\n%u tunnels more were revived by real exchanges, at the times of the model\n", (unsigned)SAMPLE * ROWS);
    return 0;
}
