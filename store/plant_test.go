package store_test

import (
	"strings"
	"testing"

	"aimyorg/store/storetest"
)

// planted puts a row into tables that no method of the store writes yet, so that the walls hold for them from the start.
// Whoever writes the method takes the line away and lets build use it, and the table out of unplanted.
var planted = []string{
	`update members set department_id = $p where tenant_id = $t and id = $m`,
	`update standings set epoch = epoch + 1 where tenant_id = $t`, // what was known of the person's departments is not so any more
	`update members set role = 'custom', role_id = $r where tenant_id = $t and role = 'auditor'`,
}

func (w *world) plant(t testing.TB) {
	t.Helper()
	super := storetest.Superuser(t)
	quote := func(s string) string { return "'" + s + "'" }
	values := strings.NewReplacer("$t", quote(string(w.Owner.Tenant())), "$m", quote(string(w.staff().Member())),
		"$p", quote(string(w.Department)), "$r", quote(string(w.Role)), "$1", quote(string(w.DB.NewID())),
		"$h", `('\x'||replace('`+string(w.DB.NewID())+`','-','')||replace('`+string(w.DB.NewID())+`','-',''))::bytea`)
	for _, line := range planted {
		_, err := super.Exec(t.Context(), values.Replace(line))
		must(t, err)
	}
}
