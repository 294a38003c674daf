/* SPDX-License-Identifier: ISC */
/* ikelive check: whether a payload is well formed, whatever its type. */
#include <ikelive/payloads.h>

static int check_ke(struct ikl_octets body)
{
    struct ikl_ke ke;

    return ikl_ke_read(&ke, body);
}

static int check_id(struct ikl_octets body)
{
    struct ikl_id id;

    return ikl_id_read(&id, body);
}

static int check_cert(struct ikl_octets body)
{
    struct ikl_cert cert;

    return ikl_cert_read(&cert, body);
}

static int check_certreq(struct ikl_octets body)
{
    struct ikl_certreq request;

    return ikl_certreq_read(&request, body);
}

static int check_auth(struct ikl_octets body)
{
    struct ikl_auth auth;

    return ikl_auth_read(&auth, body);
}

static int check_nonce(struct ikl_octets body)
{
    struct ikl_octets nonce;

    return ikl_nonce_read(&nonce, body);
}

static int check_notify(struct ikl_octets body)
{
    struct ikl_notify notify;

    return ikl_notify_read(&notify, body);
}

static int check_delete(struct ikl_octets body)
{
    struct ikl_delete payload;

    return ikl_delete_read(&payload, body);
}

static int check_eap(struct ikl_octets body)
{
    struct ikl_eap eap;

    return ikl_eap_read(&eap, body);
}

static int (*const checks[])(struct ikl_octets body) = {
    [IKL_PAYLOAD_KE] = check_ke,
    [IKL_PAYLOAD_IDI] = check_id,
    [IKL_PAYLOAD_IDR] = check_id,
    [IKL_PAYLOAD_CERT] = check_cert,
    [IKL_PAYLOAD_CERTREQ] = check_certreq,
    [IKL_PAYLOAD_AUTH] = check_auth,
    [IKL_PAYLOAD_NONCE] = check_nonce,
    [IKL_PAYLOAD_NOTIFY] = check_notify,
    [IKL_PAYLOAD_DELETE] = check_delete,
    [IKL_PAYLOAD_TSI] = ikl_selectors_check,
    [IKL_PAYLOAD_TSR] = ikl_selectors_check,
    [IKL_PAYLOAD_CP] = ikl_cfg_check,
    [IKL_PAYLOAD_EAP] = check_eap,
};

int ikl_payload_check(const struct ikl_payload *payload, bool response)
{
    if (payload->type == IKL_PAYLOAD_SA) {
        return ikl_proposals_check(payload->body, response ? IKL_SA_ACCEPTED : IKL_SA_OFFER);
    }
    if (payload->type >= sizeof(checks) / sizeof(checks[0]) || checks[payload->type] == NULL) {
        return IKL_OK;
    }
    return checks[payload->type](payload->body);
}
