package handlers_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/jobs/extract/extracttest"
	"aimyorg/store/storetest"
)

// shelf is a site with one collection, and its owner's browser.
type shelf struct {
	*browser
	o          storetest.Organization
	collection domain.ID
	path       string // where files go
}

func newShelf(t testing.TB, options ...func(*handlers.Config)) shelf {
	t.Helper()
	s := newSite(t, append([]func(*handlers.Config){uploads}, options...)...)
	o := storetest.New(t, s.db)
	c := o.Collection(t, domain.CollectionForm{})
	return shelf{s.as(t, o.Owner), o, c, "/knowledge/collections/" + string(c) + "/documents"}
}

func (s shelf) documents(t testing.TB) []domain.Document {
	t.Helper()
	return documents(t, s.db, s.o.Owner, s.collection)
}

// stored are the organization's sealed files.
func (s shelf) stored(t testing.TB) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(storetest.At(t).Dir, "files", string(s.o.Owner.Tenant()), "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestUploadManyFilesOfWhichSomeAreWrong(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	files := []file{{"good.txt", "Words that are kept."}, {"empty.txt", ""}, {"lies.pdf", "<html><body>no pdf</body></html>"},
		{"odd.exe", "MZ\x00\x00"}, {"locked.docx", string(extracttest.EncryptedOffice())}, {"also.csv", "a,b\n1,2\n"}}
	a := s.upload(s.path, files)
	a.must(t, 422, "“empty.txt”: The file is empty.", "“lies.pdf”: The file&#39;s content is not what its name says.",
		"“odd.exe”: Files of this type can&#39;t be read.",
		"“locked.docx”: The file is protected with a password.", "good.txt", "also.csv", "4 things need your attention")
	if n := len(s.documents(t)); n != 2 {
		t.Errorf("%d documents", n)
	}
	if n := len(s.stored(t)); n != 2 {
		t.Errorf("%d files stay", n)
	}
	a = s.upload(s.path, files[:1], "HX-Request", "true")
	a.must(t, 200, "<tr", "good.txt", "!<html", "!needs your attention")
	a = s.upload(s.path, files[1:2], "HX-Request", "true")
	a.must(t, 422, "error-summary", `data-code="empty"`, "The file is empty.", "!<html")
	s.upload(s.path, files[:1]).must(t, 303)
	s.upload(s.path, []file{{"", ""}}).must(t, 422, "Choose a file first.")
	s.upload(s.path, nil).must(t, 422, "Choose a file first.")
	if n := len(s.stored(t)); n != 4 {
		t.Errorf("%d files stay", n)
	}
}

// What was uploaded comes back byte for byte, and lies sealed meanwhile.
func TestP12_OriginalsAreKeptAsTheyWereAndSealed(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	const canary = "CanaryOfTheOriginal"
	body := strings.Repeat(canary+" 0123456789\n", 30_000)
	s.upload(s.path, []file{{"notes.txt", body}}).must(t, 303)
	d := s.documents(t)[0]
	a := s.get("/knowledge/documents/"+string(d.ID)+"/original?version=1").must(t, 200)
	if sha256.Sum256([]byte(a.body)) != sha256.Sum256([]byte(body)) {
		t.Error("the download differs")
	}
	if got := a.header.Get("Content-Length"); got != fmt.Sprint(len(body)) {
		t.Error("length", got)
	}
	for _, path := range s.stored(t) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), canary) || strings.Contains(path, "notes") {
			t.Error("the file lies in the clear")
		}
	}
	// A file that was cut on the disk breaks the download; it does not end it.
	path := s.stored(t)[0]
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/knowledge/documents/"+string(d.ID)+"/original", nil)
	r.Header.Set("Cookie", s.cookie)
	res, err := s.client.Do(r)
	if err != nil {
		return // broken before it began
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusOK {
		t.Errorf("%d bytes came as if they were all", len(got))
	}
}

func TestA55_EncodedBodies(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.upload(s.path, []file{{"a.txt", "words"}}, "Content-Encoding", "gzip").must(t, 415)
	s.send("POST", s.path, strings.NewReader(`{"files":1}`), "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin").must(t, 415)
	s.send("POST", s.path, strings.NewReader("x"), "Content-Type", "multipart/form-data", "Sec-Fetch-Site", "same-origin").must(t, 400)
	if len(s.documents(t)) != 0 || len(s.stored(t)) != 0 {
		t.Error("something was saved")
	}
}

