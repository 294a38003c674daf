/* SPDX-License-Identifier: ISC */
/* ikeping: a message of another major version than 2. */
#include "handshake.h"
#include "session.h"

#include <stdio.h>

/* Octets of the header (§3.1, the same in version 1). */
enum { BETWEEN_SPI_AND_VERSION = 9, BETWEEN_VERSION_AND_LENGTH = 6 };

/* The initiator's session that waits for an IKE_SA_INIT response with this SPI, on this path. */
static struct session *find_waiting(const struct ikeping *ikeping, const struct ikl_path *path, uint64_t spi_i)
{
    struct session *session = ikeping->sessions;

    while (session != NULL &&
           (!session->initiator || session->phase != SESSION_CONNECTING || ikl_sa_spi_r(session->sa) != 0 ||
            ikl_sa_spi_i(session->sa) != spi_i || !ikl_path_same(ikl_sa_path(session->sa), path))) {
        session = session->next;
    }
    return session;
}

void handshake_take_other_version(struct ikeping *ikeping, const struct ikl_path *path, struct ikl_octets datagram)
{
    size_t marker = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    struct ikl_reader reader = ikl_reader(datagram.data + marker, datagram.len - marker);
    uint64_t spi_i = ikl_read_u64(&reader);
    struct session *session = find_waiting(ikeping, path, spi_i);
    char peer[IKEPING_ADDRESS_SIZE], why[HANDSHAKE_WHY_SIZE];
    uint8_t version;
    bool whole;

    (void)ikl_read_octets(&reader, BETWEEN_SPI_AND_VERSION);
    version = ikl_read_u8(&reader);
    (void)ikl_read_octets(&reader, BETWEEN_VERSION_AND_LENGTH);
    whole = ikl_read_u32(&reader) == datagram.len - marker; /* else it is noise */
    if (session != NULL) {
        (void)snprintf(why, sizeof(why), "the gateway answers in IKE version %u, we speak version 2", version >> 4);
        session->handshake.version = version;
        handshake_doubt(session, why);
    } else if (whole && ikeping->settings->responder && !ikeping->closing) {
        (void)ikl_address_text(&path->remote, peer, sizeof(peer));
        (void)snprintf(why, sizeof(why), "the peer speaks IKE version %u, we speak version 2", version >> 4);
        report_refused(ikeping->report, peer, why);
    }
}
