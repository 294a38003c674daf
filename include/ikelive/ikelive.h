/* SPDX-License-Identifier: ISC */
/* ikelive: IKEv2 liveness and retransmission, all headers.
 *
 * What holds for all of them. <ikelive/base.h> says it of functions and structs, each header of its own.
 *
 * Time      Milliseconds on any monotonic clock of the host's, in every call that needs it (ikl_time). Things happen
 *           late, never early. IKL_NEVER is "no deadline", and refused as a time. A clock that goes back is clamped and
 *           counted, and so is how long it is behind.
 * Paths     Where datagrams go is the host's to say, and what fits there: path.mtu. Unknown, it is 576 octets, for IPv6
 *           1280 (RFC 7383 §2.5.1). A retransmission is identical to the first send, except where fragmentation is
 *           agreed and the IKE SA has moved to a path too narrow for it, or ikl_sa_hint_mtu() says so: then it is
 *           fragmented anew (§2.5.2).
 * Owning    Who creates an endpoint or an IKE SA frees it. What a callback is given is valid until it returns. Memory
 *           comes from the allocator in the config; nothing is allocated when packets are handled or timers fire.
 * Errors    After an error nothing has changed. A datagram that is malformed, forged, repeated or for nobody here
 *           changes nothing either, and is counted. The library does not assert on what it is given.
 * Threads   One thread at a time for an endpoint and its IKE SAs; no other rule. There are no globals, and nothing is
 *           locked.
 * Calling   A call first decides, then tells. A callback that is told something may call anything but
 * back      ikl_endpoint_receive, ikl_endpoint_receive_batch, ikl_endpoint_advance and ikl_endpoint_free of its own
 *           endpoint; what that leads to is told after it has returned. The callbacks that a decision needs, the
 *           leaves, can change nothing. See struct ikl_callbacks.
 * Versions  major.minor.patch, in <ikelive/base.h> and from ikl_version(). A patch repairs. From 1.0 on, a minor
 *           version adds and a major version may break; until then a minor version may break, and the name of the
 *           shared library changes with it. Breaking means: a program that compiled no longer does, one that was linked
 *           no longer runs, or a promise of a header no longer holds. What is going to be removed is marked in its
 *           header one minor version before. */
#ifndef IKELIVE_IKELIVE_H
#define IKELIVE_IKELIVE_H

#include <ikelive/base.h>
#include <ikelive/crypto.h>
#include <ikelive/dump.h>
#include <ikelive/endpoint.h>
#include <ikelive/message.h>
#include <ikelive/path.h>
#include <ikelive/payloads.h>
#include <ikelive/registry.h>
#include <ikelive/report.h>
#include <ikelive/sa.h>
#include <ikelive/schedule.h>
#include <ikelive/watch.h>
#include <ikelive/wheel.h>

#endif
