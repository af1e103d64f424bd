// Package seal turns what people wrote into bytes that say nothing, and back.
//
// A Keyring reaches one key-encryption key by address (gocloud.dev/secrets) and keeps the wrapped keys in a directory
// of their own, apart from the data, so that destroying a key file destroys what it sealed (P31, P32, P67, P68). From it
// come Boxes, one per organization, which seal and open values, files, search terms and checksums.
//
// The keys hang together like this:
//
//	key-encryption key (KMS)  wraps  the platform secret            → e-mail look-up, cookie keys
//	                          wraps  each organization's root keys  → one subkey per table and column
//	an organization's root    wraps  its index key                  → search terms, checksums
//	                          wraps  each person's key              → one subkey per table and column
//
// so a person's key costs no call to the KMS, and shredding a person leaves the organization readable.
//
// A sealed value is
//
//	version (1) | key id (4) | nonce (12) | ciphertext | tag (16)
//
// in AES-256-GCM, bound to organization, table, column, row and key id: moved anywhere else it does not open. The
// envelope costs 33 bytes. Subkeys are HKDF-SHA256 of the key, by kind of value (bytes, text, file), table and column,
// so that no two columns share a nonce space; 2^32 seals per column and key are the limit of random nonces.
//
// Unwrapped keys live in memory for Config.TTL at most, and are overwritten when they leave the cache. What Go's own
// ciphers expanded out of them cannot be overwritten; it is dropped and left to the collector.
package seal
