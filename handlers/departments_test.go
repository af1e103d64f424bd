package handlers_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// department makes one.
func (s *site) department(t testing.TB, o storetest.Organization, name string, parent domain.ID) (id domain.ID) {
	t.Helper()
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) (err error) {
		id, err = x.CreateDepartment(name, parent)
		return err
	})
	return id
}

func at(id domain.ID) string { return "/departments/" + string(id) }

func TestDepartments_ChartAndPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b, staff := s.as(t, o.Owner), s.as(t, o.People[domain.Staff])
	b.get("/departments").must(t, 200, "No departments yet", "New department")
	staff.get("/departments").must(t, 200, "No departments yet", "!New department")
	a := b.post("/departments", url.Values{"name": {"Europe"}}).must(t, 303)
	europe := domain.ID(uuid.FindString(a.header.Get("Location")))
	b.post("/departments", url.Values{"name": {"Sales"}, "parent": {string(europe)}}).must(t, 303)
	var sales domain.ID
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		tree, err := x.Departments()
		sales = tree.Children(europe)[0].ID
		return err
	})
	north := s.department(t, o, "North", sales)
	person, err := s.db.AddMember(t.Context(), o.Owner, domain.Member{Name: "Nora North", Email: "nora-" + o.Email, Role: domain.Staff, Department: north,
		PolicyVersion: 1}, storetest.Hash)
	if err != nil {
		t.Fatal(err)
	}
	b.post(at(sales)+"/manager", url.Values{"manager": {"nora-" + o.Email}}).must(t, 303)

	// two levels, as a chart and as a list; the third is a link away
	page := staff.get("/departments").must(t, 200, `id="department-`+string(sales), `id="list-department-`+string(sales), "Sales, 1 person, managed by Nora North",
		"Open Sales: 1 department below", "Close Europe: 1 department below", "3\u00a0departments, 1 person. 5\u00a0people are in no department.", "!"+at(north))
	open := between(t, page.body[strings.Index(page.body, `id="toggle-`+string(sales)):], `href="`, `"`)
	open = strings.ReplaceAll(open, "&amp;", "&")
	opened := staff.get(strings.Split(open, "#")[0]).must(t, 200, "North, 1 person", "Close Sales")
	part := staff.get(strings.Split(open, "#")[0], hx...).must(t, 200, "North, 1 person", "!<html")
	if !strings.Contains(opened.body, part.body) {
		t.Error("the part is not what the page is made of")
	}
	staff.get("/departments?open=").must(t, 200, "Open Europe", "!"+at(sales))
	staff.get("/departments?view=list&open="+string(sales)).must(t, 200, `org org-as-list"`, "!"+at(north)) // what is above is closed
	s.as(t, person).get("/departments?open="+string(europe)+"."+string(sales)).must(t, 200, "your department")

	staff.get(at(sales)).must(t, 200, "Europe", "Nora North", "North", "No people in it, 1 person with the departments below.", "Created.", "!Rename", "!New department below", "!nora-")
	staff.get(at(north)).must(t, 200, "1 person.", "Nora North", `href="/people/`+string(person.Member()))
	b.post(at(north)+"/parent", url.Values{"to": {""}}).must(t, 303)
	b.post(at(north)+"/parent", url.Values{"to": {string(europe)}}).must(t, 303)
	staff.get(at(north)).must(t, 200, "Moved from Europe › Sales to the top by Olga Owner.", "Moved from the top to Europe by Olga Owner.")
	b.post(at(north)+"/name", url.Values{"name": {"Nordics"}}).must(t, 303)
	staff.get(at(north)).must(t, 200, "Nordics", "!>North<")
	b.get(at(north)+"/delete").must(t, 200, "It still has 1 person. Move them elsewhere first.", "!Delete department")
	b.post(at(north)+"/delete", nil).must(t, 422, "It still has 1 person.")
	b.get(at(sales)+"/delete").must(t, 200, "Delete department")
	b.post(at(sales)+"/delete", nil).must(t, 303)
	b.get(at(sales)).must(t, 404)
	staff.get(at(north)).must(t, 200, "Moved from a department that is gone to the top by Olga Owner.")
}

