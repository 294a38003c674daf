/* SPDX-License-Identifier: ISC */
/* What liveness checks cost when there are many IKE SAs, steadily and through a total outage.
 *
 *     cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build build && build/test/bench/scale
 *
 * N IKE SAs with ChaCha20-Poly1305, made evenly within the idle interval of 5 s, face a peer endpoint in the same
 * process, real cryptography, virtual time. Three things are measured:
 *   steady   Every IKE SA is checked once in 5 s. The time of both sides for a check, against the four AEAD operations
 *            in it, which are done alone, on octets that are always the same, right after each step. The figures are
 *            medians over windows of 100 ms of virtual time, so that what else the machine does hardly shows.
 *   outage   From one moment on nothing arrives. 70 s of it.
 *   end      IKE SAs made within one second go down within one second, at most 256 in a call of ikl_endpoint_advance.
 * The worst call is the longest by the thread's processor time, so that what else the machine does is left out.
 *
 * The picture, --svg, shows what a check is made of. crypto: the AEAD operations, done alone as above. wheel: the
 * timers of as many IKE SAs, alone in a wheel, where a check is one that expires and two starts. policy: all else,
 * where it is least, that is with few IKE SAs. memory: by how much it is more than that with others. What charon takes,
 * and the library over sockets, test/bench/peers says. */
#include "examples/support/options.h"
#include "support/bare.h"
#include "support/facing.h"
#include "support/measure.h"
#include "support/plot.h"
#include "support/test_allocator.h"
#include "support/turns.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    IDLE = IKL_LIVENESS_DEFAULT_IDLE,
    CYCLES = 4,
    WINDOW = 100,
    WINDOWS = CYCLES * IDLE / WINDOW,
    OUTAGE_MS = 70000,
    END_PERIOD = 1000,
    WORK_LIMIT = 256,
    MANY = 50000
};

static const char *const suite = "chacha20poly1305-prfsha256";

struct worst {
    uint64_t advance_ns, receive_ns;
};

struct scale {
    uint32_t n;
    double prober_ns, peer_ns, bare_ns; /* for one check */
    double ratio;                       /* both sides to bare */
    double wheel_ns;                    /* of the timers alone */
    double counted, resident;           /* octets for one IKE SA of the prober's; resident: of both sides' halves */
    struct worst steady, outage, end;
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void advance(struct facing *facing, ikl_time now, struct worst *worst)
{
    struct ikl_endpoint *endpoint = facing->prober.endpoint;

    do {
        uint64_t begin = bench_cpu_clock();

        (void)ikl_endpoint_advance(endpoint, now);
        worst->advance_ns = later(worst->advance_ns, bench_cpu_clock() - begin);
    } while (ikl_endpoint_next_deadline(endpoint) <= now);
}

static void receive_all(struct facing_side *from, struct facing_side *to, ikl_time now)
{
    for (uint32_t i = 0; i < from->n_sent; i++) {
        (void)ikl_endpoint_receive(to->endpoint, &to->path, from->sent[i].octets, from->sent[i].len, now);
    }
    from->n_sent = 0;
}

static void receive_each(struct facing_side *from, struct facing_side *to, ikl_time now, struct worst *worst)
{
    for (uint32_t i = 0; i < from->n_sent; i++) {
        uint64_t begin = bench_cpu_clock();

        (void)ikl_endpoint_receive(to->endpoint, &to->path, from->sent[i].octets, from->sent[i].len, now);
        worst->receive_ns = later(worst->receive_ns, bench_cpu_clock() - begin);
    }
    from->n_sent = 0;
}

/* The four AEAD operations of so many checks. */
static void do_bare(struct bare_message *message, uint32_t checks)
{
    for (uint32_t i = 0; i < checks; i++) {
        (void)bare_seal(bare_aeads, message);
        (void)bare_open(bare_aeads, message);
        (void)bare_seal(bare_aeads, message);
        (void)bare_open(bare_aeads, message);
    }
}

/* What a step took. */
struct times {
    uint64_t prober, peer, bare;
};

/* With few IKE SAs a step is a check or two, of which reading the processor time would be a part, and a window is over
 * before anybody else gets the processor; with many it is the other way round. */
static uint64_t (*clock_for(uint32_t n))(void)
{
    return n < MANY ? bench_clock : bench_cpu_clock;
}

static void step(struct facing *facing, ikl_time now, struct bare_message *message, struct times *times)
{
    uint64_t (*read_ns)(void) = clock_for(facing->config.n);
    uint64_t at[5];
    uint32_t checks;

    at[0] = read_ns();
    (void)ikl_endpoint_advance(facing->prober.endpoint, now);
    at[1] = read_ns();
    checks = facing->prober.n_sent;
    receive_all(&facing->prober, &facing->peer, now);
    at[2] = read_ns();
    receive_all(&facing->peer, &facing->prober, now);
    at[3] = read_ns();
    do_bare(message, checks);
    at[4] = read_ns();
    times->prober += at[1] - at[0] + at[3] - at[2];
    times->peer += at[2] - at[1];
    times->bare += at[4] - at[3];
}

static uint64_t probes_of(const struct facing *facing)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    return ikl_endpoint_query(facing->prober.endpoint, &counters) == IKL_OK ? counters.probes : 0;
}

