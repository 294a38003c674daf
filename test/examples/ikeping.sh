#!/bin/sh
# SPDX-License-Identifier: ISC
# ikeping.sh CASE PROGRAM: runs ikeping as CASE, a function below, says, against an ikeping that is the responder, with
# real sockets on the loopback interface. Times are never checked to be short.
set -eu
case=$1
ikeping=$2
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

answers_are_printed_with_their_round_trip() { # TEST
    serve $psk
    ping 0 $psk --count 3 --interval 0.05
    says out '^IKEPING 127\.0\.0\.1:[0-9]+: a check every 0\.05 s, 10 tries in 319 s \(panos-7\.0\)$' 1
    says out '^ +[0-9.]+  established as pinger\.example with gateway\.example: .*, PSK, no NAT, SPI [0-9a-f]{16} [0-9a-f]{16}, in [0-9.]+ ms$' 1
    for n in 1 2 3; do
        says out "^ +[0-9.]+  check $n answered: Message ID $((n + 1)), [0-9]+\.[0-9]{3} ms$" 1
    done
    says out ' down: closed, the Delete was answered$' 1
    says out '^3 checks sent, 3 answered, 0 retransmissions; 0 of the peer.s checks answered$' 1
    says out '^round trip min/avg/max/stddev [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms$' 1
    await gateway.out "down: deleted by peer"
    says gateway.out "the peer's liveness check was answered" 3
    [ ! -s "$work/err" ] || fail "there is something on stderr"
}

every_suite_is_established() { # TEST
    suites="chacha20poly1305-prfsha256-x25519 chacha20poly1305-prfsha512-x25519"
    if has_libcrypto; then
        suites="$suites aes256gcm16-prfsha256-x25519 aes128gcm16-prfsha256-ecp256 aes256gcm16-prfsha384-ecp384"
        suites="$suites aes256-sha256-modp1536 aes128-sha256-modp2048 aes256-sha512-ecp256"
        suites="$suites aes256-sha256-modp3072 aes256-sha512-modp4096 aes256gcm16-prfsha512-ecp521"
        suites="$suites aes256gcm16-prfsha512-x448"
    fi
    for suite in $suites; do
        serve $psk --proposal "$suite"
        ping 0 $psk --proposal "$suite" --count 2 --interval 0.02
        says out "established as .*: $suite, PSK, " 1
        says out 'check 2 answered' 1
        kill -INT "$responder"
        wait "$responder" || fail "the responder's exit status is $?"
        responder=
    done
}

ed_keys_authenticate_both() { # TEST
    serve --ed25519 "$work/a.pem" --ed25519-peer "$work/b.pub"
    ping 0 --ed25519 "$work/b.pem" --ed25519-peer "$work/a.pub" --count 1
    says out ', Ed25519, ' 1
    says gateway.out 'established as gateway\.example with pinger\.example: .*, Ed25519, ' 1
    ping 3 --ed25519 "$work/a.pem" --ed25519-peer "$work/a.pub" --count 1
    says out 'the gateway says AUTHENTICATION_FAILED' 1
}

# Without IPv6 here, the case is tried once more in a network of its own.
need_ipv() {
    ! grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || return 0
    [ -z "${IKEPING_TEST_ALONE-}" ] && unshare -rn ip link set lo up 2>/dev/null || skip "there is no IPv6 here"
    finish
    IKEPING_TEST_ALONE=1 exec unshare -rn sh -c 'ip link set lo up && exec "$@"' sh "$0" "$case" "$ikeping"
}

ip_version_six_works_as_well() { # TEST
    need_ipv
    address=::1
    serve $psk
    ping 0 $psk --count 2 --interval 0.02 --pcap "$work/pcap"
    says out '^IKEPING \[::1\]:' 1
    says out 'check 2 answered' 1
    says gateway.out '\[::1\]:[0-9]+  established as' 1
}

addresses_are_the_default_identities() { # TEST
    serve $psk
    ping 0 $psk --id 192.0.2.7 --count 1
    says gateway.out 'with 192\.0\.2\.7: ' 1
    status=0
    "$ikeping" "$address" --port "$port" $psk --count 1 >"$work/out" || status=$?
    [ "$status" -eq 0 ] || fail "exit status $status"
    says out 'established as 127\.0\.0\.1 with' 1
}

nat_traversal_is_four_thousand_ports_above() { # TEST
    need_libcrypto
    serve $psk
    ping 0 $psk --nat-t --count 2 --interval 0.02
    says out ', UDP encapsulation, ' 1
    says out 'check 2 answered' 1
    says gateway.out "NAT at the peer's end" 1
}

it_goes_over_tcp_four_thousand_ports_above() { # TEST
    serve $psk --tcp
    ping 0 $psk --tcp --count 3 --interval 0.02
    says out "^IKEPING 127\\.0\\.0\\.1:$((port + 4000)): " 1
    says out ', TCP, ' 1
    says out 'check 3 answered' 1
    says out '^3 checks sent, 3 answered, 0 retransmissions;' 1
    says gateway.out ', TCP, ' 1
    # and over UDP beside it
    ping 0 $psk --count 1
    says out ', no NAT, ' 1
}

# relay: joins connections to port + 4001 with the responder's, and breaks them when it gets SIGHUP.
relay() {
    : >"$work/relay"
    python3 "$(dirname "$0")/relay.py" "$address" $((port + 4001)) $((port + 4000)) >"$work/relay" 2>&1 &
    relay=$!
    until grep -q listens "$work/relay"; do
        kill -0 "$relay" 2>/dev/null || fail "the relay does not start: $(cat "$work/relay")"
        be_patient
    done
}

