/* SPDX-License-Identifier: ISC */
/* Fuzz target: octets of a snapshot, whose length and check are put right first, unless the first octet of the input
 * says otherwise. What is refused changes nothing; what is restored writes the same again, wherever it goes on; and
 * whatever it says, it does no harm while time passes and the host acts. */
#include "support/check.h"

#include "support/shares_check.h"
#include "support/toy_cipher.h"

#include "octets.h"
#include "sa/snapshot_layout.h"

#include <ikelive/ikelive.h>

#include <string.h>

enum { MAX_INPUT = 4096, ROOM = 65536, EPOCH_AT = IKL_SNAPSHOT_HEADER_LEN + 5 + 16, LAST_STEP = 24 };

/* What the first octet of the input says. */
enum { RAW = 1, OLD = 2, WITHOUT_HOST = 4, CALLS_IVS = 8 };

struct snapshot {
    uint8_t octets[ROOM];
    size_t len;
};

static uint8_t choices;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int send_nothing(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user;
    (void)sa;
    CHECK(path != NULL && datagram != NULL && len != 0);
    return IKL_OK;
}

static int draw(void *user, uint8_t *out, size_t len)
{
    uint64_t *state = user;

    for (size_t i = 0; i < len; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1;
        out[i] = (uint8_t)(*state >> 56);
    }
    return IKL_OK;
}

static void ask(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    (void)user;
    (void)probe;
    CHECK(sa != NULL && child != NULL);
}

static void hear(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    (void)user;
    CHECK(sa != NULL && child != NULL && change != NULL);
}

static int next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)sa;
    return draw(user, iv, len);
}

static struct ikl_endpoint *make_endpoint(uint64_t *random)
{
    static const struct ikl_provider *const providers[] = {&ikl_provider_sodium, &toy_provider};
    const struct ikl_endpoint_config config = {.size = sizeof(config),
                                               .callbacks = {.size = sizeof(config.callbacks),
                                                             .send = send_nothing,
                                                             .random = draw,
                                                             .monitor_probe = ask,
                                                             .monitor = hear},
                                               .user = random,
                                               .providers = providers,
                                               .n_providers = 2,
                                               .monitor = ikl_monitor_panos()};
    struct ikl_endpoint *endpoint;

    CHECK(ikl_endpoint_new(&endpoint, &config, 0) == IKL_OK);
    return endpoint;
}

/* Keeps contexts as the numbers that they were, so that they are written again. */
static void complete_request(void *context, struct ikl_restored_request *request)
{
    (void)context;
    request->context = (void *)(uintptr_t)request->tag;
    request->schedule = ikl_schedule_default();
}

static void complete_child(void *context, struct ikl_restored_child *child)
{
    (void)context;
    child->user = (void *)(uintptr_t)child->tag;
}

static int restore(struct ikl_endpoint *endpoint, const struct snapshot *from, uint64_t epoch, ikl_time now,
                   struct ikl_sa **out)
{
    struct ikl_restore_options options = {.size = sizeof(options), .epoch = epoch};

    if ((choices & WITHOUT_HOST) == 0) {
        options.request = complete_request;
        options.child = complete_child;
    }
    options.next_iv = (choices & CALLS_IVS) != 0 ? next_iv : NULL;
    return ikl_sa_restore(endpoint, (struct ikl_octets){from->octets, from->len}, &options, now, out);
}

static void take(struct ikl_sa *sa, struct snapshot *to, ikl_time now)
{
    CHECK(ikl_sa_snapshot(sa, to->octets, sizeof(to->octets), &to->len, now) == IKL_OK);
    CHECK(ikl_snapshot_size(sa) == to->len);
}

static void repair(struct snapshot *snapshot)
{
    uint8_t *octets = snapshot->octets;
    uint32_t check;

    ikl_store_u32(octets, IKL_SNAPSHOT_MAGIC);
    ikl_store_u16(octets + 4, IKL_SNAPSHOT_VERSION);
    ikl_store_u32(octets + IKL_SNAPSHOT_LENGTH_AT, (uint32_t)snapshot->len);
    check = ikl_tape_check(0, octets, IKL_SNAPSHOT_CHECK_AT);
    check = ikl_tape_check(check, octets + IKL_SNAPSHOT_HEADER_LEN, snapshot->len - IKL_SNAPSHOT_HEADER_LEN);
    ikl_store_u32(octets + IKL_SNAPSHOT_CHECK_AT, check);
}

