/* SPDX-License-Identifier: ISC */
/* ikelive: IKEv2 liveness and retransmission, all headers.
 *
 * These conventions hold everywhere; <ikelive/base.h> adds those of functions and structs, and each header its own.
 *
 * Time      Milliseconds on any monotonic clock of the host, in every call that needs it (ikl_time). Take one that goes
 *           on while the machine sleeps, as CLOCK_BOOTTIME of Linux does and CLOCK_MONOTONIC does not: the library has
 *           rules for a host that slept, and knows it by late ticks. Things happen late, never early. IKL_NEVER means
 *           "no deadline" and is refused as a time. When the clock goes back, its time is clamped, and the library
 *           counts how often that happens and how far behind the clock is.
 * Paths     The host says where datagrams go, and in path.mtu how large a packet may be. An unknown MTU counts as 576
 *           octets, for IPv6 1280 (RFC 7383 §2.5.1). A retransmission is identical to the first send, except where
 *           fragmentation is agreed and the IKE SA has moved to a path too narrow for it, or ikl_sa_hint_mtu() says so:
 *           then it is fragmented anew (§2.5.2).
 * Owning    Whoever creates an endpoint or an IKE SA frees it. What a callback gets is valid until it returns. Memory
 *           comes from the allocator in the config; handling packets and timers allocates nothing.
 * Errors    After an error nothing has changed. A datagram that is malformed, forged, repeated or for nobody here
 *           changes nothing either, and is counted. The library never asserts on its input.
 * Threads   One thread at a time uses an endpoint and its IKE SAs; no other rule. There are no globals and no locks.
 * Calling   A call first decides, then tells. A callback that is told something may call every function except
 * back      ikl_endpoint_receive, ikl_endpoint_receive_batch, ikl_endpoint_advance and ikl_endpoint_free of its own
 *           endpoint; what follows from such a call is told after the callback has returned. The leaves, the callbacks
 *           that a decision needs, can change nothing. See struct ikl_callbacks.
 * Versions  major.minor.patch, in <ikelive/base.h> and from ikl_version(). A patch repairs. From 1.0 on, a minor
 *           version adds and a major version may break; until then a minor version may break, and the name of the
 *           shared library changes with it. A version breaks something when a program no longer compiles, a linked
 *           program no longer runs, or a promise of a header no longer holds. Whatever is going to be removed is marked
 *           in its header one minor version earlier. */
#ifndef IKELIVE_IKELIVE_H
#define IKELIVE_IKELIVE_H

#include <ikelive/base.h>
#include <ikelive/child.h>
#include <ikelive/crash.h>
#include <ikelive/crypto.h>
#include <ikelive/dump.h>
#include <ikelive/endpoint.h>
#include <ikelive/message.h>
#include <ikelive/monitor.h>
#include <ikelive/path.h>
#include <ikelive/payloads.h>
#include <ikelive/registry.h>
#include <ikelive/report.h>
#include <ikelive/revive.h>
#include <ikelive/sa.h>
#include <ikelive/schedule.h>
#include <ikelive/snapshot.h>
#include <ikelive/stream.h>
#include <ikelive/sync.h>
#include <ikelive/timers.h>
#include <ikelive/watch.h>
#include <ikelive/wheel.h>

#endif
