/* SPDX-License-Identifier: ISC */
/* ikeping: proposals for an IKE SA, by name and in SA payloads. */
#include "proposals.h"

#include "../support/dh.h"
#include "providers.h"

#include <stdio.h>
#include <string.h>

enum { IKE_SPI_LEN = 8 };

/* The last word is the key exchange method, what is in front of it the suite. */
static bool parse(struct proposal *out, const char *name, size_t len)
{
    char text[PROPOSAL_NAME_SIZE];
    char *group;

    if (len >= sizeof(text)) {
        return false;
    }
    memcpy(text, name, len);
    text[len] = '\0';
    group = strrchr(text, '-');
    if (group == NULL) {
        return false;
    }
    *group++ = '\0';
    out->group = dh_group_by_name(group);
    return dh_group_available(out->group) && !dh_group_is_kem(out->group) &&
           ikl_suite_parse(&out->suite, text) == IKL_OK && providers_find(&out->suite) != NULL;
}

bool proposals_parse(struct proposal_list *out, const char *names)
{
    struct proposal_list list = {.n = 0};
    size_t len;

    for (;;) {
        len = strcspn(names, ",");
        if (list.n == PROPOSALS_MAX || !parse(&list.proposals[list.n], names, len)) {
            return false;
        }
        list.n++;
        if (names[len] == '\0') {
            *out = list;
            return true;
        }
        names += len + 1;
    }
}

static bool has_method(const struct proposal *proposal, uint16_t group)
{
    size_t i = 0;

    while (i < proposal->n_additional && proposal->additional[i] != group) {
        i++;
    }
    return i < proposal->n_additional;
}

bool proposals_parse_additional(struct proposal *out, const char *names)
{
    struct proposal proposal = {.n_additional = 0};
    size_t len;

    for (;; names += len + 1) {
        char name[PROPOSAL_NAME_SIZE];
        uint16_t group;

        len = strcspn(names, ",");
        if (len >= sizeof(name) || proposal.n_additional == IKL_MAX_ADDITIONAL) {
            return false;
        }
        memcpy(name, names, len);
        name[len] = '\0';
        group = dh_group_by_name(name);
        if (!dh_group_available(group) || has_method(&proposal, group)) {
            return false;
        }
        proposal.additional[proposal.n_additional++] = group;
        if (names[len] == '\0') {
            *out = proposal;
            return true;
        }
    }
}

void proposals_add(struct proposal_list *list, const struct proposal *with)
{
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++) {
        struct proposal proposal = *with;

        proposal.suite = list->proposals[i].suite;
        proposal.group = list->proposals[i].group;
        if (!has_method(with, proposal.group)) {
            list->proposals[n++] = proposal;
        }
    }
    list->n = n;
}

void proposals_default(struct proposal_list *out)
{
    static const char *const names[] = {
        "chacha20poly1305-prfsha256-x25519",
        "aes256gcm16-prfsha256-x25519",
        "aes256gcm16-prfsha512-x448",
        "aes256gcm16-prfsha384-ecp384",
        "aes256gcm16-prfsha512-ecp521",
        "aes256gcm16-prfsha256-ecp256",
        "aes256gcm16-prfsha256-modp2048",
        "aes256gcm16-prfsha384-modp3072",
        "aes256gcm16-prfsha512-modp4096",
        "aes256-sha256-x25519",
        "aes256-sha256-ecp256",
        "aes256-sha256-modp2048",
        "aes256-sha256-modp1536",
    };

    out->n = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (parse(&out->proposals[out->n], names[i], strlen(names[i]))) {
            out->n++;
        }
    }
}

void proposal_name(const struct proposal *proposal, char *text, size_t size)
{
    const char *group = dh_group_name(proposal->group);
    size_t len = (size_t)ikl_suite_name(&proposal->suite, text, size);

    len += len < size ? (size_t)snprintf(text + len, size - len, "-%s", group != NULL ? group : "?") : 0;
    for (size_t i = 0; i < proposal->n_additional && len < size; i++) {
        len += (size_t)snprintf(text + len, size - len, "-ke%zu_%s", i + 1, dh_group_name(proposal->additional[i]));
    }
}