a_lost_connection_is_opened_anew_and_is_no_verdict() { # TEST
    serve $psk --tcp --interval 60
    relay
    "$ikeping" "$address" --port $((port + 1)) --id pinger.example $psk --tcp --count 12 --interval 0.2 \
        >"$work/out" 2>"$work/err" &
    pinger=$!
    await out 'check 3 answered'
    kill -HUP "$relay"
    await out 'the connection is lost: '
    await out 'connected again$'
    status=0
    wait "$pinger" || status=$?
    kill "$relay"
    [ "$status" -eq 0 ] || fail "exit status $status"
    says out '^12 checks sent, 12 answered, ' 1
    says gateway.out 'established as' 1
    says gateway.out 'moved: ' 1
}

a_gateway_without_tcp_is_said_in_words() { # TEST
    serve $psk
    ping 3 $psk --tcp --count 1
    says out 'could not establish an IKE SA: TCP: Connection refused$' 1
}

what_is_no_stream_of_ike_messages_loses_its_connection() { # TEST
    serve $psk --tcp
    python3 "$(dirname "$0")/relay.py" --say 'GET / HTTP/1.0' "$address" $((port + 4000)) >"$work/out" 2>&1 ||
        fail "the connection is not closed"
    ping 0 $psk --tcp --count 1
}

a_wrong_psk_is_said_in_words() { # TEST
    serve $psk
    ping 3 --psk-file "$work/other" --count 1
    says out 'could not establish an IKE SA: the gateway says AUTHENTICATION_FAILED: it does not accept our identity' 1
    says out '^0 checks sent, 0 answered' 1
    says gateway.out 'refused: AUTHENTICATION_FAILED: the peer cannot prove its identity' 1
    # it is only that peer
    ping 0 $psk --count 1
}

no_common_proposal_is_said_in_words() { # TEST
    serve $psk --proposal chacha20poly1305-prfsha256-x25519
    ping 3 $psk --proposal chacha20poly1305-prfsha512-x25519
    says out 'could not establish an IKE SA: the gateway says NO_PROPOSAL_CHOSEN: it accepts none of our proposals$' 1
    says gateway.out 'refused: NO_PROPOSAL_CHOSEN' 1
}

# Where nothing answers. A verdict that a slow machine would bring too late waits for one send more.
sends='[0-9]+ sends?'

an_unreachable_host_is_said_in_words() { # TEST
    serve $psk
    kill -INT "$responder"
    wait "$responder" || fail "the responder's exit status is $?"
    responder=
    ping 3 $psk --schedule 0.05,0.1
    says out 'IKE_SA_INIT: retransmission 1 of Message ID 0, gives up in 0\.1 s' 1
    says out "could not establish an IKE SA: timed out: no answer to $sends of IKE_SA_INIT in [0-9.]+ s; the network says: Connection refused\$" 1
    address=host.invalid
    ping 3 $psk
    says out 'could not establish an IKE SA: host\.invalid: ' 1
}

what_cannot_be_started_is_said_in_words() { # TEST
    need_ipv
    port=1
    address=fe80::1
    ping 3 $psk --schedule 0.05
    says out ': fe80::1: a link-local address needs its interface, as in fe80::1%eth0$' 1
    address=192.0.2.99
    ping 3 $psk --responder
    says out 'could not wait for peers: listening on UDP ports 1 and 4001: ' 1
    address=127.0.0.1
    ping 3 $psk --schedule 0.05
    says out ': a check every 1 s, 1 try in 0\.05 s ' 1
    says out "timed out: no answer to $sends of IKE_SA_INIT in [0-9.]+ s" 1
}

a_dead_gateway_is_declared_dead() { # TEST
    serve $psk
    "$ikeping" "$address" --port "$port" $psk --interval 0.05 --schedule 0.1,0.1,0.1 >>"$work/out" 2>"$work/err" &
    pinger=$!
    await out 'check 2 answered'
    kill -KILL "$responder"
    status=0
    wait "$pinger" || status=$?
    responder=
    [ "$status" -eq 1 ] || fail "exit status $status, not 1"
    says out 'check [0-9]+: retransmission 1 of Message ID [0-9]+, next wait 0\.1 s' 1
    says out 'check [0-9]+: retransmission 2 of Message ID [0-9]+, gives up in 0\.1 s' 1
    says out 'lost: no answer' 1
    says out 'down: timeout, [0-9.]+ s after the last sign of life' 1
}

# A gateway is killed and started anew, with the options in $1; the initiator has those behind. Waits for its end.
kill_and_restart() {
    gateway_options=$1
    shift
    # shellcheck disable=SC2086
    serve $psk $gateway_options
    "$ikeping" "$address" --port "$port" $psk --interval 0.05 --schedule 0.2x20 "$@" >>"$work/out" 2>"$work/err" &
    pinger=$!
    await out 'check 2 answered'
    kill -KILL "$responder"
    wait "$responder" || true
    # shellcheck disable=SC2086
    "$ikeping" --responder "$address" --port "$port" --id gateway.example $psk $gateway_options \
        >>"$work/gateway.out" 2>"$work/gateway.err" &
    responder=$!
    status=0
    wait "$pinger" || status=$?
    [ "$status" -eq 1 ] || fail "exit status $status, not 1"
}

a_gateway_that_was_killed_and_started_anew_is_noticed_by_its_token() { # TEST
    (umask 077 && echo "a secret of more than thirty-two octets" >"$work/secret")
    kill_and_restart "--qcd --qcd-secret $work/secret" --qcd
    says out 'down: peer crashed, [0-9.]+ s after the last sign of life$' 1
    kill -INT "$responder"
    wait "$responder" || fail "the responder's exit status is $?"
    responder=
}

