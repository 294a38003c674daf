# SPDX-License-Identifier: ISC
# The lab of the interoperation tests: two hosts in network namespaces, `near` with ikeping and `far` with the daemon of
# somebody else, joined by a virtual cable or through a host that loses, doubles and delays. Read by run; bash.

# shellcheck shell=bash disable=SC2154,SC2034

near_ip=192.0.2.1 far_ip=192.0.2.2
near_ip6=2001:db8:77::1 far_ip6=2001:db8:77::2
# behind either host, for Child SAs
near_net=10.1.0.0/16 far_net=10.2.0.0/16
# what a NAT shows of either host, before and after it forgets
near_outside=192.0.2.11 near_outside_later=192.0.2.12
far_outside=192.0.2.21 far_outside_later=192.0.2.22
secret=a-secret-that-only-the-lab-knows

lab_permitted() {
    ip netns add ikl-$$ 2>/dev/null && ip netns del ikl-$$
}

# Each job has a lab of its own.
name_lab() { # NUMBER
    near=ikl-$$-$1-near
    far=ikl-$$-$1-far
    middle=ikl-$$-$1-middle
    said=$work/ikeping.txt
}

# What is measured in milliseconds runs before all else, where that is permitted: jobs share the processors.
promptly=
! chrt -r 1 true 2>/dev/null || promptly="chrt -r 1"

# lab_up [IMPAIRMENT...]: with impairments the cable goes through the middle.
lab_up() {
    impairment=$*
    ip netns add "$near"
    ip netns add "$far"
    if [ $# -eq 0 ]; then
        ip -n "$near" link add v0 type veth peer name v0 netns "$far"
    else
        ip netns add "$middle"
        ip -n "$near" link add v0 type veth peer name to_near netns "$middle"
        ip -n "$far" link add v0 type veth peer name to_far netns "$middle"
        ip -n "$middle" link set to_near up
        ip -n "$middle" link set to_far up
        ip netns exec "$middle" python3 "$top/test/interop/impair.py" to_near to_far "$@" >"$work/impair.txt" 2>&1 &
        impair_pid=$!
    fi
    ip -n "$near" addr add $near_ip/24 dev v0
    ip -n "$far" addr add $far_ip/24 dev v0
    ip -n "$near" addr add $near_ip6/64 dev v0 nodad
    ip -n "$far" addr add $far_ip6/64 dev v0 nodad
    for host in "$near" "$far"; do
        ip -n "$host" link set lo up
        ip -n "$host" link set v0 up
    done
    sleep 0.1
}

lossy() {
    case $impairment in
    *loss=*) true ;;
    *) false ;;
    esac
}

lab_down() {
    if [ -n "${impair_pid:-}" ]; then
        kill "$impair_pid" 2>/dev/null && wait "$impair_pid" 2>/dev/null
        impair_pid=
    fi
    for host in "$near" "$far" "$middle"; do
        ip netns del "$host" 2>/dev/null
    done
    true
}

# From now on nothing of IKE arrives at the far host, or leaves it.
cut_link() {
    ip netns exec "$far" nft -f - <<'RULES'
table inet cut {
    chain in { type filter hook input priority 0; udp dport { 500, 4500 } drop; }
    chain out { type filter hook output priority 0; udp dport { 500, 4500 } drop; }
}
RULES
}

# From now on INFORMATIONAL requests (exchange type 37, no response flag) do not arrive at the far host; all else does.
cut_checks() {
    ip netns exec "$far" nft -f - <<'RULES'
table inet cut {
    chain in {
        type filter hook input priority 0;
        udp dport 500 @th,208,8 37 @th,216,8 & 0x20 == 0 drop;
        udp dport 4500 @th,240,8 37 @th,248,8 & 0x20 == 0 drop;
    }
}
RULES
}

restore_link() {
    ip netns exec "$far" nft delete table inet cut
}

mac_of() { # HOST
    ip -n "$1" -o link show v0 | sed 's/.*ether \([^ ]*\).*/\1/'
}

# From now on a host's datagrams of IKE come from OUTSIDE, and those from ports 500 and 4500 there from PORT and the one
# after it. What is sent to where the host was seen before is lost. The host does not notice. Without connection
# tracking, which a kernel may lack.
nat_at() { # HOST OUTSIDE [PORT]
    local inside=$near_ip other=$far port=${3:-500} nat_t_port=4500
    [ "$1" = "$near" ] || { inside=$far_ip; other=$near; }
    [ $# -lt 3 ] || nat_t_port=$(($3 + 1))
    ip -n "$other" neigh replace "$2" lladdr "$(mac_of "$1")" dev v0
    ip netns exec "$1" nft -f - <<RULES
table ip nat_here
delete table ip nat_here
table ip nat_here {
    chain out {
        type filter hook postrouting priority 300;
        ip saddr $inside udp sport 500 udp sport set $port;
        ip saddr $inside udp sport 4500 udp sport set $nat_t_port;
        ip saddr $inside meta l4proto udp ip saddr set $2;
    }
    chain in {
        type filter hook prerouting priority -300;
        ip daddr $inside meta l4proto udp drop;
        ip daddr $2 udp dport $port udp dport set 500;
        ip daddr $2 udp dport $nat_t_port udp dport set 4500;
        ip daddr $2 meta l4proto udp ip daddr set $inside;
    }
}
RULES
}

# A program beside the daemon, in what that takes for the whole machine.
inside_far() { # PROGRAM [ARGUMENT]...
    nsenter -t "$far_pid" -m -n -r "$@"
}

stop_far() { # SIGNAL
    [ -n "${far_pid:-}" ] || return 0
    kill "$1" "$far_pid" 2>/dev/null
    wait "$far_pid" 2>/dev/null
    far_pid=
}

capture() { # FILE
    ip netns exec "$near" $promptly tcpdump --immediate-mode -U -i v0 -s0 -w "$1" 'udp port 500 or port 4500' 2>/dev/null &
    capture_pid=$!
    sleep 0.5
}

end_capture() {
    kill "$capture_pid" 2>/dev/null
    wait "$capture_pid" 2>/dev/null
}

# How many frames of a capture a filter lets pass.
frames_of() { # FILE FILTER
    tcpdump -n -r "$1" "$2" 2>/dev/null | wc -l
}

# What of a capture is a fragment (an SKF payload, 53, comes first).
fragments_from() { # FILE ADDRESS
    frames_of "$1" "src $2 and ((udp port 500 and udp[24] = 53) or (udp port 4500 and udp[28] = 53))"
}

# Waits until a file has a line, so many tenths of a second at most.
wait_for_line() { # FILE PATTERN TENTHS
    for ((tenth = 0; tenth < $3; tenth++)); do
        grep -qE -- "$2" "$1" 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}
