package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"gocloud.dev/secrets"
	"gocloud.dev/secrets/localsecrets"
)

// Config says where keys come from. It prints as "[sealed]", because a base64key address holds a key.
type Config struct {
	hidden
	// KMS is a gocloud.dev/secrets address. Empty: a local key in Dir/local.key, for development only. The driver of
	// the address's scheme must be linked in by main; this package links none but the local one.
	KMS string
	// Dir holds the wrapped keys: its own volume, its own short-lived backups, never beside the data. Made if absent.
	Dir string
	// Production refuses every address that is not a key management service (P32), and a Dir that others may enter.
	Production bool
	// Now is the clock, required.
	Now func() time.Time
	// TTL is how long an unwrapped organization's key stays in memory, and so how long reads go on without the KMS
	// (P62). Zero: one hour.
	TTL time.Duration
}

// Open reaches the key-encryption key and unwraps the platform secret, which it makes on first use. Several processes
// may open one Dir at the same time. Errors: ErrProduction, ErrKMS, and those of the file system.
func Open(ctx context.Context, c Config) (*Keyring, error) {
	if c.Dir == "" || c.Now == nil {
		return nil, errors.New("seal: Dir and Now are required")
	}
	if c.TTL <= 0 {
		c.TTL = time.Hour
	}
	if err := c.admit(); err != nil {
		return nil, err
	}
	if err := c.prepareDir(); err != nil {
		return nil, err
	}
	keeper, err := c.keeper(ctx)
	if err != nil {
		return nil, err
	}
	r := newKeyring(c, keeper)
	if err := r.openPlatform(ctx); err != nil {
		return nil, errors.Join(err, keeper.Close())
	}
	return r, nil
}

// admit is the guard of P32: in production the key-encryption key never lies on this machine.
func (c Config) admit() error {
	services := []string{"awskms", "gcpkms", "azurekeyvault", "hashivault"}
	if !c.Production || slices.Contains(services, c.scheme()) {
		return nil
	}
	found := "none"
	if s := c.scheme(); s != "" {
		found = s + "://"
	}
	return fmt.Errorf("%w: give its address as awskms://, gcpkms://, azurekeyvault:// or hashivault:// (found: %s)", ErrProduction, found)
}

func (c Config) scheme() string {
	scheme, _, found := strings.Cut(c.KMS, "://")
	if !found {
		return ""
	}
	return scheme
}

func (c Config) prepareDir() error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("seal: key directory: %w", err)
	}
	info, err := os.Stat(c.Dir)
	if err != nil {
		return fmt.Errorf("seal: key directory: %w", err)
	}
	if c.Production && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%w: the key directory must be of mode 0700, it is %#o", ErrProduction, info.Mode().Perm())
	}
	if err := os.Mkdir(c.graveyard(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("seal: key directory: %w", err)
	}
	return nil
}

// keeper opens the address. Its errors name the scheme only, where the rest of the address could be a key.
func (c Config) keeper(ctx context.Context) (*secrets.Keeper, error) {
	if c.KMS == "" {
		return localKeeper(c.Dir)
	}
	keeper, err := secrets.OpenKeeper(ctx, c.KMS)
	switch {
	case err == nil:
		return keeper, nil
	case c.scheme() == "" || c.scheme() == localsecrets.Scheme:
		return nil, fmt.Errorf("%w: malformed address of scheme %q", ErrKMS, c.scheme())
	case !secrets.DefaultURLMux().ValidKeeperScheme(c.scheme()):
		return nil, fmt.Errorf("%w: no driver for %s:// in this program", ErrKMS, c.scheme())
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrKMS, c.scheme(), err)
}
