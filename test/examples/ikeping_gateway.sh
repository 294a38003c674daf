# SPDX-License-Identifier: ISC
# What the scripts that run ikeping share: they run it as $case says, against an ikeping that is the responder, with real
# sockets on the loopback interface. Times are never checked to be short. Read by them; $case and $ikeping are theirs.

# shellcheck shell=sh disable=SC2034,SC2154

work=$(mktemp -d)
responder=
trap 'finish' EXIT

finish() {
    [ -z "${relay-}" ] || kill "$relay" 2>/dev/null || true
    [ -z "$responder" ] || kill "$responder" 2>/dev/null || true
    rm -rf "$work"
}

fail() {
    echo "$case: $1"
    for file in out err gateway.out gateway.err; do
        echo "--- $file"
        cat "$work/$file"
    done
    exit 1
}

skip() {
    echo "$case: $1"
    exit 77
}

for file in out err gateway.out gateway.err; do
    : >"$work/$file"
done
(umask 077 && echo "a shared secret" >"$work/psk" && echo "another secret" >"$work/other")

# RFC 8410's example, and a key of this project's tests.
(umask 077 && cat >"$work/a.pem" <<EOF
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
EOF
cat >"$work/b.pem" <<EOF
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEICGwUb+uABlDVJnO7JyPqh5rK1h/dAEOnf+GMhgZjikX
-----END PRIVATE KEY-----
EOF
)
cat >"$work/a.pub" <<EOF
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
EOF
cat >"$work/b.pub" <<EOF
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAhQnGvXYsu2rlzlcKZhDYCZHT4cRxNEKsyjmFxy1NHp4=
-----END PUBLIC KEY-----
EOF

waits=0
address=127.0.0.1
psk="--psk-file $work/psk"

# Waits a little; so long that it is hopeless, it fails.
be_patient() {
    waits=$((waits + 1))
    [ "$waits" -lt 6000 ] || fail "that takes for ever"
    sleep 0.01
}

# serve OPTION...: starts a responder at $address, at a port that is free; $port becomes that.
serve() {
    for attempt in 1 2 3 4 5 6 7 8; do
        port=$((10000 + ($$ * 13 + attempt * 1031) % 40000))
        : >"$work/gateway.out" # what an earlier one has said
        "$ikeping" --responder "$address" --port "$port" --id gateway.example "$@" \
            >>"$work/gateway.out" 2>"$work/gateway.err" &
        responder=$!
        while kill -0 "$responder" 2>/dev/null && ! grep -q -E 'IKEPING|"start"' "$work/gateway.out"; do
            be_patient
        done
        ! grep -q -E 'IKEPING|"start"' "$work/gateway.out" || return 0
        wait "$responder" || true
        responder=
    done
    fail "the responder does not start"
}

# ping EXIT_STATUS OPTION...: an ikeping to the responder must end with this status.
ping() {
    expected=$1
    shift
    status=0
    "$ikeping" "$address" --port "$port" --id pinger.example "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$expected" ] || fail "exit status $status, not $expected: $*"
}

# says FILE PATTERN [TIMES]: so many lines of the file match, or at least one.
says() {
    n=$(grep -c -E "$2" "$work/$1" || true)
    [ "$n" -eq "${3:-$n}" ] && [ "$n" -gt 0 ] || fail "$1 has $n lines like: $2"
}

# await FILE PATTERN: until a line of the file matches.
await() {
    until grep -q -E "$2" "$work/$1"; do
        be_patient
    done
}

# Whether this build has what needs libcrypto.
has_libcrypto() {
    status=0
    "$ikeping" 127.0.0.1 --psk-file /nonexistent --proposal aes256-sha256-modp1536 >/dev/null 2>"$work/err" || status=$?
    ! grep -q "proposal cannot be" "$work/err"
}

need_libcrypto() {
    has_libcrypto || skip "this build is without libcrypto"
}

# Without IPv6 here, the case is tried once more in a network of its own.
need_ipv() {
    ! grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || return 0
    [ -z "${IKEPING_TEST_ALONE-}" ] && unshare -rn ip link set lo up 2>/dev/null || skip "there is no IPv6 here"
    finish
    IKEPING_TEST_ALONE=1 exec unshare -rn sh -c 'ip link set lo up && exec "$@"' sh "$0" "$case" "$ikeping"
}

# Every line of standard input is a JSON object that fits the schema.
check_json() {
    here=$(dirname "$0")
    if python3 -c 'import jsonschema' 2>/dev/null; then
        "$here/schema.py" "$here/../../examples/ikeping/events.schema.json"
    else
        ! grep -v -E '^\{"event":"[a-z_]+"(,"[a-z_]+":("([^"\\]|\\.)*"|-?[0-9.]+|true|false))*\}$'
    fi
}
