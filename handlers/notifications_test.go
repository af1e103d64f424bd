package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/store"
	"aimyorg/store/storetest"
	"aimyorg/views/layout"
	"aimyorg/views/words"
)

// unreadable adds a document of somebody's whose text can't be read, which they are told.
func unreadable(t testing.TB, o storetest.Organization, a domain.Actor, title string) {
	t.Helper()
	c := o.Collection(t, domain.CollectionForm{Name: planted, Everyone: true})
	f, err := o.DB.ReceiveFile(t.Context(), a, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Do(t, o.DB, a, func(x *store.Tenant) error {
		_, err := x.AddDocument(c, title, store.NewVersion{File: f, FileName: "x.pdf", MediaType: "application/pdf"})
		return err
	})
	storetest.Do(t, o.DB, store.System(a.Tenant()), func(x *store.Tenant) error { return x.Unreadable(f.Version, "damaged") })
}

func notices(t testing.TB, db *store.DB, a domain.Actor) (out []domain.Notice) {
	t.Helper()
	storetest.Do(t, db, a, func(x *store.Tenant) (err error) {
		out, err = x.Notices(store.NoticeFilter{Stretch: store.Stretch{Limit: 200}})
		return err
	})
	return out
}

func TestNotifications_Centre(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/notifications").must(t, 200, "Nothing yet", `aria-label="Notifications"`, "!Mark all as read")
	unreadable(t, o, o.Owner, "Lease <b>1</b>")
	unreadable(t, o, o.Owner, "Minutes")
	page := b.get("/notifications").must(t, 200, "Today", "“Minutes” can&#39;t be read", "Lease &lt;b&gt;1&lt;/b&gt;", `aria-label="Notifications, 2 unread"`, "New", "Mark all as read")
	n := notices(t, s.db, o.Owner)[0]
	to := b.get("/notifications/"+string(n.ID)+"/open").must(t, 303).header.Get("Location")
	if to != "/knowledge/documents/"+string(n.Object) {
		t.Errorf("leads to %q", to)
	}
	b.get(to).must(t, 200, "Minutes")
	b.get("/notifications?filter=unread").must(t, 200, "!Minutes", "Lease", `aria-label="Notifications, 1 unread"`)
	b.post("/notifications/read", url.Values{"last": {between(t, page.body, `name="last" value="`, `"`)}}).must(t, 303)
	b.get("/notifications?filter=unread").must(t, 200, "All read", `aria-label="Notifications"`)
	b.get("/notifications").must(t, 200, "Minutes", "Lease", "!Mark all as read")
	b.post("/notifications/read", url.Values{"last": {"x"}}).must(t, 422)
	// another person's, another organization's
	for _, a := range []domain.Actor{o.People[domain.Admin], storetest.New(t, s.db).Owner} {
		s.as(t, a).get("/notifications/"+string(n.ID)+"/open").must(t, 404)
		s.as(t, a).get("/notifications").must(t, 200, "Nothing yet", "!Minutes")
	}
	s.nobody(t).get("/notifications").must(t, 303)
}

// What comes while a page is made is on it and counted, or neither: here something comes whenever the clock is asked.
func TestNotifications_CountIsOfWhatIsShown(t *testing.T) {
	t.Parallel()
	var o storetest.Organization
	var comes atomic.Bool
	db := storetest.Clocked(t, func() time.Time {
		if comes.Load() {
			unreadable(t, o, o.Owner, "Lease")
		}
		return time.Now()
	})
	s := newSite(t, func(c *handlers.Config) { c.DB = db })
	o = storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	for _, address := range []string{"/notifications", "/notifications?filter=unread"} {
		comes.Store(true)
		page := b.get(address).must(t, 200, "Lease")
		comes.Store(false)
		shown := strings.Count(page.body, `id="notice-`)
		page.must(t, 200, fmt.Sprintf(`aria-label="Notifications, %d unread"`, shown), "Mark all as read")
	}
}

// A45: what the address says of pages is clamped; a hundred unread are "99+".
func TestA45_NotificationsArePaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	for i := range 101 {
		unreadable(t, o, o.Owner, fmt.Sprintf("Paper %03d", i))
	}
	b := s.as(t, o.Owner)
	first := b.get("/notifications").must(t, 200, "99+", "Paper 100", "Paper 051", "!Paper 050", `rel="next"`, `!rel="prev"`)
	second := b.get(strings.ReplaceAll(between(t, first.body[strings.Index(first.body, `class="pager"`):], `href="`, `"`), "&amp;", "&"))
	second.must(t, 200, "Paper 050", "Paper 001", "!Paper 051", `rel="next"`, `rel="prev"`)
	for _, q := range []string{"?limit=1e9", "?before=-1", "?after=x&sort=password", "?filter=everything", "?before=" + strings.Repeat("a", 5000)} {
		b.get("/notifications"+q).must(t, 200, "Paper 100", "!Paper 050")
	}
	b.get("/account/looks?before=-1&limit=1e9").must(t, 200, "Nobody has looked at it.")
}

func TestNotifications_Choices(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/account/notifications").must(t, 200, "What you are always told", "Password changed", `name="email_role_changed"`, "!email_new_device", "UTC, until you choose")
	form := url.Values{"shown": {"role_changed"}}
	for _, k := range domain.NoticeKinds {
		form.Set("email_"+string(k), "off")
	}
	b.post("/account/notifications", form).must(t, 303)
	var got []domain.NoticeChoice
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) (err error) { got, err = x.NoticeChoices(); return err })
	for _, c := range got {
		want := domain.NoticeChoice{Kind: c.Kind, InProduct: c.Kind == domain.NoticeRoleChanged, Email: domain.EmailOff}
		if c.Kind.Security() {
			want = domain.DefaultChoice(c.Kind)
		}
		if c != want {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	form.Set("email_role_changed", "hourly")
	b.post("/account/notifications", form).must(t, 422, "Choose at once, daily or no mail.", "<html")
	b.post("/account/notifications", form, hx...).must(t, 422, `id="choices"`, "!<html")
	s.as(t, o.People[domain.Staff]).get("/account/notifications").must(t, 200)
}

// Each part of the account answers, and marks itself as the one that is shown.
func TestAccount_EveryTabAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.as(t, storetest.New(t, s.db).People[domain.Staff])
	for _, tab := range layout.AccountParts() {
		b.get(tab.Href).must(t, 200, `aria-label="Your account"`, `href="`+tab.Href+`" aria-current="page"`)
	}
}

// Whatever a notice is about, its link leads to a page or is not followed.
func TestNotifications_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	unreadable(t, o, o.Owner, "Lease")
	n := notices(t, s.db, o.Owner)[0]
	super := storetest.Superuser(t)
	for _, kind := range domain.NoticeKinds {
		for _, about := range []string{"", words.AboutMember, words.AboutDepartment, words.AboutInvitation, words.AboutSession, words.AboutOwnership} {
			_, err := super.Exec(t.Context(), `update notifications set kind = $1, about = $2, object = $3 where tenant_id = $4`, kind, about, o.Owner.Member(), o.Owner.Tenant())
			if err != nil {
				t.Fatal(err)
			}
			to := b.get("/notifications/"+string(n.ID)+"/open").must(t, 303).header.Get("Location")
			if a := b.get(to); a.status >= 400 && about != words.AboutDepartment && about != words.AboutOwnership {
				t.Errorf("%s about %q leads to %s: %d", kind, about, to, a.status)
			}
		}
	}
}
