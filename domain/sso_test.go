package domain_test

import (
	"testing"
	"time"

	"aimyorg/domain"
)

func TestA12_PlaceGivesWhatGroupsSayAndNeverOwner(t *testing.T) {
	t.Parallel()
	rules := []domain.GroupRule{{Group: "sales", Kind: "department", Subject: "d1"}, {Group: "all", Kind: "department", Subject: "d2"},
		{Group: "boss", Kind: "role", Subject: "owner"}, {Group: "all", Kind: "role", Subject: "member"}, {Group: "it", Kind: "role", Subject: "admin"},
		{Group: "own", Kind: "role", Subject: "0197"}}
	for name, c := range map[string]struct {
		groups []string
		want   domain.Placement
	}{
		"nothing":          {nil, domain.Placement{}},
		"unknown":          {[]string{"Sales", "it "}, domain.Placement{}},
		"owner":            {[]string{"boss"}, domain.Placement{}},
		"the most of many": {[]string{"boss", "all", "it", "own"}, domain.Placement{Role: domain.Admin, Department: "d2"}},
		"an own role":      {[]string{"own", "sales"}, domain.Placement{Role: domain.Custom, RoleID: "0197", Department: "d1"}},
		"built-in first":   {[]string{"own", "all"}, domain.Placement{Role: domain.Staff, Department: "d2"}},
	} {
		if got := domain.PlaceByGroups(c.groups, rules); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestA70_AddressesOfProviders(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]bool{ // in production, in development
		"https://login.example.com": {true, true}, "https://login.example.com/tenant/v2.0": {true, true}, "https://login.example.com:443": {true, true},
		"http://login.example.com": {}, "https://login.example.com:8443": {}, "https://a:b@login.example.com": {}, "gopher://login.example.com": {},
		"file:///etc/passwd": {}, "ftp://login.example.com": {}, "https://login.example.com:22": {}, "https:login.example.com": {}, "": {}, "login.example.com": {},
		"http://127.0.0.1:9000": {false, true}, "http://localhost:9000/x": {false, true}, "http://10.0.0.1": {}, "gopher://127.0.0.1": {},
	} {
		for i, development := range []bool{false, true} {
			if got := domain.SSOAddress(address, development); got != want[i] {
				t.Errorf("%q, development %v: %v", address, development, got)
			}
		}
	}
}

func TestDomainsAreCleanedAndPublicOnesRefused(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{" Example.COM. ": "", "ada@example.com": "", "gmail.com": "public", "GMX.de": "public", "localhost": "invalid",
		"a..b": "invalid", "-a.com": "invalid", "exa mple.com": "invalid", "10.0.0.1": "invalid", "xn--bcher-kva.example": "", "bücher.example": "invalid", "": "invalid"} {
		code := ""
		if p := domain.MailDomainProblems(domain.CleanDomain(typed)); len(p) > 0 {
			code = p[0].Code
		}
		if code != want {
			t.Errorf("%q: %q, want %q", typed, code, want)
		}
	}
	if d := (domain.MailDomain{}); d.Verified() || !(domain.MailDomain{VerifiedAt: time.Unix(1, 0)}).Verified() {
		t.Error("verified is wrong")
	}
}