/* The next time anything is due, or `end`. */
static ikl_time next_step(const struct facing *facing, ikl_time now, ikl_time end)
{
    return ikl_time_earlier(ikl_time_later(ikl_endpoint_next_deadline(facing->prober.endpoint), now), end);
}

static void run_window(struct facing *facing, ikl_time begin, struct bare_message *message, struct times *times)
{
    ikl_time end = begin + WINDOW;

    for (ikl_time now = next_step(facing, begin, end); now < end; now = next_step(facing, now + 1, end)) {
        step(facing, now, message, times);
    }
}

static bool measure_windows(struct facing *facing, struct scale *scale, ikl_time *now)
{
    static double prober[WINDOWS], peer[WINDOWS], bare[WINDOWS], ratio[WINDOWS];
    struct bare_message message = {.key = {1}};
    bool sealed = bare_seal(bare_aeads, &message) == 0;
    uint64_t first = probes_of(facing);

    for (size_t i = 0; i < WINDOWS; i++, *now += WINDOW) {
        struct times times = {0, 0, 0};
        uint64_t before = probes_of(facing);
        double checks;

        run_window(facing, *now, &message, &times);
        checks = (double)(probes_of(facing) - before);
        if (checks == 0) {
            return false;
        }
        prober[i] = (double)times.prober / checks;
        peer[i] = (double)times.peer / checks;
        bare[i] = (double)times.bare / checks;
        ratio[i] = (prober[i] + peer[i]) / bare[i];
    }
    scale->prober_ns = bench_median(prober, WINDOWS);
    scale->peer_ns = bench_median(peer, WINDOWS);
    scale->bare_ns = bench_median(bare, WINDOWS);
    scale->ratio = bench_median(ratio, WINDOWS);
    return sealed && probes_of(facing) - first == (uint64_t)CYCLES * scale->n;
}

/* From `now` on, through a cycle to get warm, those that are measured as a whole, and one in which each call is. */
static bool run_steady(struct facing *facing, struct scale *scale, ikl_time *now)
{
    struct bare_message message = {.key = {1}};
    bool done;

    for (ikl_time end = *now + IDLE; *now < end; *now += WINDOW) {
        struct times warm = {0, 0, 0};

        run_window(facing, *now, &message, &warm);
    }
    done = measure_windows(facing, scale, now);
    for (ikl_time end = *now + IDLE; *now < end; ++*now) {
        advance(facing, *now, &scale->steady);
        receive_all(&facing->prober, &facing->peer, *now);
        receive_each(&facing->peer, &facing->prober, *now, &scale->steady);
    }
    return done;
}

