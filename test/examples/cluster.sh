#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# cluster.sh CASE CLUSTER PEERS IKEPING: two gateways at one folder, and 20 peers, as CASE, a function below, says. Nothing here
# has to be quick.
set -eu
case=$1 cluster=$2 peers=$3 ikeping=$4
work=$(mktemp -d)
first=$work/first.txt second=$work/second.txt
first_pid='' second_pid=''
# Every test has addresses of its own.
net=127.$(($$ / 65536 % 256)).$(($$ / 256 % 256))
first_address=$net.1:$((10000 + $$ % 256)) second_address=$net.2:$((10000 + $$ % 256))

clean_up() {
    for pid in $first_pid $second_pid; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

fail() {
    echo "$case: $1"
    tail -n 50 "$work"/*.txt
    exit 1
}

begin() { # [OPTION]...: of both gateways.
    head -c 64 /dev/urandom >"$work/key"
    "$cluster" --key-file "$work/key" --folder "$work/store" --name first --home 1 --listen "$first_address" "$@" \
        >"$first" 2>&1 &
    first_pid=$!
    "$cluster" --key-file "$work/key" --folder "$work/store" --name second --home 2 --listen "$second_address" "$@" \
        >"$second" 2>&1 &
    second_pid=$!
}

# Ends well only if all are answered, none is down, and no initialisation vector was used twice.
judge() { # [OPTION]...
    "$peers" --key-file "$work/key" --gateways "$first_address,$second_address" --sas 20 --interval 1000 --rekey 2000 \
        --schedule 1x20,60x4 --within 60000 --at 1000 "$@" >"$work/peers.txt" 2>&1 || fail "the peers are not content"
    grep -q "^IKE SAs: 20, down: 0, .*, rekeyed: [1-9]" "$work/peers.txt" || fail "the peers do not say what they saw"
    grep -q ", used twice: 0$" "$work/peers.txt" || fail "the peers do not say what they saw of vectors"
}

is_taken_over() {
    grep -qE "^shard 1: taken with epoch [0-9]+; [1-9]" "$second" || fail "the second gateway has not taken shard 1"
}

a_gateway_that_is_killed_is_succeeded() { # TEST
    begin
    judge --hit "kill -KILL $first_pid"
    is_taken_over
}

a_gateway_that_was_stopped_falls_silent() { # TEST
    begin
    judge --hit "kill -STOP $first_pid" --mend "kill -CONT $first_pid" --mend-after 0
    is_taken_over
    grep -q "^shard 1: lost; silent$" "$first" || fail "the first gateway has not noticed"
}

gateways_that_both_go_on_use_no_vector_twice() { # TEST full
    begin --stubborn
    judge --hit "kill -STOP $first_pid" --mend "kill -CONT $first_pid" --mend-after 0
    is_taken_over
    ! grep -q "^shard 1: lost; silent$" "$first" || fail "the first gateway was not stubborn"
}

a_gateway_that_leaves_is_not_waited_for() { # TEST full
    begin --lease 600000
    judge --hit "kill -TERM $first_pid"
    is_taken_over
}

says_within_a_minute() { # FILE PATTERN
    local tenth
    for ((tenth = 0; tenth < 600; tenth++)); do
        ! grep -q "$2" "$1" || return 0
        sleep 0.1
    done
    return 1
}

a_peer_with_a_handshake_is_answered() { # TEST
    printf secret >"$work/psk"
    chmod 600 "$work/psk"
    begin --psk-file "$work/psk" --id gateway.example
    says_within_a_minute "$first" '^shard 1: taken' && says_within_a_minute "$second" '^shard 2: taken' ||
        fail "the gateways have no shards"
    for ((tries = 0; tries < 20; tries++)); do # until one asks for an SPI of shard 1
        ! "$ikeping" "${first_address%:*}" --port "${first_address#*:}" --psk-file "$work/psk" --id peer.example --sync \
            --remote-id gateway.example --interval 0.1 --count 3 --schedule 1 >"$work/peer.txt" 2>&1 || break
    done
    grep -q '^3 checks sent, 3 answered,' "$work/peer.txt" || fail "it is not answered"
    says_within_a_minute "$first" '^peer peer.example: authenticated$' || fail "the gateway does not say so"
}

a_key_is_required() { # TEST
    status=0
    "$cluster" --folder "$work/store" >"$work/out.txt" 2>&1 || status=$?
    [ "$status" -eq 2 ] || fail "exits with $status without a key"
    head -c 31 /dev/urandom >"$work/key"
    ! "$cluster" --key-file "$work/key" --folder "$work/store" >"$work/out.txt" 2>&1 || fail "takes a short key"
    head -c 64 /dev/urandom >"$work/key"
    : >"$work/psk"
    ! "$cluster" --key-file "$work/key" --psk-file "$work/psk" >"$work/out.txt" 2>&1 || fail "takes an empty key of peers"
}

refuses() { # PROGRAM ARGUMENT...
    status=0
    timeout 20 "$@" --key-file "$work/key" >"$work/out.txt" 2>"$work/error.txt" || status=$?
    [ "$status" -eq 2 ] || fail "exits with $status: ${*:2}"
    [ ! -s "$work/out.txt" ] || fail "says something beside the error: ${*:2}"
}

wrong_arguments_are_refused() { # TEST
    head -c 64 /dev/urandom >"$work/key"
    for home in 0 '1,' ',1' +1 17 3 '1,,2' x; do
        refuses "$cluster" --home "$home"
    done
    refuses "$cluster" --name a_b
    refuses "$cluster" --id ''
    refuses "$cluster" --listen " 127.0.0.1:0"
    refuses "$cluster" --lease 199
    for urls in nonsense file:///key 'http://127.0.0.1:1,' ',http://127.0.0.1:1'; do
        refuses "$cluster" --etcd "$urls"
    done
    refuses "$cluster" --etcd http://127.0.0.1:1 --folder "$work/store"
    for gateways in nonsense 127.0.0.1 '127.0.0.1:4601,' 127.0.0.1:65536; do
        refuses "$peers" --gateways "$gateways"
    done
    refuses "$peers" --mend true
    refuses "$peers" --schedule nonsense
    refuses "$peers" --sas 0
}

# Begins a gateway at a store that cannot be, and waits until it says so.
says() { # WORDS [OPTION]...
    local words=$1
    shift
    "$cluster" --key-file "$work/key" --listen "$first_address" "$@" >"$first" 2>&1 &
    first_pid=$!
    says_within_a_minute "$first" "$words" || fail "does not say: $words"
    kill -TERM "$first_pid" 2>/dev/null || true
    status=0
    wait "$first_pid" || status=$?
    first_pid=''
}

a_store_that_cannot_be_used_is_named() { # TEST
    head -c 64 /dev/urandom >"$work/key"
    says "^$work/key: Not a directory$" --folder "$work/key"
    [ "$status" -eq 1 ] || fail "exits with $status when its store is a file"
    mkdir "$work/store"
    touch "$work/store/shard-1"
    says "^shard 1: the store cannot be asked" --folder "$work/store"
    [ "$status" -eq 0 ] || fail "exits with $status when it is told to end"
    ! "$cluster" --help | grep -q -- --etcd || says "^shard 1: the store cannot be asked" --etcd http://127.0.0.1:1
}

"$case"
