/* ikelive examples: command lines made of "--name VALUE", "--name=VALUE", "--name", and an operand.
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

static const struct command_option *find_operand(const struct command_line *line)
{
    for (size_t i = 0; i < line->n; i++) {
        if (line->options[i].name[0] != '-') {
            return &line->options[i];
        }
    }
    return NULL;
}

static void print_usage(FILE *out, const struct command_line *line)
{
    const struct command_option *operand = find_operand(line);
    char heading[64];

    fprintf(out, "usage: %s%s%s [OPTION VALUE]...\n%s\n\n", line->program, operand != NULL ? " " : "",
            operand != NULL ? operand->name : "", line->purpose);
    for (size_t i = 0; i < line->n; i++) {
        const char *value = line->options[i].value;

        (void)snprintf(heading, sizeof(heading), "  %s%s%s", line->options[i].name, value != NULL ? " " : "",
                       value != NULL ? value : "");
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

/* The option that `argument` names, else the operand where it can be one, else null. `value` becomes what follows a
 * '=', or null. */
static const struct command_option *find(const struct command_line *line, const char *argument, const char **value)
{
    size_t len = strcspn(argument, "=");

    *value = NULL;
    if (argument[0] != '-') {
        return argument[0] != '\0' ? find_operand(line) : NULL;
    }
    for (size_t i = 0; i < line->n; i++) {
        if (strlen(line->options[i].name) == len && strncmp(line->options[i].name, argument, len) == 0) {
            *value = argument[len] == '=' ? argument + len + 1 : NULL;
            return &line->options[i];
        }
    }
    return NULL;
}

static enum options_outcome refuse_value(const struct command_line *line, const struct command_option *option,
                                         const char *value)
{
    char what[160];

    if (option->name[0] != '-') {
        (void)snprintf(what, sizeof(what), "%s cannot be \"%s\"", option->name, value);
    } else if (option->value == NULL) {
        (void)snprintf(what, sizeof(what), "%s takes no value", option->name);
    } else {
        (void)snprintf(what, sizeof(what), "%s needs %s, not \"%s\"", option->name, option->value,
                       value != NULL ? value : "");
    }
    return options_refuse(line, what);
}

enum options_outcome options_parse(const struct command_line *line, int argc, char **argv)
{
    const struct command_option *option;
    const char *value;
    char what[160];
    bool takes_value;

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
        takes_value = option->value != NULL || option->name[0] != '-';
        if (option->name[0] != '-') {
            value = argv[i];
        } else if (value == NULL && takes_value && i + 1 < argc) {
            value = argv[++i];
        }
        if ((value != NULL) != takes_value || !option->parse(value, option->into)) {
            return refuse_value(line, option, value);
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

bool options_parse_count(const char *text, void *count)
{
    struct options_count *into = count;
    double number;

    if (!options_number(text, into->least, into->most, &number) || number != (double)(uint32_t)number) {
        return false;
    }
    into->value = (uint32_t)number;
    return true;
}
