package extract

import "errors"

// Code is the stable name of a reason why a file was not read. Codes are stored; they are never renamed.
type Code string

// The closed set of codes.
const (
	CodeMismatch    Code = "mismatch"    // the name's extension says one type, the bytes another (A62)
	CodeEncrypted   Code = "encrypted"   // a password is needed to open the file
	CodeEmpty       Code = "empty"       // no bytes at all
	CodeUnsupported Code = "unsupported" // a type that is not on the list of Types
	CodeTooLarge    Code = "too_large"   // the file, or the text, pages, rows or blocks in it, exceed the limits
	CodeBomb        Code = "bomb"        // an archive that unpacks to far more than it should (A56)
	CodeDamaged     Code = "damaged"     // the right type, but broken, cut short or not what the standard allows
	CodeNoText      Code = "no_text"     // sound, but nothing readable in it, such as a scan without text
	CodeLimit       Code = "limit"       // reading took too much time or memory, or the reading process died
)

// Error is a reason of the closed set. Its text is for logs and holds nothing of the file.
type Error struct{ code Code }

// Error implements error.
func (e *Error) Error() string { return "extract: " + string(e.code) }

// Code is the stable name, for the database.
func (e *Error) Code() Code { return e.code }

// The reasons, comparable with errors.Is.
var (
	ErrMismatch    = &Error{CodeMismatch}
	ErrEncrypted   = &Error{CodeEncrypted}
	ErrEmpty       = &Error{CodeEmpty}
	ErrUnsupported = &Error{CodeUnsupported}
	ErrTooLarge    = &Error{CodeTooLarge}
	ErrBomb        = &Error{CodeBomb}
	ErrDamaged     = &Error{CodeDamaged}
	ErrNoText      = &Error{CodeNoText}
	ErrLimit       = &Error{CodeLimit}
)

var reasons = []*Error{
	ErrMismatch, ErrEncrypted, ErrEmpty, ErrUnsupported, ErrTooLarge, ErrBomb, ErrDamaged, ErrNoText, ErrLimit,
}

// Codes lists the closed set, for a check constraint and for the words that views put to each.
func Codes() []Code {
	codes := make([]Code, len(reasons))
	for i, r := range reasons {
		codes[i] = r.code
	}
	return codes
}

// CodeOf gives the code of an error of this package, and false for any other, such as a cancelled context or a body
// that could not be read: those say nothing about the file, and the work may be tried again.
func CodeOf(err error) (Code, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.code, true
	}
	return "", false
}

func reasonOf(code Code) *Error {
	for _, r := range reasons {
		if r.code == code {
			return r
		}
	}
	return nil
}

// asReason turns what a library said about a file into one of our reasons: ours stay, all else is damage.
func asReason(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := CodeOf(err); ok {
		return err
	}
	return ErrDamaged
}
