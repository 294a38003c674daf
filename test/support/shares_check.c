/* SPDX-License-Identifier: ISC */
/* What IKE SAs hold, counted once more, one after the other. See shares_check.h. */
#include "shares_check.h"

#include "endpoint/valid.h"
#include "memory/valid.h"
#include "sa/remembered.h"
#include "sa/valid.h"

enum { SEALED_BLOCKS = 3, AUTHENTICATED_PART = 8, CONNECTING_PART = 4 };

/* Blocks of the pool, and items of slabs. */
struct sums {
    uint32_t owned, set_aside, borrowed, connecting, blocks;
    uint32_t sas, requests, responses, children; /* a Child SA that may have a monitor has two places */
    uint32_t partials;                           /* incomplete messages in the endpoint's list */
    uint32_t borrowed_responses;                 /* those in another */
    uint32_t extras, tokens, syncs, kept, key_changes;
};

static uint32_t used_of(const struct ikl_slab *slab)
{
    return slab->n_chunks * IKL_SLAB_CHUNK - slab->n_free - 2 * slab->n_free_pairs;
}

static uint32_t difference(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

static bool is_alive(const struct ikl_sa *sa)
{
    return sa->state < IKL_SA_DYING;
}

/* Of the blocks that it owns it may use these now. */
static uint32_t own_of(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_ESTABLISHED || sa->state == IKL_SA_DELETING ? sa->endpoint->shares.own : 0;
}

/* What a list of bodies takes, each of which begins with the next, and goes on with one that it keeps when it `keeps`
 * one. */
static uint32_t blocks_of_list(const struct ikl_sa *sa, uint32_t first, bool keeps)
{
    uint32_t at[2] = {first, IKL_NONE}, n = 0;

    while (at[0] != IKL_NONE) {
        n += ikl_sa_body_blocks(sa, at[0]);
        ikl_pool_read(&sa->endpoint->pool, at[0], 0, (uint8_t *)at, keeps ? sizeof(at) : sizeof(at[0]));
        n += ikl_sa_body_blocks(sa, at[1]);
    }
    return n;
}

static uint32_t blocks_of_pieces(const struct ikl_sa *sa, const struct ikl_reassembly *reassembly)
{
    return reassembly->total != 0 ? blocks_of_list(sa, reassembly->first_piece, false) : 0;
}

/* Of requests of ours. */
static uint32_t blocks_we_hold(const struct ikl_sa *sa)
{
    uint32_t n = ikl_sa_body_blocks(sa, sa->probe.stored);

    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_at(sa->endpoint, own->next)) {
        n += ikl_sa_body_blocks(sa, own->request.stored) + blocks_of_list(sa, own->earlier, true);
    }
    return n;
}

/* In the endpoint's list of responses in borrowed blocks. */
static bool is_listed(const struct ikl_response *response)
{
    return response->state == IKL_RESPONSE_GIVEN && response->stored != IKL_NONE && response->kept.sa != IKL_NONE;
}

/* Of what its peer has sent, and of our responses, which are counted. */
static uint32_t blocks_for_peer(const struct ikl_sa *sa, struct sums *sums)
{
    uint32_t n = 0;

    for (const struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        sums->responses++;
        sums->borrowed_responses += is_listed(response) ? 1 : 0;
        n += ikl_sa_body_blocks(sa, response->stored) + ikl_sa_body_blocks(sa, response->path);
    }
    if (ikl_sa_sync_of(sa) != NULL) {
        n += ikl_sa_body_blocks(sa, ikl_sa_sync_of(sa)->stored);
    }
    if (sa->extra != IKL_NONE) {
        const struct ikl_extra *extra = ikl_slab_at(&sa->endpoint->extras, sa->extra);

        n += blocks_of_pieces(sa, &extra->request) + blocks_of_pieces(sa, &extra->response);
        sums->extras++;
        sums->partials += extra->request.listed + extra->response.listed;
    }
    return n;
}

static uint32_t limit_of(const struct ikl_sa *sa)
{
    const struct ikl_shares *shares = &sa->endpoint->shares;

    return sa->state == IKL_SA_CONNECTING ? shares->largest : shares->own + shares->common / AUTHENTICATED_PART;
}

static uint32_t has_beside(const struct ikl_beside *beside, const struct ikl_sa *sa)
{
    return ikl_beside_find(beside, ikl_sa_own_spi(sa)) != NULL ? 1 : 0;
}

