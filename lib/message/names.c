/* SPDX-License-Identifier: ISC */
/* ikelive names: the registries as tables, in order of number. Each identifier is written once; it gives both the
 * number, through the enum, and the text. */
#include <ikelive/registry.h>

struct name {
    uint16_t number;
    const char *text;
};

#define EXCHANGE(name) IKL_##name, #name
#define PROTOCOL(name) IKL_PROTOCOL_##name, #name
#define NOTIFY(name) IKL_NOTIFY_##name, #name
#define TRANSFORM(name) IKL_TRANSFORM_##name, #name
#define ENCR(name) IKL_ENCR_##name, "ENCR_" #name
#define PRF(name) IKL_PRF_##name, "PRF_" #name
#define AUTH(name) IKL_INTEG_##name, "AUTH_" #name
#define KE(name) IKL_KE_##name, #name
#define KWA(name) IKL_KWA_##name, #name
#define IPCOMP(name) IKL_IPCOMP_##name, "IPCOMP_" #name
#define PPK_ID(name) IKL_PPK_ID_##name, "PPK_ID_" #name
#define STREEBOG(name) IKL_HASH_##name, #name
#define ID(name) IKL_ID_##name, "ID_" #name
#define TS(name) IKL_TS_##name, "TS_" #name
#define CFG(name) IKL_CFG_##name, "CFG_" #name
#define CFG_ATTRIBUTE(name) IKL_CFG_##name, #name

static const struct name exchanges[] = {
    {EXCHANGE(IKE_SA_INIT)},      {EXCHANGE(IKE_AUTH)},           {EXCHANGE(CREATE_CHILD_SA)},
    {EXCHANGE(INFORMATIONAL)},    {EXCHANGE(IKE_SESSION_RESUME)}, {EXCHANGE(GSA_AUTH)},
    {EXCHANGE(GSA_REGISTRATION)}, {EXCHANGE(GSA_REKEY)},          {EXCHANGE(GSA_INBAND_REKEY)},
    {EXCHANGE(IKE_INTERMEDIATE)}, {EXCHANGE(IKE_FOLLOWUP_KE)},
};

static const struct name payloads[] = {
    {IKL_PAYLOAD_NONE, "NONE"},       {IKL_PAYLOAD_SA, "SA"},         {IKL_PAYLOAD_KE, "KE"},
    {IKL_PAYLOAD_IDI, "IDi"},         {IKL_PAYLOAD_IDR, "IDr"},       {IKL_PAYLOAD_CERT, "CERT"},
    {IKL_PAYLOAD_CERTREQ, "CERTREQ"}, {IKL_PAYLOAD_AUTH, "AUTH"},     {IKL_PAYLOAD_NONCE, "Nonce"},
    {IKL_PAYLOAD_NOTIFY, "Notify"},   {IKL_PAYLOAD_DELETE, "Delete"}, {IKL_PAYLOAD_VENDOR_ID, "Vendor ID"},
    {IKL_PAYLOAD_TSI, "TSi"},         {IKL_PAYLOAD_TSR, "TSr"},       {IKL_PAYLOAD_SK, "SK"},
    {IKL_PAYLOAD_CP, "CP"},           {IKL_PAYLOAD_EAP, "EAP"},       {IKL_PAYLOAD_GSPM, "GSPM"},
    {IKL_PAYLOAD_IDG, "IDg"},         {IKL_PAYLOAD_GSA, "GSA"},       {IKL_PAYLOAD_KD, "KD"},
    {IKL_PAYLOAD_SKF, "SKF"},         {IKL_PAYLOAD_PS, "PS"},
};

static const struct name protocols[] = {
    {PROTOCOL(IKE)},
    {PROTOCOL(AH)},
    {PROTOCOL(ESP)},
    {PROTOCOL(FC_ESP_HEADER)},
    {PROTOCOL(FC_CT_AUTHENTICATION)},
    {PROTOCOL(GIKE_UPDATE)},
};