without_its_token_such_a_gateway_is_declared_dead() { # TEST
    kill_and_restart "--qcd" --qcd # its secret is another one now
    says out 'a token was shown that is not the peer.s: it proves nothing$'
    says out 'down: timeout, ' 1
}

the_secret_of_tokens_is_long_and_private() { # TEST
    (umask 077 && echo "short" >"$work/secret")
    port=1
    ping 2 $psk --responder --qcd --qcd-secret "$work/secret"
    says err 'secret: a secret needs 32 octets or more$' 1
    echo "a secret of more than thirty-two octets" >"$work/secret"
    chmod 644 "$work/secret"
    ping 2 $psk --responder --qcd --qcd-secret "$work/secret"
    says err 'secret' 1
}

a_peer_goes_on_when_the_other_side_is_taken_over() { # TEST
    serve $psk --sync
    # shellcheck disable=SC2086
    ping 0 $psk --interval 0.05 --count 10 --sync --takeover-after 0.2
    says out 'taken over by ourselves, with Message IDs that are [1-9][0-9]* requests old$' 1
    says out 'Message IDs are synchronised: our next Message ID is [0-9]+, the peer.s 0$' 1
    says gateway.out 'the peer was taken over: our next Message ID is 0, the peer.s [0-9]+$' 1
    says out '^10 checks sent, 10 answered, ' 1
}

an_interrupt_ends_with_a_summary_and_a_delete() { # TEST
    serve $psk
    "$ikeping" "$address" --port "$port" $psk --interval 0.05 >>"$work/out" 2>"$work/err" &
    pinger=$!
    await out 'check 2 answered'
    kill -INT "$pinger"
    status=0
    wait "$pinger" || status=$?
    [ "$status" -eq 0 ] || fail "exit status $status, not 0"
    says out 'deleting the IKE SA' 1
    says out 'down: closed, the Delete was answered' 1
    says out '^[0-9]+ checks sent, [0-9]+ answered, ' 1
    await gateway.out "down: deleted by peer"
}

statistics_are_asked_for_with_a_signal() { # TEST
    serve $psk
    "$ikeping" "$address" --port "$port" $psk --interval 0.05 >>"$work/out" 2>"$work/err" &
    pinger=$!
    await out 'check 2 answered'
    kill -QUIT "$pinger"
    await out ' checks sent, [0-9]+ answered, 0 retransmissions; lost [0-9.]+ % of the checks, [0-9.]+ % of their sends; round trip min/avg/p95/max '
    kill -INT "$pinger"
    wait "$pinger" || fail "exit status $?"
    says out 'lost [0-9.]+ % of the checks, ' 2
    says out '^round trip p50/p95/p99 ' 1
}

a_quiet_one_says_the_beginning_and_the_end() { # TEST
    serve $psk
    ping 0 $psk -q -i 0.02 -c 3
    says out '^IKEPING 127' 1
    says out '^3 checks sent, 3 answered' 1
    [ "$(wc -l <"$work/out")" -eq 6 ] || fail "it is not quiet"
    ping 3 --psk-file "$work/other" -q --json
    check_json <"$work/out" || fail "that is not JSON"
    says out '"event":"(start|failed|summary)"' 3
    [ "$(wc -l <"$work/out")" -eq 3 ] || fail "it is not quiet"
}

every_signal_that_ends_it_deletes_the_ike_sa() { # TEST
    serve $psk
    for name in INT TERM HUP; do
        : >"$work/out"
        : >"$work/gateway.out"
        "$ikeping" "$address" --port "$port" $psk --interval 0.05 >>"$work/out" 2>"$work/err" &
        pinger=$!
        await out 'check 2 answered'
        kill -$name "$pinger"
        status=0
        wait "$pinger" || status=$?
        [ "$status" -eq 0 ] || fail "exit status $status, not 0, after SIG$name"
        says out 'down: closed, the Delete was answered' 1
    done
}

who_is_not_read_any_more_deletes_the_ike_sa_too() { # TEST
    serve $psk
    "$ikeping" "$address" --port "$port" $psk --interval 0.05 2>"$work/err" | head -3 >"$work/out"
    await gateway.out "down: deleted by peer"
    says err '^ikeping: cannot write to standard output$' 1
    [ -w /dev/full ] || return 0
    # it learns that before the handshake is over, and the gateway is to keep nothing of that either
    : >"$work/gateway.out"
    "$ikeping" "$address" --port "$port" $psk --interval 0.05 >/dev/full 2>"$work/err" || true
    says err '^ikeping: cannot write to standard output$' 1
    await gateway.out "down: deleted by peer"
}

an_interrupted_gateway_deletes_its_ike_sas() { # TEST
    serve $psk
    "$ikeping" "$address" --port "$port" $psk --interval 0.05 >>"$work/out" 2>"$work/err" &
    pinger=$!
    await out 'check 1 answered'
    kill -INT "$responder"
    wait "$responder" || fail "the responder's exit status is $?"
    responder=
    status=0
    wait "$pinger" || status=$?
    [ "$status" -eq 1 ] || fail "exit status $status, not 1"
    says out 'down: deleted by peer' 1
    says gateway.out 'down: closed, the Delete was answered' 1
    says gateway.out '^[0-9]+ checks sent, .* of the peer.s checks answered$' 1
}

