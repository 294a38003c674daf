/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: the IKE SAs of a shard, in memory and in the store. */
#include "tenure.h"

#include "../ikeping/providers.h"
#include "held.h"
#include "parcel.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many requests of a gateway's may be unknown to the next one. */
enum { UNKNOWN = 64, NAME = 17, PAUSE_MS = 50, STEP_MS = 10, REKEYED_MS = 10000 };

/* An IKE SA, or one that has to be removed from the store. */
struct member {
    struct member *next; /* of `changed` */
    struct tenure *tenure;
    struct ikl_sa *sa;   /* null: it is gone */
    uint64_t written_in; /* the epoch of the snapshot that it was restored from, or of its keys */
    uint32_t requests;   /* of ours, since it was last written */
    bool changed;        /* is to be written */
    bool waits;          /* is in `to_sync` */
    bool unsynchronised; /* was restored, and its peer has not answered */
    char name[NAME];
};

struct list {
    struct member *first, **end;
};

struct tenure {
    struct tenure_config config;
    struct ikl_endpoint *endpoint;
    struct list changed;
    struct member **to_sync; /* those that were restored */
    uint32_t n_to_sync, syncs, room;
    struct held_queue held;
    struct newcomers newcomers;
    uint64_t n_changed, n_written; /* changes so far; they are written in order */
    ikl_time began, retry;
    struct tenure_counts counts;
    bool ending;
};

static void put(struct list *list, struct member *member)
{
    member->next = NULL;
    *(list->first != NULL ? list->end : &list->first) = member;
    list->end = &member->next;
}

static struct member *take(struct list *list)
{
    struct member *member = list->first;

    list->first = member != NULL ? member->next : NULL;
    return member;
}

/* Without a member it is a newcomer, of which the store knows nothing. */
static void note_change(struct member *member)
{
    if (member != NULL && !member->changed && !member->tenure->ending) {
        member->changed = true;
        member->tenure->n_changed++;
        put(&member->tenure->changed, member);
    }
}

static void note_synchronised(struct member *member)
{
    member->tenure->counts.unsynchronised -= member->unsynchronised;
    member->unsynchronised = false;
}

static int hold(struct tenure *tenure, const struct ikl_address *to, const uint8_t *datagram, size_t len)
{
    return held_add(&tenure->held, tenure->n_changed, to, datagram, len);
}

static int send_now(void *user, const struct ikl_address *to, const uint8_t *datagram, size_t len)
{
    struct tenure *tenure = user;

    if (!shard_may_send(tenure->config.shard, tenure->config.clock())) {
        return IKL_ERR_STATE;
    }
    return tenure->config.send(tenure->config.user, to, datagram, len);
}

/* What the library calls */

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    randombytes_buf(out, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct tenure *tenure = user;
    const struct member *member = sa != NULL ? ikl_sa_user(sa) : NULL;

    if (member != NULL && member->changed) {
        return hold(tenure, &path->remote, datagram, len);
    }
    return send_now(tenure, &path->remote, datagram, len);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct member *member = ikl_sa_user(sa);

    (void)user;
    (void)alive;
    if (member != NULL && ++member->requests >= UNKNOWN / 2) {
        note_change(member);
    }
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    (void)user;
    (void)path;
    note_change(ikl_sa_user(sa));
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    (void)user;
    if (!synced->by_peer) {
        note_synchronised(ikl_sa_user(sa));
    }
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct tenure *tenure = user;
    struct member *member = ikl_sa_user(sa);
    struct newcomer *newcomer = newcomers_find(&tenure->newcomers, sa);

    (void)down;
    ikl_sa_free(sa);
    if (newcomer != NULL) {
        newcomers_remove(&tenure->newcomers, newcomer);
    }
    if (member == NULL) {
        return;
    }
    tenure->counts.sas--;
    note_synchronised(member);
    member->sa = NULL;
    if (tenure->ending) {
        free(member);
    } else {
        note_change(member);
    }
}

