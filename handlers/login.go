package handlers

import (
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"aimyorg/domain"
)

// loginCookie holds, sealed, the token of what a browser at the door was asked and has not answered yet. It goes once the
// answer came; what was asked is over after ten minutes whatever the cookie does (P82).
const loginCookie = "__Host-login"

// askedFor is how long what was asked at the door waits for its answer.
const askedFor = 10 * time.Minute

// keep asks something of the browser: v comes back once, from take, in time.
func (q *request) keep(purpose string, v any) error {
	token, err := q.DB.Challenge(q.ctx, purpose, v, askedFor)
	if err != nil {
		return err
	}
	sealed, err := securecookie.EncodeMulti(loginCookie, token, q.sessions.codecs...)
	if err != nil {
		return err
	}
	q.c.Set("Set-Cookie", sessions.NewCookie(loginCookie, sealed, options(0)).String())
	return nil
}

// take gives what was asked of this browser: ErrNotFound when nothing was, it was answered, or it is too late.
func (q *request) take(purpose string, v any) error {
	c, err := q.cookieRequest().Cookie(loginCookie)
	if err != nil {
		return domain.ErrNotFound
	}
	var token string
	if securecookie.DecodeMulti(loginCookie, c.Value, &token, q.sessions.codecs...) != nil {
		return domain.ErrNotFound
	}
	return q.DB.Answer(q.ctx, purpose, token, v)
}

// forgetAsked removes the cookie, if there is one.
func (q *request) forgetAsked() {
	if q.c.Cookies(loginCookie) == "" {
		return
	}
	q.c.Set("Set-Cookie", sessions.NewCookie(loginCookie, "", options(-1)).String())
}