// A bomb of 300 KB that would be 300 MB, sent by nobody, too: it is not unpacked, which would show in the memory that was asked for.
func TestA55_BombsAreNotUnpacked(t *testing.T) { // not parallel: the whole process's memory is measured
	s := newShelf(t)
	var packed bytes.Buffer
	for range 300 { // members follow each other
		z := gzip.NewWriter(&packed)
		_, err := z.Write(make([]byte, 1<<20))
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		b    *browser
		path string
	}{{s.nobody(t), "/sign-in"}, {s.nobody(t), "/sign-up"}, {s.browser, s.path}, {s.browser, "/copilot/messages"}} {
		for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=B"} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var a answer
			for range 20 { // the answer comes, and the connection ends, while the bomb is still sent: it may be lost on the way
				var err error
				if a, err = x.b.try("POST", x.path, bytes.NewReader(packed.Bytes()), "Content-Encoding", "gzip", "Content-Type", kind, "Sec-Fetch-Site", "same-origin"); err == nil {
					break
				}
			}
			runtime.ReadMemStats(&after)
			if asked := after.TotalAlloc - before.TotalAlloc; a.status != 415 || asked > 32<<20 {
				t.Errorf("%s as %s: %d, %d MB asked for", x.path, kind, a.status, asked>>20)
			}
		}
	}
}

// An HTML page that was uploaded is saved, not shown.
func TestA59_DownloadsAreNeverShown(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.upload(s.path, []file{{"page.html", "<!doctype html><html><body><script>alert(1)</script><p>Words</p></body></html>"}}).must(t, 303)
	a := s.get("/knowledge/documents/"+string(s.documents(t)[0].ID)+"/original").must(t, 200)
	for name, want := range map[string]string{"Content-Disposition": `attachment; filename="page.html"; filename*=UTF-8''page.html`,
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Content-Type": "text/html",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A download is not for other sites' pages.
func TestA28_DownloadsFromOtherSites(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.upload(s.path, []file{{"a.txt", "Words inside"}}).must(t, 303)
	path := "/knowledge/documents/" + string(s.documents(t)[0].ID) + "/original"
	for site, status := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200} {
		a := s.get(path, "Sec-Fetch-Site", site)
		if a.status != status || status == 403 && strings.Contains(a.body, "Words inside") {
			t.Errorf("%s: %d", site, a.status)
		}
	}
}

func TestA60_FileNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, shown, header string }{
		{"../../etc/passwd.txt", "passwd.txt", `attachment; filename="passwd.txt"; filename*=UTF-8''passwd.txt`},
		{`C:\temp\a.txt`, "a.txt", `attachment; filename="a.txt"; filename*=UTF-8''a.txt`},
		{"a\r\nSet-Cookie: x=y.txt", "a%0D%0ASet-Cookie: x=y.txt",
			`attachment; filename="a_0D_0ASet-Cookie: x=y.txt"; filename*=UTF-8''a%250D%250ASet-Cookie%3A%20x%3Dy.txt`},
		{"CON.txt", "CON.txt", `attachment; filename="CON.txt"; filename*=UTF-8''CON.txt`},
		{"evil\u202etxt.exe.txt", "eviltxt.exe.txt", `attachment; filename="eviltxt.exe.txt"; filename*=UTF-8''eviltxt.exe.txt`},
		{"übung ;x.txt", "übung ;x.txt", `attachment; filename="_bung _x.txt"; filename*=UTF-8''%C3%BCbung%20%3Bx.txt`},
	} {
		t.Run(c.shown, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.upload(s.path, []file{{c.name, "words"}}).must(t, 303)
			d := s.documents(t)[0]
			if d.Version.FileName != c.shown || d.Title != c.shown {
				t.Errorf("%q %q", d.Version.FileName, d.Title)
			}
			a := s.get("/knowledge/documents/" + string(d.ID) + "/original")
			if got := a.header.Get("Content-Disposition"); got != c.header || a.header.Get("Set-Cookie") != "" {
				t.Errorf("%q", got)
			}
		})
	}
	s := newShelf(t)
	s.upload(s.path, []file{{strings.Repeat("ü", 2500) + ".txt", "words"}}).must(t, 303)
	if d := s.documents(t)[0]; len(d.Version.FileName) > 255 || !strings.HasSuffix(d.Version.FileName, "ü.txt") {
		t.Errorf("%d bytes: %q", len(d.Version.FileName), d.Version.FileName)
	}
}

