/* SPDX-License-Identifier: ISC */
/* ikeping: establishes an IKE SA with a gateway and watches whether it is alive. */
#define _POSIX_C_SOURCE 200809L
#include "conformance/program.h"
#include "crash.h"
#include "files.h"
#include "gateway_file.h"
#include "ikeping.h"
#include "loop.h"
#include "metrics.h"
#include "net.h"
#include "tcp.h"

#include <ikelive/posix.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MAX_DATAGRAM = 65535,
    MAX_EVENTS = 8,
    MAX_DATAGRAMS_A_TURN = 64,
    PEER_SIZE = 80,
    /* numbers of the loop: UDP sockets first, then TCP connections, then what listens for those */
    FIRST_CONNECTION = NET_MAX_SOCKETS,
    FIRST_LISTENER = FIRST_CONNECTION + TCP_MAX_CONNECTIONS,
    METRICS = FIRST_LISTENER + TCP_MAX_LISTENERS,
    RECONNECT = 1000 /* ms until a lost connection is opened anew */
};

struct program {
    struct settings settings;
    struct credentials credentials;
    struct report report;
    struct net net;
    struct tcp tcp;
    ikl_time reconnect_at; /* IKL_NEVER: there is a connection, or none is needed */
    struct loop loop;
    struct gateway_file gateways;  /* with --file; else it is empty */
    struct gateway_config gateway; /* of the initiator without */
    char peer[PEER_SIZE];          /* who the summary is about */
    struct files files;
    struct metrics *metrics; /* or null */
    bool unread;             /* standard output takes no more */
    struct ikeping ikeping;
    uint8_t datagram[MAX_DATAGRAM];
};

_Static_assert((int)NET_REASON_SIZE <= (int)IKEPING_REASON_SIZE, "a reason of the network's fits");

/* ns since the epoch, for whoever reads the capture. */
static uint64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void capture(struct program *program, const struct ikl_address *source, const struct ikl_address *destination,
                    const uint8_t *datagram, size_t len)
{
    files_capture(&program->files, &program->settings, source, destination, datagram, len, wall_clock());
}

/* Watches a connection, until it takes more where it is full or not there yet. */
static void await(struct program *program, const struct tcp_connection *connection)
{
    loop_await_writable(&program->loop, connection->fd, FIRST_CONNECTION + tcp_number(&program->tcp, connection),
                        connection->connecting || tcp_is_full(connection));
}

static int send_over_tcp(struct program *program, const struct ikl_path *path, const uint8_t *message, size_t len)
{
    struct tcp_connection *connection = tcp_find(&program->tcp, path);
    int result = connection != NULL ? tcp_send(connection, message, len) : IKL_ERR_NOT_FOUND;

    if (result == IKL_OK) {
        capture(program, &path->local, &path->remote, message, len);
        await(program, connection);
    }
    return result;
}

static int on_send(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct program *program = user;
    int result;

    if (path->reliable) {
        return send_over_tcp(program, path, datagram, len);
    }
    result = net_send(&program->net, path, datagram, len);

    if (result == IKL_OK) {
        capture(program, &path->local, &path->remote, datagram, len);
    }
    if (result == IKL_ERR_BLOCKED && errno != ENOBUFS) { /* else it is not the socket that is full */
        loop_await_writable(&program->loop, program->net.sockets[net_socket_of(path)].fd, net_socket_of(path), true);
    }
    return result;
}

static void read_datagrams(struct program *program, size_t socket)
{
    struct ikl_path path;
    size_t len;

    for (unsigned i = 0; i < MAX_DATAGRAMS_A_TURN; i++) {
        if (!net_receive(&program->net, socket, &path, program->datagram, sizeof(program->datagram), &len)) {
            return;
        }
        capture(program, &path.remote, &path.local, program->datagram, len);
        ikeping_receive(&program->ikeping, &path, program->datagram, len, loop_now());
    }
}

