package store_test

import (
	"slices"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

const issuer = "https://login.example.com"

// signOn is an organization with a provider and a verified domain of its own.
type signOn struct {
	storetest.Organization
	domain string
}

func newSignOn(t testing.TB, db *store.DB, change func(*domain.SSOForm)) signOn {
	t.Helper()
	o := signOn{Organization: storetest.New(t, db)}
	o.domain = "d" + string(db.NewID()[24:]) + ".example"
	form := domain.SSOForm{Issuer: issuer, ClientID: "aimyorg", Secret: "hush", Enabled: true, Provision: true, Role: "member"}
	if change != nil {
		change(&form)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		if err := x.SaveSSO(form, false); err != nil {
			return err
		}
		id, err := x.AddDomain(o.domain)
		if err != nil {
			return err
		}
		_, err = x.CheckedDomain(id, true)
		return err
	})
	return o
}

func (o signOn) claims(subject string) domain.Claims {
	return domain.Claims{Issuer: issuer, Subject: subject, Email: subject + "@" + o.domain, EmailVerified: true, Name: "Nina New"}
}

func (o signOn) join(t testing.TB, c domain.Claims) domain.Actor {
	t.Helper()
	a, err := o.DB.JoinBySSO(t.Context(), o.Owner.Tenant(), c, store.Joining{Name: "Nina New", PolicyVersion: 1})
	must(t, err)
	return a
}

func (o signOn) me(t testing.TB, a domain.Actor) (m domain.Member) {
	t.Helper()
	storetest.Do(t, o.DB, a, func(x *store.Tenant) (err error) { m, err = x.Me(); return err })
	return m
}

