package handlers

import (
	"net/url"
	"slices"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
	"aimyorg/views/admin"
)

func (s *Site) egressRoutes() []route {
	return []route{
		{"GET", "/admin/egress", domain.ReadEgress, (*request).listEgress, nil, ""},
		{"GET", "/admin/egress/:id", domain.ReadEgress, (*request).showEgress, nil, ""},
	}
}

// listEgress is every request that the organization sent to an AI provider.
func (q *request) listEgress() error {
	p := admin.EgressPage{Provider: oneOf(q.query("provider"), domain.Providers),
		Outcome: oneOf(q.query("outcome"), domain.Outcomes), Now: q.now}
	f := store.ReceiptFilter{All: true, Provider: p.Provider, Outcome: p.Outcome, Stretch: q.stretch()}
	err := q.do(func(t *store.Tenant) (err error) { // it writes who looked (P52)
		if p.Receipts, err = t.ReceiptsLookedAt(f); err != nil {
			return err
		}
		p.Names, err = namesOf(t, p.Receipts...)
		return err
	})
	if err != nil {
		return err
	}
	filter := url.Values{"provider": {string(p.Provider)}, "outcome": {string(p.Outcome)}}
	p.Receipts, p.Newer, p.Older = neighbours(f.Stretch, p.Receipts, receiptID, "/admin/egress", filter)
	return q.page("What left the building", admin.Egress(p))
}

// showEgress is one request, of anybody in the organization.
func (q *request) showEgress() error {
	p := account.ReceiptPage{Now: q.now}
	id, err := q.param("id")
	if err != nil {
		return err
	}
	names := map[domain.ID]string{}
	err = q.do(func(t *store.Tenant) (err error) { // it writes who looked (P52)
		if p.Receipt, err = t.ReceiptLookedAt(id); err != nil {
			return err
		}
		if p.Consents, err = t.ConsentsUnder(p.Receipt); err != nil {
			return err
		}
		names, err = namesOf(t, p.Receipt)
		return err
	})
	if err != nil {
		return err
	}
	p.Admin, p.Person = true, names[p.Receipt.Member]
	return q.page("Receipt", account.Receipt(p))
}

// namesOf maps the people of receipts to their names.
func namesOf(t *store.Tenant, receipts ...domain.Receipt) (map[domain.ID]string, error) {
	ids := make([]domain.ID, len(receipts))
	for i, r := range receipts {
		ids[i] = r.Member
	}
	return t.NamesOf(ids...)
}

// oneOf is a value of a filter, or "" for what is none of them (A45).
func oneOf[T ~string](v string, all []T) T {
	if i := slices.Index(all, T(v)); i >= 0 {
		return all[i]
	}
	return ""
}
