package words

import (
	"time"

	"aimyorg/domain"
)

// LetterText is what a mail says. The page of a mail and its plain twin are both made of it.
type LetterText struct {
	Subject, Title string
	Lines          []string // before the link
	Button         string   // what the link does, "" without a link
	After          []string
	Items          []LetterItem // of a digest
}

// LetterItem is one notice of a digest.
type LetterItem struct{ Title, Text, When string }

// Letter writes a letter. Nothing in it is anything but text: names and titles are shown as they are, and nothing of an
// AI's answer ever comes into a mail (A80).
func Letter(l domain.Letter) LetterText {
	switch l.Kind {
	case domain.LetterInvitation:
		return invitation(l)
	case domain.LetterReset:
		return reset(l)
	case domain.LetterConfirmEmail:
		return LetterText{Subject: "Confirm your email address", Title: "Is this your address?",
			Lines: []string{"Somebody who is signed in to " + or(l.Organization, "AImyOrg") + " wants to use this address for their account.",
				"If it was you, confirm it with the link" + until(l.Until) + ". You have to be signed in to open it."},
			Button: "Confirm this address", After: []string{"If it wasn't you, do nothing: the address is not used without the link."}}
	case domain.LetterOwnership:
		return LetterText{Subject: "You are asked to own " + or(l.Organization, "an organization"),
			Title: "Become the owner of " + or(l.Organization, "the organization") + "?",
			Lines: []string{or(l.By, "The owner") + " asks you to take over as the owner. An owner may do everything in the organization.",
				"Nothing changes until you agree" + until(l.Until) + "."},
			Button: "Look at the request", After: []string{"If you don't want to, do nothing."}}
	case domain.LetterDigest:
		return digest(l)
	}
	return notice(l)
}

func invitation(l domain.Letter) LetterText {
	role := ""
	if l.Role != "" {
		role = " Your role will be " + l.Role + "."
	}
	return LetterText{Subject: or(l.By, "Somebody") + " invites you to " + or(l.Organization, "an organization"),
		Title: "Join " + or(l.Organization, "the organization"),
		Lines: []string{or(l.By, "Somebody") + " invites you to work with " + or(l.Organization, "the organization") + " in AImyOrg." + role,
			"You read the privacy policy and decide for yourself what AI may be sent."},
		Button: "Take the invitation",
		After:  []string{"The link is for you alone, works once and holds" + until(l.Until) + ". If you don't want to join, do nothing."}}
}

func reset(l domain.Letter) LetterText {
	asked := "Somebody, probably you, asked for a new password for your account in " + or(l.Organization, "AImyOrg") + "."
	if l.By != "" {
		asked = l.By + " sends you this link to a new password for your account in " + or(l.Organization, "AImyOrg") + "."
	}
	if l.Until.IsZero() { // the organization's door takes no passwords
		return LetterText{Subject: "Signing in to " + or(l.Organization, "AImyOrg"), Title: "You need no password",
			Lines:  []string{asked, "There is none to change: everybody there signs in through the organization's own single sign-on."},
			Button: "Go to sign-in", After: []string{"If you can't sign in there, ask whoever looks after it in your organization."}}
	}
	return LetterText{Subject: "A new password for " + or(l.Organization, "AImyOrg"), Title: "Choose a new password",
		Lines:  []string{asked, "The link lets you choose one" + until(l.Until) + ". It works once, and only the newest one works."},
		Button: "Choose a new password",
		After:  []string{"If you did not want this, do nothing: your password stays as it is. Nobody can read it, and nobody will ever ask you for it."}}
}

func notice(l domain.Letter) LetterText {
	out := LetterText{Subject: "Something about your account changed", Button: "Look at it"}
	if len(l.Notices) > 0 {
		out.Subject, out.Lines = NoticeTitle(l.Notices[0]), []string{Notice(l.Notices[0])}
		if at := moment(l.Notices[0].At); at != "" {
			out.Lines = append(out.Lines, at)
		}
	}
	out.Title = out.Subject
	out.After = []string{because(l, "is about your account")}
	return out
}

func digest(l domain.Letter) LetterText {
	out := LetterText{Subject: Count(len(l.Notices), "thing", "things") + " you may want to know", Title: "What you may want to know",
		Lines: []string{"This happened in " + or(l.Organization, "your organization") + " since the last of these mails."}, Button: "See all notifications"}
	for _, n := range l.Notices {
		out.Items = append(out.Items, LetterItem{NoticeTitle(n), Notice(n), moment(n.At)})
	}
	out.After = []string{because(l, "was put together for you") + " Your account's page of notifications says which you get, and how."}
	return out
}

func because(l domain.Letter, what string) string {
	return "This mail " + what + with(" in ", l.Organization) + "."
}

// A mail's reader may be anywhere, so times in it say their zone.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2 January 2006, 15:04 UTC")
}

func until(at time.Time) string { return with(" until ", moment(at)) }