static void read_errors(struct program *program, size_t socket)
{
    struct ikl_address remote;
    char why[NET_REASON_SIZE];
    uint16_t mtu;

    while (net_receive_error(&program->net, socket, &remote, why, &mtu)) {
        ikeping_unreachable(&program->ikeping, &remote, why, mtu, loop_now());
    }
}

static bool watch_connection(struct program *program, const struct tcp_connection *connection)
{
    return loop_watch(&program->loop, connection->fd, FIRST_CONNECTION + tcp_number(&program->tcp, connection));
}

static void lose(struct program *program, struct tcp_connection *connection, const char *why)
{
    const struct ikl_path path = connection->path;
    bool was_there = !connection->connecting;

    tcp_drop(connection);
    if (was_there) {
        ikeping_disconnected(&program->ikeping, &path, why, loop_now());
    }
    if (!program->settings.responder) {
        program->reconnect_at = ikl_time_after(ikeping_now(&program->ikeping), RECONNECT);
    }
}

/* Gives the messages in these octets on. False: they are none, and the connection is of no use any more. */
static bool take_octets(struct program *program, struct tcp_connection *connection, struct ikl_octets in)
{
    struct ikl_stream_message message;
    int result;

    while ((result = ikl_stream_next(&connection->stream, &in, &message)) == IKL_OK || result == IKL_ERR_NO_BUFFER) {
        if (result == IKL_OK && message.kind == IKL_STREAM_IKE) {
            capture(program, &connection->path.remote, &connection->path.local, message.octets.data,
                    message.octets.len);
            ikeping_receive(&program->ikeping, &connection->path, message.octets.data, message.octets.len, loop_now());
        }
    }
    return result == IKL_ERR_END;
}

static void read_connection(struct program *program, struct tcp_connection *connection)
{
    char why[TCP_REASON_SIZE];
    size_t len;

    if (!tcp_read(connection, program->datagram, sizeof(program->datagram), &len, why)) {
        lose(program, connection, why);
    } else if (len != 0 && !take_octets(program, connection, (struct ikl_octets){program->datagram, len})) {
        lose(program, connection, "what came over it is no stream of IKE messages");
    }
}

/* A connection that was asked for is there, or cannot be. */
static void finish_connection(struct program *program, struct tcp_connection *connection)
{
    char why[TCP_REASON_SIZE];

    if (tcp_finish(connection, why)) {
        await(program, connection);
        ikeping_reconnected(&program->ikeping, &connection->path, loop_now());
    } else {
        lose(program, connection, why);
    }
}

static void accept_connection(struct program *program, size_t listener)
{
    struct tcp_connection *connection = tcp_accept(&program->tcp, listener);

    if (connection != NULL && !watch_connection(program, connection)) {
        tcp_drop(connection);
    }
}

static void take_tcp_event(struct program *program, const struct loop_event *event)
{
    struct tcp_connection *connection;

    if (event->socket >= FIRST_LISTENER) {
        accept_connection(program, event->socket - FIRST_LISTENER);
        return;
    }
    connection = &program->tcp.connections[event->socket - FIRST_CONNECTION];
    if (connection->used && connection->connecting && (event->writable || event->has_errors)) {
        finish_connection(program, connection);
    } else if (connection->used && !connection->connecting) {
        if (event->writable) {
            tcp_flush(connection);
            await(program, connection);
            ikeping_writable(&program->ikeping, loop_now());
        }
        if (event->readable || event->has_errors) {
            read_connection(program, connection);
        }
    }
}

/* A connection that was lost is opened anew when it is time for that. */
static void reconnect(struct program *program)
{
    struct tcp_connection *connection;

    if (ikl_posix_now() < program->reconnect_at) {
        return;
    }
    connection = tcp_open_again(&program->tcp);
    program->reconnect_at =
        connection != NULL && watch_connection(program, connection) ? IKL_NEVER : ikl_posix_now() + RECONNECT;
    if (connection != NULL) {
        await(program, connection);
    }
}

