# SPDX-License-Identifier: ISC
# strongSwan as a peer of the gateways. It has one address to send to, which all gateways have, behind a bridge that
# gives each of them every datagram: whoever has the shard answers. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2034

shared_ip=10.78.0.1 strongswan_ip=10.78.0.2
# Frames to it go everywhere, since it is a multicast address.
shared_mac=01:00:5e:4e:00:01
secret=a-secret-that-only-the-lab-knows
# strongSwan synchronises with ciphers alone whose IVs are random.
suite=aes256-sha256-x25519

shared_net_up() {
    local node ip
    ip netns add "$far"
    ip -n "$far" link set lo up
    ip -n "$router" link add shared type bridge mcast_snooping 0
    ip -n "$router" link set shared up
    for node in first second strongswan; do
        ip=$shared_ip
        [ $node != strongswan ] || ip=$strongswan_ip
        ip -n "$(namespace $node)" link add v1 type veth peer name "to-$node" netns "$router"
        ip -n "$(namespace $node)" addr add $ip/24 dev v1
        ip -n "$(namespace $node)" link set v1 up
        ip -n "$router" link set "to-$node" master shared up
    done
    ip -n "$far" neigh replace $shared_ip lladdr $shared_mac dev v1 nud permanent
}

shared_net_down() {
    strongswan_stop
    ip -n "$router" link del shared
    for node in first second; do
        ip -n "$(namespace $node)" link del v1
    done
    ip netns del "$far"
} 2>/dev/null

# The SPIs of its IKE SAs, both of each. Ours begins with the number of the shard.
strongswan_spis() {
    strongswan_ctl --list-sas | grep -oE '[0-9a-f]{16}_i\* [0-9a-f]{16}_r' | sort
}

count_in_shard() { # NUMBER
    strongswan_spis | grep -c " 0$1[0-9a-f]*_r"
}

establish_in_both_shards() {
    local tries
    for ((tries = 0; tries < 30; tries++)); do
        [ "$(count_in_shard 1)" -lt 3 ] || [ "$(count_in_shard 2)" -lt 1 ] || return 0
        strongswan_initiate >>"$work/strongswan.txt" 2>&1 || return
    done
    return 1
}

# How often its checks of each IKE SA were answered: "NUMBER ANSWERS" a line.
strongswan_answers() {
    sed -n 's/.*<lab|\([0-9]*\)> parsed INFORMATIONAL response.*/\1/p' "$far_log" | sort -n | uniq -c | awk '{ print $2, $1 }'
}

# Each of so many IKE SAs is answered three times more than before.
strongswan_is_answered_on() { # SAS
    local before tenth
    before=$(strongswan_answers)
    for ((tenth = 0; tenth < 200; tenth++)); do
        if [ "$(join <(sort <<<"$before") <(strongswan_answers | sort) | awk '$3 >= $2 + 3' | wc -l)" -eq "$1" ]; then
            return 0
        fi
        sleep 0.1
    done
    echo "strongSwan is not answered any more: before and after"
    echo "$before"
    strongswan_answers
    return 1
}

strongswan_notices_nothing() {
    local spis taken kept=0
    establish_in_both_shards || { echo "strongSwan has no IKE SAs" && return 1; }
    sleep 3 # checks
    spis=$(strongswan_spis)
    taken=$(count_in_shard 1)
    kill -KILL "$first"
    wait "$first" 2>/dev/null
    says second '^shard 1: taken with epoch [0-9]+; [1-9][0-9]* IKE SAs restored in [0-9]* ms, 0 refused' &&
        says second '^shard 1: all IKE SAs are synchronised' || return 1
    strongswan_is_answered_on "$(wc -l <<<"$spis")" || kept=1
    [ "$(strongswan_spis)" = "$spis" ] || { echo "strongSwan has other IKE SAs than before" && kept=1; }
    [ "$(grep -c 'requested MID sync' "$far_log")" -eq "$taken" ] || { echo "not $taken synchronisations" && kept=1; }
    if grep -E 'giving up|retransmit [2-9] of|reauthenticat|deleting IKE_SA|AUTHENTICATION_FAILED' "$far_log"; then
        echo "strongSwan has noticed"
        kept=1
    fi
    echo "strongSwan: $(wc -l <<<"$spis") IKE SAs as before, $taken of them taken over, $(grep -c 'retransmit 1 of' "$far_log") requests sent twice"
    return $kept
}

# Of a Debian release, which is there.
strongswan_is_a_peer() { # RELEASE
    local root status
    root=$(release_root "$1")
    far=$(namespace strongswan) far_id=strongswan.lab near_id=cluster
    shared_net_up
    printf %s $secret >"$work/psk"
    chmod 600 "$work/psk"
    listen=$shared_ip:500 begin --psk-file "$work/psk" &&
        strongswan_start $suite many logged far=$strongswan_ip near=$shared_ip dpd=1s &&
        strongswan_notices_nothing
    status=$?
    [ $status -eq 0 ] || tail -n 60 "$far_log"
    shared_net_down
    return $status
}

when_strongswan_5_is_a_peer() {
    prepare_release bookworm
    case $? in
    0) strongswan_is_a_peer bookworm ;;
    77) ;; # it says so
    *) false ;;
    esac
}

# A mirror need not have the newer release.
when_strongswan_6_is_a_peer() {
    if prepare_release trixie; then
        strongswan_is_a_peer trixie
    else
        echo "skipped: strongSwan 6"
    fi
}
