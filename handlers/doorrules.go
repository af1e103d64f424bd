package handlers

import (
	"errors"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/door"
	"aimyorg/views/layout"
)

func (q *request) showDoorRules() error {
	return q.doorRulesPage(200, func(*door.RulesPage) {})
}

// doorRulesPage shows the rules as they are, or as edit makes of them what was typed.
func (q *request) doorRulesPage(status int, edit func(*door.RulesPage)) error {
	var f store.DoorFacts
	err := q.read(func(t *store.Tenant) (err error) {
		f, err = t.DoorFacts()
		return err
	})
	if err != nil {
		return err
	}
	p := door.RulesPage{Rules: f.Rules, People: f.People, Without: f.Without, SSO: f.SSO, Tried: f.SSOTried,
		ByAccount: triesByAccount, ByAddress: triesByAddress, AlertsAfter: domain.FailuresAlert}
	edit(&p)
	return q.pageWith(status, layout.PageProps{Title: "Security"}, door.Rules(p))
}

// changeDoorRules shows what a change does to whom, and makes it once that was seen.
func (q *request) changeDoorRules() error {
	rules := domain.DoorRules{Factor: q.ticked("factor"), SSO: q.ticked("sso")}
	if !q.ticked("sure") {
		return q.doorRulesPage(200, func(p *door.RulesPage) { p.Rules, p.Preview = rules, true })
	}
	err := q.do(func(t *store.Tenant) error { return t.SaveDoorRules(rules) })
	var problems domain.Problems
	if errors.As(err, &problems) {
		return q.doorRulesPage(422, func(p *door.RulesPage) { p.Rules, p.Problems = rules, problems })
	}
	if err != nil {
		return err
	}
	return q.doorRulesPage(200, func(p *door.RulesPage) { p.Saved = true })
}
