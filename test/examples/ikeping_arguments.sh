#!/bin/sh
# SPDX-License-Identifier: ISC
# ikeping_arguments.sh CASE PROGRAM: what ikeping makes of its arguments. CASE is a function below.
set -eu
case=$1
ikeping=$2
# shellcheck source=test/examples/ikeping_gateway.sh
. "$(dirname "$0")/ikeping_gateway.sh"

# refuses_gateways FILE OPTION...: the file of gateways is refused.
refuses_gateways() {
    status=0
    "$ikeping" -f "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq 2 ] || fail "exit status $status, not 2: $*"
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
4 host a.example --psk-file
4 host --psk-file /nonexistent
4 host --psk-file $work/psk b.example
4 [::1
EOF
    { echo a.example && printf 'b\000.example\nc.example\n'; } >"$work/gateways"
    # shellcheck disable=SC2086
    refuses_gateways "$work/gateways" $psk
    says err 'gateways:2: the line is too long, or has an octet 0$' 1
    # shellcheck disable=SC2086
    refuses_gateways /dev/zero $psk
    says err 'zero:1: the line is too long, or has an octet 0$' 1
    printf 'a.example\n%10000s\n' b.example >"$work/gateways"
    # shellcheck disable=SC2086
    refuses_gateways "$work/gateways" $psk
    says err 'gateways:2: the line is too long, or has an octet 0$' 1
    printf 'a.example\n\033[2J.example\n' >"$work/gateways"
    # shellcheck disable=SC2086
    refuses_gateways "$work/gateways" $psk
    says err 'gateways:2: a name or an address, ' 1
    printf 'a.example --psk-file %s\nb.example\n' "$work/psk" >"$work/gateways"
    refuses_gateways "$work/gateways"
    says err 'gateways:2: there is no --psk-file, here or on the command line$' 1
    refuses_gateways "$work/gateways" --init
    says err 'gateways:1: --init takes no credentials$' 1
    : >"$work/gateways"
    # shellcheck disable=SC2086
    refuses_gateways "$work/gateways" $psk
    says err 'gateways: there is no gateway in it$' 1
    # shellcheck disable=SC2086
    refuses_gateways "$work/none" $psk
    says err 'none: No such file' 1
    yes 127.0.0.1 | head -100001 >"$work/gateways"
    # shellcheck disable=SC2086
    refuses_gateways "$work/gateways" $psk
    says err 'gateways:100001: there are more than 100000 gateways$' 1
}

help_is_on_stdout() { # TEST
    port=1
    ping 0 --help
    head -1 "$work/out" | grep -q '^usage: ikeping HOST ' || fail "there is no usage"
    for option in psk-file ed25519 ed25519-peer cert key ca eap-password eap-tls id remote-id proposal \
        additional child ts init conformance schedule trim rekey mobike local follow-redirect reauth initial-contact revive \
        round-trip-sends port mtu nat-t tcp qcd qcd-secret sync takeover-after json metrics svg traces junit pcap keylog responder version; do
        says out "^  --$option( |\$)" 1
    done
    for option in 'f, --file' 'n, --numeric' 'c, --count' 'i, --interval' 'w, --deadline' 'q, --quiet' \
        'D, --timestamps' 'a, --bell' 'h, --help'; do
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
    refuses 'either --psk-file, or --ed25519 and --ed25519-peer, or --cert, --key and --ca are needed, or --init$' host
    for option in "--psk-file x" --responder --revive --tcp; do
        refuses '--init takes no credentials, and is not for use with --responder, --revive or --tcp$' host --init $option
    done
    for option in "--psk-file x --tcp" --init; do
        refuses '--reauth is for who connects and authenticates, over UDP: ' host --reauth 9 $option
    done
    refuses '--reauth is for who connects and authenticates, over UDP: ' --responder --psk-file x --reauth 9
    for option in "--psk-file x --tcp" --init; do
        refuses '--follow-redirect is not for use with --responder, --init or --tcp$' host --follow-redirect $option
    done
    refuses '--follow-redirect is not for use with' --responder --psk-file x --follow-redirect
    for option in "--psk-file x --tcp" --init; do
        refuses '--mobike is not for use with --init or --tcp$' host --mobike $option
    done
    refuses '--local takes more than one address with --mobike alone$' host --psk-file x --local 192.0.2.1,192.0.2.2
    refuses '--local is not for use with --tcp, nor with --responder without' host --psk-file x --tcp --local ::1
    refuses '--local is not for use with --tcp, nor' --responder --psk-file x --local 192.0.2.1
    refuses '--initial-contact is for who connects' --responder --psk-file x --initial-contact
    for option in --tcp --revive "--svg y" "--metrics 9"; do
        refuses '--conformance is not for use with --file, --init, ' host --psk-file x --conformance all $option
    done
    for option in "--count 1" "--rekey 9" "--reauth 9" --follow-redirect -q -D -a; do
        refuses '--conformance makes checks of its own: not for use with ' host --psk-file x --conformance all $option
    done
    refuses '--conformance is not for use with --additional$' host --psk-file x --conformance all --additional x25519
    refuses '--conformance cannot be "99": it must be all, list, or ' host --psk-file x --conformance 99
    refuses '--junit and --traces need --conformance$' host --psk-file x --traces y
    refuses '--junit and --traces need --conformance$' host --psk-file x --junit y
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
    refuses '--pcap, --keylog, --svg and --junit need files of their own$' --responder --psk-file x --qcd --qcd-secret y --pcap y
    refuses 'HOST cannot be "other": it must be given once' host other --psk-file x
    refuses 'HOST cannot be "": it must be ' '' --psk-file x
    refuses '--psk-file cannot be "y": it must be given once' host --psk-file x --psk-file y
    refuses '--pcap, --keylog, --svg and --junit need files of their own$' host --psk-file x --pcap y --keylog y
    refuses '--pcap, --keylog, --svg and --junit need files of their own$' host --psk-file x --keylog x
    refuses '--pcap, --keylog, --svg and --junit need files of their own$' host --ed25519 x --ed25519-peer y --pcap y
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

a_value_may_follow_a_short_option_at_once() { # TEST
    serve $psk
    ping 0 $psk -c3 -i0.02 -w=60
    says out '^3 checks sent, 3 answered' 1
    says out ': a check every 0\.02 s, ' 1
    refuses '--count cannot be "x": it must be a whole number' host --psk-file x -cx
    refuses 'there is no option -qx$' host --psk-file x -qx
    refuses 'there is no option -$' host --psk-file x -
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
    for value in host '192.0.2.1,' 192.0.2.1,,::1 192.0.2.256 1::2,3::4,5::6,7::8,1::1,2::2,3::3,4::4,5::5; do
        says_what --local $value 'addresses of ours joined by commas, at most 8$'
    done
    for value in none x25519,x25519 'x25519,' mlkem768; do
        says_what --additional $value 'at most 7 names joined by commas, each once, of$'
        says err '^  x25519( |$)' 1
    done
    refuses '--additional names the key exchange method of every proposal' host --psk-file x \
        --proposal chacha20poly1305-prfsha256-x25519 --additional x25519
    for option in --id --remote-id; do
        says_what $option @ 'a name, user@name, an IP address, keyid:TEXT or a DN like CN=name, of 1 to 255 octets, none a control character$'
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

a_numeric_host_is_an_address_and_no_name() { # TEST
    serve $psk
    ping 0 $psk -n --count 1
    says out '^IKEPING 127\.0\.0\.1:' 1
    for options in "" --tcp --responder; do
        # shellcheck disable=SC2086
        "$ikeping" localhost --port 1 --numeric $psk $options >"$work/out" 2>"$work/err" && fail "localhost is taken"
        says out 'localhost: Name or service not known$' 1
    done
    printf 'localhost:%s\n%s:%s\n' "$port" "$address" "$port" >"$work/gateways"
    # shellcheck disable=SC2086
    "$ikeping" -n -f "$work/gateways" $psk --count 1 >"$work/out" 2>"$work/err" && fail "localhost is taken"
    says out 'IKE SA: localhost: Name or service not known$' 1
    says out '127\.0\.0\.1:.* established as' 1
}

certificates_are_refused_that_are_not_whole() { # TEST
    if ! has_libcrypto; then
        for option in --cert --key --ca; do
            refuses '--cert, --key and --ca need libcrypto, which this build does not have$' host $option x
        done
        return
    fi
    refuses '--cert and --key need each other$' host --cert x --ca y
    refuses '--cert and --key need each other$' host --key x --ca y
    refuses "--cert needs --ca for the gateway's certificate, or --psk-file when it has none\$" host --cert x --key y
    refuses '--ca needs --cert and --key for our certificate, or --psk-file or --eap-password when we have none$' host --ca x
    refuses '--psk-file has no use beside both --cert and --ca$' host --cert x --key y --ca z --psk-file p
    refuses '--ed25519 is not for use with --cert, --key or --ca$' host --cert x --key y --ca z --ed25519 e
    refuses '--init takes no credentials, and' host --init --cert x --key y --ca z
    refuses '--eap-password is for use with --ca, and not' host --eap-password x --id n
    refuses '--eap-tls is for use with --cert, --key and --ca, and not' host --eap-tls --ca z --psk-file p --id n
    refuses '--eap-tls is for use with --cert, --key and --ca, and not' host --eap-tls --eap-password x --ca z --id n
    refuses '--eap-password is for use with --ca, and not' host --eap-password x --ca z --psk-file p --id n
    refuses '--eap-password is for use with --ca, and not' host --eap-password x --ca z --cert x --key y --id n
    refuses '--eap-tls and --eap-password need --id, which is the name for EAP too$' host --eap-password x --ca z
    refuses '--eap-tls and --eap-password are not for use with --responder' --responder --eap-password x --ca z --id n
    for written in x y z; do
        refuses '--pcap, --keylog, --svg and --junit need files of their own$' host --cert x --key y --ca z --pcap $written
    done
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
