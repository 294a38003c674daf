/* SPDX-License-Identifier: ISC */
/* Whatever message comes for an IKE SA, no octet of the IKE SA and its requests changes before the message is opened,
 * nor when that fails; nobody is told anything, and the one entry in the history is that it was refused. What is taken
 * was opened, is taken once, and is what its Message ID says: the answer to a request of ours that waits for one, a
 * request that is new or has to come again, or one that asks for its response again.
 *
 * In the place of ikl_sk_open_read it has what sk_open proves of it: what is opened is authenticated.
 *
 * bounds: two requests besides the probe, no Child SA, no other IKE SA. Left out, whatever they do: notifications that
 * nothing protects (INVALID_SPI and the like, tokens), IKE_SA_INIT, synchronisation, wiping keys from before a change
 * with: policy/window.c sa/heirs.c sa/incoming.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4 --unwindset is_same.0:100
 * fault: lib/sa/incoming.c s/arrival == IKL_ARRIVAL_NEW;/true;/
 * fault: lib/sa/incoming.c s/^ *result = open(sa, message);/sa->last_message = now;\n&/
 * fault: lib/sa/incoming.c s/return result == IKL_OK ? take_whole/return true ? take_whole/ */
#include "proof.h"

#define IKL_ONCE
#define ikl_sk_open_read ikl_sk_open_by_cipher
#include "crypto/sk.h"
#undef ikl_sk_open_read
int ikl_sk_open_read(const struct ikl_cipher *with, const void *state, struct ikl_octets datagram, uint8_t *plaintext,
                     size_t size, struct ikl_opened *opened);

#include "ike_sa.h"

#include "sa/exhaustion.h"
#include "sa/hand.h"

static struct ikl_keying keying;
static struct ikl_cipher cipher;
static uint8_t key_states[2];
static struct ikl_sa after;
static struct ikl_own_request first_after, second_after;
static struct ikl_path path;
static struct ikl_octets datagram;
static uint8_t octets[1], plaintext[1];
static unsigned n_refused;
static bool is_swapped;                    /* the former keys are in use */
static bool is_opened, is_taken, is_other; /* other: of what is left out */

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &keying.states && index == 0);
    return key_states;
}

/* As sk_open proves. */
int ikl_sk_open_read(const struct ikl_cipher *with, const void *state, struct ikl_octets whole, uint8_t *out,
                     size_t size, struct ikl_opened *opened)
{
    int result = nondet_int();

    (void)state;
    (void)size;
    prove(with == &cipher && whole.data == datagram.data && whole.len == datagram.len && out == plaintext);
    prove(!is_taken);
    is_opened = result == IKL_OK;
    opened->first_payload = nondet_u8();
    opened->plaintext = (struct ikl_octets){plaintext, any_up_to(DATAGRAM)};
    opened->padding = (struct ikl_octets){plaintext, any_up_to(UINT8_MAX)};
    opened->fragment_number = nondet_u16();
    opened->critical = nondet_u8();
    return result;
}

static void keep_state(void)
{
    after = ike_sa;
    first_after = first_request;
    second_after = second_request;
}

static void leave_out(bool other)
{
    if (other) {
        is_other = true;
        keep_state();
    }
}

static void take_now(const struct ikl_sa *sa)
{
    prove(sa == &ike_sa && is_opened && !is_taken);
    is_taken = true;
    keep_state();
}

/* A whole message that has just this Message ID. */
static void take_message(const struct ikl_sa *sa, const struct ikl_message *message, bool is_response)
{
    take_now(sa);
    prove(((message->opened.header.flags & IKL_FLAG_RESPONSE) != 0) == is_response);
    prove(((message->opened.header.flags & IKL_FLAG_INITIATOR) != 0) != sa->original_initiator);
}

void ikl_sa_answered(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    const struct ikl_request *answered = message->answered;

    (void)now;
    take_message(sa, message, true);
    prove(answered == &sa->probe || answered == &first_request.request || answered == &second_request.request);
    prove(answered->state == IKL_REQUEST_SENT && answered->run.first_sent != IKL_NEVER);
    prove(answered->run.message_id == message->opened.header.message_id);
    prove(answered->exchange_type == message->opened.header.exchange_type);
}

static bool has_to_come_again; /* a request that waited for its turn for too long */

bool ikl_sa_waits_for(const struct ikl_sa *sa, uint32_t message_id)
{
    (void)sa;
    (void)message_id;
    has_to_come_again = nondet_bool();
    return has_to_come_again;
}

