package handlers

import (
	"errors"
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"aimyorg/domain"
	"aimyorg/store"
)

// cookieName is the session's cookie (P82). The prefix makes browsers hold it to this host, this path and TLS (localhost is
// taken for safe).
const cookieName = "__Host-sid"

// rowSessions is gorilla's session store over rows: the cookie holds the sealed token of a row and nothing else, so that a
// copied cookie is worth nothing once the row is gone (A14). Expiry is the row's (A18).
type rowSessions struct {
	db     *store.DB
	codecs []securecookie.Codec
}

var _ sessions.Store = (*rowSessions)(nil)

func newRowSessions(db *store.DB) *rowSessions {
	return &rowSessions{db: db, codecs: sealedCookies(db.Secret("session cookie mac", 32), db.Secret("session cookie key", 32))}
}

// sealedCookies signs and seals; the row says when it is over, not the cookie.
func sealedCookies(mac, key []byte) []securecookie.Codec {
	codecs := securecookie.CodecsFromPairs(mac, key)
	for _, c := range codecs {
		if s, ok := c.(*securecookie.SecureCookie); ok {
			s.MaxAge(0)
		}
	}
	return codecs
}

// The keys of a session's values, which live as long as the request.
type valueKey int

const signedInKey valueKey = iota

func options(maxAge int) *sessions.Options {
	return &sessions.Options{Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: maxAge}
}

// Get is the request's session, read once.
func (s *rowSessions) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names; forged, ended and over are all just a new one.
func (s *rowSessions) New(r *http.Request, name string) (*sessions.Session, error) {
	out := sessions.NewSession(s, name)
	out.Options, out.IsNew = options(0), true
	token, ok := s.token(r, name)
	if !ok {
		return out, nil
	}
	who, err := s.db.Session(r.Context(), token)
	if errors.Is(err, domain.ErrSignedOut) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.ID, out.IsNew = token, false
	out.Values[signedInKey] = who
	return out, nil
}

// token is what the request's cookie holds, when we made it.
func (s *rowSessions) token(r *http.Request, name string) (token string, ok bool) {
	c, err := r.Cookie(name)
	if err != nil {
		return "", false
	}
	err = securecookie.DecodeMulti(name, c.Value, &token, s.codecs...)
	return token, err == nil
}

// Save sets the cookie for a session's ID, or with a negative MaxAge removes it. Rows are made and ended by store.
func (s *rowSessions) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		return nil
	}
	v, err := securecookie.EncodeMulti(session.Name(), session.ID, s.codecs...)
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), v, session.Options))
	return nil
}

// cookieRequest is the request as gorilla knows it: its cookies, copied.
func (q *request) cookieRequest() *http.Request {
	r := (&http.Request{Method: http.MethodGet, Header: http.Header{}}).WithContext(q.ctx)
	if v := q.c.Get("Cookie"); v != "" {
		r.Header["Cookie"] = []string{v}
	}
	return r
}

func (s *rowSessions) signedIn(q *request) (store.SignedIn, error) {
	session, err := s.Get(q.cookieRequest(), cookieName)
	if err != nil {
		return store.SignedIn{}, err
	}
	who, ok := session.Values[signedInKey].(store.SignedIn)
	if !ok {
		return store.SignedIn{}, domain.ErrSignedOut
	}
	return who, nil
}

// recalled is whose session the request came with, without a look at it.
func (s *rowSessions) recalled(q *request) (store.SignedIn, bool) {
	token, ok := s.token(q.cookieRequest(), cookieName)
	if !ok {
		return store.SignedIn{}, false
	}
	return s.db.Recall(token)
}

// await lets the stream of an answer begin without another look at the session.
func (q *request) await(answer domain.ID) {
	q.streams.await(answer, q.c.Get("Cookie"), q.who, q.looked)
}

// awaited is whose question the stream that is asked for answers, if it was just asked with these cookies. They were read
// then; that they are the same to the letter is all that is asked now.
func (q *request) awaited() (asker, bool) {
	id, err := q.param("id")
	if err != nil {
		return asker{}, false
	}
	return q.streams.arrive(id, q.c.Get("Cookie"), q.now)
}

// enter sets the cookie of a new session; the id before, if any, is ended, so that a planted one is worth nothing (A15).
func (q *request) enter(token string) error { return q.setCookie(token, 0) }

// leave ends the session's row and removes the cookie.
func (q *request) leave() error {
	if err := q.endRow(); err != nil {
		return err
	}
	return q.setCookie("", -1)
}

// endRow ends the row of the session that the request came with, if it has not ended meanwhile.
func (q *request) endRow() error {
	err := q.do(func(t *store.Tenant) error { return t.EndSession(q.who.Session) })
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	return err
}

func (q *request) setCookie(token string, maxAge int) error {
	session := sessions.NewSession(q.sessions, cookieName)
	session.ID, session.Options = token, options(maxAge)
	w := headerOnly{http.Header{}}
	if err := q.sessions.Save(nil, w, session); err != nil {
		return err
	}
	for _, v := range w.header["Set-Cookie"] {
		q.c.Set("Set-Cookie", v)
	}
	return nil
}

// headerOnly is the part of a ResponseWriter that a cookie needs.
type headerOnly struct{ header http.Header }

func (w headerOnly) Header() http.Header       { return w.header }
func (headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (headerOnly) WriteHeader(int)             {}

// CookieFor is the cookie of a session's token, for tests and tools that sign in without a form.
func CookieFor(db *store.DB, token string) string {
	v, err := securecookie.EncodeMulti(cookieName, token, newRowSessions(db).codecs...)
	if err != nil {
		return ""
	}
	return cookieName + "=" + v
}
