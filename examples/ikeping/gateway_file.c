/* SPDX-License-Identifier: ISC */
/* ikeping: a file that names gateways. */
#define _POSIX_C_SOURCE 200809L
#include "gateway_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

/* Takes a word off the text; null when there is none, or a comment. */
static char *next_word(char **rest)
{
    char *word = strtok_r(*rest, blanks, rest);

    return word != NULL && word[0] != '#' ? word : NULL;
}

/* Makes room for one more. */
static struct gateway_line *add(struct gateway_file *file)
{
    struct gateway_line *grown;

    if ((file->n & (file->n - 1)) == 0) { /* a power of two, or 0: all room is taken */
        grown = realloc(file->lines, (file->n != 0 ? 2 * file->n : 1) * sizeof(*grown));
        if (grown == NULL) {
            return NULL;
        }
        file->lines = grown;
    }
    file->lines[file->n] = (struct gateway_line){.port = 0};
    return &file->lines[file->n++];
}

/* What is wrong with a line; null: nothing. */
static const char *take_line(struct gateway_file *file, char *text)
{
    char *host = next_word(&text), *identity = host != NULL ? next_word(&text) : NULL;
    struct gateway_line *line;
    const char *right;

    if (host == NULL) {
        return NULL;
    }
    if (file->n == GATEWAY_FILE_MOST) {
        return "there are more than 100000 gateways";
    }
    line = add(file);
    if (line == NULL) {
        return "no memory";
    }
    right = settings_parse_host(host, line->host, &line->port);
    if (right == NULL && identity != NULL && !identity_parse(&line->remote_id, identity)) {
        return "the second word must be an identity, as of --remote-id";
    }
    return right == NULL && identity != NULL && next_word(&text) != NULL ? "there is a third word" : right;
}

static bool read_lines(struct gateway_file *file, const char *name, FILE *in)
{
    char *text = NULL;
    size_t size = 0;
    unsigned long number = 0;
    const char *fault = NULL;

    while (fault == NULL && getline(&text, &size, in) >= 0) {
        number++;
        fault = take_line(file, text);
    }
    if (fault != NULL) {
        fprintf(stderr, "ikeping: %s:%lu: %s\n", name, number, fault);
    } else if (ferror(in)) {
        fprintf(stderr, "ikeping: %s: %s\n", name, strerror(errno));
    } else if (file->n == 0) {
        fprintf(stderr, "ikeping: %s: there is no gateway in it\n", name);
    }
    free(text);
    return fault == NULL && !ferror(in) && file->n != 0;
}

bool gateway_file_read(struct gateway_file *file, const char *name)
{
    FILE *in = fopen(name, "r");
    bool done;

    *file = (struct gateway_file){.n = 0};
    if (in == NULL) {
        fprintf(stderr, "ikeping: %s: %s\n", name, strerror(errno));
        return false;
    }
    done = read_lines(file, name, in);
    fclose(in);
    return done;
}

void gateway_file_free(struct gateway_file *file)
{
    free(file->lines);
    *file = (struct gateway_file){.n = 0};
}
