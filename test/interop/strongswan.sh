# SPDX-License-Identifier: ISC
# strongSwan's charon of a Debian release as the far host. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2034

charon=/usr/lib/ipsec/charon
plugins="random nonce openssl aes sha1 sha2 hmac kdf gcm gmp pem pkcs1 pkcs8 x509 pubkey kernel-netlink
         socket-default vici counters eap-identity eap-md5 eap-mschapv2 eap-tls"

# Besides the one that all suites but the last have.
strongswan_groups() { echo modp2048 modp3072 modp4096 ecp256 ecp384 ecp521 x448; }

# Proposals of one cipher with each of these groups.
strongswan_with_groups() { # GROUP...
    printf 'aes256-sha256-%s\n' "$@" | paste -sd ,
}

strongswan_suites="chacha20poly1305-prfsha256-x25519 aes256gcm16-prfsha256-x25519 aes256-sha256-modp1536"

# strongswan_start SUITE [dpd=S] [secret=TEXT] [retransmit=SxN] [far=ADDRESS] [near=ADDRESS] [fragments=OCTETS]
#                  [mobike] [additional=GROUP,...] [other_groups] [many [logged]] [certificate=KIND] [peer_certificate]
#                  [legacy] [eap=METHOD] [tls=VERSION] [rekeys_soon] [and_group=GROUP]
# certificate, peer_certificate: it proves its identity by a certificate, we have to; legacy: without RFC 7427.
# additional: key exchanges beside the suite's.
# other_groups: the key exchange methods that strongswan_groups names, instead of the suite's.
# and_group: a key exchange method beside that of the suite.
# doubling: its waits double, from 0.5 s on; else they are those of retransmit=.
# child: it insists on a Child SA, whose ESP it takes care of itself, for a kernel need not have any.
# many: each strongswan_initiate makes an IKE SA more, and nothing is logged but with `logged`, with the number of each.
strongswan_start() {
    local suite=$1 dpd=1s psk=$secret lines='' far_addr=$far_ip near_addr=$near_ip unique=no log_level=1 log_names=no word
    local mobike=no rekey=0 rekey_child=0 libipsec='' childless=force children='' own='auth = psk' peers='auth = psk'
    for word in "${@:2}"; do
        case $word in
        dpd=*) dpd=${word#*=} ;;
        secret=*) psk=${word#*=} ;;
        additional=*) suite=$(with_additional "$suite" "${word#*=}") ;;
        other_groups) suite=$(strongswan_with_groups $(strongswan_groups)) ;;
        and_group=*) suite=$suite,${suite%-*}-${word#*=} ;;
        retransmit=*) lines=$(echo "${word#*=}" | sed 's/\(.*\)x\(.*\)/retransmit_base = 1\nretransmit_timeout = \1\nretransmit_tries = \2/') ;;
        doubling) lines=$(printf '%s\n' 'retransmit_base = 2' 'retransmit_timeout = 0.5' 'retransmit_tries = 3') ;;
        far=*) far_addr=${word#*=} ;;
        near=*) near_addr=${word#*=} ;;
        mobike) mobike=yes near_addr=%any ;;
        fragments=*) lines="$lines
  fragment_size = ${word#*=}" ;;
        child) libipsec=kernel-libipsec childless=never ;;
        rekeys_soon) rekey=6s rekey_child=3s ;;
        many) lines="$lines
  reuse_ikesa = no" unique=never log_level=-1 ;;
        logged) log_level=1 log_names=yes ;;
        certificate=*)
            own='auth = pubkey
          certs = far.pem'
            strongswan_put x509 "$pki/far-${word#*=}.pem" far.pem
            strongswan_put private "$pki/far-${word#*=}.key" far.key
            ;;
        peer_certificate)
            peers='auth = pubkey
           cacerts = ca.pem'
            strongswan_put x509ca "$pki/ca.pem" ca.pem
            ;;
        tls=*) lines="$lines
  tls { version_max = ${word#*=} }" ;;
        legacy) lines="$lines
  signature_authentication = no" ;;
        eap=*) peers="auth = eap-${word#*=}
           eap_id = %any"
            strongswan_put x509ca "$pki/ca.pem" ca.pem
            ;;
        esac
    done
    [ -z "$libipsec" ] || children=$(strongswan_children $rekey_child)
    mkdir -p "$work/far/swanctl"
    far_log=$work/far/charon.log
    : >"$far_log"
    cat >"$work/far/strongswan.conf" <<CONF
