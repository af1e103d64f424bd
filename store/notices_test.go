package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// tell makes what people are told, what was counted of them and who looked: a document of the staff's that can't be read,
// their choices, a receipt of theirs that the owner opens, an hour at work.
func (w *world) tell(t testing.TB) {
	t.Helper()
	w.Notice = w.unreadable(t, w.staff(), w.word("unread"))
	storetest.Do(t, w.DB, w.staff(), func(x *store.Tenant) error {
		return x.ChooseNotices([]domain.NoticeChoice{{Kind: domain.NoticeRoleChanged, InProduct: true, Email: domain.EmailOff}})
	})
	storetest.Do(t, w.DB, w.Owner, func(x *store.Tenant) error { _, err := x.ReceiptLookedAt(w.Receipt.ID); return err })
	must(t, w.DB.AddUsage(t.Context(), w.Owner.Tenant(), map[domain.ID][]domain.Used{
		w.staff().Member(): {{Event: domain.Searched, Day: w.DB.Now(), Times: 2}}}))
}

// unreadable is the notice of a document of somebody's whose text can't be read.
func (w *world) unreadable(t testing.TB, a domain.Actor, title string) domain.Notice {
	t.Helper()
	f, err := w.DB.ReceiveFile(t.Context(), a, strings.NewReader("x"))
	must(t, err)
	storetest.Do(t, w.DB, a, func(x *store.Tenant) error {
		_, err := x.AddDocument(w.Collection, title, store.NewVersion{File: f, FileName: "x.pdf", MediaType: "application/pdf"})
		return err
	})
	storetest.Do(t, w.DB, store.System(a.Tenant()), func(x *store.Tenant) error { return x.Unreadable(f.Version, "damaged") })
	return notices(t, w.DB, a)[0]
}

func notices(t testing.TB, db *store.DB, a domain.Actor) (out []domain.Notice) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) {
		out, err = x.Notices(store.NoticeFilter{Stretch: store.Stretch{Limit: 50}})
		return err
	})
	return out
}

func TestNotices_AreReadOneByOneAndAllAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) error { // what build told them beside it
		for _, n := range notices(t, db, w.staff()) {
			if n.ID != w.Notice.ID {
				if _, err := x.OpenNotice(n.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	first, second := w.Notice, w.unreadable(t, w.staff(), "Second")
	if first.Kind != domain.NoticeUnreadable || !slices.Contains(w.Words, first.Words.What) || first.About != "document" || first.Object == "" || !first.ReadAt.IsZero() {
		t.Errorf("%+v", first)
	}
	open := func(a domain.Actor, id domain.ID) error {
		return in(t, db, a, func(x *store.Tenant) error { _, err := x.OpenNotice(id); return err })
	}
	wants(t, open(w.Owner, first.ID), domain.ErrNotFound) // somebody else's
	must(t, open(w.staff(), first.ID))
	read := notices(t, db, w.staff())[1].ReadAt
	must(t, open(w.staff(), first.ID))
	if again := notices(t, db, w.staff())[1].ReadAt; read.IsZero() || !again.Equal(read) {
		t.Errorf("read at %v, then at %v", read, again)
	}
	var unread []domain.Notice
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) (err error) {
		unread, err = x.Notices(store.NoticeFilter{Unread: true, Stretch: store.Stretch{Limit: 1e6}})
		return err
	})
	if len(unread) != 1 || unread[0].ID != second.ID {
		t.Errorf("unread: %+v", unread)
	}
	third := w.unreadable(t, w.staff(), "Third") // came after the page was made
	var n int64
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) (err error) { n, err = x.ReadNotices(second.ID); return err })
	if now := notices(t, db, w.staff()); n != 1 || now[0].ID != third.ID || !now[0].ReadAt.IsZero() || now[1].ReadAt.IsZero() {
		t.Errorf("%d read, %+v", n, now)
	}
	who, err := db.Session(t.Context(), token(t, db, w.staff()))
	if err != nil || who.Unread != 2 { // the third, and that somebody came in from another browser
		t.Errorf("%d unread, %v", who.Unread, err)
	}
	for i, a := range []domain.Actor{w.staff(), w.Owner, storetest.New(t, db).Owner} {
		var n int
		storetest.Do(t, db, a, func(x *store.Tenant) (err error) {
			unread, err = x.Notices(store.NoticeFilter{Unread: true, Stretch: store.Stretch{Limit: 200}})
			must(t, err)
			n, err = x.UnreadNotices()
			return err
		})
		if n != len(unread) || i == 0 && n != 2 {
			t.Errorf("%d unread of %+v", n, unread)
		}
	}
}

