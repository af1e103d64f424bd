//go:build e2e

package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aimyorg/trial"
)

// ledgerSum is one organization's line of `aimyorg ledger verify`.
type ledgerSum struct {
	Requests int    `json:"requests"`
	BytesOut int64  `json:"bytes_out"`
	Open     int    `json:"open"`
	Bad      string `json:"first_bad"`
}

func (p *product) ledger(t *testing.T) (sums []ledgerSum) {
	t.Helper()
	out, code := p.run(t, "ledger", "verify")
	if code != 0 {
		t.Errorf("ledger verify: exit code %d\n%s", code, out)
	}
	parse(t, out, &sums)
	return sums
}

func parse(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

// Seeding makes answers and requests of the ledger, and asks nobody.
func TestP47_SeedingSendsNothing(t *testing.T) {
	t.Parallel()
	provider := newCast()
	base, err := provider.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, aiSettings(base)...)
	for _, command := range [][]string{{"seed", "--tenants=2", "--seed=7"}, {"audit", "verify"}, {"db", "audit"}, {"ledger", "verify"}} {
		if out, code := p.run(t, command...); code != 0 {
			t.Errorf("%v: exit code %d\n%s", command, code, out)
		}
	}
	for _, r := range provider.Requests() {
		t.Errorf("a request to the provider: %s", r.Body)
	}
}

func TestHelpListsEverySetting(t *testing.T) {
	t.Parallel()
	p := &product{&trial.Product{Binary: world.binary, Dir: t.TempDir(), Addr: "127.0.0.1:1", Base: "http://localhost:1"}}
	out, code := p.run(t, "--help")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"APP_ENV", "ADDR", "BASE_URL", "DATA_DIR", "DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENROUTER_API_KEY",
		"OPENROUTER_BASE_URL", "MAIL_DIR", "TLS_CERT", "TLS_KEY", "KMS_URL", "KEYS_DIR", "TRUSTED_PROXIES", "seed", "routes", "audit verify", "ledger verify", "db audit"} {
		if !contains(out, name) {
			t.Errorf("--help does not name %s", name)
		}
	}
}

func TestProductionRefusesUnsafeDefaults(t *testing.T) {
	t.Parallel()
	p := &product{&trial.Product{Binary: world.binary, Dir: t.TempDir(), Addr: "127.0.0.1:1", Base: "http://localhost:1",
		Env: []string{"APP_ENV=production", "OPENAI_BASE_URL=http://localhost:2/v1", "MAIL_DIR=/tmp"}}}
	out, errOut, code := p.runAll(t, "serve")
	if code != 2 {
		t.Errorf("exit code %d, want 2\n%s", code, out)
	}
	for _, name := range []string{"DATABASE_URL", "KMS_URL", "KEYS_DIR", "BASE_URL", "TLS_CERT", "OPENAI_BASE_URL", "MAIL_DIR"} {
		if !contains(errOut, name) {
			t.Errorf("%s is not named in\n%s", name, errOut)
		}
	}
}

func TestP30_OnlyTLS13IsSpoken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key, pool := certificate(t, dir)
	p := &product{&trial.Product{Binary: world.binary, Dir: filepath.Join(world.dir, "tls"), Log: &trial.Output{}}}
	t.Cleanup(p.Stop)
	var err error
	if p.Addr, err = trial.FreeAddress(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Base = "https://" + strings.Replace(p.Addr, "127.0.0.1", "localhost", 1)
	p.Env = []string{"TLS_CERT=" + cert, "TLS_KEY=" + key}
	if err := p.Begin(false); err != nil {
		t.Fatal(err)
	}
	dial := func(most uint16) error {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", p.Addr, &tls.Config{RootCAs: pool, ServerName: "localhost", MaxVersion: most})
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	if !trial.Holds(time.Minute, func() bool { return dial(tls.VersionTLS13) == nil }) {
		t.Fatalf("TLS 1.3 does not work\n%s", tail(p.Log.String(), 2000))
	}
	if err := dial(tls.VersionTLS12); err == nil || !contains(err.Error(), "protocol version") {
		t.Errorf("a TLS 1.2 client: %v", err)
	}
}

func certificate(t *testing.T, dir string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}
