#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""relay.py ADDRESS PORT TO: joins TCP connections to PORT with others to TO, and breaks all of them at SIGHUP.
relay.py --hold N ADDRESS PORT: opens so many connections, begins a request of HTTP on each, and says no more.
relay.py --say TEXT ADDRESS PORT: says this to who listens there, and ends well when that closes the connection."""
import signal
import socket
import sys
import threading

connections = []


def carry(source, sink):
    try:
        while octets := source.recv(65536):
            sink.sendall(octets)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def break_all(*_):
    for end in connections:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    connections.clear()


if sys.argv[1] == "--say":
    with socket.create_connection((sys.argv[3], int(sys.argv[4])), timeout=60) as gateway:
        gateway.sendall(sys.argv[2].encode())
        try:
            closed = gateway.recv(1) == b""
        except ConnectionResetError:
            closed = True
    sys.exit(0 if closed else 1)

if sys.argv[1] == "--hold":
    for _ in range(int(sys.argv[2])):
        client = socket.create_connection((sys.argv[3], int(sys.argv[4])))
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: here\r\n")
        connections.append(client)
    print("held", flush=True)
    signal.pause()

address, port, to = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
signal.signal(signal.SIGHUP, break_all)
with socket.create_server((address, port)) as listener:
    print("listens", flush=True)
    while True:
        near = listener.accept()[0]
        far = socket.create_connection((address, to))
        connections.extend((near, far))
        for ends in ((near, far), (far, near)):
            threading.Thread(target=carry, args=ends, daemon=True).start()
