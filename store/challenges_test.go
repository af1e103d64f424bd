package store_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store/storetest"
)

// What a browser was asked by one process can be answered although another, whose clock is ahead, has asked since; what nobody
// can answer any more is gone in the end.
func TestAChallengeOutlivesAnotherClock(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	fast := storetest.Clocked(t, func() time.Time { return time.Now().Add(30 * time.Minute) })
	asked := func() string {
		t.Helper()
		token, err := db.Challenge(t.Context(), "test", "What is it?", 10*time.Minute)
		must(t, err)
		return token
	}
	left := func(token string) (n int) {
		t.Helper()
		must(t, storetest.Superuser(t).QueryRow(t.Context(), "select count(*) from challenges where key = sha256($1::bytea)", token).Scan(&n))
		return n
	}
	first, second := asked(), asked()
	_, err := fast.Challenge(t.Context(), "test", "And this?", time.Minute)
	must(t, err)
	var question string
	must(t, db.Answer(t.Context(), "test", first, &question))
	if question != "What is it?" {
		t.Errorf("it asked %q", question)
	}
	wants(t, db.Answer(t.Context(), "test", first, &question), domain.ErrNotFound)
	wants(t, fast.Answer(t.Context(), "test", asked(), &question), domain.ErrNotFound) // to its clock it is too late
	_, err = storetest.Superuser(t).Exec(t.Context(), "update challenges set expires_at = now() - interval '61 minutes' where key = sha256($1::bytea)", second)
	must(t, err)
	asked()
	if n := left(second); n != 0 {
		t.Errorf("%d challenges of an hour ago are left", n)
	}
}
