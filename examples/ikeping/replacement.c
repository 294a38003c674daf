/* SPDX-License-Identifier: ISC */
/* ikeping: an IKE SA that takes the place of the session's. */
#include "replacement.h"

#include "check.h"
#include "move.h"
#include "providers.h"
#include "rekey_own.h"
#include "takeover.h"

/* How long the peer may take to delete the IKE SA that was replaced, or to answer that we do. */
enum { OLD_SA_TIME = 10000 };

void replacement_offer(const struct replacement *replacement, const struct dh_key *key, struct ikl_octets nonce,
                       struct payload_list *list)
{
    const struct choice offer = {.proposal = replacement->proposal, .number = 1};
    const struct ikl_ke ke = {.method = dh_key_group(key), .data = dh_key_public(key)};

    payload_list_init(list);
    /* an offer of one proposal looks like an accepted one */
    payload_list_end(list,
                     proposals_write_choice(payload_list_begin(list, IKL_PAYLOAD_SA), &offer, replacement->spi_i));
    init_message_add_key(list, &ke, nonce);
}

int replacement_derive(struct replacement *replacement, const struct handshake *old, const struct ikl_kdf_input *input)
{
    const struct ikl_prf *old_prf = providers_prf(&old->proposal.suite);
    const struct ikl_suite *suite = &replacement->proposal.suite;
    struct ikl_kdf_input whole = *input;
    uint8_t skeyseed[IKL_MAX_PRF];
    int error = ikl_skeyseed_rekey(old_prf, (struct ikl_octets){old->keys.sk_d, old->keys.prf_len}, input, skeyseed);

    whole.spi_i = replacement->spi_i;
    whole.spi_r = replacement->spi_r;
    if (error == IKL_OK) {
        error = ikl_keys_derive(&replacement->keys, providers_find(suite), suite,
                                (struct ikl_octets){skeyseed, old_prf->len}, &whole);
    }
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

int replacement_make(struct replacement *replacement, struct session *session)
{
    struct ikl_sa_config config = session_sa_config(session, move_path(session));

    config.spi_i = replacement->spi_i;
    config.spi_r = replacement->spi_r;
    config.original_initiator = replacement->ours;
    config.protection = session_protection(session);
    config.protection.suite = replacement->proposal.suite;
    config.protection.keys = &replacement->keys;
    config.ids = (struct ikl_message_ids){.stated = true};
    return session_new_sa(session, &config, &replacement->sa);
}

void replacement_take(const struct replacement *replacement, struct session *session)
{
    struct ikl_sa *old = session->sa;
    ikl_time now = ikeping_now(session->ikeping);

    session->sa = replacement->sa;
    session->handshake.proposal = replacement->proposal;
    session->handshake.keys = replacement->keys;
    session_log_keys(session, replacement->spi_i, replacement->spi_r);
    session_report(session, replacement->ours ? report_rekeyed_by_us : report_rekeyed);
    check_rekeyed(session);
    takeover_rekeyed(session);
    rekey_own_later(session);
    if (ikl_sa_replace(old, replacement->sa, replacement->ours, OLD_SA_TIME, now) != IKL_OK) {
        ikl_sa_close(old, now);
    }
}
