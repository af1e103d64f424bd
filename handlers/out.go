package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
)

// linkSigner signs the addresses that leave through /out, so that the page serves only links that we rendered (A84).
type linkSigner struct{ key []byte }

func newLinkSigner(key []byte) *linkSigner { return &linkSigner{key} }

func (l *linkSigner) sign(address string) string {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(address))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// link is the address of the page that shows where an address leads before one goes there.
func (l *linkSigner) link(address string) string {
	return "/out?to=" + url.QueryEscape(address) + "&sig=" + l.sign(address)
}

func (l *linkSigner) valid(address, sig string) bool {
	return hmac.Equal([]byte(sig), []byte(l.sign(address)))
}
