package domain_test

import (
	"testing"
	"time"

	"aimyorg/domain"
)

func TestP9_TheNetworkOfAnAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{"203.0.113.77": "203.0.113.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "::ffff:203.0.113.77": "203.0.113.0/24",
		"fe80::1%eth0": "fe80::/48", "unknown": "unknown", "": "", "203.0.113.0/24": "203.0.113.0/24"} {
		if got := domain.Network(address); got != want {
			t.Errorf("%q is in %q, want %q", address, got, want)
		}
	}
}

func TestP21_ABurstIsToldOnceInItsTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		wrong int
		last  time.Time
		want  bool
	}{
		{4, time.Time{}, false}, {5, time.Time{}, true}, {9, now.Add(-9 * time.Minute), false}, {5, now.Add(-10 * time.Minute), true},
	} {
		if got := domain.BurstAlert(c.wrong, c.last, now); got != c.want {
			t.Errorf("%d wrong, told of at %v: %v", c.wrong, c.last, got)
		}
	}
}

func TestDoorRules_TheOwnerKeepsThePassword(t *testing.T) {
	t.Parallel()
	for _, r := range append(domain.Roles, domain.Custom) {
		for _, m := range []domain.Method{domain.ByPassword, domain.ByPasskey, domain.BySSO, domain.ByInvitation} {
			want := r != domain.Owner && m == domain.ByPassword
			if got := (domain.DoorRules{SSO: true}).PasswordRefused(r, m); got != want {
				t.Errorf("%s by %s: %v", r, m, got)
			}
			if (domain.DoorRules{Factor: true}).PasswordRefused(r, m) {
				t.Errorf("%s by %s without the rule", r, m)
			}
		}
	}
}
