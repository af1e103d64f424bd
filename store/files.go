package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"aimyorg/domain"
	"aimyorg/store/seal"
)

// Originals lie as sealed files under Config.Files, one folder an organization, named by the version's id. They are
// sealed while they come in: no plain byte touches the disk (P12, P31).

// File is an original that was received and belongs to no document yet.
type File struct {
	Version domain.ID
	Bytes   int64
	Head    []byte // its first bytes, to see what it is
	digest  []byte
}

const headBytes = 64 << 10 // what tells formats apart, also Office files with a password

func filePlace(version domain.ID) seal.Place {
	return seal.Place{Table: "document_versions", Column: "original", Row: string(version)}
}

func (db *DB) filePath(tenant, version domain.ID) string {
	return filepath.Join(db.files, string(tenant), string(version))
}

// ReceiveFile seals what r yields into a new file. It is kept once AddDocument or AddVersion names it; otherwise
// DropFile removes it, or the sweep an hour later. Errors: ErrTooLarge, ErrUnavailable (disk full); nothing stays then.
func (db *DB) ReceiveFile(ctx context.Context, a domain.Actor, r io.Reader) (File, error) {
	box, err := db.keys.Tenant(ctx, string(a.Tenant()))
	if err != nil {
		return File{}, known(err)
	}
	f := File{Version: newID()}
	path := db.filePath(a.Tenant(), f.Version)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return File{}, known(err)
	}
	dst, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return File{}, known(err)
	}
	meter := &meter{src: r, hash: sha256.New()}
	err = errors.Join(sealInto(box, f.Version, dst, meter), dst.Close())
	if err != nil {
		_ = os.Remove(path) // what is left is swept
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return File{}, err // the sender broke off; known would take it for the database
		}
		return File{}, known(err)
	}
	f.Bytes, f.Head, f.digest = meter.n, meter.head, box.MAC("original", meter.hash.Sum(nil))
	return f, nil
}

func sealInto(box *seal.Box, version domain.ID, dst *os.File, src io.Reader) error {
	w, err := box.SealingWriter(filePlace(version), dst)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, src); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := dst.Sync(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dst.Name()))
}

// syncDir makes a new file's name as durable as its bytes.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// meter counts, digests and bounds what passes, and keeps its head.
type meter struct {
	src  io.Reader
	hash hash.Hash
	head []byte
	n    int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.src.Read(p)
	m.hash.Write(p[:n])
	if room := headBytes - len(m.head); room > 0 {
		m.head = append(m.head, p[:min(n, room)]...)
	}
	if m.n += int64(n); m.n > domain.MaxFileBytes {
		return n, domain.ErrTooLarge
	}
	return n, err
}

// DropFile removes a received file that no document wants.
func (db *DB) DropFile(a domain.Actor, f File) { _ = os.Remove(db.filePath(a.Tenant(), f.Version)) }

// Original opens a version's original for reading; the caller closes it. Only io.EOF says that it was whole.
func (db *DB) Original(ctx context.Context, a domain.Actor, v domain.Version) (io.ReadCloser, error) {
	box, err := db.keys.Tenant(ctx, string(a.Tenant()))
	if err != nil {
		return nil, known(err)
	}
	src, err := os.Open(db.filePath(a.Tenant(), v.ID))
	if err != nil {
		return nil, known(err)
	}
	r, err := box.OpeningReader(filePlace(v.ID), src)
	if err != nil {
		return nil, errors.Join(known(err), src.Close())
	}
	return original{r, src}, nil
}

type original struct {
	io.Reader
	io.Closer
}

// SweepFiles removes originals that no version names and that are older than an hour: uploads that broke, documents
// that were deleted.
func (db *DB) SweepFiles(ctx context.Context, tenant domain.ID) (int, error) {
	entries, err := os.ReadDir(filepath.Join(db.files, string(tenant)))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || db.Now().Sub(info.ModTime()) < time.Hour {
			continue
		}
		named, err := db.namesFile(ctx, tenant, domain.ID(e.Name()))
		if err != nil {
			return removed, err
		}
		if !named && os.Remove(db.filePath(tenant, domain.ID(e.Name()))) == nil {
			removed++
		}
	}
	return removed, nil
}

func (db *DB) namesFile(ctx context.Context, tenant, version domain.ID) (bool, error) {
	_, err := domain.ParseID(string(version))
	if errors.Is(err, domain.ErrNotFound) {
		return false, nil
	}
	var n int
	err = db.Read(ctx, System(tenant), func(t *Tenant) (err error) {
		n, err = t.count(t.of((*versionRow)(nil)).Where("id = ?", version))
		return err
	})
	return n > 0, err
}
