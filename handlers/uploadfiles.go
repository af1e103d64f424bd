package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

// upload is the files of one request: those that were received and are what their names say, and what was wrong with the
// others. Files are sealed while they arrive (P12, P31); none belongs to a document before the whole request has come.
type upload struct {
	q        *request
	most     int
	files    []received
	problems domain.Problems
	status   int   // of the answer when there are problems
	err      error // of ours, such as a full disk: nothing of the request is kept
	skipped  int64 // bytes that came after it
}

type received struct {
	store.File
	name, media string
}

// maxDrained is how much of a file that is too large is read past the limit, so that the next file and the answer can
// still go through; a peer that sends more is cut off (A61).
const maxDrained = 16 << 20

// receive takes the files of a multipart body, at most that many. On an error nothing is kept.
func (q *request) receive(most int) (*upload, error) {
	kind, params, err := mime.ParseMediaType(q.c.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, refusal{415, "unknown_type", true}
	}
	u := &upload{q: q, most: most, status: fiber.StatusUnprocessableEntity}
	err = parts(q.body(slowest), params["boundary"], u.part)
	if errors.Is(err, errEnough) {
		closeAfter(q.c) // the rest of the body must not be taken for the next request
		return u, u.err
	}
	if u.err != nil {
		return nil, u.err
	}
	if err != nil {
		u.drop()
		return nil, err
	}
	if len(u.files) == 0 && len(u.problems) == 0 {
		u.problems.Add(true, "files", "required", "Choose a file first.")
	}
	return u, nil
}

// errEnough ends the reading of an upload whose rest is not wanted.
var errEnough = errors.New("upload is over its limits")

// part receives one file of the form; other fields are passed over.
func (u *upload) part(p *multipart.Part) error {
	if u.err != nil {
		return u.skip(p)
	}
	if p.FormName() == ui.MadeForField {
		return u.madeHere(p)
	}
	if p.FormName() != "files" {
		return nil
	}
	name := cleanFileName(p.FileName())
	if len(u.files)+len(u.problems) == u.most {
		u.refuse("", "too_many", fmt.Sprintf("Upload at most %s at once. What came after was not taken.", words.Count(u.most, "file", "files")))
		u.status = fiber.StatusRequestEntityTooLarge
		return errEnough
	}
	body := &broken{Reader: p}
	f, err := u.q.DB.ReceiveFile(u.q.ctx, u.q.actor(), body)
	switch {
	case body.err != nil:
		return body.err
	case errors.Is(err, domain.ErrTooLarge):
		return u.tooLarge(name, p)
	case err != nil:
		u.err = err
		u.drop()
		return u.skip(p)
	case f.Bytes == 0 && p.FileName() == "": // a file field that was left empty
		u.q.DB.DropFile(u.q.actor(), f)
		return nil
	}
	return u.judge(f, name)
}

// madeHere reads which organization the form was made for. It comes before the files.
func (u *upload) madeHere(p *multipart.Part) error {
	tag, err := io.ReadAll(io.LimitReader(p, 100))
	if err != nil {
		return err
	}
	return u.q.madeHere(string(tag))
}

// broken keeps what went wrong with the sender's side apart from what goes wrong with ours.
type broken struct {
	io.Reader
	err error
}

func (b *broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// judge keeps a file that is what its name says (A62); another one is dropped with its reason.
func (u *upload) judge(f store.File, name string) error {
	media, code, ok := u.q.Uploads.Sniff(name, f.Head)
	if !ok {
		u.q.DB.DropFile(u.q.actor(), f)
		u.refuse(name, code, words.Unreadable(code))
		return nil
	}
	u.files = append(u.files, received{f, name, media})
	return nil
}

func (u *upload) tooLarge(name string, rest io.Reader) error {
	u.refuse(name, "too_large", "A file may hold 100 MB. Split it, or save it smaller, and upload that.")
	u.status = fiber.StatusRequestEntityTooLarge
	n, err := io.CopyN(io.Discard, rest, maxDrained)
	if n == maxDrained {
		return errEnough
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// skip reads what comes after an error of ours: a peer that is cut off while it sends never sees the answer that says why.
func (u *upload) skip(rest io.Reader) error {
	n, err := io.CopyN(io.Discard, rest, domain.MaxFileBytes-u.skipped)
	if u.skipped += n; u.skipped >= domain.MaxFileBytes {
		return errEnough
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (u *upload) refuse(name, code, sentence string) {
	if name != "" {
		sentence = "“" + words.Shorten(name, 80) + "”: " + sentence
	}
	u.problems.Add(true, "files", code, sentence)
}

// drop removes what was received and is not wanted.
func (u *upload) drop() {
	for _, f := range u.files {
		u.q.DB.DropFile(u.q.actor(), f.File)
	}
	u.files = nil
}

// keep gives each file to fn, in a transaction of its own. When that fails, the file and those behind it are dropped. A
// file whose commit went astray with the database is left to the sweep: it may belong to a document.
func (u *upload) keep(fn func(*store.Tenant, store.NewVersion) error) error {
	for len(u.files) > 0 {
		f := u.files[0]
		err := u.q.do(func(t *store.Tenant) error {
			return fn(t, store.NewVersion{File: f.File, FileName: f.name, MediaType: f.media})
		})
		if err != nil {
			if errors.Is(err, domain.ErrUnavailable) {
				u.files = u.files[1:]
			}
			u.drop()
			return err
		}
		u.files = u.files[1:]
	}
	return nil
}
