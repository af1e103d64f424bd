package seal

import "errors"

// None of these errors ever carries plaintext, a key, or a name.
var (
	// ErrSealed: the value does not open here. It was altered, cut, moved from another place or organization, or was
	// never sealed.
	ErrSealed = errors.New("seal: unreadable value")
	// ErrShredded: the key was destroyed on purpose, so what it sealed is gone for good (P67, P68).
	ErrShredded = errors.New("seal: the key was shredded")
	// ErrNoKeys: no key was ever made for this organization or person, or the key directory does not hold it.
	ErrNoKeys = errors.New("seal: no keys")
	// ErrPlace: a Place without table, column or row, or an organization's or person's id that is not 1 to 64 of a-z,
	// 0-9, "_" and "-". A mistake in the calling code.
	ErrPlace = errors.New("seal: incomplete place or malformed id")
	// ErrKMS: the key-encryption key did not wrap or unwrap; the cause is wrapped beside it.
	ErrKMS = errors.New("seal: the key management service failed")
	// ErrProduction: the configuration would keep the key-encryption key on this machine (P32).
	ErrProduction = errors.New("seal: production needs a key management service (P32)")

	// errStale: the key left the cache while it was being used; asking again finds it.
	errStale = errors.New("seal: stale key")
	// errReload: the organization's keys changed on disk; they must be read again, through the KMS.
	errReload = errors.New("seal: outdated keys")
)
