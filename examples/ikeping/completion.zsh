#compdef ikeping
# SPDX-License-Identifier: ISC
# zsh completion for ikeping.

_arguments \
    '(-f --file)'{-f,--file}'[many gateways, one a line]:file:_files' \
    '(-n --numeric)'{-n,--numeric}'[ask no name server]' \
    '--psk-file[the pre-shared key]:file:_files' \
    '--ed25519[our Ed25519 private key, in PEM]:file:_files' \
    "--ed25519-peer[the gateway's Ed25519 public key, in PEM]:file:_files" \
    '--cert[our certificate and its chain, in PEM]:file:_files' \
    '--key[the private key of our certificate, in PEM]:file:_files' \
    "--ca[the authorities of the gateway's certificate, in PEM]:file:_files" \
    '--eap-password[our password for EAP-MSCHAPv2]:file:_files' \
    '--eap-tls[prove who we are by EAP-TLS]' \
    '--id[our identity]:identity: ' \
    '--remote-id[the identity that the gateway must have]:identity: ' \
    '--proposal[what to offer]:name,...: ' \
    '--additional[additional key exchanges before IKE_AUTH]:method,...: ' \
    '--child[a Child SA beside the IKE SA]:mode:(none tunnel transport)' \
    '--ts[traffic selectors of the Child SA]:selectors: ' \
    '--init[IKE_SA_INIT alone, without credentials]' \
    '--conformance[check whether the gateway, or the client, does as the RFCs say]:checks:(all list)' \
    '(-i --interval)'{-i,--interval}'[seconds between liveness checks]:seconds: ' \
    '--schedule[waits before retransmissions]:schedule:(panos-7.0 panos-11 strongswan libreswan openiked fortios android)' \
    '--trim[trim the last wait by the round trips measured]' \
    '--round-trip-sends[send a check again as soon as its answer is overdue]' \
    '(-c --count)'{-c,--count}'[stop after so many answered checks]:number: ' \
    '(-w --deadline)'{-w,--deadline}'[stop after so many seconds]:seconds: ' \
    '--rekey[rekey after so many seconds]:seconds: ' \
    '--mobike[let addresses change]' \
    '--local[our addresses]:address,...: ' \
    '--follow-redirect[go where the gateway redirects us to]' \
    '--reauth[authenticate again after so many seconds]:seconds: ' \
    '--initial-contact[say that we have no other IKE SA with the gateway]' \
    '--revive[connect again when the IKE SA goes down]' \
    '--port[UDP port of IKE]:port: ' \
    '--mtu[octets of the largest IP packet on the way]:octets: ' \
    '--nat-t[pretend to be behind a NAT]' \
    '--tcp[go over TCP]' \
    '--qcd[notice when the peer was started anew, by its token]' \
    '--qcd-secret[what our tokens are made of]:file:_files' \
    '--sync[let Message IDs be synchronised after a takeover]' \
    '--takeover-after[play a takeover]:seconds: ' \
    '(-q --quiet)'{-q,--quiet}'[print no events]' \
    '(-D --timestamps)'{-D,--timestamps}'[print when an event was, in UTC]' \
    '(-a --bell)'{-a,--bell}'[ring the bell when the gateway is lost, down, or there again]' \
    '--json[print one JSON object a line]' \
    '--metrics[answer with figures at this port of 127.0.0.1]:port: ' \
    '--svg[draw to a file what happened]:file:_files' \
    '--traces[write a capture and a key log of each check]:folder:_files -/' \
    '--junit[write to a file what came of the checks]:file:_files' \
    '--pcap[write every datagram to a file]:file:_files' \
    '--keylog[write the keys to a file]:file:_files' \
    '--responder[be the gateway]' \
    '(-h --help)'{-h,--help}'[show the options]' \
    '--version[show the version]' \
    ':host:_hosts'
