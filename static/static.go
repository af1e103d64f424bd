// Package static holds what a browser fetches once and keeps: the stylesheet, the little JavaScript there is, htmx, the
// font, the icons. `go run ./static/build` writes them to static/dist, hashed by content and compressed beforehand with
// brotli and gzip, and this package embeds that folder. Nothing is compressed or hashed while serving.
package static

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// Prefix is where assets are served.
const Prefix = "/static/"

//go:embed all:dist
var dist embed.FS

// Names lists every asset that templates may ask for by URL.
var Names = []string{
	"app.css", "app.js", "htmx.min.js", "icons.svg", "favicon.svg", "inter-basic.woff2", "inter-latin.woff2", "inter-latin-ext.woff2",
}

// ContentTypes says what each kind of asset is. An extension that is not here is not served.
var ContentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

// ManifestName is the file in dist that maps each name to its hashed file.
const ManifestName = "manifest.json"

type asset struct {
	contentType string
	bodies      map[string][]byte // by content encoding; "" is the plain body
}

type assets struct {
	urls  map[string]string // app.css → /static/app.3f2a9c01d2e4.css
	files map[string]asset  // app.3f2a9c01d2e4.css → its bodies
}

// built reads the embedded folder once.
var built = sync.OnceValue(read)

func read() assets {
	a := assets{urls: map[string]string{}, files: map[string]asset{}}
	manifest := map[string]string{}
	raw, err := dist.ReadFile("dist/" + ManifestName)
	if err != nil || json.Unmarshal(raw, &manifest) != nil {
		return a // nothing built yet: Missing says so
	}
	for name, file := range manifest {
		body, err := dist.ReadFile("dist/" + file)
		if err != nil {
			continue
		}
		one := asset{contentType: ContentTypes[file[strings.LastIndexByte(file, '.'):]], bodies: map[string][]byte{"": body}}
		for encoding, suffix := range map[string]string{"br": ".br", "gzip": ".gz"} {
			if packed, err := dist.ReadFile("dist/" + file + suffix); err == nil {
				one.bodies[encoding] = packed
			}
		}
		a.urls[name], a.files[file] = Prefix+file, one
	}
	return a
}

// URL is the address of an asset, with the hash of its content in it, so that it may be kept for ever. A name that is
// not in Names is a mistake in a template, which a test over all templates finds; it gives an address that is not found.
func URL(name string) string {
	if u, ok := built().urls[name]; ok {
		return u
	}
	return Prefix + "missing/" + name
}

// Missing lists the assets that have not been built, so that the program can refuse to start without its clothes on.
func Missing() []string {
	return slices.DeleteFunc(slices.Clone(Names), func(name string) bool { _, ok := built().urls[name]; return ok })
}

// Asset finds an asset by its path under Prefix (with or without it) and picks the smallest form that the browser takes.
// An empty encoding means the plain body. The body is shared: callers must not change it.
func Asset(path, acceptEncoding string) (body []byte, contentType, encoding string, ok bool) {
	a, ok := built().files[strings.TrimPrefix(path, Prefix)]
	if !ok {
		return nil, "", "", false
	}
	for _, encoding := range []string{"br", "gzip"} {
		if body, ok := a.bodies[encoding]; ok && accepts(acceptEncoding, encoding) {
			return body, a.contentType, encoding, true
		}
	}
	return a.bodies[""], a.contentType, "", true
}

// accepts reads an Accept-Encoding header: a coding counts when it is listed and not given a weight of zero.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), encoding) {
			return !refused(weight)
		}
	}
	return false
}

func refused(weight string) bool {
	value, ok := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
	return ok && strings.Trim(value, "0.") == "" && value != ""
}