static void check_refusal(struct ikl_endpoint *endpoint, struct ikl_sa *sa)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    CHECK(sa == NULL);
    CHECK(ikl_endpoint_n_sas(endpoint) == 0);
    CHECK(ikl_endpoint_query(endpoint, &counters) == IKL_OK);
    CHECK(counters.restored == 0 && counters.restores_refused == 1);
    CHECK(ikl_endpoint_next_deadline(endpoint) == IKL_NEVER);
    CHECK(shares_check(endpoint) == NULL && shares_check_tables(endpoint) == NULL);
}

/* It writes the same in another endpoint, but for the epoch, and unless there is no other epoch. */
static void check_same_again(struct ikl_sa *sa, ikl_time now)
{
    static struct snapshot first, second;
    uint64_t random = 2, epoch;
    struct ikl_endpoint *other = make_endpoint(&random);
    struct ikl_sa *again;
    int result;

    take(sa, &first, now);
    CHECK(ikl_sa_epoch(sa, &epoch) == IKL_OK);
    result = restore(other, &first, epoch + 1, now, &again);
    CHECK(result == IKL_OK || result == IKL_ERR_EXHAUSTED || (result == IKL_ERR_STALE && epoch == UINT64_MAX));
    if (result == IKL_OK) {
        take(again, &second, now);
        ikl_store_u64(first.octets + EPOCH_AT, 0);
        ikl_store_u64(second.octets + EPOCH_AT, 0);
        repair(&first);
        repair(&second);
        CHECK(first.len == second.len && memcmp(first.octets, second.octets, first.len) == 0);
        ikl_sa_free(again);
    }
    CHECK(ikl_endpoint_free(other) == IKL_OK);
}

/* What a host can do with what it got. */
static void act(struct ikl_endpoint *endpoint, struct ikl_sa *sa, ikl_time now)
{
    char text[4096];
    struct ikl_sa_info info = {.size = sizeof(info)};
    size_t n = 0;

    (void)ikl_sa_query(sa, &info);
    (void)ikl_sa_describe(sa, now, text, sizeof(text));
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL && n < 8;
         child = ikl_sa_next_child(sa, child), n++) {
        (void)ikl_child_monitor(sa, child);
        (void)ikl_child_monitor_answered(sa, child, 1, 0, now);
        (void)ikl_child_heard(child, now);
    }
    (void)ikl_sa_request(sa, IKL_INFORMATIONAL, NULL, 0, NULL, now, NULL);
    (void)ikl_sa_delete(sa, 1000, now);
    (void)ikl_endpoint_advance(endpoint, now);
}

/* Time passes, each wait twice as long as the one before. */
static void live(struct ikl_endpoint *endpoint, struct ikl_sa *sa, ikl_time now)
{
    for (unsigned step = 0; step < LAST_STEP; step++) {
        now += UINT64_C(1) << step;
        CHECK(ikl_endpoint_advance(endpoint, now) == IKL_OK);
        CHECK(shares_check(endpoint) == NULL && shares_check_tables(endpoint) == NULL);
        if (step == LAST_STEP / 2) {
            act(endpoint, sa, now);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct snapshot input;
    uint64_t random = 1;
    ikl_time now = 1000000;
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa = NULL;

    if (size < 1 + IKL_SNAPSHOT_HEADER_LEN || size > MAX_INPUT) {
        return 0;
    }
    CHECK(ikl_init() == IKL_OK);
    choices = data[0];
    input.len = size - 1;
    memcpy(input.octets, data + 1, input.len);
    if ((choices & RAW) == 0) {
        repair(&input);
    }
    endpoint = make_endpoint(&random);
    if (restore(endpoint, &input, (choices & OLD) != 0 ? 1 : 8, now, &sa) != IKL_OK) {
        check_refusal(endpoint, sa);
    } else {
        CHECK(ikl_endpoint_n_sas(endpoint) == 1);
        CHECK(shares_check(endpoint) == NULL && shares_check_tables(endpoint) == NULL);
        check_same_again(sa, now);
        live(endpoint, sa, now);
        ikl_sa_free(sa);
    }
    CHECK(ikl_endpoint_free(endpoint) == IKL_OK);
    return 0;
}