static int write_transforms(struct ikl_proposals_writer *writer, const struct proposal *proposal)
{
    const struct ikl_suite *suite = &proposal->suite;
    int error = ikl_write_transform(writer, IKL_TRANSFORM_ENCR, suite->encr, suite->key_bits);

    if (error == IKL_OK && suite->integ != IKL_INTEG_NONE) {
        error = ikl_write_transform(writer, IKL_TRANSFORM_INTEG, suite->integ, 0);
    }
    if (error == IKL_OK) {
        error = ikl_write_transform(writer, IKL_TRANSFORM_PRF, suite->prf, 0);
    }
    if (error == IKL_OK) {
        error = ikl_write_transform(writer, IKL_TRANSFORM_KE, proposal->group, 0);
    }
    for (size_t i = 0; i < proposal->n_additional && error == IKL_OK; i++) {
        error = ikl_write_transform(writer, (uint8_t)(IKL_TRANSFORM_ADDKE1 + i), proposal->additional[i], 0);
    }
    return error;
}

int proposals_write_offer(struct ikl_writer *writer, const struct proposal_list *list)
{
    struct ikl_proposals_writer proposals = ikl_offer_writer(writer);
    int error = IKL_OK;

    for (size_t i = 0; i < list->n && error == IKL_OK; i++) {
        error = ikl_write_proposal(&proposals, IKL_PROTOCOL_IKE, (struct ikl_octets){NULL, 0});
        if (error == IKL_OK) {
            error = write_transforms(&proposals, &list->proposals[i]);
        }
    }
    return error;
}

int proposals_write_choice(struct ikl_writer *writer, const struct choice *choice, uint64_t own_spi)
{
    struct ikl_proposals_writer proposals = ikl_accepted_writer(writer, choice->number);
    uint8_t octets[IKE_SPI_LEN];
    struct ikl_writer spi = ikl_writer(octets, sizeof(octets));
    int error;

    if (own_spi != 0) {
        ikl_write_u64(&spi, own_spi);
    }
    error = ikl_write_proposal(&proposals, IKL_PROTOCOL_IKE, (struct ikl_octets){octets, spi.len});
    return error == IKL_OK ? write_transforms(&proposals, &choice->proposal) : error;
}

/* Whether a transform is the one of its type that the proposal wants; `bit` becomes the type's. An AEAD has no
 * integrity algorithm, which may also be said (§3.3.2). Types this program does not know are never wanted (§3.3.6). */
static bool is_wanted(const struct proposal *wanted, const struct ikl_transform *transform, unsigned *bit)
{
    size_t n = (size_t)transform->type - IKL_TRANSFORM_ADDKE1; /* large when it is of another type */

    *bit = transform->type <= IKL_TRANSFORM_KE || n < wanted->n_additional ? 1u << transform->type : 0;
    switch (transform->type) {
    case IKL_TRANSFORM_ENCR:
        return transform->id == wanted->suite.encr && transform->key_bits == wanted->suite.key_bits;
    case IKL_TRANSFORM_PRF:
        return transform->id == wanted->suite.prf;
    case IKL_TRANSFORM_INTEG:
        return transform->id == wanted->suite.integ;
    case IKL_TRANSFORM_KE:
        return transform->id == wanted->group;
    default:
        return n < wanted->n_additional && transform->id == wanted->additional[n];
    }
}

/* Whether the proposal of an SA payload has what is wanted, and asks for nothing that is not. With `alone` it has
 * nothing else. */
