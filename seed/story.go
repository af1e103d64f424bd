package seed

import (
	"bytes"
	"context"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
)

// Password signs everybody of the story in.
const Password = "harbour lantern violet forty"

// Story makes organizations through the same methods that the product uses.
type Story struct {
	DB   *store.DB
	Hash func(email, password string) string               // a PHC string
	Read func(ctx context.Context) error                   // waits until every document has been read
	Ask  func(context.Context, domain.Actor, string) error // asks the Copilot and waits for the answer
}

// person is somebody of the story.
type person struct {
	name, email, department string
	role                    domain.Role
}

// shelf is a collection with its documents.
type shelf struct {
	form  domain.CollectionForm
	files []file
}

// organization is one of the story's three.
type organization struct {
	name      string
	people    []person // the owner first
	shelves   []shelf
	questions []string
	leaving   bool
}

// Login is how somebody of the story signs in.
type Login struct {
	Organization string      `json:"organization"`
	Name         string      `json:"name"`
	Email        string      `json:"email"`
	Password     string      `json:"password"`
	Role         domain.Role `json:"role"`
}

// Tell makes the three organizations: a busy one, a brand-new empty one, and one that is leaving. Told again, it makes
// those that are missing.
func (s Story) Tell(ctx context.Context) ([]Login, error) {
	var out []Login
	for _, o := range organizations() {
		logins, err := s.make(ctx, o)
		if err != nil {
			return nil, err
		}
		out = append(out, logins...)
	}
	return out, nil
}

// make makes an organization unless its owner has an account already.
func (s Story) make(ctx context.Context, o organization) ([]Login, error) {
	there, err := s.DB.Accounts(ctx, o.people[0].email)
	if err != nil || len(there) > 0 {
		return o.logins(), err
	}
	return o.logins(), s.fillOrganization(ctx, o)
}

func (o organization) logins() []Login {
	out := make([]Login, len(o.people))
	for i, p := range o.people {
		out[i] = Login{o.name, p.name, p.email, Password, p.role}
	}
	return out
}

func (s Story) fillOrganization(ctx context.Context, o organization) error {
	actors, err := s.people(ctx, o)
	if err != nil {
		return err
	}
	for _, shelf := range o.shelves {
		if err := s.fill(ctx, actors[0], shelf); err != nil {
			return err
		}
	}
	if err := s.Read(ctx); err != nil {
		return err
	}
	for i, q := range o.questions {
		if err := s.Ask(ctx, actors[i%len(actors)], q); err != nil {
			return err
		}
	}
	if !o.leaving {
		return nil
	}
	return s.DB.Tenant(ctx, actors[0], func(t *store.Tenant) error { return t.LeaveOrganization(t.Now().Add(14 * 24 * time.Hour)) })
}

// people founds the organization and adds everybody else.
func (s Story) people(ctx context.Context, o organization) ([]domain.Actor, error) {
	owner := o.people[0]
	f, err := s.DB.SignUp(ctx, domain.SignUp{Name: owner.name, Email: owner.email, Organization: o.name, Password: Password, Terms: true,
		Business: true, Consents: domain.PolicyRecipients}, s.Hash(owner.email, Password), 1, "Firefox on Linux", "192.0.2.10")
	if err != nil {
		return nil, err
	}
	actors := []domain.Actor{f.Actor}
	for _, p := range o.people[1:] {
		a, err := s.DB.AddMember(ctx, f.Actor, domain.Member{Name: p.name, Email: p.email, Title: p.department, Role: p.role, PolicyVersion: 1},
			s.Hash(p.email, Password))
		if err != nil {
			return nil, err
		}
		actors = append(actors, a)
	}
	return actors, nil
}

func (s Story) fill(ctx context.Context, owner domain.Actor, sh shelf) error {
	var collection domain.ID
	err := s.DB.Tenant(ctx, owner, func(t *store.Tenant) (err error) {
		collection, err = t.CreateCollection(sh.form)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range sh.files {
		if _, err := add(ctx, s.DB, owner, collection, f); err != nil {
			return err
		}
	}
	return nil
}

// add uploads a file as a person would.
func add(ctx context.Context, db *store.DB, a domain.Actor, collection domain.ID, f file) (id domain.ID, err error) {
	received, err := db.ReceiveFile(ctx, a, bytes.NewReader(f.body))
	if err != nil {
		return "", err
	}
	err = db.Tenant(ctx, a, func(t *store.Tenant) (err error) {
		id, err = t.AddDocument(collection, f.title, store.NewVersion{File: received, FileName: f.name, MediaType: f.mediaType})
		return err
	})
	return id, err
}
