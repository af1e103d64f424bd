package storetest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aimyorg/store/localpg"
)

// Scan fails the test for every planted word that lies in the clear in a file under the places, which are files or
// directories: as it is, in hexadecimal (as a dump writes bytes), or in base64 (P31). It fails too when the places hold
// nothing. Words must be of random letters and at least eight bytes long: shorter ones would be found by chance.
func Scan(t testing.TB, words []string, places ...string) {
	t.Helper()
	hits, read, err := Hits(words, places...)
	if err != nil {
		t.Fatal(err)
	}
	if read == 0 {
		t.Fatalf("nothing to scan in %v", places)
	}
	for _, h := range hits {
		t.Error(h)
	}
}

// Hits finds words, and says how many bytes it looked at.
func Hits(words []string, places ...string) (hits []string, read int64, err error) {
	for _, w := range words {
		if len(w) < 8 {
			return nil, 0, fmt.Errorf("the word %q is too short to look for", w)
		}
	}
	for _, place := range places {
		err := filepath.WalkDir(place, func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) && path != place || err == nil && !d.Type().IsRegular() {
				return nil // a database removes files while it runs
			}
			if err != nil {
				return err
			}
			text, err := os.ReadFile(path)
			if os.IsNotExist(err) {
				return nil
			}
			read += int64(len(text))
			hits = append(hits, hitsIn(path, text, words)...)
			return err
		})
		if err != nil {
			return hits, read, err
		}
	}
	return hits, read, nil
}

func hitsIn(path string, text []byte, words []string) []string {
	var out []string
	for _, w := range words {
		for how, form := range forms(w) {
			if at := bytes.Index(text, []byte(form)); at >= 0 {
				out = append(out, fmt.Sprintf("%q lies in the clear (%s) in %s at byte %d", w, how, path, at))
			}
		}
	}
	return out
}

// forms are how a word may be written down. In base64 it depends on what is before it, modulo three bytes; what depends on
// its neighbours is left off.
func forms(w string) map[string]string {
	out := map[string]string{"plain": w, "hex": hex.EncodeToString([]byte(w)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(w))),
		"UTF-16": strings.Join(strings.Split(w, ""), "\x00")}
	for shift := range 3 {
		coded := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), w...))
		from := (shift*8 + 5) / 6
		out[fmt.Sprint("base64+", shift)] = coded[from : len(coded)-len(coded)%4-1]
	}
	return out
}

// Dump writes everything that the cluster holds to a file, as a superuser's backup would, and gives its path.
func Dump(t testing.TB, s *localpg.Server) string {
	t.Helper()
	program := dumper(t)
	path := filepath.Join(t.TempDir(), "dump.sql")
	// Databases that tests of migrations make change while others dump; nothing is planted there.
	out, err := exec.CommandContext(t.Context(), program, "--exclude-database=migrate_*", "--dbname="+s.DSN(localpg.Superuser, "postgres"), "--file="+path).CombinedOutput()
	if err != nil {
		t.Fatalf("pg_dumpall: %v\n%s", err, out)
	}
	return path
}

// dumper is the pg_dumpall beside the server's programs: where they are, where they are linked from, or in PATH.
func dumper(t testing.TB) string {
	t.Helper()
	bin, err := localpg.Find()
	if err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(filepath.Join(bin, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{bin, filepath.Dir(real)} {
		if path, err := exec.LookPath(filepath.Join(dir, "pg_dumpall")); err == nil {
			return path
		}
	}
	path, err := exec.LookPath("pg_dumpall")
	if err != nil {
		t.Fatal(err)
	}
	return path
}
