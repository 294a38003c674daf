/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: questions to a service over HTTP, with libcurl. */
#ifndef CLUSTER_HTTP_H
#define CLUSTER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What came of a question. */
enum http_result {
    HTTP_ANSWERED,
    HTTP_REFUSED, /* the service understood, and did not do it (4xx) */
    HTTP_UNASKED, /* it never got the question */
    HTTP_UNKNOWN  /* it may have got it */
};

struct http;

/* URLs with commas between them: the members of one service. `patience` is how many ms a question may take. Null when
 * memory is out or libcurl does not work. */
struct http *http_new(const char *urls, uint32_t patience);
void http_free(struct http *http);

/* Posts `body` to `path` of a member, and gives its answer, which is valid until the next question; else null. A member
 * that does not answer is passed over next time. A question is never asked twice. */
enum http_result http_ask(struct http *http, const char *path, const char *body, const char **answer);

#endif
