package jobs_test

import (
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
