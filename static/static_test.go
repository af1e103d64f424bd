package static_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aimyorg/static"

	"github.com/andybalholm/brotli"
)

// built fails a test that has nothing to look at: an embedded folder that was not built is a broken build.
func built(t *testing.T) {
	t.Helper()
	if missing := static.Missing(); len(missing) > 0 {
		t.Fatalf("not built: %v (npm ci in static, then go run ./static/build)", missing)
	}
}

func plain(t *testing.T, name string) []byte {
	t.Helper()
	body, _, encoding, ok := static.Asset(static.URL(name), "")
	if !ok || encoding != "" || len(body) == 0 {
		t.Fatalf("%s: ok %v, encoding %q, %d bytes", name, ok, encoding, len(body))
	}
	return body
}

func TestAddressesAreHashesOfTheContent(t *testing.T) {
	t.Parallel()
	built(t)
	for _, name := range static.Names {
		url := static.URL(name)
		sum := sha256.Sum256(plain(t, name))
		ext := path.Ext(name)
		want := static.Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
		if url != want {
			t.Errorf("%s is at %s, its content says %s", name, url, want)
		}
		_, contentType, _, _ := static.Asset(url, "")
		if contentType == "" || contentType != static.ContentTypes[ext] {
			t.Errorf("%s has content type %q", name, contentType)
		}
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	built(t)
	for _, c := range []struct{ accept, want string }{
		{"", ""}, {"identity", ""}, {"gzip", "gzip"}, {"br", "br"}, {"gzip, deflate, br, zstd", "br"}, {"GZIP", "gzip"},
		{"br;q=0, gzip", "gzip"}, {"br;q=0.0, gzip ; q=0.5", "gzip"}, {"gzip;q=0", ""}, {"brotli", ""}, {"xgzip", ""}, {"br;q=0.01", "br"},
	} {
		body, _, encoding, ok := static.Asset(static.URL("app.css"), c.accept)
		if !ok || encoding != c.want {
			t.Errorf("Accept-Encoding %q gives %q, want %q", c.accept, encoding, c.want)
			continue
		}
		if !bytes.Equal(unpacked(t, body, encoding), plain(t, "app.css")) {
			t.Errorf("%q: another body", c.accept)
		}
	}
}

func unpacked(t *testing.T, body []byte, encoding string) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	switch encoding {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUnknownIsNotServed(t *testing.T) {
	t.Parallel()
	built(t)
	file := strings.TrimPrefix(static.URL("app.css"), static.Prefix)
	for _, path := range []string{
		"", "/static/", "/static/app.css", "/static/" + static.ManifestName, "/static/.keep", "/static/../static.go", "/static/%2e%2e/static.go",
		"/static/" + file + ".br", "/static/" + file + ".gz", "/static//" + file, static.URL("no.css"),
	} {
		if _, _, _, ok := static.Asset(path, "br"); ok {
			t.Errorf("%q is served", path)
		}
	}
}

// TestA30: nothing of ours needs what the content security policy forbids, or dials out.
func TestA30_A32_StylesheetAndScriptStayInside(t *testing.T) {
	t.Parallel()
	built(t)
	css, js := string(plain(t, "app.css")), string(plain(t, "app.js"))
	for _, bad := range []string{"!important", "@import", "http:", "https:", "data:", "javascript:"} {
		if strings.Contains(css, bad) {
			t.Errorf("app.css contains %s", bad)
		}
	}
	for _, bad := range []string{"eval(", "new Function", "http:", "https:", "cssText", `setAttribute("style"`, "document.write", "localStorage",
		"sessionStorage", "document.cookie", "outerHTML", "insertAdjacentHTML",
		"postMessage", `"message"`, "onmessage", "window.opener", "window.open(", "BroadcastChannel", "window.name"} {
		if strings.Contains(js, bad) {
			t.Errorf("app.js contains %s", bad)
		}
	}
	if n := strings.Count(js, "innerHTML"); n != 1 {
		t.Errorf("app.js parses HTML in %d places, not in fragment alone", n)
	}
	for _, m := range regexp.MustCompile(`url\("?([^)"]+)"?\)`).FindAllStringSubmatch(css, -1) {
		if _, _, _, ok := static.Asset(m[1], ""); !ok {
			t.Errorf("app.css names %s, which is not served", m[1])
		}
	}
}

func TestSpriteHoldsEveryIcon(t *testing.T) {
	t.Parallel()
	built(t)
	sprite := string(plain(t, "icons.svg"))
	for _, name := range static.Icons {
		if !regexp.MustCompile(`<symbol id="` + name + `"[^>]*> *<(path|circle|rect|line|poly|ellipse)`).MatchString(sprite) {
			t.Errorf("no shape for %s", name)
		}
	}
	if strings.Contains(sprite, "<script") || strings.Contains(sprite, "style=") {
		t.Error("the sprite holds more than shapes")
	}
	if !slices.IsSorted(static.Icons) {
		t.Error("static.Icons is not sorted")
	}
}

// TestLockFileNamesNoRegistry: where packages come from is the machine's business, what they are is ours.
func TestLockFileNamesNoRegistry(t *testing.T) {
	t.Parallel()
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("package-lock.json records where packages were fetched: npm install with static/.npmrc")
	}
	if n := bytes.Count(lock, []byte(`"integrity"`)); n < 5 {
		t.Errorf("only %d packages are pinned by their content", n)
	}
}
