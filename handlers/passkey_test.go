package handlers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store/storetest"
)

// named gives the site a name: an address of numbers has no passkeys.
func named(c *handlers.Config) {
	_, port, _ := strings.Cut(c.BaseURL.Host, ":")
	c.BaseURL.Host = "localhost:" + port
}

// device is an authenticator with one key, as honest as its fields.
type device struct {
	key          *ecdsa.PrivateKey
	id, handle   []byte
	count        uint32
	origin, rpID string
	unlocked     bool
}

func newDevice(t testing.TB, s *site) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(s.base, "http://"), ":")
	return &device{key: key, id: []byte(s.db.NewID()), origin: "http://localhost:" + port, rpID: "localhost", unlocked: true}
}

var b64 = base64.RawURLEncoding

// asked is what a page's script is told.
type asked struct {
	Token     string
	PublicKey struct {
		Challenge string
		User      struct{ ID string }
	}
}

func (b *browser) begin(path string) asked {
	b.t.Helper()
	a := b.post(path, nil, hx...).must(b.t, 200)
	var out asked
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || out.Token == "" || len(out.PublicKey.Challenge) < 40 {
		b.t.Fatal(a.body, err)
	}
	return out
}

func (d *device) client(kind, challenge string) []byte {
	raw, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	return raw
}

func (d *device) data(extra ...byte) []byte {
	hash := sha256.Sum256([]byte(d.rpID))
	flags := byte(0x01)
	if d.unlocked {
		flags |= 0x04
	}
	if len(extra) > 0 {
		flags |= 0x40
	}
	d.count++
	return append(binary.BigEndian.AppendUint32(append(hash[:], flags), d.count), extra...)
}

// creates makes the device's key for an account and gives the form that brings it.
func (d *device) creates(a asked) url.Values {
	d.handle, _ = b64.DecodeString(a.PublicKey.User.ID)
	point, _ := d.key.PublicKey.Bytes()
	cose := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
	data := d.data(slices.Concat(make([]byte, 16), binary.BigEndian.AppendUint16(nil, uint16(len(d.id))), d.id, cose)...)
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), binary.BigEndian.AppendUint16(nil, uint16(len(data))), data)
	return d.form(a, map[string]any{"clientDataJSON": b64.EncodeToString(d.client("webauthn.create", a.PublicKey.Challenge)),
		"attestationObject": b64.EncodeToString(object)})
}

// signs answers a challenge.
func (d *device) signs(a asked) url.Values {
	client, data := d.client("webauthn.get", a.PublicKey.Challenge), d.data()
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, _ := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	return d.form(a, map[string]any{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(d.handle)})
}

func (d *device) form(a asked, response map[string]any) url.Values {
	id := b64.EncodeToString(d.id)
	raw, _ := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	return url.Values{"token": {a.Token}, "credential": {string(raw)}, "name": {"Laptop"}, "next": {"/account"}}
}

// withPasskey is somebody with a password and a passkey.
func withPasskey(t testing.TB, s *site) (email string, b *browser, d *device) {
	t.Helper()
	email, b = s.member(t)
	d = newDevice(t, s)
	b.post("/account/security/passkeys", d.creates(b.begin("/account/security/passkeys/begin"))).must(t, 303)
	b.get("/account/security").must(t, 200, "Laptop", "no recovery codes")
	return email, b, d
}

func TestPasskeyAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, named, behindProxy)
	email, _, d := withPasskey(t, s)
	b := s.nobody(t)
	b.get("/sign-in").must(t, 200, "data-passkey")
	a := b.post("/sign-in/passkey", d.signs(b.begin("/sign-in/passkey/begin"))).must(t, 303)
	if a.header.Get("Location") != "/account" {
		t.Errorf("went to %q", a.header.Get("Location"))
	}
	b.get("/account").must(t, 200, email)
	b.get("/account/security").must(t, 200, "last used")
}

func TestA10_PasskeysThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, named, behindProxy)
	_, mine, d := withPasskey(t, s)
	_, _, theirs := withPasskey(t, s)
	begin := func() (*browser, asked) { b := s.nobody(t); return b, b.begin("/sign-in/passkey/begin") }
	for name, break_ := range map[string]func(*device){
		"origin":     func(d *device) { d.origin = "http://evil.example" },
		"other port": func(d *device) { d.origin = "http://localhost:1" },
		"sub domain": func(d *device) { d.origin = strings.Replace(d.origin, "localhost", "evil.localhost", 1) },
		"rp id":      func(d *device) { d.rpID = "evil.example" },
		"locked":     func(d *device) { d.unlocked = false },
		"other key":  func(d *device) { d.key = theirs.key },
		"counter":    func(d *device) { d.count-- },
		"copied":     func(d *device) { d.count = 0 },
		"whose":      func(d *device) { d.handle = theirs.handle },
		"no handle":  func(d *device) { d.handle = nil },
		"nobody's":   func(d *device) { d.handle = make([]byte, 32) },
		"short":      func(d *device) { d.handle = d.handle[:16] },
		"another id": func(d *device) { d.id = []byte("another id") },
	} {
		broken := *d
		break_(&broken)
		b, challenge := begin()
		a := b.post("/sign-in/passkey", broken.signs(challenge)).must(t, 422, `data-code="passkey_failed"`)
		if a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: a cookie", name)
		}
	}
	// a challenge counts once, for one purpose, and not when it was never given
	b, challenge := begin()
	b.post("/sign-in/passkey", d.signs(challenge)).must(t, 303)
	b, _ = begin()
	b.post("/sign-in/passkey", d.signs(challenge)).must(t, 422, `data-code="passkey_failed"`)
	b.post("/sign-in/passkey", d.signs(mine.begin("/account/proof/passkey/begin"))).must(t, 422)
	made := challenge
	made.Token, made.PublicKey.Challenge = "made up", "bWFkZSB1cCBtYWRlIHVwIG1hZGUgdXAgbWFkZSB1cA"
	b.post("/sign-in/passkey", d.signs(made)).must(t, 422)
	for _, junk := range []string{"", "{}", "null", strings.Repeat("[", 10_000), `{"id":1}`} {
		_, challenge := begin()
		b.post("/sign-in/passkey", url.Values{"token": {challenge.Token}, "credential": {junk}}).must(t, 422)
	}
	mine.get("/admin/audit").must(t, 200, "Passkey refused")
	// and it still works rightly
	b, challenge = begin()
	b.post("/sign-in/passkey", d.signs(challenge)).must(t, 303)
}

