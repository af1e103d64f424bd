package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// Whoever asks a question is recalled by their last look, but what they get when it is refused, for whatever reason, is what
// they get who are looked at: nothing of theirs is shown to a session that another process has ended meanwhile.
func TestA14_A16_WhoIsRefusedWasLookedAt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	elsewhere, err := storetest.At(t).Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(elsewhere.Close)
	for name, form := range map[string]url.Values{
		"question":        {"text": {"How much may a hotel cost?"}},
		"without a text":  {"text": {""}},
		"too long":        {"text": {strings.Repeat("x", 1<<20)}},
		"too big":         {"text": {strings.Repeat("x", 3<<20)}},
		"of another page": {"text": {"How?"}, "made_for": {"another"}},
		"no conversation": {"text": {"How?"}, "conversation": {"x"}},
	} {
		for _, header := range [][]string{nil, hx} {
			t.Run(name+strings.Join(header, " "), func(t *testing.T) {
				o := writing(t, s)
				staff := o.People[domain.Staff]
				b := s.as(t, staff)
				b.consent(t)
				b.get("/home").must(t, 200)
				before := b.post("/copilot/messages", form, header...)
				if (before.status < 400) != (name == "question") {
					t.Errorf("signed in: %d\n%s", before.status, before.body)
				}
				b.get("/home").must(t, 200)
				storetest.Do(t, elsewhere, staff, func(x *store.Tenant) error { _, err := x.EndOtherSessions(""); return err })
				after := b.post("/copilot/messages", form, header...)
				to := after.header.Get("Location") + after.header.Get("HX-Redirect")
				if !strings.HasPrefix(to, "/sign-in") || strings.Contains(after.body, "Org Test") {
					t.Errorf("signed out: %d to %q\n%s", after.status, to, after.body)
				}
			})
		}
	}
}
