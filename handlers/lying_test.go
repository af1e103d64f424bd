package handlers_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// liar is an identity provider that tells the truth, but for what a test makes it say. What no provider does by itself is said
// by this one; that real ones are understood is shown with one that nobody here wrote (see realProvider).
type liar struct {
	*httptest.Server
	mu     sync.Mutex
	key    *rsa.PrivateKey
	kid    string
	codes  map[string]url.Values // by code: what was asked
	spent  map[string]bool
	who    map[string]any                      // the claims of whoever signs in
	lie    func(header, claims map[string]any) // changes a token before it is signed
	raw    func(token string) string           // changes it after
	about  func(map[string]any)                // changes the description
	answer http.HandlerFunc                    // takes the place of the token's endpoint
	keys   int                                 // how often the keys were read
}

func newLiar(t testing.TB) *liar {
	t.Helper()
	l := &liar{codes: map[string]url.Values{}, spent: map[string]bool{}, kid: "k1", key: firstKey()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", l.describe)
	mux.HandleFunc("GET /keys", l.showKeys)
	mux.HandleFunc("POST /token", l.token)
	l.Server = httptest.NewServer(mux)
	t.Cleanup(l.Close)
	return l
}

// firstKey is what every provider signs with at first: making one takes a fifth of a second of a core. Where it matters that
// two providers' keys differ, a test gives one of them another.
var firstKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (l *liar) describe(w http.ResponseWriter, _ *http.Request) {
	d := map[string]any{"issuer": l.URL, "authorization_endpoint": l.URL + "/authorize", "token_endpoint": l.URL + "/token", "jwks_uri": l.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}}
	if l.about != nil {
		l.about(d)
	}
	reply(w, d)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (l *liar) showKeys(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys++
	reply(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": l.kid,
		"n": coded(l.key.N.Bytes()), "e": coded(big.NewInt(int64(l.key.E)).Bytes())}}})
}

func coded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signIn is what the person does there: it takes the address that they were sent to and gives the way back, as path and query.
func (l *liar) signIn(t testing.TB, address string, who map[string]any) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, l.URL+"/authorize?") {
		t.Fatalf("sent to %q, %v", address, err)
	}
	asked := u.Query()
	if asked.Get("code_challenge_method") != "S256" || len(asked.Get("state")) < 32 || len(asked.Get("nonce")) < 32 || asked.Get("response_type") != "code" {
		t.Fatalf("asked %v", asked)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	code := rand.Text()
	l.codes[code], l.who = asked, who
	back, _ := url.Parse(asked.Get("redirect_uri"))
	return back.Path + "?" + url.Values{"code": {code}, "state": {asked.Get("state")}}.Encode()
}

func (l *liar) token(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answer != nil {
		l.answer(w, r)
		return
	}
	code := r.PostFormValue("code")
	asked, ok := l.codes[code]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	id, secret, _ := r.BasicAuth()
	if !ok || l.spent[code] || coded(sum[:]) != asked.Get("code_challenge") || id != asked.Get("client_id") || secret != "hush" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	l.spent[code] = true
	claims := map[string]any{"iss": l.URL, "aud": asked.Get("client_id"), "nonce": asked.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	for k, v := range l.who {
		claims[k] = v
	}
	reply(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": l.sign(claims)})
}

func (l *liar) sign(claims map[string]any) string {
	header := map[string]any{"alg": "RS256", "kid": l.kid, "typ": "JWT"}
	if l.lie != nil {
		l.lie(header, claims)
	}
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	body := coded(h) + "." + coded(c)
	sum := sha256.Sum256([]byte(body))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, l.key, 5, sum[:]) // 5: crypto.SHA256
	out := body + "." + coded(signature)
	if l.raw != nil {
		out = l.raw(out)
	}
	return out
}

// resign signs a token's content with another key, under the same name.
func resign(key *rsa.PrivateKey, token string) string {
	body := token[:strings.LastIndex(token, ".")]
	sum := sha256.Sum256([]byte(body))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, key, 5, sum[:])
	return body + "." + coded(signature)
}
