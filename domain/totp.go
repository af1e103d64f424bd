package domain

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238's default, and what authenticator apps take; HMAC does not rest on collisions
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// One-time codes by time (RFC 6238 over RFC 4226): SHA-1, six digits, 30 seconds. They are written here and not taken from a
// library because a code must count once, and for that one has to know which step it was of.

const (
	codeStep   = 30 * time.Second
	codeDigits = 6
	codeSkew   = 1 // steps that a phone's clock may be off, either way

	// CodeSecretBytes is how long an authenticator app's secret is (RFC 4226 §4 recommends 160 bits).
	CodeSecretBytes = 20
)

// CodeStep is the number of the step that a time falls into.
func CodeStep(at time.Time) int64 { return at.Unix() / int64(codeStep/time.Second) }

// CodeOf is the code of a step.
func CodeOf(secret []byte, step int64) string { return hotp(secret, uint64(step), codeDigits) }

func hotp(secret []byte, counter uint64, digits int) string {
	h := hmac.New(sha1.New, secret)
	h.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := h.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	value := uint64(binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff)
	ceiling := uint64(1)
	for range digits {
		ceiling *= 10
	}
	return fmt.Sprintf("%0*d", digits, value%ceiling)
}

// MatchCode says which step a code is of. Steps up to used are spent: a code counts once, and none before it any more (A8).
func MatchCode(secret []byte, code string, now time.Time, used int64) (step int64, ok bool) {
	code = squash(code) // as people copy it: "123 456"
	here := CodeStep(now)
	for s := here - codeSkew; s <= here+codeSkew; s++ {
		same := subtle.ConstantTimeCompare([]byte(code), []byte(CodeOf(secret, s))) == 1
		if same && s > used && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// CodeSecretText is a secret as people type it, in groups of four.
func CodeSecretText(secret []byte) string {
	text := base32Plain.EncodeToString(secret)
	var groups []string
	for len(text) > 4 {
		groups, text = append(groups, text[:4]), text[4:]
	}
	return strings.Join(append(groups, text), " ")
}

// CodeAddress is what an authenticator app reads out of a picture.
func CodeAddress(issuer, account string, secret []byte) string {
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	return "otpauth://totp/" + label + "?secret=" + base32Plain.EncodeToString(secret) + "&issuer=" + url.QueryEscape(issuer) +
		"&algorithm=SHA1&digits=6&period=30"
}

const (
	codeTries   = 10
	codeLock    = 15 * time.Minute
	maxCodeLock = 24 * time.Hour
)

// CodeLock is for how long codes are not looked at after so many wrong ones in a row (A8): each ten lock them for twice as
// long as the ten before. It locks the app, not the account: passkeys and recovery codes still open it.
func CodeLock(failures int) time.Duration {
	if failures == 0 || failures%codeTries != 0 {
		return 0
	}
	lock := codeLock
	for n := failures / codeTries; n > 1 && lock < maxCodeLock; n-- {
		lock *= 2
	}
	return min(lock, maxCodeLock)
}