/* Whom nobody reads stops. */
static void heed_output(struct program *program)
{
    if (ferror(stdout) && !program->unread) {
        program->unread = true;
        fprintf(stderr, "ikeping: cannot write to standard output\n");
        ikeping_interrupt(&program->ikeping, loop_now());
    }
}

static void take_udp_event(struct program *program, const struct loop_event *event)
{
    if (event->has_errors) {
        read_errors(program, event->socket);
    }
    if (event->readable) {
        read_datagrams(program, event->socket);
    }
    if (event->writable) {
        loop_await_writable(&program->loop, program->net.sockets[event->socket].fd, event->socket, false);
        ikeping_writable(&program->ikeping, loop_now());
    }
}

static void take_event(struct program *program, const struct loop_event *event)
{
    if (event->signal == LOOP_END) {
        ikeping_interrupt(&program->ikeping, loop_now());
    } else if (event->signal == LOOP_STATISTICS) {
        ikeping_show_statistics(&program->ikeping, loop_now());
    } else if (event->signal == LOOP_RESIZED) {
        ikeping_redraw(&program->ikeping, loop_now());
    } else if (event->socket == METRICS) {
        metrics_run(program->metrics);
    } else if (event->socket >= FIRST_CONNECTION) {
        take_tcp_event(program, event);
    } else {
        take_udp_event(program, event);
    }
}

static ikl_time next_deadline(const struct program *program)
{
    ikl_time deadline = ikl_time_earlier(ikeping_deadline(&program->ikeping), program->reconnect_at);

    return program->metrics != NULL ? ikl_time_earlier(deadline, metrics_deadline(program->metrics, ikl_posix_now()))
                                    : deadline;
}

static void run(struct program *program)
{
    struct loop_event events[MAX_EVENTS];
    size_t n;

    while (!ikeping_is_over(&program->ikeping)) {
        n = loop_wait(&program->loop, next_deadline(program), events, MAX_EVENTS);
        for (size_t i = 0; i < n; i++) {
            take_event(program, &events[i]);
        }
        heed_output(program);
        reconnect(program);
        if (program->metrics != NULL) {
            metrics_run(program->metrics); /* a client may have been silent for too long */
        }
        ikeping_turn(&program->ikeping, loop_now());
    }
}

static bool read_credentials(struct program *program)
{
    const struct settings *settings = &program->settings;
    struct credentials *credentials = &program->credentials;

    if (!crash_read_secret(credentials, settings)) {
        return false;
    }
    if (!settings_have_credentials(settings)) {
        return true;
    }
    if (settings->ed25519_file != NULL) {
        return credentials_read_ed25519(credentials, settings->ed25519_file, settings->ed25519_peer_file);
    }
    if ((settings->password_file != NULL && !credentials_read_password(credentials, settings->password_file)) ||
        (settings->psk_file != NULL && !credentials_read_psk(credentials, settings->psk_file)) ||
        (settings_have_certificates(settings) &&
         !credentials_read_certificates(credentials, settings->cert_file, settings->key_file,
                                        settings->authorities_file))) {
        return false;
    }
    credentials->own = settings->eap_tls ? CREDENTIALS_EAP : credentials->own;
    return true;
}

static bool read_gateways(struct program *program)
{
    const struct settings *settings = &program->settings;

    return settings->gateways_file == NULL || gateway_file_read(&program->gateways, settings);
}

static unsigned host_flags(const struct program *program)
{
    return program->settings.numeric ? NET_NUMERIC : 0;
}

/* An initiator's connection. */
static bool open_connection(struct program *program, uint16_t port, char *why)
{
    const struct tcp_connection *connection =
        tcp_open(&program->tcp, program->settings.host, host_flags(program), port, why);

    if (connection != NULL) {
        program->gateway.plain = program->gateway.encapsulated = connection->path;
    }
    return connection != NULL;
}

