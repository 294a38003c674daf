/* SPDX-License-Identifier: ISC */
/* The structs are what examples/python and examples/rust say that they are. */
#include <ikelive/message.h>
#include <ikelive/watch.h>

_Static_assert(sizeof(struct ikl_watch) <= 256, "Watch has no room for a struct ikl_watch");
_Static_assert(sizeof(struct ikl_header) == 32, "Header is not a struct ikl_header");
_Static_assert(offsetof(struct ikl_header, exchange_type) == 18, "Header is not a struct ikl_header");
_Static_assert(offsetof(struct ikl_header, message_id) == 20, "Header is not a struct ikl_header");
_Static_assert(offsetof(struct ikl_schedule, tries) == 64 * 4 + 2, "Schedule is not a struct ikl_schedule");
