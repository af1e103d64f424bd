// Package extracttest builds small real files of every format that extract reads, and hostile ones, for tests and for
// the seed's story. Nothing in it is random: the same call gives the same bytes.
package extracttest
