# SPDX-License-Identifier: ISC
# bash completion for ikeping, which knows its options itself.

_ikeping() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} list

    COMPREPLY=()
    case $before in
    --file | -f | --psk-file | --ed25519 | --ed25519-peer | --cert | --key | --ca | --eap-password | --pcap | --keylog | --svg | --junit | --qcd-secret)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --traces)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    --schedule)
        list="panos-7.0 panos-11 strongswan libreswan openiked fortios android"
        ;;
    --conformance)
        list="all list $("${COMP_WORDS[0]}" --conformance list 2>/dev/null | sed -nE 's/^  [0-9.]+  ([^ ]+).*/\1/p')"
        ;;
    --child)
        list="none tunnel transport"
        ;;
    --id | --remote-id | --proposal | --additional | --ts | --rekey | --reauth | --local | --interval | -i | --count | -c | --deadline | -w | --port | --metrics | --mtu | --takeover-after)
        return
        ;;
    *)
        case $word in
        -*) list="-h $("${COMP_WORDS[0]}" --help 2>/dev/null | sed -nE 's/^  (-[a-zA-Z], )?(--[a-z0-9-]+).*/\2/p')" ;;
        *)
            mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
            return
            ;;
        esac
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word")
}

complete -F _ikeping ikeping
