package handlers

import (
	"net/url"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/leave"
)

// showLeaving shows the whole address of a link that leaves the site, and waits for a click (A83). Only links that we
// rendered are served: it is no open redirector (A84).
func (q *request) showLeaving() error {
	to := q.queryExactly("to")
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !q.links.valid(to, q.query("sig")) {
		return domain.ErrNotFound
	}
	q.c.Set("Referrer-Policy", "no-referrer")
	return q.public(200, "Leaving", leave.Leave(leave.Page{Address: to, Host: u.Host, Plain: u.Scheme == "http"}))
}

// LinkFor is the signed address of the page for a link, for tests.
func LinkFor(db *store.DB, address string) string {
	return newLinkSigner(db.Secret("out links", 32)).link(address)
}
