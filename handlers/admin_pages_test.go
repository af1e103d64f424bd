package handlers_test

import (
	"net/url"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestP64_AdminPagesAreNotThereForMembers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	d := o.Document(t, o.Collection(t, domain.CollectionForm{}), "Travel policy", "Trains are first class after four hours of travelling.")
	id := string(s.receipt(t, o.Owner, d))
	paths := []string{"/admin/egress", "/admin/egress/" + id, "/admin/audit"}
	for _, role := range []domain.Role{domain.Manager, domain.Staff} {
		b := s.as(t, o.People[role])
		for _, path := range paths {
			b.get(path).must(t, 404, `data-code="not_found"`, "!Travel policy")
		}
		b.post("/admin/audit/verify", nil).must(t, 404)
		b.post("/admin/audit/verify", nil, "HX-Request", "true").must(t, 404, "!sealed")
		b.get("/home").must(t, 200, "!/admin/e", "!/admin/au", "!/admin/ai")
	}
	for _, role := range []domain.Role{domain.Owner, domain.Admin, domain.Auditor} {
		b := s.as(t, o.People[role])
		for _, path := range paths {
			b.get(path).must(t, 200)
		}
	}
	for _, path := range paths {
		s.nobody(t).get(path).must(t, 303)
	}
	other := s.as(t, storetest.New(t, s.db).Owner)
	other.get("/admin/egress").must(t, 200, "!"+id, "Nothing has left")
	other.get("/admin/audit").must(t, 200, "!"+string(o.Owner.Member()))
	notTheirs(t, s, "/admin/egress/", id, other)
}

func TestAudit_ListsFiltersAndVerifies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/admin/audit").must(t, 200, "Organization founded", "Member added", "not sealed yet", `data-code="intact"`, "Olga Owner")
	b.get("/admin/audit?verb=member.added").must(t, 200, `data-verb="member.added"`, `!data-verb="organization.founded"`)
	b.get("/admin/audit?kind=organization").must(t, 200, `data-verb="organization.founded"`, `!data-verb="member.added"`)
	b.get("/admin/audit?verb=%27&kind=%27&actor=%27").must(t, 200, `data-verb="member.added"`)
	b.get("/admin/audit?actor="+string(o.People[domain.Staff].Member())).must(t, 200, "No entries")
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error { _, err := x.SealAudit(); return err })
	b.get("/admin/audit").must(t, 200, "1 sealed batch", `data-code="intact"`)
	b.post("/admin/audit/verify", nil, "HX-Request", "true").must(t, 200, `id="chain"`, `data-code="intact"`, "!<html")
	b.post("/admin/audit/verify", url.Values{}).must(t, 200, "<html", `data-code="intact"`)
}

func TestA120_TheAuditPageNamesWhatWasChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error { _, err := x.SealAudit(); return err })
	_, err := storetest.Superuser(t).Exec(t.Context(), "update audit_entries set verb = 'member.removed' where tenant_id = $1 and verb = 'member.added'",
		string(o.Owner.Tenant()))
	if err != nil {
		t.Fatal(err)
	}
	s.as(t, o.People[domain.Auditor]).get("/admin/audit").must(t, 200, `data-code="broken"`, "Batch 1 is not as it was sealed", `!data-code="intact"`)
}
