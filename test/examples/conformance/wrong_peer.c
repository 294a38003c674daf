/* SPDX-License-Identifier: ISC */
/* A peer in virtual time that does all as it should, but for one fault. */
#include "../ikeping/sealed.h"
#include "wrong.h"

#include "support/test.h"

/* WRONG_SILENCE and WRONG_REKEY are in ms. */
#define OPTIONS                                                                                                        \
    " --psk-file - --id " WRONG_PEER_ID " --remote-id " WRONG_TESTER_ID " --interval 30 --schedule " WRONG_SCHEDULE

static const uint64_t NS_IN_MS = 1000000;

enum { PLAIN_PORT = 500, ENCAPSULATED_PORT = 4500 };

static size_t marker_of(const struct ikl_path *path)
{
    return path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
}

struct wrong_sa *wrong_find_sa(struct wrong_peer *peer, uint64_t spi_i, uint64_t spi_r)
{
    for (size_t i = 0; i < peer->n_sas; i++) {
        if (peer->sas[i].spi_i == spi_i && peer->sas[i].spi_r == spi_r) {
            return &peer->sas[i];
        }
    }
    return NULL;
}

/* Keeps the keys of new IKE SAs, and new keys of old ones. */
static void keep_keys(struct wrong_peer *peer)
{
    for (const struct session *session = peer->end.ikeping.sessions; session != NULL; session = session->next) {
        uint64_t spi_i = session->sa != NULL ? ikl_sa_spi_i(session->sa) : 0;
        uint64_t spi_r = session->sa != NULL ? ikl_sa_spi_r(session->sa) : 0;
        struct wrong_sa *sa = wrong_find_sa(peer, spi_i, spi_r);

        if (spi_r == 0) {
            continue;
        }
        if (sa == NULL) {
            assert_true(peer->n_sas < WRONG_MAX_SAS);
            sa = &peer->sas[peer->n_sas++];
            *sa = (struct wrong_sa){.spi_i = spi_i, .spi_r = spi_r, .by_rekey = session->phase != SESSION_CONNECTING};
            /* the tester's IKE_SA_INIT request had Message ID 0, if it made one */
            sa->next = sa->by_rekey || peer->side == WRONG_CLIENT ? 0 : 1;
        }
        sa->suite = session->handshake.proposal.suite;
        sa->keys = session->handshake.keys;
    }
}

static void read_message(struct wrong_peer *peer, const struct wrong_datagram *datagram, struct wrong_message *message)
{
    size_t marker = marker_of(&datagram->path);
    struct sealed_with with;

    message->octets = (struct ikl_octets){datagram->octets + marker, datagram->len - marker};
    message->sa = NULL;
    message->opened = false;
    message->inside = (struct ikl_opened){.fragment_number = 0};
    if (datagram->len < marker ||
        ikl_header_read(&message->header, message->octets.data, message->octets.len) != IKL_OK) {
        message->header = (struct ikl_header){.length = 0};
        return;
    }
    message->sa = wrong_find_sa(peer, message->header.spi_i, message->header.spi_r);
    if (message->sa != NULL) {
        with = (struct sealed_with){.suite = &message->sa->suite, .keys = &message->sa->keys};
        message->opened = sealed_open(&with, (message->header.flags & IKL_FLAG_INITIATOR) != 0, message->octets,
                                      message->plaintext, &message->inside) == IKL_OK;
    }
}

static bool is_response(const struct wrong_message *message)
{
    return (message->header.flags & IKL_FLAG_RESPONSE) != 0;
}

bool wrong_is_request(const struct wrong_message *message, uint8_t exchange_type)
{
    return message->opened && !is_response(message) && message->header.exchange_type == exchange_type;
}

bool wrong_is_response(const struct wrong_message *message, uint8_t exchange_type)
{
    return message->opened && is_response(message) && message->header.exchange_type == exchange_type;
}

enum tester_asked wrong_asked(const struct wrong_message *message)
{
    const struct message request = {
        .header = message->header, .first = message->inside.first_payload, .payloads = message->inside.plaintext};

    return message->opened && !is_response(message) ? tester_asked(&request) : TESTER_ASKED_OTHER;
}

void wrong_send(struct wrong_peer *peer, const struct wrong_datagram *datagram)
{
    assert_true(peer->n_queue < WRONG_MAX_QUEUE);
    peer->queue[peer->n_queue++] = *datagram;
}

static bool passes(struct wrong_peer *peer, wrong_hook *hook, struct wrong_datagram *datagram,
                   const struct wrong_message *message)
{
    return hook == NULL || hook(peer, datagram, message);
}

/* The request is answered: what comes with its Message ID now has come before. */
static void count_response(const struct wrong_message *message)
{
    if (message->opened && is_response(message) && message->header.message_id == message->sa->next) {
        message->sa->next++;
    }
}

