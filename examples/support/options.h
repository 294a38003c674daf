/* ikelive examples: command lines made of "--name VALUE", "--name=VALUE", "--name", and an operand.
 * SPDX-License-Identifier: ISC */
#ifndef EXAMPLES_OPTIONS_H
#define EXAMPLES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One option, or what may stand beside the options. --help is there without being named. */
struct command_option {
    const char *name;                            /* "--speed"; without "--" in front it is the operand, "HOST" */
    const char *value;                           /* "X", for the usage text; null: it takes no value */
    const char *help;                            /* lines separated by '\n' */
    bool (*parse)(const char *text, void *into); /* false: it is wrong; `text` is the value or operand, else null */
    void *into;
};

/* A program's command line. */
struct command_line {
    const char *program;
    const char *purpose; /* for the usage text */
    const struct command_option *options;
    size_t n;
};

/* What to do after options_parse. */
enum options_outcome { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG };

/* Parses the arguments into the options. OPTIONS_HELP: --help was given and the usage is on stdout. OPTIONS_WRONG: what
 * is wrong, and the usage, are on stderr. */
enum options_outcome options_parse(const struct command_line *line, int argc, char **argv);

/* Says on stderr what is wrong with the arguments, then the usage. For what only shows when all are known. */
enum options_outcome options_refuse(const struct command_line *line, const char *what);

/* A number in plain or exponent notation, within [least, most]; false for anything else. */
bool options_number(const char *text, double least, double most, double *out);

/* A whole number that an option sets. */
struct options_count {
    uint32_t value;
    uint32_t least, most;
};

/* The parse of such an option; its `into` is a struct options_count. */
bool options_parse_count(const char *text, void *count);

#endif
