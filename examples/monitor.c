/* SPDX-License-Identifier: ISC */
/* ikelive example, 562 lines: a tunnel that dies while IKE lives, and a route that moves to another tunnel.
 *
 * Two hosts in one process share an IKE SA with three Child SAs, tunnel 1 to 3. Each has an endpoint and a UDP socket
 * for IKE, and another socket on which its tunnels carry probes and answers in the clear: a stand-in for ESP, which can
 * fail by itself. The gateway's route goes through the first tunnel that is not down. Tunnel 1 dies, comes back, and
 * then flaps. The program prints what the library reports, and exits with 0 when the IKE SA lived, the route moved in
 * time and came back, and did not flap.
 *
 * monitor.svg shows both paths, as build/examples/monitor --speed=5 --svg examples/monitor.svg drew them: IKE answers
 * all the time. The first two deaths were noticed after 6.504 s and 6.548 s, where the monitor allows 7 s, and the
 * route moved at once; while tunnel 1 flapped after that it stayed where it was.
 *
 * Where to look: on_monitor_probe() and on_monitor() are all that a host needs for this; script[] is the story. */
#define _POSIX_C_SOURCE 200809L
#include "support/hand_over.h"
#include "support/options.h"

#include <ikelive/ikelive.h>

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GATEWAY = HAND_OVER_INITIATOR,
    PEER = HAND_OVER_RESPONDER,
    N_HOSTS = HAND_OVER_ENDS,
    END = 200000, /* of the story, ms */
    MAX_EVENTS = 256,
    LATE_TICK = 100,   /* ms of real time: see tick_slack */
    LONGEST_WAY = 2000 /* ms of real time that a packet is under way */
};

/* Down 7 s after the last answer at the latest; up again with three answers, and if it flaps with more. */
static const struct ikl_monitor_config monitor = {.interval = 2000,
                                                  .timeout = 1000,
                                                  .renew_after = 60000,
                                                  .threshold = 3,
                                                  .recover = 3,
                                                  .damp_changes = 2,
                                                  .damp_period = 60000,
                                                  .damp_recover = 12};

/* What becomes of tunnel 1, and when. */
static const struct {
    ikl_time at;
    bool dead;
} script[] = {{20500, true},   {50500, false}, {80500, true},   {90500, false}, {97500, true},
              {107500, false}, {114500, true}, {124500, false}, {131500, true}, {141500, false}};

/* A packet on its way through a tunnel. */
struct packet {
    uint8_t spi[4]; /* the receiver's */
    uint8_t number[2];
    uint8_t is_answer;
};

/* What the picture shows. */
struct event {
    ikl_time at;
    int tunnel;
    enum ikl_monitor_state state;
    int route;
};

struct story {
    struct clock clock;
    struct randomness randomness;
    struct host hosts[N_HOSTS];
    struct ikl_sa *sas[N_HOSTS];
    struct ikl_posix_sockets esp[N_HOSTS]; /* one each */
    uint32_t under_way;                    /* packets */
    bool dead;                             /* tunnel 1 */
    size_t next_line;                      /* of the script */
    int route;                             /* the tunnel it goes through, from 1 */
    uint32_t route_changes;
    bool ike_down;
    ikl_time died, lateness; /* the death of tunnel 1 that is not noticed yet; how late ticks came since */
    const char *fault;
    struct event events[MAX_EVENTS];
    size_t n_events;
    double speed;
    const char *svg;
};

static double seconds(ikl_time ms)
{
    return (double)ms / 1000;
}

