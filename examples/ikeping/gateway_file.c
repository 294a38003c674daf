/* SPDX-License-Identifier: ISC */
/* ikeping: a file that names gateways. */
#define _POSIX_C_SOURCE 200809L
#include "gateway_file.h"

#include "credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* HOST, an identity and the name of a file have room in it. */
enum { LINE_SIZE = 8192 };

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

/* Reads the pre-shared key of a line; with null there is none. Null when all is well. */
static const char *take_psk(struct gateway_line *line, const char *psk_file, const struct settings *settings)
{
    bool common = settings_have_credentials(settings);

    if (psk_file == NULL) {
        return common || settings->init ? NULL : "there is no --psk-file, here or on the command line";
    }
    if (settings->init) {
        return "--init takes no credentials";
    }
    line->credentials = calloc(1, sizeof(*line->credentials));
    if (line->credentials == NULL) {
        return "no memory";
    }
    return credentials_read_psk(line->credentials, psk_file) ? NULL : "its pre-shared key cannot be used";
}

static bool is_psk_option(const char *word)
{
    return word != NULL && strcmp(word, "--psk-file") == 0;
}

/* What is wrong with the words after HOST; null: nothing. */
static const char *take_words(struct gateway_line *line, char *text, const struct settings *settings)
{
    char *word = next_word(&text);
    const char *psk_file = NULL;

    if (word != NULL && !is_psk_option(word)) {
        if (!identity_parse(&line->remote_id, word)) {
            return "the second word must be an identity, as of --remote-id, or --psk-file";
        }
        word = next_word(&text);
    }
    if (is_psk_option(word)) {
        psk_file = next_word(&text);
        if (psk_file == NULL) {
            return "--psk-file needs the name of a file";
        }
        word = next_word(&text);
    }
    if (word != NULL) {
        return "there is a word too much";
    }
    return take_psk(line, psk_file, settings);
}

/* What is wrong with a line; null: nothing. */
static const char *take_line(struct gateway_file *file, char *text, const struct settings *settings)
{
    char *host = next_word(&text);
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
    return right == NULL ? take_words(line, text, settings) : right;
}

/* Whether fgets has read all of a line. */
static bool is_whole(const char *text, FILE *in)
{
    return strchr(text, '\n') != NULL || feof(in);
}

static bool read_lines(struct gateway_file *file, const struct settings *settings, FILE *in)
{
    const char *name = settings->gateways_file;
    char text[LINE_SIZE];
    unsigned long number = 0;
    const char *fault = NULL;

    while (fault == NULL && fgets(text, sizeof(text), in) != NULL) {
        number++;
        fault = is_whole(text, in) ? take_line(file, text, settings) : "the line is too long, or has an octet 0";
    }
    if (fault != NULL) {
        fprintf(stderr, "ikeping: %s:%lu: %s\n", name, number, fault);
    } else if (ferror(in)) {
        fprintf(stderr, "ikeping: %s: %s\n", name, strerror(errno));
    } else if (file->n == 0) {
        fprintf(stderr, "ikeping: %s: there is no gateway in it\n", name);
    }
    return fault == NULL && !ferror(in) && file->n != 0;
}

bool gateway_file_read(struct gateway_file *file, const struct settings *settings)
{
    const char *name = settings->gateways_file;
    FILE *in = fopen(name, "r");
    bool done;

    *file = (struct gateway_file){.n = 0};
    if (in == NULL) {
        fprintf(stderr, "ikeping: %s: %s\n", name, strerror(errno));
        return false;
    }
    done = read_lines(file, settings, in);
    fclose(in);
    return done;
}

void gateway_file_free(struct gateway_file *file)
{
    for (size_t i = 0; i < file->n; i++) {
        if (file->lines[i].credentials != NULL) {
            credentials_wipe(file->lines[i].credentials);
            free(file->lines[i].credentials);
        }
    }
    free(file->lines);
    *file = (struct gateway_file){.n = 0};
}
