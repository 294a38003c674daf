/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: values of options. */
#ifndef CLUSTER_SETTINGS_H
#define CLUSTER_SETTINGS_H

#include <ikelive/path.h>
#include <ikelive/schedule.h>

#include <stddef.h>

/* Parses of options, as <support/options.h> has them. */
const char *settings_parse_address(const char *text, void *address);   /* into a struct ikl_address */
const char *settings_parse_schedule(const char *text, void *schedule); /* into a struct ikl_schedule */

/* Addresses with commas between them. How many; 0 when one is wrong, or there are more than `max`. */
size_t settings_addresses(const char *text, struct ikl_address *out, size_t max);

#endif
