/* SPDX-License-Identifier: ISC */
/* ikeping: a new peer: its IKE_SA_INIT request, and what it is to be answered, whoever sends that. Shared with
 * examples/cluster. */
#ifndef IKEPING_ARRIVAL_H
#define IKEPING_ARRIVAL_H

#include "handshake.h"

/* How many peers may be there that are not authenticated, before new ones are asked for a cookie; how many at most; how
 * many ms each has. One that was refused stays as long, so that it gets its answer again when that was lost. */
enum { HALF_OPEN_FREE = 16, HALF_OPEN_MOST = 256, HALF_OPEN_TIME = 30000 };

struct arrival {
    const struct ikl_path *path;
    const struct ikl_header *header;
    struct ikl_octets datagram; /* from the header on */
    struct init_message message;
    struct choice choice;
    struct payload_list answer; /* payloads; none: there is none */
    const char *why;            /* it was refused; null: there is nothing to say about it */
};

/* Is this the header of an IKE_SA_INIT request? */
bool arrival_is(const struct ikl_header *header);

/* Reads the request; path, header and datagram are filled in. False when it is malformed. */
bool arrival_read(struct arrival *arrival);

/* Whether the peer may have an IKE SA now, when so many are half-open; if not, it is asked for a cookie, made with the
 * secret, or gets no answer. */
bool arrival_admit(struct arrival *arrival, unsigned half_open, const uint8_t *cookie_secret);

/* Whether something of what the peer offers will do. */
bool arrival_choose(struct arrival *arrival, const struct handshake_terms *terms);

/* Begins a handshake with what was chosen: draws our key pair and nonce, derives the keys, and answers. Errors: those
 * of handshake_use_key and handshake_derive; IKL_ERR_NO_MEMORY. */
IKL_MUST_USE int arrival_accept(struct arrival *arrival, const struct handshake_terms *terms, uint64_t spi_r,
                                struct handshake *handshake);

/* Writes the answer as a message; spi_r is 0 when there is no IKE SA. Errors: IKL_ERR_NO_BUFFER, and what composing it
 * came to. */
enum { ARRIVAL_ANSWER_SIZE = 4096 };
IKL_MUST_USE int arrival_write(const struct arrival *arrival, uint64_t spi_r, struct ikl_writer *writer);

/* What is wrong with the peer, once it has given its proof, perhaps in `text`; null: nothing. */
const char *arrival_fault(const struct handshake_judgement *judgement, char text[HANDSHAKE_WHY_SIZE]);

/* Begins our answer to its IKE_AUTH request: IDr, CERT where we have one, and AUTH. */
void arrival_prove(const struct handshake *handshake, const struct credentials *credentials,
                   const struct identity *local, struct payload_list *list);

/* Refuses the Child SA that these payloads of IKE_AUTH ask for, if they do, with an error of those that all know to
 * leave the IKE SA (RFC 7296 §1.2). NO_ADDITIONAL_SAS is none of them: libreswan 5.2 loses its exchange over it. */
void arrival_refuse_child(uint8_t first, struct ikl_octets payloads, struct payload_list *list);

#endif
