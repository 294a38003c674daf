# SPDX-License-Identifier: ISC
# libreswan's pluto of a Debian release as the far host. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2034

libreswan_suites="chacha20poly1305-prfsha256-x25519 aes256gcm16-prfsha256-x25519 aes256-sha256-modp1536"
libreswan_peer_words="--child none" # it would have no ESP for one
pluto=/usr/libexec/ipsec/pluto

# Its name of one of our suites.
libreswan_suite() {
    case $1 in
    chacha20poly1305-prfsha256-x25519) echo chacha20_poly1305-sha2_256-dh31 ;;
    aes256gcm16-prfsha256-x25519) echo aes_gcm256-sha2_256-dh31 ;;
    aes256-sha256-modp1536) echo aes256-sha2_256-dh5 ;;
    esac
}

# Besides the one that all suites but the last have.
libreswan_groups() { echo modp2048 modp3072 modp4096 ecp256 ecp384 ecp521; }
libreswan_with_groups() { echo aes256-sha2_256-dh{14,15,16,19,20,21} | tr ' ' ,; }

# Its name of the way to prove an identity with a key.
libreswan_auth() { # KIND [legacy]
    case $1-${2:-} in
    rsa-legacy) echo rsa-sha1 ;;
    rsa-) echo rsa-sha2 ;;
    p*) echo ecdsa ;;
    esac
}

# Trusts the authority, and has a certificate of its own if one is named.
libreswan_import() { # [KIND]
    cp "$pki/ca.pem" "$work/far/ca.pem"
    in_release "$root" "$work/far" certutil -A -d sql:/lab/nss -n ca -t CT,C,C -i /lab/ca.pem
    [ -n "$1" ] || return 0
    cp "$pki/far-$1.p12" "$work/far/far.p12"
    in_release "$root" "$work/far" pk12util -i /lab/far.p12 -d sql:/lab/nss -W ''
}

# libreswan_start SUITE [dpd=S] [secret=TEXT] [retransmit=SxN] [far=ADDRESS] [near=ADDRESS] [other_groups] [tcp]
#                 [certificate=KIND] [peer_certificate] [legacy] [rekeys_soon]
# certificate, peer_certificate: it proves its identity by a certificate, we have to; legacy: without RFC 7427.
libreswan_start() {
    local psk=$secret wait_ms=500 give_up=60 far_addr=$far_ip near_addr=$near_ip tcp=no redirect='' kind='' peers='' legacy='' lines='' rekey=rekey=no word
    local ike
    ike=$(libreswan_suite "$1")
    libreswan_dpd=1
    for word in "${@:2}"; do
        case $word in
        dpd=*) libreswan_dpd=$(echo "${word#*=}" | tr -d s) ;;
        secret=*) psk=${word#*=} ;;
        retransmit=*) read -r wait_ms give_up < <(echo "${word#*=}" | awk -Fx '{ print $1 * 1000, int($1 * $2) }') ;;
        other_groups) ike=$(libreswan_with_groups) ;;
        far=*) far_addr=${word#*=} ;;
        near=*) near_addr=${word#*=} ;;
        tcp) tcp=yes ;;
        redirect=*) redirect=${word#*=} ;;
        certificate=*) kind=${word#*=} ;;
        peer_certificate) peers=yes ;;
        legacy) legacy=legacy ;;
        rekeys_soon) rekey=$(printf '%s\n  ' rekey=yes ikelifetime=24s rekeymargin=23s rekeyfuzz=0%) ;;
        esac
    done
    if lossy; then
        libreswan_dpd=0
        echo "    the peer's own checks: skipped, libreswan doubles its waits and so gives up too early where much is lost"
    fi
    mkdir -p "$work/far/pluto" "$work/far/ipsec.d"
    far_log=$work/far/pluto.log
    [ -d "$work/far/nss" ] || cp -r "$root/empty-nss" "$work/far/nss"
    if [ -n "$kind$peers" ]; then
        rm -rf "$work/far/nss"
        cp -r "$root/empty-nss" "$work/far/nss"
        libreswan_import "$kind" >"$work/import.txt" 2>&1 || cat "$work/import.txt"
    fi
    if [ -n "$kind" ] && [ -n "$peers" ]; then
        lines="authby=$(libreswan_auth "$kind" $legacy)"
    elif [ -n "$kind" ]; then
        lines=$(printf 'leftauth=rsasig\n  rightauth=secret')
    elif [ -n "$peers" ]; then
        lines=$(printf 'leftauth=secret\n  rightauth=rsasig')
    else
        lines=authby=secret
    fi
    [ -z "$kind" ] || lines=$(printf '%s\n  leftcert=far\n  leftsendcert=always' "$lines")
    cat >"$work/far/ipsec.conf" <<CONF
