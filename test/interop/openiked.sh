# SPDX-License-Identifier: ISC
# OpenIKED's iked of a Debian release as the far host. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2034

iked=/usr/sbin/iked
openiked_suites="aes256gcm16-prfsha256-x25519 aes256-sha256-modp1536"

# Its words for one of our suites.
openiked_suite() {
    case $1 in
    aes256gcm16-prfsha256-x25519) echo enc aes-256-gcm prf hmac-sha2-256 group curve25519 ;;
    aes256-sha256-modp1536) echo enc aes-256 auth hmac-sha2-256 prf hmac-sha2-256 group modp1536 ;;
    esac
}

# openiked_start SUITE [dpd=S] [secret=TEXT] [far=ADDRESS] [near=ADDRESS] [rekey] [child] [rekey_child] [rekeys_soon]
#                [fragments=OCTETS] [certificate=KIND] [peer_certificate] [legacy]
# It rekeys by time alone; retransmit= says nothing to it, for its waits are always the same.
openiked_start() {
    local dpd=1 psk=$secret far_addr=$far_ip near_addr=$near_ip lifetime='' fragmentation=nofragmentation from='' to='' auth='' word
    rm -rf "$work/far/iked"
    auth="psk \"$psk\""
    for word in "${@:2}"; do
        case $word in
        dpd=*) dpd=$(echo "${word#*=}" | tr -d s) ;;
        secret=*) auth="psk \"${word#*=}\"" ;;
        far=*) far_addr=${word#*=} ;;
        near=*) near_addr=${word#*=} ;;
        rekey) lifetime="ikelifetime 3" ;;
        child) from=$far_net to=$near_net ;;
        rekey_child) lifetime="lifetime 3" ;;
        rekeys_soon) lifetime="ikelifetime 3 lifetime 3" ;;
        fragments=*) fragmentation=fragmentation ;;
        legacy) auth=rsa ;;
        certificate=*) openiked_put_certificates "${word#*=}"; auth='' fragmentation=fragmentation ;;
        esac
    done
    [ "$dpd" -gt 0 ] || dpd=3600
    far_log=$work/far/iked.log
    openiked_preload
    cat >"$work/far/iked.conf" <<CONF
set passive
set nomobike
set $fragmentation
set dpd_check_interval $dpd
ikev2 "lab" active esp from ${from:-$far_addr} to ${to:-$near_addr} local $far_addr peer $near_addr \\
    ikesa $(openiked_suite "$1") srcid $far_id dstid $near_id $lifetime $auth
CONF
    chmod 600 "$work/far/iked.conf"
    openiked_launch
}

# Its certificate and key of this kind, and the authority of ours.
openiked_put_certificates() { # KIND
    cp -r "$root/etc/iked" "$work/far/iked"
    install -m 644 "$pki/ca.pem" "$work/far/iked/ca/ca.crt"
    install -m 644 "$pki/far-$1.pem" "$work/far/iked/certs/far.crt"
    cp "$pki/far-$1.key" "$work/far/iked/private/local.key"
    openssl pkey -in "$pki/far-$1.key" -pubout -out "$work/far/iked/local.pub"
}

# What takes the kernel's place.
openiked_preload() {
    [ -e "$work/far/kernel.so" ] ||
        ${CC:-cc} -shared -fPIC -o "$work/far/kernel.so" "$top/test/interop/kernel.c"
}

openiked_launch() {
    : >"$far_log"
    rm -f "$work/far/sock"
    preload=/lab/kernel.so ip netns exec "$far" bash -c 'exec_in_release "$@"' bash "$root" "$work/far" \
        $iked -dvv -f /lab/iked.conf -s /lab/sock >>"$far_log" 2>&1 </dev/null &
    far_pid=$!
    wait_for_line "$far_log" 'config_getcompile: compilation done' 100
    sleep 0.2
}

openiked_ctl() {
    inside_far /usr/sbin/ikectl -s /lab/sock "$@"
}

# It is several processes, all of the far host's.
openiked_stop() { # [SIGNAL]
    local pids
    pids=$(ip netns pids "$far" 2>/dev/null)
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill "${1:--TERM}" $pids 2>/dev/null
    stop_far "${1:--TERM}"
}

openiked_kill() { openiked_stop -KILL; }

# Asks for something and waits until the log says once more that it was done.
openiked_achieve() { # PATTERN [IKECTL_ARGUMENT...]
    local before
    before=$(grep -c -- "$1" "$far_log")
    [ $# -eq 1 ] || openiked_ctl "${@:2}"
    for ((tenth = 0; tenth < 100; tenth++)); do
        [ "$(grep -c -- "$1" "$far_log")" -le "$before" ] || return 0
        sleep 0.1
    done
    tail -n 5 "$far_log"
    return 1
}

openiked_initiate() { openiked_achieve 'sa_state: .* -> ESTABLISHED' active; }
openiked_initiate_child() { openiked_initiate; }
openiked_rekey() { openiked_achieve ': rekeyed as new IKESA'; }
openiked_rekey_child() { openiked_achieve ': rekeying CHILD SA old'; }
openiked_terminate() { openiked_achieve 'recv INFORMATIONAL res' reset id "FQDN/$near_id"; }

openiked_probes() {
    echo "    the peer's own checks: OpenIKED makes none within seconds"
    false
}
openiked_syncs() {
    echo "    OpenIKED has no synchronisation of Message IDs"
    false
}
openiked_groups() { echo; }

openiked_checks_answered() {
    grep -c 'recv INFORMATIONAL res' "$far_log"
}

# Its waits double from 2 s on, and cannot be changed.
openiked_gave_up() {
    echo "    the peer's own verdict is not awaited: it takes OpenIKED two minutes"
}

openiked_handled_once() {
    local handled
    handled=$(grep -oE 'send INFORMATIONAL res [0-9]+' "$far_log" | sort)
    [ -n "$handled" ] && [ -z "$(uniq -d <<<"$handled")" ]
}

openiked_saw_our_delete() {
    wait_for_line "$far_log" 'ikev2_ikesa_recv_delete: received delete' 20
}

# Why a scenario cannot be played with this daemon here; nothing when it can.
openiked_cannot() { # SCENARIO
    case $1 in
    both_check | peer_moves | nat_at_peer_forgets | conformance_client) echo "OpenIKED makes no checks of its own within seconds" ;;
    rekeys_cross) echo "OpenIKED rekeys when its time has come, and not when it is asked to" ;;
    child_deleted) echo "OpenIKED deletes no Child SA alone when it is asked to" ;;
    child_in_transport_mode) echo "OpenIKED has no policy for transport mode in the lab" ;;
    initial_contact) echo "OpenIKED keeps the old IKE SA all the same, as it may" ;;
    eap_*) echo "OpenIKED is not tried with EAP here" ;;
    certificates_ed25519) echo "OpenIKED has no Ed25519" ;;
    certificate_and_psk | psk_and_certificate) echo "OpenIKED has either certificates or a PSK, on both sides" ;;
    small_*) echo "OpenIKED's fragments have a size of its own" ;;
    esac
}
