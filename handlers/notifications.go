package handlers

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
	"aimyorg/views/notifications"
	"aimyorg/views/words"
)

// listNotices is what one was told in the product, newest first.
func (q *request) listNotices() error {
	f := store.NoticeFilter{Unread: q.query("filter") == "unread", Stretch: q.stretch()}
	p := notifications.Page{Unread: f.Unread, Now: q.now}
	err := q.DB.Snapshot(q.ctx, q.actor(), func(t *store.Tenant) (err error) {
		if p.Notices, err = t.Notices(f); err == nil {
			p.Count, err = t.UnreadNotices()
		}
		return err
	})
	if err != nil {
		return err
	}
	q.who.Unread = p.Count // the look at the session may have been before something that is on the page came
	filter := url.Values{"filter": {""}}
	if f.Unread {
		filter.Set("filter", "unread")
	}
	p.Notices, p.Newer, p.Older = neighbours(f.Stretch, p.Notices, func(n domain.Notice) domain.ID { return n.ID }, "/notifications", filter)
	return q.page("Notifications", notifications.Show(p))
}

// openNotice marks a notification as read and goes on to what it is about.
func (q *request) openNotice() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	var n domain.Notice
	err = q.do(func(t *store.Tenant) (err error) {
		n, err = t.OpenNotice(id)
		return err
	})
	if err != nil {
		return err
	}
	to := words.NoticeLink(n)
	if !q.leads(to) {
		to = "/account"
	}
	return q.redirect(to)
}

// leads says whether one of the site's pages has that address.
func (s *Site) leads(path string) bool {
	return slices.ContainsFunc(s.routes(), func(r route) bool {
		have, want := strings.Split(path, "/"), strings.Split(r.path, "/")
		return r.method == fiber.MethodGet && slices.EqualFunc(have, want, func(a, b string) bool { return a == b || strings.HasPrefix(b, ":") })
	})
}

// readNotices marks all as read that had come when the page was made.
func (q *request) readNotices() error {
	last, err := domain.ParseID(q.exactly("last"))
	if err != nil {
		return domain.Problems{{Field: "last", Code: "invalid", Text: "There is no such notification."}}
	}
	err = q.do(func(t *store.Tenant) error {
		_, err := t.ReadNotices(last)
		return err
	})
	if err != nil {
		return err
	}
	return q.redirect("/notifications")
}

// noticeFields are the form's: which kinds are shown, and of each that can be chosen when it is mailed.
func noticeFields() []string {
	out := []string{"shown"}
	for _, k := range domain.NoticeKinds {
		if !k.Security() {
			out = append(out, "email_"+string(k))
		}
	}
	return out
}

// showNoticeChoices is what one is told, and how.
func (q *request) showNoticeChoices() error {
	p, err := q.noticesPage()
	if err != nil {
		return err
	}
	return q.page("Notifications you get", account.Notices(p))
}

func (q *request) noticesPage() (account.NoticesPage, error) {
	p := account.NoticesPage{TimeZone: q.who.Member.TimeZone}
	err := q.read(func(t *store.Tenant) (err error) {
		p.Choices, err = t.NoticeChoices()
		return err
	})
	return p, err
}

// chooseNotices keeps what one wants to be told. Security's kinds are not fields of the form, so they can't be chosen (P21).
func (q *request) chooseNotices() error {
	p := account.NoticesPage{TimeZone: q.who.Member.TimeZone}
	for _, k := range domain.NoticeKinds {
		c := domain.DefaultChoice(k)
		if !k.Security() {
			c.InProduct, c.Email = slices.Contains(q.form["shown"], string(k)), domain.EmailChoice(q.typed("email_"+string(k)))
		}
		p.Choices = append(p.Choices, c)
	}
	err := q.do(func(t *store.Tenant) error { return t.ChooseNotices(p.Choices) })
	if errors.As(err, &p.Problems) {
		if q.partial() {
			return q.fragments(422, account.NoticeChoices(p))
		}
		return q.pageWithTitle(422, "Notifications you get", account.Notices(p))
	}
	if err != nil {
		return err
	}
	p.Saved = true
	return q.either("/account/notifications", account.NoticeChoices(p))
}