static bool has(const struct ikl_proposal *proposal, const struct proposal *wanted, bool alone)
{
    struct ikl_transforms walk = ikl_transforms(proposal);
    struct ikl_transform transform;
    unsigned asked = 0, given = 0, needed = 1u << IKL_TRANSFORM_ENCR | 1u << IKL_TRANSFORM_PRF | 1u << IKL_TRANSFORM_KE;
    unsigned bit;

    if (wanted->suite.integ != IKL_INTEG_NONE) {
        needed |= 1u << IKL_TRANSFORM_INTEG;
    }
    for (size_t i = 0; i < wanted->n_additional; i++) {
        needed |= 1u << (IKL_TRANSFORM_ADDKE1 + i);
    }
    while (ikl_transforms_next(&walk, &transform) == IKL_OK) {
        bool suits = is_wanted(wanted, &transform, &bit);

        if (bit == 0 || (alone && (!suits || (asked & bit) != 0))) {
            return false;
        }
        asked |= bit;
        given |= suits ? bit : 0;
    }
    return walk.status == IKL_ERR_END && given == asked && (given & needed) == needed;
}

static uint64_t spi_of(const struct ikl_proposal *proposal)
{
    struct ikl_reader reader = ikl_reader(proposal->spi.data, proposal->spi.len);

    return ikl_read_u64(&reader);
}

/* The first of the list that the proposal has, with this key exchange method unless that is 0; null when none. */
static const struct proposal *find(const struct proposal_list *list, const struct ikl_proposal *proposal,
                                   uint16_t group)
{
    for (size_t i = 0; i < list->n; i++) {
        if ((group == 0 || list->proposals[i].group == group) && has(proposal, &list->proposals[i], false)) {
            return &list->proposals[i];
        }
    }
    return NULL;
}

static bool choose(struct choice *out, const struct proposal_list *list, struct ikl_octets offer, uint16_t group,
                   bool rekey)
{
    struct ikl_proposals walk = ikl_proposals(offer, IKL_SA_OFFER);
    const struct proposal *found = NULL;
    struct ikl_proposal proposal;

    while (found == NULL && ikl_proposals_next(&walk, &proposal) == IKL_OK) {
        if (proposal.protocol == IKL_PROTOCOL_IKE && (spi_of(&proposal) != 0) == rekey) {
            found = find(list, &proposal, group);
        }
    }
    if (found == NULL) {
        return false;
    }
    *out = (struct choice){.proposal = *found, .number = proposal.number, .spi = spi_of(&proposal)};
    return true;
}

bool proposals_choose(struct choice *out, const struct proposal_list *list, struct ikl_octets offer, uint16_t group,
                      bool rekey)
{
    if (ikl_proposals_check(offer, IKL_SA_OFFER) != IKL_OK) {
        return false;
    }
    return (group != 0 && choose(out, list, offer, group, rekey)) || choose(out, list, offer, 0, rekey);
}

bool proposals_read_accepted(struct proposal *out, const struct proposal_list *list, struct ikl_octets body)
{
    struct ikl_proposals walk = ikl_proposals(body, IKL_SA_ACCEPTED);
    struct ikl_proposal proposal;
    const struct proposal *offered;

    if (ikl_proposals_next(&walk, &proposal) != IKL_OK || proposal.protocol != IKL_PROTOCOL_IKE ||
        proposal.spi.len != 0 || proposal.number > list->n) {
        return false;
    }
    offered = &list->proposals[proposal.number - 1];
    if (!has(&proposal, offered, true)) {
        return false;
    }
    *out = *offered;
    return true;
}

bool proposals_read_rekeyed(uint64_t *spi, const struct proposal *offered, struct ikl_octets body)
{
    struct ikl_proposals walk = ikl_proposals(body, IKL_SA_ACCEPTED);
    struct ikl_proposal proposal;

    if (ikl_proposals_next(&walk, &proposal) != IKL_OK || proposal.protocol != IKL_PROTOCOL_IKE) {
        return false;
    }
    *spi = spi_of(&proposal);
    return *spi != 0 && proposal.number == 1 && has(&proposal, offered, true);
}

bool proposals_have_group(const struct proposal_list *list, uint16_t group)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->proposals[i].group == group) {
            return true;
        }
    }
    return false;
}