func TestDepartments_FormsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	a, c := s.department(t, o, "Alpha", ""), s.department(t, o, "Charlie", "")
	below := s.department(t, o, "Below", a)
	b.post("/departments", url.Values{"name": {"ALPHA"}}).must(t, 422, `value="ALPHA"`, "There is a department of that name beside it.")
	b.post("/departments", url.Values{"name": {""}, "parent": {string(c)}}).must(t, 422, "Enter a name.", `value="`+string(c)+`" selected`)
	b.post(at(c)+"/name", url.Values{"name": {strings.Repeat("x", 121)}}).must(t, 422, strings.Repeat("x", 121), "Use at most 120 characters.")
	b.post(at(a)+"/parent", url.Values{"to": {string(below)}}).must(t, 422, "A department can&#39;t be moved below itself.", `href="#f-to"`, `id="f-to"`)
	b.post(at(a)+"/manager", url.Values{"manager": {"nobody@example.com"}}).must(t, 422, `value="nobody@example.com"`, "Enter the address of somebody")
	for _, to := range []string{"x", string(s.db.NewID()), strings.ToUpper(string(c)), "' or 1=1--"} {
		b.post(at(a)+"/parent", url.Values{"to": {to}}).must(t, 422, "Choose a department from the list.")
	}
	b.get("/departments/new?parent="+string(c)).must(t, 200, `value="`+string(c)+`" selected`)
}

// A34, A35: another organization's department as a parent or place, and its people as managers, are nobody's; and no field
// that was not asked for is read.
func TestA34_A35_DepartmentsOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mine, other := storetest.New(t, s.db), storetest.New(t, s.db)
	theirs, own := s.department(t, other, "Theirs", ""), s.department(t, mine, "Own", "")
	b := s.as(t, mine.Owner)
	more := func(v url.Values) url.Values {
		for _, name := range []string{"tenant_id", "manager_id", "id", "parent_id", "role", "owner", "created_at"} {
			v.Set(name, string(other.Owner.Member()))
		}
		return v
	}
	b.post("/departments", more(url.Values{"name": {"New"}, "parent": {string(theirs)}})).must(t, 422, "Choose a department from the list.", "!Theirs")
	b.post(at(own)+"/parent", more(url.Values{"to": {string(theirs)}})).must(t, 422, "Choose a department from the list.", "!Theirs")
	b.post(at(own)+"/manager", more(url.Values{"manager": {other.Email}})).must(t, 422, "Enter the address of somebody", "!Other Owner")
	b.post(at(own)+"/manager", more(url.Values{"manager": {string(other.Owner.Member())}})).must(t, 422)
	b.post(at(own)+"/name", more(url.Values{"name": {"Own still"}})).must(t, 303)
	for _, path := range []string{"", "/delete"} {
		b.get(at(theirs)+path).must(t, 404, "!Theirs")
	}
	for _, path := range []string{"/name", "/parent", "/manager", "/delete"} {
		b.post(at(theirs)+path, url.Values{"name": {"x"}, "to": {""}, "manager": {""}}).must(t, 404, "!Theirs")
	}
	b.get("/departments?open="+string(theirs)).must(t, 200, "!Theirs")
	storetest.Do(t, s.db, mine.Owner, func(x *store.Tenant) error {
		tree, err := x.Departments()
		d, _ := tree.Department(own)
		if tree.Len() != 1 || d.Parent != "" || d.Manager != "" || d.Name != "Own still" {
			t.Errorf("%+v", d)
		}
		return err
	})
	s.as(t, other.Owner).get(at(theirs)).must(t, 200, "Theirs")
}

