package store

import (
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"aimyorg/domain"
)

type accessRow struct {
	bun.BaseModel `bun:"table:collection_access,alias:x"`
	owned
	CollectionID domain.ID          `bun:",pk"`
	Kind         domain.SubjectKind `bun:",pk"`
	Subject      string             `bun:",pk"`
	Denied       bool
}

type documentAccessRow struct {
	bun.BaseModel `bun:"table:document_access,alias:y"`
	owned
	DocumentID domain.ID          `bun:",pk"`
	Kind       domain.SubjectKind `bun:",pk"`
	Subject    string             `bun:",pk"`
	Denied     bool
}

func (r accessRow) line() domain.Access {
	return domain.Access{Kind: r.Kind, Subject: r.Subject, Denied: r.Denied}
}

func (r documentAccessRow) line() domain.Access {
	return domain.Access{Kind: r.Kind, Subject: r.Subject, Denied: r.Denied}
}

// The one access question of knowledge, asked in the database by every list, page, search and answer: may the actor read
// collection k, and document d in it? domain.May says the same of one that is loaded; a test holds them together. The
// arguments are what the actor's role allows, and the lines that name them.
const (
	mayReadCollection = `(?0 AND (?1 OR NOT EXISTS (SELECT FROM collection_access x WHERE x.tenant_id = k.tenant_id AND x.collection_id = k.id
		AND x.denied AND (x.kind, x.subject) IN ?2) AND (?3 OR k.created_by = ?4 OR EXISTS (SELECT FROM collection_access x
		WHERE x.tenant_id = k.tenant_id AND x.collection_id = k.id AND NOT x.denied AND (x.kind, x.subject) IN ?2))))`
	mayReadDocument = `(?1 OR NOT EXISTS (SELECT FROM document_access y WHERE y.tenant_id = d.tenant_id AND y.document_id = d.id
		AND y.denied AND (y.kind, y.subject) IN ?2) AND (?3 OR d.created_by = ?4
		OR NOT EXISTS (SELECT FROM document_access y WHERE y.tenant_id = d.tenant_id AND y.document_id = d.id AND NOT y.denied)
		OR EXISTS (SELECT FROM document_access y WHERE y.tenant_id = d.tenant_id AND y.document_id = d.id AND NOT y.denied
			AND (y.kind, y.subject) IN ?2)))`
)

// asked is readable by asking the database itself; within does so for documents too.
func (t *Tenant) asked(q *bun.SelectQuery, within bool) *bun.SelectQuery {
	args, err := t.readableArgs()
	if err != nil {
		return q.Err(err)
	}
	if q = q.Where(mayReadCollection, args...); within {
		q = q.Where(mayReadDocument, args...)
	}
	return q
}

func (t *Tenant) readableArgs() ([]any, error) {
	who, err := t.mine()
	lines := [][]string{{string(domain.ToEveryone), ""}, {string(domain.ToRole), who.RoleSubject()}, {string(domain.ToMember), string(who.Member())}}
	for _, d := range who.Departments {
		lines = append(lines, []string{string(domain.ToDepartment), string(d)})
	}
	return []any{who.May(domain.ReadKnowledge), who.Role() == domain.Owner, bun.Tuple(lines), who.May(domain.ShareKnowledge), who.Member()}, err
}

// mine is the actor as rulings see them. No line holds an owner, so their departments need not be known.
func (t *Tenant) mine() (domain.Who, error) {
	if t.actor.Role() == domain.Owner || !t.actor.May(domain.ReadKnowledge) {
		return domain.Who{Actor: t.actor}, nil
	}
	departments, err := t.MyDepartments()
	return domain.Who{Actor: t.actor, Departments: departments}, err
}

// mayKnow refuses what the rules don't allow the actor; what one may not do does not exist.
func (t *Tenant) mayKnow(v domain.Verb, x domain.Thing) error {
	who, err := t.mine()
	if err == nil && !domain.May(who, v, x).Allowed {
		err = domain.ErrNotFound
	}
	return err
}

