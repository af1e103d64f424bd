// Package store holds all SQL, through Bun, one file per aggregate.
//
// DB opens; it cannot query. Tenant is one organization's data in one transaction and has every query as a method that
// names the organization itself (the first of three walls; scoped and the database's row-level security are the others).
// What people wrote is sealed before it comes to a statement and opened after it. Rules are decided in domain and
// enforced here, where the row is locked: load, decide, save, audit, enqueue.
//
// What must cross organizations (finding an account by its address, claiming work) is in door.go and crossing.go, as
// roles that can do just that.
package store
