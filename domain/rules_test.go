package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
)

func TestA40_ids(t *testing.T) {
	t.Parallel()
	const good = "01936f3e-7c1a-7b2c-8d4e-0123456789ab"
	if id, err := domain.ParseID(good); err != nil || id != good {
		t.Errorf("%q, %v", id, err)
	}
	for _, bad := range []string{"", "x", "../", good[:35], good + "0", strings.ToUpper(good), "{" + good[1:35] + "}", good[:35] + "\x00", good[:35] + "g",
		strings.ReplaceAll(good, "-", "0"), good[:8] + "0" + good[9:], "０1936f3e-7c1a-7b2c-8d4e-0123456789", strings.Repeat("a", 10<<10), " " + good[1:]} {
		if id, err := domain.ParseID(bad); err != domain.ErrNotFound || id != "" { //nolint:errorlint // exactly this
			t.Errorf("%.50q became %q, %v", bad, id, err)
		}
	}
}

func codes(p domain.Problems) string {
	var out []string
	for _, x := range p {
		out = append(out, x.Field+":"+x.Code)
	}
	return strings.Join(out, " ")
}

func TestA3_A4_passwords(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"five small green umbrellas": "", "correct horse battery staple!": "common", "password": "too_short", "fourteen chars": "too_short",
		"kettle window nine": "", "Ünïcödé pässphräse ☕ ok": "", "   spaces   stay   as   typed  xq": "", strings.Repeat("tree lamp ", 20): "", "🦊🐻🐼🦁🐯🐨🐸🐵🦄🐔🐧🦉🦇🐺🐗": "",
		"passwordpassword": "common", "password12345678": "common", "P@ssword P@ssword": "common", "aaaaaaaaaaaaaaaaaaaa": "common", "abcabcabcabcabcabc": "common",
		"qwertqwertqwertqwert": "common", "abcdefghijklmnopqr": "common", "zyxwvutsrqponmlkji": "common", "1234567890123456": "common", "qwertyuiopasdfgh": "common",
		"!!!!!!!!!!!!!!!!!": "common", "Acme Corp Acme Corp": "common", "acme acme acme acme 1": "common", "mara mara mara mara": "common", "mara@acme.example": "common",
		"nul\x00 in a long password": "invalid", "bad utf8 \xff in a password": "invalid", strings.Repeat("long words ", 94): "too_long", "": "too_short",
	} {
		p := domain.PasswordProblems(password, "Mara Lind", "mara@acme.example", "Acme Corp")
		got := strings.TrimPrefix(codes(p), "password:")
		if got != want {
			t.Errorf("%.40q: %q, want %q", password, got, want)
		}
	}
	long := strings.Repeat("ab cd ef gh ij kl mn ", 48) + "0123456789abcdef" // 1,024 bytes exactly
	if p := domain.PasswordProblems(long); len(long) != domain.MaxPasswordBytes || p.For("password") != "" {
		t.Errorf("%d bytes: %v", len(long), p)
	}
}