static const struct name notifies[] = {
    {NOTIFY(UNSUPPORTED_CRITICAL_PAYLOAD)},
    {NOTIFY(INVALID_IKE_SPI)},
    {NOTIFY(INVALID_MAJOR_VERSION)},
    {NOTIFY(INVALID_SYNTAX)},
    {NOTIFY(INVALID_MESSAGE_ID)},
    {NOTIFY(INVALID_SPI)},
    {NOTIFY(NO_PROPOSAL_CHOSEN)},
    {NOTIFY(INVALID_KE_PAYLOAD)},
    {NOTIFY(AUTHENTICATION_FAILED)},
    {NOTIFY(SINGLE_PAIR_REQUIRED)},
    {NOTIFY(NO_ADDITIONAL_SAS)},
    {NOTIFY(INTERNAL_ADDRESS_FAILURE)},
    {NOTIFY(FAILED_CP_REQUIRED)},
    {NOTIFY(TS_UNACCEPTABLE)},
    {NOTIFY(INVALID_SELECTORS)},
    {NOTIFY(UNACCEPTABLE_ADDRESSES)},
    {NOTIFY(UNEXPECTED_NAT_DETECTED)},
    {IKL_NOTIFY_USE_ASSIGNED_HOA, "USE_ASSIGNED_HoA"},
    {NOTIFY(TEMPORARY_FAILURE)},
    {NOTIFY(CHILD_SA_NOT_FOUND)},
    {NOTIFY(INVALID_GROUP_ID)},
    {NOTIFY(AUTHORIZATION_FAILED)},
    {NOTIFY(STATE_NOT_FOUND)},
    {NOTIFY(TS_MAX_QUEUE)},
    {NOTIFY(REGISTRATION_FAILED)},
    {NOTIFY(INITIAL_CONTACT)},
    {NOTIFY(SET_WINDOW_SIZE)},
    {NOTIFY(ADDITIONAL_TS_POSSIBLE)},
    {NOTIFY(IPCOMP_SUPPORTED)},
    {NOTIFY(NAT_DETECTION_SOURCE_IP)},
    {NOTIFY(NAT_DETECTION_DESTINATION_IP)},
    {NOTIFY(COOKIE)},
    {NOTIFY(USE_TRANSPORT_MODE)},
    {NOTIFY(HTTP_CERT_LOOKUP_SUPPORTED)},
    {NOTIFY(REKEY_SA)},
    {NOTIFY(ESP_TFC_PADDING_NOT_SUPPORTED)},
    {NOTIFY(NON_FIRST_FRAGMENTS_ALSO)},
    {NOTIFY(MOBIKE_SUPPORTED)},
    {NOTIFY(ADDITIONAL_IP4_ADDRESS)},
    {NOTIFY(ADDITIONAL_IP6_ADDRESS)},
    {NOTIFY(NO_ADDITIONAL_ADDRESSES)},
    {NOTIFY(UPDATE_SA_ADDRESSES)},
    {NOTIFY(COOKIE2)},
    {NOTIFY(NO_NATS_ALLOWED)},
    {NOTIFY(AUTH_LIFETIME)},
    {NOTIFY(MULTIPLE_AUTH_SUPPORTED)},
    {NOTIFY(ANOTHER_AUTH_FOLLOWS)},
    {NOTIFY(REDIRECT_SUPPORTED)},
    {NOTIFY(REDIRECT)},
    {NOTIFY(REDIRECTED_FROM)},
    {NOTIFY(TICKET_LT_OPAQUE)},
    {NOTIFY(TICKET_REQUEST)},
    {NOTIFY(TICKET_ACK)},
    {NOTIFY(TICKET_NACK)},
    {NOTIFY(TICKET_OPAQUE)},
    {NOTIFY(LINK_ID)},
    {NOTIFY(USE_WESP_MODE)},
    {NOTIFY(ROHC_SUPPORTED)},
    {NOTIFY(EAP_ONLY_AUTHENTICATION)},
    {NOTIFY(CHILDLESS_IKEV2_SUPPORTED)},
    {NOTIFY(QUICK_CRASH_DETECTION)},
    {NOTIFY(IKEV2_MESSAGE_ID_SYNC_SUPPORTED)},
    {NOTIFY(IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED)},
    {NOTIFY(IKEV2_MESSAGE_ID_SYNC)},
    {NOTIFY(IPSEC_REPLAY_COUNTER_SYNC)},
    {NOTIFY(SECURE_PASSWORD_METHODS)},
    {NOTIFY(PSK_PERSIST)},
    {NOTIFY(PSK_CONFIRM)},
    {NOTIFY(ERX_SUPPORTED)},
    {NOTIFY(IFOM_CAPABILITY)},
    {NOTIFY(GROUP_SENDER)},
    {NOTIFY(IKEV2_FRAGMENTATION_SUPPORTED)},
    {NOTIFY(SIGNATURE_HASH_ALGORITHMS)},
    {NOTIFY(CLONE_IKE_SA_SUPPORTED)},
    {NOTIFY(CLONE_IKE_SA)},
    {NOTIFY(PUZZLE)},
    {NOTIFY(USE_PPK)},
    {NOTIFY(PPK_IDENTITY)},
    {NOTIFY(NO_PPK_AUTH)},
    {NOTIFY(INTERMEDIATE_EXCHANGE_SUPPORTED)},
    {NOTIFY(IP4_ALLOWED)},
    {NOTIFY(IP6_ALLOWED)},
    {NOTIFY(ADDITIONAL_KEY_EXCHANGE)},
    {NOTIFY(USE_AGGFRAG)},
    {NOTIFY(SUPPORTED_AUTH_METHODS)},
    {NOTIFY(SA_RESOURCE_INFO)},
    {NOTIFY(USE_PPK_INT)},
    {NOTIFY(PPK_IDENTITY_KEY)},
    {NOTIFY(IKE_SA_INIT_FULL_TRANSCRIPT_AUTH)},
};

