/* SPDX-License-Identifier: ISC */
/* A Delete of the peer's takes down the Child SAs that it names, and no others, once its answer is given or the host
 * has it: in the order in which it names them, each once, also those that moved to an heir. The answer names our SPI of
 * each, once, but of those that a Delete of ours names that was sent; and is never longer than what it answers. The
 * host is asked just when there is more in the message than a Delete of what is known, and it may be. When that fails,
 * nothing changes. A Delete that contradicts itself takes nothing down, nor does one of the IKE SA: that ends it, once,
 * and is noted for its tombstone; at once when it was to end anyhow, else when the host knows, for a reason that its
 * state says.
 *
 * bounds: one payload of one SPI, or two with --long; two Child SAs with different SPIs; one IKE SA besides: its heir,
 * or another. By contract: reading (see payloads), marking and finding Child SAs, answering (see response), the end
 * (see ending)
 * each: -DN_SPIS=1
 * long: -DN_SPIS=2
 * with: sa/heirs.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3
 * fault: lib/sa/peer_delete.c s/own == NULL || own->request.state != IKL_REQUEST_SENT/true/
 * fault: lib/sa/peer_delete.c s/ikl_write_u32(writer, child->spi_in)/ikl_write_u32(writer, child->spi_out)/
 * fault: lib/sa/peer_delete.c s/sa->state == IKL_SA_REKEYED ? ikl_sa_heir/false ? ikl_sa_heir/
 * fault: lib/sa/peer_delete.c s/if (asked || !ikl_sa_is_ours_to_end(sa))/if (false)/
 * fault: -DN_SPIS=2 lib/sa/peer_delete.c s/if (!child->marked)/if (true)/ */
#include "slabs.h"

#include "sa/peer_delete.c"

enum { N = 2, NOWHERE = N_SPIS, UNKNOWN = 2 };

/* A payload of the message. */
struct said {
    uint8_t type, protocol;
    int result; /* of reading it */
    uint32_t spis[N_SPIS];
};

static struct ikl_endpoint endpoint;
static struct ikl_sa sa, other; /* the latter: its heir, or another */
static struct ikl_own_request owns[N];
static struct ikl_child children[N];
static uint32_t first_marked;
static size_t n_marked, n_gone; /* and how many of those went down */
static uint8_t state_before;
static struct said said;
static size_t n_read;
static struct ikl_message message;
static uint8_t plaintext[1], draft[1];
static ikl_time now;
static uint8_t written_protocol, next_payload;
static unsigned n_written[N], n_left; /* our SPIs; those of the header that are still to come */
static size_t written;
static unsigned n_answered, n_asked, n_errors, n_noted, n_flushed, n_told, n_ended;
static bool may_ask;

/* As slab proves. */
void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(index < N);
    if (slab == &endpoint.sas) {
        return index == 0 ? &sa : &other;
    }
    if (slab == &endpoint.requests) {
        return index == 0 ? &owns[0] : &owns[1];
    }
    prove(slab == &endpoint.children);
    return index == 0 ? &children[0] : &children[1];
}

/* What is read, as chain_step and payloads prove. */
struct ikl_chain ikl_chain(uint8_t first, struct ikl_octets octets)
{
    struct ikl_chain any;

    prove(first == message.opened.first_payload && octets.data == plaintext);
    n_read = 0;
    return any;
}

int ikl_chain_next(struct ikl_chain *chain, struct ikl_payload *payload)
{
    (void)chain;
    if (n_read == 1) {
        return IKL_ERR_END;
    }
    *payload = (struct ikl_payload){.type = said.type};
    n_read++;
    return IKL_OK;
}

int ikl_delete_read(struct ikl_delete *out, struct ikl_octets body)
{
    const struct said *of = &said;

    prove(of->type == IKL_PAYLOAD_DELETE);
    if (of->result == IKL_OK) {
        *out = (struct ikl_delete){.protocol = of->protocol, .n_spis = of->protocol == IKL_PROTOCOL_IKE ? 0 : N_SPIS};
    }
    (void)body;
    return of->result;
}

