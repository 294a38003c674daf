/* A book of requests. See book.h.
 * SPDX-License-Identifier: ISC */
#include "book.h"

uint32_t book_open(struct book *book, const void *owner)
{
    if (book->n == BOOK_SIZE) {
        return UINT32_MAX;
    }
    book->entries[book->n] = (struct book_entry){.owner = owner};
    return book->n++;
}

void book_strike(struct book *book, uint32_t number)
{
    if (number + 1 == book->n) {
        book->n--;
    }
}

void book_executed(struct book *book, uint32_t number)
{
    if (number < book->n && book->entries[number].executions < UINT8_MAX) {
        book->entries[number].executions++;
    }
}

void book_ended(struct book *book, uint32_t number, bool answered)
{
    if (number < book->n && book->entries[number].outcomes < UINT8_MAX) {
        book->entries[number].outcomes++;
        book->entries[number].answered = answered;
    }
}

void book_lose(struct book *book, const void *owner)
{
    for (uint32_t i = 0; i < book->n; i++) {
        struct book_entry *entry = &book->entries[i];

        if (entry->owner == owner && entry->outcomes == 0) {
            entry->outcomes = 1;
        }
    }
}

static const char *check_entry(const struct book_entry *entry, bool at_end)
{
    if (entry->executions > 1) {
        return "a request was executed twice";
    }
    if (entry->outcomes > 1) {
        return "a request ended twice";
    }
    if (entry->answered && entry->executions == 0) {
        return "a request was answered that was not executed";
    }
    return at_end && entry->outcomes == 0 ? "a request never ended" : NULL;
}

const char *book_check(const struct book *book, bool at_end)
{
    for (uint32_t i = 0; i < book->n; i++) {
        const char *wrong = check_entry(&book->entries[i], at_end);

        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

uint32_t book_answered(const struct book *book)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < book->n; i++) {
        n += book->entries[i].answered ? 1 : 0;
    }
    return n;
}
