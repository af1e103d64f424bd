package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/jobs"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

func TestMailDomainsAreLookedAtDaily(t *testing.T) {
	t.Parallel()
	now := time.Now()
	db := storetest.Clocked(t, func() time.Time { return now })
	o := storetest.New(t, db)
	name := "d" + string(db.NewID()[24:]) + ".example"
	domainNow := func() (d domain.MailDomain) {
		storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
			all, err := x.Domains()
			d = all[0]
			return err
		})
		return d
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		id, err := x.AddDomain(name)
		if err != nil {
			return err
		}
		_, err = x.CheckedDomain(id, true)
		return err
	})
	asked, there := 0, true
	lookup := func(_ context.Context, asking string) ([]string, error) {
		if asking != name {
			return nil, errors.New("no such name") // of other tests
		}
		asked++
		if !there {
			return nil, errors.New("the name server does not answer")
		}
		return []string{domainNow().Record()}, nil
	}
	check := func() {
		if err := jobs.VerifyDomains(t.Context(), db, o.Owner.Tenant(), lookup); err != nil {
			t.Fatal(err)
		}
	}
	check()
	if asked != 0 {
		t.Errorf("asked %d times on the first day", asked)
	}
	now = now.Add(domain.DomainCheck)
	check()
	check()
	if d := domainNow(); asked != 1 || !d.Verified() || !d.FailingAt.IsZero() {
		t.Errorf("asked %d times: %+v", asked, d)
	}
	there = false
	for range 8 {
		now = now.Add(domain.DomainCheck)
		check()
	}
	if d := domainNow(); d.Verified() {
		t.Errorf("after a week without its record: %+v", d)
	}
}
