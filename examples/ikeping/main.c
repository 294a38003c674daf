/* SPDX-License-Identifier: ISC */
/* ikeping: establishes an IKE SA with a gateway and watches whether it is alive. */
#define _POSIX_C_SOURCE 200809L
#include "crash.h"
#include "ikeping.h"
#include "loop.h"
#include "net.h"
#include "pcap.h"
#include "private_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_DATAGRAM = 65535, MAX_EVENTS = 8, MAX_DATAGRAMS_A_TURN = 64, PEER_SIZE = 80 };

struct program {
    struct settings settings;
    struct credentials credentials;
    struct report report;
    struct net net;
    struct loop loop;
    struct ikl_path plain, encapsulated; /* of the initiator */
    char peer[PEER_SIZE];                /* who the summary is about */
    FILE *pcap, *keylog;                 /* or null */
    bool unread;                         /* standard output takes no more */
    struct ikeping ikeping;
    uint8_t datagram[MAX_DATAGRAM];
};

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
    if (program->pcap != NULL && !pcap_write(program->pcap, source, destination, datagram, len, wall_clock())) {
        fprintf(stderr, "ikeping: %s: %s\n", program->settings.pcap_file, strerror(errno));
        fclose(program->pcap);
        program->pcap = NULL;
    }
}

static int on_send(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct program *program = user;
    int result = net_send(&program->net, path, datagram, len);

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

/* Whom nobody reads stops. */
static void heed_output(struct program *program)
{
    if (ferror(stdout) && !program->unread) {
        program->unread = true;
        fprintf(stderr, "ikeping: cannot write to standard output\n");
        ikeping_interrupt(&program->ikeping, loop_now());
    }
}

static void run(struct program *program)
{
    struct loop_event events[MAX_EVENTS];
    size_t n;

    while (!ikeping_is_over(&program->ikeping)) {
        n = loop_wait(&program->loop, ikeping_deadline(&program->ikeping), events, MAX_EVENTS);
        for (size_t i = 0; i < n; i++) {
            if (events[i].signal) {
                ikeping_interrupt(&program->ikeping, loop_now());
            }
            if (events[i].has_errors) {
                read_errors(program, events[i].socket);
            }
            if (events[i].readable) {
                read_datagrams(program, events[i].socket);
            }
            if (events[i].writable) {
                loop_await_writable(&program->loop, program->net.sockets[events[i].socket].fd, events[i].socket, false);
                ikeping_writable(&program->ikeping, loop_now());
            }
        }
        heed_output(program);
        ikeping_turn(&program->ikeping, loop_now());
    }
}

static bool read_credentials(struct program *program)
{
    const struct settings *settings = &program->settings;

    if (!crash_read_secret(&program->credentials, settings)) {
        return false;
    }
    return settings->psk_file != NULL
               ? credentials_read_psk(&program->credentials, settings->psk_file)
               : credentials_read_ed25519(&program->credentials, settings->ed25519_file, settings->ed25519_peer_file);
}

static bool open_files(struct program *program)
{
    const struct settings *settings = &program->settings;

    if (settings->pcap_file != NULL) {
        program->pcap = private_file_create(settings->pcap_file);
        if (program->pcap == NULL) {
            return false;
        }
        pcap_begin(program->pcap);
    }
    if (settings->keylog_file != NULL) {
        program->keylog = private_file_create(settings->keylog_file);
    }
    return settings->keylog_file == NULL || program->keylog != NULL;
}

static void close_files(struct program *program)
{
    if (program->pcap != NULL) {
        fclose(program->pcap);
    }
    if (program->keylog != NULL) {
        fclose(program->keylog);
    }
}

static bool open_net(struct program *program, char *why)
{
    const struct settings *settings = &program->settings;
    uint16_t nat_port = (uint16_t)(settings->port + NAT_PORT_OFFSET);

    if (settings->responder) {
        (void)snprintf(program->peer, sizeof(program->peer), "%s", settings->host != NULL ? settings->host : "*");
        return net_listen(&program->net, settings->host, settings->port, nat_port, why);
    }
    (void)snprintf(program->peer, sizeof(program->peer), "%s", settings->host);
    if (!net_connect(&program->net, settings->host, settings->port, nat_port, &program->plain, &program->encapsulated,
                     why)) {
        return false;
    }
    (void)ikl_address_text(&program->plain.remote, program->peer, sizeof(program->peer));
    return true;
}

static bool open_loop(struct program *program)
{
    int sockets[NET_MAX_SOCKETS];

    for (size_t i = 0; i < program->net.n; i++) {
        sockets[i] = program->net.sockets[i].fd;
    }
    return loop_open(&program->loop, sockets, program->net.n);
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
        .keylog = program->keylog,
        .send = on_send,
        .user = program,
    };
    if (!open_loop(program)) {
        perror("ikeping: event loop");
        return EXIT_NOT_ESTABLISHED;
    }
    if (!ikeping_open(ikeping, loop_now())) {
        return EXIT_NOT_ESTABLISHED;
    }
    report_start(&program->report, &program->settings, program->peer);
    if (program->keylog != NULL) {
        report_keylog(&program->report, program->peer, &program->settings.proposals);
    }
    if (!program->settings.responder) {
        ikeping_connect(ikeping, &program->plain, &program->encapsulated, loop_now());
    }
    run(program);
    status = ikeping_close(ikeping, program->peer);
    loop_close(&program->loop);
    return status;
}

static enum exit_status start(struct program *program)
{
    char why[NET_REASON_SIZE];
    enum exit_status status;

    if (!read_credentials(program) || !open_files(program)) {
        return EXIT_USAGE;
    }
    program->report = report_open(&program->settings, loop_now());
    if (!open_net(program, why)) {
        report_failed(&program->report, program->peer, why);
        return EXIT_NOT_ESTABLISHED;
    }
    status = live(program);
    net_close(&program->net);
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
    close_files(&program);
    credentials_wipe(&program.credentials);
    return (int)status;
}
