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

// Unit makes a department; parent and manager may be "".
func (o Organization) Unit(t testing.TB, name string, parent, manager domain.ID) (id domain.ID) {
	t.Helper()
	Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		if id, err = x.CreateDepartment(name, parent); err != nil {
			return err
		}
		return x.SetManager(id, manager)
	})
	return id
}

// OwnRole makes a role of the organization's own.
func (o Organization) OwnRole(t testing.TB, name string, allowed ...domain.Permission) (id domain.ID) {
	t.Helper()
	f := domain.RoleForm{Name: name}
	for _, p := range allowed {
		f.Permissions = append(f.Permissions, string(p))
	}
	Do(t, o.DB, o.Owner, func(x *store.Tenant) (err error) {
		id, err = x.CreateRole(f)
		return err
	})
	return id
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
