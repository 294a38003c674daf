/* SPDX-License-Identifier: ISC */
/* ikeping: what is wrong with a command line whose options are right one by one. */
#ifndef IKEPING_SETTINGS_FAULT_H
#define IKEPING_SETTINGS_FAULT_H

#include "settings.h"

/* Says in words what options may not be together, or what is missing; null: nothing. */
const char *settings_fault(const struct settings *settings);

#endif