func TestA12_NobodyIsLinkedByAddress(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := newSignOn(t, db, nil)
	m := domain.Member{Name: "Ada", Email: "ada@" + o.domain, Role: domain.Staff, PolicyVersion: 1}
	ada, err := db.AddMember(t.Context(), o.Owner, m, storetest.Hash)
	must(t, err)
	recognize := func(c domain.Claims) (store.Recognized, string) {
		got, err := db.Recognize(t.Context(), o.Owner.Tenant(), c)
		return got, refusal(err)
	}
	got, code := recognize(o.claims("ada"))
	if !got.Prove || code != "" || got.Actor.Member() != "" {
		t.Errorf("an account that is not linked: %+v %s", got, code)
	}
	storetest.Do(t, db, ada, func(x *store.Tenant) error { return x.Link(o.claims("ada")) })
	if got, _ := recognize(o.claims("ada")); got.Actor.Member() != ada.Member() {
		t.Errorf("linked: %+v", got)
	}
	other := o.claims("ada")
	other.Email = "nobody@elsewhere.example" // the address does not matter any more
	if got, _ := recognize(other); got.Actor.Member() != ada.Member() {
		t.Errorf("linked, another address: %+v", got)
	}
	other = o.claims("ada")
	other.Issuer = "https://evil.example.com"
	if got, code := recognize(other); code != domain.SSOIssuer {
		t.Errorf("the same subject of another provider: %+v %s", got, code)
	}
	other = o.claims("mallory")
	other.Email = "ada@" + o.domain
	if got, _ := recognize(other); !got.Prove {
		t.Errorf("another subject with her address: %+v", got)
	}
	err = db.Tenant(t.Context(), o.People[domain.Manager], func(x *store.Tenant) error { return x.Link(o.claims("ada")) })
	if refusal(err) != domain.SSOLinked {
		t.Errorf("linking somebody else's identity: %v", err)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(ada.Member()) })
	if _, code := recognize(o.claims("ada")); code != domain.SSOClosed {
		t.Errorf("deactivated: %s", code)
	}
	t.Run("in another organization", func(t *testing.T) {
		b := newSignOn(t, db, nil)
		if got, err := db.Recognize(t.Context(), b.Owner.Tenant(), o.claims("ada")); refusal(err) != domain.SSODomain {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestA12_WhoIsRefusedIsNotMade(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := newSignOn(t, db, nil)
	closed := newSignOn(t, db, func(f *domain.SSOForm) { f.Provision = false })
	off := newSignOn(t, db, func(f *domain.SSOForm) { f.Enabled = false })
	unverified, foreign := o.claims("nina"), o.claims("nina")
	unverified.EmailVerified = false
	foreign.Email = "nina@elsewhere.example"
	for name, c := range map[string]struct {
		at     signOn
		claims domain.Claims
		want   string
	}{
		"address not vouched for": {o, unverified, domain.SSOUnverified}, "another domain": {o, foreign, domain.SSODomain},
		"accounts are not made": {closed, closed.claims("nina"), domain.SSONoAccount}, "switched off": {off, off.claims("nina"), domain.SSOOff},
	} {
		_, err := db.Recognize(t.Context(), c.at.Owner.Tenant(), c.claims)
		_, joined := db.JoinBySSO(t.Context(), c.at.Owner.Tenant(), c.claims, store.Joining{Name: "Nina", PolicyVersion: 1})
		if refusal(err) != c.want || refusal(joined) != c.want {
			t.Errorf("%s: %v, %v", name, err, joined)
		}
	}
	for _, x := range []signOn{o, closed, off} {
		storetest.Do(t, db, x.Owner, func(y *store.Tenant) error {
			all, err := y.Choice(1000, true)
			if len(all) != len(domain.Roles) {
				t.Errorf("%d people", len(all))
			}
			return err
		})
	}
}

func TestA12_GroupsPlaceButNeverTouchOwners(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := newSignOn(t, db, func(f *domain.SSOForm) {
		f.Groups = []domain.GroupRule{{Group: "it", Kind: domain.GroupRole, Subject: "admin"}, {Group: "staff", Kind: domain.GroupRole, Subject: "member"}}
	})
	c := o.claims("nina")
	c.Groups = []string{"it"}
	nina := o.join(t, c)
	if m := o.me(t, nina); m.Role != domain.Admin || m.Name != "Nina New" || m.Email != c.Email {
		t.Errorf("joined as %+v", m)
	}
	_, err := db.JoinBySSO(t.Context(), o.Owner.Tenant(), c, store.Joining{Name: "Twice", PolicyVersion: 1})
	wants(t, err, domain.ErrConflict)
	for _, step := range []struct {
		groups []string
		want   domain.Role
	}{{[]string{"unknown"}, domain.Admin}, {nil, domain.Admin}, {[]string{"staff"}, domain.Staff}, {[]string{"staff", "it"}, domain.Admin}} {
		c.Groups = step.groups
		_, err := db.Recognize(t.Context(), o.Owner.Tenant(), c)
		must(t, err)
		if m := o.me(t, nina); m.Role != step.want {
			t.Errorf("%v: %s, want %s", step.groups, m.Role, step.want)
		}
	}
	own := domain.Claims{Issuer: issuer, Subject: "olga", Groups: []string{"staff"}}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Link(own) })
	_, err = db.Recognize(t.Context(), o.Owner.Tenant(), own)
	must(t, err)
	if m := o.me(t, o.Owner); m.Role != domain.Owner {
		t.Errorf("the owner became %s", m.Role)
	}
	var verbs []string
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		all, err := x.Audit(store.AuditFilter{Stretch: store.Stretch{Limit: 100}})
		for _, e := range all {
			verbs = append(verbs, e.Verb)
		}
		return err
	})
	for _, verb := range []string{"member.role_by_groups", "member.joined", "identity.linked", "sso.saved", "domain.verified"} {
		if !slices.Contains(verbs, verb) {
			t.Errorf("%s is not in the audit log", verb)
		}
	}
}

func TestTheLastWayInStays(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := newSignOn(t, db, nil)
	nina := o.join(t, o.claims("nina"))
	unlink := func(a domain.Actor) error {
		return in(t, db, a, func(x *store.Tenant) error {
			all, err := x.Identities()
			if err != nil || len(all) == 0 {
				t.Fatalf("%v, %v", all, err)
			}
			return x.Unlink(all[0].ID)
		})
	}
	if err := unlink(nina); err == nil || err.Error() != ": last_way_in" {
		t.Errorf("the last way in: %v", err)
	}
	staff := o.People[domain.Staff] // has a password
	storetest.Do(t, db, staff, func(x *store.Tenant) error { return x.Link(o.claims("staff")) })
	must(t, unlink(staff))
}

func TestRequiredSingleSignOnLeavesOwnersTheirPassword(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := newSignOn(t, db, nil)
	_, err := storetest.Superuser(t).Exec(t.Context(), `with x as (update standings set epoch = epoch + 1 where tenant_id = $1)
		update organizations set sso_required = true where tenant_id = $1`, o.Owner.Tenant())
	must(t, err)
	for _, role := range domain.Roles {
		_, err := db.SignIn(t.Context(), o.People[role], domain.Arrival{Method: domain.ByPassword})
		if (err == nil) != (role == domain.Owner) {
			t.Errorf("%s by password: %v", role, err)
		}
		_, err = db.SignIn(t.Context(), o.People[role], domain.Arrival{Method: domain.BySSO})
		must(t, err)
	}
	all, err := db.SSOFor(t.Context(), "anybody@"+o.domain)
	if err != nil || len(all) != 1 || !all[0].Required || all[0].Tenant != o.Owner.Tenant() {
		t.Errorf("%+v %v", all, err)
	}
}

