package handlers

import (
	"encoding/json"
	"strings"

	"aimyorg/domain"
)

// saidClaims is what is read of a provider's word; the rest is left.
type saidClaims struct {
	Party         string    `json:"azp"`
	Email         string    `json:"email"`
	EmailVerified loose     `json:"email_verified"`
	Name          string    `json:"name"`
	GivenName     string    `json:"given_name"`
	FamilyName    string    `json:"family_name"`
	Groups        looseList `json:"groups"`
}

// loose is a yes as providers write it: true or "true".
type loose bool

// UnmarshalJSON takes anything else for a no.
func (l *loose) UnmarshalJSON(b []byte) error {
	*l = loose(strings.Trim(string(b), `"`) == "true")
	return nil
}

// looseList is a list of texts, or one text.
type looseList []string

// UnmarshalJSON takes anything else for nothing.
func (l *looseList) UnmarshalJSON(b []byte) error {
	var many []any
	var one string
	switch {
	case json.Unmarshal(b, &many) == nil:
		for _, v := range many {
			if s, ok := v.(string); ok {
				*l = append(*l, s)
			}
		}
	case json.Unmarshal(b, &one) == nil && one != "":
		*l = looseList{one}
	}
	return nil
}

func (s saidClaims) claims(issuer, subject string) domain.Claims {
	name := s.Name
	if name == "" {
		name = s.GivenName + " " + s.FamilyName
	}
	return domain.Claims{Issuer: issuer, Subject: subject, Email: s.Email, EmailVerified: bool(s.EmailVerified), Name: name, Groups: s.Groups}.Clean()
}
