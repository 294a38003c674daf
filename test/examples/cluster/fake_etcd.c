/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "fake_etcd.h"

#include "support/test.h"

#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS = 4096, LEASES = 1024, QUESTION = 32 * 1024 * 1024, PAGE = 3 };

/* Keys and values stay in base64: the store's keys are longer than three octets and differ at the end, so that whether
 * one lies in a range is asked of the decoded ones. */
struct pair {
    json_t *key, *value;
    int lease; /* 0: none */
};

struct fake_etcd {
    pthread_t thread;
    pthread_mutex_t mutex;
    int fd;
    char url[64];
    ikl_time (*clock)(void);
    struct pair pairs[PAIRS]; /* in the order of their keys */
    size_t n;
    struct {
        ikl_time end; /* 0: revoked, or never there */
        int seconds;
    } leases[LEASES];
    int n_leases;
    char path[32];
    enum fake_etcd_fate fate;
    char *question;
};

/* Octets of base64, with a zero behind them. */
static char *decoded(const json_t *json)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *text = json_string_value(json);
    char *out = calloc(1, strlen(text) + 1);
    uint32_t bits = 0;
    int n_bits = 0;
    size_t len = 0;

    for (; *text != '\0' && *text != '='; text++) {
        bits = (bits << 6) | (uint32_t)(strchr(digits, *text) - digits);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[len++] = (char)(bits >> n_bits);
        }
    }
    return out;
}

static int compare_keys(const json_t *a, const json_t *b)
{
    char *left = decoded(a), *right = decoded(b);
    int order = strcmp(left, right);

    free(left);
    free(right);
    return order;
}

static struct pair *find(struct fake_etcd *etcd, const json_t *key)
{
    for (size_t i = 0; i < etcd->n; i++) {
        if (json_equal(etcd->pairs[i].key, key)) {
            return &etcd->pairs[i];
        }
    }
    return NULL;
}

static void drop_pair(struct fake_etcd *etcd, struct pair *pair)
{
    json_decref(pair->key);
    json_decref(pair->value);
    etcd->n--;
    memmove(pair, pair + 1, (size_t)(&etcd->pairs[etcd->n] - pair) * sizeof(*pair));
}

static bool is_in_force(const struct fake_etcd *etcd, int lease)
{
    return lease > 0 && lease <= etcd->n_leases && etcd->leases[lease].end > etcd->clock();
}

/* What hangs on a lease goes with it. */
static void drop_what_ran_out(struct fake_etcd *etcd)
{
    for (size_t i = etcd->n; i-- > 0;) {
        if (etcd->pairs[i].lease != 0 && !is_in_force(etcd, etcd->pairs[i].lease)) {
            drop_pair(etcd, &etcd->pairs[i]);
        }
    }
}

static void put(struct fake_etcd *etcd, json_t *key, json_t *value, int lease)
{
    struct pair *pair = find(etcd, key);
    size_t at = 0;

    if (pair != NULL) {
        drop_pair(etcd, pair);
    }
    while (at < etcd->n && compare_keys(etcd->pairs[at].key, key) < 0) {
        at++;
    }
    assert_true(etcd->n < PAIRS);
    memmove(&etcd->pairs[at + 1], &etcd->pairs[at], (etcd->n - at) * sizeof(etcd->pairs[0]));
    etcd->pairs[at] = (struct pair){json_incref(key), json_incref(value), lease};
    etcd->n++;
}

static int number_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? atoi(text) : 0;
}

static bool holds(struct fake_etcd *etcd, const json_t *condition)
{
    const struct pair *pair = find(etcd, json_object_get(condition, "key"));

    if (strcmp(json_string_value(json_object_get(condition, "target")), "CREATE") == 0) {
        return pair == NULL;
    }
    return pair != NULL && json_equal(pair->value, json_object_get(condition, "value"));
}

static void act(struct fake_etcd *etcd, const json_t *one)
{
    const json_t *request = json_object_get(one, "request_put");
    struct pair *pair;

    if (request != NULL) {
        put(etcd, json_object_get(request, "key"), json_object_get(request, "value"), number_of(request, "lease"));
        return;
    }
    pair = find(etcd, json_object_get(json_object_get(one, "request_delete_range"), "key"));
    if (pair != NULL) {
        drop_pair(etcd, pair);
    }
}

