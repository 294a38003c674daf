/* SPDX-License-Identifier: ISC */
/* ikeping --metrics: the figures. */
#include "metrics.h"

#include <ikelive/report.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char end[] = "# EOF\n";

/* One of each gateway. */
struct figure {
    const char *name, *type, *suffix, *help;
    uint64_t (*value)(const struct gateway *gateway);
};

static uint64_t is_up(const struct gateway *gateway)
{
    return gateway_state(gateway) == GATEWAY_UP ? 1 : 0;
}

static uint64_t sent(const struct gateway *gateway)
{
    return gateway->tally.sent;
}

static uint64_t answered(const struct gateway *gateway)
{
    return gateway->tally.answered;
}

static uint64_t retransmissions(const struct gateway *gateway)
{
    return gateway->tally.retransmissions;
}

static const struct figure figures[] = {
    {"gateway_up", "gauge", "", "Whether there is an IKE SA and no check is overdue.", is_up},
    {"gateway_checks_sent", "counter", "_total", "Liveness checks.", sent},
    {"gateway_checks_answered", "counter", "_total", "Liveness checks that were answered.", answered},
    {"gateway_retransmissions", "counter", "_total", "Requests that were sent again.", retransmissions},
};

/* The library's counters, without the end of the text. */
static bool write_counters(FILE *out, const struct ikeping *ikeping)
{
    const struct ikl_metrics_source source = {.endpoint = ikeping->endpoint};
    int len = ikl_metrics_text(&source, 1, NULL, 0);
    char *text = malloc((size_t)len + 1);

    if (text == NULL) {
        return false;
    }
    (void)ikl_metrics_text(&source, 1, text, (size_t)len + 1);
    fwrite(text, 1, (size_t)len - strlen(end), out);
    free(text);
    return true;
}

/* The value of a label: an address, or a name that has none, which may have any octets but those of a line's end. */
static void write_label(FILE *out, const struct gateway *gateway)
{
    char address[GATEWAY_ADDRESS_SIZE];
    const char *text = gateway->address;

    if (gateway->config.plain.remote.family != 0) {
        /* where it was first, wherever it has gone; and two gateways may have the same address */
        (void)ikl_address_text(&gateway->config.plain.remote, address, sizeof(address));
        text = address;
    }
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

static void write_figure(FILE *out, const struct ikeping *ikeping, const struct figure *figure)
{
    fprintf(out, "# TYPE ikeping_%s %s\n# HELP ikeping_%s %s\n", figure->name, figure->type, figure->name,
            figure->help);
    for (const struct gateway *gateway = ikeping->gateways; gateway != NULL; gateway = gateway->next) {
        fprintf(out, "ikeping_%s%s{number=\"%zu\",gateway=\"", figure->name, figure->suffix, gateway->number + 1);
        write_label(out, gateway);
        fprintf(out, "\"} %" PRIu64 "\n", figure->value(gateway));
    }
}

bool metrics_write(FILE *out, const struct ikeping *ikeping)
{
    if (!write_counters(out, ikeping)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        write_figure(out, ikeping, &figures[i]);
    }
    fputs(end, out);
    return true;
}
