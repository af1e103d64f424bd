package handlers

import (
	"net/url"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/admin"
)

func (s *Site) auditRoutes() []route {
	return []route{
		{"GET", "/admin/audit", domain.ReadAudit, (*request).listAudit, nil, ""},
		{"POST", "/admin/audit/verify", domain.ReadAudit, (*request).verifyAudit, nil, ""},
	}
}

// verifiedAtOnce is how many entries are verified each time that the page is looked at; a longer log when it is asked for.
const verifiedAtOnce = 2000

// listAudit is who did what and when, and whether the log is as it was written (A120).
func (q *request) listAudit() error { return q.auditPage(false) }

// verifyAudit checks the whole chain now.
func (q *request) verifyAudit() error {
	if !q.partial() {
		return q.auditPage(true)
	}
	p := admin.AuditPage{Now: q.now}
	err := q.DB.Snapshot(q.ctx, q.actor(), func(t *store.Tenant) (err error) {
		p.Chain, err = q.chain(t)
		return err
	})
	if err != nil {
		return err
	}
	return q.fragments(200, admin.ChainState(p))
}

func (q *request) auditPage(verify bool) error {
	p := admin.AuditPage{Actor: q.queryID("actor"), Now: q.now}
	f := store.AuditFilter{Actor: p.Actor, Stretch: q.stretch()}
	err := q.DB.Snapshot(q.ctx, q.actor(), func(t *store.Tenant) (err error) {
		if p.Verbs, p.Kinds, err = t.AuditWords(); err != nil {
			return err
		}
		f.Verb, f.Kind = oneOf(q.query("verb"), p.Verbs), oneOf(q.query("kind"), p.Kinds)
		if p.Entries, err = t.Audit(f); err != nil {
			return err
		}
		if p.People, err = t.Choice(maxChoice, true); err != nil {
			return err
		}
		size, err := t.AuditSize()
		if err != nil || size > verifiedAtOnce && !verify {
			return err
		}
		p.Chain, err = q.chain(t)
		return err
	})
	if err != nil {
		return err
	}
	p.Verb, p.Kind = f.Verb, f.Kind
	filter := url.Values{"actor": {string(p.Actor)}, "verb": {p.Verb}, "kind": {p.Kind}}
	p.Entries, p.Newer, p.Older = neighbours(f.Stretch, p.Entries, func(e domain.Entry) domain.ID { return e.ID }, "/admin/audit", filter)
	return q.page("Audit log", admin.Audit(p))
}

// chain is what verifying found, as the page says it.
func (q *request) chain(t *store.Tenant) (admin.Chain, error) {
	v, err := t.VerifyAudit()
	return admin.Chain{Checked: q.now, OK: v.Bad == "", Batches: int64(v.Batches), Entries: int64(v.Entries), Unsealed: v.Open,
		FirstBad: v.BadEntry, BadBatch: v.BadBatch}, err
}
