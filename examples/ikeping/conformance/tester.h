/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the tester: an IKEv2 node that does what a check says, right or wrong. A check has it to
 * itself, and reads from top to bottom: it sends, waits, and expects (expect.h).
 *
 * What goes wrong on the tester's side, or before the matter of the check begins, is no fault of the peer: functions
 * called tester_... that return false have then set the verdict to "cannot tell", and the check just returns. */
#ifndef IKEPING_CONFORMANCE_TESTER_H
#define IKEPING_CONFORMANCE_TESTER_H

#include "trace.h"
#include "wire.h"

#include "../child.h"
#include "../handshake.h"
#include "../settings.h"

enum { TESTER_SAS = 16, TESTER_DATAGRAM_SIZE = 6144, TESTER_WHY_SIZE = 256, TESTER_WAITS = 12 };

/* One that the tester makes, without non-ESP marker. */
struct datagram {
    size_t len;
    uint8_t octets[TESTER_DATAGRAM_SIZE];
};

/* One that came. */
struct message {
    const struct traced *traced;
    struct ikl_octets octets; /* from the header on */
    struct ikl_header header;
    int status;    /* IKL_OK: SK was opened; IKL_ERR_UNPROTECTED: it has none; else what is wrong with it */
    uint8_t first; /* of the payloads, with these two statuses */
    struct ikl_octets payloads;
    uint16_t fragment_number, fragment_total; /* 0: it was whole */
};

/* An IKE SA. */
struct tester_sa {
    bool initiator; /* the tester made it */
    uint64_t spi_i, spi_r;
    struct ikl_path path;
    struct handshake handshake;
    struct init_message init; /* what the peer said in IKE_SA_INIT, as views of the trace */
    struct child_offer child_offer;
    struct child child;              /* its first Child SA, or what has taken its place */
    bool has_child;                  /* there is one */
    struct child old_child;          /* what the peer's rekey has replaced; without SPIs: nothing */
    const struct ikl_cipher *cipher; /* null: there are no keys yet */
    void *own, *peer;                /* key states, of each one's messages */
    uint64_t iv;                     /* of the tester's last message */
    uint32_t next_request;           /* Message ID of the tester's next request */
    uint32_t next_answer;            /* of the peer's next request */
    struct datagram answer;          /* to the peer's last request */
    bool established;
    bool deleted; /* by either */
};

/* A check that is left out is of a gateway, and the peer is a client, or the other way round. */
enum verdict { VERDICT_NONE, VERDICT_PASS, VERDICT_FAIL, VERDICT_UNCLEAR, VERDICT_LEFT_OUT };

/* What the peer does where it may do otherwise. There is no verdict without waits. */
struct measured {
    size_t n_waits;
    uint32_t waits[TESTER_WAITS]; /* ms between the sends of a request of the peer's */
    uint32_t verdict;             /* ms from the first of these until the peer gave up; 0: not measured */
};

/* What came of a check. */
struct finding {
    enum verdict verdict;
    char why[TESTER_WHY_SIZE]; /* unless it passed */
    struct measured measured;
    const struct traced *shown[2]; /* of a failure: what was sent, and what came of it; or null */
};

/* How the tester's nonces begin: with octets 0 or 0xff, which makes them lower or higher than any other. */
enum tester_nonces { TESTER_NONCES_RANDOM, TESTER_NONCES_LOWEST, TESTER_NONCES_HIGHEST };

struct tester {
    /* to be filled in */
    struct wire wire;
    const struct settings *settings;
    const struct credentials *credentials;
    bool listens;      /* the peer is a client, which connects to the tester; else it is a gateway */
    uint32_t quiet;    /* ms without an answer that are taken for silence */
    uint32_t patience; /* ms that the peer has to make a request of its own */
    uint16_t group;    /* the key exchange method that the peer has accepted before; 0: none yet */
    bool heard;        /* something has come, in this check or before */
    /* what a check may say before it connects */
    bool fragmentation; /* offer it */
    bool childless;     /* ask for no Child SA */
    bool nat_here;      /* pretend that the tester is behind a NAT */
    bool nat_there;     /* or that the peer is */
    /* at any time */
    bool silent; /* give the peer's requests no answers */
    enum tester_nonces nonces;
    /* the rest begins anew with each check */
    struct tester_sa sas[TESTER_SAS];
    size_t n_sas;
    struct tester_sa *sa; /* what the functions below are about */
    struct trace trace;
    const struct traced *last_sent;
    struct finding finding;
    uint8_t received[UINT16_MAX];
};

/* Before each check; after it, as a last message to the peer, so that it does not keep what the check has made; and the
 * end of IKE SAs and trace. */
void tester_begin(struct tester *tester);
void tester_delete_sas(struct tester *tester);
void tester_end(struct tester *tester);

/* Cannot tell, because of that. Gives false. A verdict of before stays, unless it is that all was right so far. */
bool tester_give_up(struct tester *tester, const char *why);

/* Whether the peer is a gateway, or a client. If not, the check is left out. */
bool tester_needs_gateway(struct tester *tester);
bool tester_needs_client(struct tester *tester);

