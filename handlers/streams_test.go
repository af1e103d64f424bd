package handlers_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// What happens to streams whose reader may not, does not or should not read on.

func TestA16_RunningStreamsEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *site, storetest.Organization){
		"disabled": func(t *testing.T, s *site, o storetest.Organization) {
			storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(o.People[domain.Staff].Member()) })
		},
		"lowered": func(t *testing.T, _ *site, o storetest.Organization) {
			if _, err := storetest.Superuser(t).Exec(t.Context(), "update members set role = 'auditor' where id = $1", o.People[domain.Staff].Member()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			o := writing(t, s)
			gate := opened()
			defer close(gate)
			s.provider.Script(llmtest.Gated(gate, "One ", "two"))
			b := s.as(t, o.People[domain.Staff])
			b.consent(t)
			_, stream := b.ask("How much may a hotel cost?")
			lines, tab := b.follow(t.Context(), stream), b.follow(t.Context(), stream)
			until(t, lines, "One")
			until(t, tab, "One")
			end(t, s, o)
			begun := time.Now()
			until(t, lines, "event: done")
			until(t, tab, "event: done")
			t.Logf("ended after %v", time.Since(begun).Round(time.Millisecond))
			if all := until(t, b.follow(t.Context(), stream), "event: done"); strings.Contains(all, "One") {
				t.Errorf("can be read again: %s", all)
			}
			want := map[string]int{"disabled": 303, "lowered": 404}[name]
			b.get("/copilot").must(t, want)
			b.get(strings.TrimSuffix(stream, "/stream"), hx...).must(t, map[string]int{"disabled": 204, "lowered": 404}[name], "!One")
		})
	}
}

// What a provider sends never becomes an event, an event's name, an id or a pause of ours: whatever the client's parser takes
// for an event is one of the four, its id is an offset, and the text is all there.
func TestA76_TokensMakeNoEvents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	s.provider.Script(llmtest.Say("begin", "\r", "event: evil", "\r\revent: evil\rdata: x\r\r", "\n\n", "event: evil\ndata: y\n\n", "\r\n\r\nid: 99999999\r\n",
		"retry: 1\n\n", ": comment\n\n", "data: [DONE]\n\n", "\u2028event: evil\u0085event: evil", "id\x00: 1\n", "\n\nevent: done\n\n", "the very end"))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	body := b.get(stream).must(t, 200).body
	var name, text string
	ended := 0
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n"), "\n") {
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "":
		case "event":
			if name = value; name != "block" && name != "open" && name != "state" && name != "done" {
				t.Errorf("an event %q", name)
			}
			if name == "done" {
				ended++
			}
		case "id":
			if len(value) > 4 {
				t.Errorf("an id %q", value)
			}
		case "data":
			text += value + "\n"
		default:
			t.Errorf("a line of no field of ours: %q", line)
		}
	}
	if ended != 1 || name != "done" || !strings.Contains(text, "event: evil") || !strings.Contains(text, "retry: 1") || !strings.Contains(text, "the very end") {
		t.Errorf("%d ends, the last event %q, the text\n%s", ended, name, text)
	}
}

// mute opens a stream and reads no more of it than that it began.
func (b *browser) mute(t *testing.T, path string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10) // a small one is filled sooner
	_, err = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(b.base, "http://")+"\r\nCookie: "+b.cookie+"\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	began := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, began); err != nil || string(began) != "HTTP/1.1 200" {
		t.Fatalf("%s: %v", began, err)
	}
}

// open opens a stream, unless the caps say no.
func (b *browser) open(ctx context.Context, t *testing.T, path string) (io.ReadCloser, bool) {
	t.Helper()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil) // of known parts
	r.Header.Set("Cookie", b.cookie)
	res, err := (&http.Client{}).Do(r) // without a time limit
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, false
	}
	return res.Body, true
}

// A reader that never reads is cut off, and its place is free again. The answer itself goes on: it belongs to the person,
// not to a connection, and is there when they come back.
func TestA113_AReaderThatNeverReadsIsCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	written := make(chan struct{})
	s.provider.Script(func(x *llmtest.Exchange) {
		x.Begin()
		for range 10 {
			x.Text(strings.Repeat("<", 1<<10)) // four bytes each when shown, shown again with every piece
		}
		for open := true; open && x.Wait(60*time.Millisecond); {
			x.Text("y")
			select {
			case <-written:
				open = false
			default:
			}
		}
		x.Text(" the very end")
		x.Finish("stop")
	})
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	for range 6 {
		b.mute(t, stream)
	}
	b.get(stream).must(t, 429)
	s.as(t, o.People[domain.Admin]).get("/home").must(t, 200)
	begun := time.Now()
	var readers sync.WaitGroup
	for range 6 { // each has left its place when as many read
		eventually(t, func() bool {
			body, ok := b.open(t.Context(), t, stream)
			if ok {
				readers.Go(func() {
					if all, err := io.ReadAll(body); err != nil || !strings.Contains(string(all), "the very end") {
						t.Errorf("a reader beside them does not get it all: %v", err)
					}
				})
			}
			return ok
		})
	}
	t.Logf("cut off after %v", time.Since(begun).Round(time.Second))
	close(written)
	readers.Wait()
}