uint32_t ikl_delete_spi(const struct ikl_delete *payload, size_t n)
{
    prove(n < payload->n_spis);
    return said.spis[n];
}

struct ikl_child *ikl_sa_find_child_out(const struct ikl_sa *of, uint8_t protocol, uint32_t spi_out)
{
    for (uint32_t i = 0; i < N; i++) {
        struct ikl_child *child = &children[i];

        if (child->owner == of->self + 1 && child->protocol == protocol && child->spi_out == spi_out) {
            return child;
        }
    }
    return NULL;
}

/* As children.h says. */
void ikl_sa_mark_child(const struct ikl_sa *of, struct ikl_child *child)
{
    prove(of == &sa && !child->marked && n_marked < N && n_gone == 0);
    child->marked = true;
    first_marked = n_marked == 0 ? child->self : first_marked;
    n_marked++;
}

void ikl_sa_unmark_children(const struct ikl_sa *of)
{
    prove(of == &sa && n_gone == 0);
    children[0].marked = children[1].marked = false;
    n_marked = 0;
}

struct ikl_child *ikl_sa_first_marked(const struct ikl_sa *of)
{
    prove(of == &sa);
    return n_marked == 0 ? NULL : first_marked == 0 ? &children[0] : &children[1];
}

struct ikl_child *ikl_sa_next_in_group(const struct ikl_sa *of, const struct ikl_child *child)
{
    prove(of == &sa && child->marked);
    return n_marked < 2 || child->self != first_marked ? NULL : first_marked == 0 ? &children[1] : &children[0];
}

void ikl_sa_marked_down(struct ikl_sa *of, enum ikl_down_reason reason)
{
    prove(of == &sa && reason == IKL_DOWN_PEER_DELETED && n_answered + n_asked == 1);
    n_gone = n_marked;
}

/* Where the message names it first. */
static size_t place_of(const struct ikl_child *child)
{
    for (size_t i = 0; i < N_SPIS; i++) {
        if (said.type == IKL_PAYLOAD_DELETE && said.protocol == child->protocol && said.spis[i] == child->spi_out) {
            return i;
        }
    }
    return NOWHERE;
}

/* It belongs to the IKE SA that the Delete came over, or moved from there. */
static bool is_here(const struct ikl_child *child)
{
    return child->owner == 1 || (child->owner == 2 && sa.heir == 1);
}

static bool is_malformed(void)
{
    return said.type == IKL_PAYLOAD_DELETE && said.result != IKL_OK;
}

static bool is_whole(void)
{
    return said.type == IKL_PAYLOAD_DELETE && said.protocol == IKL_PROTOCOL_IKE;
}

static bool goes_down(const struct ikl_child *child)
{
    return is_here(child) && place_of(child) != NOWHERE && !is_malformed() && !is_whole();
}

/* Another payload, or a Delete that names what is not there. */
static bool has_more(void)
{
    if (said.type != IKL_PAYLOAD_DELETE) {
        return true;
    }
    for (size_t i = 0; i < N_SPIS && said.protocol != IKL_PROTOCOL_IKE; i++) {
        bool is_known = false;

        for (size_t j = 0; j < N; j++) {
            is_known = is_known || (is_here(&children[j]) && children[j].protocol == said.protocol &&
                                    children[j].spi_out == said.spis[i]);
        }
        if (!is_known) {
            return true;
        }
    }
    return false;
}

/* A Delete of ours names it, and was sent. */
static bool is_crossed(const struct ikl_child *child)
{
    return child->claimed && owns[child->deleted_by].request.state == IKL_REQUEST_SENT;
}

/* The answer is written as cursor_write proves; only what it names, and its length, count here. */
struct ikl_writer ikl_writer(uint8_t *data, size_t size)
{
    prove(data == draft && size == endpoint.max_message);
    return (struct ikl_writer){.data = data, .size = size};
}

