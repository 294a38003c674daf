# The lab of the interoperation tests: two hosts in network namespaces, `near` with ikeping and `far` with the daemon of
# somebody else, joined by a virtual cable or through a host that loses, doubles and delays. Read by run; bash.
# SPDX-License-Identifier: ISC

# shellcheck shell=bash disable=SC2154,SC2034

near=ikl-$$-near
far=ikl-$$-far
middle=ikl-$$-middle
near_ip=192.0.2.1 far_ip=192.0.2.2
near_ip6=2001:db8:77::1 far_ip6=2001:db8:77::2
secret=a-secret-that-only-the-lab-knows

lab_permitted() {
    ip netns add "$near" 2>/dev/null && ip netns del "$near"
}

# lab_up [IMPAIRMENT...]: with impairments the cable goes through the middle.
lab_up() {
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

restore_link() {
    ip netns exec "$far" nft delete table inet cut
}

capture() { # FILE
    ip netns exec "$near" tcpdump --immediate-mode -U -i v0 -s0 -w "$1" 'udp port 500 or udp port 4500' 2>/dev/null &
    capture_pid=$!
    sleep 0.5
}

end_capture() {
    kill "$capture_pid" 2>/dev/null
    wait "$capture_pid" 2>/dev/null
}

# Waits until a file has a line, so many tenths of a second at most.
wait_for_line() { # FILE PATTERN TENTHS
    for ((tenth = 0; tenth < $3; tenth++)); do
        grep -qE -- "$2" "$1" 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}
