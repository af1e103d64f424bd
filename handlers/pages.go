package handlers

import (
	"errors"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/knowledge"
	"aimyorg/views/layout"
	"aimyorg/views/words"
)

// A page that is written here is a document like any other whose original is the Markdown that was typed.

const markdownType = "text/markdown"

func (q *request) newPage() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	return q.editor(fiber.StatusOK, knowledge.EditorPage{Form: domain.PageForm{Collection: string(id)}})
}

// editor shows the form; the collection that it names must be one that the person may read.
func (q *request) editor(status int, p knowledge.EditorPage) error {
	err := q.read(func(t *store.Tenant) (err error) {
		p.Collections, err = t.Collections()
		return err
	})
	if err != nil {
		return err
	}
	title := "Write a page"
	if p.Document != "" {
		title = "Edit a page"
	}
	if !holds(p.Collections, p.Form.Collection) {
		return domain.ErrNotFound
	}
	return q.pageWith(status, layout.PageProps{Title: title}, knowledge.Editor(p))
}

func holds(all []domain.Collection, id string) bool {
	for _, c := range all {
		if string(c.ID) == id {
			return true
		}
	}
	return false
}

func (q *request) typedPage() domain.PageForm {
	return domain.PageForm{Title: q.typed("title"), Collection: q.exactly("collection"), Text: domain.Prose(q.exactly("text"))}
}

func (q *request) createPage() error {
	here, err := q.param("id")
	if err != nil {
		return err
	}
	p := knowledge.EditorPage{Form: q.typedPage()}
	if p.Form.Collection == "" {
		p.Form.Collection = string(here)
	}
	err = q.read(func(t *store.Tenant) (err error) {
		if _, err = t.Collection(here); err != nil {
			return err
		}
		p.Collections, err = t.Collections()
		return err
	})
	if err != nil {
		return err
	}
	p.Problems = p.Form.Problems()
	if !holds(p.Collections, p.Form.Collection) {
		p.Problems.Add(true, "collection", "unknown", "Choose a collection from the list.")
		p.Form.Collection = string(here)
	}
	var id domain.ID
	err = q.savePage(&p, func(t *store.Tenant, v store.NewVersion) (err error) {
		id, err = t.AddDocument(domain.ID(p.Form.Collection), p.Form.Title, v)
		return err
	})
	if errors.As(err, &p.Problems) {
		return q.editor(fiber.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return q.redirect(documentPath(id))
}

// savePage keeps a page's text as an original and gives it to fn; what is wrong with the form comes back as Problems.
func (q *request) savePage(p *knowledge.EditorPage, fn func(*store.Tenant, store.NewVersion) error) error {
	name := pageFileName(p.Form.Title)
	if _, code, ok := q.Uploads.Sniff(name, []byte(p.Form.Text)); !ok && p.Form.Text != "" {
		p.Problems.Add(true, "text", code, words.Unreadable(code))
	}
	if err := p.Problems.Err(); err != nil {
		return err
	}
	f, err := q.DB.ReceiveFile(q.ctx, q.actor(), strings.NewReader(p.Form.Text))
	if err != nil {
		return err
	}
	err = q.do(func(t *store.Tenant) error {
		return fn(t, store.NewVersion{File: f, FileName: name, MediaType: markdownType, Written: true})
	})
	if err != nil && !errors.Is(err, domain.ErrUnavailable) { // an unknown commit is left to the sweep
		q.DB.DropFile(q.actor(), f)
	}
	return err
}

func pageFileName(title string) string {
	name := cleanFileName(strings.NewReplacer("/", "-", `\`, "-").Replace(title))
	return cutRunes(name, maxFileName-len(".md")) + ".md"
}

// writtenPage is the document in the path, which must be a page that was written here.
func (q *request) writtenPage() (domain.Document, error) {
	d, err := q.document()
	if err == nil && !d.Version.Written {
		err = domain.ErrNotFound
	}
	return d, err
}

// editPage fills the editor with the newest text as it was typed.
func (q *request) editPage() error {
	d, err := q.writtenPage()
	if err != nil {
		return err
	}
	body, err := q.DB.Original(q.ctx, q.actor(), d.Version)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(body, domain.MaxPageBytes+1))
	if err != nil {
		return err
	}
	form := domain.PageForm{Collection: string(d.Collection), Title: d.Title, Text: string(text)}
	return q.editor(fiber.StatusOK, knowledge.EditorPage{Document: d.ID, Form: form})
}

// changePage makes what was typed the newest version.
func (q *request) changePage() error {
	d, err := q.writtenPage()
	if err != nil {
		return err
	}
	p := knowledge.EditorPage{Document: d.ID, Form: q.typedPage()}
	p.Form.Collection = string(d.Collection)
	p.Problems = p.Form.Problems()
	err = q.savePage(&p, func(t *store.Tenant, v store.NewVersion) error {
		if err := t.RenameDocument(d.ID, p.Form.Title); err != nil {
			return err
		}
		return t.AddVersion(d.ID, v)
	})
	if errors.As(err, &p.Problems) {
		return q.editor(fiber.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return q.toNewest(d.ID)
}
