/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: a store in etcd, through its gateway for JSON.
 *
 *     ikelive/3/epoch         "17", the highest epoch of shard 3 that was taken
 *     ikelive/3/holder        the holder's name; it has the holder's lease, so that it goes when that runs out
 *     ikelive/3/value/KEY     a value
 *
 * Each shard has a lease of its own. What changes anything is one transaction, which compares `holder` and `epoch`
 * first; etcd does all of it or nothing. */
#include "http.h"
#include "store_kind.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 256, REST = STORE_KEY + 8, NAME = REST + 24, PAGE = 500, LEAST_SECONDS = 2 };

struct store_etcd {
    struct store store;
    struct http *http;
    char leases[SHARDS][24]; /* of each shard that is ours, in decimal; else empty */
};

static struct store_etcd *of(struct store *store)
{
    return (struct store_etcd *)store;
}

/* Asks etcd, and gives its answer, to be freed, or null. Takes `question` over, which is null when memory is out. */
static enum http_result ask(struct store *store, const char *path, json_t *question, json_t **answer)
{
    char *body = question != NULL ? json_dumps(question, JSON_COMPACT) : NULL;
    const char *text = NULL;
    enum http_result result = HTTP_UNASKED;

    *answer = NULL;
    if (body != NULL) {
        result = http_ask(of(store)->http, path, body, &text);
    }
    if (text != NULL) {
        *answer = json_loads(text, 0, NULL);
        result = json_is_object(*answer) ? result : HTTP_UNKNOWN;
    }
    free(body);
    json_decref(question);
    return result;
}

/* Octets as etcd has them in JSON. */
static json_t *encoded(const void *data, size_t len)
{
    size_t size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    json_t *json = NULL;

    if (text != NULL) {
        json = json_string(sodium_bin2base64(text, size, data, len, sodium_base64_VARIANT_ORIGINAL));
    }
    free(text);
    return json;
}

static json_t *encoded_text(const char *text)
{
    return encoded(text, strlen(text));
}

/* The octets of a member of an object; false when there are none, or too many. */
static bool decode(const json_t *object, const char *name, uint8_t *out, size_t size, size_t *len)
{
    const json_t *text = json_object_get(object, name);

    *len = 0;
    return text == NULL || sodium_base642bin(out, size, json_string_value(text), json_string_length(text), NULL, len,
                                             NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}

static bool decode_text(const json_t *object, const char *name, char *out, size_t size)
{
    size_t len;
    bool done = decode(object, name, (uint8_t *)out, size - 1, &len);

    out[len] = '\0';
    return done && strlen(out) == len;
}

static json_t *key_of(uint32_t shard, const char *rest)
{
    char name[NAME];

    snprintf(name, sizeof(name), "ikelive/%" PRIu32 "/%s", shard, rest);
    return encoded_text(name);
}

/* The first key behind `rest` and all that begins with it. */
static json_t *end_of(uint32_t shard, const char *rest)
{
    char name[NAME];
    int len = snprintf(name, sizeof(name), "ikelive/%" PRIu32 "/%s", shard, rest);

    name[len - 1]++;
    return encoded_text(name);
}

/* What a transaction is made of. `key` and values are taken over. */

static json_t *is_value(json_t *key, const char *value)
{
    return json_pack("{s:o, s:s, s:s, s:o}", "key", key, "target", "VALUE", "result", "EQUAL", "value",
                     encoded_text(value));
}

static json_t *is_absent(json_t *key)
{
    return json_pack("{s:o, s:s, s:s, s:s}", "key", key, "target", "CREATE", "result", "EQUAL", "create_revision", "0");
}

static json_t *put(json_t *key, json_t *value, const char *lease)
{
    return json_pack("{s:{s:o, s:o, s:s*}}", "request_put", "key", key, "value", value, "lease", lease);
}

static json_t *drop(json_t *key)
{
    return json_pack("{s:{s:o}}", "request_delete_range", "key", key);
}

/* Are these epoch and holder of the shard? 0 and null are for none. */
static json_t *are(uint32_t shard, uint64_t epoch, const char *holder)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, epoch);
    return json_pack("[o, o]", epoch != 0 ? is_value(key_of(shard, "epoch"), text) : is_absent(key_of(shard, "epoch")),
                     holder != NULL ? is_value(key_of(shard, "holder"), holder) : is_absent(key_of(shard, "holder")));
}

/* Does `acts` if all of `conditions` holds. */
static enum store_result transact(struct store *store, json_t *conditions, json_t *acts)
{
    json_t *answer;
    enum http_result asked =
        ask(store, "/v3/kv/txn", json_pack("{s:o, s:o}", "compare", conditions, "success", acts), &answer);
    bool succeeded = json_is_true(json_object_get(answer, "succeeded"));
    bool whole = json_is_object(json_object_get(answer, "header"));

