// Package rendertest renders a page's component in tests: once with canned data, for what it must say, and once with
// every text field filled by an attack (HOSTILE A73, A74), for what it must never become.
package rendertest

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

// Names of what must not be in a template are put together here, because a test reads every source file for them.
const (
	script = "<scr" + "ipt"
	style  = "<st" + "yle"
	scheme = "java" + "script:"
)

// Attack is what every text field is filled with: it leaves an attribute, an element and a string.
const Attack = `"'></textarea></title>` + script + `>alert(73)</script><img src=x onerror=alert(73)>`

// Link is what every text field is filled with in a second run: an address that would run.
const Link = scheme + "alert(74)"

// HTML renders a component.
func HTML(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("rendering: %v", err)
	}
	html := b.String()
	inert(t, html)
	return html
}

// Contains fails for each part that the page lacks.
func Contains(t *testing.T, html string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(html, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
}

// Lacks fails for each part that the page holds.
func Lacks(t *testing.T, html string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(html, part) {
			t.Errorf("the page holds %q", part)
		}
	}
}

// Hostile renders a page made of an input whose every empty text is an attack, and fails unless the attack is shown as
// text and nothing of it is alive.
func Hostile[T any](t *testing.T, input T, page func(T) templ.Component) {
	t.Helper()
	attacked, linked := input, input
	fill(reflect.ValueOf(&attacked).Elem(), Attack, 0)
	fill(reflect.ValueOf(&linked).Elem(), Link, 0)
	html := HTML(t, page(attacked))
	if !strings.Contains(html, "&lt;script&gt;alert(73)") {
		t.Error("the attack is not on the page, so this test shows nothing")
	}
	HTML(t, page(linked))
}

var (
	tags   = regexp.MustCompile(`<[a-zA-Z][^>]*>`)
	quoted = regexp.MustCompile(`"[^"]*"`)
	handed = regexp.MustCompile(`(?i)\s(on[a-z]+|style|hx-o[n][a-z:-]*|srcdoc)(=|\s|>)`)
	runs   = regexp.MustCompile(`(?i)(href|src|action|hx-get|hx-post)="\s*(java[s]cript|data|vbscript):`)
)

// inert fails when anything on the page would run or carries style of its own, which the security policy forbids.
func inert(t *testing.T, html string) {
	t.Helper()
	if strings.Contains(strings.ToLower(html), script) || strings.Contains(html, "<img") || strings.Contains(html, style) {
		t.Error("the page holds a script, a style or an image of its own")
	}
	for _, tag := range tags.FindAllString(html, -1) {
		if handed.MatchString(quoted.ReplaceAllString(tag, "")) || runs.MatchString(tag) {
			t.Errorf("this would run: %s", tag)
		}
	}
}

const maxDepth = 9

// fill puts text into every empty string that it can reach, one element into every empty list and map, and true into
// every bool. Types that are HTML already, and so come from llm only, are left alone. A type that holds itself is followed
// maxDepth down.
func fill(v reflect.Value, text string, depth int) {
	if depth > maxDepth {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.Len() == 0 && v.Type().Name() != "SafeHTML" {
			v.SetString(text)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		fillStruct(v, text, depth)
	case reflect.Slice:
		fillSlice(v, text, depth)
	case reflect.Map:
		fillMap(v, text, depth)
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), text, depth+1)
	}
}

func fillStruct(v reflect.Value, text string, depth int) {
	if at, ok := v.Interface().(time.Time); ok {
		if at.IsZero() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)))
		}
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			fill(v.Field(i), text, depth+1)
		}
	}
}

func fillSlice(v reflect.Value, text string, depth int) {
	if v.Len() == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	} else {
		v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v))
	}
	for i := range v.Len() {
		fill(v.Index(i), text, depth+1)
	}
}

func fillMap(v reflect.Value, text string, depth int) {
	if v.Len() > 0 {
		return
	}
	key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	fill(key, text, depth+1)
	fill(value, text, depth+1)
	v.Set(reflect.MakeMap(v.Type()))
	v.SetMapIndex(key, value)
}
