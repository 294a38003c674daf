# SPDX-License-Identifier: ISC
# bash completion for the examples and for the programs of test/sim: each is asked for its options. To be read by a
# shell, as in `. examples/completion.bash`. ikeping has its own, which is installed with it; in zsh
# `compdef _gnu_generic choose monitor ...` does the same.

_ikelive_example() {
    local word=${COMP_WORDS[COMP_CWORD]} options

    if [[ $word == -* ]]; then
        options=$("$1" --help 2>/dev/null | sed -nE 's/^  (-[a-zA-Z], )?(--[a-z0-9-]+).*/\2/p')
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

complete -o filenames -F _ikelive_example choose cluster cluster_peers loop_epoll loop_libev loop_libevent loop_libuv \
    minimal monitor outage own_crypto policy port_before port_sa port_watch sharded campaign exhaustive false_down rates \
    replay revive waits
