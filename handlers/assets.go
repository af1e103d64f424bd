package handlers

import (
	"aimyorg/domain"
	"aimyorg/static"
)

// showAsset serves a file that has its content's hash in its name, in the smallest form that the browser takes: it may be
// kept for ever. Anything else under /static/ is not there; no folder is listed (A121).
func (q *request) showAsset() error {
	body, kind, encoding, ok := static.Asset(q.c.Params("*"), q.c.Get("Accept-Encoding"))
	if !ok {
		return domain.ErrNotFound
	}
	q.c.Set("Cache-Control", "public, max-age=31536000, immutable")
	q.c.Set("Vary", "Accept-Encoding")
	q.c.Set("Content-Type", kind)
	if encoding != "" {
		q.c.Set("Content-Encoding", encoding)
	}
	return q.c.Send(body)
}

// showIcon leads to the icon for browsers that ask for it by its old name.
func (q *request) showIcon() error { return q.c.Redirect(static.URL("favicon.svg"), 302) }
