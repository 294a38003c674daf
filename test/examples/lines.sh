#!/bin/sh
# SPDX-License-Identifier: ISC
# lines.sh MOST FILE...: the files together have at most so many lines, comments and empty ones included.
most=$1
shift
n=$(cat -- "$@" | wc -l)
if [ "$n" -gt "$most" ]; then
    echo "$n lines, more than $most: $*"
    exit 1
fi
