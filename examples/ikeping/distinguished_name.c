/* SPDX-License-Identifier: ISC */
/* ikeping: distinguished names, by libcrypto. */
#include "distinguished_name.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

enum { PART_SIZE = 256 };

/* Copies what is in front of `end`, which may be NUL, or the whole, without spaces around it and without backslashes.
 * Gives what follows; null when it does not fit. */
static const char *take_part(const char *text, char end, char part[PART_SIZE])
{
    size_t len = 0, kept = 0;

    text += strspn(text, " ");
    for (; *text != '\0' && *text != end; text++) {
        bool escaped = *text == '\\' && text[1] != '\0';

        if (len == PART_SIZE - 1) {
            return NULL;
        }
        text += escaped ? 1 : 0;
        part[len++] = *text;
        kept = escaped || *text != ' ' ? len : kept;
    }
    part[kept] = '\0';
    return *text == end && end != '\0' ? text + 1 : text;
}

static bool add_attribute(X509_NAME *name, const char **text)
{
    char type[PART_SIZE], value[PART_SIZE];

    if (strchr(*text, '=') == NULL) {
        return false;
    }
    *text = take_part(*text, '=', type);
    if (*text != NULL) {
        *text = take_part(*text, ',', value);
    }
    return *text != NULL && value[0] != '\0' &&
           X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const uint8_t *)value, -1, -1, 0) == 1;
}

size_t distinguished_name_parse(uint8_t *out, size_t size, const char *text)
{
    X509_NAME *name = X509_NAME_new();
    bool done = name != NULL && *text != '\0';
    int len = 0;

    while (done && *text != '\0') {
        done = add_attribute(name, &text);
    }
    if (done) {
        len = i2d_X509_NAME(name, NULL);
        len = len > 0 && (size_t)len <= size ? i2d_X509_NAME(name, &out) : 0;
    }
    X509_NAME_free(name);
    ERR_clear_error();
    return len > 0 ? (size_t)len : 0;
}

static X509_NAME *decode(struct ikl_octets der)
{
    const uint8_t *at = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.len);

    ERR_clear_error();
    if (name != NULL && at != der.data + der.len) {
        X509_NAME_free(name);
        return NULL;
    }
    return name;
}

bool distinguished_name_same(struct ikl_octets a, struct ikl_octets b)
{
    X509_NAME *one = decode(a), *other = decode(b);
    bool same = one != NULL && other != NULL && X509_NAME_cmp(one, other) == 0;

    X509_NAME_free(one);
    X509_NAME_free(other);
    return same;
}

bool distinguished_name_text(struct ikl_octets name, char *text, size_t size)
{
    X509_NAME *decoded = decode(name);
    BIO *bio = BIO_new(BIO_s_mem());
    bool done = decoded != NULL && bio != NULL &&
                X509_NAME_print_ex(bio, decoded, 0, ASN1_STRFLGS_RFC2253 | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN) >= 0;
    int len = done ? BIO_read(bio, text, (int)size - 1) : 0;

    text[len > 0 ? len : 0] = '\0';
    BIO_free(bio);
    X509_NAME_free(decoded);
    return done;
}
