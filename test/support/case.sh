# SPDX-License-Identifier: ISC
# The beginning of scripts "NAME CASE PROGRAM ...", which run PROGRAM as CASE, one of their functions, says. For sh.

# shellcheck shell=sh disable=SC2034

case=$1
program=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/out"
: >"$work/err"

# The case fails: says why, and shows what the program has printed.
fail() {
    echo "$case: $1"
    echo "--- stdout"
    cat "$work/out"
    echo "--- stderr"
    cat "$work/err"
    exit 1
}

# run EXIT_STATUS ARGUMENT...: the program must end with this status.
run() {
    expected=$1
    shift
    status=0
    "$program" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$expected" ] || fail "exit status $status, not $expected: $*"
}