int ikl_sa_take_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    enum ikl_arrival arrival = ikl_window_judge(&sa->receive_window, message->opened.header.message_id);

    (void)now;
    take_message(sa, message, false);
    prove(message->fresh == (arrival == IKL_ARRIVAL_NEW));
    prove(message->fresh || (arrival == IKL_ARRIVAL_REPEATED && has_to_come_again));
    return nondet_int();
}

int ikl_sa_repeated(struct ikl_sa *sa, const struct ikl_path *along, uint32_t message_id, ikl_time now)
{
    (void)now;
    take_now(sa);
    prove(along == &path);
    prove(ikl_window_judge(&sa->receive_window, message_id) == IKL_ARRIVAL_REPEATED && !has_to_come_again);
    return nondet_int();
}

/* It keeps the fragment, and the whole message is taken with the last one. */
int ikl_sa_take_fragment(struct ikl_sa *sa, struct ikl_opened *opened, ikl_time now, bool *complete)
{
    (void)sa;
    (void)now;
    prove(is_opened && opened->fragment_number != 0);
    *complete = nondet_bool();
    leave_out(!*complete);
    return nondet_int();
}

void ikl_request_heard(struct ikl_sa *sa, ikl_time now)
{
    (void)sa;
    (void)now;
    prove(is_taken);
}

void ikl_sa_warn_of_exhaustion(struct ikl_sa *sa)
{
    (void)sa;
    prove(is_taken);
}

int ikl_sa_judge_sync(const struct ikl_sa *sa, const struct ikl_message *message)
{
    (void)message;
    prove(ikl_sa_has_rare(sa, IKL_RARE_SYNC));
    return nondet_int();
}

int ikl_sa_take_sync(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    int result = nondet_int();

    (void)sa;
    (void)message;
    (void)now;
    prove(is_opened);
    leave_out(result != IKL_ERR_NOT_FOUND);
    return result;
}

int ikl_sa_offer_init_response(struct ikl_sa *sa, const struct ikl_message *message)
{
    int result = nondet_int();

    (void)message;
    suppose(result != IKL_ERR_NOT_FOUND);
    prove(!ikl_sa_has_keys(sa));
    leave_out(true);
    return result;
}

int ikl_sa_take_unprotected(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    int result = nondet_int();

    (void)sa;
    (void)now;
    prove(message->opened.header.next_payload == IKL_PAYLOAD_NOTIFY);
    leave_out(result != IKL_ERR_NOT_FOUND);
    return result;
}

/* The keys from before a change come into use, and go out of it again. */
bool ikl_key_change_is_before(const struct ikl_sa *sa, uint32_t message_id)
{
    (void)sa;
    (void)message_id;
    return nondet_bool();
}

void ikl_key_change_swap(struct ikl_sa *sa)
{
    (void)sa;
    is_swapped = !is_swapped;
}

void ikl_key_change_went_on(struct ikl_sa *sa)
{
    (void)sa;
    prove(!is_swapped);
}

void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    (void)sa;
    prove(event.kind == IKL_EVENT_REFUSED);
    n_refused++;
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    (void)sa;
    (void)event;
    prove(false);
}

void ikl_wipe(void *memory, size_t len)
{
    (void)len;
    prove(memory == plaintext && is_opened);
}

/* Which has no SPI any more once it has ended. */
static void have_any_keys(void)
{
    struct ikl_cipher any_cipher;

    cipher = any_cipher;
    cipher.state_size = sizeof(key_states) / 2;
    keying.cipher = &cipher;
    endpoint.keyings = &keying;
    endpoint.plaintext = plaintext;
    endpoint.exhaustion_margin = nondet_u32();
    suppose(ike_sa.keying == 0 && (ike_sa.keys == 0 || ike_sa.keys == IKL_NONE));
}

int main(void)
{
    struct ikl_message message;
    int result;

    have_any_ike_sa();
    have_any_keys();
    keep_state();
    message.answered = NULL;
    message.fresh = false;
    path = any_path();
    message.path = &path;
    message.datagram = datagram = (struct ikl_octets){octets, nondet_size()};
    result = ikl_sa_receive(&ike_sa, &message, nondet_u64());
    prove(!is_swapped && n_refused == (result != IKL_OK));
    prove(is_opened || result != IKL_OK || is_other);
    if (!is_taken && !is_other) { /* else the state was kept before that */
        keep_state();
    }
    prove(is_same(&after, &before, sizeof(before)));
    prove(is_same(&first_after, &first_before, sizeof(first_before)));
    prove(is_same(&second_after, &second_before, sizeof(second_before)));
    prove(endpoint.first_told == IKL_NONE && endpoint.lone == NULL && ikl_hand_is_empty(&endpoint));
    return 0;
}
