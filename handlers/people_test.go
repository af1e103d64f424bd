package handlers_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// hire adds people by name.
func hire(t testing.TB, o storetest.Organization, names ...string) []domain.ID {
	t.Helper()
	var out []domain.ID
	for i, name := range names {
		a, err := o.DB.AddMember(t.Context(), o.Owner, domain.Member{Name: name, Title: "Clerk", Role: domain.Staff, PolicyVersion: 1,
			Email: fmt.Sprintf("hired-%d-%s@example.com", i, o.DB.NewID()[24:])}, storetest.Hash)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a.Member())
	}
	return out
}

func TestDirectory_IsSearchedFilteredAndPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	sales := o.Unit(t, "Sales", "", "")
	north := o.Unit(t, "Nördlich", sales, "")
	ids := hire(t, o, "Zoë Ångström", "ann able", "Bert Baker")
	hire(t, other, "Foreign Fritz")
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error { return x.ChangeDepartment(ids[2], north) })
	b := s.as(t, o.People[domain.Staff])
	all := b.get("/people").must(t, 200, "Zoë Ångström", "ann able", "Olga Owner", "Clerk · Sales / Nördlich", "!Foreign Fritz", "!Accounts")
	if strings.Index(all.body, "ann able") > strings.Index(all.body, "Bert Baker") || strings.Index(all.body, "Test Member") > strings.Index(all.body, "Zoë") {
		t.Error("not by name")
	}
	for query, want := range map[string][]string{
		"q=zoe": {"Zoë Ångström", "!ann able"}, "q=ANGSTROM+zo": {"Zoë Ångström"}, "q=clerk+baker": {"Bert Baker", "!ann able"}, "q=nordlich": {"Bert Baker", "!ann able"},
		"q=hired-1": {"ann able", "!Zoë"}, "q=olga+nobody": {"Nobody found"}, "q=%3Cscript%3E": {"Nobody found", "!<script>", "&lt;script&gt;"},
		"department=" + string(sales): {"Bert Baker", "!ann able"}, "role=auditor": {"Test Auditor", "!ann able"}, "role=owner": {"Olga Owner", "!Test Auditor"},
		"q=" + strings.Repeat("x", 10_000): {"Nobody found"}, "q=fritz": {"Nobody found"},
	} {
		b.get("/people?"+query).must(t, 200, want...)
		b.get("/people?"+query, "HX-Request", "true").must(t, 200, append(want[:1:1], "!<html", `id="people"`)...)
	}
}

// A45: numbers and words in the address that nobody offers are brought back to what there is.
func TestA45_PagingIsClamped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("Person %02d", i))
	}
	hire(t, o, names...)
	b := s.as(t, o.Owner)
	first := b.get("/people").must(t, 200, "Person 00", "1–50 of 65", `rel="next"`, `!rel="prev"`, "!Person 59")
	b.get("/people?from=50").must(t, 200, "Person 59", "51–65 of 65", `rel="prev"`, `!rel="next"`)
	for _, query := range []string{"limit=1000000000", "limit=-1", "from=-50", "from=x", "from=1e9", "from=99999999999999999999", "sort=password", "offset=-1", "role=nobody",
		"department=x", "accounts=all", "limit=1000000000&sort=name;drop"} {
		a := b.get("/people?"+query).must(t, 200)
		if strings.Count(a.body, `class="item row"`) != strings.Count(first.body, `class="item row"`) {
			t.Errorf("%s: %d people", query, strings.Count(a.body, `class="item row"`))
		}
	}
	b.get("/people?from=1000000").must(t, 200, "51–65 of 65")
	b.get("/admin/people?before=x&after=1e9&limit=-1").must(t, 200)
}