func TestA10_AChallengeIsOfOneSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, named, behindProxy)
	email, mine, d := withPasskey(t, s)
	other := s.as(t, accountsOf(t, s, email)[0].Actor)
	mine.post("/account/proof/passkey", d.signs(other.begin("/account/proof/passkey/begin"))).must(t, 422)
	mine.post("/account/proof/passkey", d.signs(mine.begin("/account/proof/passkey/begin"))).must(t, 204)
	// another organization's device proves nothing here
	_, _, theirs := withPasskey(t, s)
	mine.post("/account/proof/passkey", theirs.signs(mine.begin("/account/proof/passkey/begin"))).must(t, 422)
	// a new passkey for a challenge of somebody else
	thief := s.as(t, storetest.New(t, s.db).Owner)
	thief.post("/account/security/passkeys", newDevice(t, s).creates(mine.begin("/account/security/passkeys/begin"))).must(t, 422)
}

func TestPasskeyAsSecondFactor(t *testing.T) {
	t.Parallel()
	s := newSite(t, named, behindProxy)
	email, _, d := withPasskey(t, s)
	b := s.nobody(t)
	b.post("/sign-in", url.Values{"email": {email}, "password": {goodPassword}, "next": {"/account"}}, "X-Forwarded-For", "192.0.2.60").must(t, 303)
	b.get("/home").must(t, 303)
	b.get("/sign-in/factor?next=%2Faccount").must(t, 200, "Use a passkey", `name="next" value="/account"`, "!Code from your app", "/sign-out")
	broken := *d
	broken.origin = "http://evil.example"
	b.post("/sign-in/factor/passkey", broken.signs(b.begin("/sign-in/factor/passkey/begin"))).must(t, 422, "was not accepted")
	before := b.cookie
	a := b.post("/sign-in/factor/passkey", d.signs(b.begin("/sign-in/factor/passkey/begin"))).must(t, 303)
	if a.header.Get("Location") != "/account" || b.cookie == before {
		t.Errorf("went to %q", a.header.Get("Location"))
	}
	b.get("/account").must(t, 200)
	b.post("/sign-in/factor", url.Values{"code": {"123456"}, "next": {"/account"}}).must(t, 303)
}

func TestPasskeysAreRenamedAndRemovedByTheirOwnPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t, named, behindProxy)
	_, b, d := withPasskey(t, s)
	path := "/account/security/passkeys/" + between(t, b.get("/account/security").body, `id="passkey-`, `"`)
	b.post(path, url.Values{"name": {"My “desk” key"}}).must(t, 303)
	b.get("/account/security").must(t, 200, "My “desk” key", "!Laptop")
	b.post(path, url.Values{"name": {strings.Repeat("é", domain.MaxName+1)}}).must(t, 422, "at most 120 characters")
	for _, stranger := range []*browser{s.as(t, storetest.New(t, s.db).Owner)} {
		stranger.post(path, url.Values{"name": {"Mine"}}).must(t, 404)
		stranger.post(path+"/delete", nil).must(t, 404)
	}
	b.post("/account/security/passkeys", d.creates(b.begin("/account/security/passkeys/begin"))).must(t, 409) // the same again
	b.post(path+"/delete", nil).must(t, 303)
	b.get("/account/security").must(t, 200, "no passkeys yet")
	n := s.nobody(t)
	n.post("/sign-in/passkey", d.signs(n.begin("/sign-in/passkey/begin"))).must(t, 422)
}

// An address of numbers can't have passkeys: no page offers what could not work.
func TestNoPasskeysWithoutAName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).Owner)
	b.get("/account/security").must(t, 200, "need a host name", "!Add a passkey")
	b.get("/account/security/passkeys/new").must(t, 303)
	b.post("/account/security/passkeys", url.Values{"credential": {"{}"}, "token": {"x"}}).must(t, 303)
	s.nobody(t).get("/sign-in").must(t, 200, "!data-passkey")
	s.nobody(t).post("/sign-in/passkey/begin", nil, hx...).must(t, 409)
	s.nobody(t).post("/sign-in/passkey", url.Values{"credential": {"{}"}, "token": {"x"}}).must(t, 422)
}