static void add_what_is_beside(struct sums *sums, const struct ikl_sa *sa)
{
    if (ikl_endpoint_find(sa->endpoint, ikl_sa_own_spi(sa)) != sa) {
        return; /* it has ended, and another may have its SPI */
    }
    sums->tokens += has_beside(&sa->endpoint->tokens, sa);
    sums->syncs += has_beside(&sa->endpoint->syncs, sa);
    sums->kept += has_beside(&sa->endpoint->kept, sa);
    sums->key_changes += has_beside(&sa->endpoint->key_changes, sa);
}

static void add(struct sums *sums, const struct ikl_sa *sa)
{
    const struct ikl_shares *shares = &sa->endpoint->shares;
    uint32_t sealed = sa->owns_sealed && is_alive(sa) ? SEALED_BLOCKS : 0;
    uint32_t own = sa->state != IKL_SA_REKEYED && is_alive(sa) ? shares->own : 0;

    sums->owned += own + sealed;
    sums->set_aside += sealed - (sealed != 0 ? sa->sealed : 0u) +
                       (sa->state == IKL_SA_CONNECTING ? own : difference(own_of(sa), sa->held));
    sums->borrowed += difference(sa->held, own_of(sa));
    sums->connecting += sa->state == IKL_SA_CONNECTING ? sa->held : 0;
    sums->blocks += sa->held + sa->sealed;
    sums->sas++;
    sums->requests += ikl_sa_count_requests(sa);
    add_what_is_beside(sums, sa);
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        sums->children += child->paired ? 2 : 1;
    }
}

static const char *check_sa(const struct ikl_sa *sa, struct sums *sums)
{
    uint32_t peers = blocks_for_peer(sa, sums);

    if (!ikl_sa_is_valid(sa)) {
        return "an IKE SA is not valid";
    }
    if (!ikl_sa_claims_are_valid(sa)) {
        return "a Delete of ours names a Child SA that does not know of it";
    }
    if (!ikl_sa_monitors_are_valid(sa)) {
        return "a monitor of an IKE SA's Child SAs is not valid";
    }
    if (!ikl_sa_history_is_valid(sa)) {
        return "an event of an IKE SA's history is not valid";
    }
    if (!ikl_sa_all_is_awaited(sa)) {
        return "the window of an IKE SA waits for an answer to nothing";
    }
    if (!ikl_sa_responses_are_valid(sa)) {
        return "the responses of an IKE SA are not valid";
    }
    if (!ikl_sa_beginning_is_valid(sa)) {
        return "an IKE SA without keys has used more than its first request";
    }
    if (!ikl_sa_sync_is_valid(sa)) {
        return "an IKE SA that synchronises its Message IDs is below what it asked for";
    }
    if (is_alive(sa) && !ikl_sa_key_change_is_valid(sa)) {
        return "an IKE SA keeps keys from before a change for too long";
    }
    if (is_alive(sa) && !ikl_sa_can_send(sa)) {
        return "an IKE SA cannot send what it has to";
    }
    if (peers + blocks_we_hold(sa) != sa->held + sa->sealed) {
        return "an IKE SA holds other blocks than were counted";
    }
    return peers <= limit_of(sa) ? NULL : "a peer makes an IKE SA hold more than its share";
}

/* Whether there are so many in the list of incomplete messages, each with the one before it, and of an IKE SA that has
 * it and is CONNECTING, or was deleted while it was. */
static bool partials_are_valid(const struct ikl_endpoint *endpoint, uint32_t n)
{
    uint32_t older = IKL_NONE;

    for (uint32_t number = endpoint->shares.first_partial; number != IKL_NONE; n--) {
        const struct ikl_extra *extra = ikl_slab_at(&endpoint->extras, number / 2);
        const struct ikl_reassembly *partial = number % 2 != 0 ? &extra->response : &extra->request;
        const struct ikl_sa *sa = ikl_slab_at(&endpoint->sas, partial->sa);

        if (n == 0 || !partial->listed || partial->older != older || sa->extra != number / 2 ||
            (sa->state != IKL_SA_CONNECTING && sa->state != IKL_SA_DELETING)) {
            return false;
        }
        older = number;
        number = partial->newer;
    }
    return n == 0 && endpoint->shares.last_partial == older;
}

