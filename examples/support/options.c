/* ikelive examples: command lines made of "--name VALUE" and "--name=VALUE".
 * SPDX-License-Identifier: ISC */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 26

static void print_help(FILE *out, const char *help)
{
    const char *end;

    while ((end = strchr(help, '\n')) != NULL) {
        fprintf(out, "%.*s\n%*s", (int)(end - help), help, HELP_COLUMN, "");
        help = end + 1;
    }
    fprintf(out, "%s\n", help);
}

static void print_usage(FILE *out, const struct command_line *line)
{
    char heading[64];

    fprintf(out, "usage: %s [OPTION VALUE]...\n%s\n\n", line->program, line->purpose);
    for (size_t i = 0; i < line->n; i++) {
        (void)snprintf(heading, sizeof(heading), "  %s %s", line->options[i].name, line->options[i].value);
        fprintf(out, "%-*s", HELP_COLUMN, heading);
        print_help(out, line->options[i].help);
    }
    fprintf(out, "%-*sshow this text\n", HELP_COLUMN, "  --help");
}

enum options_outcome options_refuse(const struct command_line *line, const char *what)
{
    fprintf(stderr, "%s: %s\n\n", line->program, what);
    print_usage(stderr, line);
    return OPTIONS_WRONG;
}

/* The option that `argument` names, null when there is none. `value` becomes what follows a '=', or null. */
static const struct command_option *find(const struct command_line *line, const char *argument, const char **value)
{
    size_t len = strcspn(argument, "=");

    *value = argument[len] == '=' ? argument + len + 1 : NULL;
    for (size_t i = 0; i < line->n; i++) {
        if (strlen(line->options[i].name) == len && strncmp(line->options[i].name, argument, len) == 0) {
            return &line->options[i];
        }
    }
    return NULL;
}

enum options_outcome options_parse(const struct command_line *line, int argc, char **argv)
{
    const struct command_option *option;
    const char *value;
    char what[160];

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_usage(stdout, line);
            return OPTIONS_HELP;
        }
        option = find(line, argv[i], &value);
        if (option == NULL) {
            (void)snprintf(what, sizeof(what), "there is no option %s", argv[i]);
            return options_refuse(line, what);
        }
        if (value == NULL && i + 1 < argc) {
            value = argv[++i];
        }
        if (value == NULL || !option->parse(value, option->into)) {
            (void)snprintf(what, sizeof(what), "%s needs %s, not \"%s\"", option->name, option->value,
                           value != NULL ? value : "");
            return options_refuse(line, what);
        }
    }
    return OPTIONS_RUN;
}

bool options_number(const char *text, double least, double most, double *out)
{
    char *end;
    double number;

    if (strspn(text, "0123456789.eE+-") != strlen(text)) {
        return false;
    }
    number = strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= least && number <= most)) {
        return false;
    }
    *out = number;
    return true;
}
