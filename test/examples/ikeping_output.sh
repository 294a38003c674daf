#!/bin/sh
# SPDX-License-Identifier: ISC
# ikeping_output.sh CASE PROGRAM: what ikeping writes: lines, JSON, captures, keys, tables, metrics. CASE is a function below.
set -eu
case=$1
ikeping=$2
# shellcheck source=test/examples/ikeping_gateway.sh
. "$(dirname "$0")/ikeping_gateway.sh"

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
    says out "^host\.invalid +failed +0 checks sent, " 1
    says out '^--- 7 gateways$' 1
    says out '^15 checks sent, 15 answered, ' 1
    sed -i '/elsewhere/d; /invalid/d' "$work/gateways"
    # shellcheck disable=SC2086
    "$ikeping" -f "$work/gateways" $psk -c 1 --json >"$work/out" 2>"$work/err" || fail "exit status $?"
    check_json <"$work/out" || fail "that is not JSON"
    says out '"event":"start",.*"gateways":5,' 1
    says out '"event":"gateway",.*"state":"ended","sent":1,' 5
    sed -i 5q "$work/gateways" && sed -i 1,4d "$work/gateways"
    # shellcheck disable=SC2086
    "$ikeping" -f "$work/gateways" $psk -c 1 >"$work/out" 2>"$work/err" || fail "exit status $?"
    says out '^IKEPING 127\.0\.0\.5: a check every ' 1
}

each_of_many_gateways_may_have_a_secret_of_its_own() { # TEST
    address=0.0.0.0
    serve $psk
    for n in 1 2; do
        echo "127.0.0.$n:$port"
    done >"$work/gateways"
    {
        echo "127.0.0.3:$port --psk-file $work/other"
        echo "127.0.0.4:$port gateway.example --psk-file $work/other # as well"
    } >>"$work/gateways"
    status=0
    # shellcheck disable=SC2086
    "$ikeping" -f "$work/gateways" $psk -c 1 >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq 3 ] || fail "exit status $status, not 3"
    says out '^127\.0\.0\.[12]:.* ended ' 2
    says out '127\.0\.0\.[34]:[0-9]+  could not establish an IKE SA: the gateway says AUTHENTICATION_FAILED: ' 2
    says out '^127\.0\.0\.[34]:.* failed .* retransmissions; the gateway says AUTHENTICATION_FAILED: ' 2
    # each with its own, and none on the command line
    sed -i "/other/d; s,\$, --psk-file $work/psk," "$work/gateways"
    "$ikeping" -f "$work/gateways" -c 1 >"$work/out" 2>"$work/err" || fail "exit status $?"
    says out '^127\.0\.0\.[12]:.* ended ' 2
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

"$case"
