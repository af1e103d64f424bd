package handlers_test

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"aimyorg/handlers"
	"aimyorg/llm/llmtest"
)

// FuzzAppendEvent: a browser makes of an encoded event exactly that event, its line ends normalised (PROMISES §7), and is
// then ready for the next.
func FuzzAppendEvent(f *testing.F) {
	for _, s := range []string{"", "a\r\nb\rc\nd", "\n\n", "\r", "event: x\n\nid: 9\n\nretry: 1", "data:", "\uFEFF\x00", ": c\r\n\r\n"} {
		f.Add(s, 7)
	}
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	f.Fuzz(func(t *testing.T, data string, id int) {
		one := handlers.AppendEvent(nil, handlers.EventBlock, id, data)
		two := handlers.AppendEvent(slices.Clone(one), handlers.EventDone, -1, "end")
		want := []llmtest.Event{{Name: "block", Data: lines.Replace(data)}, {Name: "done", Data: "end"}}
		if id >= 0 {
			want[0].ID, want[1].ID = strconv.Itoa(id), strconv.Itoa(id)
		}
		if got := llmtest.ParseEvents(string(two)); !slices.Equal(got, want) {
			t.Fatalf("%q is read as %q", two, got)
		}
		for line := range strings.Lines(string(one)) {
			field, _, _ := strings.Cut(line, " ")
			if line != "\n" && !slices.Contains([]string{"event:", "id:", "data:"}, field) {
				t.Fatalf("line %q", line)
			}
		}
	})
}

// FuzzLastEventID: a browser's hint is an offset, or none.
func FuzzLastEventID(f *testing.F) {
	for _, s := range []string{"", "0", "17", "-1", "99999999999999999999", "1e3", "0x10", " 7", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := handlers.LastEventID(s)
		if n < 0 || n > 0 && strings.TrimLeft(strings.TrimPrefix(s, "+"), "0") != strconv.Itoa(n) {
			t.Fatalf("%q is taken for %d", s, n)
		}
	})
}

// FuzzSafeNext: where one goes on to is on this site, for a browser and for whoever decodes it once more (A117).
func FuzzSafeNext(f *testing.F) {
	for _, s := range []string{"/home", "/search?q=a%2Fb", "//evil.example", `/\evil.example`, "/%2f%2fevil.example", "https://evil.example", "/%5cevil",
		"\t//evil.example", "/\t/evil.example", "javascript:x", "/a?next=//evil.example", "/%09/evil.example", "", "/", "/.//evil.example", "/é", "/%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := handlers.SafeNext(next, "/home")
		if got != next && got != "/home" || handlers.SafeNext(got, "/other") != got {
			t.Fatalf("%q became %q", next, got)
		}
		decoded, err := url.PathUnescape(got)
		if err != nil || leaves(got) || leaves(decoded) || strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q goes on to %q", next, got)
		}
	})
}

// leaves says whether a browser that follows this address from a page of ours may end on another site (WHATWG URL §4.4):
// it strips blanks and controls at the ends, drops tabs and line ends, and takes a backslash for a slash.
func leaves(address string) bool {
	address = strings.TrimFunc(address, func(r rune) bool { return r <= ' ' })
	address = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(address)
	scheme, _, some := strings.Cut(address, ":")
	return strings.HasPrefix(address, "//") || some && !strings.ContainsAny(scheme, "/?#")
}

var formTypes = []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""}

// FuzzForm: a form is read as the standard library would read it, or refused as the sender's fault; in whatever pieces it
// comes; and only what the route names is taken.
func FuzzForm(f *testing.F) {
	f.Add(formTypes[0], []byte("name=a+b&name=%C3%BC&role=owner"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nname\r\n\r\na\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na"))
	f.Add("text/plain", []byte("name=a"))
	f.Add("multipart/form-data", []byte("--\r\n"))
	f.Add("application/x-www-form-urlencoded", bytes.Repeat([]byte("&a"), 700))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		form, status := handlers.ParseForm(contentType, bytes.NewReader(body), "name", "text")
		again, statusAgain := handlers.ParseForm(contentType, iotest.OneByteReader(bytes.NewReader(body)), "name", "text")
		if status != statusAgain || fmt.Sprint(form) != fmt.Sprint(again) {
			t.Fatalf("%d %q, byte by byte %d %q", status, form, statusAgain, again)
		}
		if status != 0 {
			if status < 400 || status > 499 || form != nil {
				t.Fatalf("refused with %d, %q", status, form)
			}
			return
		}
		size := 0
		for name, values := range form {
			if name != "name" && name != "text" {
				t.Fatalf("the field %q was taken", name)
			}
			size += len(strings.Join(values, ""))
		}
		if size > min(len(body), handlers.MaxForm) {
			t.Fatalf("%d bytes in fields, of %d", size, len(body))
		}
		if want, ok := standardForm(contentType, body); ok {
			for _, name := range []string{"name", "text"} {
				if !slices.Equal(form[name], want[name]) {
					t.Fatalf("%s is %q, want %q", name, form[name], want[name])
				}
			}
		}
	})
}

