/* SPDX-License-Identifier: ISC */
/* ikelive sim: hosts: made with their endpoints, and ended. */
#include "inside.h"
#include "sized.h"

#include <stdio.h>
#include <string.h>

enum { N_LETTERS = 26 };

static void take_name(struct ikl_sim_host *host, const char *name)
{
    if (name != NULL) {
        (void)snprintf(host->name, sizeof(host->name), "%s", name);
    } else if (host->number < N_LETTERS) {
        host->name[0] = (char)('a' + host->number);
    } else {
        (void)snprintf(host->name, sizeof(host->name), "h%u", (unsigned)host->number);
    }
}

static void take_address(struct ikl_sim_host *host, const struct ikl_address *address)
{
    uint32_t n = host->number + 1;

    host->address = *address;
    if (address->family == 0) {
        host->address =
            (struct ikl_address){.ip = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}, .port = 0, .family = 4};
    }
}

/* All zero means all defaults. */
static bool take_callbacks(struct ikl_callbacks *to, const struct ikl_endpoint_config *from)
{
    if (from->callbacks.size == 0) {
        return true;
    }
    return from->callbacks.size <= sizeof(from->callbacks_room) &&
           ikl_sized_take(to, sizeof(*to), &from->callbacks, sizeof(size_t));
}

/* Takes the config and the structs inside it, each as large as it is known here. */
static int take_config(struct ikl_sim_host_config *to, const struct ikl_sim_host_config *from)
{
    if (!ikl_sized_take(to, sizeof(*to), from, IKL_END_OF(struct ikl_sim_host_config, no_endpoint)) ||
        (to->no_endpoint && to->receive == NULL)) {
        return IKL_ERR_INVALID;
    }
    if (from->endpoint.size == 0) {
        to->endpoint.size = sizeof(to->endpoint);
    } else if (from->endpoint.size > sizeof(from->endpoint_room) ||
               !ikl_sized_take(&to->endpoint, sizeof(to->endpoint), &from->endpoint,
                               IKL_END_OF(struct ikl_endpoint_config, user))) {
        return IKL_ERR_INVALID;
    }
    return take_callbacks(&to->endpoint.callbacks, &from->endpoint) ? IKL_OK : IKL_ERR_INVALID;
}

int ikl_sim_make_endpoint(struct ikl_sim_host *host)
{
    const struct ikl_octets secret = {host->secret, sizeof(host->secret)};
    const struct ikl_token_maker maker = {.size = sizeof(maker), .secrets = &secret, .n_secrets = 1};
    struct ikl_endpoint_config config = host->config.endpoint;

    if (host->config.no_endpoint) {
        return IKL_OK;
    }
    config.callbacks = ikl_sim_callbacks(&config.callbacks);
    config.user = host;
    if (config.allocator == NULL) {
        config.allocator = &host->sim->allocator;
    }
    if (host->config.tokens && config.token_maker == NULL) {
        config.token_maker = &maker;
    }
    return ikl_endpoint_new(&host->endpoint, &config, ikl_sim_host_now(host));
}

static struct ikl_sim_host **end_of_list(struct ikl_sim *sim)
{
    struct ikl_sim_host **link = &sim->first_host;

    while (*link != NULL) {
        link = &(*link)->next;
    }
    return link;
}

static void fill(struct ikl_sim_host *host, const struct ikl_sim_host_config *config)
{
    struct ikl_sim *sim = host->sim;
    struct ikl_sim_stream secrets = ikl_sim_stream(sim->seed, IKL_SIM_FOR_SECRETS, sim->n_hosts);

    host->number = sim->n_hosts;
    host->config = *config;
    host->manners = config->manners;
    host->clock = (int64_t)config->clock;
    host->random = ikl_sim_stream(sim->seed, IKL_SIM_FOR_HOST, host->number);
    host->chance = ikl_sim_stream(sim->seed, IKL_SIM_FOR_MANNERS, host->number);
    host->ticked = sim->now;
    ikl_sim_draw_octets(&secrets, host->secret, sizeof(host->secret));
    host->lateness = (uint32_t)ikl_sim_draw_to(&host->chance, host->manners.late);
    take_name(host, config->name);
    take_address(host, &config->address);
}

int ikl_sim_add_host(struct ikl_sim *sim, const struct ikl_sim_host_config *config, struct ikl_sim_host **out)
{
    static const struct ikl_sim_host_config defaults = {.size = sizeof(defaults)};
    struct ikl_sim_host_config taken;
    struct ikl_sim_host *host;
    int result = sim->depth != 0 ? IKL_ERR_REENTRANT : take_config(&taken, config != NULL ? config : &defaults);

    if (result != IKL_OK) {
        return result;
    }
    host = ikl_sim_allocate(sim, sizeof(*host));
    if (host == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    host->sim = sim;
    fill(host, &taken);
    result = ikl_sim_find_host(sim, host->name) != NULL ? IKL_ERR_BUSY : ikl_sim_make_endpoint(host);
    if (result != IKL_OK) {
        ikl_sim_release(sim, host, sizeof(*host));
        return result;
    }
    *end_of_list(sim) = host;
    sim->n_hosts++;
    *out = host;
    return IKL_OK;
}

void ikl_sim_clear_hosts(struct ikl_sim *sim)
{
    /* All endpoints before any host: an endpoint's last reports may look at another host. */
    for (struct ikl_sim_host *host = sim->first_host; host != NULL; host = host->next) {
        (void)ikl_endpoint_free(host->endpoint);
        host->endpoint = NULL;
    }
    while (sim->first_host != NULL) {
        struct ikl_sim_host *host = sim->first_host;

        sim->first_host = host->next;
        ikl_sim_release(sim, host, sizeof(*host));
    }
}
