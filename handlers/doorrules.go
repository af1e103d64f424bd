package handlers

import (
	"errors"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/door"
	"aimyorg/views/layout"
)

func (q *request) showDoorRules() error {
	p, _, err := q.doorRules()
	if err != nil {
		return err
	}
	return q.doorRulesPage(200, p)
}

// doorRules is what the page is about, as it is now.
func (q *request) doorRules() (p door.RulesPage, f store.DoorFacts, err error) {
	err = q.read(func(t *store.Tenant) (err error) {
		f, err = t.DoorFacts()
		return err
	})
	return door.RulesPage{Rules: f.Rules, People: f.People, Without: f.Without, SSO: f.SSO, Tried: f.SSOTried,
		ByAccount: triesByAccount, ByAddress: triesByAddress, AlertsAfter: domain.FailuresAlert}, f, err
}

func (q *request) doorRulesPage(status int, p door.RulesPage) error {
	return q.pageWith(status, layout.PageProps{Title: "Security"}, door.Rules(p))
}

// changeDoorRules shows what a change does to whom, and makes it once that was seen.
func (q *request) changeDoorRules() error {
	p, f, err := q.doorRules()
	if err != nil {
		return err
	}
	p.Rules = domain.DoorRules{Factor: q.ticked("factor"), SSO: q.ticked("sso")}
	switch p.Problems = f.Problems(p.Rules); {
	case len(p.Problems) > 0:
		return q.doorRulesPage(422, p)
	case !q.ticked("sure"):
		p.Preview = true
		return q.doorRulesPage(200, p)
	}
	err = q.do(func(t *store.Tenant) error { return t.SaveDoorRules(p.Rules) })
	if errors.As(err, &p.Problems) { // what it depends on changed meanwhile
		return q.doorRulesPage(422, p)
	}
	if err != nil {
		return err
	}
	p.Saved = true
	return q.doorRulesPage(200, p)
}
