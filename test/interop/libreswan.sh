# libreswan's pluto as the far host. Its package conflicts with those of strongSwan, so it is unpacked in the build folder
# and not installed. Read by run; bash.
# SPDX-License-Identifier: ISC

# shellcheck shell=bash disable=SC2154,SC2034

libreswan_suites="chacha20poly1305-prfsha256-x25519 aes256gcm16-prfsha256-x25519 aes256-sha256-modp1536"
libreswan_root=$build/interop/libreswan
pluto=/usr/libexec/ipsec/pluto # where it looks for its own programs, whatever is mounted there

libreswan_need() {
    need_command certutil libnss3-tools
}

# Says why when there can be no libreswan here; 77 when that is to be expected.
libreswan_prepare() {
    if [ ! -x "$libreswan_root$pluto" ]; then
        command -v dpkg-deb >/dev/null || { echo "skipped libreswan: its package is unpacked on Debian and its like only"; return 77; }
        libreswan_fetch >"$work/fetch.txt" 2>&1 || { cat "$work/fetch.txt"; echo "libreswan: could not be fetched"; return 1; }
    fi
    libreswan_has_libraries || libreswan_install_libraries >"$work/fetch.txt" 2>&1
    libreswan_has_libraries || { cat "$work/fetch.txt"; echo "libreswan: its libraries could not be installed"; return 1; }
}

libreswan_fetch() {
    rm -rf "$libreswan_root"
    mkdir -p "$libreswan_root"
    (cd "$build/interop" && rm -f libreswan_*.deb && { apt-get download libreswan || { apt-get update && apt-get download libreswan; }; }) &&
        dpkg-deb -x "$build"/interop/libreswan_*.deb "$libreswan_root"
}

libreswan_has_libraries() {
    ! ldd "$libreswan_root$pluto" | grep -q 'not found'
}

libreswan_install_libraries() {
    local libraries
    libraries=$(dpkg-deb -f "$build"/interop/libreswan_*.deb Depends | tr ',' '\n' | sed -n 's/^ *\(lib[^ ]*\).*/\1/p')
    # shellcheck disable=SC2086
    apt_install $libraries
}

# Its name of one of our suites.
libreswan_suite() {
    case $1 in
    chacha20poly1305-prfsha256-x25519) echo chacha20_poly1305-sha2_256-dh31 ;;
    aes256gcm16-prfsha256-x25519) echo aes_gcm256-sha2_256-dh31 ;;
    aes256-sha256-modp1536) echo aes256-sha2_256-dh5 ;;
    esac
}

# libreswan_start SUITE [dpd=S] [secret=TEXT] [retransmit=SxN] [far=ADDRESS] [near=ADDRESS]
libreswan_start() {
    local psk=$secret wait_ms=500 give_up=60 far_addr=$far_ip near_addr=$near_ip word
    libreswan_dpd=1
    for word in "${@:2}"; do
        case $word in
        dpd=*) libreswan_dpd=$(echo "${word#*=}" | tr -d s) ;;
        secret=*) psk=${word#*=} ;;
        retransmit=*) read -r wait_ms give_up < <(echo "${word#*=}" | awk -Fx '{ print $1 * 1000, int($1 * $2) }') ;;
        far=*) far_addr=${word#*=} ;;
        near=*) near_addr=${word#*=} ;;
        esac
    done
    if [ -n "${impair_pid:-}" ]; then
        libreswan_dpd=0
        echo "    the peer's own checks: skipped, libreswan doubles its waits and so gives up too early where much is lost"
    fi
    mkdir -p "$work/far/nss" "$work/far/run/pluto" "$work/far/ipsec.d"
    far_log=$work/far/pluto.log
    [ -e "$work/far/nss/cert9.db" ] || certutil -N -d "sql:$work/far/nss" --empty-password
    cat >"$work/far/ipsec.conf" <<CONF
config setup
  logtime=yes
  plutodebug=base
conn lab
  left=$far_addr
  leftid=@far.lab
  right=$near_addr
  rightid=@near.lab
  authby=secret
  ikev2=insist
  ike=$(libreswan_suite "$1")
  esp=aes_gcm256
  dpddelay=1
  dpdtimeout=10
  dpdaction=clear
  retransmit-interval=${wait_ms}ms
  retransmit-timeout=${give_up}s
  keyingtries=1
  rekey=no
  leftupdown=%disabled
  auto=add
CONF
    (umask 077 && echo "@far.lab @near.lab : PSK \"$psk\"" >"$work/far/ipsec.secrets")
    libreswan_launch
}

