/* SPDX-License-Identifier: ISC */
/* ikeping: Child SAs (RFC 7296 §1.2, §1.3, §2.9). They are negotiated because gateways want them, answered when the
 * peer makes, rekeys or deletes one, and never used: no ESP is sent, none is taken, and no keys are derived. */
#ifndef IKEPING_CHILD_H
#define IKEPING_CHILD_H

#include "esp_proposals.h"
#include "payload_list.h"
#include "selectors.h"

#include <ikelive/report.h>

struct ikl_child;
struct ikl_sa;
struct report;
struct report_child;
struct session;
struct settings;

/* One that was negotiated. The library's Child SA has it as its `user`, and child_take_down frees it. */
struct child {
    struct esp_choice choice; /* with the peer's SPI */
    uint32_t own_spi;
    bool transport; /* mode; else tunnel mode */
    struct selectors ours, theirs;
    bool deleting; /* our Delete of it is under way */
    struct ikl_child *handle;
};

/* The one that the initiator asks for in IKE_AUTH. */
struct child_offer {
    bool made; /* or to be made; the rest is filled in then */
    bool transport;
    uint32_t spi;
    struct selectors ours, theirs;
};

/* The gateway has answered IKE_SA_INIT: whether IKE_AUTH asks for a Child SA. Without --child it does only when the
 * gateway has no IKE SAs without one. */
bool child_is_wanted(const struct session *session, bool childless);

/* Adds what asks for a Child SA to our IKE_AUTH request. */
void child_ask(struct session *session, struct payload_list *list);

/* Takes and reports what became of it, from the response. */
void child_take_answer(struct session *session, uint8_t first, struct ikl_octets payloads);

/* Whether --child asks for one: the responder then does not say that it has IKE SAs without (RFC 6023). */
bool child_is_a_must(const struct settings *settings);

/* Answers what a peer's IKE_AUTH request says of a Child SA: adds it to the response. Gives the Child SA, which
 * child_report_made tells of when the response is sent; null when there is none. */
struct child *child_answer(struct session *session, uint8_t first, struct ikl_octets payloads,
                           struct payload_list *list);
void child_report_made(const struct session *session, const struct child *child);

/* Answers a CREATE_CHILD_SA request for a Child SA on the IKE SA `sa` of the session. */
void child_take_request(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request);

/* For ikeping --conformance, and within this file: */

/* Chooses what a Child SA is to be that these payloads ask for, but for its own SPI. `group` is the method of their KE
 * payload. Gives the error that it is refused with; 0: it is not. */
uint16_t child_choose(struct child *child, const struct settings *settings, uint16_t group, uint8_t first,
                      struct ikl_octets payloads);

/* Adds the refusal to an IKE_AUTH response, with an error of those that all peers know to leave the IKE SA (RFC 7296
 * §1.2). */
void child_add_refusal(uint16_t error, struct payload_list *list);

/* For child_rekey.c: */

/* An SPI that none of the IKE SA's Child SAs has. */
uint32_t child_new_spi(const struct ikl_sa *sa);

/* Adds the payloads of an offer, but for nonce and key. */
void child_add_offer(const struct child_offer *offer, struct payload_list *list);

/* Adds the payloads that accept one, but for nonce and key. */
void child_add_acceptance(const struct child *child, struct payload_list *list);

/* Adds the notification that the Child SA with this SPI of ours is rekeyed. */
void child_add_rekeyed(struct payload_list *list, uint32_t own_spi);

/* Reads the response to an offer. Gives what is wrong with it; null: nothing. */
const char *child_read_answer(struct child *child, const struct child_offer *offer, uint8_t first,
                              struct ikl_octets payloads);

/* Hands a Child SA to the library, with the one that it replaces, or null. Null when there is no memory. */
struct child *child_keep(struct ikl_sa *sa, const struct child *child, struct ikl_child *replaced);

/* Reports it. */
void child_tell(const struct session *session, const struct child *child,
                void (*report)(struct report *report, const char *peer, const struct report_child *child));

/* A Child SA of the session is gone, alone or with its IKE SA. */
void child_take_down(struct session *session, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down);

#endif
