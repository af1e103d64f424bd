package account

import "aimyorg/domain"

// ForgottenPage is /forgot. Asked says the same whoever has the address (A119).
type ForgottenPage struct {
	Email      string
	Problems   domain.Problems
	Asked      bool
	RetryAfter int // seconds, when too many mails were asked for
}

// ResetPage is /reset/{token}: a new password for one account.
type ResetPage struct {
	Token, Organization, Email string
	Problems                   domain.Problems
}

// DeadLinkPage is what every link that does not work leads to.
type DeadLinkPage struct{ SignedIn bool }

// EmailPage is /account/email. Now is the address that the person has, Email what they typed.
type EmailPage struct {
	Now, Email string
	Problems   domain.Problems
	Asked      bool
}

// ConfirmEmailPage is /account/email/{token}.
type ConfirmEmailPage struct {
	Token, Now, Email string
	Problems          domain.Problems
}