func TestDomainsAreLostAfterAWeek(t *testing.T) {
	t.Parallel()
	now := time.Now()
	db := storetest.Clocked(t, func() time.Time { return now })
	o := newSignOn(t, db, nil)
	b := newSignOn(t, db, nil)
	storetest.Do(t, db, b.Owner, func(x *store.Tenant) error { _, err := x.AddDomain(o.domain); return err }) // claimed, not verified
	who := func() int {
		all, err := db.SSOFor(t.Context(), "a@"+o.domain)
		must(t, err)
		return len(all)
	}
	check := func(found bool) (d domain.MailDomain) {
		storetest.Do(t, db, store.System(o.Owner.Tenant()), func(x *store.Tenant) error {
			due, err := x.DomainsDue()
			if err != nil || len(due) != 1 {
				t.Fatalf("%v due, %v", due, err)
			}
			d, err = x.CheckedDomain(due[0].ID, found)
			return err
		})
		return d
	}
	for day, step := range []struct{ found, verified bool }{{true, true}, {false, true}, {true, true}, {false, true}, {false, true}, {false, true}, {false, true},
		{false, true}, {false, true}, {false, true}, {false, false}} {
		now = now.Add(domain.DomainCheck)
		if d := check(step.found); d.Verified() != step.verified || who() != map[bool]int{true: 1, false: 0}[step.verified] {
			t.Errorf("day %d: %+v, %d", day, d, who())
		}
	}
	var told int
	must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from notifications where tenant_id = $1 and kind = 'domain_lost'",
		o.Owner.Tenant()).Scan(&told))
	if told != 2 { // owner and admin
		t.Errorf("%d were told", told)
	}
}

func TestASecretIsNotHandedToAnotherProvider(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := newSignOn(t, db, nil)
	form := domain.SSOForm{Issuer: issuer, ClientID: "other", Enabled: true, Role: "member"}
	must(t, in(t, db, o.Owner, func(x *store.Tenant) error { return x.SaveSSO(form, false) }))
	c, err := db.SSOClient(t.Context(), o.Owner.Tenant())
	if err != nil || c.Secret.Reveal() != "hush" || c.ClientID != "other" {
		t.Errorf("%+v %v", c, err)
	}
	form.Issuer = "https://evil.example.com"
	if err := in(t, db, o.Owner, func(x *store.Tenant) error { return x.SaveSSO(form, false) }); err == nil || err.Error() != "client_secret: required" {
		t.Errorf("%v", err)
	}
	for _, role := range []domain.Role{domain.Manager, domain.Staff, domain.Auditor} {
		wants(t, in(t, db, o.People[role], func(x *store.Tenant) error { return x.SaveSSO(form, false) }), domain.ErrNotFound)
	}
}

// Who was invited and comes by single sign-on instead gets what the invitation says; it is taken, who invited is told, and the
// department is kept as their first.
func TestA11_AnInvitationIsTakenBySingleSignOn(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := newSignOn(t, db, func(f *domain.SSOForm) { f.Provision = false })
	unit := o.Unit(t, "Research", "", "")
	c := o.claims("nina")
	_, link := o.Invite(t, o.Owner, domain.InvitationForm{Email: c.Email, Name: "Nina", Role: "manager", Department: string(unit)})
	nina := o.join(t, c)
	if m := o.me(t, nina); m.Role != domain.Manager || m.Department != unit {
		t.Errorf("came as %s into %q", m.Role, m.Department)
	}
	told := notices(t, db, o.Owner)
	if len(told) != 1 || told[0].Kind != domain.NoticeInvitationTaken || told[0].Object != nina.Member() {
		t.Errorf("who invited was told %+v", told)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		moves, err := x.MovesOf(nina.Member())
		if len(moves) != 1 || moves[0].To != unit {
			t.Errorf("moves %+v", moves)
		}
		return err
	})
	_, err := db.Invitation(t.Context(), link)
	wants(t, err, domain.ErrNotFound)
}
