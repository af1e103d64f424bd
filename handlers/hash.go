package handlers

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

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

// hasher hashes passwords, as many at a time as the machine has cores: a burst of sign-ins must not stop the rest.
type hasher struct{ slots chan struct{} }

func newHasher() *hasher { return &hasher{make(chan struct{}, max(runtime.NumCPU(), 1))} }

// hash is the PHC string of a password's argon2id under a salt.
func (h *hasher) hash(password string, salt []byte) string {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	sum := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonBytes)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		enc.EncodeToString(salt), enc.EncodeToString(sum))
}

// same compares two PHC strings in constant time.
func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 && strings.HasPrefix(a, "$argon2id$")
}

// HashPassword is the hash of a password of an address's accounts, as signing up makes it; for the seed.
func HashPassword(db *store.DB, email, password string) string {
	return newHasher().hash(password, db.Salt(domain.NormalEmail(email)))
}