charon {
  load = $(echo ${plugins/kernel-netlink/$libipsec kernel-netlink})
  install_routes = no
  user = root
  $lines
  filelog { f { path = /lab/charon.log
                flush_line = yes
                ike_name = $log_names
                time_format = %s
                time_add_ms = yes
                default = $log_level } }
  syslog { daemon { default = -1 }
           auth { default = -1 } }
  plugins { vici { socket = unix:///lab/vici } }
}
swanctl { load = pem pkcs1 pkcs8 x509 openssl random }
CONF
    cat >"$work/far/swanctl/swanctl.conf" <<CONF
connections { lab {
  version = 2
  local_addrs = $far_addr
  remote_addrs = $near_addr
  proposals = $suite
  mobike = $mobike
  childless = $childless
  dpd_delay = $dpd
  reauth_time = 0
  rekey_time = $rekey
  over_time = 60s
  rand_time = 0s
  unique = $unique
  keyingtries = 1
  local { $own
          id = $far_id }
  remote { $peers
           id = $near_id }
  $children
} }
secrets { ike-1 { secret = "$psk" }
          eap-1 { id = $near_id
                  secret = "$psk" } }
CONF
    strongswan_launch
}

strongswan_put() { # FOLDER FILE NAME
    mkdir -p "$work/far/swanctl/$1"
    cp "$2" "$work/far/swanctl/$1/$3"
}

strongswan_children() { # REKEY_TIME
    ip -n "$far" addr replace ${far_net%0.0/16}0.1/16 dev lo
    echo "children { net { mode = tunnel
                   local_ts = $far_net
                   remote_ts = $near_net
                   esp_proposals = aes256gcm16-x25519,aes256gcm16
                   rekey_time = $1
                   life_time = 60s
                   rand_time = 0s } }"
}

strongswan_launch() {
    rm -f "$work/far/vici"
    STRONGSWAN_CONF=/lab/strongswan.conf ip netns exec "$far" bash -c 'exec_in_release "$@"' bash "$root" "$work/far" \
        $charon >"$work/far/stdout" 2>&1 </dev/null &
    far_pid=$!
    for ((tenth = 0; tenth < 100; tenth++)); do
        [ -S "$work/far/vici" ] && break
        sleep 0.1
    done
    strongswan_ctl --load-all >"$work/far/loaded" 2>&1
}

strongswan_ctl() {
    STRONGSWAN_CONF=/lab/strongswan.conf SWANCTL_DIR=/lab/swanctl inside_far swanctl "$1" --uri unix:///lab/vici \
        "${@:2}"
}

strongswan_stop() { # [SIGNAL]
    stop_far "${1:--TERM}"
}

strongswan_kill() {
    stop_far -KILL
}

strongswan_initiate() { strongswan_ctl --initiate --ike lab --timeout 10; }
strongswan_initiate_child() { strongswan_ctl --initiate --child net --timeout 10; }
strongswan_is_connected() { [ -n "$(strongswan_ctl --list-sas)" ]; }
strongswan_n_sas() { strongswan_ctl --list-sas | grep -c " ESTABLISHED, "; }
strongswan_connect() { strongswan_ctl --initiate --child net --timeout 1; }
strongswan_rekey_child() { strongswan_ctl --rekey --child net; }
strongswan_delete_child() { strongswan_ctl --terminate --child net; }
strongswan_rekey() { strongswan_ctl --rekey --ike lab; }
strongswan_terminate() { strongswan_ctl --terminate --ike lab; }

# How many of its own liveness checks were answered.
strongswan_checks_answered() {
    grep -c 'parsed INFORMATIONAL response' "$far_log"
}

# Every Message ID of ours was handled once, however often it came.
strongswan_handled_once() {
    local handled
    handled=$(grep -oE 'parsed INFORMATIONAL request [0-9]+' "$far_log" | sort)
    [ -n "$handled" ] && [ -z "$(uniq -d <<<"$handled")" ]
}

strongswan_probes() { true; }

# Whether it answers when Message IDs are synchronised. It agrees on that only as the initiator, and counts the IVs of
# AEADs by Message IDs: it has none for its answer with Message ID 0, and says "no IV or padding" (5.9.8).
strongswan_syncs() {
    case $suite in
    *gcm16* | chacha20poly1305*)
        echo "    strongSwan has no IV for its answer with this cipher"
        false
        ;;
    esac
}

strongswan_gave_up() {
    wait_for_line "$far_log" 'giving up after [0-9]+ retransmits' 150
}

strongswan_saw_our_delete() {
    wait_for_line "$far_log" 'received DELETE for IKE_SA' 20
}

# Why a scenario cannot be played with this daemon here; nothing when it can.
strongswan_cannot() { # SCENARIO
    case $peer-$1 in
    strongswan-*-redirected*) echo "strongSwan redirects nobody of itself" ;;
    strongswan-*-over_tcp) echo "strongSwan has no IKE over TCP" ;;
    strongswan-bookworm-eap_tls_13) echo "strongSwan 5.9 comes to another key with TLS 1.3" ;;
    strongswan-bookworm-additional_*) echo "strongSwan 5.9 has no additional key exchanges" ;;
    esac
}
