/* SPDX-License-Identifier: ISC */
/* What the providers call of their libraries of algorithms, for a program in which any of these calls can fail. The
 * linker gives each call to the wrapper instead: CMakeLists.txt reads the names here.
 *
 *     WRAPPED(what it returns, what it returns when it fails, name, parameters, arguments) */
#if defined(TEST_SODIUM)
WRAPPED(int, -1, crypto_aead_chacha20poly1305_ietf_encrypt_detached,
        (unsigned char *out, unsigned char *tag, unsigned long long *tag_len, const unsigned char *text,
         unsigned long long len, const unsigned char *aad, unsigned long long aad_len, const unsigned char *none,
         const unsigned char *nonce, const unsigned char *key),
        (out, tag, tag_len, text, len, aad, aad_len, none, nonce, key))
WRAPPED(int, -1, crypto_aead_chacha20poly1305_ietf_decrypt_detached,
        (unsigned char *out, unsigned char *none, const unsigned char *text, unsigned long long len,
         const unsigned char *tag, const unsigned char *aad, unsigned long long aad_len, const unsigned char *nonce,
         const unsigned char *key),
        (out, none, text, len, tag, aad, aad_len, nonce, key))
WRAPPED(int, -1, crypto_aead_aes256gcm_encrypt_detached_afternm,
        (unsigned char *out, unsigned char *tag, unsigned long long *tag_len, const unsigned char *text,
         unsigned long long len, const unsigned char *aad, unsigned long long aad_len, const unsigned char *none,
         const unsigned char *nonce, const crypto_aead_aes256gcm_state *key),
        (out, tag, tag_len, text, len, aad, aad_len, none, nonce, key))
WRAPPED(int, -1, crypto_aead_aes256gcm_decrypt_detached_afternm,
        (unsigned char *out, unsigned char *none, const unsigned char *text, unsigned long long len,
         const unsigned char *tag, const unsigned char *aad, unsigned long long aad_len, const unsigned char *nonce,
         const crypto_aead_aes256gcm_state *key),
        (out, none, text, len, tag, aad, aad_len, nonce, key))
#endif
#if defined(TEST_OPENSSL)
WRAPPED(EVP_CIPHER *, NULL, EVP_CIPHER_fetch, (OSSL_LIB_CTX * in, const char *name, const char *properties),
        (in, name, properties))
WRAPPED(EVP_CIPHER_CTX *, NULL, EVP_CIPHER_CTX_new, (void), ())
WRAPPED(int, 0, EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX * context, int padding), (context, padding))
WRAPPED(int, 0, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX * context, int type, int number, void *data),
        (context, type, number, data))
WRAPPED(int, 0, EVP_CipherInit_ex2,
        (EVP_CIPHER_CTX * context, const EVP_CIPHER *cipher, const unsigned char *key, const unsigned char *iv,
         int seal, const OSSL_PARAM *params),
        (context, cipher, key, iv, seal, params))
WRAPPED(int, 0, EVP_CipherUpdate,
        (EVP_CIPHER_CTX * context, unsigned char *out, int *out_len, const unsigned char *text, int len),
        (context, out, out_len, text, len))
WRAPPED(int, 0, EVP_CipherFinal_ex, (EVP_CIPHER_CTX * context, unsigned char *out, int *out_len),
        (context, out, out_len))
WRAPPED(EVP_MAC *, NULL, EVP_MAC_fetch, (OSSL_LIB_CTX * in, const char *name, const char *properties),
        (in, name, properties))
WRAPPED(EVP_MAC_CTX *, NULL, EVP_MAC_CTX_new, (EVP_MAC * mac), (mac))
WRAPPED(int, 0, EVP_MAC_init, (EVP_MAC_CTX * context, const unsigned char *key, size_t len, const OSSL_PARAM *params),
        (context, key, len, params))
WRAPPED(int, 0, EVP_MAC_update, (EVP_MAC_CTX * context, const unsigned char *data, size_t len), (context, data, len))
WRAPPED(int, 0, EVP_MAC_final, (EVP_MAC_CTX * context, unsigned char *out, size_t *len, size_t size),
        (context, out, len, size))
WRAPPED(EVP_MD *, NULL, EVP_MD_fetch, (OSSL_LIB_CTX * in, const char *name, const char *properties),
        (in, name, properties))
WRAPPED(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())
WRAPPED(int, 0, EVP_DigestInit_ex2, (EVP_MD_CTX * context, const EVP_MD *md, const OSSL_PARAM *params),
        (context, md, params))
WRAPPED(int, 0, EVP_DigestUpdate, (EVP_MD_CTX * context, const void *data, size_t len), (context, data, len))
WRAPPED(int, 0, EVP_DigestFinal_ex, (EVP_MD_CTX * context, unsigned char *out, unsigned *len), (context, out, len))
#endif
#if defined(TEST_PSA)
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_crypto_init, (void), ())
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_import_key,
        (const psa_key_attributes_t *attributes, const uint8_t *data, size_t len, psa_key_id_t *key),
        (attributes, data, len, key))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_aead_encrypt,
        (psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *nonce, size_t nonce_len, const uint8_t *aad,
         size_t aad_len, const uint8_t *text, size_t text_len, uint8_t *out, size_t size, size_t *len),
        (key, algorithm, nonce, nonce_len, aad, aad_len, text, text_len, out, size, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_aead_decrypt,
        (psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *nonce, size_t nonce_len, const uint8_t *aad,
         size_t aad_len, const uint8_t *text, size_t text_len, uint8_t *out, size_t size, size_t *len),
        (key, algorithm, nonce, nonce_len, aad, aad_len, text, text_len, out, size, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_cipher_encrypt_setup,
        (psa_cipher_operation_t * operation, psa_key_id_t key, psa_algorithm_t algorithm), (operation, key, algorithm))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_cipher_decrypt_setup,
        (psa_cipher_operation_t * operation, psa_key_id_t key, psa_algorithm_t algorithm), (operation, key, algorithm))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_cipher_set_iv,
        (psa_cipher_operation_t * operation, const uint8_t *iv, size_t len), (operation, iv, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_cipher_update,
        (psa_cipher_operation_t * operation, const uint8_t *text, size_t text_len, uint8_t *out, size_t size,
         size_t *len),
        (operation, text, text_len, out, size, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_cipher_finish,
        (psa_cipher_operation_t * operation, uint8_t *out, size_t size, size_t *len), (operation, out, size, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_mac_sign_setup,
        (psa_mac_operation_t * operation, psa_key_id_t key, psa_algorithm_t algorithm), (operation, key, algorithm))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_mac_update,
        (psa_mac_operation_t * operation, const uint8_t *data, size_t len), (operation, data, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_mac_sign_finish,
        (psa_mac_operation_t * operation, uint8_t *out, size_t size, size_t *len), (operation, out, size, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_hash_setup,
        (psa_hash_operation_t * operation, psa_algorithm_t algorithm), (operation, algorithm))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_hash_update,
        (psa_hash_operation_t * operation, const uint8_t *data, size_t len), (operation, data, len))
WRAPPED(psa_status_t, PSA_ERROR_INSUFFICIENT_MEMORY, psa_hash_finish,
        (psa_hash_operation_t * operation, uint8_t *out, size_t size, size_t *len), (operation, out, size, len))
#endif