config setup
  logtime=yes
  plutodebug=base
  listen-tcp=$tcp
conn lab
  left=$far_addr
  leftid=@$far_id
  right=$near_addr
  rightid=@$near_id
  $lines
  ikev2=insist
  ike=$ike
  esp=aes_gcm256
  dpddelay=1
  dpdtimeout=10
  dpdaction=clear
  retransmit-interval=${wait_ms}ms
  retransmit-timeout=${give_up}s
  keyingtries=1
  $rekey
  enable-tcp=$tcp
  leftupdown=%disabled
  auto=add
CONF
    [ -z "$redirect" ] || libreswan_add_redirect "$redirect"
    (umask 077 && echo "@$far_id @$near_id : PSK \"$psk\"" >"$work/far/ipsec.secrets")
    libreswan_program=$pluto
    if [ $tcp = yes ]; then
        echo "  tcp-remoteport=4500" >>"$work/far/ipsec.conf"
        make_espintcp || return
        libreswan_program="/lib64/ld-linux-x86-64.so.2 --preload /lab/espintcp.so $pluto"
    fi
    libreswan_launch
}

# It is at $far_other too, and sends there whoever comes (always), who has authenticated (auth), or whom it is told to.
libreswan_add_redirect() { # always|auth|later
    local conf=$work/far/ipsec.conf
    ip -n "$far" addr add $far_other/24 dev v0
    sed "/^config setup/,/^conn lab/{/^conn lab/!d}; s/^conn lab/conn other/; s/left=$far_ip/left=$far_other/" "$conf" \
        >"$work/far/other.conf"
    case $1 in
    always) sed -i "s/^config setup/&\n  global-redirect=yes\n  global-redirect-to=$far_other/" "$conf" ;;
    auth) printf '  send-redirect=yes\n  redirect-to=%s\n' $far_other >>"$conf" ;;
    esac
    cat "$work/far/other.conf" >>"$conf"
}

libreswan_redirect() { # ADDRESS
    libreswan_whack --name lab --redirect-to "$1"
}

libreswan_launch() {
    : >"$far_log"
    ip netns exec "$far" bash -c 'exec_in_release "$@"' bash "$root" "$work/far" \
        $libreswan_program --nofork --stderrlog --config /lab/ipsec.conf --nssdir /lab/nss --rundir /lab/pluto \
        --secretsfile /lab/ipsec.secrets --ipsecdir /lab/ipsec.d --no-dnssec >>"$far_log" 2>&1 </dev/null &
    far_pid=$!
    # it adds the connection itself, then listens
    wait_for_line "$far_log" 'loading secrets from' 100
    libreswan_asker=
    [ "$libreswan_dpd" -eq 0 ] || {
        libreswan_ask_for_checks &
        libreswan_asker=$!
    }
}

libreswan_whack() {
    inside_far /usr/libexec/ipsec/whack --rundir /lab/pluto "$@"
}

# The IKE SA that is established and has no request outstanding: its number.
libreswan_idle_ike_sa() {
    libreswan_whack --showstates 2>/dev/null | sed -n 's/.*#\([0-9]*\): .*ESTABLISHED_IKE_SA.* idle;.*/\1/p' | tail -n 1
}

