/* SPDX-License-Identifier: ISC */
/* ikelive examples: command lines made of "--name VALUE", "--name=VALUE", "--name", and an operand. */
#ifndef EXAMPLES_OPTIONS_H
#define EXAMPLES_OPTIONS_H

#include <ikelive/schedule.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One option, or what may stand beside the options. --help, -h and --version are there without being named. */
struct command_option {
    const char *name;  /* "--speed" or "-s, --speed"; without '-' in front it is the operand, "HOST" */
    const char *value; /* "X", for the usage text; null: it takes no value */
    const char *help;  /* lines separated by '\n' */
    /* Gives null, or says in words what the value must be: "a number from 1 to 9". `text` is the value or operand, else
     * null; with "" it always says so, except for an option without a value. */
    const char *(*parse)(const char *text, void *into);
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

/* Parses the arguments into the options. OPTIONS_HELP: the usage, or the version, was asked for and is on stdout.
 * OPTIONS_WRONG: what is wrong, and what would be right, is on stderr. */
enum options_outcome options_parse(const struct command_line *line, int argc, char **argv);

/* For a program without options: true when it has nothing more to do, because --help or --version was answered or an
 * argument was refused; *status is what it then exits with. */
bool options_none(const char *purpose, int argc, char **argv, int *status);

/* Says on stderr what is wrong with the arguments. For what only shows when all are known. */
enum options_outcome options_refuse(const struct command_line *line, const char *what);

/* For `parse`: what these give stands until the next one is called, and an error changes nothing. */

/* A number in plain or exponent notation, within [least, most]. `what` is "a number of seconds" or such. */
const char *options_number(const char *text, const char *what, double least, double most, double *out);

/* The same for a whole number. */
const char *options_whole(const char *text, double least, double most, uint64_t *out);

/* A whole number that an option sets. */
struct options_count {
    uint32_t value;
    uint32_t least, most;
};

/* The parse of such an option; its `into` is a struct options_count. */
const char *options_parse_count(const char *text, void *count);

/* Text that is not empty, into a const char *; the next one takes its place. */
const char *options_parse_text(const char *text, void *into);

/* The parse of an option without a value, which sets a bool. */
const char *options_parse_flag(const char *text, void *into);

/* A schedule: by its name, or the waits; with +trimmed or +parting behind it another end. */
const char *options_schedule(const char *text, struct ikl_schedule *out);

#endif