func token(t testing.TB, db *store.DB, a domain.Actor) string {
	t.Helper()
	out, err := storetest.SignIn(t, db, a)
	must(t, err)
	return out
}

func choose(t testing.TB, db *store.DB, a domain.Actor, c ...domain.NoticeChoice) error {
	return in(t, db, a, func(x *store.Tenant) error { return x.ChooseNotices(c) })
}

// P21: what tells of a break-in can't be switched off, whatever is asked.
func TestP21_SecurityIsAlwaysTold(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	w := build(t, db)
	must(t, choose(t, db, w.staff(), domain.NoticeChoice{Kind: domain.NoticeNewDevice, Email: domain.EmailOff},
		domain.NoticeChoice{Kind: domain.NoticeUnreadable, Email: domain.EmailOff}))
	var all []domain.NoticeChoice
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) (err error) { all, err = x.NoticeChoices(); return err })
	for _, c := range all {
		want := domain.DefaultChoice(c.Kind)
		switch c.Kind {
		case domain.NoticeUnreadable:
			want.InProduct, want.Email = false, domain.EmailOff
		case domain.NoticeRoleChanged: // chosen in build
			want.Email = domain.EmailOff
		}
		if c != want {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	var problems domain.Problems
	for _, bad := range []domain.NoticeChoice{{Kind: domain.NoticeRoleChanged, Email: "hourly"}, {Kind: "weather", Email: domain.EmailOff}} {
		if err := choose(t, db, w.staff(), bad); !asProblems(err, &problems) {
			t.Errorf("%+v was kept: %v", bad, err)
		}
	}
	// Even a row that says otherwise does not silence it.
	_, err := storetest.Superuser(t).Exec(t.Context(), `insert into notice_choices values ($1, $2, 'new_device', false, 'off')`, w.Owner.Tenant(), w.staff().Member())
	must(t, err)
	storetest.Do(t, db, w.staff(), func(x *store.Tenant) (err error) { all, err = x.NoticeChoices(); return err })
	if i := slices.IndexFunc(all, func(c domain.NoticeChoice) bool { return c.Kind == domain.NoticeNewDevice }); all[i] != domain.DefaultChoice(domain.NoticeNewDevice) {
		t.Errorf("silenced: %+v", all[i])
	}
}

// A notice goes where its reader wants it, and nowhere else.
func TestNotify_FollowsTheChoice(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	for name, c := range map[string]struct {
		choice       domain.NoticeChoice
		shown, mails int
		digest       int
	}{
		"default": {domain.DefaultChoice(domain.NoticeUnreadable), 1, 0, 1},
		"now":     {domain.NoticeChoice{Kind: domain.NoticeUnreadable, InProduct: true, Email: domain.EmailNow}, 1, 1, 0},
		"digest":  {domain.NoticeChoice{Kind: domain.NoticeUnreadable, Email: domain.EmailDigest}, 0, 0, 1},
		"nothing": {domain.NoticeChoice{Kind: domain.NoticeUnreadable, Email: domain.EmailOff}, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := storetest.New(t, db)
			must(t, choose(t, db, o.Owner, c.choice))
			unreadableDocument(t, o)
			shown := len(notices(t, db, o.Owner))
			if mails, digest := mails(t, o, "notice"), waiting(t, o); shown != c.shown || mails != c.mails || digest != c.digest {
				t.Errorf("%d shown, %d mailed, %d in the digest", shown, mails, digest)
			}
		})
	}
}

// asleep is an organization with a clock of its own.
type asleep struct {
	storetest.Organization
	now time.Time
}

func newAsleep(t *testing.T, at time.Time, zone string) *asleep {
	t.Helper()
	a := &asleep{now: at}
	db := storetest.Clocked(t, func() time.Time { return a.now })
	a.Organization = storetest.New(t, db)
	storetest.Do(t, db, a.Owner, func(x *store.Tenant) error {
		return x.CorrectProfile(domain.ProfileForm{Name: "Olga", TimeZone: zone})
	})
	return a
}

