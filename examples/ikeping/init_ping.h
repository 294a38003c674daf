/* SPDX-License-Identifier: ISC */
/* ikeping --init: whether anybody answers IKE_SA_INIT, and what. It takes no credentials, for it goes no further. */
#ifndef IKEPING_INIT_PING_H
#define IKEPING_INIT_PING_H

#include "init_message.h"

#include <ikelive/report.h>

struct gateway;
struct session;

struct init_ping {
    uint64_t number; /* of those that were begun */
    ikl_time next;   /* when the next one begins; IKL_NEVER while one is under way */
    ikl_time began;  /* when the last one did */
    uint64_t sent;   /* ns: when its request was, for the first time since the gateway said something */
    uint32_t sends;  /* since then */
};

/* One begins: the session is about to send IKE_SA_INIT. */
void init_ping_begin(struct gateway *gateway);

/* It has sent a request. */
void init_ping_take_attempt(struct gateway *gateway, const struct ikl_attempt *attempt);

/* The gateway accepts a proposal, or says no, in words: that is an answer too. The session is over. */
void init_ping_take_answer(struct session *session, const struct init_message *message);
void init_ping_take_refusal(struct session *session, const char *why);

/* There is no answer. */
void init_ping_failed(struct gateway *gateway, const char *why);

/* When the next one begins; IKL_NEVER: not now. */
ikl_time init_ping_deadline(const struct gateway *gateway);

#endif