/* A request of the peer's own goes out, perhaps once more. */
static void count_request(struct wrong_peer *peer, const struct wrong_message *message)
{
    bool again = peer->asks && peer->asked_id == message->header.message_id;

    peer->n_asked = again ? peer->n_asked + 1 : 0;
    peer->asks = true;
    peer->asked_id = message->header.message_id;
    peer->asked = wrong_asked(message);
    peer->has_rekeyed = peer->has_rekeyed || peer->asked == TESTER_REKEYS_CHILD || peer->asked == TESTER_REKEYS_SA;
}

static int on_send(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    struct wrong_peer *peer = ((struct end *)user)->owner;
    struct wrong_datagram datagram = {.path = *path, .len = len};
    struct wrong_message message;

    assert_true(len <= sizeof(datagram.octets));
    memcpy(datagram.octets, octets, len);
    keep_keys(peer);
    read_message(peer, &datagram, &message);
    if (message.opened && !is_response(&message)) {
        count_request(peer, &message);
    }
    if (passes(peer, peer->fault->sends, &datagram, &message)) {
        wrong_send(peer, &datagram);
    }
    count_response(&message);
    return IKL_OK;
}

/* A client's way to the tester, from the port that it goes to. */
static struct ikl_path path_to_tester(uint16_t port)
{
    return (struct ikl_path){.local = {.ip = {192, 0, 2, 2}, .family = 4, .port = port},
                             .remote = {.ip = {192, 0, 2, 1}, .family = 4, .port = port},
                             .encapsulated = port == ENCAPSULATED_PORT};
}

/* A client that has no IKE SA begins one. */
static void connect_again(struct wrong_peer *peer)
{
    const struct gateway_config config = {.plain = path_to_tester(PLAIN_PORT),
                                          .encapsulated = path_to_tester(ENCAPSULATED_PORT),
                                          .remote_id = &peer->end.settings.remote_id,
                                          .credentials = &peer->end.credentials};

    if (peer->side == WRONG_CLIENT && peer->end.ikeping.sessions == NULL) {
        assert_true(ikeping_connect(&peer->end.ikeping, &config, peer->now * NS_IN_MS));
    }
}

struct wrong_peer *wrong_peer_new(enum wrong_side side, const struct wrong_fault *fault, bool rekeys)
{
    static const struct wrong_fault nothing;
    char text[256];
    struct wrong_peer *peer = calloc(1, sizeof(*peer));

    assert_non_null(peer);
    peer->fault = fault != NULL ? fault : &nothing;
    peer->side = side;
    (void)snprintf(text, sizeof(text), "%s" OPTIONS "%s", side == WRONG_CLIENT ? "tester" : "--responder",
                   rekeys ? " --rekey 5" : "");
    end_init(&peer->end, text, WRONG_PSK, 0, on_send);
    peer->end.owner = peer;
    assert_true(ikeping_open(&peer->end.ikeping, 0));
    connect_again(peer);
    return peer;
}

void wrong_peer_free(struct wrong_peer *peer)
{
    (void)end_close(&peer->end, "*");
    free(peer);
}

void wrong_give(struct wrong_peer *peer, const struct wrong_datagram *datagram)
{
    ikeping_receive(&peer->end.ikeping, &datagram->path, datagram->octets, datagram->len, peer->now * NS_IN_MS);
    keep_keys(peer);
}

static struct ikl_path turned(const struct ikl_path *path)
{
    struct ikl_path turned = *path;

    turned.local = path->remote;
    turned.remote = path->local;
    return turned;
}

void wrong_peer_receive(struct wrong_peer *peer, uint64_t now_ms, const struct ikl_path *path, const uint8_t *octets,
                        size_t len)
{
    struct wrong_datagram datagram = {.path = turned(path), .len = len};
    struct wrong_message *message = &peer->came;

    peer->now = now_ms;
    assert_true(len <= sizeof(datagram.octets));
    memcpy(datagram.octets, octets, len);
    read_message(peer, &datagram, message);
    if (wrong_is_request(message, IKL_IKE_AUTH)) {
        message->sa->home = datagram.path;
    }
    if (passes(peer, peer->fault->takes, &datagram, message)) {
        wrong_give(peer, &datagram);
    }
    peer->asks =
        peer->asks && !(message->opened && is_response(message) && message->header.message_id == peer->asked_id);
}

uint64_t wrong_peer_deadline(const struct wrong_peer *peer)
{
    return ikeping_deadline(&peer->end.ikeping);
}

void wrong_peer_tick(struct wrong_peer *peer, uint64_t now_ms)
{
    peer->now = now_ms;
    ikeping_turn(&peer->end.ikeping, now_ms * NS_IN_MS);
    connect_again(peer);
}

size_t wrong_peer_take(struct wrong_peer *peer, struct ikl_path *path, uint8_t octets[WRONG_MAX_DATAGRAM])
{
    size_t len = peer->queue[0].len;

    if (peer->n_queue == 0) {
        return 0;
    }
    *path = turned(&peer->queue[0].path);
    memcpy(octets, peer->queue[0].octets, len);
    memmove(peer->queue, peer->queue + 1, --peer->n_queue * sizeof(*peer->queue));
    return len;
}

