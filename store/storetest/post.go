package storetest

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/store"
)

// Post takes the mails of an organization that nobody has tried to send, oldest first, as a job would.
func (o Organization) Post(t testing.TB) []store.Outgoing {
	t.Helper()
	// Another test's store, whose clock is another one, may have put them there: their time has come.
	rows, err := Superuser(t).Query(t.Context(), `with mine as (update outbox set next_at = next_at - interval '1 hour'
		where tenant_id = $1 and state = 'waiting' and tries = 0 returning id) select id::text from mine order by id`, o.Owner.Tenant())
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[domain.ID])
	if err != nil {
		t.Fatal(err)
	}
	var out []store.Outgoing
	for _, id := range ids {
		Do(t, o.DB, store.System(o.Owner.Tenant()), func(x *store.Tenant) error {
			m, err := x.BeginMail(id)
			out = append(out, m)
			return err
		})
	}
	return out
}

// Letter is the one mail of a kind among those that nobody has tried to send.
func (o Organization) Letter(t testing.TB, kind domain.LetterKind) domain.Letter {
	t.Helper()
	var found []domain.Letter
	for _, m := range o.Post(t) {
		if m.Letter.Kind == kind {
			found = append(found, m.Letter)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d mails of kind %s", len(found), kind)
	}
	return found[0]
}