static const struct name transform_types[] = {
    {TRANSFORM(ENCR)},   {TRANSFORM(PRF)},    {TRANSFORM(INTEG)},  {TRANSFORM(KE)},     {TRANSFORM(SN)},
    {TRANSFORM(ADDKE1)}, {TRANSFORM(ADDKE2)}, {TRANSFORM(ADDKE3)}, {TRANSFORM(ADDKE4)}, {TRANSFORM(ADDKE5)},
    {TRANSFORM(ADDKE6)}, {TRANSFORM(ADDKE7)}, {TRANSFORM(KWA)},    {TRANSFORM(GCAUTH)},
};

static const struct name encrs[] = {
    {ENCR(DES_IV64)},
    {ENCR(DES)},
    {ENCR(3DES)},
    {ENCR(RC5)},
    {ENCR(IDEA)},
    {ENCR(CAST)},
    {ENCR(BLOWFISH)},
    {ENCR(3IDEA)},
    {ENCR(DES_IV32)},
    {ENCR(NULL)},
    {ENCR(AES_CBC)},
    {ENCR(AES_CTR)},
    {ENCR(AES_CCM_8)},
    {ENCR(AES_CCM_12)},
    {ENCR(AES_CCM_16)},
    {ENCR(AES_GCM_8)},
    {ENCR(AES_GCM_12)},
    {ENCR(AES_GCM_16)},
    {ENCR(NULL_AUTH_AES_GMAC)},
    {ENCR(CAMELLIA_CBC)},
    {ENCR(CAMELLIA_CTR)},
    {ENCR(CAMELLIA_CCM_8)},
    {ENCR(CAMELLIA_CCM_12)},
    {ENCR(CAMELLIA_CCM_16)},
    {ENCR(CHACHA20_POLY1305)},
    {ENCR(AES_CCM_8_IIV)},
    {ENCR(AES_GCM_16_IIV)},
    {ENCR(CHACHA20_POLY1305_IIV)},
    {ENCR(KUZNYECHIK_MGM_KTREE)},
    {ENCR(MAGMA_MGM_KTREE)},
    {ENCR(KUZNYECHIK_MGM_MAC_KTREE)},
    {ENCR(MAGMA_MGM_MAC_KTREE)},
};

static const struct name prfs[] = {
    {PRF(HMAC_MD5)},      {PRF(HMAC_SHA1)},     {PRF(HMAC_TIGER)},  {PRF(AES128_XCBC)},       {PRF(HMAC_SHA2_256)},
    {PRF(HMAC_SHA2_384)}, {PRF(HMAC_SHA2_512)}, {PRF(AES128_CMAC)}, {PRF(HMAC_STREEBOG_512)},
};

static const struct name integs[] = {
    {IKL_INTEG_NONE, "NONE"},  {AUTH(HMAC_MD5_96)},       {AUTH(HMAC_SHA1_96)},      {AUTH(DES_MAC)},
    {AUTH(KPDK_MD5)},          {AUTH(AES_XCBC_96)},       {AUTH(HMAC_MD5_128)},      {AUTH(HMAC_SHA1_160)},
    {AUTH(AES_CMAC_96)},       {AUTH(AES_128_GMAC)},      {AUTH(AES_192_GMAC)},      {AUTH(AES_256_GMAC)},
    {AUTH(HMAC_SHA2_256_128)}, {AUTH(HMAC_SHA2_384_192)}, {AUTH(HMAC_SHA2_512_256)},
};

