/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: questions over HTTP. A connection is not used again for what changes something: libcurl
 * would ask again by itself when a server has closed it meanwhile. It costs a handshake of TCP each time. */
#define _POSIX_C_SOURCE 200809L
#include "http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_ANSWER = 64 * 1024 * 1024, URL = 512 };

struct http {
    CURL *curl;
    struct curl_slist *headers;
    char *urls;     /* a copy, with zeros for commas */
    size_t members; /* how many */
    size_t member;  /* the one to ask next */
    char *answer;
    size_t len;
};

static size_t keep(char *data, size_t size, size_t n, void *context)
{
    struct http *http = context;
    size_t more = size * n; /* size is 1 */
    char *longer = http->len + more < LONGEST_ANSWER ? realloc(http->answer, http->len + more + 1) : NULL;

    if (longer == NULL) {
        return 0;
    }
    memcpy(longer + http->len, data, more);
    http->answer = longer;
    http->len += more;
    longer[http->len] = '\0';
    return more;
}

static size_t split(char *urls)
{
    size_t n = 1;

    for (char *comma = strchr(urls, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
        *comma = '\0';
        n++;
    }
    return n;
}

static const char *url_of(const struct http *http, size_t member)
{
    const char *url = http->urls;

    while (member-- > 0) {
        url += strlen(url) + 1;
    }
    return url;
}

static void set_up(struct http *http, uint32_t patience)
{
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, http->headers);
    curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, (long)patience);
    curl_easy_setopt(http->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(http->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(http->curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(http->curl, CURLOPT_FORBID_REUSE, 1L);
}

struct http *http_new(const char *urls, uint32_t patience)
{
    struct http *http = calloc(1, sizeof(*http));

    if (http == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(http);
        return NULL;
    }
    http->curl = curl_easy_init();
    http->urls = strdup(urls);
    /* Without "Expect: 100-continue", for which it would wait. */
    http->headers = curl_slist_append(NULL, "Expect:");
    if (http->curl == NULL || http->urls == NULL || http->headers == NULL) {
        http_free(http);
        return NULL;
    }
    http->members = split(http->urls);
    set_up(http, patience);
    return http;
}

void http_free(struct http *http)
{
    if (http != NULL) {
        curl_easy_cleanup(http->curl);
        curl_slist_free_all(http->headers);
        free(http->urls);
        free(http->answer);
        free(http);
        curl_global_cleanup();
    }
}

static enum http_result judge(CURLcode code, long status)
{
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_URL_MALFORMAT ||
        code == CURLE_UNSUPPORTED_PROTOCOL) {
        return HTTP_UNASKED;
    }
    if (code == CURLE_OK && status == 200) {
        return HTTP_ANSWERED;
    }
    return code == CURLE_OK && status >= 400 && status < 500 ? HTTP_REFUSED : HTTP_UNKNOWN;
}

enum http_result http_ask(struct http *http, const char *path, const char *body, const char **answer)
{
    char url[URL];
    enum http_result result;
    CURLcode code;
    long status = 0;

    snprintf(url, sizeof(url), "%s%s", url_of(http, http->member), path);
    free(http->answer);
    http->answer = NULL;
    http->len = 0;
    curl_easy_setopt(http->curl, CURLOPT_URL, url);
    curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, body);
    code = curl_easy_perform(http->curl);
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    result = judge(code, status);
    if (result == HTTP_UNASKED || result == HTTP_UNKNOWN) {
        http->member = (http->member + 1) % http->members;
    }
    *answer = result == HTTP_ANSWERED && http->answer != NULL ? http->answer : NULL;
    return result == HTTP_ANSWERED && *answer == NULL ? HTTP_UNKNOWN : result;
}