void ikl_write_delete_header(struct ikl_writer *writer, uint8_t next, uint8_t protocol, size_t n_spis)
{
    prove(n_spis != 0 && n_left == 0 && (written == 0 ? protocol != 0 : next_payload == IKL_PAYLOAD_DELETE));
    prove(written == 0 || protocol != written_protocol);
    written_protocol = protocol;
    next_payload = next;
    n_left = n_spis;
    writer->len += 8;
    written = writer->len;
}

void ikl_write_u32(struct ikl_writer *writer, uint32_t value)
{
    prove(n_left != 0);
    for (size_t i = 0; i < N; i++) {
        n_written[i] += children[i].protocol == written_protocol && children[i].spi_in == value ? 1 : 0;
    }
    n_left--;
    writer->len += 4;
    written = writer->len;
}

/* Of the Delete. */
static size_t n_octets(void)
{
    return said.type == IKL_PAYLOAD_DELETE ? 8 + (size_t)4 * N_SPIS : 0;
}

/* Nothing goes down before the answer. */
static int answer(const struct ikl_sa *of, const struct ikl_message *to, ikl_time at)
{
    prove(of == &sa && to == &message && at == now && n_answered + n_asked + n_errors == 0 && n_gone == 0);
    return nondet_bool() ? IKL_OK : IKL_ERR_NO_BUFFER;
}

static void check_pairs(struct ikl_octets pairs)
{
    prove(pairs.data == draft && pairs.len == written && n_left == 0);
    prove(written == 0 || next_payload == IKL_PAYLOAD_NONE);
    prove(pairs.len <= n_octets());
    for (size_t i = 0; i < N; i++) {
        prove(n_written[i] == (goes_down(&children[i]) && !is_crossed(&children[i]) ? 1 : 0));
    }
}

int ikl_sa_answer_now(struct ikl_sa *of, const struct ikl_message *request, uint8_t first_payload,
                      struct ikl_octets pairs, ikl_time at)
{
    int result = answer(of, request, at);

    check_pairs(pairs);
    prove(first_payload == (pairs.len != 0 ? IKL_PAYLOAD_DELETE : IKL_PAYLOAD_NONE));
    n_answered += result == IKL_OK ? 1 : 0;
    return result;
}

int ikl_sa_ask_host(struct ikl_sa *of, const struct ikl_message *request, struct ikl_octets pairs, ikl_time at)
{
    int result = answer(of, request, at);

    check_pairs(pairs);
    if (result == IKL_OK) {
        n_asked++;
        ikl_sa_marked_down(&sa, IKL_DOWN_PEER_DELETED);
    }
    return result;
}

int ikl_sa_answer_error(struct ikl_sa *of, const struct ikl_message *request, uint16_t type, struct ikl_octets data,
                        ikl_time at)
{
    int result = answer(of, request, at);

    prove(type == IKL_NOTIFY_INVALID_SYNTAX && data.len == 0 && n_marked == 0);
    n_errors++;
    return result;
}

bool ikl_sa_may_ask_host(const struct ikl_sa *of)
{
    prove(of == &sa);
    return may_ask;
}

void ikl_sa_mark(struct ikl_sa *of, enum ikl_fact fact)
{
    prove(of == &sa && fact == IKL_FACT_PEER_DELETES && n_noted == 1 && n_told == 0);
    n_told++;
}

void ikl_sa_note_delete(struct ikl_sa *of, const struct ikl_message *request)
{
    prove(of == &sa && request == &message && n_answered + n_asked == 1 && n_noted == 0);
    n_noted++;
}

void ikl_sa_answer_pending(struct ikl_sa *of)
{
    prove(of == &sa && n_flushed == 0);
    n_flushed++;
}

void ikl_sa_end(struct ikl_sa *of, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time at)
{
    prove(of == &sa && at == now && given_up == NULL && n_noted == 1 && n_flushed == 1 && n_ended == 0);
    prove(reason == (sa.state == IKL_SA_REKEYED    ? IKL_DOWN_REKEYED
                     : sa.state == IKL_SA_DELETING ? IKL_DOWN_CLOSED
                                                   : IKL_DOWN_PEER_DELETED));
    n_ended++;
}

