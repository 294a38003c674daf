/* SPDX-License-Identifier: ISC */
/* When an IKE SA that another took the place of has ended, each Delete of Child SAs that moved waits at the end of the
 * heir's queue, and still deletes them; or it has ended, and they are told down when the heir has no room for it, else
 * are no longer being deleted. None is in both IKE SAs or in neither, no host hears of an outcome of it, and nothing
 * of it is left behind. Then it has no heir any more. An heir that is deleted itself gets none; it is pumped once, and
 * is due.
 *
 * bounds: two requests, two Child SAs, of which a Delete names one at most; the heir has none of its own but its
 * Delete
 * with: sa/heirs.c sa/marks.c sa/request.c sa/requests.c sa/state.c policy/window.c
 * each: -DHEIR=true
 * long: -DHEIR=false
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3
 * fault: lib/sa/own_delete.c s/follows = heir != NULL && ikl_sa_may.*;/follows = heir != NULL;/
 * fault: lib/sa/own_delete.c s/if (!follows || !ikl_sa_delete_again(sa, own, heir, heir))/if (!follows)/
 * fault: lib/sa/own_delete.c s/^ *end_claimed(holder, own);//
 * fault: lib/sa/own_delete.c s/^ *ikl_sa_leave_heir(sa);// */
#include "heirs.h"

#include "sa/own_delete.c"
#include "sa/request.h"

static uint8_t draft[64];
static unsigned n_pumped;
static bool is_gone[2], is_dropped[2]; /* a Child SA; what a request held */
static bool has_no_room[2];            /* in the heir, for a request */

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests);
    forget_request(index);
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && (body <= 1 || body == IKL_NONE));
    if (body != IKL_NONE) {
        prove(!is_dropped[body]);
        is_dropped[body] = true;
    }
}

void ikl_sa_child_gone(struct ikl_sa *sa, struct ikl_child *child, enum ikl_down_reason reason)
{
    prove(sa == &heir && child->claimed && !is_gone[child->self] && reason == IKL_DOWN_CLOSED);
    is_gone[child->self] = true;
    child->gone = true;
    disclaim(child == &first_child ? &first_request : &second_request);
}

/* As cursor_write proves; only the length counts here. */
struct ikl_writer ikl_writer(uint8_t *data, size_t size)
{
    return (struct ikl_writer){.data = data, .size = size};
}

static void write_octets(struct ikl_writer *writer, size_t n)
{
    prove(writer->data == draft && n <= sizeof(draft) - writer->len);
    writer->len += n;
}

void ikl_write_u8(struct ikl_writer *writer, uint8_t value)
{
    (void)value;
    write_octets(writer, 1);
}

void ikl_write_u16(struct ikl_writer *writer, uint16_t value)
{
    (void)value;
    write_octets(writer, 2);
}

void ikl_write_u32(struct ikl_writer *writer, uint32_t value)
{
    prove(value == first_child.spi_in || value == second_child.spi_in);
    write_octets(writer, 4);
}

/* As host_requests.c: what it held is given back, and it moves, or stays where it was. */
int ikl_sa_requeue(struct ikl_sa *from, struct ikl_sa *to, struct ikl_own_request *own, struct ikl_octets plaintext)
{
    prove(from == &ike_sa && to == &heir && heir.state == IKL_SA_ESTABLISHED && ike_sa.heir == 1);
    prove(plaintext.data == draft && (plaintext.len == 12 || own->first_child == IKL_NONE));
    ikl_sa_drop_body(from, own->request.stored);
    own->request.stored = IKL_NONE;
    has_no_room[own->self] = nondet_bool();
    if (has_no_room[own->self]) {
        return IKL_ERR_NO_BUFFER;
    }
    ikl_request_queue(&own->request);
    ikl_sa_move_request(from, to, own);
    return IKL_OK;
}

/* It may end the heir, for want of Message IDs. */
void ikl_sa_pump_requests(struct ikl_sa *sa, ikl_time now)
{
    (void)now;
    prove(sa == &heir && n_pumped == 0 && ike_sa.heir == IKL_NONE && heir.first_forebear != 0);
    n_pumped++;
}

int ikl_sa_start_delete(struct ikl_sa *sa, ikl_time now)
{
    (void)now;
    prove(sa == &heir && heir.state == IKL_SA_DELETING);
    return nondet_bool() ? IKL_ERR_EXHAUSTED : IKL_OK;
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time now)
{
    (void)now;
    prove(sa == &heir && reason == IKL_DOWN_EXHAUSTED && given_up == NULL && n_pumped == 1);
}

/* One that has just ended. */
static void have_any_that_ended(void)
{
    have_any_ike_sa();
    ike_sa.first_request = 0;
    have_any_heirs(HEIR);
    have_any_children(ike_sa.heir != IKL_NONE ? &heir.first_child : &ike_sa.first_child);
    if (ike_sa.heir != IKL_NONE) {
        ike_sa.first_child = IKL_NONE;
    }
    heir.first_request = IKL_NONE;
    suppose(first_child.protocol == IKL_PROTOCOL_ESP || first_child.protocol == IKL_PROTOCOL_AH);
    suppose(second_child.protocol == IKL_PROTOCOL_ESP || second_child.protocol == IKL_PROTOCOL_AH);
    suppose(ike_sa.state == IKL_SA_DYING && ikl_sa_is_valid(&ike_sa) && ikl_sa_claims_are_valid(&ike_sa));
    endpoint.draft = draft;
    endpoint.max_message = sizeof(draft);
}

/* Whether the list has it. */
static bool lists(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    return sa->first_request == own->self ||
           (sa->first_request == 1 - own->self && !is_forgotten[1 - own->self] &&
            (own == &second_request ? &first_request : &second_request)->next == own->self);
}

static void prove_request(const struct ikl_own_request *own, const struct ikl_own_request *was)
{
    bool follows = was->request.state != IKL_REQUEST_ENDED && own->request.state == IKL_REQUEST_QUEUED;

    if (!has(own)) {
        return;
    }
    prove(!follows || lists(&heir, own));
    prove(is_gone[own->self] == (has_no_room[own->self] && was->first_child != IKL_NONE));
    prove(follows ? !is_forgotten[own->self] : !lists(&heir, own));
    if (was->request.state == IKL_REQUEST_ENDED || follows) {
        prove(was->request.state != IKL_REQUEST_ENDED || lists(&ike_sa, own));
        prove(!follows || (own->first_child == was->first_child && !is_gone[own->self] && !lists(&ike_sa, own)));
        return;
    }
    prove(own->request.state == IKL_REQUEST_ENDED && own->first_child == IKL_NONE);
    prove(lists(&ike_sa, own) == !is_forgotten[own->self]);
    prove(is_forgotten[own->self] || own->request.attempt_untold || own->request.given_up);
    prove(own->request.outcome_untold == was->request.outcome_untold);
}

int main(void)
{
    struct ikl_sa *to;

    have_any_that_ended();
    keep_before();
    to = ikl_sa_hand_on(&ike_sa, nondet_u64());
    prove(to == (before.heir != IKL_NONE ? &heir : NULL) && n_pumped == (before.heir != IKL_NONE));
    prove(ike_sa.heir == IKL_NONE && (to == NULL || (heir.first_forebear != 0 && ikl_sa_is_due(&heir))));
    prove(ikl_sa_is_valid(&ike_sa) && (to == NULL || ikl_sa_claims_are_valid(&heir)));
    prove_request(&first_request, &first_before);
    prove_request(&second_request, &second_before);
    return 0;
}