// P78: a corrected name is the one that is shown, searched and listed at once, in every process.
func TestP78_CorrectedNameIsInTheDirectoryAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	elsewhere := newSite(t)
	again, err := storetest.At(t).Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	o := storetest.New(t, s.db)
	_, him := s.as(t, o.Owner), s.as(t, o.People[domain.Staff])
	readers := []*browser{s.as(t, o.Owner), elsewhere.as(t, o.Owner)}
	look := func(db *store.DB, q string) (names []string) {
		err := db.Read(t.Context(), o.Owner, func(x *store.Tenant) error {
			page, _, err := x.Directory(store.PeopleFilter{Query: q, Limit: 50})
			for _, p := range page {
				names = append(names, p.Name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	if got := look(again, "test member"); !slices.Equal(got, []string{"Test Member"}) {
		t.Fatal(got)
	}
	him.post("/account/profile", url.Values{"name": {"Xaver Quell"}, "title": {"Archivar"}}).must(t, 303)
	for _, b := range readers {
		b.get("/people").must(t, 200, "Xaver Quell", "Archivar", "!Test Member")
		b.get("/people?q=xaver").must(t, 200, "Xaver Quell")
		b.get("/people?q=test+member").must(t, 200, "!Test Member")
		b.get("/people/"+string(o.People[domain.Staff].Member())).must(t, 200, "Xaver Quell", "!Test Member")
	}
	if got := look(again, "archivar"); !slices.Equal(got, []string{"Xaver Quell"}) {
		t.Errorf("another process shows %v", got)
	}
}

func TestP5_RoleAndDepartmentOfAPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	sales := o.Unit(t, "Sales", "", o.People[domain.Manager].Member())
	staff := o.People[domain.Staff].Member()
	path := "/people/" + string(staff)
	admin, him := s.as(t, o.People[domain.Admin]), s.as(t, o.People[domain.Staff])
	him.get(path).must(t, 200, "Member", "!Change role", "!Deactivate", "!Departments before")
	admin.get(path).must(t, 200, "Change role", "Deactivate", "!Make the owner")
	admin.post(path+"/department", url.Values{"department": {string(sales)}}).must(t, 303)
	admin.get(path).must(t, 200, "Departments before", "Sales", "Test Manager")
	admin.post(path+"/role", url.Values{"role": {"auditor"}, "permissions": {"organization.own"}}).must(t, 303)
	him.get("/people/"+string(staff)).must(t, 200, "Auditor", "Sales")
	for _, role := range []string{"owner", "custom", "x", ""} {
		admin.post(path+"/role", url.Values{"role": {role}}).must(t, 422, "Choose a role from the list.")
	}
	for _, unit := range []string{string(s.db.NewID()), "x"} {
		admin.post(path+"/department", url.Values{"department": {unit}}).must(t, 422, "Choose a department from the list.")
	}
	owner := "/people/" + string(o.Owner.Member())
	admin.post(owner+"/role", url.Values{"role": {"member"}}).must(t, 404)
	admin.post(owner+"/deactivate", nil).must(t, 404)
	me := "/people/" + string(o.People[domain.Admin].Member())
	admin.post(me+"/role", url.Values{"role": {"member"}}).must(t, 404)
	admin.get(me).must(t, 200, "Nobody changes their own role")
	admin.get(owner).must(t, 200, "only when they hand the organization over")
	if n := len(kinds(t, o, staff)); n != 2 {
		t.Errorf("%d notices: %v", n, kinds(t, o, staff))
	}
}

// kinds are the kinds of a person's notices.
func kinds(t testing.TB, o storetest.Organization, member domain.ID) (out []string) {
	t.Helper()
	rows, err := storetest.Superuser(t).Query(t.Context(), "select kind from notifications where tenant_id = $1 and member_id = $2 order by id", o.Owner.Tenant(), member)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var k string
		if err := rows.Scan(&k); err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

// A34, A42: who manages people without all rights changes nobody who has more, and gives nothing that they don't have.
func TestA34_A42_RolesAreChangedWithinOnesOwnRights(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	own := o.OwnRole(t, "Human resources", append(domain.PermissionsOf(domain.Staff), domain.InvitePeople, domain.ManagePeople)...)
	foreign, theirs := other.OwnRole(t, "Foreign", domain.ReadPeople), other.Unit(t, "Theirs", "", "")
	owner := s.as(t, o.Owner)
	person := func(r domain.Role) string { return "/people/" + string(o.People[r].Member()) }
	owner.post(person(domain.Manager)+"/role", url.Values{"role": {string(own)}}).must(t, 303)
	hr := s.as(t, domain.NewCustomActor(o.Owner.Tenant(), o.People[domain.Manager].Member(), own, nil))
	hr.get("/people/"+string(o.People[domain.Manager].Member())).must(t, 200, "Human resources")
	hr.post(person(domain.Staff)+"/role", url.Values{"role": {"manager"}}).must(t, 303)
	for _, role := range []string{"admin", "auditor", string(own), string(foreign)} {
		hr.post(person(domain.Staff)+"/role", url.Values{"role": {role}}).must(t, 422)
	}
	for _, r := range []domain.Role{domain.Admin, domain.Auditor} {
		hr.post(person(r)+"/role", url.Values{"role": {"member"}}).must(t, 422)
		hr.get(person(r)).must(t, 200, "has rights that you don")
	}
	owner.post(person(domain.Staff)+"/role", url.Values{"role": {string(foreign)}}).must(t, 422)
	owner.post(person(domain.Staff)+"/department", url.Values{"department": {string(theirs)}}).must(t, 422)
	for _, r := range []domain.Role{domain.Auditor} {
		b := s.as(t, o.People[r])
		for _, end := range []string{"/role", "/department", "/deactivate", "/reactivate", "/ownership"} {
			b.post(person(domain.Staff)+end, url.Values{"role": {"member"}}).must(t, 404, `data-code="not_found"`)
		}
	}
	hr.post(person(domain.Staff)+"/ownership", nil).must(t, 404)
}

// A16: who is deactivated is out at the next request, with what they have open; reactivated, they sign in anew.
func TestA16_DeactivatedFromTheirPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	him, admin := s.as(t, o.People[domain.Staff]), s.as(t, o.Owner)
	path := "/people/" + string(o.People[domain.Staff].Member())
	admin.get(path+"/deactivate").must(t, 200, "signed out everywhere within seconds", "Deactivate Test Member")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	him.consent(t)
	_, stream := him.ask("What does the handbook say?")
	lines := him.follow(ctx, stream)
	admin.post(path+"/deactivate", nil).must(t, 303)
	begun := time.Now()
	for lines.Scan() {
	}
	if time.Since(begun) > 5*time.Second {
		t.Errorf("the stream ended after %v", time.Since(begun))
	}
	him.get("/people").must(t, 303)
	admin.get("/people").must(t, 200, "!Test Member")
	admin.get("/people?accounts=closed").must(t, 200, "Test Member", "Deactivated")
	s.as(t, o.People[domain.Auditor]).get(path).must(t, 404)
	admin.get(path).must(t, 200, "This account is deactivated", "Reactivate")
	admin.get(path+"/deactivate").must(t, 404)
	admin.post(path+"/deactivate", nil).must(t, 404)
	admin.post(path+"/reactivate", nil).must(t, 303)
	him.get("/people").must(t, 303)
	s.as(t, o.People[domain.Staff]).get("/people").must(t, 200, "Test Member")
}

func TestOwnership_IsHandedOverByBoth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	owner, admin, staff := s.as(t, o.Owner), s.as(t, o.People[domain.Admin]), s.as(t, o.People[domain.Staff])
	path := "/people/" + string(o.People[domain.Staff].Member())
	admin.get(path+"/ownership").must(t, 404)
	admin.post(path+"/ownership", nil).must(t, 404)
	owner.post("/people/"+string(o.Owner.Member())+"/ownership", nil).must(t, 404)
	owner.get(path+"/ownership").must(t, 200, "Make Test Member the owner?")
	owner.post(path+"/ownership", nil).must(t, 303)
	owner.get(path).must(t, 200, "You offered the organization to Test Member", "Withdraw the offer", "!Make the owner")
	first := o.Link(t, domain.LetterOwnership)
	staff.get("/ownership").must(t, 200, "An offer is open")
	admin.get("/ownership").must(t, 200, "No open offer")
	for name, b := range map[string]*browser{"admin": admin, "owner": owner, "another organization": s.as(t, storetest.New(t, s.db).Owner)} {
		b.get("/ownership/"+first).must(t, 404)
		if a := b.post("/ownership/"+first, nil); a.status != 404 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	s.nobody(t).post("/ownership/"+first, nil).must(t, 303)
	owner.post("/admin/ownership/withdraw", nil).must(t, 303)
	owner.post("/admin/ownership/withdraw", nil).must(t, 404)
	staff.get("/ownership/"+first).must(t, 404)
	staff.post("/ownership/"+first, nil).must(t, 404)

	owner.post(path+"/ownership", nil).must(t, 303)
	link := "/ownership/" + o.Link(t, domain.LetterOwnership)
	staff.get(link).must(t, 200, "Olga Owner offers you the organization", "Become the owner")
	staff.post(link, nil).must(t, 303)
	staff.post(link, nil).must(t, 404)
	staff.get(path).must(t, 200, "Owner")
	owner.get("/people/"+string(o.Owner.Member())).must(t, 200, "Admin")
	owner.post(path+"/ownership", nil).must(t, 404)
	staff.post("/people/"+string(o.Owner.Member())+"/deactivate", nil).must(t, 303)
	owner.get("/home").must(t, 303)
	if got := kinds(t, o, o.Owner.Member()); !slices.Contains(got, "ownership") {
		t.Errorf("the old owner was told %v", got)
	}
}

func TestSecondFactorsAreRemovedForWhoLostThem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o, other := storetest.New(t, s.db), storetest.New(t, s.db)
	staff := o.People[domain.Staff]
	storetest.Do(t, s.db, staff, func(x *store.Tenant) error {
		_, err := x.AddPasskey(store.NewPasskey{Name: "Laptop", ID: []byte(s.db.NewID()), Credential: []byte(`{}`)})
		return err
	})
	b, path := s.as(t, staff), "/people/"+string(staff.Member())+"/factors/reset"
	s.as(t, o.People[domain.Manager]).post(path, nil).must(t, 404)
	s.as(t, other.Owner).post(path, nil).must(t, 404)
	s.as(t, o.Owner).post(path, nil).must(t, 303)
	b.get("/home").must(t, 303) // where they were signed in has ended
	storetest.Do(t, s.db, staff, func(x *store.Tenant) error {
		has, err := x.Factors()
		if has.Passkeys != 0 {
			t.Errorf("%+v", has)
		}
		return err
	})
}
