/* ikelive examples: command lines made of "--name VALUE" and "--name=VALUE".
 * SPDX-License-Identifier: ISC */
#include "options.h"

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

static void print_usage(FILE *out, const char *program, const char *purpose, const struct command_option *options,
                        size_t n)
{
    char heading[64];

    fprintf(out, "usage: %s [OPTION VALUE]...\n%s\n\n", program, purpose);
    for (size_t i = 0; i < n; i++) {
        snprintf(heading, sizeof(heading), "  %s %s", options[i].name, options[i].value);
        fprintf(out, "%-*s", HELP_COLUMN, heading);
        print_help(out, options[i].help);
    }
    fprintf(out, "%-*sshow this text\n", HELP_COLUMN, "  --help");
}

/* The option that `argument` names, null when there is none. `value` becomes what follows a '=', or null. */
static const struct command_option *find(const struct command_option *options, size_t n, const char *argument,
                                         const char **value)
{
    size_t len = strcspn(argument, "=");

    *value = argument[len] == '=' ? argument + len + 1 : NULL;
    for (size_t i = 0; i < n; i++) {
        if (strlen(options[i].name) == len && strncmp(options[i].name, argument, len) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

/* Parses the option at argv[*i] and moves *i to the last argument it used. False, said on stderr, when it is wrong. */
static bool parse_one(const char *program, const struct command_option *options, size_t n, int argc, char **argv,
                      int *i)
{
    const char *value;
    const struct command_option *option = find(options, n, argv[*i], &value);

    if (option == NULL) {
        fprintf(stderr, "%s: there is no option %s\n", program, argv[*i]);
        return false;
    }
    if (value == NULL && *i + 1 < argc) {
        value = argv[++*i];
    }
    if (value == NULL) {
        fprintf(stderr, "%s: %s needs a value\n", program, option->name);
        return false;
    }
    if (!option->parse(value, option->into)) {
        fprintf(stderr, "%s: wrong value for %s: \"%s\"\n", program, option->name, value);
        return false;
    }
    return true;
}

enum options_outcome options_parse(const char *program, const char *purpose, const struct command_option *options,
                                   size_t n, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_usage(stdout, program, purpose, options, n);
            return OPTIONS_HELP;
        }
        if (!parse_one(program, options, n, argc, argv, &i)) {
            print_usage(stderr, program, purpose, options, n);
            return OPTIONS_WRONG;
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