func joined(ids []domain.ID) string {
	var b strings.Builder
	for _, id := range slices.Sorted(slices.Values(ids)) {
		b.WriteString(string(id))
	}
	return b.String()
}

// collectionLines are the lines of access of collections.
func (t *Tenant) collectionLines(ids []domain.ID) (map[domain.ID][]domain.Access, error) {
	out := map[domain.ID][]domain.Access{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []accessRow
	err := t.of(&rows).Where("collection_id IN (?)", bun.List(ids)).Order("kind", "subject").Scan(t.ctx)
	for _, r := range rows {
		out[r.CollectionID] = append(out[r.CollectionID], r.line())
	}
	return out, err
}

// documentLines are the lines of access that documents have of their own.
func (t *Tenant) documentLines(ids []domain.ID) (map[domain.ID][]domain.Access, error) {
	out := map[domain.ID][]domain.Access{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []documentAccessRow
	err := t.of(&rows).Where("document_id IN (?)", bun.List(ids)).Order("kind", "subject").Scan(t.ctx)
	for _, r := range rows {
		out[r.DocumentID] = append(out[r.DocumentID], r.line())
	}
	return out, err
}

// saveLines gives a collection its lines of access. The organization's standing has moved before: rulings are remembered under it.
func (t *Tenant) saveLines(collection domain.ID, lines []domain.Access) error {
	var rows []accessRow
	for _, x := range lines {
		rows = append(rows, accessRow{owned: owned{t.id()}, CollectionID: collection, Kind: x.Kind, Subject: x.Subject, Denied: x.Denied})
	}
	if len(rows) > 0 {
		if err := t.insert(&rows); err != nil {
			return err
		}
	}
	return t.moveEpoch()
}

// unknown says which lines are about somebody whom the organization doesn't have (HOSTILE A34). The roles are held until the
// transaction ends: nobody deletes one that a line is about to name.
func (t *Tenant) unknown(lines []domain.Access) (domain.Problems, error) {
	there := map[domain.Access]bool{}
	for kind, find := range map[domain.SubjectKind]func([]domain.ID) ([]domain.ID, error){domain.ToMember: t.membersOf,
		domain.ToDepartment: t.departmentsOfOurs, domain.ToRole: t.holdRoles} {
		var ids []domain.ID
		for _, x := range lines {
			if id, err := domain.ParseID(x.Subject); err == nil && x.Kind == kind {
				ids = append(ids, id)
			}
		}
		found, err := find(present(ids))
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			there[domain.Access{Kind: kind, Subject: string(id)}] = true
		}
	}
	var p domain.Problems
	for _, x := range lines {
		known := x.Kind == domain.ToEveryone || x.Kind == domain.ToRole && domain.Role(x.Subject).Known() ||
			there[domain.Access{Kind: x.Kind, Subject: x.Subject}]
		if problem := x.Unknown(); !known && p.For(problem.Field) == "" {
			p = append(p, problem)
		}
	}
	return p, nil
}

func (t *Tenant) membersOf(ids []domain.ID) ([]domain.ID, error) {
	return t.whichOf((*memberRow)(nil), ids, "")
}

func (t *Tenant) departmentsOfOurs(ids []domain.ID) ([]domain.ID, error) {
	return t.whichOf((*departmentRow)(nil), ids, "")
}

func (t *Tenant) holdRoles(ids []domain.ID) ([]domain.ID, error) {
	return t.whichOf((*roleRow)(nil), ids, "SHARE")
}

// whichOf are those of ids that rows of the organization have.
func (t *Tenant) whichOf(model any, ids []domain.ID, lock string) (out []domain.ID, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := t.of(model).Column("id").Where("id IN (?)", bun.List(ids))
	if lock != "" {
		q = q.For("SHARE")
	}
	return out, q.Scan(t.ctx, &out)
}
