package handlers

import (
	"context"
	"errors"
	"time"
)

// AskProvider asks an issuer for its description, and says what kind of thing went wrong; "" when nothing did.
func AskProvider(ctx context.Context, development bool, issuer string) string {
	_, err := newProviders(development, time.Now).of(ctx, issuer)
	if err == nil || errors.Is(err, errProviderDown) {
		return whyDown(err)
	}
	return err.Error()
}