// A42: who may only look finds none of the forms' addresses.
func TestA42_DepartmentsAreChangedByWhoMay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	id := s.department(t, o, "Sales", "")
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		b := s.as(t, o.People[role])
		b.get(at(id)).must(t, 200, "Sales")
		b.get("/departments/new").must(t, 404)
		b.get(at(id)+"/delete").must(t, 404)
		b.post("/departments", url.Values{"name": {"x"}}).must(t, 404)
		for _, path := range []string{"/name", "/parent", "/manager", "/delete"} {
			b.post(at(id)+path, url.Values{"name": {"x"}, "to": {""}, "manager": {""}}).must(t, 404)
		}
	}
}

// A73: a name is text in the drawing, its tooltips, its labels, the list, the title and the forms.
func TestA73_DepartmentNamesAreText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	for i, evil := range []string{`<script>alert(1)</script>`, `"><svg onload=alert(1)>`, `</title><img src=x onerror=alert(1)>`, `</text></svg><iframe srcdoc=x>`, `<math>' onfocus='x`} {
		id := s.department(t, o, evil, "")
		below := s.department(t, o, fmt.Sprint("below ", i), id)
		for _, path := range []string{"/departments", "/departments?view=list", at(id), at(below), at(id) + "/delete", "/departments/new?parent=" + string(id)} {
			b.get(path).must(t, 200, "!"+evil, "!<script>alert", "!onload=alert(1)>", "!<img src=x", "!<iframe", "!<math>")
		}
		b.post(at(below)+"/name", url.Values{"name": {strings.Repeat(evil, 9)}}).must(t, 422, "!"+evil)
	}
}

// P5: which department a person is in is shown where people look, and follows a correction at once.
func TestP5_DepartmentIsShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	id := s.department(t, o, "Sales", "")
	if _, err := s.db.AddMember(t.Context(), o.Owner, domain.Member{Name: "Nora North", Email: "nora-" + o.Email, Role: domain.Staff, Department: id,
		PolicyVersion: 1}, storetest.Hash); err != nil {
		t.Fatal(err)
	}
	b := s.as(t, o.People[domain.Staff])
	b.get(at(id)).must(t, 200, "Nora North")
	s.as(t, o.Owner).post(at(id)+"/name", url.Values{"name": {"Selling"}}).must(t, 303)
	b.get(at(id)).must(t, 200, "Selling", "!Sales")
}

// Broad and deep trees are drawn whole, and an address can't ask for more than it may.
func TestDepartments_LargeTrees(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	ids := grow(t, s.db, o, 200)
	b := s.as(t, o.Owner)
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	a := b.get("/departments?open="+strings.Join(all, ".")).must(t, 200)
	if n := strings.Count(a.body, `class="org-node"`); n < 100 || n > 200 {
		t.Errorf("%d departments are drawn", n)
	}
	b.get("/departments?open="+strings.Repeat("x.", 9000)).must(t, 431, "This address is too long")
	b.get("/departments?open="+strings.Repeat(".", 3000)).must(t, 200, "200")
}

// grow makes so many departments: eight broad ones, and one twelve deep.
func grow(t testing.TB, db *store.DB, o storetest.Organization, n int) (ids []domain.ID) {
	t.Helper()
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		var failed error
		make := func(name string, parent domain.ID) domain.ID {
			id, err := x.CreateDepartment(name, parent)
			failed = errors.Join(failed, err)
			ids = append(ids, id)
			return id
		}
		deep := domain.ID("")
		for i := range domain.MaxDepartmentDepth {
			deep = make(fmt.Sprint("Level ", i+1), deep)
		}
		for top := 0; len(ids) < n; top++ {
			at := make(fmt.Sprint("Division ", top+1), "")
			for i := 0; i < 24 && len(ids) < n; i++ {
				make(fmt.Sprint("Team ", i+1), at)
			}
		}
		return failed
	})
	return ids
}