the_gateway_checks_silent_peers() { # TEST
    serve $psk --interval 0.1 --count 3
    # when the gateway has had its three answers, it deletes the IKE SA, before our second check
    ping 1 $psk --interval 60 --count 2
    says out "the peer's liveness check was answered" 3
    says out 'down: deleted by peer' 1
    wait "$responder" || fail "the responder's exit status is $?"
    responder=
    says gateway.out 'check 3 answered: Message ID 2, ' 1
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

json_is_an_object_a_line() { # TEST
    serve $psk --json
    ping 0 $psk --json --count 2 --interval 0.02
    check_json <"$work/out" || fail "that is not JSON"
    for event in start established closing down summary; do
        says out "^\\{\"event\":\"$event\",\"time\":[0-9.]+,\"peer\":\"127\\.0\\.0\\.1:$port\"" 1
    done
    says out '"event":"answered",.*"check":[12],"message_id":[23],"sends":1,"rtt_ms":[0-9.]+\}$' 2
    says out '"event":"summary",.*"sent":2,"answered":2,"retransmissions":0,"peer_checks":0,"min_ms":' 1
    ping 3 --psk-file "$work/other" --json
    check_json <"$work/out" || fail "that is not JSON"
    says out '"event":"failed",.*"reason":"the gateway says AUTHENTICATION_FAILED' 1
    ping 3 $psk --json --proposal chacha20poly1305-prfsha512-x25519 --schedule 0.05 --port 1
    check_json <"$work/out" || fail "that is not JSON"
    kill -INT "$responder"
    wait "$responder" || fail "the responder's exit status is $?"
    responder=
    check_json <"$work/gateway.out" || fail "the responder's is not JSON"
    says gateway.out '"event":"peer_check"' 2
}

mode_of() {
    stat -c %a "$1"
}

captures_and_keys_are_for_the_owner_alone() { # TEST
    serve $psk
    : >"$work/keys"
    chmod 666 "$work/keys"
    (umask 0 && ping 0 $psk --count 2 --interval 0.02 --pcap "$work/pcap" --keylog "$work/keys")
    [ "$(mode_of "$work/pcap")" = 600 ] || fail "the capture has mode $(mode_of "$work/pcap")"
    [ "$(mode_of "$work/keys")" = 600 ] || fail "the key log has mode $(mode_of "$work/keys")"
    ping 2 $psk --pcap /nonexistent/pcap
    says err '/nonexistent/pcap: ' 1
}

a_capture_is_readable_and_whole() { # TEST
    command -v tcpdump >/dev/null || skip "there is no tcpdump"
    serve $psk
    ping 0 $psk --count 2 --interval 0.02 --pcap "$work/pcap"
    tcpdump -nvr "$work/pcap" >"$work/dump" 2>"$work/err" || fail "tcpdump does not read it"
    # IKE_SA_INIT, IKE_AUTH, two checks and a Delete, each with its answer
    [ "$(grep -c "127.0.0.1.$port " "$work/dump")" -eq 5 ] || fail "not five messages to the gateway"
    [ "$(grep -c "> 127.0.0.1.$port" "$work/dump")" -eq 5 ] || fail "not five messages from the gateway"
    ! grep -q -i -E 'bad|truncated|wrong' "$work/dump" || fail "tcpdump complains"
}

keys_decrypt_the_capture() { # TEST
    command -v tshark >/dev/null || skip "there is no tshark"
    need_libcrypto
    mkdir -p "$work/config/wireshark"
    for suite in aes256gcm16-prfsha256-x25519 aes256-sha256-modp1536; do
        serve $psk
        ping 0 $psk --proposal "$suite" --count 2 --interval 0.02 --pcap "$work/pcap" \
            --keylog "$work/config/wireshark/ikev2_decryption_table"
        XDG_CONFIG_HOME=$work/config HOME=$work tshark -r "$work/pcap" -d "udp.port==$port,isakmp" -V >"$work/dump" \
            2>"$work/err" || fail "tshark does not read it"
        # ten messages, of which those of IKE_SA_INIT are not protected
        [ "$(grep -c 'Integrity Checksum Data: .*\[correct\]' "$work/dump")" -eq 8 ] || fail "not all are decrypted"
        says dump 'Identification Data:gateway\.example' 1
        ! grep -q -E 'Malformed|Expert Info' "$work/dump" || fail "tshark complains"
        kill "$responder"
        wait "$responder" || true
        responder=
    done
}

keys_decrypt_what_comes_after_additional_key_exchanges() { # TEST
    command -v tshark >/dev/null || skip "there is no tshark"
    need_libcrypto
    mkdir -p "$work/config/wireshark"
    set -- $psk --proposal aes256gcm16-prfsha256-x25519 --additional x448,ecp384
    serve "$@"
    ping 0 "$@" --count 2 --interval 0.02 --pcap "$work/pcap" \
        --keylog "$work/config/wireshark/ikev2_decryption_table"
    says out 'established as .*-x25519-ke1_x448-ke2_ecp384, PSK' 1
    XDG_CONFIG_HOME=$work/config HOME=$work tshark -r "$work/pcap" -d "udp.port==$port,isakmp" -V >"$work/dump" \
        2>"$work/err" || fail "tshark does not read it"
    says dump 'Integrity Checksum Data: .*\[incorrect' 4
    says dump 'Integrity Checksum Data: .*\[correct\]' 8
}

secrets_are_never_printed() { # TEST
    serve $psk
    ping 0 $psk --count 1 --keylog "$work/keys"
    ping 3 --psk-file "$work/other"
    "$ikeping" 127.0.0.1 --psk-file "$work/psk" --psk-file x >>"$work/out" 2>>"$work/err" || true
    # neither the secret nor a key of the log
    keys=$(tr -c '0-9a-f' '\n' <"$work/keys" | grep -E '^[0-9a-f]{64,}$')
    [ -n "$keys" ] || fail "the key log has no keys"
    for secret in "a shared secret" "another secret" $keys; do
        ! grep -q -F -e "$secret" "$work/out" "$work/err" "$work/gateway.out" "$work/gateway.err" ||
            fail "a secret is printed"
    done
}

a_secret_for_all_to_see_is_refused() { # TEST
    port=1
    chmod 644 "$work/psk"
    ping 2 $psk
    says err 'others may use this secret; it needs mode 0600' 1
    [ ! -s "$work/out" ] || fail "there is something on stdout"
}

a_terminal_shows_a_status_line_and_a_pipe_does_not() { # TEST
    command -v script >/dev/null || skip "there is no script"
    serve $psk
    ping 0 $psk --count 2 --interval 0.3
    ! grep -q "$(printf '\r')" "$work/out" || fail "there is a status line in a pipe"
    TERM=xterm script -qec "$ikeping $address --port $port $psk --count 2 --interval 0.3" /dev/null >"$work/out" </dev/null
    tr '\r' '\n' <"$work/out" >"$work/lines"
    says lines '1 sent, 1 answered, 0 retransmissions; ESTABLISHED$'
    says lines 'check 2 answered' 1
    TERM=xterm script -qec "stty cols 30; $ikeping $address --port $port $psk --count 2 --interval 0.3" /dev/null \
        >"$work/out" </dev/null
    tr '\r' '\n' <"$work/out" | sed 's/^.\[K//' | grep 'sent, ' | grep -v checks >"$work/lines"
    [ -s "$work/lines" ] || fail "there is no status line"
    ! grep '.\{30\}' "$work/lines" || fail "the status line is longer than the terminal is wide"
    TERM=dumb script -qec "$ikeping $address --port $port $psk --count 1" /dev/null >"$work/out" </dev/null
    ! grep -q 'ESTABLISHED$' "$work/out" || fail "there is a status line on a terminal that has none"
}

many_gateways_are_watched_in_one_run() { # TEST
    address=0.0.0.0
    serve $psk
    for n in 1 2 3 4 5; do
        echo "127.0.0.$n:$port gateway.example # number $n"
    done >"$work/gateways"
    printf '# none\n\n127.0.0.6:%s elsewhere.example\n  host.invalid\n' "$port" >>"$work/gateways"
    status=0
    # shellcheck disable=SC2086
    "$ikeping" -f "$work/gateways" $psk -c 3 -i 0.02 >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq 3 ] || fail "exit status $status, not 3"
    says out '^IKEPING 7 gateways: a check every 0\.02 s' 1
    for n in 1 2 3 4 5; do
        says out "^ +[0-9.]+  127\.0\.0\.$n:$port  established as " 1
        says out "^127\.0\.0\.$n:$port +ended +3 checks sent, 3 answered, " 1
    done
    says out "127\.0\.0\.6:$port  could not establish an IKE SA: the gateway has another identity" 1
    says out "host\.invalid  could not establish an IKE SA: host\.invalid: " 1
    says out "^127\.0\.0\.6:$port +failed +0 checks sent, " 1
    says out '^--- 6 gateways$' 1
    says out '^15 checks sent, 15 answered, ' 1
    sed -i '/elsewhere/d; /invalid/d' "$work/gateways"
    # shellcheck disable=SC2086
    "$ikeping" -f "$work/gateways" $psk -c 1 --json >"$work/out" 2>"$work/err" || fail "exit status $?"
    check_json <"$work/out" || fail "that is not JSON"
    says out '"event":"start",.*"gateways":5,' 1
    says out '"event":"gateway",.*"state":"ended","sent":1,' 5
}

