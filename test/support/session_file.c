/* SPDX-License-Identifier: ISC */
/* Recorded sessions of real peers. See session_file.h. */
#include "session_file.h"

#include "hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum kind { SPI, NUMBER, OCTETS };

/* One key of a line and where its value goes. */
struct field {
    const char *key;
    enum kind kind;
    bool required;
    size_t offset;
};

static const struct field sa_fields[] = {
    {"spi_i", SPI, true, offsetof(struct session_sa, spi_i)},
    {"spi_r", SPI, true, offsetof(struct session_sa, spi_r)},
    {"rekeyed_from", SPI, false, offsetof(struct session_sa, rekeyed_from)},
    {"ni", OCTETS, true, offsetof(struct session_sa, ni)},
    {"nr", OCTETS, true, offsetof(struct session_sa, nr)},
    {"kei", OCTETS, false, offsetof(struct session_sa, key_i)},
    {"ker", OCTETS, false, offsetof(struct session_sa, key_r)},
    {"dh", OCTETS, true, offsetof(struct session_sa, shared_secret)},
    {"skeyseed", OCTETS, true, offsetof(struct session_sa, skeyseed)},
    {"sk_d", OCTETS, true, offsetof(struct session_sa, sk_d)},
    {"sk_ai", OCTETS, false, offsetof(struct session_sa, sk_ai)},
    {"sk_ar", OCTETS, false, offsetof(struct session_sa, sk_ar)},
    {"sk_ei", OCTETS, true, offsetof(struct session_sa, sk_ei)},
    {"sk_er", OCTETS, true, offsetof(struct session_sa, sk_er)},
    {"sk_pi", OCTETS, true, offsetof(struct session_sa, sk_pi)},
    {"sk_pr", OCTETS, true, offsetof(struct session_sa, sk_pr)},
};

static const struct field message_fields[] = {
    {"t_ms", NUMBER, true, offsetof(struct session_message, t_ms)},
    {"spi_i", SPI, true, offsetof(struct session_message, spi_i)},
    {"spi_r", SPI, true, offsetof(struct session_message, spi_r)},
    {"exchange", NUMBER, true, offsetof(struct session_message, exchange_type)},
    {"flags", NUMBER, true, offsetof(struct session_message, flags)},
    {"msgid", NUMBER, true, offsetof(struct session_message, message_id)},
    {"sport", NUMBER, true, offsetof(struct session_message, source_port)},
    {"dport", NUMBER, true, offsetof(struct session_message, destination_port)},
    {"inner_first", NUMBER, false, offsetof(struct session_message, first_payload)},
    {"iv", OCTETS, false, offsetof(struct session_message, iv)},
    {"plain", OCTETS, false, offsetof(struct session_message, plaintext)},
    {"plain_padded", OCTETS, false, offsetof(struct session_message, padded)},
    {"hex", OCTETS, true, offsetof(struct session_message, datagram)},
};

/* Cuts `*rest` at the next `separator`, which becomes a terminator; `*rest` is null after the last piece. */
static char *cut(char **rest, char separator)
{
    char *piece = *rest;
    char *end = strchr(piece, separator);

    if (end != NULL) {
        *end = '\0';
    }
    *rest = end != NULL ? end + 1 : NULL;
    return piece;
}

/* Octets are decoded where their text is, so that the session is one piece of memory. */
static bool store_value(const struct field *field, char *value, void *record)
{
    void *to = (char *)record + field->offset;

    if (field->kind == OCTETS) {
        struct ikl_octets *octets = to;

        octets->data = (uint8_t *)value;
        octets->len = hex_decode((uint8_t *)value, strlen(value), value);
        return octets->len != SIZE_MAX;
    } else {
        char *end;

        *(uint64_t *)to = strtoull(value, &end, field->kind == SPI ? 16 : 10);
        return end != value && *end == '\0';
    }
}

