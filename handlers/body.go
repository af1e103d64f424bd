package handlers

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"time"

	"aimyorg/domain"
)

// Limits of what is read.
const (
	maxForm   = domain.MaxPageBytes + 64<<10 // a written page and its fields
	maxFields = 600
	slowest   = 30 * time.Second // between two pieces of an upload
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// readForm reads a form's fields, and only those that the route names (A35).
func (q *request) readForm(fields []string) (url.Values, error) {
	return parseForm(q.c.Get("Content-Type"), q.body(readTimeout), bodyLength(q.c), fields)
}

// parseForm reads the named fields of a form of a type; nothing but a form's own types is read (A27). length is how long
// the body is said to be, negative when it isn't said.
func parseForm(contentType string, body io.Reader, length int, fields []string) (url.Values, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if contentType == "" {
		kind, err = "application/x-www-form-urlencoded", nil
	}
	if err != nil {
		return nil, refusal{415, "unknown_type", false}
	}
	var all url.Values
	switch kind {
	case "application/x-www-form-urlencoded":
		all, err = urlencoded(body, length)
	case "multipart/form-data":
		all, err = multipartFields(body, params["boundary"])
	default:
		return nil, refusal{415, "unknown_type", false}
	}
	if err != nil {
		return nil, err
	}
	out := url.Values{}
	for _, f := range fields {
		if v, ok := all[f]; ok {
			out[f] = v
		}
	}
	return out, nil
}

func urlencoded(body io.Reader, length int) (url.Values, error) {
	raw, err := io.ReadAll(io.LimitReader(body, maxForm+1))
	if err != nil {
		return nil, bodyError(err)
	}
	if len(raw) > maxForm {
		return nil, domain.ErrTooLarge
	}
	if len(raw) < length {
		return nil, refusal{400, "bad_form", true} // the rest never came: half a form is none
	}
	if strings.Count(string(raw), "&") > maxFields {
		return nil, refusal{400, "too_many_fields", false}
	}
	v, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, refusal{400, "bad_form", false}
	}
	return v, nil
}

func multipartFields(body io.Reader, boundary string) (url.Values, error) {
	out, left := url.Values{}, int64(maxForm)
	err := parts(body, boundary, func(p *multipart.Part) error {
		raw, err := io.ReadAll(io.LimitReader(p, left+1))
		if left -= int64(len(raw)); left < 0 {
			return domain.ErrTooLarge
		}
		out.Add(p.FormName(), string(raw))
		return err
	})
	return out, err
}

// parts walks a multipart body as it arrives: nothing is spooled to a disk in the clear. The part must be read inside fn.
func parts(body io.Reader, boundary string, fn func(*multipart.Part) error) error {
	if boundary == "" {
		return refusal{400, "bad_form", false}
	}
	r := multipart.NewReader(body, boundary)
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var malformed textproto.ProtocolError // a part's own headers
		if errors.As(err, &malformed) {
			return refusal{400, "bad_form", true}
		}
		if err != nil {
			return bodyError(err)
		}
		if n > maxFields {
			return refusal{413, "too_many_fields", true} // A61
		}
		if err := fn(p); err != nil {
			return bodyError(err)
		}
	}
}

// bodyError makes a broken body the sender's fault, and leaves our own errors as they are.
func bodyError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return refusal{408, "too_slow", true}
	}
	var ref refusal
	if errors.As(err, &ref) {
		return ref
	}
	var head textproto.ProtocolError // of a part (A60)
	if errors.As(err, &head) || errors.Is(err, io.ErrUnexpectedEOF) || strings.HasPrefix(err.Error(), "multipart:") {
		return refusal{400, "bad_form", true}
	}
	return err
}

// body is what the peer sends, as it comes. The server's read deadline is for headers and small forms; here it moves with
// every piece, so that a large body may take its time and a silent peer may not (A112): a person who uploads is waited for
// longer than anybody with a form.
func (q *request) body(patience time.Duration) io.Reader {
	return &patient{bodyStream(q.c), connection(q.c), q.DB.Now, patience}
}

type patient struct {
	io.Reader
	conn     net.Conn
	now      func() time.Time
	patience time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	if p.conn != nil {
		_ = p.conn.SetReadDeadline(p.now().Add(p.patience)) // a connection that can't is closed by its own timeout
	}
	n, err := p.Reader.Read(b)
	if err != nil && err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = refusal{400, "bad_form", true} // a broken chunk, a connection that broke: nothing of ours
	}
	return n, err
}
