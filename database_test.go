package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aimyorg/store/localpg"
)

// A database of the operator's own is used under the same roles, and nothing private is started beside it.
func TestDatabaseURL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o711)) //nolint:gosec // PostgreSQL's user passes through
	server, err := localpg.Start(t.Context(), localpg.Config{Dir: filepath.Join(dir, "theirs")})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop(context.Background())) })
	env := environ{"DATA_DIR": filepath.Join(dir, "ours"), "DATABASE_URL": server.DSN(localpg.Superuser, "postgres")}
	succeed(t, env, "migrate")
	if findings := succeed(t, env, "db", "audit"); strings.TrimSpace(findings) != "[]" {
		t.Error(findings)
	}
	made := succeed(t, env, "seed", "--tenants=1", "--seed=3")
	if !strings.Contains(made, `"canaries"`) {
		t.Error(made)
	}
	if verdicts := succeed(t, env, "audit", "verify"); strings.Contains(verdicts, "first_bad") {
		t.Error(verdicts)
	}
	if _, err := os.Stat(filepath.Join(dir, "ours", "pg")); !os.IsNotExist(err) {
		t.Error("a private database was started as well", err)
	}
}
