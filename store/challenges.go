package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"aimyorg/domain"
)

// Challenges are what a browser at the door was asked and has not answered yet: a passkey's challenge, a sign-on at an
// identity provider, the choice between several organizations. Each is answered once, in time, by whoever holds its token.

// challengesKept is how long a challenge that was not answered in time lies before a newer one takes its place. It is not answered
// any more; but a process whose clock is ahead must not take from the browsers of another what they still may answer.
const challengesKept = time.Hour

// Challenge keeps v as JSON, sealed, under a new token for a purpose.
func (db *DB) Challenge(ctx context.Context, purpose string, v any, lasts time.Duration) (token string, err error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	body, err := db.cloak(purpose, plain)
	if err != nil {
		return "", err
	}
	now := db.Now()
	token = base64.RawURLEncoding.EncodeToString(random(32))
	_, err = db.door.Exec(ctx, `with old as (delete from challenges where expires_at < $4)
		insert into challenges (key, purpose, body, expires_at) values ($1, $2, $3, $5)`,
		hashToken(token), purpose, body, now.Add(-challengesKept), now.Add(lasts))
	return token, known(err)
}

// Answer takes the challenge of a token: it is there once. ErrNotFound when it was answered, has expired, is for another
// purpose or never was.
func (db *DB) Answer(ctx context.Context, purpose, token string, v any) error {
	var body []byte
	var expires time.Time
	err := db.door.QueryRow(ctx, `delete from challenges where key = $1 and purpose = $2 returning body, expires_at`,
		hashToken(token), purpose).Scan(&body, &expires)
	if err != nil {
		return known(err)
	}
	if expires.Before(db.Now()) {
		return domain.ErrNotFound
	}
	plain, err := db.uncloak(purpose, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}
