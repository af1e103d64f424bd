package store_test

import (
	"strings"
	"testing"

	"aimyorg/store/storetest"
)

// planted puts a row into tables that no method of the store writes yet, so that the walls hold for them from the start.
// Whoever writes the method takes the line away and lets build use it, and the table out of unplanted.
var planted = []string{
	`insert into roles values ($t, $1, '\x00', '{people.read}', now())`,
	`insert into departments values ($t, $1, null, '\x00', $m, now())`,
	`insert into departments values ($t, $2, $1, '\x00', $m, now())`,
	`update members set department_id = $1 where tenant_id = $t and id = $m`,
	`update members set role = 'custom', role_id = $1 where tenant_id = $t and role = 'auditor'`,
	`insert into moves values ($t, $1, 'member', $m, null, $1, $m, now())`,
	`insert into document_access values ($t, $d, 'everyone', '')`,
	`insert into invitations values ($t, $1, '\x00', $h, '\x00', 'custom', $1, $1, $h, null, $m, now(), now(), now(), null, $m)`,
	`insert into authenticators (tenant_id, id, member_id, secret, created_at) values ($t, $1, $m, '\x00', now())`,
	`insert into recovery_codes values ($t, $1, $m, $h)`,
	`insert into passkeys values ($t, $1, $m, $h, '\x00', '\x00', null, now())`,
	`insert into sign_ins values ($t, $1, $m, 'password', 'ok', '\x00', '\x00', false, $h, now())`,
	`insert into links values ($t, $1, $m, 'reset', $h, '\x00', now(), now())`,
	`insert into outbox (tenant_id, id, member_id, kind, recipient, body, state, created_at) values ($t, $1, $m, 'notice', '\x00', '\x00', 'sent', now())`,
	`insert into notifications (tenant_id, id, member_id, kind, body, created_at) values ($t, $1, $m, 'unreadable', '\x00', now())`,
	`insert into notice_choices values ($t, $m, 'document_unreadable', true, 'off')`,
	`insert into looks values ($t, $1, $m, $m, 'receipt', null, now())`,
	`insert into usage_events values ($t, $m, 'home', current_date, 1)`,
}

func (w *world) plant(t testing.TB) {
	t.Helper()
	super := storetest.Superuser(t)
	quote := func(s string) string { return "'" + s + "'" }
	values := strings.NewReplacer("$t", quote(string(w.Owner.Tenant())), "$m", quote(string(w.staff().Member())),
		"$d", quote(string(w.Doc.ID)), "$1", quote(string(w.DB.NewID())), "$2", quote(string(w.DB.NewID())),
		"$h", `('\x'||replace('`+string(w.DB.NewID())+`','-','')||replace('`+string(w.DB.NewID())+`','-',''))::bytea`)
	for _, line := range planted {
		_, err := super.Exec(t.Context(), values.Replace(line))
		must(t, err)
	}
}