/* The paths to a gateway over UDP. */
static bool reach(const struct program *program, const char *host, uint16_t port, struct gateway_config *gateway,
                  char *why)
{
    return net_reach(&program->net, host, host_flags(program), port, (uint16_t)(port + NAT_PORT_OFFSET),
                     &gateway->plain, &gateway->encapsulated, why);
}

/* The only gateway's. */
static bool open_way(struct program *program, char *why)
{
    const struct settings *settings = &program->settings;

    (void)snprintf(program->peer, sizeof(program->peer), "%s", settings->host);
    if (settings->tcp ? !open_connection(program, (uint16_t)(settings->port + NAT_PORT_OFFSET), why)
                      : !net_open(&program->net, why) ||
                            !reach(program, settings->host, settings->port, &program->gateway, why)) {
        return false;
    }
    (void)ikl_address_text(&program->gateway.plain.remote, program->peer, sizeof(program->peer));
    return true;
}

static bool open_net(struct program *program, char *why)
{
    const struct settings *settings = &program->settings;
    uint16_t nat_port = (uint16_t)(settings->port + NAT_PORT_OFFSET);

    program->net.locals = settings->locals;
    program->net.n_locals = settings->n_locals;
    if (settings->responder) {
        (void)snprintf(program->peer, sizeof(program->peer), "%s", settings->host != NULL ? settings->host : "*");
        return (!settings->tcp || tcp_listen(&program->tcp, settings->host, host_flags(program), nat_port, why)) &&
               net_listen(&program->net, settings->host, host_flags(program), settings->port, nat_port, why);
    }
    if (settings->gateways_file != NULL) {
        (void)snprintf(program->peer, sizeof(program->peer), "%.*s", (int)sizeof(program->peer) - 1,
                       program->gateways.n == 1 ? program->gateways.lines[0].host : "*");
        return net_open(&program->net, why);
    }
    return open_way(program, why);
}

/* What there is at the beginning. */
static bool watch_tcp(struct program *program)
{
    const struct tcp *tcp = &program->tcp;
    bool done = true;

    for (size_t i = 0; i < tcp->n_listeners; i++) {
        done = done && loop_watch(&program->loop, tcp->listeners[i], FIRST_LISTENER + i);
    }
    for (size_t i = 0; i < TCP_MAX_CONNECTIONS; i++) {
        done = done && (!tcp->connections[i].used || watch_connection(program, &tcp->connections[i]));
    }
    return done;
}

static bool open_loop(struct program *program)
{
    int sockets[NET_MAX_SOCKETS];

    for (size_t i = 0; i < program->net.n; i++) {
        sockets[i] = program->net.sockets[i].fd;
    }
    return loop_open(&program->loop, sockets, program->net.n) && watch_tcp(program);
}

static bool on_locate(void *user, unsigned n, const struct ikl_address *remote, bool encapsulated, struct ikl_path *out)
{
    const struct program *program = user;

    return net_locate(&program->net, n, remote, encapsulated, out);
}

static bool on_reach(void *user, const char *host, uint16_t port, struct gateway_config *config,
                     char why[IKEPING_REASON_SIZE])
{
    return reach(user, host, port, config, why);
}

static size_t count_gateways(const struct program *program)
{
    return program->settings.gateways_file != NULL ? program->gateways.n : program->settings.responder ? 0 : 1;
}

static void connect_one(struct program *program, const char *host, const struct gateway_config *gateway)
{
    if (!ikeping_connect(&program->ikeping, gateway, loop_now())) {
        ikeping_cannot_connect(&program->ikeping, host, "no memory", loop_now());
    }
}

static void connect_line(struct program *program, const struct gateway_line *line)
{
    const struct settings *settings = &program->settings;
    struct gateway_config gateway = {
        .remote_id = line->remote_id.type != 0 ? &line->remote_id : &settings->remote_id,
        .credentials = line->credentials != NULL ? line->credentials : &program->credentials,
    };
    char why[NET_REASON_SIZE];

    if (reach(program, line->host, line->port != 0 ? line->port : settings->port, &gateway, why)) {
        connect_one(program, line->host, &gateway);
    } else {
        ikeping_cannot_connect(&program->ikeping, line->host, why, loop_now());
    }
}

