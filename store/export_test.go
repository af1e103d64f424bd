package store

// AskTheDatabase makes a store rule on no collections itself.
func (db *DB) AskTheDatabase() { db.mostShelves = 0 }
