package store

import (
	"github.com/uptrace/bun"

	"aimyorg/domain"
)

// DocumentAccess is a document with its own lines of access, and its collection with those; for who may change them.
func (t *Tenant) DocumentAccess(id domain.ID) (d domain.Document, c domain.Collection, err error) {
	if d, err = t.Document(id); err != nil {
		return d, c, err
	}
	lines, err := t.documentLines([]domain.ID{id})
	if err != nil {
		return d, c, err
	}
	d.Access = lines[id]
	if c, err = t.Collection(d.Collection); err != nil {
		return d, c, err
	}
	return d, c, t.mayKnow(domain.Change, d.Thing(c))
}

// ChangeDocumentAccess says who may read a document, of those that may read its collection.
func (t *Tenant) ChangeDocumentAccess(id domain.ID, f domain.AccessForm) error {
	if _, err := t.lockDocument(id); err != nil {
		return err
	}
	d, c, err := t.DocumentAccess(id)
	if err != nil {
		return err
	}
	d.Access = f.Access()
	if err := t.move(); err != nil {
		return err
	}
	if err := t.accessProblems(f, d.Thing(c)); err != nil {
		return err
	}
	if _, err := t.remove((*documentAccessRow)(nil), "document_id = ?", id); err != nil {
		return err
	}
	var rows []documentAccessRow
	for _, x := range d.Access {
		rows = append(rows, documentAccessRow{owned: owned{t.id()}, DocumentID: id, Kind: x.Kind, Subject: x.Subject, Denied: x.Denied})
	}
	if len(rows) > 0 {
		if err := t.insert(&rows); err != nil {
			return err
		}
	}
	if err := t.moveEpoch(); err != nil {
		return err
	}
	return t.audit("document.access_changed", "document", id, "")
}

// accessProblems says what is wrong with the lines that a thing is about to have.
func (t *Tenant) accessProblems(f domain.AccessForm, after domain.Thing) error {
	problems := f.Problems()
	unknown, err := t.unknown(f.Access())
	if err != nil {
		return err
	}
	mine, err := t.mine()
	if err != nil {
		return err
	}
	problems = append(append(problems, unknown...), domain.LocksOut(domain.May(mine, domain.Change, after))...)
	return problems.Err()
}

// Readers counts the active people who may read a thing, as it is or as a form would have it, by the rule itself. Whoever
// writes knowledge chooses readers.
func (t *Tenant) Readers(x domain.Thing) (int, error) {
	if err := t.may(domain.WriteKnowledge); err != nil {
		return 0, err
	}
	people, err := t.everybody()
	n := 0
	for _, who := range people {
		if domain.May(who, domain.Read, x).Allowed {
			n++
		}
	}
	return n, err
}

// everybody are the active people as rulings see them.
func (t *Tenant) everybody() ([]domain.Who, error) {
	var rows []memberRow
	if err := t.of(&rows).Column("id", "role", "role_id", "department_id").Where("m.active").Scan(t.ctx); err != nil {
		return nil, err
	}
	roles, err := t.rolePermissions()
	if err != nil {
		return nil, err
	}
	tree, err := t.tree()
	if err != nil {
		return nil, err
	}
	above := map[domain.ID][]domain.ID{"": nil}
	out := make([]domain.Who, len(rows))
	for i, r := range rows {
		if _, ok := above[r.DepartmentID]; !ok {
			above[r.DepartmentID] = append([]domain.ID{r.DepartmentID}, tree.shape.Ancestors(r.DepartmentID)...)
		}
		out[i] = domain.Who{Actor: t.actorOf(r.ID, r.Role, r.RoleID, roles[r.RoleID]), Departments: above[r.DepartmentID]}
	}
	return out, nil
}

func (t *Tenant) rolePermissions() (map[domain.ID][]domain.Permission, error) {
	var rows []roleRow
	err := t.of(&rows).Column("id", "permissions").Scan(t.ctx)
	out := map[domain.ID][]domain.Permission{}
	for _, r := range rows {
		out[r.ID] = r.Permissions
	}
	return out, err
}

// SubjectNames are the names of whom lines are about: people, departments and the organization's own roles, by id.
func (t *Tenant) SubjectNames(lines []domain.Access) (map[domain.ID]string, error) {
	by := map[domain.SubjectKind][]domain.ID{}
	for _, x := range lines {
		if id, err := domain.ParseID(x.Subject); err == nil {
			by[x.Kind] = append(by[x.Kind], id)
		}
	}
	out, err := t.NamesOf(by[domain.ToMember]...)
	if err != nil {
		return nil, err
	}
	if ids := present(by[domain.ToDepartment]); len(ids) > 0 {
		var rows []departmentRow
		if err := t.of(&rows).Column("tenant_id", "id", "name").Where("id IN (?)", bun.List(ids)).Scan(t.ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = t.in("departments", r.ID).shown("name", r.Name)
		}
	}
	if len(by[domain.ToRole]) > 0 {
		words, err := t.roleWords()
		if err != nil {
			return nil, err
		}
		for _, id := range by[domain.ToRole] {
			if name, ok := words[id]; ok {
				out[id] = name
			}
		}
	}
	return out, nil
}
