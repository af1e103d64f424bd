package handlers

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
)

// showData is what is kept about oneself, what left on one's behalf, and who looked at it.
func (q *request) showData() error {
	p := account.DataPage{Stored: stored(), Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		if p.Consents, err = q.consentPart(t); err != nil {
			return err
		}
		if p.Receipts, err = q.newestReceipts(t); err != nil {
			return err
		}
		if p.Looks, err = q.newestLooks(t); err != nil {
			return err
		}
		p.Measured, err = q.measuredPart(t, q.who.Member.Measured)
		return err
	})
	if err != nil {
		return err
	}
	return q.page("My data", account.Data(p))
}

func (q *request) newestLooks(t *store.Tenant) (account.LooksPart, error) {
	p := account.LooksPart{Now: q.now}
	list, err := t.Looks(store.Stretch{Limit: accountReceipts + 1})
	if len(list) > accountReceipts {
		list, p.Older = list[:accountReceipts], "/account/looks"
	}
	p.Looks = list
	return p, err
}

// listLooks is everybody who looked at what is the person's own (P52).
func (q *request) listLooks() error {
	s := q.stretch()
	p := account.LooksPart{All: true, Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		p.Looks, err = t.Looks(s)
		return err
	})
	if err != nil {
		return err
	}
	p.Looks, p.Newer, p.Older = neighbours(s, p.Looks, func(l domain.Look) domain.ID { return l.ID }, "/account/looks", nil)
	return q.page("Who looked at your data", account.AllLooks(p))
}

func (q *request) measuredPart(t *store.Tenant, on bool) (account.MeasuredPart, error) {
	used, err := t.Usage()
	return account.MeasuredPart{On: on, GPC: q.untracked(), Used: used, Now: q.now}, err
}

// chooseMeasuring lets usage and screens be counted, or not (P80).
func (q *request) chooseMeasuring() error {
	on := q.ticked("measured")
	var part account.MeasuredPart
	err := q.do(func(t *store.Tenant) (err error) {
		if err = t.Measure(on); err != nil {
			return err
		}
		part, err = q.measuredPart(t, on)
		return err
	})
	if err != nil {
		return err
	}
	if !on {
		q.usage.forget(q.actor())
	}
	part.Said = "Nothing is counted any more, and what was counted is deleted."
	if on {
		part.Said = "Counted from now on."
	}
	return q.either("/account/data#measured", account.Measured(part))
}

// keepScreen keeps how large the screen is: three whole numbers, once a session, and nothing else that was sent (P10). Who
// objects, here or in their browser, is not measured (P60, P80).
func (q *request) keepScreen() error {
	var s domain.Screen
	for name, at := range map[string]*int{"w": &s.Width, "h": &s.Height, "dpr": &s.Ratio} {
		n, err := strconv.Atoi(q.exactly(name))
		if err != nil || len(q.form[name]) != 1 {
			return domain.Problems{{Field: name, Code: "invalid", Text: "A screen is described by three whole numbers."}}
		}
		*at = n
	}
	if !s.Sane() {
		return domain.Problems{{Field: "w", Code: "invalid", Text: "There is no such screen."}}
	}
	if q.measured() && !q.who.Screen {
		if err := q.do(func(t *store.Tenant) error { return t.SaveScreen(q.who.Session, s) }); err != nil {
			return err
		}
	}
	return q.c.SendStatus(fiber.StatusNoContent)
}

// stored says in words what the catalogue lists of a person, by what it is for and how long it is kept.
func stored() []account.Stored {
	var out []account.Stored
	tables := store.Catalogue()
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t := tables[name]
		if !t.Tenant || !t.AboutPeople() {
			continue
		}
		kept := keptWords(t.Kept)
		i := slices.IndexFunc(out, func(s account.Stored) bool { return s.Purpose == purposeWords(t.Purpose) && s.Kept == kept })
		if i < 0 {
			out, i = append(out, account.Stored{Purpose: purposeWords(t.Purpose), Kept: kept}), len(out)
		}
		for _, c := range t.Columns {
			if word := classWords(c.Class); word != "" {
				out[i].What = append(out[i].What, word)
				if c.Sealed {
					out[i].Sealed = append(out[i].Sealed, word)
				}
			}
		}
	}
	for i := range out {
		for _, list := range []*[]string{&out[i].What, &out[i].Sealed} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
	}
	slices.SortFunc(out, func(a, b account.Stored) int { return compare(a.Purpose, b.Purpose) })
	return out
}
