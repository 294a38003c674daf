/* SPDX-License-Identifier: ISC */
/* ikeping: SA payloads for a Child SA with ESP (RFC 7296 §3.3). No ESP is ever sent, so ikeping takes whatever
 * algorithms the peer prefers. */
#ifndef IKEPING_ESP_PROPOSALS_H
#define IKEPING_ESP_PROPOSALS_H

#include <ikelive/payloads.h>
#include <ikelive/registry.h>

enum { ESP_TRANSFORMS_MAX = 4, ESP_PROPOSAL_TEXT_SIZE = 128 };

struct esp_transform {
    uint8_t type;
    uint16_t id;
    uint16_t key_bits;
};

/* One proposal with one transform of each type that it has. */
struct esp_choice {
    uint8_t number; /* in the offer */
    uint32_t spi;   /* of whoever wrote the payload */
    struct esp_transform transforms[ESP_TRANSFORMS_MAX];
    size_t n;
    uint16_t group; /* key exchange method; IKL_KE_NONE without one */
};

/* Appends the body of an SA payload that offers the usual algorithms for a Child SA with our SPI, and with a key
 * exchange by this method unless it is IKL_KE_NONE. Errors: those of ikl_write_proposal. */
IKL_MUST_USE int esp_proposals_write_offer(struct ikl_writer *writer, uint32_t spi, uint16_t group);

/* Appends the body of an SA payload that accepts a choice, with our SPI. Errors: those of ikl_write_proposal. */
IKL_MUST_USE int esp_proposals_write_choice(struct ikl_writer *writer, const struct esp_choice *choice, uint32_t spi);

/* Chooses from the body of an SA payload the first proposal that is for ESP and has nothing unknown: of each type its
 * first transform, of key exchange methods the one of the KE payload, `group`, or else the first that this build has,
 * or none. False when nothing can be chosen. */
bool esp_proposals_choose(struct esp_choice *out, struct ikl_octets offer, uint16_t group);

/* Reads the body of an SA payload that accepts an offer of esp_proposals_write_offer with this group. False when it
 * accepts something else. */
bool esp_proposals_read_accepted(struct esp_choice *out, struct ikl_octets body, uint16_t group);

/* Writes IANA's names, "ENCR_AES_CBC-256 AUTH_HMAC_SHA2_256_128", without that of the sequence numbers; always
 * terminated. */
void esp_choice_text(const struct esp_choice *choice, char *text, size_t size);

#endif
