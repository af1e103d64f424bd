package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"aimyorg/domain"
)

// OrganizationTag stands for an organization in a page: the same for all of its pages, and not its id.
func (db *DB) OrganizationTag(tenant domain.ID) string {
	h := hmac.New(sha256.New, db.keys.Secret("organization tag", 32))
	h.Write([]byte(tenant))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// OrganizationChoice is an organization that a person may enter.
type OrganizationChoice struct{ Tag, Name string }

// chosen is what is kept while a person decides between their organizations.
type chosen struct {
	Accounts []keptAccount
	Next     string
}

type keptAccount struct{ Tenant, Member domain.ID }

const (
	choosing       = "organization"
	choosingLasts  = 5 * time.Minute
	mostToChooseOf = 50
)

// Offer keeps the accounts that a right password opened, and gives their organizations' names to choose from, under a token
// that is good once, for five minutes. An organization whose keys are gone is not offered.
func (db *DB) Offer(ctx context.Context, accounts []domain.Actor, next string) (token string, choices []OrganizationChoice, err error) {
	kept := chosen{Next: next}
	for _, a := range accounts[:min(len(accounts), mostToChooseOf)] {
		name, err := db.nameOf(ctx, a)
		if errors.Is(err, domain.ErrNotFound) || errors.Is(err, ErrUnreadable) {
			continue
		}
		if err != nil {
			return "", nil, err
		}
		kept.Accounts = append(kept.Accounts, keptAccount{a.Tenant(), a.Member()})
		choices = append(choices, OrganizationChoice{db.OrganizationTag(a.Tenant()), name})
	}
	slices.SortStableFunc(choices, func(a, b OrganizationChoice) int { return cmp.Compare(a.Name, b.Name) })
	token, err = db.Challenge(ctx, choosing, kept, choosingLasts)
	return token, choices, err
}

func (db *DB) nameOf(ctx context.Context, a domain.Actor) (name string, err error) {
	err = db.Read(ctx, a, func(t *Tenant) error {
		o, err := t.Organization()
		name = o.Name
		return err
	})
	return name, err
}

// Choose is the account that was chosen by its organization's tag, and where to go on to. ErrNotFound when the offer is over,
// was taken, or the organization was not in it.
func (db *DB) Choose(ctx context.Context, token, tag string) (a domain.Actor, next string, err error) {
	var kept chosen
	if err := db.Answer(ctx, choosing, token, &kept); err != nil {
		return a, "", err
	}
	for _, k := range kept.Accounts {
		if hmac.Equal([]byte(db.OrganizationTag(k.Tenant)), []byte(tag)) {
			return domain.NewActor(k.Tenant, k.Member, ""), kept.Next, nil
		}
	}
	return a, "", domain.ErrNotFound
}
