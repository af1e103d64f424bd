package seal_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"sync"
	"testing"

	_ "gocloud.dev/secrets/hashivault"
)

// vault speaks Vault's transit API, as far as the driver uses it, for any number of keys; each test has its own key.
type vault struct {
	mu    sync.Mutex
	calls map[string]int
	down  map[string]bool
	hang  map[string]chan struct{}
	odd   map[string]bool
}

var theVault = &vault{calls: map[string]int{}, down: map[string]bool{}, hang: map[string]chan struct{}{}, odd: map[string]bool{}}

func TestMain(m *testing.M) {
	server := httptest.NewServer(theVault)
	_ = os.Setenv("VAULT_SERVER_URL", server.URL)
	_ = os.Setenv("VAULT_SERVER_TOKEN", "token")
	code := m.Run()
	server.Close()
	os.Exit(code)
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	v.mu.Lock()
	v.calls[name]++
	down, hang, odd := v.down[name], v.hang[name], v.odd[name]
	v.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if down {
		http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
		return
	}
	if odd {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var in struct{ Plaintext, Ciphertext string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, `{"errors":["bad request"]}`, http.StatusBadRequest)
		return
	}
	data, ok := transit(name, strings.Contains(r.URL.Path, "/encrypt/"), in.Plaintext, in.Ciphertext)
	if !ok {
		http.Error(w, `{"errors":["cipher: message authentication failed"]}`, http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func transit(name string, encrypt bool, plaintext, ciphertext string) (map[string]string, bool) {
	key := sha256.Sum256([]byte("vault " + name))
	block, _ := aes.NewCipher(key[:])
	gcm, _ := cipher.NewGCMWithRandomNonce(block)
	if encrypt {
		plain, err := base64.StdEncoding.DecodeString(plaintext)
		return map[string]string{"ciphertext": "vault:v1:" + base64.StdEncoding.EncodeToString(gcm.Seal(nil, nil, plain, nil))}, err == nil
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(ciphertext, "vault:v1:"))
	if err != nil {
		return nil, false
	}
	plain, err := gcm.Open(nil, nil, raw, nil)
	return map[string]string{"plaintext": base64.StdEncoding.EncodeToString(plain)}, err == nil
}

func (v *vault) count(name string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.calls[name]
}

func (v *vault) set(m map[string]bool, name string, on bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m[name] = on
}

func (v *vault) stall(name string, until chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hang[name] = until
}