static const struct name ke_methods[] = {
    {KE(NONE)},
    {KE(MODP_768)},
    {KE(MODP_1024)},
    {KE(MODP_1536)},
    {KE(MODP_2048)},
    {KE(MODP_3072)},
    {KE(MODP_4096)},
    {KE(MODP_6144)},
    {KE(MODP_8192)},
    {KE(ECP_256)},
    {KE(ECP_384)},
    {KE(ECP_521)},
    {KE(MODP_1024_160)},
    {KE(MODP_2048_224)},
    {KE(MODP_2048_256)},
    {KE(ECP_192)},
    {KE(ECP_224)},
    {IKL_KE_BRAINPOOL_P224R1, "brainpoolP224r1"},
    {IKL_KE_BRAINPOOL_P256R1, "brainpoolP256r1"},
    {IKL_KE_BRAINPOOL_P384R1, "brainpoolP384r1"},
    {IKL_KE_BRAINPOOL_P512R1, "brainpoolP512r1"},
    {IKL_KE_CURVE25519, "Curve25519"},
    {IKL_KE_CURVE448, "Curve448"},
    {KE(GOST3410_2012_256)},
    {KE(GOST3410_2012_512)},
    {IKL_KE_ML_KEM_512, "ml-kem-512"},
    {IKL_KE_ML_KEM_768, "ml-kem-768"},
    {IKL_KE_ML_KEM_1024, "ml-kem-1024"},
};

static const struct name sns[] = {
    {IKL_SN_32_SEQUENTIAL, "32-bit Sequential Numbers"},
    {IKL_SN_PARTIAL_64_SEQUENTIAL, "Partially Transmitted 64-bit Sequential Numbers"},
    {IKL_SN_32_UNSPECIFIED, "32-bit Unspecified Numbers"},
};

static const struct name kwas[] = {
    {KWA(KW_5649_128)},
    {KWA(KW_5649_192)},
    {KWA(KW_5649_256)},
    {KWA(KW_ARX)},
};

static const struct name gcauths[] = {
    {IKL_GCAUTH_IMPLICIT, "Implicit"},
    {IKL_GCAUTH_DIGITAL_SIGNATURE, "Digital Signature"},
};

static const struct name attributes[] = {
    {IKL_ATTRIBUTE_KEY_LENGTH, "Key Length"},
    {IKL_ATTRIBUTE_SIGNATURE_ALGORITHM, "Signature Algorithm Identifier"},
};

static const struct name ids[] = {
    {ID(IPV4_ADDR)},   {ID(FQDN)},   {ID(RFC822_ADDR)}, {ID(IPV6_ADDR)}, {ID(DER_ASN1_DN)},
    {ID(DER_ASN1_GN)}, {ID(KEY_ID)}, {ID(FC_NAME)},     {ID(NULL)},
};

static const struct name certs[] = {
    {IKL_CERT_PKCS7, "PKCS #7 wrapped X.509 certificate"},
    {IKL_CERT_PGP, "PGP Certificate"},
    {IKL_CERT_DNS_SIGNED_KEY, "DNS Signed Key"},
    {IKL_CERT_X509_SIGNATURE, "X.509 Certificate - Signature"},
    {IKL_CERT_KERBEROS_TOKEN, "Kerberos Token"},
    {IKL_CERT_CRL, "Certificate Revocation List (CRL)"},
    {IKL_CERT_ARL, "Authority Revocation List (ARL)"},
    {IKL_CERT_SPKI, "SPKI Certificate"},
    {IKL_CERT_X509_ATTRIBUTE, "X.509 Certificate - Attribute"},
    {IKL_CERT_RAW_RSA_KEY, "Raw RSA Key (DEPRECATED)"},
    {IKL_CERT_HASH_AND_URL, "Hash and URL of X.509 certificate"},
    {IKL_CERT_HASH_AND_URL_BUNDLE, "Hash and URL of X.509 bundle"},
    {IKL_CERT_OCSP_CONTENT, "OCSP Content"},
    {IKL_CERT_RAW_PUBLIC_KEY, "Raw Public Key"},
};

