package seed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"aimyorg/domain"
	"aimyorg/store"
)

// Tenant is what a test from outside needs to know of one organization. Canaries are the planted words by the field that
// they were planted in: none may ever be seen by another organization, or in the clear in a file.
type Tenant struct {
	ID            domain.ID            `json:"id"`
	Name          string               `json:"name"`
	Logins        []Login              `json:"logins"`
	Members       map[string]domain.ID `json:"members"`
	Collections   map[string]domain.ID `json:"collections"`
	Documents     []Planted            `json:"documents"`
	Conversations []domain.ID          `json:"conversations"`
	Messages      []domain.ID          `json:"messages"`
	Canaries      map[string]string    `json:"canaries"`
	actors        map[string]domain.Actor
}

// Planted is a document with the word that only it holds. Its title and its file's name end in planted words of their own.
type Planted struct {
	ID         domain.ID `json:"id"`
	Title      string    `json:"title"`
	FileName   string    `json:"file_name"`
	Collection string    `json:"collection"`
	Canary     string    `json:"canary"`
}

// documentsEach is how many documents an organization of Tenants has.
const documentsEach = 50

// Tenants makes organizations of identical shape, each with so many people: one of each role first, then more of the roles
// that many have. The same seed plants the same words; ids are new each time.
func (s Story) Tenants(ctx context.Context, count, people int, seed uint64) ([]*Tenant, error) {
	var out []*Tenant
	for i := range count {
		r := rand.New(rand.NewPCG(seed, uint64(i))) //nolint:gosec // planted words are repeatable on purpose
		t, err := s.tenant(ctx, i, people, seed, r)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	if err := s.Read(ctx); err != nil {
		return nil, err
	}
	for _, t := range out {
		if err := s.talk(ctx, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s Story) tenant(ctx context.Context, i, people int, seed uint64, r *rand.Rand) (*Tenant, error) {
	letter := string(rune('a' + i%26))
	t := &Tenant{Members: map[string]domain.ID{}, Collections: map[string]domain.ID{}, Canaries: map[string]string{}, actors: map[string]domain.Actor{}}
	plant := func(field string) string {
		t.Canaries[field] = canary(r)
		return t.Canaries[field]
	}
	t.Name = "Organization " + strings.ToUpper(letter) + " " + plant("organization.name")
	o := organization{name: t.Name}
	var labels []string
	for n := range max(people, len(domain.Roles)) {
		role, label := roleOf(n)
		labels = append(labels, label)
		o.people = append(o.people, person{name: role.Name() + " " + plant("member.name."+label),
			email:      fmt.Sprintf("%s-%s-%d@%s.example", label, letter, seed, strings.ToLower(plant("member.email."+label))),
			department: "Dept " + plant("member.department."+label), role: role})
	}
	actors, err := s.people(ctx, o)
	if err != nil {
		return nil, err
	}
	t.ID = actors[0].Tenant()
	for i, p := range o.people {
		t.actors[labels[i]], t.Members[labels[i]] = actors[i], actors[i].Member()
		t.Logins = append(t.Logins, Login{t.Name, p.name, p.email, Password, p.role})
	}
	return t, s.stock(ctx, t, r, plant)
}

// roleOf is the n-th person's role with a label of their own: "owner", "admin", … and then "member-6", "member-7", ….
func roleOf(n int) (role domain.Role, label string) {
	if n < len(domain.Roles) {
		return domain.Roles[n], string(domain.Roles[n])
	}
	role = []domain.Role{domain.Staff, domain.Staff, domain.Manager}[(n-len(domain.Roles))%3]
	return role, fmt.Sprintf("%s-%d", role, n+1)
}

// stock makes three collections (for everyone, for managers, for nobody but those who share knowledge; only the first may
// be seen by AI) and spreads the documents over them.
func (s Story) stock(ctx context.Context, t *Tenant, r *rand.Rand, plant func(string) string) error {
	owner := t.actors["owner"]
	names := []string{"everyone", "managers", "closed"}
	forms := []domain.CollectionForm{{Everyone: true, AIAllowed: true}, {Roles: []string{"manager"}}, {}}
	for i, name := range names {
		f := forms[i]
		f.Name, f.Description = "Collection "+plant("collection.name."+name), "About "+plant("collection.description."+name)
		err := s.DB.Tenant(ctx, owner, func(x *store.Tenant) (err error) {
			t.Collections[name], err = x.CreateCollection(f)
			return err
		})
		if err != nil {
			return err
		}
	}
	for i := range documentsEach {
		name, word := names[i%len(names)], canary(r)
		title, file := fmt.Sprintf("Document %d %s", i+1, canary(r)), fmt.Sprintf("file-%s.md", canary(r))
		body := fmt.Sprintf("# Report %d\n\nThe planted word of this document is %s. It is written in no other document.\n\n"+
			"Everything else here is filler about report number %d.\n", i+1, word, i+1)
		id, err := add(ctx, s.DB, owner, t.Collections[name], named(title, file, []byte(body)))
		if err != nil {
			return err
		}
		t.Documents = append(t.Documents, Planted{id, title, file, name, word})
	}
	return nil
}

// talk has the owner and the member each ask about a planted document.
func (s Story) talk(ctx context.Context, t *Tenant) error {
	for _, who := range []string{"owner", "member"} {
		a := t.actors[who]
		if err := s.Ask(ctx, a, "What does the document with the planted word "+t.Documents[0].Canary+" report?"); err != nil {
			return err
		}
		err := s.DB.Read(ctx, a, func(x *store.Tenant) error {
			all, err := x.Conversations("", 0, 10)
			if err != nil || len(all) == 0 {
				return err
			}
			t.Conversations = append(t.Conversations, all[0].ID)
			messages, err := x.Messages(all[0].ID, "", 10)
			for _, m := range messages {
				t.Messages = append(t.Messages, m.ID)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// canary is a short word that no text holds by chance and that does not compress.
func canary(r *rand.Rand) string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	b := make([]byte, 10)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return "Q" + string(b)
}
