/* A book of all requests that the hosts of a made-up world make of each other: each is executed at most once, and ends
 * once for who made it.
 * SPDX-License-Identifier: ISC */
#ifndef SIM_BOOK_H
#define SIM_BOOK_H

#include <ikelive/ikelive.h>

enum { BOOK_SIZE = 1024 };

struct book_entry {
    const void *owner; /* who made it */
    uint8_t executions, outcomes;
    bool answered;
};

struct book {
    uint32_t n;
    struct book_entry entries[BOOK_SIZE];
};

/* A new request: its number goes into it. UINT32_MAX when the book is full. */
uint32_t book_open(struct book *book, const void *owner);

/* It could not be made after all; only for the one opened last. */
void book_strike(struct book *book, uint32_t number);

void book_executed(struct book *book, uint32_t number);
/* `answered`: by the peer's host, not by its library, which answers for hosts that are going. */
void book_ended(struct book *book, uint32_t number, bool answered);

/* The owner has lost all it had: its requests have ended without an outcome. */
void book_lose(struct book *book, const void *owner);

/* What is wrong with the book, or null. At the end each request must have ended. */
const char *book_check(const struct book *book, bool at_end);

/* How many requests were answered. */
uint32_t book_answered(const struct book *book);

#endif
