package people

import (
	"strconv"
	"time"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

func personPath(id domain.ID) string { return "/people/" + string(id) }

// line is what stands under a name in a list.
func line(p domain.Profile) string {
	switch {
	case p.Title == "":
		return p.DepartmentPath
	case p.DepartmentPath == "":
		return p.Title
	}
	return p.Title + " · " + p.DepartmentPath
}

func shown(p DirectoryPage) string {
	if p.Total <= len(p.People) {
		return words.Capital(words.Count(p.Total, "person", "people"))
	}
	return words.Number(int64(p.From)) + "–" + words.Number(int64(p.From+len(p.People)-1)) + " of " + words.Count(p.Total, "person", "people")
}

func total(p DirectoryPage) string { return strconv.Itoa(p.Total) }

func filtered(p DirectoryPage) bool {
	return p.Query != "" || p.Department != "" || p.Role != "" || p.Closed
}

func departmentOptions(all []domain.DepartmentPlace, none string) []ui.Option {
	out := []ui.Option{{Label: none}}
	for _, d := range all {
		out = append(out, ui.Option{Value: string(d.ID), Label: d.Path})
	}
	return out
}

func roleOptions(all []domain.GivenRole, none string) []ui.Option {
	var out []ui.Option
	if none != "" {
		out = append(out, ui.Option{Label: none})
	}
	for _, r := range all {
		out = append(out, ui.Option{Value: r.Key(), Label: r.Name})
	}
	return out
}

var accounts = []ui.Option{{Label: "Open accounts"}, {Value: "closed", Label: "Deactivated accounts"}}

func closedValue(closed bool) string {
	if closed {
		return "closed"
	}
	return ""
}

func roleKey(p domain.Profile) string { return domain.GivenRole{Role: p.Role, ID: p.RoleID}.Key() }

func pathOr(path string, id domain.ID, none string) string {
	switch {
	case path != "":
		return path
	case id != "":
		return "A department that is gone"
	}
	return none
}

func somebody(name string) string {
	if name == "" {
		return "Deleted user"
	}
	return name
}

// invitationState is what has become of an invitation, in a word.
func invitationState(i domain.Invitation, now time.Time) (string, ui.Tone) {
	switch i.State(now) {
	case domain.InvitationAccepted:
		return "Accepted", ui.Good
	case domain.InvitationRevoked:
		return "Revoked", ui.Plain
	case domain.InvitationExpired:
		return "Expired", ui.Plain
	}
	return "Open", ui.Wait
}

// resendable says that the link can be sent again: nobody has taken it or taken it back.
func resendable(i domain.Invitation) bool { return i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() }

// mailState says in words what happened to the mail, and whether that is bad news.
func mailState(m domain.Mail, now time.Time) (string, ui.Tone) {
	switch m.State {
	case domain.MailSent:
		return "Mail sent " + words.Ago(m.SentAt, now), ui.Plain
	case domain.MailRefused:
		return "The mail was refused: " + mailReason(m.Reason), ui.Bad
	case domain.MailFailed:
		return "The mail was not delivered: " + mailReason(m.Reason), ui.Bad
	case domain.MailDropped:
		return "The mail was not sent", ui.Plain
	case domain.MailWaiting:
		if m.Tries > 0 {
			return "The mail waits: " + mailReason(m.Reason) + ". The next try is at " + m.NextAt.In(now.Location()).Format("15:04 MST") + ".", ui.Wait
		}
		return "The mail is about to be sent", ui.Plain
	}
	return "", ui.Plain
}

func mailReason(reason string) string {
	switch reason {
	case domain.MailUnreachable:
		return "the mail server can't be reached"
	case domain.MailSlow:
		return "the mail server is slow"
	case domain.MailNotTaken:
		return "the mail server did not take it"
	case domain.MailBadAddress:
		return "there is no such address"
	case domain.MailLate:
		return "the link ended before a mail server took it"
	case "":
		return "the mail server gave no reason"
	}
	return "the mail server said “" + reason + "”"
}

// importWords says what became of a line; sent is in the past.
func importWords(s domain.ImportState, sent bool) (string, ui.Tone) {
	switch s {
	case domain.ImportInvited:
		if sent {
			return "Invited", ui.Good
		}
		return "Can be invited", ui.Good
	case domain.ImportHere:
		return "Has an account here already", ui.Plain
	case domain.ImportInvitedBefore:
		return "Has an open invitation already", ui.Plain
	case domain.ImportRepeated:
		return "The same address stands further up", ui.Plain
	case domain.ImportBadAddress:
		return "This is no email address", ui.Bad
	case domain.ImportLongName:
		return "The name is longer than 120 characters", ui.Bad
	case domain.ImportUnknownRole:
		return "There is no role of this name", ui.Bad
	case domain.ImportUnknownDepartment:
		return "There is no department of this name", ui.Bad
	case domain.ImportAmbiguous:
		return "There are several departments of this name: write the ones above it, too, like Sales / North", ui.Bad
	case domain.ImportNotYours:
		return "You can't give this role, or invite into this department", ui.Bad
	}
	return "The line can't be read: its quotes don't match", ui.Bad
}

func invitable(report []domain.ImportReport) int {
	n := 0
	for _, r := range report {
		if r.State == domain.ImportInvited {
			n++
		}
	}
	return n
}

func reportTitle(p ImportPage) string {
	n, left := invitable(p.Report), len(p.Report)-invitable(p.Report)
	if p.Sent {
		return words.Capital(words.Count(n, "person was invited", "people were invited")) + rest(left)
	}
	return words.Capital(words.Count(n, "person can be invited", "people can be invited")) + rest(left)
}

func rest(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + words.Count(n, "line is left out", "lines are left out")
}

func sendLabel(n int) string { return "Send " + words.Count(n, "invitation", "invitations") }

func roleNames(roles []domain.GivenRole) string {
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return words.List(names...)
}

func policyLabel(version int) string {
	return "I have read the privacy policy, version " + strconv.Itoa(version)
}

func joinLead(p JoinPage) string {
	by := p.Invitation.ByName
	if by == "" {
		by = "Somebody there"
	}
	lead := by + " invited you as " + p.Invitation.RoleName
	if p.Invitation.DepartmentName != "" {
		lead += " in " + p.Invitation.DepartmentName
	}
	return lead + "."
}

var invitationColumns = []ui.Column{{Label: "Who"}, {Label: "As", HideSmall: true}, {Label: "State"}, {Label: "Invited", HideSmall: true},
	{Label: "Actions", HideLabel: true}}

var reportColumns = []ui.Column{{Label: "Line", Number: true}, {Label: "Who"}, {Label: "As", HideSmall: true}, {Label: "What happens"}}

var moveColumns = []ui.Column{{Label: "When"}, {Label: "From"}, {Label: "To"}, {Label: "By", HideSmall: true}}
