#!/bin/sh
# SPDX-License-Identifier: ISC
# port.sh CASE SOURCE BUILD: the port of a small stack, as CASE, a function below, checks.
set -eu
case=$1 port=$2/examples/port build=$3
expected=$(dirname "$0")/expected/port.txt

each_depth_does_what_was_done_by_hand() { # TEST
    for exchange in before watch sa; do
        "$(dirname "$0")/prints.sh" "$expected" "$build/examples/port_$exchange"
    done
}

its_readme_says_how_many_lines_come_and_go() { # TEST
    before=$port/exchange_before.c
    for exchange in watch sa; do
        after=$port/exchange_$exchange.c
        in=$(diff "$before" "$after" | grep -c '^>')
        out=$(diff "$before" "$after" | grep -c '^<')
        said=$(sed -n "s/^    exchange_$exchange\.c *//p" "$port/README" | tr -s ' ')
        is="$(($(wc -l <"$after"))) lines $in in $out out"
        [ "${said%% depth*}" = "$is" ] || { echo "exchange_$exchange.c has $is; README says $said"; return 1; }
        [ "$in" -le 200 ] || { echo "exchange_$exchange.c takes more than 200 lines"; return 1; }
    done
    grep -q "exchange_before.c *$(($(wc -l <"$before"))) lines" "$port/README"
}

"$case"