/* Members */

static struct member *add_member(struct tenure *tenure)
{
    struct member *member = calloc(1, sizeof(*member));

    if (member != NULL) {
        member->tenure = tenure;
        member->written_in = tenure->config.shard->epoch;
    }
    return member;
}

static void name_member(struct member *member, uint64_t spi)
{
    snprintf(member->name, NAME, "%016" PRIx64, spi);
    member->tenure->counts.sas++;
}

/* Makes the IKE SA of a greeting, to be written. Null when that fails. */
static struct member *open_member(struct tenure *tenure, struct greeting *greeting, const struct ikl_path *path)
{
    struct ikl_sa_config config = {.path = *path, .follow_peer = true};
    struct member *member = add_member(tenure);
    struct ikl_keys keys;
    int error = member != NULL ? ikl_endpoint_new_spi(tenure->endpoint, &greeting->spi_r) : IKL_ERR_NO_MEMORY;

    randombytes_buf(greeting->nr, sizeof(greeting->nr));
    if (error == IKL_OK) {
        error = greeting_open(greeting, tenure->config.secret, tenure->endpoint, &config, &keys, tenure->config.clock(),
                              &member->sa);
    }
    if (error == IKL_OK) {
        error = ikl_sa_keep_keys(member->sa, &keys, tenure->config.shard->epoch);
        if (error != IKL_OK) {
            ikl_sa_free(member->sa);
        }
    }
    ikl_wipe(&keys, sizeof(keys));
    if (error != IKL_OK) {
        free(member);
        return NULL;
    }
    ikl_sa_set_user(member->sa, member);
    name_member(member, greeting->spi_r);
    note_change(member);
    return member;
}

void tenure_greet(struct tenure *tenure, const struct ikl_address *from, const uint8_t *datagram, size_t len)
{
    const struct ikl_path path = {.local = greeting_cluster(), .remote = *from};
    struct greeting greeting = {.spi_r = 0};
    uint8_t octets[ARRIVAL_ANSWER_SIZE];
    struct ikl_writer answer = ikl_writer(octets, sizeof(octets));

    if (greeting_read(&greeting, false, datagram, len)) {
        if (open_member(tenure, &greeting, &path) != NULL) {
            greeting_write(&greeting, true, octets);
            (void)hold(tenure, from, octets, GREETING_LEN); /* else the peer asks again */
        }
        return;
    }
    newcomers_arrive(&tenure->newcomers, &path, (struct ikl_octets){datagram, len}, tenure->config.clock(), &answer);
    if (answer.len > 0) {
        (void)send_now(tenure, from, octets, answer.len);
    }
}