    json_decref(answer);
    switch (asked) {
    case HTTP_ANSWERED:
        return succeeded ? STORE_DONE : whole ? STORE_REFUSED : STORE_UNKNOWN;
    case HTTP_REFUSED: /* as when the lease is gone */
        return STORE_REFUSED;
    case HTTP_UNASKED:
        return STORE_FAILED;
    case HTTP_UNKNOWN:
        break;
    }
    return STORE_UNKNOWN;
}

/* What follows the last '/' of a key; null when it has none. */
static const char *last_part(const char *key)
{
    const char *slash = strrchr(key, '/');

    return slash != NULL ? slash + 1 : NULL;
}

/* Looking */

static enum store_result look(struct store *store, uint32_t shard, struct store_shard *out)
{
    json_t *question = json_pack("{s:o, s:o}", "key", key_of(shard, "epoch"), "range_end", end_of(shard, "holder"));
    json_t *answer, *pair;
    char key[NAME], epoch[24] = "";
    size_t i;
    bool done = ask(store, "/v3/kv/range", question, &answer) == HTTP_ANSWERED &&
                json_is_object(json_object_get(answer, "header"));

    json_array_foreach(json_object_get(answer, "kvs"), i, pair)
    {
        done = done && decode_text(pair, "key", key, sizeof(key)) && last_part(key) != NULL;
        if (done && strcmp(last_part(key), "epoch") == 0) {
            done = decode_text(pair, "value", epoch, sizeof(epoch));
            out->epoch = store_epoch(epoch);
        } else if (done) {
            done = decode_text(pair, "value", out->holder, sizeof(out->holder));
            out->held = true;
        }
    }
    json_decref(answer);
    return done ? STORE_DONE : STORE_FAILED;
}

/* Holding */

static bool grant(struct store *store, char lease[24])
{
    json_t *answer;
    bool done = ask(store, "/v3/lease/grant", json_pack("{s:I}", "TTL", (json_int_t)store->config.lease / 1000),
                    &answer) == HTTP_ANSWERED;
    const char *id = json_string_value(json_object_get(answer, "ID"));

    done = done && id != NULL && strlen(id) < 24;
    snprintf(lease, 24, "%s", done ? id : "");
    json_decref(answer);
    return done;
}

static enum http_result revoke(struct store *store, char lease[24])
{
    json_t *answer;
    enum http_result result = ask(store, "/v3/lease/revoke", json_pack("{s:s}", "ID", lease), &answer);

    lease[0] = '\0';
    json_decref(answer);
    return result;
}

static json_t *claims(const struct store *store, uint32_t shard, uint64_t epoch, const char *lease)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, epoch);
    return json_pack("[o, o]", put(key_of(shard, "epoch"), encoded_text(text), NULL),
                     put(key_of(shard, "holder"), encoded_text(store->config.self), lease));
}

static enum store_result claim(struct store *store, uint32_t shard, const struct store_shard *seen, uint64_t epoch,
                               ikl_time *until)
{
    ikl_time before = store->config.clock();
    char *lease = shard < SHARDS ? of(store)->leases[shard] : NULL;
    enum store_result result;

    if (lease == NULL || !grant(store, lease)) {
        return STORE_FAILED;
    }
    result =
        transact(store, are(shard, seen->epoch, seen->held ? seen->holder : NULL), claims(store, shard, epoch, lease));
    if (result == STORE_DONE) {
        *until = before + store_lease(store);
    } else if (result == STORE_REFUSED) {
        revoke(store, lease);
    } else {
        lease[0] = '\0'; /* it will run out, and what may hang on it goes with it */
    }
    return result;
}

static bool is_prolonged(const json_t *answer)
{
    const json_t *ttl = json_object_get(json_object_get(answer, "result"), "TTL");

    return json_is_string(ttl) && strcmp(json_string_value(ttl), "0") != 0;
}

static enum store_result renew(struct store *store, uint32_t shard, uint64_t epoch, ikl_time *until)
{
    ikl_time before = store->config.clock();
    const char *lease = shard < SHARDS ? of(store)->leases[shard] : "";
    enum store_result result = STORE_REFUSED;
    enum http_result asked;
    json_t *answer;

    (void)epoch; /* whoever has the next epoch had to wait until this lease was gone */
    if (lease[0] == '\0') {
        return STORE_REFUSED;
    }
    asked = ask(store, "/v3/lease/keepalive", json_pack("{s:s}", "ID", lease), &answer);
    if (asked != HTTP_ANSWERED) {
        result = asked == HTTP_UNKNOWN ? STORE_UNKNOWN : STORE_FAILED;
    } else if (is_prolonged(answer)) {
        result = STORE_DONE;
        *until = before + store_lease(store);
    } else if (!json_is_object(json_object_get(answer, "result"))) {
        result = STORE_UNKNOWN;
    }
    json_decref(answer);
    return result;
}

