package handlers

import (
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
)

// served are the media types that a download may have; everything else is just bytes (A59).
var served = map[string]bool{
	"application/pdf": true, "text/html": true, "text/markdown": true, "text/plain": true, "text/csv": true, "message/rfc822": true,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   true,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": true,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         true,
}

// downloadOriginal sends a version as it was uploaded (P12): to be saved, never to be shown or run as a page of ours (A59).
func (q *request) downloadOriginal() error {
	if site := q.c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return refusal{403, "cross_site", false} // A28: nor as a picture or script of another site
	}
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var v domain.Version
	err = q.DB.Snapshot(q.ctx, q.actor(), func(t *store.Tenant) (err error) {
		_, _, v, err = q.chosen(t, id)
		return err
	})
	if err != nil {
		return err
	}
	body, err := q.DB.Original(q.ctx, q.actor(), v)
	if err != nil {
		return err
	}
	media := "application/octet-stream"
	if served[v.MediaType] {
		media = v.MediaType
	}
	q.c.Set(fiber.HeaderContentType, media)
	q.c.Set(fiber.HeaderContentDisposition, attachment(v.FileName))
	q.c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'")
	// The length is what was received: a file that was cut short breaks the answer instead of ending it.
	sendStream(q.c, &download{body, connection(q.c), q.DB.Now}, int(v.Bytes))
	return nil
}

// attachment is a Content-Disposition by RFC 6266: the name in ASCII for old readers, and as it is in RFC 8187's form.
func attachment(name string) string {
	name = cleanFileName(name)
	if name == "" {
		name = "file"
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;/`, r) {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// download moves the write deadline with every piece: a slow reader may take its time, one that does not read may not.
type download struct {
	io.ReadCloser
	conn net.Conn
	now  func() time.Time
}

func (d *download) Read(p []byte) (int, error) {
	if err := d.conn.SetWriteDeadline(d.now().Add(slowest)); err != nil {
		return 0, err
	}
	return d.ReadCloser.Read(p)
}

func (d *download) Close() error {
	_ = d.conn.SetWriteDeadline(time.Time{}) // a connection that can't is closed
	return d.ReadCloser.Close()
}