func TestA111_NobodyHoldsAStream(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	s.provider.Script(llmtest.Slowly(100*time.Millisecond, strings.Fields(strings.Repeat("One ", 900))...))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	for range 200 {
		s.nobody(t).get(stream).must(t, 200, "event: done", "!One") // it is over: the answer was read whole
	}
	reading, leave := context.WithCancel(t.Context())
	for range 6 {
		until(t, b.follow(reading, stream), "One")
	}
	b.get(stream).must(t, 429)
	leave()
	eventually(t, func() bool {
		body, ok := b.open(t.Context(), t, stream)
		if ok {
			_ = body.Close()
		}
		return ok
	})
}

// Of a session's streams one looks for all whether it holds, but for those that were opened with other rights.
func TestStreamsShareTheirLook(t *testing.T) {
	t.Parallel()
	if looks := handlers.NewPlaces().Looks(); looks != 2 {
		t.Errorf("%d look", looks)
	}
}

// A question's look at the session counts for its answer's stream: once, with the same cookie, and no longer than between two
// looks of a running stream.
func TestA16_AnAwaitedStreamIsOpenedOnce(t *testing.T) {
	t.Parallel()
	places, now := handlers.NewPlaces(), time.Now()
	who := store.SignedIn{Session: "s", Actor: domain.NewActor("t", "m", domain.Staff)}
	places.Await("a", "cookie", who, now)
	for _, other := range [][2]string{{"a", "other"}, {"b", "cookie"}, {"a", ""}} {
		if _, _, ok := places.Arrive(domain.ID(other[0]), other[1], now); ok {
			t.Errorf("%v was let in", other)
		}
	}
	if got, at, ok := places.Arrive("a", "cookie", now.Add(4*time.Second)); !ok || got != who || !at.Equal(now) {
		t.Errorf("not let in: %+v", got)
	}
	if _, _, ok := places.Arrive("a", "cookie", now); ok {
		t.Error("let in twice")
	}
	places.Await("late", "cookie", who, now)
	if _, _, ok := places.Arrive("late", "cookie", now.Add(4*time.Second+1)); ok {
		t.Error("let in late")
	}
	for i := range handlers.MostAwaited + 1 {
		places.Await(domain.ID(strconv.Itoa(i)), "cookie", who, now)
	}
	last := domain.ID(strconv.Itoa(handlers.MostAwaited))
	if _, _, ok := places.Arrive(last, "cookie", now); ok {
		t.Error("more are kept than may be")
	}
	places.Await(last, "cookie", who, now.Add(5*time.Second))
	if _, _, ok := places.Arrive(last, "cookie", now.Add(5*time.Second)); !ok {
		t.Error("those that never came leave no room")
	}
}

// A session that ends between the question and the opening of its stream ends that stream like one that was open.
func TestA16_AnAwaitedStreamEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	gate := opened()
	defer close(gate)
	s.provider.Script(llmtest.Gated(gate, "One ", "two"))
	b := s.as(t, o.Owner)
	_, stream := b.ask("How much may a hotel cost?")
	stranger := s.as(t, storetest.New(t, s.db).Owner)
	if all := until(t, stranger.follow(t.Context(), stream), "event: done"); strings.Contains(all, "One") {
		t.Errorf("another organization reads %s", all)
	}
	if _, err := storetest.Superuser(t).Exec(t.Context(), "delete from sessions where member_id = $1", o.Owner.Member()); err != nil {
		t.Fatal(err)
	}
	lines := b.follow(t.Context(), stream)
	until(t, lines, "One")
	until(t, lines, "event: done")
	if all := until(t, b.follow(t.Context(), stream), "event: done"); strings.Contains(all, "One") {
		t.Errorf("can be read again: %s", all)
	}
}

func TestA111_AnOrganizationHas200Places(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	places, tenant := handlers.NewPlaces(), db.NewID()
	var leaves []func()
	for range 40 {
		who := domain.NewActor(tenant, db.NewID(), domain.Staff)
		for i := range 7 {
			leave, ok := places.Take(who)
			if ok != (i < 6 && len(leaves) < 200) {
				t.Fatalf("stream %d of a person, %d of the organization: %v", i+1, len(leaves)+1, ok)
			}
			if ok {
				leaves = append(leaves, leave)
			}
		}
	}
	if _, ok := places.Take(domain.NewActor(db.NewID(), db.NewID(), domain.Staff)); !ok {
		t.Error("another organization has no place")
	}
	leaves[0]()
	leaves[0]() // twice gives back one
	newcomer := func() bool {
		_, ok := places.Take(domain.NewActor(tenant, db.NewID(), domain.Staff))
		return ok
	}
	if !newcomer() || newcomer() {
		t.Error("one place was given back: one is free, not two")
	}
}
