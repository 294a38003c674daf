/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: Child SAs, and our Deletes. */
#ifndef IKL_SA_CHILDREN_H
#define IKL_SA_CHILDREN_H

#include "endpoint/shared.h"

struct ikl_monitoring;
struct ikl_own_request;

/* A place in a list whose head is elsewhere: the next index in the slab, IKL_NONE at the end; and the previous one,
 * which for the first is the last. */
struct ikl_link {
    uint32_t next, previous;
};

/* The place of a monitored Child SA among all by when they are due, see dues.c. */
struct ikl_due {
    uint32_t at; /* the low half of the time */
    uint32_t next, previous;
};

/* Aligned like a place in a slab, so that what belongs to the next place is behind it on every machine. */
struct ikl_child {
    _Alignas(8) void *user;
    ikl_time heard; /* IKL_NEVER: never */
    uint32_t spi_in, spi_out;
    uint32_t self;              /* index in the slab */
    uint32_t owner;             /* one more than the index of its IKE SA; 0: it is gone */
    struct ikl_link in_sa;      /* all of an IKE SA, in the order they were added */
    uint32_t next_in, next_out; /* in child_table.c */
    union {
        struct {
            struct ikl_link in_group; /* the marked ones, or those that one Delete of ours names */
            uint32_t deleted_by;      /* when claimed: our request that deletes it, in the slab */
        };
        struct ikl_due due; /* of a monitored one that is in no group */
    };
    uint8_t protocol;
    uint8_t reason : 4; /* enum ikl_down_reason, once it is gone */
    bool in_order : 1;  /* `due` says where */
    bool has_turn : 1;  /* its monitor waits for the turn of a probe that came too early for the endpoint's pace */
    bool claimed : 1;   /* a request of ours deletes it */
    bool marked : 1;    /* what is being handled ends it */
    bool gone : 1;      /* nobody finds it any more; it is to be told */
    bool named : 1;     /* and our SPI belongs in the answer */
    bool replaced : 1;  /* another took its place */
    bool monitored : 1;
    bool took_over : 1;     /* one whose monitor it has now may be there still */
    bool asked : 1;         /* those were asked about, for what it has to do now that it is due */
    bool paired : 1;        /* the next place in the slab belongs to it too, for its monitor */
    uint8_t monitor_untold; /* bits of enum ikl_monitor_decision */
};

/* Why it went down, once it is gone. */
static inline enum ikl_down_reason ikl_child_reason(const struct ikl_child *child)
{
    return (enum ikl_down_reason)child->reason;
}

/* A Delete of ours names it: its monitor rests. */
static inline bool ikl_child_is_ending(const struct ikl_child *child)
{
    return child->claimed;
}

/* carry.c */

/* Makes room for the likenesses of all that the IKE SA has; copies them there, with their evidence, in the same order.
 */
int ikl_sa_reserve_copies(const struct ikl_sa *from, struct ikl_endpoint *to);
void ikl_sa_copy_children(const struct ikl_sa *from, struct ikl_sa *to);

/* child.c */

/* Makes room for so many more without a monitor, and so many that may have one. */
int ikl_sa_reserve_children(struct ikl_endpoint *endpoint, uint32_t n, uint32_t n_monitored);
/* Takes a place for a Child SA: a pair of places for one that may have a monitor, and for any other where there are
 * only pairs. */
struct ikl_child *ikl_child_take_place(struct ikl_endpoint *endpoint, bool may_be_monitored);
/* Puts a Child SA into the list and the table of an IKE SA. */
void ikl_sa_attach_child(struct ikl_sa *sa, struct ikl_child *child);
/* Makes one like this, with a monitor like this or none; room was made. */
struct ikl_child *ikl_sa_put_child(struct ikl_sa *sa, const struct ikl_child *like,
                                   const struct ikl_monitoring *monitoring);
/* They go without a report, for their likenesses are elsewhere. */
void ikl_sa_forget_children(struct ikl_sa *sa);
bool ikl_sa_has_child(const struct ikl_sa *sa, const struct ikl_child *child);
/* Moves a Child SA to the end of another IKE SA's list. */
void ikl_sa_move_child(struct ikl_sa *from, struct ikl_sa *to, struct ikl_child *child);
/* A Child SA goes down: nobody finds it any more, and it is to be told. The reason of a replaced one is a rekey,
 * whatever is given. */
