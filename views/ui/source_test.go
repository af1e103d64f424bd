package ui_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aimyorg/static"
)

var comment = regexp.MustCompile(`(?m)^\s*//.*$|\s// .*$`)

// sources gives the text of every template and every hand-written Go file of the views (tests and comments
// aside), by path.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasSuffix(path, "test") {
			return fs.SkipDir // helpers of tests name what is forbidden
		}
		if err != nil || d.IsDir() {
			return err
		}
		written := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_templ.go") && !strings.HasSuffix(path, "_test.go")
		if !written && !strings.HasSuffix(path, ".templ") {
			return nil
		}
		raw, err := os.ReadFile(path)
		found[filepath.ToSlash(path)] = comment.ReplaceAllString(string(raw), "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("only %d sources found: looking in the wrong place", len(found))
	}
	return found
}

// TestA81: HTML goes through unescaped in one place, whose argument has a type of its own.
func TestA81_RawIsUsedOnce(t *testing.T) {
	t.Parallel()
	raw := regexp.MustCompile(`\btempl\.Raw\(`)
	unsafe := regexp.MustCompile(`templ\.(SafeURL|SafeCSS\w*|SafeScript\w*|JSUnsafeFuncCall|JSFuncCall|JSExpression|JSONScript|ComponentScript)\b|html/template`)
	var where []string
	for path, text := range sources(t) {
		for range raw.FindAllString(text, -1) {
			where = append(where, path)
		}
		if m := unsafe.FindString(text); m != "" {
			t.Errorf("%s uses %s", path, m)
		}
	}
	if !slices.Equal(where, []string{"../ui/markdown.go"}) {
		t.Errorf("templ.Raw in %v", where)
	}
}

// TestA30: no template needs what the content security policy forbids.
func TestA30_NoInlineStyleScriptOrHandler(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)\sstyle\s*=|"style"\s*:|<style\b|\son[a-z]+\s*=\s*["{]|hx-on|\bjavascript:|["{]\s*js:|<script(?:[^>]*\bsrc=)?`)
	for path, text := range sources(t) {
		for _, m := range forbidden.FindAllString(text, -1) {
			if path == "../mail/frame.templ" && strings.Contains(m, "style") {
				continue // a mail carries its clothes, and is no page of the site
			}
			if !strings.HasPrefix(m, "<script") || !strings.Contains(m, "src=") {
				t.Errorf("%s: %q", path, m)
			}
		}
	}
}

// TestIconsAndAssetsExist: a name that static does not know would be an empty square, or a page without its clothes.
func TestIconsAndAssetsExist(t *testing.T) {
	t.Parallel()
	icon := regexp.MustCompile(`(?i)\bicon(?:\(|:\s*)"([a-z0-9-]+)"`)
	asset := regexp.MustCompile(`static\.URL\("([^"]+)"\)`)
	seen := 0
	for path, text := range sources(t) {
		for _, m := range icon.FindAllStringSubmatch(text, -1) {
			seen++
			if !slices.Contains(static.Icons, m[1]) {
				t.Errorf("%s: no icon %q in static.Icons", path, m[1])
			}
		}
		for _, m := range asset.FindAllStringSubmatch(text, -1) {
			seen++
			if !slices.Contains(static.Names, m[1]) {
				t.Errorf("%s: no asset %q in static.Names", path, m[1])
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d names seen: the test looks in the wrong way", seen)
	}
}