/* Which tunnel a Child SA of the gateway's is, from 1. */
static int tunnel_of(const struct ikl_sa *sa, const struct ikl_child *child)
{
    int n = 1;

    for (const struct ikl_child *at = ikl_sa_first_child(sa); at != NULL && at != child;
         at = ikl_sa_next_child(sa, at)) {
        n++;
    }
    return n;
}

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static uint32_t get_u32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* Through the tunnel, unless it is dead. */
static void send_packet(struct story *story, int from, const struct ikl_child *child, const struct packet *packet,
                        bool is_first)
{
    const struct ikl_posix_sockets *to = &story->esp[from == GATEWAY ? PEER : GATEWAY];
    struct ikl_path path;

    if (is_first && story->dead) {
        return;
    }
    path = ikl_posix_path(&story->esp[from], &to->at[0].local, 0, false);
    if (ikl_posix_send(&story->esp[from], &path, (const uint8_t *)packet, sizeof(*packet)) == IKL_OK) {
        story->under_way++;
    }
    (void)child;
}

/* The library asks for a probe: an echo through the tunnel, to a host behind it. */
static void on_monitor_probe(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    struct host *gateway = user;
    struct packet packet = {.number = {(uint8_t)(probe >> 8), (uint8_t)probe}};

    put_u32(packet.spi, ikl_child_spi_out(child));
    send_packet(gateway->user, GATEWAY, child, &packet, tunnel_of(sa, child) == 1);
}

static void note_event(struct story *story, ikl_time at, int tunnel, enum ikl_monitor_state state)
{
    if (story->n_events < MAX_EVENTS) {
        story->events[story->n_events++] = (struct event){at, tunnel, state, story->route};
    }
}

/* The route goes through the first tunnel that is not down, and through none that was never up. */
static void choose_route(struct story *story, ikl_time now)
{
    const struct ikl_sa *sa = story->sas[GATEWAY];
    int n = 1, route = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL;
         child = ikl_sa_next_child(sa, child), n++) {
        const struct ikl_monitor *state = ikl_child_monitor(sa, child);

        if (route == 0 && (state->state == IKL_MONITOR_UP || state->state == IKL_MONITOR_SUSPECT)) {
            route = n;
        }
    }
    if (route != story->route) {
        story->route_changes += story->route != 0;
        story->route = route;
        printf("%10.3f  the route goes through tunnel %d\n", seconds(now), route);
    }
}

/* Held against the promise of <ikelive/monitor.h>, once a death: a tunnel that is DOWN may ask for new keys later. */
static void check_detection(struct story *story, ikl_time now)
{
    ikl_time worst = ikl_monitor_worst_detect(&monitor);
    ikl_time took = now - story->died;

    if (story->died == IKL_NEVER) {
        return;
    }
    story->died = IKL_NEVER;
    printf("%10.3f  noticed after %.3f s; the monitor allows %.3f s\n", seconds(now), seconds(took), seconds(worst));
    /* on a busy machine each tick may be late; one that is very late is forgiven, and its probe sent again */
    if (story->lateness > 0) {
        worst += (monitor.threshold + 1u) * story->lateness + monitor.interval;
    }
    if (took > worst) {
        story->fault = "a dead tunnel was noticed too late";
    }
}

/* The library has a word about a tunnel. */
static void on_monitor(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    struct host *gateway = user;
    struct story *story = gateway->user;
    int tunnel = tunnel_of(sa, child);

    printf("%10.3f  tunnel %d is %s%s%s", seconds(change->at), tunnel, ikl_monitor_state_name(change->state),
           change->finding != IKL_FINDING_NONE ? ": " : "",
           change->finding != IKL_FINDING_NONE ? ikl_monitor_finding_name(change->finding) : "");
    printf("%s", change->renew ? "; new keys may help" : "");
    if (change->damped) {
        printf("; it flaps, and takes %u answers to be up", (unsigned)change->recover);
    }
    printf("\n");
    if (change->state == IKL_MONITOR_DOWN && tunnel == 1) {
        check_detection(story, change->at);
    } else if (change->state == IKL_MONITOR_DOWN) {
        story->fault = "a tunnel went down that was not dead";
    }
    choose_route(story, change->at);
    note_event(story, change->at, tunnel, change->state);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct host *host = user;
    struct story *story = host->user;

    (void)sa;
    story->ike_down |= down->reason != IKL_DOWN_CLOSED;
}

