/* SPDX-License-Identifier: ISC */
/* ikeping --metrics: the port, which libmicrohttpd answers from our own loop. What clients hold is bounded: so many
 * connections, so much memory for what each sends, so long without a word. */
#define _POSIX_C_SOURCE 200809L
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <microhttpd.h>

enum { MOST_CONNECTIONS = 16, MEMORY_EACH = 8192, SILENCE = 5 /* s */ };

struct metrics {
    const struct ikeping *ikeping;
    struct MHD_Daemon *daemon;
};

bool metrics_are_available(void)
{
    return true;
}

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *type,
                               struct MHD_Response *response)
{
    enum MHD_Result result = MHD_NO;

    if (response != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
    }
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
    return respond(connection, status, "text/plain",
                   MHD_create_response_from_buffer(strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_MUST_COPY));
}

static enum MHD_Result respond_with_figures(struct MHD_Connection *connection, const struct ikeping *ikeping)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    bool whole = out != NULL && metrics_write(out, ikeping);

    if (out != NULL && fclose(out) != 0) {
        whole = false;
    }
    if (!whole) {
        free(text);
        return MHD_NO;
    }
    return respond(connection, MHD_HTTP_OK, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                   MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE));
}

/* Called when the head of a request is there; what follows is not waited for. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **context)
{
    const struct metrics *metrics = user;

    (void)version;
    (void)upload;
    (void)upload_len;
    (void)context;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "there is only GET\n");
    }
    if (strcmp(url, "/metrics") != 0 && strcmp(url, "/") != 0) {
        return refuse(connection, MHD_HTTP_NOT_FOUND, "there is only /metrics\n");
    }
    return respond_with_figures(connection, metrics->ikeping);
}

struct metrics *metrics_open(const struct ikeping *ikeping, uint16_t port, char why[METRICS_REASON_SIZE])
{
    struct metrics *metrics = malloc(sizeof(*metrics));
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (metrics == NULL) {
        (void)snprintf(why, METRICS_REASON_SIZE, "no memory");
        return NULL;
    }
    errno = 0;
    *metrics = (struct metrics){.ikeping = ikeping};
    metrics->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, port, NULL, NULL, on_request, metrics, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)MEMORY_EACH, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE, MHD_OPTION_END);
    if (metrics->daemon == NULL) {
        (void)snprintf(why, METRICS_REASON_SIZE, "listening on 127.0.0.1:%u: %s", (unsigned)port,
                       errno != 0 ? strerror(errno) : "it cannot be done");
        free(metrics);
        return NULL;
    }
    return metrics;
}

void metrics_close(struct metrics *metrics)
{
    MHD_stop_daemon(metrics->daemon);
    free(metrics);
}

int metrics_fd(const struct metrics *metrics)
{
    return MHD_get_daemon_info(metrics->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

ikl_time metrics_deadline(const struct metrics *metrics, ikl_time now)
{
    MHD_UNSIGNED_LONG_LONG wait;

    return MHD_get_timeout(metrics->daemon, &wait) == MHD_YES ? ikl_time_after(now, wait) : IKL_NEVER;
}

void metrics_run(struct metrics *metrics)
{
    (void)MHD_run(metrics->daemon);
}
