package seal

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gocloud.dev/secrets"
)

const (
	version = 0x01
	keySize = 32
	idSize  = 4
)

// newKey returns 32 random bytes. The runtime ends the process if it has none to give.
func newKey() []byte {
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw)
	return raw
}

func newID() uint32 {
	var b [idSize]byte
	_, _ = rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

// subkey derives 32 bytes for one use of a key.
func subkey(raw []byte, use string) ([]byte, error) {
	return hkdf.Key(sha256.New, raw, nil, "aimy1|"+use, keySize)
}

func newAEAD(raw []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// wrapped is a key wrapped by the key-encryption key. The KMS binds nothing by itself, so what it wraps says
// whose key it is: a root copied into another organization's directory does not load.
func wrapped(ctx context.Context, k *secrets.Keeper, tenant string, e entry, born int64, raw []byte) ([]byte, error) {
	plain := append(label(tenant, e), make([]byte, 8)...)
	binary.BigEndian.PutUint64(plain[len(plain)-8:], uint64(born))
	plain = append(plain, raw...)
	defer clear(plain)
	box, err := guarded(ctx, plain, k.Encrypt)
	if err != nil {
		return nil, fmt.Errorf("%w: wrap: %w", ErrKMS, err)
	}
	return append([]byte{version}, box...), nil
}

// guarded calls a driver that may neither heed its context nor survive an odd answer (Vault's does neither): the caller
// gets an error in time instead.
func guarded(ctx context.Context, in []byte, call func(context.Context, []byte) ([]byte, error)) ([]byte, error) {
	type answer struct {
		out []byte
		err error
	}
	done, in := make(chan answer, 1), bytes.Clone(in)
	go func() {
		defer clear(in)
		defer func() {
			if recover() != nil {
				done <- answer{err: errors.New("the driver did not understand the answer")}
			}
		}()
		out, err := call(ctx, in)
		done <- answer{out, err}
	}()
	select {
	case a := <-done:
		return a.out, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// unwrapped is the way back from wrapped.
func unwrapped(ctx context.Context, k *secrets.Keeper, tenant string, e entry, record []byte) (born int64, raw []byte, err error) {
	if len(record) < 1 || record[0] != version {
		return 0, nil, fmt.Errorf("%w: key record", ErrSealed)
	}
	plain, err := guarded(ctx, record[1:], k.Decrypt)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: unwrap: %w", ErrKMS, err)
	}
	defer clear(plain)
	rest, ok := bytes.CutPrefix(plain, label(tenant, e))
	if !ok || len(rest) != 8+keySize {
		return 0, nil, fmt.Errorf("%w: key record", ErrSealed)
	}
	return int64(binary.BigEndian.Uint64(rest)), bytes.Clone(rest[8:]), nil
}

func label(tenant string, e entry) []byte {
	return binary.BigEndian.AppendUint32([]byte("aimy1|"+tenant+"|"+e.owner+"|"), e.id)
}

// A held key (a person's, the index) is wrapped by a subkey of its organization's root:
//
//	version (1) | root's key id (4) | born (8) | nonce (12) | ciphertext (32) | tag (16)
const heldHead = 1 + idSize + 8

func holdKey(root *key, tenant string, e entry, born int64, raw []byte) ([]byte, error) {
	aead, err := root.wrapper()
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint32([]byte{version}, root.id)
	head = binary.BigEndian.AppendUint64(head, uint64(born))
	return aead.Seal(head, nil, raw, append(label(tenant, e), head...)), nil
}

func heldBy(record []byte) (root uint32, ok bool) {
	if len(record) < heldHead || record[0] != version {
		return 0, false
	}
	return binary.BigEndian.Uint32(record[1:]), true
}

func heldKey(root *key, tenant string, e entry, record []byte) (born int64, raw []byte, err error) {
	aead, err := root.wrapper()
	if err != nil {
		return 0, nil, err
	}
	head := record[:heldHead]
	raw, err = aead.Open(nil, nil, record[heldHead:], append(label(tenant, e), head...))
	if err != nil || len(raw) != keySize {
		return 0, nil, fmt.Errorf("%w: key record", ErrSealed)
	}
	return int64(binary.BigEndian.Uint64(head[1+idSize:])), raw, nil
}

func readRecord(dir string, e entry) ([]byte, error) {
	return os.ReadFile(filepath.Join(dir, e.file()))
}
