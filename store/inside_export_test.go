package store

import "aimyorg/domain"

// What confirms an address and what resets a password call these; the tests do, too.

// ChangeEmailOf gives a member another address.
func ChangeEmailOf(t *Tenant, member domain.ID, email string) (bool, error) {
	return t.changeEmail(member, email)
}

// SetPasswordOf sets a member's password as a reset does.
func SetPasswordOf(t *Tenant, member domain.ID, hash string) error {
	return t.setPassword(member, hash, "")
}