func TestP47_sign_up(t *testing.T) {
	t.Parallel()
	good := domain.SignUp{Name: " Mara \t Lind ", Email: " Mara@Acme.Example ", Organization: "Acme", Password: "five small green umbrellas", Terms: true, Business: true}
	if c := good.Clean(); c.Name != "Mara Lind" || c.Email != "mara@acme.example" || c.Password != good.Password || c.Consents != nil {
		t.Errorf("%+v", c)
	}
	for name, x := range map[string]struct {
		spoil func(*domain.SignUp)
		want  string
	}{
		"good": {func(*domain.SignUp) {}, ""}, "with consent": {func(s *domain.SignUp) { s.Consents = []domain.Provider{domain.OpenAI} }, ""},
		"no name": {func(s *domain.SignUp) { s.Name = " \u200b" }, "name:required"}, "long name": {func(s *domain.SignUp) { s.Name = strings.Repeat("é", 121) }, "name:too_long"},
		"longest name": {func(s *domain.SignUp) { s.Name = strings.Repeat("é", 120) }, ""}, "no mail": {func(s *domain.SignUp) { s.Email = "" }, "email:invalid"},
		"no organization": {func(s *domain.SignUp) { s.Organization = "" }, "organization:required"}, "long organization": {func(s *domain.SignUp) { s.Organization = strings.Repeat("x", 121) }, "organization:too_long"},
		"terms": {func(s *domain.SignUp) { s.Terms = false }, "terms:required"}, "P85 business": {func(s *domain.SignUp) { s.Business = false }, "business:required"},
		"password": {func(s *domain.SignUp) { s.Password = "short" }, "password:too_short"},
	} {
		s := good
		x.spoil(&s)
		if got := codes(s.Clean().Problems()); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestA5_addresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a@b.example", "first.last+tag@sub.domain.example", "o'neil@x.example"} {
		if !domain.ValidEmail(good) {
			t.Errorf("%q was refused", good)
		}
	}
	for _, bad := range []string{"", "a", "a@", "@b.example", "a@b", "a@.", "a@.example.", "a b@c.example", "Mara <a@b.example>", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example",
		"a@b.exa\x00mple", " a@b.example", strings.Repeat("a", 250) + "@b.example", "a\xff@b.example", `{"$ne":1}`} {
		if domain.ValidEmail(bad) {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestA79_lines_and_prose(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"  a \t b  ": "a b", "a\r\nb": "a b", "a\u202eb": "ab", "a\u2066b\u2069": "ab", "\U000E0041\U000E0042x": "x", "a\x1b[31mb": "a[31mb", "a\u200bb": "ab",
		"\ufeffa": "a", "a\x00b": "ab", "a\xffb": "ab", "a\u2028b": "a b", "naïve 日本 👩‍👩‍👧": "naïve 日本 👩‍👩‍👧"} {
		if got := domain.Line(in); got != want {
			t.Errorf("Line(%q) is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"\n a\r\n\tb \n": "a\n\tb", "a\u202e\nb\x1b": "a\nb", "a\rb": "a b", "": ""} {
		if got := domain.Prose(in); got != want {
			t.Errorf("Prose(%q) is %q, want %q", in, got, want)
		}
	}
}

// The whole matrix of who may do what, as it is printed.
func TestP54_permissions(t *testing.T) {
	t.Parallel()
	const want = `
owner: copilot.ask knowledge.read knowledge.write knowledge.share ai.configure audit.read egress.read interactions.read
admin: copilot.ask knowledge.read knowledge.write knowledge.share ai.configure audit.read egress.read interactions.read
manager: copilot.ask knowledge.read knowledge.write
member: copilot.ask knowledge.read knowledge.write
auditor: knowledge.read audit.read egress.read
superuser:
:
`
	var got strings.Builder
	got.WriteString("\n")
	for _, role := range append(slices.Clone(domain.Roles), "superuser", "") {
		a := domain.NewActor("t", "m", role)
		var may []string
		for _, p := range []domain.Permission{domain.AskCopilot, domain.ReadKnowledge, domain.WriteKnowledge, domain.ShareKnowledge, domain.ConfigureAI,
			domain.ReadAudit, domain.ReadEgress, domain.ReadInteraction} {
			if a.May(p) {
				may = append(may, string(p))
			}
		}
		got.WriteString(strings.TrimSpace(string(role)+": "+strings.Join(may, " ")) + "\n")
		if !a.May(domain.Public) || !a.May(domain.SignedIn) {
			t.Errorf("%s is signed in and may not even that", role)
		}
	}
	if got.String() != want {
		t.Errorf("got %s\nwant %s", got.String(), want)
	}
	for _, a := range []domain.Actor{{}, domain.NewActor("t", "", domain.Owner), domain.NewActor("", "m", domain.Owner)} {
		if a.May(domain.SignedIn) || a.May(domain.ReadKnowledge) || !a.May(domain.Public) {
			t.Errorf("%+v may", a)
		}
	}
}

func TestP45_P39_models(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"openai gpt-4.1": true, "openai o3-mini": true, "openai chatgpt-4o-latest": true, "openai claude-3": false, "openai openai/gpt-4.1": false, "openai ft:gpt-4": false,
		"openai gpt-4:free": false, "openai ": false, "openai GPT-4": false, "openai gpt-4\n": false,
		"openrouter mistralai/mistral-large": true, "openrouter meta-llama/llama-3.1-70b-instruct": true, "openrouter openai/gpt-4.1": false, "openrouter OpenAI/gpt-4.1": false,
		"openrouter openrouter/auto": false, "openrouter openrouter/openai/gpt-4": false, "openrouter @preset/mine": false, "openrouter gpt-4.1": false, "openrouter x/y:free": false,
		"openrouter x/y:online": false, "openrouter /y": false, "openrouter x/": false, "openrouter  openai/gpt-4": false, "openrouter x/y\nz": false,
		"compatible llama3:8b": true, "compatible ": false, "compatible a b": false, "none x": false, "nobody x": false,
	} {
		provider, model, _ := strings.Cut(key, " ")
		if got := domain.ModelAllowed(domain.Provider(provider), model); got != want {
			t.Errorf("%q: %v", key, got)
		}
	}
}

func TestP43_readable(t *testing.T) {
	t.Parallel()
	with := func(access ...domain.Access) domain.Collection {
		return domain.Collection{CreatedBy: "maker", Access: access}
	}
	staff := domain.NewActor("t", "me", domain.Staff)
	for name, x := range map[string]struct {
		c    domain.Collection
		a    domain.Actor
		want bool
	}{
		"nobody": {with(), staff, false}, "everyone": {with(domain.Access{Kind: domain.ToEveryone}), staff, true},
		"my role": {with(domain.Access{Kind: domain.ToRole, Subject: "member"}), staff, true}, "another role": {with(domain.Access{Kind: domain.ToRole, Subject: "manager"}), staff, false},
		"me": {with(domain.Access{Kind: domain.ToMember, Subject: "me"}), staff, true}, "another": {with(domain.Access{Kind: domain.ToMember, Subject: "you"}), staff, false},
		"a role named like me": {with(domain.Access{Kind: domain.ToRole, Subject: "me"}), staff, false}, "maker": {with(), domain.NewActor("t", "maker", domain.Staff), true},
		"owner": {with(), domain.NewActor("t", "x", domain.Owner), true}, "admin": {with(), domain.NewActor("t", "x", domain.Admin), true},
		"auditor": {with(), domain.NewActor("t", "x", domain.Auditor), false}, "no role": {with(domain.Access{Kind: domain.ToEveryone}), domain.NewActor("t", "x", ""), false},
		"nobody at all": {with(domain.Access{Kind: domain.ToEveryone}), domain.Actor{}, false}, "machinery": {with(domain.Access{Kind: domain.ToEveryone}), domain.NewActor("t", "", ""), false},
		"second line": {with(domain.Access{Kind: domain.ToMember, Subject: "you"}, domain.Access{Kind: domain.ToMember, Subject: "me"}), staff, true},
	} {
		if got := domain.May(domain.Who{Actor: x.a}, domain.Read, x.c.Thing()).Allowed; got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// PROMISES §4's truth table, as far as the rule decides it; passages and the ledger are the gate's and the store's part.
func TestP47_authorize(t *testing.T) {
	t.Parallel()
	setting := func(enabled bool) domain.AISettings {
		return domain.AISettings{Enabled: true, Chosen: domain.OpenAI, Providers: []domain.ProviderSetting{{Provider: domain.OpenAI, Enabled: enabled, Models: []string{"gpt-4.1", "claude"}, Default: "gpt-4.1"}}}
	}
	off := setting(true)
	off.Enabled = false
	consent := func(given bool, version int, classes ...domain.DataClass) domain.ConsentState {
		s := domain.ConsentState{}
		for _, c := range classes {
			scope := domain.Scope{Provider: domain.OpenAI, Class: c, Purpose: domain.PurposeCopilot}
			s[scope] = domain.Consent{ID: domain.ID("c-" + c), Scope: scope, Given: given, PolicyVersion: version}
		}
		return s
	}
	yes := consent(true, 2, domain.CopilotClasses...)
	ask := domain.Ask{Provider: domain.OpenAI, Model: "gpt-4.1", Classes: domain.CopilotClasses, Purpose: domain.PurposeCopilot}
	change := func(fn func(*domain.Ask)) domain.Ask { a := ask; fn(&a); return a }
	test := change(func(a *domain.Ask) { a.Purpose, a.Classes = domain.PurposeTest, nil })
	for name, x := range map[string]struct {
		ask  domain.Ask
		s    domain.AISettings
		c    domain.ConsentState
		want string
	}{
		"open": {ask, setting(true), yes, ""}, "newer consent": {ask, setting(true), consent(true, 3, domain.CopilotClasses...), ""},
		"off": {ask, off, yes, domain.RefusedByOrg}, "off, nothing else either": {ask, domain.AISettings{}, nil, domain.RefusedByOrg},
		"provider off": {ask, setting(false), yes, domain.RefusedProvider}, "unknown provider": {change(func(a *domain.Ask) { a.Provider = "other" }), setting(true), yes, domain.RefusedProvider},
		"provider without a row": {change(func(a *domain.Ask) { a.Provider = domain.OpenRouter }), setting(true), yes, domain.RefusedProvider},
		"no consent":             {ask, setting(true), nil, domain.RefusedConsent}, "withdrawn": {ask, setting(true), consent(false, 2, domain.CopilotClasses...), domain.RefusedConsent},
		"stale": {ask, setting(true), consent(true, 1, domain.CopilotClasses...), domain.RefusedConsent}, "one class missing": {ask, setting(true), consent(true, 2, domain.ClassMessage), domain.RefusedConsent},
		"other class":      {change(func(a *domain.Ask) { a.Classes = []domain.DataClass{domain.ClassTask} }), setting(true), yes, domain.RefusedConsent},
		"no class":         {change(func(a *domain.Ask) { a.Classes = nil }), setting(true), yes, domain.RefusedConsent},
		"other purpose":    {change(func(a *domain.Ask) { a.Purpose = "planning" }), setting(true), yes, domain.RefusedConsent},
		"model not listed": {change(func(a *domain.Ask) { a.Model = "gpt-4o" }), setting(true), yes, domain.RefusedModel}, "listed, not allowed": {change(func(a *domain.Ask) { a.Model = "claude" }), setting(true), yes, domain.RefusedModel},
		"test": {test, setting(true), nil, ""}, "test of one that is off": {test, setting(false), nil, ""}, "test while off": {test, off, yes, domain.RefusedByOrg},
		"a test that carries content": {change(func(a *domain.Ask) { a.Purpose = domain.PurposeTest }), setting(true), yes, domain.RefusedConsent},
	} {
		g, err := domain.Authorize(x.ask, x.s, x.c, 2)
		got := ""
		if r, ok := err.(domain.Refused); ok { //nolint:errorlint // the rule gives it bare
			got = r.Code
		}
		if got != x.want || err == nil && (len(g.Consents) != len(x.ask.Classes) || g.PolicyVersion != 2) || err != nil && len(g.Consents) > 0 {
			t.Errorf("%s: %+v, %v, want %q", name, g, err, x.want)
		}
	}
}

func TestA18_session_clock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC) // the night that summer time begins
	for name, x := range map[string]struct {
		seen, now time.Duration
		over      bool
	}{
		"new": {0, 0, false}, "used": {29 * time.Minute, 58 * time.Minute, false}, "30 min": {0, 30 * time.Minute, false}, "idle 31 min": {0, 31 * time.Minute, true},
		"12 h": {11*time.Hour + 50*time.Minute, 12 * time.Hour, false}, "12 h 1 min": {12 * time.Hour, 12*time.Hour + time.Minute, true},
	} {
		if got := domain.SessionOver(start, start.Add(x.seen), start.Add(x.now)); got != x.over {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	for s, want := range map[domain.MessageState][2]bool{domain.MessagePending: {}, domain.MessageStreaming: {}, domain.MessageDone: {true, false},
		domain.MessageStopped: {true, true}, domain.MessageInterrupted: {true, true}, domain.MessageFailed: {true, true}} {
		if got := [2]bool{s.Over(), s.Retryable()}; got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
	for s, want := range map[domain.DocumentState]bool{domain.DocumentWaiting: false, domain.DocumentReading: false, domain.DocumentReady: true, domain.DocumentUnreadable: true} {
		if s.Over() != want {
			t.Errorf("%s: %v", s, s.Over())
		}
	}
}

func TestTitles(t *testing.T) {
	t.Parallel()
	words := strings.TrimSpace(strings.Repeat("word ", 30))
	for in, want := range map[string]string{"Short?": "Short?", " a\n b ": "a b", strings.Repeat("é", 60): strings.Repeat("é", 60), strings.Repeat("é", 61): strings.Repeat("é", 60) + "…",
		words: strings.TrimSpace(strings.Repeat("word ", 12))[:54] + "…"} {
		got := domain.TitleFrom(in)
		if in == words {
			if len([]rune(got)) > 61 || !strings.HasSuffix(got, "word…") {
				t.Errorf("%q", got)
			}
			continue
		}
		if got != want {
			t.Errorf("TitleFrom(%q) is %q", in, got)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	if got := codes(domain.QuestionProblems("")); got != "text:required" {
		t.Error(got)
	}
	if got := codes(domain.QuestionProblems(strings.Repeat("x", domain.MaxQuestionBytes+1))); got != "text:too_long" {
		t.Error(got)
	}
	if got := codes(domain.QuestionProblems(strings.Repeat("x", domain.MaxQuestionBytes))); got != "" {
		t.Error(got)
	}
	f := domain.CollectionForm{Name: strings.Repeat("x", 121), Description: strings.Repeat("x", 501), Roles: []string{"owner", "root"}, Everyone: true, Members: []string{"m"}}
	if got := codes(f.Problems()); got != "name:too_long description:too_long" {
		t.Error(got)
	}
	if got := fmt.Sprint(f.Lines().Access()); got != "[{everyone  false} {role owner false} {role root false} {member m false}]" {
		t.Error(got)
	}
	if got := codes(domain.PageForm{Title: strings.Repeat("x", 201), Text: strings.Repeat("x", domain.MaxPageBytes+1)}.Problems()); got != "title:too_long text:too_long" {
		t.Error(got)
	}
	for in, want := range map[domain.Preferences]domain.Preferences{{}: {PanelWidth: 380}, {Theme: "pink", PanelWidth: 1}: {PanelWidth: 320}, {Theme: "dark", PanelWidth: 9999, PanelFolded: true}: {"dark", 560, true}} {
		if got := in.Clean(); got != want {
			t.Errorf("%+v", got)
		}
	}
}

// A key never prints, whatever the verb or encoder.
func TestP31_secret_does_not_print(t *testing.T) {
	t.Parallel()
	s := domain.NewSecret("sk-hidden")
	marshalled, err := s.MarshalText()
	if err != nil || s.Reveal() != "sk-hidden" || s.Empty() || !domain.NewSecret("").Empty() {
		t.Error(err)
	}
	choice := domain.Choice{Key: s}
	for _, shown := range []string{s.String(), string(marshalled), s.LogValue().String(), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", choice, choice, &choice)} {
		if strings.Contains(shown, "hidden") || strings.Contains(shown, "736b2d") {
			t.Errorf("shown: %s", shown)
		}
	}
	if p := (domain.Problems{{Field: "name", Code: "x", Text: "Say it"}}); p.Error() != "name: x" || p.For("name") != "Say it" || p.For("y") != "" || domain.Problems(nil).Err() != nil {
		t.Error(p)
	}
}
