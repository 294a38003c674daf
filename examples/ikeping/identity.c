/* SPDX-License-Identifier: ISC */
/* ikeping: identities. */
#define _POSIX_C_SOURCE 200809L
#include "identity.h"

#include "distinguished_name.h"

#include <ikelive/registry.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char key_id_prefix[] = "keyid:";

static bool set(struct identity *out, uint8_t type, const void *data, size_t len)
{
    if (len == 0 || len > sizeof(out->data)) {
        return false;
    }
    *out = (struct identity){.type = type, .len = len};
    memcpy(out->data, data, len);
    return true;
}

static bool has_control_character(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return true;
        }
    }
    return false;
}

bool identity_parse(struct identity *out, const char *text)
{
    uint8_t ip[16];

    if (has_control_character(text)) {
        return false;
    }
    if (inet_pton(AF_INET, text, ip) == 1) {
        return set(out, IKL_ID_IPV4_ADDR, ip, 4);
    }
    if (inet_pton(AF_INET6, text, ip) == 1) {
        return set(out, IKL_ID_IPV6_ADDR, ip, sizeof(ip));
    }
    if (strncmp(text, key_id_prefix, strlen(key_id_prefix)) == 0) {
        text += strlen(key_id_prefix);
        return set(out, IKL_ID_KEY_ID, text, strlen(text));
    }
    if (text[0] == '@') {
        return set(out, IKL_ID_FQDN, text + 1, strlen(text + 1));
    }
    if (strchr(text, '=') != NULL) {
        *out = (struct identity){.type = IKL_ID_DER_ASN1_DN};
        out->len = distinguished_name_parse(out->data, sizeof(out->data), text);
        return out->len != 0;
    }
    return set(out, strchr(text, '@') != NULL ? IKL_ID_RFC822_ADDR : IKL_ID_FQDN, text, strlen(text));
}

struct identity identity_of_address(const struct ikl_address *address)
{
    struct identity identity = {.type = 0};

    (void)set(&identity, address->family == 4 ? IKL_ID_IPV4_ADDR : IKL_ID_IPV6_ADDR, address->ip,
              address->family == 4 ? 4 : sizeof(address->ip));
    return identity;
}

bool identity_read(struct identity *out, struct ikl_octets body)
{
    struct ikl_id id;

    return ikl_id_read(&id, body) == IKL_OK && set(out, id.type, id.data.data, id.data.len);
}

bool identity_is_long(struct ikl_octets body)
{
    struct ikl_id id;

    return ikl_id_read(&id, body) == IKL_OK && id.data.len > IDENTITY_MAX;
}

int identity_write(struct ikl_writer *writer, const struct identity *identity)
{
    return ikl_id_write(writer, &(struct ikl_id){.type = identity->type, .data = {identity->data, identity->len}});
}

bool identity_same(const struct identity *a, const struct identity *b)
{
    if (a->type == IKL_ID_DER_ASN1_DN && b->type == IKL_ID_DER_ASN1_DN) {
        return distinguished_name_same((struct ikl_octets){a->data, a->len}, (struct ikl_octets){b->data, b->len});
    }
    if (a->type != b->type || a->len != b->len) {
        return false;
    }
    if (a->type == IKL_ID_FQDN || a->type == IKL_ID_RFC822_ADDR) {
        return strncasecmp((const char *)a->data, (const char *)b->data, a->len) == 0;
    }
    return memcmp(a->data, b->data, a->len) == 0;
}

/* Appends one octet of a name; `len` is where the text ends, and stays behind `size` once it no longer fits. */
static void add_octet(char *text, size_t size, size_t *len, uint8_t octet)
{
    bool plain = octet >= 0x20 && octet < 0x7f && octet != '\\';
    int added = *len < size ? snprintf(text + *len, size - *len, plain ? "%c" : "\\x%02x", octet) : 0;

    *len += added > 0 ? (size_t)added : 0;
}

void identity_text(const struct identity *identity, char *text, size_t size)
{
    const char *name = ikl_id_name(identity->type);
    size_t len = 0;

    text[0] = '\0';
    if (identity->type == IKL_ID_IPV4_ADDR || identity->type == IKL_ID_IPV6_ADDR) {
        (void)inet_ntop(identity->type == IKL_ID_IPV4_ADDR ? AF_INET : AF_INET6, identity->data, text, (socklen_t)size);
        return;
    }
    if (identity->type == IKL_ID_DER_ASN1_DN &&
        distinguished_name_text((struct ikl_octets){identity->data, identity->len}, text, size)) {
        return;
    }
    if (identity->type != IKL_ID_FQDN && identity->type != IKL_ID_RFC822_ADDR) {
        len = (size_t)snprintf(text, size, "%s:", identity->type == 0 ? "none" : name != NULL ? name : "ID");
    }
    for (size_t i = 0; i < identity->len; i++) {
        add_octet(text, size, &len, identity->data[i]);
    }
}
