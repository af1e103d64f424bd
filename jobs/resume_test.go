package jobs_test

import (
	"os"
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store/storetest"
)

// A process that runs beside one that died takes its work over without being started anew, and leaves what a living one
// does alone.
func TestResume_takes_over_from_the_dead_only(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	start(t, db, reader(t))
	taken := func(name, by string) domain.ID {
		document, version := upload(t, o, shelf, name, []byte("The "+by+" rule."))
		settled(t, o, document)
		await(t, "its job to end", 10*time.Second, func() bool {
			return number(t, super, "select count(*) "+jobsOf+" and state = 'completed'", version) == 1
		})
		exec(t, super, "update river.river_job set state = 'running', finalized_at = null, attempted_by = array[$2] where args->>'version' = $1", version, by)
		return version
	}
	exec(t, super, "insert into workers values ('living', now() + interval '1 hour')")
	defer exec(t, super, "delete from workers where id = 'living'")
	alive := taken("alive.txt", "living")
	dead := taken("dead.txt", "dead")
	await(t, "the dead one's job to be worked by another", 10*time.Second, func() bool {
		return number(t, super, "select count(*) "+jobsOf+" and attempted_by[array_upper(attempted_by, 1)] <> 'dead'", dead) == 1
	})
	if n := number(t, super, "select count(*) "+jobsOf+" and state = 'running' and attempted_by = '{living}'", alive); n != 1 {
		t.Errorf("a living process's job was taken: %s", rows(t, alive))
	}
}

// What the queue gave a living process without its hearing of it, as the database was killed in between, is worked soon;
// what it does work is left alone, however long it takes.
func TestResume_gives_back_what_never_arrived(t *testing.T) {
	db, super := storetest.DB(t), storetest.Superuser(t)
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	r, while := hanging(t)
	start(t, db, r)
	_, worked := upload(t, o, shelf, "worked.txt", []byte("The peanut rule."))
	await(t, "the child to hang", 10*time.Second, func() bool { _, err := os.Stat(while + ".pid"); return err == nil })
	must(t, os.Remove(while))

	done := func(name string) domain.ID {
		document, version := upload(t, o, shelf, name, []byte("The walnut rule."))
		settled(t, o, document)
		await(t, "its job to end", 10*time.Second, func() bool {
			return number(t, super, "select count(*) "+jobsOf+" and state = 'completed'", version) == 1
		})
		return version
	}
	given, ended := done("given.txt"), done("ended.txt")
	// Long for us, and not yet for the queue's own rescue.
	const long = ", attempted_at = now() - interval '1 minute' where args->>'version' = $1"
	exec(t, super, "update river.river_job set queue = queue"+long, worked)
	exec(t, super, "update river.river_job set state = 'running', finalized_at = null"+long, ended) // the queue hears of it later
	// By an id that the process has never heard of.
	exec(t, super, "update river.river_job set id = id + 1000000000, state = 'running', finalized_at = null"+long, given)
	await(t, "the job to be worked", 10*time.Second, func() bool {
		return number(t, super, "select count(*) "+jobsOf+" and state = 'completed' and attempt = 2", given) == 1
	})
	for _, version := range []domain.ID{worked, ended} {
		if n := number(t, super, "select count(*) "+jobsOf+" and state = 'running' and attempt = 1", version); n != 1 {
			t.Errorf("what this process holds was given back: %s", rows(t, version))
		}
	}
}