/* Reads "key=value key=value ..." into `record`. False when a value is wrong or a required key is missing. */
static bool read_fields(char *rest, const struct field *fields, size_t n, void *record)
{
    uint32_t seen = 0;

    while (rest != NULL) {
        char *value = cut(&rest, ' ');
        char *key = value;

        (void)cut(&value, '=');
        for (size_t i = 0; i < n && value != NULL; i++) {
            if (strcmp(key, fields[i].key) == 0) {
                if (!store_value(&fields[i], value, record)) {
                    return false;
                }
                seen |= 1u << i;
                break;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (fields[i].required && (seen & 1u << i) == 0) {
            return false;
        }
    }
    return true;
}

/* The key exchange is what follows the last '-'. */
static bool read_suite(struct session *session, char *name)
{
    char *dash = strrchr(name, '-');

    if (dash == NULL) {
        return false;
    }
    *dash = '\0';
    session->suite = name;
    session->key_exchange = dash + 1;
    return true;
}

/* Appends a zeroed record to an array of `n`; null when there is no memory. */
static void *append(void **array, size_t *n, size_t size)
{
    char *grown = realloc(*array, (*n + 1) * size);

    if (grown == NULL) {
        return NULL;
    }
    *array = grown;
    return memset(grown + size * (*n)++, 0, size);
}

static bool read_line(struct session *session, char *line)
{
    char *rest = line;
    char *kind = cut(&rest, ' ');
    void *array;
    void *record;

    if (kind[0] == '\0' || rest == NULL) {
        return kind[0] == '\0';
    }
    if (strcmp(kind, "suite") == 0) {
        return read_suite(session, rest);
    }
    if (strcmp(kind, "psk") == 0) {
        session->psk = rest;
        return true;
    }
    if (strcmp(kind, "sa") == 0) {
        array = session->sas;
        record = append(&array, &session->n_sas, sizeof(struct session_sa));
        session->sas = array;
        return record != NULL && read_fields(rest, sa_fields, COUNT_OF(sa_fields), record);
    }
    if (strcmp(kind, "msg") == 0) {
        array = session->messages;
        record = append(&array, &session->n_messages, sizeof(struct session_message));
        session->messages = array;
        return record != NULL && read_fields(rest, message_fields, COUNT_OF(message_fields), record);
    }
    return false;
}

/* The rest of the file as a string; null when it cannot be read. */
static char *load_rest(FILE *file)
{
    char *text = NULL;
    size_t size = 0;
    size_t len = 0;

    while (!feof(file)) {
        char *grown = realloc(text, size = 2 * size + 65536);

        if (grown == NULL || ferror(file)) {
            free(grown != NULL ? grown : text);
            return NULL;
        }
        text = grown;
        len += fread(text + len, 1, size - len - 1, file);
        text[len] = '\0';
    }
    return text;
}

static char *load(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = file != NULL ? load_rest(file) : NULL;

    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

bool session_read(struct session *out, const char *path, char *reason, size_t reason_size)
{
    struct session session = {.text = load(path)};
    char *rest = session.text;
    unsigned number = 0;

    if (rest == NULL) {
        snprintf(reason, reason_size, "cannot be read");
        return false;
    }
    while (rest != NULL) {
        number++;
        if (!read_line(&session, cut(&rest, '\n'))) {
            snprintf(reason, reason_size, "line %u makes no sense", number);
            session_free(&session);
            return false;
        }
    }
    if (session.suite == NULL || session.n_sas == 0) {
        snprintf(reason, reason_size, "there is no suite or no IKE SA");
        session_free(&session);
        return false;
    }
    *out = session;
    return true;
}

void session_free(struct session *session)
{
    free(session->text);
    free(session->sas);
    free(session->messages);
    memset(session, 0, sizeof(*session));
}

const struct session_sa *session_find_sa(const struct session *session, uint64_t spi_i, uint64_t spi_r)
{
    for (size_t i = 0; i < session->n_sas; i++) {
        if (session->sas[i].spi_i == spi_i && session->sas[i].spi_r == spi_r) {
            return &session->sas[i];
        }
    }
    return NULL;
}
