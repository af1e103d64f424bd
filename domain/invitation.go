package domain

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// InvitationLasts is how long an invitation can be taken.
const InvitationLasts = 72 * time.Hour

// Invitation is a place that is kept for somebody: which role and department they get is settled here, not by them.
type Invitation struct {
	ID             ID
	Email, Name    string
	Role           Role
	RoleID         ID
	RoleName       string
	Department     ID
	DepartmentName string
	By             ID
	ByName         string
	Mail           Mail
	CreatedAt      time.Time
	ExpiresAt      time.Time
	AcceptedAt     time.Time
	RevokedAt      time.Time
	Member         ID // who they became
}

// InvitationState is what has become of an invitation.
type InvitationState string

// The states.
const (
	InvitationOpen     InvitationState = "open"
	InvitationAccepted InvitationState = "accepted"
	InvitationExpired  InvitationState = "expired"
	InvitationRevoked  InvitationState = "revoked"
)

// State is what has become of the invitation by now. One that was taken back after it had ended had ended.
func (i Invitation) State(now time.Time) InvitationState {
	switch {
	case !i.AcceptedAt.IsZero():
		return InvitationAccepted
	case !i.RevokedAt.IsZero() && i.RevokedAt.Before(i.ExpiresAt):
		return InvitationRevoked
	case !i.RevokedAt.IsZero() || !now.Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationOpen
}

// InvitationForm is what is typed to invite somebody. Role is a built-in role's name or the id of an own one, Department an
// id or "".
type InvitationForm struct{ Email, Name, Role, Department string }

// Clean trims what people type by accident.
func (f InvitationForm) Clean() InvitationForm {
	f.Email, f.Name = NormalEmail(f.Email), Line(f.Name)
	return f
}

// Problems says what is wrong with a cleaned form, as far as it shows without looking anything up.
func (f InvitationForm) Problems() Problems {
	var p Problems
	p.Add(!ValidEmail(f.Email), "email", "invalid", "Enter one work email, like name@company.com.")
	p.Add(utf8.RuneCountInString(f.Name) > MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(f.Role == "", "role", "required", "Choose a role.")
	return p
}

// Joining is what an invited person types. Consents are whom they agreed that the Copilot may ask: those whom the form
// named beside a box of its own, or nobody; it is never implied (P47).
type Joining struct {
	Name, Email, Password string
	Terms, Business       bool
	Consents              []Provider
}

// Problems says what is wrong with a cleaned Joining; the rules are those of signing up.
func (j Joining) Problems(organization string) Problems {
	all := SignUp{Name: j.Name, Email: j.Email, Organization: organization, Password: j.Password, Terms: j.Terms, Business: j.Business}.Problems()
	return slices.DeleteFunc(all, func(p Problem) bool { return p.Field == "organization" })
}

// What a list of people to invite may hold.
const (
	MaxImportLines = 2000
	MaxImportBytes = 1 << 20
)

// ImportLine is one line of a list of people to invite, as it was written.
type ImportLine struct {
	Number                        int // in the file, from 1
	Email, Name, Role, Department string
	Code                          string // why the line can't be read; "" when it can
}

// ImportState is what became, or would become, of a line.
type ImportState string

// The states of a line. Only the first one invites.
const (
	ImportInvited           ImportState = "invited"
	ImportHere              ImportState = "already_here"
	ImportInvitedBefore     ImportState = "already_invited"
	ImportRepeated          ImportState = "repeated"
	ImportBadAddress        ImportState = "bad_address"
	ImportLongName          ImportState = "long_name"
	ImportUnknownRole       ImportState = "unknown_role"
	ImportUnknownDepartment ImportState = "unknown_department"
	ImportAmbiguous         ImportState = "ambiguous_department"
	ImportNotYours          ImportState = "not_yours"
	ImportUnreadable        ImportState = "unreadable"
)

// ImportReport is a line with what became of it.
type ImportReport struct {
	Line  ImportLine
	State ImportState
}

// ParseImport reads a list of people: CSV with a line of headings in any order, separated by commas or semicolons. What is
// wrong with one line is the line's; what is wrong with the whole is a Problem.
func ParseImport(raw string) ([]ImportLine, Problems) {
	refuse := func(code, text string) ([]ImportLine, Problems) { return nil, Problems{{"csv", code, text}} }
	raw = strings.TrimPrefix(raw, "\ufeff")
	switch {
	case len(raw) > MaxImportBytes:
		return refuse("too_large", "A list holds at most 1 MB. Split it.")
	case !utf8.ValidString(raw) || strings.ContainsRune(raw, 0):
		return refuse("not_text", "This is not a CSV file in UTF-8. Save it as \"CSV UTF-8\" and try again.")
	case strings.TrimSpace(raw) == "":
		return refuse("required", "Choose a CSV file with at least one person.")
	}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(raw), "\n")
	head := 0
	for strings.TrimSpace(lines[head]) == "" {
		head++
	}
	comma := separator(lines[head])
	columns, problems := importColumns(lines[head], comma)
	if problems != nil {
		return nil, problems
	}
	var out []ImportLine
	for i, line := range lines[head+1:] {
		if strings.Trim(line, " \t,;") == "" {
			continue
		}
		if len(out) == MaxImportLines {
			return refuse("too_many", "A list holds at most 2,000 people. Split it.")
		}
		out = append(out, importLine(head+i+2, line, comma, columns))
	}
	if len(out) == 0 {
		return refuse("required", "The file has headings and no people.")
	}
	return out, nil
}

// separator is what stands between the headings: spreadsheets write semicolons where a comma is the decimal mark.
func separator(head string) rune {
	if strings.Count(head, ";") > strings.Count(head, ",") {
		return ';'
	}
	return ','
}

// importHeads are the columns that are read, in the order of importLine. Others are left alone.
var importHeads = []string{"email", "name", "role", "department"}

func importColumns(head string, comma rune) ([]int, Problems) {
	cells, err := cellsOf(head, comma)
	columns := []int{-1, -1, -1, -1}
	for i, cell := range cells {
		at := slices.Index(importHeads, headOf(cell))
		if at < 0 {
			continue
		}
		if columns[at] >= 0 {
			return nil, Problems{{"csv", "repeated_column", "The column " + importHeads[at] + " is there twice."}}
		}
		columns[at] = i
	}
	if err != nil || columns[0] < 0 {
		return nil, Problems{{"csv", "no_email_column", "The first line must name the columns, and one of them must be email."}}
	}
	return columns, nil
}

func headOf(cell string) string {
	h := strings.ToLower(Line(cell))
	switch h {
	case "e-mail", "email address", "e-mail address", "mail":
		return "email"
	}
	return h
}

// importLine reads one line by itself, so that a quote that never ends spoils no other.
func importLine(number int, line string, comma rune, columns []int) ImportLine {
	out := ImportLine{Number: number}
	cells, err := cellsOf(line, comma)
	if err != nil {
		out.Code, out.Email = "quotes", Line(line)
		return out
	}
	for i, into := range []*string{&out.Email, &out.Name, &out.Role, &out.Department} {
		if at := columns[i]; at >= 0 && at < len(cells) {
			*into = Line(cells[at])
		}
	}
	out.Email = NormalEmail(out.Email)
	return out
}

func cellsOf(line string, comma rune) ([]string, error) {
	r := csv.NewReader(bytes.NewReader([]byte(line)))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = comma, -1, true
	return r.Read()
}