// The digest: at eight where the reader is, one letter, what came by then, and nothing when there is nothing.
func TestDigest_OnceADayInTheReadersZone(t *testing.T) {
	t.Parallel()
	for zone, minutes := range map[string]int{"America/New_York": 13 * 60, "Asia/Kolkata": 2*60 + 30, "": 8 * 60} { // of the day in UTC, when it is eight there
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			o := newAsleep(t, time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC), zone)
			post := func(at time.Time, want int, what string) {
				t.Helper()
				o.now = at
				must(t, o.DB.PostDigest(t.Context(), store.Reader{Tenant: o.Owner.Tenant(), Member: o.Owner.Member()}))
				if got := mails(t, o.Organization, "digest"); got != want {
					t.Errorf("%s: %d letters, want %d", what, got, want)
				}
			}
			morning := time.Date(2026, 11, 26, 0, minutes, 0, 0, time.UTC)
			post(o.now, 0, "nothing waits")
			unreadableDocument(t, o.Organization)
			unreadableDocument(t, o.Organization)
			post(o.now, 0, "not yet eight")
			post(morning.Add(-time.Minute), 0, "a minute before the hour")
			post(morning, 1, "eight")
			post(morning.Add(32*time.Minute), 1, "again")
			unreadableDocument(t, o.Organization)
			post(morning.Add(10*time.Hour), 1, "the same day")
			post(morning.Add(25*time.Hour), 2, "the next morning")
			if n := waiting(t, o.Organization); n != 0 {
				t.Errorf("%d still wait", n)
			}
		})
	}
}

// Two processes that ask at once send one letter; who was deactivated gets none; what was read here needs no mail.
func TestDigest_OneLetter(t *testing.T) {
	t.Parallel()
	o := newAsleep(t, time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC), "")
	unreadableDocument(t, o.Organization)
	o.now = o.now.Add(13 * time.Hour)
	reader := store.Reader{Tenant: o.Owner.Tenant(), Member: o.Owner.Member()}
	failed := make(chan error, 8)
	for range cap(failed) {
		go func() { failed <- o.DB.PostDigest(background, reader) }()
	}
	for range cap(failed) {
		must(t, <-failed)
	}
	if n := mails(t, o.Organization, "digest"); n != 1 {
		t.Errorf("%d letters", n)
	}
	unreadableDocument(t, o.Organization)
	o.now = o.now.Add(time.Second)
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) error { _, err := x.ReadNotices(o.DB.NewID()); return err })
	o.now = o.now.Add(24 * time.Hour)
	must(t, o.DB.PostDigest(t.Context(), reader))
	if n := mails(t, o.Organization, "digest"); n != 1 {
		t.Errorf("%d letters after all was read", n)
	}
	readers, err := o.DB.Readers(t.Context())
	if err != nil || slices.Contains(readers, reader) {
		t.Errorf("nothing waits, but %v, %v", readers, err)
	}
}

// unreadableDocument is a document of the owner's that can't be read.
func unreadableDocument(t testing.TB, o storetest.Organization) {
	t.Helper()
	w := &world{Organization: o, Collection: o.Collection(t, domain.CollectionForm{Name: "x"})}
	f, err := o.DB.ReceiveFile(t.Context(), o.Owner, strings.NewReader("x"))
	must(t, err)
	storetest.Do(t, o.DB, o.Owner, func(x *store.Tenant) error {
		_, err := x.AddDocument(w.Collection, "Lease", store.NewVersion{File: f, FileName: "x.pdf", MediaType: "application/pdf"})
		return err
	})
	storetest.Do(t, o.DB, store.System(o.Owner.Tenant()), func(x *store.Tenant) error { return x.Unreadable(f.Version, "damaged") })
}

// mails counts an organization's letters of a kind.
func mails(t testing.TB, o storetest.Organization, kind string) (n int) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), `select count(*) from outbox where tenant_id = $1 and kind = $2`, o.Owner.Tenant(), kind).Scan(&n))
	return n
}

// waiting counts what waits for a digest.
func waiting(t testing.TB, o storetest.Organization) (n int) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), `select count(*) from notifications where tenant_id = $1 and digest`, o.Owner.Tenant()).Scan(&n))
	return n
}

func asProblems(err error, p *domain.Problems) bool { return errors.As(err, p) }
