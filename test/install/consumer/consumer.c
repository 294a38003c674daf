/* SPDX-License-Identifier: ISC */
/* A host as small as can be, in C or C++: the linked library is that of the header, and an endpoint can be made. */
#include <ikelive/ikelive.h>

#include <stdio.h>
#include <string.h>

/* Not random: nothing here is secret. */
static int count(void *user, uint8_t *out, size_t len)
{
    uint8_t *last = (uint8_t *)user;

    for (size_t i = 0; i < len; i++) {
        out[i] = ++*last;
    }
    return IKL_OK;
}

static int send_nowhere(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user;
    (void)sa;
    (void)path;
    (void)datagram;
    (void)len;
    return IKL_OK;
}

static int make_endpoint(void)
{
    uint8_t last = 0;
    uint64_t spi = 0;
    struct ikl_endpoint *endpoint;
    struct ikl_endpoint_config config;
    int result;

    memset(&config, 0, sizeof(config));
    config.size = sizeof(config);
    config.callbacks.size = sizeof(config.callbacks);
    config.callbacks.random = count;
    config.callbacks.send = send_nowhere;
    config.user = &last;
    config.allocator = &ikl_default_allocator;
    result = ikl_endpoint_new(&endpoint, &config, 0);
    if (result != IKL_OK) {
        return result;
    }
    if (ikl_endpoint_advance(endpoint, 1000) != IKL_OK || ikl_endpoint_next_deadline(endpoint) != IKL_NEVER) {
        result = IKL_ERR_INVALID;
    }
    if (result == IKL_OK) {
        result = ikl_endpoint_new_spi(endpoint, &spi);
    }
    if (result == IKL_OK && spi == 0) {
        result = IKL_ERR_INVALID;
    }
    ikl_endpoint_free(endpoint);
    return result;
}

int main(void)
{
    char version[32];
    int result = ikl_init();

    snprintf(version, sizeof(version), "%d.%d.%d", IKL_VERSION_MAJOR, IKL_VERSION_MINOR, IKL_VERSION_PATCH);
    if (strcmp(version, ikl_version()) != 0) {
        printf("the header is of %s, the library of %s\n", version, ikl_version());
        return 1;
    }
    if (result == IKL_OK) {
        result = make_endpoint();
    }
    if (result != IKL_OK) {
        printf("%s\n", ikl_error_name(result));
        return 1;
    }
    printf("ikelive %s\n", ikl_version());
    return 0;
}
