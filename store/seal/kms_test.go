package seal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aimyorg/store/seal"
)

const localAddress = "base64key://smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4="

func TestP32_ProductionRefusesLocalKeys(t *testing.T) {
	t.Parallel()
	for _, kms := range []string{"", localAddress, "base64key://", "BASE64KEY://x", "file:///key", "awskms", "hashivault:x", "nonsense"} {
		dir := filepath.Join(t.TempDir(), "keys")
		_, err := seal.Open(t.Context(), seal.Config{KMS: kms, Dir: dir, Production: true, Now: newClock().Now})
		wants(t, err, seal.ErrProduction)
		if err == nil || !strings.Contains(err.Error(), "P32") || strings.Contains(err.Error(), "smGbjm71") {
			t.Errorf("%s: %v", kms, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a refused start left a key directory")
		}
	}
}

func TestP32_ProductionOpensAKeyManagementService(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	conf := seal.Config{KMS: "hashivault://production", Dir: dir, Production: true}
	r := open(t, conf)
	b := tenant(t, r, org)
	opens(t, box(t, open(t, conf), org), here, sealed(t, b, here, "plan"), "plan")
	must(t, r.Verify(t.Context()))
	must(t, os.Chmod(dir, 0o755))
	_, err := seal.Open(t.Context(), seal.Config{KMS: conf.KMS, Dir: dir, Production: true, Now: newClock().Now})
	wants(t, err, seal.ErrProduction)
}

func TestP32_AddressesNeverShowInErrors(t *testing.T) {
	t.Parallel()
	for _, kms := range []string{"base64key://c2VjcmV0LWtleQ==", "base64key://c2VjcmV0LWtleQ==?x=1", "c2VjcmV0LWtleQ==", "base64key://c2VjcmV0LWtleQ==%zz", "gcpkms://c2VjcmV0LWtleQ=="} {
		_, err := seal.Open(t.Context(), seal.Config{KMS: kms, Dir: t.TempDir(), Now: newClock().Now})
		if !errors.Is(err, seal.ErrKMS) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", kms, err)
		}
	}
}

func TestP32_LocalKeyOfOthersIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, seal.Config{Dir: dir})
	must(t, os.Chmod(filepath.Join(dir, "local.key"), 0o644))
	_, err := seal.Open(t.Context(), seal.Config{Dir: dir, Now: newClock().Now})
	if err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("a key that others can read: %v", err)
	}
}

func TestP62_ReadsGoOnFromTheCacheForAnHour(t *testing.T) {
	t.Parallel()
	const key = "outage"
	clock := newClock()
	r := open(t, seal.Config{KMS: "hashivault://" + key, Now: clock.Now})
	b := tenant(t, r, org)
	s := sealed(t, b, here, "plan")
	must(t, r.Verify(t.Context()))
	theVault.set(theVault.down, key, true)
	clock.pass(59 * time.Minute)
	opens(t, b, here, s, "plan")
	must(t, b.CreatePerson(t.Context(), ann))
	wants(t, r.Verify(t.Context()), seal.ErrKMS)
	wants(t, r.CreateTenant(t.Context(), other), seal.ErrKMS)
	clock.pass(time.Minute)
	_, err := b.Open(here, s)
	wants(t, err, seal.ErrKMS)
	theVault.set(theVault.down, key, false)
	opens(t, b, here, s, "plan")
	must(t, r.Verify(t.Context()))
}

func TestPeopleCostNoCallToTheKMS(t *testing.T) {
	t.Parallel()
	const key = "thrifty"
	r := open(t, seal.Config{KMS: "hashivault://" + key})
	b := tenant(t, r, org)
	calls := theVault.count(key)
	for i := range 20 {
		person := fmt.Sprintf("person-%d", i)
		must(t, b.CreatePerson(t.Context(), person))
		s, err := b.SealFor(person, here, []byte("x"))
		must(t, err)
		opens(t, box(t, r, org), here, s, "x")
	}
	if now := theVault.count(key); now != calls {
		t.Errorf("%d calls", now-calls)
	}
}

