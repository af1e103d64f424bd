// Package layout frames every page: Page for people who are signed in (sidebar, search, Copilot), Public for everybody
// (sign-in, sign-up, policy), Bare for when little is known (errors). What the frame shows comes as data, so that a room
// added later adds its nav item where it is made and changes nothing here. Everything works without JavaScript: menus
// are details, the Copilot's sheet and the menu on narrow screens open by :target, folding the panel is a form.
package layout

import (
	"strconv"

	"aimyorg/views/ui"

	"github.com/a-h/templ"
)

// Product is what the whole is called.
const Product = "AImyOrg"

// The panel's width in CSS pixels. It moves in steps because the server renders it as an attribute that the stylesheet
// has a rule for: the content security policy allows no style attribute.
const (
	PanelMin     = 320
	PanelMax     = 560
	PanelDefault = 380
	PanelStep    = 20
)

// Themes are the values that PageProps.Theme may have; "system" follows the device.
var Themes = []string{"system", "light", "dark"}

// NavItem is one place to go.
type NavItem struct {
	Label   string
	Href    string
	Icon    string // a name out of static.Icons
	Key     string // the letter that goes there after g, or none
	Count   string // what waits there, or none
	Current bool
}

// Person is who is signed in.
type Person struct {
	Name         string
	Email        string
	Organization string
	Role         string // in words
}

// Panel is how the person left the docked Copilot.
type Panel struct {
	Width  int // CSS pixels; 0 for the default
	Folded bool
}

// PanelWidth is width brought to the nearest step between PanelMin and PanelMax; 0 is the default. Handlers call it
// on what is posted to /account/panel.
func PanelWidth(width int) int {
	if width == 0 {
		return PanelDefault
	}
	return min(max((width+PanelStep/2)/PanelStep*PanelStep, PanelMin), PanelMax)
}

// PageProps is what the frame around a signed-in page shows.
type PageProps struct {
	Title   string // of the page; the tab says "Title · AImyOrg"
	Nav     []NavItem
	Admin   []NavItem // a group of its own below; empty for those who are no admins
	Menu    []NavItem // in the person's menu: account, privacy policy
	Person  Person
	Unread  int             // notifications; a hundred are shown as more than can be told
	Screen  bool            // the page's script says once how large the screen is (P10)
	Theme   string          // one of Themes; "" is system
	Query   string          // what is in the search box
	Copilot templ.Component // the docked panel's content; nil on pages that are the Copilot themselves
	Panel   Panel
	Crumbs  []ui.Crumb
	Narrow  bool // for pages to read: a measure of 72 characters
	Full    bool // the page lays itself out to the edges, such as the Copilot's own
}

// PublicProps is what the frame around a public page shows.
type PublicProps struct {
	Title  string
	Theme  string
	Wide   bool      // for texts such as the policy; else a narrow column for a form
	Top    []NavItem // at the top right: sign in, sign up
	Footer []NavItem // policy, support
}

// barPlaces is how many nav items stand in the bottom bar of narrow screens, beside the Copilot and the menu.
const barPlaces = 3

func (p PageProps) bar() []NavItem { return p.Nav[:min(len(p.Nav), barPlaces)] }

func (p PageProps) panelWidth() string { return strconv.Itoa(PanelWidth(p.Panel.Width)) }

func (p PageProps) shellClass() string {
	class := "shell"
	if p.Copilot == nil {
		return class + " no-panel"
	}
	if p.Panel.Folded {
		class += " folded"
	}
	return class
}

func (p PageProps) mainClass() string {
	switch {
	case p.Full:
		return "main full"
	case p.Narrow:
		return "main narrow"
	}
	return "main"
}

func pageTitle(title string) string {
	if title == "" {
		return Product
	}
	return title + " · " + Product
}

func themeOf(theme string) string {
	if theme == "light" || theme == "dark" {
		return theme
	}
	return "system"
}

func isTrue(b bool) string { return strconv.FormatBool(b) }

func itoa(n int) string { return strconv.Itoa(n) }

func firstHref(items []NavItem) string {
	if len(items) == 0 {
		return "/"
	}
	return items[0].Href
}

// maxUnreadShown is the highest number of unread notifications that is written out.
const maxUnreadShown = 99

func unreadCount(n int) string {
	if n > maxUnreadShown {
		return strconv.Itoa(maxUnreadShown) + "+"
	}
	return strconv.Itoa(n)
}

func unreadLabel(n int) string {
	if n == 0 {
		return wordNotifications
	}
	return wordNotifications + ", " + unreadCount(n) + " " + wordUnread
}