static const struct name auths[] = {
    {IKL_AUTH_RSA, "RSA Digital Signature"},
    {IKL_AUTH_SHARED_KEY, "Shared Key Message Integrity Code"},
    {IKL_AUTH_DSS, "DSS Digital Signature"},
    {IKL_AUTH_ECDSA_256, "ECDSA with SHA-256 on the P-256 curve"},
    {IKL_AUTH_ECDSA_384, "ECDSA with SHA-384 on the P-384 curve"},
    {IKL_AUTH_ECDSA_521, "ECDSA with SHA-512 on the P-521 curve"},
    {IKL_AUTH_SECURE_PASSWORD, "Generic Secure Password Authentication Method"},
    {IKL_AUTH_NULL, "NULL Authentication"},
    {IKL_AUTH_DIGITAL_SIGNATURE, "Digital Signature"},
};

static const struct name tss[] = {
    {TS(IPV4_ADDR_RANGE)},
    {TS(IPV6_ADDR_RANGE)},
    {TS(FC_ADDR_RANGE)},
    {TS(SECLABEL)},
};

static const struct name cfgs[] = {
    {CFG(REQUEST)},
    {CFG(REPLY)},
    {CFG(SET)},
    {CFG(ACK)},
};

static const struct name cfg_attributes[] = {
    {CFG_ATTRIBUTE(INTERNAL_IP4_ADDRESS)},
    {CFG_ATTRIBUTE(INTERNAL_IP4_NETMASK)},
    {CFG_ATTRIBUTE(INTERNAL_IP4_DNS)},
    {CFG_ATTRIBUTE(INTERNAL_IP4_NBNS)},
    {CFG_ATTRIBUTE(INTERNAL_IP4_DHCP)},
    {CFG_ATTRIBUTE(APPLICATION_VERSION)},
    {CFG_ATTRIBUTE(INTERNAL_IP6_ADDRESS)},
    {CFG_ATTRIBUTE(INTERNAL_IP6_DNS)},
    {CFG_ATTRIBUTE(INTERNAL_IP6_DHCP)},
    {CFG_ATTRIBUTE(INTERNAL_IP4_SUBNET)},
    {CFG_ATTRIBUTE(SUPPORTED_ATTRIBUTES)},
    {CFG_ATTRIBUTE(INTERNAL_IP6_SUBNET)},
    {CFG_ATTRIBUTE(MIP6_HOME_PREFIX)},
    {CFG_ATTRIBUTE(INTERNAL_IP6_LINK)},
    {CFG_ATTRIBUTE(INTERNAL_IP6_PREFIX)},
    {CFG_ATTRIBUTE(HOME_AGENT_ADDRESS)},
    {CFG_ATTRIBUTE(P_CSCF_IP4_ADDRESS)},
    {CFG_ATTRIBUTE(P_CSCF_IP6_ADDRESS)},
    {CFG_ATTRIBUTE(FTT_KAT)},
    {CFG_ATTRIBUTE(EXTERNAL_SOURCE_IP4_NAT_INFO)},
    {CFG_ATTRIBUTE(TIMEOUT_PERIOD_FOR_LIVENESS_CHECK)},
    {CFG_ATTRIBUTE(INTERNAL_DNS_DOMAIN)},
    {CFG_ATTRIBUTE(INTERNAL_DNSSEC_TA)},
    {CFG_ATTRIBUTE(ENCDNS_IP4)},
    {CFG_ATTRIBUTE(ENCDNS_IP6)},
    {CFG_ATTRIBUTE(ENCDNS_DIGEST_INFO)},
};

static const struct name hashes[] = {
    {IKL_HASH_SHA1, "SHA1"},         {IKL_HASH_SHA2_256, "SHA2-256"}, {IKL_HASH_SHA2_384, "SHA2-384"},
    {IKL_HASH_SHA2_512, "SHA2-512"}, {IKL_HASH_IDENTITY, "Identity"}, {STREEBOG(STREEBOG_256)},
    {STREEBOG(STREEBOG_512)},
};

static const struct name ipcomps[] = {
    {IPCOMP(OUI)},
    {IPCOMP(DEFLATE)},
    {IPCOMP(LZS)},
    {IPCOMP(LZJH)},
};

static const struct name gateway_ids[] = {
    {IKL_GATEWAY_IPV4, "IPv4 address of the new VPN gateway"},
    {IKL_GATEWAY_IPV6, "IPv6 address of the new VPN gateway"},
    {IKL_GATEWAY_FQDN, "FQDN of the new VPN gateway"},
};

static const struct name ppk_ids[] = {
    {PPK_ID(OPAQUE)},
    {PPK_ID(FIXED)},
};

