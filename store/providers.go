package store

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type providerRow struct {
	bun.BaseModel `bun:"table:ai_providers,alias:p"`
	owned
	Provider     domain.Provider `bun:",pk"`
	Enabled      bool
	APIKey       []byte   `bun:"api_key"`
	Models       []string `bun:",array"`
	DefaultModel string
	UpdatedAt    time.Time
}

// keyPlace binds a provider's key to its row; the row's key is the provider's name.
func (t *Tenant) keyPlace(p domain.Provider) *place { return t.in("ai_providers", domain.ID(p)) }

// AI is the organization's decisions about AI.
func (t *Tenant) AI() (domain.AISettings, error) {
	o, err := t.organization()
	if err != nil {
		return domain.AISettings{}, err
	}
	rows, err := t.providers()
	if err != nil {
		return domain.AISettings{}, err
	}
	out := domain.AISettings{Enabled: o.AIEnabled, Chosen: o.AIProvider}
	for _, p := range domain.Providers {
		s := domain.ProviderSetting{Provider: p}
		for _, r := range rows {
			if r.Provider == p {
				s = domain.ProviderSetting{Provider: p, Enabled: r.Enabled, HasKey: len(r.APIKey) > 0, Models: slices.Clone(r.Models),
					Default: r.DefaultModel, UpdatedAt: r.UpdatedAt}
			}
		}
		out.Providers = append(out.Providers, s)
	}
	return out, nil
}

// SwitchAI turns AI on or off for the whole organization. Off cuts every running answer.
func (t *Tenant) SwitchAI(on bool) error {
	if err := t.mayConfigureAI(); err != nil {
		return err
	}
	if err := one(t.update(&organizationRow{AIEnabled: on}, []string{"ai_enabled"}, "true")); err != nil {
		return err
	}
	return t.audit("ai.switched", "organization", t.id(), onOff(on))
}

// ChooseProvider decides who answers; NoProvider quotes.
func (t *Tenant) ChooseProvider(p domain.Provider) error {
	if err := t.mayConfigureAI(); err != nil {
		return err
	}
	if p != domain.NoProvider && !slices.Contains(domain.Providers, p) {
		return domain.Problems{{Field: "provider", Code: "unknown", Text: "Choose a provider from the list."}}
	}
	if err := one(t.update(&organizationRow{AIProvider: p}, []string{"ai_provider"}, "true")); err != nil {
		return err
	}
	return t.audit("ai.provider_chosen", "organization", t.id(), string(p))
}

// ProviderForm is what an admin typed about a provider. An empty Key keeps the stored one; RemoveKey deletes it.
type ProviderForm struct {
	Provider  domain.Provider
	Enabled   bool
	Key       string
	RemoveKey bool
	Models    []string
	Default   string
}

// Problems says what is wrong with the form (P45: GPT models go to OpenAI directly).
func (f ProviderForm) Problems() domain.Problems {
	var p domain.Problems
	p.Add(!slices.Contains(domain.Providers, f.Provider), "provider", "unknown", "Choose a provider from the list.")
	p.Add(len(f.Key) > 512, "key", "too_long", "That is too long for a key.")
	for _, m := range f.Models {
		p.Add(!domain.ModelAllowed(f.Provider, m) || len(m) > 120, "models", "model_not_allowed",
			"“"+m+"” can't be asked of "+f.Provider.Name()+".")
	}
	p.Add(len(f.Models) > 50, "models", "too_many", "List at most 50 models.")
	p.Add(f.Default != "" && !slices.Contains(f.Models, f.Default), "default", "unknown", "Choose one of the allowed models.")
	p.Add(f.Enabled && f.Default == "", "default", "required", "Name at least one model, and choose the one that answers.")
	return p
}

// SaveProvider keeps what an admin decided about a provider (P46: nothing is enabled by default).
func (t *Tenant) SaveProvider(f ProviderForm) error {
	if err := t.mayConfigureAI(); err != nil {
		return err
	}
	if err := f.Problems().Err(); err != nil {
		return err
	}
	r := providerRow{owned: owned{t.id()}, Provider: f.Provider, Enabled: f.Enabled, Models: f.Models, DefaultModel: f.Default, UpdatedAt: t.now}
	if r.Models == nil {
		r.Models = []string{}
	}
	if f.Key != "" {
		p := t.keyPlace(f.Provider)
		if r.APIKey = p.text("api_key", f.Key); p.err != nil {
			return p.err
		}
	}
	q := t.bun.NewInsert().Model(&r).On("CONFLICT (tenant_id, provider) DO UPDATE").Set("enabled = EXCLUDED.enabled").
		Set("models = EXCLUDED.models").Set("default_model = EXCLUDED.default_model").Set("updated_at = EXCLUDED.updated_at")
	if f.Key != "" || f.RemoveKey {
		q = q.Set("api_key = EXCLUDED.api_key")
	}
	if _, err := q.Exec(t.ctx); err != nil {
		return err
	}
	if err := t.move(); err != nil {
		return err
	}
	return t.audit("ai.provider_saved", "provider", "", string(f.Provider)+" "+onOff(f.Enabled))
}

// ProviderKey opens a provider's own key, "" when none is stored. It is for the gate only and never shown.
func (t *Tenant) ProviderKey(p domain.Provider) (string, error) {
	rows, err := t.providers()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(rows, func(r providerRow) bool { return r.Provider == p && len(r.APIKey) > 0 })
	if i < 0 {
		return "", nil
	}
	at := t.keyPlace(p)
	key := at.read("api_key", rows[i].APIKey)
	return key, at.err
}

func (t *Tenant) mayConfigureAI() error {
	if err := t.may(domain.ConfigureAI); err != nil {
		return err
	}
	return t.writable()
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
