#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""wire.py FILE.pcap SOURCE WAIT,WAIT,...: the request from SOURCE that was sent most often went out again after these
waits (seconds, each within 20 ms), in the same octets. Says what it found; fails otherwise.
"""
import struct
import sys

TOLERANCE = 0.020


def frames(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at + 16 <= len(data):
        seconds, micros, captured, _ = struct.unpack("<IIII", data[at : at + 16])
        yield seconds + micros / 1e6, data[at + 16 : at + 16 + captured]
        at += 16 + captured


def ike_message(frame):
    """Source address and IKE message of an IPv4 UDP frame."""
    ip = frame[14:]
    if frame[12:14] != b"\x08\x00" or ip[9] != 17:
        return None
    udp = ip[(ip[0] & 15) * 4 :]
    message = udp[8 : udp[4] << 8 | udp[5]]
    if 4500 in struct.unpack(">HH", udp[:4]):
        message = message[4:]
    return ".".join(str(octet) for octet in ip[12:16]), message


def main():
    path, source, text = sys.argv[1:]
    waits = [float(wait) for wait in text.split(",")]
    sends = {}
    by_id = {}
    for at, frame in frames(path):
        found = ike_message(frame)
        if found is None or found[0] != source or len(found[1]) < 28 or found[1][19] & 0x20:
            continue
        sends.setdefault(found[1], []).append(at)
        by_id.setdefault(found[1][:24], set()).add(found[1])
    if any(len(messages) > 1 for messages in by_id.values()):
        sys.exit("a Message ID went out in other octets")
    times = max(sends.values(), key=len)
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    print("sent again after", " ".join(f"{gap:.3f}" for gap in gaps), "s")
    if len(gaps) != len(waits) - 1 or any(abs(gap - wait) > TOLERANCE for gap, wait in zip(gaps, waits)):
        sys.exit(f"expected waits of {waits[:-1]} s")


main()