/* The same of the list of responses. */
static bool old_responses_are_valid(const struct ikl_endpoint *endpoint, uint32_t n)
{
    uint32_t older = IKL_NONE;

    for (uint32_t index = endpoint->shares.first_old; index != IKL_NONE; n--) {
        const struct ikl_response *response = ikl_response_at(endpoint, index);

        if (n == 0 || !is_listed(response) || response->kept.older != older ||
            ikl_sa_find_response(ikl_slab_at(&endpoint->sas, response->kept.sa), response->message_id) != response) {
            return false;
        }
        older = index;
        index = response->kept.newer;
    }
    return n == 0 && endpoint->shares.last_old == older;
}

/* What is beside IKE SAs is found by the SPI of one each. */
static bool are_found(const struct ikl_beside *beside, uint32_t n)
{
    return beside->spis.n_used == n && used_of(&beside->kept) == n;
}

static const char *check_sums(const struct ikl_endpoint *endpoint, const struct sums *sums)
{
    const struct ikl_shares *shares = &endpoint->shares;

    if (shares->owned != sums->owned || shares->set_aside != sums->set_aside || shares->borrowed != sums->borrowed ||
        shares->connecting != sums->connecting) {
        return "the shares are not the sums of what IKE SAs own and borrow";
    }
    if (used_of(&endpoint->pool.blocks) != sums->blocks) {
        return "blocks of the pool are held by nobody";
    }
    if (endpoint->n_requests != sums->requests || used_of(&endpoint->requests) != sums->requests ||
        used_of(&endpoint->responses) != sums->responses || used_of(&endpoint->children) != sums->children ||
        used_of(&endpoint->sas) != sums->sas || used_of(&endpoint->extras) != sums->extras) {
        return "a request, response, Child SA, extra or IKE SA belongs to nobody";
    }
    if (!are_found(&endpoint->tokens, sums->tokens) || !are_found(&endpoint->syncs, sums->syncs) ||
        !are_found(&endpoint->kept, sums->kept) || !are_found(&endpoint->key_changes, sums->key_changes)) {
        return "what is beside an IKE SA is not found, or belongs to nobody";
    }
    if (!partials_are_valid(endpoint, sums->partials)) {
        return "the list of incomplete messages is not valid";
    }
    if (!old_responses_are_valid(endpoint, sums->borrowed_responses)) {
        return "the list of responses in borrowed blocks is not valid";
    }
    if (shares->connecting > shares->common / CONNECTING_PART) {
        return "peers that are not authenticated hold more than their share";
    }
    return shares->set_aside <= endpoint->pool.blocks.n_free ? NULL : "blocks that were set aside are not there";
}

static uint64_t spi_of(const void *endpoint, uint32_t index)
{
    return ikl_sa_own_spi(ikl_slab_at(&((const struct ikl_endpoint *)endpoint)->sas, index));
}

static bool slabs_are_valid(const struct ikl_endpoint *endpoint)
{
    return ikl_slab_is_valid(&endpoint->sas) && ikl_slab_is_valid(&endpoint->children) &&
           ikl_slab_is_valid(&endpoint->requests) && ikl_slab_is_valid(&endpoint->responses) &&
           ikl_slab_is_valid(&endpoint->extras) && ikl_pool_is_valid(&endpoint->pool);
}

const char *shares_check_tables(const struct ikl_endpoint *endpoint)
{
    if (!slabs_are_valid(endpoint)) {
        return "a slab is not valid";
    }
    return ikl_spi_table_is_valid(&endpoint->spis, spi_of, endpoint) ? NULL : "the table of SPIs is not valid";
}

const char *shares_check(const struct ikl_endpoint *endpoint)
{
    struct sums sums = {0};

    for (uint32_t i = 0; i < endpoint->sas.n_chunks * IKL_SLAB_CHUNK && sums.sas < used_of(&endpoint->sas); i++) {
        const struct ikl_sa *sa = ikl_slab_at(&endpoint->sas, i);
        const char *wrong = NULL;

        if (sa->probe.run.schedule != NULL) { /* not a free item of the slab */
            add(&sums, sa);
            wrong = check_sa(sa, &sums);
        }
        if (wrong != NULL) {
            return wrong;
        }
    }
    return check_sums(endpoint, &sums);
}
