package handlers

import (
	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/home"
)

// homeRows is how many documents and conversations home shows.
const homeRows = 5

// showHome says what to do next, and what happened last.
func (q *request) showHome() error {
	a := q.actor()
	p := home.Page{Member: q.who.Member, Organization: q.who.Org, MayWrite: a.May(domain.WriteKnowledge),
		MayConfigure: a.May(domain.ConfigureAI),
		MayAsk:       a.May(domain.AskCopilot), Now: q.now}
	err := q.read(func(t *store.Tenant) error {
		if err := q.homeKnowledge(t, &p); err != nil {
			return err
		}
		return q.homeCopilot(t, &p)
	})
	if err != nil {
		return err
	}
	return q.page("Home", home.Home(p))
}

func (q *request) homeKnowledge(t *store.Tenant, p *home.Page) error {
	collections, err := t.Collections()
	if err != nil {
		return err
	}
	p.Collections = len(collections)
	if p.Documents, err = t.Documents("", store.Page{Limit: homeRows}); err != nil {
		return err
	}
	p.HasDocuments = len(p.Documents) > 0
	p.Waiting, p.Unreadable, err = t.Unfinished()
	return err
}

func (q *request) homeCopilot(t *store.Tenant, p *home.Page) error {
	settings, err := t.AI()
	if err != nil {
		return err
	}
	chosen := settings.Setting(settings.Chosen)
	p.HasProvider = settings.Enabled && settings.Chosen != domain.NoProvider && chosen.Enabled
	if !p.MayAsk {
		return nil
	}
	if p.Consented, err = q.consented(t, settings.Chosen); err != nil {
		return err
	}
	p.Conversations, err = t.Conversations("", 0, homeRows)
	p.HasAsked = len(p.Conversations) > 0
	return err
}

// consented says whether the person agreed to all that answering sends to a provider.
func (q *request) consented(t *store.Tenant, p domain.Provider) (bool, error) {
	inForce, err := q.DB.PolicyInForce(q.ctx)
	if err != nil {
		return false, err
	}
	state, err := t.ConsentState()
	return state.CoversCopilot(p, inForce.Version), err
}