static void connect_all(struct program *program)
{
    for (size_t i = 0; i < program->gateways.n; i++) {
        connect_line(program, &program->gateways.lines[i]);
    }
    if (program->settings.gateways_file == NULL) {
        program->gateway.remote_id = &program->settings.remote_id;
        program->gateway.credentials = &program->credentials;
        connect_one(program, program->settings.host, &program->gateway);
    }
}

/* False, said on stderr, when it cannot be done. */
static bool open_metrics(struct program *program)
{
    uint16_t port = program->settings.metrics_port;
    char why[METRICS_REASON_SIZE];

    if (port == 0) {
        return true;
    }
    program->metrics = metrics_open(&program->ikeping, port, why);
    if (program->metrics == NULL) {
        fprintf(stderr, "ikeping: --metrics: %s\n", why);
        return false;
    }
    return loop_watch(&program->loop, metrics_fd(program->metrics), METRICS);
}

/* From open sockets to the end. */
static enum exit_status live(struct program *program)
{
    struct ikeping *ikeping = &program->ikeping;
    enum exit_status status;

    *ikeping = (struct ikeping){
        .settings = &program->settings,
        .credentials = &program->credentials,
        .report = &program->report,
        .keylog = program->files.keylog,
        .n_expected = count_gateways(program),
        .send = on_send,
        .reach = on_reach,
        .locate = on_locate,
        .user = program,
    };
    if (!open_loop(program)) {
        perror("ikeping: event loop");
        return EXIT_NOT_ESTABLISHED;
    }
    if (!ikeping_open(ikeping, loop_now()) || !open_metrics(program)) {
        return EXIT_NOT_ESTABLISHED;
    }
    report_start(&program->report, &program->settings, program->peer, count_gateways(program));
    if (program->files.keylog != NULL) {
        report_keylog(&program->report, program->peer, &program->settings.proposals);
    }
    if (!program->settings.responder) {
        connect_all(program);
    }
    run(program);
    if (program->metrics != NULL) {
        metrics_close(program->metrics);
    }
    status = ikeping_close(ikeping, program->peer);
    loop_close(&program->loop);
    return status;
}

static enum exit_status start(struct program *program)
{
    char why[NET_REASON_SIZE];
    enum exit_status status;

    if (!read_credentials(program) || !read_gateways(program) || !files_open(&program->files, &program->settings)) {
        return EXIT_USAGE;
    }
    if (program->settings.conformance != NULL) {
        return conformance_program(&program->settings, &program->credentials, &program->files);
    }
    program->report = report_open(&program->settings, loop_now(), wall_clock());
    program->report.picture = program->files.svg != NULL ? &program->files.picture : NULL;
    program->reconnect_at = IKL_NEVER;
    if (!open_net(program, why)) {
        net_close(&program->net);
        tcp_close(&program->tcp);
        report_failed(&program->report, program->peer, why);
        return EXIT_NOT_ESTABLISHED;
    }
    status = live(program);
    net_close(&program->net);
    tcp_close(&program->tcp);
    return status;
}

int main(int argc, char **argv)
{
    static struct program program;
    enum exit_status status;
    int error = ikl_init();

    if (error != IKL_OK) {
        fprintf(stderr, "ikeping: ikl_init: %s\n", ikl_error_name(error));
        return EXIT_NOT_ESTABLISHED;
    }
    switch (ikeping_settings_read(&program.settings, argc, argv)) {
    case OPTIONS_HELP:
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    status = start(&program);
    files_close(&program.files, &program.settings, program.peer);
    gateway_file_free(&program.gateways);
    credentials_wipe(&program.credentials);
    return (int)status;
}