void wrong_seal(struct wrong_datagram *datagram, const struct wrong_message *message, uint8_t first,
                struct ikl_octets plaintext)
{
    const struct sealed_with with = {.suite = &message->sa->suite, .keys = &message->sa->keys};
    const struct ikl_sealing sealing = {.header = message->header, .first_payload = first, .plaintext = plaintext};
    size_t marker = marker_of(&datagram->path);

    datagram->len = marker + sealed_write(&with, (message->header.flags & IKL_FLAG_INITIATOR) != 0, &sealing,
                                          datagram->octets + marker, sizeof(datagram->octets) - marker);
}

static struct ikl_octets write_chain(const struct payload_list *list, struct ikl_writer *writer)
{
    assert_int_equal(list->error, IKL_OK);
    assert_int_equal(ikl_chain_write(writer, list->payloads, list->n), IKL_OK);
    return (struct ikl_octets){writer->data, writer->len};
}

void wrong_seal_once(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message,
                     const struct payload_list *list)
{
    uint8_t plaintext[PAYLOAD_LIST_SIZE];
    struct ikl_writer writer = ikl_writer(plaintext, sizeof(plaintext));

    if (peer->kept.len == 0 || message->header.message_id >= message->sa->next) {
        wrong_seal(datagram, message, ikl_chain_first(list->payloads, list->n), write_chain(list, &writer));
        peer->kept = *datagram;
    } else {
        *datagram = peer->kept;
    }
}

struct ikl_octets wrong_find(const struct wrong_message *message, uint8_t type)
{
    return payload_find(message->inside.first_payload, message->inside.plaintext, type);
}

bool wrong_answers_last(const struct wrong_peer *peer, const struct wrong_message *message)
{
    return message->opened && is_response(message) && peer->came.opened && !is_response(&peer->came) &&
           peer->came.sa == message->sa && peer->came.header.message_id == message->header.message_id;
}

/* The first response goes out before the request is counted. */
bool wrong_is_repeated_create(const struct wrong_peer *peer, const struct wrong_message *message)
{
    return wrong_answers_last(peer, message) && wrong_is_request(&peer->came, IKL_CREATE_CHILD_SA) &&
           message->header.message_id < message->sa->next;
}

void wrong_answer(struct wrong_peer *peer, const struct wrong_datagram *to, const struct wrong_message *message,
                  const struct payload_list *list)
{
    struct wrong_datagram datagram = {.path = to->path};
    struct wrong_message answer = {.header = message->header, .sa = message->sa};
    uint8_t plaintext[PAYLOAD_LIST_SIZE];
    struct ikl_writer writer = ikl_writer(plaintext, sizeof(plaintext));
    struct ikl_octets inside = {NULL, 0};

    answer.header.flags = (uint8_t)((message->header.flags ^ IKL_FLAG_INITIATOR) | IKL_FLAG_RESPONSE);
    if (list != NULL) {
        inside = write_chain(list, &writer);
    }
    wrong_seal(&datagram, &answer, list != NULL ? ikl_chain_first(list->payloads, list->n) : IKL_PAYLOAD_NONE, inside);
    wrong_send(peer, &datagram);
}

void wrong_answer_instead(struct wrong_peer *peer, const struct wrong_datagram *to, const struct wrong_message *message,
                          uint16_t type, struct ikl_octets data)
{
    struct wrong_datagram empty = *to;
    size_t n_queue = peer->n_queue;
    struct payload_list list;

    wrong_seal(&empty, message, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0});
    wrong_give(peer, &empty);
    peer->n_queue = n_queue;
    payload_list_init(&list);
    payload_list_notify(&list, type, data);
    wrong_answer(peer, to, message, &list);
}

bool wrong_begins_with(const struct wrong_message *message, uint8_t type)
{
    return (message->opened ? message->inside.first_payload : message->header.next_payload) == type;
}

void wrong_answer_plain(struct wrong_peer *peer, const struct wrong_datagram *to, const struct wrong_message *message,
                        uint16_t type)
{
    struct wrong_datagram datagram = {.path = to->path};
    struct ikl_writer writer = ikl_writer(datagram.octets, sizeof(datagram.octets));
    struct ikl_header header = message->header;
    struct payload_list list;

    header.flags = (uint8_t)((header.flags ^ IKL_FLAG_INITIATOR) | IKL_FLAG_RESPONSE);
    payload_list_init(&list);
    payload_list_notify(&list, type, (struct ikl_octets){NULL, 0});
    ikl_write_zeros(&writer, marker_of(&to->path));
    ikl_header_write(&writer, &header);
    assert_int_equal(ikl_chain_write(&writer, list.payloads, list.n), IKL_OK);
    ikl_header_patch(&writer, marker_of(&to->path), IKL_PAYLOAD_NOTIFY);
    datagram.len = writer.len;
    wrong_send(peer, &datagram);
}

void wrong_forget(struct wrong_peer *peer)
{
    struct session *session = peer->end.ikeping.sessions;

    for (; session != NULL; session = session->next) {
        while (session->n_sas > 0) {
            ikl_sa_close(session->sas[0], peer->now);
        }
    }
    wrong_peer_tick(peer, peer->now);
}
