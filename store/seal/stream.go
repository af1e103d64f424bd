package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// A sealed file is the envelope's head (version, key id), then Tink's AES256-GCM-HKDF stream in segments of 64 KiB, the
// head counted into the first. Each segment is authenticated, numbered, and says whether it is the last.
const (
	segment    = 64 << 10
	streamHead = headSize + 1 + keySize + 7
	tagSize    = 16
)

func newStream(sub []byte) (*subtle.AESGCMHKDF, error) {
	return subtle.NewAESGCMHKDF(sub, "SHA256", keySize, segment, headSize)
}

// SealingWriter seals a file of any size for the organization, in constant memory (about 128 KiB). Close completes the
// file and does not close dst: call it only when everything was written, never in a defer, for without it the file does
// not open, which is what a broken upload deserves. After a failed write it can't be completed.
func (b *Box) SealingWriter(p Place, dst io.Writer) (io.WriteCloser, error) {
	k, c, err := b.cipher(want{root: true}, kindFile, p)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint32([]byte{version}, k.id)
	if _, err := dst.Write(head); err != nil {
		return nil, fmt.Errorf("seal: file: %w", err)
	}
	w, err := c.stream.NewEncryptingWriter(dst, b.fileBinding(p, k.id))
	if err != nil {
		return nil, fmt.Errorf("seal: file: %w", err)
	}
	return &fileWriter{w: w}, nil
}

// OpeningReader opens what SealingWriter sealed at this place. What it yields is authentic, but only io.EOF says that it
// was all: a file cut, reordered or altered ends in ErrSealed, for good. Errors of src come through as they are.
func (b *Box) OpeningReader(p Place, src io.Reader) (io.Reader, error) {
	in := &source{src: src}
	var head [headSize]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || head[0] != version {
		return nil, in.blame()
	}
	k, c, err := b.cipher(want{byID: true, id: binary.BigEndian.Uint32(head[1:])}, kindFile, p)
	if err != nil {
		return nil, err
	}
	r, err := c.stream.NewDecryptingReader(in, b.fileBinding(p, k.id))
	if err != nil {
		return nil, in.blame()
	}
	return &fileReader{r: r, in: in}, nil
}

func (b *Box) fileBinding(p Place, id uint32) []byte {
	buf := b.binding(p, id)
	defer bindings.Put(buf)
	return append([]byte(nil), *buf...)
}

// PlainSize is the size of the file within a sealed file of so many bytes, for a Content-Length. It is arithmetic, not
// proof: reading to io.EOF is. Error: ErrSealed, when no sealed file has that size.
func PlainSize(sealed int64) (int64, error) {
	segments := (sealed + segment - 1) / segment
	plain := sealed - streamHead - segments*tagSize
	if plain < 0 || (segments > 1 && (sealed-1)%segment < tagSize) {
		return 0, ErrSealed
	}
	return plain, nil
}

type fileWriter struct {
	hidden
	w   io.WriteCloser
	err error
}

// Write seals p. The first failure stays: a file with a hole is never completed.
func (f *fileWriter) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.w.Write(p)
	f.err = err
	return n, err
}

// Close writes the last segment.
func (f *fileWriter) Close() error {
	if f.err != nil {
		return f.err
	}
	err := f.w.Close()
	f.err = err
	if err == nil {
		f.err = errors.New("seal: write to a completed file")
	}
	return err
}

type fileReader struct {
	hidden
	r   io.Reader
	in  *source
	err error
}

// Read yields authenticated plaintext. The first failure stays, because Tink's own reader says io.EOF after one.
func (f *fileReader) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = f.in.blame()
	}
	f.err = err
	return n, err
}

// source remembers its own failure, to tell a broken disk from a broken file.
type source struct {
	src io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func (s *source) blame() error {
	if s.err != nil {
		return s.err
	}
	return ErrSealed
}
