/* SPDX-License-Identifier: ISC */
/* ikeping: SA payloads for a Child SA with ESP. */
#include "esp_proposals.h"

#include "../support/dh.h"

#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { ESP_SPI_LEN = 4 };

/* What is offered, beside a key exchange method and the usual sequence numbers. */
static const struct esp_transform combined[] = {
    {IKL_TRANSFORM_ENCR, IKL_ENCR_AES_GCM_16, 256},
    {IKL_TRANSFORM_ENCR, IKL_ENCR_AES_GCM_16, 128},
    {IKL_TRANSFORM_ENCR, IKL_ENCR_CHACHA20_POLY1305, 0},
};
static const struct esp_transform separate[] = {
    {IKL_TRANSFORM_ENCR, IKL_ENCR_AES_CBC, 256},           {IKL_TRANSFORM_ENCR, IKL_ENCR_AES_CBC, 128},
    {IKL_TRANSFORM_INTEG, IKL_INTEG_HMAC_SHA2_256_128, 0}, {IKL_TRANSFORM_INTEG, IKL_INTEG_HMAC_SHA2_512_256, 0},
    {IKL_TRANSFORM_INTEG, IKL_INTEG_HMAC_SHA1_96, 0},
};
static const struct {
    const struct esp_transform *transforms;
    size_t n;
} offers[] = {{combined, COUNT_OF(combined)}, {separate, COUNT_OF(separate)}};

static int begin_proposal(struct ikl_proposals_writer *proposals, uint32_t spi)
{
    uint8_t octets[ESP_SPI_LEN];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    ikl_write_u32(&writer, spi);
    return ikl_write_proposal(proposals, IKL_PROTOCOL_ESP, (struct ikl_octets){octets, sizeof(octets)});
}

static int write_transforms(struct ikl_proposals_writer *proposals, const struct esp_transform *transforms, size_t n)
{
    int error = IKL_OK;

    for (size_t i = 0; i < n && error == IKL_OK; i++) {
        error = ikl_write_transform(proposals, transforms[i].type, transforms[i].id, transforms[i].key_bits);
    }
    return error;
}

int esp_proposals_write_offer(struct ikl_writer *writer, uint32_t spi, uint16_t group)
{
    const struct esp_transform last[] = {{IKL_TRANSFORM_SN, IKL_SN_32_SEQUENTIAL, 0}, {IKL_TRANSFORM_KE, group, 0}};
    struct ikl_proposals_writer proposals = ikl_offer_writer(writer);
    int error = IKL_OK;

    for (size_t i = 0; i < COUNT_OF(offers) && error == IKL_OK; i++) {
        error = begin_proposal(&proposals, spi);
        if (error == IKL_OK) {
            error = write_transforms(&proposals, offers[i].transforms, offers[i].n);
        }
        if (error == IKL_OK) {
            error = write_transforms(&proposals, last, group != IKL_KE_NONE ? 2 : 1);
        }
    }
    return error;
}

int esp_proposals_write_choice(struct ikl_writer *writer, const struct esp_choice *choice, uint32_t spi)
{
    struct ikl_proposals_writer proposals = ikl_accepted_writer(writer, choice->number);
    int error = begin_proposal(&proposals, spi);

    return error == IKL_OK ? write_transforms(&proposals, choice->transforms, choice->n) : error;
}

static struct esp_transform *find(struct esp_choice *choice, uint8_t type)
{
    for (size_t i = 0; i < choice->n; i++) {
        if (choice->transforms[i].type == type) {
            return &choice->transforms[i];
        }
    }
    return NULL;
}

static bool is_usable(uint16_t group)
{
    return group == IKL_KE_NONE || dh_group_available(group);
}

/* Whether a key exchange method suits better than the one that was chosen before. */
static bool is_better(uint16_t group, uint16_t chosen, uint16_t wanted)
{
    return is_usable(group) && (!is_usable(chosen) || (group == wanted && chosen != wanted));
}

/* The first transform of each type; of key exchange methods the one that suits best. False: there is a type that is not
 * known, and no proposal may be accepted without its parts (§3.3.6). */
