/* SPDX-License-Identifier: ISC */
/* Tokens of quick crash detection in a random world: who shows one has lost the IKE SA, and who sees its own ends it at
 * once. See random.h and laws.h. */
#include "random.h"

#include <ikelive/crash.h>

static bool is_living(const struct end *end)
{
    return end->sa != NULL && !end->law.down;
}

/* Reads a message that is nothing but notifications, as one with tokens is. */
static bool read_shown(const struct ikl_sim_record *record, struct ikl_header *header)
{
    struct ikl_octets message = laws_without_marker(record->octets, record->about.path.encapsulated);

    return ikl_header_read(header, message.data, message.len) == IKL_OK && header->next_payload == IKL_PAYLOAD_NOTIFY &&
           !laws_is_first(header->exchange_type); /* there it is a cookie */
}

void draw_tokens(struct world *world)
{
    struct test_random random;

    world->has_tokens = draw_kind(world, KIND_TOKENS, &random);
    world->laws->hosts_say_invalid_spi = world->has_tokens;
}

void check_shown(struct world *world, const struct ikl_sim_record *record)
{
    struct ikl_header header;
    const struct end *end;

    if (!read_shown(record, &header)) {
        return;
    }
    end = find_end(world, record->host, header.spi_i, header.spi_r);
    laws_hold(world->laws, end == NULL || !is_living(end), "the token of an IKE SA that lives was sent unprotected");
    if (is_corrupted(world, world->last_delivered)) { /* what it answers may not be what the peer said */
        watch_note_corrupted(&world->watch, record->datagram);
    }
    world->counts[COUNT_TOKENS_SHOWN]++;
}

bool is_corrupted(const struct world *world, uint64_t datagram)
{
    for (size_t i = 0; i < WATCH_CORRUPTED; i++) {
        if (world->watch.corrupted[i] == datagram) {
            return true;
        }
    }
    return false;
}

void note_shown(struct world *world, const struct ikl_sim_record *record)
{
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct ikl_header header;
    struct end *end;

    if (!read_shown(record, &header) || is_corrupted(world, record->datagram)) {
        return;
    }
    end = find_end(world, record->host, header.spi_i, header.spi_r);
    if (end != NULL && is_living(end)) {
        CHECK(world, ikl_sa_query(end->sa, &info) == IKL_OK);
        end->must_end = info.has_token;
    }
}

void check_crashes(struct world *world)
{
    for (size_t i = 0; i < world->n_ends; i++) {
        laws_hold(world->laws, !world->ends[i].must_end || !is_living(&world->ends[i]),
                  "the peer's token arrived, and the IKE SA did not end");
        world->ends[i].must_end = false;
    }
}

void check_crashed(struct world *world, const struct end *end)
{
    laws_hold(world->laws, !is_living(end->peer), "a peer is said to have crashed that has its IKE SA");
    world->counts[COUNT_CRASHES]++;
}
