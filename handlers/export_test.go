package handlers

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/gorilla/securecookie"
)

// For fuzzing: the parsers of what comes from outside, without a server around them.

// MaxForm is how many bytes of a form are read.
const MaxForm = maxForm

// SafeNext, CleanFileName, Attachment, LastEventID and Peer are the functions of these names.
var (
	SafeNext      = safeNext
	CleanFileName = cleanFileName
	Attachment    = attachment
	LastEventID   = lastEventID
	Peer          = peer
)

// ParseForm reads a form's named fields, or says with which status it is refused.
func ParseForm(contentType string, body io.Reader, fields ...string) (url.Values, int) {
	v, err := parseForm(contentType, body, -1, fields)
	return v, refusedWith(err)
}

// Parts walks a multipart body's parts with the names that they have for us, or says with which status it is refused.
func Parts(body io.Reader, boundary string, each func(field, file string, content []byte)) int {
	return refusedWith(parts(body, boundary, func(p *multipart.Part) error {
		var content bytes.Buffer
		if _, err := content.ReadFrom(p); err != nil {
			return err
		}
		each(p.FormName(), cleanFileName(p.FileName()), content.Bytes())
		return nil
	}))
}

func refusedWith(err error) int {
	if err == nil {
		return 0
	}
	return answerTo(err).Status
}

// Cookies reads session cookies that were sealed with fixed keys.
type Cookies struct{ sessions *rowSessions }

// NewCookies has keys of its own.
func NewCookies() Cookies {
	return Cookies{&rowSessions{codecs: sealedCookies(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32))}}
}

// Sealed is the cookie's value for a token, under the cookie's name or another.
func (c Cookies) Sealed(name, token string) string {
	v, err := securecookie.EncodeMulti(name, token, c.sessions.codecs...)
	if err != nil {
		panic(err)
	}
	return v
}

// Token is what a request with this Cookie header is taken for.
func (c Cookies) Token(header string) (string, bool) {
	return c.sessions.token(&http.Request{Header: http.Header{"Cookie": {header}}}, cookieName)
}
