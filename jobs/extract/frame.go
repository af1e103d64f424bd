package extract

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
)

// Between parent and child go frames: four bytes of length, then JSON. To the child: one order, then the file's raw
// bytes to the end of the stream. From the child: frames of blocks, then one that is marked as the last. A stream
// without its last frame is worth nothing.

const (
	maxFrame     = 4 << 20
	blocksPerBit = 1 << 20 // bytes of text after which a frame is sent
)

var errFrame = errors.New("extract: malformed frame")

// order tells the child what to do. The file's name goes in here, not in the arguments: everybody on the machine can
// read those.
type order struct {
	Name   string
	Limits Limits
	Memory int64  // bytes
	CPU    uint64 // seconds
	Cache  string // directory of compiled code
	Warm   bool   // only fill the cache
	Probe  bool   // only tell what the child can reach
}

// answer is one frame from the child.
type answer struct {
	Blocks   []Block `json:",omitempty"`
	Last     bool    `json:",omitempty"`
	Code     Code    `json:",omitempty"` // why there is no document
	Title    string  `json:",omitempty"`
	Language string  `json:",omitempty"`
	Pages    int     `json:",omitempty"`
	Hidden   int     `json:",omitempty"`
	Network  bool    `json:",omitempty"` // probe: an address beyond this machine can be seen
}

func writeFrame(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(data) > maxFrame {
		return errFrame
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
	return err
}

func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return errFrame
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// writeDocument sends a document in frames of about a megabyte.
func writeDocument(w io.Writer, d *Document) error {
	first, size := 0, 0
	for i, b := range d.Blocks {
		if size += len(b.Text) + len(b.Place); size >= blocksPerBit/2 || i-first >= 4096 {
			if err := writeFrame(w, answer{Blocks: d.Blocks[first : i+1]}); err != nil {
				return err
			}
			first, size = i+1, 0
		}
	}
	return writeFrame(w, answer{
		Blocks: d.Blocks[first:], Last: true, Title: d.Title, Language: d.Language, Pages: d.Pages, Hidden: d.Hidden,
	})
}

// readDocument reads a child's answer. The child has met a hostile file, so nothing it says is believed: every block is
// cleaned and counted again, as if it were a file.
func readDocument(r io.Reader, l Limits) (*Document, error) {
	s := newSink(l)
	for {
		var a answer
		if err := readFrame(r, &a); err != nil {
			return nil, err
		}
		if a.Code != "" {
			if reason := reasonOf(a.Code); reason != nil {
				return nil, reason
			}
			return nil, errFrame
		}
		for _, b := range a.Blocks {
			if !b.Kind.known() {
				return nil, errFrame
			}
			s.at(b.Place)
			s.add(b.Kind, b.Level, b.Text)
		}
		if s.err != nil {
			return nil, s.err
		}
		if a.Last {
			return lastFrame(r, s, a)
		}
	}
}

func lastFrame(r io.Reader, s *sink, a answer) (*Document, error) {
	if n, _ := io.CopyN(io.Discard, r, 1); n > 0 {
		return nil, errFrame
	}
	s.title(a.Title)
	s.language(a.Language)
	s.doc.Pages = min(max(a.Pages, 0), maxPages)
	doc, err := s.finish()
	if err == nil {
		doc.Hidden += min(max(a.Hidden, 0), 1<<30)
	}
	return doc, err
}