static json_t *transact(struct fake_etcd *etcd, const json_t *question)
{
    const json_t *one;
    bool succeeded = true;
    size_t i;

    json_array_foreach(json_object_get(question, "compare"), i, one)
    {
        succeeded = succeeded && holds(etcd, one);
    }
    json_array_foreach(json_object_get(question, "success"), i, one)
    {
        if (succeeded) {
            act(etcd, one);
        }
    }
    return succeeded ? json_pack("{s:{}, s:b}", "header", "succeeded", 1) : json_pack("{s:{}}", "header");
}

static json_t *range(struct fake_etcd *etcd, const json_t *question)
{
    json_t *pairs = json_array();
    bool more = false;

    for (size_t i = 0; i < etcd->n; i++) {
        const struct pair *pair = &etcd->pairs[i];

        if (compare_keys(pair->key, json_object_get(question, "key")) >= 0 &&
            compare_keys(pair->key, json_object_get(question, "range_end")) < 0) {
            more = json_array_size(pairs) == PAGE;
            if (more) {
                break;
            }
            json_array_append_new(pairs, json_pack("{s:O, s:O}", "key", pair->key, "value", pair->value));
        }
    }
    return json_pack("{s:{}, s:o, s:b}", "header", "kvs", pairs, "more", (int)more);
}

static json_t *grant(struct fake_etcd *etcd, const json_t *question)
{
    char id[16];
    int seconds = (int)json_integer_value(json_object_get(question, "TTL"));

    assert_true(++etcd->n_leases < LEASES);
    etcd->leases[etcd->n_leases].seconds = seconds;
    etcd->leases[etcd->n_leases].end = etcd->clock() + (ikl_time)seconds * 1000;
    (void)snprintf(id, sizeof(id), "%d", etcd->n_leases);
    return json_pack("{s:s}", "ID", id);
}

static json_t *keep_alive(struct fake_etcd *etcd, const json_t *question)
{
    int lease = number_of(question, "ID");

    if (!is_in_force(etcd, lease)) {
        return json_pack("{s:{}}", "result");
    }
    etcd->leases[lease].end = etcd->clock() + (ikl_time)etcd->leases[lease].seconds * 1000;
    return json_pack("{s:{s:s}}", "result", "TTL", "2");
}

static json_t *give_back(struct fake_etcd *etcd, const json_t *question)
{
    etcd->leases[number_of(question, "ID")].end = 0;
    drop_what_ran_out(etcd);
    return json_object();
}

static json_t *answer_to(struct fake_etcd *etcd, const char *path, const char *body)
{
    static const struct {
        const char *path;
        json_t *(*answer)(struct fake_etcd *etcd, const json_t *question);
    } services[] = {{"/v3/kv/txn", transact},
                    {"/v3/kv/range", range},
                    {"/v3/lease/grant", grant},
                    {"/v3/lease/keepalive", keep_alive},
                    {"/v3/lease/revoke", give_back}};
    json_t *question = json_loads(body, 0, NULL), *answer = NULL;

    drop_what_ran_out(etcd);
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (strcmp(path, services[i].path) == 0) {
            answer = services[i].answer(etcd, question);
        }
    }
    json_decref(question);
    return answer;
}

/* Reads a whole question and gives its body, or null. */
static const char *read_question(struct fake_etcd *etcd, int fd, char *path, size_t size)
{
    size_t len = 0, body = 0, wanted = 0;
    char format[32];
    ssize_t got;

    while (body == 0 || len < body + wanted) {
        char *end;

        got = recv(fd, etcd->question + len, QUESTION - 1 - len, 0);
        if (got <= 0) {
            return NULL;
        }
        len += (size_t)got;
        etcd->question[len] = '\0';
        end = strstr(etcd->question, "\r\n\r\n");
        if (body == 0 && end != NULL) {
            body = (size_t)(end + 4 - etcd->question);
            wanted = (size_t)atol(strcasestr(etcd->question, "content-length:") + 15);
        }
    }
    (void)snprintf(format, sizeof(format), "POST %%%zus", size - 1);
    return sscanf(etcd->question, format, path) == 1 ? etcd->question + body : NULL;
}

