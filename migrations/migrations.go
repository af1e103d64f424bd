// Package migrations holds the schema as SQL, forward only, one file per step. Files never change once released.
package migrations

import "embed"

// Files are the steps in order of their names: NNNN_what.sql.
//
//go:embed *.sql
var Files embed.FS
