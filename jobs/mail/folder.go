package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"aimyorg/domain"
	pages "aimyorg/views/mail"
)

// In development, without a server, mails land in a folder, one file each, which mail programs open. Their names begin
// with the time, as ids do.

const extension = ".eml"

func keep(dir string, id domain.ID, msg *gomail.Msg) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return err
	}
	path := filepath.Join(dir, string(id)+extension)
	if err := os.WriteFile(path+".part", b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path) // who looks meanwhile sees a whole mail or none
}

// Folder reads the mails that landed in a folder, for the page that shows them in development.
type Folder string

// Mails lists them, newest first, at most a hundred.
func (f Folder) Mails() ([]pages.Landed, error) {
	entries, err := os.ReadDir(string(f))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slices.Reverse(entries)
	var out []pages.Landed
	for _, e := range entries {
		id, err := domain.ParseID(strings.TrimSuffix(e.Name(), extension))
		if err != nil || !strings.HasSuffix(e.Name(), extension) {
			continue // somebody else's file, or half of one
		}
		m, err := f.Mail(id)
		if err != nil {
			return nil, err
		}
		if out = append(out, m); len(out) == 100 {
			break
		}
	}
	return out, nil
}

// Mail is one of them.
func (f Folder) Mail(id domain.ID) (pages.Landed, error) {
	raw, err := os.ReadFile(filepath.Join(string(f), string(id)+extension))
	if errors.Is(err, os.ErrNotExist) {
		return pages.Landed{}, domain.ErrNotFound
	}
	if err != nil {
		return pages.Landed{}, err
	}
	return read(id, raw)
}

// read takes a mail apart that write put together.
func read(id domain.ID, raw []byte) (pages.Landed, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return pages.Landed{}, err
	}
	out := pages.Landed{ID: id}
	var words mime.WordDecoder
	for name, to := range map[string]*string{"Subject": &out.Subject, "To": &out.To} {
		if *to, err = words.DecodeHeader(m.Header.Get(name)); err != nil {
			return out, err
		}
	}
	if out.At, err = m.Header.Date(); err != nil {
		return out, err
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return out, err
	}
	return out, parts(multipart.NewReader(m.Body, params["boundary"]), &out)
}

func parts(r *multipart.Reader, out *pages.Landed) error {
	for {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if encoding := part.Header.Get("Content-Transfer-Encoding"); encoding != "quoted-printable" {
			return fmt.Errorf("a part in %q", encoding)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			out.HTML = lines(text)
		} else {
			out.Text = lines(text)
		}
	}
}

// lines ends lines as everything but mail does.
func lines(text []byte) string { return strings.ReplaceAll(string(text), "\r\n", "\n") }
