/* SPDX-License-Identifier: ISC */
/* ikelive metrics: the counters of endpoints as OpenMetrics text, for a monitoring system to scrape. */
#ifndef IKELIVE_METRICS_H
#define IKELIVE_METRICS_H

#include <ikelive/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One endpoint among those of a process. */
struct ikl_metrics_source {
    const struct ikl_endpoint *endpoint;
    const char *name; /* becomes the label `endpoint`; escaped; null with a single endpoint: no label */
};

/* Writes all counters of `n` endpoints and how many IKE SAs they have as one OpenMetrics exposition, "# EOF" included;
 * always terminated when size > 0. Every counter of struct ikl_endpoint_counters appears once for each endpoint; the
 * causes for which datagrams were dropped are one metric, `ikelive_dropped`, with the label `cause`. Returns the length
 * it has, as snprintf does. Endpoints in use by another thread must be locked by the caller. */
IKL_API int ikl_metrics_text(const struct ikl_metrics_source *sources, size_t n, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
