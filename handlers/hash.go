package handlers

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"aimyorg/domain"
	"aimyorg/store"
)

// The settings of argon2id (P6; OWASP's second choice, measured at 127 ms on a small machine).
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonBytes  = 32
)

// How many may wait for a hash, and how long: who comes after is told to come back, while the rest of the site goes on.
const (
	mostWaiting = 256
	longestWait = 20 * time.Second
)

// hasher hashes passwords, as many at a time as half the machine has cores: the other half is for everybody else's pages.
// Who waits is served in the order of coming: a channel's senders are.
type hasher struct {
	slots   chan struct{}
	waiting atomic.Int64
	longest time.Duration
}

func newHasher() *hasher {
	return &hasher{slots: make(chan struct{}, max(runtime.NumCPU()/2, 1)), longest: longestWait}
}

// hash is the PHC string of a password's argon2id under a salt, or ErrUnavailable when too many wait before it.
func (h *hasher) hash(ctx context.Context, password string, salt []byte) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.slots }()
	return argonOf(password, salt), nil
}

func (h *hasher) enter(ctx context.Context) error {
	if h.waiting.Add(1) > mostWaiting {
		h.waiting.Add(-1)
		return domain.ErrUnavailable
	}
	defer h.waiting.Add(-1)
	limit := time.NewTimer(h.longest)
	defer limit.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-limit.C:
		return domain.ErrUnavailable
	case <-ctx.Done():
		return ctx.Err()
	}
}

func argonOf(password string, salt []byte) string {
	sum := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonBytes)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		enc.EncodeToString(salt), enc.EncodeToString(sum))
}

// newHash hashes a new password of an address, under the salt that all of its accounts share.
func (q *request) newHash(email, password string) (string, error) {
	salt, err := q.DB.SaltOf(q.ctx, email)
	if err != nil {
		return "", err
	}
	return q.hash.hash(q.ctx, password, salt)
}

// tried is a password that somebody tries: one longer than any account's is hashed like a wrong one.
func tried(password string) string {
	if len(password) > domain.MaxPasswordBytes {
		return ""
	}
	return password
}

// same compares two PHC strings in constant time.
func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 && strings.HasPrefix(a, "$argon2id$")
}

// HashPassword is the hash of a password of an address's first account, as signing up makes it; for the seed.
func HashPassword(db *store.DB, email, password string) string {
	return argonOf(password, db.Salt(domain.NormalEmail(email)))
}
