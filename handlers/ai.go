package handlers

import (
	"errors"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"aimyorg/domain"
	"aimyorg/llm"
	"aimyorg/store"
	"aimyorg/views/admin"
)

func (s *Site) aiRoutes() []route {
	return []route{
		{"GET", "/admin/ai", domain.ConfigureAI, (*request).showAI, nil, ""},
		{"POST", "/admin/ai/switch", domain.ConfigureAI, (*request).switchAI, []string{"enabled"}, ""},
		{"POST", "/admin/ai/provider", domain.ConfigureAI, (*request).chooseProvider, []string{"provider"}, freshKind},
		{"POST", "/admin/ai/providers/:provider", domain.ConfigureAI, (*request).saveProvider, []string{"key", "models", "default"}, freshKind},
		{"POST", "/admin/ai/providers/:provider/enabled", domain.ConfigureAI, (*request).enableProvider, []string{"enabled"}, freshKind},
		{"POST", "/admin/ai/providers/:provider/key/delete", domain.ConfigureAI, (*request).deleteKey, nil, freshKind},
		{"POST", "/admin/ai/providers/:provider/test", domain.ConfigureAI, (*request).testProvider, nil, ""},
		{"POST", "/admin/ai/collections/:id", domain.ConfigureAI, (*request).allowCollection, []string{"ai_allowed"}, ""},
	}
}

func (q *request) showAI() error {
	p, err := q.aiPage()
	if err != nil {
		return err
	}
	return q.page("AI", admin.AI(p))
}

func (q *request) aiPage() (admin.AIPage, error) {
	p := admin.AIPage{Saved: domain.Provider(q.query("saved")), Forms: map[domain.Provider]admin.ProviderForm{},
		Tests: map[domain.Provider]admin.TestResult{}, Now: q.now}
	policy, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return p, err
	}
	err = q.read(func(t *store.Tenant) (err error) {
		if p.Settings, err = t.AI(); err != nil {
			return err
		}
		if p.Collections, err = t.Collections(); err != nil {
			return err
		}
		p.Consented, p.People, err = t.Consented(p.Settings.Chosen, policy.Version)
		return err
	})
	for i, x := range p.Settings.Providers {
		p.Settings.Providers[i].Operator = q.OperatorKey[x.Provider]
	}
	if err == nil && p.Settings.Chosen != domain.NoProvider {
		p.Sample, _ = q.Runs.Sample(q.ctx, p.Settings.Chosen, p.Settings.Setting(p.Settings.Chosen).Default) // "" for a refused model
	}
	return p, err
}

// changeAI carries a change out and shows the part that it changed, or the page.
func (q *request) changeAI(change func(*store.Tenant) error, part func(admin.AIPage) templ.Component, said string) error {
	if err := q.do(change); err != nil {
		return err
	}
	p, err := q.aiPage()
	if err != nil {
		return err
	}
	p.Said = said
	return q.either("/admin/ai", part(p))
}

func (q *request) switchAI() error {
	on := q.ticked("enabled")
	said := "AI is off. Answers that were being written have been cut."
	if on {
		said = "AI is on. Each person still decides for themselves."
	}
	return q.changeAI(func(t *store.Tenant) error { return t.SwitchAI(on) }, func(p admin.AIPage) templ.Component {
		if !on {
			q.Runs.Cut(q.actor().Tenant(), "", llm.DisabledByOrg)
		}
		return admin.Switch(p)
	}, said)
}

func (q *request) chooseProvider() error {
	chosen := domain.Provider(q.typed("provider"))
	return q.changeAI(func(t *store.Tenant) error { return t.ChooseProvider(chosen) }, admin.Answering, "")
}

// named is the provider in the path; one that is not offered is not found.
func (q *request) named() (domain.Provider, error) {
	p := domain.Provider(q.c.Params("provider"))
	if !slices.Contains(domain.Providers, p) {
		return "", domain.ErrNotFound
	}
	return p, nil
}

