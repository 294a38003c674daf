/* SPDX-License-Identifier: ISC */
/* When the host deletes Child SAs, that is refused, and nothing changes; or one request names all of them, each once,
 * by our SPIs, those of ESP in one payload and those of AH in another. Each is this IKE SA's, and no other Delete of
 * ours names it. They are deleted only while the IKE SA is ESTABLISHED.
 *
 * Put in by contract: the request, as submit proves of those of the host's; the lists of Child SAs.
 *
 * bounds: two Child SAs, named at most twice together, in a message of 32 octets at most
 * with: base.c message/cursor.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: lib/sa/own_delete.c s/if (children\[i\]->claimed) {/if (false) {/
 * fault: lib/sa/own_delete.c s/^ *ikl_sa_forget_request(sa, own);//
 * fault: lib/sa/own_delete.c s/child->protocol == protocol) {/child->protocol != protocol) {/
 * fault: lib/sa/own_delete.c s/both ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE/IKL_PAYLOAD_NONE/ */
#include "proof.h"

#include "sa/protect.h"
#include "sa/request.h"

#include "sa/own_delete.c"

enum { ROOM = 32 };

static struct ikl_endpoint endpoint;
static struct ikl_sa ike_sa;
static struct ikl_own_request request;
static struct ikl_child children[2], *named[2];
static bool has[2], was_claimed[2], is_claimed[2];
static uint32_t order[2]; /* of those that the request claims */
static unsigned n_claimed;
static bool is_made, is_submitted;
static uint8_t draft[ROOM];
static ikl_time now;
static int submitted;

static uint32_t index_of(const struct ikl_child *child)
{
    prove(child == &children[0] || child == &children[1]);
    return child == &children[0] ? 0 : 1;
}

bool ikl_sa_has_child(const struct ikl_sa *sa, const struct ikl_child *child)
{
    prove(sa == &ike_sa && !is_made);
    return has[index_of(child)];
}

struct ikl_own_request *ikl_sa_try_request(struct ikl_sa *sa, enum ikl_request_kind kind, uint8_t exchange_type,
                                           uint8_t first_payload)
{
    prove(sa == &ike_sa && kind == IKL_REQUEST_DELETE_CHILDREN && !is_made);
    prove(exchange_type == IKL_INFORMATIONAL && first_payload == IKL_PAYLOAD_DELETE);
    is_made = nondet_bool();
    return is_made ? &request : NULL;
}

void ikl_sa_claim_child(const struct ikl_sa *sa, struct ikl_child *child, struct ikl_own_request *own)
{
    uint32_t index = index_of(child);

    prove(sa == &ike_sa && own == &request && is_made && has[index] && !child->claimed && n_claimed < 2);
    children[index].claimed = is_claimed[index] = true;
    order[n_claimed++] = index;
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    prove(sa == &ike_sa && own == &request);
    for (uint32_t n = 0; n < 2; n++) {
        children[n].claimed = was_claimed[n];
        is_claimed[n] = false;
    }
    n_claimed = 0;
}

void ikl_sa_forget_request(struct ikl_sa *sa, struct ikl_own_request *own)
{
    prove(is_made && !is_submitted);
    ikl_sa_release_claimed(sa, own);
    is_made = false;
}

static struct ikl_child *claimed_at(unsigned n)
{
    return n < n_claimed ? &children[order[n]] : NULL;
}

struct ikl_child *ikl_sa_first_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    prove(sa == &ike_sa && own == &request);
    return claimed_at(0);
}

struct ikl_child *ikl_sa_next_in_group(const struct ikl_sa *sa, const struct ikl_child *child)
{
    prove(sa == &ike_sa);
    return claimed_at(index_of(child) == order[0] ? 1 : 2);
}

/* A Delete payload of one protocol; returns where it ends. */
static size_t check_payload(size_t at, uint8_t protocol, uint8_t next)
{
    unsigned n = 0;
    size_t begin = at;

    at += IKL_PAYLOAD_HEADER_LEN + 4;
    for (unsigned i = 0; i < n_claimed; i++) {
        if (children[order[i]].protocol == protocol) {
            prove(ikl_load_u32(draft + at) == children[order[i]].spi_in);
            at += 4;
            n++;
        }
    }
    if (n == 0) {
        return begin;
    }
    prove(draft[begin] == next && draft[begin + 1] == 0 && ikl_load_u16(draft + begin + 2) == at - begin);
    prove(draft[begin + 4] == protocol && draft[begin + 5] == 4 && ikl_load_u16(draft + begin + 6) == n);
    return at;
}

static bool has_protocol(uint8_t protocol)
{
    return (is_claimed[0] && children[0].protocol == protocol) || (is_claimed[1] && children[1].protocol == protocol);
}

/* As submit proves. */
int ikl_sa_submit(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_octets plaintext, ikl_time at)
{
    size_t len;

    prove(sa == &ike_sa && own == &request && at == now && is_made && plaintext.data == draft);
    len = check_payload(0, IKL_PROTOCOL_ESP, has_protocol(IKL_PROTOCOL_AH) ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE);
    prove(check_payload(len, IKL_PROTOCOL_AH, IKL_PAYLOAD_NONE) == plaintext.len);
    submitted = nondet_int();
    if (submitted != IKL_OK) {
        ikl_sa_forget_request(sa, own);
    }
    is_submitted = true;
    return submitted;
}

static void have_any_children(void)
{
    for (uint32_t n = 0; n < 2; n++) {
        children[n].protocol = nondet_bool() ? IKL_PROTOCOL_ESP : IKL_PROTOCOL_AH;
        children[n].spi_in = nondet_u32();
        children[n].claimed = was_claimed[n] = nondet_bool();
        has[n] = nondet_bool();
        named[n] = &children[nondet_bool() ? 0 : 1];
    }
}

int main(void)
{
    size_t n = any_up_to(2);
    int result;

    ike_sa.endpoint = &endpoint;
    ike_sa.state = nondet_u8() & 7u;
    suppose(ike_sa.state < IKL_SA_STATES);
    endpoint.draft = draft;
    endpoint.max_message = (uint32_t)any_up_to(ROOM);
    now = nondet_u64();
    have_any_children();
    result = ikl_decide_delete_children(&ike_sa, named, n, now);
    if (result == IKL_OK) {
        prove(is_submitted && is_made && ike_sa.state == IKL_SA_ESTABLISHED && n != 0 && n_claimed == n);
        for (size_t i = 0; i < n; i++) {
            prove(is_claimed[index_of(named[i])] && !was_claimed[index_of(named[i])]);
        }
    } else {
        prove(!is_made && n_claimed == 0);
        prove(children[0].claimed == was_claimed[0] && children[1].claimed == was_claimed[1]);
    }
    prove(result == IKL_OK || n == 0 || ike_sa.state != IKL_SA_ESTABLISHED || result != IKL_ERR_STATE || is_submitted);
    return 0;
}