static void reply(int fd, int status, const char *body)
{
    char head[128];
    int len = snprintf(head, sizeof(head), "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n\r\n", status, strlen(body));

    (void)!send(fd, head, (size_t)len, MSG_NOSIGNAL);
    (void)!send(fd, body, strlen(body), MSG_NOSIGNAL);
}

static enum fake_etcd_fate fate_of(const struct fake_etcd *etcd, const char *path)
{
    size_t len = strlen(path), tail = strlen(etcd->path);

    return len >= tail && strcmp(path + len - tail, etcd->path) == 0 ? etcd->fate : FAKE_ETCD_ANSWERS;
}

static void answer_one(struct fake_etcd *etcd, int fd)
{
    static const char *const nonsense[] = {
        [FAKE_ETCD_TALKS_NONSENSE] = "nonsense",
        [FAKE_ETCD_SAYS_NOTHING] = "{}",
        [FAKE_ETCD_NAMES_NO_KEY] = "{\"header\":{},\"kvs\":[{}]}",
        [FAKE_ETCD_PROMISES_MORE] = "{\"header\":{},\"more\":true}",
    };
    char path[64];
    const char *body = read_question(etcd, fd, path, sizeof(path));
    enum fake_etcd_fate fate;
    json_t *answer = NULL;
    char *text;

    if (body == NULL) {
        return;
    }
    pthread_mutex_lock(&etcd->mutex);
    fate = fate_of(etcd, path);
    if (fate == FAKE_ETCD_ANSWERS || fate == FAKE_ETCD_LOSES_ANSWERS) {
        answer = answer_to(etcd, path, body);
    }
    text = answer != NULL ? json_dumps(answer, 0) : NULL;
    if (fate == FAKE_ETCD_ANSWERS) {
        reply(fd, text != NULL ? 200 : 404, text != NULL ? text : "{}");
    } else if (fate == FAKE_ETCD_FAILS || fate == FAKE_ETCD_REFUSES) {
        reply(fd, fate == FAKE_ETCD_FAILS ? 500 : 400, "{}");
    } else if (nonsense[fate] != NULL) {
        reply(fd, 200, nonsense[fate]);
    }
    pthread_mutex_unlock(&etcd->mutex);
    free(text);
    json_decref(answer);
}

static void *serve(void *given)
{
    struct fake_etcd *etcd = given;
    int fd;

    while ((fd = accept(etcd->fd, NULL, NULL)) >= 0) {
        answer_one(etcd, fd);
        close(fd);
    }
    return NULL;
}

struct fake_etcd *fake_etcd_new(ikl_time (*clock)(void))
{
    struct fake_etcd *etcd = calloc(1, sizeof(*etcd));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    assert_non_null(etcd);
    etcd->clock = clock;
    etcd->question = malloc(QUESTION);
    etcd->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(pthread_mutex_init(&etcd->mutex, NULL), 0);
    assert_int_equal(bind(etcd->fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(etcd->fd, 8), 0);
    assert_int_equal(getsockname(etcd->fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(etcd->url, sizeof(etcd->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&etcd->thread, NULL, serve, etcd), 0);
    return etcd;
}

void fake_etcd_free(struct fake_etcd *etcd)
{
    shutdown(etcd->fd, SHUT_RDWR);
    pthread_join(etcd->thread, NULL);
    close(etcd->fd);
    while (etcd->n > 0) {
        drop_pair(etcd, &etcd->pairs[etcd->n - 1]);
    }
    pthread_mutex_destroy(&etcd->mutex);
    free(etcd->question);
    free(etcd);
}

const char *fake_etcd_url(const struct fake_etcd *etcd)
{
    return etcd->url;
}

void fake_etcd_set_fate(struct fake_etcd *etcd, const char *path, enum fake_etcd_fate fate)
{
    pthread_mutex_lock(&etcd->mutex);
    (void)snprintf(etcd->path, sizeof(etcd->path), "%s", path);
    etcd->fate = fate;
    pthread_mutex_unlock(&etcd->mutex);
}