/* establish.c: all of IKE_SA_INIT and IKE_AUTH, whoever begins. */

/* All of it: the tester has an established IKE SA, with a Child SA where the settings and the peer agree to one. */
bool tester_establish(struct tester *tester);

/* The same, and there is a Child SA. */
bool tester_establish_child(struct tester *tester);

/* The same as the first, with an IKE SA of which all messages after IKE_SA_INIT are encapsulated. */
bool tester_establish_encapsulated(struct tester *tester);

/* Adds an IKE SA of which nothing is known yet. Null when there is no room. */
struct tester_sa *tester_add_empty_sa(struct tester *tester);

/* Makes key states from its keys. */
bool tester_use_keys(struct tester *tester);

/* connect.c: as the initiator, with a gateway, step by step. */

/* Makes an IKE SA without keys. The check is one of a gateway. */
bool tester_new_sa(struct tester *tester);

/* The same, with a key exchange method that the peer accepts. */
bool tester_new_acceptable_sa(struct tester *tester);

/* The payloads of its IKE_SA_INIT request, which then are written as a message. */
void tester_compose_init(struct tester *tester, struct payload_list *list);
bool tester_write_init(struct tester *tester, const struct payload_list *list, struct datagram *out);

/* The exchange, from an IKE SA without keys to one with keys; COOKIE and INVALID_KE_PAYLOAD are followed. */
bool tester_init(struct tester *tester);

/* What becomes of a response to this request which accepts a proposal: the IKE SA has keys. */
bool tester_take_init(struct tester *tester, const struct datagram *request, const struct message *response);

/* The rest, once there are keys: the IKE SA is established. */
bool tester_authenticate(struct tester *tester);

/* The payloads of its IKE_AUTH request; the request as a message; and what becomes of the response. */
void tester_compose_auth(struct tester *tester, struct payload_list *list);
bool tester_write_auth(struct tester *tester, struct datagram *out);
bool tester_take_auth(struct tester *tester, const struct message *response);

/* Makes a nonce of HANDSHAKE_NONCE_LEN octets. */
void tester_make_nonce(const struct tester *tester, uint8_t *nonce);

/* For rekey.c: adds an IKE SA with SPI, nonce and key pair of the tester's. */
bool tester_add_sa(struct tester *tester, uint16_t group);

/* accept.c: as the responder, with a client, step by step. */

/* Waits as long as the patience is for an IKE_SA_INIT request. Those that there is an IKE SA for are deleted before. */
bool tester_wait_init(struct tester *tester, struct message *request);

/* Makes an IKE SA with keys of it, and the response. A client that offers what will do, but with the KE payload of
 * another method, is asked for another request, which `request` then is. */
bool tester_accept_init(struct tester *tester, struct message *request, struct datagram *response);

/* Answers an IKE_SA_INIT request with this notification, and makes no IKE SA of it. */
bool tester_refuse_init(struct tester *tester, const struct message *request, uint16_t type, struct ikl_octets data);

/* Sends the response, again when the request comes again, until the IKE_AUTH request is there. The same, without a
 * verdict when none has come. */
bool tester_wait_auth(struct tester *tester, const struct datagram *response, struct message *request);
bool tester_hear_auth(struct tester *tester, const struct datagram *response, struct message *request);

/* The client has proven who it is: the payloads of the response; and the response, which becomes the IKE SA's `answer`
 * and establishes it. */
bool tester_compose_acceptance(struct tester *tester, const struct message *request, struct payload_list *list);
bool tester_write_acceptance(struct tester *tester, const struct message *request, const struct payload_list *list);

/* Both, and the answer is sent. */
bool tester_accept_auth(struct tester *tester, const struct message *request);

/* All that follows an IKE_SA_INIT request; and all of it, until the client answers a request. */
bool tester_accept_request(struct tester *tester, struct message *request);
bool tester_accept(struct tester *tester);

/* Whether a message is a protected request of this exchange on the IKE SA, and whole. */
bool tester_is_request(const struct tester *tester, const struct message *message, uint8_t exchange_type);

/* rekey.c: the IKE SA is rekeyed, by the tester: */

/* Adds one to take the place of the present one, in which `request` is to be sent. */
bool tester_begin_rekey(struct tester *tester, struct datagram *request);

/* The response has come: the new IKE SA, which is the last, is the present one from now on. */
bool tester_take_rekey(struct tester *tester, const struct message *response);

/* All of it. */
bool tester_rekey(struct tester *tester);

/* By the peer: answers its request. Gives the new IKE SA, and the old one stays the present one; null: it cannot. */
struct tester_sa *tester_accept_rekey(struct tester *tester, const struct message *request);

/* Makes it the present one, which takes the Child SA of the old one over. */
void tester_follow(struct tester *tester, struct tester_sa *made);

/* exchange.c: messages that go and come. */

/* Sends a message along the path of the IKE SA, as it is. */
void tester_send(struct tester *tester, const struct datagram *datagram);

