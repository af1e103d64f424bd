package storetest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/seal"
)

// sealed is a text of the organization's own, sealed for a place.
func (o Organization) sealed(t testing.TB, table, column string, row domain.ID, text string) []byte {
	t.Helper()
	box, err := At(t).Keys.Tenant(t.Context(), string(o.Owner.Tenant()))
	if err != nil {
		t.Fatal(err)
	}
	out, err := box.SealText(seal.Place{Table: table, Column: column, Row: string(row)}, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Unit plants a department; parent and manager may be "".
func (o Organization) Unit(t testing.TB, name string, parent, manager domain.ID) domain.ID {
	t.Helper()
	id := o.DB.NewID()
	o.plant(t, `insert into departments (tenant_id, id, parent_id, name, manager_id, created_at) values ($1, $2, nullif($3, '')::uuid, $4, nullif($5, '')::uuid, now())`,
		o.Owner.Tenant(), id, string(parent), o.sealed(t, "departments", "name", id, name), string(manager))
	return id
}

// OwnRole plants a role of the organization's own.
func (o Organization) OwnRole(t testing.TB, name string, allowed ...domain.Permission) domain.ID {
	t.Helper()
	id := o.DB.NewID()
	o.plant(t, `insert into roles (tenant_id, id, name, permissions, created_at) values ($1, $2, $3, $4, now())`,
		o.Owner.Tenant(), id, o.sealed(t, "roles", "name", id, name), allowed)
	return id
}

// plant runs a statement past all walls, and says that who may what has changed.
func (o Organization) plant(t testing.TB, statement string, args ...any) {
	t.Helper()
	conn := Superuser(t)
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "update standings set epoch = epoch + 1 where tenant_id = $1", o.Owner.Tenant()); err != nil {
		t.Fatal(err)
	}
}

// Letters are the mails of the outbox that have not gone yet, newest first, opened as only their readers see them.
func (o Organization) Letters(t testing.TB) []domain.Letter {
	t.Helper()
	rows, err := Superuser(t).Query(t.Context(), "select id, body from outbox where tenant_id = $1 and body is not null order by id desc", o.Owner.Tenant())
	if err != nil {
		t.Fatal(err)
	}
	box, err := At(t).Keys.Tenant(t.Context(), string(o.Owner.Tenant()))
	if err != nil {
		t.Fatal(err)
	}
	var out []domain.Letter
	var id domain.ID
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &body}, func() error {
		plain, err := box.Open(seal.Place{Table: "outbox", Column: "body", Row: string(id)}, body)
		if err != nil {
			return err
		}
		var l domain.Letter
		err = json.Unmarshal(plain, &l)
		out = append(out, l)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Link is the secret of the newest letter of a kind, as its reader follows it.
func (o Organization) Link(t testing.TB, kind domain.LetterKind) (token string) {
	t.Helper()
	for _, l := range o.Letters(t) {
		if l.Kind == kind {
			return l.Path[strings.LastIndex(l.Path, "/")+1:]
		}
	}
	t.Fatalf("no letter of %s", kind)
	return ""
}

// Invite invites somebody as an actor and gives the link's secret.
func (o Organization) Invite(t testing.TB, as domain.Actor, f domain.InvitationForm) (id domain.ID, token string) {
	t.Helper()
	if f.Role == "" {
		f.Role = string(domain.Staff)
	}
	Do(t, o.DB, as, func(x *store.Tenant) (err error) {
		id, err = x.Invite(f)
		return err
	})
	return id, o.Link(t, domain.LetterInvitation)
}