static enum store_result release(struct store *store, uint32_t shard, uint64_t epoch)
{
    char *lease = shard < SHARDS ? of(store)->leases[shard] : NULL;

    (void)epoch;
    if (lease == NULL || lease[0] == '\0') {
        return STORE_REFUSED;
    }
    switch (revoke(store, lease)) {
    case HTTP_ANSWERED:
        return STORE_DONE;
    case HTTP_REFUSED:
        return STORE_REFUSED;
    case HTTP_UNASKED:
        return STORE_FAILED;
    case HTTP_UNKNOWN:
        break;
    }
    return STORE_UNKNOWN;
}

/* Values */

static json_t *change_of(uint32_t shard, const struct store_change *change)
{
    char rest[REST];

    snprintf(rest, sizeof(rest), "value/%s", change->key);
    return change->data != NULL ? put(key_of(shard, rest), encoded(change->data, change->len), NULL)
                                : drop(key_of(shard, rest));
}

static enum store_result write_values(struct store *store, uint32_t shard, uint64_t epoch,
                                      const struct store_change *changes, size_t n)
{
    json_t *acts = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(acts, change_of(shard, &changes[i]));
    }
    if (json_array_size(acts) != n) {
        json_decref(acts);
        return STORE_FAILED;
    }
    return transact(store, are(shard, epoch, store->config.self), acts);
}

/* One page of values, and where the next one begins. */
struct page {
    store_visit visit;
    void *context;
    uint8_t *buffer; /* STORE_VALUE octets */
    char next[REST];
    bool more;
};

static enum store_result visit_pair(struct page *page, const json_t *pair)
{
    char key[NAME];
    const char *rest;
    size_t len;

    if (!decode_text(pair, "key", key, sizeof(key)) || !decode(pair, "value", page->buffer, STORE_VALUE, &len)) {
        return STORE_FAILED;
    }
    rest = last_part(key);
    if (rest == NULL || !store_word(rest, STORE_KEY)) {
        return STORE_FAILED;
    }
    snprintf(page->next, sizeof(page->next), "value/%s-", rest); /* '-' comes before whatever a key goes on with */
    return page->visit(page->context, rest, page->buffer, len) ? STORE_DONE : STORE_REFUSED;
}

static enum store_result read_page(struct store *store, uint32_t shard, struct page *page)
{
    json_t *question = json_pack("{s:o, s:o, s:i}", "key", key_of(shard, page->next), "range_end",
                                 end_of(shard, "value/"), "limit", (int)PAGE);
    json_t *answer, *pair;
    size_t i;
    enum store_result result = ask(store, "/v3/kv/range", question, &answer) == HTTP_ANSWERED &&
                                       json_is_object(json_object_get(answer, "header"))
                                   ? STORE_DONE
                                   : STORE_FAILED;

    json_array_foreach(json_object_get(answer, "kvs"), i, pair)
    {
        if (result == STORE_DONE) {
            result = visit_pair(page, pair);
        }
    }
    page->more = json_is_true(json_object_get(answer, "more"));
    json_decref(answer);
    return page->more && i == 0 ? STORE_FAILED : result; /* the next question would be the same */
}

static enum store_result read_values(struct store *store, uint32_t shard, store_visit visit, void *context)
{
    struct page page = {.visit = visit, .context = context, .next = "value/", .more = true};
    enum store_result result = STORE_DONE;

    page.buffer = malloc(STORE_VALUE);
    if (page.buffer == NULL) {
        return STORE_FAILED;
    }
    while (page.more && result == STORE_DONE) {
        result = read_page(store, shard, &page);
    }
    free(page.buffer);
    return result;
}

static void close_etcd(struct store *store)
{
    http_free(of(store)->http);
    free(store);
}

struct store *store_open_etcd(const struct store_config *config)
{
    static const struct store_kind kind = {
        .look = look,
        .claim = claim,
        .renew = renew,
        .release = release,
        .write = write_values,
        .read = read_values,
        .close = close_etcd,
    };
    struct store_etcd *self = calloc(1, sizeof(*self));
    uint32_t seconds = (config->lease + 999) / 1000;

    if (self != NULL && store_word(config->self, STORE_NAME)) {
        self->http = http_new(config->where, config->patience);
    }
    if (self == NULL || self->http == NULL) {
        fprintf(stderr, "%s: no libcurl, no memory, or a wrong name\n", config->where);
        free(self);
        return NULL;
    }
    self->store = (struct store){&kind, *config};
    self->store.config.lease = (seconds < LEAST_SECONDS ? LEAST_SECONDS : seconds) * 1000;
    return &self->store;
}
