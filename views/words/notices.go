package words

import (
	"strings"

	"aimyorg/domain"
)

// The words of a notice (domain.NoticeWords), by kind:
//
//	new_device, password_changed, recovery_used   Device, Address; recovery_used also Count: the codes that are left
//	email_changed                                 What: the new address
//	factor_changed                                What: what was done, as a clause: "an authenticator app was added"
//	failures                                      Count: the tries; Address: where they came from
//	ownership                                     Who: who offers it (About "ownership") or who owns it now
//	role_changed, department_changed              What: the new role or department, "" for none; Who: who changed it; of a
//	                                              department As: that its manager is told, not who is in it
//	invitation_taken, invitation_failed           Who: who was invited, by name or address; What: the reason, in words
//	document_unreadable                           What: the title
//	consent_needed                                What: the policy's version
//
// Each may be missing: the sentence is then still true.

// NoticeTitle says in a few words what happened: the subject of a mail, the line of a list.
func NoticeTitle(n domain.Notice) string {
	switch n.Kind {
	case domain.NoticeNewDevice:
		return "New sign-in" + with(" on ", n.Words.Device)
	case domain.NoticePasswordChanged:
		return "Your password was changed"
	case domain.NoticeEmailChanged:
		return "Your email address was changed"
	case domain.NoticeFactorChanged:
		return "Your second factors were changed"
	case domain.NoticeRecoveryUsed:
		return "A recovery code was used"
	case domain.NoticeFailures:
		return "Failed attempts to sign in as you"
	case domain.NoticeOwnership:
		return ownershipTitle(n)
	}
	return otherTitle(n)
}

func otherTitle(n domain.Notice) string {
	switch n.Kind {
	case domain.NoticeRoleChanged:
		return "Your role was changed"
	case domain.NoticeDepartment:
		return departmentTitle(n.Words.As)
	case domain.NoticeInvitationTaken:
		return or(n.Words.Who, "Somebody you invited") + " joined"
	case domain.NoticeInvitationFailed:
		return "An invitation did not arrive"
	case domain.NoticeUnreadable:
		return quoted(n.Words.What, "A document") + " can't be read"
	case domain.NoticeConsentNeeded:
		return "The privacy policy has changed"
	case domain.NoticeDomainLost:
		return quoted(n.Words.What, "A domain") + " is not verified any more"
	}
	return "Something about your account changed"
}

func ownershipTitle(n domain.Notice) string {
	if n.About == AboutOwnership {
		return "You are asked to become the owner"
	}
	return "The organization has a new owner"
}

// Notice says in a sentence or two what happened and what the reader can do.
func Notice(n domain.Notice) string {
	w := n.Words
	switch n.Kind {
	case domain.NoticeNewDevice:
		return "Somebody signed in to your account" + with(" on ", w.Device) + with(" from ", w.Address) + "." + ifNotYou
	case domain.NoticePasswordChanged:
		return "Your password was changed" + with(" on ", w.Device) + with(" from ", w.Address) + "." + endedSessions(w) + ifNotYou
	case domain.NoticeEmailChanged:
		return "You sign in " + or(with("as ", w.What), "with another address") + " now." + ifNotYou
	case domain.NoticeFactorChanged:
		return Capital(or(w.What, "what you prove who you are with was changed")) + "." + ifNotYou
	case domain.NoticeRecoveryUsed:
		return "One of your recovery codes was used to sign in" + with(" on ", w.Device) + with(" from ", w.Address) + "; " + left(w.Count) + ifNotYou
	case domain.NoticeFailures:
		return failures(w) + " Nobody got in by them. If it wasn't you, a second factor keeps your account safe even from who knows the password."
	case domain.NoticeOwnership:
		return ownership(n)
	}
	return otherNotice(n)
}

func otherNotice(n domain.Notice) string {
	w := n.Words
	switch n.Kind {
	case domain.NoticeRoleChanged:
		return "Your role is " + or(w.What, "another one") + " now" + with(", changed by ", w.Who) + ". It decides what you may see and do here."
	case domain.NoticeDepartment:
		return department(w)
	case domain.NoticeInvitationTaken:
		return or(w.Who, "Somebody you invited") + " took your invitation and has an account now."
	case domain.NoticeInvitationFailed:
		return "The invitation to " + or(w.Who, "somebody") + " could not be delivered. " + or(sentence(w.What), "Check the address and send it again.")
	case domain.NoticeUnreadable:
		return "No text could be taken out of it, so it can't be searched or quoted. Its page says why, and what to do."
	case domain.NoticeConsentNeeded:
		return "AI writes no answers for you until you agree to the new version. Everything else works as before."
	case domain.NoticeDomainLost:
		return "Its proof is not where it was, so nobody signs in by single sign-on with its addresses until it is verified again."
	}
	return "Your account's pages show what it is like now."
}

