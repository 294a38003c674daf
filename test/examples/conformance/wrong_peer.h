/* SPDX-License-Identifier: ISC */
/* A peer in virtual time that does all as it should, but for one fault. It is ikeping's own responder or, as a client,
 * its initiator, which connects again whenever it has no IKE SA. A fault is a thin layer around it that spoils what
 * goes in or what comes out; it has the keys, so it can open, change and seal. Each fault is there for one check of
 * ikeping --conformance, which must fail because of it. */
#ifndef TEST_CONFORMANCE_WRONG_PEER_H
#define TEST_CONFORMANCE_WRONG_PEER_H

#include <ikelive/path.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both sides' PSK, and who they are. */
#define WRONG_PSK "conformance"
#define WRONG_TESTER_ID "tester.example"
#define WRONG_PEER_ID "peer.example"

/* ms of silence after which it checks that the tester is alive, and how it repeats that check; it gives up so long
 * after the first send. */
enum { WRONG_REKEY = 5000, WRONG_SILENCE = 30000, WRONG_WAITS = 3500 };
#define WRONG_SCHEDULE "0.5,1,2"

enum { WRONG_MAX_DATAGRAM = 4096 };

struct wrong_peer;
struct wrong_fault;

/* Who connects: the tester does to a gateway, a client does to the tester. */
enum wrong_side { WRONG_GATEWAY, WRONG_CLIENT };

/* With this fault, or with none where it is null; and whether it rekeys, WRONG_REKEY ms after an IKE SA is there. */
struct wrong_peer *wrong_peer_new(enum wrong_side side, const struct wrong_fault *fault, bool rekeys);
void wrong_peer_free(struct wrong_peer *peer);

/* All faults there are, by number from 0; null behind the last one. */
const struct wrong_fault *wrong_fault_at(size_t number);

/* Whose fault it is. */
enum wrong_side wrong_fault_side(const struct wrong_fault *fault);

/* The name of the check that must fail because of it; and what is wrong, in words. */
const char *wrong_fault_check(const struct wrong_fault *fault);
const char *wrong_fault_text(const struct wrong_fault *fault);

/* A datagram has arrived, the non-ESP marker included where the path has one. `path` is that of the tester, who may
 * send from many places. */
void wrong_peer_receive(struct wrong_peer *peer, uint64_t now_ms, const struct ikl_path *path, const uint8_t *octets,
                        size_t len);

/* When wrong_peer_tick must be called next, in ms; IKL_NEVER: not before a datagram arrives. */
uint64_t wrong_peer_deadline(const struct wrong_peer *peer);
void wrong_peer_tick(struct wrong_peer *peer, uint64_t now_ms);

/* Takes the next datagram that it has sent, and the tester's path that it comes along. Gives its length; 0: there is
 * none. */
size_t wrong_peer_take(struct wrong_peer *peer, struct ikl_path *path, uint8_t octets[WRONG_MAX_DATAGRAM]);

#endif
