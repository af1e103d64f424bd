package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tests of the running product share one folder, so they run one after the other.

// postmaster is the process id of the private PostgreSQL in a data folder.
func postmaster(t testing.TB, env environ) int {
	t.Helper()
	pid, err := postmasterNow(env)
	must(t, err)
	return pid
}

// postmasterNow fails while there is none.
func postmasterNow(env environ) (int, error) {
	b, err := os.ReadFile(filepath.Join(env["DATA_DIR"], "pg", "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(first)
}

func TestServe_starts_fast_and_stops_whole(t *testing.T) {
	env := seeded(t).env
	began := time.Now()
	s := serveIt(t, env)
	s.ready(t, 10*time.Second)
	took := time.Since(began)
	t.Logf("ready %v after the second start", took)
	if took > 5*time.Second { // a second on a machine that does nothing else; see the binary's own measure
		t.Errorf("the second start took %v", took)
	}
	if status, body, err := s.fetch("http://" + s.addr + "/healthz"); err != nil || status != 200 || body != "ok\n" {
		t.Errorf("%d %q %v", status, body, err)
	}
	if out := s.out.String(); !strings.Contains(out, "http://"+s.addr+"/sign-up") || !strings.Contains(out, env["DATA_DIR"]) {
		t.Errorf("it does not say what to do next: %s", out)
	}
	pid := postmaster(t, env)
	began = time.Now()
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.errOut.String())
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if syscall.Kill(pid, 0) == nil {
		t.Error("PostgreSQL is left")
	}
	await(t, "every process to end", 2*time.Second, func() bool { return len(processes(t, env["DATA_DIR"])) == 0 })
	if strings.Contains(s.errOut.String(), `"level":"WARN"`) || strings.Contains(s.errOut.String(), `"level":"ERROR"`) {
		t.Errorf("it complained:\n%s", s.errOut.String())
	}
}

// P62: a database that dies under the product is started again, and the product goes on by itself.
func TestP62_the_database_is_killed(t *testing.T) {
	env := seeded(t).env
	s := serveIt(t, env)
	s.ready(t, 10*time.Second)
	first := postmaster(t, env)
	must(t, syscall.Kill(first, syscall.SIGKILL))
	await(t, "the death to be seen", 5*time.Second, func() bool { return strings.Contains(s.errOut.String(), "ended by itself") })
	// Until the next one takes the folder, a process that the dead one left may still answer who asks whether all is well.
	await(t, "another to be started", 20*time.Second, func() bool {
		second, err := postmasterNow(env)
		return err == nil && second != first
	})
	s.ready(t, 20*time.Second)
	if second := postmaster(t, env); second == first {
		t.Error("the same process")
	}
	if status, _, err := s.fetch("http://" + s.addr + "/privacy"); err != nil || status != 200 {
		t.Errorf("%d %v", status, err)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	await(t, "every process to end", 2*time.Second, func() bool { return len(processes(t, env["DATA_DIR"])) == 0 })
}

// A121: how the process is, is said in its log, to who may send it a signal, and nowhere else.
func TestA121_vitals_by_a_signal(t *testing.T) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1) // so that a product that does not listen does not end the test
	defer signal.Stop(asked)
	s := serveIt(t, seeded(t).env)
	s.ready(t, 10*time.Second)
	must(t, syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	await(t, "a line in the log", 5*time.Second, func() bool { return vitalsLine.MatchString(s.errOut.String()) })
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/metrics", "/vitals"} {
		if status, _, err := s.fetch("http://" + s.addr + path); err != nil || status != http.StatusNotFound {
			t.Errorf("%s: %d %v", path, status, err)
		}
	}
}

var vitalsLine = regexp.MustCompile(`"msg":"vitals","goroutines":[1-9]\d+,"heap":[1-9]\d+,"answers":0\}`)

func TestServe_port_taken(t *testing.T) {
	built(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	env := development(t).with("ADDR", l.Addr().String())
	code, out, errOut := runCommand(t, env, "serve")
	if code != 1 || out != "" || !strings.Contains(errOut, "ADDR") || !strings.Contains(errOut, "address already in use") {
		t.Errorf("exit code %d, %q, %q", code, out, errOut)
	}
	if left := processes(t, env["DATA_DIR"]); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
}

// certificate makes one that nobody but the test trusts.
func certificate(t testing.TB, dir string) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	must(t, os.WriteFile(certFile, certPEM, 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

// P30: TLS 1.3 is spoken and nothing older, and browsers are told to stay with it.
func TestP30_TLS_1_3_only(t *testing.T) {
	cert, key, pool := certificate(t, t.TempDir())
	s := serveIt(t, seeded(t).env.with("TLS_CERT", cert).with("TLS_KEY", key))
	s.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	await(t, "the product to be ready", 10*time.Second, func() bool {
		status, _, err := s.fetch("https://" + s.addr + "/readyz")
		return err == nil && status == 200
	})
	r, err := s.client.Get("https://" + s.addr + "/sign-in") //nolint:noctx // the client has a limit
	must(t, err)
	_ = r.Body.Close()
	hsts := r.Header.Get("Strict-Transport-Security")
	if r.TLS.Version != tls.VersionTLS13 || !strings.Contains(hsts, "max-age=31536000") || !strings.Contains(hsts, "includeSubDomains") {
		t.Errorf("version %x, %q", r.TLS.Version, hsts)
	}
	old := &tls.Dialer{Config: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12}} //nolint:gosec // to be refused
	c, err := old.DialContext(t.Context(), "tcp", s.addr)
	if err == nil {
		_ = c.Close()
		t.Fatal("a client of TLS 1.2 was let in")
	}
	if !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("refused for another reason: %v", err)
	}
	if status, _, err := s.fetch("http://" + s.addr + "/"); err == nil && status < 400 {
		t.Errorf("plain HTTP is answered with %d", status)
	}
}

func TestServe_bad_certificate(t *testing.T) {
	env := seeded(t).env
	built(t)
	none := filepath.Join(t.TempDir(), "none.pem")
	code, _, errOut := runCommand(t, env.with("ADDR", freeAddr(t)).with("TLS_CERT", none).with("TLS_KEY", none), "serve")
	if code != 1 || !strings.Contains(errOut, "TLS: open "+none) {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	await(t, "every process to end", 2*time.Second, func() bool { return len(processes(t, env["DATA_DIR"])) == 0 })
}

// A seed that was first on the folder ends its database with itself: the server beside it takes over.
func TestServe_takes_the_database_over(t *testing.T) {
	env := seeded(t).env
	var quiet output
	owner, err := startPrivate(t.Context(), filepath.Join(env["DATA_DIR"], "pg"), newLog(&quiet))
	must(t, err)
	s := serveIt(t, env)
	s.ready(t, 10*time.Second)
	first := postmaster(t, env)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	must(t, owner.stop(ctx))
	await(t, "another server", 20*time.Second, func() bool {
		b, err := os.ReadFile(filepath.Join(env["DATA_DIR"], "pg", "data", "postmaster.pid"))
		return err == nil && !strings.HasPrefix(string(b), strconv.Itoa(first)+"\n")
	})
	s.ready(t, 10*time.Second)
	s.end(t)
	await(t, "every process to end", 2*time.Second, func() bool { return len(processes(t, env["DATA_DIR"])) == 0 })
}
