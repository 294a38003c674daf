/* SPDX-License-Identifier: ISC */
/* ikelive example: a host that brings its own cryptography, here of libgcrypt.
 *
 * Two ends of one IKE SA in one program, joined by a wire that holds one datagram: one checks whether the other is
 * alive. All that this takes beyond any other host is libgcrypt.c. Exits with 0 when the check was answered. */
#include "libgcrypt.h"

#include "support/options.h"

#include <ikelive/ikelive.h>

#include <gcrypt.h>
#include <stdio.h>
#include <string.h>

enum { IDLE = 5000, MOST = 1500 };

struct end {
    const char *name;
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    bool peer_is_alive;
};

static struct {
    uint8_t datagram[MOST];
    size_t len; /* 0: nothing is on the wire */
} wire;

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    gcry_randomize(out, len, GCRY_STRONG_RANDOM);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    const struct end *end = user;

    (void)sa;
    (void)path;
    printf("%s sends %zu octets\n", end->name, len);
    memcpy(wire.datagram, datagram, len);
    wire.len = len;
    return IKL_OK;
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct end *end = user;

    (void)sa;
    (void)alive;
    printf("%s knows that its peer is alive\n", end->name);
    end->peer_is_alive = true;
}

static bool begin(struct end *end, bool original_initiator, const struct ikl_keys *keys)
{
    static const struct ikl_provider *const providers[] = {&libgcrypt};
    const struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks), .random = on_random, .send = on_send, .alive = on_alive},
        .user = end,
        .providers = providers,
        .n_providers = 1,
    };
    const struct ikl_sa_config sa = {
        .size = sizeof(sa),
        .spi_i = 1,
        .spi_r = 2,
        .original_initiator = original_initiator,
        .protection = {.suite = {.encr = IKL_ENCR_AES_GCM_16, .key_bits = 256, .prf = IKL_PRF_HMAC_SHA2_256},
                       .keys = keys,
                       .iv_source = IKL_IV_FRESH_KEYS},
        .ids = {.stated = true},
        .idle = original_initiator ? IDLE : IKL_IDLE_OFF,
    };

    return ikl_endpoint_new(&end->endpoint, &config, 0) == IKL_OK &&
           ikl_sa_new(&end->sa, end->endpoint, &sa, 0) == IKL_OK;
}

/* Hands over what is on the wire. */
static void deliver(struct end *to)
{
    const struct ikl_path path = {.tag = 0};
    uint8_t datagram[MOST];
    size_t len = wire.len;

    memcpy(datagram, wire.datagram, len);
    wire.len = 0;
    if (len == 0 || ikl_endpoint_receive(to->endpoint, &path, datagram, len, IDLE) != IKL_OK) {
        printf("%s received nothing\n", to->name);
    }
}

int main(int argc, char **argv)
{
    struct end initiator = {.name = "initiator"}, responder = {.name = "responder"};
    struct ikl_keys keys = {.encr_key_len = 36, .prf_len = 32}; /* a real host has them from its IKE_SA_INIT */
    int status;

    if (options_none("Checks a peer with the cryptography of libgcrypt.", argc, argv, &status)) {
        return status;
    }
    gcry_check_version(NULL);
    gcry_randomize(keys.sk_ei, keys.encr_key_len, GCRY_STRONG_RANDOM);
    gcry_randomize(keys.sk_er, keys.encr_key_len, GCRY_STRONG_RANDOM);
    if (ikl_init() != IKL_OK || !begin(&initiator, true, &keys) || !begin(&responder, false, &keys)) {
        return 1;
    }
    ikl_wipe(&keys, sizeof(keys));
    if (ikl_endpoint_advance(initiator.endpoint, IDLE) != IKL_OK) {
        return 1;
    }
    deliver(&responder);
    deliver(&initiator);
    return initiator.peer_is_alive && ikl_endpoint_free(initiator.endpoint) == IKL_OK &&
                   ikl_endpoint_free(responder.endpoint) == IKL_OK
               ? 0
               : 1;
}
