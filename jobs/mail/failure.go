package mail

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"

	gomail "github.com/wneessen/go-mail"

	"aimyorg/domain"
)

// Failure is why a mail was not taken. It says nothing that a person wrote: what servers answer repeats addresses (P11).
type Failure struct {
	Reason string // a stable code: domain.MailUnreachable and its like
	Final  bool   // trying again would not help
}

func (f Failure) Error() string { return "mail: " + f.Reason }

// failureOf reads what the server, or the way to it, said. A permanent answer about this mail is final; one about us, such
// as a wrong password, is the operator's to mend, and mail waits for it.
func failureOf(err error) Failure {
	var said *gomail.SendError
	if errors.As(err, &said) && said.ErrorCode() != 0 {
		code := said.ErrorCode()
		f := Failure{Reason: domain.MailNotTaken, Final: code >= 500 && !slices.Contains(aboutUs, code)}
		if f.Final && said.Reason == gomail.ErrSMTPRcptTo {
			f.Reason = domain.MailBadAddress
		}
		return f
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return Failure{Reason: domain.MailSlow}
	case answered(err):
		return Failure{Reason: domain.MailNotTaken}
	}
	return Failure{Reason: domain.MailUnreachable}
}

// aboutUs are permanent answers that say that we are not let in: authentication is wanted, or too weak, or wrong.
var aboutUs = []int{530, 534, 535, 538}
