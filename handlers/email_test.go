package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"aimyorg/domain"
	"aimyorg/store/storetest"
)

func TestAnotherAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, behindProxy)
	o := storetest.New(t, s.db)
	staff, owner := s.as(t, o.People[domain.Staff]), s.as(t, o.Owner)
	old, fresh := "member-"+o.Email, "fresh-"+o.Email
	staff.get("/account").must(t, 200, `href="/account/email"`)
	staff.get("/account/email").must(t, 200, old, `name="email"`)
	staff.post("/account/email", url.Values{"email": {"nobody"}}).must(t, 422, `value="nobody"`, "Enter an email address")
	staff.post("/account/email", url.Values{"email": {old}}).must(t, 422, "the address that you have now")
	asked := staff.post("/account/email", url.Values{"email": {fresh}}).must(t, 200, "Look at the mail of "+fresh)
	l := o.Letter(t, domain.LetterConfirmEmail)
	if l.To != fresh {
		t.Errorf("confirmed at %s", l.To)
	}
	s.nobody(t).get(l.Path).must(t, 303)
	owner.get(l.Path).must(t, 400, "This link does not work", "!"+fresh)
	owner.post(l.Path, nil).must(t, 400)
	staff.get(l.Path).must(t, 200, fresh, old)
	staff.get("/account").must(t, 200, old, "!"+fresh) // looking changes nothing
	staff.post(l.Path, nil).must(t, 303)
	staff.get("/account").must(t, 200, fresh)
	staff.post(l.Path, nil).must(t, 400, "This link does not work")
	if l := o.Letter(t, domain.LetterNotice); l.To != old {
		t.Errorf("told %s", l.To)
	}

	// an address that a colleague has: the same answer, and the confirmation says it
	taken := staff.post("/account/email", url.Values{"email": {o.Email}}).must(t, 200)
	if got, want := replaced(taken, o.Email, fresh), replaced(asked, fresh, old); got != want {
		t.Errorf("a taken address is answered unlike: %s", apart(got, want))
	}
	staff.post(o.Letter(t, domain.LetterConfirmEmail).Path, nil).must(t, 422, "Somebody in your organization has this address already")
}

// replaced is an answer without the address asked for and the one that the person has.
func replaced(a answer, asked, has string) string {
	text := a.sameButRequest()
	for _, r := range [][2]string{{has, "HAS"}, {asked, "ASKED"}} {
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	return text
}
