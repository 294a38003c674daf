#!/bin/sh
# SPDX-License-Identifier: ISC
# sharded.sh CASE PROGRAM: runs the example with two shards as CASE, a function below, says, and checks what it prints.
set -eu
case=$1
program=$2

fail() {
    echo "$case: $1"
    echo "$printed"
    exit 1
}

# run EXIT_STATUS ARGUMENT...: the program must end with this status.
run() {
    expected=$1
    shift
    status=0
    printed=$("$program" "$@") || status=$?
    [ "$status" -eq "$expected" ] || fail "exit status $status, not $expected"
}

each_shard_has_the_answers_to_its_own_checks() { # TEST
    run 0
    for shard in 1 2; do
        echo "$printed" |
            grep -q -E "^shard $shard: 8 of 8 IKE SAs kept alive, [0-9]+ liveness checks answered, 0 datagrams " ||
            fail "shard $shard does not have what it should"
    done
}

without_steering_a_shard_loses_its_ike_sas() { # TEST full
    run 1 --unsteered
    echo "$printed" | grep -q -E "^shard [12]: 0 of 8 .*, 0 liveness checks answered, 0 datagrams " ||
        fail "no shard is without answers"
    echo "$printed" | grep -q -E "^shard [12]: 8 of 8 .*, [1-9][0-9]* datagrams " || fail "no shard has both"
}

printed=
"$case"