static void run_outage(struct facing *facing, struct scale *scale, ikl_time now)
{
    for (ikl_time end = now + OUTAGE_MS; now < end; now++) {
        advance(facing, now, &scale->outage);
        facing_lose(&facing->prober);
    }
}

/* Octets of memory that this process has in use. */
static size_t resident(void)
{
    unsigned long size, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file != NULL) {
        if (fscanf(file, "%lu %lu", &size, &pages) != 2) {
            pages = 0;
        }
        (void)fclose(file);
    }
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool measure_running(struct scale *scale)
{
    struct facing facing;
    struct facing_config config = {
        .suite = suite, .n = scale->n, .period = IDLE, .reserve = scale->n, .history_events = IKL_NO_HISTORY};
    ikl_time now = IDLE;
    size_t before = resident();
    bool done;

    done = facing_init(&facing, &config);
    scale->resident = (double)(resident() - before) / scale->n / 2;
    if (done) {
        done = run_steady(&facing, scale, &now);
        run_outage(&facing, scale, now);
    }
    facing_clear(&facing);
    return done;
}

static bool measure_wheel(struct scale *scale)
{
    const struct turns turns = {.n = scale->n,
                                .period = IDLE,
                                .wait = ikl_schedule_wait(ikl_schedule_default(), 0),
                                .window = WINDOW,
                                .read_ns = clock_for(scale->n)};

    return turns_measure(&turns, &scale->wheel_ns);
}

/* What the library asks its allocator for. */
static bool measure_memory(struct scale *scale)
{
    struct test_allocator memory;
    struct facing facing;
    struct facing_config config = {.suite = suite,
                                   .n = scale->n,
                                   .period = IDLE,
                                   .reserve = scale->n,
                                   .history_events = IKL_NO_HISTORY,
                                   .prober_allocator = &memory.allocator};
    bool done;

    test_allocator_init(&memory);
    done = facing_init(&facing, &config);
    scale->counted = (double)memory.outstanding / scale->n;
    facing_clear(&facing);
    return done;
}

/* Everything is lost from the beginning, until all IKE SAs are down. */
static bool measure_end(struct scale *scale)
{
    struct facing facing;
    struct facing_config config = {.suite = suite,
                                   .n = scale->n,
                                   .period = END_PERIOD,
                                   .work_limit = WORK_LIMIT,
                                   .reserve = scale->n,
                                   .history_events = IKL_NO_HISTORY};
    ikl_time down_from = IDLE + ikl_schedule_total(ikl_schedule_default());
    struct worst before = {0, 0};
    bool done = facing_init(&facing, &config);

    for (ikl_time now = IDLE; done && now < down_from; now++) {
        advance(&facing, now, &before);
        facing_lose(&facing.prober);
    }
    for (ikl_time now = down_from; done && now <= down_from + END_PERIOD; now++) {
        advance(&facing, now, &scale->end);
    }
    done = done && ikl_endpoint_n_sas(facing.prober.endpoint) == 0;
    facing_clear(&facing);
    return done;
}

static void print_head(void)
{
    printf("%8s  %6s %6s %6s  %5s %6s  %8s %8s  %8s %8s  %7s %7s %7s %7s\n", "IKE SAs", "ours", "peer", "bare", "ratio",
           "target", "one core", "target", "octets", "resident", "steady", "receive", "outage", "end");
}

static void print_scale(const struct scale *scale)
{
    /* a million IKE SAs, each checked once in the idle interval */
    double share = scale->prober_ns * 1e6 / (IDLE / 1000.0) / 1e9 * 100;

    printf("%8u  %6.0f %6.0f %6.0f  %5.2f  <= %.1f  %6.1f %%  <= 25 %%  %8.0f %8.0f  %7.3f %7.3f %7.3f %7.3f\n",
           (unsigned)scale->n, scale->prober_ns, scale->peer_ns, scale->bare_ns, scale->ratio,
           scale->n <= 1000 ? 1.4 : 2.0, share, scale->counted, scale->resident, (double)scale->steady.advance_ns / 1e6,
           (double)scale->steady.receive_ns / 1e6, (double)scale->outage.advance_ns / 1e6,
           (double)scale->end.advance_ns / 1e6);
}