func (q *request) saveProvider() error {
	provider, err := q.named()
	if err != nil {
		return err
	}
	typed := admin.ProviderForm{Models: q.exactly("models"), Default: q.typed("default")}
	models := strings.Fields(typed.Models)
	if typed.Default == "" && len(models) > 0 {
		typed.Default = models[0]
	}
	err = q.do(func(t *store.Tenant) error {
		s, err := t.AI()
		if err != nil {
			return err
		}
		return t.SaveProvider(store.ProviderForm{Provider: provider, Enabled: s.Setting(provider).Enabled, Key: strings.TrimSpace(q.exactly("key")),
			Models: models, Default: typed.Default})
	})
	if errors.As(err, &typed.Problems) {
		return q.providerCard(422, provider, &typed, "")
	}
	if err != nil {
		return err
	}
	return q.providerCard(200, provider, nil, "Saved.")
}

func (q *request) enableProvider() error {
	on := q.ticked("enabled")
	return q.changeProvider(func(f *store.ProviderForm) { f.Enabled = on })
}

func (q *request) deleteKey() error {
	return q.changeProvider(func(f *store.ProviderForm) { f.RemoveKey = true })
}

// changeProvider saves a provider as it is but for one change.
func (q *request) changeProvider(change func(*store.ProviderForm)) error {
	provider, err := q.named()
	if err != nil {
		return err
	}
	err = q.do(func(t *store.Tenant) error {
		s, err := t.AI()
		if err != nil {
			return err
		}
		x := s.Setting(provider)
		f := store.ProviderForm{Provider: provider, Enabled: x.Enabled, Models: x.Models, Default: x.Default}
		change(&f)
		return t.SaveProvider(f)
	})
	var typed admin.ProviderForm
	if errors.As(err, &typed.Problems) {
		return q.providerCard(422, provider, &typed, "")
	}
	if err != nil {
		return err
	}
	return q.providerCard(200, provider, nil, "Saved.")
}

// providerCard shows one provider as it is now, or the whole page to a plain form.
func (q *request) providerCard(status int, provider domain.Provider, form *admin.ProviderForm, saved string) error {
	p, err := q.aiPage()
	if err != nil {
		return err
	}
	if q.partial() {
		card := admin.CardOf(p, provider)
		card.Form, card.Saved = form, saved
		return q.fragments(status, admin.Provider(card))
	}
	if form == nil {
		return q.redirect("/admin/ai?saved=" + string(provider) + "#provider-" + string(provider))
	}
	p.Forms[provider] = *form
	return q.pageWithTitle(status, "AI", admin.AI(p))
}

// testProvider sends one fixed sentence of ours; it is recorded like every request.
func (q *request) testProvider() error {
	provider, err := q.named()
	if err != nil {
		return err
	}
	tried := q.Runs.Try(q.ctx, q.actor(), provider)
	p, err := q.aiPage()
	if err != nil {
		return err
	}
	result := admin.TestResult{Done: true, OK: tried.Reason == "", Code: string(tried.Reason), Retry: tried.Wait,
		Model: p.Settings.Setting(provider).Default, Took: q.DB.Now().Sub(q.now)}
	if q.actor().May(domain.ReadEgress) {
		result.Receipt = tried.Receipt
	}
	if q.partial() {
		card := admin.CardOf(p, provider)
		card.Test = result
		return q.fragments(200, admin.Test(card))
	}
	p.Tests[provider] = result
	return q.page("AI", admin.AI(p))
}

func (q *request) allowCollection() error {
	id, err := q.param("id")
	if err != nil {
		return err
	}
	allowed := q.ticked("ai_allowed")
	var c domain.Collection
	err = q.do(func(t *store.Tenant) (err error) {
		if err = t.AllowAI(id, allowed); err != nil {
			return err
		}
		c, err = t.Collection(id)
		return err
	})
	if err != nil {
		return err
	}
	return q.either("/admin/ai", admin.Rule(admin.CollectionRule{Collection: c, Saved: true}))
}