// standardForm is a plain form as net/http reads it.
func standardForm(contentType string, body []byte) (url.Values, bool) {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, false
	}
	r, err := http.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	r.Header.Set("Content-Type", contentType)
	return r.PostForm, r.ParseForm() == nil && len(r.PostForm) > 0
}

// FuzzUpload: the parts of an upload have names that can be shown, hold no more than was sent, or are refused as the
// sender's fault.
func FuzzUpload(f *testing.F) {
	part := func(head string) []byte { return []byte("--b\r\n" + head + "\r\n\r\nbody\r\n--b--\r\n") }
	f.Add(part(`Content-Disposition: form-data; name="files"; filename="../../a\\b.pdf"`))
	f.Add(part("Content-Disposition: form-data; name=files; filename*=UTF-8''%e2%80%aefdp.exe"))
	f.Add(part("Content-Disposition: form-data; name=\"files\"\r\nContent-Type: \x00"))
	f.Add(part("no colon"))
	f.Add([]byte("--b\r\n\r\n--b\r\n\r\n--b--"))
	f.Add([]byte("--c\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		read := 0
		status := handlers.Parts(bytes.NewReader(body), "b", func(_, file string, content []byte) {
			read += len(content)
			shown(t, file)
		})
		if status != 0 && (status < 400 || status > 499) || read > len(body) {
			t.Fatalf("status %d, %d bytes of %d", status, read, len(body))
		}
	})
}

// shown fails unless a file's name can stand in a page and a header, and leads nowhere.
func shown(t *testing.T, name string) {
	t.Helper()
	bad := func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == '/' || r == '\\'
	}
	if len(name) > 255 || !utf8.ValidString(name) || strings.ContainsFunc(name, bad) || name == "." || name == ".." {
		t.Fatalf("the name %q", name)
	}
}

// FuzzFileName: a name of a file is cleaned once and for all, and a browser that saves the file gets that name (A60).
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"../../x", "a\r\nSet-Cookie: b", "CON", "a\u202efdp.exe", strings.Repeat("ü", 300) + ".pdf", `C:\a\b.docx`, "..", `a"b;c%d`, "\xff.txt", " . ", "a/.. "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean := handlers.CleanFileName(name)
		shown(t, clean)
		if again := handlers.CleanFileName(clean); again != clean {
			t.Fatalf("%q becomes %q, then %q", name, clean, again)
		}
		header := handlers.Attachment(name)
		kind, params, err := mime.ParseMediaType(header)
		if clean == "" {
			clean = "file"
		}
		if err != nil || kind != "attachment" || params["filename"] != clean || len(params) != 1 || strings.ContainsFunc(header, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q: %v %q", header, err, params)
		}
	})
}

// FuzzCookie: a Cookie header names the one session that was sealed for it, or nobody (A20).
func FuzzCookie(f *testing.F) {
	cookies := handlers.NewCookies()
	value := cookies.Sealed("__Host-sid", "the token")
	ours, elsewhere := "__Host-sid="+value, "__Host-sid="+cookies.Sealed("other", "another token")
	for _, s := range []string{ours, elsewhere, "a=b; " + ours, ours + "; " + elsewhere, ours[:len(ours)-1], ours + "=", "__Host-sid=", "__host-sid=x", ";;;", `__Host-sid="` + value + `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if token, ok := cookies.Token(header); ok && token != "the token" {
			t.Fatalf("%q is taken for %q", header, token)
		}
		if token, ok := cookies.Token(ours + "; " + header); !ok || token != "the token" {
			t.Fatalf("with %q behind ours: %q", header, token)
		}
	})
}

// FuzzPeer: who asks is an address without ornaments, or unknown; and what a peer writes before what a proxy appended has no influence (A1).
func FuzzPeer(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "203.0.113.9, 10.0.0.7", "x, 203.0.113.9", "10.0.0.1,10.0.0.2", "fe80::1%<b>", "::ffff:192.0.2.1", ",", ""} {
		f.Add(s, "198.51.100.1")
	}
	proxies := []string{"10.0.0.0/8", "2001:db8::1"}
	f.Fuzz(func(t *testing.T, said, forged string) {
		who := handlers.Peer(said, proxies)
		ip, err := netip.ParseAddr(who)
		if who != "unknown" && (err != nil || ip.String() != who || ip.Zone() != "" || ip.Is4In6()) {
			t.Fatalf("%q is %q", said, who)
		}
		own := err == nil && !netip.MustParsePrefix(proxies[0]).Contains(ip) && who != proxies[1]
		if again := handlers.Peer(forged+","+said, proxies); own && again != who {
			t.Fatalf("%q before %q makes %q of %q", forged, said, again, who)
		}
	})
}
