// Command build writes static/dist: the stylesheet, our script, htmx, the font, the icon sprite and the favicon, each
// named by the hash of its content and compressed with brotli and gzip. It reads static/src and static/node_modules
// (`npm ci` in static/ first) and is run from the module's root: go run ./static/build
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"aimyorg/static"

	"github.com/andybalholm/brotli"
)

// sources says where each asset comes from, under static/. The sprite is made, not copied.
var sources = map[string]string{
	"app.css":               "src/app.css",
	"favicon.svg":           "src/favicon.svg",
	"htmx.min.js":           "node_modules/htmx.org/dist/htmx.min.js",
	"inter-latin.woff2":     "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
	"inter-latin-ext.woff2": "node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}

// scripts are the parts of app.js under static/src/js, in the order in which they are put together.
var scripts = []string{"base.js", "answer.js", "panel.js", "keys.js", "tree.js", "upload.js", "passkey.js", "start.js"}

func main() {
	if err := build("static"); err != nil {
		fmt.Fprintln(os.Stderr, "static/build:", err)
		os.Exit(1)
	}
}

// build makes dist anew under root, so that nothing of an earlier build stays behind.
func build(root string) error {
	bodies, err := collect(root)
	if err != nil {
		return err
	}
	dist := filepath.Join(root, "dist")
	if err := clear(dist); err != nil {
		return err
	}
	manifest := map[string]string{}
	// The stylesheet comes last: it names the fonts by their hashed addresses.
	for _, name := range slices.SortedFunc(maps.Keys(bodies), stylesLast) {
		body := addresses(bodies[name], manifest)
		manifest[name] = hashed(name, body)
		if err := write(filepath.Join(dist, manifest[name]), body); err != nil {
			return err
		}
	}
	index, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, static.ManifestName), index, 0o644)
}

func stylesLast(a, b string) int {
	if x, y := strings.HasSuffix(a, ".css"), strings.HasSuffix(b, ".css"); x != y {
		if x {
			return 1
		}
		return -1
	}
	return strings.Compare(a, b)
}

// collect reads every asset that static.Names lists.
func collect(root string) (map[string][]byte, error) {
	bodies := map[string][]byte{}
	for _, name := range static.Names {
		var err error
		switch name {
		case "icons.svg":
			bodies[name], err = sprite(filepath.Join(root, "node_modules/lucide-static/icons"))
		case "inter-basic.woff2":
			bodies[name], err = basic(root)
		case "app.js":
			bodies[name], err = script(filepath.Join(root, "src/js"))
		default:
			bodies[name], err = os.ReadFile(filepath.Join(root, sources[name]))
		}
		if err != nil {
			return nil, fmt.Errorf("%w (run npm ci in %s)", err, root)
		}
	}
	bodies["htmx.min.js"] = sourceMap.ReplaceAll(bodies["htmx.min.js"], nil)
	return bodies, nil
}

// basicRanges are the characters of nearly every page: printable ASCII and the punctuation of our own texts. app.css names the
// same as the font's unicode-range.
var basicRanges = []string{"20-7E", "A0", "B7", "D7", "2013-2014", "2018-2019", "201C-201D", "2026", "2190", "2192", "20AC"}

// basic is the typeface cut down to them, a third of the size, so that a first page stays small.
func basic(root string) ([]byte, error) {
	args := append([]string{filepath.Join(root, "build/subset.mjs"), filepath.Join(root, sources["inter-latin.woff2"])}, basicRanges...)
	return exec.Command("node", args...).Output() //nolint:noctx // a build has nothing to cancel it
}

var (
	sourceMap = regexp.MustCompile(`(?m)^//# sourceMappingURL=.*\n?`) // the map is not served
	outerSVG  = regexp.MustCompile(`(?s)^.*?<svg[^>]*>(.*)</svg>\s*$`)
	cssURL    = regexp.MustCompile(`url\("([a-z0-9.-]+)"\)`)
	spaces    = regexp.MustCompile(`\s+`)
)

// sprite makes one file of symbols out of lucide's icons (ISC licence), each under its own name.
func sprite(dir string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg"><!-- lucide, ISC licence -->`)
	for _, name := range static.Icons {
		raw, err := os.ReadFile(filepath.Join(dir, name+".svg"))
		if err != nil {
			return nil, err
		}
		inner := outerSVG.FindSubmatch(raw)
		if inner == nil {
			return nil, fmt.Errorf("icon %s is no svg", name)
		}
		shape := bytes.TrimSpace(spaces.ReplaceAll(inner[1], []byte(" ")))
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, name, shape)
	}
	b.WriteString(`</svg>`)
	return b.Bytes(), nil
}

// script puts the parts of our own script into one function, so that nothing of it is global.
func script(dir string) ([]byte, error) {
	b := bytes.NewBufferString("(() => {\n\"use strict\";\n")
	for _, name := range scripts {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		b.Write(raw)
	}
	b.WriteString("})();\n")
	return b.Bytes(), nil
}

// addresses puts hashed names where a stylesheet names another asset.
func addresses(body []byte, manifest map[string]string) []byte {
	return cssURL.ReplaceAllFunc(body, func(found []byte) []byte {
		if file, ok := manifest[string(cssURL.FindSubmatch(found)[1])]; ok {
			return []byte(`url("` + file + `")`)
		}
		return found
	})
}

// hashed puts the start of the content's SHA-256 into the name: 64 bits are plenty to tell versions apart.
func hashed(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
}

// write saves a body, and beside it each compressed form that is smaller. Fonts are compressed already.
func write(path string, body []byte) error {
	if err := os.WriteFile(path, body, 0o644); err != nil {
		return err
	}
	var br, gz bytes.Buffer
	b := brotli.NewWriterLevel(&br, brotli.BestCompression)
	g, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{b, g} {
		if _, err := w.Write(body); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	for suffix, packed := range map[string][]byte{".br": br.Bytes(), ".gz": gz.Bytes()} {
		if len(packed) >= len(body) {
			continue
		}
		if err := os.WriteFile(path+suffix, packed, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// clear empties dist but for .keep, which keeps the folder in git.
func clear(dist string) error {
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == ".keep" {
			continue
		}
		if err := os.Remove(filepath.Join(dist, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
