package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gocloud.dev/secrets"
	"gocloud.dev/secrets/localsecrets"
)

const localKeyFile = "local.key"

// localKeeper wraps with a key in Dir/local.key, made on first use. It lies beside what it wraps, so it protects
// nothing from who can read Dir: development only.
func localKeeper(dir string) (*secrets.Keeper, error) {
	path := filepath.Join(dir, localKeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = createLocalKey(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: local key: %w", err)
	}
	defer clear(text)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("seal: local key: %s must be readable by its owner alone (mode 0600)", path)
	}
	key, err := localsecrets.Base64Key(string(text))
	if err != nil {
		return nil, fmt.Errorf("seal: local key: %s does not hold 32 bytes in base64", path)
	}
	return localsecrets.NewKeeper(key), nil
}

// createLocalKey makes the file; whoever comes second reads what the first one made.
func createLocalKey(dir string) ([]byte, error) {
	key, err := localsecrets.NewRandomKey()
	if err != nil {
		return nil, err
	}
	err = writeNew(dir, localKeyFile, []byte(base64.URLEncoding.EncodeToString(key[:])))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, localKeyFile))
}
