/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: messages that go and come. */
#include "tester.h"

#include <ikelive/registry.h>

#include <string.h>

/* Waits of a request, in ms: nothing is known about the path yet. */
static const uint32_t waits[] = {500, 1000, 2000, 4000};

void tester_send_along(struct tester *tester, const struct ikl_path *path, const struct datagram *datagram)
{
    uint8_t octets[IKL_NON_ESP_MARKER_LEN + TESTER_DATAGRAM_SIZE] = {0};
    size_t marker = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    struct ikl_octets whole = {octets, marker + datagram->len};
    struct traced *traced;

    memcpy(octets + marker, datagram->octets, datagram->len);
    traced = trace_add(&tester->trace, true, tester->wire.now(tester->wire.user), path, whole);
    tester->last_sent = traced != NULL ? traced : tester->last_sent;
    tester->wire.send(tester->wire.user, path, whole.data, whole.len);
}

void tester_send(struct tester *tester, const struct datagram *datagram)
{
    tester_send_along(tester, &tester->sa->path, datagram);
}

/* Opens the message, or reads it as it is. */
static void read_message(const struct tester *tester, const struct traced *traced, struct message *out)
{
    struct ikl_opened opened;
    const struct tester_sa *sa;

    *out = (struct message){.traced = traced, .octets = traced_message(traced)};
    out->status = ikl_header_read(&out->header, out->octets.data, out->octets.len);
    if (out->status != IKL_OK) {
        return;
    }
    out->first = out->header.next_payload;
    out->payloads = (struct ikl_octets){out->octets.data + IKL_HEADER_LEN, out->octets.len - IKL_HEADER_LEN};
    sa = tester_find_sa(tester, out->header.spi_i, out->header.spi_r);
    out->status = IKL_ERR_UNPROTECTED;
    if (sa != NULL && sa->cipher != NULL) {
        out->status = ikl_message_open(sa->cipher, sa->peer, out->octets.data, out->octets.len, traced->plaintext,
                                       traced->len, &opened);
    }
    if (out->status == IKL_OK) {
        out->first = opened.first_payload;
        out->payloads = opened.plaintext;
        out->fragment_number = opened.fragment_number;
        out->fragment_total = opened.fragment_total;
    }
}

bool tester_receive(struct tester *tester, ikl_time deadline, struct message *out)
{
    struct ikl_path path;
    struct tester_sa *sa;
    const struct traced *traced;
    size_t len = tester->wire.receive(tester->wire.user, deadline, &path, tester->received, sizeof(tester->received));

    if (len == 0) {
        return false;
    }
    tester->heard = true;
    traced = trace_add(&tester->trace, false, tester->wire.now(tester->wire.user), &path,
                       (struct ikl_octets){tester->received, len});
    if (traced == NULL) {
        return tester_give_up(tester, "there is no memory");
    }
    read_message(tester, traced, out);
    sa = tester_find_sa(tester, out->header.spi_i, out->header.spi_r);
    if (out->status == IKL_OK && (out->header.flags & IKL_FLAG_RESPONSE) == 0 && !tester->silent && sa != NULL &&
        sa->established && out->fragment_number == 0) {
        tester_answer(tester, sa, out);
    }
    return true;
}

bool tester_is_response(const struct tester *tester, const struct message *message, uint8_t exchange_type,
                        uint32_t message_id)
{
    const struct tester_sa *sa = tester->sa;
    int status = sa->cipher != NULL && exchange_type != IKL_IKE_SA_INIT ? IKL_OK : IKL_ERR_UNPROTECTED;

    return message->status == status && message->fragment_number == 0 &&
           (message->header.flags & IKL_FLAG_RESPONSE) != 0 && message->header.spi_i == sa->spi_i &&
           message->header.exchange_type == exchange_type && message->header.message_id == message_id;
}

bool tester_wait_response(struct tester *tester, uint8_t exchange_type, uint32_t message_id, uint32_t ms,
                          struct message *out)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), ms);

    while (tester_receive(tester, deadline, out)) {
        if (tester_is_response(tester, out, exchange_type, message_id)) {
            return true;
        }
    }
    return false;
}

bool tester_ask(struct tester *tester, const struct datagram *request, struct message *response)
{
    struct ikl_header header;

    if (ikl_header_read(&header, request->octets, request->len) != IKL_OK) {
        return tester_give_up(tester, "the tester's request has no header");
    }
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        tester_send(tester, request);
        if (tester_wait_response(tester, header.exchange_type, header.message_id, waits[i], response)) {
            return true;
        }
    }
    return false;
}

void tester_pause(struct tester *tester, uint32_t ms)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), ms);
    struct message passed;

    while (tester_receive(tester, deadline, &passed)) {
    }
}

bool tester_wait_request(struct tester *tester, struct message *out)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), tester->patience);

    tester->silent = true;
    while (tester_receive(tester, deadline, out)) {
        if (out->status == IKL_OK && (out->header.flags & IKL_FLAG_RESPONSE) == 0) {
            return true;
        }
    }
    return tester_give_up(tester, "the peer has made no request, such as a liveness check");
}
