#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""impair.py INTERFACE INTERFACE [loss=P] [double=P] [delay=MS-MS] [mtu=OCTETS] [seed=N]: forwards frames between
two interfaces, and loses, doubles and delays the UDP datagrams among them. Delays differ, so datagrams overtake each
other. With mtu, IP packets above it are lost without a word, and so are IP fragments.
"""
import heapq
import random
import select
import socket
import struct
import sys
import time

ALL_PROTOCOLS = socket.htons(3)
OUTGOING = 4
UDP = 17


def udp_at(frame):
    """Where the UDP header of a frame is and the addresses of its pseudo header; None when it is not UDP."""
    kind = frame[12] << 8 | frame[13]
    if kind == 0x0800 and frame[23] == UDP:
        return 14 + (frame[14] & 15) * 4, bytes(frame[26:34])
    if kind == 0x86DD and frame[20] == UDP:
        return 54, bytes(frame[22:54])
    return None


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def complete(frame, at, addresses):
    """A virtual cable hands over frames whose checksum is still to be computed."""
    length = frame[at + 4] << 8 | frame[at + 5]
    frame[at + 6 : at + 8] = b"\0\0"
    pseudo = addresses + struct.pack(">HH", UDP, length)
    frame[at + 6 : at + 8] = struct.pack(">H", checksum(pseudo + bytes(frame[at : at + length])) or 0xFFFF)


def is_fragment(frame):
    """Of an IPv4 packet: more of it follows, or some of it came before."""
    return frame[12:14] == b"\x08\x00" and (frame[20] << 8 | frame[21]) & 0x3FFF != 0


def open_interface(name):
    interface = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, ALL_PROTOCOLS)
    interface.bind((name, 0))
    interface.setblocking(False)
    return interface


class Impairment:
    def __init__(self, words):
        values = dict(word.split("=", 1) for word in words)
        self.random = random.Random(int(values.get("seed", "1")))
        self.loss = float(values.get("loss", "0"))
        self.double = float(values.get("double", "0"))
        self.mtu = int(values.get("mtu", "65535"))
        self.least, self.most = (float(ms) / 1000 for ms in values.get("delay", "0-0").split("-"))

    def fits(self, frame):
        return self.mtu == 65535 or len(frame) - 14 <= self.mtu and not is_fragment(frame)

    def delays(self, frame, is_udp):
        """One for each copy that arrives."""
        if not self.fits(frame):
            return []
        if not is_udp:
            return [0]
        if self.random.random() < self.loss:
            return []
        copies = 2 if self.random.random() < self.double else 1
        return [self.random.uniform(self.least, self.most) for _ in range(copies)]


def main():
    interfaces = [open_interface(name) for name in sys.argv[1:3]]
    impairment = Impairment(sys.argv[3:])
    under_way = []
    number = 0
    while True:
        wait = max(0, min(0.5, under_way[0][0] - time.monotonic())) if under_way else 0.5
        for interface in select.select(interfaces, [], [], wait)[0]:
            frame, address = interface.recvfrom(65535)
            if address[2] == OUTGOING:
                continue
            frame = bytearray(frame)
            udp = udp_at(frame)
            if udp is not None:
                complete(frame, *udp)
            for delay in impairment.delays(frame, udp is not None):
                number += 1
                other = interfaces[1 - interfaces.index(interface)]
                heapq.heappush(under_way, (time.monotonic() + delay, number, other, bytes(frame)))
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, other, frame = heapq.heappop(under_way)
            try:
                other.send(frame)
            except OSError:
                pass


main()