/* A newcomer becomes a member, which is written before it gets the answer. */
static int adopt(struct tenure *tenure, struct newcomer *newcomer, uint32_t message_id,
                 const struct payload_list *answer)
{
    struct member *member = add_member(tenure);
    struct ikl_sa *sa = newcomer->sa;
    ikl_time now = tenure->config.clock();
    int error;

    if (member == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    member->sa = sa;
    ikl_sa_set_user(sa, member);
    name_member(member, ikl_sa_spi_r(sa));
    note_change(member);
    error = ikl_sa_respond(sa, message_id, answer->payloads, answer->n, now);
    if (error == IKL_OK) {
        error = ikl_sa_established(sa, now);
    }
    if (error == IKL_OK) {
        error = ikl_sa_agree_sync(sa, IKL_SYNC_MESSAGE_IDS, now);
    }
    if (error == IKL_OK) {
        error = ikl_sa_keep_keys(sa, &newcomer->handshake.keys, tenure->config.shard->epoch);
    }
    return error;
}

static void welcome(struct tenure *tenure, struct newcomer *newcomer, const struct ikl_peer_request *request)
{
    struct payload_list answer;
    struct ikl_sa *sa = newcomer->sa;

    if (!newcomers_judge(&tenure->newcomers, newcomer, request, &answer)) {
        (void)!ikl_sa_respond(sa, request->message_id, answer.payloads, answer.n, tenure->config.clock());
    } else if (answer.error == IKL_OK && adopt(tenure, newcomer, request->message_id, &answer) == IKL_OK) {
        newcomers_remove(&tenure->newcomers, newcomer);
    } else {
        ikl_sa_free(sa);
    }
    ikl_wipe(answer.octets, sizeof(answer.octets));
}

/* The peer rekeys its IKE SA. Both IKE SAs are written before it gets the answer. */
static int rekey(struct tenure *tenure, struct member *member, struct greeting *greeting, uint32_t message_id)
{
    uint8_t body[GREETING_REKEY];
    const struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};
    ikl_time now = tenure->config.clock();
    struct member *heir = open_member(tenure, greeting, ikl_sa_path(member->sa));
    int error = IKL_ERR_NO_MEMORY;

    if (heir != NULL) {
        note_change(member);
        greeting_write_rekey(greeting, true, body);
        error = ikl_sa_respond(member->sa, message_id, &nonce, 1, now);
        if (error == IKL_OK) {
            error = ikl_sa_replace(member->sa, heir->sa, false, REKEYED_MS, now);
        }
        if (error != IKL_OK) {
            ikl_sa_free(heir->sa);
        }
    }
    return error;
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    const uint8_t refusal[] = {0, 0, 0, IKL_NOTIFY_NO_ADDITIONAL_SAS};
    const struct ikl_payload notify = {.type = IKL_PAYLOAD_NOTIFY, .body = {refusal, sizeof(refusal)}};
    struct tenure *tenure = user;
    struct newcomer *newcomer = newcomers_find(&tenure->newcomers, sa);
    struct greeting greeting = {.spi_r = 0};

    if (newcomer != NULL) {
        welcome(tenure, newcomer, request);
    } else if (request->exchange_type != IKL_CREATE_CHILD_SA || ikl_sa_state(sa) != IKL_SA_ESTABLISHED ||
               !greeting_read_rekey(&greeting, false, request->first_payload, request->plaintext) ||
               rekey(tenure, ikl_sa_user(sa), &greeting, request->message_id) != IKL_OK) {
        (void)!ikl_sa_respond(sa, request->message_id, &notify, 1, tenure->config.clock());
    }
}

static int make_endpoint(struct tenure *tenure)
{
    const struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks),
                      .random = on_random,
                      .send = on_send,
                      .alive = on_alive,
                      .peer_request = on_peer_request,
                      .address = on_address,
                      .synced = on_synced,
                      .down = on_down},
        .user = tenure,
        .providers = providers,
        .n_providers = n_providers,
        .idle = tenure->config.idle,
        .own_blocks = IKL_NO_OWN_BLOCKS,
        .spi_prefix = tenure->config.shard->number,
        .spi_prefix_bits = 8,
    };

    int error = ikl_endpoint_new(&tenure->endpoint, &config, tenure->began);

    tenure->newcomers = (struct newcomers){.config = tenure->config.newcomers, .endpoint = tenure->endpoint};
    return error;
}

/* Taking over */

/* Makes an IKE SA of what is in the store. */
static int restore(struct tenure *tenure, struct member *member, struct ikl_octets sealed)
{
    const struct seal_place place = {tenure->config.shard->number, member->name};
    const struct ikl_restore_options options = {
        .size = sizeof(options),
        .epoch = tenure->config.shard->epoch,
        .user = member,
    };

    return parcel_open(sealed, tenure->config.seal_key, &place, tenure->endpoint, &options, tenure->began,
                       &member->written_in, &member->sa);
}

