package store

import (
	"crypto/aes"
	"crypto/cipher"

	"aimyorg/domain"
)

// cloak seals what is kept before an organization is known, such as a browser's unanswered challenge, with a key of the
// installation for one purpose (P31). It lasts minutes; what belongs to an organization is sealed by seal.
func (db *DB) cloak(purpose string, plain []byte) ([]byte, error) {
	aead, err := db.cloaking(purpose)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plain, []byte(purpose)), nil
}

// uncloak opens what cloak sealed for the same purpose.
func (db *DB) uncloak(purpose string, sealed []byte) ([]byte, error) {
	aead, err := db.cloaking(purpose)
	if err != nil {
		return nil, err
	}
	out, err := aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, domain.ErrNotFound // forged, or of another installation
	}
	return out, nil
}

func (db *DB) cloaking(purpose string) (cipher.AEAD, error) {
	block, err := aes.NewCipher(db.keys.Secret("cloak "+purpose, 32))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