func TestOddAnswerOfTheKMSIsAnError(t *testing.T) {
	t.Parallel()
	const key = "odd"
	r := open(t, seal.Config{KMS: "hashivault://" + key})
	theVault.set(theVault.odd, key, true)
	wants(t, r.Verify(t.Context()), seal.ErrKMS)
	wants(t, r.CreateTenant(t.Context(), org), seal.ErrKMS)
}

func TestAnotherKEKOpensNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, seal.Config{KMS: "hashivault://first", Dir: dir})
	_, err := seal.Open(t.Context(), seal.Config{KMS: "hashivault://second", Dir: dir, Now: newClock().Now})
	wants(t, err, seal.ErrKMS)
}

// Whoever can write the key directory can't give one organization another's key.
func TestP27_RootOfAnotherOrganizationDoesNotLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, seal.Config{Dir: dir})
	must(t, r.CreateTenant(t.Context(), org))
	must(t, os.CopyFS(filepath.Join(dir, other), os.DirFS(filepath.Join(dir, org))))
	_, err := r.Tenant(t.Context(), other)
	wants(t, err, seal.ErrSealed)
}

func TestP27_KeyOfAnotherPersonDoesNotLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := tenant(t, open(t, seal.Config{Dir: dir}), org)
	must(t, b.CreatePerson(t.Context(), ann))
	files, _ := filepath.Glob(filepath.Join(dir, org, ann+"-*"))
	must(t, os.Rename(files[0], strings.Replace(files[0], ann, bob, 1)))
	_, err := b.SealFor(bob, here, nil)
	wants(t, err, seal.ErrSealed)
}

func TestP31_NothingReadableLiesInTheKeyDirectory(t *testing.T) {
	t.Parallel()
	const canary = "QZXCANARYPLAINTEXT"
	dir := t.TempDir()
	r := open(t, seal.Config{Dir: dir, KMS: localAddress})
	b := tenant(t, r, org)
	must(t, b.CreatePerson(t.Context(), ann))
	s, err := b.SealFor(ann, here, []byte(canary))
	must(t, err)
	text, err := b.SealText(here, canary)
	must(t, err)
	r.Lookup(canary + "@example.org")
	files := contents(t, dir)
	files["a sealed value"], files["a sealed text"] = string(s), string(text)
	secrets := []string{canary, string(r.Secret("cookie", 32)), "smGbjm71", string(r.Lookup(canary))}
	if len(files) < 6 {
		t.Fatalf("only %d files searched", len(files))
	}
	for name, data := range files {
		for _, secret := range secrets {
			if strings.Contains(data, secret) || strings.Contains(name, secret) {
				t.Errorf("%s holds a secret", name)
			}
		}
	}
}

func TestP32_KeyFilesBelongToTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	b := tenant(t, open(t, seal.Config{Dir: dir}), org)
	must(t, b.CreatePerson(t.Context(), ann))
	must(t, b.ShredPerson(t.Context(), ann))
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	}))
}

func TestP31_NothingThatHoldsKeysPrints(t *testing.T) {
	t.Parallel()
	conf := seal.Config{KMS: localAddress, Dir: t.TempDir(), Now: newClock().Now}
	r := open(t, conf)
	b := tenant(t, r, org)
	w, err := b.SealingWriter(here, discard{})
	must(t, err)
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{conf, &conf, r, b, w} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			if got := fmt.Sprintf(verb, v); got != "[sealed]" {
				t.Errorf("%T with %s: %.80s", v, verb, got)
			}
		}
		out.Reset()
		log.Info("x", "v", v)
		data, err := json.Marshal(v)
		if err != nil || string(data) != `"[sealed]"` || !strings.Contains(out.String(), `"v":"[sealed]"`) {
			t.Errorf("%T: json %.80s, %v, log %.80s", v, data, err, out.String())
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// contents reads every file below dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = string(data)
		return err
	}))
	return found
}