// What no browser writes: line ends as they are, in either form of the name. Refused or cleaned, never a header of its own.
func TestA60_NamesDoNotSplitAnswers(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for _, disposition := range []string{
		"filename=\"a\r\nSet-Cookie: evil=1\r\n\r\n<script>.txt\"", "filename=\"a\nSet-Cookie: evil=1.txt\"", "filename=\"a\rSet-Cookie: evil=1.txt\"",
		"filename*=UTF-8''a%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>.txt", "filename*=UTF-8''..%2f..%2fetc%2fa%00.txt",
		"filename=\"a\\\"; evil=\\\"\\r\\n.txt\"", "filename=\"\x00\x01a\u0085\u2028b.txt\"", "filename=\"a.txt\"; filename=\"b\r\nX: y.txt\"",
	} {
		body := "--B\r\nContent-Disposition: form-data; name=\"files\"; " + disposition + "\r\n\r\nwords\r\n--B--\r\n"
		a := s.send("POST", s.path, strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=B", "Sec-Fetch-Site", "same-origin")
		if a.status >= 500 || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: %d", disposition, a.status)
		}
	}
	all := s.documents(t)
	for _, d := range all {
		a := s.get("/knowledge/documents/"+string(d.ID)+"/original").must(t, 200)
		got := a.header.Get("Content-Disposition")
		if a.body != "words" || a.header.Get("Set-Cookie")+a.header.Get("X") != "" || strings.ContainsFunc(got+d.Version.FileName, unicode.IsControl) || strings.Contains(d.Version.FileName, "/") {
			t.Errorf("%q: %q, %q", d.Version.FileName, got, a.body)
		}
	}
	if t.Logf("%d were kept", len(all)); len(all) == 0 {
		t.Error("none was kept: this shows little")
	}
}

// raw sends a request's bytes as they are and reads the answer to it, while nothing more comes.
func (s shelf) raw(t testing.TB, head string, body io.Reader) (*http.Response, error) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "POST "+s.path+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(s.base, "http://")+"\r\nCookie: "+s.cookie+
		"\r\nSec-Fetch-Site: same-origin\r\n"+head+"\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.Copy(conn, body) // the server may hang up: that is what is tested
		if _, stays := body.(*strings.Reader); !stays {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil {
		t.Cleanup(func() { _ = res.Body.Close() })
	}
	return res, err
}

const boundary = "Content-Type: multipart/form-data; boundary=B\r\n"

