/* SPDX-License-Identifier: ISC */
/* A picture of how soon and how wrongly: each way to wait is a point, and a curve as its length changes. */
#ifndef WAITS_PICTURE_H
#define WAITS_PICTURE_H

#include "tally.h"

/* False, and a word on stderr, when the file cannot be written. */
bool picture_draw(const char *path, const struct tally *tally);

#endif
