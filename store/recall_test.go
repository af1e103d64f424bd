package store_test

import (
	"testing"
	"time"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// A question of somebody whose session was only recalled is saved if the session holds at that moment, whatever another process
// did meanwhile; else nothing of it is: neither a new conversation nor that an old one was gone on with.
func TestA14_A16_P54_ARecalledSessionIsHeldByItsQuestion(t *testing.T) {
	t.Parallel()
	db, elsewhere, super := storetest.DB(t), another(t), storetest.Superuser(t)
	row := func(set string) func(o storetest.Organization, who store.SignedIn) error {
		return func(_ storetest.Organization, who store.SignedIn) error {
			_, err := super.Exec(t.Context(), "update sessions set "+set+" where id = $1", who.Session)
			return err
		}
	}
	doing := func(fn func(x *store.Tenant, who store.SignedIn) error) func(o storetest.Organization, who store.SignedIn) error {
		return func(o storetest.Organization, who store.SignedIn) error {
			return in(t, elsewhere, o.Owner, func(x *store.Tenant) error { return fn(x, who) })
		}
	}
	for name, change := range map[string]func(o storetest.Organization, who store.SignedIn) error{
		"nothing":    func(storetest.Organization, store.SignedIn) error { return nil },
		"used since": row("seen_at = now()"),
		"signed out": func(_ storetest.Organization, who store.SignedIn) error {
			return in(t, elsewhere, who.Actor, func(x *store.Tenant) error { return x.EndSession(who.Session) })
		},
		"idle too long":     row("seen_at = now() - interval '31 minutes'"),
		"over":              row("created_at = now() - interval '13 hours'"),
		"half signed in":    row("stage = 'factor'"),
		"somebody else's":   row("member_id = (select id from members m where m.tenant_id = sessions.tenant_id and m.role = 'owner')"),
		"deactivated":       doing(func(x *store.Tenant, who store.SignedIn) error { return x.Deactivate(who.Actor.Member()) }),
		"the AI turned off": doing(func(x *store.Tenant, _ store.SignedIn) error { return x.SwitchAI(false) }),
		"another's consent": func(o storetest.Organization, _ store.SignedIn) error {
			return in(t, elsewhere, o.People[domain.Manager], func(x *store.Tenant) error {
				return x.Consent(true, copilotScopes(domain.OpenAI), 1, "panel")
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := storetest.New(t, db)
			storetest.OpenAI(t, db, o.Owner, "gpt-5-mini")
			storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.SwitchAI(true) })
			staff := o.People[domain.Staff]
			token, err := storetest.SignIn(t, db, staff)
			must(t, err)
			looked, err := db.Session(t.Context(), token)
			must(t, err)
			old := asks(t, db, looked, "", nil)
			before := saved(t, o)
			recalled := func() store.SignedIn {
				who, ok := db.Recall(token)
				if !ok || !who.Recalled() || who.Actor != staff {
					t.Fatalf("%v, %+v is recalled", ok, who)
				}
				return who
			}
			first, second := recalled(), recalled()
			must(t, change(o, first))
			want := store.ErrLookAgain
			if name == "nothing" || name == "used since" {
				want = nil
			}
			asks(t, db, first, "", want)
			asks(t, db, second, old, want)
			if after := saved(t, o); (after == before) != (want != nil) {
				t.Errorf("saved before %v, after %v", before, after)
			}
		})
	}
}

// asks asks a question and gives its conversation.
func asks(t *testing.T, db *store.DB, who store.SignedIn, in domain.ID, want error) (conversation domain.ID) {
	t.Helper()
	err := db.Asking(t.Context(), &who, func(x *store.Tenant) error {
		q, _, err := x.Ask(in, "How much may a hotel cost?")
		conversation = q.Conversation
		return err
	})
	wants(t, err, want)
	if err == nil && who.Recalled() {
		t.Error("who held was still only recalled")
	}
	return conversation
}

// saved is how many questions and answers there are, and when a conversation was last gone on with.
func saved(t *testing.T, o storetest.Organization) (out struct {
	messages, conversations int
	last                    time.Time
}) {
	t.Helper()
	must(t, storetest.Superuser(t).QueryRow(t.Context(), `select (select count(*) from messages where tenant_id = $1), count(*), max(updated_at)
		from conversations where tenant_id = $1`, o.Owner.Tenant()).Scan(&out.messages, &out.conversations, &out.last))
	return out
}

// A request that recalls somebody and asks nothing does nothing.
func TestA14_A16_OnlyAQuestionHoldsWhoIsRecalled(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t)
	o := storetest.New(t, db)
	token, err := storetest.SignIn(t, db, o.Owner)
	must(t, err)
	_, err = db.Session(t.Context(), token)
	must(t, err)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { _, err := x.AI(); return err })
	who, ok := db.Recall(token)
	if !ok {
		t.Fatal("nobody is recalled")
	}
	wants(t, db.Asking(t.Context(), &who, func(x *store.Tenant) error { return x.Measure(false) }), store.ErrLookAgain)
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error {
		m, err := x.Me()
		if !m.Measured {
			t.Error("it was done")
		}
		return err
	})
}

// Nobody is recalled who was not looked at a moment ago, is half signed in, or whose organization has moved on.
func TestA16_A18_WhoIsNotRecalled(t *testing.T) {
	t.Parallel()
	now := time.Now()
	db := storetest.Clocked(t, func() time.Time { return now })
	o, other := storetest.New(t, db), storetest.New(t, db)
	token, err := storetest.SignIn(t, db, o.Owner)
	must(t, err)
	theirs, err := storetest.SignIn(t, db, other.Owner)
	must(t, err)
	known := func(want bool, when string) {
		t.Helper()
		if who, ok := db.Recall(token); ok != want || ok && who.Actor != o.Owner {
			t.Errorf("%s: %v, %v is recalled", when, ok, who.Actor)
		}
	}
	look := func(token string, a domain.Actor) {
		t.Helper()
		_, err := db.Session(t.Context(), token)
		must(t, err)
		storetest.Do(t, db, a, func(x *store.Tenant) error { _, err := x.AI(); return err })
	}
	known(false, "before a look")
	look(theirs, other.Owner)
	known(false, "after a look at another organization's")
	look(token, o.Owner)
	known(true, "after a look")
	now = now.Add(59 * time.Second)
	known(true, "within the minute")
	now = now.Add(2 * time.Second)
	known(false, "after a minute")
	look(token, o.Owner)
	known(true, "after another look")
	if n := db.KeptLooks(); n != 1 {
		t.Errorf("%d looks are kept, want the last one only", n)
	}
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { return x.Deactivate(o.People[domain.Staff].Member()) })
	storetest.Do(t, db, o.Owner, func(x *store.Tenant) error { _, err := x.AI(); return err })
	known(false, "after somebody's rights have changed")
	look(token, o.Owner)
	_, err = storetest.Superuser(t).Exec(t.Context(), "update sessions set stage = 'factor' where tenant_id = $1", o.Owner.Tenant())
	must(t, err)
	_, err = db.Session(t.Context(), token)
	must(t, err)
	known(false, "half signed in")
}
