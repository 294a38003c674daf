# SPDX-License-Identifier: ISC
# The scenarios with certificates. As those of scenarios.sh, but each is played once a daemon. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2086,SC2034

certificate_scenarios="certificates_rsa certificates_p256 certificates_p384 certificates_ed25519 certificates_legacy
                       certificate_and_psk psk_and_certificate certificates_refused eap_mschapv2 eap_tls
                       eap_tls_13 eap_other"

make_pki_key() { # KIND FILE
    case $1 in
    rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" ;;
    p*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:P-${1#p}" -out "$2" ;;
    ed25519) openssl genpkey -algorithm ED25519 -out "$2" ;;
    esac
}

make_authority() { # NAME
    make_pki_key rsa "$pki/$1.key" &&
        openssl req -x509 -new -key "$pki/$1.key" -subj "/O=Lab/CN=$1" -days 3650 -out "$pki/$1.pem"
}

make_certificate() { # HOST KIND AUTHORITY
    local name=$pki/$1-$2
    make_pki_key "$2" "$name.key" &&
        printf '%s\n' basicConstraints=CA:FALSE keyUsage=digitalSignature "subjectAltName=DNS:$1.lab" >"$name.ext" &&
        openssl req -new -key "$name.key" -subj "/O=Lab/CN=$1.lab" |
        openssl x509 -req -CA "$pki/$3.pem" -CAkey "$pki/$3.key" -days 3650 -extfile "$name.ext" -out "$name.pem" &&
        openssl pkcs12 -export -inkey "$name.key" -in "$name.pem" -name "$1" -passout pass: -out "$name.p12"
}

# An authority, another one, and certificates of the first for both hosts, with a key of each kind.
make_pki() {
    local kind
    pki=$work/pki
    mkdir -p "$pki"
    (umask 077 && make_authority ca && make_authority other && for kind in rsa p256 p384 ed25519; do
        make_certificate near $kind ca && make_certificate far $kind ca || exit
    done) >"$work/pki.txt" 2>&1
}

near_certificate() { # KIND
    echo "--cert $pki/near-$1.pem --key $pki/near-$1.key"
}

# With either as initiator, and then said as WORDS.
prove_both_ways() { # WORDS
    ours --interval 0.2 --count 3 || { fail "exit status $?"; return 1; }
    grep -q "stablished as .*, $1, " "$said" || { fail "not by $1"; return 1; }
    responder_in_background --interval 0.3
    "${daemon}_initiate" >"$work/initiate.txt" 2>&1 || { cat "$work/initiate.txt"; fail "the peer did not establish"; return 1; }
    sleep 2
    interrupt_ours
    grep -q "stablished as .*, $1, " "$said" || { fail "as responder not by $1"; return 1; }
    [ "$(checks_answered)" -ge 3 ] || fail "our checks were not answered"
}

establish_with_certificates() { # KIND
    credentials="$(near_certificate "$1") --ca $pki/ca.pem"
    prove_both_ways certificate
}

# IKE_AUTH is too long for one packet then.
scenario_certificates_rsa() {
    capture "$work/rsa.pcap"
    establish_with_certificates rsa || return
    end_capture
    [ "$(fragments_from "$work/rsa.pcap" $near_ip)" -ge 2 ] || fail "nothing went out in fragments"
}

scenario_certificates_p256() { establish_with_certificates p256; }
scenario_certificates_p384() { establish_with_certificates p384; }
scenario_certificates_ed25519() { establish_with_certificates ed25519; }

# The peer does not have RFC 7427.
scenario_certificates_legacy() { establish_with_certificates rsa; }

# We have a certificate, and the peer the PSK; then the other way around.
scenario_certificate_and_psk() {
    credentials="$(near_certificate rsa) --psk-file $work/secret"
    prove_both_ways 'certificate, the peer by PSK'
}

scenario_psk_and_certificate() {
    credentials="--psk-file $work/secret --ca $pki/ca.pem"
    prove_both_ways 'PSK, the peer by certificate'
}

# Each side has an authority that the other does not know.
scenario_certificates_refused() {
    local status
    credentials="$(near_certificate rsa) --ca $pki/other.pem" ours --count 1
    status=$?
    [ $status -eq 3 ] || { fail "another authority: exit status $status instead of 3"; return 1; }
    grep -q "the gateway's certificate is not accepted: no authority of --ca vouches for it" "$said" ||
        { fail "another authority: no word of it"; return 1; }
    credentials="--cert $pki/other.pem --key $pki/other.key --ca $pki/ca.pem" ours --count 1
    status=$?
    [ $status -eq 3 ] || { fail "unknown to the peer: exit status $status instead of 3"; return 1; }
    grep -q 'AUTHENTICATION_FAILED' "$said" || fail "unknown to the peer: no word of it"
}

# The peer has a certificate, and we a password; then a wrong one.
scenario_eap_mschapv2() {
    local status
    credentials="--eap-password $work/secret --ca $pki/ca.pem"
    ours --interval 0.2 --count 3 || { fail "exit status $?"; return 1; }
    grep -q 'stablished as .*, EAP-MSCHAPv2, the peer by certificate, ' "$said" || { fail "not by EAP"; return 1; }
    printf wrong >"$work/secret"
    ours --count 1
    status=$?
    [ $status -eq 3 ] || { fail "a wrong password: exit status $status instead of 3"; return 1; }
    grep -q 'the gateway does not accept our name or our password' "$said" || fail "a wrong password: no word of it"
}

# Both have a certificate, and ours is for EAP.
scenario_eap_tls() {
    credentials="--eap-tls $(near_certificate p256) --ca $pki/ca.pem"
    ours --interval 0.2 --count 3 || { fail "exit status $?"; return 1; }
    grep -q 'stablished as .*, EAP-TLS, the peer by certificate, ' "$said" || fail "not by EAP"
}

scenario_eap_tls_13() {
    scenario_eap_tls || return
    grep -q 'negotiated TLS 1.3' "$far_log" || fail "not with TLS 1.3"
}

# The peer wants a method that we do not have.
scenario_eap_other() {
    local status
    credentials="--eap-password $work/secret --ca $pki/ca.pem"
    ours --count 1
    status=$?
    [ $status -eq 3 ] || { fail "exit status $status instead of 3"; return 1; }
    grep -q 'the gateway wants EAP (MD5-Challenge), which ikeping does not have' "$said" || fail "no word of it"
}