a_terminal_shows_a_table_of_many_gateways_and_follows_its_size() { # TEST
    command -v script >/dev/null || skip "there is no script"
    address=0.0.0.0
    serve $psk
    for n in 1 2 3 4 5 6; do
        echo "127.0.0.$n:$port"
    done >"$work/gateways"
    cat >"$work/session" <<EOF
stty rows 20 cols 90
"$ikeping" -f "$work/gateways" $psk -i 0.05 &
until grep -q ' 6 up, 0 ended' "$work/out"; do sleep 0.01; done
stty rows 6 cols 30
until grep -q 'and 3 more' "$work/out"; do sleep 0.01; done
kill -INT \$!
wait \$!
EOF
    TERM=xterm script -qefc "sh '$work/session'" "$work/out" >/dev/null </dev/null || fail "exit status $?"
    # each drawing is a line of its own now, with | between its lines
    tr -d '\r' <"$work/out" | tr '\n' '|' | sed 's/.\[H/\n/g; s/.\[[KJ]//g' >"$work/lines"
    says lines 'IKEPING 6 gateways: .*\[\?1049h' 1
    says lines "^6 gateways, .*: 0 failed, 0 down, 0 lost, 0 connecting, 6 up, 0 ended[|]gateway  .*[|]127\.0\.0\.6:$port  +up "
    says lines '^[^|]{1,29}[|][^|]{1,29}[|][^|]{1,29}[|][^|]{1,29}[|][^|]{1,29}[|]and 3 more'
    says lines '\[\?1049l127\.0\.0\.1:.*[|]--- 6 gateways[|]' 1
    ! grep -q 'established' "$work/lines" || fail "there are events"
}