/* The same along another path. */
void tester_send_along(struct tester *tester, const struct ikl_path *path, const struct datagram *datagram);

/* Gives the next message that comes until `deadline`; false when there is none. Requests of the peer on IKE SAs are
 * answered, unless the tester is silent: INFORMATIONAL with nothing, others with NO_ADDITIONAL_SAS. */
bool tester_receive(struct tester *tester, ikl_time deadline, struct message *out);

/* Whether a message is the response with this Message ID, protected if the IKE SA has keys and the exchange is not
 * IKE_SA_INIT. */
bool tester_is_response(const struct tester *tester, const struct message *message, uint8_t exchange_type,
                        uint32_t message_id);

/* Waits `ms` for that response. */
bool tester_wait_response(struct tester *tester, uint8_t exchange_type, uint32_t message_id, uint32_t ms,
                          struct message *out);

/* Sends a request until its response comes, four times in 7.5 s. False when none has come. Sets no verdict. */
bool tester_ask(struct tester *tester, const struct datagram *request, struct message *response);

/* Makes the tester silent, and waits as long as its patience is for a protected request of the peer's. */
bool tester_wait_request(struct tester *tester, struct message *out);

/* Waits so long, and lets pass what comes. */
void tester_pause(struct tester *tester, uint32_t ms);

/* answers.c: answers to the peer's requests. */

enum tester_asked {
    TESTER_ASKED_NOTHING,
    TESTER_ASKED_OTHER,
    TESTER_REKEYS_CHILD,
    TESTER_REKEYS_SA,
    TESTER_DELETES_CHILD,
    TESTER_DELETES_SA
};

/* What a protected request asks for. */
enum tester_asked tester_asked(const struct message *request);

/* Whether a message has a Delete payload with this SPI of a Child SA. */
bool tester_deletes(const struct message *message, uint32_t spi);

/* Answers the next request of the peer's on this IKE SA, with no payloads where the list is null. */
bool tester_respond(struct tester *tester, struct tester_sa *sa, const struct message *request,
                    const struct payload_list *list);

/* Answers a request on this IKE SA with as little as possible; a repeated one again. */
void tester_answer(struct tester *tester, struct tester_sa *sa, const struct message *request);

/* Answers a request to rekey the present IKE SA's Child SA. Gives the new one, and the old one stays. False: it cannot.
 */
bool tester_accept_child(struct tester *tester, const struct message *request, struct child *made);

/* Does what a request on this IKE SA asks for. */
void tester_obey(struct tester *tester, struct tester_sa *sa, const struct message *request);

/* craft.c: messages that are made. Each fills `out`. */

/* What one holds. */
struct draft {
    uint8_t exchange_type;
    uint32_t message_id;
    bool response;
    const struct payload_list *list; /* or, when it is null: */
    uint8_t first;
    struct ikl_octets chain;
    const uint8_t *padding; /* null: the shortest */
    uint8_t padding_len;
    uint16_t fragment_number, fragment_total; /* 0: it is whole */
};

/* A message in all its parts, to be protected as it is. */
struct parts {
    uint8_t version, exchange_type, flags; /* whole octets, but for the Initiator flag */
    uint32_t message_id;
    uint8_t first, reserved; /* of the generic header of SK */
    struct ikl_octets text;  /* payloads, padding and Pad Length */
};

/* Protected by SK, by hand. */
bool tester_seal_parts(struct tester *tester, const struct parts *parts, struct datagram *out);

/* Protected by SK; and without. */
bool tester_seal(struct tester *tester, const struct draft *draft, struct datagram *out);
bool tester_write_plain(struct tester *tester, const struct draft *draft, struct datagram *out);

/* The next request, which takes a Message ID, with these payloads: null means none. */
bool tester_next_request(struct tester *tester, uint8_t exchange_type, const struct payload_list *list,
                         struct datagram *out);

/* A list of one Delete payload: of the IKE SA, or of its Child SA. */
void tester_compose_delete(struct payload_list *list);
void tester_compose_child_delete(struct tester *tester, struct payload_list *list);

/* The same of Child SAs with these SPIs. */
void tester_compose_esp_delete(const uint32_t *spis, size_t n, struct payload_list *list);

/* An offer of a Child SA, with an SPI of its own, for the traffic of the one there is; and the payloads of a
 * CREATE_CHILD_SA request with one. */
struct child_offer tester_new_offer(const struct tester *tester);
void tester_compose_child(struct tester *tester, struct payload_list *list);

/* The same, or with `replaced`, for one in the place of the Child SA with this SPI of the tester's. Gives the offer. */
void tester_compose_child_offer(struct tester *tester, const uint32_t *replaced, struct child_offer *offer,
                                struct payload_list *list);

/* dissect.c */

/* A datagram of the trace as text, opened with the keys there are. To be freed; null when there is no memory. */
char *tester_dissect(const struct tester *tester, const struct traced *traced);

/* The IKE SA with these SPIs; null when there is none. */
struct tester_sa *tester_find_sa(const struct tester *tester, uint64_t spi_i, uint64_t spi_r);

#endif
