#!/bin/sh
# SPDX-License-Identifier: ISC
# macros.sh HEADER...: no header has a macro with arguments, which only C can call; but IKL_SIM_PERCENT, which multiplies.
set -eu
cat "$@" >/dev/null
if grep -nE '^[[:space:]]*#[[:space:]]*define[[:space:]]+[A-Za-z0-9_]+\(' "$@" | grep -v ' IKL_SIM_PERCENT('; then
    echo "These are macros with arguments."
    exit 1
fi