/* The peer's end of a tunnel has the answering host behind it. */
static void answer(struct story *story, const struct packet *packet)
{
    const struct ikl_sa *sa = story->sas[PEER];
    struct ikl_child *child = ikl_sa_find_child(sa, IKL_PROTOCOL_ESP, get_u32(packet->spi));
    struct packet back = *packet;

    if (child == NULL) {
        return;
    }
    back.is_answer = 1;
    put_u32(back.spi, ikl_child_spi_out(child));
    send_packet(story, PEER, child, &back, tunnel_of(sa, child) == 1);
}

/* An answer has come out of the tunnel. The time stands still while packets are under way: see hosts_settle. */
static void take_answer(struct story *story, const struct packet *packet)
{
    struct ikl_sa *sa = story->sas[GATEWAY];
    struct ikl_child *child = ikl_sa_find_child(sa, IKL_PROTOCOL_ESP, get_u32(packet->spi));
    uint16_t probe = (uint16_t)(packet->number[0] << 8 | packet->number[1]);

    if (child != NULL) {
        ikl_child_heard(child, story->hosts[GATEWAY].now);
        ikl_child_monitor_answered(sa, child, probe, 0, story->hosts[GATEWAY].now);
    }
}

static void take_packet(struct story *story, int host, const struct ikl_inbound *datagram)
{
    struct packet packet;

    story->under_way--;
    if (datagram->len != sizeof(packet)) {
        return;
    }
    memcpy(&packet, datagram->datagram, sizeof(packet));
    if (packet.is_answer == 0 && host == PEER) {
        answer(story, &packet);
    } else if (packet.is_answer != 0 && host == GATEWAY) {
        take_answer(story, &packet);
    }
}

static void receive_packets(struct story *story, int host)
{
    struct ikl_posix_batch batch;

    ikl_posix_read(&batch, &story->esp[host].at[0]);
    for (size_t i = 0; i < batch.n; i++) {
        take_packet(story, host, &batch.datagrams[i]);
    }
}

/* Every packet arrives before anything else happens. */
static void settle_packets(struct story *story)
{
    while (story->under_way != 0) {
        struct pollfd sockets[N_HOSTS] = {{.fd = story->esp[0].at[0].fd, .events = POLLIN},
                                          {.fd = story->esp[1].at[0].fd, .events = POLLIN}};

        if (poll(sockets, N_HOSTS, LONGEST_WAY) <= 0) {
            story->under_way = 0; /* lost */
        }
        for (int host = 0; host < N_HOSTS; host++) {
            receive_packets(story, host);
        }
    }
}

static void follow_script(struct story *story)
{
    ikl_time now = story->hosts[GATEWAY].now;

    while (story->next_line < sizeof(script) / sizeof(script[0]) && script[story->next_line].at <= now) {
        story->dead = script[story->next_line++].dead;
        printf("%10.3f  tunnel 1 %s\n", seconds(now), story->dead ? "dies" : "carries packets again");
        if (story->dead) {
            story->died = now;
            story->lateness = 0;
        }
    }
}

static ikl_time next_time(const struct story *story)
{
    return story->next_line < sizeof(script) / sizeof(script[0]) ? script[story->next_line].at : END;
}

static void run_story(struct story *story)
{
    while (story->hosts[GATEWAY].now < END && !story->ike_down && story->fault == NULL) {
        ikl_time until = next_time(story);
        ikl_time due = ikl_endpoint_next_deadline(story->hosts[GATEWAY].endpoint);

        hosts_listen(story->hosts, N_HOSTS, until);
        hosts_advance(story->hosts, N_HOSTS, until);
        if (story->hosts[GATEWAY].now > due) {
            story->lateness = ikl_time_later(story->lateness, story->hosts[GATEWAY].now - due);
        }
        settle_packets(story);
        follow_script(story);
    }
}