// endedSessions says what a new password ended (HOSTILE A17): on which devices, as far as they are named.
func endedSessions(w domain.NoticeWords) string {
	switch {
	case w.Count == 0:
		return " You were signed in nowhere else."
	case w.What == "":
		return " Your other sessions were ended."
	}
	return " Ended: " + w.What + "."
}

func departmentTitle(as string) string {
	switch as {
	case domain.AsManager:
		return "You manage a department now"
	case domain.AsFormerManager:
		return "You don't manage a department any more"
	case domain.AsManagerOfMoved:
		return "A department that you manage was moved"
	}
	return "Your department was changed"
}

func department(w domain.NoticeWords) string {
	it, by := or(w.What, "the department"), with(", changed by ", w.Who)+"."
	switch {
	case w.As == domain.AsManager:
		return "You manage " + it + " now" + by
	case w.As == domain.AsFormerManager:
		return "You don't manage " + it + " any more" + by
	case w.As == domain.AsManagerOfMoved:
		return Capital(it) + ", which you manage, stands elsewhere in the organization now" + by
	case w.What == "":
		return "You are in no department now" + by
	}
	return "You are in " + it + " now" + by
}

const ifNotYou = " If it wasn't you, end your sessions and change your password now."

func left(codes int) string {
	if codes == 0 {
		return "none are left, so make new ones."
	}
	return Count(codes, "code is left.", "codes are left.")
}

func failures(w domain.NoticeWords) string {
	if w.Count == 0 {
		return "Somebody tried to sign in as you and failed" + with(", from ", w.Address) + "."
	}
	return "Somebody tried " + Count(w.Count, "time", "times") + " to sign in as you and failed" + with(", last from ", w.Address) + "."
}

func ownership(n domain.Notice) string {
	if n.About == AboutOwnership {
		return or(n.Words.Who, "The owner") + " asks you to become the owner of the organization. Nothing changes until you agree."
	}
	return or(n.Words.Who, "Somebody else") + " owns the organization now, and may do everything in it."
}

// The kinds of thing that a notice can be about.
const (
	AboutDocument   = "document"
	AboutMember     = "member"
	AboutDepartment = "department"
	AboutInvitation = "invitation"
	AboutSession    = "session"
	AboutOwnership  = "ownership"
)

// NoticeLink is the page of what a notice is about, on this site.
func NoticeLink(n domain.Notice) string {
	switch n.About {
	case AboutDocument:
		return "/knowledge/documents/" + string(n.Object)
	case AboutMember:
		return "/people/" + string(n.Object)
	case AboutDepartment:
		return "/departments/" + string(n.Object)
	case AboutInvitation:
		return "/admin/people"
	case AboutSession:
		return "/account/sessions"
	case AboutOwnership:
		return "/ownership"
	}
	switch n.Kind {
	case domain.NoticePasswordChanged:
		return "/account/password"
	case domain.NoticeFactorChanged, domain.NoticeRecoveryUsed:
		return "/account/security"
	case domain.NoticeNewDevice, domain.NoticeFailures:
		return "/account/sign-ins"
	case domain.NoticeConsentNeeded:
		return "/account/data"
	case domain.NoticeDomainLost:
		return "/admin/security/sso"
	}
	return "/account"
}

// NoticeKind is what a kind of notice is called among the preferences.
func NoticeKind(k domain.NoticeKind) string {
	switch k {
	case domain.NoticeNewDevice:
		return "Sign-in on a new device"
	case domain.NoticePasswordChanged:
		return "Password changed"
	case domain.NoticeEmailChanged:
		return "Email address changed"
	case domain.NoticeFactorChanged:
		return "Second factor changed"
	case domain.NoticeRecoveryUsed:
		return "Recovery code used"
	case domain.NoticeFailures:
		return "Failed attempts to sign in"
	case domain.NoticeOwnership:
		return "Ownership of the organization"
	case domain.NoticeRoleChanged:
		return "Your role changed"
	case domain.NoticeDepartment:
		return "Your department changed"
	case domain.NoticeInvitationTaken:
		return "Somebody you invited joined"
	case domain.NoticeInvitationFailed:
		return "An invitation did not arrive"
	case domain.NoticeUnreadable:
		return "A document of yours can't be read"
	case domain.NoticeDomainLost:
		return "A domain is not verified any more"
	case domain.NoticeConsentNeeded:
		return "A new policy asks for your consent"
	}
	return Capital(strings.ReplaceAll(string(k), "_", " "))
}

// with is a phrase with what it leads to, or nothing.
func with(phrase, what string) string {
	if what == "" {
		return ""
	}
	return phrase + what
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func quoted(title, otherwise string) string {
	if title == "" {
		return otherwise
	}
	return "“" + title + "”"
}

// sentence ends a text with a full stop.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