# Starts one with --metrics, which has no end; $metrics is where they are.
serve_metrics() {
    serve $psk
    metrics=http://127.0.0.1:$((port + 2))/metrics
    "$ikeping" "$address" --port "$port" $psk -i 0.05 --metrics $((port + 2)) >"$work/out" 2>"$work/err" &
    pinger=$!
    until grep -q 'check 2 answered' "$work/out"; do
        kill -0 "$pinger" 2>/dev/null || fail "it does not start"
        be_patient
    done
}

need_metrics() {
    status=0
    "$ikeping" host --psk-file /nonexistent --metrics 1 >/dev/null 2>"$work/err" || status=$?
    ! grep -q libmicrohttpd "$work/err" || skip "this build is without libmicrohttpd"
    command -v curl >/dev/null || skip "there is no curl"
}

a_picture_shows_what_happened() { # TEST
    command -v xmllint >/dev/null || skip "there is no xmllint"
    serve $psk
    ping 0 $psk -c 6 -i 0.02 --svg "$work/picture.svg"
    xmllint --noout "$work/picture.svg" || fail "that is no XML"
    cp "$work/picture.svg" "$work/out"
    says out '>established: ' 1
    says out '>4 more answered, in [0-9.]+ to [0-9.]+ ms<' 1
    says out '>answer, [0-9.]+ ms<' 2
    says out '>down: closed<' 1
    ping 2 $psk --svg "$work/none/picture.svg"
    says err '^ikeping: .*/none/picture\.svg: No such file' 1
}

metrics_are_open_metrics_text_at_a_port_of_the_loopback_interface() { # TEST
    need_metrics
    serve_metrics
    curl -sSfi "$metrics" >"$work/answer" || fail "curl fails"
    says answer '^Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8' 1
    says answer '^ikelive_sas 1$' 1
    says answer "^ikeping_gateway_up\\{number=\"1\",gateway=\"127\\.0\\.0\\.1:$port\"\\} 1\$" 1
    says answer '^ikeping_gateway_checks_answered_total.* [2-9]' 1
    [ "$(tail -1 "$work/answer")" = "# EOF" ] || fail "there is no end"
    [ "$(curl -s -o /dev/null -w '%{http_code}' -d x "$metrics")" = 405 ] || fail "POST is not refused"
    [ "$(curl -s -o /dev/null -w '%{http_code}' "${metrics}x")" = 404 ] || fail "another path is not refused"
    # no other address of ours
    ! curl -s "http://127.0.0.2:$((port + 2))/metrics" >/dev/null || fail "it listens elsewhere too"
    kill -INT "$pinger"
    wait "$pinger" || fail "exit status $?"
}

a_port_that_is_taken_is_said() { # TEST
    need_metrics
    serve_metrics
    ping 3 $psk --metrics $((port + 2))
    says err "^ikeping: --metrics: listening on 127\\.0\\.0\\.1:$((port + 2)): Address already in use\$" 1
    kill -INT "$pinger"
    wait "$pinger" || fail "exit status $?"
}

who_asks_slowly_much_or_often_keeps_nobody_from_watching() { # TEST
    need_metrics
    serve_metrics
    [ "$(curl -s -o /dev/null -w '%{http_code}' -H "X: $(printf '%020000d' 0)" "$metrics")" = 431 ] ||
        fail "a large request is not refused"
    # forty that never end their request: they get sixteen connections at a time, until they were silent for too long
    python3 "$(dirname "$0")/relay.py" --hold 40 127.0.0.1 $((port + 2)) >"$work/held" 2>&1 &
    relay=$!
    until grep -q held "$work/held"; do
        be_patient
    done
    [ "$(find "/proc/$pinger/fd" -lname "socket:*" | wc -l)" -lt 30 ] || fail "there is no limit"
    n=$(grep -c answered "$work/out")
    until [ "$(grep -c answered "$work/out")" -gt $((n + 5)) ]; do
        be_patient
    done
    curl -sSf "$metrics" >/dev/null || fail "there is no answer afterwards"
    kill -INT "$pinger"
    wait "$pinger" || fail "exit status $?"
}

a_wrong_file_of_gateways_is_refused_with_its_line() { # TEST
    while read -r number words; do
        printf 'a.example\n# a comment\n\n' >"$work/gateways"
        echo "$words" >>"$work/gateways"
        status=0
        # shellcheck disable=SC2086
        "$ikeping" -f "$work/gateways" $psk >"$work/out" 2>"$work/err" || status=$?
        [ "$status" -eq 2 ] || fail "exit status $status, not 2: $words"
        says err "gateways:$number: " 1
    done <<EOF
4 host:0
4 host:99999 a.example
4 host @
4 host a.example b.example
4 [::1
EOF
    : >"$work/gateways"
    port=1
    # shellcheck disable=SC2086
    refuses_file() {
        status=0
        "$ikeping" -f "$1" $psk >"$work/out" 2>"$work/err" || status=$?
        [ "$status" -eq 2 ] || fail "exit status $status, not 2: $1"
    }
    refuses_file "$work/gateways"
    says err 'gateways: there is no gateway in it$' 1
    refuses_file "$work/none"
    says err 'none: No such file' 1
    yes 127.0.0.1 | head -100001 >"$work/gateways"
    refuses_file "$work/gateways"
    says err 'gateways:100001: there are more than 100000 gateways$' 1
}

help_is_on_stdout() { # TEST
    port=1
    ping 0 --help
    head -1 "$work/out" | grep -q '^usage: ikeping HOST ' || fail "there is no usage"
    for option in psk-file ed25519 ed25519-peer id remote-id proposal schedule trim \
        round-trip-sends port mtu nat-t tcp qcd qcd-secret sync takeover-after json metrics svg pcap keylog responder version; do
        says out "^  --$option( |\$)" 1
    done
    for option in 'f, --file' 'c, --count' 'i, --interval' 'w, --deadline' 'q, --quiet' 'D, --timestamps' 'a, --bell' 'h, --help'; do
        says out "^  -$option " 1
    done
    mv "$work/out" "$work/long"
    ping 0 -h
    cmp -s "$work/out" "$work/long" || fail "-h and --help differ"
    [ ! -s "$work/err" ] || fail "there is something on stderr"
}

the_version_is_on_stdout() { # TEST
    port=1
    ping 0 --version
    says out '^ikeping \(ikelive\) [0-9]+\.[0-9]+\.[0-9]+$' 1
    [ ! -s "$work/err" ] || fail "there is something on stderr"
}

# refuses PATTERN ARGUMENT...: the arguments are refused with such words, and not drowned in the usage.
refuses() {
    pattern=$1
    shift
    status=0
    "$ikeping" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq 2 ] || fail "exit status $status, not 2: $*"
    says err "^ikeping: $pattern" 1
    says err '^ikeping --help shows the options$' 1
    ! grep -q 'usage' "$work/err" || fail "the usage drowns what is wrong: $*"
    [ ! -s "$work/out" ] || fail "there is something on stdout: $*"
}