static void close_story(struct story *story)
{
    for (int host = 0; host < N_HOSTS; host++) {
        host_close(&story->hosts[host]);
        ikl_posix_close(&story->esp[host]);
    }
}

/* The sockets that stand in for ESP. */
static bool open_esp(struct story *story)
{
    const struct ikl_address loopback = {.ip = {127, 0, 0, 1}, .family = 4};

    for (int host = 0; host < N_HOSTS; host++) {
        if (ikl_posix_open(&story->esp[host], &loopback, 0, false) != IKL_OK) {
            perror("UDP socket on 127.0.0.1");
            close_story(story);
            return false;
        }
    }
    return true;
}

static bool open_story(struct story *story)
{
    double slack = LATE_TICK * story->speed;
    struct host_config config = {
        .clock = &story->clock,
        .randomness = &story->randomness,
        .user = story,
        .callbacks = {.monitor_probe = on_monitor_probe, .monitor = on_monitor, .down = on_down},
        .tick_slack = slack < 1 ? 1 : (uint32_t)slack,
        .monitor = &monitor,
    };

    if (!host_open(&story->hosts[GATEWAY], &config)) {
        return false;
    }
    config.callbacks = (struct ikl_callbacks){.down = on_down};
    config.monitor = NULL;
    if (!host_open(&story->hosts[PEER], &config)) {
        host_close(&story->hosts[GATEWAY]);
        return false;
    }
    return open_esp(story);
}

static const char *colour_of(enum ikl_monitor_state state)
{
    static const char *const colours[] = {"#cbd2d9", "#2f855a", "#b7791f", "#c53030"};

    return colours[state];
}

enum { LEFT = 110, WIDTH = 960, BAR = 22 };

static double x_of(ikl_time at)
{
    return LEFT + (double)at / END * (WIDTH - LEFT - 20);
}

static void draw_bar(FILE *out, int y, ikl_time from, ikl_time to, const char *colour)
{
    fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x_of(from), y,
            x_of(to) - x_of(from), BAR, colour);
}

static void draw_name(FILE *out, int y, const char *name)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LEFT - 10, y + BAR - 7, name);
}

/* The states of one tunnel. */
static void draw_tunnel(FILE *out, const struct story *story, int tunnel, int y)
{
    enum ikl_monitor_state state = IKL_MONITOR_UNPROVEN;
    ikl_time since = 0;

    for (size_t i = 0; i < story->n_events; i++) {
        if (story->events[i].tunnel == tunnel) {
            draw_bar(out, y, since, story->events[i].at, colour_of(state));
            state = story->events[i].state;
            since = story->events[i].at;
        }
    }
    draw_bar(out, y, since, END, colour_of(state));
}

/* Through which tunnel the route went. */
static void draw_route(FILE *out, const struct story *story, int y)
{
    static const char *const colours[] = {"#cbd2d9", "#2b6cb0", "#6b46c1", "#319795"};
    ikl_time since = 0;
    int route = 0;

    for (size_t i = 0; i < story->n_events; i++) {
        if (story->events[i].route != route) {
            draw_bar(out, y, since, story->events[i].at, colours[route]);
            route = story->events[i].route;
            since = story->events[i].at;
            fprintf(out, "<text x=\"%.1f\" y=\"%d\">%d</text>\n", x_of(since) + 3, y + BAR + 13, route);
        }
    }
    draw_bar(out, y, since, END, colours[route]);
}

/* What became of tunnel 1 in truth. */
static void draw_truth(FILE *out, int y)
{
    ikl_time since = 0;
    bool dead = false;

    for (size_t i = 0; i < sizeof(script) / sizeof(script[0]); i++) {
        draw_bar(out, y, since, script[i].at, dead ? "#1f2933" : "#edf0f3");
        dead = script[i].dead;
        since = script[i].at;
    }
    draw_bar(out, y, since, END, dead ? "#1f2933" : "#edf0f3");
}

