/* ikelive: IKEv2 liveness and retransmission, all headers.
 * SPDX-License-Identifier: ISC */
#ifndef IKELIVE_IKELIVE_H
#define IKELIVE_IKELIVE_H

#include <ikelive/base.h>
#include <ikelive/configuration.h>
#include <ikelive/crypto.h>
#include <ikelive/cursor.h>
#include <ikelive/dump.h>
#include <ikelive/endpoint.h>
#include <ikelive/exchange.h>
#include <ikelive/false_down.h>
#include <ikelive/liveness.h>
#include <ikelive/message.h>
#include <ikelive/metrics.h>
#include <ikelive/names.h>
#include <ikelive/path.h>
#include <ikelive/payloads.h>
#include <ikelive/proposals.h>
#include <ikelive/registry.h>
#include <ikelive/report.h>
#include <ikelive/request.h>
#include <ikelive/sa.h>
#include <ikelive/schedule.h>
#include <ikelive/selectors.h>
#include <ikelive/wheel.h>
#include <ikelive/window.h>

#endif
