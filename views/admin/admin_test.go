package admin_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/views/admin"
	"aimyorg/views/words/rendertest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func page() admin.AIPage {
	return admin.AIPage{Now: now, Consented: 3, People: 12, Collections: []domain.Collection{{ID: "c1", Name: "Contracts",
		AIAllowed: true, Documents: 214}, {ID: "c2", Name: "Board"}},
		Settings: domain.AISettings{Enabled: true, Chosen: domain.OpenAI, Providers: []domain.ProviderSetting{{Provider: domain.OpenAI,
			Enabled: true, HasKey: true, Models: []string{"gpt-4.1", "gpt-4o"}, Default: "gpt-4.1"}}}}
}

func TestAIPageSaysWhatEachChangeMeans(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, admin.AI(page()))
	rendertest.Contains(t, html, "stops answers being written within a second", "Answers questions",
		"A key is stored, sealed. It is never shown again", "gpt-4.1\ngpt-4o", "3 of 12\u00a0people agreed",
		`id="provider-openai"`, `id="provider-openrouter"`, `id="provider-compatible"`, `action="/admin/ai/switch"`,
		`action="/admin/ai/providers/openai/test"`, `action="/admin/ai/collections/c2"`,
		"Passages may be sent when they fit a question", "What exactly would be sent", "Your name, email address and password",
		"Allow it below first.")
	off := page()
	off.Settings.Enabled = false
	rendertest.Contains(t, rendertest.HTML(t, admin.AI(off)), "answers nobody and nothing leaves", "disabled")
}

func TestAProvidersTestSaysWhatItFound(t *testing.T) {
	t.Parallel()
	card := admin.ProviderCard{Setting: page().Settings.Providers[0], AIEnabled: true, Test: admin.TestResult{Done: true, OK: true,
		Model: "gpt-4.1", Took: 812 * time.Millisecond, Receipt: "r1"}}
	rendertest.Contains(t, rendertest.HTML(t, admin.Test(card)), "gpt-4.1 answered in 0.8 s.", `href="/admin/egress/r1"`,
		`data-code="ok"`, `id="test-openai"`)
	card.Test = admin.TestResult{Done: true, Code: "provider_unauthorized"}
	rendertest.Contains(t, rendertest.HTML(t, admin.Test(card)), "did not accept your organization&#39;s key",
		`data-code="provider_unauthorized"`)
}

func TestARefusedProviderFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	form := &admin.ProviderForm{Models: "openai/gpt-4.1", Default: "x", Problems: domain.Problems{{Field: "models",
		Code: "model_not_allowed", Text: "GPT models go to OpenAI directly."}}}
	html := rendertest.HTML(t, admin.Provider(admin.ProviderCard{Setting: domain.ProviderSetting{Provider: domain.OpenRouter,
		Models: []string{"old"}}, Form: form}))
	rendertest.Contains(t, html, "openai/gpt-4.1", "GPT models go to OpenAI directly.", `data-code="model_not_allowed"`, " open")
	rendertest.Lacks(t, html, ">old<")
}

func TestP51_EgressListsEveryRequest(t *testing.T) {
	t.Parallel()
	r := domain.Receipt{ID: "r1", Member: "m1", Provider: domain.OpenAI, Model: "gpt-4.1", Sources: make([]domain.Source, 4),
		BytesOut: 12345, TokensIn: 10000, TokensOut: 2345, Outcome: domain.OutcomeViolation, StartedAt: now.Add(-time.Hour)}
	html := rendertest.HTML(t, admin.Egress(admin.EgressPage{Receipts: []domain.Receipt{r, {ID: "r2", Member: "gone",
		Outcome: domain.OutcomeOK}}, Names: map[domain.ID]string{"m1": "Mara Klein"}, Now: now}))
	rendertest.Contains(t, html, `href="/admin/egress/r1"`, "4\u00a0passages to OpenAI", "Mara Klein", "Deleted user",
		"not allowed answered", "12\u202f345", `name="provider"`, `name="outcome"`)
	rendertest.Contains(t, rendertest.HTML(t, admin.Egress(admin.EgressPage{})), "Nothing has left")
	rendertest.Contains(t, rendertest.HTML(t, admin.Egress(admin.EgressPage{Provider: domain.OpenAI})), "Nothing fits")
}

func TestA120_TheChainsStateIsSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		chain admin.Chain
		must  []string
	}{
		{admin.Chain{}, []string{`data-code="unchecked"`, "Not checked yet"}},
		{admin.Chain{Checked: now, OK: true, Batches: 12, Entries: 12345, Unsealed: 2}, []string{`data-code="intact"`,
			"12\u202f345\u00a0entries", "2\u00a0entries wait to be sealed"}},
		{admin.Chain{Checked: now, FirstBad: "e7", BadBatch: 3}, []string{`data-code="broken"`, "Entry e7 in batch 3"}},
	} {
		rendertest.Contains(t, rendertest.HTML(t, admin.ChainState(admin.AuditPage{Chain: c.chain, Now: now})), append(c.must,
			`id="chain"`, `action="/admin/audit/verify"`)...)
	}
}

func TestAuditNamesWhoDidWhat(t *testing.T) {
	t.Parallel()
	html := rendertest.HTML(t, admin.Audit(admin.AuditPage{Now: now, Verb: "consent.given", Verbs: []string{"consent.given"},
		Entries: []domain.Entry{
			{ID: "e1", Actor: "m1", ActorName: "Mara Klein", Verb: "consent.given", Kind: "consent", Object: "o1", Detail: "openai",
				Batch: 12, At: now}, {ID: "e2", Verb: "document.read", Kind: "document_version", At: now},
			{ID: "e3", Actor: "m9", Erased: true, Detail: "must not show", At: now}}}))
	rendertest.Contains(t, html, "Mara Klein", "Consent given", "o1", "The server", "not sealed yet", "Deleted user",
		"Erased with the person's data", `<option value="consent.given" selected`)
	rendertest.Lacks(t, html, "must not show")
}

func TestA73_HostileAdministrationIsText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, admin.AIPage{}, admin.AI)
	rendertest.Hostile(t, page(), admin.AI)
	rendertest.Hostile(t, admin.ProviderCard{Setting: domain.ProviderSetting{Provider: domain.OpenAI}}, admin.Provider)
	rendertest.Hostile(t, admin.EgressPage{}, admin.Egress)
	rendertest.Hostile(t, admin.AuditPage{}, admin.Audit)
}
