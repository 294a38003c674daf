/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: where datagrams go, and what only some IKE SAs have. */
#ifndef IKL_SA_PATHS_H
#define IKL_SA_PATHS_H

#include "fragments.h"

/* What only some IKE SAs need. */
struct ikl_extra {
    ikl_time keepalive_due; /* unless ESP puts it off: the interval after the last datagram along the path */
    ikl_time path_since;    /* when the path became what it is; 0: from the beginning */
    ikl_time sent_esp;      /* as the host says; IKL_NEVER: never */
    struct ikl_reassembly request, response;
};

/* The MTU that counts when nobody has stated one. */
static inline uint16_t ikl_default_mtu(const struct ikl_path *path)
{
    return path->remote.family == 6 ? IKL_DEFAULT_MTU_IPV6 : IKL_DEFAULT_MTU_IPV4;
}

/* path.c */

/* The octets of the largest message to send along `path`. */
size_t ikl_sa_largest(const struct ikl_sa *sa, const struct ikl_path *path);
/* Makes what only some IKE SAs have: IKL_ERR_NO_MEMORY. */
int ikl_sa_allocate_extra(struct ikl_sa *sa);
/* Takes it along to another endpoint, where there is room for it; see carry.c. */
void ikl_sa_carry_extra(struct ikl_sa *from, struct ikl_sa *to);
/* A datagram went out along `path`: when that is the IKE SA's, it keeps the NAT mapping alive. */
void ikl_sa_note_sent(struct ikl_sa *sa, const struct ikl_path *path);
/* A keepalive could not be sent; this shows after it was due. */
void ikl_sa_keepalive_failed(struct ikl_sa *sa);
/* If the host said that it sent ESP in the future, makes that the present, so that it saves keepalives for no longer.
 * For an IKE SA with an extra. */
void ikl_sa_look_at_sent(struct ikl_sa *sa, ikl_time now);
/* The path has changed; a keepalive is about to be sent. */
void ikl_sa_path_since(struct ikl_sa *sa, ikl_time now);
void ikl_sa_keepalive_sent(struct ikl_sa *sa, ikl_time now);
ikl_time ikl_sa_keepalive_deadline(const struct ikl_sa *sa);
#endif