static bool take_transform(struct esp_choice *choice, const struct ikl_transform *transform, uint16_t group)
{
    struct esp_transform *chosen = find(choice, transform->type);
    struct esp_transform taken = {transform->type, transform->id, transform->key_bits};

    switch (transform->type) {
    case IKL_TRANSFORM_ENCR:
    case IKL_TRANSFORM_INTEG:
    case IKL_TRANSFORM_SN:
    case IKL_TRANSFORM_KE:
        break;
    default:
        return false;
    }
    if (chosen == NULL) {
        choice->transforms[choice->n++] = taken;
    } else if (transform->type == IKL_TRANSFORM_KE && is_better(transform->id, chosen->id, group)) {
        *chosen = taken;
    }
    return true;
}

static bool is_complete(struct esp_choice *choice)
{
    const struct esp_transform *ke = find(choice, IKL_TRANSFORM_KE);

    choice->group = ke != NULL ? ke->id : IKL_KE_NONE;
    return find(choice, IKL_TRANSFORM_ENCR) != NULL && choice->spi != 0 && is_usable(choice->group);
}

static bool choose(struct esp_choice *out, const struct ikl_proposal *proposal, uint16_t group)
{
    struct ikl_reader spi = ikl_reader(proposal->spi.data, proposal->spi.len);
    struct ikl_transforms walk = ikl_transforms(proposal);
    struct ikl_transform transform;

    *out = (struct esp_choice){.number = proposal->number, .spi = ikl_read_u32(&spi)};
    while (ikl_transforms_next(&walk, &transform) == IKL_OK) {
        if (!take_transform(out, &transform, group)) {
            return false;
        }
    }
    return walk.status == IKL_ERR_END && is_complete(out);
}

bool esp_proposals_choose(struct esp_choice *out, struct ikl_octets offer, uint16_t group)
{
    struct ikl_proposals walk = ikl_proposals(offer, IKL_SA_OFFER);
    struct ikl_proposal proposal;

    if (ikl_proposals_check(offer, IKL_SA_OFFER) != IKL_OK) {
        return false;
    }
    while (ikl_proposals_next(&walk, &proposal) == IKL_OK) {
        if (proposal.protocol == IKL_PROTOCOL_ESP && choose(out, &proposal, group)) {
            return true;
        }
    }
    return false;
}

static bool was_offered(const struct esp_transform *transform, size_t offer, uint16_t group)
{
    if (transform->type == IKL_TRANSFORM_KE) {
        return transform->id == group;
    }
    if (transform->type == IKL_TRANSFORM_SN) {
        return transform->id == IKL_SN_32_SEQUENTIAL;
    }
    for (size_t i = 0; i < offers[offer].n; i++) {
        const struct esp_transform *offered = &offers[offer].transforms[i];

        if (offered->type == transform->type && offered->id == transform->id &&
            offered->key_bits == transform->key_bits) {
            return true;
        }
    }
    return transform->type == IKL_TRANSFORM_INTEG && transform->id == IKL_INTEG_NONE &&
           offers[offer].transforms == combined;
}

bool esp_proposals_read_accepted(struct esp_choice *out, struct ikl_octets body, uint16_t group)
{
    struct ikl_proposals walk = ikl_proposals(body, IKL_SA_ACCEPTED);
    struct ikl_proposal proposal;

    if (ikl_proposals_next(&walk, &proposal) != IKL_OK || proposal.protocol != IKL_PROTOCOL_ESP ||
        proposal.number > COUNT_OF(offers) || !choose(out, &proposal, group) || out->group != group) {
        return false;
    }
    for (size_t i = 0; i < out->n; i++) {
        if (!was_offered(&out->transforms[i], proposal.number - 1u, group)) {
            return false;
        }
    }
    return offers[proposal.number - 1].transforms == combined || find(out, IKL_TRANSFORM_INTEG) != NULL;
}

/* One transform, after a space unless it is the first. */
static size_t transform_text(const struct esp_transform *transform, bool first, char *text, size_t size)
{
    const char *name = ikl_transform_name(transform->type, transform->id);
    const char *gap = first ? "" : " ";
    int len = name != NULL ? snprintf(text, size, "%s%s", gap, name)
                           : snprintf(text, size, "%s%u", gap, (unsigned)transform->id);

    if (transform->key_bits != 0 && (size_t)len < size) {
        len += snprintf(text + len, size - (size_t)len, "-%u", (unsigned)transform->key_bits);
    }
    return (size_t)len;
}

void esp_choice_text(const struct esp_choice *choice, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < choice->n && len < size; i++) {
        if (choice->transforms[i].type != IKL_TRANSFORM_SN) {
            len += transform_text(&choice->transforms[i], len == 0, text + len, size - len);
        }
    }
}
