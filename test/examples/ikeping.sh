#!/bin/sh
# SPDX-License-Identifier: ISC
# ikeping.sh CASE PROGRAM: runs ikeping against a responder: IKE SAs, and how they end. CASE is a function below.
set -eu
case=$1
ikeping=$2
# shellcheck source=test/examples/ikeping_gateway.sh
. "$(dirname "$0")/ikeping_gateway.sh"

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

# certificate NAME: a certificate and its key for NAME.example by the authority of these tests.
certificate() {
    openssl req -newkey rsa:2048 -nodes -subj "/O=Lab/CN=$1" -addext "subjectAltName=DNS:$1.example" \
        -keyout "$work/$1.key" -x509 -CA "$work/ca.pem" -CAkey "$work/ca.key" -days 10000 -out "$work/$1.crt" 2>/dev/null
    chmod 600 "$work/$1.key"
}

certificates_authenticate_both() { # TEST
    need_libcrypto
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=ca -keyout "$work/ca.key" -days 10000 -out "$work/ca.pem" 2>/dev/null
    certificate gateway
    certificate pinger
    serve --cert "$work/gateway.crt" --key "$work/gateway.key" --ca "$work/ca.pem"
    set -- --cert "$work/pinger.crt" --key "$work/pinger.key" --count 1
    ping 0 "$@" --ca "$work/ca.pem" --remote-id gateway.example
    says out 'established as pinger\.example with gateway\.example: .*, certificate, ' 1
    ping 3 "$@" --ca "$work/pinger.crt"
    says out "the gateway's certificate is not accepted: no authority of --ca vouches for it\$" 1
    ping 2 --cert "$work/pinger.crt" --key "$work/gateway.key" --ca "$work/ca.pem"
    says err 'gateway\.key: this is not the key of our certificate$' 1
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
    await out ' checks sent, [0-9]+ answered, 0 retransmissions; 0 of the peer.s checks answered; lost [0-9.]+ % of the checks, [0-9.]+ % of their sends; round trip min/avg/p95/max '
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

"$case"