# With a /run of its own, and its programs where it expects them.
libreswan_launch() {
    : >"$far_log"
    ip netns exec "$far" unshare -m --propagation private bash -c \
        "mount --bind '$work/far/run' /run
         mount -t overlay overlay -o lowerdir='$libreswan_root/usr/libexec':/usr/libexec /usr/libexec
         exec $pluto --nofork --stderrlog --config '$work/far/ipsec.conf' --nssdir '$work/far/nss' --rundir /run/pluto \
             --secretsfile '$work/far/ipsec.secrets' --ipsecdir '$work/far/ipsec.d' --no-dnssec" \
        >>"$far_log" 2>&1 </dev/null &
    far_pid=$!
    # it adds the connection itself, then listens
    wait_for_line "$far_log" 'loading secrets from' 100
    libreswan_asker=
    [ "$libreswan_dpd" -eq 0 ] || {
        libreswan_ask_for_checks &
        libreswan_asker=$!
    }
}

libreswan_inside() { # PROGRAM [ARGUMENT]...
    nsenter -t "$far_pid" -m -n "/usr/libexec/ipsec/$1" "${@:2}"
}

libreswan_whack() {
    libreswan_inside whack --rundir /run/pluto "$@"
}

# The IKE SA that is established and has no request outstanding: its number.
libreswan_idle_ike_sa() {
    libreswan_whack --showstates 2>/dev/null | sed -n 's/.*#\([0-9]*\): .*STATE_V2_ESTABLISHED_IKE_SA.* idle;.*/\1/p' | tail -n 1
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
    for process in ${libreswan_asker:-} "$far_pid"; do
        kill "${1:--TERM}" "$process" 2>/dev/null
        wait "$process" 2>/dev/null
    done
    libreswan_asker=
}

libreswan_kill() {
    libreswan_stop -KILL
}

libreswan_initiate() {
    libreswan_whack --name lab --initiate | tee "$work/far/whack.txt"
    grep -q 'initiator established IKE SA' "$work/far/whack.txt"
}

libreswan_rekey() {
    libreswan_whack --name lab --rekey-ike | tee "$work/far/whack.txt"
    grep -q 'initiator rekeyed IKE SA' "$work/far/whack.txt"
}

# It forgets the IKE SA with the Delete and has no more to say of the answer than that it belongs to none.
libreswan_terminate() {
    libreswan_whack --name lab --terminate
    wait_for_line "$far_log" 'INFORMATIONAL response has no corresponding IKE SA' 20
}

libreswan_probes() { true; }

libreswan_checks_answered() {
    grep -c 'received an INFORMATIONAL liveness check response' "$far_log"
}

libreswan_gave_up() {
    wait_for_line "$far_log" 'second timeout exceeded after [0-9]+ retransmits' 150
}

# Every Message ID of an IKE SA was handled once, however often it came.
libreswan_handled_once() {
    local handled
    handled=$(grep -oE 'IKE #[0-9]+ responder starting message request [0-9]+' "$far_log" | sort)
    [ -n "$handled" ] && [ -z "$(uniq -d <<<"$handled")" ]
}

libreswan_saw_our_delete() {
    wait_for_line "$far_log" 'deleting state \(STATE_V2_ESTABLISHED_IKE_SA\) .* and NOT sending notification' 20
}

# Why a scenario cannot be played with this daemon here; nothing when it can.
libreswan_cannot() { true; }
