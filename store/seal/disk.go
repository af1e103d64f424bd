package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Owners of key files that are not people. Ids of people may not be these.
const (
	rootOwner  = "root"
	indexOwner = "index"
	goneOwner  = "gone"
	platform   = "platform"
)

// writeNew makes a complete file or none, never over another: fs.ErrExist when the name is taken. A link does what a
// rename cannot: it refuses to replace, so no process can lose another's key.
func writeNew(dir, name string, data []byte) (err error) {
	tmp := filepath.Join(dir, ".tmp-"+rand.Text())
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp)) }()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(tmp, filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lock holds a directory for this process and goroutine until unlock; the kernel releases it if the process dies.
// Nothing waits for a network under it.
func lock(dir string) (unlock func() error, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("seal: lock: %w", err), f.Close())
	}
	return f.Close, nil
}

// destroy overwrites a file before it removes it: an unlinked file's bytes would lie on the disk, still open to whoever
// has the key-encryption key. Copy-on-write file systems keep the old block until it is reused all the same.
func destroy(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}

// entry is one name in a key directory: <owner>-<key id>.
type entry struct {
	owner string
	id    uint32
}

func (e entry) file() string { return fmt.Sprintf("%s-%08x", e.owner, e.id) }

func parseEntry(name string) (entry, bool) {
	cut := strings.LastIndexByte(name, '-')
	if cut < 1 || len(name)-cut != 9 || name[0] == '.' {
		return entry{}, false
	}
	id, err := strconv.ParseUint(name[cut+1:], 16, 32)
	if err != nil {
		return entry{}, false
	}
	return entry{owner: name[:cut], id: uint32(id)}, true
}

// entries lists the key files and tombstones of a directory, in the order of their names.
func entries(dir string) ([]entry, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []entry
	for _, f := range files {
		if e, ok := parseEntry(f.Name()); ok && f.Type().IsRegular() {
			found = append(found, e)
		}
	}
	return found, nil
}

// checkID keeps ids apart from one another on any file system (one case only) and inside their directory.
func checkID(id string) error {
	if len(id) < 1 || len(id) > 64 || id == rootOwner || id == indexOwner || isTombstone(id) || strings.HasPrefix(id, platform+"-") {
		return ErrPlace
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return ErrPlace
		}
	}
	return nil
}

func isTombstone(owner string) bool {
	return owner == goneOwner || strings.HasPrefix(owner, goneOwner+"-")
}