static const struct name password_methods[] = {
    {IKL_PASSWORD_PACE, "PACE"},
    {IKL_PASSWORD_AUGPAKE, "AugPAKE"},
    {IKL_PASSWORD_SECURE_PSK, "Secure PSK Authentication"},
};

static const struct name rohc_attributes[] = {
    {IKL_ROHC_MAX_CID, "MAX_CID"},  {IKL_ROHC_PROFILE, "ROHC_PROFILE"},
    {IKL_ROHC_INTEG, "ROHC_INTEG"}, {IKL_ROHC_ICV_LEN, "ROHC_ICV_LEN"},
    {IKL_ROHC_MRRU, "MRRU"},
};

static const struct name eaps[] = {
    {IKL_EAP_REQUEST, "Request"},
    {IKL_EAP_RESPONSE, "Response"},
    {IKL_EAP_SUCCESS, "Success"},
    {IKL_EAP_FAILURE, "Failure"},
};

#define LOOK_UP(table, number) look_up(table, sizeof(table) / sizeof((table)[0]), number)

static const char *look_up(const struct name *table, size_t n, uint16_t number)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].number == number) {
            return table[i].text;
        }
    }
    return NULL;
}

const char *ikl_exchange_name(uint8_t exchange_type)
{
    return LOOK_UP(exchanges, exchange_type);
}

const char *ikl_payload_name(uint8_t type)
{
    return LOOK_UP(payloads, type);
}

const char *ikl_protocol_name(uint8_t protocol)
{
    return LOOK_UP(protocols, protocol);
}

const char *ikl_notify_name(uint16_t type)
{
    return LOOK_UP(notifies, type);
}

const char *ikl_transform_type_name(uint8_t type)
{
    return LOOK_UP(transform_types, type);
}

/* The additional key exchanges take their IDs from the registry of the first (RFC 9370 §4). */
static bool is_key_exchange(uint8_t type)
{
    return type == IKL_TRANSFORM_KE || (type >= IKL_TRANSFORM_ADDKE1 && type <= IKL_TRANSFORM_ADDKE7);
}

const char *ikl_transform_name(uint8_t type, uint16_t id)
{
    switch (type) {
    case IKL_TRANSFORM_ENCR:
        return LOOK_UP(encrs, id);
    case IKL_TRANSFORM_PRF:
        return LOOK_UP(prfs, id);
    case IKL_TRANSFORM_INTEG:
        return LOOK_UP(integs, id);
    case IKL_TRANSFORM_SN:
        return LOOK_UP(sns, id);
    case IKL_TRANSFORM_KWA:
        return LOOK_UP(kwas, id);
    case IKL_TRANSFORM_GCAUTH:
        return LOOK_UP(gcauths, id);
    default:
        return is_key_exchange(type) ? LOOK_UP(ke_methods, id) : NULL;
    }
}

const char *ikl_attribute_name(uint16_t type)
{
    return LOOK_UP(attributes, type);
}

const char *ikl_id_name(uint8_t type)
{
    return LOOK_UP(ids, type);
}

const char *ikl_cert_name(uint8_t encoding)
{
    return LOOK_UP(certs, encoding);
}

const char *ikl_auth_name(uint8_t method)
{
    return LOOK_UP(auths, method);
}

const char *ikl_ts_name(uint8_t type)
{
    return LOOK_UP(tss, type);
}

const char *ikl_cfg_name(uint8_t type)
{
    return LOOK_UP(cfgs, type);
}

const char *ikl_cfg_attribute_name(uint16_t type)
{
    return LOOK_UP(cfg_attributes, type);
}

const char *ikl_hash_name(uint16_t algorithm)
{
    return LOOK_UP(hashes, algorithm);
}

const char *ikl_ipcomp_name(uint8_t transform)
{
    return LOOK_UP(ipcomps, transform);
}

const char *ikl_gateway_id_name(uint8_t type)
{
    return LOOK_UP(gateway_ids, type);
}

const char *ikl_ppk_id_name(uint8_t type)
{
    return LOOK_UP(ppk_ids, type);
}

const char *ikl_password_method_name(uint16_t method)
{
    return LOOK_UP(password_methods, method);
}

const char *ikl_rohc_attribute_name(uint16_t type)
{
    return LOOK_UP(rohc_attributes, type);
}

const char *ikl_eap_name(uint8_t code)
{
    return LOOK_UP(eaps, code);
}