static bool draw(const struct story *story)
{
    static const char *const names[] = {"UNPROVEN", "UP", "SUSPECT", "DOWN"};
    FILE *out = fopen(story->svg, "w");

    if (out == NULL) {
        perror(story->svg);
        return false;
    }
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"300\" font-family=\"sans-serif\" "
            "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
            "<text x=\"20\" y=\"26\" font-size=\"16\">A tunnel dies while IKE lives; the route moves</text>\n",
            WIDTH);
    draw_name(out, 50, "IKE SA");
    draw_bar(out, 50, 0, END, colour_of(IKL_MONITOR_UP));
    draw_name(out, 85, "tunnel 1 dead");
    draw_truth(out, 85);
    draw_name(out, 120, "tunnel 1");
    draw_tunnel(out, story, 1, 120);
    draw_name(out, 155, "tunnel 2");
    draw_tunnel(out, story, 2, 155);
    draw_name(out, 190, "route");
    draw_route(out, story, 190);
    for (ikl_time at = 0; at <= END; at += 20000) {
        fprintf(out, "<text x=\"%.1f\" y=\"250\" text-anchor=\"middle\" fill=\"#7b8794\">%u s</text>\n", x_of(at),
                (unsigned)(at / 1000));
    }
    for (int i = 0; i < 4; i++) {
        fprintf(out,
                "<rect x=\"%d\" y=\"268\" width=\"14\" height=\"14\" fill=\"%s\"/><text x=\"%d\" y=\"280\">%s</text>\n",
                LEFT + 120 * i, colour_of((enum ikl_monitor_state)i), LEFT + 120 * i + 20, names[i]);
    }
    fprintf(out, "</svg>\n");
    if (ferror(out) != 0 || fclose(out) != 0) {
        perror(story->svg);
        return false;
    }
    return true;
}

/* To tunnel 2, back, and to tunnel 2 until the flapping is over. */
static bool conclude(struct story *story)
{
    if (story->ike_down) {
        story->fault = "the IKE SA went down";
    } else if (story->fault == NULL && story->route != 1) {
        story->fault = "the route did not come back";
    } else if (story->fault == NULL && story->route_changes > 6) {
        story->fault = "the route flapped";
    }
    printf("\n%s%s.\n", story->fault != NULL ? "Something is wrong: " : "The IKE SA lived, and the route moved ",
           story->fault != NULL ? story->fault : "in time");
    return story->fault == NULL;
}

static bool run(struct story *story)
{
    const struct hand_over what = {
        .idle = IKL_LIVENESS_DEFAULT_IDLE, .schedule = ikl_schedule_default(), .randomness = &story->randomness};
    struct hand_over with_suite = what;
    bool done;
    int error;

    if (!open_story(story)) {
        return false;
    }
    error = ikl_suite_parse(&with_suite.suite, "chacha20poly1305-prfsha256");
    if (error == IKL_OK) {
        error = hand_over(&with_suite, story->hosts, story->sas);
    }
    if (error != IKL_OK) {
        fprintf(stderr, "handing the IKE SA over: %s\n", ikl_error_name(error));
        close_story(story);
        return false;
    }
    printf("  time (s)  event\n");
    run_story(story);
    done = conclude(story);
    if (story->svg != NULL) {
        done = draw(story) && done;
    }
    close_story(story);
    return done;
}

static const char *parse_speed(const char *text, void *into)
{
    return options_number(text, "a number", 0.01, 1000, into);
}

int main(int argc, char **argv)
{
    static struct story story = {.speed = 20};
    const struct command_option options[] = {
        {"--speed", "X", "how many times as fast as real time the clock runs; 20", parse_speed, &story.speed},
        {"--svg", "FILE", "draw a picture", options_parse_text, &story.svg},
    };
    const struct command_line line = {"monitor", "A tunnel that dies while IKE lives, and a route that moves.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    if (ikl_init() != IKL_OK) {
        return 1;
    }
    story.clock = clock_start(story.speed);
    story.randomness = randomness_secure();
    return run(&story) ? 0 : 1;
}