static void have_any_ike_sas(void)
{
    sa.endpoint = other.endpoint = &endpoint;
    sa.self = 0;
    other.self = 1;
    sa.heir = nondet_bool() ? 1 : IKL_NONE;
    sa.state = nondet_u8() & 7u;
    suppose(sa.state < IKL_SA_DYING && (sa.heir == IKL_NONE || sa.state == IKL_SA_REKEYED));
    state_before = sa.state;
}

/* An SPI stands for any that is equal to none of the others: they are only compared, to find Child SAs. */
static void have_any_children(void)
{
    struct ikl_own_request own, other_own;

    owns[0] = own;
    owns[1] = other_own;
    for (uint32_t i = 0; i < N; i++) {
        children[i].self = i;
        children[i].spi_out = i;
        children[i].spi_in = UNKNOWN + 1 + i;
        children[i].owner = nondet_bool() ? 1 : 2;
        children[i].claimed = nondet_bool();
        children[i].protocol = nondet_bool() ? IKL_PROTOCOL_ESP : IKL_PROTOCOL_AH;
        children[i].deleted_by = nondet_bool() ? 1 : 0;
    }
}

static void have_any_message(void)
{
    struct ikl_message any;
    struct said any_said;

    message = any;
    message.opened.plaintext.data = plaintext;
    said = any_said;
    for (size_t i = 0; i < N_SPIS; i++) {
        said.spis[i] = nondet_bool() ? 0 : nondet_bool() ? 1 : UNKNOWN;
    }
    suppose(said.type != IKL_PAYLOAD_NONE);
    said.protocol = nondet_bool() ? IKL_PROTOCOL_IKE : nondet_bool() ? IKL_PROTOCOL_ESP : IKL_PROTOCOL_AH;
}

static void check_children(bool is_taken)
{
    size_t n = 0;

    prove(n_gone == n_marked);
    for (size_t i = 0; i < N; i++) {
        prove(children[i].marked == (is_taken && goes_down(&children[i])));
        n += children[i].marked ? 1 : 0;
    }
    prove(n == n_marked && (n < 2 || (first_marked == 0) == (place_of(&children[0]) < place_of(&children[1]))));
}

static void check_answer(int result)
{
    if (is_malformed()) {
        prove(n_errors == 1 && n_answered + n_asked == 0);
    } else {
        prove(n_errors == 0 && n_answered + n_asked == (result == IKL_OK ? 1 : 0));
        prove(n_asked == (result == IKL_OK && has_more() && may_ask ? 1 : 0));
    }
}

/* The host knows, whatever it has done meanwhile. */
static void check_end(bool is_taken)
{
    uint64_t n_deletes = endpoint.counters.peer_deletes;
    bool is_ours = state_before == IKL_SA_REKEYED || state_before == IKL_SA_DELETING;

    if (!is_taken || !is_whole()) {
        prove(n_told + n_ended + n_noted == 0 && n_deletes == 0);
        return;
    }
    prove(n_told == (!is_ours || n_asked == 1 ? 1 : 0) && n_ended == 1 - n_told && n_deletes == 0);
    if (n_told == 1) {
        sa.state = nondet_u8() & 7u;
        ikl_sa_end_deleted(&sa, now);
        is_ours = sa.state == IKL_SA_REKEYED || sa.state == IKL_SA_DELETING;
        prove(n_ended == (sa.state < IKL_SA_DYING ? 1 : 0));
        prove(endpoint.counters.peer_deletes == (n_ended == 1 && !is_ours ? 1 : 0));
    }
}

int main(void)
{
    bool is_taken;
    int result;

    have_any_ike_sas();
    have_any_children();
    have_any_message();
    endpoint.draft = draft;
    may_ask = nondet_bool();
    now = nondet_u64();
    result = ikl_sa_take_delete(&sa, &message, now);
    is_taken = result == IKL_OK && !is_malformed();
    check_answer(result);
    check_children(is_taken);
    check_end(is_taken);
    return 0;
}
