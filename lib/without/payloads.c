/* SPDX-License-Identifier: ISC */
/* ikelive without the contents of payloads: those that the library reads itself are checked. */
#include <ikelive/payloads.h>

int ikl_payload_check(const struct ikl_payload *payload, bool response)
{
    struct ikl_notify notify;
    struct ikl_delete deletes;

    (void)response;
    if (payload->type == IKL_PAYLOAD_NOTIFY) {
        return ikl_notify_read(&notify, payload->body);
    }
    return payload->type == IKL_PAYLOAD_DELETE ? ikl_delete_read(&deletes, payload->body) : IKL_OK;
}
