package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/trial"
	"aimyorg/trial/ground"
)

const (
	permissionRounds = 400
	permissionTarget = "≤ 5 % of the page"
	knownAs          = "reader@permission.example"
)

// benchPermission says what asking who may what adds to a page: a list of 50 documents. Without the check is the list as its
// owner gets it, for whom the database folds the whole condition away; with it, as somebody gets it whom lines name. What the
// rules themselves take, for the route and for each document, is added.
func benchPermission(ctx context.Context, b *bench) error {
	page, err := permissionPage(ctx, b)
	if err != nil {
		return err
	}
	g, err := ground.Open(ctx, time.Now)
	if err != nil {
		return err
	}
	defer g.Close(context.WithoutCancel(ctx))
	owner, reader, collection, err := permissionWorld(ctx, g)
	if err != nil {
		return err
	}
	free, err := listing(ctx, g.DB, owner, collection)
	if err != nil {
		return err
	}
	checked, err := listing(ctx, g.DB, reader, collection)
	if err != nil {
		return err
	}
	rules := ruling(reader)
	added := max(0, checked-free) + rules
	b.add("permission check, added to a list of 50", milliseconds(added), milliseconds(page), fmt.Sprintf("%.1f %%", 100*float64(added)/float64(page)), permissionTarget)
	return nil
}

// permissionPage is how long the page takes from outside, in the middle.
func permissionPage(ctx context.Context, b *bench) (time.Duration, error) {
	p, err := trial.Start(ctx, b.binary, filepath.Join(b.dir, "permission"), nil)
	if err != nil {
		return 0, err
	}
	defer p.Stop()
	v := trial.NewVisitor(p.Base, &http.Transport{MaxIdleConnsPerHost: 256})
	if err := v.SignUp(ctx, "permission@example.com", "Permission"); err != nil {
		return 0, err
	}
	id, err := v.Collect(ctx, "Handbook")
	if err != nil {
		return 0, err
	}
	files := make([]trial.File, listed)
	for i := range files {
		files[i] = trial.File{Name: fmt.Sprintf("policy-%d.md", i), Body: []byte("A hotel may cost 140 euros.")}
	}
	if err := v.Upload(ctx, id, files...); err != nil {
		return 0, err
	}
	if err := v.Read(ctx, id); err != nil {
		return 0, err
	}
	took, err := steadily(ctx, *v, "/knowledge/collections/"+id, time.Duration(b.flags.seconds)*time.Second)
	if err != nil {
		return 0, err
	}
	return quantile(took, 0.5), nil
}

// permissionWorld is a collection of 50 documents with lines of all kinds, and somebody whom some of them name.
func permissionWorld(ctx context.Context, g *ground.Ground) (owner, reader domain.Actor, collection domain.ID, err error) {
	if owner, _, err = g.Found(ctx, "permission"); err != nil {
		return owner, reader, "", err
	}
	reader, err = g.DB.AddMember(ctx, owner, domain.Member{Name: "Reader", Email: knownAs, Role: domain.Staff, PolicyVersion: 1}, "")
	if err != nil {
		return owner, reader, "", err
	}
	var documents []domain.ID
	err = g.DB.Tenant(ctx, owner, func(t *store.Tenant) (err error) {
		collection, err = t.CreateCollection(domain.CollectionForm{Name: "Checked", Roles: []string{string(domain.Staff), string(domain.Manager)},
			Deny: domain.Subjects{Roles: []string{string(domain.Auditor)}}})
		return err
	})
	for i := 0; err == nil && i < listed; i++ {
		var f store.File
		if f, err = g.DB.ReceiveFile(ctx, owner, strings.NewReader("A hotel may cost 140 euros.")); err != nil {
			break
		}
		err = g.DB.Tenant(ctx, owner, func(t *store.Tenant) error {
			id, err := t.AddDocument(collection, fmt.Sprint("Policy ", i), store.NewVersion{File: f, FileName: "policy.txt", MediaType: "text/plain"})
			documents = append(documents, id)
			return err
		})
	}
	for _, id := range documents {
		if err != nil {
			break
		}
		err = g.DB.Tenant(ctx, owner, func(t *store.Tenant) error {
			return t.ChangeDocumentAccess(id, domain.AccessForm{Allow: domain.Subjects{Roles: []string{string(domain.Staff)}},
				Deny: domain.Subjects{Roles: []string{string(domain.Auditor)}}})
		})
	}
	return owner, reader, collection, err
}

// listing is how long the list takes in the store, in the middle of many rounds.
func listing(ctx context.Context, db *store.DB, a domain.Actor, collection domain.ID) (time.Duration, error) {
	var took []time.Duration
	for range permissionRounds {
		begun := time.Now()
		err := db.Read(ctx, a, func(t *store.Tenant) error {
			if _, err := t.Collection(collection); err != nil {
				return err
			}
			docs, err := t.Documents(collection, store.Page{Limit: listed})
			if err == nil && len(docs) != listed {
				err = fmt.Errorf("%d documents are listed, not %d", len(docs), listed)
			}
			return err
		})
		if err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	return quantile(took, 0.5), nil
}

// ruling is how long the rules take that a page asks: its route's permission and fifty documents.
func ruling(a domain.Actor) time.Duration {
	lines := []domain.Access{{Kind: domain.ToRole, Subject: string(domain.Auditor), Denied: true}, {Kind: domain.ToRole, Subject: string(domain.Staff)}}
	c, d := domain.Collection{Access: lines}, domain.Document{Access: lines}
	begun := time.Now()
	for range permissionRounds {
		for range listed {
			_ = domain.May(domain.Who{Actor: a}, domain.Read, d.Thing(c))
		}
		_ = a.May(domain.ReadKnowledge)
	}
	return time.Since(begun) / permissionRounds
}
