/* SPDX-License-Identifier: ISC */
/* Whole text files. See file.h. */
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIZE = 1 << 20 };

char *file_read(const char *name)
{
    FILE *file = fopen(name, "r");
    char *text = file != NULL ? malloc(MAX_SIZE) : NULL;
    size_t len;

    if (text == NULL) {
        perror(name);
        if (file != NULL) {
            fclose(file);
        }
        return NULL;
    }
    len = fread(text, 1, MAX_SIZE - 1, file);
    text[len] = '\0';
    if (ferror(file) || !feof(file)) {
        fprintf(stderr, "%s: cannot be read, or is longer than %d octets\n", name, MAX_SIZE - 1);
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

bool file_write(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    bool written = file != NULL && fwrite(text, 1, strlen(text), file) == strlen(text);

    if ((file != NULL && fclose(file) != 0) || !written) {
        perror(name);
        return false;
    }
    return true;
}
