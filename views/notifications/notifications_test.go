package notifications_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/notifications"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

func notice(id domain.ID, at time.Time) domain.Notice {
	return domain.Notice{ID: id, Kind: domain.NoticeUnreadable, About: "document", Object: "d", At: at, Words: domain.NoticeWords{What: "Lease"}}
}

// Days are the reader's: where the clock was set back that morning, too.
func TestNoticesStandUnderTheReadersDays(t *testing.T) {
	t.Parallel()
	there := now.In(domain.Zone("America/New_York")) // 4 o'clock on the day on which the clock was set back at 2
	html := rendertest.HTML(t, notifications.Show(notifications.Page{Now: there, Count: 2, Notices: []domain.Notice{
		notice("a", now.Add(-4*time.Hour)), // 1 o'clock, the first time
		notice("b", now.Add(-5*time.Hour-time.Minute)),
		notice("c", now.Add(-40*time.Hour))}}))
	rendertest.Contains(t, html, `>Today</h2>`, `>Yesterday</h2>`, `>30 October</h2>`, `href="/notifications/a/open"`, "Mark all as read", `value="a"`)
	read := notice("r", now)
	read.ReadAt = now
	html = rendertest.HTML(t, notifications.Show(notifications.Page{Now: now, Notices: []domain.Notice{read}}))
	rendertest.Lacks(t, html, ">New<", "Mark all as read")
	rendertest.Contains(t, rendertest.HTML(t, notifications.Show(notifications.Page{Unread: true})), "All read")
}

func TestA73_HostileNoticesAreText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, notifications.Page{}, notifications.Show)
}