wrong_arguments_are_refused() { # TEST
    refuses 'a HOST is needed, or --file, or --responder$'
    refuses 'a HOST is needed, or --file, or --responder$' --psk-file x
    refuses 'either --psk-file or --ed25519 and --ed25519-peer are needed, or --init$' host
    for option in "--psk-file x" --responder --revive --tcp; do
        refuses '--init takes no credentials, and is not for use with --responder, --revive or --tcp$' host --init $option
    done
    refuses '--initial-contact is for who connects' --responder --psk-file x --initial-contact
    refuses '--child cannot be "both": it must be none, tunnel or transport' host --psk-file x --child both
    refuses '--ts cannot be "10.0.0.1": it must be OURS,THEIRS, each an address' host --psk-file x --ts 10.0.0.1
    refuses '--ts is not for use with --child none$' host --psk-file x --child none --ts 10.0.0.1,10.0.0.2
    refuses '--psk-file and --ed25519 are not' host --psk-file x --ed25519 y --ed25519-peer z
    refuses '--ed25519 and --ed25519-peer need each other$' host --ed25519 y
    refuses '--ed25519 and --ed25519-peer need each other$' host --ed25519-peer y
    refuses '--revive is not for use with --responder' --responder --psk-file x --revive
    refuses '--qcd-secret needs --qcd$' host --psk-file x --qcd-secret y
    refuses '--qcd-secret needs --qcd$' --responder --psk-file x --qcd-secret y
    refuses '--takeover-after needs --sync$' host --psk-file x --takeover-after 1
    refuses '--pcap, --keylog and --svg need files of their own$' --responder --psk-file x --qcd --qcd-secret y --pcap y
    refuses 'HOST cannot be "other": it must be given once' host other --psk-file x
    refuses 'HOST cannot be "": it must be ' '' --psk-file x
    refuses '--psk-file cannot be "y": it must be given once' host --psk-file x --psk-file y
    refuses '--pcap, --keylog and --svg need files of their own$' host --psk-file x --pcap y --keylog y
    refuses '--pcap, --keylog and --svg need files of their own$' host --psk-file x --keylog x
    refuses '--pcap, --keylog and --svg need files of their own$' host --ed25519 x --ed25519-peer y --pcap y
    refuses '--json takes no value$' host --psk-file x --json=yes
    refuses 'there is no option --psk$' host --psk-file x --psk secret
    refuses 'there is no option --nothing$' host --psk-file x --nothing
    refuses 'there is no option --$' host --psk-file x --
}

# says_what OPTION VALUE PATTERN: that value is refused with what it must be, and so is none.
says_what() {
    refuses "$1 cannot be \"$2\": it must be $3" host --psk-file x "$1=$2"
    refuses "$1 cannot be \"\": it must be $3" host "$1="
    refuses "$1 needs a value: $3" host "$1"
    refuses "$1 needs a value: $3" host "$1" --json
    refuses "$1 cannot be \"$2\": it must be $3" host --psk-file x "$1" "$2"
}

what_a_value_may_be_is_said_when_it_is_wrong() { # TEST
    for value in 0 x 0.009 86401 1e9 nan 0x10 -1; do
        says_what --interval $value 'a number of seconds from 0\.01 to 86400$'
    done
    for value in 0 1.5 -1 x 1e13 18446744073709551617; do
        says_what --count $value 'a whole number from 1 to 1000000000000$'
    done
    for value in 0 61536 x 1.5 -500; do
        says_what --port $value 'a whole number from 1 to 61535$'
    done
    for value in 0 67 65536 x 1.5; do
        says_what --mtu $value 'a whole number from 68 to 65535$'
    done
    schedules='a name \(panos-7\.0, panos-11, strongswan, libreswan, openiked, fortios, android\), or waits in seconds'
    for value in nobody 0 '1,' 1,x 86401 1x0 Android; do
        says_what --schedule $value "$schedules, 0\.001 to 86400, as in 1,2,4\.5 or 5,10,60x6 .*at most 64"
    done
    for value in none chacha20poly1305-prfsha256 chacha20poly1305-x25519 chacha20poly1305-prfsha256-x25518; do
        says_what --proposal $value 'at most 16 names joined by commas, each ENCR-PRF-KE$'
        says err '^  ENCR  chacha20poly1305( |$)' 1
        says err '^  PRF   prfsha256 ' 1
        says err '^  KE    x25519( |$)' 1
        says err '^  as in chacha20poly1305-prfsha256-x25519( |$)' 1
    done
    refuses '--proposal cannot be .*\("b-c" is none\)$' host --proposal chacha20poly1305-prfsha256-x25519,b-c
    for value in none x25519,x25519 'x25519,' mlkem768; do
        says_what --additional $value 'at most 7 names joined by commas, each once, of$'
        says err '^  x25519( |$)' 1
    done
    refuses '--additional names the key exchange method of every proposal' host --psk-file x \
        --proposal chacha20poly1305-prfsha256-x25519 --additional x25519
    for option in --id --remote-id; do
        says_what $option @ 'a name, user@name, an IP address or keyid:TEXT, of 1 to 255 octets, none a control character$'
        refuses "$option cannot be" host $option "$(printf '%0256d' 0)"
    done
    for option in --psk-file --ed25519 --ed25519-peer --pcap --keylog; do
        refuses "$option needs a value: the name of a file" host $option
    done
}

