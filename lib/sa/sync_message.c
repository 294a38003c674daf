/* SPDX-License-Identifier: ISC */
/* ikelive sa: the messages that synchronise Message IDs (RFC 6311 §5.1): an INFORMATIONAL with Message ID 0 and one or
 * two notifications. */
#include "protect.h"
#include "syncing.h"

#include "cannot_fail.h"
#include "octets.h"

enum {
    NOTIFY_TYPE_END = 4, /* in a Notify payload's body */
    IDS_BODY = 16,
    REPLAY_BODY = 12 /* at most */
};

/* What is found among the payloads. */
struct found {
    struct ikl_sync_content content;
    unsigned n_ids, n_replays;
    bool others; /* payloads that do not belong there, or wrong ones */
};

/* Whether a Notify payload's body is of this type, well-formed or not. */
static bool is_of_type(struct ikl_octets body, uint16_t type)
{
    return body.len >= NOTIFY_TYPE_END && ikl_load_u16(body.data + NOTIFY_TYPE_END - sizeof(type)) == type;
}

static void look_at(struct found *found, const struct ikl_payload *payload)
{
    if (payload->type != IKL_PAYLOAD_NOTIFY) {
        found->others = true;
    } else if (is_of_type(payload->body, IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC)) {
        found->n_ids++;
        found->others |= ikl_message_id_sync_read(&found->content.ids, payload->body) != IKL_OK;
    } else {
        found->n_replays++;
        found->others |= ikl_replay_sync_read(&found->content.replay, payload->body) != IKL_OK;
    }
}

static bool is_message_id(uint32_t number)
{
    return number <= IKL_MESSAGE_ID_LAST;
}

/* False when the chain is not whole. */
static bool look_at_all(struct found *found, const struct ikl_opened *opened)
{
    struct ikl_chain chain = ikl_chain(opened->first_payload, opened->plaintext);
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        look_at(found, &payload);
    }
    return chain.status == IKL_ERR_END;
}

bool ikl_sync_is_replay_alone(const struct ikl_opened *opened, struct ikl_replay_sync *out)
{
    struct found found = {.n_ids = 0};

    (void)look_at_all(&found, opened); /* it was checked */
    *out = found.content.replay;
    return found.n_ids == 0 && found.n_replays == 1 && !found.others;
}

int ikl_sync_read(struct ikl_sync_content *out, const struct ikl_opened *opened)
{
    struct found found = {.n_ids = 0};
    bool whole = look_at_all(&found, opened);

    if (found.n_ids == 0) {
        return IKL_ERR_NOT_FOUND;
    }
    if (!whole || found.n_ids > 1 || found.n_replays > 1 || found.others || opened->critical != IKL_PAYLOAD_NONE ||
        !is_message_id(found.content.ids.send) || !is_message_id(found.content.ids.receive)) {
        return IKL_ERR_MALFORMED;
    }
    *out = found.content;
    return IKL_OK;
}

/* What it says as payloads; a delta of 0 is not said. There is room for both. */
static void write_payloads(struct ikl_writer *writer, const struct ikl_sync_content *content)
{
    uint8_t ids[IDS_BODY], replay[REPLAY_BODY];
    struct ikl_writer ids_writer = ikl_writer(ids, sizeof(ids)), replay_writer = ikl_writer(replay, sizeof(replay));
    struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {ids, sizeof(ids)}},
                                     {.type = IKL_PAYLOAD_NOTIFY, .body = {replay, 0}}};

    ikl_cannot_fail(ikl_message_id_sync_write(&ids_writer, &content->ids));
    ikl_cannot_fail(ikl_replay_sync_write(&replay_writer, &content->replay));
    payloads[1].body.len = replay_writer.len;
    ikl_cannot_fail(ikl_chain_write(writer, payloads, content->replay.delta != 0 ? 2 : 1));
}

int ikl_sa_seal_sync(struct ikl_sa *sa, const struct ikl_sync_content *content, bool response, const uint8_t *iv,
                     size_t *len)
{
    uint8_t plaintext[2 * IKL_PAYLOAD_HEADER_LEN + IDS_BODY + REPLAY_BODY];
    struct ikl_writer writer = ikl_writer(plaintext, sizeof(plaintext));
    struct ikl_draft draft = {
        .exchange_type = IKL_INFORMATIONAL, .response = response, .first_payload = IKL_PAYLOAD_NOTIFY};

    write_payloads(&writer, content);
    draft.plaintext = (struct ikl_octets){plaintext, writer.len};
    return ikl_sa_seal_text(sa, &draft, iv, len);
}

int ikl_sa_make_sync_again(struct ikl_sa *sa, size_t *len)
{
    return ikl_sa_seal_sync(sa, &ikl_sa_sync_of(sa)->ours, false, sa->probe_iv, len);
}
