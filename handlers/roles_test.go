package handlers_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/llm/llmtest"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// The table of who may ask for which route, as it is enforced: `go test -v -run TestP54_RoutesByRole ./handlers` prints it. The
// crawler asks for each of them.
func TestP54_RoutesByRole(t *testing.T) {
	t.Parallel()
	actors := []domain.Actor{domain.NewCustomActor("t", "m", "own", librarian)}
	head := "METHOD\tPATH\tPERMISSION\tNobody\tLibrarian (custom)"
	for _, r := range domain.Roles {
		actors, head = append(actors, domain.NewActor("t", "m", r)), head+"\t"+r.Name()
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, head)
	named := append([]domain.Permission{domain.Public, domain.SignedIn, domain.HalfSignedIn, domain.OwnOrganization, domain.ExplainAccess}, domain.Permissions...)
	for _, r := range handlers.Routes() {
		p := domain.Permission(r.Permission)
		if !slices.Contains(named, p) {
			t.Errorf("%s %s needs %q, which is no permission", r.Method, r.Path, p)
		}
		line := r.Method + "\t" + r.Path + "\t" + r.Permission
		for _, a := range append([]domain.Actor{{}}, actors...) {
			line += "\t" + map[bool]string{true: "may", false: "–"}[domain.May(domain.Who{Actor: a}, domain.Use, p.Thing()).Allowed]
		}
		_, _ = fmt.Fprintln(w, line)
	}
	_ = w.Flush()
	t.Log("\n" + out.String())
}

func TestRolePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := storetest.New(t, s.db)
	b := s.as(t, o.Owner)
	b.get("/home").must(t, 200, `href="/admin/roles"`)
	b.get("/admin/roles").must(t, 200, "None yet", "Auditor")
	b.post("/admin/roles", url.Values{"name": {""}, "permissions": {"people.read"}}).must(t, 422, "Give the role a name.", `value="people.read" checked`)
	b.post("/admin/roles", url.Values{"name": {"Auditor"}, "permissions": {"root"}}).must(t, 422, "There is a role of this name already.", "Choose from the list.", `value="Auditor"`)
	b.post("/admin/roles", url.Values{"name": {"Front desk"}, "permissions": {"people.read", "people.invite"}}).must(t, 303)
	list := b.get("/admin/roles").must(t, 200, "Front desk", "See people and Invite people", "No people")
	path := "/admin/roles/" + between(t, list.body, `id="role-`, `"`)
	b.get(path).must(t, 200, `value="Front desk"`, `value="people.read" checked`, "nobody has it and nothing names it")
	b.post(path, url.Values{"name": {"Desk"}, "permissions": {"people.read"}}).must(t, 303)
	b.get("/admin/roles").must(t, 200, "Desk", "!Front desk", "!See people and Invite people")
	role := domain.ID(strings.TrimPrefix(path, "/admin/roles/"))
	withRole(t, o, role, domain.ReadPeople)
	b.get(path+"/delete").must(t, 200, "1 person has it", "!action=\""+path)
	b.post(path+"/delete", nil).must(t, 422, "1 person has it")
	empty := "/admin/roles/" + string(o.OwnRole(t, "Empty"))
	b.get(empty+"/delete").must(t, 200, "This can", `action="`+empty+`/delete"`)
	b.post(empty+"/delete", nil).must(t, 303)
	b.get(empty).must(t, 404)
	// Who may not do it can't allow it, whatever the form was made to say.
	keeper := s.as(t, withRole(t, o, o.OwnRole(t, "Keeper", domain.ManageRoles), domain.ManageRoles))
	keeper.get("/admin/roles/new").must(t, 200, "so you can&#39;t allow it", `value="people.manage" disabled`)
	keeper.post("/admin/roles", url.Values{"name": {"Mighty"}, "permissions": {"people.manage"}}).must(t, 422, "You can only allow others what you may do yourself.")
	keeper.get("/admin/audit").must(t, 404)
	for _, r := range []domain.Role{domain.Staff, domain.Manager, domain.Auditor} {
		s.as(t, o.People[r]).get("/admin/roles").must(t, 404)
		s.as(t, o.People[r]).get("/home").must(t, 200, "!/admin/roles")
	}
}

// A16: a role that loses a permission ends what runs by it, within five seconds.
func TestA16_AChangedRoleEndsRunningStreams(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := writing(t, s)
	allowed := []domain.Permission{domain.AskCopilot, domain.ReadKnowledge}
	role := o.OwnRole(t, "Asker", allowed...)
	b := s.as(t, withRole(t, o, role, allowed...))
	b.consent(t)
	gate := opened()
	defer close(gate)
	s.provider.Script(llmtest.Gated(gate, "One ", "two"))
	_, stream := b.ask("How much may a hotel cost?")
	lines := b.follow(t.Context(), stream)
	until(t, lines, "One")
	storetest.Do(t, s.db, o.Owner, func(x *store.Tenant) error {
		return x.ChangeRole(role, domain.RoleForm{Name: "Asker", Permissions: []string{"knowledge.read"}})
	})
	begun := time.Now()
	until(t, lines, "event: done")
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("ended after %v", took)
	}
	b.get("/copilot").must(t, 404)
	b.get("/knowledge").must(t, 200)
}
