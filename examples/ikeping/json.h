/* SPDX-License-Identifier: ISC */
/* ikeping: JSON objects, one a line. */
#ifndef IKEPING_JSON_H
#define IKEPING_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* jansson, which a test of examples/cluster has beside us, knows another function of this name. */
#define json_string ikeping_json_string

/* Begins an object; `event` says what it is about. */
void json_begin(FILE *out, const char *event);

/* Add a member. Strings are UTF-8, and what is not printable ASCII is escaped; octets that are no UTF-8 stand for
 * Latin-1. */
void json_string(FILE *out, const char *name, const char *value);
void json_whole(FILE *out, const char *name, uint64_t value);
void json_decimal(FILE *out, const char *name, double value, int digits);
/* An array of times in s, which are given in ms. */
void json_milliseconds(FILE *out, const char *name, const uint32_t *values, size_t n);
void json_bool(FILE *out, const char *name, bool value);

/* Ends the object and its line, and sees it off. */
void json_end(FILE *out);

#endif
