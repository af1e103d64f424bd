package domain

import "strings"

// RecoveryCodes is how many codes a person gets for the day that their phone is gone. Each opens the account once.
const RecoveryCodes = 10

// recoveryLetters are 32 characters of which none looks like another.
const recoveryLetters = "abcdefghijkmnpqrstuvwxyz23456789"

const (
	// RecoveryBytes is how many random bytes make one code: 60 bits are used, which can't be guessed at ten tries in ten minutes.
	RecoveryBytes = 12
	recoveryGroup = 4
)

// RecoveryCode is a code made of random bytes, in groups of four: "k7md-2q9x-hw4t".
func RecoveryCode(random []byte) string {
	var b strings.Builder
	for i, x := range random {
		if i > 0 && i%recoveryGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(recoveryLetters[x&31])
	}
	return b.String()
}

// CleanRecovery is a code as it is compared: however it was typed, with or without its dashes, in capitals or not.
func CleanRecovery(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		if strings.ContainsRune(recoveryLetters, r) {
			return r
		}
		return -1
	}, typed)
}
