package domain_test

import (
	"strings"
	"testing"
	"time"

	"aimyorg/domain"
)

// The vectors of RFC 6238, appendix B, for SHA-1: their last six digits.
func TestA8_CodesOfRFC6238(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
		2000000000: "69279037", 20000000000: "65353130"} {
		if got := domain.CodeOf(secret, domain.CodeStep(time.Unix(at, 0))); got != want[2:] {
			t.Errorf("at %d: %s, want %s", at, got, want[2:])
		}
	}
}

func TestA8_ACodeCountsOnceAndOneStepAround(t *testing.T) {
	t.Parallel()
	secret, now := []byte("12345678901234567890"), time.Unix(1_700_000_010, 0)
	here := domain.CodeStep(now)
	for _, c := range []struct {
		of, used int64
		ok       bool
	}{{here, 0, true}, {here - 1, 0, true}, {here + 1, 0, true}, {here - 2, 0, false}, {here + 2, 0, false}, {here, here, false},
		{here - 1, here, false}, {here + 1, here, true}, {here, here + 1, false}} {
		step, ok := domain.MatchCode(secret, domain.CodeOf(secret, c.of), now, c.used)
		if ok != c.ok || ok && step != c.of {
			t.Errorf("%+v: step %d, %v", c, step-here, ok)
		}
	}
	code := domain.CodeOf(secret, here)
	if _, ok := domain.MatchCode(secret, " "+code[:3]+" "+code[3:]+"\n", now, 0); !ok {
		t.Error("a code with spaces was refused")
	}
	for _, bad := range []string{"", code[:5], code + "0", "------", "１２３４５６"} {
		if _, ok := domain.MatchCode(secret, bad, now, 0); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestA8_EachTenWrongCodesLockForLonger(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{0: 0, 1: 0, 9: 0, 10: 15 * time.Minute, 11: 0, 20: 30 * time.Minute, 30: time.Hour,
		90: 24 * time.Hour, 100_000: 24 * time.Hour} {
		if got := domain.CodeLock(failures); got != want {
			t.Errorf("after %d: %s, want %s", failures, got, want)
		}
	}
}

func TestCodeSecretIsReadable(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	if got := domain.CodeSecretText(secret); got != "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" {
		t.Error(got)
	}
	got := domain.CodeAddress("AImyOrg", "nora vance@example.com", secret)
	if got != "otpauth://totp/AImyOrg:nora%20vance@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=AImyOrg&algorithm=SHA1&digits=6&period=30" {
		t.Error(got)
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	code := domain.RecoveryCode([]byte{0, 1, 2, 3, 31, 30, 29, 255, 8, 9, 10, 11})
	if code != "abcd-9879-ijkm" {
		t.Error(code)
	}
	for _, typed := range []string{code, strings.ToUpper(code), " abcd 9879 ijkm\n", "abcd9879ijkm"} {
		if got := domain.CleanRecovery(typed); got != "abcd9879ijkm" {
			t.Errorf("%q: %q", typed, got)
		}
	}
}

func TestA9_StageFor(t *testing.T) {
	t.Parallel()
	none, app, key, spare := domain.Factors{}, domain.Factors{App: true}, domain.Factors{Passkeys: 1}, domain.Factors{Recovery: 10}
	free, strict := domain.DoorRules{}, domain.DoorRules{Factor: true}
	for _, c := range []struct {
		by    domain.Method
		has   domain.Factors
		rules domain.DoorRules
		want  domain.Stage
	}{
		{domain.ByPassword, none, free, domain.Whole}, {domain.ByPassword, app, free, domain.WantFactor},
		{domain.ByPassword, key, free, domain.WantFactor}, {domain.ByPassword, spare, free, domain.Whole},
		{domain.ByPassword, none, strict, domain.WantEnrol}, {domain.ByPassword, spare, strict, domain.WantEnrol},
		{domain.ByPassword, app, strict, domain.WantFactor}, {domain.ByInvitation, none, free, domain.Whole},
		{domain.ByInvitation, none, strict, domain.WantEnrol}, {domain.ByPasskey, key, strict, domain.Whole},
		{domain.BySSO, app, free, domain.Whole}, {domain.BySSO, none, strict, domain.WantEnrol}, {domain.BySSO, app, strict, domain.WantFactor},
		{"", app, free, domain.WantFactor},
	} {
		if got := domain.StageFor(c.by, c.has, c.rules); got != c.want {
			t.Errorf("%s with %+v under %+v: %s, want %s", c.by, c.has, c.rules, got, c.want)
		}
	}
}

func TestMayLose(t *testing.T) {
	t.Parallel()
	strict := domain.DoorRules{Factor: true}
	for _, c := range []struct {
		has   domain.Factors
		app   bool
		rules domain.DoorRules
		want  bool
	}{
		{domain.Factors{App: true}, true, domain.DoorRules{}, true}, {domain.Factors{App: true}, true, strict, false},
		{domain.Factors{App: true, Passkeys: 1}, true, strict, true}, {domain.Factors{Passkeys: 1}, false, strict, false},
		{domain.Factors{Passkeys: 2}, false, strict, true}, {domain.Factors{App: true, Passkeys: 1}, false, strict, true},
	} {
		if got := c.has.MayLose(c.app, c.rules); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
