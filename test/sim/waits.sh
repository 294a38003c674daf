#!/bin/sh
# SPDX-License-Identifier: ISC
# waits.sh CASE PROGRAM FOLDER: runs the comparison of ways to wait on a few paths as CASE, a function below, says.
set -eu
# shellcheck source=test/support/case.sh
. "$(dirname "$0")/../support/case.sh"
folder=$3

# The seed is fixed, so what is printed is known. Real IKE SAs live some of the paths, too.
a_few_paths_are_compared_as_ever() { # TEST
    run 0 --paths 2 --days 30 --sample 1
    diff "$folder/few.txt" "$work/out" || fail "the table is another one"
}

count() { # TEXT
    grep -o -- "$1" "$work/picture.svg" | wc -l
}

the_picture_shows_every_schedule_and_way() { # TEST
    "$program" --paths 1 --days 60 --sample 0 --svg "$work/picture.svg" >"$work/out" || fail "exit status $?"
    [ "$(count 'class="curve" ')" -eq 7 ] || fail "a schedule has no curve"
    [ "$(count 'class="curve trimmed" ')" -eq 7 ] || fail "a schedule has no trimmed curve"
    [ "$(count 'class="curve sends" ')" -eq 7 ] || fail "a schedule has no curve with round-trip sends"
    for name in panos-7.0 panos-11 strongswan libreswan openiked fortios android trimmed 'parting send' \
        'round-trip sends' 'peer talks'; do
        [ "$(count ">$name</text>")" -eq 1 ] || fail "no word on $name"
    done
    [ "$(tail -n 1 "$work/picture.svg")" = "</svg>" ] || fail "the picture has no end"
}

a_picture_that_cannot_be_written_is_an_error() { # TEST
    if "$program" --paths 1 --days 1 --sample 0 --svg "$work/missing/picture.svg" >"$work/out" 2>"$work/err"; then
        fail "it succeeds"
    fi
    grep -q "missing/picture.svg: " "$work/err" || fail "stderr does not name the file"
}

no_paths_are_refused() { # TEST
    if "$program" --paths 0 >"$work/out" 2>"$work/err"; then
        fail "it succeeds"
    fi
    grep -q -- "--paths" "$work/err" || fail "stderr does not name the option"
}

"$case"
