/* SPDX-License-Identifier: ISC */
#include "habits.h"

const struct named_habit named_habits[N_HABITS] = {
    {"DSL", {.loss = 0.001, .kinds = {{5000, 365}, {45000, 60}, {150000, 6}, {3600000, 2}}, .n_kinds = 4}},
    {"LTE", {.loss = 0.01, .kinds = {{1500, 7305}, {20000, 1461}, {180000, 100}}, .n_kinds = 3}},
    {"data centre", {.loss = 0.00001, .kinds = {{1000, 50}, {60000, 6}, {600000, 1}}, .n_kinds = 3}},
    {"satellite", {.loss = 0.01, .kinds = {{2000, 73050}, {15000, 1826}, {240000, 40}, {180000, 26}}, .n_kinds = 4}},
};