static void print_legend(void)
{
    printf(
        "\nours, peer: ns for one liveness check; bare: of the four AEAD operations alone; ratio:\n"
        "both sides to bare. one core: the share of one that our side of 1,000,000 IKE SAs takes, each checked every\n"
        "5 s. octets: of our side's memory for one IKE SA with a Child SA, as the allocator counts; resident: as the\n"
        "system does, half of what both sides take. Worst call in ms of processor time: of ikl_endpoint_advance in "
        "the\n"
        "steady state, of ikl_endpoint_receive there, of ikl_endpoint_advance in the first 70 s of a total outage, "
        "and\n"
        "at its end, when all go down within a second and a call handles %d at most (target: 1 ms).\n",
        WORK_LIMIT);
}

static bool measure(struct scale *scale)
{
    if (!measure_memory(scale) || !measure_running(scale) || !measure_wheel(scale) || !measure_end(scale)) {
        fprintf(stderr, "%u IKE SAs did not do what was to be measured\n", (unsigned)scale->n);
        return false;
    }
    return true;
}

/* Of what is not measured here: for one check and one IKE SA, 0 when not given. */
struct references {
    double charon_us, sockets_us, charon_octets;
};

enum { SCALES = 4 };
enum { CRYPTO, WHEEL, POLICY, MEMORY, SHARES };

/* What the picture shows, value by value. */
struct shown {
    double sas[SCALES], check[SCALES], bare[SCALES], octets[SCALES];
    double charon[SCALES], sockets[SCALES], charon_octets[SCALES];
    double shares[SHARES][SCALES];
};

/* Of both sides: all but cryptography and timers. */
static double rest_of(const struct scale *scale)
{
    return scale->prober_ns + scale->peer_ns - scale->bare_ns - scale->wheel_ns;
}

static void share_out(struct shown *shown, const struct scale *scales, size_t n)
{
    double policy = rest_of(&scales[0]);

    for (size_t i = 1; i < n; i++) {
        policy = rest_of(&scales[i]) < policy ? rest_of(&scales[i]) : policy;
    }
    for (size_t i = 0; i < n; i++) {
        shown->shares[CRYPTO][i] = scales[i].bare_ns;
        shown->shares[WHEEL][i] = scales[i].wheel_ns;
        shown->shares[POLICY][i] = policy;
        shown->shares[MEMORY][i] = rest_of(&scales[i]) - policy;
    }
}

static void fill_in(struct shown *shown, const struct scale *scales, size_t n, const struct references *references)
{
    for (size_t i = 0; i < n; i++) {
        shown->sas[i] = scales[i].n;
        shown->check[i] = scales[i].prober_ns + scales[i].peer_ns;
        shown->bare[i] = scales[i].bare_ns;
        shown->octets[i] = scales[i].counted;
        shown->charon[i] = references->charon_us * 1e3;
        shown->sockets[i] = references->sockets_us * 1e3;
        shown->charon_octets[i] = references->charon_octets;
    }
    share_out(shown, scales, n);
}

/* Adds a series; a reference only when it is known. */
static void show(struct plot_series *series, size_t *n, struct plot_series one)
{
    if (!one.reference || one.values[0] > 0) {
        series[(*n)++] = one;
    }
}