static bool make_room(struct tenure *tenure)
{
    uint32_t room = 2 * tenure->room + 64;
    struct member **more;

    if (tenure->n_to_sync < tenure->room) {
        return true;
    }
    more = realloc(tenure->to_sync, room * sizeof(struct member *));
    if (more == NULL) {
        return false;
    }
    tenure->to_sync = more;
    tenure->room = room;
    return true;
}

static bool take_over_one(void *context, const char *key, const uint8_t *data, size_t len)
{
    struct tenure *tenure = context;
    struct member *member = add_member(tenure);
    int error = IKL_ERR_NO_MEMORY;

    if (member != NULL && strlen(key) < NAME && make_room(tenure)) {
        strcpy(member->name, key);
        error = restore(tenure, member, (struct ikl_octets){data, len});
    }
    if (error != IKL_OK) {
        if (tenure->counts.refused++ == 0) {
            fprintf(stderr, "shard %u: %s: %s\n", (unsigned)tenure->config.shard->number, key, ikl_error_name(error));
        }
        free(member);
        return true;
    }
    tenure->counts.sas++;
    tenure->counts.restored++;
    if (ikl_sa_state(member->sa) == IKL_SA_ESTABLISHED) {
        tenure->counts.unsynchronised++;
        member->waits = true;
        member->unsynchronised = true;
        tenure->to_sync[tenure->n_to_sync++] = member;
    }
    return true;
}

/* The further the epoch of the snapshot is behind, the more gateways may have sent requests since, without a word to
 * the store: each of them begins where no one before can have been. */
static void synchronise(struct member *member, ikl_time now)
{
    uint64_t epochs = member->tenure->config.shard->epoch - member->written_in;
    const struct ikl_sync_options options = {
        .size = sizeof(options),
        .unknown_requests = (uint32_t)(epochs < UINT16_MAX ? epochs : UINT16_MAX) * UNKNOWN,
    };
    int error = ikl_sa_agree_sync(member->sa, IKL_SYNC_MESSAGE_IDS, now);

    if (error == IKL_OK) {
        error = ikl_sa_sync(member->sa, &options, now);
    }
    if (error != IKL_OK) {
        note_synchronised(member);
    }
    if (error != IKL_OK && error != IKL_ERR_STATE) { /* its peer has rekeyed or deleted it meanwhile */
        fprintf(stderr, "%s cannot be synchronised: %s\n", member->name, ikl_error_name(error));
    }
}

/* As many as the rate allows by now. */
static void synchronise_some(struct tenure *tenure, ikl_time now)
{
    uint64_t allowed = (now - tenure->began + STEP_MS) * tenure->config.sync_rate / 1000;

    while (tenure->syncs < tenure->n_to_sync && tenure->syncs < allowed) {
        struct member *member = tenure->to_sync[tenure->syncs++];

        member->waits = false;
        if (member->sa != NULL) {
            synchronise(member, now);
        } else if (!member->changed) {
            free(member); /* written as gone while it waited */
        }
    }
}

struct tenure *tenure_new(const struct tenure_config *config)
{
    struct tenure *tenure = calloc(1, sizeof(*tenure));
    int error = IKL_ERR_NO_MEMORY;

    if (tenure != NULL) {
        tenure->config = *config;
        tenure->began = config->clock();
        error = make_endpoint(tenure);
    }
    if (error != IKL_OK) {
        fprintf(stderr, "shard %u: %s\n", (unsigned)config->shard->number, ikl_error_name(error));
        free(tenure);
        return NULL;
    }
    if (store_read(config->shard->store, config->shard->number, take_over_one, tenure) != STORE_DONE) {
        fprintf(stderr, "shard %u: the store could not be read\n", (unsigned)config->shard->number);
        tenure_free(tenure);
        return NULL;
    }
    return tenure;
}

