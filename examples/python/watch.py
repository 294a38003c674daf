#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""ikelive example in Python, 98 lines: the policy and the codec from another language, with its own ctypes alone.

    watch.py [LIBRARY]

Lists the named schedules, reads a message of IKEv2 and refuses a broken one, then watches a peer that answers twice and
falls silent, in virtual time. ikl_init is not needed: nothing here is cryptographic."""
import ctypes
import sys
from ctypes import POINTER, byref, c_bool, c_char_p, c_int, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

ikl = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libikelive.so.0.1")

SLACK = 100  # ms
NOTHING, PROBE, SEND_AGAIN, GIVE_UP = range(4)  # enum ikl_watch_decision


class Header(ctypes.Structure):
    """struct ikl_header"""
    _fields_ = [("spi_i", c_uint64), ("spi_r", c_uint64), ("next_payload", c_uint8), ("minor", c_uint8),
                ("exchange_type", c_uint8), ("flags", c_uint8), ("message_id", c_uint32), ("length", c_uint32)]


class Schedule(ctypes.Structure):
    """struct ikl_schedule"""
    _fields_ = [("waits", c_uint32 * 64), ("n_waits", c_uint16), ("tries", c_uint16), ("jitter", c_uint16),
                ("again", c_uint32)]


class Watch(ctypes.Structure):
    """Room for a struct ikl_watch, which does not grow within a SOVERSION. What is in it the functions tell."""
    _fields_ = [("room", c_uint64 * 32)]


def declare(name, result, *arguments):
    """A function of the library, with the types that its header says."""
    function = getattr(ikl, name)
    function.restype, function.argtypes = result, arguments
    return function


error_name = declare("ikl_error_name", c_char_p, c_int)
exchange_name = declare("ikl_exchange_name", c_char_p, c_uint8)
header_read = declare("ikl_header_read", c_int, POINTER(Header), c_char_p, c_size_t)
message_dump = declare("ikl_message_dump", c_int, c_char_p, c_size_t, c_void_p, c_char_p, c_size_t)
schedule_name = declare("ikl_schedule_name", c_char_p, c_size_t)
schedule_by_name = declare("ikl_schedule_by_name", POINTER(Schedule), c_char_p)
schedule_total = declare("ikl_schedule_total", c_uint64, POINTER(Schedule))
watch_init = declare("ikl_watch_init", None, POINTER(Watch), c_uint64)
watch_deadline = declare("ikl_watch_deadline", c_uint64, POINTER(Watch))
watch_sent = declare("ikl_watch_sent", c_int, POINTER(Watch), c_uint32, c_uint64, c_uint32, c_uint32)
watch_answered = declare("ikl_watch_answered", c_bool, POINTER(Watch), c_uint32, c_uint64)
watch_tick = declare("ikl_watch_tick", c_int, POINTER(Watch), c_uint64, c_uint32, c_uint32)


def list_schedules():
    n = 0
    while name := schedule_name(n):
        schedule = schedule_by_name(name)
        print(f"{name.decode():<12}{schedule.contents.tries:>3} tries in {schedule_total(schedule) / 1000:g} s")
        n += 1


def read(datagram):
    header = Header()
    error = header_read(byref(header), datagram, len(datagram))
    if error != 0:
        print(f"refused: {error_name(error).decode()}")
        return
    print(f"{exchange_name(header.exchange_type).decode()}, Message ID {header.message_id}, "
          f"{header.length} octets from SPI {header.spi_i:016x}")
    text = ctypes.create_string_buffer(1024)
    message_dump(datagram, len(datagram), None, text, len(text))
    print(text.value.decode(), end="")


def watch(alive_until):
    peer, now, message_id = Watch(), 0, 0
    watch_init(byref(peer), now)
    decision = NOTHING
    while decision != GIVE_UP:
        now = watch_deadline(byref(peer))  # a real stack sleeps until then
        decision = watch_tick(byref(peer), now, SLACK, 0)
        if decision == PROBE:
            message_id += 1
            watch_sent(byref(peer), message_id, now, SLACK, 0)
        print(f"{now / 1000:>8.3f}  {('nothing', 'send a check', 'send it again', 'tear it down')[decision]}")
        if decision in (PROBE, SEND_AGAIN) and now < alive_until:
            watch_answered(byref(peer), message_id, now)
            print(f"{now / 1000:>8.3f}  answered")


list_schedules()
MESSAGE = bytes.fromhex("00112233445566778899aabbccddeeff" "2e202508" "00000003" "0000001c")
read(MESSAGE.replace(b"\x2e", b"\x00", 1))
read(MESSAGE[:-1])
watch(alive_until=12000)
