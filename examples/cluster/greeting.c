/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: IKE SAs out of nothing. */
#include "greeting.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HEADER = 28, LEAST_KEY = 32, LONGEST_KEY = 4096 };

struct ikl_address greeting_cluster(void)
{
    return (struct ikl_address){.ip = {192, 0, 2, 1}, .family = 4, .port = 500};
}

/* Each use has a key of its own. */
static void make_key(uint8_t out[32], const char *use, const uint8_t *octets, size_t len)
{
    crypto_generichash(out, 32, octets, len, (const uint8_t *)use, strlen(use));
}

bool greeting_read_keys(const char *path, uint8_t secret[GREETING_SECRET], uint8_t seal_key[SEAL_KEY])
{
    uint8_t octets[LONGEST_KEY];
    FILE *file = fopen(path, "rb");
    size_t len = file != NULL ? fread(octets, 1, sizeof(octets), file) : 0;

    if (file == NULL || len < LEAST_KEY) {
        fprintf(stderr, "%s: no such file, or fewer than %d octets\n", path, LEAST_KEY);
    } else {
        make_key(secret, "ikelive cluster greeting", octets, len);
        if (seal_key != NULL) {
            make_key(seal_key, "ikelive cluster seal", octets, len);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    ikl_wipe(octets, sizeof(octets));
    return len >= LEAST_KEY;
}

void greeting_write(const struct greeting *greeting, bool response, uint8_t *out)
{
    struct ikl_writer writer = ikl_writer(out, GREETING_LEN);
    const struct ikl_payload nonce = {
        .type = IKL_PAYLOAD_NONCE,
        .body = {response ? greeting->nr : greeting->ni, GREETING_NONCE},
    };
    const struct ikl_header header = {
        .spi_i = greeting->spi_i,
        .spi_r = greeting->spi_r,
        .next_payload = nonce.type,
        .exchange_type = IKL_IKE_SA_INIT,
        .flags = response ? IKL_FLAG_RESPONSE : IKL_FLAG_INITIATOR,
        .length = GREETING_LEN,
    };

    ikl_header_write(&writer, &header);
    (void)!ikl_chain_write(&writer, &nonce, 1); /* there is room */
}

bool greeting_read(struct greeting *greeting, bool response, const uint8_t *datagram, size_t len)
{
    struct ikl_header header;
    struct ikl_payload nonce;
    struct ikl_chain chain;

    if (len != GREETING_LEN || ikl_header_read(&header, datagram, len) != IKL_OK ||
        header.exchange_type != IKL_IKE_SA_INIT ||
        (header.flags & IKL_FLAG_RESPONSE) != (response ? IKL_FLAG_RESPONSE : 0) || (header.spi_r != 0) != response ||
        (response && header.spi_i != greeting->spi_i)) {
        return false;
    }
    chain = ikl_chain(header.next_payload, (struct ikl_octets){datagram + HEADER, len - HEADER});
    if (ikl_chain_next(&chain, &nonce) != IKL_OK || nonce.type != IKL_PAYLOAD_NONCE ||
        nonce.body.len != GREETING_NONCE) {
        return false;
    }
    greeting->spi_i = header.spi_i;
    greeting->spi_r = header.spi_r;
    memcpy(response ? greeting->nr : greeting->ni, nonce.body.data, GREETING_NONCE);
    return true;
}

void greeting_write_rekey(const struct greeting *greeting, bool response, uint8_t out[GREETING_REKEY])
{
    struct ikl_writer writer = ikl_writer(out, GREETING_REKEY);

    ikl_write_u64(&writer, response ? greeting->spi_r : greeting->spi_i);
    ikl_write_octets(&writer, response ? greeting->nr : greeting->ni, GREETING_NONCE);
}

bool greeting_read_rekey(struct greeting *greeting, bool response, uint8_t first_payload, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first_payload, payloads);
    struct ikl_payload nonce;
    struct ikl_reader reader;
    uint64_t spi;

    if (ikl_chain_next(&chain, &nonce) != IKL_OK || nonce.type != IKL_PAYLOAD_NONCE ||
        nonce.body.len != GREETING_REKEY) {
        return false;
    }
    reader = ikl_reader(nonce.body.data, nonce.body.len);
    spi = ikl_read_u64(&reader);
    greeting->rekeys = true;
    *(response ? &greeting->spi_r : &greeting->spi_i) = spi;
    memcpy(response ? greeting->nr : greeting->ni, nonce.body.data + 8, GREETING_NONCE);
    return spi != 0;
}

static int derive(const struct greeting *greeting, const uint8_t secret[GREETING_SECRET], const struct ikl_suite *suite,
                  struct ikl_keys *keys)
{
    const struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {greeting->ni, GREETING_NONCE},
        .nr = {greeting->nr, GREETING_NONCE},
        .shared_secret = {secret, GREETING_SECRET},
        .spi_i = greeting->spi_i,
        .spi_r = greeting->spi_r,
    };
    uint8_t skeyseed[IKL_MAX_PRF];
    const struct ikl_prf *prf;
    int error = ikl_provider_sodium.prf(suite->prf, &prf);

    if (error == IKL_OK) {
        error = ikl_skeyseed(prf, &input, skeyseed);
    }
    if (error == IKL_OK) {
        error = ikl_keys_derive(keys, &ikl_provider_sodium, suite, (struct ikl_octets){skeyseed, prf->len}, &input);
    }
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

/* An SPI of a Child SA, out of one of the IKE SA. */
static uint32_t child_spi(uint64_t spi)
{
    return (uint32_t)spi | 0x100;
}

static int add_child(struct ikl_sa *sa, const struct greeting *greeting, bool initiator)
{
    struct ikl_child_config child = {
        .size = sizeof(child),
        .protocol = IKL_PROTOCOL_ESP,
        .spi_in = child_spi(initiator ? greeting->spi_i : greeting->spi_r),
        .spi_out = child_spi(initiator ? greeting->spi_r : greeting->spi_i),
    };

    return ikl_sa_add_child(sa, &child, NULL);
}

static int complete(struct ikl_sa *sa, const struct greeting *greeting, bool initiator, ikl_time now)
{
    int error = IKL_OK;

    if (!greeting->rekeys) {
        error = ikl_sa_established(sa, now);
        if (error == IKL_OK) {
            error = add_child(sa, greeting, initiator);
        }
    }
    if (error == IKL_OK) {
        error = ikl_sa_agree_sync(sa, IKL_SYNC_MESSAGE_IDS, now);
    }
    return error;
}

int greeting_open(const struct greeting *greeting, const uint8_t secret[GREETING_SECRET], struct ikl_endpoint *endpoint,
                  struct ikl_sa_config *config, struct ikl_keys *keys, ikl_time now, struct ikl_sa **out)
{
    uint32_t used = greeting->rekeys ? 0 : 1; /* Message IDs, of the initiator's */
    int error = ikl_suite_parse(&config->protection.suite, "chacha20poly1305-prfsha256");

    if (error == IKL_OK) {
        error = derive(greeting, secret, &config->protection.suite, keys);
    }
    if (error != IKL_OK) {
        return error;
    }
    config->size = sizeof(*config);
    config->spi_i = greeting->spi_i;
    config->spi_r = greeting->spi_r;
    config->connecting = !greeting->rekeys;
    config->protection.keys = keys;
    config->protection.iv_source = IKL_IV_FRESH_KEYS;
    config->ids = (struct ikl_message_ids){
        .stated = true,
        .next_request = config->original_initiator ? used : 0,
        .unanswered = config->original_initiator ? used : 0,
        .next_expected = config->original_initiator ? 0 : used,
    };
    error = ikl_sa_new(out, endpoint, config, now);
    if (error == IKL_OK) {
        error = complete(*out, greeting, config->original_initiator, now);
        if (error != IKL_OK) {
            ikl_sa_free(*out);
        }
    }
    return error;
}