void ikl_sa_child_gone(struct ikl_sa *sa, struct ikl_child *child, enum ikl_down_reason reason);
/* The first one to tell, or null; and when it was told. */
struct ikl_child *ikl_sa_first_gone(const struct ikl_sa *sa);
void ikl_sa_release_gone(const struct ikl_sa *sa, struct ikl_child *child);
/* Notes that our request deletes it. */
void ikl_sa_claim_child(const struct ikl_sa *sa, struct ikl_child *child, struct ikl_own_request *own);
/* Releases those that the request claimed; or marks them. */
void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own);
void ikl_sa_mark_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own);
/* Marks a Child SA: the message for `sa` that is being handled ends it. Each mark soon leads to its end, or is taken
 * back. */
void ikl_sa_mark_child(const struct ikl_sa *sa, struct ikl_child *child);
void ikl_sa_unmark_children(const struct ikl_sa *sa);
/* The marked Child SAs, or those that one Delete of ours names, in order. */
struct ikl_child *ikl_sa_first_marked(const struct ikl_sa *sa);
struct ikl_child *ikl_sa_first_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own);
struct ikl_child *ikl_sa_next_in_group(const struct ikl_sa *sa, const struct ikl_child *child);
/* Takes the marked Child SAs down, whichever IKE SA has them. */
void ikl_sa_marked_down(struct ikl_sa *sa, enum ikl_down_reason reason);

/* child_table.c */

/* Makes room for `n` more Child SAs. IKL_ERR_NO_MEMORY: the table is as it was. */
int ikl_child_table_reserve(struct ikl_endpoint *endpoint, uint32_t n);
/* What that takes of an arena in an empty table. */
uint64_t ikl_child_table_octets(uint32_t n);
void ikl_child_table_clear(struct ikl_endpoint *endpoint);
/* Room was reserved. Its owner does not change while it is in the table. */
void ikl_child_table_add(struct ikl_endpoint *endpoint, struct ikl_child *child);
void ikl_child_table_remove(struct ikl_endpoint *endpoint, struct ikl_child *child);

/* own_delete.c */

/* Sends what waits for its turn while the window is open: queued requests, then our Delete of the IKE SA. */
void ikl_sa_pump(struct ikl_sa *sa, ikl_time now);
/* Holds back the Delete of an IKE SA that becomes REKEYED, so that the peer can send its own; sends it when it is time
 * for it. */
void ikl_sa_hold_delete(struct ikl_sa *sa, bool we_delete, uint32_t wait, ikl_time now);
void ikl_sa_tick_held(struct ikl_sa *sa, ikl_time now);
/* When a Delete has to be looked at, other than by its schedule. */
ikl_time ikl_sa_delete_deadline(const struct ikl_sa *sa, ikl_time now);
/* The IKE SA has ended: our Deletes of Child SAs that moved to its heir go on there. Returns the heir, or null. */
struct ikl_sa *ikl_sa_hand_on(struct ikl_sa *sa, ikl_time now);
/* The beginning of a Delete payload, up to its SPIs. */
void ikl_write_delete_header(struct ikl_writer *writer, uint8_t next_payload, uint8_t protocol, size_t n_spis);

/* heirs.c */

/* The IKE SA that now has the Child SAs of one that is, or was, REKEYED; null when there is none, or it is gone. */
struct ikl_sa *ikl_sa_heir(const struct ikl_sa *sa);
void ikl_sa_add_forebear(struct ikl_sa *heir, struct ikl_sa *forebear);
/* The IKE SAs whose heir `from` was get `to` as their heir. */
void ikl_sa_move_forebears(struct ikl_sa *from, struct ikl_sa *to);
/* Forgets an IKE SA that goes away: as one with an heir, and as the heir of others. */
void ikl_sa_leave_heir(struct ikl_sa *sa);
void ikl_sa_disown_forebears(struct ikl_sa *sa);

#endif