func partHead(name string) string {
	return "--B\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + name + "\"\r\n\r\n"
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestA61_TooMuchIsRefusedEarly(t *testing.T) {
	t.Parallel()
	t.Run("one part of 5 GB", func(t *testing.T) {
		t.Parallel()
		s := newShelf(t)
		body := io.MultiReader(strings.NewReader(partHead("good.txt")+"words\r\n"+partHead("huge.txt")),
			io.LimitReader(zeros{}, domain.MaxFileBytes+17<<20), strings.NewReader("x")) // and then it waits
		res, err := s.raw(t, boundary+"Content-Length: 5368709120", struct{ io.Reader }{body})
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusRequestEntityTooLarge || !res.Close || !strings.Contains(string(raw), "A file may hold 100 MB.") || !strings.Contains(string(raw), "good.txt") {
			t.Errorf("%d %v %.200s", res.StatusCode, res.Close, raw)
		}
		if n := len(s.stored(t)); n != 1 {
			t.Errorf("%d files stay", n)
		}
	})
	t.Run("10,000 parts", func(t *testing.T) {
		t.Parallel()
		s := newShelf(t)
		part := "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n"
		s.send("POST", s.path, strings.NewReader(strings.Repeat(part, 10_000)+"--B--\r\n"), "Content-Type", "multipart/form-data; boundary=B",
			"Sec-Fetch-Site", "same-origin").must(t, 413)
		if n := len(s.stored(t)); n != 0 {
			t.Errorf("%d files stay", n)
		}
	})
	t.Run("51 files", func(t *testing.T) {
		t.Parallel()
		s := newShelf(t)
		files := make([]file, 51)
		for i := range files {
			files[i] = file{fmt.Sprintf("%d.txt", i), "words"}
		}
		s.upload(s.path, files).must(t, 413, "Upload at most 50\u00a0files at once.")
		if n, m := len(s.documents(t)), len(s.stored(t)); n != 50 || m != 50 {
			t.Errorf("%d documents, %d files", n, m)
		}
	})
	t.Run("wrong length", func(t *testing.T) {
		t.Parallel()
		s := newShelf(t)
		body := partHead("good.txt") + strings.Repeat("words ", 20_000) + "\r\n" + partHead("cut.txt") + "half of"
		res, err := s.raw(t, boundary+fmt.Sprintf("Content-Length: %d", len(body)+1000), struct{ io.Reader }{strings.NewReader(body)})
		if err == nil && res.StatusCode < 400 {
			t.Error(res.StatusCode)
		}
		eventually(t, func() bool { return len(s.stored(t)) == 0 })
		if n := len(s.documents(t)); n != 0 {
			t.Errorf("%d documents", n)
		}
	})
	t.Run("shorter than said", func(t *testing.T) {
		t.Parallel()
		s := newShelf(t)
		body := partHead("cut.txt") + "half of"
		res, err := s.raw(t, boundary+fmt.Sprintf("Content-Length: %d", len(body)), strings.NewReader(body))
		if err != nil || res.StatusCode != http.StatusBadRequest {
			t.Error(res, err)
		}
		if len(s.documents(t)) != 0 || len(s.stored(t)) != 0 {
			t.Error("something was saved")
		}
	})
}

// What is left of a body is never read as the next request.
func TestA116_ARefusedBodyEndsTheConnection(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	smuggled := "GET /knowledge HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.base, "http://") + "\r\nCookie: " + s.cookie + "\r\n\r\n"
	for _, head := range []string{"Content-Type: application/json", "Content-Type: multipart/form-data; boundary=B\r\nContent-Encoding: gzip"} {
		body := strings.Repeat("x", 200<<10) + smuggled
		res, err := s.raw(t, head+fmt.Sprintf("\r\nContent-Length: %d", len(body)), strings.NewReader(body))
		if err != nil || res.StatusCode != http.StatusUnsupportedMediaType || !res.Close {
			t.Error(res, err)
		}
	}
	gone := s
	gone.path = "/knowledge/collections/" + string(s.db.NewID()) + "/documents"
	body := strings.Repeat("x", 200<<10) + smuggled
	res, err := gone.raw(t, boundary+fmt.Sprintf("Content-Length: %d", len(body)), strings.NewReader(body))
	if err != nil || res.StatusCode != http.StatusNotFound || !res.Close {
		t.Error(res, err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	host := strings.TrimPrefix(s.base, "http://")
	_, err = fmt.Fprintf(conn, "GET /sign-in HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", host, len(smuggled), smuggled)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := io.ReadAll(conn) // the server hangs up, perhaps with a reset
	if n := strings.Count(string(all), "HTTP/1.1 "); n != 1 || !strings.HasPrefix(string(all), "HTTP/1.1 400") {
		t.Errorf("%d answers: %.100s", n, all)
	}
}

// What is looked at of a file ends anywhere, also inside a character.
func TestFilesLongerThanTheirHead(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	files := make([]file, 4)
	for i := range files {
		files[i] = file{fmt.Sprintf("%d.txt", i), strings.Repeat("a", i) + strings.Repeat("𝔘ü€", 20_000)}
	}
	s.upload(s.path, files).must(t, 303)
	if n := len(s.documents(t)); n != len(files) {
		t.Errorf("%d documents", n)
	}
}

// The name says one thing, the bytes another.
func TestA62_FilesThatLie(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for name, body := range map[string]string{"a.pdf": "MZ\x90\x00\x03\x00", "b.pdf": "<!doctype html><html>", "c.docx": "%PDF-1.4",
		"d.txt":  "\x7fELF\x02\x01",
		"e.xlsx": string(extracttest.DOCX("T", []string{"x"})), "f.html": "%PDF-1.7", "g.md": "\x89PNG\r\n\x1a\n", "h": "words", "i.svg": "<svg/>"} {
		s.upload(s.path, []file{{name, body}}).must(t, 422, "“"+name+"”")
	}
	if len(s.documents(t)) != 0 || len(s.stored(t)) != 0 {
		t.Error("something was saved")
	}
}