# parses PROPOSAL: it is not that which is refused.
parses() {
    "$ikeping" host --psk-file /nonexistent --proposal "$1" >"$work/out" 2>&1 || true
    says out '/nonexistent: ' 1
}

every_name_of_a_proposal_that_is_said_is_taken() { # TEST
    "$ikeping" host --proposal x 2>"$work/err" || true
    for group in $(sed -n 's/^  KE    //p' "$work/err"); do
        parses "chacha20poly1305-prfsha256-$group"
    done
    for prf in $(sed -n 's/^  PRF   //p' "$work/err"); do
        [ "$prf" = prfsha384 ] || parses "chacha20poly1305-$prf-x25519"
        for encr in $(sed -n 's/^  ENCR  //p' "$work/err"); do
            [ "$encr" = chacha20poly1305 ] || parses "$encr-$prf-x25519"
        done
        for encr in $(sed -n 's/^        or, followed by -INTEG, //p' "$work/err"); do
            for integ in $(sed -n 's/^  INTEG //p' "$work/err"); do
                parses "$encr-$integ-$prf-x25519"
            done
        done
    done
    "$ikeping" host --proposal x 2>"$work/out" || true
    ! has_libcrypto || says out '^        or, followed by -INTEG, .*aes256$' 1
}

a_host_may_have_its_port_with_it() { # TEST
    serve $psk
    host=$address:$port
    for arguments in "$host" "[$address]:$port" "$host --port $port"; do
        status=0
        # shellcheck disable=SC2086
        "$ikeping" $arguments $psk --id pinger.example --count 1 >"$work/out" 2>"$work/err" || status=$?
        [ "$status" -eq 0 ] || fail "exit status $status: $arguments"
        says out "^IKEPING 127\.0\.0\.1:$port: " 1
    done
    refuses 'HOST:PORT and --port name different ports$' "$host" --port 1 $psk
    for wrong in host: host:0 host:x host:61536 host:99999 :500 '[::1]x' '[::1]:' '[::1]:0' '[::1' '[]:500' '[]'; do
        refuses 'HOST cannot be .*HOST:PORT or \[IPv6\]:PORT, with a port from 1 to 61535$' "$wrong" $psk
    done
}

a_version_six_address_may_have_its_port_with_it() { # TEST
    need_ipv
    for host in '[::1]:7001' '[::1]' ::1 '[fe80::1%lo]:7001'; do
        status=0
        "$ikeping" "$host" $psk --json --schedule 0.05 >"$work/out" 2>"$work/err" || status=$?
        [ "$status" -eq 3 ] || fail "exit status $status: $host"
        ! grep -q -E 'Name or service|name resolution' "$work/out" || fail "it is taken for a name: $host"
    done
}

a_responder_listens_at_the_port_beside_its_address() { # TEST
    port=$((10000 + $$ * 7 % 40000))
    "$ikeping" --responder "$address:$port" $psk >"$work/gateway.out" 2>"$work/gateway.err" &
    responder=$!
    await gateway.out "^IKEPING at 127\.0\.0\.1: "
    ping 0 $psk --count 1
}

the_key_log_says_at_once_what_wireshark_opens() { # TEST
    port=1
    ping 3 $psk --proposal chacha20poly1305-prfsha256-x25519 --keylog "$work/keys" --schedule 0.05
    says out '^With the key log Wireshark opens none of the proposals$' 1
    says out '^but not chacha20poly1305-prfsha256-x25519$' 1
    [ "$(sed -n 2p "$work/out")" = "With the key log Wireshark opens none of the proposals" ] ||
        fail "that is not said at once"
    ping 3 $psk --proposal chacha20poly1305-prfsha256-x25519 --keylog "$work/keys" --schedule 0.05 --json
    says out '"event":"keylog",.*"wireshark_opens":"","wireshark_cannot_open":"chacha20poly1305-prfsha256-x25519"\}$' 1
    ping 3 $psk --schedule 0.05
    ! grep -q 'key log' "$work/out" || fail "there is no key log"
    need_libcrypto
    ping 3 $psk --proposal aes256gcm16-prfsha256-x25519,chacha20poly1305-prfsha512-x25519,aes128-sha256-ecp256 \
        --keylog "$work/keys" --schedule 0.05
    says out '^With the key log Wireshark opens aes256gcm16-prfsha256-x25519,aes128-sha256-ecp256$' 1
    says out '^but not chacha20poly1305-prfsha512-x25519$' 1
}

"$case"
