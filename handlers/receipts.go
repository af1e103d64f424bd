package handlers

import (
	"net/url"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/views/account"
)

// pageRows is how many rows a long list shows at once.
const pageRows = 50

// stretch is the piece of a long list that the address asks for, with one row more, which tells whether the list goes on.
// What is no id there means the beginning (A45).
func (q *request) stretch() store.Stretch {
	return store.Stretch{Before: q.queryID("before"), After: q.queryID("after"), Limit: pageRows + 1}
}

// neighbours cuts the row too many off and gives the addresses of what is newer and older.
func neighbours[T any](s store.Stretch, rows []T, id func(T) domain.ID, path string, filter url.Values) (page []T, newer, older string) {
	more, upwards := len(rows) == s.Limit, s.Before == "" && s.After != ""
	if more && upwards {
		rows = rows[1:]
	} else if more {
		rows = rows[:len(rows)-1]
	}
	if len(rows) == 0 {
		return rows, "", ""
	}
	to := func(name string, at domain.ID) string {
		v := url.Values{name: {string(at)}}
		for key, values := range filter {
			if values[0] != "" {
				v[key] = values
			}
		}
		return path + "?" + v.Encode()
	}
	if upwards && more || s.Before != "" {
		newer = to("after", id(rows[0]))
	}
	if upwards || more {
		older = to("before", id(rows[len(rows)-1]))
	}
	return rows, newer, older
}

func receiptID(r domain.Receipt) domain.ID { return r.ID }

// accountReceipts is how many receipts, and looks, the page of one's data shows before it leads to all of them.
const accountReceipts = 5

// newestReceipts are the few that /account/data shows.
func (q *request) newestReceipts(t *store.Tenant) (account.ReceiptsPart, error) {
	p := account.ReceiptsPart{Now: q.now}
	list, err := t.Receipts(store.ReceiptFilter{Stretch: store.Stretch{Limit: accountReceipts + 1}})
	if len(list) > accountReceipts {
		list, p.Older = list[:accountReceipts], "/account/receipts"
	}
	p.Receipts = list
	return p, err
}

// listReceipts is everything that left on the person's behalf.
func (q *request) listReceipts() error {
	f := store.ReceiptFilter{Stretch: q.stretch()}
	p := account.ReceiptsPart{All: true, Now: q.now}
	err := q.read(func(t *store.Tenant) (err error) {
		p.Receipts, err = t.Receipts(f)
		return err
	})
	if err != nil {
		return err
	}
	p.Receipts, p.Newer, p.Older = neighbours(f.Stretch, p.Receipts, receiptID, "/account/receipts", nil)
	return q.page("What left the building", account.AllReceipts(p))
}

// showReceipt is one of the person's own; of another's, also of one that they may read elsewhere, there is nothing here.
func (q *request) showReceipt() error {
	p, err := q.receipt()
	if err == nil && p.Receipt.Member != q.actor().Member() {
		err = domain.ErrNotFound
	}
	if err != nil {
		return err
	}
	return q.page("Receipt", account.Receipt(p))
}

// receipt reads a receipt and the consents that it was sent under.
func (q *request) receipt() (account.ReceiptPage, error) {
	p := account.ReceiptPage{Now: q.now}
	id, err := q.param("id")
	if err != nil {
		return p, err
	}
	err = q.DB.Snapshot(q.ctx, q.actor(), func(t *store.Tenant) (err error) {
		if p.Receipt, err = t.Receipt(id); err != nil {
			return err
		}
		p.Consents, err = t.ConsentsUnder(p.Receipt)
		return err
	})
	return p, err
}
