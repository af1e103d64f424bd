package words_test

import (
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/views/words"
)

// Every kind has a title, a sentence, a name and a link, with all words, with none, and of a kind that is not known yet.
func TestNoticesAreSaidWhateverIsMissing(t *testing.T) {
	t.Parallel()
	titles := map[string]domain.NoticeKind{}
	full := domain.NoticeWords{Who: "Ana Ito", What: "Lease", Device: "Firefox on Linux", Address: "192.0.2.7", Count: 3}
	for _, kind := range append(domain.NoticeKinds[:len(domain.NoticeKinds):len(domain.NoticeKinds)], "not_yet_known") {
		for _, w := range []domain.NoticeWords{{}, full} {
			for _, about := range []string{"", words.AboutOwnership, words.AboutDocument, words.AboutMember, words.AboutDepartment,
				words.AboutInvitation, words.AboutSession, "else"} {
				n := domain.Notice{Kind: kind, Words: w, About: about, Object: "x"}
				title, text, link := words.NoticeTitle(n), words.Notice(n), words.NoticeLink(n)
				if title == "" || strings.HasSuffix(title, ".") || strings.Contains(title, "  ") {
					t.Errorf("%s: title %q", kind, title)
				}
				if !strings.HasSuffix(text, ".") || strings.Contains(text, "  ") || strings.Contains(text, " .") || strings.Contains(text, "..") {
					t.Errorf("%s: %q", kind, text)
				}
				if !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "//") {
					t.Errorf("%s: link %q", kind, link)
				}
				if about == "" && len(w.Who) == 0 {
					if was, ok := titles[title]; ok {
						t.Errorf("%s and %s have one title", was, kind)
					}
					titles[title] = kind
				}
			}
		}
		if words.NoticeKind(kind) == "" {
			t.Errorf("%s has no name", kind)
		}
	}
}

func TestNoticesSayWhatHappened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n    domain.Notice
		want string
	}{
		{domain.Notice{Kind: domain.NoticeRecoveryUsed, Words: domain.NoticeWords{Count: 1}}, "1 code is left."},
		{domain.Notice{Kind: domain.NoticeRecoveryUsed}, "none are left"},
		{domain.Notice{Kind: domain.NoticeFailures, Words: domain.NoticeWords{Count: 12, Address: "192.0.2.7"}}, "12\u00a0times to sign in as you and failed, last from 192.0.2.7."},
		{domain.Notice{Kind: domain.NoticeDepartment, Words: domain.NoticeWords{Who: "Ana"}}, "no department now, changed by Ana."},
		{domain.Notice{Kind: domain.NoticeDepartment, Words: domain.NoticeWords{What: "Sales", As: domain.AsManager}}, "You manage Sales now."},
		{domain.Notice{Kind: domain.NoticeDepartment, Words: domain.NoticeWords{What: "Sales", Who: "Ana", As: domain.AsManagerOfMoved}}, "Sales, which you manage, stands elsewhere in the organization now, changed by Ana."},
		{domain.Notice{Kind: domain.NoticeFactorChanged, Words: domain.NoticeWords{What: "a passkey was removed"}}, "A passkey was removed."},
		{domain.Notice{Kind: domain.NoticeOwnership, About: words.AboutOwnership, Words: domain.NoticeWords{Who: "Ana"}}, "Ana asks you"},
		{domain.Notice{Kind: domain.NoticeEmailChanged, Words: domain.NoticeWords{What: "a@b.example"}}, "You sign in as a@b.example now."},
	} {
		if got := words.Notice(c.n); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q lacks %q", c.n.Kind, got, c.want)
		}
	}
	if got := words.NoticeLink(domain.Notice{Kind: domain.NoticeUnreadable, About: words.AboutDocument, Object: "d1"}); got != "/knowledge/documents/d1" {
		t.Error(got)
	}
}
