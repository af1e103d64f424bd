package words_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/words"
)

var plain words.Style

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestAgo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		back time.Duration
		want string
	}{
		{-time.Hour, "just now"}, {59 * time.Second, "just now"}, {time.Minute, "1 min ago"}, {59 * time.Minute, "59 min ago"},
		{time.Hour, "1 h ago"}, {24 * time.Hour, "yesterday"}, {48 * time.Hour, "2 days ago"}, {7 * 24 * time.Hour, "16 November"},
		{400 * 24 * time.Hour, "19 October 2025"},
	} {
		if got := words.Ago(now.Add(-c.back), now); got != c.want {
			t.Errorf("%v back: %q, want %q", c.back, got, c.want)
		}
	}
	if got := words.Ago(time.Time{}, now); got != "" {
		t.Errorf("zero time: %q", got)
	}
}

func TestTimesAreInTheReadersZone(t *testing.T) {
	t.Parallel()
	reader := now.In(time.FixedZone("CET", 3600))
	at := time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC)
	if got := plain.Date(at, reader); got != "1 November" {
		t.Errorf("date: %q", got)
	}
	if got := words.Exact(at, reader); got != "1 November 2026, 00:30:00 CET" {
		t.Errorf("exact: %q", got)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		words.Number(1234): "1234", words.Number(12345): "12\u202f345", words.Number(-1234567): "-1\u202f234\u202f567",
		plain.Size(1023): "1023\u00a0B", plain.Size(1 << 10): "1\u00a0KB", plain.Size(2345678): "2.2\u00a0MB",
		plain.Size(3 << 30): "3.0\u00a0GB", words.Count(0, "document", "documents"): "no documents",
		words.Count(1, "document", "documents"): "1 document", words.List("a", "b", "c"): "a, b and c", words.List(): "",
		words.Seconds(0): "a second", words.Seconds(20): "20 seconds", words.Seconds(91): "2\u00a0minutes",
		words.Seconds(5400): "2\u00a0hours", words.Shorten("héllo wörld", 5): "héllo…", words.Shorten("short", 5): "short",
		words.Lasted(now, now.Add(812*time.Millisecond)): "0.8 s", words.Lasted(now, time.Time{}): "",
		words.Sent(4, 2, domain.OpenAI):      "4\u00a0passages from 2\u00a0documents went to OpenAI",
		words.Sent(1, 1, domain.Compatible):  "1 passage from 1 document went to your own AI server",
		words.Sent(0, 0, domain.OpenRouter):  "Your question went to OpenRouter",
		words.Verb("consent.given"):          "Consent given",
		words.Kind("ai_provider"):            "AI provider",
		words.Withheld(0):                    "",
		words.Tested("provider_failed", 0):   "The AI provider had a fault.",
		words.Answer("provider_busy", 20):    "The AI provider is busy. It asked to wait 20 seconds.",
		words.Answer("provider_refused", 20): "The AI provider declined to answer this. Asking in other words may help.",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The closed lists of llm.Reasons and extract.Codes. Views may not import those rooms, so the lists stand here; the
// sentences must differ from the one for an unknown code.
func TestEveryCodeHasItsSentence(t *testing.T) {
	t.Parallel()
	reasons := strings.Fields(`ai_disabled_by_org provider_not_enabled consent_required consent_withdrawn model_not_allowed
		egress_not_recordable provider_not_addressed egress_refused signed_out provider_unauthorized provider_no_credit
		provider_busy model_not_found provider_rejected provider_failed provider_malformed provider_stalled provider_cut_off
		provider_refused answer_truncated provider_empty provider_unreachable provider_violation stopped server_stopped
		storage_unavailable internal`)
	for _, code := range reasons {
		sentence(t, "answer "+code, words.Answer(code, 0), words.Answer("something new", 0))
	}
	for _, code := range strings.Fields("mismatch encrypted empty unsupported too_large bomb damaged no_text limit") {
		sentence(t, "file "+code, words.Unreadable(code), words.Unreadable("something new"))
	}
	for _, code := range strings.Fields(`ai_disabled_by_org provider_not_enabled consent_required model_not_allowed
		egress_not_recordable not_permitted cross_site leaving`) {
		sentence(t, "refused "+code, words.Refused(code), words.Refused("something new"))
	}
}

func sentence(t *testing.T, what, got, unknown string) {
	t.Helper()
	if got == unknown || !strings.HasSuffix(got, ".") || strings.Contains(got, "!") {
		t.Errorf("%s: %q", what, got)
	}
	for _, jargon := range []string{"tenant", "SSE", "RLS", "egress", "Oops"} {
		if strings.Contains(got, jargon) {
			t.Errorf("%s says %q: %q", what, jargon, got)
		}
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
	names := map[domain.ID]string{"a": "Ann", "b": "Ben", "c": "Cem"}
	member := func(id string) domain.Access { return domain.Access{Kind: domain.ToMember, Subject: id} }
	for _, c := range []struct {
		access []domain.Access
		want   string
	}{
		{nil, "Only its creator, owners and admins"},
		{[]domain.Access{{Kind: domain.ToRole, Subject: "manager"}, {Kind: domain.ToEveryone}}, "Everyone"},
		{[]domain.Access{{Kind: domain.ToRole, Subject: "manager"}, member("a")}, "Managers and Ann"},
		{[]domain.Access{member("gone")}, "1 person"},
		{[]domain.Access{{Kind: domain.ToEveryone}, {Kind: domain.ToMember, Subject: "a", Denied: true}}, "Everyone, with exceptions"},
		{[]domain.Access{{Kind: domain.ToEveryone, Denied: true}, {Kind: domain.ToDepartment, Subject: "b"}}, "Ben, with exceptions"},
		{[]domain.Access{member("a"), member("b"), member("c"), {Kind: domain.ToRole, Subject: "member"}, member("gone")},
			"Ann, Ben, Cem and 2\u00a0others"},
	} {
		if got := words.Readers(c.access, names); got != c.want {
			t.Errorf("%v: %q, want %q", c.access, got, c.want)
		}
	}
}