static bool draw(const char *path, const struct scale *scales, size_t n, const struct references *references)
{
    static const char *const caption[] = {
        "crypto: the four AEAD operations of a check, done alone in the same run. wheel: the timers of as",
        "many IKE SAs, alone in a wheel, one expiry and two starts a check. policy: all else, where it is",
        "least. memory: by how much that is more elsewhere. Over UDP: both processes, and the kernel on",
        "their behalf, as test/bench/peers measured them; all else is without sockets. Memory of ours is",
        "with a Child SA, as the allocator counts it; that of charon without one, as the system does."};
    struct shown shown;
    struct plot_series time[4], memory[2];
    struct plot plots[] = {{"Processor time of a liveness check, both sides", PLOT_LINES, PLOT_NANOSECONDS, time, 0},
                           {"What it is made of", PLOT_STACKED, PLOT_NANOSECONDS,
                            (const struct plot_series[]){{"crypto", PLOT_BLUE, shown.shares[CRYPTO], false},
                                                         {"wheel", PLOT_GREEN, shown.shares[WHEEL], false},
                                                         {"policy", PLOT_ORANGE, shown.shares[POLICY], false},
                                                         {"memory", PLOT_RED, shown.shares[MEMORY], false}},
                            SHARES},
                           {"Memory of an IKE SA, one side", PLOT_LINES, PLOT_OCTETS, memory, 0}};
    const struct plot_picture picture = {"IKE SAs",
                                         shown.sas,
                                         n,
                                         plots,
                                         sizeof(plots) / sizeof(plots[0]),
                                         caption,
                                         sizeof(caption) / sizeof(caption[0])};

    fill_in(&shown, scales, n, references);
    show(time, &plots[0].n_series, (struct plot_series){"bare AEAD", PLOT_BLUE, shown.bare, true});
    show(time, &plots[0].n_series, (struct plot_series){"ours", PLOT_GREEN, shown.check, false});
    show(time, &plots[0].n_series, (struct plot_series){"ours, over UDP", PLOT_ORANGE, shown.sockets, true});
    show(time, &plots[0].n_series, (struct plot_series){"charon, over UDP", PLOT_RED, shown.charon, true});
    show(memory, &plots[2].n_series, (struct plot_series){"ours", PLOT_GREEN, shown.octets, false});
    show(memory, &plots[2].n_series, (struct plot_series){"charon", PLOT_RED, shown.charon_octets, true});
    return plot_draw(path, &picture);
}

/* A number above 0. */
static const char *parse_quantity(const char *text, void *into)
{
    return options_number(text, "a number", 0.001, 1e9, into);
}

int main(int argc, char **argv)
{
    struct scale scales[SCALES] = {{.n = 1000}, {.n = 10000}, {.n = 100000}, {.n = 1000000}};
    struct references references = {0, 0, 0};
    size_t n = SCALES;
    const char *svg = NULL;
    struct options_count only = {.least = 100, .most = 2000000};
    const struct command_option options[] = {
        {"--sas", "N", "IKE SAs, 100 to 2000000 (default: 1000, then 10, 100 and 1000 times that)", options_parse_count,
         &only},
        {"--svg", "FILE",
         "draws cost and memory over the number of IKE SAs; with these lines in it:", options_parse_text, &svg},
        {"--charon", "US", "processor time of a check, both sides, that test/bench/peers says charon takes",
         parse_quantity, &references.charon_us},
        {"--sockets", "US", "the same of ours there", parse_quantity, &references.sockets_us},
        {"--charon-octets", "N", "memory of an IKE SA that it says charon takes", parse_quantity,
         &references.charon_octets},
    };
    const struct command_line line = {"scale", "Measures liveness checks of many IKE SAs.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    if (only.value != 0) {
        scales[0].n = only.value;
        n = 1;
    }
    print_head();
    for (size_t i = 0; i < n; i++) {
        if (!measure(&scales[i])) {
            return 1;
        }
        print_scale(&scales[i]);
        (void)fflush(stdout);
    }
    print_legend();
    return svg == NULL || draw(svg, scales, n, &references) ? 0 : 1;
}
