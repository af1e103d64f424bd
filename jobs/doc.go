// Package jobs is the work that goes on in the background: one file per kind, and one table of what recurs.
//
// Promised work is in River's queue, inserted by store in the transaction that promised it; arguments are ids. A job may
// run twice, also at once with its stalled twin, so every step ends in a compare-and-set in store.
package jobs
