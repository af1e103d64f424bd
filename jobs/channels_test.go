package jobs_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"aimyorg/domain"
	"aimyorg/store"
	"aimyorg/store/storetest"
)

// Whoever can connect can listen: what the queue says aloud names no organization, no row and no word (A53).
func TestA53_NotificationsSayNothing(t *testing.T) {
	t.Parallel()
	db, conn := storetest.DB(t), storetest.Superuser(t)
	for _, topic := range []string{"river_insert", "river_control", "river_leadership"} {
		_, err := conn.Exec(t.Context(), `listen "`+store.QueueSchema+"."+topic+`"`)
		must(t, err)
	}
	start(t, db, reader(t))
	o := storetest.New(t, db)
	shelf := o.Collection(t, domain.CollectionForm{})
	heard := 0
	for range 50 { // the queue says nothing of a job that comes right after another test's
		document, version := upload(t, o, shelf, "quaggaword.txt", []byte("A quaggaword in a text."))
		settled(t, o, document)
		if heard = listen(t, conn, string(o.Owner.Tenant()), string(o.Owner.Member()), string(document), string(version), "quagga"); heard > 0 {
			break
		}
	}
	if heard == 0 {
		t.Error("nothing was said: this shows nothing")
	}
	var locks int
	must(t, conn.QueryRow(context.WithoutCancel(t.Context()), "select count(*) from pg_locks where locktype = 'advisory'").Scan(&locks))
	if locks != 0 {
		t.Errorf("%d advisory locks are held", locks)
	}
}

// listen counts what has been said so far; none of the words may be in it.
func listen(t *testing.T, conn *pgx.Conn, words ...string) (heard int) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `notify "`+store.QueueSchema+`.river_control", '{"action":"the end"}'`)
	must(t, err)
	for {
		n, err := conn.WaitForNotification(t.Context())
		must(t, err)
		if strings.Contains(n.Payload, "the end") {
			return heard
		}
		heard++
		if !json.Valid([]byte(n.Payload)) || len(n.Payload) > 300 {
			t.Errorf("%s: %s", n.Channel, n.Payload)
		}
		for _, word := range words {
			if strings.Contains(n.Payload, word) {
				t.Errorf("%s names %s: %s", n.Channel, word, n.Payload)
			}
		}
	}
}