void tenure_free(struct tenure *tenure)
{
    struct member *member;

    if (tenure == NULL) {
        return;
    }
    tenure->ending = true;
    held_drop_all(&tenure->held);
    while ((member = take(&tenure->changed)) != NULL) {
        if (member->sa == NULL && !member->waits) {
            free(member);
        }
    }
    while (tenure->syncs < tenure->n_to_sync) {
        member = tenure->to_sync[tenure->syncs++];
        if (member->sa == NULL) {
            free(member);
        }
    }
    ikl_endpoint_free(tenure->endpoint);
    newcomers_clear(&tenure->newcomers);
    free(tenure->to_sync);
    free(tenure);
}

/* Writing */

/* What is to be written of it; false when that cannot be made. `sealed` is to be freed. */
static bool pack(const struct tenure *tenure, const struct member *member, struct store_change *change,
                 uint8_t **sealed)
{
    const struct seal_place place = {tenure->config.shard->number, member->name};

    *change = (struct store_change){member->name, NULL, 0};
    if (member->sa == NULL) {
        return true;
    }
    *sealed = parcel_make(member->sa, tenure->config.seal_key, &place, tenure->config.shard->epoch,
                          tenure->config.clock(), &change->len);
    change->data = *sealed;
    return *sealed != NULL;
}

static void note_written(struct member *member)
{
    member->changed = false;
    member->requests = 0;
    member->tenure->n_written++;
    if (member->sa == NULL && !member->waits) {
        free(member);
    }
}

/* Writes some of what has changed. */
static enum store_result write_some(struct tenure *tenure)
{
    struct store_change changes[STORE_CHANGES];
    uint8_t *sealed[STORE_CHANGES] = {NULL};
    struct member *member = tenure->changed.first;
    enum store_result result;
    size_t n = 0;

    for (; member != NULL && n < STORE_CHANGES; member = member->next) {
        if (!pack(tenure, member, &changes[n], &sealed[n])) {
            break;
        }
        n++;
    }
    result = n > 0 ? store_write(tenure->config.shard->store, tenure->config.shard->number, tenure->config.shard->epoch,
                                 changes, n)
                   : STORE_FAILED;
    for (size_t i = 0; i < n; i++) {
        free(sealed[i]);
        if (result == STORE_DONE) {
            note_written(take(&tenure->changed));
        }
    }
    return result;
}

/* One write a turn, so that leases are renewed in between. */
static void write_what_changed(struct tenure *tenure)
{
    enum store_result result;

    if (tenure->changed.first == NULL || tenure->config.clock() < tenure->retry) {
        return;
    }
    result = write_some(tenure);
    if (result == STORE_DONE) {
        held_let_go(&tenure->held, tenure->n_written, send_now, tenure);
    } else if (result == STORE_REFUSED) {
        shard_refused(tenure->config.shard);
    } else {
        tenure->retry = tenure->config.clock() + PAUSE_MS;
    }
}

/* Turning */

void tenure_receive(struct tenure *tenure, const struct ikl_address *from, const uint8_t *datagram, size_t len)
{
    const struct ikl_path path = {.local = greeting_cluster(), .remote = *from};

    (void)ikl_endpoint_receive(tenure->endpoint, &path, datagram, len, tenure->config.clock());
}

void tenure_turn(struct tenure *tenure)
{
    ikl_time now = tenure->config.clock();

    synchronise_some(tenure, now);
    newcomers_expire(&tenure->newcomers, now);
    (void)ikl_endpoint_advance(tenure->endpoint, now);
    write_what_changed(tenure);
}

ikl_time tenure_due(const struct tenure *tenure)
{
    ikl_time due = ikl_endpoint_next_deadline(tenure->endpoint);

    if (tenure->syncs < tenure->n_to_sync) {
        due = ikl_time_earlier(due, tenure->config.clock() + STEP_MS);
    }
    return tenure->changed.first != NULL ? ikl_time_earlier(due, tenure->retry) : due;
}

struct tenure_counts tenure_counts(const struct tenure *tenure)
{
    return tenure->counts;
}