# Of itself it checks liveness only beside a Child SA. The exchange, its retransmissions and the verdict are its own all
# the same; only the beginning of each check is asked for here, by the switch it has for that.
libreswan_ask_for_checks() {
    while sleep "$libreswan_dpd"; do
        number=$(libreswan_idle_ike_sa)
        [ -z "$number" ] || libreswan_whack --impair "initiate-v2-liveness:$number"
    done >/dev/null 2>&1
}

libreswan_stop() { # [SIGNAL]
    if [ -n "${libreswan_asker:-}" ]; then
        kill "$libreswan_asker" 2>/dev/null
        wait "$libreswan_asker" 2>/dev/null
        libreswan_asker=
    fi
    stop_far "${1:--TERM}"
}

libreswan_kill() {
    libreswan_stop -KILL
}

# Asks for something and waits until the log says once more that it was done. whack itself would wait for a Child SA too.
libreswan_achieve() { # PATTERN WHACK_ARGUMENT...
    local before
    before=$(grep -c -- "$1" "$far_log")
    libreswan_whack --name lab --asynchronous "${@:2}"
    for ((tenth = 0; tenth < 100; tenth++)); do
        [ "$(grep -c -- "$1" "$far_log")" -le "$before" ] || return 0
        sleep 0.1
    done
    grep -v ': |' "$far_log" | tail -n 5
    return 1
}

libreswan_initiate() { libreswan_achieve 'initiator established IKE SA' --initiate; }
libreswan_is_connected() { libreswan_whack --showstates 2>/dev/null | grep -qE 'ESTABLISHED_IKE_SA|_I[0-9]'; }
libreswan_connect() { libreswan_whack --name lab --asynchronous --initiate; }
libreswan_rekey() { libreswan_achieve 'initiator rekeyed IKE SA' --rekey-ike; }

# The older one forgets the IKE SA with the Delete and has no more to say of the answer than that it belongs to none.
libreswan_terminate() {
    libreswan_whack --name lab --terminate
    wait_for_line "$far_log" 'INFORMATIONAL response has no corresponding IKE SA|status STF_OK_INITIATOR_DELETE_IKE' 20
}

libreswan_probes() { true; }
libreswan_syncs() {
    echo "    libreswan has no synchronisation of Message IDs"
    false
}

libreswan_checks_answered() {
    grep -c 'received an INFORMATIONAL liveness check response' "$far_log"
}

libreswan_gave_up() {
    wait_for_line "$far_log" 'second timeout exceeded after [0-9]+ retransmits' 150
}

# Every Message ID of an IKE SA was handled once, however often it came.
libreswan_handled_once() {
    local handled
    handled=$(grep -oE '#[0-9]+:? .*responder starting (message )?request [0-9]+' "$far_log" | sort)
    [ -n "$handled" ] && [ -z "$(uniq -d <<<"$handled")" ]
}

libreswan_saw_our_delete() {
    wait_for_line "$far_log" 'deleting state \(STATE_V2_ESTABLISHED_IKE_SA\) .* and NOT sending notification|status STF_OK_RESPONDER_DELETE_IKE' 20
}

# Why a scenario cannot be played with this daemon here; nothing when it can.
libreswan_cannot() { # SCENARIO
    case $peer-$1 in
    *-our_address_*) echo "libreswan has MOBIKE beside a Child SA alone, which wants the kernel's ESP" ;;
    *child* | *-we_rekey) echo "libreswan wants the kernel's ESP for its Child SAs, which a kernel need not have" ;;
    *-initial_contact) echo "libreswan keeps the old IKE SA all the same, as it may" ;;
    *-eap_*) echo "libreswan is not tried with EAP here" ;;
    *-certificates_ed25519) echo "libreswan has no Ed25519" ;;
    libreswan-*-additional_*) echo "libreswan has no additional key exchanges" ;;
    libreswan-trixie-nat_at_us_forgets) echo "libreswan 5 follows nobody without MOBIKE, not even behind a NAT" ;;
    esac
}
