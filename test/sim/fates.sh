#!/bin/sh
# SPDX-License-Identifier: ISC
# fates.sh EXHAUSTIVE HEADER: --help names each letter that the header lists for ikl_sim_set_fates, and takes no other.
set -eu
# "     x  is lost              c  arrives with one bit changed": a letter stands between a blank and two of them.
listed=$(sed -n '/^ \* A datagram that is too big, or is sent/,/^ \* Any other letter/p' "$2" |
    grep -oE '(   |  )[^ *]  [a-z]' | sed 's/^ *\(.\).*/\1/' | sort | tr -d '\n')
helped=$("$1" --help | sed -n 's/^  *\(.\)  [a-z].*/\1/p' | sort | tr -d '\n')
echo "the header lists $listed, --help names $helped"
[ -n "$listed" ]
[ "$listed" = "$helped" ]
