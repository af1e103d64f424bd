//go:build e2e

package e2e_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"aimyorg/store/storetest"
)

// fill takes all the room that a disk has left, until release.
func fill(t *testing.T, dir string) (release func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	_ = f.Close() // full: what it could say is known
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// noise is text of a size that no disk can make smaller.
func noise(size int) file {
	raw := make([]byte, size/2)
	_, _ = rand.Read(raw) // never fails
	return file{"noise.txt", []byte(hex.EncodeToString(raw))}
}

// notNow holds an answer to being a refusal for the moment, in a sentence.
func (a answer) notNow(t *testing.T, what string) {
	t.Helper()
	if a.status != http.StatusServiceUnavailable || !contains(a.body, `data-code="unavailable"`) || !contains(a.body, "Not available for a moment") {
		t.Errorf("%s: %d\n%s", what, a.status, tail(a.body, 2000))
	}
}

// The disk of the originals is full: uploads are refused with a sentence and leave nothing, everything else works, and
// uploading does again when there is room.
func TestP12_NoRoomForFiles(t *testing.T) {
	t.Parallel()
	p, db := onCluster(t)
	small := storetest.SmallDisk(t, "4m")
	if err := os.Symlink(small, filepath.Join(p.Dir, "data", "files")); err != nil {
		t.Fatal(err)
	}
	m := db.enrolled(t, p, false)
	shelf := m.shelved(travel)
	m.read(shelf)
	m.upload(shelf, noise(20<<20)).notNow(t, "a file larger than the disk")
	m.upload(shelf, tale("heron"), noise(20<<20)).notNow(t, "two files, the second larger than the disk")
	release := fill(t, small)
	m.upload(shelf, tale("heron")).notNow(t, "a small file on a full disk")
	page := m.post("/knowledge/collections/"+shelf+"/pages", url.Values{"title": {"Rules"}, "text": {tale("heron").name}})
	page.notNow(t, "a written page on a full disk")
	if n := db.one("select count(*)::text from document_versions"); n != "1" {
		t.Errorf("%s documents, one was taken", n)
	}
	if left := stored(t, small); len(left) != 1 {
		t.Errorf("the disk holds %v", left)
	}
	if a := m.get("/knowledge/documents/" + m.titled(shelf, travel) + "/original"); a.body != string(travel.body) || m.found("Copenhagen") != 1 {
		t.Errorf("what was taken before can't be read: %d", a.status)
	}
	m.whole(aboutHotels)
	release()
	if a := m.upload(shelf, tale("heron")); a.status != http.StatusSeeOther {
		t.Errorf("with room again: %d", a.status)
	}
	m.read(shelf)
	if n := m.found("heron"); n != 1 {
		t.Errorf("found %d times", n)
	}
}

func stored(t *testing.T, disk string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(disk, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The one disk that holds everything is full, the database too: nothing that was acknowledged is lost, and the product
// comes back by itself when there is room.
func TestNoRoomForAnything(t *testing.T) {
	t.Parallel()
	p, err := start(world.binary, storetest.SmallDisk(t, "160m"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("the product's log ends with\n%s", tail(p.Log.String(), 4000))
		}
	})
	g := nobody(t, p)
	who := somebody(t)
	if a := g.signUp(who, false); a.status != http.StatusSeeOther {
		t.Fatalf("signing up: %d\n%s", a.status, a.body)
	}
	shelf := g.shelved(travel)
	g.read(shelf)
	conversation := g.conversationOf(g.whole(aboutHotels))
	release := fill(t, p.Dir)
	g.upload(shelf, tale("heron")).notNow(t, "an upload")
	taken := g.until503(conversation)
	release()
	poll(t, "the product is ready again", p.Ready)
	if a := founded(t, p, who); a.status != http.StatusSeeOther {
		t.Errorf("signing in: %d", a.status)
	}
	for i, id := range taken {
		if a := g.answered(id); a.status != http.StatusOK {
			t.Errorf("question %d of %d was taken and is lost: %d", i, len(taken), a.status)
		}
	}
	if a := g.upload(shelf, tale("heron")); a.status != http.StatusSeeOther {
		t.Errorf("with room again: %d", a.status)
	}
	g.read(shelf)
	if n := g.found("heron"); n != 1 {
		t.Errorf("found %d times", n)
	}
	g.whole(aboutHotels)
	if contains(p.Log.String(), "panic") {
		t.Error("the log tells of a panic")
	}
}

// until503 asks until a question is refused for the moment, and gives those that were taken.
func (g *guest) until503(conversation string) (taken []string) {
	g.t.Helper()
	long := strings.Repeat("about hotels and harbours ", 100)
	for i := range 500 {
		a := g.post("/copilot/messages", url.Values{"text": {fmt.Sprintf("question%d? %s", i, long)}, "conversation": {conversation}}, "HX-Request", "true")
		switch {
		case a.status == http.StatusOK:
			taken = append(taken, streamLink.FindStringSubmatch(a.body)[1])
			g.followed(taken[len(taken)-1])
		case a.status != http.StatusTooManyRequests:
			a.notNow(g.t, "a question")
			return taken
		}
	}
	g.t.Error("the database still had room")
	return taken
}
