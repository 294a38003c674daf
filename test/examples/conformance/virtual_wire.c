/* SPDX-License-Identifier: ISC */
/* A wire of the tester in virtual time. */
#include "virtual_wire.h"

#include "support/test.h"

enum { PLAIN_PORT = 500, ENCAPSULATED_PORT = 4500 };

static void send_datagram(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    struct virtual_wire *wire = user;
    struct ikl_path arrives = *path;

    arrives.encapsulated = path->remote.port == ENCAPSULATED_PORT; /* as the peer has it */
    wrong_peer_receive(wire->peer, wire->now, &arrives, octets, len);
    wrong_peer_tick(wire->peer, wire->now);
}

static size_t receive_datagram(void *user, ikl_time deadline, struct ikl_path *path, uint8_t *octets, size_t size)
{
    struct virtual_wire *wire = user;
    size_t len;

    assert_true(size >= WRONG_MAX_DATAGRAM);
    while ((len = wrong_peer_take(wire->peer, path, octets)) == 0 && wire->now < deadline) {
        wire->now = ikl_time_later(wire->now, ikl_time_earlier(deadline, wrong_peer_deadline(wire->peer)));
        wrong_peer_tick(wire->peer, wire->now);
    }
    return len;
}

static ikl_time read_clock(void *user)
{
    const struct virtual_wire *wire = user;

    return wire->now;
}

/* The tester's address and ports, and the peer's. */
static struct ikl_path path_to_peer(uint16_t local_port, uint16_t port)
{
    return (struct ikl_path){.local = {.ip = {192, 0, 2, 1}, .family = 4, .port = local_port},
                             .remote = {.ip = {192, 0, 2, 2}, .family = 4, .port = port},
                             .encapsulated = port == ENCAPSULATED_PORT};
}

static struct ikl_path move(void *user, const struct ikl_path *path)
{
    struct ikl_path moved = *path;

    (void)user;
    moved.local.port++;
    return moved;
}

struct wire virtual_wire_open(struct virtual_wire *wire, enum wrong_side side, const struct wrong_fault *fault,
                              bool rekeys)
{
    *wire = (struct virtual_wire){.peer = wrong_peer_new(side, fault, rekeys), .now = 1000};
    return (struct wire){.send = send_datagram,
                         .receive = receive_datagram,
                         .now = read_clock,
                         .elsewhere = move,
                         .user = wire,
                         .plain = path_to_peer(PLAIN_PORT, PLAIN_PORT),
                         .encapsulated = path_to_peer(ENCAPSULATED_PORT, ENCAPSULATED_PORT)};
}

void virtual_wire_close(struct virtual_wire *wire)
{
    wrong_peer_free(wire->peer);
}
